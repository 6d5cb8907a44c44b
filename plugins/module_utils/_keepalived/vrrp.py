# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VRRP on the wire: whether another host may take part, and whose adverts arrive here.

Private: this file may change in any release; do not import it from outside the collection.
A raw socket hears what keepalived hears: behind the packet filter, and beside it. Only root opens one (raw(7)).
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import time
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

_PROTOCOL = 112
_PATIENCE = 1.0  # seconds; an answer on a network takes milliseconds
_ADVERT = 1
_LARGEST = 65535
# Whoever takes it throws it away. With less than eight bytes a kernel does not hear that nobody takes it.
_NO_ADVERT = bytes(8)
# What the kernel of a host says on which nothing takes this protocol, by ICMP and by ICMPv6.
_NOBODY = (errno.ENOPROTOOPT, errno.EPROTO)


class Advert(t.NamedTuple):
    """What a director that serves tells the others."""

    source: str
    router_id: int
    priority: int


def may_take_part(peer: str) -> bool:
    """Whether something on that host may take VRRP. Of one that is silent nobody knows: it may be off for a while."""
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_RAW, _PROTOCOL)) as channel:
        channel.settimeout(_PATIENCE)
        try:
            channel.connect((peer, 0))
            channel.send(_NO_ADVERT)
            channel.recv(_LARGEST)
        except OSError as error:
            return error.errno not in _NOBODY
    return True


def overhear(seconds: float) -> list[Advert]:
    """Whose adverts arrive here within this time."""
    heard = set()
    with contextlib.ExitStack() as stack:
        channels = [stack.enter_context(contextlib.closing(channel)) for channel in _ears()]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for channel in select.select(channels, [], [], max(0.0, deadline - time.monotonic()))[0]:
                packet, sender = channel.recvfrom(_LARGEST)
                heard.add(decode(packet, sender[0], channel.family == socket.AF_INET))
    return sorted(advert for advert in heard if advert is not None)


def _ears() -> Iterator[socket.socket]:
    """One for each family that the kernel has."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            yield socket.socket(family, socket.SOCK_RAW, _PROTOCOL)


def decode(packet: bytes, source: str, has_header: bool) -> Advert | None:
    """The advert in a packet; None in any other. Of IPv4 the kernel hands the header over as well."""
    body = packet[(packet[0] & 0x0F) * 4 :] if has_header and packet else packet
    if len(body) < 8 or body[0] & 0x0F != _ADVERT:
        return None
    return Advert(source.partition("%")[0], body[1], body[2])
