# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof that clients get to a realserver: what is placed and asked, and what does not convince."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.proof import make_proof, unproved
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    RIPS,
    RS2,
    VIP,
    Pair,
)

Data = dict[str, t.Any]
PROOF = make_proof(Pair().plan, ["client"], [RS2])
LABEL = PROOF["ways"][0]["label"]


def asked(outcome: object) -> Data:
    return {"client": {"results": [{"connections": [{"outcome": outcome}]}]}}


def placed(number: object) -> Data:
    return {
        "director": {"states": [{"service": LABEL, "counters": {"connections": number}}]},
        "director2": {"states": []},
    }


def test_a_way_leads_to_the_one_realserver_alone() -> None:
    assert [one["host"] for one in PROOF["ways"]] == [RS2]
    assert [one["realservers"][0]["rip"] for one in PROOF["temporary"]] == [RIPS[RS2]]
    assert [(one["address"], one["port"]) for one in PROOF["probes"]] == [(VIP, PROOF["temporary"][0]["port"])]
    assert f"tcp {VIP}:{PROOF['probes'][0]['port']}" == LABEL


@pytest.mark.parametrize("outcome", ["refused", "answered"])
def test_what_convinces(outcome: str) -> None:
    assert unproved(PROOF, asked(outcome), placed(1)) == []


@pytest.mark.parametrize("outcome", ["timeout", "unreachable", "cut", "error", "{{ 1 }}", 7, None, "\x1b[2J"])
def test_what_does_not(outcome: object) -> None:
    (refused,) = unproved(PROOF, asked(outcome), placed(1))
    said = outcome if outcome in ("timeout", "unreachable", "cut", "error") else "no answer"
    assert str(refused) == (
        f"{RS2}: is not reached by client with dr from {VIP} ({said}). Fix: Run the playbook doctor."
    )


@pytest.mark.parametrize("number", [0, None, "x", {}])
def test_a_refusal_by_the_director_itself_does_not(number: object) -> None:
    (refused,) = unproved(PROOF, asked("refused"), placed(number))
    assert "no director sent it one" in str(refused)


@pytest.mark.parametrize("said", [{}, {"results": []}, {"results": [{}]}, {"results": "x"}, {"results": [[]]}])
def test_an_odd_answer_does_not(said: Data) -> None:
    (refused,) = unproved(PROOF, {"client": said}, placed(1))
    assert "(no answer)" in str(refused)


def test_a_client_or_director_that_failed_proves_nothing() -> None:
    refused = unproved(PROOF, {"client": {"problem": "it is down"}}, {"director": {"problem": "no root"}})
    assert [str(one) for one in refused] == [
        f"{host}: {why}, so nobody knows whether it serves. Fix: See to it and run this again."
        for host, why in (("client", "it is down"), ("director", "no root"))
    ]
