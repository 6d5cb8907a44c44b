# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order the playbook rolling works, and after what it stops."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.operating import CLIENT, Lvs, drained, said
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


def rolling(lvs: Lvs, tmp_path: Path, *words: str, **variables: object) -> Run:
    """With work that runs the module command on each realserver."""
    for name, task in (("work", {"command": "true"}), ("undo", {"ping": {}})):
        (tmp_path / f"{name}.yml").write_text(json.dumps([{"name": f"Do {name}", **task}]), encoding="utf-8")
    return lvs.run("rolling", *words, lvs_work=str(tmp_path / "work.yml"), lvs_settle=1, **variables)


def worked(lvs: Lvs) -> list[str]:
    """Drains and restores of http on the director that serves, and the work between them."""
    found = []
    for host, module, _check, told, _weight in lvs.asked:
        if module == "command":
            found.append(f"work {host}")
        if (
            module == "ipvs_dest"
            and host == DIRECTOR
            and told["port"] == "80"
            and told.get("wait_for") != "established"
        ):
            names = {rip: name for name, rip in RIPS.items()}
            if "on_timeout" not in told:
                found.append(f"{told['state']} {names[told['rip']]}")
    return found


def test_one_after_the_other(lvs: Lvs, tmp_path: Path) -> None:
    run = rolling(lvs, tmp_path)
    assert run.rc == 0, run.output
    assert worked(lvs) == [step for host in RIPS for step in (f"drained {host}", f"work {host}", f"present {host}")], (
        run.output
    )
    assert "\nBatch 2 of 3: realserver2\n" in run.output
    assert "\nClients made 40 requests, of which 0 failed\n" in run.output


def test_a_batch_that_fails_is_the_last_one(lvs: Lvs, tmp_path: Path) -> None:
    lvs.told[RS2].update(fails="command", why="it burns")
    run = rolling(lvs, tmp_path)
    assert run.rc == 2
    assert worked(lvs) == [f"drained {RS1}", f"work {RS1}", f"present {RS1}", f"drained {RS2}", f"work {RS2}"]
    assert "realserver2 stays drained, because lvs_work did not succeed there. No other batch was begun." in said(run)
    assert "To go on with it: ansible-playbook linuxvirtualserver.lvs.rolling -i " in said(run)
    assert "To have it serve as it is: ansible-playbook linuxvirtualserver.lvs.restore -i " in said(run)
    stopped = [asked for asked in lvs.asked if asked[1] == "client_witness"][-1]
    assert stopped[3]["state"] == "stopped"


def test_what_can_be_undone_serves_again_and_is_the_last_one(lvs: Lvs, tmp_path: Path) -> None:
    lvs.told[RS1].update(fails="command", why="it burns")
    run = rolling(lvs, tmp_path, lvs_undo=str(tmp_path / "undo.yml"))
    assert run.rc == 2, run.output
    assert worked(lvs) == [f"drained {RS1}", f"work {RS1}", f"present {RS1}"]
    assert "lvs_work failed on realserver1, was undone by lvs_undo, and it serves again" in said(run)


def test_failed_requests_stop_it(lvs: Lvs, tmp_path: Path) -> None:
    lvs.told[CLIENT]["witness"] = {"before": ["tcp x"], "outcomes": {"answered": 99, "timeout": 1}}
    run = rolling(lvs, tmp_path)
    assert run.rc == 2
    assert f"present {RS1}" in worked(lvs)
    assert "clients saw 1 requests fail, and lvs_tolerate accepts 0. No other batch was begun." in said(run)
    assert rolling(lvs, tmp_path, lvs_tolerate=3, lvs_batch="100%", lvs_min_active="0").rc == 0


def test_whoever_was_left_comes_first(lvs: Lvs, tmp_path: Path) -> None:
    for port in (23, 80):
        for director in (DIRECTOR, OTHER):
            lvs.pair.drained(director, RS2, port, by="bob at controller, rolling update")
    run = rolling(lvs, tmp_path)
    assert run.rc == 0, run.output
    assert [one for one in worked(lvs) if one.startswith("work")] == [
        f"work {host}" for host in (RS2, RS1, *list(RIPS)[2:])
    ]
    assert "realserver2: was left drained by bob at controller, rolling update since " in said(run)


def test_whoever_somebody_else_drained_is_left_alone(lvs: Lvs, tmp_path: Path) -> None:
    drained(lvs)
    run = rolling(lvs, tmp_path)
    assert (run.rc, lvs.did()) == (2, [])
    assert "realserver2: is drained by alice at controller" in said(run)
    assert "and not by this playbook. Fix: Restore it first, or leave it out with lvs_realservers." in said(run)


def test_slips_of_a_rolling_update_touch_no_host(site: Playbooks, tmp_path: Path) -> None:
    odd = {"lvs_work": str(tmp_path / "none.yml"), "lvs_settle": -1, "lvs_undo": "/"}
    run = site.run(EXAMPLE, "-e", json.dumps(odd), playbook=ROOT / "playbooks/rolling.yml")
    assert (run.rc, run.touched) == (2, False)
    for name in ("lvs_work: is no file of tasks", "lvs_undo: is no file of tasks", "lvs_settle: is out of bounds"):
        assert name in said(run)
