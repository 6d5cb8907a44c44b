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

from ...module_utils._model.address import FAMILIES, HOST_PREFIX, IPV4, dotted
from ...module_utils._model.table import (
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
    netmask_length,
    scheduler_flag_names,
)
from .addresses import Address, parse_address, unusable
from .fields import HIGHEST_PORT, Fields
from .findings import (
    Findings,
    did_you_mean,
    one_of,
    show_name,
)
from .inventory import REALSERVERS, Inventory

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
    "ports",
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
    marked: tuple[tuple[str, int], ...]  # protocols and ports whose packets to the VIP get the fwmark
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
    if not isinstance(given, (list, tuple)):
        findings.add("services-missing" if given is None else "services-not-a-list", "lvs_services", given)
        return []
    if not given:
        findings.add("services-empty", "lvs_services", given)
    services = []
    for index, item in enumerate(given):
        path = f"lvs_services[{index}]"
        if isinstance(item, t.Mapping):
            services.append(_read_service(Fields(findings, path, item), inventory, lookup))
        else:
            findings.add("service-not-a-mapping", path, item)
    return services


def _read_service(fields: Fields, inventory: Inventory, lookup: PortLookup) -> Service:
    fields.only(SERVICE_KEYS)
    fwmark = _read_fwmark(fields)
    vip = _read_vip(fields)
    family = _read_family(fields, vip)
    protocol = _read_protocol(fields)
    forwarding = _read_forwarding(fields, DR)
    scheduler = fields.choice("scheduler", SCHEDULERS, "wlc", "scheduler-unknown")
    return Service(
        path=fields.path,
        name=_read_name(fields),
        vip=vip,
        fwmark=fwmark,
        family=family,
        protocol=protocol,
        port=_read_port(fields, protocol, lookup),
        marked=_read_marked(fields, lookup),
        forwarding=forwarding,
        scheduler=scheduler,
        scheduler_flags=_read_scheduler_flags(fields, scheduler),
        persistence=fields.integer("persistence", 0, PERSISTENCE_LIMIT, 0, "persistence-invalid"),
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
    fields.findings.add("name-invalid", fields.at("name"), value)
    return None


def _read_forwarding(fields: Fields, default: str) -> str:
    return fields.choice("forwarding", FORWARDINGS, default, "forwarding-unknown", _FORWARDING_WORDS)


def _read_fwmark(fields: Fields) -> int | None:
    if fields.get("fwmark") is None:
        return None
    # With ports, the protocol says which packets get the mark.
    for key in ("port",) if fields.get("ports") is not None else ("port", "protocol"):
        if fields.get(key) is not None:
            fields.findings.add("fwmark-key", fields.at(key), fields.get(key), key=key)
    return fields.integer("fwmark", 1, FWMARK_LIMIT, 1, "fwmark-invalid")


def _read_marked(fields: Fields, lookup: PortLookup) -> tuple[tuple[str, int], ...]:
    """The ports that a fwmark joins to one service (HOWTO 1.2)."""
    value = fields.get("ports")
    if value is None:
        return ()
    path = fields.at("ports")
    if fields.get("fwmark") is None:
        fields.findings.add("ports-without-fwmark", path, value)
        return ()
    if fields.get("vip") is None:
        fields.findings.add("ports-without-vip", path, value)
    if not isinstance(value, (list, tuple)) or not value:
        fields.findings.add("ports-invalid", path, value)
        return ()
    protocol = fields.choice("protocol", PROTOCOLS, "tcp", "protocol-unknown")
    ports = [fields.port_of(f"{path}[{index}]", port, 1, protocol, lookup) for index, port in enumerate(value)]
    return tuple(sorted({(protocol, port) for port in ports if port is not None}))


def _read_vip(fields: Fields) -> Address | None:
    value = fields.get("vip")
    path = fields.at("vip")
    if value is None:
        if fields.get("fwmark") is None:
            fields.findings.add("vip-missing", path, value)
        return None
    address = parse_address(value) if isinstance(value, str) else None
    if address is None:
        fields.findings.add("vip-invalid", path, value)
        return None
    prefix = HOST_PREFIX[address.family]
    if address.prefix not in (None, prefix):
        fields.findings.add("vip-mask", path, value, prefix=prefix, address=address.text)
        return None
    reason = unusable(address)
    if reason:
        fields.findings.add("vip-unusable", path, value, reason=reason)
        return None
    return address


def _read_family(fields: Fields, vip: Address | None) -> str | None:
    family = fields.choice("family", FAMILIES, vip.family if vip else IPV4, "family-unknown")
    if vip is not None and family != vip.family:
        fields.findings.add("family-mismatch", fields.at("family"), family, vip=vip.text)
        return vip.family
    return family if vip is not None or fields.get("vip") is None else None


def _read_protocol(fields: Fields) -> str | None:
    """A fwmark takes the packets of every protocol."""
    if fields.get("fwmark") is not None:
        return None
    return fields.choice("protocol", PROTOCOLS, "tcp", "protocol-unknown")


def _read_port(fields: Fields, protocol: str | None, lookup: PortLookup) -> int | None:
    if fields.get("fwmark") is not None:
        return 0
    if fields.get("port") is None:
        if fields.get("ports") is None:
            fields.findings.add("port-missing", fields.at("port"), None)
        return None
    port = fields.port("port", 0, protocol, lookup)
    if port == 0 and not fields.get("persistence"):
        fields.findings.add("port-zero", fields.at("port"), 0)
    return port


def _read_scheduler_flags(fields: Fields, scheduler: str) -> tuple[str, ...]:
    value = fields.get("scheduler_flags")
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        fields.findings.add("scheduler-flags-invalid", fields.at("scheduler_flags"), value)
        return ()
    names = scheduler_flag_names(scheduler)
    path, words = fields.at("scheduler_flags"), {"scheduler": scheduler, "choices": one_of(names)}
    for flag in value:
        if flag not in names:
            fields.findings.add("scheduler-flag-unknown", path, flag, **words)
    return tuple(name for name in names if name in value)


def _read_netmask(fields: Fields, family: str | None) -> str | int | None:
    value = fields.get("persistence_netmask")
    if value is None or family is None:
        return None
    path = fields.at("persistence_netmask")
    if not fields.get("persistence"):
        fields.findings.add("netmask-without-persistence", path, value)
    length = netmask_length(value, family)
    if length is None:
        example = "255.255.255.0 or 24" if family == IPV4 else "64, a prefix length from 1 to 128"
        fields.findings.add("netmask-invalid", path, value, family=family, example=example)
    if length is None or length == HOST_PREFIX[family]:
        return None
    return dotted(length) if family == IPV4 else length


def _read_engine(fields: Fields, protocol: str | None) -> str | None:
    value = fields.get("persistence_engine")
    if value is None:
        return None
    path = fields.at("persistence_engine")
    if not fields.get("persistence"):
        fields.findings.add("engine-without-persistence", path, value)
    if protocol not in (None, "udp"):
        fields.findings.add("engine-not-udp", path, value, protocol=protocol)
    return fields.choice("persistence_engine", _PERSISTENCE_ENGINES, "", "engine-unknown") or None


def _read_one_packet(fields: Fields, protocol: str | None) -> bool:
    one_packet = fields.boolean("one_packet")
    if one_packet and protocol not in (None, "udp"):
        fields.findings.add("one-packet-not-udp", fields.at("one_packet"), one_packet, protocol=protocol)
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
        fields.findings.add("pool-invalid", path, value)
    elif not value:
        fields.findings.add("pool-empty", path, value)
    else:
        for index, entry in enumerate(value):
            member = _read_member(f"{path}[{index}]", entry, inventory, protocol, forwarding, lookup, fields.findings)
            if member is not None:
                yield member


def _group(name: str, path: str, inventory: Inventory, findings: Findings) -> tuple[str, ...]:
    if name in inventory.groups:
        if not inventory.groups[name]:
            findings.add("pool-group-empty", path, name)
        return inventory.groups[name]
    if name in inventory.hosts:
        findings.add("pool-is-a-host", path, name, name=show_name(name))
    else:
        findings.add("pool-group-unknown", path, name, did_you_mean(name, inventory.groups))
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
        findings.add("realserver-invalid", path, entry)
        return None
    fields = Fields(findings, path, entry)
    fields.only(MEMBER_KEYS)
    own_forwarding = _read_forwarding(fields, forwarding)
    host = fields.get("host")
    member = Member(
        path=path,
        host=str(host) if isinstance(host, str) else "",
        forwarding=own_forwarding,
        port=None if fields.get("port") is None else fields.port("port", 1, protocol, lookup),
        weight=fields.integer("weight", 0, WEIGHT_LIMIT, 1, "weight-invalid"),
        upper_threshold=fields.integer("upper_threshold", 0, THRESHOLD_LIMIT, 0, "threshold-invalid"),
        lower_threshold=fields.integer("lower_threshold", 0, THRESHOLD_LIMIT, 0, "threshold-invalid"),
        tunnel=_read_tunnel(fields, own_forwarding),
    )
    _check_thresholds(member, findings)
    return member if _is_host(host, fields.at("host"), inventory, findings) else None


def _is_host(name: object, path: str, inventory: Inventory, findings: Findings) -> bool:
    if name is None:
        findings.add("realserver-without-host", path, name)
        return False
    if isinstance(name, str) and name in inventory.hosts:
        return True
    if isinstance(name, str) and name in inventory.groups:
        findings.add("realserver-is-a-group", path, name, name=show_name(name))
        return False
    findings.add("realserver-unknown", path, name, did_you_mean(name, inventory.hosts))
    return False


def _check_thresholds(member: Member, findings: Findings) -> None:
    if member.lower_threshold > member.upper_threshold:
        path = f"{member.path}.lower_threshold"
        findings.add("thresholds-crossed", path, member.lower_threshold, upper=member.upper_threshold)


def _read_tunnel(fields: Fields, forwarding: str) -> Tunnel | None:
    value = fields.get("tunnel")
    if value is None:
        return None
    if not isinstance(value, t.Mapping):
        fields.findings.add("tunnel-invalid", fields.at("tunnel"), value)
        return None
    if forwarding != TUN:
        fields.findings.add("tunnel-without-tun", fields.at("tunnel"), value, forwarding=forwarding)
    inner = Fields(fields.findings, fields.at("tunnel"), value)
    inner.only(TUNNEL_KEYS)
    kind = inner.choice("type", TUNNEL_TYPES, "ipip", "tunnel-type-unknown")
    checksum = inner.choice("checksum", _CHECKSUMS[kind], "none", "tunnel-checksum-unknown", type=kind)
    return Tunnel(kind, _read_tunnel_port(inner, kind), checksum)


def _read_tunnel_port(fields: Fields, kind: str) -> int:
    value = fields.get("port")
    if kind == "gue":
        if value is None:
            fields.findings.add("tunnel-port-missing", fields.at("port"), value)
        return fields.integer("port", 1, HIGHEST_PORT, 0, "tunnel-port-invalid")
    if value not in (None, 0):
        fields.findings.add("tunnel-port-unused", fields.at("port"), value, type=kind)
    return 0
