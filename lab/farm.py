# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm: hosts, their NICs and the segments that join them, read from a small YAML file. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any

from lab.errors import LabError

ROLES = {"director": "directors", "realserver": "realservers", "client": "clients", "router": "routers"}

# Names become host names, interface names and kernel arguments: nothing else may get in.
HOST_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
SEGMENT_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
NIC_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,14}")
# What an inventory may call a host: what the collection takes, without the brackets, which Ansible reads as a range.
INVENTORY_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,252}")
SERVED = re.compile(r"([1-9][0-9]{0,4})/(tcp|udp)")
# The last byte but one of a MAC address counts the hosts.
MOST_HOSTS = 255

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Route:
    """A static route: a network reached through a neighbour."""

    to: str
    via: Address


@dataclass(frozen=True)
class Nic:
    """One Ethernet card: vec0, vec1, … in the guest if it has no other name, a tap on the segment's bridge outside."""

    segment: str
    addresses: tuple[Interface, ...]
    mac: str
    tap: str
    name: str


@dataclass(frozen=True)
class Host:
    """One machine of the farm."""

    name: str
    role: str
    memory: int
    nics: tuple[Nic, ...]
    gateway: Address | None
    routes: tuple[Route, ...]
    forward: bool
    # What an inventory calls it beside that of the farm; none when there is no other.
    inventory_names: tuple[str, ...]
    serves: tuple[tuple[str, int], ...]

    @property
    def address(self) -> str:
        """The address at which the controller reaches the host."""
        return str(self.nics[0].addresses[0].ip)

    @property
    def called(self) -> tuple[str, ...]:
        """Its names in the farm's inventory."""
        return self.inventory_names or (self.name,)


@dataclass(frozen=True)
class Farm:
    """Everything `lab up` needs to know."""

    name: str
    description: str
    segments: tuple[str, ...]
    controller: tuple[tuple[str, Interface], ...]
    controller_routes: tuple[Route, ...]
    hosts: tuple[Host, ...]
    packages: tuple[str, ...] = field(default=())

    def host(self, name: str) -> Host:
        """The host of that name, or an error that lists the names there are."""
        for host in self.hosts:
            if name == host.name or name in host.inventory_names:
                return host
        names = ", ".join(host.name for host in self.hosts)
        raise LabError(f"Farm {self.name} has no host {name!r}.", f"Its hosts are: {names}.")


