# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's IPVS over generic netlink, with the standard library alone.

Private: this file may change in any release; do not import it from outside the collection.

The numbers are those of include/uapi/linux/ip_vs.h (IPVS_CMD_*, IPVS_*_ATTR_*), genetlink.h (CTRL_*, genlmsghdr)
and netlink.h (NLM_F_*, nlmsghdr, nlattr); they are frozen ABI. What goes where in which byte order:
PORT, TUN_PORT, MCAST_GROUP and the IPv4 NETMASK are in network order; everything else, the IPv6 NETMASK (a prefix
length) and MCAST_PORT included, is in the host's.

Encoding and decoding are functions; the class Ipvs talks to a Transport, which is a netlink socket or, in tests,
anything that answers like one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pathlib
import signal
import socket
import struct
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from .._errors import LvsError
from .._model.address import HOST_PREFIX, dotted, family_of
from .._model.diff import ADD, EDIT, REMOVE, Operation
from .._model.table import Realserver, Service, ServiceKey, Table, Tunnel, scheduler_flag_names, sort_services
from .daemon import (
    INITIAL_TIMEOUTS,
    SyncDaemon,
    Timeouts,
)

LOCK_FILE = "/run/lvs-ipvs.lock"
LOCK_PATIENCE = 60  # seconds that a second writer waits for the first

# netlink.h and genetlink.h
_NETLINK_GENERIC = 16
_SOL_NETLINK, _NETLINK_CAP_ACK = 270, 10
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
_ATTRIBUTE_TYPE = 0x3FFF  # the two bits above say "nested" and "network order"
_CONTROLLER = 16
_GETFAMILY, _FAMILY_ID, _FAMILY_NAME = 3, 1, 2

# ip_vs.h: commands, then the attributes of each level
_NEW_SERVICE, _SET_SERVICE, _DEL_SERVICE, _GET_SERVICE = 1, 2, 3, 4
_NEW_DEST, _SET_DEST, _DEL_DEST, _GET_DEST = 5, 6, 7, 8
_NEW_DAEMON, _DEL_DAEMON, _GET_DAEMON = 9, 10, 11
_SET_CONFIG, _GET_CONFIG, _GET_INFO = 12, 13, 15
_SERVICE, _DEST, _DAEMON, _TIMEOUT_TCP, _TIMEOUT_TCP_FIN, _TIMEOUT_UDP = 1, 2, 3, 4, 5, 6
_SVC_AF, _SVC_PROTOCOL, _SVC_ADDR, _SVC_PORT, _SVC_FWMARK = 1, 2, 3, 4, 5
_SVC_SCHED_NAME, _SVC_FLAGS, _SVC_TIMEOUT, _SVC_NETMASK = 6, 7, 8, 9
_SVC_STATS, _SVC_PE_NAME, _SVC_STATS64 = 10, 11, 12
_DEST_ADDR, _DEST_PORT, _DEST_FWD_METHOD, _DEST_WEIGHT, _DEST_U_THRESH, _DEST_L_THRESH = 1, 2, 3, 4, 5, 6
_DEST_ACTIVE, _DEST_INACTIVE, _DEST_PERSISTENT, _DEST_STATS = 7, 8, 9, 10
_DEST_ADDR_FAMILY, _DEST_STATS64, _DEST_TUN_TYPE, _DEST_TUN_PORT, _DEST_TUN_FLAGS = 11, 12, 13, 14, 15
_DAEMON_STATE, _DAEMON_IFN, _DAEMON_SYNC_ID, _DAEMON_MAXLEN = 1, 2, 3, 4
_DAEMON_GROUP, _DAEMON_GROUP6, _DAEMON_PORT, _DAEMON_TTL = 5, 6, 7, 8
_INFO_VERSION, _INFO_TABLE_SIZE = 1, 2

_PERSISTENT, _ONE_PACKET, _SCHEDULER_FLAGS = 0x1, 0x4, (0x8, 0x10, 0x20)
# Not among them: 0x2 "hashed", which is the kernel's own.
_FLAGS_MASK = _PERSISTENT | _ONE_PACKET | sum(_SCHEDULER_FLAGS)


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


