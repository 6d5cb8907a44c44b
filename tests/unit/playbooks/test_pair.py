# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two directors that share their VIPs: who is changed when, and what is kept when one of them fails.

The directors have a Python that writes down what it was to run and says what the test has it say. Each way in which a
pair can be met is a set of directors of its own, and all of them are in one inventory: the role runs once for them all.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import with_python

Answers = dict[str, t.Any]
CLIENT, MACS = "client", ("02:00:00:00:00:09", "02:00:00:00:00:08")
PYTHON = """#!{python}
import json, pathlib, re, sys
folder, host = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
text = sys.stdin.read()
module = re.search(r"[.]modules[.](\\w+)", text)[1]
check = '"_ansible_check_mode": true' in text
lists = {{name: json.loads(found[1]) for name in ("addresses", "keep", "forget", "vips")
         if (found := re.search(rf'"{{name}}": (\\[[^\\]]*\\])', text))}}
state = "absent" if '"state": "absent"' in text else "present"
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps([host, module, check, state, lists]) + "\\n")
found = json.loads((folder / "answers.json").read_text()).get(host, {{}})
answer = {{"changed": False, "rc": 0, "stdout": "[]", "results": [], "left_over": [],
          "stat": {{"exists": "/usr/sbin/keepalived" in text}},
          "unserved": {{"vips": found.get("unserved", []), "fwmarks": []}}}}
if module == "keepalived":
    holds = found.get("holds", []) if check else found.get("then", found.get("holds", []))
    answer.update(holds=holds, ready=bool(holds) or check, before={{"active": found.get("active", True)}})
    answer.update(lead=found["lead"], known=found.get("known", True), switch=f"{{folder / host}}.switch")
    if not check and found.get("fails"):
        answer.update(failed=True, msg=found["fails"])
if module == "ipvs_info":
    active, inactive = found.get("connections", [0, 0])
    mine = {{"service": f"tcp {{found['lead']}}:80", "realservers": [{{"active": active, "inactive": inactive}}]}}
    # The other LVS of these directors, which has them the other way round.
    other = {{"service": "tcp 192.168.1.250:80", "realservers": [{{"active": 200 - 2 * active, "inactive": 1000}}]}}
    answer["states"] = [mine, other, {{"service": "tcp 192.168.1.251:80", "realservers": []}}]
if module == "command" and found.get("lost"):
    answer.update(failed=True, rc=2, msg="it burns")
elif module == "command":
    nic = {{"ifname": "eth0", "address": "02:00:00:00:00:09", "addr_info": [{{"local": found["lead"]}}]}}
    lo = {{"ifname": "lo", "address": "00:00:00:00:00:00", "addr_info": [{{"local": "127.0.0.1"}}]}}
    answer["stdout"] = json.dumps([lo, nic])
if module == "client_probe":
    answer["neighbours"] = [{{"mac": found["mac"]}}]
    answer["results"] = [{{"connections": [{{"outcome": "answered"}}]}}]
print(json.dumps(answer))
"""
# Of the role what sees to VIPs, and nothing before it but the table.
PLAY = [
    {
        "hosts": "directors",
        "gather_facts": False,
        "vars": {"__director_removal": True, "__director_left_out": []},
        "tasks": [
            {
                "import_tasks": str(ROOT / "playbooks/tasks/plan.yml"),
                "vars": {"lvs_wanted_services": "{{ lvs_services }}"},
            },
            *(
                {"import_role": {"name": "linuxvirtualserver.lvs.director", "tasks_from": step}}
                for step in ("release", "table", "standby", "vip", "failover")
            ),
        ],
    }
]