class _Reader:
    """Reads one farm file; every error names the file and the place in it."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, place: str, value: object, cure: str) -> LabError:
        return LabError(f"{self.source}: {place}: {value!r} is not right.", cure)

    def mapping(self, place: str, value: Any, allowed: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail(place, value, f"Give a mapping with {', '.join(sorted(allowed))}.")
        for key in value:
            if key not in allowed:
                raise self.fail(f"{place}.{key}", value[key], f"Known keys here: {', '.join(sorted(allowed))}.")
        return value

    def listing(self, place: str, value: Any) -> list[Any]:
        """A list, or nothing at all for an empty one."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(place, value, "Give a list.")
        return value

    def name(self, place: str, value: Any, pattern: re.Pattern[str]) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.fail(place, value, f"Give a name that matches {pattern.pattern}.")
        return value

    def interface(self, place: str, value: Any) -> Interface:
        try:
            parsed = ipaddress.ip_interface(str(value))
        except ValueError as error:
            raise self.fail(place, value, "Give an address with its prefix, such as 192.168.1.9/24.") from error
        if "/" not in str(value):
            raise self.fail(place, value, "Give the prefix too, such as 192.168.1.9/24.")
        return parsed

    def address(self, place: str, value: Any) -> Address:
        try:
            return ipaddress.ip_address(str(value))
        except ValueError as error:
            raise self.fail(place, value, "Give an address, such as 192.168.1.254.") from error

    def routes(self, place: str, value: Any) -> tuple[Route, ...]:
        routes = []
        for index, entry in enumerate(self.listing(place, value)):
            here = f"{place}[{index}]"
            entry = self.mapping(here, entry, {"to", "via"})
            try:
                network = str(ipaddress.ip_network(str(entry.get("to"))))
            except ValueError as error:
                raise self.fail(f"{here}.to", entry.get("to"), "Give a network, such as 192.168.2.0/24.") from error
            routes.append(Route(network, self.address(f"{here}.via", entry.get("via"))))
        return tuple(routes)

    def segment(self, place: str, value: Any, segments: tuple[str, ...]) -> str:
        if value not in segments:
            raise self.fail(place, value, f"Segments of this farm: {', '.join(segments)}.")
        return str(value)

    def nic(self, place: str, value: Any, segments: tuple[str, ...], number: tuple[int, int]) -> Nic:
        entry = self.mapping(place, value, {"segment", "address", "addresses", "name"})
        given = self.listing(f"{place}.addresses", entry.get("addresses", [entry.get("address")]))
        if not given:
            raise self.fail(f"{place}.addresses", given, "Give at least one address.")
        addresses = tuple(self.interface(f"{place}.address", item) for item in given)
        host, card = number
        return Nic(
            segment=self.segment(f"{place}.segment", entry.get("segment"), segments),
            addresses=addresses,
            mac=f"02:00:00:00:{host:02x}:{card:02x}",
            tap=f"tap{host}n{card}",
            name=self.name(f"{place}.name", entry.get("name", f"vec{card}"), NIC_NAME),
        )

    def host(self, name: Any, value: Any, segments: tuple[str, ...], index: int) -> Host:
        place = f"hosts.{name}"
        self.name(place, name, HOST_NAME)
        known = {"role", "memory", "nics", "gateway", "routes", "forward", "inventory_names", "serves"}
        entry = self.mapping(place, value, known)
        role = entry.get("role")
        if not isinstance(role, str) or role not in ROLES:
            raise self.fail(f"{place}.role", role, f"Roles: {', '.join(ROLES)}.")
        memory = entry.get("memory", 192)
        if isinstance(memory, bool) or not isinstance(memory, int) or not 96 <= memory <= 8192:
            raise self.fail(f"{place}.memory", memory, "Give megabytes between 96 and 8192.")
        nics = self.listing(f"{place}.nics", entry.get("nics"))
        if not nics:
            raise self.fail(f"{place}.nics", nics, "Give at least one NIC.")
        gateway = entry.get("gateway")
        cards = tuple(self.nic(f"{place}.nics[{card}]", nic, segments, (index, card)) for card, nic in enumerate(nics))
        if len({card.name for card in cards}) < len(cards):
            raise self.fail(f"{place}.nics", [card.name for card in cards], "Give each NIC a name of its own.")
        return Host(
            name=name,
            role=role,
            memory=memory,
            nics=cards,
            gateway=None if gateway is None else self.address(f"{place}.gateway", gateway),
            routes=self.routes(f"{place}.routes", entry.get("routes")),
            forward=bool(entry.get("forward", False)),
            inventory_names=tuple(
                self.name(f"{place}.inventory_names", item, INVENTORY_NAME)
                for item in self.listing(f"{place}.inventory_names", entry.get("inventory_names"))
            ),
            serves=tuple(
                self.served(f"{place}.serves", item) for item in self.listing(f"{place}.serves", entry.get("serves"))
            ),
        )

    def served(self, place: str, value: Any) -> tuple[str, int]:
        match = SERVED.fullmatch(value) if isinstance(value, str) else None
        if match is None or int(match[1]) > 65535:
            raise self.fail(place, value, "Give a port and tcp or udp, such as 443/tcp.")
        return match[2], int(match[1])

    def farm(self, name: str, value: Any) -> Farm:
        entry = self.mapping(name, value, {"description", "segments", "controller", "hosts", "packages"})
        segments = tuple(
            self.name("segments", segment, SEGMENT_NAME) for segment in self.listing("segments", entry.get("segments"))
        )
        controller = self.mapping("controller", entry.get("controller"), {"nics", "routes"})
        places = []
        for index, nic in enumerate(self.listing("controller.nics", controller.get("nics"))):
            here = f"controller.nics[{index}]"
            nic = self.mapping(here, nic, {"segment", "address"})
            segment = self.segment(f"{here}.segment", nic.get("segment"), segments)
            places.append((segment, self.interface(f"{here}.address", nic.get("address"))))
        hosts = entry.get("hosts")
        if not isinstance(hosts, dict) or not hosts:
            raise self.fail("hosts", hosts, "Give at least one host.")
        if len(hosts) > MOST_HOSTS:
            raise self.fail("hosts", f"{len(hosts)} hosts", f"A farm has at most {MOST_HOSTS}.")
        farm = Farm(
            name=name,
            description=str(entry.get("description", "")),
            segments=segments,
            controller=tuple(places),
            controller_routes=self.routes("controller.routes", controller.get("routes")),
            hosts=tuple(self.host(key, hosts[key], segments, index) for index, key in enumerate(hosts, start=1)),
            packages=tuple(
                self.name("packages", item, PACKAGE_NAME) for item in self.listing("packages", entry.get("packages"))
            ),
        )
        self.refuse_shared_addresses(farm)
        self.refuse_shared_names(farm)
        return farm

    def refuse_shared_addresses(self, farm: Farm) -> None:
        owners: dict[Address, str] = {}
        claims = [("controller", interface) for _segment, interface in farm.controller]
        claims += [(host.name, address) for host in farm.hosts for nic in host.nics for address in nic.addresses]
        for owner, interface in claims:
            if interface.ip in owners:
                raise self.fail(
                    f"hosts.{owner}", str(interface.ip), f"{owners[interface.ip]} has this address already."
                )
            owners[interface.ip] = owner

    def refuse_shared_names(self, farm: Farm) -> None:
        owners = {host.name: host.name for host in farm.hosts}
        for host in farm.hosts:
            for name in host.inventory_names:
                if owners.setdefault(name, host.name) != host.name:
                    place = f"hosts.{host.name}.inventory_names"
                    raise self.fail(place, name, f"{owners[name]} has this name already.")


def read_farm(name: str, source: str, data: Any) -> Farm:
    """Turn the parsed YAML of a farm file into a Farm; `source` is the file's name for messages."""
    return _Reader(source).farm(name, data)
