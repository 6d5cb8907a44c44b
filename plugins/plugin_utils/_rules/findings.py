# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was found wrong, said so that a person can put it right: one finding, and many in order.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ...module_utils._errors import with_value
from ...module_utils._model.words import show, shown
from .rule import ERROR, SEVERITIES, WARNING
from .rules import RULES
from .shown import fill

MOST_ERRORS = 1000  # nobody reads more, and a list of a million mistakes is one mistake
_OMITTED = "errors-omitted"


class Finding(t.NamedTuple):
    """One thing that was found, in the words of its rule. `id` is empty where there is no rule, as in an old file."""

    id: str
    severity: str
    message: str
    cure: str
    howto: str

    def at(self, **where: object) -> dict[str, t.Any]:
        """The form that leaves the collection: what was found, and where."""
        return {"id": self.id, "severity": self.severity, **where, **self._asdict()}


def found(rule: str, value: object = None, near: str = "", /, **words: object) -> Finding:
    """The finding of a rule, its words filled in; `near` is what did_you_mean() says."""
    severity, wrong, cure, howto, *_others = RULES[rule]
    message = with_value(fill(wrong, words), shown(value))
    return Finding(rule, severity, message, fill(cure, words) + near, howto)


class Findings:
    """Collects what is wrong with an inventory or an old file; the same fault reached on two ways is one finding."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], tuple[str, object, Finding]] = {}
        self._errors = 0
        self._omitted = False

    def add(self, rule: str, path: str, value: object, near: str = "", **words: object) -> None:
        """The finding of the table under this id."""
        if not self._has_enough(RULES[rule].severity):
            self._add(path, value, found(rule, value, near, **words))

    def error(self, path: str, value: object, wrong: str, cure: str, howto: str = "") -> None:
        """What has no rule: the inventory is refused."""
        self._say(ERROR, path, value, wrong, cure, howto)

    def warning(self, path: str, value: object, wrong: str, cure: str, howto: str = "") -> None:
        """What has no rule: the inventory is used as it is, and the user is told."""
        self._say(WARNING, path, value, wrong, cure, howto)

    def _say(self, severity: str, path: str, value: object, wrong: str, cure: str, howto: str) -> None:
        if not self._has_enough(severity):
            self._add(path, value, Finding("", severity, with_value(wrong, shown(value)), cure, howto))

    def _add(self, path: str, value: object, one: Finding) -> None:
        key = (one.severity, path, one.message)
        if key not in self._found:
            self._found[key] = (path, _storable(value), one)
            self._errors += one.severity == ERROR

    def _has_enough(self, severity: str) -> bool:
        """Whether this one is no longer listed: the inventory is refused anyway."""
        full = severity == ERROR and self._errors >= MOST_ERRORS
        self._omitted = self._omitted or full
        return full

    @property
    def refused(self) -> bool:
        """Is there an error among them?"""
        return self._errors > 0

    def sorted(self) -> list[dict[str, t.Any]]:
        """All findings in their fixed order, and last of the errors that there are more."""
        listed = [one.at(path=path, value=value) for path, value, one in self._found.values()]
        listed.sort(key=_order)
        if self._omitted:
            listed.insert(self._errors, found(_OMITTED, most=MOST_ERRORS).at(path="everything", value=None))
        return listed


def _order(one: Mapping[str, t.Any]) -> tuple[object, ...]:
    """The worst first, then by path with numbers in number order, then by text: the same order every time."""
    parts = re.split(r"([0-9]+)", one["path"])  # text, number, text, ...
    path = tuple((int(part), "") if index % 2 else (0, part) for index, part in enumerate(parts))
    return (SEVERITIES.index(one["severity"]), path, one["message"], one["cure"])


def _storable(value: object) -> object:
    """The value as it was when that is harmless in any output, otherwise its picture."""
    if value is None or isinstance(value, bool):
        return value
    picture = show(value)
    if isinstance(value, int) and not picture.startswith("a"):
        return int(value)
    if isinstance(value, str) and picture[1:-1] == value:
        return str(value)
    return picture
