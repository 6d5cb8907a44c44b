# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of playbooks/verify.yml registered on the hosts, and why some of them saw nothing.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it reads the variables of hosts and nothing else.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

Data = dict[str, t.Any]

# The names under which playbooks/verify.yml registers its results.
BEFORE, ASKED, AFTER = "__verify_before", "__verify_asked", "__verify_after"
TEST_SERVICE = "__verify_test_service"
# What a task said that failed on a host, set where the failure is caught.
PROBLEM = "__verify_problem"

_NEVER_RUN = "it was not in this run; leave --limit out"


def observed(work: Mapping[str, t.Any], hostvars: Mapping[str, t.Any]) -> Data:
    """By group and host, what was seen and what kept it from being seen."""
    return {
        "clients": {host: _client(_variables(hostvars, host)) for host in work["clients"]},
        "directors": {host: _director(_variables(hostvars, host)) for host in work["directors"]},
        "realservers": {
            host: {"problem": _problem(_variables(hostvars, host), TEST_SERVICE)} for host in work["listen"]
        },
    }


def _variables(hostvars: Mapping[str, t.Any], host: str) -> Mapping[str, t.Any]:
    variables = hostvars.get(host, {})
    return variables if isinstance(variables, Mapping) else {}


def _client(variables: Mapping[str, t.Any]) -> Data:
    problem = _problem(variables, ASKED)
    return {"asked": None if problem else variables[ASKED], "problem": problem}


def _director(variables: Mapping[str, t.Any]) -> Data:
    problem = _problem(variables, BEFORE) or _problem(variables, AFTER)
    before, after = (None, None) if problem else (variables[BEFORE], variables[AFTER])
    return {"before": before, "after": after, "problem": problem}


def _problem(variables: Mapping[str, t.Any], name: str) -> str:
    """Why this task saw nothing; empty when it did its work."""
    result = variables.get(name)
    if not isinstance(result, Mapping):
        return str(variables.get(PROBLEM) or _NEVER_RUN)
    if result.get("failed") or result.get("unreachable"):
        return " ".join(str(result.get("msg", "it failed")).split())
    return ""
