# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold connections to a telnet-like service, ping each again and again, and tell how many broke.

Usage: hold.py ADDRESS PORT COUNT, as the main process of a systemd unit of Type=notify: ready when all are made. When
it is told to stop, it pings each a last time and writes how it went.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading

PATIENCE = 20.0  # seconds; a way that is held up for a moment is not broken
PAUSE = 0.2


def connect(address: str, port: int) -> socket.SocketIO:
    """One connection, after the greeting that says that a realserver has it."""
    connection = socket.create_connection((address, port), timeout=PATIENCE)
    stream = connection.makefile("rwb", buffering=0)
    stream.readline()
    return stream


def ping(stream: socket.SocketIO, number: int) -> bool:
    """Whether the connection brings back what is sent."""
    line = b"%d\n" % number
    try:
        stream.write(line)
        return stream.readline() == line
    except OSError:
        return False


def say_ready() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
        channel.send(b"READY=1")


def main() -> None:
    address, port, count = sys.argv[1], *map(int, sys.argv[2:])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    alive = [connect(address, port) for _number in range(count)]
    say_ready()
    rounds = 0
    while not stop.wait(PAUSE):
        rounds += 1
        alive = [stream for stream in alive if ping(stream, rounds)]
    alive = [stream for stream in alive if ping(stream, 0)]
    sys.stdout.write(json.dumps({"broken": count - len(alive), "rounds": rounds}) + "\n")


if __name__ == "__main__":
    main()
