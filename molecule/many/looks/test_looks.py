# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What status, preflight and the doctor say of 500 services is as short as of two."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from testinfra.host import Host

from lab.run import run

TryPlay = Callable[..., "CompletedProcess[str]"]

INVENTORY = Path(__file__).resolve().parents[1] / "inventory/many.py"
HOSTS = ("director", "realserver1", "realserver2")
SCREEN = 40  # lines
MOST = 60  # lines of two faults

FAULTS = {
    "director": ("ipvsadm -C; rmmod ip_vs_rr ip_vs", "modprobe ip_vs; systemctl restart lvs-ipvs"),
    "realserver1": ("systemctl stop nginx", "systemctl start nginx"),
}


def services() -> list[dict[str, Any]]:
    """As the inventory has them, to be changed."""
    listed: list[dict[str, Any]] = json.loads(run([INVENTORY], "Run it."))["all"]["vars"]["lvs_services"]
    return listed


def said(done: CompletedProcess[str], begins: str, ends: str) -> list[str]:
    """What a playbook says between the headings of two tasks."""
    text = done.stdout
    start = text.index(begins)
    found: list[str] = text[text.index("\n", start) + 1 : text.index(ends, start)].strip().splitlines()
    return found


def test_status_fits_on_a_screen(try_play: TryPlay) -> None:
    done = try_play("playbooks/status.yml")
    lines = said(done, "TASK [Say it]", "PLAY RECAP")
    assert lines[0] == "LVS lvs: all is well with 500 services on 3 hosts.", done.stdout
    assert len(lines) <= SCREEN, done.stdout
    assert done.returncode == 0


def test_preflight_of_a_change_of_five_fits_on_a_screen(try_play: TryPlay) -> None:
    """Three schedulers, a service less and one more."""
    changed = services()
    for one in changed[:3]:
        one["scheduler"] = "wlc"
    changed[-1] |= {"name": "new", "vip": "10.9.1.251"}
    done = try_play("playbooks/preflight.yml", lvs_services=changed)
    assert done.returncode == 0, done.stdout
    lines = said(done, "TASK [Say what would change]", "PLAY RECAP")
    assert len(lines) <= len(HOSTS) * SCREEN, done.stdout


@pytest.fixture
def ill(on: Callable[[str], Host]) -> Any:
    """An LVS with two faults."""
    for host, (fault, _cure) in FAULTS.items():
        on(host).check_output(fault)
    yield
    for host, (_fault, cure) in FAULTS.items():
        on(host).check_output(cure)


@pytest.mark.usefixtures("ill")
def test_the_doctor_names_two_faults_and_no_more(try_play: TryPlay, tmp_path: Path) -> None:
    file = tmp_path / "diagnosis.json"
    done = try_play("playbooks/doctor.yml", doctor_json=str(file))
    assert done.returncode != 0, done.stdout
    found = json.loads(file.read_text())["diagnosis"]["findings"]
    assert sorted((one["id"], one["host"]) for one in found) == [
        ("ip-vs-missing", "director"),
        ("service-down", "realserver1"),
    ], done.stdout
    lines = said(done, "TASK [Draw the conclusions]", "PLAY RECAP")
    assert len(lines) <= MOST, done.stdout
