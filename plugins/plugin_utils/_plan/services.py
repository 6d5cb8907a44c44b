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
from collections.abc import Mapping
from dataclasses import dataclass

from ...module_utils._model import parse
from ...module_utils._model.address import family_of
from ...module_utils._model.check import Check, read_check
from ...module_utils._model.fields import Fields
from ...module_utils._model.mistakes import Notes
from ...module_utils._model.port_names import WELL_KNOWN, PortLookup
from ...module_utils._model.table import FORWARDINGS, PROTOCOLS, ServiceKey, Tunnel
from ...module_utils._model.words import did_you_mean, show_name
from .._rules.findings import Findings
from .addresses import Address, parse_address
from .inventory import DIRECTORS, REALSERVERS, Inventory
from .yaml_numbers import meant

NAT, DR, TUN = FORWARDINGS
SERVICE_KEYS = (
    parse.IDENTITY_KEYS
    | parse.OPTION_KEYS
    | {"name", "ports", "vips", "vip_interface", "forwarding", "realservers", "allow_empty_pool", "directors", "check"}
)
MEMBER_KEYS = frozenset(
    ("host", "port", "forwarding", "weight", "upper_threshold", "lower_threshold", "tunnel", "check")
)

# Where a key belongs that is here by mistake.
_OF_A_MEMBER = dict.fromkeys(MEMBER_KEYS - SERVICE_KEYS, "a realserver: realservers: [{host: web1, weight: 2}]")
_OF_A_SERVICE = dict.fromkeys(SERVICE_KEYS - MEMBER_KEYS, "the service, for all of its realservers")

# An interface of a director, or an alias of one.
_INTERFACE = re.compile(r"[A-Za-z0-9_.@-]{1,15}\Z")
_PORT = re.compile(r"[A-Za-z0-9-]{1,20}\Z")
_RANGE = re.compile(r"([0-9]{1,20})-([0-9]{1,20})\Z")
_SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:-]{0,62}\Z")


class Ports(t.NamedTuple):
    """One port, or all from the first to the last."""

    protocol: str
    first: int
    last: int

    @property
    def single(self) -> bool:
        return self.first == self.last

    def meets(self, other: Ports) -> bool:
        """Whether a packet can be to both."""
        return self.protocol == other.protocol and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return f"{self.protocol} {self.first}" + ("" if self.single else f"-{self.last}")


class Member(t.NamedTuple):
    """One realserver in the pool of one service. `port` None is the service's own."""

    path: str
    host: str
    forwarding: str
    port: int | None = None
    weight: int = 1
    upper_threshold: int = 0
    lower_threshold: int = 0
    tunnel: Tunnel | None = None
    check: Check | None = None  # its own, in the place of the service's


@dataclass(frozen=True)
class Service:
    """One virtual service; what tells it from others is None where what was written cannot be used."""

    path: str
    key: ServiceKey | None
    name: str | None
    vips: Mapping[str, Address]  # by where each is written; several share a fwmark
    vip_interface: str | None  # of the directors; None where the network says it
    fwmark: int | None
    family: str | None
    protocol: str | None
    port: int | None
    marked: tuple[Ports, ...]  # whose packets to the VIPs get the fwmark
    forwarding: str
    scheduler: str
    scheduler_flags: tuple[str, ...]
    persistence: int
    persistence_netmask: str | int | None
    persistence_engine: str | None
    one_packet: bool
    members: tuple[Member, ...]
    directors: tuple[str, ...]  # the set that has it
    check: Check | None


def read_services(given: object, inventory: Inventory, lookup: PortLookup, findings: Findings) -> list[Service]:
    """Every service that is a mapping at all; what is wrong with it or with the rest is in the findings."""
    if not isinstance(given, (list, tuple)):
        findings.add("services-missing" if given is None else "services-not-a-list", "lvs_services", given)
        return []
    if not given:
        findings.add("services-empty", "lvs_services", given)

    def number(name: str, protocol: str) -> int | None:
        return WELL_KNOWN.get(name) or lookup(name, protocol)

    services = []
    for index, item in enumerate(given):
        path = f"lvs_services[{index}]"
        if isinstance(item, Mapping):
            services.append(_read_service(Fields(findings, path, item), inventory, number))
        else:
            findings.add("service-not-a-mapping", path, item)
    return services


