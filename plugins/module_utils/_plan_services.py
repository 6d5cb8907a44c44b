# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`lvs_services` as a user writes it, read into services and the members of their pools.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import (
    CHECKSUMS,
    FORWARDINGS,
    FWMARK_LIMIT,
    PERSISTENCE_LIMIT,
    PROTOCOLS,
    SCHEDULERS,
    THRESHOLD_LIMIT,
    TUNNEL_TYPES,
    WEIGHT_LIMIT,
    PortLookup,
    Tunnel,
    dotted,
    netmask_length,
    scheduler_flag_names,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_addresses import (
    FAMILIES,
    HOST_PREFIX,
    IPV4,
    Address,
    parse_address,
    unusable,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_fields import Fields
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_findings import (
    Findings,
    did_you_mean,
    one_of,
    show_name,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_inventory import REALSERVERS, Inventory

NAT, DR, TUN = FORWARDINGS
_FORWARDING_WORDS = {"masquerading": NAT, "gatewaying": DR, "ipip": TUN}
_CHECKSUMS = {"ipip": CHECKSUMS[:1], "gue": CHECKSUMS, "gre": CHECKSUMS[:2]}
_PERSISTENCE_ENGINES = ("sip",)

SERVICE_KEYS = (
    "name",
    "vip",
    "fwmark",
    "family",
    "protocol",
    "port",
    "forwarding",
    "scheduler",
    "scheduler_flags",
    "persistence",
    "persistence_netmask",
    "persistence_engine",
    "one_packet",
    "realservers",
)
MEMBER_KEYS = ("host", "port", "forwarding", "weight", "upper_threshold", "lower_threshold", "tunnel")
TUNNEL_KEYS = ("type", "port", "checksum")

_SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:-]{0,62}\Z")
_POOL_CURE = "Write the name of a group, or a list of hosts such as [web1, {host: web2, weight: 2}]."


@dataclass(frozen=True)
class Member:
    """One realserver in the pool of one service. `port` None is the service's own."""

    path: str
    host: str
    forwarding: str
    port: int | None = None
    weight: int = 1
    upper_threshold: int = 0
    lower_threshold: int = 0
    tunnel: Tunnel | None = None


@dataclass(frozen=True)
class Service:
    """One virtual service. `family` and `port` are None when what was written cannot be used."""

    path: str
    name: str | None
    vip: Address | None
    fwmark: int | None
    family: str | None
    protocol: str | None
    port: int | None
    forwarding: str
    scheduler: str
    scheduler_flags: tuple[str, ...]
    persistence: int
    persistence_netmask: str | int | None
    persistence_engine: str | None
    one_packet: bool
    members: tuple[Member, ...]


def read_services(given: object, inventory: Inventory, lookup: PortLookup, findings: Findings) -> list[Service]:
    """Every service that is a mapping at all; what is wrong with it or with the rest is in the findings."""
    cure = "Write lvs_services as a list of mappings, each with vip, port and realservers, where all hosts see it."
    if given is None:
        findings.error("lvs_services", given, "says which services the LVS has", cure)
        return []
    if not isinstance(given, (list, tuple)):
        findings.error("lvs_services", given, "is not a list of services", cure)
        return []
    if not given:
        findings.warning("lvs_services", given, "leaves the directors without any service", "Add a service.")
    services = []
    for index, item in enumerate(given):
        path = f"lvs_services[{index}]"
        if isinstance(item, t.Mapping):
            services.append(_read_service(Fields(findings, path, item), inventory, lookup))
        else:
            findings.error(path, item, "is not a mapping", cure)
    return services


def _read_service(fields: Fields, inventory: Inventory, lookup: PortLookup) -> Service:
    fields.only(SERVICE_KEYS)
    fwmark = _read_fwmark(fields)
    vip = _read_vip(fields)
    family = _read_family(fields, vip)
    protocol = _read_protocol(fields)
    forwarding = _read_forwarding(fields, DR)
    scheduler = fields.choice("scheduler", SCHEDULERS, "wlc", "a scheduler", "", {})
    return Service(
        path=fields.path,
        name=_read_name(fields),
        vip=vip,
        fwmark=fwmark,
        family=family,
        protocol=protocol,
        port=_read_port(fields, protocol, lookup),
        forwarding=forwarding,
        scheduler=scheduler,
        scheduler_flags=_read_scheduler_flags(fields, scheduler),
        persistence=fields.integer("persistence", 0, PERSISTENCE_LIMIT, 0, "a persistence time in seconds"),
        persistence_netmask=_read_netmask(fields, family),
        persistence_engine=_read_engine(fields, protocol),
        one_packet=_read_one_packet(fields, protocol),
        members=tuple(_read_pool(fields, inventory, protocol, forwarding, lookup)),
    )


def _read_name(fields: Fields) -> str | None:
    value = fields.get("name")
    if value is None:
        return None
    if isinstance(value, str) and _SERVICE_NAME.match(value):
        return str(value)
    cure = "Use up to 63 letters, digits, blanks and the characters . - _ : and begin with a letter or digit."
    fields.findings.error(fields.at("name"), value, "is not a name for a service", cure)
    return None


def _read_forwarding(fields: Fields, default: str) -> str:
    return fields.choice("forwarding", FORWARDINGS, default, "a forwarding method", "3.11", _FORWARDING_WORDS)


def _read_fwmark(fields: Fields) -> int | None:
    if fields.get("fwmark") is None:
        return None
    for key in ("port", "protocol"):
        if fields.get(key) is not None:
            fields.findings.error(
                fields.at(key),
                fields.get(key),
                "means nothing in a service that is chosen by fwmark",
                f"Remove {key}, or remove fwmark; your firewall rules choose the packets that get the mark.",
            )
    return fields.integer("fwmark", 1, FWMARK_LIMIT, 1, "a firewall mark")


def _read_vip(fields: Fields) -> Address | None:
    value = fields.get("vip")
    cure = "Write an address such as 192.168.1.110 or 2001:db8::110."
    if value is None:
        if fields.get("fwmark") is None:
            fields.findings.error(fields.at("vip"), value, "says which virtual IP (VIP) the service has", cure)
        return None
    address = parse_address(value) if isinstance(value, str) else None
    if address is None:
        fields.findings.error(fields.at("vip"), value, "is not an address", cure)
        return None
    if address.prefix not in (None, HOST_PREFIX[address.family]):
        fields.findings.error(
            fields.at("vip"),
            value,
            f"has a mask other than /{HOST_PREFIX[address.family]}",
            f"Write {address.text}: with a wider mask a realserver takes the whole subnet for its own.",
            "3.10",
        )
        return None
    reason = unusable(address)
    if reason:
        fields.findings.error(fields.at("vip"), value, f"is {reason}", cure)
        return None
    return address


def _read_family(fields: Fields, vip: Address | None) -> str | None:
    family = fields.choice("family", FAMILIES, vip.family if vip else IPV4, "an address family", "", {})
    if vip is not None and family != vip.family:
        fields.findings.error(
            fields.at("family"), family, f"is not the family of the VIP {vip.text}", "Remove family: the VIP says it."
        )
        return vip.family
    return family if vip is not None or fields.get("vip") is None else None


def _read_protocol(fields: Fields) -> str | None:
    """A fwmark takes the packets of every protocol."""
    if fields.get("fwmark") is not None:
        return None
    return fields.choice("protocol", PROTOCOLS, "tcp", "a protocol that IPVS forwards", "", {})


def _read_port(fields: Fields, protocol: str | None, lookup: PortLookup) -> int | None:
    if fields.get("fwmark") is not None:
        return 0
    if fields.get("port") is None:
        cure = "Write a number or a service name, such as port: http."
        fields.findings.error(fields.at("port"), None, "says which port the service has", cure)
        return None
    port = fields.port("port", 0, protocol, lookup)
    if port == 0 and not fields.get("persistence"):
        fields.findings.error(
            fields.at("port"),
            0,
            "stands for every port, which only a persistent service can serve",
            "Set persistence, for example persistence: 360, or give the port.",
        )
    return port


def _read_scheduler_flags(fields: Fields, scheduler: str) -> tuple[str, ...]:
    value = fields.get("scheduler_flags")
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        fields.findings.error(fields.at("scheduler_flags"), value, "is not a list", "Write a list such as [sh-port].")
        return ()
    names = scheduler_flag_names(scheduler)
    for flag in value:
        if flag not in names:
            fields.findings.error(
                fields.at("scheduler_flags"), flag, f"is not a flag of scheduler {scheduler}", f"Use {one_of(names)}."
            )
    return tuple(name for name in names if name in value)


def _read_netmask(fields: Fields, family: str | None) -> str | int | None:
    value = fields.get("persistence_netmask")
    if value is None or family is None:
        return None
    if not fields.get("persistence"):
        fields.findings.error(
            fields.at("persistence_netmask"),
            value,
            "has no effect without persistence",
            "Set persistence or remove it.",
        )
    length = netmask_length(value, family)
    if length is None:
        cure = "Use a netmask such as 255.255.255.0 or 24." if family == IPV4 else "Use a prefix length from 1 to 128."
        fields.findings.error(fields.at("persistence_netmask"), value, f"is not a netmask for {family}", cure)
    if length is None or length == HOST_PREFIX[family]:
        return None
    return dotted(length) if family == IPV4 else length


def _read_engine(fields: Fields, protocol: str | None) -> str | None:
    value = fields.get("persistence_engine")
    if value is None:
        return None
    if not fields.get("persistence"):
        fields.findings.error(
            fields.at("persistence_engine"), value, "has no effect without persistence", "Set persistence or remove it."
        )
    if protocol not in (None, "udp"):
        fields.findings.error(
            fields.at("persistence_engine"), value, f"reads UDP packets only, not {protocol}", "Set protocol: udp."
        )
    return fields.choice("persistence_engine", _PERSISTENCE_ENGINES, "", "a persistence engine", "", {}) or None


def _read_one_packet(fields: Fields, protocol: str | None) -> bool:
    one_packet = fields.boolean("one_packet")
    if one_packet and protocol not in (None, "udp"):
        fields.findings.error(
            fields.at("one_packet"),
            one_packet,
            f"schedules every packet on its own, which breaks {protocol} connections",
            "Remove one_packet, or set protocol: udp.",
        )
    return one_packet


def _read_pool(
    fields: Fields, inventory: Inventory, protocol: str | None, forwarding: str, lookup: PortLookup
) -> t.Iterator[Member]:
    value = fields.get("realservers")
    path = fields.at(REALSERVERS)
    if value is None:
        value = REALSERVERS
    if isinstance(value, str):
        for host in _group(str(value), path, inventory, fields.findings):
            yield Member(f"{path}[{show_name(host)}]", host, forwarding)
    elif not isinstance(value, (list, tuple)):
        fields.findings.error(path, value, "is not a pool of realservers", _POOL_CURE)
    elif not value:
        fields.findings.error(path, value, "is a pool without a realserver", _POOL_CURE)
    else:
        for index, entry in enumerate(value):
            member = _read_member(f"{path}[{index}]", entry, inventory, protocol, forwarding, lookup, fields.findings)
            if member is not None:
                yield member


def _group(name: str, path: str, inventory: Inventory, findings: Findings) -> tuple[str, ...]:
    if name in inventory.groups:
        if not inventory.groups[name]:
            findings.error(path, name, "is a group without a host", "Put at least one realserver into it.")
        return inventory.groups[name]
    if name in inventory.hosts:
        findings.error(path, name, "is a host, not a group", f"Write a list: realservers: [{show_name(name)}].")
    else:
        cure = f"Add the group to the inventory, or correct its name.{did_you_mean(name, inventory.groups)}"
        findings.error(path, name, "is not a group of the inventory", cure)
    return ()


def _read_member(
    path: str,
    entry: object,
    inventory: Inventory,
    protocol: str | None,
    forwarding: str,
    lookup: PortLookup,
    findings: Findings,
) -> Member | None:
    if isinstance(entry, str):
        return Member(path, str(entry), forwarding) if _is_host(entry, path, inventory, findings) else None
    if not isinstance(entry, t.Mapping):
        findings.error(path, entry, "is not a realserver", _POOL_CURE)
        return None
    fields = Fields(findings, path, entry)
    fields.only(MEMBER_KEYS)
    own_forwarding = _read_forwarding(fields, forwarding)
    member = Member(
        path=path,
        host=str(fields.get("host")),
        forwarding=own_forwarding,
        port=None if fields.get("port") is None else fields.port("port", 1, protocol, lookup),
        weight=fields.integer("weight", 0, WEIGHT_LIMIT, 1, "a weight"),
        upper_threshold=fields.integer("upper_threshold", 0, THRESHOLD_LIMIT, 0, "a number of connections"),
        lower_threshold=fields.integer("lower_threshold", 0, THRESHOLD_LIMIT, 0, "a number of connections"),
        tunnel=_read_tunnel(fields, own_forwarding),
    )
    _check_thresholds(member, findings)
    return member if _is_host(fields.get("host"), fields.at("host"), inventory, findings) else None


def _is_host(name: object, path: str, inventory: Inventory, findings: Findings) -> bool:
    if name is None:
        findings.error(path, name, "says which host of the inventory this realserver is", "Add host: NAME.")
        return False
    if isinstance(name, str) and name in inventory.hosts:
        return True
    if isinstance(name, str) and name in inventory.groups:
        cure = f"Write the group by itself, realservers: {show_name(name)}, or list its hosts."
        findings.error(path, name, "is a group, not a host", cure)
        return False
    cure = f"Add the host to the inventory, or correct its name.{did_you_mean(name, inventory.hosts)}"
    findings.error(path, name, "is not a host of the inventory", cure)
    return False


def _check_thresholds(member: Member, findings: Findings) -> None:
    if member.lower_threshold > member.upper_threshold:
        findings.error(
            f"{member.path}.lower_threshold",
            member.lower_threshold,
            f"is above the upper threshold {member.upper_threshold}",
            "Raise upper_threshold, or lower lower_threshold.",
        )


def _read_tunnel(fields: Fields, forwarding: str) -> Tunnel | None:
    value = fields.get("tunnel")
    if value is None:
        return None
    if not isinstance(value, t.Mapping):
        fields.findings.error(fields.at("tunnel"), value, "is not a mapping", "Write {type: gue, port: 6080}.")
        return None
    if forwarding != TUN:
        fields.findings.error(
            fields.at("tunnel"),
            value,
            f"has no effect with forwarding {forwarding}",
            "Remove it or use forwarding tun.",
        )
    inner = Fields(fields.findings, fields.at("tunnel"), value)
    inner.only(TUNNEL_KEYS)
    kind = inner.choice("type", TUNNEL_TYPES, "ipip", "a type of tunnel", "", {})
    checksum = inner.choice("checksum", _CHECKSUMS[kind], "none", f"a checksum that {kind} tunnels have", "", {})
    return Tunnel(kind, _read_tunnel_port(inner, kind), checksum)


def _read_tunnel_port(fields: Fields, kind: str) -> int:
    value = fields.get("port")
    if kind == "gue":
        if value is None:
            fields.findings.error(
                fields.at("port"), value, "says to which UDP port gue packets go", "Set port, such as 6080."
            )
        return fields.integer("port", 1, 65535, 0, "a port")
    if value not in (None, 0):
        fields.findings.error(fields.at("port"), value, f"has no effect in {kind} tunnels", "Remove it.")
    return 0
