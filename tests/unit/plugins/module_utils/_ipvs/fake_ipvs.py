# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IPVS in memory that answers netlink messages as the kernel does, for tests that need no kernel.

It keeps the attributes of services and destinations as the bytes that came, so that it knows nothing of how the client
encodes and decodes them. Its refusals are those measured on kernels 5.10 to 7.2.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable

Attributes = dict[int, bytes]

SCHEDULERS: tuple[bytes, ...] = (
    b"rr",
    b"wrr",
    b"lc",
    b"wlc",
    b"sh",
    b"mh",
    b"dh",
    b"lblc",
    b"lblcr",
    b"sed",
    b"nq",
    b"fo",
    b"ovf",
)
TUNNEL_ATTRIBUTES = (13, 14, 15)
FAMILY = 31


def parse(data: bytes) -> Attributes:
    found = {}
    while data:
        length, number = struct.unpack_from("=HH", data)
        found[number] = data[4:length]
        data = data[length + -length % 4 :]
    return found


def pack(attributes: Attributes) -> bytes:
    return b"".join(
        struct.pack("=HH", 4 + len(value), number) + value + bytes(-len(value) % 4)
        for number, value in attributes.items()
    )


class Refused(Exception):
    def __init__(self, number: int) -> None:
        self.number = number


