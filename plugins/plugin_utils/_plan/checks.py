# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the machines and services of an LVS must be to each other, whatever each is by itself.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...module_utils._model.address import IPV4
from ...module_utils._model.words import one_of, show_name
from .._rules.findings import Findings
from .addresses import Address, contains, edges, on_one_network
from .inventory import (
    CIP,
    CLIENTS,
    DIP,
    DIRECTOR_GATEWAY,
    DIRECTORS,
    FACTS,
    LOCALNODE,
    REALSERVERS,
    RIP,
    SERVER_GATEWAY,
    SINGLE,
    SOURCE_MAC,
    SYSTEM,
    Addresses,
    Inventory,
    host_path,
)
from .services import NAT, TUN, Member, Service
from .systems import SYSTEMS


@dataclass(frozen=True)
class Farm:
    """Everything the inventory says, read."""

    inventory: Inventory
    services: list[Service]
    findings: Findings
    directors: tuple[str, ...] = field(init=False)
    realservers: tuple[str, ...] = field(init=False)
    sets: tuple[tuple[str, ...], ...] = field(init=False)  # of directors that share their VIPs
    served: dict[str, list[tuple[Service, Member]]] = field(init=False)
    _methods: dict[str, list[str]] = field(init=False)
    _rips: dict[str, Addresses] = field(init=False)

    def __post_init__(self) -> None:
        served: dict[str, list[tuple[Service, Member]]] = {}
        for service in self.services:
            for member in service.members:
                served.setdefault(member.host, []).append((service, member))
        object.__setattr__(self, "directors", self.inventory.members(DIRECTORS))
        object.__setattr__(self, "realservers", tuple(sorted(served)))
        object.__setattr__(self, "served", served)
        sets = {service.directors: None for service in self.services if service.directors}
        object.__setattr__(self, "sets", tuple(sets) or (self.directors,) * bool(self.directors))
        methods = {host: sorted({member.forwarding for _one, member in pairs}) for host, pairs in served.items()}
        object.__setattr__(self, "_methods", methods)
        object.__setattr__(self, "_rips", {host: self._own_addresses(host) for host in served})

    def methods(self, host: str) -> list[str]:
        """The forwarding methods by which a realserver is served."""
        return self._methods[host]

    def set_of(self, director: str) -> tuple[str, ...]:
        """The directors with which one shares its VIPs, and itself."""
        return next((directors for directors in self.sets if director in directors), (director,))

    def services_of(self, directors: tuple[str, ...]) -> list[Service]:
        """The services of one set."""
        return [service for service in self.services if service.directors == directors]

    def directors_of(self, host: str) -> tuple[str, ...]:
        """The directors that forward to a realserver."""
        return tuple(sorted({director for service, _member in self.served[host] for director in service.directors}))

    def _own_addresses(self, host: str) -> Addresses:
        return self.inventory.dips(host) if self.rip_variable(host) == DIP else self.inventory.rips(host)

    def rip_variable(self, host: str) -> str:
        """Where the addresses of rips() are written."""
        return DIP if host in self.directors and self.inventory.variable(host, RIP) is None else RIP

    def rips(self, host: str) -> Addresses:
        """The realserver's own addresses; a director that serves as well has its DIPs."""
        return self._rips[host]

    def rip(self, service: Service, member: Member) -> Address | None:
        """The address to which the director forwards: of the family of the service, but tun crosses families."""
        rips = self.rips(member.host)
        rip = rips.get(service.family or "")
        return next(iter(rips.values()), None) if rip is None and member.forwarding == TUN else rip


def check_farm(farm: Farm) -> None:
    """Everything that needs more than one item to be seen."""
    _check_groups(farm)
    _check_addresses(farm)
    _check_interfaces(farm)
    _check_edges(farm)
    _check_server_gateways(farm)
    _check_director_gateways(farm)
    _check_services(farm)
    _check_systems(farm)
    _check_localnode(farm)
    _check_networks(farm)
    for service in farm.services:
        _check_pool(farm, service)


def _check_groups(farm: Farm) -> None:
    inventory, findings = farm.inventory, farm.findings
    if DIRECTORS not in inventory.groups:
        findings.add("directors-missing", "groups.directors", None)
    elif not farm.directors:
        findings.add("directors-empty", "groups.directors", [])
    inside = {*farm.directors, *farm.realservers, *inventory.members(REALSERVERS)}
    for host in sorted(inside.intersection(inventory.members(CLIENTS))):
        findings.add("client-inside", "groups.clients", host)
    for host in sorted({*farm.directors, *farm.realservers}):
        inventory.check_name(host)
    _check_pool_groups(farm)


