# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that never stops calling: `python3 -c CALLER VIP PORT RATE`, run on the client, standard library alone.

Fetches the page over a new connection RATE times a second, each in a thread of its own, until its standard input ends.
Says that it begins, and in the end prints JSON: how many requests it made, who answered how many, how long the slowest
took, and what failed: when, why, from which port, after how many seconds, how far it had come, and by how many seconds
this client was late itself meanwhile, for a guest that stood still is no fault of the LVS.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections import Counter

# A packet that is lost once is sent again after one second and after two more; what takes longer is a failure.
PATIENCE = 5.0


class Request:
    """One request and how far it came."""

    def __init__(self, place: tuple[str, int]) -> None:
        self.place = place
        self.began, self.clock = time.monotonic(), time.time()
        self.port = 0
        self.step = "connecting"

    def fetch(self) -> str:
        """The name of the realserver, which is its page."""
        family = socket.AF_INET6 if ":" in self.place[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            try:
                connection.connect(self.place)
            finally:
                self.port = connection.getsockname()[1]
            self.step = "asking"
            connection.sendall(f"GET / HTTP/1.0\r\nHost: {self.place[0]}\r\n\r\n".encode())
            self.step = "waiting"
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        server = answer.partition(b"\r\n\r\n")[2].decode().strip()
        if not server:
            raise ConnectionError("closed without an answer")
        return server

    def took(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began


class Calls:
    """The requests and what became of them."""

    def __init__(self, vip: str, port: int) -> None:
        self.place = (vip, port)
        self.lock = threading.Lock()
        self.answered: Counter[str] = Counter()
        self.failed: list[dict[str, object]] = []
        self.slowest = 0.0
        self.late: list[tuple[float, float]] = []  # when this client should have made a request, and when it did

    def call(self) -> None:
        """One request."""
        request = Request(self.place)
        try:
            server = request.fetch()
        except OSError as error:
            self.note(request, str(error) or type(error).__name__)
            return
        with self.lock:
            self.answered[server] += 1
            self.slowest = max(self.slowest, request.took())

    def note(self, request: Request, why: str) -> None:
        """Keep a failure with all that is known of it."""
        ended = time.monotonic()
        failure = {"at": request.clock, "why": why, "port": request.port, "step": request.step}
        with self.lock:
            late = [done - due for due, done in self.late if done > request.began and due < ended]
            failure.update(took=round(ended - request.began, 2), late=round(max(late, default=0.0), 2))
            self.failed.append(failure)


def main() -> None:
    """Call until nobody listens any more."""
    calls = Calls(sys.argv[1], int(sys.argv[2]))
    pause = 1 / float(sys.argv[3])
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    print("calling", flush=True)
    threads = []
    due = time.monotonic()
    while not ended.wait(max(0.0, due - time.monotonic())):
        now = time.monotonic()
        if now - due > pause:
            with calls.lock:
                calls.late.append((due, now))
        threads.append(threading.Thread(target=calls.call))
        threads[-1].start()
        due = max(due + pause, time.monotonic() - pause)
    for thread in threads:
        thread.join()
    report = {
        "requests": len(threads),
        "answered": dict(calls.answered),
        "failed": calls.failed,
        "slowest": round(calls.slowest, 2),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
