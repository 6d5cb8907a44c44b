# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook's tasks left in the variables of the hosts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.observed import observed

WORK = {"clients": ["client"], "directors": ["director"], "listen": {"realserver1": []}, "probes": [{}]}
SERVICES = [{"label": "tcp 192.168.1.110:80", "connections": 1, "realservers": []}]
BEFORE: dict[str, t.Any] = {"services": SERVICES}
AFTER: dict[str, t.Any] = {"services": SERVICES, "connections": [], "held": [], "macs": [], "neighbours": {}}
ASKED: dict[str, t.Any] = {"results": [{"connections": []}], "neighbours": []}
WELL = {
    "client": {"__verify_asked": ASKED},
    "director": {"__verify_before": BEFORE, "__verify_after": AFTER},
    "realserver1": {"__verify_test_service": {"changed": True}},
}


def test_everybody_looked() -> None:
    assert observed(WORK, WELL) == {
        "clients": {"client": {"asked": ASKED, "problem": ""}},
        "directors": {"director": {"before": BEFORE, "after": AFTER, "problem": ""}},
        "realservers": {"realserver1": {"problem": ""}},
    }


def test_a_host_that_was_unreachable_or_failed() -> None:
    lost = {"unreachable": True, "msg": "Failed to connect\n  to the host"}
    found = observed(WORK, {**WELL, "client": {"__verify_asked": lost}})
    assert found["clients"]["client"] == {"asked": None, "problem": "Failed to connect to the host"}
    found = observed(WORK, {**WELL, "director": {"__verify_before": BEFORE, "__verify_after": {"failed": True}}})
    assert found["directors"]["director"] == {"before": None, "after": None, "problem": "it failed"}


def test_a_host_whose_failure_was_caught_elsewhere() -> None:
    found = observed(WORK, {**WELL, "client": {"__verify_problem": "192.168.1.110 is an address of this host"}})
    assert found["clients"]["client"]["problem"] == "192.168.1.110 is an address of this host"


def test_a_host_that_was_not_in_the_run() -> None:
    problem = "it was not in this run; leave --limit out"
    assert observed(WORK, {})["directors"]["director"]["problem"] == problem
    assert observed(WORK, {"client": None})["clients"]["client"]["problem"] == problem


@pytest.mark.parametrize(
    ("host", "name", "answer", "problem"),
    [
        (
            "client",
            "__verify_asked",
            {**ASKED, "results": []},
            "its answer is a mapping where the answers to 1 probes is",
        ),
        ("client", "__verify_asked", {"results": [7]}, "its answer.neighbours is nothing where a value is expected"),
        ("director", "__verify_before", {"services": "all"}, "its answer.services is a text where a list is expected"),
        (
            "director",
            "__verify_after",
            {**AFTER, "macs": [{}]},
            "its answer.macs[0] is a mapping where a text is expected",
        ),
    ],
)
def test_an_answer_that_is_none_is_the_problem_of_its_host_alone(
    host: str, name: str, answer: dict[str, t.Any], problem: str
) -> None:
    found = observed(WORK, {**WELL, host: {**WELL[host], name: answer}})
    well = observed(WORK, WELL)
    for group, hosts in found.items():
        for one, seen in hosts.items():
            if one == host:
                assert seen["problem"].startswith(problem)
                assert not any(value for key, value in seen.items() if key != "problem")
            else:
                assert seen == well[group][one]
