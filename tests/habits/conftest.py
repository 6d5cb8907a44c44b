# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm of these tests' own, and the ansible-core of the Python that runs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "inventories/example"
VIP, OTHER_VIP = "192.168.1.110", "192.168.1.111"
HTTP = {"name": "http", "vip": VIP, "port": 80, "scheduler": "rr", "realservers": "realservers"}


def lab(*words: str | Path) -> str:
    """What a command of the lab prints."""
    return subprocess.run([ROOT / "bin/lab", *words], check=True, capture_output=True, text=True, timeout=900).stdout


def table() -> list[str]:
    """The director's own virtual server table."""
    return lab("ssh", "director", "--", "ipvsadm -S -n").splitlines()


class Controller:
    """Runs playbooks on the farm, with an inventory that may change."""

    def __init__(self, folder: Path) -> None:
        self.inventory = folder / "inventory"
        shutil.copytree(EXAMPLE, self.inventory)
        self.serve(HTTP)

    def serve(self, *services: Mapping[str, object]) -> None:
        """Let the inventory have these services."""
        variables = {"lvs_services": list(services), "lvs_server_gateway": "192.168.1.254"}
        (self.inventory / "group_vars/all.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")

    def run(
        self, playbook: str | Path, *words: str, typed: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook to its end, with these settings of Ansible in the environment."""
        inventories = ["-i", str(self.inventory), "-i", str(ROOT / "bin/lab-inventory")]
        return subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", *inventories, str(playbook), *words],
            check=False,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "true", **settings},
            input=typed,
            text=True,
            timeout=600,
        )

    def succeed(self, playbook: str | Path, *words: str, typed: str = "", **settings: str) -> str:
        """Run it; what it said."""
        done = self.run(playbook, *words, typed=typed, **settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def changed(said: str) -> list[str]:
    """The hosts that a recap calls changed."""
    recap = re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+) ", said, re.MULTILINE)
    assert recap, said
    return [host for host, count in recap if count != "0"]


@pytest.fixture(scope="session")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """Virgin hosts, and who sets them up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", str(tmp_path_factory.mktemp("lab")))
        try:
            lab("up", ROOT / "tests/habits/farm.yml")
            yield Controller(tmp_path_factory.mktemp("controller"))
        finally:
            lab("down")