def _check_pool_groups(farm: Farm) -> None:
    """The plays run on the group realservers: who is in a pool but not there would never be set up."""
    group = set(farm.inventory.members(REALSERVERS))
    for host in sorted(set(farm.realservers) - group - set(farm.directors)):
        farm.findings.add("realserver-outside-group", "groups.realservers", host)
    # A pool that could not be read says nothing about who is not in it.
    unused = set() if farm.findings.refused else group - set(farm.realservers)
    for host in sorted(unused):
        farm.findings.add("realserver-idle", "groups.realservers", host)


def _check_addresses(farm: Farm) -> None:
    """Every address belongs to one machine, and a VIP to none of them."""
    owners: dict[str, tuple[str, str]] = {}
    for host, role, address in _machines(farm):
        owner, owned_as = owners.setdefault(address.text, (host, role))
        if owner != host:
            words = {"role": role, "host": show_name(host), "other_role": owned_as, "other": show_name(owner)}
            farm.findings.add("address-shared", f"hostvars[{show_name(host)}]", address.text, **words)
    for host in farm.realservers:
        for gateway in farm.inventory.server_gateways(host).values():
            owners.setdefault(gateway.text, (host, "server gateway"))
    for service in farm.services:
        for path, vip in service.vips.items():
            if vip.text in owners:
                owner, role = owners[vip.text]
                farm.findings.add("vip-taken", path, vip.text, role=role, owner=show_name(owner))


def _check_interfaces(farm: Farm) -> None:
    """A VIP is on one interface, whichever of its services says which."""
    said: dict[str, tuple[str, str]] = {}
    for service in farm.services:
        wanted = service.vip_interface
        if wanted is None:
            continue
        for vip in service.vips.values():
            first, name = said.setdefault(vip.text, (service.path, wanted))
            if name != wanted:
                words = {"vip": vip.text, "first": first, "name": name}
                farm.findings.add("vip-interfaces-differ", f"{service.path}.vip_interface", wanted, **words)


def _machines(farm: Farm) -> t.Iterator[tuple[str, str, Address]]:
    yield from _inside(farm)
    for host in farm.inventory.members(CLIENTS):
        client = farm.inventory.client_address(host)
        if client is not None:
            yield host, "address", client


def _inside(farm: Farm) -> t.Iterator[tuple[str, str, Address]]:
    for host in farm.directors:
        for address in farm.inventory.dips(host).values():
            yield host, "DIP", address
    for host in farm.realservers:
        for address in farm.rips(host).values():
            yield host, "RIP", address


def _check_edges(farm: Farm) -> None:
    """No machine has an address that means its whole network, or all routers there; nor may a VIP be one."""
    taken: dict[str, tuple[str, str, str]] = {}
    for host, network in _known_networks(farm):
        taken.update({text: (what, network, show_name(host)) for text, what in edges(network).items()})
    for path, address in _written_addresses(farm):
        if address.text in taken:
            what, network, host = taken[address.text]
            farm.findings.add("address-edge", path, address.text, what=what, network=network, host=host)


def _known_networks(farm: Farm) -> list[tuple[str, str]]:
    """Each machine of the LVS and the networks that the inventory says it is on."""
    named = {(host, address.network) for host, _role, address in _inside(farm) if address.network is not None}
    hosts = {*farm.directors, *farm.realservers}
    named.update((host, network) for host in hosts for network in farm.inventory.networks(host))
    return sorted(named, reverse=True)


def _written_addresses(farm: Farm) -> t.Iterator[tuple[str, Address]]:
    """Every address of the inventory, and where it stands."""
    inventory = farm.inventory
    for service in farm.services:
        yield from service.vips.items()
    for host, role, address in _machines(farm):
        variable = {"DIP": DIP, "RIP": farm.rip_variable(host) if role == "RIP" else RIP}.get(role, CIP)
        yield host_path(host, variable), address
    for hosts, variable, gateways in (
        (farm.directors, DIRECTOR_GATEWAY, inventory.director_gateways),
        (farm.realservers, SERVER_GATEWAY, inventory.server_gateways),
    ):
        for host in hosts:
            for gateway in gateways(host).values():
                yield host_path(host, variable), gateway


