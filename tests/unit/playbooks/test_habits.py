# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and inventories as other people have them: the plan is the same. tests/habits needs hosts for the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.habits.test_habits import TOGETHER
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks

TOPOLOGY = ROOT / "playbooks/topology.yml"
SERVICES = {"lvs_services": [{"vip": "192.168.1.110", "port": 80}, {"vip": "2001:db8::110", "port": 80}]}
ADDRESSES = {
    "DIRECTOR": {"lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"]},
    "rs-1.example.org": {"lvs_rip": ["192.168.1.11/24", "2001:db8::11/64"]},
    "2001:db8::12": {"lvs_rip": ["192.168.1.12/24", "2001:db8::12/64"]},
}
SCRIPT = """\
#!/bin/sh
cat <<'END'
{}
END
"""
CONSTRUCTED = """\
plugin: ansible.builtin.constructed
groups:
  directors: lvs_dip is defined
  realservers: lvs_rip is defined
"""
INI = """\
[directors]
DIRECTOR

[realservers]
rs-1.example.org
2001:db8::12
"""


def drawn(site: Playbooks, inventory: Path, *words: str, **settings: str) -> str:
    ran = site.run(inventory, *words, playbook=TOPOLOGY, **settings)
    assert (ran.rc, ran.touched) == (0, False), ran.output
    return ran.output


def test_settings_change_nothing(site: Playbooks) -> None:
    picture = drawn(site, EXAMPLE, ANSIBLE_STDOUT_CALLBACK="minimal", **TOGETHER)
    assert [f"+--dr-->  realserver{number}" in picture for number in (1, 2)] == [True, True]


def test_any_names_from_ini_files_and_extra_variables(site: Playbooks, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(INI, encoding="utf-8")
    (tmp_path / "host_vars").mkdir()
    for host, variables in ADDRESSES.items():
        (tmp_path / "host_vars" / f"{host}.yml").write_text(json.dumps(variables), encoding="utf-8")
    (tmp_path / "services.json").write_text(json.dumps(SERVICES), encoding="utf-8")
    picture = drawn(site, tmp_path / "hosts", "-e", f"@{tmp_path}/services.json")
    assert [host for host in ADDRESSES if host not in picture] == []


def test_groups_that_are_made_from_what_a_script_says(site: Playbooks, tmp_path: Path) -> None:
    said = {"all": {"vars": SERVICES}, "virgin": {"hosts": list(ADDRESSES)}, "_meta": {"hostvars": ADDRESSES}}
    (tmp_path / "script").write_text(SCRIPT.format(json.dumps(said)), encoding="utf-8")
    (tmp_path / "script").chmod(0o755)
    (tmp_path / "groups.yml").write_text(CONSTRUCTED, encoding="utf-8")
    picture = drawn(site, tmp_path / "script", "-i", str(tmp_path / "groups.yml"))
    assert [host for host in ADDRESSES if host not in picture] == []


def test_a_run_that_begins_in_the_middle_says_why_it_ends(site: Playbooks) -> None:
    ran = site.run(EXAMPLE, "--start-at-task", "Hide the VIPs from ARP")
    assert (ran.rc != 0, ran.touched) == (True, False)
    assert "Fix: run the playbook without --start-at-task" in " ".join(ran.output.split()), ran.output


def test_both_roles_in_one_play_of_all_hosts(site: Playbooks, tmp_path: Path) -> None:
    """Where the first host is of neither: what is done once for all is not left out with it."""
    groups = {"directors": "director", "realservers": "realserver"}
    roles = [
        {"role": f"linuxvirtualserver.lvs.{role}", "when": f"inventory_hostname in groups.{group}"}
        for group, role in groups.items()
    ]
    own = [{"hosts": "client:all", "order": "inventory", "gather_facts": False, "roles": roles}]
    (tmp_path / "own.yml").write_text(json.dumps(own), encoding="utf-8")
    ran = site.run(EXAMPLE, playbook=tmp_path / "own.yml")
    assert re.findall(r"^(\S+) .*unreachable=1 +failed=0", ran.output, re.MULTILINE) == [
        "director",
        "realserver1",
        "realserver2",
    ], ran.output
