# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Default gateways of a Linux host: which routes of ours it takes to go another way. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Nobody else's route is ever changed. Where the host has a default route, two of ours that halve the address space lie
above it: being more specific they win over every default route, whatever its metric and whoever sets it again (DHCP,
a router advertisement, a restarted network manager). To undo it is to delete what is ours, so no record is needed.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host.links import ANYWHERE, PROTOCOL, Route, find_interface

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

    from .._host.links import Interface

_HALVES = {4: ("0.0.0.0/1", "128.0.0.0/1"), 6: ("::/1", "8000::/1")}
# A shorter prefix than this is a default route in all but name: a half, or the 2000::/3 of the IPv6 Internet.
_LONGEST_WIDE = 3
# IPv6 knows no metric 0; 1 is what wins there.
_METRIC = {4: 0, 6: 1}


@dataclass(frozen=True)
class Peer:
    """Who asks for the change: the address of the controller (or its jump host), and ours that it talks to."""

    ip: str
    local: str

    @property
    def version(self) -> int:
        return ipaddress.ip_address(self.ip).version


@dataclass(frozen=True)
class Step:
    """One route of ours to put there or to take away."""

    verb: t.Literal["replace", "del"]
    route: Route
    before: Route | None = None

    @property
    def argv(self) -> tuple[str, ...]:
        return ("ip", "route", self.verb, *self.route.words)

    @property
    def undo(self) -> str:
        """The line for `ip -batch` that takes it back."""
        if self.verb == "del":
            verb, route = "replace", self.route
        elif self.before is None:
            verb, route = "del", self.route
        else:
            verb, route = "replace", self.before
        return " ".join(["route", verb, *route.words])


def parse_gateway(text: str) -> str:
    """The canonical address of a gateway."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        raise LvsError("gateway", text, "is not an IP address. Use one such as 192.168.1.254 or fe80::1.") from None
    if address.is_unspecified or address.is_loopback or address.is_multicast or "%" in text:
        raise LvsError("gateway", text, "cannot be a gateway. Use the address of a router (interface names its NIC).")
    return str(address)


def require_agreed(wanted: str, name: str, asked: str) -> None:
    """Refuse another gateway than the one that another LVS of the host has; empty is one that nobody said."""
    if asked not in ("", wanted):
        cure = f"cannot be the gateway: it is {asked} for the LVS {name!r} of this host. Change one of the two."
        raise LvsError("gateway", wanted, f"{cure} When this LVS was called {name} before, -e lvs_adopt={name}.")


def parse_peer(connection: str) -> Peer | None:
    """The two ends of SSH_CONNECTION; None where no network lies between, or a link that no gateway changes."""
    if not connection:
        return None
    words = connection.split()
    try:
        addresses = [ipaddress.ip_address(words[index].partition("%")[0]) for index in (0, 2)]
    except (IndexError, ValueError):
        raise LvsError(
            "connection",
            connection,
            "does not say where the controller is. Leave it out, or use the form of SSH_CONNECTION: "
            "192.168.1.1 50000 192.168.1.11 22.",
        ) from None
    return None if addresses[0].is_link_local else Peer(str(addresses[0]), str(addresses[1]))


def effective(routes: Iterable[Route], version: int) -> Route | None:
    """The route that leads to where no particular route does; None when there is none, or two."""
    known = list(routes)
    halves = [route for dst in _HALVES[version] for route in known if route.dst == dst]
    if len(halves) == 2 and halves[0].way == halves[1].way:
        return halves[0]
    defaults = [route for route in known if route.dst == ANYWHERE[version]]
    return min(defaults, key=lambda route: route.metric, default=None) if not halves else None


def foreign(routes: Iterable[Route]) -> list[Route]:
    return [route for route in routes if not route.is_ours]


def match(ip: str, routes: Iterable[Route]) -> Route | None:
    """The most specific of the routes that lead to an address."""
    address = ipaddress.ip_address(ip)
    holding = [route for route in routes if address in route.network]
    return max(holding, key=lambda route: (route.network.prefixlen, -route.metric), default=None)


def choose_link(gateway: str, interface: str | None, routes: Sequence[Route], interfaces: Sequence[Interface]) -> str:
    """The interface on whose network the gateway is; refused where the host could not reach it directly."""
    if interface is not None:
        find_interface(interface, interfaces)
    for known in interfaces:
        if known.holds(gateway):
            raise LvsError("gateway", gateway, f"is this host's own address, on {known.name}. Name the router instead.")
    near = [route for route in routes if route.connected and interface in (None, route.dev)]
    address = ipaddress.ip_address(gateway)
    holding = [route.network for route in near if address in route.network]
    if not holding:
        raise _off_link(gateway, interface, near)
    narrowest = max(holding, key=lambda network: network.prefixlen)
    names = sorted({str(route.dev) for route in near if route.network == narrowest})
    if len(names) > 1:
        raise LvsError("gateway", gateway, f"may be on {' or '.join(names)}. Set interface to one of them.")
    if address.version == 4 and narrowest.prefixlen < 31:
        _require_host(gateway, narrowest)
    return names[0]


def _require_host(gateway: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
    if gateway in (str(network.network_address), str(network.broadcast_address)):
        raise LvsError("gateway", gateway, f"is not a host's address in {network}. Use the address of the router.")


def _off_link(gateway: str, interface: str | None, near: Sequence[Route]) -> LvsError:
    place = f"the networks of {interface}" if interface else "the networks this host is connected to"
    known = ", ".join(sorted(f"{route.dst} on {route.dev}" for route in near)) or "none"
    return LvsError(
        "gateway",
        gateway,
        f"is not in {place} ({known}), so this host could not reach it. Use the address that the router has there.",
    )


def require_no_wide(routes: Iterable[Route]) -> None:
    """Refuse where someone else has already laid routes above the default route, as a VPN does."""
    for route in routes:
        if 0 < route.network.prefixlen <= _LONGEST_WIDE and not route.is_ours:
            raise LvsError(
                "gateway",
                str(route),
                "would have no effect beside a route that stands in for the default route, as a VPN's. Remove it where "
                "it is configured, or leave this host's gateway alone.",
            )


def wanted_routes(gateway: str, dev: str, routes: Sequence[Route]) -> list[Route]:
    """The routes of ours that lead everything without a route of its own to the gateway; none if others do that."""
    version = ipaddress.ip_address(gateway).version
    others = foreign(routes)
    require_no_wide(others)
    found = effective(others, version)
    if found is not None and found.way == (gateway, dev):
        return []
    taken = any(route.dst == ANYWHERE[version] for route in others)
    prefixes = _HALVES[version] if taken else (ANYWHERE[version],)
    return [Route(dst, gateway, dev, _METRIC[version], PROTOCOL) for dst in prefixes]


def wanted_pins(
    peer: Peer | None, way: Route | None, wanted: Sequence[Route], routes: Sequence[Route], kept: Iterable[Route]
) -> list[Route]:
    """The routes to controllers that keep their way while ours lead elsewhere: those there are, and this one's."""
    if not wanted:
        return []
    pins = {route.dst: route for route in kept if route.is_pin and route.way != wanted[0].way}
    if peer is not None and way is not None and _is_moved(peer, way, wanted, routes):
        if way.gateway == "via":
            raise LvsError(
                "gateway",
                wanted[0].gateway,
                f"would take away the way to the controller at {peer.ip}, which leads through a gateway of the other "
                f"address family and cannot be kept. Give this host a route to {peer.ip} first.",
            )
        dst = str(ipaddress.ip_network(peer.ip))
        pins[dst] = Route(dst, way.gateway, way.dev, _METRIC[peer.version], PROTOCOL)
    return [pins[dst] for dst in sorted(pins)]


