# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings of one kind are one finding, and of many items the first are named: in the report of an inventory, too."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.findings import Findings
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.fold import (
    MOST,
    first_lines,
    folded,
    names,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report


def finding(number: int, **changes: object) -> dict[str, t.Any]:
    return {"id": "a", "severity": "error", "path": f"services[{number}]", "message": "m", "cure": "c", **changes}


def fold(*findings: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return folded(findings, lambda one: one["id"], lambda one: one["path"], lambda one: f"{one['path']}: m")


def test_one_of_a_kind_stays_as_it_is() -> None:
    assert fold(finding(0)) == [{**finding(0), "count": 1, "others": []}]


def test_others_are_named_with_the_cure_that_differs() -> None:
    (one,) = fold(finding(0), finding(1), finding(2, cure="d"))
    assert one["count"] == 3
    assert one["others"] == [
        {"item": "services[1]", "message": "services[1]: m", "cure": ""},
        {"item": "services[2]", "message": "services[2]: m", "cure": "d"},
    ]


def test_kinds_stay_in_their_order_and_what_has_no_id_is_of_none() -> None:
    found = fold(finding(0), finding(1, id="b"), finding(2, id=""), finding(3), finding(4, id=""))
    assert [(one["id"], one["count"]) for one in found] == [("a", 2), ("b", 1), ("", 1), ("", 1)]


def test_of_more_than_anybody_reads_only_the_number_is_kept() -> None:
    (one,) = fold(*map(finding, range(MOST + 3)))
    assert (one["count"], len(one["others"])) == (MOST + 3, MOST)


def test_names_of_many_are_the_first() -> None:
    few, many = list("abcdef"), list("abcdefg")
    assert names(few) == "a, b, c, d, e, f"
    assert names(many) == "a, b, c, d, e and 2 more"
    assert names(many, whole=True) == "a, b, c, d, e, f, g"
    assert names(few, number=2000) == "a, b, c, d, e and 1,995 more"
    assert names(few, whole=True, number=2000) == "a, b, c, d, e, f and 1,994 more"


def test_lines_of_many_are_the_first() -> None:
    lines = [str(number) for number in range(11)]
    assert first_lines(lines[:10], "services") == lines[:10]
    assert first_lines(lines, "services") == ["0", "1", "2", "3", "4", "6 more services, which -v shows"]
    assert first_lines(lines, "services", whole=True) == lines


def inventory(number: int) -> list[dict[str, t.Any]]:
    findings = Findings()
    for one in range(number):
        findings.add("scheduler-unknown", f"lvs_services[{one}].scheduler", "wlcc", choices="wlc")
    return findings.sorted()


def test_a_mistake_in_a_few_services_is_said_of_each() -> None:
    assert report(inventory(3)).splitlines()[:6] == [
        "3 errors in the inventory.",
        "",
        "ERROR lvs_services[0].scheduler: is not a scheduler (got 'wlcc').",
        "  Fix: Use wlc.",
        "  Also: lvs_services[1].scheduler: is not a scheduler (got 'wlcc').",
        "  Also: lvs_services[2].scheduler: is not a scheduler (got 'wlcc').",
    ]


def test_a_mistake_in_500_services_is_one_block() -> None:
    said = report(inventory(500)).splitlines()
    assert said[0] == "500 errors in the inventory."
    assert said[4].startswith("  The same of 499 others, all of which -v shows: lvs_services[1].scheduler, ")
    assert said[4].endswith("lvs_services[5].scheduler and 494 more")
    assert len(said) < 10
    assert len(report(inventory(500), whole=True).splitlines()) > 500
