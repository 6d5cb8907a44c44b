# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook drain does on which director in which order, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import payload
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.operating import Lvs, said
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    DIRECTOR,
    OTHER,
    RIPS,
    RS1,
    RS2,
)


@pytest.fixture
def lvs(tmp_path: Path) -> Lvs:
    return Lvs(tmp_path)


def test_the_director_that_stands_by_comes_first(lvs: Lvs) -> None:
    lvs.told[DIRECTOR]["left"] = [20, 20, 0]
    run = lvs.run("drain", lvs_realservers=RS2)
    assert run.rc == 0, run.output
    assert [(host, where) for host, _state, where in lvs.did()] == [
        (host, f"{RIPS[RS2]}:{port}") for host in (OTHER, DIRECTOR) for port in (23, 80)
    ]
    assert lvs.weights(DIRECTOR) == lvs.weights(OTHER) == [0, 0]
    assert "\nrealserver2: 20 connections of telnet left after 0 s, waiting for 300 s at most\n" in run.output
    assert "\nrealserver2: telnet: weight 1 -> 0; 20 connections -> 0 connections in " in run.output
    assert "To undo it: ansible-playbook linuxvirtualserver.lvs.restore -i " in run.output
    assert "-e lvs_realservers=realserver2" in run.output


def test_check_mode_changes_nothing_and_shows_the_weights(lvs: Lvs) -> None:
    run = lvs.run("drain", "--check", "--diff", lvs_realservers=RS2, lvs_services_only="http")
    assert run.rc == 0, run.output
    assert lvs.did() == []
    assert f"--- before: {OTHER}: http: {RS2}" in run.output
    assert "-weight 1\n+weight 0\n" in run.output
    assert "To undo it" not in run.output


def test_too_many_at_once_change_nothing(lvs: Lvs) -> None:
    run = lvs.run("drain", lvs_realservers=f"{RS1}, {RS2}")
    assert run.rc == 2
    assert lvs.did() == []
    for name in ("telnet", "http"):
        assert f"\n{name} on director and director2: without realserver1 and realserver2 1 of 3" in run.output
    assert "Refused, see above. Nothing was changed." in said(run)


def test_another_one_that_is_drained_is_named(lvs: Lvs) -> None:
    lvs.pair.drained(OTHER, RS1)
    run = lvs.run("drain", lvs_realservers=RS2, lvs_min_active="1")
    assert (run.rc, lvs.did()) == (2, [])
    assert "http on director2: realserver1 is drained already by alice at controller" in said(run)
    assert lvs.run("drain", lvs_realservers=RS2, lvs_min_active="1", lvs_together=True).rc == 0


def test_time_is_over_and_it_stays_drained(lvs: Lvs) -> None:
    lvs.told[DIRECTOR]["left"] = [3] * 40
    run = lvs.run("drain", lvs_realservers=RS2, lvs_services_only="http", lvs_wait=1)
    assert run.rc == 2
    assert "realserver2: 3 connections of http have not ended after 1 seconds. No new ones come. Fix: run" in said(run)
    assert "To undo it: " in run.output
    assert lvs.weights(DIRECTOR) == [1, 0]
    assert lvs.run("drain", lvs_realservers=RS2, lvs_services_only="http", lvs_wait=1, lvs_on_timeout="leave").rc == 0


def test_what_is_left_is_ended_by_force_on_all_directors(lvs: Lvs) -> None:
    lvs.told[DIRECTOR]["left"] = [3] * 40
    run = lvs.run("drain", lvs_realservers=RS2, lvs_services_only="http", lvs_wait=1, lvs_on_timeout="force")
    assert run.rc == 0, run.output
    ended = [asked[0] for asked in lvs.asked if asked[3].get("on_timeout") == "force"]
    assert sorted(ended) == [DIRECTOR, OTHER]
    assert "3 connections in 1 s, ended by force" in run.output.replace("in 2 s", "in 1 s")


def test_a_run_goes_on_where_one_was_killed(lvs: Lvs) -> None:
    for port in (23, 80):
        lvs.pair.drained(OTHER, RS2, port)
    run = lvs.run("drain", lvs_realservers=RS2)
    assert run.rc == 0, run.output
    assert lvs.weights(DIRECTOR) == [0, 0]


def test_the_one_that_serves_is_left_alone_when_another_failed(lvs: Lvs) -> None:
    lvs.told[OTHER].update(fails="ipvs_dest", why="it burns")
    run = lvs.run("drain", lvs_realservers=RS2)
    assert run.rc == 2
    assert {host for host, _state, _where in lvs.did()} == {OTHER}
    assert "telnet on director2: it burns. What was drained stays so. Run this again, or undo it." in said(run)


def test_a_director_that_cannot_be_looked_at_changes_nothing(lvs: Lvs) -> None:
    lvs.told[OTHER].update(fails="lvs_evidence", why="it burns")
    run = lvs.run("drain", lvs_realservers=RS2)
    assert (run.rc, lvs.did()) == (2, [])
    assert "director2: it burns. Fix: All directors have to take part" in said(run)


def test_a_director_that_limit_leaves_out_changes_nothing(lvs: Lvs) -> None:
    run = lvs.run("drain", "--limit", f"!{OTHER}", lvs_realservers=RS2)
    assert (run.rc, lvs.did()) == (2, [])
    assert "director2: it was not looked at" in said(run)


def test_hosts_that_attack_are_shown_and_no_more(lvs: Lvs, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    lvs.pair.drained(OTHER, RS1, by=payload(mark))
    lvs.told[DIRECTOR].update(fails="ipvs_dest", why=payload(mark))
    lvs.run("drain", lvs_realservers=RS2, lvs_min_active="1")
    run = lvs.run("drain", lvs_realservers=RS2, lvs_min_active="1", lvs_together=True)
    assert run.rc == 2
    assert "What was drained stays so" in said(run)
    assert not mark.exists()


def test_a_slip_touches_no_host(site: Playbooks) -> None:
    playbook = ROOT / "playbooks/drain.yml"
    run = site.run(EXAMPLE, "-e", "lvs_realservers=relserver2", playbook=playbook)
    assert (run.rc, run.touched) == (2, False)
    assert "Did you mean realserver2?" in run.output
    run = site.run(EXAMPLE, "-e", "lvs_realservers=realserver2", "-e", "lvs_wait=-1", playbook=playbook)
    assert (run.rc, run.touched) == (2, False)
    assert "lvs_wait: is no time " in said(run)