_FAMILIES = _Numbers({int(socket.AF_INET): "ipv4", int(socket.AF_INET6): "ipv6"})
_PROTOCOLS = _Numbers({6: "tcp", 17: "udp", 132: "sctp"})
_FORWARDINGS = _Numbers({0: "nat", 1: "local", 2: "tun", 3: "dr", 4: "bypass"})
_TUNNEL_TYPES = _Numbers({0: "ipip", 1: "gue", 2: "gre"})
_ROLES = _Numbers({1: "master", 2: "backup"})
_CHECKSUMS = _Numbers({0: "none", 1: "csum", 2: "remcsum"})

_MESSAGE = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence number, port
_GENERIC = struct.Struct("=BBH")  # struct genlmsghdr: command, version, reserved
_REQUEST_HEAD = struct.Struct("=IHHIIBBH")
_ATTRIBUTE = struct.Struct("=HH")  # struct nlattr: length, type
_ERROR = struct.Struct("=i")
_U8, _U16, _U32, _U64 = (struct.Struct(f"={size}") for size in "BHIQ")
_BE16 = struct.Struct(">H")
_FLAGS = struct.Struct("=II")  # struct ip_vs_flags: flags, mask
# A whole destination in one go, because there are tens of thousands of them: an attribute's head before each value.
_DESTINATION = struct.Struct("=HH HH16s HHH2x HHI HHI HHI HHI HHH2x HHB3x HHH2x HHH2x")
_DESTINATION_KEY = struct.Struct("=HH HH16s HHH2x HHH2x")


