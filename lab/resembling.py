# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The farm that looks like an inventory: from what the collection plans of it to the data of a farm file. Pure."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.errors import LabError
from lab.farm import HOST_NAME, Address, Interface

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Roles = Mapping[str, Any]

LINUX, NAT = "Linux", "nat"
DIRECTOR, REALSERVER, CLIENT, ROUTER = "director", "realserver", "client", "router"
ROUTER_MEMORY = 128
# Where clients are whose address the inventory does not say: RFC 5737 and 2544, RFC 3849 and 9637, what is free first.
ELSEWHERE = {
    4: ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "198.18.0.0/15"),
    6: ("2001:db8:ffff::/48", "3fff:fff:ffff::/48"),
}
USUAL_PREFIX = {4: 24, 6: 64}
# The prefixes that the network of a client may have whose address is on none that the inventory names.
AROUND = {4: range(24, 31), 6: range(64, 127)}
# A farm file has one gateway a host. Who has two has that of IPv4 there, and that of IPv6 among the routes.
EVERYWHERE = "::/0"
# Interfaces on no wire: a VIP there is routed to the director.
VIRTUAL = re.compile(r"lo|dummy[0-9]+")
# The controller's own names, wherever they are asked for.
THE_CONTROLLER = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_NAMED = 5


@dataclass
class Machine:
    """A machine of the farm. `routers` are the gateways that the inventory gives it, `facing` a director's VIPs, each
    with the interface that the inventory wants it on; one that the inventory does not know is not `named`.
    """

    role: str
    names: list[str]
    addresses: list[Address]
    routers: list[Address] = field(default_factory=list)
    facing: dict[Address, str] = field(default_factory=dict)
    forwarding: tuple[str, ...] = ()
    managed: bool = True
    serves: list[str] = field(default_factory=list)
    on: dict[Network, list[Interface]] = field(default_factory=dict)
    nic_names: dict[Network, str] = field(default_factory=dict)
    gateways: dict[int, Address] = field(default_factory=dict)
    routes: list[dict[str, str]] = field(default_factory=list)
    forward: bool = False
    named: bool = True


class Problems:
    """What keeps the lab from making the farm, each said once with all whom it concerns."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def note(self, who: str, what: str, fix: str) -> None:
        """Remember one; those of one kind become one line."""
        self._found.setdefault((what, fix), []).append(who)

    def refuse(self, source: str) -> None:
        """Stop when there are any."""
        if self._found:
            lines = [f"{_few(who)}: {what}. Fix: {fix}." for (what, fix), who in self._found.items()]
            raise LabError(f"The lab cannot make a farm that looks like {source}.", "\n".join(lines))


def _few(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:MOST_NAMED])} and {more} more"


def farm_like(seen: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The data of a farm file; `seen` is what planned.yml wrote of the inventory `source`."""
    problems = Problems()
    machines = read_machines(seen, problems)
    problems.refuse(source)
    wires = Wires(seen, machines, problems)
    wires.place()
    problems.refuse(source)
    wires.place_clients()
    wires.join()
    router = wires.router(free_name(ROUTER, seen["names"]))
    wires.point(router)
    everyone = [*machines, *([router] if router else [])]
    return {
        "description": f"looks like {source}",
        "segments": list(dict.fromkeys(wires.segments.values())),
        "controller": {"nics": wires.controller(everyone)},
        "hosts": {name: wires.data(machine) for name, machine in named(everyone)},
    }


# --- machines ---


def read_machines(seen: Mapping[str, Any], problems: Problems) -> list[Machine]:
    """Directors, realservers and clients, in this order."""
    plan = seen["plan"]
    hosts = sorted(plan["hosts"].items(), key=lambda item: DIRECTOR not in item[1])
    services = [service for _name, roles in hosts for service in roles.get(DIRECTOR, {}).get("services", ())]
    machines = [_planned(name, roles, services, problems) for name, roles in hosts]
    machines += [_idle(name, written, problems) for name, written in seen["idle"].items()]
    machines += _clients(plan, seen["names"])
    by_name = {machine.names[0]: machine for machine in machines}
    for alias, host in plan["aliases"].items():
        by_name[host].names.append(alias)
    for machine in machines:
        for vip in machine.facing:
            machine.facing[vip] = machine.facing[vip] or seen["vip_interfaces"].get(machine.names[0], "")
        for name in THE_CONTROLLER.intersection(machine.names):
            problems.note(name, "the controller is no machine of a farm", "leave it out in a copy of the inventory")
    return machines


