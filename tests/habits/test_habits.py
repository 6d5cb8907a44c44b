# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people have in their ansible.cfg, on their command line and around our roles: the LVS is the same.

tests/unit/playbooks/test_habits.py has what needs no host.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.habits.conftest import VIP, Controller, changed, table

# Settings of ansible.cfg, as the environment spells them.
HABITS = {
    "native": {"ANSIBLE_JINJA2_NATIVE": "true"},
    "merge": {"ANSIBLE_HASH_BEHAVIOUR": "merge"},
    "free": {"ANSIBLE_STRATEGY": "free"},
    "host_pinned": {"ANSIBLE_STRATEGY": "host_pinned"},
    "one at a time": {"ANSIBLE_FORKS": "1"},
    "no pipelining": {"ANSIBLE_PIPELINING": "false"},
    "private variables": {"ANSIBLE_PRIVATE_ROLE_VARS": "true"},
    "diffs": {"ANSIBLE_DIFF_ALWAYS": "true"},
    "no skipped hosts": {"ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"},
}
TOGETHER = {name: value for habit in HABITS.values() for name, value in habit.items()}
FACTS = {"ANSIBLE_GATHERING": "smart", "ANSIBLE_INJECT_FACT_VARS": "true", "ANSIBLE_CACHE_PLUGIN": "jsonfile"}


@pytest.fixture(scope="module", autouse=True)
def with_all_habits_at_once(controller: Controller) -> None:
    """Of virgin hosts."""
    controller.succeed("site.yml", **TOGETHER)
    assert [line for line in table() if VIP in line] == table() != []


@pytest.mark.parametrize("habit", HABITS)
def test_with_each_habit_nothing_is_to_be_done(controller: Controller, habit: str) -> None:
    assert changed(controller.succeed("site.yml", **HABITS[habit])) == []


def test_with_cached_facts_nothing_is_to_be_done(controller: Controller, tmp_path: Path) -> None:
    cached = {**FACTS, "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path)}
    gather = tmp_path / "gather.yml"
    gather.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": True}]), encoding="utf-8")
    controller.succeed(gather, **cached)
    assert changed(controller.succeed("site.yml", **cached)) == []


@pytest.mark.parametrize("callback", ["minimal", "oneline", "ansible.posix.json", "community.general.null"])
def test_whatever_callback_shows_it(controller: Controller, callback: str) -> None:
    assert "FAILED" not in controller.succeed("site.yml", ANSIBLE_STDOUT_CALLBACK=callback)


def test_step_by_step(controller: Controller) -> None:
    assert changed(controller.succeed("site.yml", "--step", typed="c\n" * 9)) == []


def test_from_a_task_in_the_middle_nothing_is_done_without_a_plan(controller: Controller) -> None:
    before = table()
    assert controller.run("site.yml", "--start-at-task", "Hide the VIPs from ARP").returncode != 0
    assert table() == before


@pytest.mark.parametrize("serial", [None, 1])
def test_the_roles_in_a_play_of_ones_own(controller: Controller, tmp_path: Path, serial: int | None) -> None:
    own = [
        {
            "hosts": f"{role}s",
            "gather_facts": False,
            "become": True,
            **({"serial": serial} if serial else {}),
            "roles": [f"linuxvirtualserver.lvs.{role}"],
        }
        for role in ("realserver", "director")
    ]
    playbook = tmp_path / "own.yml"
    playbook.write_text(yaml.safe_dump(own), encoding="utf-8")
    assert changed(controller.succeed(playbook)) == []
