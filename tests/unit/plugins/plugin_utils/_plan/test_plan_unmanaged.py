# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A realserver that nobody logs in to: a printer behind LVS-NAT (HOWTO 3.6)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    hostvars,
    plan,
    service,
)


def planned(managed: object = False, **changes: t.Any) -> dict[str, t.Any]:
    """realserver1 is a printer of some system that nothing is known of."""
    printer = {"lvs_managed": managed, "lvs_system": "IRIX"}
    lpd = service(**{"port": 9100, "forwarding": "nat", "vip": "10.0.0.110", **changes})
    return plan(lpd, hostvars=hostvars(realserver1=printer))


def errors(plan: dict[str, t.Any]) -> list[str]:
    return [one["id"] for one in plan["findings"] if one["severity"] == "error"]


def test_it_is_in_the_plan_and_in_the_table() -> None:
    hosts = planned()["hosts"]
    assert hosts["realserver1"]["realserver"]["managed"] is False
    assert hosts["realserver2"]["realserver"]["managed"] is True
    table = hosts["director"]["director"]["services"][0]["realservers"]
    assert len(table) == 2


def test_the_director_asks_it_from_the_vip_so_that_it_needs_its_gateway() -> None:
    assert planned()["hosts"]["director"]["director"]["probes"] == [
        {
            "name": "realserver1",
            "address": "192.168.1.11",
            "port": 9100,
            "source": "10.0.0.110",
            "gateway": "192.168.1.9",
        }
    ]


def test_on_one_network_with_the_vip_its_gateway_cannot_be_told() -> None:
    (probe,) = planned(vip="192.168.1.110")["hosts"]["director"]["director"]["probes"]
    assert "source" not in probe


def test_no_step_is_planned_for_it() -> None:
    steps = [step for step in planned()["order"] if step["role"] == "realserver"]
    assert steps
    assert all("realserver1" not in step["hosts"] for step in steps)


@pytest.mark.parametrize("word", [False, "false", "no", "off", 0])
def test_whatever_the_inventory_writes_for_false(word: object) -> None:
    assert not planned(word)["hosts"]["realserver1"]["realserver"]["managed"]


def test_what_is_no_stream_is_not_asked() -> None:
    assert planned(protocol="udp")["hosts"]["director"]["director"]["probes"] == []
