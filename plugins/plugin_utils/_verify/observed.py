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
from .scene import TAKEN

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
        }
    ),
    lambda found: found["connected"] is not None or found["outcome"] not in TAKEN,
    "a connection that says when it was taken",
)
_NEIGHBOUR = fields({"address": text, "mac": nullable(text), "answering": nullable(listed(text)), "problem": text})
_MEMBER = fields({"label": text, "weight": _COUNT, "active": _COUNT, "connections": _COUNT})
_SERVICES = {
    "services": listed(fields({"label": text, "connections": _COUNT, "realservers": listed(_MEMBER)})),
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
_BEFORE = fields(_SERVICES)
_AFTER = fields(
    {
        **_SERVICES,
        "connections": listed(_ENTRY),
        "held": listed(text),
        "macs": listed(text),
        "neighbours": keyed(text),
    }
)

# The names under which playbooks/verify.yml registers its results.
BEFORE, ASKED, AFTER = "__verify_before", "__verify_asked", "__verify_after"
TEST_SERVICE = "__verify_test_service"
# What a task said that failed on a host, set where the failure is caught.
PROBLEM = "__verify_problem"

_NEVER_RUN = "it was not in this run; leave --limit out"
_FAILED = "it failed"


def observed(work: Mapping[str, t.Any], hostvars: Mapping[str, t.Any]) -> Data:
    """By group and host, what was seen and what kept it from being seen."""
    return {
        "clients": {host: _client(_variables(hostvars, host), len(work["probes"])) for host in work["clients"]},
        "directors": {host: _director(_variables(hostvars, host)) for host in work["directors"]},
        "realservers": {
            host: {"problem": _problem(_variables(hostvars, host), TEST_SERVICE)} for host in work["listen"]
        },
    }


def _variables(hostvars: Mapping[str, t.Any], host: str) -> Mapping[str, t.Any]:
    variables = hostvars.get(host, {})
    return variables if isinstance(variables, Mapping) else {}


def _client(variables: Mapping[str, t.Any], probes: int) -> Data:
    asked, problem = _answer(variables, ASKED, _asked(probes))
    return {"asked": asked, "problem": problem}


def _asked(probes: int) -> Reader[Data]:
    """What a client says of so many probes."""
    shape = fields(
        {"results": listed(fields({"connections": listed(_CONNECTION)})), "neighbours": listed(_NEIGHBOUR)},
    )
    return agreeing(shape, lambda found: len(found["results"]) == probes, f"the answers to {probes} probes")


def _director(variables: Mapping[str, t.Any]) -> Data:
    before, problem_before = _answer(variables, BEFORE, _BEFORE)
    after, problem_after = _answer(variables, AFTER, _AFTER)
    problem = problem_before or problem_after
    return {"before": None if problem else before, "after": None if problem else after, "problem": problem}


def _answer(variables: Mapping[str, t.Any], name: str, shape: Reader[Data]) -> tuple[Data | None, str]:
    """What a task saw, or why it saw nothing."""
    problem = _problem(variables, name)
    if problem:
        return None, problem
    try:
        return shape(variables[name], "its answer"), ""
    except Misfit as misfit:
        return None, f"{misfit}, so something else than our module answers there"


def _problem(variables: Mapping[str, t.Any], name: str) -> str:
    """Why this task saw nothing; empty when it did its work."""
    result = variables.get(name)
    if not isinstance(result, Mapping):
        return _words(variables.get(PROBLEM), _NEVER_RUN)
    if result.get("failed") or result.get("unreachable"):
        return _words(result.get("msg"), _FAILED)
    return ""


def _words(said: object, otherwise: str) -> str:
    """A host's own words on one line; they may hold bytes that are no text."""
    words = said.encode("utf-8", "backslashreplace").decode().split() if isinstance(said, str) else []
    return " ".join(words) or otherwise
