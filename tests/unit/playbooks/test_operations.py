# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks drain and restore do on which director in which order, and what they say.

The hosts have a Python that keeps the table of a director in a file and changes it as ipvs_dest would.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import payload, with_python
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    DIRECTOR,
    OTHER,
    RIPS,
    RS1,
    RS2,
    VIP,
    Pair,
)

Data = dict[str, t.Any]
CLIENT = "client"
PYTHON = """#!{python}
import json, pathlib, re, sys
folder, host = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
text = sys.stdin.read()
module = re.search(r"[.]modules[.](\\w+)", text)[1]
check = '"_ansible_check_mode": true' in text
told = {{name: found[1] for name in ("state", "rip", "port", "wait_for", "on_timeout")
        if (found := re.search(rf'"{{name}}": "([^"]*)"', text))}}
weight = re.search(r'"weight": (\\d+)', text)
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps([host, module, check, told, weight and int(weight[1])]) + "\\n")
state = json.loads((folder / f"{{host}}.json").read_text())
answer = {{"changed": False, "invocation": {{}}, "evidence": state.get("evidence"), "left_over": [], "results": []}}
if state.get("fails") == module:
    answer.update(failed=True, msg=state["why"])
elif module == "ipvs_dest":
    drained = state["evidence"]["drained"]
    for service in state["evidence"]["ipvs"]["services"]:
        for one in service["realservers"]:
            if (one["rip"], str(one["port"])) == (told["rip"], told["port"]):
                name = {{"service": f"tcp {{service['vip']}}:{{service['port']}}",
                        "realserver": f"{{one['rip']}}:{{one['port']}}"}}
                answer["before"] = dict(one)
                former = [had["weight"] for had in drained if name.items() <= had.items()]
                if told["state"] == "drained":
                    if one["weight"]:
                        drained.append({{**name, "weight": one["weight"], "by": "bob", "since": 1796000000}})
                    one["weight"] = 0
                else:
                    one["weight"] = int(weight[1]) if weight else former[0]
                    state["evidence"]["drained"] = [had for had in drained if not name.items() <= had.items()]
                answer["after"] = dict(one)
    left = state.get("left", [])
    now = left.pop(0) if left and told.get("wait_for") != "none" else (left or [0])[0]
    answer.update(drained=not now, connections={{"states": {{"ESTABLISHED": now}}, "templates": 0}})
    if not check:
        (folder / f"{{host}}.json").write_text(json.dumps(state))
elif module == "client_probe":
    answer["results"] = [{{"connections": [{{"outcome": state.get("outcome", "refused")}}]}}] * 9
elif module == "client_witness":
    answer.update(state.get("witness", {{"runs": True, "outcomes": {{"answered": 40}}}}))
elif module == "ipvs_trial":
    answer["states"] = [{{"service": f"tcp 192.168.1.110:{{port}}", "counters": {{"connections": 1}}}}
                        for port in range(61000, 61009)]
print(json.dumps(answer))
"""


