# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is legal but probably not meant, and what is worth knowing beforehand.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

from ...module_utils._model.address import IPV4
from ...module_utils._model.port_names import WELL_KNOWN
from ...module_utils._model.table import Tunnel, missing_fallback
from ...module_utils._model.tunnels import Unpacking
from ...module_utils._model.words import one_of, show_name
from .addresses import contains
from .checks import Farm
from .inventory import (
    CIP,
    CLIENTS,
    DIRECTOR_GATEWAY,
    PERSISTENT,
    SERVER_GATEWAY,
    SNAT_CLIENTS,
    host_path,
)
from .services import DR, NAT, TUN, Service

FTP = WELL_KNOWN["ftp"]

# Among realservers with a weight above 0 these take the next or the nearest, whatever the weight is.
_WEIGHTLESS = ("rr", "lc", "dh")
_COUNTING = ("lc", "wlc", "sed", "nq", "twos", "ovf", "lblc", "lblcr")
_ASKS_FOR_NAMES = frozenset(WELL_KNOWN[name] for name in ("ftp", "imap", "pop3", "smtp", "ssh", "submission", "telnet"))


def advise(farm: Farm) -> None:
    """Warnings and hints."""
    _advise_directors(farm)
    _advise_gateways(farm)
    _advise_clients(farm)
    for host in {*farm.directors, *farm.realservers}:
        if not farm.inventory.is_persistent(host):
            farm.findings.add("persistent-off", host_path(host, PERSISTENT), False)
    whole_vips = {vip for service in farm.services if service.port == 0 for vip in service.vips.values()}
    placed = {vip for service in farm.services if service.vip_interface for vip in service.vips.values()}
    for service in farm.services:
        _advise_scheduling(farm, service)
        _advise_ports(farm, service, not whole_vips.isdisjoint(service.vips.values()))
        for path, vip in service.vips.items():
            _advise_networks(farm, service, path, vip.text, settled=vip in placed)
        _advise_tunnels(farm, service)


def _advise_directors(farm: Farm) -> None:
    for host in farm.directors:
        services = farm.services_of(farm.set_of(host))
        methods = sorted({member.forwarding for service in services for member in service.members})
        for gateway in farm.inventory.director_gateways(host).values():
            if methods and NAT not in methods:
                path = host_path(host, DIRECTOR_GATEWAY)
                farm.findings.add("director-gateway-unused", path, gateway.text, methods=" and ".join(methods))


def _advise_gateways(farm: Farm) -> None:
    for host in farm.realservers:
        directors = farm.directors_of(host)
        dips = [dip for director in directors for dip in farm.inventory.dips(director).values()]
        methods, given = farm.methods(host), farm.inventory.server_gateways(host)
        path = host_path(host, SERVER_GATEWAY)
        for gateway in given.values() if DR in methods and host not in farm.directors else ():
            if gateway.family == IPV4 and not any(contains(network, gateway.text) for network in _networks(farm, host)):
                farm.findings.add("answers-by-another-network", path, gateway.text)
        if NAT not in methods or host in farm.directors:
            continue
        direct = " and ".join(method for method in methods if method != NAT)
        if direct and not given:
            farm.findings.add("nat-and-direct", path, None, methods=direct)
        if len(directors) > 1 and not given:
            farm.findings.add("nat-moving-dip-missing", path, None)
        for gateway in given.values() if len(directors) == 1 and not direct else ():
            dip = next((dip.text for dip in dips if dip.family == gateway.family), gateway.text)
            if gateway.text != dip:
                farm.findings.add("server-gateway-with-nat", path, gateway.text, dip=dip)


def _networks(farm: Farm, host: str) -> set[str]:
    """The networks on which directors send to a realserver of dr; of one that is not known, everywhere."""
    rips = (farm.rip(service, member) for service, member in farm.served[host] if member.forwarding == DR)
    return {rip.network or "0.0.0.0/0" for rip in rips if rip is not None and rip.family == IPV4}


def _nat_networks(farm: Farm, service: Service) -> set[str]:
    """Where replies to clients bypass the director, unless it masquerades them."""
    if all(SNAT_CLIENTS in farm.inventory.snat(host) for host in service.directors):
        return set()
    rips = (farm.rip(service, member) for member in service.members if member.forwarding == NAT)
    return {rip.network for rip in rips if rip is not None and rip.network is not None}


