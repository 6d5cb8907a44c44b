# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of one realserver: addresses, ARP, gateway, tunnels, and where its services must answer.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t

from ...module_utils._model import table
from ...module_utils._model.address import FAMILIES, HOST_PREFIX, IPV4, family_of
from ...module_utils._model.tunnels import Unpacking
from .addresses import ELSEWHERE, Address, number_order, parse_address
from .checks import Farm
from .director import sorted_texts
from .inventory import CLIENTS
from .services import (
    DR,
    NAT,
    TUN,
    Member,
    Service,
)
from .systems import LINUX, SYSTEMS

Slice = dict[str, t.Any]
Served = list[tuple[Service, Member]]


def realserver_slice(farm: Farm, host: str) -> Slice:
    """What this realserver must be."""
    served = farm.served[host]
    system = farm.inventory.system(host)
    # With nat the realserver never sees the VIP; by dr and tun the packets still carry it. A director has it anyway.
    direct = [] if host in farm.directors else [pair for pair in served if pair[1].forwarding != NAT]
    vips = sorted_texts(vip for service, _member in direct for vip in service.vips.values())
    unpacking = _unpacking(farm, direct) if system == LINUX else {}
    addresses = _addresses(farm, host, system, vips, unpacking)
    gateways = _gateways(farm, host)
    tunnels = sorted({tunnel for kinds in unpacking.values() for tunnel in kinds})
    return {
        "system": system,
        "managed": farm.inventory.is_managed(host),
        "persistent": farm.inventory.is_persistent(host),
        "rips": sorted_texts(farm.rips(host).values()),
        "vips": vips,
        "addresses": addresses,
        "arp_hide": bool(vips),
        "directors": _dr_directors(farm, direct),
        "forwarding": farm.methods(host),
        "tunnels": [tunnel._asdict() for tunnel in tunnels],
        "kernel_modules": sorted({module for tunnel in tunnels for module in tunnel.kernel_modules}),
        "sysctls": _sysctls(addresses, tunnels),
        "gateway": gateways[0]["address"] if gateways else None,
        "gateways": gateways,
        "routes": _routes(farm, host, vips, unpacking) if system == LINUX else [],
        "checks": _checks(farm, host, served),
        "arrivals": _arrivals(farm, host, direct) if system == LINUX else [],
    }


def _unpacking(farm: Farm, direct: Served) -> dict[str, list[Unpacking]]:
    """The tunnels in which each VIP's packets come; those of a service without a VIP under the empty name."""
    unpacking: dict[str, set[Unpacking]] = {}
    for service, member in direct:
        rip = farm.rip(service, member) if member.forwarding == TUN else None
        if rip is not None and service.family is not None:
            kind = Unpacking.of(member.tunnel or table.Tunnel(), service.family, rip.family)
            for vip in [vip.text for vip in service.vips.values()] or [""]:
                unpacking.setdefault(vip, set()).add(kind)
    return {vip: sorted(kinds) for vip, kinds in unpacking.items()}


def _dr_directors(farm: Farm, direct: Served) -> list[str]:
    """The DIPs of the directors that forward to it by dr: they must be its neighbours."""
    reached = {(service.family, host) for service, one in direct if one.forwarding == DR for host in service.directors}
    dips = (farm.inventory.dips(host).get(family or "") for family, host in reached)
    return sorted_texts(dip for dip in dips if dip is not None)


def _addresses(
    farm: Farm, host: str, system: str, vips: list[str], unpacking: dict[str, list[Unpacking]]
) -> list[Slice]:
    """An IPv4 VIP that comes through a tunnel sits on its device, or reverse path filtering drops the packets."""
    wanted = farm.inventory.vip_device(host, system) if vips else None
    placed = []
    for vip in vips:
        family = family_of(vip)
        tunnels = unpacking.get(vip, []) if family == IPV4 else []
        chosen = wanted or (tunnels[0].interface if tunnels else SYSTEMS[system].loopback)
        placed.append({"address": vip, "prefix": HOST_PREFIX[family], "family": family, "interface": chosen})
    return placed


def _sysctls(addresses: list[Slice], tunnels: list[Unpacking]) -> dict[str, str]:
    """What lets the unpacked packets of IPv4 pass; IPv6 has no reverse path filtering."""
    holding = {one["interface"] for one in addresses if one["family"] == IPV4}
    settings = {}
    for device in sorted({tunnel.interface for tunnel in tunnels if tunnel.inner == IPV4}):
        # Loose mode passes only on a device with an address; the kernel takes the higher of this and `all`.
        settings[f"net.ipv4.conf.{device}.rp_filter"] = "2" if device in holding else "0"
        if device not in holding:
            settings["net.ipv4.conf.all.rp_filter"] = "0"
    return dict(sorted(settings.items()))


