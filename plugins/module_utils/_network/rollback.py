# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of routes that takes itself back on the host unless it is confirmed over a new connection.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host import files
from .._host.keeper import FOLDER, CommandKeeper
from .._host.records import Found
from .._model.shapes import fields, listed, raw, text, truth
from .gateway import Step, undo_batch

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .._host.host import Host

UNIT = "lvs-gateway-rollback"
PENDING = f"{FOLDER}/{UNIT}.json"
UNDO = f"{FOLDER}/{UNIT}.undo"

_VIEW = fields({"effective": listed(text)}, {"others": listed(text), "routes": listed(text), "persistent": raw})
RECORDED = {
    "run_id": text,
    "connection": text,
    "result": fields(
        {"changed": truth, "before": _VIEW, "after": _VIEW, "commands": listed(text)}, {"diff": listed(raw)}
    ),
}


@dataclass(frozen=True)
class Pending:
    """A change that waits for its confirmation: whose, over which connection made, and what its task will return."""

    run_id: str
    connection: str
    result: dict[str, t.Any]


class Rollback:
    """The one change of this host that may be waiting."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._keeper = CommandKeeper(host, PENDING, RECORDED)
        self.disarm = self._keeper.stop  # look afterwards whether it was in time
        self.is_waiting = self._keeper.is_waiting

    def arm(self, pending: Pending, seconds: int, steps: Sequence[Step]) -> None:
        """Before the first step: have the host itself undo them all, whatever becomes of us."""
        # Not by the host, which would have the file back when this task fails, and with it nobody to read it.
        files.write(self._host.at(UNDO), undo_batch(steps).encode(), UNDO, 0o600)
        try:
            self._keeper.start_command(vars(pending), seconds, self._undo)
        except LvsError:
            self.forget()
            raise

    def pending(self) -> Found[Pending]:
        """The change that still waits; none when there is none, or when it was taken back."""
        found = self._keeper.read()
        waits = self.is_waiting()
        if found.problem and waits:
            cure = "cannot be read, and a change waits for its confirmation, which this host takes back by itself."
            raise LvsError(PENDING, found.problem.value, f"{cure} Run the task again then.")
        if found.value and waits:
            return Found(Pending(*(found.value[name] for name in RECORDED)))
        return Found(problem=found.problem)

    def fire(self) -> None:
        """Take the change back now. What is as it was before already is no error, hence no look at the status."""
        self._host.attempt(self._undo)
        self.forget()

    def forget(self) -> None:
        """Leave nothing behind of a change that is confirmed or taken back."""
        self._keeper.forget()
        files.remove(self._host.at(UNDO), UNDO)

    @property
    def _undo(self) -> tuple[str, ...]:
        return (self._host.which("ip") or "ip", "-force", "-batch", str(self._host.at(UNDO)))
