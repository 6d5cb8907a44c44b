# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of directors, and what each is told of its failover."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    found,
    groups,
    hostvars,
    plan,
    realserver,
    service,
)

PAIR = ("director", "director2")
VRRP: dict[str, t.Any] = {"by": "vrrp", "router_id": 51}


def directors(planned: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    assert found(planned) == []
    return {host: roles["director"] for host, roles in planned["hosts"].items() if "director" in roles}


def pair(failover: object, *services: object, **more: dict[str, t.Any]) -> dict[str, t.Any]:
    """Two directors of which both say this."""
    said = {"lvs_failover": failover}
    second = {"lvs_dip": "192.168.1.10/24", **said, **more.pop("director2", {})}
    known = hostvars(director={**said, **more.pop("director", {})}, director2=second, **more)
    return plan(*(services or (service(),)), groups=groups(directors=[*PAIR]), hostvars=known)


def two_sets(**more: dict[str, t.Any]) -> dict[str, t.Any]:
    """A farm of one director for http, and another one for dns."""
    dns = service(name="dns", vip="192.168.1.120", port=53, protocol="udp", directors=["director2"])
    known = hostvars(director2={"lvs_dip": "192.168.1.10/24"}, **more)
    dns["realservers"] = ["realserver2"]
    web = service(directors="edge", realservers=["realserver1"], forwarding="nat")
    return plan(web, dns, groups=groups(directors=[*PAIR], edge=["director"]), hostvars=known)


def test_two_lines_are_enough() -> None:
    first, second = directors(pair(VRRP)).values()
    assert first["failover"] == {
        "by": "vrrp",
        "directors": ["director", "director2"],
        "router_id": 51,
        "interface": None,
        "priority": 254,
        "preempt": False,
        "interval": "1",
        "address": "192.168.1.9",
        "peers": ["192.168.1.10"],
        "multicast": False,
        "track": True,
        "addresses": ["192.168.1.110"],
        "sync": None,
    }
    assert second["failover"] == {
        **first["failover"],
        "priority": 252,
        "address": "192.168.1.10",
        "peers": ["192.168.1.9"],
    }
    assert [first["addresses"], second["addresses"]] == [[], []], "two directors would answer for the VIP"
    assert first["services"] == second["services"] != []


def test_two_lvs_cannot_have_the_same_adverts_or_vips() -> None:
    named = {"director": {"lvs_name": "web"}, "director2": {"lvs_name": "web"}}
    named.update({host: {"lvs_name": "web"} for host in hostvars() if host not in named})
    first = directors(pair({**VRRP, "sync": {"interface": "eth1"}}, **named))["director"]
    asked = {
        key: value
        for key, value in first["claims"].items()
        if key.split()[0] in ("vip", "router_id", "synchronisation")
    }
    assert asked == {
        "vip 192.168.1.110": "moved by VRRP 51",
        "router_id 51": "web",
        "synchronisation": "on eth1 with id 51",
    }


def test_everything_that_can_be_said() -> None:
    sync = {"interface": "eth1", "id": 7, "shared_network": "no"}
    said = {"interface": "eth0", "first": "director2", "preempt": "yes", "interval": "0.3", "peers": "multicast"}
    first, second = directors(pair({**VRRP, **said, "track": False, "sync": sync})).values()
    assert [first["failover"]["priority"], second["failover"]["priority"]] == [252, 254]
    assert first["failover"]["interval"] == "0.3"
    assert [first["failover"][key] for key in ("preempt", "track", "multicast")] == [True, False, True]
    assert first["failover"]["sync"] == {"interface": "eth1", "id": 7}


def test_sync_takes_the_router_id_and_shares_a_network_on_request_alone() -> None:
    sync = {"interface": "eth0", "shared_network": True}
    planned = pair({**VRRP, "interface": "eth0", "sync": sync})
    assert directors(planned)["director"]["failover"]["sync"]["id"] == 51


def test_the_order_of_priorities_is_not_that_of_the_inventory_file() -> None:
    written = groups(directors=["director2", "director"])
    known = hostvars(director={"lvs_failover": VRRP}, director2={"lvs_dip": "192.168.1.10/24", "lvs_failover": VRRP})
    assert plan(service(), groups=written, hostvars=known)["hosts"] == pair(VRRP)["hosts"]


@pytest.mark.parametrize("given", [1, 0.1, 10, "0.25", "1", 0.29])
def test_intervals(given: object) -> None:
    planned = directors(pair({**VRRP, "interval": given}))
    assert planned["director"]["failover"]["interval"] == f"{float(str(given)):g}"


@pytest.mark.parametrize("given", [0.09, 10.01, "1s", True, [1], -1, "1e3", 0.125, float("nan"), "9" * 500])
def test_no_interval(given: object) -> None:
    assert [path for path, _value in found(pair({**VRRP, "interval": given}))] == [
        "hostvars[director].lvs_failover.interval"
    ]


def test_directors_hear_each_other_in_the_family_of_a_vip() -> None:
    both = {"director": {"lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"]}}
    both["director2"] = {"lvs_dip": ["192.168.1.10/24", "2001:db8::a/64"]}
    tun = {"forwarding": "tun", "scheduler": "wlc"}
    six = service(name="six", vip="2001:db8::110", **tun)
    assert directors(pair(VRRP, six, **both))["director"]["failover"]["address"] == "2001:db8::9"
    mixed = directors(pair(VRRP, six, service(vip="192.168.1.110", **tun), **both))["director"]["failover"]
    assert (mixed["address"], mixed["addresses"]) == ("192.168.1.9", ["192.168.1.110", "2001:db8::110"])