def _check_server_gateways(farm: Farm) -> None:
    """By dr and tun a realserver answers clients through a router, which the director is not."""
    dips = {address.text: host for host in farm.directors for address in farm.inventory.dips(host).values()}
    for host in farm.realservers:
        direct = farm.methods(host) != [NAT]
        for gateway in farm.inventory.server_gateways(host).values():
            path = host_path(host, SERVER_GATEWAY)
            if direct and gateway.text in dips:
                director = show_name(dips[gateway.text])
                farm.findings.add("server-gateway-is-director", path, gateway.text, director=director)
            rip = farm.rips(host).get(gateway.family)
            # A director that serves as well has the director's gateway.
            if rip is not None and rip.text == gateway.text and host not in farm.directors:
                farm.findings.add("server-gateway-is-itself", path, gateway.text)
            used = direct or len(farm.directors_of(host)) > 1
            if used and rip is not None and not _is_near(farm, host, rip, gateway):
                network = rip.network or rip.text
                farm.findings.add("server-gateway-off-network", path, gateway.text, network=network)


def _is_near(farm: Farm, host: str, rip: Address, gateway: Address) -> bool:
    """On the network of the RIP as far as that is known, or on another one that the inventory names for the host."""
    others = farm.inventory.networks(host)
    return on_one_network(rip, gateway) or any(contains(network, gateway.text) for network in others)


def _check_director_gateways(farm: Farm) -> None:
    inside = {address.text: (role, show_name(host)) for host, role, address in _inside(farm)}
    for service in farm.services:
        inside.update((vip.text, ("VIP", service.path)) for vip in service.vips.values())
    for host in farm.directors:
        networks = farm.inventory.networks(host)
        if networks:
            networks += [dip.network for dip in farm.inventory.dips(host).values() if dip.network]
        for gateway in farm.inventory.director_gateways(host).values():
            path = host_path(host, DIRECTOR_GATEWAY)
            if gateway.text in inside:
                role, owner = inside[gateway.text]
                farm.findings.add("director-gateway-is-inside", path, gateway.text, role=role, owner=owner)
            elif networks and not any(contains(network, gateway.text) for network in networks):
                farm.findings.add("director-gateway-off-networks", path, gateway.text)


def _check_services(farm: Farm) -> None:
    seen: dict[object, str] = {}
    for service in farm.services:
        key = service.key
        first = seen.setdefault(key, service.path) if key is not None else service.path
        if key is not None and first != service.path:
            farm.findings.add("service-twice", service.path, key.label, first=first)
        named = seen.setdefault(service.name, service.path) if service.name is not None else service.path
        if named != service.path:
            farm.findings.add("name-twice", f"{service.path}.name", service.name, first=named)


def _check_systems(farm: Farm) -> None:
    tunnelled = [name for name, system in SYSTEMS.items() if system.decapsulates]
    for host in farm.realservers:
        system = farm.inventory.system(host)
        path = host_path(host, SYSTEM)
        served_by = farm.methods(host)
        if TUN in served_by and system not in tunnelled:
            words = {"host": show_name(host), "systems": one_of(tunnelled)}
            farm.findings.add("tun-no-decapsulation", path, system, **words)
        if served_by != [NAT] and host not in farm.directors:
            farm.inventory.vip_device(host, system)


def _check_localnode(farm: Farm) -> None:
    """A director in a pool needs a decision; the same one on every box."""
    for directors in farm.sets:
        _check_boxes(farm, directors)


def _check_boxes(farm: Farm, directors: tuple[str, ...]) -> None:
    decided: dict[str, str] = {}
    for host in directors:
        decision = farm.inventory.localnode(host)
        path = host_path(host, LOCALNODE)
        if decision is None:
            _refuse_undecided(farm, host)
            continue
        other, agreed = next(iter(decided.items()), (host, decision))
        decided[host] = decision
        if agreed != decision:
            farm.findings.add("localnode-disagreement", path, decision, other=show_name(other), decision=agreed)
        if decision == SINGLE and len(directors) > 1:
            farm.findings.add("localnode-several-directors", path, decision)
        if decision == SOURCE_MAC:
            _want_fwmarks(farm, host, decision)


def _refuse_undecided(farm: Farm, host: str) -> None:
    if farm.inventory.variable(host, LOCALNODE) is None:
        for _service, member in farm.served.get(host, ()):
            farm.findings.add("localnode-undecided", member.path, member.host)


