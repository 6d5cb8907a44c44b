# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to the Windows host of windows_host.py. It takes from ansible-core what winrm and psrp take."""

from __future__ import annotations

import json
import multiprocessing.connection
import typing as t
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: emulated_windows
short_description: A Windows host in memory
description: Runs modules on a Windows host in memory.
author: linuxvirtualserver.lvs contributors
options:
  socket:
    description: The socket of the host.
    vars:
      - name: windows_socket
"""


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
            self._send(b"")
            self._connected = True
        return self

    def _send(self, payload: bytes) -> dict[str, t.Any]:
        """What the host answers; nothing is the greeting of a new connection."""
        option: t.Callable[[str], str] = self.get_option
        with multiprocessing.connection.Client(str(Path(option("socket"))), "AF_UNIX") as host:
            host.send_bytes(payload)
            answer: dict[str, t.Any] = json.loads(host.recv_bytes())
        return answer

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        del cmd, sudoable  # always the same wrapper, and nobody else to be
        self._connect()
        answer = self._send(in_data or b"")
        if "broken" in answer:
            return 1, b"", answer["broken"].encode()
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
