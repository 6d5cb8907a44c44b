# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What preflight says at its end: by host and task, once, in the order of the plan, and whole in files."""

from __future__ import annotations

import typing as t
from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.action import preflight
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action import python
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service

Data = dict[str, t.Any]
VIPS = {"addresses": [f"10.9.0.{number}/32 dev lo" for number in range(1, 101)]}
CHANGED = {"changed": True, "before": {"addresses": []}, "after": VIPS, "diff": [{"before": {}, "after": VIPS}]}


class HostVars(dict[str, Data]):
    def raw_get(self, host: str) -> Data:
        return self[host]


def variables(fail: bool = False, directory: str = "", **results: Data) -> Data:
    hosts = HostVars(realserver1=results, director={}, realserver2={})
    wishes = {"preflight_diff": directory, "fail_on_changes": fail}
    return {
        "hostvars": hosts,
        "lvs_plan": plan(service()),
        "ansible_play_hosts_all": ["realserver1", "realserver2", "director"],
        "ansible_play_hosts": ["realserver1", "director"],
        "__preflight": {"wishes": wishes},
    }


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(preflight, "show", lambda shown: lines.extend(one["text"] for one in shown))
    return lines


def conclude(known: Data) -> Data:
    return object.__new__(preflight.ActionModule).conclude(known)


def later(result: Data) -> Data:
    """As a module's result leaves its action while preflight runs."""
    return python.for_people(result, {python.LATER: True, "lvs_plan": plan(service())})


def test_each_host_is_said_once_in_the_order_of_the_plan(said: list[str]) -> None:
    tables = {"changed": True, "commands": ["true"]}
    release = later({**CHANGED, "before": VIPS, "after": {"addresses": []}, "diff": [{"before": VIPS, "after": {}}]})
    known = variables(
        __realserver_release_result=release,
        __realserver_vip_result=later(CHANGED),
        __realserver_arp_result={"results": [tables, {"changed": False, "commands": ["false"]}]},
        __realserver_gateway_result={"changed": False},
    )
    assert conclude(known) == {}
    assert said == [
        "realserver1: would change",
        "  realserver arp: true",
        "  realserver vip: + 100 VIPs on lo: 10.9.0.1 to 10.9.0.100",
        "  realserver release: - 100 VIPs on lo: 10.9.0.1 to 10.9.0.100",
        "realserver2: was not looked at to the end, see above",
        "director: nothing would change",
    ]


def test_a_screen_is_enough(said: list[str]) -> None:
    many = {"changed": True, "commands": [str(number) for number in range(1000)]}
    conclude(variables(__realserver_vip_result=many))
    assert len(said) == 43
    assert said[40] == "and 961 more changes: -v shows them, and preflight_diff=DIR writes them"


def test_no_change_is_accepted(said: list[str]) -> None:
    refused = conclude(variables(fail=True, __realserver_vip_result=later(CHANGED)))
    assert refused["failed"]
    assert "Something would change on realserver1, and lvs_preflight_fail_on_changes is set." in refused["msg"]
    assert conclude(variables(fail=True)) == {}
    assert said


def test_the_whole_is_in_a_file_of_each_host(said: list[str], tmp_path: Path) -> None:
    conclude(variables(directory=str(tmp_path), __realserver_vip_result=later(CHANGED)))
    written = (tmp_path / "realserver1.diff").read_text(encoding="utf-8").splitlines()
    assert written[:3] == ["# realserver vip", "--- before", "+++ after"]
    assert len([line for line in written if "dev lo" in line]) == 100
    assert (tmp_path / "director.diff").read_text(encoding="utf-8") == ""
    assert said


def test_a_difference_is_for_people_and_with_v_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = python.for_people(CHANGED, {})
    assert shown["diff"] == {"prepared": "+ 100 VIPs on lo: 10.9.0.1 to 10.9.0.100\n"}
    assert {**shown, "diff": CHANGED["diff"]} == CHANGED
    assert python.for_people({"changed": True}, {}) == {"changed": True}
    monkeypatch.setattr(python, "is_whole", mock.Mock(return_value=True))
    assert python.for_people(CHANGED, {}) == CHANGED
    assert later(CHANGED)["diff"] == CHANGED["diff"]
