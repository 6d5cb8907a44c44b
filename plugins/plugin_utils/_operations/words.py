# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of an operation, as a person reads them at night: what is waited for, what was done, and the way back.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from results to lines.
"""

from __future__ import annotations

import shlex
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from .._rules.shown import clipped
from .._status.figures import when

Data = Mapping[str, t.Any]

_PLAYBOOK = "ansible-playbook linuxvirtualserver.lvs."


def whose(entry: Data) -> str:
    """By whom it was drained and since when, as far as the director knows."""
    by = f" by {clipped(entry['by'])}" if entry.get("by") else ""
    return f"{by} since {when(entry['since'])}" if entry.get("since") else by


def connections(left: int, clients: int = 0) -> str:
    """How many connections there are, and clients that persistence would send back."""
    said = f"{left} connection{'' if left == 1 else 's'}"
    return f"{said} and {clients} persistent client{'' if clients == 1 else 's'}" if clients else said


def progress(rows: Iterable[Data], passed: float, limit: int) -> list[str]:
    """What is waited for now, a line for each realserver and service."""
    return [
        f"{row['host']}: {connections(row['left'], row['clients'])} of {row['name']} left after {passed:.0f} s, "
        f"waiting for {limit} s at most"
        for row in rows
    ]


def drained(rows: Sequence[Data]) -> list[str]:
    """What became of each realserver in each service."""
    return [f"{row['host']}: {row['name']}: {_weights(row)}; {_outcome(row)}" for row in rows]


def restored(rows: Sequence[Data]) -> list[str]:
    """The same, of those that get connections again."""
    return [f"{row['host']}: {row['name']}: {_weights(row)}" for row in rows]


def _weights(row: Data) -> str:
    if row["before"] == row["after"]:
        return f"weight {_weight(row['after'])} already"
    return f"weight {_weight(row['before'])} -> {_weight(row['after'])}"


def _weight(weight: int | None) -> str:
    return "none (not in the table)" if weight is None else str(weight)


def _outcome(row: Data) -> str:
    if row["end"] is None:
        return f"{connections(row['start'])}, nobody waited"
    said = f"{connections(row['start'])} -> {connections(row['end'], row['clients'])} in {row['seconds']:.0f} s"
    return f"{said}, ended by force" if row["forced"] else said


def command(playbook: str, inventories: Iterable[str], hosts: Iterable[str], services: Sequence[str] = ()) -> str:
    """A command to run another playbook for the same realservers."""
    words = [word for one in inventories for word in ("-i", one)]
    words += ["-e", f"lvs_realservers={','.join(hosts)}"]
    words += ["-e", f"lvs_services_only={','.join(services)}"] if services else []
    return f"{_PLAYBOOK}{playbook} {shlex.join(words)}"
