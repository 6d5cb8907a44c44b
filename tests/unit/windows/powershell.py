# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real PowerShell, one process for all tests: it runs our modules, and says what is in a script."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import threading
import typing as t
from pathlib import Path

import ansible
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
_UTILS = Path(ansible.__file__).parent / "module_utils"

Call = t.Callable[[str, dict[str, t.Any]], t.Any]


class Broken(Exception):
    """A script that PowerShell does not run: a syntax error, a wrong parameter, a variable that is not set."""


@functools.cache
def find_pwsh() -> subprocess.CompletedProcess[str]:
    """Where it is, or why it is not."""
    return subprocess.run([str(ROOT / "tests/tools/pwsh.sh")], check=False, capture_output=True, text=True)


needs_powershell = pytest.mark.skipif(
    find_pwsh().returncode != 0, reason=f"no script for Windows was run: {find_pwsh().stderr.strip()}"
)


class PowerShell:
    """The process. One request at a time: a line of JSON, and lines back until the answer."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._process = subprocess.Popen(
            [
                find_pwsh().stdout.strip(),
                *("-NoProfile", "-NonInteractive", "-File", str(HERE / "server.ps1")),
                *("-Basic", str(_UTILS / "csharp/Ansible.Basic.cs")),
                *("-AddType", str(_UTILS / "powershell/Ansible.ModuleUtils.AddType.psm1")),
                *("-Cmdlets", str(HERE / "cmdlets.ps1")),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        atexit.register(self._end)
        self._read()

    def _end(self) -> None:
        self._stdin.close()
        self._process.wait(timeout=30)

    def _read(self) -> dict[str, t.Any]:
        line = self._stdout.readline()
        if not line:
            raise Broken("PowerShell has ended")
        said: dict[str, t.Any] = json.loads(line)
        return said

    def _write(self, value: object) -> None:
        self._stdin.write(f"{json.dumps(value)}\n")
        self._stdin.flush()

    def ask(self, function: str, script: str, call: Call | None = None, **more: object) -> t.Any:
        """What a function of the server answers; `call` does what it asks of the host meanwhile."""
        with self._lock:
            self._write({"do": function, "script": script, **more})
            while "call" in (said := self._read()):
                self._write(call(said["call"], said["parameters"]) if call else {"error": "there is no host"})
        if "broken" in said:
            raise Broken(f"{said['broken']}\n{said['where']}")
        return said["answer"]


@functools.cache
def powershell() -> PowerShell:
    return PowerShell()


@functools.cache
def facts(text: str) -> dict[str, t.Any]:
    """What is in a script, by PowerShell's own parser."""
    found: dict[str, t.Any] = powershell().ask("Get-Facts", text)
    return found
