# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that keeps its connections: `python3 -c HOLDER VIP PORT COUNT`, run on the client, standard library alone.

Makes COUNT connections to the echo service and sends a line over each of them five times a second, until its standard
input ends. Beside that it pings the VIP fifty times a second. Says that it begins when all connections were greeted, as
the first byte of this service is slow and says nothing of the way. In the end it prints JSON: how many connections
broke and why, how long the slowest line took, and how long no ping was answered at most.
"""

from __future__ import annotations

import itertools
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time

# What TCP sends again after a gap of some seconds comes late, by its own clock; a way that is gone never comes back.
PATIENCE = 20.0
PAUSE = 0.2
STAMP = re.compile(r"^\[([0-9.]+)\] .* bytes from", re.MULTILINE)


class Held:
    """The connections and how they fared."""

    def __init__(self, vip: str, port: int, count: int) -> None:
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.broken: list[str] = []
        self.slowest = 0.0
        self.streams = [self.connect(vip, port) for _number in range(count)]

    @staticmethod
    def connect(vip: str, port: int) -> socket.SocketIO:
        """One connection, after its greeting."""
        connection = socket.create_connection((vip, port), timeout=PATIENCE)
        stream = connection.makefile("rwb", buffering=0)
        if not stream.readline():
            raise ConnectionError("closed without a greeting")
        return stream

    def keep(self, stream: socket.SocketIO) -> None:
        """Send a line, read it back, and again; once more when it is to end."""
        number = 0
        try:
            while not self.ended.wait(PAUSE):
                self.ping(stream, number := number + 1)
            self.ping(stream, 0)
        except OSError as error:
            with self.lock:
                self.broken.append(str(error) or type(error).__name__)

    def ping(self, stream: socket.SocketIO, number: int) -> None:
        """One line there and back."""
        began, line = time.monotonic(), b"%d\n" % number
        stream.write(line)
        if stream.readline() != line:
            raise ConnectionError("closed, or something else came back")
        with self.lock:
            self.slowest = max(self.slowest, time.monotonic() - began)


def longest_gap(said: str) -> float:
    """The longest time between two answers to a ping."""
    stamps = [float(stamp) for stamp in STAMP.findall(said)]
    return max((later - earlier for earlier, later in itertools.pairwise(stamps)), default=float("inf"))


def main() -> None:
    """Hold them until nobody listens any more."""
    vip, port, count = sys.argv[1], *map(int, sys.argv[2:])
    held = Held(vip, port, count)
    threads = [threading.Thread(target=held.keep, args=(stream,)) for stream in held.streams]
    with subprocess.Popen(["ping", "-D", "-n", "-i", "0.02", vip], stdout=subprocess.PIPE, text=True) as pinging:
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(pinging.stdout or ()))
        for thread in (reader, *threads):
            thread.start()
        print("holding", flush=True)
        sys.stdin.read()
        held.ended.set()
        for thread in threads:
            thread.join()
        pinging.send_signal(signal.SIGINT)
        reader.join()
    gap = longest_gap("".join(said))
    print(json.dumps({"held": count, "broken": held.broken, "slowest": round(held.slowest, 2), "gap": round(gap, 2)}))


if __name__ == "__main__":
    main()
