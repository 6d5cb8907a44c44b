# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict for people, and as JUnit for machines.

Private: this file may change in any release; do not import it from outside the collection.
Pure: text out of a verdict.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree import ElementTree

from ...module_utils._errors import with_fix
from .._rules.fold import FEW, folded, names
from .._rules.report import BAD, GOOD, Line, block, count, line, worst_first
from .._rules.rule import ERROR, OK, SKIP, WARNING
from .._rules.shown import showable

Verdict = Mapping[str, t.Any]
Row = Mapping[str, t.Any]

_HEAD = ("service", "realserver", "weight", "connections", "answered", "first byte", "path")
_FINE = "The LVS does what the plan says."
_QUIET = (OK, SKIP)  # a line each
_MOST = 10  # services, of many
_NUMBERS = range(2, 6)  # columns that stand on the right


def lines(verdict: Verdict, whole: bool = False) -> list[Line]:
    """A table of the services, then what was fine, what could not be judged and what is wrong; rows of one kind are
    one, unless the whole is asked for."""
    rows = worst_first(verdict["rows"])
    others = [row for row in rows if row["severity"] not in _QUIET]
    quiet = [row for severity in _QUIET for row in rows if row["severity"] == severity]
    parts = [
        [line(_headline(verdict), GOOD if verdict["passed"] else BAD)],
        list(map(line, _table(verdict, whole))),
        [one for row in _folded(quiet) for one in _quiet(row, whole)],
        *(list(block(_item(row), row, whole=whole)) for row in _folded(others)),
    ]
    first, *rest = filter(None, parts)
    return [*first, *(one for part in rest for one in (line(), *part))]


def _folded(rows: Iterable[Row]) -> list[dict[str, t.Any]]:
    return folded(rows, lambda row: (row["id"], row["severity"]), _who, lambda row: f"{_item(row)}: {row['message']}")


def _quiet(row: Row, whole: bool) -> Iterator[Line]:
    """A line each; of many the first, and who else."""
    yield line(f"{row['severity']:4}  {_item(row)}: {row['message']}")
    if row["count"] <= FEW or whole:
        yield from (line(f"{row['severity']:4}  {one['message']}") for one in row["others"])
    else:
        listed = names([one["item"] for one in row["others"]], number=row["count"] - 1)
        yield line(f"      The same of {row['count'] - 1:,} others, all of which -v shows: {listed}")


def _who(row: Row) -> str:
    """What of many a row is about."""
    return " ".join(filter(None, (row["service"], row["realserver"]))) or str(row["check"])


def _item(row: Row) -> str:
    return " ".join(filter(None, (row["service"], row["check"])))


def _headline(verdict: Verdict) -> str:
    words = {ERROR: "failed", WARNING: "to be looked at", OK: "passed", SKIP: "not judged"}
    found = {severity: count(verdict["rows"], severity) for severity in words}
    counts = ", ".join(f"{number} {words[severity]}" for severity, number in found.items() if number)
    unasked = names([row["service"] for row in verdict["rows"] if row["id"] == "not-asked"])
    fine = f"What was asked does what the plan says; not asked: {unasked}." if unasked else _FINE
    result = fine if verdict["passed"] else "The LVS does not do what the plan says."
    seen = f" Seen by {', '.join(verdict['clients'])}." if verdict["clients"] else ""
    return f"{result}{seen} Checks: {counts}."


def _table(verdict: Verdict, whole: bool) -> list[str]:
    services = verdict["services"]
    listed = services if whole or len(services) <= _MOST else _first_to_see(verdict)[:_MOST]
    cells: list[Sequence[str]] = [_HEAD]
    for service in listed:
        titles = [service["title"], f"  {service['where']}"]
        pool = service["realservers"]
        for number in range(max(len(titles), len(pool))):
            left = titles[number] if number < len(titles) else ""
            cells.append((left, *_cells(pool[number] if number < len(pool) else {})))
    left_out = len(services) - len(listed)
    more = [f"{left_out:,} more services, which -v shows"] if left_out else []
    return [*_aligned(cells), *more] if len(cells) > 1 else []


def _first_to_see(verdict: Verdict) -> list[Row]:
    """The services with what is wrong first, otherwise in their order."""
    wrong = {row["service"] for row in verdict["rows"] if row["severity"] in (ERROR, WARNING)}
    return sorted(verdict["services"], key=lambda service: service["title"] not in wrong)


def _cells(realserver: Row) -> list[str]:
    keys = ("host", "weight", "connections", "answered", "first_byte", "way")
    return [str(realserver.get(key, "")) for key in keys]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [_line(row, widths) for row in rows]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    placed = [
        cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(placed).rstrip()


def junit(verdict: Verdict) -> str:
    """The same for a machine that shows test results: what is to be looked at passes, with its words."""
    rows = verdict["rows"]
    suite = ElementTree.Element(
        "testsuite",
        name="linuxvirtualserver.lvs.verify",
        tests=str(len(rows)),
        failures=str(count(rows, ERROR)),
        skipped=str(count(rows, SKIP)),
        errors="0",
    )
    for row in rows:
        suite.append(_case(row))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _case(row: Row) -> ElementTree.Element:
    row = {key: showable(value) for key, value in row.items()}
    name = " ".join(filter(None, (row["check"], row["realserver"])))
    case = ElementTree.Element("testcase", classname=row["service"] or "lvs", name=name)
    text = with_fix(row["message"], row["cure"])
    if row["severity"] == ERROR:
        ElementTree.SubElement(case, "failure", type=row["id"], message=row["message"]).text = text
    elif row["severity"] == SKIP:
        ElementTree.SubElement(case, "skipped", message=row["message"])
    else:
        ElementTree.SubElement(case, "system-out").text = text
    return case
