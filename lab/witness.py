# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A third host that writes down who claims an address: `python witness.py FILE SEGMENT[=OWN]… -- ADDRESS…`.

Run where the controller stands. On each segment it asks for the addresses ten times a second and reads every ARP and
neighbour discovery message that passes, asked for or not. FILE always holds the whole story so far as JSON. A claim is
any message that gives the address as its sender's own: an answer, an announcement, or a question asked in its name.
"""

from __future__ import annotations

import ipaddress
import json
import os
import selectors
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

BETWEEN_QUESTIONS = 0.1
BETWEEN_WRITINGS = 0.3
BUFFER = 16 * 1024 * 1024

ETH_P_ARP, ETH_P_IPV6 = 0x0806, 0x86DD
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_STATISTICS, PACKET_MR_PROMISC = 263, 1, 6, 1
ICMPV6 = 58
SOLICITATION, ADVERTISEMENT = 135, 136

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def claim_in_arp(frame: bytes) -> tuple[str, str] | None:
    """The address and the MAC that an ARP message, question or answer, gives as its sender's."""
    sender = frame[22:32]
    return (str(ipaddress.IPv4Address(sender[6:])), sender[:6].hex(":")) if len(sender) == 10 else None


def claim_in_ipv6(frame: bytes) -> tuple[str, str] | None:
    """An advertisement speaks for its target, a solicitation for its source."""
    if len(frame) < 78 or frame[20] != ICMPV6 or frame[54] not in (SOLICITATION, ADVERTISEMENT):
        return None
    spoken_for = frame[62:78] if frame[54] == ADVERTISEMENT else frame[22:38]
    return str(ipaddress.IPv6Address(spoken_for)), frame[6:12].hex(":")


def arp_question(mac: bytes, own: str, address: ipaddress.IPv4Address) -> bytes:
    """A broadcast who-has; from 0.0.0.0, which is answered as well, where the witness has no address."""
    head = b"\xff" * 6 + mac + struct.pack("!HHHBBH", ETH_P_ARP, 1, 0x0800, 6, 4, 1)
    return head + mac + ipaddress.IPv4Address(own or 0).packed + bytes(6) + address.packed


def solicitation(mac: bytes, address: ipaddress.IPv6Address) -> bytes:
    """A neighbour solicitation from the link-local address that belongs to the MAC."""
    own = bytes.fromhex("fe80" + "00" * 6) + bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]
    group = bytes.fromhex("ff02" + "00" * 9 + "01ff") + address.packed[-3:]
    message = struct.pack("!BBHI", SOLICITATION, 0, 0, 0) + address.packed + b"\x01\x01" + mac
    summed = own + group + struct.pack("!II", len(message), ICMPV6) + message
    total = sum(struct.unpack(f"!{len(summed) // 2}H", summed))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    header = struct.pack("!IHBB", 6 << 28, len(message), ICMPV6, 255) + own + group
    ethernet = b"\x33\x33" + group[-4:] + mac + struct.pack("!H", ETH_P_IPV6)
    return ethernet + header + message[:2] + struct.pack("!H", checksum) + message[4:]


@dataclass
class Segment:
    """One segment, and what was heard there."""

    name: str
    own: str
    sockets: dict[int, socket.socket] = field(default_factory=dict)
    claims: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    lost: int = 0

    def listen(self, versions: set[int]) -> None:
        for version in versions:
            protocol = ETH_P_ARP if version == 4 else ETH_P_IPV6
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            wire.bind((self.name, protocol))
            membership = struct.pack("iHH8s", socket.if_nametoindex(self.name), PACKET_MR_PROMISC, 0, b"")
            wire.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
            self.sockets[version] = wire

    def ask(self, address: Address) -> None:
        wire = self.sockets[address.version]
        mac = wire.getsockname()[4]
        if isinstance(address, ipaddress.IPv4Address):
            wire.send(arp_question(mac, self.own, address))
        else:
            wire.send(solicitation(mac, address))

    def hear(self, version: int, addresses: set[str]) -> None:
        frame = self.sockets[version].recv(65536)
        claim = claim_in_arp(frame) if version == 4 else claim_in_ipv6(frame)
        if claim and claim[0] in addresses:
            now = time.time()
            heard = self.claims.setdefault(claim, {"times": 0, "first": now, "last": now})
            heard["times"] += 1
            heard["last"] = now

    def count_lost(self) -> None:
        """The kernel's count of what came while this process was too slow; reading it sets it back."""
        for wire in self.sockets.values():
            _received, lost = struct.unpack("II", wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
            self.lost += lost


class Witness:
    """All segments together."""

    def __init__(self, file: Path, segments: list[Segment], addresses: list[Address]) -> None:
        self.file = file
        self.segments = segments
        self.addresses = addresses
        self.texts = {str(address) for address in addresses}
        self.selector = selectors.DefaultSelector()
        self.since = time.time()
        self.questions = 0
        self.longest_silence = 0.0
        for segment in segments:
            segment.listen({address.version for address in addresses})
            for version, wire in segment.sockets.items():
                self.selector.register(wire, selectors.EVENT_READ, (segment, version))

    def watch(self) -> None:
        """Until somebody ends the process."""
        asked = written = 0.0
        while True:
            now = time.monotonic()
            if now - asked >= BETWEEN_QUESTIONS:
                self.longest_silence = max(self.longest_silence, now - asked if asked else 0.0)
                asked = now
                self.ask()
            if now - written >= BETWEEN_WRITINGS:
                written = now
                self.write()
            for key, _events in self.selector.select(max(0.0, asked + BETWEEN_QUESTIONS - time.monotonic())):
                segment, version = key.data
                segment.hear(version, self.texts)

    def ask(self) -> None:
        self.questions += 1
        for segment in self.segments:
            for address in self.addresses:
                segment.ask(address)

    def write(self) -> None:
        for segment in self.segments:
            segment.count_lost()
        story = {
            "pid": os.getpid(),
            "since": self.since,
            "until": time.time(),
            "questions": self.questions,
            "longest_silence": self.longest_silence,
            "lost": sum(segment.lost for segment in self.segments),
            "claims": list(self.heard()),
        }
        draft = self.file.with_suffix(".draft")
        draft.write_text(json.dumps(story))
        draft.replace(self.file)

    def heard(self) -> Iterator[dict[str, object]]:
        for segment in self.segments:
            for (address, mac), times in segment.claims.items():
                yield {"segment": segment.name, "address": address, "mac": mac, **times}


def main() -> None:
    """Watch as the arguments say."""
    middle = sys.argv.index("--")
    segments = [Segment(*word.partition("=")[::2]) for word in sys.argv[2:middle]]
    addresses = [ipaddress.ip_address(word) for word in sys.argv[middle + 1 :]]
    Witness(Path(sys.argv[1]), segments, addresses).watch()


if __name__ == "__main__":
    main()
