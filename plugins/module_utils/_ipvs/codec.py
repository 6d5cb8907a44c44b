# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services, realservers, daemons and counters as the attributes that the kernel's IPVS speaks in, and back.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host.
"""

from __future__ import annotations

import socket
import typing as t
from collections.abc import Mapping

from .._model.address import HOST_PREFIX, IPV4, IPV6, dotted, family_of
from .._model.diff import ADD, EDIT, REMOVE, Operation
from .._model.table import Realserver, Service, ServiceKey, Tunnel, scheduler_flag_names
from . import attributes as ip_vs
from .attributes import Attribute, Attributes, Layout, garbled
from .daemon import SyncDaemon


class _Numbers:
    """The kernel's numbers and our words for them, both ways. A number without a word is its own decimal word."""

    def __init__(self, words: Mapping[int, str]):
        self._words = words
        self._numbers = {word: number for number, word in words.items()}

    def word(self, number: int) -> str:
        return self._words.get(number) or str(number)

    def number(self, word: str) -> int:
        number = self._numbers.get(word)
        return int(word) if number is None else number


_FAMILIES = _Numbers({int(socket.AF_INET): IPV4, int(socket.AF_INET6): IPV6})
_PROTOCOLS = _Numbers({6: "tcp", 17: "udp", 132: "sctp"})
_FORWARDINGS = _Numbers({0: "nat", 1: "local", 2: "tun", 3: "dr", 4: "bypass"})
_TUNNEL_TYPES = _Numbers({0: "ipip", 1: "gue", 2: "gre"})
_ROLES = _Numbers({1: "master", 2: "backup"})
_CHECKSUMS = _Numbers({0: "none", 1: "csum", 2: "remcsum"})

_DESTINATION = Layout(
    ip_vs.DEST,
    ip_vs.DEST_ADDR,
    ip_vs.DEST_PORT,
    ip_vs.DEST_FWD_METHOD,
    ip_vs.DEST_WEIGHT,
    ip_vs.DEST_U_THRESH,
    ip_vs.DEST_L_THRESH,
    ip_vs.DEST_ADDR_FAMILY,
    ip_vs.DEST_TUN_TYPE,
    ip_vs.DEST_TUN_PORT,
    ip_vs.DEST_TUN_FLAGS,
)
_DESTINATION_KEY = Layout(ip_vs.DEST, ip_vs.DEST_ADDR, ip_vs.DEST_PORT, ip_vs.DEST_ADDR_FAMILY)


def _packed(address: str) -> bytes:
    """An address as the kernel takes it: 16 bytes, an IPv4 one in the first four."""
    if ":" in address:
        return socket.inet_pton(socket.AF_INET6, address)
    return socket.inet_aton(address) + bytes(12)


# --- to the kernel ---


def encode_service_key(key: ServiceKey) -> bytes:
    """The attributes that name a service: its family with FWMARK, or with PROTOCOL, ADDR and PORT."""
    family = ip_vs.SVC_AF.pack(_FAMILIES.number(key.family))
    if key.vip is None:
        return family + ip_vs.SVC_FWMARK.pack(key.fwmark or 0)
    return b"".join(
        (
            family,
            ip_vs.SVC_PROTOCOL.pack(_PROTOCOLS.number(key.protocol or "0")),
            ip_vs.SVC_ADDR.holding(_packed(key.vip)),
            ip_vs.SVC_PORT.pack(key.port),
        )
    )


def encode_service(service: Service) -> bytes:
    """IPVS_CMD_ATTR_SERVICE in full: the kernel's edit forgets what it is not told."""
    flags = (ip_vs.PERSISTENT if service.persistence else 0) | (ip_vs.ONE_PACKET if service.one_packet else 0)
    names = scheduler_flag_names(service.scheduler)
    for word in service.scheduler_flags:
        flags |= ip_vs.SCHEDULER_FLAGS[names.index(word)]
    parts = [
        encode_service_key(service.key),
        ip_vs.SVC_SCHED_NAME.pack_text(service.scheduler),
        ip_vs.SVC_FLAGS.pack(flags, ip_vs.FLAGS_MASK),
        ip_vs.SVC_TIMEOUT.pack(service.persistence),
        _encode_netmask(service),
    ]
    if service.persistence_engine is not None:
        parts.append(ip_vs.SVC_PE_NAME.pack_text(service.persistence_engine))
    return ip_vs.SERVICE.holding(b"".join(parts))


def _encode_netmask(service: Service) -> bytes:
    family, mask = service.key.family, service.persistence_netmask
    if family == IPV4:
        return ip_vs.SVC_NETMASK.holding(socket.inet_aton(str(mask or dotted(32))))
    return ip_vs.SVC_NETMASK.pack(int(mask or HOST_PREFIX[family]))


