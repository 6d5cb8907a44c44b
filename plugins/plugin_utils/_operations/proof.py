# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof that a realserver serves: a client reaches it by each of its ways, through the director, with it alone.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from the plan to what is asked, and from answers to refusals.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Mapping, Sequence

from ...module_utils._errors import LvsError
from ...module_utils._model.address import endpoint
from .._verify.work import Wishes, make_work
from .work import shown

Data = dict[str, t.Any]

# Nothing listens on the high port of a way: a realserver that has the VIP, or is reached on its RIP, refuses at once.
REACHED = ("answered", "refused")


def make_proof(plan: Mapping[str, t.Any], clients: Sequence[str], hosts: Collection[str]) -> Data:
    """What is placed on the directors and asked by the clients, for these realservers alone."""
    work = make_work(plan, clients, Wishes())
    placed = list(zip(work["paths"], work["temporary"], strict=True))
    ours = [(path, temporary) for path, temporary in placed if path["host"] in hosts]
    names = ("address", "port", "protocol", "way", "connections", "payload")
    return {
        "clients": list(clients),
        "temporary": [temporary for _path, temporary in ours],
        "probes": [{name: path[name] for name in names} for path, _temporary in ours],
        "ways": [
            {
                "host": path["host"],
                "services": path["services"],
                "by": f"{path['forwarding']} from {path['address']}",
                "label": f"tcp {endpoint(path['address'], path['port'])}",
            }
            for path, _temporary in ours
        ],
        "inside": work["inside"],
        "timeout": work["timeout"],
    }


def unproved(proof: Mapping[str, t.Any], asked: Mapping[str, t.Any], placed: Mapping[str, t.Any]) -> list[LvsError]:
    """The ways that were not seen to work: by what each client got, and by what the directors counted."""
    problems = {**_problems(asked), **_problems(placed)}
    if problems:
        cure = "so nobody knows whether it serves. See to it and run this again."
        return [LvsError(host, None, f"{problem}, {cure}") for host, problem in problems.items()]
    counted = [_counted(said) for said in placed.values()]
    refused = []
    for number, way in enumerate(proof["ways"]):
        outcomes = {client: _outcome(said, number) for client, said in asked.items()}
        missed = [client for client, outcome in outcomes.items() if outcome not in REACHED]
        if missed:
            got = ", ".join(sorted({outcomes[client] for client in missed}))
            text = f"is not reached by {shown(missed)} with {way['by']} ({got}). Run the playbook doctor."
            refused.append(LvsError(way["host"], None, text))
        elif not any(found.get(way["label"]) for found in counted):
            text = f"got no connection with {way['by']}: no director sent it one. Run the playbook doctor."
            refused.append(LvsError(way["host"], None, text))
    return refused


def _problems(said: Mapping[str, t.Any]) -> dict[str, str]:
    return {host: str(one["problem"]) for host, one in said.items() if "problem" in one}


def _outcome(said: Mapping[str, t.Any], number: int) -> str:
    """What a client got from one way; whatever is none of our words is none."""
    try:
        outcome = said["results"][number]["connections"][0]["outcome"]
    except (KeyError, IndexError, TypeError):
        return "no answer"
    return outcome if isinstance(outcome, str) and outcome.isalpha() else "no answer"


def _counted(said: Mapping[str, t.Any]) -> dict[str, int]:
    """By temporary service, how many connections a director sent to its realserver."""
    found: dict[str, int] = {}
    for one in said.get("states") or ():
        try:
            found[one["service"]] = int(one["counters"]["connections"])
        except (KeyError, TypeError, ValueError):
            continue
    return found
