# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until SSH answers: `python probe.py SECONDS NAME=ADDRESS…`, run where the controller stands.

Prints each name with the seconds it took, as it comes up; exit status 1 when some did not.
"""

from __future__ import annotations

import socket
import sys
import threading
import time

SSH_PORT = 22
TRY_SECONDS = 1.0
BETWEEN_TRIES = 0.1


def answers(address: str) -> bool:
    """Whether an SSH server says its name there."""
    try:
        with socket.create_connection((address, SSH_PORT), timeout=TRY_SECONDS) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def wait(name: str, address: str, started: float, deadline: float, late: list[str]) -> None:
    """Try again and again until it answers or the time is over."""
    pause = threading.Event()
    while not answers(address):
        if time.monotonic() > deadline:
            late.append(name)
            return
        pause.wait(BETWEEN_TRIES)
    print(f"{name} {time.monotonic() - started:.1f}", flush=True)


def main() -> int:
    """Watch all hosts at once."""
    started = time.monotonic()
    deadline = started + float(sys.argv[1])
    late: list[str] = []
    watchers = [
        threading.Thread(target=wait, args=(*pair.split("=", 1), started, deadline, late)) for pair in sys.argv[2:]
    ]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
