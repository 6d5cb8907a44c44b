# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be asked of the LVS of a plan."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.work import Wishes, describe, make_work
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    groups,
    hostvars,
    plan,
    service,
)

VIP = "192.168.1.110"
TELNET = service(name="telnet", port="telnet")


def work(*services: dict[str, t.Any], inventory: dict[str, t.Any] | None = None, **wishes: t.Any) -> dict[str, t.Any]:
    planned = plan(*services, **(inventory or {}))
    assert [one for one in planned["findings"] if one["severity"] == "error"] == []
    return make_work(planned, ["client"], Wishes(**wishes))


def test_each_service_is_asked_in_its_way() -> None:
    made = work(service(), TELNET, service(name="dns", port="dns", protocol="udp"), service(name="sql", port=3306))
    assert {one["title"]: (one["port"], one["way"], one["connections"]) for one in made["services"]} == {
        "telnet": (23, "greeting", 8),
        "http": (80, "http", 8),
        "sql": (3306, "connect", 8),
        "dns": (53, "dns", 8),
    }
    assert made["counted"] == {f"tcp {VIP}:23": 8, f"tcp {VIP}:80": 8, f"tcp {VIP}:3306": 8, f"udp {VIP}:53": 8}


def test_each_way_to_each_realserver_is_asked_once() -> None:
    made = work(service(), TELNET)
    assert [(one["host"], one["services"], one["port"]) for one in made["paths"]] == [
        ("realserver1", ["telnet", "http"], 61000),
        ("realserver2", ["telnet", "http"], 61001),
    ]
    assert [probe["port"] for probe in made["probes"]] == [23, 80, 61000, 61001]
    temporary = parse_table(made["temporary"])
    assert [(one.key.label, [member.rip for member in one.realservers]) for one in temporary] == [
        (f"tcp {VIP}:61000", ["192.168.1.11"]),
        (f"tcp {VIP}:61001", ["192.168.1.12"]),
    ]
    assert work(service(), paths=False)["temporary"] == []


def test_ports_of_real_services_are_left_alone() -> None:
    made = work(service(), service(name="high", port=61000))
    assert [one["port"] for one in made["paths"]] == [61001, 61002]


def test_a_temporary_service_needs_no_scheduler_of_its_own() -> None:
    made = work(service(scheduler="wlc"), service(name="other", port=81, scheduler="ovf", realservers=["realserver1"]))
    assert {one["scheduler"] for one in made["temporary"]} == {"wlc"}


def test_methods_that_differ_are_different_ways() -> None:
    made = work(service(), service(name="tunnelled", port=81, forwarding="tun", realservers=["realserver1"]))
    assert [(one["host"], one["forwarding"]) for one in made["paths"]] == [
        ("realserver1", "dr"),
        ("realserver2", "dr"),
        ("realserver1", "tun"),
    ]
    assert parse_table(made["temporary"])[2].realservers[0].tunnel is not None


def test_the_test_service_stands_in_for_each_service() -> None:
    balanced = service(
        name="nat", port=8080, forwarding="nat", scheduler="wrr", persistence=300, realservers=["realserver2"]
    )
    made = work(service(), balanced, test_service=True)
    assert [(one["title"], one["port"], one["way"]) for one in made["services"]] == [
        ("http", 61000, "test"),
        ("nat", 61001, "test"),
    ]
    twin = {one.key.port: one for one in parse_table(made["temporary"])}[61001]
    assert (twin.scheduler, twin.persistence, twin.realservers[0].port) == ("wrr", 300, 61001)
    assert made["listen"]["realserver1"] == [
        {"address": VIP, "port": 61000, "protocol": "tcp"},
        {"address": VIP, "port": 61002, "protocol": "tcp"},
    ]
    assert {place["address"] for place in made["listen"]["realserver2"]} == {VIP, "192.168.1.12"}
    assert work(service())["listen"] == {}


@pytest.mark.parametrize("variables", [{"lvs_system": "FreeBSD"}, {"lvs_managed": False}])
def test_the_test_service_leaves_out_who_cannot_run_it(variables: dict[str, t.Any]) -> None:
    inventory = {"hostvars": hostvars(realserver2=variables)}
    made = work(service(), inventory=inventory, test_service=True)
    assert [one["host"] for one in made["services"][0]["realservers"]] == ["realserver1"]
    assert [one["host"] for one in made["paths"]] == ["realserver1"]
    assert list(made["listen"]) == ["realserver1"]
    assert [one["service"] for one in made["unasked"]] == ["realserver2"]
    assert len(work(service(), inventory=inventory)["paths"]) == 2


def test_what_cannot_be_asked_is_said() -> None:
    marked = service(name="marked", vip=None, port=None, fwmark=5)
    everything = service(name="everything", port=0, persistence=300)
    sctp = service(name="sctp", protocol="sctp", port=9)
    made = work(marked, everything, sctp)
    assert made["services"] == []
    assert {one["service"]: one["why"] for one in made["unasked"]} == {
        "sctp": "verify does not speak sctp",
        "everything": "it has all ports; say with verify_ports which of them to ask",
        "marked": "the inventory does not say which VIP and ports have this mark",
    }


