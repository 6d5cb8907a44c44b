# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host answers verify with nonsense: its row says so, and what the others saw is judged as without it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.observed import (
    ASKED,
    PLACED,
    PROBE,
    SERVICE,
    TAKEN,
    TRIAL,
    observed,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.text import junit, lines
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.verdict import verdict
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.work import Wishes
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Chance, Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import mutated
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import service
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._verify.verify_world import World

Data = dict[str, t.Any]

CLIENTS = ["client", "client2"]
UNSEEN = {"client-unseen", "director-unseen", "test-service-missing"}


def worlds() -> list[tuple[Data, Data]]:
    """What was asked, and what the hosts of a healthy LVS answer, as the playbook registers it."""
    found = []
    for scheduler, wishes in (("rr", Wishes()), ("wlc", Wishes(test_service=True)), ("sh", Wishes(paths=False))):
        world = World([service(scheduler=scheduler)], wishes, clients=CLIENTS)
        seen = world.observed()
        hostvars: Data = {client: {ASKED: {PROBE: seen["clients"][client]["asked"]}} for client in CLIENTS}
        hostvars["director"] = {PLACED: {TRIAL: seen["directors"]["director"]["before"]}}
        hostvars["director"][TAKEN] = {TRIAL: seen["directors"]["director"]["after"]}
        hostvars.update({host: {PLACED: {SERVICE: {"changed": True}}} for host in world.work["listen"]})
        found.append((world.work, hostvars))
    return found


def spoilt(hostvars: Data, host: str, random: Chance) -> Data:
    return {**hostvars, host: mutated(hostvars[host], random)}


def judged(work: Data, hostvars: Data) -> Data:
    found = verdict(work, observed(work, hostvars), 2.0)
    assert lines(found)
    assert junit(found)
    return found


def rows_of(found: Data, ids: set[str]) -> list[Data]:
    return [row for row in found["rows"] if row["id"] in ids]


def test_nonsense_of_one_host_spoils_its_row_alone(inputs: Inputs) -> None:
    for random in inputs(500):
        work, hostvars = random.choice(worlds_)
        host = random.choice(sorted(hostvars))
        found = judged(work, spoilt(hostvars, host, random))
        assert all(re.search(rf"\b{host}\b", row["message"]) for row in rows_of(found, UNSEEN)), (
            "somebody else is accused"
        )


def test_a_client_that_is_not_understood_is_like_one_that_is_gone(inputs: Inputs) -> None:
    for random in inputs(300):
        work, hostvars = random.choice(worlds_)
        changed = spoilt(hostvars, "client2", random)
        found = judged(work, changed)
        if rows_of(found, {"client-unseen"}):
            gone = judged(work, {**hostvars, "client2": {}})
            assert [row for row in found["rows"] if row["id"] not in UNSEEN] == [
                row for row in gone["rows"] if row["id"] not in UNSEEN
            ]
            assert found["clients"] == ["client"]


worlds_ = worlds()
