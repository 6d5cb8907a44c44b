# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml, run by the real ansible-playbook: a faulty inventory is refused whole, and before any host is touched."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, Playbooks, Run


def with_services(folder: Path, services: object) -> Path:
    """The example inventory with other services."""
    inventory = folder / "inventory"
    shutil.copytree(EXAMPLE, inventory)
    (inventory / "group_vars/all.yml").write_text(yaml.safe_dump({"lvs_services": services}), encoding="utf-8")
    return inventory


# One service a fault: path, what is said, a part of the cure.
FAULTS: dict[str, tuple[dict[str, t.Any], str, str, str]] = {
    "unknown host": (
        {"vip": "192.168.1.110", "port": 80, "realservers": ["realserver1", "realserver3"]},
        "lvs_services[0].realservers[1]",
        "is not a host of the inventory (got 'realserver3').",
        "Add the host to the inventory, or correct its name. Did you mean realserver2?",
    ),
    "unknown group": (
        {"vip": "192.168.1.110", "port": 81, "realservers": "realserverss"},
        "lvs_services[1].realservers",
        "is not a group of the inventory (got 'realserverss').",
        "Add the group to the inventory, or correct its name. Did you mean realservers?",
    ),
    "VIP equal to a DIP": (
        {"vip": "192.168.1.9", "port": 82},
        "lvs_services[2].vip",
        "is the DIP of director too (got '192.168.1.9').",
        "Give the service an address that no machine has as its own.",
    ),
    "VIP equal to a RIP": (
        {"vip": "192.168.1.12", "port": 83},
        "lvs_services[3].vip",
        "is the RIP of realserver2 too (got '192.168.1.12').",
        "Give the service an address that no machine has as its own.",
    ),
    "malformed address": (
        {"vip": "192.168.1.1100", "port": 84},
        "lvs_services[4].vip",
        "is not an address (got '192.168.1.1100').",
        "Write an address such as 192.168.1.110",
    ),
    "port out of range": (
        {"vip": "192.168.1.110", "port": 65536},
        "lvs_services[5].port",
        "is out of the range of ports (got 65536).",
        "Use 0 to 65535 or a service name.",
    ),
    "unknown scheduler": (
        {"vip": "192.168.1.110", "port": 86, "scheduler": "wlcc"},
        "lvs_services[6].scheduler",
        "is not a scheduler (got 'wlcc').",
        "Did you mean wlc?",
    ),
    "port remap with dr": (
        {"vip": "192.168.1.110", "port": 87, "realservers": [{"host": "realserver1", "port": 8087}, "realserver2"]},
        "lvs_services[7].realservers[0].port",
        "is not the port of the service, 87, and forwarding dr cannot change a port (got 8087).",
        "Remove port and let the realserver listen on the port of the service, or use forwarding nat.",
    ),
}


