# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of one director: addresses, gateway, kernel modules, sysctls, firewall rules, and the table.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t

from ...module_utils._model import table as model_table
from ...module_utils._model.address import HOST_PREFIX, IPV4, IPV6, family_of
from .addresses import Address, number_order, on_one_network
from .advice import FTP
from .checks import Farm
from .engine import checks_slice, engine_of
from .failover import failover_slice
from .firewall import firewall, marks
from .inventory import BACKUP_ONLY, SNAT_CLIENTS
from .services import NAT, TUN, Member, Service

Slice = dict[str, t.Any]

# A connection whose realserver has left the table is forgotten at its next packet. Otherwise the kernel drops all its
# packets for minutes, and with them the first one of a client that calls again from the same port.
_SYSCTLS = {"net.ipv4.vs.expire_nodest_conn": "1"}
# A NAT director routes, and must not tell realservers of a shorter way past itself (HOWTO 4.2). The kernel takes the
# higher of `all` and the interface's own value, so all of them are named; `*` is every interface, as in sysctl.d(5).
_NAT_SYSCTLS = {
    IPV4: {
        "net.ipv4.conf.*.send_redirects": "0",
        "net.ipv4.conf.all.send_redirects": "0",
        "net.ipv4.conf.default.send_redirects": "0",
        "net.ipv4.ip_forward": "1",
    },
    IPV6: {"net.ipv6.conf.all.forwarding": "1"},
}
# Source NAT finds only connections of IPVS that are tracked.
_SNAT_SYSCTLS = {"net.ipv4.vs.conntrack": "1"}
_BACKUP_SYSCTLS = {"net.ipv4.vs.backup_only": "1"}


def sorted_texts(addresses: t.Iterable[Address]) -> list[str]:
    """The addresses as text, each once, IPv4 first and by number."""
    by_text = {address.text: address for address in addresses}
    return [address.text for address in sorted(by_text.values(), key=number_order)]


def keyed(services: t.Iterable[Service]) -> list[tuple[model_table.ServiceKey, Service]]:
    """The services in the order of the kernel table's schema."""
    pairs = [(service.key, service) for service in services]
    return sorted(((key, service) for key, service in pairs if key is not None), key=lambda item: item[0].order())


def virtual_table(farm: Farm, directors: tuple[str, ...]) -> list[model_table.Service]:
    """The table that every director of a set has."""
    return [_virtual_service(farm, key, service) for key, service in keyed(farm.services_of(directors))]


def director_slice(farm: Farm, host: str, table: list[model_table.Service]) -> Slice:
    """What this director must be."""
    directors = farm.set_of(host)
    services = farm.services_of(directors)
    vips = sorted_texts(vip for service in services for vip in service.vips.values())
    gateways = _gateways(farm, host)
    moving = _addresses(vips, "VIP") + _addresses(_moving_dips(farm, directors), "DIP")
    failover = failover_slice(farm, host, moving)
    return {
        "dips": sorted_texts(farm.inventory.dips(host).values()),
        "vips": vips,
        "interfaces": {
            vip.text: service.vip_interface
            for service in services
            for vip in service.vips.values()
            if service.vip_interface is not None
        },
        "addresses": [] if failover else moving,  # else what moves them has them
        "failover": failover,
        "neighbours": sorted_texts(_neighbours(services, farm, host)),
        "gateway": gateways[0]["address"] if gateways else None,
        "gateways": gateways,
        "kernel_modules": _kernel_modules(table),
        "sysctls": _sysctls(farm, host, services),
        "localnode": farm.inventory.localnode(host),
        "persistent": farm.inventory.is_persistent(host),
        "marks": marks(services),
        "firewall": firewall(farm, host),
        "services": [service.to_dict() for service in table],
        "engine": engine_of(farm, directors),
        "checks": checks_slice(farm, host),
        "probes": _probes(farm, host, services),
    }


def _probes(farm: Farm, host: str, services: list[Service]) -> list[Slice]:
    """What this director can ask realservers of nat that nobody logs in to; from a VIP they need the gateway."""
    dips = farm.inventory.dips(host)
    found: dict[tuple[str, int], Slice] = {}
    for service in services:
        for member in service.members:
            rip, port = farm.rip(service, member), member.port or service.port
            asked = member.forwarding == NAT and member.host != host and not farm.inventory.is_managed(member.host)
            if asked and rip is not None and port and service.protocol in (None, "tcp"):
                vip = next(iter(service.vips.values()), None)
                near = vip is None or on_one_network(rip, vip)
                probe = {"name": member.host, "address": rip.text, "port": port}
                probe.update({} if near or vip is None else {"source": vip.text})
                probe.update({"gateway": dips[rip.family].text} if rip.family in dips else {})
                found.setdefault((rip.text, port), probe)
    return [found[key] for key in sorted(found)]


