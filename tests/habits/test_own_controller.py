# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine of the LVS is the controller: the director, as at a small site, or a realserver, which sets its gateway.

Ansible and the collection are carried to it, and it reaches itself by `ansible_connection: local`, the others by ssh.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import ansible
import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.habits.conftest import ROOT, changed, lab, table

PACKAGES = ("ansible", "jinja2", "markupsafe", "netaddr", "packaging", "resolvelib", "yaml", "jinja2-*.dist-info")
COLLECTION = ("ansible.cfg", "collections", "docs/topology", "meta", "playbooks", "plugins", "roles", "site.yml")
FARMS = {"dr": ("docs/topology/dr.yml", "192.168.1.110"), "nat": ("docs/topology/nat.yml", "192.168.2.110")}
ADDRESSES = {"director": "192.168.1.9", "realserver1": "192.168.1.11", "realserver2": "192.168.1.12"}
HOME = "/opt/controller"
KEY = Path("~/.cache/lvs-lab/keys/id").expanduser()


def on(host: str, command: str, stdin: bytes = b"") -> str:
    """What a command on a host prints."""
    words: list[str | Path] = [ROOT / "bin/lab", "ssh", host, "--", command]
    done = subprocess.run(words, check=False, input=stdin, capture_output=True, timeout=900)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


def carry(host: str, folder: Path, names: tuple[str, ...], into: str) -> None:
    """Copy these from a folder here into a folder there."""
    found = sorted(str(path.relative_to(folder)) for name in names for path in folder.glob(name))
    packed: list[str | Path] = ["tar", "--exclude=__pycache__", "--exclude=*.so", "-C", folder, "-cz", *found]
    archive = subprocess.run(packed, check=True, capture_output=True).stdout
    on(host, f"mkdir -p {into} && tar -C {into} -xz", archive)


def make_controller(host: str) -> None:
    carry(host, Path(ansible.__file__).parents[1], PACKAGES, f"{HOME}/packages")
    carry(host, ROOT, COLLECTION, HOME)
    on(host, f"cat >{HOME}/id && chmod 600 {HOME}/id", KEY.read_bytes())
    ssh = {"ansible_ssh_private_key_file": f"{HOME}/id", "ansible_ssh_common_args": "-o StrictHostKeyChecking=no"}
    reached = {name: {"ansible_host": address, **ssh} for name, address in ADDRESSES.items()}
    reached[host] = {"ansible_connection": "local"}
    # Root everywhere, where there is no sudo.
    everybody = {"ansible_python_interpreter": "/usr/bin/python3", "ansible_user": "root", "ansible_become": False}
    inventory = json.dumps({"all": {"hosts": reached, "vars": everybody}})
    on(host, f"cat >{HOME}/reached.yml", inventory.encode())


def run(host: str, farm: str, *words: str) -> str:
    here = f"cd {HOME} && PYTHONPATH={HOME}/packages LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 python3 -m ansible.cli.playbook"
    return on(host, f"{here} -i {FARMS[farm][0]} -i reached.yml {' '.join(words)}")


@pytest.fixture(params=FARMS)
def farm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", str(tmp_path / "lab"))
        try:
            lab("up", request.param)
            yield request.param
        finally:
            lab("down")


def test_a_machine_of_the_lvs_sets_it_up_and_takes_it_back(farm: str) -> None:
    inventory, vip = FARMS[farm]
    assert yaml.safe_load((ROOT / inventory).read_text())["all"]["vars"]["lvs_services"][1]["vip"] == vip
    client = (ROOT / "lab/client.py").read_bytes()
    for host in ("director", "realserver1"):
        make_controller(host)
        run(host, farm, "site.yml")
        assert changed(run(host, farm, "site.yml")) == []
        answered = json.loads(on("client", f"python3 - http {vip} 80 10", client))
        assert set(answered) == {"realserver1", "realserver2"}
        run(host, farm, "playbooks/teardown.yml", "-e", "lvs_teardown=true")
        assert table() == []
