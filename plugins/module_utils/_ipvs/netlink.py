# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generic netlink: messages, and a conversation with one of the kernel's families.

Private: this file may change in any release; do not import it from outside the collection.

The numbers are those of netlink.h (NLM_F_*, nlmsghdr) and genetlink.h (genlmsghdr). A Transport is a netlink socket or,
in tests, anything that answers like one.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import typing as t
from collections.abc import Iterator, Sequence

from .._errors import LvsError
from .attributes import (
    CTRL_ATTR_FAMILY_ID,
    CTRL_ATTR_FAMILY_NAME,
    CTRL_CMD_GETFAMILY,
    Attributes,
    decode_attributes,
    garbled,
)

_NETLINK_GENERIC = 16
_SOL_NETLINK, _NETLINK_CAP_ACK = 270, 10
_ERROR, _DONE = 2, 3
_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
_CONTROLLER = 16
_LARGEST_ERRNO = 4095  # err.h: MAX_ERRNO

_MESSAGE = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence number, port
_GENERIC = struct.Struct("=BBH")  # struct genlmsghdr: command, version, reserved
_HEAD = struct.Struct("=IHHIIBBH")  # both
_NUMBER = struct.Struct("=i")


class Message(t.NamedTuple):
    """One netlink message of an answer: its type, sequence number and what follows the header."""

    type: int
    sequence: int
    data: bytes

    @property
    def ends(self) -> bool:
        """Whether it is the last of an answer."""
        return self.type in (_ERROR, _DONE)

    @property
    def error(self) -> int:
        """The errno of an NLMSG_ERROR (0 acknowledges) or an NLMSG_DONE, as a positive number."""
        if len(self.data) < _NUMBER.size:
            return 0 if self.type == _DONE else errno.EBADMSG
        number = -t.cast(int, _NUMBER.unpack_from(self.data)[0])
        if not 0 <= number <= _LARGEST_ERRNO:
            raise garbled(f"error {number}")
        return number

    def attributes(self) -> Attributes:
        return decode_attributes(self.data[_GENERIC.size :])


def decode_messages(data: bytes) -> Iterator[Message]:
    """The messages that one receive brought."""
    offset, end = 0, len(data)
    while end - offset >= _MESSAGE.size:
        length, kind, _flags, sequence, _port = _MESSAGE.unpack_from(data, offset)
        if length < _MESSAGE.size or offset + length > end:
            raise garbled(f"a message of {length} bytes where {end - offset} came")
        yield Message(kind, sequence, data[offset + _MESSAGE.size : offset + length])
        offset += length + (-length % 4)
    if offset < end or not data:
        raise garbled(f"{max(end - offset, 0)} bytes instead of a message")


class Transport(t.Protocol):
    """What carries messages to the kernel and its answers back: a netlink socket, or a test's stand-in."""

    def send(self, data: bytes, /) -> int:
        """Give the kernel a message."""

    def recv(self, size: int, /) -> bytes:
        """Take what the kernel says next."""

    def close(self) -> None:
        """Say and hear no more."""


def open_socket(protocol: int = _NETLINK_GENERIC) -> socket.socket:
    """A netlink socket, generic if no other is asked for, that answers tersely and never waits for ever."""
    if not hasattr(socket, "AF_NETLINK"):
        raise LvsError("this host", os.uname().sysname, "is not Linux. Use a Linux host as director.")
    channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
    # Without this an error comes back with the whole request in it and many of them overflow the receive buffer.
    channel.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
    # In the kernel rather than with settimeout(), which costs a poll() for each message.
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 60, 0))
    channel.bind((0, 0))
    return channel


def answers(transport: Transport, first: int) -> Iterator[Message]:
    """What the kernel says from this question on, without what is left over from an earlier one."""
    while True:
        for message in decode_messages(transport.recv(65536)):
            if message.sequence >= first:
                yield message


def answer(transport: Transport, question: int) -> Iterator[Message]:
    """The kernel's answer to a question up to its end. OSErrors are its refusals."""
    for message in answers(transport, question):
        if message.ends and message.error:
            raise OSError(message.error, os.strerror(message.error))
        if message.ends:
            return
        yield message


class Family:
    """A conversation with one family of generic netlink, by its name. OSErrors are the kernel's refusals."""

    # A full set of errors must fit the receive buffer, which holds somewhat over 200 of them; and a send must fit the
    # send buffer, 208 KiB by default. 128 messages of some 200 bytes are far from both and cost nothing measurable.
    batch = 128

    def __init__(self, transport: Transport, name: str) -> None:
        self._transport = transport
        self._name = name
        self._sequence = 0
        # Until the family is there, nobody but the controller of all families is spoken to.
        self._number = _CONTROLLER
        # The list of what is loaded: to ask for a family by its name would load it.
        self._number = self._find(self.dump(CTRL_CMD_GETFAMILY))

    @property
    def loaded(self) -> bool:
        """Whether the kernel has the family loaded, or built in."""
        return self._number != _CONTROLLER

    def load(self) -> None:
        """Make the kernel load the family's module."""
        self._number = self._find(self.ask(CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME.pack_text(self._name)))
        if not self.loaded:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _find(self, messages: Sequence[Message]) -> int:
        families = (message.attributes() for message in messages)
        found = (one for one in families if CTRL_ATTR_FAMILY_NAME.read_text(one) == self._name)
        return next((CTRL_ATTR_FAMILY_ID.read(one) for one in found), _CONTROLLER)

    def ask(self, command: int, body: bytes = b"") -> list[Message]:
        """One question with one answer and an acknowledgement."""
        self._transport.send(self._message(command, _ACK, body))
        return self._collect()

    def dump(self, command: int, body: bytes = b"") -> list[Message]:
        """One question with any number of answers."""
        self._transport.send(self._message(command, _DUMP, body))
        return self._collect()

    def tell(self, requests: Sequence[tuple[int, bytes]]) -> list[tuple[int, int]]:
        """Commands in their order, in as few sends as the buffers allow: which were refused, and with which errno.

        The kernel goes on after one that fails, so each failure is told apart by its sequence number.
        No further batch is sent after one with a failure in it.
        """
        for start in range(0, len(requests), self.batch):
            refused = self._tell_batch(requests[start : start + self.batch])
            if refused:
                return [(start + index, number) for index, number in refused]
        return []

    def _tell_batch(self, requests: Sequence[tuple[int, bytes]]) -> list[tuple[int, int]]:
        first = self._sequence + 1
        last = self._sequence + len(requests)
        parts = [self._message(command, 0, body) for command, body in requests[:-1]]
        parts.append(self._message(requests[-1][0], _ACK, requests[-1][1]))
        self._transport.send(b"".join(parts))
        refused = []
        for message in answers(self._transport, first):
            if message.type != _ERROR or message.sequence > last:
                raise garbled(f"a message of type {message.type} to request {message.sequence - first + 1}")
            if message.error:
                refused.append((message.sequence - first, message.error))
            if message.sequence == last:
                break
        return refused

    def _message(self, command: int, flags: int, body: bytes) -> bytes:
        self._sequence += 1
        length = _HEAD.size + len(body)
        return _HEAD.pack(length, self._number, _REQUEST | flags, self._sequence, 0, command, 1, 0) + body

    def _collect(self) -> list[Message]:
        return list(answer(self._transport, self._sequence))

    def close(self) -> None:
        self._transport.close()
