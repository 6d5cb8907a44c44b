# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that decides which system a host runs, and what does a module's work there."""

from __future__ import annotations

import typing as t
from unittest import mock

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.linuxvirtualserver.lvs.plugins.action import arp_hide, default_gateway, vip_address
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.system import Branch, Result, SystemAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.systems import LINUX, SYSTEMS


class Abroad(Branch):
    systems = ("Plan9", "Inferno")

    def run(self, arguments: dict[str, t.Any]) -> Result:
        if arguments["fail"]:
            raise LvsError("fail", True, "is what it does. Leave it out.")
        self.warn("far away")
        return self.result(True, {"at": "home"}, {"at": self.system}, ["import"], [{"after_header": "file"}])


class Action(SystemAction):
    module = "a.b.c"
    specification: t.ClassVar[dict[str, t.Any]] = {
        "argument_spec": {"system": {"type": "str"}, "fail": {"type": "bool", "default": False}}
    }
    branches = (Abroad,)


Run = t.Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(facts: dict[str, t.Any] | None = None, diff: bool = False, **args: t.Any) -> Result:
        action = object.__new__(Action)
        action._load_name = "c"
        action._task = mock.Mock(args=args, check_mode=False, diff=diff)
        monkeypatch.setattr(ActionBase, "run", lambda *_args: {})
        monkeypatch.setattr(action, "_execute_module", lambda **call: {"ran": call["module_name"]})
        return action.run(task_vars={"ansible_facts": facts or {}})

    return run


@pytest.mark.parametrize("action", [arp_hide, default_gateway, vip_address])
def test_every_system_that_the_roles_set_up_has_one_branch(action: t.Any) -> None:
    named = [name for branch in action.ActionModule.branches for name in branch.systems]
    assert sorted([LINUX, *named]) == sorted(SYSTEMS)


def test_the_task_says_the_system_or_the_facts_or_it_is_linux(run: Run) -> None:
    assert run() == {"ran": "a.b.c"}
    assert run({"system": "Plan9"})["after"] == {"at": "Plan9"}
    assert run({"system": "Plan9"}, system="Inferno")["after"] == {"at": "Inferno"}
    assert run({"system": "Plan9"}, system="Linux") == {"ran": "a.b.c"}


def test_what_a_branch_returns(run: Run) -> None:
    state = {"before": {"at": "home"}, "after": {"at": "Plan9"}}
    expected = {"changed": True, **state, "commands": ["import"], "warnings": ["far away"]}
    assert run(system="Plan9") == expected
    assert run(system="Plan9", diff=True) == {**expected, "diff": {"prepared": "~ at: home -> Plan9\n"}}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            {"system": "Multics"},
            "system: is not a system that this module knows (got 'Multics'). Fix: Use one of Linux, Plan9, Inferno.",
        ),
        ({"system": "Plan9", "fail": True}, "fail: is what it does (got True). Fix: Leave it out."),
        ({"system": "Plan9", "colour": "red"}, "Unsupported parameters for (c) module: colour"),
    ],
)
def test_what_is_refused(run: Run, args: dict[str, t.Any], words: str) -> None:
    refused = run(**args)
    assert refused["failed"]
    assert words in refused["msg"]
