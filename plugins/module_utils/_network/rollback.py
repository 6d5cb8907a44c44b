# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of routes that takes itself back on the host unless it is confirmed over a new connection.

Private: this file may change in any release; do not import it from outside the collection.

All of it is in /run and in the running system, so a power cut is a rollback, too.
"""

from __future__ import annotations

import contextlib
import json
import sys
import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host.records import Found, parse
from .._model.shapes import (
    fields,
    listed,
    nullable,
    number,
    raw,
    text,
    truth,
)
from .gateway import Step, undo_batch

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .._host.host import Host

PENDING = "/run/lvs/default_gateway.json"
UNDO = "/run/lvs/default_gateway.undo"
UNIT = "lvs-gateway-rollback"

# Where there is no systemd: waits apart from this session, and becomes ip. Prints its process id.
_DETACHED = """\
import os, sys, time
child = os.fork()
if child:
    print(child)
    os._exit(0)
os.setsid()
null = os.open(os.devnull, os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(null, number)
time.sleep(float(sys.argv[1]))
os.execvp(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Pending:
    """A change that waits for its confirmation: over which connection it was made, and what its task will return."""

    connection: str
    process: int | None
    result: dict[str, t.Any]


_LOST = "no change waits for its confirmation any more."
_VIEW = fields({"effective": listed(text)}, {"others": listed(text), "routes": listed(text), "persistent": raw})
_SHAPE = fields(
    {
        "connection": text,
        "process": nullable(number(2, 2**22)),
        "result": fields(
            {"changed": truth, "before": _VIEW, "after": _VIEW, "commands": listed(text)}, {"diff": listed(raw)}
        ),
    }
)


def parse_pending(content: str | None) -> Found[Pending]:
    """The change from its JSON."""
    return parse(content, PENDING, lambda value, path: Pending(**_SHAPE(value, path)), _LOST)


class Rollback:
    """The one change of this host that may be waiting."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def arm(self, connection: str, seconds: int, steps: Sequence[Step], result: dict[str, t.Any]) -> None:
        """Before the first step: have the host itself undo them all, whatever becomes of us."""
        self._host.write(UNDO, undo_batch(steps), mode=0o600)
        undo = (self._host.which("ip") or "ip", "-force", "-batch", str(self._host.at(UNDO)))
        process = None
        if self._has_systemd():
            timer = ("systemd-run", "--quiet", "--collect", f"--unit={UNIT}", f"--on-active={seconds}")
            self._host.run((*timer, "--timer-property=AccuracySec=100ms", *undo))
        else:
            process = int(self._host.run((sys.executable, "-c", _DETACHED, str(seconds), *undo)))
        try:
            pending = {"connection": connection, "process": process, "result": result}
            self._host.write(PENDING, json.dumps(pending), mode=0o600)
        except LvsError:
            self._stop(process)
            raise

    def pending(self) -> Found[Pending]:
        """The change that still waits; none when there is none, or when it was taken back."""
        found = parse_pending(self._host.read(PENDING))
        if found.problem and (self._is_armed(None) or self._detached() is not None):
            cure = "cannot be read, and a change waits for its confirmation, which this host takes back by itself."
            raise LvsError(PENDING, found.problem.value, f"{cure} Run the task again then.")
        if found.value and not self._is_armed(found.value.process):
            return Found()
        return found

    def disarm(self) -> None:
        """Call the rollback off. Look afterwards whether it was in time."""
        found = parse_pending(self._host.read(PENDING))
        self._stop(self._detached() if found.value is None else found.value.process)

    def _detached(self) -> int | None:
        """The process that waits where there is no systemd, found by what it was told."""
        for path in self._host.glob("/proc", "[0-9]*/cmdline"):
            with contextlib.suppress(LvsError):  # it has ended meanwhile
                if _DETACHED in (self._host.read(path) or ""):
                    return int(path.split("/")[2])
        return None

    def fire(self) -> None:
        """Take the change back now. What is as it was before already is no error, hence no look at the status."""
        self._host.succeeds(("ip", "-force", "-batch", str(self._host.at(UNDO))))
        self.forget()

    def forget(self) -> None:
        """Leave nothing behind of a change that is confirmed or taken back."""
        self._host.remove(PENDING)
        self._host.remove(UNDO)
        self._host.remove_directory_if_empty(PENDING.rpartition("/")[0])

    def _has_systemd(self) -> bool:
        return self._host.at("/run/systemd/system").is_dir() and self._host.which("systemd-run") is not None

    def _is_armed(self, process: int | None) -> bool:
        if process is None:
            return self._host.succeeds(("systemctl", "is-active", "--quiet", f"{UNIT}.timer"))
        # After it has become ip, or another process has its number, its arguments are others.
        return _DETACHED in (self._host.read(f"/proc/{process}/cmdline") or "")

    def _stop(self, process: int | None) -> None:
        if process is not None and self._is_armed(process):
            self._host.run(("kill", str(process)))
        elif process is None and self._is_armed(None):
            self._host.run(("systemctl", "stop", f"{UNIT}.timer"))
