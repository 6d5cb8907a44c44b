# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a Windows realserver's gateway: what is done arrives, what is undone is as before."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.gateway import (
    METRIC,
    Plan,
    Want,
    arm,
    is_confirmed,
    plan,
    require_answer,
    require_idle,
    require_peer,
    view,
    view_after,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import (
    ACTIVE,
    PERSISTENT,
    Adapter,
    Address,
    Host,
    Interface,
    Neighbour,
    Peer,
    Rollback,
    Route,
    Step,
)

ROUTER, DIRECTOR, OTHER = "192.168.1.254", "192.168.1.9", "192.168.1.8"
CARD, STORAGE = 4, 7
HALVES = ("0.0.0.0/1", "128.0.0.0/1")
NONE = str(ipaddress.IPv4Address(0))
CONTROLLER = Peer("10.0.0.1", 50000, "192.168.1.11")


def a_host(*routes: Route, peers: tuple[Peer, ...] = (CONTROLLER,), **more: t.Any) -> Host:
    """A card towards the director and one on a network without a router."""
    connected = [Route(ACTIVE, "192.168.1.0/24", NONE, CARD, 256), Route(ACTIVE, "172.16.0.0/24", NONE, STORAGE, 256)]
    own = [
        Route(ACTIVE, f"{prefix}", NONE, CARD, 256) for prefix in ("192.168.1.11/32", "192.168.1.255/32", "224.0.0.0/4")
    ]
    return Host(
        (Adapter("Ethernet0", CARD, "{1}", "PCI\\1", "Up"), Adapter("Storage", STORAGE, "{2}", "PCI\\2", "Up")),
        tuple(Interface(index, "IPv4", 25, True, False, False, False) for index in (CARD, STORAGE)),
        (
            Address(ACTIVE, "192.168.1.11", 24, CARD, "Manual", "Preferred", False),
            Address(ACTIVE, "172.16.0.11", 24, STORAGE, "Manual", "Preferred", False),
        ),
        (*connected, *own, *routes),
        peers=peers,
        **more,
    )


def default(store: str = ACTIVE, gateway: str = ROUTER, metric: int = 256) -> Route:
    return Route(store, f"{NONE}/0", gateway, CARD, metric)


def done(host: Host, steps: t.Iterable[Step]) -> Host:
    """What the script makes of the host's routes."""
    for step in steps:
        found = (step["prefix"], step["gateway"], {"Ethernet0": CARD, "Storage": STORAGE}[step["adapter"]])
        same = [one for one in host.routes if (one.prefix, one.gateway, one.index) == found]
        stores = {"add_route": [ACTIVE], "keep_route": [ACTIVE, PERSISTENT]}.get(step.do, [])
        if step.do == "add_route":
            assert not [one for one in same if one.store == ACTIVE], "Instance MSFT_NetRoute already exists"
        if step.do == "remove_route":
            assert [one for one in same if one.store == step["store"]], "No matching MSFT_NetRoute objects"
        gone = [one for one in same if one.store in ([step["store"]] if step.do == "remove_route" else stores)]
        added = [Route(store, *found, METRIC) for store in stores]
        host = replace(host, routes=(*(one for one in host.routes if one not in gone), *added))
    return host


UNDO = re.compile(
    r"interface ipv([46]) (add|delete) route prefix=(\S+) interface=(\d+) nexthop=(\S+)( metric=76)? store=active"
)


def undone(host: Host, undo: t.Iterable[str]) -> Host:
    """What netsh makes of them: it adds nothing twice, and does not mind what is gone."""
    for line in undo:
        match = UNDO.fullmatch(line)
        assert match, line
        _version, verb, prefix, index, gateway, metric = match.groups()
        assert (verb == "add") == (metric is not None)
        route = Route(ACTIVE, prefix, gateway, int(index), METRIC)
        kept = tuple(one for one in host.routes if one != route)
        host = replace(host, routes=(*kept, route) if verb == "add" else kept)
    return host


ours = st.builds(
    Route,
    st.sampled_from([ACTIVE, PERSISTENT]),
    st.sampled_from([*HALVES, "10.0.0.1/32", "10.9.9.9/32"]),
    st.sampled_from([ROUTER, DIRECTOR, OTHER]),
    st.just(CARD),
    st.just(METRIC),
)


def one_a_prefix(routes: list[Route]) -> list[Route]:
    """Ours never lead two ways at once."""
    return list({(one.store, one.prefix): one for one in routes}.values())


hosts = st.builds(
    lambda found, foreign: a_host(*one_a_prefix(found), *foreign),
    st.lists(ours, max_size=6),
    st.sampled_from([[default()], [default(), default(PERSISTENT)], [default(gateway=DIRECTOR)]]),
)
wants = st.builds(Want, st.sampled_from([ROUTER, DIRECTOR, OTHER]), st.none(), st.booleans(), st.booleans())


@given(wants, hosts)
def test_what_is_planned_arrives_and_a_second_time_nothing_is_left(want: Want, host: Host) -> None:
    todo = plan(want, host)
    changed = done(host, todo.change)
    assert not plan(want, changed).change
    assert plan(want, changed).keep == todo.keep
    kept = done(changed, todo.keep)
    assert (plan(want, kept).change, plan(want, kept).keep) == ((), ())
    assert view(kept, want.versions) == view_after(host, todo, want.versions)


@given(wants, hosts)
def test_what_is_undone_is_as_before(want: Want, host: Host) -> None:
    """At any step, for each can be the last one."""
    todo = plan(want, host)
    for steps in range(len(todo.change) + 1):
        back = undone(done(host, todo.change[:steps]), todo.undo)
        assert set(back.routes) == set(host.routes)


