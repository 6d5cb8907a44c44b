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

import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.habits.conftest import (
    EXAMPLE,
    HTTP,
    OTHER_VIP,
    ROOT,
    VIP,
    Controller,
    table,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import with_python
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.test_tags import HOSTS, PYTHON, VIRGIN
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


def listed(*sources: str | Path) -> t.Any:
    """These inventories in one, as AWX hands it over."""
    words = [word for source in sources for word in ("-i", str(source))]
    asked = [sys.executable, "-m", "ansible", "inventory", *words, "--list"]
    inventory = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    for variables in inventory["_meta"]["hostvars"].values():
        del variables["lvs_services"]
        variables.update(OF_A_HOST)
    return inventory


def private_data(folder: Path, inventory: t.Any) -> Path:
    """The folder of a job, whose VIP is in a vault."""
    for name in ("env", "inventory/group_vars", "project"):
        (folder / name).mkdir(parents=True)
    script = folder / "inventory/hosts"
    script.write_text(SCRIPT.format(json.dumps(inventory)), encoding="utf-8")
    script.chmod(0o700)
    services = yaml.dump({"lvs_services": [{**HTTP, "vip": vaulted(VIP)}]}, Dumper=Writer)
    (folder / "inventory/group_vars/all.yml").write_text(services, encoding="utf-8")
    (folder / "env/opens").write_text(OPENS, encoding="utf-8")
    (folder / "env/cmdline").write_text(f"--vault-password-file {folder}/env/opens --diff", encoding="utf-8")
    paths = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    settings = {**paths, "ANSIBLE_PIPELINING": "false"}
    (folder / "env/envvars").write_text(json.dumps(settings), encoding="utf-8")
    return folder


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


def require_no_secret(job: Job) -> None:
    assert job.rc == 0, job.artifacts
    assert [event["stdout"] for event in job.events if VIP in json.dumps(event)] == []
    assert VIP not in job.artifacts
    assert OPENS not in json.dumps(job.events)


def test_a_job_sets_it_up_and_its_events_tell_no_secret(tmp_path: Path) -> None:
    """On hosts that write down what they were to run."""
    python = with_python(tmp_path / "hosts", HOSTS, PYTHON)
    answers = {**VIRGIN, "left_over": [], "unserved": {"vips": [], "fwmarks": []}}
    (tmp_path / "hosts/answers.json").write_text(json.dumps(answers), encoding="utf-8")
    job = run(private_data(tmp_path / "job", listed(EXAMPLE, python)), "site", **SURVEY)
    require_no_secret(job)
    asked = [json.loads(line) for line in (tmp_path / "hosts/asked").read_text().splitlines()]
    taken = {host for host, module, *_rest, vips in asked if module == "vip_address" and vips == [VIP, OTHER_VIP]}
    assert taken == set(HOSTS)
    kinds = {event["event"] for event in job.events}
    assert {"playbook_on_stats", "runner_on_ok", "runner_on_file_diff"} <= kinds
    assert not kinds & {"runner_on_failed", "error"}


def test_jobs_that_look_tell_no_secret(controller: Controller, tmp_path: Path) -> None:
    folder = private_data(tmp_path / "job", listed(controller.inventory, ROOT / "bin/lab-inventory"))
    require_no_secret(run(folder, "site"))
    assert f"-A -t {VIP}:80 -s rr" in table()
    for playbook in ("preflight", "verify", "doctor"):
        job = run(folder, playbook)
        require_no_secret(job)
        assert "(vaulted)" in job.artifacts
