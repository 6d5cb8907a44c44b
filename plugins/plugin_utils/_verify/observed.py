# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of playbooks/verify.yml registered on the hosts, and why some of them saw nothing.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it reads the variables of hosts and nothing else. A host may be broken or hostile and answer anything, so each
answer is read here by its shape; one that does not have it is as good as none, and that is this host's problem alone.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ...module_utils._model.shapes import (
    Misfit,
    Reader,
    agreeing,
    fields,
    keyed,
    listed,
    nullable,
    number,
    seconds,
    text,
    truth,
)
from .scene import TAKEN as ANSWERED

Data = dict[str, t.Any]

_COUNT = number()
_PORT = number(0, 65535)
_CONNECTION = agreeing(
    fields(
        {
            "client": text,
            "client_port": _PORT,
            "outcome": text,
            "connected": nullable(seconds),
            "first_byte": nullable(seconds),
            "answer": text,
            "bytes": _COUNT,
            "whole": nullable(truth),
        },
        {"source": text},
    ),
    lambda found: found["connected"] is not None or found["outcome"] not in ANSWERED,
    "a connection that says when it was taken",
)
_NEIGHBOUR = fields({"address": text, "mac": nullable(text), "answering": nullable(listed(text)), "problem": text})
_COUNTERS = fields({"connections": _COUNT})
_MEMBER = fields({"realserver": text, "weight": _COUNT, "active": _COUNT, "counters": _COUNTERS}, {"inactive": _COUNT})
_STATES = {
    "states": listed(fields({"service": text, "counters": _COUNTERS, "realservers": listed(_MEMBER)})),
}
_ENTRY = fields(
    {
        "protocol": text,
        "client": text,
        "client_port": _PORT,
        "address": text,
        "port": _PORT,
        "realserver": text,
        "realserver_port": _PORT,
    }
)
_BEFORE = fields(_STATES)
_AFTER = fields(
    {
        **_STATES,
        "connections": listed(_ENTRY),
        "held": listed(text),
        "others": listed(text),
        "macs": listed(text),
        "neighbours": keyed(text),
        "daemons": listed(fields({"role": text, "interface": text, "sync_id": _COUNT})),
    }
)

# The names under which playbooks/verify.yml registers its results, and what the action `verify` puts into them.
PLACED, ASKED, TAKEN = "__verify_placed", "__verify_asked", "__verify_taken"
TRIAL, SERVICE, PROBE = "trial", "service", "probe"

_NEVER_RUN = "it was not in this run; leave --limit out"
_NO_ANSWER = "it said nothing that can be understood"


def observed(work: Mapping[str, t.Any], said: Mapping[str, Mapping[str, t.Any]]) -> Data:
    """By group and host, what was seen and what kept it from being seen."""
    return {
        "clients": {host: _client(mapping(said.get(host)), len(work["probes"])) for host in work["clients"]},
        "directors": {host: _director(mapping(said.get(host))) for host in work["directors"]},
        "realservers": {
            host: {"problem": _problem(mapping(said.get(host)), PLACED, SERVICE)} for host in work["listen"]
        },
    }


def counted_before(results: Mapping[str, t.Any]) -> dict[str, int]:
    """By service, the connections of a director when we began; none where that is not known."""
    before, _problem = _answer(results, PLACED, TRIAL, _BEFORE)
    return {one["service"]: one["counters"]["connections"] for one in before["states"]} if before else {}


def mapping(value: object) -> Mapping[str, t.Any]:
    """What somebody else says is a mapping; empty when it is none."""
    return value if isinstance(value, Mapping) else {}


def _client(results: Mapping[str, t.Any], probes: int) -> Data:
    asked, problem = _answer(results, ASKED, PROBE, _asked(probes))
    return {"asked": asked, "problem": problem}


def _asked(probes: int) -> Reader[Data]:
    """What a client says of so many probes."""
    shape = fields(
        {"results": listed(fields({"connections": listed(_CONNECTION)})), "neighbours": listed(_NEIGHBOUR)},
    )
    return agreeing(shape, lambda found: len(found["results"]) == probes, f"the answers to {probes} probes")


def _director(results: Mapping[str, t.Any]) -> Data:
    before, problem_before = _answer(results, PLACED, TRIAL, _BEFORE)
    after, problem_after = _answer(results, TAKEN, TRIAL, _AFTER)
    problem = problem_before or problem_after
    return {"before": None if problem else before, "after": None if problem else after, "problem": problem}


def _answer(results: Mapping[str, t.Any], name: str, part: str, shape: Reader[Data]) -> tuple[Data | None, str]:
    """What this part of a task saw, or why it saw nothing."""
    problem = _problem(results, name, part)
    if problem:
        return None, problem
    try:
        return shape(results[name][part], "its answer"), ""
    except Misfit as misfit:
        return None, f"{misfit}, so something else than our module answers there"


def _problem(results: Mapping[str, t.Any], name: str, part: str) -> str:
    """Why this part of a task saw nothing; empty when it did its work."""
    result = results.get(name)
    if not isinstance(result, Mapping) or result.get("skipped"):
        return _NEVER_RUN
    said = result.get(part)
    if not isinstance(said, Mapping):
        return str(result.get("msg", _NO_ANSWER))
    return str(said.get("problem", ""))
