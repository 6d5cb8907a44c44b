# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict: a healthy LVS passes, and each fault is named, by itself and with the cure and the HOWTO's section."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.verify import CHECKS, RULES
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.verdict import verdict
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.work import Wishes
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import service
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._verify.verify_world import (
    MACS,
    VIP,
    World,
    faults,
)

ONE, TWO = "realserver1", "realserver2"
NAT = service(forwarding="nat")
TUN = service(forwarding="tun")
PERSISTENT = service(persistence=360)
WEIGHED = service(scheduler="wrr", realservers=[{"host": ONE, "weight": 3}, {"host": TWO, "weight": 1}])
DRAINED = service(realservers=[ONE, {"host": TWO, "weight": 0}])
UDP = service(name="time", port=37, protocol="udp")
BY_MARK = service(name="radius", fwmark=11, ports=[1812], port=None, protocol="tcp", scheduler="rr")
LIMITED = [service(realservers=[{"host": ONE, "upper_threshold": 3}, {"host": TWO, "upper_threshold": 3}])]
MARKED = service(name="marked", vip=None, port=None, fwmark=5)


@pytest.mark.parametrize(
    "world",
    [
        World(),
        World([NAT]),
        World([TUN]),
        World([service(), service(name="telnet", port="telnet")]),
        World([WEIGHED], sends={"http": [ONE, ONE, ONE, TWO]}),
        World([DRAINED]),
        World([UDP]),
        World([PERSISTENT], sends={"http": [ONE]}),
        World([service(scheduler="sh")], sends={"http": [TWO]}),
        World([service(scheduler="wlc")]),
        World([service(scheduler="fo", realservers=[{"host": ONE, "weight": 2}, TWO])], sends={"http": [ONE]}),
        World(wishes=Wishes(test_service=True)),
        World(wishes=Wishes(paths=False)),
        World(clients=["client", "other"]),
        World(seen={"answer": "a web page"}),
        World([BY_MARK]),
        World(LIMITED),
        World(does={(ONE, "path"): "timeout"}),  # its filter lets the service through and nothing else
    ],
)
def test_a_healthy_lvs_passes(world: World) -> None:
    found = world.verdict()
    assert faults(found) == []
    assert found["passed"]
    assert {row["check"] for row in found["rows"]} <= set(CHECKS)


