# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which routes of ours lead another way, in which order, and what brings back what was before."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import (
    PROTOCOL,
    Address,
    Interface,
    Route,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway import (
    Peer,
    Step,
    after_steps,
    choose_link,
    effective,
    parse_gateway,
    parse_peer,
    require_way_back,
    steps,
    undo_batch,
    wanted_pins,
    wanted_routes,
)

OLD, NEW = "192.168.2.254", "192.168.2.253"
CONNECTED = Route("192.168.2.0/24", None, "eth0", connected=True)
DEFAULT = Route("0.0.0.0/0", OLD, "eth0")
CONTROLLER = Peer("192.168.1.1", "192.168.2.12")
WAY = Route("192.168.1.1/32", OLD, "eth0")
INTERFACES = (
    Interface("lo", frozenset({"LOOPBACK"}), (Address("127.0.0.1", 8),)),
    Interface("eth0", frozenset(), (Address("192.168.2.12", 24),)),
    Interface("eth1", frozenset(), (Address("10.0.0.2", 31),)),
)


def half(dst: str, gateway: str = NEW, protocol: str = PROTOCOL) -> Route:
    return Route(dst, gateway, "eth0", 0, protocol)


HALVES = [half("0.0.0.0/1"), half("128.0.0.0/1")]
PIN = Route("192.168.1.1/32", OLD, "eth0", 0, PROTOCOL)


@pytest.mark.parametrize("text", ["192.168.1", "", "127.0.0.1", "224.0.0.1", "fe80::1%eth0", "::"])
def test_no_gateway(text: str) -> None:
    with pytest.raises(LvsError, match="gateway: "):
        parse_gateway(text)


def test_peer() -> None:
    assert parse_peer("192.168.1.1 50000 192.168.2.12 22") == CONTROLLER
    assert parse_peer("2001:db8::1 50000 2001:db8::2 22") == Peer("2001:db8::1", "2001:db8::2")
    assert parse_peer("fe80::1%eth0 50000 fe80::2%eth0 22") is None
    assert parse_peer("") is None
    for wrong in ("192.168.1.1", "UNKNOWN 65535 UNKNOWN 65535"):
        with pytest.raises(LvsError, match="does not say where the controller is"):
            parse_peer(wrong)


@pytest.mark.parametrize(
    ("routes", "found"),
    [
        ([], None),
        ([DEFAULT], DEFAULT),
        ([Route("0.0.0.0/0", NEW, "eth0", 100), DEFAULT], DEFAULT),
        ([DEFAULT, *HALVES], HALVES[0]),
        ([DEFAULT, HALVES[0]], None),
        ([DEFAULT, HALVES[0], half("128.0.0.0/1", OLD)], None),
    ],
)
def test_effective(routes: list[Route], found: Route | None) -> None:
    assert effective(routes, 4) == found


class TestLink:
    def test_found_by_the_network(self) -> None:
        assert choose_link(NEW, None, [DEFAULT, CONNECTED], INTERFACES) == "eth0"

    def test_both_addresses_of_a_pair_are_hosts(self) -> None:
        pair = Route("10.0.0.2/31", None, "eth1", connected=True)
        assert choose_link("10.0.0.3", None, [pair], INTERFACES) == "eth1"

    @pytest.mark.parametrize(
        ("gateway", "interface", "message"),
        [
            ("192.168.3.1", None, r"is not in the networks this host is connected to \(192.168.2.0/24 on eth0\)"),
            (NEW, "eth1", r"is not in the networks of eth1 \(none\)"),
            (NEW, "eth9", "interface: is not an interface of this host"),
            ("192.168.2.12", None, "is this host's own address, on eth0"),
            ("192.168.2.0", None, "is not a host's address in 192.168.2.0/24"),
            ("192.168.2.255", None, "is not a host's address in 192.168.2.0/24"),
        ],
    )
    def test_refused(self, gateway: str, interface: str | None, message: str) -> None:
        with pytest.raises(LvsError, match=message):
            choose_link(gateway, interface, [DEFAULT, CONNECTED], INTERFACES)

    def test_two_interfaces_on_one_network(self) -> None:
        other = Route("192.168.2.0/24", None, "eth1", connected=True)
        with pytest.raises(LvsError, match=r"may be on eth0 or eth1 .*Set interface"):
            choose_link(NEW, None, [CONNECTED, other], INTERFACES)
        assert choose_link(NEW, "eth1", [CONNECTED, other], INTERFACES) == "eth1"


class TestWanted:
    def test_above_the_default_route_of_others(self) -> None:
        assert wanted_routes(NEW, "eth0", [DEFAULT, CONNECTED]) == HALVES

    def test_a_default_route_where_there_is_none(self) -> None:
        assert wanted_routes(NEW, "eth0", [CONNECTED]) == [half("0.0.0.0/0")]
        assert wanted_routes("fe80::1", "eth0", []) == [Route("::/0", "fe80::1", "eth0", 1, PROTOCOL)]

    def test_nothing_where_others_lead_there(self) -> None:
        assert wanted_routes(OLD, "eth0", [DEFAULT, CONNECTED, *HALVES]) == []

    def test_the_best_default_route_counts(self) -> None:
        worse = Route("0.0.0.0/0", NEW, "eth0", 100)
        assert wanted_routes(NEW, "eth0", [DEFAULT, worse]) == HALVES

    @pytest.mark.parametrize("dst", ["0.0.0.0/1", "128.0.0.0/2"])
    def test_not_against_a_vpn(self, dst: str) -> None:
        with pytest.raises(LvsError, match=f"as a VPN's .*'{dst} via {OLD} dev eth0'"):
            wanted_routes(NEW, "eth0", [DEFAULT, half(dst, OLD, "static")])