class Lvs:
    """A pair of directors with their tables in files."""

    def __init__(self, folder: Path) -> None:
        self._site, self._folder, self.pair = Playbooks(folder), folder / "hosts", Pair()
        hosts = (DIRECTOR, OTHER, *RIPS, CLIENT)
        self._hosts, self._path = with_python(self._folder, hosts, PYTHON), folder / "lvs.json"
        self.told: dict[str, Data] = {host: {} for host in hosts}
        for director in (DIRECTOR, OTHER):
            self.pair.seen(director).setdefault("drained", [])
        directors = {DIRECTOR: "192.168.1.9/24", OTHER: "192.168.1.8/24"}
        services = [{"name": name, "vip": VIP, "port": port} for name, port in (("telnet", 23), ("http", 80))]
        inventory = {
            "vars": {"lvs_services": services, "lvs_failover": {"by": "vrrp", "router_id": 5}},
            "children": {
                "directors": {"hosts": {host: {"lvs_dip": dip} for host, dip in directors.items()}},
                "realservers": {"hosts": {host: {"lvs_rip": f"{rip}/24"} for host, rip in RIPS.items()}},
                "clients": {"hosts": {CLIENT: {}}},
            },
        }
        self._path.write_text(json.dumps({"all": inventory}), encoding="utf-8")

    def run(self, playbook: str, *words: str, **variables: object) -> Run:
        for host, told in self.told.items():
            evidence = self.pair.looked.get(host, {"evidence": {}})["evidence"]
            (self._folder / f"{host}.json").write_text(json.dumps({"evidence": evidence, **told}), encoding="utf-8")
        (self._folder / "asked").write_text("", encoding="utf-8")
        words = ("-i", str(self._hosts), "-e", json.dumps(variables), *words)
        return self._site.run(
            self._path, *words, playbook=ROOT / f"playbooks/{playbook}.yml", ANSIBLE_PIPELINING="true"
        )

    @property
    def asked(self) -> list[list[t.Any]]:
        return [json.loads(line) for line in (self._folder / "asked").read_text().splitlines()]

    def did(self) -> list[tuple[str, str, str]]:
        """By which director, to which realserver and port: what ipvs_dest was to do, but for waiting."""
        return [
            (host, told["state"], f"{told['rip']}:{told['port']}")
            for host, module, check, told, _weight in self.asked
            if module == "ipvs_dest"
            and not check
            and told.get("wait_for", "none") == "none"
            and "on_timeout" not in told
        ]

    def weights(self, director: str) -> list[int]:
        """Those of realserver2, of telnet and http, after the run."""
        table = json.loads((self._folder / f"{director}.json").read_text())["evidence"]["ipvs"]["services"]
        return [one["weight"] for service in table for one in service["realservers"] if one["rip"] == RIPS[RS2]]


@pytest.fixture
def lvs(tmp_path: Path) -> Lvs:
    return Lvs(tmp_path)


def said(run: Run) -> str:
    return " ".join(run.output.split())


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
    for playbook in ("drain", "restore"):
        run = lvs.run(playbook, lvs_realservers=RS2)
        assert (run.rc, lvs.did()) == (2, [])
        assert "director2: it burns. Fix: All directors have to take part" in said(run)


def test_a_director_that_limit_leaves_out_changes_nothing(lvs: Lvs) -> None:
    run = lvs.run("drain", "--limit", f"!{OTHER}", lvs_realservers=RS2)
    assert (run.rc, lvs.did()) == (2, [])
    assert "director2: it was not looked at" in said(run)


def drained(lvs: Lvs) -> None:
    for director in (DIRECTOR, OTHER):
        for port in (23, 80):
            lvs.pair.drained(director, RS2, port)


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


def test_hosts_that_attack_are_shown_and_no_more(lvs: Lvs, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    lvs.pair.drained(OTHER, RS1, by=payload(mark))
    lvs.told[DIRECTOR].update(fails="ipvs_dest", why=payload(mark))
    lvs.run("drain", lvs_realservers=RS2, lvs_min_active="1")
    run = lvs.run("drain", lvs_realservers=RS2, lvs_min_active="1", lvs_together=True)
    assert run.rc == 2
    assert "What was drained stays so" in said(run)
    assert not mark.exists()


@pytest.mark.parametrize("playbook", ["drain", "restore"])
def test_a_slip_touches_no_host(site: Playbooks, playbook: str) -> None:
    run = site.run(EXAMPLE, "-e", "lvs_realservers=relserver2", playbook=ROOT / f"playbooks/{playbook}.yml")
    assert run.rc == 2
    assert not run.touched
    assert "Did you mean realserver2?" in run.output
    odd = {"drain": "lvs_wait=-1", "restore": "lvs_ramp=3601"}[playbook]
    run = site.run(EXAMPLE, "-e", "lvs_realservers=realserver2", "-e", odd, playbook=ROOT / f"playbooks/{playbook}.yml")
    assert (run.rc, run.touched) == (2, False)
    assert odd.replace("=", ": is no time ").split(" time")[0] in said(run)


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
    lvs.told[CLIENT]["witness"] = {"runs": True, "outcomes": {"answered": 99, "timeout": 1}}
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
