# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has an address: the question to everybody on a network, and all who answer it.

Private: this file may change in any release; do not import it from outside the collection.
It asks as any host does before it sends there, so it does no harm; the kernel lets only root do it (packet(7)).
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator, Sequence

_ETHERTYPE_ARP, _REQUEST, _REPLY = 0x0806, 1, 2
_ETHERNET = struct.Struct("!6s6sH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_BROADCAST = b"\xff" * 6


def encode_question(mac: bytes, own: str, wanted: str) -> bytes:
    """The Ethernet frame "who has WANTED? tell OWN"."""
    head = _ETHERNET.pack(_BROADCAST, mac, _ETHERTYPE_ARP)
    return head + _ARP.pack(1, 0x0800, 6, 4, _REQUEST, mac, socket.inet_aton(own), bytes(6), socket.inet_aton(wanted))


def decode_answer(frame: bytes) -> tuple[str, str] | None:
    """The address and the MAC in an ARP reply; None for any other frame."""
    if len(frame) < _ETHERNET.size + _ARP.size:
        return None
    _receiver, _sender, ethertype = _ETHERNET.unpack_from(frame)
    _kind, _protocol, _sizes, _size, operation, mac, address, _to, _own = _ARP.unpack_from(frame, _ETHERNET.size)
    return (socket.inet_ntoa(address), mac.hex(":")) if (ethertype, operation) == (_ETHERTYPE_ARP, _REPLY) else None


def who_has(interface: str, own: str, wanted: Sequence[str], patience: float, times: int = 1) -> dict[str, list[str]]:
    """The MACs that answer for each address on the network of an interface, each time within `patience` seconds."""
    found: dict[str, set[str]] = {address: set() for address in wanted}
    with contextlib.closing(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE_ARP))) as channel:
        channel.bind((interface, _ETHERTYPE_ARP))
        mac = channel.getsockname()[4]
        for _number in range(times):
            for address in wanted:
                channel.send(encode_question(mac, own, address))
            for frame in _until(channel, time.monotonic() + patience):
                address, answering = decode_answer(frame) or ("", "")
                if address in found:
                    found[address].add(answering)
    return {address: sorted(macs) for address, macs in found.items()}


def _until(channel: socket.socket, deadline: float) -> Iterator[bytes]:
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([channel], [], [], left)[0]:
            return
        yield channel.recv(2048)