FAULTS: list[tuple[World, list[tuple[str, str, str]]]] = [
    # The realserver
    (World(does={TWO: "timeout"}), [("answer-missing", "http", TWO), ("path-silent", "http", TWO)]),
    (World(does={(TWO, "http"): "timeout"}), [("service-filtered", "http", TWO)]),
    (World(does={(TWO, "http"): "refused"}), [("service-refused", "http", TWO)]),
    (World(does={(TWO, "http"): "cut"}), [("answer-cut", "http", TWO)]),
    (World(does={(TWO, "http"): "silent"}), [("first-byte-none", "http", TWO)]),
    (World(does={(TWO, "http"): "stuck"}), [("payload-stuck", "http", TWO)]),
    # The first packet does not fit the tunnel, so that not even the question arrives.
    (
        World(does={(TWO, "path"): "silent"}, wishes=Wishes(test_service=True)),
        [("payload-stuck", "http", TWO)],
    ),
    (
        World([PERSISTENT], sends={"http": [ONE]}, does={(TWO, "path"): "timeout"}),
        [("path-silent", "http", TWO)],
    ),
    (World([DRAINED], does={(TWO, "path"): "timeout"}), [("path-silent-unused", "http", TWO)]),
    (World([UDP], does={(TWO, "time"): "refused"}), [("service-refused", "time", TWO)]),
    (World([UDP], does={(TWO, "time"): "silent"}), [("udp-silent", "time", TWO)]),
    (
        World([UDP], wishes=Wishes(ask={"time": "echo"}), does={(TWO, "time"): "silent"}),
        [("service-filtered", "time", TWO)],
    ),
    # The director
    (World(weights={"http": None}), [("table-lacks-service", "http", "")]),
    (World(weights={"http": None}, does={"": "answered"}), [("table-lacks-service", "http", "")]),
    (
        World(weights={"http": {ONE: 0, TWO: 0}}),
        [("table-lacks-weight", "http", "")],
    ),
    (
        World(held=False, neighbour={"mac": None, "answering": []}),
        [
            ("vip-nowhere", "http", ""),
            ("path-not-forwarded", "http", ONE),
            ("path-not-forwarded", "http", TWO),
            ("arp-none", "", ""),
        ],
    ),
    (World(weights={"http": {TWO: 0}}), [("weight-differs", "http", TWO)]),
    (World(pools={"http": [ONE]}), [("realserver-out", "http", TWO)]),
    (World(sends={"http": [ONE, ONE, ONE, TWO]}), [("spread-uneven", "http", "")]),
    (World(sends={"http": [ONE]}), [("spread-one", "http", ONE)]),
    (World([DRAINED], sends={"http": [ONE, TWO]}), [("spread-zero", "http", TWO)]),
    (World([WEIGHED], sends={"http": [ONE, TWO]}), [("spread-uneven", "http", "")]),
    (World([PERSISTENT]), [("persistence-broken", "http", "")]),
    (World([service(scheduler="dh")]), [("persistence-broken", "http", "")]),
    # Past the director
    (
        World(neighbour={"mac": MACS["192.168.1.12"], "answering": list(MACS.values())}),
        [("arp-realserver", "", ONE), ("arp-realserver", "", TWO)],
    ),
    (World(neighbour={"mac": "02:00:00:00:00:77"}), [("arp-stranger", "", "")]),
    (World(seen={"answer": TWO}, sends={"http": [ONE, TWO]}), [("answered-by-another", "http", ONE)]),
    # Time
    (World(seen={"first_byte": 9.0}), [("first-byte-slow", "http", ONE), ("first-byte-slow", "http", TWO)]),
    (
        World(seen={"connected": 3.0, "first_byte": 3.1}),
        [("connect-slow", "http", ONE), ("connect-slow", "http", TWO)],
    ),
    (World(seen={"whole": False}), [("payload-stuck", "http", ONE), ("payload-stuck", "http", TWO)]),
    # Who could not look
    (World(problems={"client": "unreachable"}), [("client-unseen", "", ""), ("client-missing", "", "")]),
    (World(problems={"director": "no IPVS"}), [("director-unseen", "", "")]),
    (
        World(problems={TWO: "no Python"}, wishes=Wishes(test_service=True)),
        [("test-service-missing", "", "")],
    ),
    (
        World(problems={"director": "no IPVS"}, does={TWO: "timeout"}),
        [("director-unseen", "", ""), ("unanswered", "http", "")],
    ),
    (
        World(remembered=False, does={ONE: "timeout", TWO: "timeout"}),
        [("not-forwarded", "http", ""), ("path-not-forwarded", "http", ONE), ("path-not-forwarded", "http", TWO)],
    ),
    (
        World([service(), service(name="empty", port=81)], pools={"empty": []}),
        [("table-lacks-realservers", "empty", "")],
    ),
    (
        World(remembered=False, others=-20),
        [
            ("director-bypassed", "http", ""),
            ("path-not-forwarded", "http", ONE),
            ("path-not-forwarded", "http", TWO),
            ("counters-still", "http", ""),
        ],
    ),
]

SKIPS: list[tuple[World, list[str]]] = [
    (World([MARKED]), ["not-asked"]),
    (World([service(port=23)], seen={"whole": None}), ["payload-unsent"]),
    (World([service(scheduler="wlc")], others=3), ["spread-unjudged"]),
    (World([service(scheduler="wlc")], busy=1), ["spread-unjudged"]),
    (World(neighbour={"problem": "it is behind the router 192.168.2.254"}), ["arp-unseen"]),
]