def _attribute(number: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(4 + len(value), number) + value + bytes(-len(value) % 4)


def _text(number: int, value: str) -> bytes:
    return _attribute(number, value.encode("ascii") + b"\0")


def _packed(address: str) -> bytes:
    """An address as the kernel takes it: 16 bytes, an IPv4 one in the first four."""
    if ":" in address:
        return socket.inet_pton(socket.AF_INET6, address)
    return socket.inet_aton(address) + bytes(12)


def encode_service_key(key: ServiceKey) -> bytes:
    """The attributes that name a service: IPVS_SVC_ATTR_AF with FWMARK, or with PROTOCOL, ADDR and PORT."""
    family = _attribute(_SVC_AF, _U16.pack(_FAMILIES.number(key.family)))
    if key.vip is None:
        return family + _attribute(_SVC_FWMARK, _U32.pack(key.fwmark))
    return b"".join(
        (
            family,
            _attribute(_SVC_PROTOCOL, _U16.pack(_PROTOCOLS.number(key.protocol or "0"))),
            _attribute(_SVC_ADDR, _packed(key.vip)),
            _attribute(_SVC_PORT, _BE16.pack(key.port)),
        )
    )


def encode_service(service: Service) -> bytes:
    """IPVS_CMD_ATTR_SERVICE in full: the kernel's edit forgets what it is not told."""
    flags = (_PERSISTENT if service.persistence else 0) | (_ONE_PACKET if service.one_packet else 0)
    names = scheduler_flag_names(service.scheduler)
    for word in service.scheduler_flags:
        flags |= _SCHEDULER_FLAGS[names.index(word)]
    parts = [
        encode_service_key(service.key),
        _text(_SVC_SCHED_NAME, service.scheduler),
        _attribute(_SVC_FLAGS, _FLAGS.pack(flags, _FLAGS_MASK)),
        _attribute(_SVC_TIMEOUT, _U32.pack(service.persistence)),
        _attribute(_SVC_NETMASK, _encode_netmask(service)),
    ]
    if service.persistence_engine is not None:
        parts.append(_text(_SVC_PE_NAME, service.persistence_engine))
    return _attribute(_SERVICE, b"".join(parts))


def _encode_netmask(service: Service) -> bytes:
    family, mask = service.key.family, service.persistence_netmask
    if family == "ipv4":
        return socket.inet_aton(str(mask or dotted(32)))
    return _U32.pack(mask or HOST_PREFIX[family])


def encode_destination(realserver: Realserver) -> bytes:
    """IPVS_CMD_ATTR_DEST in full. A kernel that is too old for a tunnel attribute skips it."""
    tunnel = realserver.tunnel or Tunnel()
    return _DESTINATION.pack(
        *(_DESTINATION.size, _DEST),
        *(20, _DEST_ADDR, _packed(realserver.rip)),
        *(6, _DEST_PORT, socket.htons(realserver.port)),
        *(8, _DEST_FWD_METHOD, _FORWARDINGS.number(realserver.forwarding)),
        *(8, _DEST_WEIGHT, realserver.weight),
        *(8, _DEST_U_THRESH, realserver.upper_threshold),
        *(8, _DEST_L_THRESH, realserver.lower_threshold),
        *(6, _DEST_ADDR_FAMILY, _FAMILIES.number(family_of(realserver.rip))),
        *(5, _DEST_TUN_TYPE, _TUNNEL_TYPES.number(tunnel.type)),
        *(6, _DEST_TUN_PORT, socket.htons(tunnel.port)),
        *(6, _DEST_TUN_FLAGS, _CHECKSUMS.number(tunnel.checksum)),
    )


def encode_destination_key(realserver: Realserver) -> bytes:
    """IPVS_CMD_ATTR_DEST with just what names a destination."""
    return _DESTINATION_KEY.pack(
        *(_DESTINATION_KEY.size, _DEST),
        *(20, _DEST_ADDR, _packed(realserver.rip)),
        *(6, _DEST_PORT, socket.htons(realserver.port)),
        *(6, _DEST_ADDR_FAMILY, _FAMILIES.number(family_of(realserver.rip))),
    )


def encode_daemon(daemon: SyncDaemon) -> bytes:
    """IPVS_CMD_ATTR_DAEMON; what is left to the kernel is not sent."""
    parts = [
        _attribute(_DAEMON_STATE, _U32.pack(_ROLES.number(daemon.role))),
        _text(_DAEMON_IFN, daemon.interface),
        _attribute(_DAEMON_SYNC_ID, _U32.pack(daemon.sync_id)),
    ]
    if daemon.max_len:
        parts.append(_attribute(_DAEMON_MAXLEN, _U16.pack(daemon.max_len)))
    if daemon.group is not None:
        six = ":" in daemon.group
        parts.append(_attribute(_DAEMON_GROUP6 if six else _DAEMON_GROUP, _packed(daemon.group)[: 16 if six else 4]))
    if daemon.port:
        parts.append(_attribute(_DAEMON_PORT, _U16.pack(daemon.port)))
    if daemon.ttl:
        parts.append(_attribute(_DAEMON_TTL, _U8.pack(daemon.ttl)))
    return _attribute(_DAEMON, b"".join(parts))


def decode_daemon(attributes: Attributes) -> SyncDaemon:
    """A daemon from the attributes inside IPVS_CMD_ATTR_DAEMON. Kernels before 4.3 send the first three alone."""
    group = None
    if _DAEMON_GROUP6 in attributes:
        group = _decode_address(attributes, _DAEMON_GROUP6, "ipv6")
    elif _DAEMON_GROUP in attributes:
        group = _decode_address(attributes, _DAEMON_GROUP, "ipv4")
    return SyncDaemon(
        role=_ROLES.word(_value(attributes, _DAEMON_STATE, _U32)),
        interface=_decode_text(attributes, _DAEMON_IFN) or "",
        sync_id=_value(attributes, _DAEMON_SYNC_ID, _U32),
        max_len=_value(attributes, _DAEMON_MAXLEN, _U16),
        group=group,
        port=_value(attributes, _DAEMON_PORT, _U16),
        ttl=_value(attributes, _DAEMON_TTL, _U8),
    )


_SERVICE_COMMANDS = {ADD: _NEW_SERVICE, EDIT: _SET_SERVICE, REMOVE: _DEL_SERVICE}
_DEST_COMMANDS = {ADD: _NEW_DEST, EDIT: _SET_DEST, REMOVE: _DEL_DEST}


def encode_operation(operation: Operation) -> tuple[int, bytes]:
    """The command and the attributes of one operation."""
    verb, service, realserver = operation
    if realserver is None:
        nested = _attribute(_SERVICE, encode_service_key(service.key)) if verb == REMOVE else encode_service(service)
        return _SERVICE_COMMANDS[verb], nested
    encode = encode_destination_key if verb == REMOVE else encode_destination
    return _DEST_COMMANDS[verb], _attribute(_SERVICE, encode_service_key(service.key)) + encode(realserver)


Attributes = dict[int, bytes]


def _garbled(what: str) -> LvsError:
    return LvsError("the kernel's answer", what, "is not what ip_vs.h promises. Please report it with `uname -r`.")


def decode_attributes(data: bytes) -> Attributes:
    """The attributes in a stretch of netlink: number -> value. Numbers we do not know are there to be skipped."""
    found: Attributes = {}
    offset, end = 0, len(data)
    while end - offset >= 4:
        length, number = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4 or offset + length > end:
            raise _garbled(f"an attribute of {length} bytes where {end - offset} are left")
        found[number & _ATTRIBUTE_TYPE] = data[offset + 4 : offset + length]
        offset += length + (-length % 4)
    return found


def _value(attributes: Attributes, number: int, form: struct.Struct) -> int:
    """The number in an attribute; 0 for one that the kernel is too old to send."""
    data = attributes.get(number)
    if data is None:
        return 0
    if len(data) < form.size:
        raise _garbled(f"attribute {number} of {len(data)} bytes")
    return t.cast(int, form.unpack_from(data)[0])


def _decode_text(attributes: Attributes, number: int) -> str | None:
    data = attributes.get(number)
    return data.split(b"\0", 1)[0].decode("ascii", "backslashreplace") if data else None


def _decode_address(attributes: Attributes, number: int, family: str) -> str:
    data = attributes.get(number, b"")
    size = 4 if family == "ipv4" else 16
    if len(data) < size:
        raise _garbled(f"an {family} address of {len(data)} bytes")
    return socket.inet_ntop(socket.AF_INET if family == "ipv4" else socket.AF_INET6, data[:size])


def _decode_family(attributes: Attributes, number: int, default: str = "") -> str:
    family = _FAMILIES.word(_value(attributes, number, _U16)) if number in attributes else default
    if family not in ("ipv4", "ipv6"):
        raise _garbled(f"address family {family or 'missing'}")
    return family


def decode_service(attributes: Attributes) -> Service:
    """A service, without its destinations, from the attributes inside IPVS_CMD_ATTR_SERVICE."""
    family = _decode_family(attributes, _SVC_AF)
    if _SVC_FWMARK in attributes:
        key = ServiceKey(family, None, None, 0, _value(attributes, _SVC_FWMARK, _U32))
    else:
        protocol = _PROTOCOLS.word(_value(attributes, _SVC_PROTOCOL, _U16))
        vip = _decode_address(attributes, _SVC_ADDR, family)
        key = ServiceKey(family, protocol, vip, _value(attributes, _SVC_PORT, _BE16), None)
    flags = _value(attributes, _SVC_FLAGS, _U32)
    scheduler = _decode_text(attributes, _SVC_SCHED_NAME) or "none"
    names = scheduler_flag_names(scheduler)
    persistence = _value(attributes, _SVC_TIMEOUT, _U32) if flags & _PERSISTENT else 0
    return Service(
        key=key,
        scheduler=scheduler,
        scheduler_flags=tuple(name for name, bit in zip(names, _SCHEDULER_FLAGS) if flags & bit),
        persistence=persistence,
        persistence_netmask=_decode_netmask(attributes, family) if persistence else None,
        persistence_engine=_decode_text(attributes, _SVC_PE_NAME),
        one_packet=bool(flags & _ONE_PACKET),
    )


def _decode_netmask(attributes: Attributes, family: str) -> str | int | None:
    """The netmask in the model's spelling. One that is no netmask at all is shown as it is, to be put right."""
    data = attributes.get(_SVC_NETMASK, b"")
    if len(data) < 4:
        raise _garbled(f"a netmask of {len(data)} bytes")
    mask = socket.inet_ntoa(data[:4]) if family == "ipv4" else _value(attributes, _SVC_NETMASK, _U32)
    return None if mask in (dotted(HOST_PREFIX["ipv4"]), HOST_PREFIX["ipv6"]) else mask


def decode_realserver(attributes: Attributes, service_family: str) -> Realserver:
    """A destination from the attributes inside IPVS_CMD_ATTR_DEST. Kernels before 3.18 do not say its family."""
    family = _decode_family(attributes, _DEST_ADDR_FAMILY, service_family)
    forwarding = _FORWARDINGS.word(_value(attributes, _DEST_FWD_METHOD, _U32))
    return Realserver(
        rip=_decode_address(attributes, _DEST_ADDR, family),
        port=_value(attributes, _DEST_PORT, _BE16),
        forwarding=forwarding,
        weight=_value(attributes, _DEST_WEIGHT, _U32),
        upper_threshold=_value(attributes, _DEST_U_THRESH, _U32),
        lower_threshold=_value(attributes, _DEST_L_THRESH, _U32),
        tunnel=_decode_tunnel(attributes) if forwarding == "tun" else None,
    )


def _decode_tunnel(attributes: Attributes) -> Tunnel:
    return Tunnel(
        type=_TUNNEL_TYPES.word(_value(attributes, _DEST_TUN_TYPE, _U8)),
        port=_value(attributes, _DEST_TUN_PORT, _BE16),
        checksum=_CHECKSUMS.word(_value(attributes, _DEST_TUN_FLAGS, _U16)),
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
        """The state as a result; what the service is stands beside it, by Service.to_dict()."""
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


def decode_counters(attributes: Attributes, wide: int, narrow: int) -> Counters:
    """The 64-bit statistics, or the 32-bit ones that a kernel before 4.1 sends (whose byte counts are 64-bit)."""
    form = _U64 if wide in attributes else _U32
    inner = decode_attributes(attributes.get(wide) or attributes.get(narrow) or b"")
    return Counters(*(_value(inner, i, _U64 if i in (4, 5) else form) for i in range(1, len(Counters._fields) + 1)))


def _decode_state(attributes: Attributes) -> RealserverState:
    return RealserverState(
        active=_value(attributes, _DEST_ACTIVE, _U32),
        inactive=_value(attributes, _DEST_INACTIVE, _U32),
        persistent=_value(attributes, _DEST_PERSISTENT, _U32),
        counters=decode_counters(attributes, _DEST_STATS64, _DEST_STATS),
    )


class Message(t.NamedTuple):
    """One netlink message of an answer: its type, sequence number and what follows the header."""

    type: int
    sequence: int
    data: bytes

    @property
    def error(self) -> int:
        """The errno of an NLMSG_ERROR (0 acknowledges) or an NLMSG_DONE, as a positive number."""
        if len(self.data) < 4:
            return 0 if self.type == _NLMSG_DONE else errno.EBADMSG
        return -t.cast(int, _ERROR.unpack_from(self.data)[0])

    def attributes(self) -> Attributes:
        return decode_attributes(self.data[_GENERIC.size :])


def decode_messages(data: bytes) -> Iterator[Message]:
    """The messages that one receive brought."""
    offset, end = 0, len(data)
    while end - offset >= _MESSAGE.size:
        length, kind, _flags, sequence, _port = _MESSAGE.unpack_from(data, offset)
        if length < _MESSAGE.size or offset + length > end:
            raise _garbled(f"a message of {length} bytes where {end - offset} came")
        yield Message(kind, sequence, data[offset + _MESSAGE.size : offset + length])
        offset += length + (-length % 4)


class Transport(t.Protocol):
    """What carries messages to the kernel and its answers back: a netlink socket, or a test's stand-in."""

    def send(self, data: bytes, /) -> int: ...

    def recv(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


def open_socket() -> socket.socket:
    """A generic netlink socket that answers tersely and never waits for ever."""
    if not hasattr(socket, "AF_NETLINK"):
        raise LvsError("this host", os.uname().sysname, "is not Linux. Use a Linux host as director.")
    channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_GENERIC)
    # Without this an error comes back with the whole request in it and many of them overflow the receive buffer.
    channel.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
    # In the kernel rather than with settimeout(), which costs a poll() for each message.
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 60, 0))
    channel.bind((0, 0))
    return channel


