# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what every director and every realserver must be, worked out from the inventory alone.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same inventory gives the same plan on every controller, whatever the order it is written in.
"""

from __future__ import annotations

import typing as t

from ...module_utils._model.port_names import PortLookup, no_lookup
from .._rules.findings import Findings
from .addresses import contains, network_order
from .advice import advise
from .checks import Farm, check_farm
from .claims import claims
from .director import director_slice, keyed, virtual_table
from .engine import check_engines
from .failover import check_failover
from .firewall import check_firewall
from .inventory import CLIENTS, REALSERVERS, Inventory, as_it_is
from .order import order
from .realserver import realserver_slice
from .services import read_services
from .variables import check_seen, check_variables

Slice = dict[str, t.Any]


def make_plan(
    services: object,
    groups: object,
    hostvars: object,
    lookup: PortLookup = no_lookup,
    plain: t.Callable[[object], object] = as_it_is,
) -> Slice:
    """Findings and, when none of them is an error, what each host must be. `plain` opens what is in a vault."""
    findings = Findings()
    inventory = Inventory(groups, hostvars, findings, plain)
    inventory.read_names()
    name = inventory.lvs_name()
    given = plain(services)
    readable = inventory.check_services(given) and check_seen(inventory, given, findings)
    read = read_services(given, inventory, lookup, findings) if readable else []
    farm = Farm(inventory, read, findings)
    check_variables(farm)
    check_farm(farm)
    check_failover(farm)
    check_engines(farm)
    check_firewall(farm)
    advise(farm)
    planned = {} if findings.refused else _hosts(farm, name)
    if findings.refused:  # some of what the inventory says of a host is read only now
        planned = {}
    return {
        "findings": findings.sorted(),
        "lvs_name": name,
        "hosts": planned,
        "order": order(planned),
        "aliases": _aliases(farm, planned),
        "networks": _networks(farm, planned) if planned else [],
        "clients": _clients(inventory),
        "names": {key.label: service.name for key, service in keyed(farm.services) if service.name} if planned else {},
    }


def _clients(inventory: Inventory) -> dict[str, str | None]:
    addresses = {host: inventory.client_address(host) for host in inventory.members(CLIENTS)}
    return {host: None if address is None else address.text for host, address in addresses.items()}


def _hosts(farm: Farm, name: str) -> dict[str, Slice]:
    hosts: dict[str, Slice] = {}
    tables = {directors: virtual_table(farm, directors) for directors in farm.sets}
    for host in farm.directors:
        table = tables.get(farm.set_of(host), [])
        hosts.setdefault(host, {})["director"] = director_slice(farm, host, table)
    for host in farm.realservers:
        hosts.setdefault(host, {})["realserver"] = realserver_slice(farm, host)
    return {host: _named(roles, name) for host, roles in sorted(hosts.items())}


def _named(roles: dict[str, Slice], name: str) -> dict[str, Slice]:
    """The slices of a host, each with the name of the LVS and what that will ask of the host in all its roles."""
    asked = claims(roles, name)
    return {role: {"lvs_name": name, "claims": asked, **slice_} for role, slice_ in roles.items()}


def _aliases(farm: Farm, planned: dict[str, Slice]) -> dict[str, str]:
    """Hosts without a part in the LVS that are a machine of it under another name: nothing on them is their own."""
    machines = {
        address: host
        for host, roles in planned.items()
        for role in roles.values()
        for address in (*role.get("dips", ()), *role.get("rips", ()))
    }
    named = {*farm.inventory.members(REALSERVERS), *farm.inventory.members(CLIENTS)}
    others = sorted(named - planned.keys())
    known = {host: [one.text for one in farm.inventory.known_addresses(host)] for host in others}
    return {host: machines[one] for host, found in known.items() for one in found if one in machines}


def _networks(farm: Farm, planned: dict[str, Slice]) -> list[Slice]:
    """The networks that the inventory names, and who is on each as far as it says."""
    members = _members(farm, planned)
    return [
        {
            "network": network,
            "hosts": sorted({host for host, address in members["hosts"] if contains(network, address)}),
            "vips": [vip for vip in _vips(planned) if contains(network, vip)],
            "gateways": sorted({address for _host, address in members["gateways"] if contains(network, address)}),
        }
        for network in _known_networks(farm)
    ]


def _known_networks(farm: Farm) -> list[str]:
    inventory = farm.inventory
    addresses = [address for host in farm.directors for address in inventory.dips(host).values()]
    addresses += [address for host in farm.realservers for address in farm.rips(host).values()]
    named = {address.network for address in addresses if address.network is not None}
    for host in (*farm.directors, *farm.realservers):
        named.update(inventory.networks(host))
    return sorted(named, key=network_order)


def _members(farm: Farm, planned: dict[str, Slice]) -> dict[str, list[tuple[str, str]]]:
    hosts = [(host, address) for host, address in _clients(farm.inventory).items() if address]
    gateways = []
    for host, slices in planned.items():
        for role in slices.values():
            hosts += [(host, address) for address in (*role.get("dips", ()), *role.get("rips", ()))]
            gateways += [(host, gateway["address"]) for gateway in role["gateways"]]
    return {"hosts": hosts, "gateways": gateways}


def _vips(planned: dict[str, Slice]) -> list[str]:
    return list({vip: None for roles in planned.values() for vip in roles.get("director", {}).get("vips", ())})
