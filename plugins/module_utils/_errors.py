# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception of this collection.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

# Of hosts. With an older one every module ends here, not in the middle of a change, and its action says what to do.
OLDEST_PYTHON = (3, 9)
if sys.version_info < OLDEST_PYTHON:
    raise ImportError(f"this is Python {sys.version}, and the oldest that will do is {OLDEST_PYTHON}")

# What is wrong ends where a full stop is followed by another sentence.
_END = re.compile(r"\. (?=[A-Z])")


class LvsError(Exception):
    """Something a user can put right: which item, what is wrong with it, and what to do about it.

    ``item`` is the path of the bad thing as the user wrote it (``services[2].realservers[0].weight``), ``value`` what
    was found there, None when nothing was. The first sentence of ``text`` says what is wrong, the others what to do:
    ``LvsError("services[0].port", 70000, "is not a port. Use 1 to 65535.")`` reads
    ``services[0].port: is not a port (got 70000). Fix: Use 1 to 65535.``
    The reason that a system gives, such as that of an errno, is part of what is wrong, never the value.
    """

    def __init__(self, item: str, value: object, text: str) -> None:
        super().__init__(item, value, text)
        self.item = item
        self.value = value
        self.text = text

    def __str__(self) -> str:
        wrong, *fix = _END.split(self.text, maxsplit=1)
        problem = with_value(wrong.removesuffix("."), "" if self.value is None else _shown(self.value))
        return f"{self.item}: {with_fix(problem, *fix)}"


class LvsErrors(LvsError):
    """All that is wrong, a line each; item, value and text are those of the first."""

    def __init__(self, errors: Sequence[LvsError]) -> None:
        super().__init__(errors[0].item, errors[0].value, errors[0].text)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


def with_value(wrong: str, shown: str = "") -> str:
    """What is wrong, and what was found instead: how this collection says it everywhere."""
    return f"{wrong} (got {shown})." if shown else f"{wrong}."


def with_fix(problem: str, fix: str = "") -> str:
    """The problem in a line with what to do about it."""
    return f"{problem} Fix: {fix}" if fix else problem


_DEEPEST = 20
_LONGEST = 1024  # bits; Python writes no number of some thousand digits


def _shown(value: object) -> str:
    """The value as Python writes it, unless it cannot be written."""
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return f"a number of {value.bit_length()} bits"
    return f"a value of more than {_DEEPEST} levels" if nests_deeper(value, _DEEPEST) else repr(value)


def nests_deeper(value: object, levels: int) -> bool:
    """Whether a value has more levels than that, one that contains itself included."""
    inside = [value]
    for _level in range(levels):
        nested = {id(one): one for one in inside if isinstance(one, (dict, list, tuple))}
        if not nested:
            return False
        inside = [inner for one in nested.values() for inner in (one.values() if isinstance(one, dict) else one)]
    return True


def only_in_check_mode(problem: object) -> str:
    """The warning of a rehearsal about what would stop a run: by then an earlier task may have seen to it."""
    return f"Unless a task before this one has seen to it, this fails outside check mode: {problem}"
