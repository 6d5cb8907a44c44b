# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook prove on emulated hosts: the whole life, one file for each, and the host as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.conftest import ROOT, Farm

Snapshots = dict[str, t.Any]
NAMES = ("freebsd15", "solaris10", "aix")


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> tuple[Farm, subprocess.CompletedProcess[str], Snapshots]:
    farm = Farm(tmp_path_factory.mktemp("prove"), NAMES)
    farm.hosts["freebsd15"].run("echo 'my_password=\"hunter2\"' >>/etc/rc.conf")
    before = {name: box.snapshot() for name, box in farm.hosts.items()}
    wishes = f"prove_vip=192.168.1.110 prove_file={farm.folder}/{{{{ inventory_hostname }}}}.txt"
    more = "{% if inventory_hostname == 'aix' %}{% else %}192.168.1.9{% endif %}"
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(farm.folder / "hosts.yml")]
    command += [
        "--limit",
        "realservers",
        "-e",
        wishes,
        "-e",
        "prove_reboot=true",
        "-e",
        f'{{"prove_gateway": "{more}"}}',
        "playbooks/prove.yml",
    ]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    return farm, done, before


@pytest.mark.xdist_group("prove")
@pytest.mark.parametrize("name", NAMES)
def test_one_file_says_it_all_and_the_host_is_as_it_was(
    proven: tuple[Farm, subprocess.CompletedProcess[str], Snapshots], name: str
) -> None:
    farm, done, before = proven
    path = farm.folder / f"{name}.txt"
    report = path.read_text()
    assert "NOT AS EXPECTED" not in report, done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    # Nothing but what was concluded, beside the file's name.
    assert f"Written to {path}\n{report.splitlines()[-1]}\n" in done.stdout
    assert "as expected: check mode changes nothing" in report
    assert "as expected: vip_address again has nothing to do" in report
    assert "as expected: the host came up again" in report
    assert "as expected: vip_address after the reboot has nothing to do" in report
    assert ("default_gateway absent" in report) == (name != "aix")
    assert report.count("--- netstat -rn -f inet") >= 3
    assert "192.168.1.110" in report
    assert "hunter2" not in report
    assert farm.hosts[name].snapshot() == before[name]
