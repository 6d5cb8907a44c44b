# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The director looks how it reaches its realservers: from the DIP and without a router. Its `ip` is a stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ansible_playbook

ROOT = Path(__file__).resolve().parents[3]
NEAR = {"dst": "192.168.1.11", "dev": "eth0", "prefsrc": "192.168.1.9", "flags": [], "uid": 0, "cache": []}
NEAR_TOO = {**NEAR, "dst": "192.168.1.13"}
FROM_THE_VIP = {**NEAR, "dst": "192.168.1.12", "prefsrc": "192.168.1.110"}
ROUTED = {"dst": "192.168.2.12", "gateway": "192.168.1.254", "dev": "eth0", "prefsrc": "192.168.1.9", "flags": []}
ROUTED_BY_IPV6 = {"dst": "192.168.3.12", "via": {"family": "inet6", "host": "fe80::1"}, "dev": "eth0", "flags": []}
ROUTED_IPV6 = {"dst": "2001:db8::5", "from": "::", "gateway": "fe80::2", "dev": "eth0", "prefsrc": "2001:db8::9"}


def look(folder: Path, answers: list[dict[str, t.Any]]) -> subprocess.CompletedProcess[str]:
    """The tasks of the role on a host whose `ip` gives these answers, one line for each question."""
    said = "\n".join(json.dumps([answer], separators=(",", ":")) for answer in answers)
    program = folder / "ip"
    program.write_text(f"#!/bin/sh\ncat >'{folder}/asked'\ncat <<'END'\n{said}\nEND\n", encoding="utf-8")
    program.chmod(0o755)
    addresses = [answer["dst"] for answer in answers]
    director = {"neighbours": addresses, "dips": ["192.168.1.9", "2001:db8::9"]}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "environment": {"PATH": f"{folder}:{os.environ['PATH']}"},
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "lvs_plan": {"hosts": {"localhost": {"director": director}}, "vaulted": []},
        },
        "vars_files": [str(ROOT / "roles/director/vars/main.yml")],
        "tasks": [{"ansible.builtin.import_tasks": str(ROOT / "roles/director/tasks/source.yml")}],
    }
    playbook = folder / "play.yml"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    command = [*ansible_playbook(folder), str(playbook), "-i", "localhost,", "-c", "local"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment.update(HOME=str(folder), ANSIBLE_NOCOLOR="true", ANSIBLE_LOCALHOST_WARNING="false")
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (folder / "asked").read_text().split("\n") == [*(f"route get {address}" for address in addresses), ""]
    return done


def test_neighbours_from_the_dip(tmp_path: Path) -> None:
    done = look(tmp_path, [NEAR, NEAR_TOO])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([NEAR, ROUTED, NEAR_TOO], "localhost reaches 192.168.2.12 through a router"),
        ([ROUTED_BY_IPV6, NEAR, ROUTED_IPV6], "reaches 192.168.3.12 and 2001:db8::5 through a router"),
        ([NEAR, FROM_THE_VIP], "from 192.168.1.9 and 192.168.1.110 instead of its DIP"),
        ([FROM_THE_VIP, ROUTED], "localhost reaches 192.168.2.12 through a router"),
    ],
)
def test_what_is_refused(tmp_path: Path, answers: list[dict[str, t.Any]], words: str) -> None:
    done = look(tmp_path, answers)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in " ".join(done.stdout.split())
