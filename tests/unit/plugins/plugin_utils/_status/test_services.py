# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each state of a realserver and of a service, and the figures beside it."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Callable

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import LO
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._status.status_scenes import (
    BY,
    DIRECTOR,
    DRAINED_AT,
    HTTP,
    RS1,
    RS2,
    VIP,
    Lvs,
    with_connections,
)


def take_out(lvs: Lvs, owner: str = "") -> None:
    lvs.service(80)["realservers"].pop()
    lvs.seen(DIRECTOR)["owners"] = [owner] if owner else []


def fail(lvs: Lvs, kept: str = "") -> None:
    """Its check has taken it out; or so it seems, where keepalived keeps another LVS."""
    name = lvs.plan["lvs_name"]
    role = lvs.plan["hosts"][DIRECTOR]["director"]
    role.update(engine="keepalived", checks=[{"service": HTTP, "realserver": "192.168.1.12:80", "type": "tcp"}])
    take_out(lvs, "keepalived")
    lvs.seen(DIRECTOR)["keepalived"] = {"active": True, "switched": {}, "unread": [], "keeps": [kept or name]}


def weigh(lvs: Lvs, weight: int, owner: str = "") -> None:
    lvs.service(80)["realservers"][1]["weight"] = weight
    lvs.seen(DIRECTOR)["owners"] = [owner] if owner else []


def plan_nothing(lvs: Lvs) -> None:
    for services in (lvs.plan["hosts"][DIRECTOR]["director"]["services"], lvs.seen(DIRECTOR)["ipvs"]["services"]):
        next(one for one in services if one["port"] == 80)["realservers"][1]["weight"] = 0


def drain_and_give_back(lvs: Lvs) -> None:
    lvs.drain(1)
    weigh(lvs, 1)


def unload(lvs: Lvs) -> None:
    lvs.seen(DIRECTOR)["ipvs"] = None


def hide(lvs: Lvs) -> None:
    unload(lvs)
    lvs.seen(DIRECTOR)["unseen"] = [{"what": "ipvs", "why": "no netlink"}]


# What happens to realserver2 in the service http, and what is said of it.
STATES: dict[str, tuple[Callable[[Lvs], object], str, str]] = {
    "serves": (lambda _lvs: None, "serves", ""),
    "drained": (lambda lvs: lvs.drain(1), "drained", ""),
    "drained once, with its weight again": (drain_and_give_back, "serves", ""),
    "planned weight 0": (plan_nothing, "idle", ""),
    "another weight": (lambda lvs: weigh(lvs, 5), "weight", ""),
    "weight 0 by nobody": (lambda lvs: weigh(lvs, 0), "weight", ""),
    "weight 0 by keepalived": (lambda lvs: weigh(lvs, 0, "keepalived"), "down", "keepalived gave it weight 0"),
    "not in the table": (take_out, "missing", ""),
    "taken out by keepalived": (lambda lvs: take_out(lvs, "keepalived"), "down", "keepalived took it out"),
    "taken out by its check": (fail, "down", "its check fails"),
    "taken out while keepalived keeps another LVS": (lambda lvs: fail(lvs, "mail"), "missing", ""),
    "nothing listens": (lambda lvs: lvs.listen(RS2, 80), "down", f"nothing listens on {VIP} port 80"),
    "listens elsewhere": (lambda lvs: lvs.listen(RS2, 80, "127.0.0.1"), "down", f"nothing listens on {VIP} port 80"),
    "no VIP": (lambda lvs: lvs.take(RS2, LO), "down", f"it has no {VIP}"),
    "not reached": (lambda lvs: lvs.lose(RS2), "serves", "not seen itself"),
    "no ip_vs": (unload, "missing", "no ip_vs"),
    "no table": (hide, "unknown", "no director showed its table"),
    "no director": (lambda lvs: lvs.lose(DIRECTOR), "unknown", "no director showed its table"),
}


@pytest.mark.parametrize("name", STATES)
def test_a_realserver_is_in_one_state_for_one_reason(name: str) -> None:
    change, state, why = STATES[name]
    lvs = Lvs().settle()
    change(lvs)
    row = lvs.rows()[RS2]
    assert (row["state"], row["why"]) == (state, why)
    assert lvs.rows("telnet")[RS2]["state"] in (state, "serves")


def test_what_is_drained_says_by_whom_and_since_when() -> None:
    lvs = Lvs().settle()
    lvs.drain(1)
    row = lvs.rows()[RS2]
    assert (row["by"], row["since"], row["weight"]) == (BY, DRAINED_AT, {"wanted": 1, "live": 0})
    lvs.seen(DIRECTOR)["drained"] = [{"service": HTTP, "realserver": "192.168.1.12:80"}]
    row = lvs.rows()[RS2]
    assert (row["state"], row["by"], row["since"]) == ("drained", "", 0), "an older release did not write it down"


def test_a_realserver_in_the_table_that_is_not_planned() -> None:
    lvs = Lvs().settle()
    pool = lvs.service(80)["realservers"]
    pool.append({**pool[0], "rip": "192.168.1.99"})
    assert lvs.rows()["192.168.1.99:80"]["state"] == "unplanned"


