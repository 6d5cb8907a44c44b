# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks/doctor.yml says when nobody can be reached, and of an inventory that is refused."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks

DOCTOR = ROOT / "playbooks/doctor.yml"


def test_hosts_that_cannot_be_reached_are_told_and_the_rest_is_done(site: Playbooks, tmp_path: Path) -> None:
    page, machine = tmp_path / "page.html", tmp_path / "machine.json"
    options = ["--check", "-e", f"doctor_html={page}", "-e", f"doctor_json={machine}", "-e", "doctor_symptom=hangs"]
    run = site.run(EXAMPLE, *options, playbook=DOCTOR)
    assert run.touched
    assert run.rc == 2
    assert "No fault was found. Not everything was seen of client, director, realserver1, realserver2." in run.output
    assert "7.7 Connection hangs" in run.output
    written = json.loads(machine.read_text())
    assert [one["host"] for one in written["diagnosis"]["unseen"]] == [
        "client",
        "director",
        "realserver1",
        "realserver2",
    ]
    assert written["plan"]["hosts"].keys() == {"director", "realserver1", "realserver2"}
    assert "Not everything was seen" in page.read_text()


def test_an_inventory_that_is_refused_is_the_first_finding(site: Playbooks) -> None:
    services = '{"lvs_services": [{"vip": "192.168.1.9", "port": 80}]}'
    run = site.run(EXAMPLE, "-e", services, playbook=DOCTOR)
    assert run.rc == 2
    assert "1 fault was found: inventory-refused on the inventory" in run.output
    assert "is the DIP of director too (got '192.168.1.9')." in run.output


def test_a_symptom_that_is_not_known_is_refused_before_any_host_is_touched(site: Playbooks) -> None:
    run = site.run(EXAMPLE, "-e", "doctor_symptom=slow", playbook=DOCTOR)
    assert run.rc == 2
    # ansible-core before 2.19 breaks the line.
    assert "Use refused, hangs, slow_at_first or always_the_same_realserver." in " ".join(run.output.split())
    assert not run.touched
