# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What playbooks/status.yml says when nobody can be reached, of an inventory that is refused, and of odd wishes."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks

STATUS = ROOT / "playbooks/status.yml"


def test_hosts_that_cannot_be_reached_are_lines_and_no_failure(site: Playbooks, tmp_path: Path) -> None:
    page, machine = tmp_path / "page.html", tmp_path / "machine.json"
    options = ["-e", f"status_html={page}", "-e", f"status_json={machine}", "-e", "status_service=http"]
    run = site.run(EXAMPLE, *options, playbook=STATUS)
    assert run.touched
    assert run.rc == 0, run.output
    for host in ("director", "realserver1", "realserver2"):
        assert f"\n{host}: not seen: " in run.output
    written = json.loads(machine.read_text())
    assert written["summary"]["hosts"] == {"all": 3, "not seen": 3}
    assert [one["state"] for one in written["services"]] == ["unknown"]
    assert "No director was seen." in page.read_text()


def test_hosts_that_limit_leaves_out_are_not_asked(site: Playbooks) -> None:
    run = site.run(EXAMPLE, "--limit", "realserver1", playbook=STATUS)
    assert run.rc == 0
    assert "director: left out: --limit leaves it out" in run.output
    assert "realserver1: not seen: " in run.output


def test_odd_wishes_are_refused_before_any_host_is_touched(site: Playbooks) -> None:
    run = site.run(EXAMPLE, "-e", "status_service=htpp", playbook=STATUS)
    assert run.rc == 2
    # ansible-core 2.16 doubles quotes.
    assert "is no service of this LVS (got 'htpp'). Fix: Use" in " ".join(run.output.split()).replace("''", "'")
    run = site.run(EXAMPLE, "-e", "status_seconds=-1", playbook=STATUS)
    assert run.rc == 2
    assert "is no time to watch (got -1.0). Fix: Use 0 to 300." in " ".join(run.output.split())
    assert not run.touched


def test_an_inventory_that_is_refused_touches_no_host(site: Playbooks) -> None:
    run = site.run(EXAMPLE, "-e", '{"lvs_services": [{"vip": "192.168.1.9", "port": 80}]}', playbook=STATUS)
    assert run.rc == 2
    assert not run.touched