class TestPins:
    def test_the_controller_behind_the_old_gateway(self) -> None:
        assert wanted_pins(CONTROLLER, WAY, HALVES, [DEFAULT, CONNECTED], []) == [PIN]

    @pytest.mark.parametrize(
        ("way", "routes"),
        [
            (Route("192.168.1.1/32", None, "eth0", connected=True), [DEFAULT]),  # on a network of the host
            (Route("192.168.1.1/32", NEW, "eth0"), [DEFAULT]),  # that way already
            (WAY, [DEFAULT, Route("192.168.0.0/16", OLD, "eth0")]),  # by a route of its own
        ],
    )
    def test_no_need(self, way: Route, routes: list[Route]) -> None:
        assert wanted_pins(CONTROLLER, way, HALVES, routes, []) == []

    def test_another_family(self) -> None:
        six = Peer("2001:db8::1", "2001:db8::2")
        assert wanted_pins(six, Route("2001:db8::1/128", "fe80::1", "eth0"), HALVES, [DEFAULT], []) == []

    def test_those_of_earlier_controllers_stay_unless_they_lead_the_new_way(self) -> None:
        other = Route("10.9.9.9/32", OLD, "eth0", 0, PROTOCOL)
        needless = Route("10.9.9.8/32", NEW, "eth0", 0, PROTOCOL)
        assert wanted_pins(CONTROLLER, WAY, HALVES, [DEFAULT], [other, needless, *HALVES]) == [other, PIN]

    def test_none_without_a_gateway_of_ours(self) -> None:
        assert wanted_pins(CONTROLLER, WAY, [], [DEFAULT], [PIN]) == []

    def test_no_pin_is_possible(self) -> None:
        with pytest.raises(LvsError, match=r"would take away the way to the controller at 192.168.1.1"):
            wanted_pins(CONTROLLER, Route("192.168.1.1/32", "via", "eth0"), HALVES, [DEFAULT], [])


def test_a_way_back_without_ours() -> None:
    way = Route("192.168.1.1/32", NEW, "eth0")
    require_way_back(CONTROLLER, way, [DEFAULT, *HALVES])
    require_way_back(CONTROLLER, Route("192.168.1.1/32", None, "eth0", connected=True), HALVES)
    require_way_back(None, None, HALVES)
    with pytest.raises(LvsError, match=r"would leave this host without a route to the controller at 192.168.1.1"):
        require_way_back(CONTROLLER, way, [CONNECTED, *HALVES])


def test_the_controller_first_and_away_last() -> None:
    there = steps([DEFAULT], [*HALVES, PIN])
    assert [" ".join(step.argv) for step in there] == [
        f"ip route replace 192.168.1.1/32 via {OLD} dev eth0 proto 76",
        f"ip route replace 0.0.0.0/1 via {NEW} dev eth0 proto 76",
        f"ip route replace 128.0.0.0/1 via {NEW} dev eth0 proto 76",
    ]
    away = steps([DEFAULT, *HALVES, PIN], [])
    assert [step.argv[2:4] for step in away] == [
        ("del", "0.0.0.0/1"),
        ("del", "128.0.0.0/1"),
        ("del", "192.168.1.1/32"),
    ]
    assert undo_batch(there).splitlines()[-1] == f"route del 192.168.1.1/32 via {OLD} dev eth0 proto 76"


DESTINATIONS = ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "192.168.1.1/32", "10.9.9.9/32"]


@st.composite
def tables(draw: st.DrawFn) -> list[Route]:
    chosen = draw(st.lists(st.sampled_from(DESTINATIONS), unique=True))
    return [half(dst, draw(st.sampled_from([OLD, NEW, "192.168.2.1"]))) for dst in chosen]


def run_batch(table: dict[str, Route], batch: str) -> None:
    """ip -force -batch: what fails is passed over."""
    for line in batch.splitlines():
        _object, verb, dst, _via, gateway = line.split()[:5]
        if verb == "replace":
            table[dst] = half(dst, gateway)
        elif dst in table and table[dst].gateway == gateway:
            del table[dst]


@given(have=tables(), wanted=tables(), data=st.data())
def test_steps_lead_there_and_undo_leads_back_from_wherever_they_were_cut_off(
    have: list[Route], wanted: list[Route], data: t.Any
) -> None:
    planned: list[Step] = steps([DEFAULT, *have], wanted)
    assert sorted(after_steps(have, planned)) == sorted(wanted)
    assert steps(after_steps(have, planned), wanted) == []
    done = data.draw(st.integers(0, len(planned)))
    table = {route.dst: route for route in after_steps(have, planned[:done])}
    run_batch(table, undo_batch(planned))
    assert sorted(table.values()) == sorted(have)
