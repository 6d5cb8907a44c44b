# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows host that outlives ansible-playbook. What is sent to it comes by a socket: all share one PowerShell."""

from __future__ import annotations

import json
import multiprocessing.connection
import threading
import traceback
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.cmdlets import run_payload

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import Windows

RIP, PORT, CONTROLLER = "192.168.1.11", 5986, "10.0.0.1"


class WindowsHost(threading.Thread):
    """Answers the connections of tests/emulated/connection, one at a time, as long as the tests run."""

    def __init__(self, socket: Path, host: Windows) -> None:
        super().__init__(daemon=True)
        self.host = host
        self.lock = threading.Lock()
        self._listener = multiprocessing.connection.Listener(str(socket), "AF_UNIX")

    def run(self) -> None:
        while True:
            with self._listener.accept() as connection, self.lock:
                connection.send_bytes(json.dumps(self._answer(connection.recv_bytes())).encode())

    def _answer(self, payload: bytes) -> dict[str, t.Any]:
        if not payload:
            return self._greet()
        try:
            return run_payload(self.host, payload)
        except Exception:
            # Whoever waits for an answer must get one.
            return {"broken": traceback.format_exc()}

    def _greet(self) -> dict[str, t.Any]:
        """A new connection, from a port of its own."""
        remote = {"RemoteAddress": CONTROLLER, "RemotePort": 50000 + len(self.host.connections)}
        self.host.connections.append({"LocalAddress": RIP, "LocalPort": PORT, **remote})
        return {}
