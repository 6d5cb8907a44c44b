# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module against real Pythons that are too old: LVS_OLD_PYTHONS names them. tests/tools/controllers.sh runs this.

The connection is to this machine, and no module can begin to work on it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = os.environ.get("LVS_OLD_PYTHONS", "").split()
ITEM = "ansible_python_interpreter"
MODULES = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]["lvs"]


def test_each_module_names_each_of_them(tmp_path: Path) -> None:
    hosts = {Path(python).name: {"ansible_python_interpreter": python} for python in PYTHONS}
    inventory = {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}
    tasks = [{f"linuxvirtualserver.lvs.{name}": {}, "ignore_errors": True} for name in MODULES]
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    (tmp_path / "all.yml").write_text(
        yaml.safe_dump([{"hosts": "all", "gather_facts": False, "check_mode": True, "tasks": tasks}])
    )
    ran = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", tmp_path / "hosts.yml", tmp_path / "all.yml"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "true", "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join(ran.stdout.split())
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for name, host in hosts.items():
        path, version = host["ansible_python_interpreter"], name.removeprefix("python")
        named = re.findall(rf"msg: '{ITEM}: is Python {version}[^()]*.got ''{re.escape(path)}''", said)
        assert len(named) == len(MODULES), said
