# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook's tasks registered on the hosts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.observed import (
    ASKED,
    PLACED,
    PROBE,
    SERVICE,
    TAKEN,
    TRIAL,
    counted_before,
    observed,
)

WORK = {"clients": ["client"], "directors": ["director"], "listen": {"realserver1": []}, "probes": [{}]}
STATES = [{"service": "tcp 192.168.1.110:80", "counters": {"connections": 1}, "realservers": []}]
BEFORE: dict[str, t.Any] = {"states": STATES}
DAEMONS = [{"role": "backup", "interface": "eth1", "sync_id": 51}]
AFTER: dict[str, t.Any] = {
    "states": STATES,
    "connections": [],
    "held": [],
    "others": [],
    "macs": [],
    "neighbours": {},
    "daemons": DAEMONS,
}
ANSWERS: dict[str, t.Any] = {"results": [{"connections": []}], "neighbours": []}
WELL: dict[str, dict[str, t.Any]] = {
    "client": {ASKED: {PROBE: ANSWERS}},
    "director": {PLACED: {TRIAL: BEFORE}, TAKEN: {TRIAL: AFTER}},
    "realserver1": {PLACED: {SERVICE: {"changed": True}}},
}


def test_everybody_looked() -> None:
    assert observed(WORK, WELL) == {
        "clients": {"client": {"asked": ANSWERS, "problem": ""}},
        "directors": {"director": {"before": BEFORE, "after": AFTER, "problem": ""}},
        "realservers": {"realserver1": {"problem": ""}},
    }


def test_a_host_that_could_not_be_reached() -> None:
    found = observed(WORK, {**WELL, "client": {ASKED: {PROBE: {"problem": "Connection refused"}}}})
    assert found["clients"]["client"] == {"asked": None, "problem": "Connection refused"}
    found = observed(WORK, {**WELL, "director": {PLACED: {TRIAL: BEFORE}, TAKEN: {TRIAL: {"problem": "gone"}}}})
    assert found["directors"]["director"] == {"before": None, "after": None, "problem": "gone"}


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ({"failed": True, "msg": "Unexpected failure"}, "Unexpected failure"),
        ({PROBE: "rubbish"}, "it said nothing that can be understood"),
        ({PROBE: None, "msg": "x"}, "x"),
        ({"skipped": True}, "it was not in this run; leave --limit out"),
        ("rubbish", "it was not in this run; leave --limit out"),
    ],
)
def test_a_task_that_did_not_do_its_work(result: object, problem: str) -> None:
    found = observed(WORK, {**WELL, "client": {ASKED: result}})
    assert found["clients"]["client"] == {"asked": None, "problem": problem}


def test_a_host_that_was_not_in_the_run() -> None:
    problem = "it was not in this run; leave --limit out"
    assert observed(WORK, {})["directors"]["director"]["problem"] == problem
    assert observed(WORK, {"client": {}})["clients"]["client"]["problem"] == problem


def test_what_a_director_had_counted_before() -> None:
    assert counted_before(WELL["director"]) == {"tcp 192.168.1.110:80": 1}
    for answer in ({}, {"states": [{"service": "tcp 192.168.1.110:80"}]}, {**BEFORE, "problem": "gone"}, None):
        assert counted_before({PLACED: {TRIAL: answer}}) == {}


@pytest.mark.parametrize(
    ("host", "name", "part", "answer", "problem"),
    [
        (
            "client",
            ASKED,
            PROBE,
            {**ANSWERS, "results": []},
            "its answer is a mapping where the answers to 1 probes is",
        ),
        ("client", ASKED, PROBE, {"results": [7]}, "its answer.neighbours is nothing where a value is expected"),
        ("director", PLACED, TRIAL, {"states": "all"}, "its answer.states is a text where a list is expected"),
        (
            "director",
            TAKEN,
            TRIAL,
            {**AFTER, "macs": [{}]},
            "its answer.macs[0] is a mapping where a text is expected",
        ),
    ],
)
def test_an_answer_that_is_none_is_the_problem_of_its_host_alone(
    host: str, name: str, part: str, answer: dict[str, t.Any], problem: str
) -> None:
    found = observed(WORK, {**WELL, host: {**WELL[host], name: {part: answer}}})
    well = observed(WORK, WELL)
    for group, hosts in found.items():
        for one, seen in hosts.items():
            if one == host:
                assert seen["problem"].startswith(problem)
                assert not any(value for key, value in seen.items() if key != "problem")
            else:
                assert seen == well[group][one]
