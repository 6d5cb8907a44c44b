# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks the network as a third host does: who has the VIP, does a service take a connection, does a name server answer.

Private: this file may change in any release; do not import it from outside the collection.

The packets are those that any host sends before it talks to an LVS. All questions of a kind are asked at once, so the
time does not grow with their number.
"""

from __future__ import annotations

import errno
import ipaddress
import secrets
import select
import socket
import struct
import time
import typing as t

from .arp import who_has

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

PATIENCE = 0.5  # seconds; an answer on a network takes milliseconds

_PTR, _INTERNET, _RECURSE = 12, 1, 0x0100
_DNS_PORT = 53

Entry = dict[str, t.Any]


class Endpoint(t.NamedTuple):
    """A service as a client reaches it."""

    address: str
    port: int


def _ready(channels: Iterable[socket.socket], *, writing: bool) -> dict[socket.socket, float]:
    """Which of the sockets become ready, and after how many seconds; none waits longer than PATIENCE."""
    started = time.monotonic()
    waiting, ready = set(channels), {}
    left = PATIENCE
    while waiting and left > 0:
        now, then, _failed = select.select([] if writing else waiting, waiting if writing else [], [], left)
        seconds = round(time.monotonic() - started, 3)
        ready.update(dict.fromkeys([*now, *then], seconds))
        waiting -= ready.keys()
        left = started + PATIENCE - time.monotonic()
    return ready


def _open(kind: socket.SocketKind, endpoint: Endpoint) -> tuple[socket.socket, int]:
    """A socket on its way to an endpoint, and the errno of a failure that the kernel knows at once."""
    channel = socket.socket(socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET, kind)
    channel.setblocking(False)
    number = channel.connect_ex(endpoint)
    return channel, 0 if number == errno.EINPROGRESS else number


def connect(endpoints: Iterable[Endpoint]) -> list[Entry]:
    """One connection to each, closed at once: what it came to, and after how many seconds."""
    opened = {endpoint: _open(socket.SOCK_STREAM, endpoint) for endpoint in endpoints}
    ready = _ready((channel for channel, failure in opened.values() if not failure), writing=True)
    found = []
    for endpoint, (channel, failure) in opened.items():
        done = failure or channel in ready
        outcome = _outcome(failure or channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) if done else "silent"
        channel.close()
        found.append({**endpoint._asdict(), "outcome": outcome, "seconds": ready.get(channel)})
    return found


def _outcome(number: int) -> str:
    """How a connection began, by its errno, in the HOWTO's words."""
    if number == 0:
        return "connected"
    return "refused" if number == errno.ECONNREFUSED else "unreachable"


def encode_lookup(identity: int, address: str) -> bytes:
    """The question to a name server which name an address has."""
    labels = ipaddress.ip_address(address).reverse_pointer.split(".")
    name = b"".join(bytes([len(label)]) + label.encode("ascii") for label in labels)
    return struct.pack("!HHHHHH", identity, _RECURSE, 1, 0, 0, 0) + name + struct.pack("!BHH", 0, _PTR, _INTERNET)


def look_up(nameservers: Iterable[str], address: str) -> list[Entry]:
    """Asks each name server for the name of an address. Any answer will do, also that nobody is there."""
    opened = {server: _open(socket.SOCK_DGRAM, Endpoint(server, _DNS_PORT)) for server in nameservers}
    asked = [channel for channel, failure in opened.values() if not failure]
    for channel in asked:
        channel.send(encode_lookup(secrets.randbelow(1 << 16), address))
    ready = _ready(asked, writing=False)
    found = []
    for server, (channel, failure) in opened.items():
        channel.close()
        found.append({"nameserver": server, "seconds": 0.0 if failure else ready.get(channel)})
    return found


def ask(wanted: dict[str, t.Any], evidence: dict[str, t.Any]) -> dict[str, t.Any]:
    """All that is to be asked; where to ask for a VIP is what the host's own routes say."""
    near = [way for way in evidence["ways"] or [] if way["kind"] == "unicast" and not way["via"] and way["source"]]
    who: dict[str, list[str]] = {}
    for way in near:
        if way["to"] in wanted["who_has"]:
            who.update(who_has(way["interface"], way["source"], [way["to"]], PATIENCE))
    endpoints = [Endpoint(one["address"], one["port"]) for one in wanted["connect"]]
    names = wanted["names_of"]
    return {
        "who_has": who,
        "connect": connect(endpoints),
        "names": look_up(evidence["nameservers"] or [], names) if names else [],
    }
