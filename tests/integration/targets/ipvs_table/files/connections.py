# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hold many connections through a virtual service, ping each again and again, and tell how many broke.

Usage: connections.py ADDRESS PORT COUNT SECONDS REALSERVER_PORT...
This host is client, director and, behind NAT, the realservers at the given ports of ADDRESS.
"""

from __future__ import annotations

import json
import socket
import socketserver
import sys
import threading
import time


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 200


def ping(connection: socket.socket, number: int) -> bool:
    """Whether the connection brings back what is sent, however long the way is held up on the director."""
    line = b"%d\n" % number
    try:
        connection.sendall(line)
        return connection.recv(100) == line
    except OSError:
        return False


def main() -> None:
    address, port, count, seconds = sys.argv[1], *map(int, sys.argv[2:5])
    for realserver_port in map(int, sys.argv[5:]):
        server = Server((address, realserver_port), Echo)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    alive = [socket.create_connection((address, port), timeout=10) for _number in range(count)]
    end = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end and alive:
        alive = [connection for connection in alive if ping(connection, rounds)]
        rounds += 1
        time.sleep(0.2)
    sys.stdout.write(json.dumps({"broken": count - len(alive), "rounds": rounds}) + "\n")


if __name__ == "__main__":
    main()
