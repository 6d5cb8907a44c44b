# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rolling update: batches, who was left behind, and after what no other batch follows."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.rolling import (
    batch_size,
    batches,
    left_behind,
    stuck,
    verdict,
    witness_probes,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.work import Wishes, make_work
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    BY,
    DIRECTOR,
    OTHER,
    RIPS,
    RS1,
    RS2,
    RS3,
    VIP,
    Pair,
)


@pytest.mark.parametrize(
    ("wish", "hosts", "size"), [("1", 9, 1), ("4", 3, 4), ("25%", 9, 2), ("25%", 3, 1), ("100%", 7, 7), ("1%", 1, 1)]
)
def test_how_many_at_once(wish: str, hosts: int, size: int) -> None:
    assert batch_size(wish, hosts) == size


@pytest.mark.parametrize("wish", ["0", "0%", "101%", "-1", "", "1.5", "half", "1 %", "1\n", "{{ 1 }}"])
def test_what_is_no_batch(wish: str) -> None:
    with pytest.raises(LvsError, match="lvs_batch: is no number of realservers"):
        batch_size(wish, 3)


def test_batches_have_every_host_once_and_those_first_that_were_left() -> None:
    assert batches([*RIPS], [], 2) == [[RS1, RS2], [RS3]]
    assert batches([*RIPS], [RS3, RS2], 1) == [[RS2, RS3], [RS1]]
    assert batches([*RIPS], [*RIPS], 1) == [[*RIPS]]


def left(lvs: Pair) -> tuple[list[str], list[str]]:
    work = make_work(lvs.plan, Wishes([*RIPS]))
    found, refused = left_behind(work, lvs.directors(*RIPS))
    return [f"{host}{since}" for host, since in found.items()], [str(one) for one in refused]


def test_whoever_a_rolling_update_drained_was_left_behind() -> None:
    lvs = Pair()
    lvs.drained(OTHER, RS2, by=f"{BY}, rolling update")
    (said,), refused = left(lvs)
    assert refused == []
    assert said.startswith(f"realserver2 by {BY}, rolling update since 20")


def test_whoever_somebody_else_drained_was_not() -> None:
    lvs = Pair()
    for director in (DIRECTOR, OTHER):
        lvs.drained(director, RS2)
    found, (refused,) = left(lvs)
    assert found == []
    assert refused.startswith(f"realserver2: is drained by {BY} since 20")
    assert refused.endswith("not by this playbook. Fix: Restore it first, or leave it out with lvs_realservers.")


def test_whoever_got_a_weight_since_is_neither() -> None:
    lvs = Pair()
    lvs.drained(OTHER, RS2)
    lvs.live(OTHER, RS2)["weight"] = 1
    assert left(lvs) == ([], [])


def test_clients_ask_for_each_service_once() -> None:
    probes = witness_probes(Pair().plan, ["client"])
    assert [(one["address"], one["port"], one["way"], one["connections"]) for one in probes] == [
        (VIP, 23, "greeting", 1),
        (VIP, 80, "http", 1),
    ]


def test_what_is_said_of_whoever_is_stuck() -> None:
    assert stuck([RS1, RS2, RS3], {RS1: "done", RS2: "failed"}, "again") == [
        "realserver2 stays drained: lvs_work failed there. To go on with it: again",
        "realserver3 stays drained: it was lost in the middle of lvs_work. To go on with it: again",
    ]
    assert stuck([RS1], {RS1: "undone"}, "again") == []


@pytest.mark.parametrize(
    ("came_to", "missed", "tolerated", "why"),
    [
        ({RS1: "done"}, 0, 0, ""),
        ({RS1: "done"}, 2, 2, ""),
        ({RS1: "done"}, 3, 2, "clients saw 3 requests fail, and lvs_tolerate accepts 2"),
        ({RS1: "undone"}, 0, 0, "lvs_work failed on realserver1, was undone by lvs_undo, and it serves again"),
        ({RS1: "failed"}, 0, 0, "realserver1 stays drained, because lvs_work did not succeed there"),
        ({}, 0, 9, "realserver1 stays drained, because lvs_work did not succeed there"),
        ({RS1: "{{ 1 }}"}, 0, 9, "realserver1 stays drained, because lvs_work did not succeed there"),
    ],
)
def test_after_what_no_other_batch_follows(came_to: dict[str, str], missed: int, tolerated: int, why: str) -> None:
    assert verdict([RS1], came_to, missed, tolerated) == why