@pytest.mark.parametrize(("world", "expected"), FAULTS)
def test_a_fault_is_named(world: World, expected: list[tuple[str, str, str]]) -> None:
    found = world.verdict()
    assert faults(found) == expected
    bad = [row for row in found["rows"] if row["severity"] in ("error", "warning")]
    assert all(row["message"] and row["cure"] and "{" not in row["message"] + row["cure"] for row in bad)
    assert found["passed"] == all(RULES[row["id"]].severity == "warning" for row in bad)


@pytest.mark.parametrize(("world", "expected"), SKIPS)
def test_what_cannot_be_judged_is_no_fault(world: World, expected: list[str]) -> None:
    found = world.verdict()
    assert [row["id"] for row in found["rows"] if row["severity"] == "skip"] == expected
    assert (found["passed"], faults(found)) == (True, [])


def test_two_directors_that_both_have_the_vip() -> None:
    world = World()
    observed = world.observed()
    other = {**observed["directors"]["director"]["after"], "macs": ["02:00:00:00:00:08"], "connections": []}
    observed["directors"]["other"] = {"before": {"states": []}, "after": {**other, "states": []}, "problem": ""}
    observed["clients"]["client"]["asked"]["neighbours"][0]["answering"] += ["02:00:00:00:00:08"]
    assert faults(verdict(world.work, observed, 2.0)) == [("arp-several", "", "")]


def test_every_rule_has_a_test() -> None:
    named = {fault[0] for _world, expected in FAULTS for fault in expected}
    skipped = {name for _world, expected in SKIPS for name in expected}
    assert set(RULES) - named - skipped == {
        *("answer-astray", "arp-several", "realservers-full", "vip-held-twice", "standby-differs", "sync-differs")
    }, "which have tests"


def test_round_robin_is_exact_only_when_nobody_else_connects() -> None:
    """Three more for the one than for the other may be chance when others take turns, too."""
    uneven = {"http": [ONE, ONE, TWO, ONE, TWO, ONE, TWO, ONE]}
    assert faults(World(sends=uneven).verdict()) == [("spread-uneven", "http", "")]
    assert faults(World(sends=uneven, others=5).verdict()) == []


def test_a_client_whose_address_is_translated_is_judged_by_the_counters() -> None:
    world = World()
    observed = world.observed()
    for entry in observed["directors"]["director"]["after"]["connections"]:
        entry["client"] = "203.0.113.1"
    observed["directors"]["director"]["after"]["connections"] = []
    found = verdict(world.work, observed, 2.0)
    assert [row["message"] for row in found["rows"] if row["check"] == "spread"] == [
        "realserver1 4, realserver2 4: rr is exact."
    ]
    assert faults(found) == []


def test_the_summary_says_where_connections_went() -> None:
    (summary,) = World(does={TWO: "timeout"}).verdict()["services"]
    assert (summary["title"], summary["where"]) == ("http", "tcp 192.168.1.110:80 rr")
    assert summary["realservers"] == [
        {"host": ONE, "weight": 1, "connections": 4, "answered": 4, "first_byte": "2 ms", "way": "ok"},
        {"host": TWO, "weight": 1, "connections": 4, "answered": 0, "first_byte": "-", "way": "no answer"},
    ]


def test_nobody_looked() -> None:
    found = World(clients=[]).verdict()
    assert (found["passed"], faults(found)) == (False, [("client-missing", "", "")])


def test_a_full_pool_is_no_fault_and_has_a_name() -> None:
    """Both have two connections that are closing, and an upper_threshold of 3 opens again below three quarters."""
    world = World(LIMITED, remembered=False, closing=3)
    world.does = dict.fromkeys(("", ONE, TWO), "refused")
    found = world.verdict()
    assert "realservers-full" in [row["id"] for row in found["rows"]]
    assert "not-forwarded" not in [row["id"] for row in found["rows"]]


