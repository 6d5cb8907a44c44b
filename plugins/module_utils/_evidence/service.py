# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tiny service that says which realserver it is and sends back what comes: for farms whose own are not up yet.

Private: this file may change in any release; do not import it from outside the collection.
It answers only those who know its token, so that nobody else finds a use for it while it runs.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import typing as t
from collections.abc import Iterable, Sequence

from .._errors import LvsError
from .._model.address import endpoint, family_of
from .talk import ANSWER, GREETING

_CHUNK = 65536
_BACKLOG = 1024
_PATIENCE = 10.0  # seconds in which a client says its next word
_LONGEST_GREETING = 200
_FREEBIND = 15  # IP_FREEBIND: a realserver whose VIP is missing is found by the client, not here


class Place(t.NamedTuple):
    """Where to listen."""

    address: str
    port: int
    protocol: str


def listen(places: Iterable[Place]) -> list[socket.socket]:
    """A socket for each place; all of them or none."""
    with contextlib.ExitStack() as opened:
        found = [opened.enter_context(_listener(place)) for place in places]
        opened.pop_all()
        return found


def _listener(place: Place) -> socket.socket:
    family = socket.AF_INET6 if family_of(place.address) == "ipv6" else socket.AF_INET
    kind = socket.SOCK_DGRAM if place.protocol == "udp" else socket.SOCK_STREAM
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_IP, _FREEBIND, 1)
        listener.bind((place.address, place.port))
        if kind == socket.SOCK_STREAM:
            listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        cure = f"cannot be listened on: {error.strerror}. See which process does with ss -lntup."
        raise LvsError("listen", f"{place.protocol} {endpoint(place.address, place.port)}", cure) from error
    return listener


def serve(listeners: Sequence[socket.socket], name: str, token: str) -> None:
    """Answer until the process ends."""
    with selectors.DefaultSelector() as selector:
        for listener in listeners:
            selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _events in selector.select():
                _take(t.cast(socket.socket, key.fileobj), name, token)


def _take(listener: socket.socket, name: str, token: str) -> None:
    """A client that goes away is no reason to end."""
    with contextlib.suppress(OSError):
        if listener.type == socket.SOCK_DGRAM:
            data, client = listener.recvfrom(_CHUNK)
            answer = _answer_datagram(data, name, token)
            if answer:
                listener.sendto(answer, client)
        else:
            connection, _client = listener.accept()
            threading.Thread(target=_converse, args=(connection, name, token), daemon=True).start()


def _answer_datagram(data: bytes, name: str, token: str) -> bytes | None:
    head, _newline, body = data.partition(b"\n")
    return None if payload_length(head, token) is None else b"%s%s\n%s" % (ANSWER, name.encode(), body)


def _converse(connection: socket.socket, name: str, token: str) -> None:
    with contextlib.suppress(OSError, EOFError), connection:
        connection.settimeout(_PATIENCE)
        head, rest = _greeting(connection)
        length = payload_length(head, token)
        if length is None:
            return
        connection.sendall(b"%s%s\n" % (ANSWER, name.encode()))
        _send_back(connection, rest, length)


def _greeting(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\n" not in data:
        chunk = connection.recv(_LONGEST_GREETING)
        if not chunk or len(data) > _LONGEST_GREETING:
            raise EOFError
        data += chunk
    head, _newline, rest = data.partition(b"\n")
    return head, rest


def payload_length(head: bytes, token: str) -> int | None:
    """How many bytes a client wants back; None when it is no client of ours."""
    words = head.split(b" ")
    known = len(words) == 3 and words[:2] == [GREETING, token.encode()] and words[2].isdigit()
    return int(words[2]) if known else None


def _send_back(connection: socket.socket, data: bytes, length: int) -> None:
    sent = 0
    while True:
        connection.sendall(data)
        sent += len(data)
        if sent >= length:
            return
        data = connection.recv(_CHUNK)
        if not data:
            raise EOFError