def _gateways(farm: Farm, host: str) -> list[Slice]:
    """With nat the director, by dr and tun the router (HOWTO 3.11); nothing when the inventory does not say."""
    if host in farm.directors:
        return []
    by_nat, direct = _nat_families(farm, host), [method for method in farm.methods(host) if method != NAT]
    routers = farm.inventory.server_gateways(host)
    why = f"{' and '.join(direct)}: replies go to clients past the director (HOWTO 3.11)"
    past = [_gateway(router, why) for family, router in routers.items() if direct and family not in by_nat]
    why = "nat: replies must pass the director (HOWTO 3.11)"
    through = [_gateway(gateway, why) for gateway in _ways_back(farm, host, by_nat)]
    return sorted(past + through, key=lambda gateway: FAMILIES.index(gateway["family"]))


def _nat_families(farm: Farm, host: str) -> set[str | None]:
    """A host has a way out for each family, so that dr in one and nat in the other do not meet."""
    return {service.family for service, member in farm.served[host] if member.forwarding == NAT}


def _gateway(address: Address, why: str) -> Slice:
    return {"address": address.text, "family": address.family, "why": why}


def _ways_back(farm: Farm, host: str, families: set[str | None]) -> list[Address]:
    """The only director's DIP, or the address that moves between several; one for each family served with nat."""
    directors = farm.directors_of(host)
    if len(directors) == 1:
        ways = farm.inventory.dips(directors[0])
    else:
        # The server gateway of a realserver that is served by dr or tun as well is the router.
        ways = farm.inventory.server_gateways(host) if farm.methods(host) == [NAT] else {}
    return [way for family, way in ways.items() if family in families]


def _routes(farm: Farm, host: str, vips: list[str], unpacking: dict[str, list[Unpacking]]) -> list[Slice]:
    """What has a VIP as its source goes through the router, where the gateway is another or a tunnel is tight."""
    routers = farm.inventory.server_gateways(host)
    by_nat = _nat_families(farm, host)
    mixed = {vip for vip in vips if family_of(vip) in by_nat}
    return [
        {
            "source": vip,
            "gateway": routers[family_of(vip)].text,
            "mss": min((tunnel.mss for tunnel in unpacking.get(vip, ())), default=0),
        }
        for vip in vips
        if (vip in mixed or vip in unpacking) and family_of(vip) in routers
    ]


def _checks(farm: Farm, host: str, served: Served) -> list[Slice]:
    """Where the services must answer on the realserver itself: on the RIP with nat, otherwise on the VIP."""
    found: set[tuple[str, int, str]] = set()
    for service, member in served:
        rip = farm.rip(service, member)
        # A director takes its VIP last, so there is nothing to ask before.
        if host in farm.directors and member.forwarding != NAT:
            continue
        for address in (rip,) if member.forwarding == NAT else service.vips.values():
            if address is not None and service.port:
                found.add((address.text, member.port or service.port, service.protocol or "tcp"))
            if address is not None:  # in a range, such as that of passive FTP, nothing needs to listen yet
                found.update((address.text, one.first, one.protocol) for one in service.marked if one.single)
    return [
        {"address": address, "port": port, "protocol": protocol} for address, port, protocol in sorted(found, key=_by)
    ]


def _arrivals(farm: Farm, host: str, direct: Served) -> list[Slice]:
    """Packets of clients as a director of dr sends them on, to the interface of the RIP. Whether reverse path filtering
    takes them there is for the kernel to say; IPv6 has none.
    """
    clients = _clients(farm, host)
    served = [(service, farm.rip(service, member)) for service, member in direct if clients and member.forwarding == DR]
    arriving = sorted({(vip.text, rip.text) for service, rip in served if rip for vip in service.vips.values()})
    return [
        {"to": vip, "source": client, "arrives": rip}
        for vip, rip in arriving
        for client in clients
        if family_of(vip) == IPV4
    ]


def _clients(farm: Farm, host: str) -> list[str]:
    """Clients of IPv4 that the inventory names. Without any, one behind the router, if there is one."""
    known = [farm.inventory.client_address(client) for client in farm.inventory.members(CLIENTS)]
    named = [one.text for one in known if one is not None and one.family == IPV4]
    return named or ([ELSEWHERE[IPV4]] if IPV4 in farm.inventory.server_gateways(host) else [])


def _by(check: tuple[str, int, str]) -> tuple[object, ...]:
    address = parse_address(check[0])
    return (number_order(address) if address else (), check[1], check[2])
