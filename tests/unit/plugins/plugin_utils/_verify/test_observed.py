# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook's tasks left in the variables of the hosts."""

from __future__ import annotations

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.observed import observed

WORK = {"clients": ["client"], "directors": ["director"], "listen": {"realserver1": []}}
BEFORE, AFTER, ASKED = {"services": [1]}, {"services": [2]}, {"results": [3]}
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
