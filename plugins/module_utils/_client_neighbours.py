# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine this host takes for a VIP, and which machines say that they are it.

Private: this file may change in any release; do not import it from outside the collection.
This file runs `ip` and, as root, asks by ARP itself.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import socket
import struct
import time
import typing as t
from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import family_of

_BROADCAST = b"\xff" * 6
_ETHER_ARP, _ETHER_IP = 0x0806, 0x0800
_REQUEST, _REPLY = 1, 2
_FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_QUESTIONS = 3
_PATIENCE = 0.4  # seconds for the answers to one question

Run = t.Callable[[Sequence[str]], str]


class Neighbour(t.NamedTuple):
    """What this host knows of a VIP. `answering` is None when it may not ask by itself."""

    address: str
    mac: str | None = None
    answering: list[str] | None = None
    problem: str = ""


def look(address: str, run: Run) -> Neighbour:
    """The neighbour entry, which the last traffic left, and all who answer a question to everybody."""
    routes = json.loads(run(["ip", "-json", "route", "get", address]) or "[]")
    route: Mapping[str, t.Any] = routes[0] if routes else {}
    if "dev" not in route:
        return Neighbour(address, problem="there is no route to it")
    if "gateway" in route:
        return Neighbour(address, problem=f"it is behind the router {route['gateway']}")
    answering = _asked(route["dev"], route.get("prefsrc", ""), address) if family_of(address) == "ipv4" else None
    return Neighbour(address, mac_of(address, run), answering)


def mac_of(address: str, run: Run) -> str | None:
    """The MAC of a neighbour as far as this host knows it."""
    entries = json.loads(run(["ip", "-json", "neighbour", "show", address]) or "[]")
    return next((entry["lladdr"] for entry in entries if "lladdr" in entry), None)


def _asked(device: str, source: str, address: str) -> list[str] | None:
    try:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHER_ARP))
    except PermissionError:
        return None
    with raw:
        raw.bind((device, 0))
        question = _question(bytes.fromhex(_own_mac(device).replace(":", "")), source, address)
        found: set[str] = set()
        for _number in range(_QUESTIONS):
            raw.send(question)
            found.update(_answers(raw, socket.inet_aton(address)))
    return sorted(found)


def _own_mac(device: str) -> str:
    return pathlib.Path(f"/sys/class/net/{device}/address").read_text(encoding="ascii").strip()


def _question(own: bytes, source: str, address: str) -> bytes:
    """Who has ADDRESS? Asked as any host does before it sends there, so it does no harm."""
    sender, target = socket.inet_aton(source), socket.inet_aton(address)
    return _FRAME.pack(_BROADCAST, own, _ETHER_ARP, 1, _ETHER_IP, 6, 4, _REQUEST, own, sender, bytes(6), target)


def _answers(raw: socket.socket, address: bytes) -> Iterator[str]:
    deadline = time.monotonic() + _PATIENCE
    while (left := deadline - time.monotonic()) > 0:
        raw.settimeout(left)
        with contextlib.suppress(socket.timeout):
            mac = answer_of(raw.recv(2048), address)
            if mac:
                yield mac


def answer_of(frame: bytes, address: bytes) -> str | None:
    """The MAC that an ARP reply gives for the address; None when the frame is something else."""
    if len(frame) < _FRAME.size:
        return None
    fields = _FRAME.unpack_from(frame)
    if (fields[2], fields[7], fields[9]) != (_ETHER_ARP, _REPLY, address):
        return None
    return ":".join(f"{byte:02x}" for byte in fields[8])