@pytest.mark.parametrize(("closing", "full"), [(4, True), (1, False)])
def test_a_pool_is_full_until_there_are_fewer_connections_than_its_lower_threshold(closing: int, full: bool) -> None:
    pool = [{"host": host, "upper_threshold": 9, "lower_threshold": 2} for host in (ONE, TWO)]
    world = World([service(realservers=pool)], remembered=False, closing=closing)
    world.does = dict.fromkeys(("", ONE, TWO), "refused")
    assert ("realservers-full" in [row["id"] for row in world.verdict()["rows"]]) is full


def test_of_datagrams_that_nobody_answered_none_is_counted_as_answered() -> None:
    found = World([UDP], does={ONE: "silent", TWO: "silent"}).verdict()
    assert {one["answered"] for service in found["services"] for one in service["realservers"]} == {0}


def test_a_daemon_that_answers_from_its_rip_is_named() -> None:
    world = World([UDP], does={ONE: "astray", TWO: "astray"})
    rows = world.verdict()["rows"]
    assert ("answer-astray", ONE) in {(row["id"], row["realserver"]) for row in rows}


def test_a_refused_one_packet_service_is_not_blamed_on_the_director() -> None:
    one_packet = service(protocol="udp", port=37, one_packet=True, scheduler="rr")
    world = World([one_packet], does={ONE: "refused", TWO: "refused"}, remembered=False)
    (row,) = (row for row in world.verdict()["rows"] if row["id"] == "unanswered")
    assert row["cure"].startswith("A one-packet service leaves no entry in the connection table")


def test_one_packet_with_a_scheduler_that_counts_connections_is_not_judged() -> None:
    one_packet = service(protocol="udp", port=37, one_packet=True, scheduler="wlc")
    (row,) = (row for row in World([one_packet]).verdict()["rows"] if row["id"] == "spread-unjudged")
    assert "wlc counts connections, and with one_packet there are none to count" in row["message"]


def a_pair(**changes: object) -> list[dict[str, str]]:
    """What is said of a pair of which the second director stands by, but for these changes to what it shows."""
    world = World([service(), service(name="telnet", port="telnet")])
    seen = world.observed()
    first = seen["directors"]["director"]
    both = [{"role": role, "interface": "eth1", "sync_id": 51} for role in ("master", "backup")]
    first["after"]["daemons"] = both
    mine = {"held": [], "macs": ["02:00:00:00:00:08"], "connections": [], "daemons": both}
    seen["directors"]["director2"] = {**first, "after": {**first["after"], **mine, **changes}}
    sync = {"interface": "eth1", "id": 51}
    pair = {"failover": [["director", "director2"]], "sync": {"director": sync, "director2": sync}}
    rows = verdict({**world.work, **pair}, seen, 2.0)["rows"]
    return [row for row in rows if row["check"] == "failover"]


def test_a_pair() -> None:
    (fine,) = a_pair()
    assert fine["message"] == "director has the VIPs, and the table is the same on director2."
    (twice,) = a_pair(held=[VIP])
    assert (twice["id"], twice["severity"]) == ("vip-held-twice", "error")
    assert "director, director2" in twice["message"]
    (lacking,) = a_pair(states=World().observed()["directors"]["director"]["after"]["states"])
    assert (lacking["id"], lacking["service"]) == ("standby-differs", "telnet")
    weighted = World([service(), service(name="telnet", port="telnet")], weights={"http": {ONE: 0}})
    (weight,) = a_pair(states=weighted.observed()["directors"]["director"]["after"]["states"])
    assert (weight["id"], weight["service"]) == ("standby-differs", "http")
    (lone,) = a_pair(daemons=[{"role": "master", "interface": "eth1", "sync_id": 51}])
    assert lone["id"] == "sync-differs"
    assert lone["message"] == (
        "director2 does not synchronise connections as planned: master on eth1 (id 51), "
        "not backup on eth1 (id 51), master on eth1 (id 51)."
    )


def test_other_lvs_of_a_director_are_named() -> None:
    said = [row["message"] for row in World(others_there=["mail (2 services)"]).verdict()["rows"]]
    assert "other LVS on director: mail (2 services)." in said