def connect() -> Ipvs:
    """The IPVS of this host, or why there is none."""
    try:
        return Ipvs(open_socket())
    except OSError as error:
        raise absent(error.errno or 0) from error


class Failure(t.NamedTuple):
    """An operation that the kernel refused, and the errno it gave."""

    operation: Operation
    errno: int


class Ipvs:
    """The IPVS of this network namespace.

    Reading loads nothing: where the kernel's IPVS is not loaded there are no services and no daemons. The first write
    loads the module ip_vs where that is possible.
    """

    # A full set of errors must fit the receive buffer, which holds somewhat over 200 of them; and a send must fit the
    # send buffer, 208 KiB by default. 128 messages of some 200 bytes are far from both and cost nothing measurable.
    batch = 128

    def __init__(self, transport: Transport):
        self._transport = transport
        self._sequence = 0
        # Which destination attributes this kernel sends, as soon as it has sent one: how we ask what it knows.
        self.known_destination: frozenset[int] | None = None
        # Until IPVS is there, nobody but the controller of all families is spoken to.
        self._family = _CONTROLLER
        # The list of what is loaded: to ask for IPVS by its name would load it.
        self._family = self._family_in(self._list(_GETFAMILY))

    @property
    def loaded(self) -> bool:
        """Whether the kernel has IPVS loaded, or built in."""
        return self._family != _CONTROLLER

    def _load(self) -> None:
        if self.loaded:
            return
        try:
            self._family = self._family_in(self._ask(_GETFAMILY, _text(_FAMILY_NAME, "IPVS")))
        except OSError as error:
            raise absent(error.errno or 0) from error
        if not self.loaded:
            raise absent(errno.ENOENT)

    @staticmethod
    def _family_in(messages: Iterable[Message]) -> int:
        """The number of the family IPVS, the controller's own where there is none."""
        families = (message.attributes() for message in messages)
        found = (one for one in families if one.get(_FAMILY_NAME, b"").rstrip(b"\0") == b"IPVS")
        return next((_value(one, _FAMILY_ID, _U16) for one in found), _CONTROLLER)

    # --- messages ---

    def _message(self, command: int, flags: int, body: bytes) -> bytes:
        self._sequence += 1
        length = _REQUEST_HEAD.size + len(body)
        return _REQUEST_HEAD.pack(length, self._family, _REQUEST | flags, self._sequence, 0, command, 1, 0) + body

    def _answers(self, first: int) -> Iterator[Message]:
        """What the kernel answers, without what is left over from an earlier question."""
        while True:
            for message in decode_messages(self._transport.recv(65536)):
                if message.sequence >= first:
                    yield message

    def _ask(self, command: int, body: bytes = b"") -> list[Message]:
        """One question with one answer and an acknowledgement."""
        self._transport.send(self._message(command, _ACK, body))
        return self._collect()

    def _dump(self, command: int, body: bytes = b"") -> list[Message]:
        """One question with any number of answers."""
        self._transport.send(self._message(command, _DUMP, body))
        return self._collect()

    def _collect(self) -> list[Message]:
        found: list[Message] = []
        for message in self._answers(self._sequence):
            if message.type in (_NLMSG_ERROR, _NLMSG_DONE):
                if message.error:
                    raise OSError(message.error, os.strerror(message.error))
                break
            found.append(message)
        return found

    # --- reading ---

    def table(self) -> Table:
        """All services with their realservers, sorted."""
        return sort_services(
            self._read_realservers(decode_service(attributes), attributes, counters=False).service
            for attributes in self._read_services()
        )

    def states(self, wanted: Callable[[ServiceKey], bool]) -> tuple[ServiceState, ...]:
        """The wanted services with their realservers and counters, sorted."""
        found = []
        for attributes in self._read_services():
            service = decode_service(attributes)
            if wanted(service.key):
                found.append(self._read_realservers(service, attributes, counters=True))
        return tuple(sorted(found, key=lambda state: state.service.key.order()))

    def service(self, key: ServiceKey) -> Service | None:
        """One service with its realservers, None when the kernel does not have it."""
        if not self.loaded:
            return None
        try:
            messages = self._ask(_GET_SERVICE, _attribute(_SERVICE, encode_service_key(key)))
        except OSError as error:
            if error.errno == errno.ESRCH:
                return None
            raise unreadable(error) from error
        for message in messages:
            attributes = decode_attributes(message.attributes().get(_SERVICE, b""))
            return self._read_realservers(decode_service(attributes), attributes, counters=False).service
        return None

    def _read_services(self) -> list[Attributes]:
        found = self._list(_GET_SERVICE) if self.loaded else []
        return [decode_attributes(message.attributes().get(_SERVICE, b"")) for message in found]

    def _list(self, command: int, body: bytes = b"") -> list[Message]:
        try:
            return self._dump(command, body)
        except OSError as error:
            raise unreadable(error) from error

    def _read_realservers(self, service: Service, attributes: Attributes, *, counters: bool) -> ServiceState:
        found = []
        for one in self._list(_GET_DEST, _attribute(_SERVICE, encode_service_key(service.key))):
            inner = decode_attributes(one.attributes().get(_DEST, b""))
            state = _decode_state(inner) if counters else _NO_STATE
            found.append((decode_realserver(inner, service.key.family), state))
            if self.known_destination is None:
                self.known_destination = frozenset(inner)
        found.sort(key=lambda pair: pair[0].key.order())
        return ServiceState(
            service._replace(realservers=tuple(realserver for realserver, _state in found)),
            decode_counters(attributes, _SVC_STATS64, _SVC_STATS) if counters else _NO_COUNTERS,
            tuple(state for _realserver, state in found),
        )

    def _figures(self, command: int) -> Attributes:
        try:
            for message in self._ask(command):
                return message.attributes()
        except OSError as error:
            raise unreadable(error) from error
        raise _garbled(f"nothing to command {command}")

    def info(self) -> dict[str, t.Any]:
        """IPVS_CMD_GET_INFO: the version and the number of buckets of the connection table; None: nothing is loaded."""
        if not self.loaded:
            return {"version": None, "connection_table_size": None}
        attributes = self._figures(_GET_INFO)
        version = _value(attributes, _INFO_VERSION, _U32)
        return {
            "version": f"{version >> 16 & 0xFF}.{version >> 8 & 0xFF}.{version & 0xFF}",
            "connection_table_size": _value(attributes, _INFO_TABLE_SIZE, _U32),
        }

    def timeouts(self) -> Timeouts:
        """IPVS_CMD_GET_CONFIG, or what it will be as soon as IPVS is loaded."""
        if not self.loaded:
            return INITIAL_TIMEOUTS
        attributes = self._figures(_GET_CONFIG)
        return Timeouts(*(_value(attributes, n, _U32) for n in (_TIMEOUT_TCP, _TIMEOUT_TCP_FIN, _TIMEOUT_UDP)))

    def daemons(self) -> list[SyncDaemon]:
        """IPVS_CMD_GET_DAEMON: the synchronisation daemons that run, none, one or both."""
        listed = self._list(_GET_DAEMON) if self.loaded else []
        found = [decode_attributes(message.attributes().get(_DAEMON, b"")) for message in listed]
        return sorted(map(decode_daemon, found), key=lambda daemon: daemon.role, reverse=True)

    # --- writing ---

    def set_timeouts(self, timeouts: Timeouts) -> None:
        """IPVS_CMD_SET_CONFIG."""
        self._load()
        numbers = zip((_TIMEOUT_TCP, _TIMEOUT_TCP_FIN, _TIMEOUT_UDP), timeouts)
        self._ask(_SET_CONFIG, b"".join(_attribute(number, _U32.pack(seconds)) for number, seconds in numbers))

    def start_daemon(self, daemon: SyncDaemon) -> None:
        """IPVS_CMD_NEW_DAEMON."""
        self._load()
        self._ask(_NEW_DAEMON, encode_daemon(daemon))

    def stop_daemon(self, daemon: SyncDaemon) -> None:
        """IPVS_CMD_DEL_DAEMON. The kernel wants no more than the role, in full."""
        self._ask(_DEL_DAEMON, encode_daemon(SyncDaemon(daemon.role, daemon.interface, daemon.sync_id)))

    def execute(self, operations: Sequence[Operation]) -> list[Failure]:
        """Carry out the operations in their order, in as few sends as the buffers allow.

        The kernel goes on after an operation that fails, so each failure is told apart by its sequence number.
        No further batch is sent after one with a failure in it.
        """
        if operations:
            self._load()
        for start in range(0, len(operations), self.batch):
            failures = self._send_batch(operations[start : start + self.batch])
            if failures:
                return failures
        return []

    def _send_batch(self, operations: Sequence[Operation]) -> list[Failure]:
        first = self._sequence + 1
        last = first + len(operations) - 1
        messages = []
        for operation in operations:
            command, body = encode_operation(operation)
            messages.append(self._message(command, _ACK if self._sequence + 1 == last else 0, body))
        self._transport.send(b"".join(messages))
        failures = []
        for message in self._answers(first):
            if message.error:
                failures.append(Failure(operations[message.sequence - first], message.error))
            if message.sequence == last:
                break
        return failures

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Ipvs:
        return self

    def __exit__(self, *_reason: object) -> None:
        self.close()


