# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a text, as the programs that read it count them. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Python's own splitlines() also ends a line at a form feed, a vertical tab, NEL and others, and so would break up, and
write back broken up, what to everybody else is one line.
"""

from __future__ import annotations

from collections.abc import Iterable


def lines_in(text: str) -> list[str]:
    """The lines without their newlines; a carriage return before one is part of the line, and stays."""
    found = text.split("\n")
    return found if found[-1] else found[:-1]


def joined(found: Iterable[str], like: str) -> str:
    """A text of these lines. If the last of them is the one that ended `like` without a newline, it still has none."""
    listed = list(found)
    text = "".join(f"{line}\n" for line in listed)
    same_end = bool(listed) and lines_in(like)[-1:] == listed[-1:]
    return text[:-1] if same_end and not like.endswith("\n") else text
