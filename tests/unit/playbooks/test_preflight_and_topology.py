# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""preflight.yml and topology.yml: what they say, their exit status, and that they change nothing."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks

PREFLIGHT = ROOT / "playbooks/preflight.yml"
TOPOLOGY = ROOT / "playbooks/topology.yml"
NAT = ROOT / "docs/topology/nat.yml"


def plays(playbook: Path) -> list[dict[str, t.Any]]:
    loaded: list[dict[str, t.Any]] = yaml.safe_load(playbook.read_text(encoding="utf-8"))
    return loaded


def test_preflight_stops_at_errors_before_any_host(site: Playbooks) -> None:
    refused = site.run(EXAMPLE, "-e", "lvs_survey_vip=192.168.1.9", playbook=PREFLIGHT)
    assert "ERROR lvs_services[2].vip" in refused.output
    assert "[vip-taken] See section 3.14.1 of the LVS mini-HOWTO." in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)


def test_preflight_says_the_plan_and_its_hints_and_looks_at_every_host(site: Playbooks) -> None:
    looked = site.run(EXAMPLE, playbook=PREFLIGHT)
    assert "Nothing wrong in the inventory." in looked.output
    assert "HINT lvs_services[1].port" in looked.output
    assert "+--dr-->  realserver1" in looked.output
    assert "realserver arp: realserver1, realserver2" in looked.output
    for host in ("realserver1", "realserver2", "director"):
        assert re.search(rf"^{host} .*unreachable=1", looked.output, re.MULTILINE), "one host keeps no other from it"
    assert looked.touched
    assert looked.rc != 0


def test_the_roles_run_in_check_mode_with_diff() -> None:
    (looking,) = (play for play in plays(PREFLIGHT) if "roles" in play)
    assert (looking["check_mode"], looking["diff"]) == (True, True)
    assert [role["role"] for role in looking["roles"]] == [
        play["roles"][0]["role"] for play in plays(ROOT / "playbooks/site.yml") if "roles" in play
    ]


def test_variables_that_are_none_or_wrong_are_named_where_they_stand(site: Playbooks, tmp_path: Path) -> None:
    """With Ansible's own groups and hostvars."""
    inventory = yaml.safe_load((ROOT / "docs/topology/dr.yml").read_text(encoding="utf-8"))
    inventory["all"]["vars"]["lvs_service"] = "{{ undefined }}"
    inventory["all"]["children"]["realservers"]["vars"] = {"lvs_gateway": "192.168.1.254"}
    inventory["all"]["children"]["directors"]["vars"] = {"director_purge": "everything"}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    refused = site.run(tmp_path / "hosts.yml", "-e", "lvs_of_the_command_line=1", playbook=PREFLIGHT)
    assert "WARNING groups.all.lvs_of_the_command_line:" in refused.output
    assert "Also: groups.all.lvs_service:" in refused.output
    assert "Also: groups.realservers.lvs_gateway:" in refused.output
    assert "ERROR hostvars[director].director_purge:" in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)


@pytest.mark.parametrize("services", ["{{ my_services }}", [{"vip": "{{ my_services }}", "port": 80}]])
def test_templates_that_lack_something_are_named(site: Playbooks, tmp_path: Path, services: object) -> None:
    inventory = yaml.safe_load((ROOT / "docs/topology/dr.yml").read_text(encoding="utf-8"))
    inventory["all"]["vars"]["lvs_services"] = services
    inventory["all"]["vars"]["my_rip"] = "{{ ansible_facts.default_ipv4.address }}"
    inventory["all"]["children"]["realservers"]["vars"] = {"lvs_rip": "{{ my_rip }}/24"}
    for host in inventory["all"]["children"]["realservers"]["hosts"].values():
        host.pop("lvs_rip", None)
    inventory["all"]["children"]["directors"]["vars"] = {"director_sysctls": "{{ of_a_play }}"}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    refused = site.run(tmp_path / "hosts.yml", playbook=PREFLIGHT)
    assert "ERROR lvs_services: is a template of my_services, which is not defined." in refused.output
    assert re.search(
        r"realserver1\]\.lvs_rip: is a template of ansible_facts\.default_ipv4\.address, which", refused.output
    )
    assert "of_a_play" not in refused.output, "the role may have it"
    assert (refused.rc != 0, refused.touched) == (True, False)


SITE_TASKS = [path for path in sorted(ROOT.glob("roles/*/tasks/*.yml")) if path.stem not in ("teardown", "switch")]
READING = (
    "ansible.builtin.assert",
    "ansible.builtin.fail",
    "ansible.builtin.include_tasks",
    "ansible.builtin.raw",
    "ansible.builtin.set_fact",
    "ansible.builtin.stat",
    "ansible.builtin.wait_for",
    "linuxvirtualserver.lvs.lvs_claims",
    "linuxvirtualserver.lvs.lvs_evidence",
    "linuxvirtualserver.lvs.realserver_probe",
    "linuxvirtualserver.lvs.say",
)