def _want_fwmarks(farm: Farm, host: str, decision: str) -> None:
    for service, _member in farm.served.get(host, ()):
        if service.fwmark is None:
            farm.findings.add("localnode-needs-fwmark", service.path, None, decision=decision)


def _check_pool(farm: Farm, service: Service) -> None:
    seen: dict[tuple[str, int | None], str] = {}
    for member in service.members:
        port = service.port if member.port is None else member.port
        first = seen.setdefault((member.host, port), member.path)
        if first != member.path:
            farm.findings.add("realserver-twice", member.path, member.host, first=first)
        _check_reach(farm, service, member)


def _check_reach(farm: Farm, service: Service, member: Member) -> None:
    if farm.rip(service, member) is None and service.family is not None and farm.rips(member.host):
        words = {"family": service.family, "forwarding": member.forwarding}
        farm.findings.add("families-mixed", member.path, member.host, **words)


class _Pair(t.NamedTuple):
    """A realserver and a director that must be on one network."""

    realserver: str
    rip: Address
    director: str
    dip: Address
    forwarding: str


def _check_networks(farm: Farm) -> None:
    """dr rewrites the Ethernet address, and nat needs the director as the gateway: both want one network."""
    unknown: dict[str, _Pair] = {}
    pairs = list(_pairs(farm))
    for pair in pairs:
        if _is_beside(farm, pair):
            continue
        if not on_one_network(pair.rip, pair.dip):
            words = {"director": show_name(pair.director), "network": pair.dip.network or pair.dip.text}
            path = host_path(pair.realserver, RIP)
            farm.findings.add(f"{pair.forwarding}-off-network", path, pair.rip.text, **words)
        elif not _known_by_facts(farm, pair) and pair.rip.network is None and pair.dip.network is None:
            unknown.setdefault(pair.realserver, pair)
    _check_facts(farm, pairs)
    if unknown:
        pair = next(iter(unknown.values()))
        example = f"{pair.dip.text}/{24 if pair.dip.family == IPV4 else 64}"
        words = {"director": show_name(pair.director), "example": example}
        farm.findings.add("network-unchecked", f"groups.{REALSERVERS}", ", ".join(unknown), **words)


def _is_beside(farm: Farm, pair: _Pair) -> bool:
    """Whether it is in another network of the director, and whoever manages it sees to its gateway there."""
    networks = farm.inventory.networks(pair.director)
    return not farm.inventory.is_managed(pair.realserver) and any(contains(one, pair.rip.text) for one in networks)


def _pairs(farm: Farm) -> t.Iterator[_Pair]:
    reached = {
        (member.host, service.family or "", member.forwarding, service.directors)
        for service in farm.services
        for member in service.members
        if member.forwarding != TUN
    }
    lacking: dict[tuple[str, str], str] = {}
    for host, family, forwarding, directors in sorted(reached):
        rip = farm.rips(host).get(family)
        for director in directors:
            dips = farm.inventory.dips(director)
            if rip is None or not dips or host == director:
                continue
            if family in dips:
                yield _Pair(host, rip, director, dips[family], forwarding)
            else:
                lacking.setdefault((director, family), forwarding)
    for (director, family), forwarding in lacking.items():
        value = ", ".join(dip.text for dip in farm.inventory.dips(director).values())
        farm.findings.add("dip-of-family", host_path(director, DIP), value, family=family, forwarding=forwarding)


def _known_by_facts(farm: Farm, pair: _Pair) -> bool:
    own = ((pair.realserver, pair.rip), (pair.director, pair.dip))
    return any(farm.inventory.network_by_facts(host, address) is not None for host, address in own)


def _check_facts(farm: Farm, pairs: t.Iterable[_Pair]) -> None:
    """A host that says it is on another network; one warning a host, whatever it says and however many it concerns."""
    warned: set[str] = set()
    for pair in pairs:
        for host, own, peer, role, address in (
            (pair.realserver, pair.rip, pair.director, "director", pair.dip),
            (pair.director, pair.dip, pair.realserver, "realserver", pair.rip),
        ):
            network = farm.inventory.network_by_facts(host, own)
            if network is not None and host not in warned and not contains(network, address.text):
                warned.add(host)
                words = {"role": role, "peer": show_name(peer), "address": address.text}
                path = host_path(host, FACTS)
                farm.findings.add("network-by-facts", path, network, forwarding=pair.forwarding, **words)