class Pair(t.NamedTuple):
    """Two directors that share two VIPs, or did so, and what each of them answers."""

    number: int
    first: Answers
    second: Answers
    sharing: bool = True  # else all of the services are the first one's

    @property
    def vips(self) -> list[str]:
        return [f"192.168.1.{100 + 2 * self.number + one}" for one in (0, 1)]

    @property
    def dips(self) -> dict[str, str]:
        """By director."""
        return {f"pair{self.number}-{one}": f"192.168.1.{10 + 2 * self.number + one}" for one in (1, 2)}

    @property
    def directors(self) -> list[str]:
        return [*self.dips]

    def services(self) -> list[Answers]:
        having = self.directors if self.sharing else self.directors[:1]
        return [{"vip": vip, "port": 80, "realservers": "realservers", "directors": having} for vip in self.vips]

    def hosts(self) -> dict[str, Answers]:
        said = {"by": "vrrp", "router_id": self.number, "sync": {"interface": "eth1"}}
        more = {"lvs_failover": said} if self.sharing else {}
        return {host: {"lvs_dip": f"{dip}/24", **more} for host, dip in self.dips.items()}

    def answers(self) -> dict[str, Answers]:
        """VIPs are told by their number."""
        return {
            host: {"lead": self.vips[0], **{key: self._meant(key, value) for key, value in told.items()}}
            for host, told in zip(self.dips, (self.first, self.second), strict=True)
        }

    def _meant(self, key: str, value: t.Any) -> t.Any:
        return [self.vips[one] for one in value] if key in ("holds", "then", "unserved") else value


BOTH, NONE = (0, 1), ()
SERVES: Answers = {"holds": BOTH}
ALONE: Answers = {"holds": BOTH, "active": False}

AT_WORK = Pair(1, SERVES, {})
NOT_READY = Pair(2, SERVES, {"fails": "it burns"})
JOINING = Pair(3, SERVES, {"known": False})
BECOMES_TWO = Pair(4, ALONE, {"then": BOTH})
TAKES_NOTHING = Pair(5, ALONE, {"then": NONE})
BECOMES_ONE = Pair(6, SERVES, {}, sharing=False)
LEFT_OUT = Pair(7, SERVES, {}, sharing=False)  # the second one, of this run
HALF_SERVED = Pair(8, {"holds": (1,), "unserved": (0,)}, {"unserved": (0,)})
UNSERVED = Pair(9, {"unserved": BOTH}, {"unserved": BOTH})
PAIRS = (*(AT_WORK, NOT_READY, JOINING, BECOMES_TWO, TAKES_NOTHING, BECOMES_ONE, LEFT_OUT, HALF_SERVED, UNSERVED),)


class Asked(t.NamedTuple):
    """What a host was to run."""

    host: str
    module: str
    check: bool
    state: str
    lists: dict[str, list[str]]


class Lvs:
    """An LVS of such pairs."""

    def __init__(self, folder: Path, *pairs: Pair) -> None:
        self._site, self._folder, self.pairs = Playbooks(folder), folder / "hosts", pairs
        self._directors = {host: told for pair in pairs for host, told in pair.hosts().items()}
        self._hosts = with_python(self._folder, (*self._directors, CLIENT), PYTHON)
        self._path = self._folder / "lvs.json"
        inventory = {
            "vars": {"lvs_services": [service for pair in pairs for service in pair.services()]},
            "children": {
                "directors": {"hosts": self._directors},
                "clients": {"hosts": {CLIENT: {}}},
                "realservers": {"hosts": {"realserver1": {"lvs_rip": "192.168.1.9/24"}}},
            },
        }
        self._path.write_text(json.dumps({"all": inventory}), encoding="utf-8")

    def run(self, *words: str, playbook: Path, but: str = "", mac: str = MACS[0]) -> Run:
        """Run a playbook on all hosts but one."""
        answers = {host: told for pair in self.pairs for host, told in pair.answers().items()}
        (self._folder / "answers.json").write_text(json.dumps({**answers, CLIENT: {"mac": mac}}), encoding="utf-8")
        (self._folder / "asked").unlink(missing_ok=True)
        limit = ",".join(host for host in (*self._directors, CLIENT) if host != but)
        arguments = ("-i", str(self._hosts), "--limit", limit, *words)
        return self._site.run(self._path, *arguments, playbook=playbook, ANSIBLE_PIPELINING="true")

    def role(self, *words: str, but: str = "") -> Run:
        """Run what sees to VIPs."""
        play = self._folder / "play.json"
        play.write_text(json.dumps(PLAY), encoding="utf-8")
        return self.run(*words, playbook=play, but=but)

    @property
    def asked(self) -> list[Asked]:
        return [Asked(*json.loads(line)) for line in (self._folder / "asked").read_text().splitlines()]