def _planned(name: str, roles: Mapping[str, Roles], services: list[Roles], problems: Problems) -> Machine:
    director, realserver = roles.get(DIRECTOR, {}), roles.get(REALSERVER, {})
    system, managed = realserver.get("system", LINUX), realserver.get("managed", True)
    if system != LINUX and managed and not director:
        fix = "leave it out in a copy of the inventory, or give it lvs_system: Linux in a second --inventory"
        problems.note(f"{name} ({system})", "the lab's machines are all Linux", fix)
    if (director.get("failover") or {}).get("by") == "vrrp":
        fix = "test with one director in a copy of the inventory, or with lvs_failover: {by: other}"
        problems.note(name, "keepalived's wires and its part in a farm are not made from an inventory", fix)
    own = addresses([*director.get("dips", ()), *realserver.get("rips", ())])
    told = [one["address"] for one in (*director.get("gateways", ()), *realserver.get("gateways", ()))]
    return Machine(
        role=DIRECTOR if director else REALSERVER,
        names=[name],
        addresses=own,
        routers=addresses([*told, *(one["gateway"] for one in realserver.get("routes", ()))]),
        facing={vip: director["interfaces"].get(str(vip), "") for vip in addresses(director.get("vips", ()))},
        forwarding=tuple(realserver.get("forwarding", ())),
        managed=managed,
        serves=_served(own, services, realserver.get("checks", ())),
    )


def _served(own: list[Address], services: list[Roles], checks: Iterable[Roles]) -> list[str]:
    """Where something must listen on the machine."""
    found = {(one["port"], one["protocol"]) for one in checks}
    for service in services:
        ports = [one["port"] for one in service["realservers"] if ipaddress.ip_address(one["rip"]) in own]
        found.update((port, service["protocol"]) for port in ports if port)
    return [f"{port}/{protocol}" for port, protocol in sorted(found) if protocol in ("tcp", "udp")]


def _idle(name: str, written: object, problems: Problems) -> Machine:
    """A realserver in no pool: the collection looks at it all the same."""
    try:
        own = [one.ip for one in interfaces(written)]
    except ValueError:
        own = []
        fix = "give it lvs_rip, or take it out of the group realservers in a copy of the inventory"
        problems.note(name, "it is in no pool, and nothing says its address", fix)
    return Machine(REALSERVER, [name], own)


def _clients(plan: Mapping[str, Any], names: Iterable[str]) -> list[Machine]:
    known = plan["clients"].items()
    found = [Machine(CLIENT, [name], addresses([text] if text else [])) for name, text in known]
    return found or [Machine(CLIENT, [free_name(CLIENT, names)], [], named=False)]


def addresses(texts: Iterable[str]) -> list[Address]:
    """Each once, in the order they are given."""
    return [ipaddress.ip_address(text) for text in dict.fromkeys(texts)]


def interfaces(written: object) -> list[Interface]:
    """One address or several, as an inventory has them, with a prefix or without."""
    return [ipaddress.ip_interface(str(one)) for one in (written if isinstance(written, list) else [written])]


# --- wires ---


