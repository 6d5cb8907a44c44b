# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client says to a service, and what it notes of the answer.

Private: this file may change in any release; do not import it from outside the collection.
This file opens connections; the standard library is all that it needs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import threading
import time
import typing as t
from collections.abc import Callable, Iterator

from .._model.address import family_of

_CHUNK = 65536
_PAGE_LIMIT = 1 << 24  # a page that is longer is read no further
_ANSWER_LENGTH = 80
_LONGEST = 12  # times the timeout: so long may a service go on talking
_DATAGRAM = 1200  # fits everywhere in one packet
_DNS_QUERY = b"\x4c\x56\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01"  # the name servers of the root

# How both ends of the test service know each other: whoever else comes is not answered.
GREETING, ANSWER = b"LVS?", b"LVS!"

_OUTCOMES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "cut",
    errno.EPIPE: "cut",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
}


class Probe(t.NamedTuple):
    """One service and how to ask for it."""

    address: str
    port: int
    protocol: str
    way: str
    connections: int
    payload: int
    token: str


class Seen(t.NamedTuple):
    """What became of one connection; times are seconds from its beginning."""

    client: str
    client_port: int
    outcome: str
    connected: float | None = None
    first_byte: float | None = None
    answer: str = ""
    bytes: int = 0
    whole: bool | None = None
    problem: str = ""
    source: str = ""  # of an answer that came from elsewhere


class _Cut(Exception):
    """The other end closed before all had come."""


class _Talk:
    """A connection with a deadline, and a note of when its first byte came."""

    def __init__(self, connection: socket.socket, started: float, timeout: float) -> None:
        self.connection = connection
        self._started = started
        self._timeout = timeout
        self._deadline = started + timeout
        self._end = started + timeout * _LONGEST
        self.connected: float | None = None
        self.first_byte: float | None = None
        self.answer = ""
        self.bytes = 0
        self.whole: bool | None = None

    def opened(self) -> None:
        self.connected = time.monotonic() - self._started
        self._went_on()

    def _went_on(self) -> None:
        self._deadline = min(time.monotonic() + self._timeout, self._end)

    def send(self, data: bytes) -> None:
        """In pieces: sendall() takes the timeout for all of what it is given."""
        for start in range(0, len(data), _CHUNK):
            self.connection.sendall(data[start : start + _CHUNK])

    def receive(self) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout
        self.connection.settimeout(left)
        data = self.connection.recv(_CHUNK)
        if self.first_byte is None and data:
            self.first_byte = time.monotonic() - self._started
        self.bytes += len(data)
        self._went_on()
        return data

    def until(self, enough: Callable[[bytearray], bool]) -> bytearray:
        """All that comes until it is enough or the other end closes."""
        data = bytearray()
        while not enough(data):
            chunk = self.receive()
            if not chunk:
                break
            data += chunk
        return data

    def note(self, answer: bytes) -> None:
        """The first line that a person can read."""
        line = answer.strip().partition(b"\n")[0].decode("utf-8", "replace")
        self.answer = "".join(letter for letter in line if letter.isprintable()).strip()[:_ANSWER_LENGTH]


def _connect(_talk: _Talk, _probe: Probe) -> None:
    """That it opened is all."""


def _greeting(talk: _Talk, _probe: Probe) -> None:
    """The service speaks first, as telnet does."""
    answer = talk.receive()
    if not answer:
        raise _Cut
    talk.note(answer)


def _http(talk: _Talk, probe: Probe) -> None:
    """Fetch a page as a browser does; it is whole when it is as long as the server said."""
    host = f"[{probe.address}]" if ":" in probe.address else probe.address
    talk.send(f"GET / HTTP/1.0\r\nHost: {host}\r\nUser-Agent: lvs-verify\r\n\r\n".encode())
    page = bytes(talk.until(lambda data: len(data) >= _PAGE_LIMIT))
    head, _blank, body = page.partition(b"\r\n\r\n")
    if not head:
        raise _Cut
    fields = [line.partition(b":") for line in head.lower().split(b"\r\n")[1:]]
    lengths = [int(value) for name, _colon, value in fields if name == b"content-length" and value.strip().isdigit()]
    talk.note(body or head)
    talk.whole = len(body) == lengths[0] if lengths and len(page) < _PAGE_LIMIT else None


