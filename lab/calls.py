# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's steady calls, and the connections that it keeps, while something else happens: what it saw of that."""

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


@dataclass
class Held:
    """How connections fared that were there before; complete when the `with` has ended. Times are in seconds."""

    held: int = 0
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0  # a line there and back
    gap: float = 0.0  # without an answer to a ping


@contextmanager
def calling(farm: Running, vip: str, port: int, client: str = "client") -> Iterator[Calls]:
    """`with calling(farm, vip, 80) as calls: …`: twenty requests a second from the client, from `with` to its end."""
    calls = Calls()
    with _working(farm, client, "caller.py", vip, port, RATE) as report:
        yield calls
    vars(calls).update(report)


@contextmanager
def holding(farm: Running, vip: str, port: int, count: int, client: str = "client") -> Iterator[Held]:
    """`with holding(farm, vip, 23, 20) as held: …`: so many connections to the echo service, each in use."""
    held = Held()
    with _working(farm, client, "holder.py", vip, port, count) as report:
        yield held
    vars(held).update(report)


@contextmanager
def _working(farm: Running, client: str, script: str, *words: object) -> Iterator[dict[str, Any]]:
    """A script runs on the client, from its first word on; its report is there when the `with` has ended."""
    report: dict[str, Any] = {}
    said = shlex.join(["python3", "-c", (PACKAGE / script).read_text(), *map(str, words)])
    # A connection of its own: whatever happens to the others, this one lasts.
    command = [*farm.ssh(farm.farm.host(client)), "-o", "ControlPath=none", said]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            cast("IO[str]", process.stdout).readline()
            yield report
        finally:
            said, _errors = process.communicate(timeout=END_SECONDS)
    if process.returncode:
        raise LabError(f"{script} on {client} ended with exit status {process.returncode}.", f"lab ssh {client}", said)
    report.update(json.loads(said))
