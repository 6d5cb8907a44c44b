# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as people have them become farms: templates, vaults, several sources; and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from lab import cli, running
from lab.errors import LabError
from lab.planned import load_inventory

STATE = Path("/state")
HOSTS = """
all:
  children:
    directors: {hosts: {LB.example.com: {lvs_dip: "{{ net }}.9/24", director_vip_interface: "{{ nic }}"}}}
    realservers: {hosts: {web1: {lvs_rip: "{{ net }}.11"}, spare: {ansible_host: "{{ net }}.12"}}}
"""
SERVICES = """
nic: bond0
lvs_services:
  - {name: web, vip: "{{ net }}.100", port: "{{ secret_port }}", realservers: [web1]}
"""


@pytest.fixture
def inventories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A folder with a vault, and a second source that says the rest; Ansible as it is with nobody's settings."""
    ours, more = tmp_path / "ours", tmp_path / "more.ini"
    (ours / "group_vars").mkdir(parents=True)
    (ours / "host_vars").mkdir()
    (ours / "hosts.yml").write_text(HOSTS)
    (ours / "group_vars/all.yml").write_text(SERVICES)
    (tmp_path / "password").write_text("open sesame")
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    (ours / "group_vars/directors.yml").write_bytes(vault.encrypt("secret_port: 4433\n"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "password"))
    more.write_text("[all:vars]\nnet=10.0.0\n")
    return [str(ours), str(more)]


def test_what_is_printed_is_the_farm_file_of_the_inventory(
    inventories: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LVS_LAB_STATE", str(STATE))
    words = [word for inventory in inventories for word in ("--inventory", inventory)]
    monkeypatch.setattr(sys, "argv", ["lab", "up", *words, "--print"])
    assert cli.main() == 0
    (tmp_path / "mine.yml").write_text(capsys.readouterr().out)
    farm, data = running.load_farm(str(tmp_path / "mine.yml"))
    assert {name: host["nics"] for name, host in data["hosts"].items() if host["role"] != "client"} == {
        "lb": [{"segment": "net1", "addresses": ["10.0.0.9/24"], "name": "bond0"}],
        "web1": [{"segment": "net1", "addresses": ["10.0.0.11/24"]}],
        "spare": [{"segment": "net1", "addresses": ["10.0.0.12/24"]}],
        "router": [
            {"segment": "net1", "addresses": ["10.0.0.1/24"]},
            {"segment": "net2", "addresses": ["198.51.100.2/24"]},
        ],
    }
    assert farm.description == f"looks like {', '.join(inventories)}"
    assert farm.host("LB.example.com").role == "director"
    assert farm.host("web1").serves == (("tcp", 4433),)


def test_a_vault_that_stays_shut_is_told_in_ansibles_words(
    inventories: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE")
    with pytest.raises(LabError) as caught:
        load_inventory(inventories, STATE)
    assert "ANSIBLE_VAULT_PASSWORD_FILE" in caught.value.cure
    assert "no vault secrets" in caught.value.detail


def test_what_the_collection_refuses_is_told_in_its_words(inventories: list[str]) -> None:
    Path(inventories[0], "group_vars/all.yml").write_text(SERVICES.replace(".100", ".9"))
    with pytest.raises(LabError) as caught:
        load_inventory(inventories, STATE)
    assert caught.value.problem == f"The collection refuses {', '.join(inventories)}."
    assert "[vip-taken]" in caught.value.detail


def test_files_of_a_host_that_would_keep_ansible_out_are_refused(inventories: list[str]) -> None:
    for host in ("LB.example.com", "web1"):
        said = {"ansible_connection": "local", "ansible_host": "mgmt.invalid", "ansible_become_user": "admin"}
        Path(inventories[0], f"host_vars/{host}.yml").write_text(yaml.safe_dump(said))
    with pytest.raises(LabError) as caught:
        load_inventory(inventories, STATE)
    assert "host_vars go before the farm's inventory" in caught.value.problem
    assert caught.value.detail.splitlines() == [
        "LB.example.com: ansible_connection, ansible_become_user",
        "web1: ansible_connection, ansible_become_user",
    ]


@pytest.mark.parametrize("words", [[], ["dr", "--inventory", "my/inventory"]])
def test_a_farm_or_an_inventory(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lab", "up", *words])
    assert cli.main() == 1
    assert "Name a farm or give --inventory" in capsys.readouterr().err
