# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VRRP on the wire, with sockets that say what a kernel says."""

from __future__ import annotations

import errno
import socket
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived import vrrp
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.vrrp import Advert, decode

# Version 3, an advert of router 51 with priority 254, one address, one second.
BODY = bytes([0x31, 51, 254, 1, 0, 100, 0, 0, 192, 168, 1, 110])
HEADER = bytes([0x45, *[0] * 7, 255, 112, *[0] * 10])


class Peer:
    """A raw socket to a host that answers like this."""

    def __init__(self, answer: bytes | OSError) -> None:
        self.answer, self.did = answer, list[t.Any]()

    def __call__(self, *kind: t.Any) -> Peer:
        self.did.append(kind[0])
        return self

    def settimeout(self, _seconds: float) -> None:
        self.did.append("patient")

    def connect(self, to: tuple[str, int]) -> None:
        self.did.append(to)

    def send(self, data: bytes) -> None:
        self.did.append(data)

    def recv(self, _size: int) -> bytes:
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.did.append("closed")


@pytest.mark.parametrize(
    ("answer", "may"),
    [
        (OSError(errno.ENOPROTOOPT, "Protocol not available"), False),
        (OSError(errno.EPROTO, "Protocol error"), False),
        (OSError(errno.EHOSTUNREACH, "No route to host"), True),
        (TimeoutError("timed out"), True),
        (HEADER + BODY, True),
    ],
    ids=str,
)
def test_who_may_take_part(monkeypatch: pytest.MonkeyPatch, answer: bytes | OSError, may: bool) -> None:
    peer = Peer(answer)
    monkeypatch.setattr(socket, "socket", peer)
    assert vrrp.may_take_part("192.168.1.9") is may
    assert peer.did == [socket.AF_INET, "patient", ("192.168.1.9", 0), bytes(8), "closed"]


@pytest.mark.parametrize(
    ("packet", "source", "header", "heard"),
    [
        (HEADER + BODY, "192.168.1.9", True, Advert("192.168.1.9", 51, 254)),
        (bytes([0x46]) + HEADER[1:] + bytes(4) + BODY, "192.168.1.9", True, Advert("192.168.1.9", 51, 254)),
        (BODY, "fe80::9%eth0", False, Advert("fe80::9", 51, 254)),
        (HEADER, "192.168.1.9", True, None),
        (b"", "192.168.1.9", True, None),
        (HEADER + bytes(8), "192.168.1.9", True, None),
        (b"\x32" + BODY[1:], "fe80::9", False, None),
    ],
)
def test_adverts(packet: bytes, source: str, header: bool, heard: Advert | None) -> None:
    assert decode(packet, source, header) == heard


def test_all_that_arrive_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    monkeypatch.setattr(vrrp, "_ears", lambda: [ours])
    for packet in (BODY, BODY, b"nonsense"):
        theirs.send(packet)
    monkeypatch.setattr(vrrp, "decode", lambda packet, _source, _header: decode(packet, "192.168.1.9", False))
    monkeypatch.setattr(ours.__class__, "recvfrom", lambda one, size: (one.recv(size), ("", 0)), raising=False)
    assert vrrp.overhear(0.05) == [Advert("192.168.1.9", 51, 254)]
    theirs.close()
