# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service and a realserver may be: the one place that makes values of _model/table.py of what a user wrote.

Private: this file may change in any release; do not import it from outside the collection.

Pure. What is wrong goes to ``notes``, all of it, and something that may be stands in for it; so what was read is good
for a table only where nothing was noted. ``have`` are the objects that exist and complete what is left out: None when
they are not known yet, so that nothing that is left out can be wrong. Others make objects that we would not: what is
asked for as it is there already is never wrong, and neither is the name of what is there. The plan reads the same
keys through read_identity(), read_options() and read_realserver(), in a mapping of its own that has hosts in the place
of addresses.
"""

from __future__ import annotations

import socket
import typing as t
from collections.abc import Collection, Iterable, Mapping

from .address import FAMILIES, HOST_PREFIX, IPV4, canonical_address, dotted, family_of
from .fields import HIGHEST_PORT, Fields
from .mistakes import Mistakes, Notes
from .numbers import FWMARK_LIMIT, as_integer
from .port_names import PortLookup, no_lookup
from .table import (
    FORWARDING_WORDS,
    FORWARDINGS,
    PERSISTENCE_LIMIT,
    PROTOCOLS,
    SCHEDULERS,
    THRESHOLD_LIMIT,
    TUNNEL_CHECKSUMS,
    TUNNEL_TYPES,
    WEIGHT_LIMIT,
    Realserver,
    RealserverKey,
    Service,
    ServiceKey,
    Table,
    Tunnel,
    scheduler_flag_names,
    sort_realservers,
    sort_services,
)
from .words import did_you_mean, one_of

NAT, DR, TUN = FORWARDINGS
_FLAG_WORDS = {"flag-1": 0, "fallback": 0, "flag-2": 1, "port": 1, "flag-3": 2}
_ENGINES = ("sip",)


class Identity(t.NamedTuple):
    """As much of what tells a service from others as could be read. A mark that could not be read is 0."""

    family: str | None = None
    protocol: str | None = None
    vip: str | None = None
    port: int | None = None
    fwmark: int | None = None

    @property
    def key(self) -> ServiceKey | None:
        """The key of the service; None when too little of it could be read."""
        if self.family is None:
            return None
        if self.fwmark is not None:
            return ServiceKey(self.family, None, None, 0, self.fwmark) if self.fwmark else None
        if None in (self.protocol, self.vip, self.port):
            return None
        return ServiceKey(self.family, self.protocol, self.vip, self.port or 0, None)


class Options(t.NamedTuple):
    """How a service chooses among its realservers."""

    scheduler: str
    scheduler_flags: tuple[str, ...]
    persistence: int
    persistence_netmask: str | int | None
    persistence_engine: str | None
    one_packet: bool


IDENTITY_KEYS = frozenset(Identity._fields)
OPTION_KEYS = frozenset(Options._fields)
TUNNEL_KEYS = frozenset(Tunnel._fields)
_SERVICE_KEYS = IDENTITY_KEYS | OPTION_KEYS | {"realservers"}
_REALSERVER_KEYS = frozenset(Realserver._fields)

Services = Mapping[ServiceKey, Service]
Realservers = Mapping[RealserverKey, Realserver]
_NONE_YET = Service(ServiceKey(IPV4, None, None, 0, None))


# --- what was written, or a refusal of all that is wrong with it ---


def parse_table(
    listed: object, path: str = "services", have: Iterable[Service] = (), lookup: PortLookup = no_lookup
) -> Table:
    """A list of services, each completed from the same one in ``have``; sorted."""
    mistakes = Mistakes()
    table = _read_table(listed, path, {service.key: service for service in have}, lookup, mistakes)
    mistakes.refuse()
    return table


def parse_service(data: Mapping[str, t.Any], have: Services, lookup: PortLookup = no_lookup) -> Service:
    """One service, completed from the same one in ``have``."""
    mistakes = Mistakes()
    service = read_service(data, mistakes, have=have, lookup=lookup)
    mistakes.refuse()
    return t.cast("Service", service)


def parse_service_key(data: Mapping[str, t.Any], lookup: PortLookup = no_lookup) -> ServiceKey:
    """Which service that is; all that is wrong is told when nobody can tell, and else by parse_service()."""
    mistakes = Mistakes()
    service = read_service(data, mistakes, lookup=lookup)
    if service is None:
        mistakes.refuse()
    return t.cast("Service", service).key


def parse_realserver(
    data: Mapping[str, t.Any],
    service: Mapping[str, t.Any],
    have: Realservers | None,
    lookup: PortLookup = no_lookup,
    spelling: Mapping[str, str] | None = None,
) -> tuple[ServiceKey, Realserver]:
    """One realserver, completed from the same one in ``have``, and its service.

    While those there are not known, it is for its key alone, and refused only when nobody can tell which it is.
    """
    mistakes = Mistakes()
    identity = read_identity(Fields(mistakes, "", service), lookup)
    fields = Fields(mistakes, "", data, spelling=spelling or {})
    realserver = read_own_realserver(fields, identity, have, lookup)
    if have is not None or identity.key is None or fields.wrong("rip", "port"):
        mistakes.refuse()
    return t.cast("ServiceKey", identity.key), realserver


# --- tables, services and pools ---


def _read_table(listed: object, path: str, have: Services, lookup: PortLookup, notes: Notes) -> Table:
    if not isinstance(listed, (list, tuple)):
        notes.add("services-not-a-list", path, listed)
        return ()
    found: dict[ServiceKey, tuple[str, Service]] = {}
    for index, data in enumerate(listed):
        at = f"{path}[{index}]"
        service = read_service(data, notes, at, have, lookup)
        if service is not None and found.setdefault(service.key, (at, service))[1] is not service:
            notes.add("service-twice", at, service.key.label, first=found[service.key][0])
    return sort_services(service for _at, service in found.values())


def read_service(
    data: object, notes: Notes, path: str = "", have: Services | None = None, lookup: PortLookup = no_lookup
) -> Service | None:
    """A service with its realservers; None when too little could be read to tell which."""
    if not isinstance(data, Mapping):
        notes.add("service-not-a-mapping", path, data)
        return None
    fields = Fields(notes, path, data)
    fields.only(_SERVICE_KEYS)
    identity = read_identity(fields, lookup)
    key = identity.key
    fields.complete = have is not None and (key is not None or not have)
    old = have.get(key, _NONE_YET) if have and key else _NONE_YET
    if have is not None and old is _NONE_YET:
        identity = usable(fields, identity)
        key = identity.key
    options = read_options(fields, identity, old)
    pool = _read_pool(fields, identity, old.realservers, lookup)
    return None if key is None else Service(key, *options, pool)


def _read_pool(
    fields: Fields, identity: Identity, old: tuple[Realserver, ...], lookup: PortLookup
) -> tuple[Realserver, ...]:
    if "realservers" not in fields:
        return old
    listed, notes = fields.get("realservers"), fields.notes
    if not isinstance(listed, (list, tuple)):
        fields.note("realservers-not-a-list", "realservers", listed)
        return ()
    have = {realserver.key: realserver for realserver in old} if fields.complete else None
    found: dict[RealserverKey, tuple[str, Realserver]] = {}
    for index, data in enumerate(listed):
        path = f"{fields.at('realservers')}[{index}]"
        if not isinstance(data, Mapping):
            notes.add("realserver-not-a-mapping", path, data)
            continue
        member = Fields(notes, path, data)
        one = read_own_realserver(member, identity, have, lookup)
        if not member.wrong("rip", "port") and found.setdefault(one.key, (path, one))[1] is not one:
            notes.add("realserver-twice", path, one.key.label, first=found[one.key][0])
    return sort_realservers(realserver for _path, realserver in found.values())


def read_own_realserver(fields: Fields, identity: Identity, have: Realservers | None, lookup: PortLookup) -> Realserver:
    """A realserver that has its address in the mapping itself; without one when that cannot be read."""
    fields.only(_REALSERVER_KEYS)
    fields.complete = have is not None
    rip = _rip(fields)
    reason = unusable(rip) if rip else ""
    if reason and have is not None and not any(key.rip == rip for key in have):
        fields.note("rip-unusable", "rip", fields.get("rip"), reason=reason)
        rip = ""
    return read_realserver(fields, identity, lookup, rip, have or {})


# --- what tells a service from others ---


def read_identity(fields: Fields, lookup: PortLookup, vips: Mapping[str, str] | None = None) -> Identity:
    """By which packets a service is chosen. In an inventory, which has ``vips``, they may say which get a fwmark."""
    marked, inventory = fields.get("fwmark") is not None, vips is not None
    ports = inventory and fields.get("ports") is not None
    if marked:
        _note_unmarked(fields, {*(["vip"] if inventory else []), *(["protocol"] if ports else [])})
    elif fields.get("vip") is None and not (inventory and "vips" in fields):
        fields.note("vip-missing", "vip", None)
    vip = next(iter(vips.values()), None) if vips is not None else None if marked else read_vip(fields)
    family = _family(fields, vip)
    if marked:
        return Identity(family, None, vip, 0, fields.number("fwmark", 1, FWMARK_LIMIT, 0, 0, "fwmark-invalid"))
    protocol = fields.protocol()
    port = None
    if fields.get("port") is not None:
        port = fields.port("port", fields.get("port"), 0, protocol, lookup)
    elif not ports:
        fields.note("port-missing", "port", None)
    return Identity(family, protocol, vip, port, None)


def usable(fields: Fields, identity: Identity, vips: Mapping[str, str] | None = None) -> Identity:
    """What of it a service of ours may have, whose ``vips`` may be several; the kernel takes more."""
    if identity.protocol not in (None, *PROTOCOLS):
        fields.note("protocol-unknown", "protocol", fields.get("protocol"), choices=one_of(PROTOCOLS))
    for key, vip in ({"vip": identity.vip or ""} if vips is None else vips).items():
        # No client has the way to another machine's loopback.
        loopback = vip == "::1" or vip.startswith("127.")
        reason = "a loopback address" if loopback else unusable(vip) if vip else ""
        if reason:
            fields.note("vip-unusable", key, fields.get(key) or vip, reason=reason)
    protocol = None if fields.wrong("protocol") else identity.protocol
    return identity._replace(protocol=protocol, vip=None if fields.wrong("vip") else identity.vip)


def _note_unmarked(fields: Fields, allowed: Collection[str]) -> None:
    """A mark alone chooses the service; 0 is how results write that it has no port."""
    for key in ("vip", "protocol", "port"):
        value = fields.get(key)
        if value is not None and key not in allowed and not (key == "port" and as_integer(value) == 0):
            fields.note("fwmark-key", key, value, key=key)


def read_vip(fields: Fields) -> str | None:
    """The VIP under its own key, if there is one."""
    value = fields.get("vip")
    return None if value is None else vip_of(fields, "vip", value)


def vip_of(fields: Fields, key: str, value: object) -> str | None:
    """A VIP is one address, and a mask that says just this is welcome."""
    text, slash, mask = value.partition("/") if isinstance(value, str) else ("", "", "")
    address = canonical_address(str(text))
    length = as_integer(mask) if slash and address else None
    full = HOST_PREFIX[family_of(address or "")]
    if address is None or (slash and (length is None or length > full)):
        fields.note("vip-invalid", key, value)
        return None
    if length not in (None, full):
        fields.note("vip-mask", key, value, prefix=full, address=address)
        return None
    return address


def _rip(fields: Fields) -> str:
    value = fields.get("rip")
    address = canonical_address(value) if isinstance(value, str) else None
    if address is None:
        fields.note("rip-missing" if value is None else "rip-invalid", "rip", value)
    return address or ""


def unusable(address: str) -> str:
    """Why a canonical address cannot be that of a host, as the kernel says it of a realserver; empty when it can."""
    six = ":" in address
    packed = socket.inet_pton(socket.AF_INET6 if six else socket.AF_INET, address)
    first = packed[0]
    reasons = (
        (not any(packed), "the unspecified address"),
        (first == 0xFF if six else 224 <= first <= 239, "a multicast address"),
        (six and first == 0xFE and packed[1] & 0xC0 == 0x80, "a link-local address"),
        (six and packed[:12] == bytes(10) + b"\xff\xff", "an IPv4-mapped address"),
        (not six and (first == 0 or first >= 240), "a reserved address"),
    )
    return next((reason for unfit, reason in reasons if unfit), "")


def _family(fields: Fields, vip: str | None) -> str | None:
    default = IPV4 if vip is None else family_of(vip)
    family = fields.choice("family", FAMILIES, default, default, "family-unknown")
    if vip is not None:
        if family != default:
            fields.note("family-mismatch", "family", family, vip=vip)
        return default
    return None if fields.wrong("family", "vip") else family


# --- how a service chooses among its realservers ---


def read_options(fields: Fields, identity: Identity, old: Service = _NONE_YET) -> Options:
    """The options of a service, and what the kernel accepts of them though it cannot work."""
    persistence = fields.number("persistence", 0, PERSISTENCE_LIMIT, old.persistence, 0, "persistence-invalid")
    transient = persistence == 0 and fields.sure("persistence")
    was_transient = old is not _NONE_YET and old.persistence == 0
    if identity.port == 0 and identity.fwmark is None and transient and not was_transient:
        fields.note("port-zero", "port", 0)
    scheduler = fields.choice("scheduler", SCHEDULERS, old.scheduler, "wlc", "scheduler-unknown")
    return Options(
        scheduler=scheduler,
        scheduler_flags=_scheduler_flags(fields, scheduler, old),
        persistence=persistence,
        persistence_netmask=_netmask(fields, identity.family, transient, old),
        persistence_engine=_engine(fields, identity.protocol, transient, old),
        one_packet=_one_packet(fields, identity.protocol, old),
    )


def _scheduler_flags(fields: Fields, scheduler: str, old: Service) -> tuple[str, ...]:
    value = fields.get("scheduler_flags")
    if value is None:
        kept = "scheduler_flags" not in fields and scheduler == old.scheduler
        return old.scheduler_flags if kept else ()
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)):
        fields.note("scheduler-flags-invalid", "scheduler_flags", value)
        return ()
    names = scheduler_flag_names(scheduler)
    found = set()
    for word in words if fields.sure("scheduler") else ():
        bit = names.index(word) if word in names else _FLAG_WORDS.get(word) if isinstance(word, str) else None
        if bit is None:
            near = did_you_mean(word, names)
            choices = one_of(names)
            fields.note("scheduler-flag-unknown", "scheduler_flags", word, near, scheduler=scheduler, choices=choices)
        else:
            found.add(bit)
    return tuple(names[bit] for bit in sorted(found))


def _netmask(fields: Fields, family: str | None, transient: bool, old: Service) -> str | int | None:
    """Clients of one network are persistent together: dotted for IPv4, a prefix length for IPv6.

    None is the default, each client by itself; without persistence the mask means nothing and is None.
    """
    value = fields.get("persistence_netmask")
    if value is None or value == "":
        kept = "persistence_netmask" not in fields and not transient
        return old.persistence_netmask if kept else None
    if value == old.persistence_netmask and not transient:
        return old.persistence_netmask
    length = None if family is None else netmask_length(value, family)
    if family is None or length == HOST_PREFIX[family]:
        return None
    if transient:
        fields.note("netmask-without-persistence", "persistence_netmask", value)
    if length is None:
        example = "255.255.255.0 or 24" if family == IPV4 else "64, a prefix length from 1 to 128"
        fields.note("netmask-invalid", "persistence_netmask", value, family=family, example=example)
        return None
    return dotted(length) if family == IPV4 else length


def netmask_length(value: object, family: str) -> int | None:
    """The prefix length of a netmask written as a length or, for IPv4, as a dotted quad; None when it is neither.

    By 0.0.0.0 all clients are one, which a persistence engine then tells apart by what it reads. A length of 0 is none:
    it would as well be meant as no netmask.
    """
    text = value.removeprefix("/") if isinstance(value, str) else value
    length = as_integer(text)
    if length is not None:
        return length if 1 <= length <= HOST_PREFIX[family] else None
    lengths = range(HOST_PREFIX[IPV4] + 1) if family == IPV4 and isinstance(text, str) else ()
    return next((length for length in lengths if dotted(length) == text), None)


def _engine(fields: Fields, protocol: str | None, transient: bool, old: Service) -> str | None:
    key = "persistence_engine"
    value = fields.get(key)
    ended = transient and old.persistence > 0
    if value is None or value == "":
        return old.persistence_engine if key not in fields and not ended else None
    if value == old.persistence_engine and not ended:
        return old.persistence_engine
    if transient:
        fields.note("engine-without-persistence", key, value)
    if protocol not in (None, "udp"):
        fields.note("engine-not-udp", key, value, protocol=protocol)
    return fields.choice(key, _ENGINES, old.persistence_engine or "", "", "engine-unknown") or None


def _one_packet(fields: Fields, protocol: str | None, old: Service) -> bool:
    one_packet = fields.truth("one_packet", old.one_packet)
    if one_packet and not old.one_packet and protocol not in (None, "udp"):
        fields.note("one-packet-not-udp", "one_packet", one_packet, protocol=protocol)
    return one_packet


# --- realservers ---


def read_realserver(
    fields: Fields,
    identity: Identity,
    lookup: PortLookup,
    rip: str = "",
    have: Realservers | None = None,
    forwarding: str = DR,
) -> Realserver:
    """A realserver's options. In an inventory it has no ``rip`` yet, and the service's own ``forwarding``."""
    port = _realserver_port(fields, identity, lookup, rip, have or {})
    there = have.get(RealserverKey(rip, port)) if have else None
    old = there or Realserver(rip, port, forwarding)
    forwarding = read_forwarding(fields, old.forwarding, forwarding)
    if fields.sure("forwarding") and not (there and forwarding == there.forwarding):
        _check_reach(fields, identity, rip, port, forwarding)
    upper = fields.number("upper_threshold", 0, THRESHOLD_LIMIT, old.upper_threshold, 0, "threshold-invalid")
    lower = fields.number("lower_threshold", 0, THRESHOLD_LIMIT, old.lower_threshold, 0, "threshold-invalid")
    if lower > upper and fields.sure("upper_threshold", "lower_threshold"):
        fields.note("thresholds-crossed", "lower_threshold", lower, upper=upper)
    weight = fields.number("weight", 0, WEIGHT_LIMIT, old.weight, 1, "weight-invalid")
    return Realserver(rip, port, forwarding, weight, upper, lower, _tunnel(fields, forwarding, old))


def read_forwarding(fields: Fields, kept: str = DR, default: str = DR) -> str:
    """The forwarding method, by the HOWTO's word or ipvsadm's."""
    return fields.choice("forwarding", FORWARDINGS, kept, default, "forwarding-unknown", FORWARDING_WORDS)


def _realserver_port(fields: Fields, identity: Identity, lookup: PortLookup, rip: str, have: Realservers) -> int:
    """The service's own when it is left out or 0, as to ipvsadm; 0 where the kernel has a realserver with just that."""
    value = fields.get("port")
    port = None if value is None else fields.port("port", value, 0, identity.protocol, lookup)
    if port == 0 and RealserverKey(rip, 0) in have:
        return 0
    return port or identity.port or 0