def test_every_vip_and_port_of_a_mark_is_asked() -> None:
    joined = service(name="shop", vip=None, vips=[VIP, "192.168.1.111"], port=None, fwmark=5, ports=[80, 443])
    made = work(joined)
    asked = [(VIP, 80), (VIP, 443), ("192.168.1.111", 80), ("192.168.1.111", 443)]
    assert [(one["address"], one["port"]) for one in made["services"]] == asked
    assert made["counted"] == {"fwmark 5 ipv4": 32}
    assert {one["address"] for one in made["paths"]} == {VIP, "192.168.1.111"}
    assert [(one["address"], one["port"]) for one in work(joined, ports={"shop": [80]})["services"]] == asked[::2]
    assert len({one["table"] for one in work(joined, test_service=True)["services"]}) == 2


def test_ports_of_a_service_that_has_all() -> None:
    made = work(service(name="everything", port=0, persistence=300), ports={"everything": [80, 443]})
    assert [(one["port"], one["way"], one["table"]) for one in made["services"]] == [
        (80, "http", f"tcp {VIP}:0"),
        (443, "https", f"tcp {VIP}:0"),
    ]
    assert made["counted"] == {f"tcp {VIP}:0": 16}
    assert made["services"][0]["realservers"][0]["label"] == "192.168.1.11:80"


def test_wishes_by_name_or_by_label() -> None:
    for key in ("telnet", f"tcp {VIP}:23"):
        assert work(TELNET, ask={key: "echo"})["services"][0]["way"] == "echo"
    assert work(TELNET, connections=3)["services"][0]["connections"] == 3


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(
        LvsError, match=r"verify_ask\[telnet\]: is not a way to ask \(got 'dns'\)\. Fix: Use connect, echo, greeting"
    ):
        work(TELNET, ask={"telnet": "dns"})


def test_who_is_inside() -> None:
    made = work(service(), inventory={"hostvars": hostvars(director={"lvs_dip": "192.168.1.9/24"})})
    assert made["inside"] == {
        VIP: "VIP",
        "192.168.1.9": "DIP of director",
        "192.168.1.11": "RIP of realserver1",
        "192.168.1.12": "RIP of realserver2",
    }


def test_what_a_person_is_told_beforehand() -> None:
    marked = service(name="marked", vip=None, port=None, fwmark=5)
    assert describe(work(service(), marked, test_service=True)) == [
        f"http: 8 connections to tcp {VIP}:61000 (test)",
        f"the way to realserver1: a temporary service {VIP}:61001 with it alone",
        f"the way to realserver2: a temporary service {VIP}:61002 with it alone",
        "a test service on realserver1, port 61000, 61001",
        "a test service on realserver2, port 61000, 61002",
        "marked: not asked, the inventory does not say which VIP and ports have this mark",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("connections", -1),
        ("connections", 10**9),
        ("payload", -5),
        ("payload", 10**15),
        ("timeout", 0.0),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
    ],
)
def test_what_would_exhaust_a_client_or_never_end_is_refused(name: str, value: t.Any) -> None:
    with pytest.raises(LvsError, match=f"verify_{name}: is out of bounds"):
        make_work({"hosts": {}}, [], Wishes(**{name: value}))


@pytest.mark.parametrize("ports", ["21", None, [[21]], ["21"], [0], [65536]])
def test_ports_that_are_none(ports: t.Any) -> None:
    with pytest.raises(LvsError, match=r"verify_ports\[ftp\]: is not a list of ports"):
        make_work({"hosts": {}}, [], Wishes(ports={"ftp": ports}))


@pytest.mark.parametrize(
    ("changes", "limit", "connections"),
    [
        ({}, 0, 8),
        ({}, 3, 4),  # two each: a third would close it for others
        ({"scheduler": "sh"}, 3, 2),
        ({"persistence": 360}, 3, 2),
        ({}, 1000, 8),
    ],
)
def test_no_realserver_is_filled_by_what_verify_asks(changes: dict[str, t.Any], limit: int, connections: int) -> None:
    pool = [{"host": host, "upper_threshold": limit} for host in ("realserver1", "realserver2")]
    made = work(service(realservers=pool, **changes))
    assert [one["connections"] for one in made["services"]] == [connections]


def test_a_service_that_one_connection_would_fill_is_not_asked() -> None:
    made = work(service(realservers=[{"host": "realserver1", "upper_threshold": 1}, "realserver2"]))
    assert [one["service"] for one in made["unasked"]] == ["http"]


def test_every_set_of_directors_is_asked() -> None:
    dns = service(name="dns", vip="192.168.1.120", port=53, protocol="udp", directors=["director2", "director3"])
    shared = {"lvs_failover": {"by": "other"}}
    known = hostvars(
        director2={"lvs_dip": "192.168.1.7/24", **shared}, director3={"lvs_dip": "192.168.1.8/24", **shared}
    )
    farm = {"groups": groups(directors=["director", "director2", "director3"]), "hostvars": known}
    web = service(directors=["director"])
    made = work(web, dns, inventory=farm)
    assert [one["title"] for one in made["services"]] == ["http", "dns"]
    assert made["vips"] == [VIP, "192.168.1.120"]
    assert made["failover"] == [["director2", "director3"]]


def test_two_lvs_begin_apart() -> None:
    """They may share a VIP, and by nat a RIP, and be looked at at the same time."""
    named = {name: hostvars(**{host: {"lvs_name": name} for host in hostvars()}) for name in ("web", "mail")}
    found = {name: work(service(), inventory={"hostvars": variables}) for name, variables in named.items()}
    ports = {name: {path["port"] for path in made["paths"]} for name, made in found.items()}
    assert ports["web"].isdisjoint(ports["mail"])
    assert all(61000 <= port < 2**16 for numbers in ports.values() for port in numbers)
    assert [made["lvs_name"] for made in found.values()] == ["web", "mail"]
