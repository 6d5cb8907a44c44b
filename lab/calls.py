# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's steady calls while something else happens: what it saw of that."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, cast

from lab.errors import LabError
from lab.paths import PACKAGE
from lab.running import Running

RATE = 20
END_SECONDS = 60


@dataclass
class Calls:
    """What became of the calls; complete when the `with` has ended."""

    requests: int = 0
    answered: dict[str, int] = field(default_factory=dict)
    failed: list[dict[str, Any]] = field(default_factory=list)
    slowest: float = 0.0


@contextmanager
def calling(farm: Running, vip: str, port: int, client: str = "client") -> Iterator[Calls]:
    """`with calling(farm, vip, 80) as calls: …`: twenty requests a second from the client, from `with` to its end."""
    calls = Calls()
    script = (PACKAGE / "caller.py").read_text()
    words = shlex.join(["python3", "-c", script, vip, str(port), str(RATE)])
    # A connection of its own: whatever happens to the others, this one lasts.
    command = [*farm.ssh(farm.farm.host(client)), "-o", "ControlPath=none", words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            cast("IO[str]", process.stdout).readline()
            yield calls
        finally:
            said, _errors = process.communicate(timeout=END_SECONDS)
    if process.returncode:
        raise LabError(f"The calls of {client} ended with exit status {process.returncode}.", f"lab ssh {client}", said)
    vars(calls).update(json.loads(said))