def _read_service(fields: Fields, inventory: Inventory, lookup: PortLookup) -> Service:
    fields.only(SERVICE_KEYS, _OF_A_MEMBER)
    _note_yaml(fields)
    vips = _read_vips(fields)
    identity = parse.usable(fields, parse.read_identity(fields, lookup, vips), vips)
    forwarding = parse.read_forwarding(fields)
    return Service(
        path=fields.path,
        key=identity.key,
        name=_read_name(fields),
        vips=dict(_usable_vips(fields, vips)),
        vip_interface=_read_interface(fields),
        fwmark=identity.fwmark,
        family=identity.family,
        protocol=identity.protocol,
        port=identity.port,
        marked=_read_marked(fields, lookup),
        forwarding=forwarding,
        **parse.read_options(fields, identity)._asdict(),
        members=tuple(_read_pool(fields, inventory, identity, forwarding, lookup)),
        directors=_read_directors(fields, inventory),
        check=read_check(fields, "check", identity.protocol, identity.port, lookup),
    )


def _read_vips(fields: Fields) -> dict[str, str]:
    """The VIP, or the VIPs that a fwmark joins to one service, by the key that has each."""
    listed = fields.get("vips")
    if listed is None:
        vip = parse.read_vip(fields)
        return {} if vip is None else {"vip": vip}
    if fields.get("fwmark") is None:
        fields.note("vips-without-fwmark", "vips", listed)
    if fields.get("vip") is not None:
        fields.note("vips-beside-vip", "vips", listed)
    if not isinstance(listed, (list, tuple)) or not listed:
        fields.note("vips-invalid", "vips", listed)
        return {}
    read = {f"vips[{index}]": parse.vip_of(fields, f"vips[{index}]", one) for index, one in enumerate(listed)}
    found = {key: vip for key, vip in read.items() if vip is not None}
    first = next(iter(found.values()), "")
    for key, vip in found.items():
        if family_of(vip) != family_of(first):
            fields.note("vips-mixed", key, vip, first=first)
    return found


def _usable_vips(fields: Fields, vips: Mapping[str, str]) -> t.Iterator[tuple[str, Address]]:
    """Each VIP once, and where it is written."""
    seen = set()
    for key, vip in vips.items():
        address = None if vip in seen or fields.wrong(key) else parse_address(vip)
        if address is not None:
            seen.add(vip)
            yield fields.at(key), address


def _note_yaml(fields: Fields) -> None:
    value = fields.get("port")
    likely = meant(value)
    if likely is not None:
        written, port = likely
        fields.notes.add("port-by-yaml", fields.at("port"), value, written=written, port=port, meant=f"'{value}'")


def _read_name(fields: Fields) -> str | None:
    value = fields.get("name")
    if value is None:
        return None
    if isinstance(value, str) and _SERVICE_NAME.match(value):
        return str(value)
    fields.note("name-invalid", "name", value)
    return None


def _read_interface(fields: Fields) -> str | None:
    value = fields.get("vip_interface")
    if value is None or value == "":
        return None
    if isinstance(value, str) and _INTERFACE.match(value):
        return str(value)
    fields.note("vip-interface-invalid", "vip_interface", value)
    return None


def _read_marked(fields: Fields, lookup: PortLookup) -> tuple[Ports, ...]:
    """The ports that a fwmark joins to one service (HOWTO 1.2)."""
    value = fields.get("ports")
    if value is None:
        return ()
    if fields.get("fwmark") is None:
        fields.note("ports-without-fwmark", "ports", value)
        return ()
    if fields.get("vip") is None and fields.get("vips") is None:
        fields.note("ports-without-vip", "ports", value)
    if not isinstance(value, (list, tuple)) or not value:
        fields.note("ports-invalid", "ports", value)
        return ()
    protocol = fields.choice("protocol", PROTOCOLS, "tcp", "tcp", "protocol-unknown")
    ports = [_read_ports(fields, f"ports[{index}]", given, protocol, lookup) for index, given in enumerate(value)]
    return tuple(sorted({found for found in ports if found is not None}))


def _read_ports(fields: Fields, key: str, given: object, protocol: str, lookup: PortLookup) -> Ports | None:
    """A port, or two with a dash between them. The name of a port may have dashes, too."""
    match = _RANGE.match(given) if isinstance(given, str) else None
    ends = [fields.port(key, one, 1, protocol, lookup) for one in (match.groups() if match else (given,))]
    first, last = ends[0], ends[-1]
    if first is None or last is None:
        return None
    if first > last:
        fields.note("ports-backwards", key, given)
        return None
    return Ports(protocol, first, last)


