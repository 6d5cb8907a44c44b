# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the table of an old file to an inventory that gives the same table.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same file gives the same inventory.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter

from ...module_utils._model import table
from ...module_utils._model.address import FAMILIES, canonical_address, family_of
from .file import Old, is_name

DIRECTOR = "director"
Inventory = dict[str, t.Any]

_SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:-]{0,62}\Z")
_LOCAL = ("127.", "::1")
_EXAMPLES = {"ipv4": "192.168.1.9/24", "ipv6": "2001:db8::9/64"}
# Left out of the inventory when they are what the plan takes anyway.
_SERVICE_DEFAULTS = {
    "scheduler_flags": (),
    "persistence": 0,
    "persistence_netmask": None,
    "persistence_engine": None,
    "one_packet": False,
}
_MEMBER_DEFAULTS = {"weight": 1, "upper_threshold": 0, "lower_threshold": 0}


def inventory(old: Old, dips: t.Sequence[str] = ()) -> Inventory:
    """The inventory of what was read. `dips`, when given, go before what the file says."""
    dips = dips or old.dips
    hosts = _hosts(old, dips)
    _warn(old, hosts)
    _ask_for_dips(old, dips)
    names = unique_names([old.names.get(service.key, "") for service in old.services])
    services = [_service(old, service, name, hosts) for service, name in zip(old.services, names, strict=True)]
    realservers = {host: (rip, rip) for rip, host in hosts.items() if host != DIRECTOR}
    made = structure(dips, realservers, {"lvs_services": services})
    if DIRECTOR in hosts.values():
        made["all"]["children"]["directors"]["hosts"][DIRECTOR]["lvs_localnode"] = "single"
    return made


def structure(
    dips: t.Sequence[str], realservers: t.Mapping[str, tuple[str | None, str | None]], variables: Inventory
) -> Inventory:
    """The groups, hosts and variables in the form of an inventory in YAML. A realserver has an address and a RIP."""
    director: Inventory = {}
    if dips:
        director = {"ansible_host": dips[0].partition("/")[0], "lvs_dip": dips[0] if len(dips) == 1 else list(dips)}
    return {
        "all": {
            "vars": variables,
            "children": {
                "directors": {"hosts": {DIRECTOR: director}},
                "realservers": {
                    "hosts": {
                        host: {} if address is None else {"ansible_host": address, "lvs_rip": rip}
                        for host, (address, rip) in realservers.items()
                    }
                },
            },
        }
    }


def name_hosts(addresses: t.Iterable[str], names: t.Mapping[str, str]) -> dict[str, str]:
    """A name for each address, in the order of the addresses: the one given, or realserver1, realserver2 and so on."""
    hosts: dict[str, str] = {}
    addresses = list(dict.fromkeys(addresses))
    taken = {DIRECTOR, "directors", "realservers", "clients", "all", "ungrouped"}
    for address in addresses:
        name = names.get(address, "")
        if is_name(name) and name not in taken:
            hosts[address] = name
            taken.add(name)
    free = (name for name in (f"realserver{number}" for number in range(1, 2**31)) if name not in taken)
    return {address: hosts.get(address) or next(free) for address in addresses}


def unique_names(names: t.Sequence[str]) -> list[str]:
    """Names of services as the plan wants them: plain, and each once. Others become empty."""
    count = Counter(names)
    return [name if count[name] == 1 and _SERVICE_NAME.match(name) else "" for name in names]


def _hosts(old: Old, dips: t.Sequence[str]) -> dict[str, str]:
    """The host of each RIP; one that has an address of the director is the director."""
    own = {canonical_address(dip.partition("/")[0]) for dip in dips}
    rips = {one.key.order()[:2]: one.rip for service in old.services for one in service.realservers}
    local = {rip: DIRECTOR for rip in rips.values() if rip in own or rip.startswith(_LOCAL)}
    named = name_hosts([rips[order] for order in sorted(rips) if rips[order] not in local], old.hosts)
    return {**named, **local}


