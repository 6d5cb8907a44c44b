# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/doctor-matrix.md has a row for every fault and oddity of tests/doctor, and all of them were run whole."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.doctor.faults import FAULTS, ODDITIES
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.matrix import NOT_RUN, Examined, Odd, matrix, read, updated

PAGE = Path(__file__).resolve().parents[2] / "docs/doctor-matrix.md"
FAULT, OTHER = "VIP with /24 on lo", "tunl0 down"


def test_the_page_is_what_its_rows_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert matrix(*read(text)) == text


def test_every_fault_and_oddity_was_run_with_its_cure_and_verify() -> None:
    examined, odd = read(PAGE.read_text(encoding="utf-8"))
    assert {one.fault: one.site for one in examined} == {name: fault.site for name, fault in FAULTS.items()}
    assert {one.oddity: one.site for one in odd} == {name: oddity.site for name, oddity in ODDITIES.items()}
    assert [one.fault for one in examined if NOT_RUN in (one.cure, one.verify)] == []
    assert [one.oddity for one in odd if one.verify == NOT_RUN] == []


def test_the_page_says_what_came_out_as_it_must() -> None:
    examined, odd = read(PAGE.read_text(encoding="utf-8"))
    assert {one.fault: one.found[0] for one in examined} == {name: fault.finding for name, fault in FAULTS.items()}
    assert {one.cure for one in examined} == {"healed", "by hand"}
    assert {(one.healed, one.verify) for one in examined if FAULTS[one.fault].harms is False} == {(0, "green")}
    assert {one.verify for one in odd} == {"green"}
    assert {one.oddity: set(one.found) for one in odd} == {name: set(one.hints) for name, one in ODDITIES.items()}


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