_NO_COUNTERS = Counters(*(0 for _field in Counters._fields))
_NO_STATE = RealserverState(0, 0, 0, _NO_COUNTERS)


# --- what the kernel's refusals mean ---


def absent(number: int) -> LvsError:
    """Why there is no IPVS to talk to."""
    if number == errno.EPERM:
        return _no_permission()
    if _in_container():
        cure = "has no IPVS: the host of this container must load it. Run `modprobe ip_vs` on that host."
    else:
        cure = "has no IPVS and could not load it. Run `modprobe ip_vs` to see why, or use a kernel built with IP_VS."
    return LvsError("the kernel", os.uname().release, cure)


def _no_permission() -> LvsError:
    user = os.geteuid()
    cure = "may not even read the table. Run as root (`become: true`), in a container with the capability NET_ADMIN."
    return LvsError("the user", user, cure)


def _in_container() -> bool:
    return any(pathlib.Path(path).exists() for path in ("/run/systemd/container", "/.dockerenv", "/run/.containerenv"))


def unreadable(error: OSError) -> LvsError:
    """Why the table could not be read."""
    if error.errno == errno.EPERM:
        return _no_permission()
    if error.errno == errno.EAGAIN:
        return LvsError("the kernel's table", "no answer", "came within a minute. Look at the kernel's log.")
    return LvsError("the kernel's table", os.strerror(error.errno or 0), "is all it says. Look at the kernel's log.")


