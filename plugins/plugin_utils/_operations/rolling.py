# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rolling update: in which batches, who was left by an earlier run, and what a batch comes to.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from names and evidence to batches and sentences.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ...module_utils._errors import LvsError
from .._verify.work import Wishes, make_work
from .guard import Directors
from .words import whose
from .work import shown

# What a director remembers of whoever was drained by a rolling update, behind who ran it.
REASON = "rolling update"
# What a batch's work on a host came to; a host that says nothing was lost on the way.
DONE, UNDONE, FAILED = "done", "undone", "failed"

_BATCH = re.compile(r"([1-9][0-9]{0,4})(%?)")
_ALL = 100  # percent


def batch_size(text: str, hosts: int) -> int:
    """How many at once: a number, or a percentage of the hosts, at least one."""
    found = _BATCH.fullmatch(text)
    if not found or (found[2] and int(found[1]) > _ALL):
        raise LvsError("lvs_batch", text, "is no number of realservers. Use 1 or 25%.")
    return max(1, hosts * int(found[1]) // _ALL) if found[2] else int(found[1])


def left_behind(work: Mapping[str, t.Any], directors: Directors) -> tuple[dict[str, str], list[LvsError]]:
    """The hosts that an earlier run left drained, since when; and those that somebody else drained."""
    left: dict[str, str] = {}
    refused: dict[str, LvsError] = {}
    for director, targets in work["directors"].items():
        for one in targets:
            if not directors.is_drained(director, one):
                continue
            entry = directors.tables[director].drained[one["service"], one["realserver"]]
            if f", {REASON}" in entry.get("by", ""):
                left[one["host"]] = whose(entry)
            else:
                cure = "Restore it first, or leave it out with lvs_realservers."
                text = f"is drained{whose(entry)}, and not by this playbook. {cure}"
                refused[one["host"]] = LvsError(one["host"], None, text)
    return left, list(refused.values())


def batches(hosts: Sequence[str], left: Iterable[str], size: int) -> list[list[str]]:
    """Those that were left behind come first, all at once: they get no connections anyway."""
    first = [host for host in hosts if host in set(left)]
    rest = [host for host in hosts if host not in first]
    return [*([first] if first else []), *(rest[start : start + size] for start in range(0, len(rest), size))]


def witness_probes(plan: Mapping[str, t.Any], clients: Sequence[str]) -> list[dict[str, t.Any]]:
    """Every service once, in the way that its users ask."""
    work = make_work(plan, clients, Wishes(paths=False, payload=1))
    return [{**one, "connections": 1} for one in work["probes"] if one["protocol"] == "tcp"]


def stuck(batch: Sequence[str], came_to: Mapping[str, str], playbook: str) -> list[str]:
    """The hosts of a batch that are not to be restored, with what became of them and both commands."""
    lines = []
    for host in batch:
        if came_to.get(host) not in (DONE, UNDONE):
            what = "lvs_work failed there" if came_to.get(host) == FAILED else "it was lost in the middle of lvs_work"
            lines.append(f"{host} stays drained: {what}. To go on with it: {playbook}")
    return lines


def verdict(batch: Sequence[str], came_to: Mapping[str, str], missed: int, tolerated: int) -> str:
    """Why no other batch follows; empty when one may."""
    kept = [host for host in batch if came_to.get(host) not in (DONE, UNDONE)]
    undone = [host for host in batch if came_to.get(host) == UNDONE]
    reasons = [f"{shown(kept)} stays drained, because lvs_work did not succeed there"] if kept else []
    reasons += [f"lvs_work failed on {shown(undone)}, was undone by lvs_undo, and it serves again"] if undone else []
    if missed > tolerated:
        reasons.append(f"clients saw {missed} requests fail, and lvs_tolerate accepts {tolerated}")
    return "; ".join(reasons)
