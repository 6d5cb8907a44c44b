# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a farm becomes: kernel command lines, inventory, SSH configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lab.errors import LabError
from lab.farm import Farm, read_farm
from lab.guest import kernel_arguments
from lab.image import Image
from lab.inventory import inventory, script_inventory, ssh_config
from lab.kernel import Kernel
from lab.paths import PACKAGE

STATE = Path("/state")
IMAGE = Image(Path("/cache/base.img"), Path("/cache/id"), "ssh-ed25519 KEY", "bookworm", 1.0)


def shipped(name: str) -> Farm:
    return read_farm(name, name, yaml.safe_load((PACKAGE / f"farms/{name}.yml").read_text()))


def kernel(release: str) -> Kernel:
    return Kernel(Path("/linux"), Path("/modules"), release, "test")


def arguments(farm: Farm, host: str, release: str = "7.2.7") -> list[str]:
    return kernel_arguments(farm.host(host), kernel(release), IMAGE, STATE)


def test_a_host_is_told_its_nics_and_routes() -> None:
    words = arguments(shipped("tun"), "director")
    assert "lab.nic0=192.168.1.9/24" in words
    assert "lab.route0=192.168.2.0/24,192.168.1.254" in words
    assert "systemd.hostname=director" in words
    assert "lab.forward=1" not in words


def test_a_gateway_goes_to_the_nic_of_its_network() -> None:
    assert "lab.route1=0.0.0.0/0,192.168.2.254" in arguments(shipped("nat"), "director")


def test_a_router_forwards_between_its_nics() -> None:
    words = arguments(shipped("tun"), "router")
    assert "lab.forward=1" in words
    assert {"lab.nic0=192.168.1.254/24", "lab.nic1=192.168.2.254/24"} <= set(words)


def test_a_gateway_on_no_network_is_refused() -> None:
    data = yaml.safe_load((PACKAGE / "farms/dr.yml").read_text())
    data["hosts"]["realserver1"]["gateway"] = "10.0.0.1"
    with pytest.raises(LabError, match=r"realserver1: 10\.0\.0\.1 is on no network"):
        arguments(read_farm("dr", "dr", data), "realserver1")


@pytest.mark.parametrize(
    ("release", "wanted"), [("7.2.7", True), ("6.16.1", True), ("6.12.3", False), ("6.1.176", False)]
)
def test_only_new_kernels_are_asked_for_seccomp(release: str, wanted: bool) -> None:
    assert ("seccomp=on" in arguments(shipped("dr"), "client", release)) is wanted


def test_both_inventories_hold_the_same_hosts() -> None:
    farm = shipped("dr")
    plain = inventory(farm, STATE)["all"]
    script = script_inventory(farm, STATE)
    assert (
        script["_meta"]["hostvars"]
        == plain["hosts"]
        == {
            "director": {"ansible_host": "192.168.1.9"},
            "realserver1": {"ansible_host": "192.168.1.11"},
            "realserver2": {"ansible_host": "192.168.1.12"},
            "client": {"ansible_host": "192.168.1.254"},
        }
    )
    assert script["realservers"] == {"hosts": ["realserver1", "realserver2"]}
    assert script["all"]["vars"] == plain["vars"]


def test_ansible_takes_the_script_inventory(tmp_path: Path) -> None:
    script = tmp_path / "inventory"
    script.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(script_inventory(shipped('dr'), STATE))}\nEOF\n")
    script.chmod(0o755)
    ansible_inventory = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run([ansible_inventory, "-i", script, "--list"], capture_output=True, text=True, check=True)
    listed = json.loads(done.stdout)
    assert listed["directors"] == {"hosts": ["director"]}
    assert listed["_meta"]["hostvars"]["client"]["ansible_ssh_common_args"] == "-F /state/ssh_config"


def test_ssh_knows_every_host_and_no_stranger() -> None:
    lines = ssh_config(shipped("dr"), STATE, Path("/cache/id")).splitlines()
    assert lines[lines.index("Host realserver2") + 1] == "  HostName 192.168.1.12"
    assert "  StrictHostKeyChecking yes" in lines
