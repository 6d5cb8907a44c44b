# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/doctor-matrix.md says of every fault and oddity of tests/doctor what came out, or that it was never run."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.doctor.faults import FAULTS, ODDITIES
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.matrix import NOT_RUN, Examined, Odd, matrix, read, updated

PAGE = Path(__file__).resolve().parents[2] / "docs/doctor-matrix.md"
ALL = (*FAULTS, *ODDITIES)
FAULT, OTHER = "VIP with /24 on lo", "tunl0 down"


def test_the_page_is_what_its_rows_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    examined, odd = read(text)
    assert matrix(examined, odd) == text
    ran = {one.fault for one in examined} | {one.oddity for one in odd}
    assert {name for name in ALL if f"\n* {name}\n" in text} == {*ALL} - ran


def test_the_page_says_what_came_out_as_it_must() -> None:
    examined, odd = read(PAGE.read_text(encoding="utf-8"))
    assert {one.fault: (one.site, one.found[0]) for one in examined} == {
        one.fault: (FAULTS[one.fault].site, FAULTS[one.fault].finding) for one in examined
    }
    assert {one.healed for one in examined} == {0}
    assert {one.verify for one in odd} == {"green"}
    assert {one.oddity: set(one.found) for one in odd} == {one.oddity: ODDITIES[one.oddity].hints for one in odd}


def test_a_run_changes_its_own_rows() -> None:
    examined = [
        Examined(FAULT, "dr", "vip-mask-wide", ["table-drift", "vip-mask-wide"], 1, NOT_RUN, "arp, path", "2026-01-01"),
        Examined(OTHER, "tun", "tunnel-down", [], 0, "healed", "green", "2026-01-01"),
    ]
    odd = [Odd("no IPv6 on a realserver", "dr", "-", [], "green", "2026-01-01")]
    assert read(matrix(examined, odd)) == (sorted(examined, key=lambda one: one.expected == "vip-mask-wide"), odd)
    again = examined[0]._replace(found=["vip-mask-wide"], healed=0, cure="healed", day="2026-01-02")
    rows, _odd = read(matrix(updated(examined, [again]), odd))
    assert sorted(rows) == sorted([again, examined[1]])
    assert "Named first: 1 of 2. Without a finding after healing: 2 of 2." in matrix(rows, odd)
