# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client does with an LVS: run on the client with `python3 - ACTION VIP PORT …`, standard library alone.

Prints JSON: which realserver answered each connection, and whether a payload came back whole.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import threading

SECONDS = 20.0
CHUNK = 65536


def connect(options: argparse.Namespace) -> socket.socket:
    """One connection to the virtual service."""
    connection = socket.create_connection((options.vip, options.port), timeout=SECONDS)
    connection.settimeout(SECONDS)
    return connection


def http(options: argparse.Namespace) -> str:
    """Fetch the page; it holds the name of the realserver."""
    with connect(options) as connection:
        request = f"GET / HTTP/1.0\r\nHost: {options.vip}\r\n\r\n"
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(CHUNK), b""))
    return answer.partition(b"\r\n\r\n")[2].decode().strip()


def telnet(options: argparse.Namespace) -> str:
    """Connect and read the greeting, the name of the realserver."""
    with connect(options) as connection, connection.makefile("rb") as stream:
        return stream.readline().decode().strip()


def payload(options: argparse.Namespace) -> dict[str, object]:
    """Send random bytes to the echo service while reading them back."""
    sent = os.urandom(options.number)
    with connect(options) as connection, connection.makefile("rb") as stream:
        server = stream.readline().decode().strip()
        writer = threading.Thread(target=send_all, args=(connection, sent))
        writer.start()
        received = stream.read(len(sent))
        writer.join()
    digests = [hashlib.sha256(data).hexdigest() for data in (sent, received)]
    return {"server": server, "bytes": len(received), "whole": digests[0] == digests[1]}


def send_all(connection: socket.socket, data: bytes) -> None:
    """Send and say that this was all."""
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def main() -> None:
    """Do it and print what happened."""
    parser = argparse.ArgumentParser(prog="client")
    parser.add_argument("action", choices=("http", "telnet", "payload"))
    parser.add_argument("vip")
    parser.add_argument("port", type=int)
    parser.add_argument("number", type=int, help="connections, or bytes of payload")
    options = parser.parse_args()
    if options.action == "payload":
        print(json.dumps(payload(options)))
    else:
        ask = {"http": http, "telnet": telnet}[options.action]
        print(json.dumps([ask(options) for _connection in range(options.number)]))


if __name__ == "__main__":
    main()