class Told(t.NamedTuple):
    """What a run said and did."""

    said: str
    asked: list[Asked]

    def did(self, pair: Pair) -> list[Asked]:
        """What was run for real on a pair, and concerns its VIPs."""
        wanted = ("keepalived", "vip_address", "ipvs_sync", "ipvs_table")
        return [one for one in self.asked if one.host in pair.dips and one.module in wanted and not one.check]

    def order(self, pair: Pair) -> list[tuple[int, str, str]]:
        """The same in short, after the table: the director's number, module and state."""
        did = self.did(pair)
        last = max(number for number, one in enumerate(did) if one.module == "ipvs_table")
        return [(pair.directors.index(one.host) + 1, one.module, one.state) for one in did[last + 1 :]]

    def keepalived(self, pair: Pair) -> list[Asked]:
        return [one for one in self.did(pair) if one.module == "keepalived"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    lvs = Lvs(tmp_path_factory.mktemp("pairs"), *PAIRS)
    run = lvs.role(but=LEFT_OUT.directors[1])
    return Told(" ".join(run.output.split()), lvs.asked)


def test_the_one_that_serves_comes_last(told: Told) -> None:
    order = told.order(AT_WORK)
    assert [order[0], *sorted(order[1:3]), *order[3:]] == [
        (2, "keepalived", "present"),
        (1, "vip_address", "present"),
        (2, "vip_address", "present"),
        (1, "keepalived", "present"),
    ]
    assert [one.lists["addresses"] for one in told.keepalived(AT_WORK)] == [AT_WORK.vips] * 2
    assert {*AT_WORK.dips.values()} <= {*told.keepalived(AT_WORK)[0].lists["forget"]}
    taken = [one for one in told.did(AT_WORK) if one.module == "vip_address" and one.state == "present"]
    assert [one.lists["vips"] for one in taken] == [[], []]


def test_the_one_that_serves_is_left_alone_while_another_is_not_ready(told: Told) -> None:
    one, other = NOT_READY.directors
    assert f"{one} has the VIPs and keeps them as they are, because {other} is not ready to take them" in told.said
    assert told.order(NOT_READY) == [(2, "keepalived", "present")]


def test_the_one_that_serves_is_told_who_joins(told: Told) -> None:
    """Before that one begins, which would hear nobody and take the VIPs as well."""
    assert told.order(JOINING)[:2] == [(1, "keepalived", "present"), (2, "keepalived", "present")]


def test_one_becomes_two(told: Told) -> None:
    """Its VIP is its own, without keepalived: it gives it up when another one has it."""
    order = told.order(BECOMES_TWO)
    assert order[:2] == [(1, "ipvs_sync", "present"), (2, "keepalived", "present")]
    assert (1, "vip_address", "present") in order[2:-1]
    assert order[-1] == (1, "keepalived", "present")


def test_one_keeps_its_vip_until_another_has_taken_it(told: Told) -> None:
    one, _other = TAKES_NOTHING.directors
    why = "because no other director is ready to take them"
    assert f"{one} has the VIPs and keeps them as they are, {why}" in told.said
    assert [done for done in told.order(TAKES_NOTHING) if done[0] == 1] == [(1, "ipvs_sync", "present")]


def test_two_become_one(told: Told) -> None:
    """The other one leaves while it has its table; else it would take the VIPs without one."""
    one, other = BECOMES_ONE.directors
    left, *_again, stays = sorted(told.keepalived(BECOMES_ONE), key=lambda asked: asked.host == one)
    assert (left.host, left.state, stays.host, stays.state) == (other, "absent", one, "absent")
    tables = [number for number, asked in enumerate(told.asked) if asked.module == "ipvs_table"]
    assert told.asked.index(left) < min(tables)
    assert stays.lists["keep"] == BECOMES_ONE.vips
    assert {*BECOMES_ONE.dips.values()} <= {*stays.lists["forget"]}
    taken = [asked for asked in told.did(BECOMES_ONE) if (asked.host, asked.module) == (one, "vip_address")]
    assert sorted(taken[-1].lists["vips"]) == BECOMES_ONE.vips
    assert told.asked.index(stays) < told.asked.index(taken[-1])


def test_of_a_director_that_this_run_leaves_out_it_is_asked_whether_it_takes_part(told: Told) -> None:
    (stays,) = told.keepalived(LEFT_OUT)
    assert [dip in stays.lists["forget"] for dip in LEFT_OUT.dips.values()] == [True, False]


def test_a_vip_without_a_realserver_is_moved_by_nobody(told: Told) -> None:
    one, other = HALF_SERVED.directors
    waits, served = HALF_SERVED.vips
    assert f"{one}: does not take {waits}, because the table has no realserver for it" in told.said
    moved = [(asked.host, asked.lists["addresses"]) for asked in told.keepalived(HALF_SERVED)]
    assert moved == [(other, [served]), (one, [served])]
    left = [(asked.host, asked.state, asked.lists["keep"]) for asked in told.keepalived(UNSERVED)]
    assert sorted(left) == [(host, "absent", []) for host in UNSERVED.directors]


def test_what_becomes_two_is_foreseen(tmp_path: Path) -> None:
    lvs = Lvs(tmp_path, BECOMES_TWO)
    run = lvs.role("--check")
    assert run.rc == 0, run.output
    assert {asked.module for asked in lvs.asked if not asked.check} == set()


def switch(tmp_path: Path, first: Answers, second: Answers, mac: str = MACS[0]) -> tuple[Run, list[tuple[int, str]]]:
    """What the playbook failover says, and where it wrote a switch or ran a command for it."""
    lvs = Lvs(tmp_path, Pair(1, first, second))
    (pair,) = lvs.pairs
    run = lvs.run("-e", f"lvs_to={pair.directors[1]}", playbook=ROOT / "playbooks/failover.yml", mac=mac)
    last = max(number for number, one in enumerate(lvs.asked) if one.module == "ipvs_info")
    done = [one for one in lvs.asked[last:] if one.module in ("copy", "command") and not one.check]
    return run, [(pair.directors.index(one.host) + 1, one.module) for one in done]


def test_a_planned_failover_breaks_no_connection_unasked(tmp_path: Path) -> None:
    run, done = switch(tmp_path, {"holds": BOTH, "connections": (100, 50)}, {"connections": (0, 90)})
    assert "pair1-2 knows 90 connections, and pair1-1 has 100 established" in " ".join(run.output.split()), run.output
    assert (run.rc != 0, done) == (True, [])


def test_whatever_fails_leaves_no_director_drained(tmp_path: Path) -> None:
    run, done = switch(tmp_path, SERVES, {"lost": True})
    # It has seen to it before that it stands by again.
    assert done[:3] == [(1, "command"), (1, "copy"), (2, "command")], run.output
    assert run.rc != 0


def test_a_planned_failover_is_proved_by_a_client(tmp_path: Path) -> None:
    known = {"connections": (5, 90)}
    run, done = switch(tmp_path, {"holds": BOTH, "connections": (100, 50)}, known, mac=MACS[1])
    assert done == [(1, "command"), (1, "copy"), (2, "command"), (1, "copy")], run.output
    said = " ".join(run.output.split())
    assert f"client is not served by pair1-2: it takes {MACS[1]} for the VIPs" in said, run.output
    assert run.rc != 0
