# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Since when this host holds an address. The kernel remembers it, but ip(8) does not print it, so it is asked itself.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
import typing as t

from .._ipvs.attributes import decode_attributes, garbled
from .._ipvs.netlink import Message, Transport, answer, open_socket

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterator

_NETLINK_ROUTE = 0
_NEW_ADDRESS, _GET_ADDRESS = 20, 22  # rtnetlink.h
_REQUEST_DUMP = 0x301
_ADDRESS, _LOCAL, _CACHE = 1, 2, 6  # if_addr.h: IFA_ADDRESS, IFA_LOCAL, IFA_CACHEINFO
_ASK = struct.Struct("=IHHIIBBBBI")  # struct nlmsghdr, and struct ifaddrmsg: family, prefix, flags, scope, index
_ADDRESS_HEAD = struct.Struct("=BBBBI")
_CACHE_INFO = struct.Struct("=IIII")  # preferred, valid, made, changed
_TICKS = 100  # a second, of which the kernel counts 2 ** 32
_QUESTION = 1  # its number, the only one


class Held(t.NamedTuple):
    """An address of this host, and how many ticks after the boot it came."""

    address: str
    interface: int
    made: int


def held(vips: Collection[str]) -> list[dict[str, t.Any]]:
    """Since when, in seconds since 1970, this host holds each of these addresses on each interface."""
    with contextlib.closing(_open()) as channel:
        found = [one for one in read(channel) if one.address in vips]
    now, up = time.time(), int(time.monotonic() * _TICKS)
    return [
        {"vip": one.address, "interface": socket.if_indextoname(one.interface), "since": int(now - _age(one.made, up))}
        for one in sorted(found)
    ]


def _age(made: int, up: int) -> float:
    """How long ago it came, in seconds; the kernel's count begins anew after 497 days."""
    return ((up - made) % 2**32) / _TICKS


def _open() -> socket.socket:
    return open_socket(_NETLINK_ROUTE)


def read(channel: Transport) -> Iterator[Held]:
    """All addresses of this host."""
    channel.send(_ASK.pack(_ASK.size, _GET_ADDRESS, _REQUEST_DUMP, _QUESTION, 0, socket.AF_UNSPEC, 0, 0, 0, 0))
    for message in answer(channel, _QUESTION):
        if message.type == _NEW_ADDRESS:
            yield from _decode(message)


def _decode(message: Message) -> Iterator[Held]:
    if len(message.data) < _ADDRESS_HEAD.size:
        raise garbled(f"an address of {len(message.data)} bytes")
    family, _prefix, _flags, _scope, index = _ADDRESS_HEAD.unpack_from(message.data)
    found = decode_attributes(message.data[_ADDRESS_HEAD.size :])
    packed, cache = found.get(_LOCAL, found.get(_ADDRESS)), found.get(_CACHE)
    if packed is not None and cache is not None and len(cache) >= _CACHE_INFO.size:
        yield Held(socket.inet_ntop(family, packed), index, _CACHE_INFO.unpack_from(cache)[2])
