# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin lvs_conf, in the real ansible-inventory and ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.inventory.lvs_conf import InventoryModule

ROOT = Path(__file__).resolve().parents[4]
FIXTURES = ROOT / "tests/unit/fixtures/lvs_conf"
FILES = ("lvs_dr.conf", "lvs_nat.conf", "lvs_squid.conf")


@pytest.fixture
def ansible(tmp_path: Path) -> t.Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command of Ansible from the checkout, with the names of lvs_squid.conf known."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment = {
        **kept,
        "HOME": str(tmp_path),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_NOCOLOR": "true",
        "LVS_CONF_HOSTS_FILE": str(FIXTURES / "hosts"),
    }

    def run(command: str, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "ansible", command, *arguments]
        env = {**environment, **changes}
        return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    return run


Ansible = t.Callable[..., "subprocess.CompletedProcess[str]"]


def plain(value: t.Any) -> t.Any:
    """The value without the marks of ansible-inventory."""
    if isinstance(value, dict):
        return value.get("__ansible_unsafe") or {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", FILES)
def test_ansible_inventory_takes_the_files_of_the_howto(ansible: Ansible, name: str) -> None:
    ran = ansible("inventory", "-i", str(FIXTURES / name), "--list")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    listed = json.loads(ran.stdout)
    realservers = ["rip1", "rip2"] if name == "lvs_squid.conf" else ["realserver1", "realserver2"]
    assert listed["directors"]["hosts"] == ["director"]
    assert listed["realservers"]["hosts"] == realservers
    # ansible-inventory marks texts that must not be taken for templates; to a playbook they are plain texts.
    hostvars = plain(listed["_meta"]["hostvars"])
    assert hostvars["director"]["lvs_dip"] == "192.168.1.9/24"
    assert [hostvars[host]["lvs_rip"] for host in realservers] == ["192.168.1.11/24", "192.168.1.12/24"]
    assert hostvars["director"]["lvs_services"] == hostvars[realservers[0]]["lvs_services"]


def test_site_takes_the_file_as_its_inventory(ansible: Ansible) -> None:
    ran = ansible("playbook", "site.yml", "-i", str(FIXTURES / "lvs_dr.conf"), "--list-hosts")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split().count("realserver2") == 4
    assert "hosts (3):" in ran.stdout


def test_another_inventory_adds_to_the_file(ansible: Ansible, tmp_path: Path) -> None:
    more = tmp_path / "more.yml"
    more.write_text("directors: {hosts: {director: {ansible_user: root}}}", encoding="utf-8")
    ran = ansible("inventory", "-i", str(FIXTURES / "lvs_dr.conf"), "-i", str(more), "--host", "director")
    assert json.loads(ran.stdout)["ansible_user"] == "root"
    assert plain(json.loads(ran.stdout))["lvs_dip"] == "192.168.1.9/24"


def without_spaces(text: str) -> str:
    """For comparing what ansible-core 2.18 wraps, in the middle of a path too."""
    return "".join(text.split())


def test_a_faulty_file_stops_ansible_with_all_its_faults(ansible: Ansible, tmp_path: Path) -> None:
    faulty = tmp_path / "lvs_dr.conf"
    text = (FIXTURES / "lvs_dr.conf").read_text(encoding="utf-8")
    text = text.replace("\nSERVICE=t telnet rr", "\nSERVICE=t telnt rrr")
    faulty.write_text(text, encoding="utf-8")
    line = text.splitlines().index("SERVICE=t telnt rrr 192.168.1.11 192.168.1.12") + 1
    ran = ansible("playbook", "site.yml", "-i", str(faulty), "--list-hosts")
    assert ran.returncode != 0
    said = without_spaces(ran.stderr)
    assert without_spaces(f"{faulty}:{line} SERVICE") in said
    assert without_spaces("is no tcp service that this controller knows (got 'telnt').") in said
    assert without_spaces("is not a scheduler (got 'rrr').") in said
    assert "hosts (" not in ran.stdout


def test_what_is_not_taken_over_is_a_warning(ansible: Ansible, tmp_path: Path) -> None:
    odd = tmp_path / "x"
    text = (FIXTURES / "lvs_dr.conf").read_text(encoding="utf-8")
    odd.write_text(text.replace("INITIAL_STATE=on", "INITIAL_STATE=off"), encoding="utf-8")
    ran = ansible("inventory", "-i", str(odd), "--graph")
    assert ran.returncode == 0
    assert "every realserver has weight 0" in ran.stderr


def test_names_come_from_the_hosts_file_first(ansible: Ansible, tmp_path: Path) -> None:
    squid = str(FIXTURES / "lvs_squid.conf")
    assert ansible("inventory", "-i", squid, "--list", LVS_CONF_HOSTS_FILE=str(tmp_path / "none")).returncode != 0
    own = tmp_path / "own"
    own.write_text((FIXTURES / "hosts").read_text(encoding="utf-8").replace(".110 vip", ".111 vip"), encoding="utf-8")
    ran = ansible("inventory", "-i", squid, "--host", "director", LVS_CONF_HOSTS_FILE=str(own))
    assert plain(json.loads(ran.stdout))["lvs_services"][0]["vip"] == "192.168.1.111"


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        (b"LVSCONF_FORMAT=1.1\n", True),
        (b"# comment\n  LVSCONF_FORMAT = 2.0\n", True),
        (b"#LVSCONF_FORMAT=1.1\n", False),
        (b"all: {hosts: {LVSCONF_FORMAT=1.1: {}}}\n", False),
        (b"", False),
        (b"\xff\xfe\x00" * 9999, False),
    ],
)
def test_the_content_decides(tmp_path: Path, content: bytes, ours: bool) -> None:
    path = tmp_path / "hosts.yml"
    path.write_bytes(content)
    assert InventoryModule().verify_file(str(path)) is ours


def test_what_is_no_file_is_not_ours(tmp_path: Path) -> None:
    assert not InventoryModule().verify_file(str(tmp_path))
    assert not InventoryModule().verify_file("director,realserver1")
