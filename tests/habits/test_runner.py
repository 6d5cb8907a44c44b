# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job as AWX has ansible-runner run it: its folder, its inventory script, a survey's answers, and its artifacts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.habits.conftest import (
    HTTP,
    OTHER_VIP,
    ROOT,
    VIP,
    Controller,
    table,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.test_vault import OPENS, Writer, vaulted

# What AWX adds to a host, and to the extra variables of a job.
OF_A_HOST = {"remote_tower_enabled": "true", "remote_tower_id": 7}
OF_A_JOB = {"awx_job_id": 42, "awx_job_template_name": "LVS", "tower_job_id": 42, "awx_user_name": "admin"}
SURVEY = {
    "lvs_survey_name": "other",
    "lvs_survey_vip": OTHER_VIP,
    "lvs_survey_ports": "80",
    "lvs_survey_protocol": "tcp",
    "lvs_survey_forwarding": "dr",
    "lvs_survey_scheduler": "",
    "lvs_survey_persistence": "",
    "lvs_survey_realservers": "realservers",
}
SCRIPT = "#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({!r})\n"


class Job(t.NamedTuple):
    """What became of a job."""

    rc: int
    events: list[dict[str, t.Any]]
    artifacts: str


@pytest.fixture
def folder(controller: Controller, tmp_path: Path) -> Path:
    """The private data of a job."""
    sources = ["-i", str(controller.inventory), "-i", str(ROOT / "bin/lab-inventory")]
    asked = [sys.executable, "-m", "ansible", "inventory", *sources, "--list"]
    listed = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    inventory = json.loads(listed)
    for variables in inventory["_meta"]["hostvars"].values():
        del variables["lvs_services"]
        variables.update(OF_A_HOST)
    for name in ("env", "inventory", "project/group_vars"):
        (tmp_path / name).mkdir(parents=True)
    script = tmp_path / "inventory/hosts"
    script.write_text(SCRIPT.format(json.dumps(inventory)), encoding="utf-8")
    script.chmod(0o700)
    services = yaml.dump({"lvs_services": [{**HTTP, "vip": vaulted(VIP)}]}, Dumper=Writer)
    (tmp_path / "project/group_vars/all.yml").write_text(services, encoding="utf-8")
    (tmp_path / "env/opens").write_text(OPENS, encoding="utf-8")
    (tmp_path / "env/cmdline").write_text(f"--vault-password-file {tmp_path}/env/opens --diff", encoding="utf-8")
    paths = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    (tmp_path / "env/envvars").write_text(json.dumps(paths), encoding="utf-8")
    return tmp_path


def run(folder: Path, playbook: str, **variables: object) -> Job:
    own = [{"import_playbook": f"linuxvirtualserver.lvs.{playbook}"}]
    (folder / "project/job.yml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (folder / "env/extravars").write_text(json.dumps({**OF_A_JOB, **variables}), encoding="utf-8")
    words = [sys.executable, "-m", "ansible_runner", "run", str(folder), "-p", "job.yml", "--ident", playbook, "-q"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(words, check=False, capture_output=True, timeout=900, env={**os.environ, "PATH": path})
    artifacts = folder / "artifacts" / playbook
    events = [json.loads(file.read_text()) for file in sorted((artifacts / "job_events").glob("*.json"))]
    return Job(done.returncode, events, (artifacts / "stdout").read_text())


def test_a_job_sets_it_up_and_its_events_tell_no_secret(folder: Path) -> None:
    job = run(folder, "site", **SURVEY)
    assert job.rc == 0, job.artifacts
    assert {line.split()[2] for line in table() if line.startswith("-A")} == {f"{VIP}:80", f"{OTHER_VIP}:80"}
    kinds = {event["event"] for event in job.events}
    assert {"playbook_on_stats", "runner_on_ok"} <= kinds
    assert not kinds & {"runner_on_failed", "error"}
    assert [event["stdout"] for event in job.events if VIP in json.dumps(event)] == []
    assert VIP not in job.artifacts
    assert OTHER_VIP in job.artifacts  # only what is in a vault is hidden
    assert OPENS not in json.dumps(job.events)


@pytest.mark.parametrize("playbook", ["preflight", "verify", "doctor"])
def test_jobs_that_look_tell_no_secret(folder: Path, playbook: str) -> None:
    assert run(folder, "site").rc == 0
    job = run(folder, playbook)
    assert job.rc == 0, job.artifacts
    assert [event["stdout"] for event in job.events if VIP in json.dumps(event)] == []
    assert "(vaulted)" in job.artifacts