@pytest.mark.parametrize("tasks", SITE_TASKS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_what_a_role_changes_is_registered_for_preflight(tasks: Path) -> None:
    role, part = tasks.parts[-3], tasks.stem
    written: list[dict[str, t.Any]] = yaml.safe_load(tasks.read_text(encoding="utf-8"))
    listed = [task for one in written for task in one.get("block", [one]) if task.get("check_mode") is not True]
    changing = [task for task in listed if not any(key in READING or key.endswith("import_tasks") for key in task)]
    registered = [str(task.get("register")) for task in changing]
    if part in ("release", "standby"):
        assert [name for name in registered if not re.fullmatch(rf"__{role}_[a-z]+_result", name)] == []
        assert len(set(registered)) == len(registered)
    else:
        assert registered in ([], [f"__{role}_{part}_result"])


@pytest.mark.parametrize("tasks", SITE_TASKS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_no_task_takes_itself_out_of_the_check_mode_of_a_play(tasks: Path) -> None:
    """Its own goes before that of the play, of which `ansible_check_mode` knows nothing: that is --check alone."""
    written: list[dict[str, t.Any]] = yaml.safe_load(tasks.read_text(encoding="utf-8"))
    for task in (task for one in written for task in one.get("block", [one]) if "check_mode" in task):
        assert task["check_mode"] is True or (task["check_mode"], task["changed_when"]) == (False, False), task["name"]


def test_topology_shows_every_method_and_contacts_nobody(site: Playbooks) -> None:
    drawn = site.run(NAT, playbook=TOPOLOGY)
    assert drawn.rc == 0, drawn.output
    assert "--> director --> client" in drawn.output
    assert not drawn.touched


def test_topology_writes_a_file_in_the_style_asked_for(tmp_path: Path, site: Playbooks) -> None:
    written = tmp_path / "lvs.dot"
    asked = ("-e", "lvs_topology_style=dot", "-e", f"lvs_topology_file={written}")
    drawn = site.run(NAT, *asked, playbook="linuxvirtualserver.lvs.topology")
    assert drawn.rc == 0, drawn.output
    assert written.read_text(encoding="utf-8") == (ROOT / "tests/unit/fixtures/topology/nat.dot").read_text(
        encoding="utf-8"
    )
    assert "changed=0" in site.run(NAT, *asked, playbook=TOPOLOGY).output


def test_a_relative_name_is_one_where_the_person_stands(site: Playbooks, tmp_path: Path) -> None:
    """Not in the folder of the playbook, and whatever a shell once called the folder."""
    asked = ("-e", "lvs_topology_file=lvs.txt")
    site.folder = tmp_path
    stale = {"PWD": "/"}
    drawn = site.run(NAT, *asked, playbook="linuxvirtualserver.lvs.topology", **stale)
    assert f"\nWritten to {tmp_path}/lvs.txt\n" in drawn.output
    assert "--> director --> client" in (tmp_path / "lvs.txt").read_text(encoding="utf-8")
    assert drawn.rc == 0, drawn.output


@pytest.mark.parametrize("playbook", ["preflight", "topology", "verify", "teardown", "site"])
def test_findings_are_lines_whatever_ansible_cfg_says(site: Playbooks, tmp_path: Path, playbook: str) -> None:
    """Installed, nothing asks Ansible for another form of results than JSON."""
    plain = tmp_path / "ansible.cfg"
    plain.write_text(f"[defaults]\ncollections_path = {ROOT}/collections\n", encoding="utf-8")
    wrong = ("-e", "lvs_survey_vip=192.168.1.9")
    refused = site.run(EXAMPLE, *wrong, playbook=f"linuxvirtualserver.lvs.{playbook}", ANSIBLE_CONFIG=str(plain))
    assert "\nERROR lvs_services[2].vip: is the DIP of director too (got '192.168.1.9').\n  Fix: " in refused.output
    assert "\\n" not in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)


def test_topology_names_an_unknown_style(site: Playbooks) -> None:
    refused = site.run(EXAMPLE, "-e", "lvs_topology_style=png", playbook=TOPOLOGY)
    said = " ".join(refused.output.split())  # older Ansible wraps and quotes it
    assert re.search(r"style: is not known \(got '+png'+\)\. Fix: Use ascii, mermaid or dot", said)
    assert refused.rc != 0


def test_topology_refuses_a_faulty_inventory(site: Playbooks) -> None:
    refused = site.run(EXAMPLE, "-e", "lvs_survey_vip=192.168.1.9", playbook=TOPOLOGY)
    assert "ERROR lvs_services[2].vip" in refused.output
    assert refused.rc != 0