class FakeKernel:
    """A transport: what is sent is carried out, and its answers wait to be received."""

    def __init__(self) -> None:
        self.loaded = True
        self.loadable = True
        self.permitted = True
        self.tunnels = True  # whether it knows the attributes of 5.2 and 5.3
        self.schedulers = SCHEDULERS
        self.refused_addresses: set[bytes] = set()
        self.services: dict[tuple[bytes, ...], tuple[Attributes, dict[tuple[bytes, bytes], Attributes]]] = {}
        self.timeouts: Attributes = {4: struct.pack("=I", 900), 5: struct.pack("=I", 120), 6: struct.pack("=I", 300)}
        self.daemons: dict[bytes, Attributes] = {}
        self.interfaces = {b"eth0\0", b"eth1\0"}
        self.sends: list[int] = []  # the number of messages in each send
        self.commands: list[int] = []
        self.acknowledged = 0
        self.before_write: Callable[[], None] = lambda: None
        self._answers: list[bytes] = []

    def send(self, data: bytes) -> int:
        count = 0
        rest = data
        while rest:
            length, kind, flags, sequence, _port = struct.unpack_from("=IHHII", rest)
            self._message(kind, flags, sequence, rest[16:length])
            rest = rest[length:]
            count += 1
        self.sends.append(count)
        return len(data)

    def recv(self, size: int) -> bytes:
        assert self._answers, "the client waits for an answer that the kernel never gives"
        answer = self._answers.pop(0)
        assert len(answer) <= size
        return answer

    def close(self) -> None:
        assert not self._answers, "answers were left unread"

    def _answer(self, kind: int, sequence: int, data: bytes) -> None:
        self._answers.append(struct.pack("=IHHII", 16 + len(data), kind, 0, sequence, 0) + data)

    def _message(self, kind: int, flags: int, sequence: int, data: bytes) -> None:
        command, attributes = data[0], parse(data[4:])
        number = 0
        try:
            for nested in self._controller(command, attributes) if kind == 16 else self._ipvs(command, attributes):
                self._answer(kind, sequence, struct.pack("=BBH", command, 1, 0) + pack(nested))
        except Refused as refusal:
            number = refusal.number
        if flags & 0x300 == 0x300 and not number:
            self._answer(3, sequence, struct.pack("=i", 0))
        elif number or flags & 0x4:
            self.acknowledged += not number
            self._answer(2, sequence, struct.pack("=i", -number) + bytes(16))

    def _controller(self, command: int, attributes: Attributes) -> list[Attributes]:
        """All families that are loaded, or the one that is asked for by its name, which loads it."""
        assert command == 3
        controller, family = {1: struct.pack("=H", 16), 2: b"nlctrl\0"}, {1: struct.pack("=H", FAMILY), 2: b"IPVS\0"}
        if not attributes:
            return [controller, family] if self.loaded else [controller]
        assert attributes == {2: b"IPVS\0"}
        self.loaded = self.loaded or self.loadable
        if not self.loaded:
            raise Refused(errno.ENOENT)
        return [family]

    def _ipvs(self, command: int, attributes: Attributes) -> list[Attributes]:
        assert self.loaded
        self.commands.append(command)
        if not self.permitted:
            raise Refused(errno.EPERM)
        if command == 15:
            return [{1: struct.pack("=I", 0x10201), 2: struct.pack("=I", 4096)}]
        if command in (9, 10, 11):
            return self._daemon(command, parse(attributes.get(3, b"")))
        if command == 12:
            self.timeouts.update({number: value for number, value in attributes.items() if any(value)})
            return []
        if command == 13:
            return [self.timeouts]
        if command in (1, 2, 3, 5, 6, 7):
            self.before_write()
        if 1 not in attributes:
            return [{1: pack(service)} for service, _pool in self.services.values()]
        service = parse(attributes[1])
        key = tuple(service[number] for number in sorted(service) if number <= 5)
        if command in (1, 2, 3, 4):
            return self._service(command, key, service)
        return self._destination(command, key, parse(attributes.get(2, b"")))

    def _daemon(self, command: int, daemon: Attributes) -> list[Attributes]:
        if command == 11:
            return [{3: pack(one)} for one in self.daemons.values()]
        if not {1, 2, 3} <= daemon.keys():
            raise Refused(errno.EINVAL)
        if command == 10:
            if daemon[1] not in self.daemons:
                raise Refused(errno.ESRCH)
            del self.daemons[daemon[1]]
            return []
        if daemon[1] in self.daemons:
            raise Refused(errno.EEXIST)
        if daemon[2] not in self.interfaces:
            raise Refused(errno.ENODEV)
        chosen = {4: struct.pack("=H", 1452 if 6 in daemon else 1472), 7: struct.pack("=H", 8848), 8: b"\1"}
        group = {} if 6 in daemon else {5: bytes([224, 0, 0, 81])}
        self.daemons[daemon[1]] = {**chosen, **group, **daemon}
        return []

    def _service(self, command: int, key: tuple[bytes, ...], service: Attributes) -> list[Attributes]:
        if command == 1 and key in self.services:
            raise Refused(errno.EEXIST)
        if command != 1 and key not in self.services:
            raise Refused(errno.ESRCH)
        if command in (1, 2):
            self._check_service(service)
            flags, mask = struct.unpack("=II", service[7])
            service[7] = struct.pack("=II", flags & mask | 2, 0xFFFFFFFF)
            self.services[key] = (service, self.services[key][1] if command == 2 else {})
        elif command == 3:
            del self.services[key]
        else:
            return [{1: pack(self.services[key][0])}]
        return []

    def _check_service(self, service: Attributes) -> None:
        if not {6, 7, 8, 9} <= service.keys():
            raise Refused(errno.EINVAL)
        if service[6].rstrip(b"\0") not in self.schedulers or service.get(11, b"sip\0") != b"sip\0":
            raise Refused(errno.ENOENT)

    def _destination(self, command: int, service: tuple[bytes, ...], destination: Attributes) -> list[Attributes]:
        if service not in self.services:
            if command == 8:
                return []
            raise Refused(errno.ESRCH)
        attributes, pool = self.services[service]
        if command == 8:
            return [{2: pack(one)} for one in pool.values()]
        key = (destination[1], destination[2])
        if command in (5, 6):
            self._check_destination(attributes, destination)
        if command == 5 and key in pool:
            raise Refused(errno.EEXIST)
        if command in (6, 7) and key not in pool:
            raise Refused(errno.ENOENT)
        if command == 7:
            del pool[key]
        else:
            pool[key] = self._kept(destination)
        return []

    def _check_destination(self, service: Attributes, destination: Attributes) -> None:
        if not {1, 2, 3, 4, 5, 6} <= destination.keys():
            raise Refused(errno.EINVAL)
        weight, upper, lower = (struct.unpack(form, destination[n])[0] for form, n in (("=i", 4), ("=I", 5), ("=I", 6)))
        if weight < 0 or lower > upper:
            raise Refused(errno.ERANGE)
        if destination[1] in self.refused_addresses:
            raise Refused(errno.EINVAL)
        if destination[11] != service[1] and destination[3] != struct.pack("=I", 2):
            raise Refused(errno.EINVAL)

    def _kept(self, destination: Attributes) -> Attributes:
        if self.tunnels:
            return destination
        return {number: value for number, value in destination.items() if number not in TUNNEL_ATTRIBUTES}