def _is_moved(peer: Peer, way: Route, wanted: Sequence[Route], routes: Sequence[Route]) -> bool:
    """Whether the controller would be reached another way once our routes are there."""
    if peer.version != wanted[0].network.version or way.connected or way.way == wanted[0].way:
        return False
    particular = match(peer.ip, [route for route in foreign(routes) if route.network.prefixlen])
    return particular is None


def require_way_back(peer: Peer | None, way: Route | None, routes: Sequence[Route]) -> None:
    """Refuse to take our routes away where no other leads to the controller."""
    if peer is None or way is None or way.connected:
        return
    if any(route.network.version == peer.version for route in routes) and match(peer.ip, foreign(routes)) is None:
        raise LvsError(
            "state",
            "absent",
            f"would leave this host without a route to the controller at {peer.ip}. Give it a route to {peer.ip} or a "
            "default route of its own first.",
        )


def steps(routes: Iterable[Route], wanted: Sequence[Route]) -> list[Step]:
    """What makes our routes the wanted ones: the controller's way first, and away last."""
    have = {route.dst: route for route in routes if route.is_ours}
    ordered = sorted(wanted, key=lambda route: (-route.network.prefixlen, route.dst))
    changed = [route for route in ordered if have.get(route.dst) != route]
    targets = {route.dst for route in wanted}
    gone = [route for route in have.values() if route.dst not in targets]
    gone.sort(key=lambda route: (route.network.prefixlen, route.dst))
    return [
        *(Step("replace", route, have.get(route.dst)) for route in changed),
        *(Step("del", route) for route in gone),
    ]


def undo_batch(done: Sequence[Step]) -> str:
    """The file for `ip -force -batch` that brings back what was before, in whichever state it meets the host."""
    return "".join(f"{step.undo}\n" for step in reversed(done))


def after_steps(routes: Iterable[Route], done: Iterable[Step]) -> list[Route]:
    """The routes as they are when the steps are done."""
    result = list(routes)
    for step in done:
        result = [route for route in result if not (route.is_ours and route.dst == step.route.dst)]
        result += [step.route] if step.verb == "replace" else []
    return result
