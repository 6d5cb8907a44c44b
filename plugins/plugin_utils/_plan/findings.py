# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: what is wrong with an inventory, said so that a person can put it right.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ...module_utils._model.words import show
from .._rules.shown import fill, showable_lines
from . import rules

ERROR = rules.ERROR
WARNING = rules.WARNING

MOST_ERRORS = 1000  # nobody reads more, and a list of a million mistakes is one mistake


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or (a warning) legal but probably not meant, or (a hint) worth knowing.

    `id` is empty for what is said of a file rather than of an inventory.
    """

    severity: str
    path: str
    value: object
    message: str
    cure: str
    howto: str
    id: str = ""

    def key(self) -> tuple[object, ...]:
        """The worst first, then by path with numbers in number order, then by text: the same order every time."""
        parts = re.split(r"([0-9]+)", self.path)  # text, number, text, ...
        path = tuple((int(part), "") if index % 2 else (0, part) for index, part in enumerate(parts))
        return (rules.SEVERITIES.index(self.severity), path, self.message, self.cure)

    def as_dict(self) -> dict[str, object]:
        """The form that leaves the filter."""
        return {
            "id": self.id,
            "severity": self.severity,
            "path": self.path,
            "value": self.value,
            "message": self.message,
            "cure": self.cure,
            "howto": self.howto,
        }


class Findings:
    """Collects findings; the same fault reached on two ways is one finding."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Finding] = {}
        self._errors = 0
        self._omitted = False

    def add(self, rule: str, path: str, value: object, near: str = "", **words: object) -> None:
        """The finding of the table under this id, its words filled in; `near` is what did_you_mean() says."""
        severity, meaning, cure, howto = rules.RULES[rule]
        if self._has_enough(severity):
            return
        self._add(severity, path, value, fill(meaning, words), fill(cure, words) + near, howto, rule)

    def error(self, path: str, value: object, what: str, cure: str, howto: str = "") -> None:
        """VALUE `what`: the inventory is refused."""
        self._add(ERROR, path, value, what, cure, howto)

    def warning(self, path: str, value: object, what: str, cure: str, howto: str = "") -> None:
        """VALUE `what`: the inventory is used as it is, and the user is told."""
        self._add(WARNING, path, value, what, cure, howto)

    def _add(self, severity: str, path: str, value: object, what: str, cure: str, howto: str, rule: str = "") -> None:
        if self._has_enough(severity):
            return
        message = f"{show(value)} {what}."
        finding = Finding(severity, path, _storable(value), message, cure, howto, rule)
        if self._found.setdefault((severity, path, message), finding) is finding:
            self._errors += severity == ERROR

    def _has_enough(self, severity: str) -> bool:
        """Whether this one is no longer listed: the inventory is refused anyway."""
        full = severity == ERROR and self._errors >= MOST_ERRORS
        self._omitted = self._omitted or full
        return full

    @property
    def refused(self) -> bool:
        """Is there an error among them?"""
        return any(finding.severity == ERROR for finding in self._found.values())

    def sorted(self) -> list[Finding]:
        """All findings in their fixed order, and last of the errors that there are more."""
        found = sorted(self._found.values(), key=Finding.key)
        if self._omitted:
            severity, meaning, cure, howto = rules.RULES["errors-omitted"]
            message = f"{MOST_ERRORS} {meaning}."
            more = Finding(severity, "everything", MOST_ERRORS, message, cure, howto, "errors-omitted")
            found.insert(self._errors, more)
        return found


def _storable(value: object) -> object:
    """The value as it was when that is harmless in any output, otherwise its picture."""
    if value is None or isinstance(value, bool):
        return value
    shown = show(value)
    if isinstance(value, int) and not shown.startswith("a"):
        return int(value)
    if isinstance(value, str) and shown[1:-1] == value:
        return str(value)
    return shown


def describe(finding: t.Mapping[str, object]) -> str:
    """One finding for people: where, what, cure, and where the HOWTO explains it."""
    lines = [
        f"{str(finding['severity']).upper()} {finding['path']}",
        f"  {finding['message']}",
        f"  Cure: {finding['cure']}",
    ]
    known_as = f"[{finding['id']}]" if finding.get("id") else ""
    see = f"See section {finding['howto']} of the LVS mini-HOWTO." if finding["howto"] else ""
    if known_as or see:
        lines.append("  " + " ".join(filter(None, (known_as, see))))
    return showable_lines("\n".join(lines))


def report(findings: t.Sequence[t.Mapping[str, object]], hints: bool = False) -> str:
    """What is wrong for people, counted, one block each; hints only when asked for."""
    errors, warnings, noted = (
        [finding for finding in findings if finding["severity"] == severity] for severity in rules.SEVERITIES
    )
    counts = [_count(len(found), severity) for found, severity in ((errors, ERROR), (warnings, WARNING)) if found]
    total = " and ".join(counts) or "Nothing wrong"
    shown = [*errors, *warnings, *(noted if hints else [])]
    return showable_lines("\n\n".join([f"{total} in the inventory.", *map(describe, shown)]))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
