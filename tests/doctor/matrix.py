# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor found for which fault, as a page."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.linuxvirtualserver.lvs.tests.doctor import reports

HEAD = """<!-- Written by `make doctor-matrix`. -->
# The doctor's confusion matrix

Each fault was made on a farm of the lab, the doctor examined it, `playbooks/verify.yml` looked at the LVS as a client,
the fault was healed and the doctor examined again. A row is a fault, `1` is what the doctor named first, `+` what it
named besides; `healed` says how many findings were left, `cure` whether what the doctor says heals it (by hand: a
machine cannot do it), `verify` which of its checks failed. A fault that harms nobody yet, or not this client, leaves
them green. `not run` is what the run of that row left out.
"""


class Examined(t.NamedTuple):
    """One fault and its two examinations."""

    fault: str
    site: str
    expected: str
    found: list[str]
    healed: list[str]
    verify: list[str] | None
    cured: str | None
    seconds: float


class Odd(t.NamedTuple):
    """A healthy LVS on unusual hosts, and its examination."""

    oddity: str
    site: str
    source: str
    found: list[str]
    verify: list[str] | None


def matrix(examined: Sequence[Examined], odd: Sequence[Odd]) -> str:
    """The table of the faults and what it comes to, and that of what is no fault."""
    rows = sorted(examined, key=lambda one: (one.expected, one.fault))
    columns = sorted({one.expected for one in rows} | {name for one in rows for name in one.found})
    right = sum(one.found[:1] == [one.expected] for one in rows)
    clean = sum(not one.healed for one in rows)
    lines = [
        HEAD,
        f"Named first: {right} of {len(rows)}. Without a finding after healing: {clean} of {len(rows)}.",
        "",
        f"| Fault | Site | {' | '.join(columns)} | healed | cure | verify |",
        f"| --- | --- |{' :-: |' * len(columns)} :-: | --- | --- |",
        *(_row(one, columns) for one in rows),
    ]
    return "\n".join([*lines, *_healthy(odd)]) + "\n" + reports.page()


def _healthy(odd: Sequence[Odd]) -> list[str]:
    rows = [
        f"| {name} | {site} | {source or '-'} | {', '.join(found) or 'nothing'} | {_verify(verify)} |"
        for name, site, source, found, verify in sorted(odd)
    ]
    return [
        "",
        "## Healthy and unusual",
        "",
        "| What | Site | Met by | Named | verify |",
        "| --- | --- | --- | --- | --- |",
        *rows,
    ]


def _verify(failed: Sequence[str] | None) -> str:
    return "not run" if failed is None else ", ".join(failed) or "green"


def _row(one: Examined, columns: Sequence[str]) -> str:
    marks = ["1" if one.found[:1] == [name] else "+" if name in one.found else "" for name in columns]
    verify = _verify(one.verify)
    return (
        f"| {one.fault} | {one.site} | {' | '.join(marks)} | {len(one.healed)} | {one.cured or 'not run'} | {verify} |"
    )