def _neighbours(services: list[Service], farm: Farm, host: str) -> list[Address]:
    """The realservers on its own network, which it must talk to from its DIP (HOWTO 3.14.1)."""
    pairs = [(service, member) for service in services for member in service.members]
    near = [farm.rip(service, member) for service, member in pairs if member.forwarding != TUN and member.host != host]
    return [rip for rip in near if rip is not None]


def _addresses(texts: list[str], role: str) -> list[Slice]:
    """Secondary addresses of one host each, so that another director can take them over (HOWTO 2)."""
    families = [(text, family_of(text)) for text in texts]
    return [
        {"address": text, "prefix": HOST_PREFIX[family], "family": family, "role": role} for text, family in families
    ]


def _nat_hosts(farm: Farm, directors: tuple[str, ...]) -> list[str]:
    served = {member.host for one in farm.services_of(directors) for member in one.members if member.forwarding == NAT}
    return sorted(served.difference(farm.directors))


def _moving_dips(farm: Farm, directors: tuple[str, ...]) -> list[str]:
    """With several directors, the address that realservers served with nat have as their gateway moves between them."""
    if len(directors) == 1:
        return []
    hosts = [host for host in _nat_hosts(farm, directors) if farm.methods(host) == [NAT]]
    dips = {dip.text for director in farm.directors for dip in farm.inventory.dips(director).values()}
    moving = {gateway for host in hosts for gateway in farm.inventory.server_gateways(host).values()}
    return [text for text in sorted_texts(moving) if text not in dips]


def _gateways(farm: Farm, host: str) -> list[Slice]:
    """Only with nat do packets for clients leave through the director."""
    if not _nat_hosts(farm, farm.set_of(host)):
        return []
    why = "nat: replies leave through the director's own gateway (HOWTO 4.1)"
    given = farm.inventory.director_gateways(host).values()
    return [{"address": gateway.text, "family": gateway.family, "why": why} for gateway in given]


def _kernel_modules(table: list[model_table.Service]) -> list[str]:
    needed = {name for service in table for name in service.kernel_modules}
    ftp = {"ip_vs_ftp" for service in table if service.key.port == FTP and _has_nat(service)}
    return sorted({"ip_vs"} | needed | ftp)


def _has_nat(service: model_table.Service) -> bool:
    return service.key.protocol == "tcp" and any(one.forwarding == NAT for one in service.realservers)


def _sysctls(farm: Farm, host: str, services: list[Service]) -> dict[str, str]:
    families = {service.family for service in services for member in service.members if member.forwarding == NAT}
    settings = dict(_SYSCTLS)
    for family in families:
        settings.update(_NAT_SYSCTLS[family] if family else {})
    if SNAT_CLIENTS in farm.inventory.snat(host):
        settings.update(_SNAT_SYSCTLS)
    if farm.inventory.localnode(host) == BACKUP_ONLY:
        settings.update(_BACKUP_SYSCTLS)
    return dict(sorted(settings.items()))


def _virtual_service(farm: Farm, key: model_table.ServiceKey, service: Service) -> model_table.Service:
    destinations = (_destination(farm, service, member) for member in service.members)
    return model_table.Service(
        key=key,
        scheduler=service.scheduler,
        scheduler_flags=service.scheduler_flags,
        persistence=service.persistence,
        persistence_netmask=service.persistence_netmask,
        persistence_engine=service.persistence_engine,
        one_packet=service.one_packet,
        realservers=model_table.sort_realservers(one for one in destinations if one is not None),
    )


def _destination(farm: Farm, service: Service, member: Member) -> model_table.Realserver | None:
    rip = farm.rip(service, member)
    if rip is None:
        return None
    return model_table.Realserver(
        rip=rip.text,
        port=(service.port or 0) if member.port is None else member.port,
        forwarding=member.forwarding,
        weight=member.weight,
        upper_threshold=member.upper_threshold,
        lower_threshold=member.lower_threshold,
        tunnel=(member.tunnel or model_table.Tunnel()) if member.forwarding == TUN else None,
    )