class Wires:
    """Networks and who is on each, and the segments that they run on."""

    def __init__(self, seen: Mapping[str, Any], machines: list[Machine], problems: Problems) -> None:
        self.machines, self.problems = machines, problems
        self.networks: list[Network] = [ipaddress.ip_network(one["network"]) for one in seen["plan"]["networks"]]
        written = [one.network for value in seen["idle"].values() for one in interfaces(value)]
        self.networks += [one for one in dict.fromkeys(written) if one.num_addresses > 1 and one not in self.networks]
        self.directors = [machine for machine in machines if machine.role == DIRECTOR]
        self.vips = list(dict.fromkeys(vip for machine in self.directors for vip in machine.facing))
        # What directors have or pass on to each other: VIPs, and the gateways of realservers that know nat alone.
        behind = [machine for machine in machines if machine.forwarding == (NAT,)]
        self.moving = {*self.vips, *(router for machine in behind for router in machine.routers)}
        self.taken = {one for machine in machines for one in (*machine.addresses, *machine.routers)} | self.moving
        self.elsewhere: dict[int, Network] = {}
        self.segments: dict[Network, str] = {}

    def network_of(self, address: Address) -> Network | None:
        """The smallest network that holds it."""
        holding = [network for network in self.networks if address in network]
        return max(holding, key=lambda network: network.prefixlen, default=None)

    def place(self) -> None:
        """The machines of the LVS on the networks of their addresses, VIPs and gateways."""
        inside = [machine for machine in self.machines if machine.role != CLIENT]
        for machine in inside:
            for address in machine.addresses:
                self._put(machine, address)
        for machine in inside:
            for router in machine.routers:
                self._reach(machine, router)
        for machine in self.directors:
            for vip, interface in machine.facing.items():
                self._face(machine, vip, interface.partition(":")[0])

    def _put(self, machine: Machine, address: Address) -> None:
        network = self.network_of(address)
        if network is None:
            variable = "lvs_dip" if machine.role == DIRECTOR else "lvs_rip"
            example = f"192.168.1.9/{USUAL_PREFIX[4]}" if address.version == 4 else f"2001:db8:1::9/{USUAL_PREFIX[6]}"
            fix = f"write {variable} with its prefix, such as {example}, or name the network in lvs_networks"
            self.problems.note(f"{machine.names[0]} ({address})", "nothing says which network the address is on", fix)
        else:
            machine.on.setdefault(network, []).append(on(network, address))

    def _reach(self, machine: Machine, router: Address) -> None:
        network = self.network_of(router)
        if network is None:
            fix = "name its network in lvs_networks"
            self.problems.note(f"{router} of {machine.names[0]}", "the gateway is on no network that is known", fix)
        elif network not in machine.on:
            self._give(machine, network)

    def _face(self, director: Machine, vip: Address, interface: str) -> None:
        """A director is on the network of a VIP, but when that is routed to it."""
        network = self.network_of(vip)
        if VIRTUAL.fullmatch(interface):
            return
        if network is None:
            fix = "name it in the directors' lvs_networks; a VIP that is routed to them has director_vip_interface: lo"
            self.problems.note(str(vip), "nothing says which network the VIP is on", fix)
            return
        if network not in director.on:
            self._give(director, network)
        if interface and director.nic_names.setdefault(network, interface) != interface:
            fix = "let all of its VIPs there have the same one"
            self.problems.note(director.names[0], f"VIPs of {network} are on several interfaces", fix)

    def _give(self, machine: Machine, network: Network) -> Interface:
        given = on(network, self._free(network))
        machine.on.setdefault(network, []).append(given)
        return given

    def _free(self, network: Network) -> Address:
        for address in network.hosts():
            if address not in self.taken and self.network_of(address) == network:
                self.taken.add(address)
                return address
        raise LabError(
            f"The network {network} has no address left for the lab, which needs some for what the inventory does not "
            "name: the controller, routers, a director that is to have a VIP there.",
            "Name a wider network in lvs_networks, for the lab in an inventory of its own.",
        )

    def place_clients(self) -> None:
        """Clients at their addresses, or else on a network of documentation; with an address in each family."""
        clients = [machine for machine in self.machines if machine.role == CLIENT]
        for client in clients:
            for address in client.addresses:
                if self.network_of(address) is None:
                    self.networks.append(self._around(address))
                self._put(client, address)
        for client in clients:
            for version in sorted({vip.version for vip in self.vips} or {4}):
                if not any(network.version == version for network in client.on):
                    self._give(client, self._beside(client, version))

    def _around(self, address: Address) -> Network:
        for prefix in AROUND[address.version]:
            network = ipaddress.ip_network((address, prefix), strict=False)
            if self._is_free(network):
                return network
        return ipaddress.ip_network(address)

    def _is_free(self, network: Network) -> bool:
        known = [*self.networks, *(ipaddress.ip_network(address) for address in self.moving)]
        return not any(overlap(network, one) for one in known)

    def _beside(self, client: Machine, version: int) -> Network:
        """The network of the other family that a client's neighbours are on, or one that is nobody's."""
        neighbours = {name for network in client.on for name in self._holders(network)}
        for network in self.networks:
            if network.version == version and _are_same(self._holders(network), neighbours):
                return network
        if version not in self.elsewhere:
            self.elsewhere[version] = self._of_documentation(version)
            self.networks.append(self.elsewhere[version])
        return self.elsewhere[version]

    def _of_documentation(self, version: int) -> Network:
        for block in ELSEWHERE[version]:
            for network in ipaddress.ip_network(block).subnets(new_prefix=USUAL_PREFIX[version]):
                if self._is_free(network):
                    return network
        raise LabError(
            f"The inventory takes all networks of documentation: {', '.join(ELSEWHERE[version])}.",
            "Name a client with its address in the group clients.",
        )

    def join(self) -> None:
        """A segment for each network; IPv4 and IPv6 of the same hosts are one."""
        used = [network for network in self.networks if self._holders(network) or self._gateways(network)]
        for network in used:
            if network.version == 4:
                self.segments[network] = f"net{len(self.segments) + 1}"
        for network in used:
            if network.version == 6:
                pair = self._pair(network)
                number = len(set(self.segments.values())) + 1
                self.segments[network] = self.segments[pair] if pair else f"net{number}"

    def _pair(self, network: Network) -> Network | None:
        """The network of IPv4 whose hosts these are, too, as far as can be, and which has no other of IPv6."""
        hosts = self._holders(network)
        apart = {segment for one, segment in self.segments.items() if one.version == 6}
        single = [one for one, segment in self.segments.items() if one.version == 4 and segment not in apart]
        same = [one for one in single if _are_same(hosts, self._holders(one))]
        return min(same, key=lambda one: len(hosts ^ self._holders(one)), default=None)

    def _holders(self, network: Network) -> set[str]:
        return {machine.names[0] for machine in self.machines if network in machine.on}

    def _gateways(self, network: Network) -> list[Address]:
        """The gateways there that are no machine of the inventory."""
        own = {address for machine in self.machines for address in machine.addresses} | self.moving
        told = dict.fromkeys(router for machine in self.machines for router in machine.routers)
        return [router for router in told if router not in own and self.network_of(router) == network]

    # --- the router ---

    def router(self, name: str) -> Machine | None:
        """The machine that has all gateways, and joins all segments but those that a director alone leads to."""
        joined = [segment for segment in dict.fromkeys(self.segments.values()) if not self._is_inside(segment)]
        routed = [vip for vip in self.vips if not any(self.network_of(vip) in one.on for one in self.directors)]
        gateways = [gateway for network in self.segments for gateway in self._gateways(network)]
        if len(joined) < 2 and not gateways and not routed:
            return None
        router = Machine(ROUTER, [name], [], named=False, forward=True)
        for network, segment in self.segments.items():
            if segment in joined:
                here = [on(network, gateway) for gateway in self._gateways(network)]
                router.on[network] = here or [on(network, self._free(network))]
        for vip in routed:
            first = next(machine for machine in self.directors if vip in machine.facing)
            for dip in [one for one in first.addresses if one.version == vip.version][:1]:
                router.routes.append({"to": str(ipaddress.ip_network(vip)), "via": str(dip)})
        return router

    def _is_inside(self, segment: str) -> bool:
        """Realservers of nat, and directors that are elsewhere, too: who answers clients goes through the director."""
        there = [machine for machine in self.machines if segment in self._segments_of(machine)]
        served = any(machine.forwarding == (NAT,) for machine in there)
        named = any(self._gateways(network) for network, one in self.segments.items() if one == segment)
        return served and not named and all(self._is_behind(machine) for machine in there)

    def _is_behind(self, machine: Machine) -> bool:
        if machine.role == DIRECTOR:
            return len(self._segments_of(machine)) > 1
        return machine.role == REALSERVER and machine.forwarding in ((), (NAT,))

    def _segments_of(self, machine: Machine) -> set[str]:
        return {self.segments[network] for network in machine.on}

    def point(self, router: Machine | None) -> None:
        """A gateway for each machine, as it has one before the collection comes."""
        ways = {} if router is None else router.on
        told = {one for machine in self.machines for one in machine.routers}
        facing = {self.network_of(vip) for vip in self.vips}
        by_director = {address for machine in self.directors for address in machine.addresses} | self.moving
        for machine in self.machines:
            # That the gateway becomes a director is the collection's work, but where it does not log in.
            ready = [one for one in machine.routers if not machine.managed or one not in by_director]
            near = sorted(machine.on, key=lambda network: network not in facing)
            ready += [ways[network][0].ip for network in near if network in ways]
            for way in ready:
                machine.gateways.setdefault(way.version, way)
            machine.forward = bool(ways) and machine.role == CLIENT and not told.isdisjoint(machine.addresses)

    # --- the farm file ---

    def controller(self, machines: Iterable[Machine]) -> list[dict[str, str]]:
        """It is on each network at whose address it reaches a machine."""
        reached = dict.fromkeys(next(iter(machine.on)) for machine in machines)
        return [
            {"segment": self.segments[network], "address": str(on(network, self._free(network)))} for network in reached
        ]

    def data(self, machine: Machine) -> dict[str, Any]:
        """What a farm file has of a machine."""
        ways = [str(way) for _version, way in sorted(machine.gateways.items())]
        defaults = [{"to": EVERYWHERE, "via": way} for way in ways[1:]]
        more = {
            "memory": ROUTER_MEMORY if machine.role == ROUTER else None,
            "inventory_names": machine.names if machine.named else None,
            "nics": self._nics(machine),
            "gateway": next(iter(ways), None),
            "routes": [*defaults, *machine.routes],
            "forward": machine.forward,
            "serves": machine.serves,
        }
        return {"role": machine.role, **{key: value for key, value in more.items() if value}}

    def _nics(self, machine: Machine) -> list[dict[str, Any]]:
        nics: dict[str, dict[str, Any]] = {}
        for network, interfaces in machine.on.items():
            nic = nics.setdefault(self.segments[network], {"segment": self.segments[network], "addresses": []})
            nic["addresses"] += [str(interface) for interface in interfaces]
            nic.update({"name": machine.nic_names[network]} if network in machine.nic_names else {})
        return list(nics.values())


