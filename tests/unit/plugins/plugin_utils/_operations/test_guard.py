# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused by the kernel tables of all directors, before anything is changed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.figures import when
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    BY,
    DIRECTOR,
    DRAINED_AT,
    OTHER,
    RS1,
    RS2,
    RS3,
    VIP,
    Pair,
)

BOTH = (DIRECTOR, OTHER)


def test_one_of_three_may_be_drained() -> None:
    found = Pair().directors(RS2)
    assert [*found.unseen(), *found.absent(), *found.too_few(), *found.drained_besides(), *found.without_weight()] == []


def test_two_of_three_may_not() -> None:
    refused = Pair().directors(RS1, RS2).too_few()
    assert [str(one) for one in refused] == [
        f"{name} on director and director2: without realserver1 and realserver2 1 of 3 realservers would get "
        "connections, and lvs_min_active keeps 2. Fix: Restore others first, or lower lvs_min_active."
        for name in ("telnet", "http")
    ]
    assert Pair().directors(RS1, RS2, min_active="33%").too_few() == []
    assert Pair().directors(RS1, RS2, RS3, min_active="0").too_few() == []


def test_one_director_is_enough_to_refuse() -> None:
    lvs = Pair()
    lvs.live(OTHER, RS1)["weight"] = 0
    (refused,) = lvs.directors(RS2).too_few()
    assert str(refused).startswith("http on director2: without realserver2 1 of 3 realservers")


def test_whoever_is_drained_already_is_not_taken_away() -> None:
    """So that a run which was killed can go on, whatever else happened."""
    lvs = Pair()
    for director in BOTH:
        for port in (23, 80):
            lvs.drained(director, RS2, port)
            lvs.live(director, RS1, port)["weight"] = 0
    found = lvs.directors(RS2)
    assert found.too_few() == found.drained_besides() == []


def test_half_a_drain_goes_on() -> None:
    lvs = Pair()
    lvs.drained(OTHER, RS2)
    found = lvs.directors(RS2)
    assert found.too_few() == found.drained_besides() == found.absent() == []
    assert found.without_weight() == []


def test_others_that_are_drained_are_named_with_who_and_when() -> None:
    lvs = Pair()
    for director in BOTH:
        lvs.drained(director, RS1)
    (refused,) = lvs.directors(RS2).drained_besides()
    assert str(refused) == (
        f"http on director and director2: realserver1 is drained already by {BY} since {when(DRAINED_AT)}. Fix: "
        "Restore it first, or accept it with -e lvs_together=true."
    )
    assert lvs.directors(RS2, services=("telnet",)).drained_besides() == []
    assert lvs.directors(RS1, RS2, min_active="1").drained_besides() == []


def test_who_drained_it_is_shown_and_no_more() -> None:
    lvs = Pair()
    lvs.drained(DIRECTOR, RS1, by="\x1b[2J{{ 1 }}\n" + "a" * 2000)
    (refused,) = lvs.directors(RS2).drained_besides()
    assert "\\x1b[2J{{ 1 }}\\n" in str(refused)
    assert len(str(refused)) < 1300


def test_a_weight_that_somebody_gave_since_is_no_drain() -> None:
    lvs = Pair()
    lvs.drained(DIRECTOR, RS1)
    lvs.live(DIRECTOR, RS1)["weight"] = 1
    assert lvs.directors(RS2).drained_besides() == []
    (http,) = (one for one in lvs.directors(RS1)._work["directors"][DIRECTOR] if one["name"] == "http")
    assert not lvs.directors(RS1).is_drained(DIRECTOR, http)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"msg": "it is down"}, "it is down"),
        ({"evidence": []}, "was not looked at"),
        ({"evidence": {"unseen": [{"what": "ipvs", "why": "no"}]}}, "was not looked at"),
        ({}, "was not looked at"),
        (None, "was not looked at"),
    ],
)
def test_a_director_that_was_not_seen_refuses_all(answer: t.Any, why: str) -> None:
    lvs = Pair()
    lvs.looked[OTHER] = answer
    (refused,) = lvs.directors(RS1).unseen()
    assert refused.item == OTHER
    assert "any of them may serve next" in str(refused)
    assert why in str(refused) or "it was not looked at" in str(refused)


def test_what_is_planned_and_not_in_the_table() -> None:
    lvs = Pair()
    lvs.gone(OTHER, RS2)
    (refused,) = lvs.directors(RS2).absent()
    assert str(refused) == "http on director2: realserver2 is not in the table. Fix: Run the playbook site."


def test_whoever_was_forced_out_is_remembered() -> None:
    lvs = Pair()
    lvs.drained(OTHER, RS2)
    lvs.gone(OTHER, RS2)
    found = lvs.directors(RS2)
    (http,) = (one for one in found._work["directors"][OTHER] if one["name"] == "http")
    assert found.absent() == []
    assert found.is_drained(OTHER, http)
    assert found.former(OTHER, http) == 3


def test_weight_zero_without_a_drain_is_not_restored() -> None:
    lvs = Pair()
    lvs.live(DIRECTOR, RS2)["weight"] = 0
    (refused,) = lvs.directors(RS2).without_weight()
    assert str(refused).startswith("http on director: realserver2 has weight 0, and nobody drained it here.")


def test_who_serves() -> None:
    lvs = Pair()
    assert lvs.directors(RS1).serving() == [DIRECTOR]
    for interface in lvs.seen(DIRECTOR)["interfaces"]:
        interface["addresses"] = [one for one in interface["addresses"] if one["address"] != VIP]
    assert lvs.directors(RS1).serving() == [DIRECTOR, OTHER], "of nobody it is known"