def _ask_for_dips(old: Old, dips: t.Sequence[str]) -> None:
    """No file says the director's address on the network of its realservers, which with nat is their gateway."""
    known = {family_of(dip) for dip in dips}
    used = {(family_of(one.rip), one.forwarding == "nat") for each in old.services for one in each.realservers}
    for family in FAMILIES:
        cure = f"Say it: -e import_dip={_EXAMPLES[family]}, or set lvs_dip on the director; both families with a comma."
        if (family, True) in used and family not in known:
            what = f"is missing: the director's {family} address (DIP) is the gateway of its realservers with nat"
            old.findings.error("lvs_dip", None, what, cure, "3.11")
        elif (family, False) in used and family not in known:
            old.findings.warning(
                "lvs_dip", None, f"is missing: the file has no {family} address of the director (DIP)", cure
            )
    if not used and not known:
        old.findings.warning(
            "lvs_dip", None, "is missing: the file has no address of the director (DIP)", "Set lvs_dip on the director."
        )


def _warn(old: Old, hosts: t.Mapping[str, str]) -> None:
    """What the inventory cannot have from this file."""
    for service in old.services:
        if service.key.vip is None and service.key not in old.fwmark_vips:
            what = "has a VIP that the file does not say"
            old.findings.warning("lvs_services", service.key.label, what, "Add its vip, so that the machines get it.")
        for one in service.realservers:
            at = old.places.get((service.key, one.key), "lvs_services")
            if service.key.vip is None and one.forwarding != "nat" and one.port:
                what = f"has a port in the pool of {service.key.label}, which means nothing with dr and tun"
                old.findings.warning(at, one.key.label, what, "Do without it.", "3.11")
        _warn_of_localnode(old, service, [one for one in service.realservers if hosts[one.rip] == DIRECTOR])


def _warn_of_localnode(old: Old, service: table.Service, local: t.Sequence[table.Realserver]) -> None:
    """The director serves as well, by its own address whichever the file says."""
    for number, one in enumerate(local):
        at = old.places.get((service.key, one.key), "lvs_services")
        cure = "See lvs_localnode when there are two directors, or let a machine of its own serve."
        if any(one.port == other.port for other in local[:number]):
            what = f"is the director, which is in the pool of {service.key.label} already"
            old.findings.error(at, one.key.label, what, "Keep one of the two.", "6.3")
        else:
            what = f"is the director: it is in the pool of {service.key.label} by its DIP, with lvs_localnode: single"
            old.findings.warning(at, one.key.label, what, cure, "6.3")


def _service(old: Old, service: table.Service, name: str, hosts: t.Mapping[str, str]) -> Inventory:
    pool = service.realservers
    forwarding = Counter(one.forwarding for one in pool).most_common(1)[0][0] if pool else "dr"
    item: Inventory = {"name": name} if name else {}
    item.update(_identity(old, service.key))
    item.update(forwarding=forwarding, scheduler=service.scheduler)
    for field, default in _SERVICE_DEFAULTS.items():
        value = getattr(service, field)
        if value != default:
            item[field] = list(value) if isinstance(value, tuple) else value
    item["realservers"] = [_member(one, service.key, forwarding, hosts[one.rip]) for one in pool]
    return item


def _identity(old: Old, key: table.ServiceKey) -> Inventory:
    if key.vip is not None:
        protocol = {} if key.protocol == "tcp" else {"protocol": key.protocol}
        return {"vip": key.vip, **protocol, "port": key.port}
    vip = canonical_address(old.fwmark_vips.get(key, ""))
    return {"fwmark": key.fwmark, "family": key.family, **({"vip": vip} if vip else {})}


def _member(one: table.Realserver, key: table.ServiceKey, forwarding: str, host: str) -> str | Inventory:
    item: Inventory = {}
    # By dr and tun a port of its own means nothing, though a service by firewall mark may have one in its table.
    if one.port != key.port and one.forwarding == "nat":
        item["port"] = one.port
    if one.forwarding != forwarding:
        item["forwarding"] = one.forwarding
    for field, default in _MEMBER_DEFAULTS.items():
        if getattr(one, field) != default:
            item[field] = getattr(one, field)
    if one.tunnel is not None and one.tunnel != table.Tunnel():
        item["tunnel"] = one.tunnel.to_dict()
    return {"host": host, **item} if item else host