def _check_reach(fields: Fields, identity: Identity, rip: str, port: int, forwarding: str) -> None:
    """Whether packets can get there. By a firewall mark they are of any port, and the kernel takes any."""
    if forwarding in (DR, TUN) and identity.fwmark is None and identity.port not in (None, port):
        fields.note("port-remap", "port", port, port=identity.port, forwarding=forwarding)
    if forwarding != TUN and rip and identity.family not in (None, family_of(rip)):
        fields.note("families-mixed", "rip", rip, family=identity.family, forwarding=forwarding)


def _tunnel(fields: Fields, forwarding: str, old: Realserver) -> Tunnel | None:
    """A tunnel is one value: what is left out within it has its default."""
    value = fields.get("tunnel")
    usual = Tunnel() if forwarding == TUN else None
    if value is None:
        return old.tunnel if usual and old.tunnel and "tunnel" not in fields else usual
    if not isinstance(value, Mapping):
        fields.note("tunnel-invalid", "tunnel", value)
        return usual
    if usual and old.tunnel and value == old.tunnel.to_dict():
        return old.tunnel
    if forwarding != TUN and fields.sure("forwarding"):
        fields.note("tunnel-without-tun", "tunnel", value, forwarding=forwarding)
    inner = Fields(fields.notes, fields.at("tunnel"), value)
    inner.only(TUNNEL_KEYS)
    kind = inner.choice("type", TUNNEL_TYPES, "ipip", "ipip", "tunnel-type-unknown")
    if inner.wrong("type"):
        return usual
    checksum = inner.choice("checksum", TUNNEL_CHECKSUMS[kind], "none", "none", "tunnel-checksum-unknown", type=kind)
    return Tunnel(kind, _tunnel_port(inner, kind), checksum) if usual else None


def _tunnel_port(fields: Fields, kind: str) -> int:
    value = fields.get("port")
    if kind == "gue":
        if value is None:
            fields.note("tunnel-port-missing", "port", value)
        return fields.number("port", 1, HIGHEST_PORT, 0, 0, "tunnel-port-invalid")
    if value is not None and as_integer(value) != 0:
        fields.note("tunnel-port-unused", "port", value, type=kind)
    return 0
