# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ip says of a Linux host's interfaces, routes and neighbours: asked and read here alone.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import functools
import ipaddress
import shlex
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .._errors import LvsError
from .._model.address import canonical_address, full_prefix
from .ip_json import object_in, objects_in

Run = Callable[[Sequence[str]], str]
Entry = dict[str, t.Any]

# The routing protocol by which the kernel tells our routes from all others; it has no name in rt_protos.
PROTOCOL = "76"

# All addresses, as ip and the kernel write them.
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


@dataclass(frozen=True)
class Address:
    """An address on an interface."""

    ip: str
    prefix: int
    secondary: bool = False
    dynamic: bool = False
    # False for one that another machine had already (dadfailed), or that the kernel is not sure of (tentative): it
    # neither answers nor sends in its name. It is sure of what we add (nodad) at once.
    usable: bool = field(default=True, compare=False)

    @property
    def is_host(self) -> bool:
        """Whether the mask is /32 or /128: the address alone, no network."""
        return self.prefix == full_prefix(self.ip)

    @property
    def network(self) -> str:
        """The network the mask makes of it."""
        return str(ipaddress.ip_interface(f"{self.ip}/{self.prefix}").network)

    def __str__(self) -> str:
        return f"{self.ip}/{self.prefix}"


@dataclass(frozen=True)
class Interface:
    """An interface and its addresses."""

    name: str
    flags: frozenset[str] = frozenset()
    addresses: tuple[Address, ...] = ()
    kind: str = ""
    mtu: int = 0
    mac: str | None = None
    details: Mapping[str, t.Any] = field(default_factory=dict, hash=False)  # what a device of this kind is set to
    alias: str = ""

    @property
    def is_up(self) -> bool:
        return "UP" in self.flags

    @property
    def is_loopback(self) -> bool:
        return "LOOPBACK" in self.flags

    @property
    def speaks_arp(self) -> bool:
        """Whether the kernel answers for this interface's own addresses on a wire: not on lo, a dummy or a tunnel."""
        return not self.flags & {"LOOPBACK", "NOARP"}

    def is_beside(self, ip: str) -> bool:
        """Whether an address is on a network of this interface, so that no router lies between."""
        near = [address.network for address in self.addresses if not (address.is_host or self.is_loopback)]
        return any(ipaddress.ip_address(ip) in ipaddress.ip_network(network) for network in near)

    def holds(self, ip: str) -> tuple[Address, ...]:
        return self._held.get(ip, ())

    @functools.cached_property
    def _held(self) -> dict[str, tuple[Address, ...]]:
        """By address: a host may have hundreds of VIPs, each of which is asked for."""
        held: dict[str, tuple[Address, ...]] = {}
        for address in self.addresses:
            held[address.ip] = (*held.get(address.ip, ()), address)
        return held


@dataclass(frozen=True, order=True)
class Route:
    """A route of the main table. A gateway that is no plain address of its family is not named."""

    dst: str
    gateway: str | None
    dev: str | None
    metric: int = 0
    protocol: str = ""
    connected: bool = False

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        return ipaddress.ip_network(self.dst)

    @property
    def is_ours(self) -> bool:
        return self.protocol == PROTOCOL

    @property
    def is_default(self) -> bool:
        return self.network.prefixlen == 0

    @property
    def is_pin(self) -> bool:
        """Whether it leads to one address alone."""
        return self.network.prefixlen == self.network.max_prefixlen

    @property
    def way(self) -> tuple[str | None, str | None]:
        return self.gateway, self.dev

    @property
    def words(self) -> tuple[str, ...]:
        """The route as ip takes it; the destination tells the family."""
        metric = ("metric", str(self.metric)) if self.metric else ()
        return (self.dst, "via", str(self.gateway), "dev", str(self.dev), "proto", self.protocol, *metric)

    def __str__(self) -> str:
        via = f" via {self.gateway}" if self.gateway else ""
        dev = f" dev {self.dev}" if self.dev else ""
        return f"{'default' if self.is_default else self.dst}{via}{dev}"