RACES = frozenset((errno.EEXIST, errno.ESRCH))


def lost_race(failure: Failure) -> bool:
    """Whether somebody else changed the table between our reading and our writing."""
    gone = failure.errno == errno.ENOENT and failure.operation.realserver is not None
    return gone or failure.errno in RACES


def causes(failures: Sequence[Failure]) -> list[Failure]:
    """The failures without their consequences: what a refused service makes of its realservers looks like a race."""
    return [failure for failure in failures if not lost_race(failure)] or list(failures)


def refused(failure: Failure) -> LvsError:
    """A refusal in words: the item, the value that is to blame as far as the kernel lets us know, the cure."""
    operation, number = failure
    if number == errno.EPERM:
        return _no_permission()
    service = operation.service
    if number == errno.ENOENT and operation.realserver is None:
        what = f"{operation.label}: scheduler"
        if service.persistence_engine is not None:
            cure = f"or persistence engine {service.persistence_engine!r} cannot be loaded by this kernel."
            return LvsError(what, service.scheduler, f"{cure} Look for their modules with `modinfo`.")
        cure = f"is not a scheduler this kernel can load. See `modinfo ip_vs_{service.scheduler}`, or use another."
        return LvsError(what, service.scheduler, cure)
    if number == errno.EAFNOSUPPORT:
        return LvsError(operation.label, service.key.family, "is not a family this kernel's IPVS was built with.")
    if lost_race(failure):
        cure = "happened again and again: something else writes this table. Let only one program own it."
        return LvsError(operation.label, os.strerror(number), cure)
    if number == errno.EINVAL and operation.realserver is not None:
        cure = (
            "is how the kernel refuses this realserver. An address of the other family than the service's cannot be"
            " used while a connection synchronisation daemon runs; an address must be that of one host."
        )
        return LvsError(operation.label, operation.realserver.rip, cure)
    return LvsError(operation.label, os.strerror(number), f"is the kernel's answer to {operation.verb}.")


