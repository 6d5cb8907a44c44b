# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict for people, and as JUnit for machines.

Private: this file may change in any release; do not import it from outside the collection.
Pure: text out of a verdict.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree

from .._rules.shown import showable, showable_lines
from .rules import FAIL, OK, SKIP, WARN

Verdict = Mapping[str, t.Any]

_HEAD = ("service", "realserver", "weight", "connections", "answered", "first byte", "path")
_NUMBERS = range(2, 6)  # columns that stand on the right


def report(verdict: Verdict) -> str:
    """A table of the services, then what is wrong, then what could not be judged."""
    rows = verdict["rows"]
    faults = [row for row in rows if row["status"] in (FAIL, WARN)]
    fine = [f"ok    {_about(row)}{row['check']}: {row['message']}" for row in rows if row["status"] == OK]
    skipped = [f"skip  {_about(row)}{row['check']}: {row['message']}" for row in rows if row["status"] == SKIP]
    parts = [_headline(verdict), _table(verdict["services"]), "\n".join([*fine, *skipped])]
    parts += map(_fault, sorted(faults, key=lambda row: row["status"] != FAIL))
    return showable_lines("\n\n".join(filter(None, parts)))


def lines(verdict: Verdict) -> list[dict[str, str]]:
    """The same line by line, with a style each, as the action plugin `say` shows them."""
    first, *others = report(verdict).split("\n")
    style = "good" if verdict["passed"] else "bad"
    return [{"text": first, "style": style}, *({"text": text, "style": "plain"} for text in others)]


def _headline(verdict: Verdict) -> str:
    found = [row["status"] for row in verdict["rows"]]
    words = {FAIL: "failed", WARN: "to be looked at", OK: "passed", SKIP: "not judged"}
    counts = ", ".join(f"{found.count(status)} {words[status]}" for status in words if status in found)
    result = "The LVS does what the plan says." if verdict["passed"] else "The LVS does not do what the plan says."
    seen = f" Seen by {', '.join(verdict['clients'])}." if verdict["clients"] else ""
    return f"{result}{seen} Checks: {counts}."


def _table(services: Iterable[Mapping[str, t.Any]]) -> str:
    lines: list[Sequence[str]] = [_HEAD]
    for service in services:
        names = [service["title"], f"  {service['where']}"]
        pool = service["realservers"]
        for number in range(max(len(names), len(pool))):
            left = names[number] if number < len(names) else ""
            lines.append((left, *_cells(pool[number] if number < len(pool) else {})))
    return _aligned(lines) if len(lines) > 1 else ""


def _cells(realserver: Mapping[str, t.Any]) -> list[str]:
    keys = ("host", "weight", "connections", "answered", "first_byte", "way")
    return [str(realserver.get(key, "")) for key in keys]


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    placed = [
        cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(placed).rstrip()


def _about(row: Mapping[str, str]) -> str:
    return f"{row['service']} " if row["service"] else ""


def _fault(row: Mapping[str, str]) -> str:
    see = f" See section {row['howto']} of the LVS mini-HOWTO." if row["howto"] else ""
    lines = [f"{row['status'].upper()} {_about(row)}{row['check']}", f"  {row['message']}."]
    return "\n".join([*lines, f"  Cure: {row['cure']}", f"  [{row['id']}]{see}"])


def junit(verdict: Verdict) -> str:
    """The same for a machine that shows test results: what is to be looked at passes, with its words."""
    rows = verdict["rows"]
    suite = ElementTree.Element(
        "testsuite",
        name="linuxvirtualserver.lvs.verify",
        tests=str(len(rows)),
        failures=str(_count(rows, FAIL)),
        skipped=str(_count(rows, SKIP)),
        errors="0",
    )
    for row in rows:
        suite.append(_case(row))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _count(rows: Iterable[Mapping[str, str]], status: str) -> int:
    return sum(row["status"] == status for row in rows)


def _case(row: Mapping[str, str]) -> ElementTree.Element:
    row = {key: showable(value) for key, value in row.items()}
    name = " ".join(filter(None, (row["check"], row["realserver"])))
    case = ElementTree.Element("testcase", classname=row["service"] or "lvs", name=name)
    text = f"{row['message']}. {row['cure']}".strip()
    if row["status"] == FAIL:
        ElementTree.SubElement(case, "failure", type=row["id"], message=row["message"]).text = text
    elif row["status"] == SKIP:
        ElementTree.SubElement(case, "skipped", message=row["message"])
    else:
        ElementTree.SubElement(case, "system-out").text = text
    return case
