# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor found for which fault, as a page."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.linuxvirtualserver.lvs.tests.doctor import reports
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.faults import FAULTS, ODDITIES

HEAD = """<!-- Written by `make doctor-matrix`. -->
# The doctor's confusion matrix

Each fault was made on a farm of the lab, the doctor examined it, `playbooks/verify.yml` looked at the LVS as a client,
the fault was healed and the doctor examined again. A row is a fault, `1` is what the doctor named first, `+` what it
named besides; `healed` says how many findings were left, `cure` whether what the doctor says heals it (by hand: a
machine cannot do it), `verify` which of its checks failed. A fault that harms nobody yet, or not this client, leaves
them green. `run` is the day on which it was run last, `not run` what that run left out.
"""
ODD = """## Healthy and unusual

| What | Site | Met by | Named | verify | run |
| --- | --- | --- | --- | --- | --- |"""
NOTHING, NOT_RUN = "nothing", "not run"


class Examined(t.NamedTuple):
    """One fault and its two examinations, as they stand in a row."""

    fault: str
    site: str
    expected: str
    found: list[str]
    healed: int
    cure: str
    verify: str
    day: str


class Odd(t.NamedTuple):
    """A healthy LVS on unusual hosts, and its examination."""

    oddity: str
    site: str
    source: str
    found: list[str]
    verify: str
    day: str


Row = t.TypeVar("Row", bound="Examined | Odd")


def matrix(examined: Sequence[Examined], odd: Sequence[Odd]) -> str:
    """The table of the faults and what it comes to, and that of what is no fault."""
    rows = sorted(examined, key=lambda one: (one.expected, one.fault))
    columns = sorted({one.expected for one in rows} | {name for one in rows for name in one.found})
    right = sum(one.found[:1] == [one.expected] for one in rows)
    clean = sum(not one.healed for one in rows)
    lines = [
        HEAD,
        f"Named first: {right} of {len(rows)}. Without a finding after healing: {clean} of {len(rows)}.",
        *_never_run({one.fault for one in examined} | {one.oddity for one in odd}),
        "",
        _line("Fault", "Site", *columns, "healed", "cure", "verify", "run"),
        _line("---", "---", *(":-:" for _column in columns), ":-:", "---", "---", "---"),
        *(_row(one, columns) for one in rows),
        "",
        ODD,
        *(
            _line(name, site, source, ", ".join(found) or NOTHING, verify, day)
            for name, site, source, found, verify, day in sorted(odd)
        ),
    ]
    return "\n".join(lines) + "\n" + reports.page()


def _never_run(ran: set[str]) -> list[str]:
    """What there is a test of and no row."""
    names = [f"* {name}" for name in (*FAULTS, *ODDITIES) if name not in ran]
    return ["", "No run has been recorded yet of:", "", *names] if names else []


def read(page: str) -> tuple[list[Examined], list[Odd]]:
    """The rows of a page that was written before."""
    faults, _heading, rest = page.partition(ODD)
    head, _line_below, *rows = _cells(faults)
    columns = head[2:-4]
    examined = [
        Examined(name, site, FAULTS[name].finding, _marked(marks, columns), int(healed), cure, verify, day)
        for name, site, *marks, healed, cure, verify, day in rows
        if name in FAULTS
    ]
    odd = [
        Odd(name, site, source, [] if found == NOTHING else found.split(", "), verify, day)
        for name, site, source, found, verify, day in _cells(rest.partition(reports.HEAD)[0])
        if name in ODDITIES
    ]
    return examined, odd


def updated(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """What ran takes the place of its row; the others stay as they are."""
    ran = {one[0] for one in new}
    return [*(one for one in old if one[0] not in ran), *new]


def verdict(failed: Sequence[str] | None) -> str:
    """What verify came to."""
    return NOT_RUN if failed is None else ", ".join(failed) or "green"


def _row(one: Examined, columns: Sequence[str]) -> str:
    marks = ["1" if one.found[:1] == [name] else "+" if name in one.found else "" for name in columns]
    return _line(one.fault, one.site, *marks, str(one.healed), one.cure, one.verify, one.day)


def _marked(marks: Sequence[str], columns: Sequence[str]) -> list[str]:
    named = [(mark, name) for mark, name in zip(marks, columns, strict=True) if mark]
    return [name for _mark, name in sorted(named, key=lambda one: one[0] != "1")]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(text: str) -> list[list[str]]:
    lines = [line.removeprefix("| ").removesuffix(" |") for line in text.splitlines() if line.startswith("| ")]
    return [line.split(" | ") for line in lines]
