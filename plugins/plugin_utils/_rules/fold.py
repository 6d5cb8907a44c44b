# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of many items at once: the findings of one kind are one finding with a count and the first names.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same findings in the same order are folded alike.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

Entry = Mapping[str, t.Any]

_NUMBER = re.compile("([0-9]+)")

FEW = 5  # so many are each said or named
MOST = 1000  # nobody reads more, and a host that makes up millions must not hide what others say


class Other(t.NamedTuple):
    """Another item with the same finding: its name, the sentence about it, and its cure where that differs."""

    item: str
    message: str
    cure: str


def folded(
    findings: Iterable[Entry],
    kind: Callable[[Entry], Hashable],
    item: Callable[[Entry], str],
    message: Callable[[Entry], str],
) -> list[dict[str, t.Any]]:
    """The first finding of each kind, with how many there are (`count`) and who else has it (`others`).

    What has no id is of no kind.
    """
    groups: dict[Hashable, dict[str, t.Any]] = {}
    for number, one in enumerate(findings):
        key = (True, kind(one)) if one["id"] else (False, number)
        first = groups.setdefault(key, {**one, "count": 0, "others": []})
        if first["count"] and len(first["others"]) < MOST:
            cure = "" if one["cure"] == first["cure"] else one["cure"]
            first["others"].append(Other(item(one), message(one), cure)._asdict())
        first["count"] += 1
    return list(groups.values())


def naturally(text: str) -> list[tuple[int, str]]:
    """For the order of people: web2 before web10, and 10.9.0.9 before 10.9.0.10. Digits, however many, are no int."""
    parts = enumerate(_NUMBER.split(text))
    return [(len(part.lstrip("0")), part.lstrip("0")) if index % 2 else (-1, part) for index, part in parts]


def names(listed: Sequence[str], whole: bool = False, number: int | None = None) -> str:
    """The names, of many the first; `number` is how many there are where not all have one."""
    number = len(listed) if number is None else number
    if number <= FEW + 1 or whole:
        more = f" and {number - len(listed):,} more" if number > len(listed) else ""
        return ", ".join(listed) + more
    return f"{', '.join(listed[:FEW])} and {number - FEW:,} more"


def first_lines(lines: Sequence[str], noun: str, whole: bool = False) -> list[str]:
    """The lines, of many the first, and how many more there are."""
    if len(lines) <= 2 * FEW or whole:
        return list(lines)
    return [*lines[:FEW], f"{len(lines) - FEW:,} more {noun}, which -v shows"]
