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
from lab.inventory import OUTDONE, inventory, overruled, reached, script_inventory, ssh_config
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


def resembling() -> Farm:
    """The farm dr, whose director another inventory calls otherwise, with files of its own."""
    data = yaml.safe_load((PACKAGE / "farms/dr.yml").read_text())
    data["hosts"]["director"].update(
        inventory_names=["LB_1.example.com", "lb"],
        nics=[{"segment": "lan", "address": "192.168.1.9/24", "name": "bond0"}],
        serves=["443/tcp", "80/tcp", "53/udp"],
    )
    return read_farm("resembling", "resembling", data)


def test_a_host_is_told_its_ports_and_the_names_of_its_nics() -> None:
    words = arguments(resembling(), "lb")
    assert [word for word in words if word.startswith(("lab.tcp", "lab.udp", "lab.name"))] == [
        "lab.name0=bond0",
        "lab.tcp=443",
        "lab.udp=53",
    ]
    assert [word for word in arguments(resembling(), "client") if word.startswith("lab.name")] == []


def test_the_farms_inventory_has_the_names_of_the_other() -> None:
    listed = inventory(resembling(), STATE)["all"]
    assert list(listed["children"]["directors"]["hosts"]) == ["LB_1.example.com", "lb"]
    assert {listed["hosts"][name]["ansible_host"] for name in ("LB_1.example.com", "lb")} == {"192.168.1.9"}
    assert listed["hosts"]["client"] == {"ansible_host": "192.168.1.254"}


# What real inventories say of how their hosts are reached, and what each would break on a guest.
OF_GROUPS = {
    "ansible_become_method": "doas",
    "ansible_become_user": "admin",
    "ansible_connection": "local",
    "ansible_host": "lb.mgmt.invalid",
    "ansible_password": "secret",
    "ansible_port": 2222,
    "ansible_python_interpreter": "/opt/nowhere/python",
    "ansible_shell_executable": "/bin/csh",
    "ansible_shell_type": "csh",
    "ansible_ssh_args": "-o ProxyJump=nowhere.invalid",
    "ansible_ssh_common_args": "-o ProxyJump=nowhere.invalid",
    "ansible_ssh_executable": "/nowhere/ssh",
    "ansible_ssh_extra_args": "-v",
    "ansible_ssh_pass": "secret",
    "ansible_ssh_private_key_file": "/nowhere/id",
    "ansible_ssh_user": "deploy",
    "ansible_user": "deploy",
}


def other_inventory(folder: Path, of_groups: dict[str, object], of_hosts: dict[str, object]) -> list[str]:
    """An inventory of other people, and the farm's after it, as arguments for Ansible."""
    for name in ("group_vars", "host_vars"):
        (folder / "mine" / name).mkdir(parents=True)
    hosts = "directors: {hosts: {LB_1.example.com: {ansible_user: deploy, ansible_ssh_port: 2222}, lb: }}\n"
    (folder / "mine/hosts.yml").write_text(hosts)
    (folder / "mine/group_vars/directors.yml").write_text(yaml.safe_dump(of_groups))
    (folder / "mine/host_vars/LB_1.example.com.yml").write_text(yaml.safe_dump(of_hosts))
    (folder / "farm.yml").write_text(yaml.safe_dump(inventory(resembling(), STATE)))
    return ["-i", str(folder / "mine"), "-i", str(folder / "farm.yml")]


def listed_with(words: list[str]) -> dict[str, dict[str, object]]:
    ansible_inventory = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run([ansible_inventory, *words, "--list"], capture_output=True, text=True, check=True)
    hostvars: dict[str, dict[str, object]] = json.loads(done.stdout)["_meta"]["hostvars"]
    return hostvars


def test_what_another_inventory_says_of_groups_keeps_ansible_from_no_guest(tmp_path: Path) -> None:
    hostvars = listed_with(other_inventory(tmp_path, OF_GROUPS, {}))
    assert overruled(resembling(), STATE, hostvars) == {}
    wanted = reached(resembling().host("lb"), STATE)
    assert OF_GROUPS.keys() <= wanted.keys()
    assert {key: hostvars["LB_1.example.com"][key] for key in wanted} == wanted


def test_what_files_of_a_host_say_is_outdone_or_named(tmp_path: Path) -> None:
    usual = {key: OF_GROUPS[key] for key in ("ansible_host", "ansible_user", "ansible_port", "ansible_password")}
    hostvars = listed_with(other_inventory(tmp_path, {}, {**usual, "ansible_connection": "local"}))
    assert overruled(resembling(), STATE, hostvars) == {"LB_1.example.com": ["ansible_connection"]}
    assert hostvars["LB_1.example.com"]["ansible_host"] == "lb.mgmt.invalid"


def test_the_connection_takes_what_outdoes_files_of_a_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible itself, with a program in the place of ssh that says how it was called."""
    said = {name: str(OF_GROUPS.get(name, "/nowhere/id")) for name in OUTDONE}
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ssh").write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >{tmp_path}/called\n")
    (tmp_path / "bin/ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin", prepend=":")
    ansible = Path(sys.executable).with_name("ansible")
    words = [*other_inventory(tmp_path, {}, {**said}), "--module-name=ansible.builtin.raw", "--args=true"]
    subprocess.run([ansible, "LB_1.example.com", *words, "--become"], capture_output=True, check=True)
    called = (tmp_path / "called").read_text().splitlines()
    assert {"192.168.1.9", "Port=22", 'User="root"', "/state/ssh_config"} <= set(called)
    assert [word for word in called if any(value in word for value in said.values())] == []