@dataclass(frozen=True)
class Neighbour:
    """Another host on a network of this one, as far as the kernel knows it."""

    ip: str
    dev: str
    mac: str | None
    states: tuple[str, ...]


def ask(run: Run, *words: str, needed: Sequence[str] = ()) -> list[Entry]:
    """The objects that ip prints when it is asked this."""
    argv = ("ip", "-j", *words)
    return objects_in(run(argv), shlex.join(argv), *needed)


def interfaces(run: Run, *, details: bool = False) -> list[Interface]:
    """The interfaces and their addresses. Details make some old releases of ip print what is no JSON."""
    return [_interface(entry) for entry in ask(run, *(("-d",) if details else ()), "addr") if "ifname" in entry]


def find_interface(name: str, among: Iterable[Interface]) -> Interface:
    """The interface of that name."""
    known = {interface.name: interface for interface in among}
    if name not in known:
        raise LvsError("interface", name, f"is not an interface of this host. Use one of {', '.join(known)}.")
    return known[name]


def _interface(entry: Entry) -> Interface:
    link = entry.get("link_type", "")
    info = entry.get("linkinfo", {})
    return Interface(
        entry["ifname"],
        frozenset(entry.get("flags", ())),
        tuple(_address(one) for one in entry.get("addr_info", ()) if {"local", "prefixlen"} <= one.keys()),
        info.get("info_kind", link),
        entry.get("mtu", 0),
        entry.get("address") if link == "ether" else None,
        info.get("info_data", {}),
    )


def _address(info: Entry) -> Address:
    return Address(
        str(ipaddress.ip_address(info["local"])),
        info["prefixlen"],
        # For IPv6 the kernel gives the bit another meaning (temporary): no address there hangs on another one.
        bool(info.get("secondary")) and info.get("family") == "inet",
        bool(info.get("dynamic")),
        not info.get("dadfailed") and (not info.get("tentative") or bool(info.get("optimistic"))),
    )


def routes(run: Run, version: int) -> list[Route]:
    """The routes of the main table."""
    return [
        Route(
            network_of(entry, version),
            entry.get("gateway"),
            entry.get("dev"),
            entry.get("metric", 0),
            str(entry.get("protocol", "")),
            connected=not {"gateway", "via", "nexthops", "type"} & entry.keys(),
        )
        for entry in ask(run, f"-{version}", "route", needed=("dst",))
    ]


def network_of(entry: Entry, version: int) -> str:
    """Where a route leads to."""
    return str(ipaddress.ip_network(ANYWHERE[version] if entry["dst"] == "default" else entry["dst"]))


def way_question(to: str, source: str | None = None) -> tuple[str, ...]:
    """How this host would send to an address, in its own name or in another's; it fails where there is no way."""
    return ("ip", "-j", *way_words(to, source))


def way_words(to: str, source: str | None = None) -> tuple[str, ...]:
    """The same question among others to one ip."""
    return ("route", "get", to, *(("from", source) if source else ()))


def parse_way(printed: str) -> Route:
    """The answer. The gateway of an IPv4 address may be an IPv6 one, which is not named."""
    entry = object_in(printed, "ip -j route get", "dst")
    odd = "via" in entry
    return Route(
        str(ipaddress.ip_network(entry["dst"])),
        "via" if odd else entry.get("gateway"),
        entry.get("dev"),
        connected=not (odd or "gateway" in entry),
    )


def neighbours(run: Run, *words: str) -> list[Neighbour]:
    """The neighbours that were talked to lately, all or those that ip neigh show takes these words for."""
    return [
        Neighbour(ip, entry.get("dev", ""), entry.get("lladdr"), tuple(entry.get("state", ())))
        for entry in ask(run, "neigh", "show", *words, needed=("dst",))
        for ip in [canonical_address(entry["dst"])]
        if ip
    ]


def mac_of(run: Run, address: str) -> str | None:
    """The MAC of a neighbour as far as this host knows it."""
    return next((one.mac for one in neighbours(run, address) if one.mac), None)