def test_who_serves_is_changed_last() -> None:
    """Its VIP goes when another one has taken it, and only then does it take part."""
    steps = [step["step"] for step in pair(VRRP)["order"] if step["role"] == "director"]
    assert steps == ["kernel", "release", "table", "standby", "vip", "failover", "source"]


def test_what_others_move_is_left_to_them() -> None:
    planned = directors(pair({"by": "other"}))
    assert planned["director"]["failover"] == {"by": "other", "directors": ["director", "director2"]}
    assert planned["director"]["addresses"] == []


def test_all_that_is_wrong_at_once() -> None:
    wrong = {"by": "vrrp", "router_id": "x", "first": "d", "sync": {"id": 300}, "key": "secret", "interva": 1}
    assert [path.rpartition("failover.")[2] for path, _value in found(pair(wrong))] == [
        *("first", "interva", "key", "router_id", "sync.id", "sync.interface"),
    ]


def test_hosts_of_a_set_agree() -> None:
    planned = pair(VRRP, director2={"lvs_failover": {**VRRP, "router_id": 52}})
    assert [path for path, _value in found(planned)] == ["hostvars[director2].lvs_failover"]


def test_nothing_is_moved_where_there_is_no_service() -> None:
    planned = plan(groups=groups(directors=["director"]), hostvars=hostvars(director={"lvs_failover": VRRP}))
    assert found(planned) == []
    assert directors(planned)["director"]["failover"] is None


def test_each_set_has_its_own_services_and_realservers() -> None:
    planned = two_sets()
    web, dns = directors(planned).values()
    assert (web["vips"], dns["vips"]) == (["192.168.1.110"], ["192.168.1.120"])
    assert [one["port"] for one in web["services"] + dns["services"]] == [80, 53]
    assert (web["neighbours"], dns["neighbours"]) == (["192.168.1.11"], ["192.168.1.12"])
    assert "net.ipv4.ip_forward" in web["sysctls"]
    assert "net.ipv4.ip_forward" not in dns["sysctls"], "a director of dr must not route"
    assert (dns["kernel_modules"], dns["addresses"][0]["address"]) == (["ip_vs", "ip_vs_rr"], "192.168.1.120")
    assert realserver(planned)["gateway"] == "192.168.1.9", "the only director that serves it"
    assert realserver(planned, "realserver2")["directors"] == ["192.168.1.10"]
    assert [one["vips"] for one in planned["networks"]] == [["192.168.1.110", "192.168.1.120"]]


def test_a_realserver_need_not_be_near_the_directors_of_others() -> None:
    far = {"director": {"lvs_dip": "10.0.0.9/24"}, "realserver1": {"lvs_rip": "10.0.0.11/24"}}
    assert found(two_sets(**far)) == []
