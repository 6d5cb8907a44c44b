# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook restore asks for before it gives a realserver its weight."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.operating import CLIENT, Lvs, drained, said
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    DIRECTOR,
    OTHER,
    RS2,
    VIP,
)


@pytest.fixture
def lvs(tmp_path: Path) -> Lvs:
    return Lvs(tmp_path)


def test_restore_gives_the_former_weight(lvs: Lvs) -> None:
    drained(lvs)
    run = lvs.run("restore", lvs_realservers=RS2)
    assert run.rc == 0, run.output
    assert [host for host, _state, _where in lvs.did()] == [OTHER, OTHER, DIRECTOR, DIRECTOR]
    assert lvs.weights(DIRECTOR) == lvs.weights(OTHER) == [3, 3]
    assert "\nrealserver2: http: weight 0 -> 3\n" in run.output


def test_restore_raises_the_weight_in_steps(lvs: Lvs) -> None:
    drained(lvs)
    run = lvs.run("restore", lvs_realservers=RS2, lvs_ramp=1, lvs_services_only="http")
    assert run.rc == 0, run.output
    given = [(asked[0], asked[4]) for asked in lvs.asked if asked[1] == "ipvs_dest"]
    assert given == [(OTHER, None), (DIRECTOR, 1), (DIRECTOR, 2), (DIRECTOR, 3)]
    assert "realserver2: http: weight 2 of 3" in run.output


def test_restore_of_whoever_was_not_drained_proves_nothing_and_changes_nothing(lvs: Lvs) -> None:
    run = lvs.run("restore", lvs_realservers=RS2)
    assert (run.rc, lvs.did()) == (0, []), run.output
    assert "\nrealserver2: is not drained\n" in run.output
    assert not {"ipvs_trial", "client_probe"} & {asked[1] for asked in lvs.asked}


def test_a_realserver_that_no_client_gets_to_is_not_restored(lvs: Lvs) -> None:
    drained(lvs)
    lvs.told[CLIENT]["outcome"] = "timeout"
    run = lvs.run("restore", lvs_realservers=RS2)
    assert (run.rc, lvs.did()) == (2, [])
    assert f"realserver2: is not reached by client with dr from {VIP} (timeout). Fix: Run the playbook doctor." in said(
        run
    )
    placed = [asked for asked in lvs.asked if asked[1] == "ipvs_trial"]
    assert len(placed) == 4, "what was placed is taken away"


@pytest.mark.parametrize("module", ["wait_for", "vip_address", "arp_hide"])
def test_a_realserver_that_does_not_serve_is_not_restored(lvs: Lvs, module: str) -> None:
    drained(lvs)
    lvs.told[RS2].update(fails=module, why="it burns")
    run = lvs.run("restore", lvs_realservers=RS2)
    assert (run.rc, lvs.did()) == (2, [])
    assert "it burns" in run.output


def test_a_slip_touches_no_host(site: Playbooks) -> None:
    playbook = ROOT / "playbooks/restore.yml"
    run = site.run(EXAMPLE, "-e", "lvs_realservers=relserver2", playbook=playbook)
    assert (run.rc, run.touched) == (2, False)
    assert "Did you mean realserver2?" in run.output
    run = site.run(EXAMPLE, "-e", "lvs_realservers=realserver2", "-e", "lvs_ramp=3601", playbook=playbook)
    assert (run.rc, run.touched) == (2, False)
    assert "lvs_ramp: is no time " in said(run)
