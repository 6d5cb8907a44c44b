# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks with the real ansible-playbook and an `ssh` that tells whether a host was touched."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "inventories/example"


def ansible_playbook(folder: Path) -> list[str]:
    """The command, for a test with this folder of its own; beside it lies what it builds, for all tests."""
    built = folder.parent / "built"
    built.mkdir(exist_ok=True)
    return [sys.executable, str(Path(__file__).with_name("ansible_playbook.py")), str(built)]


@dataclass(frozen=True)
class Run:
    """What a run said, and whether it opened a connection to a host."""

    rc: int
    output: str
    touched: bool


class Playbooks:
    """Runs a playbook with an `ssh` that leaves a trace and fails."""

    def __init__(self, scratch: Path) -> None:
        self.folder = ROOT  # where the person stands
        self._scratch = scratch
        self._trace = scratch / "touched"
        ssh = scratch / "ssh"
        ssh.write_text(f'#!/bin/sh\necho "$@" >>{self._trace}\nexit 255\n', encoding="utf-8")
        ssh.chmod(0o755)

    def run(self, inventory: Path, *arguments: str, playbook: Path | str = ROOT / "site.yml", **settings: str) -> Run:
        """Run it, with these settings of Ansible in the environment, and say what happened."""
        command = [*ansible_playbook(self._scratch), str(playbook), "-i", str(inventory), *arguments]
        ran = subprocess.run(
            command, cwd=self.folder, env={**self._environment(), **settings}, capture_output=True, check=False
        )
        output = (ran.stdout + ran.stderr).decode("utf-8", "surrogateescape")
        return Run(ran.returncode, output, self._trace.exists())

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {
            **kept,
            "HOME": str(self._scratch),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(self._scratch / "tmp"),
            "ANSIBLE_SSH_EXECUTABLE": str(self._scratch / "ssh"),
            "ANSIBLE_SSH_RETRIES": "0",
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "ANSIBLE_NOCOLOR": "true",
        }


@pytest.fixture
def site(tmp_path: Path) -> Playbooks:
    return Playbooks(tmp_path)