def encode_destination(realserver: Realserver) -> bytes:
    """IPVS_CMD_ATTR_DEST in full. A kernel that is too old for a tunnel attribute skips it."""
    tunnel = realserver.tunnel or Tunnel()
    return _DESTINATION.pack(
        _packed(realserver.rip),
        realserver.port,
        _FORWARDINGS.number(realserver.forwarding),
        realserver.weight,
        realserver.upper_threshold,
        realserver.lower_threshold,
        _FAMILIES.number(family_of(realserver.rip)),
        _TUNNEL_TYPES.number(tunnel.type),
        tunnel.port,
        _CHECKSUMS.number(tunnel.checksum),
    )


def encode_destination_key(realserver: Realserver) -> bytes:
    """IPVS_CMD_ATTR_DEST with just what names a destination."""
    family = _FAMILIES.number(family_of(realserver.rip))
    return _DESTINATION_KEY.pack(_packed(realserver.rip), realserver.port, family)


_SERVICE_COMMANDS = {ADD: ip_vs.NEW_SERVICE, EDIT: ip_vs.SET_SERVICE, REMOVE: ip_vs.DEL_SERVICE}
_DEST_COMMANDS = {ADD: ip_vs.NEW_DEST, EDIT: ip_vs.SET_DEST, REMOVE: ip_vs.DEL_DEST}


def encode_operation(operation: Operation) -> tuple[int, bytes]:
    """The command and the attributes of one operation."""
    verb, service, realserver = operation
    named = encode_service_key(service.key)
    if realserver is None:
        return _SERVICE_COMMANDS[verb], ip_vs.SERVICE.holding(named) if verb == REMOVE else encode_service(service)
    encode = encode_destination_key if verb == REMOVE else encode_destination
    return _DEST_COMMANDS[verb], ip_vs.SERVICE.holding(named) + encode(realserver)


def encode_daemon(daemon: SyncDaemon) -> bytes:
    """IPVS_CMD_ATTR_DAEMON; what is left to the kernel is not sent."""
    parts = [
        ip_vs.DAEMON_STATE.pack(_ROLES.number(daemon.role)),
        ip_vs.DAEMON_MCAST_IFN.pack_text(daemon.interface),
        ip_vs.DAEMON_SYNC_ID.pack(daemon.sync_id),
    ]
    if daemon.max_len:
        parts.append(ip_vs.DAEMON_SYNC_MAXLEN.pack(daemon.max_len))
    if daemon.group is not None and ":" in daemon.group:
        parts.append(ip_vs.DAEMON_MCAST_GROUP6.holding(_packed(daemon.group)))
    elif daemon.group is not None:
        parts.append(ip_vs.DAEMON_MCAST_GROUP.holding(_packed(daemon.group)[:4]))
    if daemon.port:
        parts.append(ip_vs.DAEMON_MCAST_PORT.pack(daemon.port))
    if daemon.ttl:
        parts.append(ip_vs.DAEMON_MCAST_TTL.pack(daemon.ttl))
    return ip_vs.DAEMON.holding(b"".join(parts))


# --- from the kernel ---


def _address(found: Attributes, attribute: Attribute, family: str) -> str:
    data = attribute.within(found)
    size = 4 if family == IPV4 else 16
    if len(data) < size:
        raise garbled(f"{attribute.name} of {len(data)} bytes")
    return socket.inet_ntop(socket.AF_INET if family == IPV4 else socket.AF_INET6, data[:size])


def _family(found: Attributes, attribute: Attribute, default: str = "") -> str:
    family = _FAMILIES.word(attribute.read(found)) if attribute.number in found else default
    if family not in (IPV4, IPV6):
        raise garbled(f"address family {family or 'missing'}")
    return family


def decode_service(found: Attributes) -> Service:
    """A service, without its destinations, from the attributes inside IPVS_CMD_ATTR_SERVICE."""
    family = _family(found, ip_vs.SVC_AF)
    if ip_vs.SVC_FWMARK.number in found:
        key = ServiceKey(family, None, None, 0, ip_vs.SVC_FWMARK.read(found))
    else:
        protocol = _PROTOCOLS.word(ip_vs.SVC_PROTOCOL.read(found))
        key = ServiceKey(family, protocol, _address(found, ip_vs.SVC_ADDR, family), ip_vs.SVC_PORT.read(found), None)
    flags = ip_vs.SVC_FLAGS.read(found)
    scheduler = ip_vs.SVC_SCHED_NAME.read_text(found) or "none"
    names = scheduler_flag_names(scheduler)
    persistence = ip_vs.SVC_TIMEOUT.read(found) if flags & ip_vs.PERSISTENT else 0
    return Service(
        key=key,
        scheduler=scheduler,
        scheduler_flags=tuple(name for name, bit in zip(names, ip_vs.SCHEDULER_FLAGS) if flags & bit),
        persistence=persistence,
        persistence_netmask=_netmask(found, family) if persistence else None,
        persistence_engine=ip_vs.SVC_PE_NAME.read_text(found),
        one_packet=bool(flags & ip_vs.ONE_PACKET),
    )