@given(wants, hosts)
def test_routes_of_others_are_never_touched(want: Want, host: Host) -> None:
    todo = plan(want, host)
    for held in (done(host, todo.change), done(done(host, todo.change), todo.keep)):
        assert [one for one in held.routes if one.metric != METRIC] == [
            one for one in host.routes if one.metric != METRIC
        ]


@given(hosts, st.sampled_from([DIRECTOR, OTHER]))
def test_the_controller_keeps_its_way_at_every_step(host: Host, gateway: str) -> None:
    def way(found: Host) -> str:
        address = ipaddress.ip_address(CONTROLLER.ip)
        fitting = [one for one in found.routes if one.store == ACTIVE and address in ipaddress.ip_network(one.prefix)]
        return max(fitting, key=lambda one: (ipaddress.ip_network(one.prefix).prefixlen, -one.metric)).gateway

    todo = plan(Want(gateway), host)
    # Where the host's own default route is the wanted one, no route of ours is left, and the rollback alone guards.
    assume(todo.wanted)
    for steps in range(len(todo.change) + 1):
        assert way(done(host, todo.change[:steps])) == way(host)


def steps_of(todo: Plan) -> list[str]:
    return [f"{step.do} {step['prefix']} {step['gateway']}" for step in todo.change]


def test_the_controllers_way_comes_first() -> None:
    todo = plan(Want(DIRECTOR), a_host(default()))
    assert steps_of(todo) == [
        f"add_route 10.0.0.1/32 {ROUTER}",
        *(f"add_route {half} {DIRECTOR}" for half in HALVES),
    ]
    assert [line.split()[1:5] for line in todo.undo][-1] == ["ipv4", "delete", "route", "prefix=10.0.0.1/32"]


def test_two_controllers_keep_two_ways() -> None:
    second = Peer("10.0.7.7", 40000, "192.168.1.11")
    todo = plan(Want(DIRECTOR), a_host(default(), peers=(CONTROLLER, second)))
    assert steps_of(todo)[:2] == [f"add_route 10.0.0.1/32 {ROUTER}", f"add_route 10.0.7.7/32 {ROUTER}"]


@pytest.mark.parametrize("near", ["192.168.1.1", "172.16.0.1", "127.0.0.1", "fe80::5"])
def test_a_controller_that_no_gateway_leads_to_needs_no_route(near: str) -> None:
    todo = plan(Want(DIRECTOR), a_host(default(), peers=(Peer(near, 1, "192.168.1.11"),)))
    assert steps_of(todo) == [f"add_route {half} {DIRECTOR}" for half in HALVES]


def test_the_metric_of_the_adapter_counts() -> None:
    """The lower sum of both metrics is the host's own way, and it leads to the director already."""
    wide = replace(default(gateway=DIRECTOR), metric=1)
    assert not plan(Want(DIRECTOR), a_host(default(), wide)).change


def test_the_new_way_is_there_before_the_old_one_goes() -> None:
    held = [Route(ACTIVE, half, OTHER, CARD, METRIC) for half in HALVES]
    todo = plan(Want(DIRECTOR, pin=False), a_host(default(), *held))
    assert steps_of(todo)[:2] == [f"add_route {HALVES[0]} {DIRECTOR}", f"remove_route {HALVES[0]} {OTHER}"]


def test_routes_of_an_adapter_that_is_gone_are_left_alone() -> None:
    stale = Route(PERSISTENT, HALVES[0], OTHER, 99, METRIC)
    assert steps_of(plan(Want(ROUTER), a_host(default(), stale))) == []
    assert plan(Want(ROUTER), a_host(default(), stale)).keep == ()


def test_the_rollback_has_a_time_and_an_undo() -> None:
    todo = plan(Want(DIRECTOR, timeout=30), a_host(default()))
    assert arm(Want(DIRECTOR, timeout=30), todo).as_dict() == {"do": "arm", "seconds": 30, "undo": list(todo.undo)}


def test_a_change_is_confirmed_by_a_new_connection_alone() -> None:
    want = Want(DIRECTOR)
    before = a_host(default())
    changed = replace(done(before, plan(want, before).change), rollback=(Rollback(True),))
    again = replace(changed, peers=(CONTROLLER, replace(CONTROLLER, port=50001)))
    assert not is_confirmed(want, before, changed)
    assert is_confirmed(want, before, again)
    assert not is_confirmed(want, before, replace(again, rollback=(Rollback(False),)))
    assert not is_confirmed(want, before, replace(again, routes=before.routes))


ANSWERS = {"Reachable": True, "Stale": True, "Permanent": True, "Unreachable": False, "Incomplete": False, None: False}


@pytest.mark.parametrize("state", ANSWERS)
def test_a_gateway_must_answer(state: str | None) -> None:
    want = Want(DIRECTOR)
    host = a_host(default(), neighbours=() if state is None else (Neighbour(CARD, state),))
    todo = plan(want, host)
    if ANSWERS[state]:
        require_answer(want, host, todo.wanted)
    else:
        with pytest.raises(LvsError, match="does not answer on 'Ethernet0'"):
            require_answer(want, host, todo.wanted)


def test_an_answer_on_another_adapter_is_none() -> None:
    want = Want(DIRECTOR)
    host = a_host(default(), neighbours=(Neighbour(STORAGE, "Reachable"),))
    with pytest.raises(LvsError, match="does not answer"):
        require_answer(want, host, plan(want, host).wanted)


def test_what_stops_a_change_before_it_begins() -> None:
    with pytest.raises(LvsError, match="waits for the confirmation of another run"):
        require_idle(a_host(rollback=(Rollback(True),)))
    require_idle(a_host(rollback=(Rollback(False),)))
    with pytest.raises(LvsError, match=r"ansible_port: is where no controller is connected to"):
        require_peer(a_host(peers=()), [22])