def test_a_service_in_the_table_that_is_not_planned_unless_another_lvs_asks_for_it() -> None:
    lvs = Lvs().settle()
    table = lvs.seen(DIRECTOR)["ipvs"]["services"]
    table.append({**lvs.service(80), "port": 81})
    first, *_others = lvs.status()["services"]
    assert (first["service"], first["state"]) == (f"tcp {VIP}:81", "unplanned")
    assert {row["state"] for row in first["realservers"]} == {"unplanned"}
    lvs.seen(DIRECTOR)["claims"] = {"mail": [f"service tcp {VIP}:81"]}
    assert [one["service"] for one in lvs.status()["services"]] == [f"tcp {VIP}:23", HTTP]


@pytest.mark.parametrize("number", [1, 2])
def test_a_service_is_as_its_worst_realserver_or_served_by_nobody(number: int) -> None:
    lvs = Lvs().settle()
    for one in range(number):
        lvs.drain(one)
    first, second = lvs.status()["services"]
    assert (first["name"], first["state"]) == ("http", "drained" if number == 1 else "unserved")
    assert (second["name"], second["state"]) == ("telnet", "serves")


def test_connections_rates_and_shares_are_those_of_the_kernel_without_a_second_look() -> None:
    lvs = with_connections()
    first, second = lvs.rows()[RS1], lvs.rows()[RS2]
    assert [first[name] for name in ("active", "inactive", "persistent")] == [3, 9, 0]
    assert (first["new"], first["bytes_in"], first["bytes_out"]) == (2, 1500, 0)
    assert (first["share"], second["share"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert first["promised"] == second["promised"] == 0.5


def test_two_looks_count_what_came_between_them() -> None:
    lvs = with_connections()
    lvs.seen(DIRECTOR)["ipvs"]["taken"] = 100.0
    later: list[dict[str, t.Any]] = [{**lvs.state(), "realservers": [{**one} for one in lvs.state()["realservers"]]}]
    for one, more in zip(later[0]["realservers"], (30, 10), strict=True):
        one["counters"] = {"connections": one["counters"]["connections"] + more, "bytes_in": 5000}
    later[0]["counters"] = {"connections": 130}
    lvs.seen(DIRECTOR)["later"] = {"taken": 105.0, "states": later}
    first, second = lvs.rows()[RS1], lvs.rows()[RS2]
    assert (first["new"], first["bytes_in"], second["new"]) == (6, 1000, 2)
    assert (first["share"], second["share"]) == (0.75, 0.25)
    (http,) = (one for one in lvs.status()["services"] if one["name"] == "http")
    assert http["new"] == 8


@pytest.mark.parametrize(("scheduler", "promised"), [("wrr", 0.75), ("rr", 0.5), ("sh", None)])
def test_the_share_that_a_weight_promises_depends_on_the_scheduler(scheduler: str, promised: float | None) -> None:
    lvs = Lvs().settle()
    for services in (lvs.plan["hosts"][DIRECTOR]["director"]["services"], lvs.seen(DIRECTOR)["ipvs"]["services"]):
        one = next(one for one in services if one["port"] == 80)
        one["scheduler"], one["realservers"][0]["weight"] = scheduler, 3
    assert lvs.rows()[RS1]["promised"] == promised


def test_the_table_of_the_director_that_holds_the_vip_counts() -> None:
    lvs = Lvs().settle()
    lvs.plan["hosts"]["backup"] = lvs.plan["hosts"][DIRECTOR]
    lvs.looked["backup"] = {"evidence": {**lvs.seen(DIRECTOR)}}
    lvs.plan["hosts"] = dict(sorted(lvs.plan["hosts"].items()))
    lvs.seen("backup")["interfaces"] = [{**one, "addresses": []} for one in lvs.seen(DIRECTOR)["interfaces"]]
    lvs.seen("backup")["ipvs"] = {**lvs.seen(DIRECTOR)["ipvs"], "services": []}
    assert {one["director"] for one in lvs.status()["services"]} == {DIRECTOR}
    assert {one["state"] for one in lvs.status()["services"]} == {"serves"}


@pytest.mark.parametrize("has", [True, False])
def test_each_set_of_directors_speaks_of_its_own_services(has: bool) -> None:
    lvs = Lvs().settle()
    hosts, other = lvs.plan["hosts"], "director2"
    hosts[other], lvs.looked[other] = copy.deepcopy((hosts[DIRECTOR], lvs.looked[DIRECTOR]))
    http, telnet = (lambda one: one["port"] == 80), (lambda one: one["port"] != 80)
    for host, mine in ((DIRECTOR, http), (other, telnet)):
        slice_, table = hosts[host]["director"], lvs.seen(host)["ipvs"]
        slice_["services"] = list(filter(mine, slice_["services"]))
        table["services"] = list(filter(mine, table["services"])) if has else []
    found = {one["name"]: (one["director"], one["state"]) for one in lvs.status()["services"]}
    state = "serves" if has else "unserved"
    assert found == {"http": (DIRECTOR, state), "telnet": (other, state)}