def _netmask(found: Attributes, family: str) -> str | int | None:
    """The netmask in the model's spelling. One that is no netmask at all is shown as it is, to be put right."""
    data = ip_vs.SVC_NETMASK.within(found)
    if len(data) < 4:
        raise garbled(f"{ip_vs.SVC_NETMASK.name} of {len(data)} bytes")
    mask = socket.inet_ntoa(data[:4]) if family == IPV4 else ip_vs.SVC_NETMASK.read(found)
    return None if mask in (dotted(HOST_PREFIX[IPV4]), HOST_PREFIX[IPV6]) else mask


def decode_realserver(found: Attributes, service_family: str) -> Realserver:
    """A destination from the attributes inside IPVS_CMD_ATTR_DEST. Kernels before 3.18 do not say its family."""
    family = _family(found, ip_vs.DEST_ADDR_FAMILY, service_family)
    forwarding = _FORWARDINGS.word(ip_vs.DEST_FWD_METHOD.read(found))
    return Realserver(
        rip=_address(found, ip_vs.DEST_ADDR, family),
        port=ip_vs.DEST_PORT.read(found),
        forwarding=forwarding,
        weight=ip_vs.DEST_WEIGHT.read(found),
        upper_threshold=ip_vs.DEST_U_THRESH.read(found),
        lower_threshold=ip_vs.DEST_L_THRESH.read(found),
        tunnel=_tunnel(found) if forwarding == "tun" else None,
    )


def _tunnel(found: Attributes) -> Tunnel:
    return Tunnel(
        type=_TUNNEL_TYPES.word(ip_vs.DEST_TUN_TYPE.read(found)),
        port=ip_vs.DEST_TUN_PORT.read(found),
        checksum=_CHECKSUMS.word(ip_vs.DEST_TUN_FLAGS.read(found)),
    )


def decode_daemon(found: Attributes) -> SyncDaemon:
    """A daemon from the attributes inside IPVS_CMD_ATTR_DAEMON. Kernels before 4.3 send the first three alone."""
    group = None
    if ip_vs.DAEMON_MCAST_GROUP6.number in found:
        group = _address(found, ip_vs.DAEMON_MCAST_GROUP6, IPV6)
    elif ip_vs.DAEMON_MCAST_GROUP.number in found:
        group = _address(found, ip_vs.DAEMON_MCAST_GROUP, IPV4)
    return SyncDaemon(
        role=_ROLES.word(ip_vs.DAEMON_STATE.read(found)),
        interface=ip_vs.DAEMON_MCAST_IFN.read_text(found) or "",
        sync_id=ip_vs.DAEMON_SYNC_ID.read(found),
        max_len=ip_vs.DAEMON_SYNC_MAXLEN.read(found),
        group=group,
        port=ip_vs.DAEMON_MCAST_PORT.read(found),
        ttl=ip_vs.DAEMON_MCAST_TTL.read(found),
    )


class Counters(t.NamedTuple):
    """IPVS_STATS_ATTR_*, in their order: totals since the object was made, then rates per second."""

    connections: int
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    connections_per_second: int
    packets_in_per_second: int
    packets_out_per_second: int
    bytes_in_per_second: int
    bytes_out_per_second: int


class RealserverState(t.NamedTuple):
    """What a realserver is doing: its connections by kind, and its counters."""

    active: int
    inactive: int
    persistent: int
    counters: Counters


class ServiceState(t.NamedTuple):
    """A service as it runs: the value, its counters, and the state of each of its realservers in their order."""

    service: Service
    counters: Counters
    realservers: tuple[RealserverState, ...]

    def to_dict(self) -> dict[str, t.Any]:
        """The state as a result; what the service is comes from Service.to_dict()."""
        pool = [
            {
                "realserver": one.key.label,
                "weight": one.weight,
                "active": running.active,
                "inactive": running.inactive,
                "persistent": running.persistent,
                "counters": running.counters._asdict(),
            }
            for one, running in zip(self.service.realservers, self.realservers)
        ]
        return {"service": self.service.key.label, "counters": self.counters._asdict(), "realservers": pool}


def decode_counters(found: Attributes, wide: Attribute, narrow: Attribute) -> Counters:
    """The 64-bit statistics, or the 32-bit ones that a kernel before 4.1 sends."""
    known = wide.number in found
    inner = (wide if known else narrow).read_nested(found)
    return Counters(*(one.read(inner) for one in (ip_vs.STATS64 if known else ip_vs.STATS)))


def decode_state(found: Attributes) -> RealserverState:
    """What a destination is doing, from the attributes inside IPVS_CMD_ATTR_DEST."""
    return RealserverState(
        active=ip_vs.DEST_ACTIVE_CONNS.read(found),
        inactive=ip_vs.DEST_INACT_CONNS.read(found),
        persistent=ip_vs.DEST_PERSIST_CONNS.read(found),
        counters=decode_counters(found, ip_vs.DEST_STATS64, ip_vs.DEST_STATS),
    )


NO_COUNTERS = Counters(*(0 for _field in Counters._fields))
NO_STATE = RealserverState(0, 0, 0, NO_COUNTERS)
