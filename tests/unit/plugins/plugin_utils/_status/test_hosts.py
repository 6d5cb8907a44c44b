# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each host beside its plan, what a boot would bring, who changed it, and what directors hold."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.status import make_status
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    LO,
    OTHER,
    SCENES,
    VEC0,
    pair,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._status.status_scenes import (
    BY,
    DIRECTOR,
    HTTP,
    MADE,
    RS1,
    RS2,
    SET_UP,
    VIP,
    Entry,
    Lvs,
)


def host(lvs: Lvs, name: str) -> Entry:
    (found,) = (one for one in lvs.status()["hosts"] if one["host"] == name)
    return t.cast(Entry, found)


def test_hosts_that_are_as_planned_also_at_boot_and_who_changed_them() -> None:
    lvs = Lvs().settle()
    assert [one["host"] for one in lvs.status()["hosts"]] == [DIRECTOR, RS1, RS2]
    found = host(lvs, DIRECTOR)
    assert (found["state"], found["boot"], found["boot_seen"], found["differs"]) == ("as planned", [], True, 0)
    assert found["changed"] == {"by": BY, "at": SET_UP, "module": "vip_address"}
    assert lvs.status()["summary"]["well"] is True


def test_what_differs_is_what_the_doctor_finds_there_but_for_what_is_only_worth_knowing() -> None:
    lvs = Lvs().settle()
    SCENES["arp-answered"].change(lvs)
    lvs.take(RS1, LO)
    lvs.drain(1)
    first, *others = lvs.status()["hosts"]
    assert (first["host"], first["state"], first["differs"]) == (RS1, "differs", len(first["findings"]))
    assert "vip-missing-realserver" in first["findings"]
    assert {one["state"] for one in others} == {"as planned"}
    assert lvs.status()["summary"]["hosts_to_look_at"] == [RS1]


def no_login(lvs: Lvs) -> None:
    lvs.plan["hosts"][RS2]["realserver"]["managed"] = False
    lvs.looked.pop(RS2)


def windows(lvs: Lvs) -> None:
    lvs.plan["hosts"][RS2]["realserver"]["system"] = "Windows"
    lvs.looked.pop(RS2)


def half(lvs: Lvs) -> None:
    lvs.seen(RS2)["unseen"] = [{"what": "nft", "why": "it hangs"}]


OTHERS: dict[str, tuple[Callable[[Lvs], object], str, str]] = {
    "not reached": (lambda lvs: lvs.lose(RS2, "No route to host"), "not seen", "No route to host"),
    "no login": (no_login, "no login", "nobody logs in to it"),
    "windows": (windows, "no login", "the doctor cannot look at Windows"),
    "left out": (lambda lvs: lvs.looked.pop(RS2), "left out", "--limit leaves it out"),
    "half seen": (half, "partly seen", "nft: it hangs"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_host_that_was_not_seen_is_a_line(name: str) -> None:
    change, state, why = OTHERS[name]
    lvs = Lvs().settle()
    change(lvs)
    found = host(lvs, RS2)
    assert (found["state"], found["why"]) == (state, why)
    assert host(lvs, RS1)["state"] == "as planned"


def test_nonsense_instead_of_evidence_spoils_one_line() -> None:
    lvs = Lvs().settle()
    lvs.looked[RS2] = {"evidence": {"interfaces": 7, "at_boot": [], "changes": {"lvs": {"at": -1}}}}
    found = host(lvs, RS2)
    assert (found["state"], found["findings"]) == ("differs", ["evidence-unreadable"])
    status = make_status(lvs.plan, {DIRECTOR: None, RS1: [], RS2: {"evidence": 7}}, MADE)
    assert {one["state"] for one in status["services"]} == {"unknown"}


def lose_table(lvs: Lvs) -> None:
    lvs.seen(DIRECTOR)["at_boot"]["services"] = []


def change_table(lvs: Lvs) -> None:
    lvs.seen(DIRECTOR)["at_boot"]["otherwise"] = [HTTP, f"tcp {VIP}:9999"]


def lose_vip(lvs: Lvs) -> None:
    lvs.seen(RS1)["at_boot"]["vips"] = []


def lose_setting(lvs: Lvs) -> None:
    lvs.seen(RS1)["boot"].pop("net.ipv4.conf.all.arp_ignore")


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        (lose_table, DIRECTOR, "2 services do not come back: telnet, http"),
        (change_table, DIRECTOR, "1 service comes back otherwise: http"),
        (lose_vip, RS1, f"1 VIP does not come back: {VIP}"),
        (lose_setting, RS1, "1 setting does not come back: net.ipv4.conf.all.arp_ignore"),
    ],
)
def test_what_a_boot_would_not_bring_back(change: Callable[[Lvs], object], name: str, said: str) -> None:
    lvs = Lvs().settle()
    change(lvs)
    assert host(lvs, name)["boot"] == [said]
    assert lvs.status()["summary"]["hosts_to_look_at"] == [name]


def test_who_changed_it_last_may_have_worked_for_no_lvs_but_not_for_another_one() -> None:
    lvs = Lvs().settle()
    by_hand = {"by": "bob", "at": SET_UP + 5, "module": "ipvs_dest"}
    lvs.seen(DIRECTOR)["changes"].update({"": by_hand, "mail": {"by": "eve", "at": SET_UP + 9, "module": "ipvs_table"}})
    assert host(lvs, DIRECTOR)["changed"] == by_hand
    lvs.seen(RS1)["changes"] = None
    assert host(lvs, RS1)["changed"] is None


def test_a_director_holds_vips_since_and_is_so_full() -> None:
    lvs = Lvs().settle()
    lvs.seen(DIRECTOR)["ipvs"]["daemons"] = [
        {"role": "master", "interface": "eth1", "sync_id": 7, "max_len": 1472, "group": None, "port": 8848, "ttl": 1}
    ]
    (one,) = lvs.status()["directors"]
    assert one["holds"] == [{"vip": VIP, "interface": VEC0, "since": SET_UP}]
    assert one["memory"] == {"total": 114688, "available": 72704}
    assert one["daemons"] == [{"role": "master", "interface": "eth1", "sync_id": 7}]


def test_of_a_pair_one_holds_the_vip_and_the_other_is_well_without_it() -> None:
    lvs = Lvs()
    pair(lvs)
    status = lvs.settle().status()
    assert {one["host"]: [held["vip"] for held in one["holds"]] for one in status["directors"]} == {
        DIRECTOR: [VIP],
        OTHER: [],
    }
    assert (status["summary"]["well"], host(lvs, OTHER)["boot"]) == (True, [])
    lvs.seen(OTHER)["keepalived"]["active"] = False
    assert (host(lvs, OTHER)["state"], host(lvs, OTHER)["findings"]) == ("differs", ["failover-unfit"])


def test_a_vip_on_no_director_and_on_two() -> None:
    lvs = Lvs().settle()
    lvs.plan["hosts"]["backup"] = lvs.plan["hosts"][DIRECTOR]
    lvs.looked["backup"] = {"evidence": {**lvs.seen(DIRECTOR)}}
    assert lvs.status()["vips"] == {"on_nobody": [], "on_several": {VIP: [DIRECTOR, "backup"]}}
    del lvs.plan["hosts"]["backup"], lvs.looked["backup"]
    lvs.take(DIRECTOR, VEC0)
    assert lvs.status()["vips"] == {"on_nobody": [VIP], "on_several": {}}
    lvs.lose(DIRECTOR)
    assert lvs.status()["vips"]["on_nobody"] == [], "nobody knows"
