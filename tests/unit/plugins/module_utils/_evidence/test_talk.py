# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client and real sockets: what it notes of servers that are well, and of those that are not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.service import Place, listen, serve
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.talk import (
    Probe,
    Seen,
    ask,
    is_own,
    source_of,
)

HERE = "127.0.0.1"
Serve = Callable[[socket.socket], None]


@contextmanager
def server(behave: Serve, kind: int = socket.SOCK_STREAM) -> Iterator[int]:
    """A server for one connection, or one datagram."""
    with socket.socket(socket.AF_INET, kind) as listener:
        listener.bind((HERE, 0))
        if kind == socket.SOCK_STREAM:
            listener.listen(1)
        worker = threading.Thread(target=_take, args=(listener, behave, kind))
        worker.start()
        yield listener.getsockname()[1]
        worker.join()


def _take(listener: socket.socket, behave: Serve, kind: int) -> None:
    if kind == socket.SOCK_DGRAM:
        behave(listener)
        return
    connection, _client = listener.accept()
    with connection:
        behave(connection)


def probe(port: int, way: str, protocol: str = "tcp", payload: int = 200_000) -> Seen:
    return ask(Probe(HERE, port, protocol, way, 1, payload, "secret"), 1.0, lambda: None)


def page(body: bytes, length: int) -> Serve:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (length, body))

    return behave


def echo(connection: socket.socket) -> None:
    connection.sendall(b"realserver1\n")
    while data := connection.recv(65536):
        connection.sendall(data)


def echo_datagram(listener: socket.socket) -> None:
    data, client = listener.recvfrom(65536)
    listener.sendto(data, client)


def swallow(connection: socket.socket) -> None:
    connection.sendall(b"realserver1\n")
    while connection.recv(65536):
        pass


def say_nothing(connection: socket.socket) -> None:
    connection.recv(1)


def test_a_page() -> None:
    with server(page(b"realserver1\nmore\n", 17)) as port:
        seen = probe(port, "http")
    assert (seen.outcome, seen.answer, seen.whole) == ("answered", "realserver1", True)
    assert seen.client == HERE
    assert seen.connected is not None
    assert seen.first_byte is not None
    assert 0 < seen.connected <= seen.first_byte


def test_a_page_that_is_cut() -> None:
    with server(page(b"half", 8)) as port:
        assert probe(port, "http").whole is False


def test_a_greeting_of_telnet() -> None:
    with server(lambda connection: connection.sendall(b"\xff\xfd\x18realserver1 login:")) as port:
        seen = probe(port, "greeting")
    assert (seen.outcome, seen.whole) == ("answered", None)
    assert seen.answer.endswith("realserver1 login:")


def test_an_echo_after_a_greeting() -> None:
    with server(echo) as port:
        seen = probe(port, "echo")
    assert (seen.outcome, seen.answer, seen.whole, seen.bytes) == ("answered", "realserver1", True, 200_012)


@pytest.mark.parametrize("way", ["echo", "datagram"])
def test_a_datagram(way: str) -> None:
    with server(echo_datagram, socket.SOCK_DGRAM) as port:
        assert probe(port, way, "udp").outcome == "answered"


def test_a_name_server() -> None:
    with server(echo_datagram, socket.SOCK_DGRAM) as port:
        assert probe(port, "dns", "udp").outcome == "answered"


def test_a_payload_that_does_not_come_back() -> None:
    with server(swallow) as port:
        seen = probe(port, "echo")
    assert (seen.outcome, seen.whole) == ("stuck", None)


@pytest.mark.parametrize("way", ["greeting", "http", "dns"])
def test_a_server_that_closes_at_once(way: str) -> None:
    with server(lambda connection: connection.shutdown(socket.SHUT_RDWR)) as port:
        assert probe(port, way).outcome == "cut"


def test_a_server_that_says_nothing() -> None:
    with server(say_nothing) as port:
        seen = probe(port, "greeting")
    assert (seen.outcome, seen.first_byte) == ("silent", None)
    assert seen.connected is not None


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_nobody_listens(protocol: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    seen = probe(port, "connect" if protocol == "tcp" else "datagram", protocol)
    assert (seen.outcome, seen.problem) == ("refused", "[Errno 111] Connection refused")
    assert seen.client_port, "the director's table is searched for it"


def test_an_answer_that_is_no_tls() -> None:
    with server(page(b"", 0)) as port:
        assert probe(port, "https").outcome == "error"


def test_the_connection_is_held() -> None:
    held: list[bool] = []
    with server(lambda connection: held.append(connection.recv(1) == b"")) as port:
        ask(Probe(HERE, port, "tcp", "connect", 1, 0, ""), 1.0, lambda: held.append(False))
    assert held == [False, True], "the server sees the end only after stay() returned"


@pytest.fixture
def running() -> int:
    """The test service in a thread that ends with the tests."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    listeners = listen([Place(HERE, port, "tcp"), Place(HERE, port, "udp")])
    threading.Thread(target=serve, args=(listeners, "realserver1", "secret"), daemon=True).start()
    return int(port)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_the_test_service_says_who_it_is(running: int, protocol: str) -> None:
    seen = probe(running, "test", protocol)
    assert (seen.outcome, seen.answer, seen.whole) == ("answered", "realserver1", True)


@pytest.mark.parametrize(("protocol", "outcome"), [("tcp", "cut"), ("udp", "silent")])
def test_the_test_service_answers_nobody_else(running: int, protocol: str, outcome: str) -> None:
    stranger = Probe(HERE, running, protocol, "test", 1, 10, "guess")
    assert ask(stranger, 1.0, lambda: None).outcome == outcome


def test_own_addresses() -> None:
    assert (is_own(HERE), is_own("192.0.2.1")) == (True, False)
    assert source_of(HERE) == HERE


def test_a_datagram_answered_from_elsewhere_is_no_answer_and_shows_its_source() -> None:
    """As a daemon on all addresses does that answers from the RIP: the client's connected socket never gets it."""

    def from_elsewhere(asked: socket.socket) -> None:
        _data, client = asked.recvfrom(100)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", asked.getsockname()[1]))
            other.sendto(b"hello", client)

    with server(from_elsewhere, socket.SOCK_DGRAM) as port:
        seen = probe(port, "datagram", "udp")
    assert (seen.outcome, seen.source) == ("astray", "127.0.0.2")
