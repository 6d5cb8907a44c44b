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

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import ServiceKey
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_addresses import Address, on_one_network
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_findings import Findings, one_of, show_name
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_inventory import (
    CLIENTS,
    DIRECTORS,
    REALSERVERS,
    RIP,
    SERVER_GATEWAY,
    Inventory,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_services import DR, NAT, TUN, Member, Service


@dataclass(frozen=True)
class Farm:
    """Everything the inventory says, read."""

    inventory: Inventory
    services: list[Service]
    findings: Findings
    directors: tuple[str, ...] = field(init=False)
    realservers: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        pooled = {member.host for service in self.services for member in service.members}
        object.__setattr__(self, "directors", self.inventory.members(DIRECTORS))
        object.__setattr__(self, "realservers", tuple(sorted(pooled)))


def check_farm(farm: Farm, methods: t.Sequence[str]) -> None:
    """Everything that needs more than one item to be seen."""
    _check_groups(farm)
    _check_addresses(farm)
    _check_gateways(farm)
    _check_services(farm)
    for service in farm.services:
        _check_methods(service, methods, farm.findings)
        _check_pool(farm, service)


def _check_groups(farm: Farm) -> None:
    inventory, findings = farm.inventory, farm.findings
    if not farm.directors:
        written = inventory.groups.get(DIRECTORS)
        what = "names a director" if written is None else "is a group without a host"
        value = None if written is None else DIRECTORS
        findings.error("groups.directors", value, what, "Put at least one host into the group directors.")
    inside = {*farm.directors, *farm.realservers, *inventory.members(REALSERVERS)}
    for host in sorted(inside.intersection(inventory.members(CLIENTS))):
        findings.error(
            "groups.clients",
            host,
            "is a director or a realserver too, and no machine of the LVS can be its client",
            "Take it out of the group clients; use a machine outside the LVS.",
            "2.2",
        )
    for host in sorted({*farm.directors, *farm.realservers}):
        inventory.check_name(host)
    _check_pool_groups(farm)


def _check_pool_groups(farm: Farm) -> None:
    """The plays run on the group realservers: who is in a pool but not there would never be set up."""
    group = set(farm.inventory.members(REALSERVERS))
    for host in sorted(set(farm.realservers) - group):
        farm.findings.error(
            "groups.realservers",
            host,
            "is in the pool of a service but not in this group, so nothing would set it up",
            "Put the host, or the group it is in, under realservers.",
        )
    # A pool that could not be read says nothing about who is not in it.
    unused = set() if farm.findings.refused else group - set(farm.realservers)
    for host in sorted(unused):
        farm.findings.warning(
            "groups.realservers", host, "is in the pool of no service", "Add it to a pool or take it out of the group."
        )


def _check_addresses(farm: Farm) -> None:
    """Every address belongs to one machine, and a VIP to none of them."""
    owners: dict[str, tuple[str, str]] = {}
    for host, role, address in _machines(farm):
        owner, owned_as = owners.setdefault(address.text, (host, role))
        if owner != host:
            farm.findings.error(
                f"hostvars[{show_name(host)}]",
                address.text,
                f"is the {role} of {show_name(host)} and the {owned_as} of {show_name(owner)}",
                "Give each machine an address of its own.",
            )
    for host in farm.realservers:
        gateway = farm.inventory.gateway(host)
        if gateway is not None:
            owners.setdefault(gateway.text, (host, "server gateway"))
    for service in farm.services:
        if service.vip is not None and service.vip.text in owners:
            owner, role = owners[service.vip.text]
            farm.findings.error(
                f"{service.path}.vip",
                service.vip.text,
                f"is the {role} of {show_name(owner)} too",
                "Give the service an address that no machine has as its own.",
                "3.14.1",
            )


def _machines(farm: Farm) -> t.Iterator[tuple[str, str, Address]]:
    for host in farm.directors:
        for address in farm.inventory.dips(host).values():
            yield host, "DIP", address
    for host in farm.realservers:
        for address in farm.inventory.rips(host).values():
            yield host, "RIP", address
    for host in farm.inventory.members(CLIENTS):
        client = farm.inventory.client_address(host)
        if client is not None:
            yield host, "address", client


def _check_gateways(farm: Farm) -> None:
    """By dr and tun a realserver answers clients through a router, which the director is not."""
    dips = {address.text: host for host in farm.directors for address in farm.inventory.dips(host).values()}
    methods = {(member.host, member.forwarding) for service in farm.services for member in service.members}
    for host in sorted({host for host, forwarding in methods if forwarding != NAT}):
        gateway = farm.inventory.gateway(host)
        if gateway is None:
            continue
        path = f"hostvars[{show_name(host)}].{SERVER_GATEWAY}"
        if gateway.text in dips:
            what = f"is the director {show_name(dips[gateway.text])}, which drops the replies of forwarding dr and tun"
            farm.findings.error(path, gateway.text, what, "Name a router that is not the director.", "3.11")
        rip = farm.inventory.rips(host).get(gateway.family)
        if rip is not None and not on_one_network(rip, gateway):
            what = f"is not on the network of the realserver, {rip.network or rip.text}"
            farm.findings.error(path, gateway.text, what, "Name a router that the realserver reaches directly.", "3.11")


def service_key(service: Service) -> ServiceKey | None:
    """What tells the service from others; None when too little of it could be read."""
    if service.fwmark is not None:
        return ServiceKey(service.family or "", None, None, 0, service.fwmark)
    if service.vip is None or service.port is None:
        return None
    return ServiceKey(service.vip.family, service.protocol, service.vip.text, service.port, None)


def _check_services(farm: Farm) -> None:
    seen: dict[object, str] = {}
    for service in farm.services:
        key = service_key(service)
        first = seen.setdefault(key, service.path) if key is not None else service.path
        if key is not None and first != service.path:
            farm.findings.error(
                service.path, key.label, f"is {first} already", "Make one service of the two, or change its port."
            )
        named = seen.setdefault(service.name, service.path) if service.name is not None else service.path
        if named != service.path:
            farm.findings.error(f"{service.path}.name", service.name, f"is the name of {named} already", "Rename one.")


def _check_methods(service: Service, methods: t.Sequence[str], findings: Findings) -> None:
    for path, forwarding in ((service.path, service.forwarding), *((m.path, m.forwarding) for m in service.members)):
        if forwarding not in methods and (path == service.path or forwarding != service.forwarding):
            findings.error(
                f"{path}.forwarding",
                forwarding,
                "is a method that this release does not set up on the machines yet",
                f"Use {one_of(methods)}.",
                "3.11",
            )


def _check_pool(farm: Farm, service: Service) -> None:
    seen: dict[tuple[str, int | None], str] = {}
    for member in service.members:
        if member.host in farm.directors:
            _refuse_localnode(member, farm.findings)
        _check_port(service, member, farm.findings)
        port = service.port if member.port is None else member.port
        first = seen.setdefault((member.host, port), member.path)
        if first != member.path:
            farm.findings.error(
                member.path, member.host, f"is listed twice: {first} is the same realserver", "Remove one of the two."
            )
        _check_reach(farm, service, member)


def _refuse_localnode(member: Member, findings: Findings) -> None:
    findings.error(
        member.path,
        member.host,
        "is a director and in the pool of its own service",
        "Take it out of the pool. A director that serves, too, needs a decision (localnode or a two box LVS) that "
        "this release cannot carry out; a later one will take it as localnode: true on this entry.",
        "6.3",
    )


def _check_port(service: Service, member: Member, findings: Findings) -> None:
    if member.port is None or service.port is None or member.forwarding == NAT or member.port == service.port:
        return
    findings.error(
        f"{member.path}.port",
        member.port,
        f"is not the port of the service, {service.port}, and forwarding {member.forwarding} cannot change a port",
        "Remove port and let the realserver listen on the port of the service, or use forwarding nat.",
        "3.11",
    )


def rip_of(inventory: Inventory, service: Service, member: Member) -> Address | None:
    """The address to which the director forwards: of the family of the service, but tun crosses families."""
    rips = inventory.rips(member.host)
    rip = rips.get(service.family or "")
    return next(iter(rips.values()), None) if rip is None and member.forwarding == TUN else rip


def _check_reach(farm: Farm, service: Service, member: Member) -> None:
    rip = rip_of(farm.inventory, service, member)
    if rip is None:
        if service.family is not None and farm.inventory.rips(member.host):
            farm.findings.error(
                member.path,
                member.host,
                f"has no {service.family} address, and forwarding {member.forwarding} cannot cross families",
                f"Add one to {RIP} of the host, or use forwarding tun.",
            )
        return
    if member.forwarding != TUN:
        _check_network(farm, member, rip)


def _check_network(farm: Farm, member: Member, rip: Address) -> None:
    """dr rewrites the Ethernet address, and nat needs the director as the gateway: both want one network."""
    why = "as forwarding dr needs" if member.forwarding == DR else "so the director cannot be its gateway"
    for director in farm.directors:
        dip = farm.inventory.dips(director).get(rip.family)
        if dip is not None and not on_one_network(rip, dip):
            farm.findings.error(
                f"hostvars[{show_name(member.host)}].{RIP}",
                rip.text,
                f"is not on the network of the director {show_name(director)} ({dip.network or dip.text}), {why}",
                "Put both on one network, or use forwarding tun.",
                "3.11",
            )