def _https(talk: _Talk, probe: Probe) -> None:
    """The same through TLS. Whose certificate it is, is not ours to judge."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(talk.connection) as talk.connection:
        _http(talk, probe)


def _echo(talk: _Talk, probe: Probe) -> None:
    """Send bytes while reading them back; the service may say something first."""
    sent = os.urandom(min(probe.payload, _DATAGRAM) if probe.protocol == "udp" else probe.payload)
    received = _exchange(talk, sent, probe)
    talk.whole = received.endswith(sent)
    if len(received) > len(sent):
        talk.note(bytes(received[: -len(sent)]))


def _test(talk: _Talk, probe: Probe) -> None:
    """The test service says its name and then sends back what comes."""
    sent = os.urandom(min(probe.payload, _DATAGRAM) if probe.protocol == "udp" else probe.payload)
    greeting = b"%s %s %d\n" % (GREETING, probe.token.encode(), len(sent))
    received = _exchange(talk, greeting + sent, probe, len(sent))
    head, _newline, body = bytes(received).partition(b"\n")
    if not head.startswith(ANSWER):
        raise _Cut
    talk.note(head[len(ANSWER) :])
    talk.whole = body == sent


def _exchange(talk: _Talk, data: bytes, probe: Probe, length: int | None = None) -> bytearray:
    """Send all of it and read until as much came back, or no more comes."""
    tail = data[-(len(data) if length is None else length) :]
    if probe.protocol == "udp":
        talk.send(data)
        return bytearray(talk.receive())
    writer = threading.Thread(target=_send_all, args=(talk, data))
    writer.start()
    try:
        return talk.until(lambda received: len(received) >= len(tail) and received.endswith(tail))
    finally:
        writer.join()


def _send_all(talk: _Talk, data: bytes) -> None:
    """What cannot be sent does not come back either, which the reader sees."""
    try:
        talk.send(data)
    except OSError:
        return


def _datagram(talk: _Talk, _probe: Probe) -> None:
    """Anything: perhaps it answers, or its host says that nobody listens."""
    talk.send(b"\n")
    talk.note(talk.receive())


def _dns(talk: _Talk, _probe: Probe) -> None:
    """A question that every name server answers, if only by refusing."""
    talk.send(_DNS_QUERY)
    answer = talk.receive()
    if answer[:2] != _DNS_QUERY[:2]:
        raise _Cut


_WAYS: dict[str, Callable[[_Talk, Probe], None]] = {
    "connect": _connect,
    "datagram": _datagram,
    "dns": _dns,
    "echo": _echo,
    "greeting": _greeting,
    "http": _http,
    "https": _https,
    "test": _test,
}
WAYS = tuple(_WAYS)


def ask(probe: Probe, timeout: float, stay: Callable[[], object]) -> Seen:
    """Open one connection, talk, and hold it until `stay` returns: schedulers look at those that are open."""
    family = socket.AF_INET6 if family_of(probe.address) == "ipv6" else socket.AF_INET
    kind = socket.SOCK_DGRAM if probe.protocol == "udp" else socket.SOCK_STREAM
    connection = socket.socket(family, kind)
    talk = _Talk(connection, time.monotonic(), timeout)
    try:
        connection.settimeout(timeout)
        # The port is known beforehand, so that also a connection that fails can be found on the director.
        connection.bind(("", 0))
        port = connection.getsockname()[1]
        with _beside(connection) as others:
            outcome, problem = _attempt(talk, probe)
            source = _source_of_answer(others) if outcome == "silent" else ""
        outcome = "astray" if source else outcome
        own = source_of(probe.address)
        heard = (talk.connected, talk.first_byte, talk.answer, talk.bytes, talk.whole)
        seen = Seen(own, port, outcome, *heard, problem, source)
    finally:
        stay()
        talk.connection.close()
        connection.close()
    return seen


@contextlib.contextmanager
def _beside(connection: socket.socket) -> Iterator[socket.socket | None]:
    """For datagrams a socket on the same port, which gets those that come from elsewhere than we sent ours to."""
    if connection.type != socket.SOCK_DGRAM:
        yield None
        return
    with socket.socket(connection.family, socket.SOCK_DGRAM) as others:
        for one in (connection, others):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        others.setblocking(False)
        others.bind(connection.getsockname()[:2])
        yield others


def _source_of_answer(others: socket.socket | None) -> str:
    """Who else answered; empty when nobody did."""
    try:
        return str(others.recvfrom(_CHUNK)[1][0]) if others else ""
    except OSError:
        return ""


def _attempt(talk: _Talk, probe: Probe) -> tuple[str, str]:
    """How it ended, and the system's own words for it."""
    try:
        talk.connection.connect((probe.address, probe.port))
        talk.opened()
        _WAYS[probe.way](talk, probe)
    except _Cut:
        return "cut", "closed before all had come"
    except (socket.timeout, TimeoutError) as error:  # one and the same only since Python 3.10
        return _timed_out(talk), str(error)
    except ssl.SSLError as error:
        return "error", str(error)
    except OSError as error:
        return _OUTCOMES.get(error.errno or 0, "error"), str(error)
    return "answered", ""


def _timed_out(talk: _Talk) -> str:
    if talk.connected is None:
        return "timeout"
    return "silent" if talk.first_byte is None else "stuck"


def source_of(address: str) -> str:
    """The address from which this host speaks to another; empty when it has no route there."""
    family = socket.AF_INET6 if family_of(address) == "ipv6" else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((address, 9))
        except OSError:
            return ""
        return str(asked.getsockname()[0])


def is_own(address: str) -> bool:
    """Whether this host has the address: nobody can listen on another's."""
    family = socket.AF_INET6 if family_of(address) == "ipv6" else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((address, 0))
    except OSError:
        return False
    return True