@pytest.fixture(scope="module")
def all_faults(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run with every fault at once."""
    scratch = tmp_path_factory.mktemp("faults")
    return Playbooks(scratch).run(with_services(scratch, [service for service, *_expected in FAULTS.values()]))


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_said_with_item_value_and_cure(all_faults: Run, fault: str) -> None:
    _service, path, message, cure = FAULTS[fault]
    # Equal ones stand under the first of them, with their cure once.
    said = next(part for part in all_faults.output.split("\n\n") if f" {path}: " in part).splitlines()
    assert any(line.strip() in (f"ERROR {path}: {message}", f"Also: {path}: {message}") for line in said)
    assert any(line.strip().startswith("Fix: ") and cure in line for line in said)


def test_faults_are_said_at_once_and_nothing_else_is(all_faults: Run) -> None:
    assert all_faults.rc != 0
    assert f"{len(FAULTS)} errors in the inventory." in all_faults.output
    assert "Traceback" not in all_faults.output
    assert "Make the realservers ready" not in all_faults.output


def test_no_host_is_touched(all_faults: Run) -> None:
    assert not all_faults.touched


def test_the_trace_would_have_shown_it(site: Playbooks) -> None:
    """The control of the test above: with the good inventory the same run does connect."""
    good = site.run(EXAMPLE)
    assert good.touched, good.output
    assert "Nothing wrong in the inventory." in good.output
    assert good.rc != 0


def test_no_director_is_reached_when_no_realserver_is(site: Playbooks) -> None:
    run = site.run(EXAMPLE)
    assert "PLAY [Make the realservers ready]" in run.output
    assert "PLAY [Let the directors forward]" not in run.output


def test_any_tag_has_the_inventory_checked_first(tmp_path: Path, site: Playbooks) -> None:
    refused = site.run(with_services(tmp_path, [{"vip": "192.168.1.110", "port": 0}]), "--tags", "director_table")
    assert "ERROR lvs_services[0].port" in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)


def test_an_inventory_without_lvs_is_told_what_is_missing(tmp_path: Path, site: Playbooks) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"web1": {"ansible_host": "192.0.2.1"}}}}), encoding="utf-8")
    refused = site.run(inventory)
    # No more of it: older Ansible breaks a line anywhere.
    assert "ERROR groups.directors: " in refused.output
    assert "ERROR lvs_services: " in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)


def test_hostile_names_are_words(tmp_path: Path, site: Playbooks) -> None:
    pwned = tmp_path / "pwned"
    services = [
        {"name": f"$(touch {pwned})", "vip": "192.168.1.110", "port": 80},
        {"name": "a\nb", "vip": f"`touch {pwned}`", "port": f"http; touch {pwned}", "realservers": ["a; reboot"]},
    ]
    refused = site.run(with_services(tmp_path, services))
    assert "5 errors in the inventory." in refused.output
    assert "is not a name for a service (got 'a\\nb')." in refused.output
    assert not pwned.exists()


@pytest.mark.parametrize(("role", "group"), [("director", "directors"), ("realserver", "realservers")])
def test_a_role_used_alone_makes_and_checks_the_plan_itself(
    tmp_path: Path, site: Playbooks, role: str, group: str
) -> None:
    playbook = tmp_path / "alone.yml"
    play = {"hosts": group, "gather_facts": False, "roles": [f"linuxvirtualserver.lvs.{role}"]}
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    refused = site.run(with_services(tmp_path, [{"vip": "192.168.1.9", "port": 80}]), playbook=playbook)
    assert "ERROR lvs_services[0].vip" in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)
    assert site.run(EXAMPLE, playbook=playbook).touched


def test_the_checkout_resolves_the_playbook_by_its_collection_name(site: Playbooks) -> None:
    checked = site.run(EXAMPLE, "--syntax-check", playbook="linuxvirtualserver.lvs.site")
    assert checked.rc == 0, checked.output


def test_a_limited_run_plans_with_the_whole_inventory(site: Playbooks) -> None:
    limited = site.run(EXAMPLE, "--limit", "realserver1")
    assert "Nothing wrong in the inventory." in limited.output
    assert limited.touched


def test_nothing_is_taken_away_unless_all_directors_have_done_their_part(site: Playbooks) -> None:
    alone = site.run(EXAMPLE, "--tags", "realserver_release")
    said = " ".join(alone.output.split())
    assert "director may still forward to what is no longer in the inventory, so realservers keep it." in said
    assert (alone.rc, alone.touched) == (0, False), alone.output


def test_a_survey_adds_a_service(tmp_path: Path, site: Playbooks) -> None:
    asked = ("-e", "lvs_survey_vip=192.168.1.110", "-e", "lvs_survey_ports=https,http", "-e", "lvs_survey_scheduler=x")
    refused = site.run(with_services(tmp_path, [{"vip": "192.168.1.110", "port": 80}]), *asked)
    assert "ERROR lvs_services[1].scheduler" in refused.output
    assert "ERROR lvs_services[2]: is the same service as lvs_services[0] (got " in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)
