# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public CI: its workflow hangs together, runs what CI runs anywhere, and tries every ansible-core that is claimed.

What actionlint would say that can go wrong in a workflow of this kind; it is a program of its own, for which see
CONTRIBUTING.md.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".github/workflows/ci.yml").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
OF_A_JOB = {
    "name", "needs", "runs-on", "timeout-minutes", "container", "outputs", "continue-on-error", "strategy", "steps",
}  # fmt: skip


def commands() -> list[str]:
    return [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]


def cells() -> list[dict[str, str]]:
    listed = subprocess.run([ROOT / "tests/tools/controllers.sh", "--list"], capture_output=True, text=True, check=True)
    said: list[dict[str, str]] = json.loads(listed.stdout)
    return said


def test_it_runs_for_every_change_and_regularly() -> None:
    assert {"push", "pull_request", "schedule"} <= {*WORKFLOW[True]}, "`on` is a truth value in YAML 1.1"
    assert ".ci/run" in commands()
    assert (ROOT / ".ci/run").is_file()
    assert WORKFLOW["permissions"] == {"contents": "read"}, "it may read and nothing else"


@pytest.mark.parametrize("name", JOBS)
def test_a_job_is_whole(name: str) -> None:
    job = JOBS[name]
    assert {*job} <= OF_A_JOB
    assert {job["needs"]} <= {*JOBS} if "needs" in job else True
    assert [step for step in job["steps"] if ("run" in step) == ("uses" in step)] == []
    assert [step["uses"] for step in job["steps"] if not re.fullmatch(r"[\w/-]+@v\d+", step.get("uses", "a@v1"))] == []


def test_what_a_job_reads_of_another_is_there() -> None:
    for job, output in re.findall(r"needs\.(\w+)\.outputs\.(\w+)", TEXT):
        step = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.\w+ \}\}", JOBS[job]["outputs"][output])
        assert step, JOBS[job]["outputs"]
        assert step[1] in [one.get("id") for one in JOBS[job]["steps"]]


def test_every_release_series_since_the_oldest_and_what_comes_next_are_tried() -> None:
    cores = {".".join(cell["core"].split(".")[:2]) for cell in cells()}
    oldest = re.findall(r"[\d.]+", yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"])[0]
    first = int(oldest.split(".")[1])
    series = sorted(int(core.split(".")[1]) for core in cores - {"devel"})
    assert series == [*range(first, series[-1] + 1)]
    assert "devel" in cores
    assert oldest in {cell["core"] for cell in cells()}


def test_the_matrix_reads_what_the_list_says() -> None:
    read = set(re.findall(r"matrix\.cell\.(\w+)", TEXT))
    assert all({*cell} == read for cell in cells())