def on(network: Network, address: Address) -> Interface:
    """The address with the prefix of its network."""
    return ipaddress.ip_interface(f"{address}/{network.prefixlen}")


def overlap(one: Network, other: Network) -> bool:
    """Whether the two share an address."""
    return one[0] in other or other[0] in one


def _are_same(hosts: set[str], others: set[str]) -> bool:
    """Whether two networks, as far as is known, are those of the same hosts."""
    return bool(hosts & others) and (hosts <= others or others <= hosts)


# --- names ---


def named(machines: Iterable[Machine]) -> list[tuple[str, Machine]]:
    """Each machine with a name that a host of the lab can have: its own, or one that comes near it."""
    machines = list(machines)
    taken = {name for machine in machines for name in machine.names}
    found = []
    for machine in machines:
        own = machine.names[0]
        name = own if HOST_NAME.fullmatch(own) else next(one for one in _near(own) if one not in taken)
        taken.add(name)
        found.append((name, machine))
    return found


def _near(name: str) -> Iterator[str]:
    """web1.example.com: web1, web1-example-com, web1-example-com-2, …"""
    whole = _plain(name)
    short = _plain(name.partition(".")[0])
    yield from (one for one in (short, whole) if HOST_NAME.fullmatch(one) and one not in THE_CONTROLLER)
    beginning = (whole if whole[:1].isalpha() else f"h{whole}")[:26].rstrip("-")
    yield beginning
    yield from (f"{beginning}-{number}" for number in itertools.count(2))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def free_name(wanted: str, names: Iterable[str]) -> str:
    """A name for a machine of the lab's own, which neither a host nor a group of the inventory has."""
    others = set(names)
    return next(one for one in itertools.chain([wanted], _near(f"lab-{wanted}")) if one not in others)