def _advise_clients(farm: Farm) -> None:
    networks = {network for service in farm.services for network in _nat_networks(farm, service)}
    for host in farm.inventory.members(CLIENTS):
        client = farm.inventory.client_address(host)
        if client is not None and any(contains(network, client.text) for network in networks):
            farm.findings.add("client-past-director", host_path(host, CIP), client.text)


def _advise_scheduling(farm: Farm, service: Service) -> None:
    weights = {member.weight for member in service.members}
    if weights == {0}:
        farm.findings.add("weights-zero", f"{service.path}.realservers", None)
    if service.scheduler in _WEIGHTLESS and len(weights - {0}) > 1:
        farm.findings.add("weights-ignored", f"{service.path}.scheduler", service.scheduler)
    if service.scheduler == "rr" and service.persistence:
        farm.findings.add("rr-with-persistence", f"{service.path}.persistence", service.persistence)
    idle = any(member.weight == 0 or member.upper_threshold for member in service.members)
    if idle and missing_fallback(service.scheduler, service.scheduler_flags):
        path = f"{service.path}.scheduler_flags"
        farm.findings.add("hash-without-fallback", path, list(service.scheduler_flags), scheduler=service.scheduler)
    if service.one_packet and service.scheduler in _COUNTING:
        farm.findings.add("one-packet-uncounted", f"{service.path}.scheduler", service.scheduler)
    joins = len(service.marked) > 1 or not all(one.single for one in service.marked)
    if joins and not service.persistence:
        farm.findings.add("marks-without-persistence", f"{service.path}.fwmark", service.fwmark)


def _advise_ports(farm: Farm, service: Service, joined: bool) -> None:
    """`joined`: another service takes every port of the same VIP."""
    if service.protocol != "tcp":
        return
    path = f"{service.path}.port"
    direct = sorted({member.forwarding for member in service.members if member.forwarding != NAT})
    if service.port == FTP and direct and not joined:
        farm.findings.add("ftp-data", path, service.port, forwarding=" and ".join(direct))
    if service.port in _ASKS_FOR_NAMES:
        farm.findings.add("name-lookup-delay", path, service.port)


def _advise_networks(farm: Farm, service: Service, path: str, vip: str, *, settled: bool) -> None:
    if any(contains(network, vip) for network in _nat_networks(farm, service)):
        farm.findings.add("nat-one-network", path, vip)
    for host in service.directors if not settled else ():
        networks = farm.inventory.networks(host)
        if networks and not any(contains(network, vip) for network in networks):
            farm.findings.add("vip-off-networks", path, vip, director=show_name(host))
        _advise_interface(farm, service, host, path, vip)


def _advise_interface(farm: Farm, service: Service, host: str, path: str, vip: str) -> None:
    """Where only nat has two networks, a VIP that is not on the known one would be on none."""
    known = [dip.network for dip in farm.inventory.dips(host).values() if dip.family == service.family and dip.network]
    if not known or any(contains(network, vip) for network in known):
        return
    named = farm.inventory.networks(host) or farm.inventory.variable(host, "director_vip_interface")
    if not named and not any(NAT in farm.methods(server) for server in farm.realservers):
        farm.findings.add("vip-beside-dip", path, vip, director=show_name(host), network=one_of(known))


def _advise_tunnels(farm: Farm, service: Service) -> None:
    """One hint a service, for the tunnel that leaves the least room, where clients are not told of it."""
    tunnels = []
    for member in service.members:
        rip = farm.rip(service, member) if member.forwarding == TUN else None
        told = service.family in farm.inventory.server_gateways(member.host)
        if rip is not None and service.family is not None and not told:
            tunnels.append(Unpacking.of(member.tunnel or Tunnel(), service.family, rip.family))
    if tunnels:
        tightest = min(tunnels, key=lambda tunnel: tunnel.mtu)
        path, overhead, mtu, mss = f"{service.path}.forwarding", tightest.overhead, tightest.mtu, tightest.mss
        farm.findings.add("tunnel-mtu", path, TUN, overhead=overhead, mtu=mtu, mss=mss)
