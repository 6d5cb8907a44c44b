# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a director's firewall has to do with the LVS: the marks of services by fwmark, and source NAT where asked.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t

from ...module_utils._model.address import family_of
from ...module_utils._model.words import show_name
from .checks import Farm
from .inventory import (
    LOCALNODE,
    MARKS,
    MARKS_MANAGED,
    RIP,
    SNAT,
    SNAT_CLIENTS,
    SNAT_REALSERVERS,
    SOURCE_MAC,
    host_path,
)
from .services import NAT, Member, Ports, Service

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

Slice = dict[str, t.Any]


def marks(services: list[Service]) -> list[Slice]:
    """Which packets must get which mark, where the inventory says it, whoever gives it to them."""
    found = [
        {
            "fwmark": service.fwmark,
            "vip": vip.text,
            "ports": [_ports(one) for one in service.marked],
        }
        for service in services
        for vip in service.vips.values()
        if service.fwmark is not None
    ]
    return sorted(found, key=lambda mark: (family_of(mark["vip"]), mark["fwmark"]))  # and as they are listed


def _ports(one: Ports) -> Slice:
    return {"protocol": one.protocol, "port": one.first, **({} if one.single else {"last": one.last})}


def firewall(farm: Farm, host: str) -> Slice:
    """The rules that this director is asked for: its marks, and whose connections get its own address."""
    services = farm.services_of(farm.set_of(host))
    asked = {"marks": marks(services) if farm.inventory.marks(host) == MARKS_MANAGED else [], "snat": _snat(farm, host)}
    return {kind: rules for kind, rules in asked.items() if rules}


def _snat(farm: Farm, host: str) -> list[Slice]:
    asked = farm.inventory.snat(host)
    found = set()
    for service, member in _by_nat(farm, host):
        rip = farm.rip(service, member)
        if rip is not None and SNAT_REALSERVERS in asked:
            found.add((rip.text, "", ""))
        if rip is not None and rip.network and SNAT_CLIENTS in asked:
            found.update((rip.network, rip.text, vip.text) for vip in service.vips.values())
    return [
        {"source": source, **({"destination": rip, "vip": vip} if vip else {})} for source, rip, vip in sorted(found)
    ]


def _by_nat(farm: Farm, host: str) -> Iterator[tuple[Service, Member]]:
    """Realservers whose replies pass the director."""
    for service in farm.services_of(farm.set_of(host)):
        for member in service.members:
            if member.forwarding == NAT and member.host not in farm.directors:
                yield service, member


def check_firewall(farm: Farm) -> None:
    """What is asked of the directors' firewalls must be possible, and somebody must set the marks."""
    _check_overlap(farm)
    for host in farm.directors:
        _check_marks(farm, host)
        _check_snat(farm, host)


def _check_overlap(farm: Farm) -> None:
    """A packet has one mark."""
    claimed: dict[str, list[tuple[tuple[Ports, ...], str]]] = {}
    for service in farm.services:
        for vip in service.vips.values() if service.fwmark is not None else ():
            packets, known = service.marked, claimed.setdefault(vip.text, [])
            first = next((path for other, path in known if _meet(packets, other)), None)
            if first is not None:
                path = f"{service.path}.fwmark"
                farm.findings.add("marks-overlap", path, service.fwmark, vip=vip.text, first=first)
            known.append((packets, service.path))


def _meet(some: tuple[Ports, ...], others: tuple[Ports, ...]) -> bool:
    """Whether a packet can be of both. Without ports it is every packet to the VIP."""
    return not some or not others or any(one.meets(other) for one in some for other in others)


def _check_marks(farm: Farm, host: str) -> None:
    decision, path = farm.inventory.marks(host), host_path(host, MARKS)
    for service in farm.services_of(farm.set_of(host)):
        if service.fwmark is None:
            continue
        if decision == MARKS_MANAGED and not service.vips:
            farm.findings.add("marks-without-vip", f"{service.path}.fwmark", service.fwmark, director=show_name(host))
        elif decision is None and farm.inventory.variable(host, MARKS) is None:
            words = {"packets": _packets(service), "director": show_name(host)}
            farm.findings.add("marks-undecided", f"{service.path}.fwmark", service.fwmark, **words)
    if decision == MARKS_MANAGED and farm.inventory.localnode(host) == SOURCE_MAC:
        farm.findings.add("marks-by-mac", path, decision, variable=LOCALNODE)


def _packets(service: Service) -> str:
    """In words, which packets need the mark."""
    if not service.vips:
        return "the packets of its clients"
    ports, vips = ", ".join(map(str, service.marked)), ", ".join(vip.text for vip in service.vips.values())
    return f"packets to {vips}{f' ({ports})' if ports else ''}"


def _check_snat(farm: Farm, host: str) -> None:
    asked, path = farm.inventory.snat(host), host_path(host, SNAT)
    if asked and not list(_by_nat(farm, host)):
        farm.findings.add("director-snat-unused", path, ", ".join(asked))
    if SNAT_CLIENTS not in asked:
        return
    for service, member in _by_nat(farm, host):
        rip = farm.rip(service, member)
        if rip is not None and not rip.network:
            farm.findings.add("snat-without-network", host_path(member.host, RIP), rip.text, example=f"{rip.text}/24")
        if not service.vips:
            farm.findings.add("snat-without-vip", f"{service.path}.fwmark", service.fwmark)
