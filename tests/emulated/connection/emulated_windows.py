# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to the Windows host in a file. It takes from ansible-core what winrm and psrp take."""

from __future__ import annotations

import fcntl
import json
import typing as t
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.cmdlets import run_payload
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import Windows
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import Refused

DOCUMENTATION = """
name: emulated_windows
short_description: A Windows host in a file
description: Runs modules on a Windows host in a file.
author: linuxvirtualserver.lvs contributors
options:
  state:
    description: The file with the host.
    vars:
      - name: windows_state
"""

CONTROLLER = "10.0.0.1"
PORT = 5986


class Connection(ConnectionBase):
    """What winrm and psrp say of themselves, too."""

    transport = "emulated_windows"
    module_implementation_preferences = (".ps1", ".exe", "")
    allow_executable = False
    has_pipelining = True
    always_pipeline_modules = True
    has_native_async = True
    _shell_type = "powershell"

    def _connect(self) -> Connection:
        if not self._connected:
            self._with_host(self._greet)
            self._connected = True
        return self

    def _with_host(self, act: t.Callable[[Windows], t.Any]) -> t.Any:
        option: t.Callable[[str], str] = self.get_option
        path = Path(option("state"))
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            host = Windows.load(path)
            try:
                return act(host)
            finally:
                host.save(path)

    @staticmethod
    def _greet(host: Windows) -> None:
        """A new connection, from a port of its own."""
        port = 50000 + len(host.connections)
        host.connections.append(
            {"LocalAddress": "192.168.1.11", "LocalPort": PORT, "RemoteAddress": CONTROLLER, "RemotePort": port}
        )

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        del cmd, sudoable  # always the same wrapper, and nobody else to be
        self._connect()
        payload = in_data or b""
        try:
            answer = self._with_host(lambda host: run_payload(host, payload))
        except Refused as refused:
            return 1, b"", str(refused).encode()
        return int(bool(answer.get("failed"))), json.dumps(answer).encode(), b""

    def put_file(self, in_path: str, out_path: str) -> None:
        raise AnsibleConnectionFailure(f"{in_path} is copied to {out_path}: everything should be piped")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        raise AnsibleConnectionFailure(f"{in_path} is fetched to {out_path}: nothing should be")

    def reset(self) -> None:
        self._connected = False
        self._connect()

    def close(self) -> None:
        self._connected = False
