# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what every director and every realserver must be, worked out from the inventory alone.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same inventory gives the same plan on every controller, whatever the order it is written in.
"""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils import _model
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_addresses import (
    IPV4,
    IPV6,
    Address,
    number_order,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_checks import (
    Farm,
    check_farm,
    rip_of,
    service_key,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_findings import Findings
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_inventory import CLIENTS, Inventory
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_ports import no_lookup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_services import (
    DR,
    NAT,
    TUN,
    Member,
    Service,
    read_services,
)

# The roles carry out these; the plan itself knows all of _model.FORWARDINGS.
METHODS = (DR,)

# A NAT director routes, and must not tell realservers of a shorter way past itself (HOWTO 4.2).
_NAT_SYSCTLS = {
    IPV4: {
        "net.ipv4.conf.all.send_redirects": "0",
        "net.ipv4.conf.default.send_redirects": "0",
        "net.ipv4.ip_forward": "1",
    },
    IPV6: {"net.ipv6.conf.all.forwarding": "1"},
}

Slice = dict[str, t.Any]


def make_plan(
    services: object,
    groups: object,
    hostvars: object,
    lookup: _model.PortLookup = no_lookup,
    methods: t.Sequence[str] = METHODS,
) -> Slice:
    """Findings and, when none of them is an error, what each host must be."""
    findings = Findings()
    inventory = Inventory(groups, hostvars, findings)
    farm = Farm(inventory, read_services(services, inventory, lookup, findings), findings)
    check_farm(farm, methods)
    planned = {} if findings.refused else _hosts(farm)
    return {
        "findings": [finding.as_dict() for finding in findings.sorted()],
        "hosts": planned,
        "clients": {host: _text(inventory.client_address(host)) for host in inventory.members(CLIENTS)},
        "names": {key.label: service.name for key, service in _keyed(farm) if service.name} if planned else {},
    }


def _text(address: Address | None) -> str | None:
    return None if address is None else address.text


def _sorted_texts(addresses: t.Iterable[Address]) -> list[str]:
    return [address.text for address in sorted(set(addresses), key=number_order)]


def _keyed(farm: Farm) -> list[tuple[_model.ServiceKey, Service]]:
    """The services in the order of the kernel table's schema."""
    keyed = [(service_key(service), service) for service in farm.services]
    return sorted(((key, service) for key, service in keyed if key is not None), key=lambda item: item[0].order())


def _hosts(farm: Farm) -> dict[str, Slice]:
    hosts: dict[str, Slice] = {}
    for host in farm.directors:
        hosts.setdefault(host, {})["director"] = _director(farm, host)
    for host, served in _served(farm).items():
        hosts.setdefault(host, {})["realserver"] = _realserver(farm, host, served)
    return dict(sorted(hosts.items()))


def _director(farm: Farm, host: str) -> Slice:
    table = [_virtual_service(farm, key, service) for key, service in _keyed(farm)]
    return {
        "dips": _sorted_texts(farm.inventory.dips(host).values()),
        "vips": _sorted_texts(service.vip for service in farm.services if service.vip is not None),
        "kernel_modules": _kernel_modules(table),
        "sysctls": _sysctls(farm),
        "services": [service.to_dict() for service in table],
    }


def _kernel_modules(table: list[_model.Service]) -> list[str]:
    schedulers = {f"ip_vs_{service.scheduler}" for service in table}
    engines = {f"ip_vs_pe_{service.persistence_engine}" for service in table if service.persistence_engine}
    return sorted({"ip_vs"} | schedulers | engines)


def _sysctls(farm: Farm) -> dict[str, str]:
    families = {service.family for service in farm.services for member in service.members if member.forwarding == NAT}
    settings = {name: value for family in families if family for name, value in _NAT_SYSCTLS[family].items()}
    return dict(sorted(settings.items()))


def _virtual_service(farm: Farm, key: _model.ServiceKey, service: Service) -> _model.Service:
    destinations = (_destination(farm, service, member) for member in service.members)
    return _model.Service(
        key=key,
        scheduler=service.scheduler,
        scheduler_flags=service.scheduler_flags,
        persistence=service.persistence,
        persistence_netmask=service.persistence_netmask,
        persistence_engine=service.persistence_engine,
        one_packet=service.one_packet,
        realservers=_model.sort_realservers(one for one in destinations if one is not None),
    )


def _destination(farm: Farm, service: Service, member: Member) -> _model.Realserver | None:
    rip = rip_of(farm.inventory, service, member)
    if rip is None:
        return None
    return _model.Realserver(
        rip=rip.text,
        port=(service.port or 0) if member.port is None else member.port,
        forwarding=member.forwarding,
        weight=member.weight,
        upper_threshold=member.upper_threshold,
        lower_threshold=member.lower_threshold,
        tunnel=(member.tunnel or _model.Tunnel()) if member.forwarding == TUN else None,
    )


def _served(farm: Farm) -> dict[str, list[tuple[Service, str]]]:
    """What each realserver serves, and by which forwarding."""
    served: dict[str, list[tuple[Service, str]]] = {}
    for service in farm.services:
        for member in service.members:
            served.setdefault(member.host, []).append((service, member.forwarding))
    return served


def _realserver(farm: Farm, host: str, served: list[tuple[Service, str]]) -> Slice:
    # By nat the realserver never sees the VIP; by dr and tun the packets still carry it.
    direct = [service for service, forwarding in served if forwarding != NAT]
    vips = _sorted_texts(service.vip for service in direct if service.vip is not None)
    methods = sorted({forwarding for _service, forwarding in served})
    return {
        "rips": _sorted_texts(farm.inventory.rips(host).values()),
        "vips": vips,
        "arp_hide": bool(vips),
        "forwarding": methods,
        "checks": _checks(direct),
        "gateway": _gateway(farm, host, methods),
    }


def _checks(services: list[Service]) -> list[Slice]:
    """Where the services must answer on the realserver itself."""
    keys = {key for key in map(service_key, services) if key is not None and key.vip is not None and key.port}
    return [
        {"vip": key.vip, "protocol": key.protocol, "port": key.port}
        for key in sorted(keys, key=lambda key: key.order())
    ]


def _gateway(farm: Farm, host: str, methods: list[str]) -> str | None:
    """By nat the director, by dr and tun the router (HOWTO 3.11); None when the inventory does not say."""
    if NAT not in methods:
        return _text(farm.inventory.gateway(host))
    dips = [dip for director in farm.directors for dip in farm.inventory.dips(director).values()]
    return _sorted_texts(dips)[0] if len(farm.directors) == 1 else None
