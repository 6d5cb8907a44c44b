# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which routes of ours send a Windows realserver's packets by another gateway, and what takes them back.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the routes are chosen by `_gateway`, as on Linux; this only translates. Windows does not say who made a route, so
ours are told by their metric, which no one else has reason to choose; for which LVS they are there is noted apart.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, replace

from ...module_utils._errors import LvsError
from ...module_utils._host import links as host_links
from ...module_utils._model.address import canonical_address
from ...module_utils._model.claims import NAME, UNNAMED, Names, is_name
from ...module_utils._network import gateway as network_gateway
from .host import (
    ACTIVE,
    FAMILIES,
    PERSISTENT,
    Host,
    Route,
    Step,
    spelling_of_notes,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

METRIC = 76
# What `_gateway` gives to a route of ours on Linux: the metric that it compares.
_LINUX_METRIC = {4: 0, 6: 1}
_UNANSWERED = {"Unreachable", "Incomplete"}
_SPELLING = {
    "arm": "Register-ScheduledTask -TaskName 'default gateway rollback' (in {seconds} s)",
    "fire": "Start-ScheduledTask -TaskName 'default gateway rollback'",
    "disarm": "Unregister-ScheduledTask -TaskName 'default gateway rollback'",
    "add_route": (
        "New-NetRoute -InterfaceAlias '{adapter}' -DestinationPrefix {prefix} -NextHop {gateway} "
        "-RouteMetric {metric} -PolicyStore ActiveStore"
    ),
    "remove_route": (
        "Remove-NetRoute -InterfaceAlias '{adapter}' -DestinationPrefix {prefix} -NextHop {gateway} "
        "-PolicyStore {store}"
    ),
    **spelling_of_notes("linuxvirtualserver.lvs.gateway"),
    "keep_route": (
        "New-NetRoute -InterfaceAlias '{adapter}' -DestinationPrefix {prefix} -NextHop {gateway} -RouteMetric {metric}"
    ),
}


@dataclass(frozen=True)
class Want:
    """What the task asks for, and for which LVS, which may have had the other name before."""

    gateway: str | None
    adapter: str | None = None
    present: bool = True
    pin: bool = True
    timeout: int = 60
    lvs: Names = UNNAMED

    @property
    def versions(self) -> list[int]:
        return [4, 6] if self.gateway is None else [ipaddress.ip_address(self.gateway).version]


@dataclass(frozen=True)
class Plan:
    """The routes of ours as they must be; what makes them so now, what takes that back, and what keeps them.

    It is about these versions of IP. `claim` notes whose it is, which is no change of the host.
    """

    versions: tuple[int, ...]
    wanted: tuple[host_links.Route, ...]
    change: tuple[Step, ...]
    undo: tuple[str, ...]
    keep: tuple[Step, ...]
    claim: tuple[Step, ...]


def spell(step: Step) -> str:
    """The step as a person would type it."""
    words = {name: value.replace("'", "''") if isinstance(value, str) else value for name, value in step.args}
    return _SPELLING[step.do].format(**words)


def plan(want: Want, host: Host) -> Plan:
    versions = _concerned(want, host)
    routes = live(host, versions)
    kept = _stored(host, versions, PERSISTENT)
    wanted = _want(want, host, routes, kept) if want.present else []
    if not want.present and any(route.is_ours for route in routes):
        for peer in peers(host):
            network_gateway.require_way_back(peer, way_to(peer, routes), routes)
    steps = network_gateway.steps(routes, wanted)
    return Plan(
        tuple(versions),
        tuple(wanted),
        tuple(step for one in steps for step in _change(one)),
        tuple(line for one in reversed(steps) for line in _undo(one, host)),
        tuple(_keep(wanted, kept)),
        tuple(_claim(want, host)),
    )


def _owners(host: Host, version: int) -> dict[str, str]:
    """The LVS that the gateway is there for, and which one each asked for; before they had names nobody said."""
    listed = [note.split(" ") for note in host.notes]
    found = {
        name: asked
        for kind, family, name, asked in (words for words in listed if len(words) == 4)
        if (kind, family) == ("gateway", FAMILIES[version]) and is_name(name) and canonical_address(asked) == asked
    }
    stored = (*live(host, [version]), *_stored(host, [version], PERSISTENT))
    return found or ({NAME: ""} if any(route.is_ours for route in stored) else {})


def _others(want: Want, host: Host, version: int) -> dict[str, str]:
    return {name: asked for name, asked in _owners(host, version).items() if name not in want.lvs.both}


def _concerned(want: Want, host: Host) -> list[int]:
    """The versions of IP that the task is about: what another LVS needs is not taken away, nor changed."""
    if not want.present:
        return [version for version in want.versions if not _others(want, host, version)]
    for name, asked in sorted(_others(want, host, want.versions[0]).items()):
        network_gateway.require_agreed(str(want.gateway), name, asked)
    return want.versions


def _claim(want: Want, host: Host) -> list[Step]:
    """Have noted whose the gateway is from now on."""
    mine = {
        f"gateway {FAMILIES[version]} {name} {asked}"
        for version in want.versions
        for name, asked in _owners(host, version).items()
        if name in want.lvs.both
    }
    wanted = {f"gateway {FAMILIES[want.versions[0]]} {want.lvs.name} {want.gateway}"} if want.present else set()
    come = [Step.of("add_note", note=note) for note in sorted(wanted.difference(host.notes))]
    gone = sorted(mine.intersection(host.notes) - wanted)
    if gone and not wanted and len(gone) == len(host.notes):
        return [Step.of("remove_notes")]
    return [*come, *(Step.of("remove_note", note=note) for note in gone)]


def _want(
    want: Want, host: Host, routes: list[host_links.Route], kept: list[host_links.Route]
) -> list[host_links.Route]:
    """The routes of ours that must be there: to everywhere, and the old way to every controller that would move."""
    gateway = str(want.gateway)
    dev = network_gateway.choose_link(gateway, _exact_name(want.adapter, host), routes, _interfaces(host))
    wanted = network_gateway.wanted_routes(gateway, dev, routes)
    if not want.pin:
        return wanted
    ways = {peer: way_to(peer, routes) for peer in peers(host)}
    here = {str(ipaddress.ip_network(peer.ip)): way.way for peer, way in ways.items() if way}
    # A controller that is here now knows its way better than what was once kept for it.
    ours = [
        route
        for route in [*kept, *(route for route in routes if route.is_ours)]
        if here.get(route.dst, route.way) == route.way
    ]
    pins: dict[str, host_links.Route] = {}
    for found in [(None, None), *ways.items()]:
        pins = {**{pin.dst: pin for pin in network_gateway.wanted_pins(*found, wanted, routes, ours)}, **pins}
    return [*(pins[dst] for dst in sorted(pins)), *wanted]


def _exact_name(name: str | None, host: Host) -> str | None:
    adapter = None if name is None else host.adapter(name)
    return name if adapter is None else adapter.name


def live(host: Host, versions: Sequence[int]) -> list[host_links.Route]:
    """The routes of the running host that lead anywhere, as `_gateway` knows routes."""
    return _stored(host, versions, ACTIVE)


def _stored(host: Host, versions: Sequence[int], store: str) -> list[host_links.Route]:
    metrics = {(one.index, one.family): one.metric for one in host.interfaces}
    present = {adapter.index for adapter in host.adapters}
    return [
        _translate(route, host, metrics.get((route.index, FAMILIES[route.network.version]), 0))
        for route in host.routes
        if route.store == store and route.network.version in versions and route.index in present
        if not (route.connected and _is_local(route))
    ]


def _is_local(route: Route) -> bool:
    """Windows has a route for each address of its own, for broadcasts and for multicast."""
    network = route.network
    return network.prefixlen == network.max_prefixlen or network.is_multicast


def _translate(route: Route, host: Host, interface_metric: int) -> host_links.Route:
    ours = route.metric == METRIC and not route.connected
    return host_links.Route(
        str(route.network),
        None if route.connected else route.gateway,
        host.name_of(route.index),
        _LINUX_METRIC[route.network.version] if ours else route.metric + interface_metric,
        host_links.PROTOCOL if ours else "",
        connected=route.connected,
    )


def _interfaces(host: Host) -> list[host_links.Interface]:
    return [
        host_links.Interface(
            adapter.name,
            addresses=tuple(
                host_links.Address(one.ip, one.prefix) for one in host.active if one.index == adapter.index
            ),
        )
        for adapter in host.adapters
    ]


def peers(host: Host) -> list[network_gateway.Peer]:
    """Where controllers are that no gateway of the same link leads to."""
    far = {
        network_gateway.Peer(peer.ip, peer.local)
        for peer in host.peers
        if not (ipaddress.ip_address(peer.ip).is_link_local or ipaddress.ip_address(peer.ip).is_loopback)
    }
    return sorted(far, key=lambda peer: (peer.ip, peer.local))


def way_to(peer: network_gateway.Peer, routes: Iterable[host_links.Route]) -> host_links.Route | None:
    """Windows has no policy routing: the most specific route, then the lowest metric."""
    version = peer.version
    return network_gateway.match(peer.ip, [route for route in routes if route.network.version == version])


def require_answer(want: Want, host: Host, wanted: Sequence[host_links.Route]) -> None:
    """Refuse a gateway that nobody has on the link."""
    leading = [route for route in wanted if not route.is_pin]
    if not leading:
        return
    states = {one.state for one in host.neighbours if host.name_of(one.index) == leading[0].dev}
    if not states - _UNANSWERED:
        raise LvsError(
            "gateway",
            want.gateway,
            f"does not answer on {leading[0].dev!r}. Start the director or router, or use the address it has there.",
        )


def _change(step: network_gateway.Step) -> list[Step]:
    """The new way is there before the old one goes."""
    route = step.route
    if step.verb == "del":
        return [_remove(route, ACTIVE)]
    add = Step.of("add_route", **_words(route), metric=METRIC)
    return [add] if step.before is None else [add, _remove(step.before, ACTIVE)]


def _words(route: host_links.Route) -> dict[str, t.Any]:
    return {"adapter": route.dev, "prefix": route.dst, "gateway": route.gateway}


def _remove(route: host_links.Route, store: str) -> Step:
    return Step.of("remove_route", **_words(route), store=store)


def _undo(step: network_gateway.Step, host: Host) -> list[str]:
    """What netsh does should nobody confirm: the old way back first. The next boot has it anyway."""
    if step.verb == "del":
        return [_netsh("add", step.route, host)]
    gone = _netsh("delete", step.route, host)
    return [gone] if step.before is None else [_netsh("add", step.before, host), gone]


def _netsh(verb: str, route: host_links.Route, host: Host) -> str:
    """Nothing but numbers and words of ours goes into it."""
    adapter = host.adapter(str(route.dev))
    words = [
        f"interface ipv{route.network.version} {verb} route prefix={route.dst}",
        f"interface={-1 if adapter is None else adapter.index} nexthop={route.gateway}",
        *([f"metric={METRIC}"] if verb == "add" else []),
        "store=active",
    ]
    return " ".join(words)


def _keep(wanted: Sequence[host_links.Route], kept: Sequence[host_links.Route]) -> list[Step]:
    """What makes the next boot like the running host; the routes of others are not ours to keep."""
    ours = [route for route in kept if route.is_ours]
    return [
        *(_remove(route, PERSISTENT) for route in ours if route not in wanted),
        *(Step.of("keep_route", **_words(route), metric=METRIC) for route in wanted if route not in ours),
    ]


def arm(want: Want, plan: Plan) -> Step:
    """Have the host itself take the change back, whatever becomes of us."""
    return Step.of("arm", seconds=want.timeout, undo=list(plan.undo))


def is_waiting(host: Host) -> bool:
    """Whether a change waits for its confirmation."""
    return any(rollback.waits for rollback in host.rollback)


def require_idle(host: Host) -> None:
    if is_waiting(host):
        raise LvsError(
            "gateway",
            sorted(str(route) for route in live(host, [4, 6]) if route.is_ours),
            "waits for the confirmation of another run, or for being taken back. Run the task again in a few minutes.",
        )


def require_peer(host: Host, ports: Sequence[int]) -> None:
    """Without knowing where the controller is, nobody can say that it will find back."""
    if not host.peers:
        raise LvsError(
            "ansible_port",
            list(ports),
            "is where no controller is connected to this host, so it cannot be shown that it will not be locked out. "
            "Set it to the port of this host that Ansible comes by.",
        )


def is_confirmed(want: Want, before: Host, now: Host) -> bool:
    """Whether the host was reached over a new connection while the change stood."""
    known = {(peer.ip, peer.port) for peer in before.peers}
    anew = any((peer.ip, peer.port) not in known for peer in now.peers)
    return anew and stands(want, before, now) and any(rollback.waits for rollback in now.rollback)


def stands(want: Want, before: Host, now: Host) -> bool:
    """Whether the change is there, for the controllers that it was made for; this one may come by another address."""
    return not plan(want, replace(now, peers=before.peers)).change


def view(host: Host, versions: Sequence[int]) -> dict[str, t.Any]:
    """The state as the result shows it."""
    return show(live(host, versions), _stored(host, versions, PERSISTENT), versions)


def view_after(host: Host, done: Plan, versions: Sequence[int]) -> dict[str, t.Any]:
    """The same once the plan is carried out."""
    steps = network_gateway.steps(live(host, done.versions), done.wanted)
    stay = [route for route in _stored(host, versions, PERSISTENT) if route.network.version not in done.versions]
    return show(network_gateway.after_steps(live(host, versions), steps), [*stay, *done.wanted], versions)


def show(
    routes: Sequence[host_links.Route], kept: Sequence[host_links.Route], versions: Sequence[int]
) -> dict[str, t.Any]:
    found = [
        network_gateway.effective([route for route in routes if route.network.version == version], version)
        for version in versions
    ]
    return {
        "effective": [str(route) for route in found if route is not None],
        "others": [str(route) for route in network_gateway.foreign(routes) if route.network.prefixlen == 0],
        "routes": sorted(str(route) for route in routes if route.is_ours),
        "persistent": {PERSISTENT: saved} if (saved := sorted(str(route) for route in kept if route.is_ours)) else {},
    }
