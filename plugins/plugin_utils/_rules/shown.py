# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that may be shown: whatever a host says moves no cursor, turns no line round and is valid in XML.

Private: this file may change in any release; do not import it from outside the collection.
Pure: text in, text out. What was shown once may be shown again and stays the same.
"""

from __future__ import annotations

import shlex
import typing as t
import unicodedata

# Control and format characters (the escape character, C1, those that turn the direction of writing), what is left of
# half a character, and the line ends that only Unicode knows.
_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")
# In a format string: {word:sh} is the word as a shell must be given it.
_FOR_A_SHELL = "sh"
_LONGEST = 1000


def showable(text: object) -> str:
    """The text on one line, each character that is none to look at as its escape."""
    return "".join(_escape(one) if _is_unshown(one) else one for one in str(text))


def showable_lines(text: object) -> str:
    """The same of a text that has lines."""
    return "\n".join(showable(line) for line in str(text).split("\n"))


def fill(sentence: str, words: t.Mapping[str, object]) -> str:
    """A sentence of ours with the words of others in it. It is filled once: braces in a word stay braces."""
    return sentence.format(**{name: _Word(clipped(word)) for name, word in words.items()})


def clipped(text: object) -> str:
    """The same as showable() of no more than anybody reads: a host that says millions must not hide what others say."""
    words = str(text)
    return showable(words[:_LONGEST]) + ("..." if len(words) > _LONGEST else "")


class _Word(str):
    __slots__ = ()

    def __format__(self, how: str) -> str:
        if how != _FOR_A_SHELL:
            return super().__format__(how)
        # Quotes do not keep a command from taking a word for an option, such as systemctl's --host.
        return shlex.join(["--", self] if self.startswith("-") else [self])


def _is_unshown(one: str) -> bool:
    return not " " <= one <= "~" and (unicodedata.category(one) in _UNSHOWN or _is_no_character(one))


def _is_no_character(one: str) -> bool:
    """U+FFFE, U+FFFF and their like in every plane, which XML refuses."""
    return ord(one) & 0xFFFE == 0xFFFE


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")
