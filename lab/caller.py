# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that never stops calling: `python3 -c CALLER VIP PORT RATE`, run on the client, standard library alone.

Fetches the page over a new connection RATE times a second, each in a thread of its own, until its standard input ends.
Says that it begins, and in the end prints JSON: how many requests it made, who answered how many, what failed and when,
and how long the slowest took.
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


class Calls:
    """The requests and what became of them."""

    def __init__(self, vip: str, port: int) -> None:
        self.place = (vip, port)
        self.request = f"GET / HTTP/1.0\r\nHost: {vip}\r\n\r\n".encode()
        self.lock = threading.Lock()
        self.answered: Counter[str] = Counter()
        self.failed: list[dict[str, object]] = []
        self.slowest = 0.0

    def fetch(self) -> str:
        """The name of the realserver, which is its page."""
        with socket.create_connection(self.place, timeout=PATIENCE) as connection:
            connection.sendall(self.request)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        server = answer.partition(b"\r\n\r\n")[2].decode().strip()
        if not server:
            raise ConnectionError("closed without an answer")
        return server

    def call(self) -> None:
        """One request."""
        began, clock = time.monotonic(), time.time()
        try:
            server = self.fetch()
        except OSError as error:
            with self.lock:
                self.failed.append({"at": clock, "why": str(error) or type(error).__name__})
            return
        with self.lock:
            self.answered[server] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)


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