# --- one writer at a time ---


@contextlib.contextmanager
def writer_lock(path: str, patience: int = LOCK_PATIENCE) -> Iterator[None]:
    """Keep every other task of this collection on this host from writing the table until we are done.

    Ansible runs delegated tasks in parallel, so two of them may read, plan and write on one director at once.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise LvsError(path, os.strerror(error.errno or 0), "keeps us from locking it. Run as root.") from error
    try:
        with _deadline(patience, path):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _deadline(seconds: int, path: str) -> Iterator[None]:
    """Interrupt a wait that the kernel itself would let last for ever."""

    def give_up(_signal: int, _frame: object) -> t.NoReturn:
        cure = f"seconds were not enough: another task still holds {path}. See who with `fuser -v {path}`."
        raise LvsError("the lock on the table", seconds, cure)

    former = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


def attributes_unknown(operations: Iterable[Operation], known: frozenset[int] | None) -> LvsError | None:
    """The first wish that this kernel would silently ignore, judged by the attributes that it sends itself."""
    if known is None or _DEST_TUN_FLAGS in known:
        return None
    for operation in operations:
        realserver = operation.realserver
        if realserver is None or operation.verb == REMOVE or realserver.tunnel in (None, Tunnel()):
            continue
        cure = f"is unknown to kernel {os.uname().release}, which would use ipip. It takes 5.2 for gue and 5.3 for gre."
        return LvsError(f"{operation.label}: tunnel", realserver.tunnel.to_dict(), cure)
    return None