def _read_directors(fields: Fields, inventory: Inventory) -> tuple[str, ...]:
    """The directors that have the service: those of a group, or listed."""
    value = fields.get(DIRECTORS)
    if value is None:
        return inventory.members(DIRECTORS)
    listed = list(inventory.members(value)) if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not listed:
        near = did_you_mean(value, inventory.groups) if isinstance(value, str) else ""
        fields.note("directors-invalid", DIRECTORS, value, near)
        return ()
    for index, host in enumerate(listed):
        if not isinstance(host, str) or host not in inventory.hosts:
            fields.note("director-unknown", f"{DIRECTORS}[{index}]", host, did_you_mean(host, inventory.hosts))
    return tuple(sorted({host for host in listed if isinstance(host, str)} & inventory.hosts))


def _read_pool(
    fields: Fields, inventory: Inventory, identity: parse.Identity, forwarding: str, lookup: PortLookup
) -> t.Iterator[Member]:
    value = fields.get(REALSERVERS)
    path = fields.at(REALSERVERS)
    may_be_empty = fields.truth("allow_empty_pool", False)
    if value is None:
        value = REALSERVERS
    if isinstance(value, str):
        for host in _group(str(value), path, inventory, fields.notes, may_be_empty):
            yield Member(f"{path}[{show_name(host)}]", host, forwarding)
    elif not isinstance(value, (list, tuple)):
        fields.note("pool-invalid", REALSERVERS, value)
    elif not value:
        if not may_be_empty:
            fields.note("pool-empty", REALSERVERS, value)
    else:
        yield from _read_members(fields, value, inventory, identity, forwarding, lookup)


def _read_members(
    service: Fields,
    listed: t.Sequence[object],
    inventory: Inventory,
    identity: parse.Identity,
    forwarding: str,
    lookup: PortLookup,
) -> t.Iterator[Member]:
    notes = service.notes
    for index, entry in enumerate(listed):
        path = f"{service.at(REALSERVERS)}[{index}]"
        if isinstance(entry, Mapping):
            # A method that was left out is the service's, and nothing can be held to it where that could not be read.
            fields = Fields(notes, path, entry, complete=not service.wrong("forwarding"))
            fields.only(MEMBER_KEYS, _OF_A_SERVICE)
            _note_yaml(fields)
            one = parse.read_realserver(fields, identity, lookup, forwarding=forwarding)
            host = fields.get("host")
            if _is_host(host, fields.at("host"), inventory, notes):
                check = read_check(fields, "check", identity.protocol, one.port, lookup)
                yield Member(path, str(host), one.forwarding, one.port or None, *one[3:], check=check)
        elif not isinstance(entry, str):
            notes.add("realserver-invalid", path, entry)
        elif _is_host(entry, path, inventory, notes):
            yield Member(path, str(entry), forwarding)


def _group(name: str, path: str, inventory: Inventory, notes: Notes, may_be_empty: bool) -> tuple[str, ...]:
    if name in inventory.groups:
        if not inventory.groups[name] and not may_be_empty:
            notes.add("pool-group-empty", path, name)
        return inventory.groups[name]
    if name in inventory.hosts:
        notes.add("pool-is-a-host", path, name, name=show_name(name))
    else:
        near = _meant_host(name, inventory) or did_you_mean(name, inventory.groups)
        notes.add("pool-group-unknown", path, name, near)
    return ()


def _is_host(name: object, path: str, inventory: Inventory, notes: Notes) -> bool:
    if name is None:
        notes.add("realserver-without-host", path, name)
        return False
    if isinstance(name, str) and name in inventory.hosts:
        return True
    if isinstance(name, str) and name in inventory.groups:
        notes.add("realserver-is-a-group", path, name, name=show_name(name))
        return False
    near = _meant_host(name, inventory) or did_you_mean(name, inventory.hosts)
    notes.add("realserver-unknown", path, name, near)
    return False


def _meant_host(name: object, inventory: Inventory) -> str:
    """For a realserver that is given by its address, or with a port: how to write it."""
    if not isinstance(name, str):
        return ""
    owner = inventory.owner(name)
    if owner is not None:
        return f" That address is {show_name(owner)}'s: write realservers: [{show_name(owner)}]."
    host, _colon, port = name.rpartition(":")
    host = host if host in inventory.hosts else inventory.owner(host) or ""
    if not host or not _PORT.match(port):
        return ""
    return f" Write realservers: [{{host: {show_name(host)}, port: {port}}}]."
