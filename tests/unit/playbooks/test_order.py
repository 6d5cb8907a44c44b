# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One list of steps, the plan's: roles, playbooks and documentation have them in its order, there and back."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.order import ORDER, Step
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ROOT

ROLES = ("director", "realserver")
OURS = "linuxvirtualserver.lvs."
# What only asks takes nothing back; and what keepalived takes back, which knows whether another LVS needs it.
OF_OTHERS = ("realserver_probe", "lvs_evidence", "ipvs_sync")
Task = dict[str, t.Any]
Placed = list[tuple[int, t.Any]]  # something, and the line that it begins in

# A play of the last step alone, and what is no step: it looks at steps again, at other LVS, or at one step first.
RELEASE, READY, OTHERS, REMOVAL = "release", "ready", "others", "removal"


def tasks(path: str) -> list[tuple[int, Task]]:
    """What a file of YAML lists, each with its line."""
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if line.startswith("- ")]
    return list(zip(lines, yaml.safe_load(text), strict=True))


def ways(role: str, part: str) -> list[Path]:
    """The files of tasks of a part: one, or, where it is done in several ways, one for each."""
    folder = ROOT / f"roles/{role}/tasks"
    return sorted(folder.glob(f"{part}_*.yml")) or [folder / f"{part}.yml"]


def steps_of(role: str) -> list[Step]:
    """Those of its main.yml."""
    return [step for step in ORDER if step.role == role and (role, step.name) != ("realserver", RELEASE)]


def assert_same(path: str, found: Placed, wanted: t.Sequence[object]) -> None:
    """The first that is not as wanted, with its line; after the last one where something is missing."""
    ended = [*found, (found[-1][0] if found else 1, "nothing")]
    for (line, one), other in zip(ended, [*wanted, "nothing"], strict=False):
        assert one == other, f"{path}:{line}: {one}, and by _plan/order.py it is {other}"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_the_steps_of_the_plan(role: str) -> None:
    path = f"roles/{role}/tasks/main.yml"
    (line, preflight), *found = tasks(path)
    steps = steps_of(role)
    tags = {tag for step in steps for tag in (role, step.tag)} | {f"{role}_preflight"}
    assert set(preflight["tags"]) == tags, f"{path}:{line}: every tag needs the plan"
    have = [(line, (task["name"], task["ansible.builtin.import_tasks"], task["tags"])) for line, task in found]
    assert_same(path, have, [(step.title, f"{step.name}.yml", [role, step.tag]) for step in steps])


@pytest.mark.parametrize("role", ROLES)
def test_a_step_has_a_result(role: str) -> None:
    """By which it is known whether it was run: the last task that is not skipped by --tags registers it."""
    for step in steps_of(role):
        for path in ways(role, step.name):
            assert f"register: __{role}_{step.name}_result\n" in path.read_text(encoding="utf-8"), path.name


def played(path: str) -> Placed:
    """The steps that the plays of a file have run."""
    found: Placed = []
    for line, play in tasks(path):
        for role in play.get("roles", []):
            name = role["role"].removeprefix(OURS)
            found += [(line, (name, step.name)) for step in steps_of(name)]
        imported = [
            task.get("ansible.builtin.import_role") for part in ("tasks", "post_tasks") for task in play.get(part, [])
        ]
        for one in filter(None, imported):
            if one["tasks_from"] not in (READY, OTHERS, REMOVAL):
                found.append((line, (one["name"].removeprefix(OURS), one["tasks_from"])))
    return found


@pytest.mark.parametrize("name", ["site", "preflight"])
def test_the_playbooks_have_the_order_of_the_plan(name: str) -> None:
    path = f"playbooks/{name}.yml"
    assert_same(path, played(path), [(step.role, step.name) for step in ORDER])


def test_the_directors_stop_before_the_realservers_are_taken_back() -> None:
    path = "playbooks/teardown.yml"
    assert_same(path, played(path), [(role, "teardown") for role in dict.fromkeys(step.role for step in ORDER[-2::-1])])


def modules(role: str, part: str) -> Placed:
    """The modules of ours with which a file of tasks changes something."""
    named = [
        (line, key.removeprefix(OURS))
        for path in ways(role, part)
        for line, task in tasks(str(path.relative_to(ROOT)))
        for key in task
        if key.startswith(OURS)
    ]
    return [(line, name) for line, name in named if name not in OF_OTHERS]


@pytest.mark.parametrize(
    ("role", "part"), [("director", "teardown"), ("realserver", "teardown"), ("realserver", RELEASE)]
)
def test_everything_is_taken_back_in_the_reverse_order(role: str, part: str) -> None:
    forward = [name for step in steps_of(role) for _line, name in modules(role, step.name)]
    assert_same(f"roles/{role}/tasks/{part}.yml", modules(role, part), list(dict.fromkeys(reversed(forward))))


def matching(path: str, pattern: str) -> Placed:
    """What the first group of the pattern is in the lines of a page that match it."""
    lines = enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
    matches = [(number, re.match(pattern, line)) for number, line in lines]
    return [(number, match.group(1)) for number, match in matches if match]


@pytest.mark.parametrize("role", ROLES)
def test_a_readme_has_the_steps_of_its_role(role: str) -> None:
    path = f"roles/{role}/README.md"
    titles = [step.title for step in steps_of(role)]
    assert_same(path, matching(path, r"[0-9]+\. \*\*([^*]+)\*\*: "), ["Preflight", *titles])


def test_the_page_about_the_order_has_all_steps_and_all_tags() -> None:
    path = "docs/order.md"
    tags = [step.tag for step in ORDER]
    assert_same(path, matching(path, r"[0-9]+\. `([a-z_]+)`: "), tags)
    parts = [*dict.fromkeys(tags)]
    first = [next(place for place, tag in enumerate(parts) if tag.startswith(f"{role}_")) for role in ROLES]
    for place, role in sorted(zip(first, ROLES, strict=True), reverse=True):
        parts.insert(place, role)
    assert_same(path, matching(path, r"\| `((?:director|realserver)(?:_[a-z]+)?)` \|"), parts)


PLAYBOOKS = [
    path
    for path in sorted([*ROOT.glob("playbooks/*.yml"), *ROOT.glob("molecule/**/*.yml")])
    if re.search(r"(?m)^  hosts: ", path.read_text(encoding="utf-8"))
]


def test_the_playbooks_are_found() -> None:
    assert {"site.yml", "preflight.yml", "doctor.yml", "prepare.yml"} <= {path.name for path in PLAYBOOKS}


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_play_on_several_hosts_pins_the_strategy(playbook: Path) -> None:
    """`free` in somebody's ansible.cfg ends no step on all hosts, and does for each host what is to run once."""
    path = str(playbook.relative_to(ROOT))
    for line, play in tasks(path):
        several = play.get("hosts", "localhost") != "localhost"
        pinned = play.get("strategy") == "ansible.builtin.linear"
        assert pinned or not several, f"{path}:{line}: strategy: ansible.builtin.linear is missing"
