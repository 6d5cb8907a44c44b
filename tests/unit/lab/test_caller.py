# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client that never stops calling says of what failed, by real sockets of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab import caller
from lab.caller import Calls, Request

PAGE = b"HTTP/1.0 200 OK\r\n\r\nrealserver1\n"


@contextmanager
def server(answer: bytes | None) -> Iterator[int]:
    """Gives one caller this answer, or none at all while it waits."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.recv(4096)
                if answer is None:
                    ended.wait(10)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        ended.set()
        thread.join()


def test_an_answer() -> None:
    with server(PAGE) as port:
        calls = Calls("127.0.0.1", port)
        calls.call()
    assert (dict(calls.answered), calls.failed) == ({"realserver1": 1}, [])


def test_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    calls = Calls("127.0.0.1", port)
    calls.call()
    [failure] = calls.failed
    assert failure["step"] == "connecting"
    assert "refused" in str(failure["why"])


def test_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "PATIENCE", 0.05)
    with server(None) as port:
        calls = Calls("127.0.0.1", port)
        calls.call()
    [failure] = calls.failed
    assert failure["step"] == "waiting"
    assert 1024 < int(str(failure["port"])) < 65536
    assert failure["late"] == 0


def test_a_client_that_stood_still() -> None:
    calls = Calls("127.0.0.1", 80)
    request = Request(calls.place)
    request.began -= 6
    calls.late = [(request.began - 9, request.began - 1), (request.began + 1, request.began + 4)]
    calls.note(request, "timed out")
    [failure] = calls.failed
    assert failure["late"] == 3
    assert float(str(failure["took"])) >= 6
