# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml on two directors that share their VIPs: who is changed when, and what is kept when one of them fails.

The directors have a Python that writes down what it was to run and says what the test has it say.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import with_python

ONE, OTHER = "director1", "director2"
DIPS = {ONE: "192.168.1.8", OTHER: "192.168.1.9"}
CLIENT, MACS = "client", ("02:00:00:00:00:09", "02:00:00:00:00:08")
VIPS = ["192.168.1.110", "192.168.1.111"]
PYTHON = """#!{python}
import json, pathlib, re, sys
folder, host = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
sent = next(pathlib.Path(word) for word in sys.argv if "AnsiballZ_" in word)
module, text = sent.stem.removeprefix("AnsiballZ_"), sent.read_text()
check = '"_ansible_check_mode": true' in text
lists = {{name: json.loads(found[1]) for name in ("addresses", "keep", "forget", "vips")
         if (found := re.search(rf'"{{name}}": (\\[[^\\]]*\\])', text))}}
state = "absent" if '"state": "absent"' in text else "present"
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps([host, module, check, state, lists]) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
answer = {{"changed": False, "rc": 0, "stdout": "[]", "results": [], "left_over": [],
          "stat": {{"exists": "/usr/sbin/keepalived" in text}},
          "unserved": {{"vips": answers["unserved"], "fwmarks": []}}}}
if module == "keepalived":
    found = {{"holds": [], "active": True, **answers.get(host, {{}})}}
    holds = found["holds"] if check else found.get("then", found["holds"])
    answer.update(holds=holds, ready=bool(holds) or check, lead="192.168.1.110", before={{"active": found["active"]}})
    answer["known"] = found.get("known", True)
    answer["switch"] = f"{{folder / host}}.switch"
    if not check and found.get("fails"):
        answer.update(failed=True, msg=found["fails"])
if module == "ipvs_info":
    active, inactive = answers.get(host, {{}}).get("connections", [0, 0])
    answer["states"] = [{{"realservers": [{{"active": active, "inactive": inactive}}]}}, {{"realservers": []}}]
if module == "command" and answers.get(host, {{}}).get("lost"):
    answer.update(failed=True, rc=2, msg="it burns")
elif module == "command":
    nic = {{"ifname": "eth0", "address": "02:00:00:00:00:09", "addr_info": [{{"local": "192.168.1.110"}}]}}
    lo = {{"ifname": "lo", "address": "00:00:00:00:00:00", "addr_info": [{{"local": "127.0.0.1"}}]}}
    answer["stdout"] = json.dumps([lo, nic])
if module == "client_probe":
    answer["neighbours"] = [{{"mac": answers["mac"]}}]
    answer["results"] = [{{"connections": [{{"outcome": "answered"}}]}}]
print(json.dumps(answer))
"""


class Pair:
    """Two directors, as they are told to be."""

    def __init__(self, site: Playbooks, folder: Path) -> None:
        self._site, self.folder = site, folder
        self._hosts = with_python(folder, (*DIPS, CLIENT), PYTHON)

    def run(
        self,
        *words: str,
        directors: t.Sequence[str] = (ONE, OTHER),
        unserved: t.Sequence[str] = (),
        mac: str = MACS[0],
        playbook: str = "site.yml",
        of_service: t.Sequence[str] = (),
        **found: dict[str, t.Any],
    ) -> Run:
        """Run site.yml on the directors alone. `of_service`: those that the services have, if not all."""
        several = {"lvs_failover": {"by": "vrrp", "router_id": 51, "sync": {"interface": "eth1"}}}
        more = {"directors": [*of_service]} if of_service else {}
        services = [{"vip": vip, "port": 80, "realservers": "realservers", **more} for vip in VIPS]
        inventory = {
            "vars": {"lvs_services": services},
            "children": {
                "directors": {
                    "hosts": {host: {"lvs_dip": f"{DIPS[host]}/24"} for host in directors},
                    "vars": several if len(of_service or directors) > 1 else {},
                },
                "clients": {"hosts": {CLIENT: {}}},
                "realservers": {"hosts": {"realserver1": {"lvs_rip": "192.168.1.11/24"}}},
            },
        }
        path = self.folder / "lvs.json"
        path.write_text(json.dumps({"all": inventory}), encoding="utf-8")
        answers = {**found, "unserved": list(unserved), "mac": mac}
        (self.folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
        (self.folder / "asked").unlink(missing_ok=True)
        limit = ("--limit", ",".join((*directors, CLIENT)))
        arguments = ("-i", str(self._hosts), *limit, *words)
        return self._site.run(path, *arguments, playbook=ROOT / playbook, ANSIBLE_PIPELINING="false")

    def did(self, *, before: bool = False) -> list[tuple[str, str, str, dict[str, list[str]]]]:
        """What was run for real and concerns the VIPs, after the table or before it: host, module, state and lists."""
        asked = [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]
        tables = [number for number, one in enumerate(asked) if one[1] == "ipvs_table" and not (before and one[2])]
        wanted = ("keepalived", "vip_address", "ipvs_sync")
        part = asked[: min(tables)] if before else asked[max(tables) + 1 :]
        return [(host, module, *told) for host, module, check, *told in part if module in wanted and not check]

    def order(self) -> list[tuple[str, str, str]]:
        """The same in short."""
        return [one[:3] for one in self.did()]


@pytest.fixture
def pair(site: Playbooks, tmp_path: Path) -> Pair:
    return Pair(site, tmp_path / "hosts")


def said(run: Run) -> str:
    return " ".join(run.output.split())


def test_the_one_that_serves_comes_last(pair: Pair) -> None:
    run = pair.run(director1={"holds": VIPS})
    assert run.rc == 0, run.output
    taken = [(host, module) for host, module, _state in pair.order()]
    assert taken[0] == (OTHER, "keepalived")
    assert sorted(taken[1:3]) == [(ONE, "vip_address"), (OTHER, "vip_address")]
    assert taken[3:] == [(ONE, "keepalived")]
    for _host, module, state, lists in pair.did():
        if module == "keepalived":
            assert (state, lists["addresses"], lists["forget"]) == ("present", VIPS, [*DIPS.values()])
        else:
            assert lists["vips"] == []


def test_the_one_that_serves_is_left_alone_while_another_is_not_ready(pair: Pair) -> None:
    run = pair.run(director1={"holds": VIPS}, director2={"fails": "it burns"})
    assert "director1 has the VIPs and keeps them as they are, because director2 is not ready to take them" in said(run)
    assert pair.order() == [(OTHER, "keepalived", "present")]
    assert run.rc != 0


def test_the_one_that_serves_is_told_who_joins(pair: Pair) -> None:
    """Before that one begins, which would hear nobody and take the VIPs as well."""
    run = pair.run(director1={"holds": VIPS}, director2={"known": False})
    assert run.rc == 0, run.output
    assert pair.order()[:2] == [(ONE, "keepalived", "present"), (OTHER, "keepalived", "present")]


@pytest.mark.parametrize("takes", [True, False])
def test_one_becomes_two(pair: Pair, takes: bool) -> None:
    """Its VIP is its own, without keepalived: it gives it up when another one has it, and not before."""
    run = pair.run(director1={"holds": VIPS, "active": False}, director2={"then": VIPS if takes else []})
    order = pair.order()
    assert order[:2] == [(ONE, "ipvs_sync", "present"), (OTHER, "keepalived", "present")]
    if takes:
        assert run.rc == 0, run.output
        assert order[-1] == (ONE, "keepalived", "present")
        assert (ONE, "vip_address", "present") in order[2:-1]
    else:
        assert (
            "director1 has the VIPs and keeps them as they are, because no other director is ready to take them"
            in said(run)
        )
        assert ONE not in [host for host, *_rest in order[2:]]


def test_what_becomes_two_is_foreseen(pair: Pair) -> None:
    run = pair.run(playbook="playbooks/preflight.yml", director1={"holds": VIPS, "active": False})
    assert "keeps them as they are" not in said(run), run.output
    needs = "director1: IP protocol 112 from 192.168.1.9; UDP port 8848 to 224.0.0.81 on eth1, and from nobody else"
    assert needs in said(run), run.output
    assert pair.order() == []


def test_two_become_one(pair: Pair) -> None:
    run = pair.run(directors=[ONE])
    assert run.rc == 0, run.output
    left, taken = pair.did()
    assert (left[:3], left[3]["keep"], left[3]["forget"]) == ((ONE, "keepalived", "absent"), VIPS, [DIPS[ONE]])
    assert (taken[:3], sorted(taken[3]["vips"])) == ((ONE, "vip_address", "present"), VIPS)


def test_one_that_has_no_part_any_more_leaves_while_it_has_its_table(pair: Pair) -> None:
    """Else it would take the VIPs, without a table, when the other one ends its keepalived without a word."""
    run = pair.run(of_service=[ONE])
    assert run.rc == 0, run.output
    left = [(host, state) for host, module, state, _lists in pair.did(before=True) if module == "keepalived"]
    assert left == [(OTHER, "absent")]
    (kept,) = [lists for host, module, _state, lists in pair.did() if (host, module) == (ONE, "keepalived")]
    assert (kept["keep"], kept["forget"]) == (VIPS, [*DIPS.values()])


def test_of_a_director_that_this_run_leaves_out_it_is_asked_whether_it_takes_part(pair: Pair) -> None:
    run = pair.run("--limit", ONE, of_service=[ONE])
    assert run.rc == 0, run.output
    (left,) = [lists for _host, module, _state, lists in pair.did() if module == "keepalived"]
    assert left["forget"] == [DIPS[ONE]]


def test_a_vip_without_a_realserver_is_moved_by_nobody(pair: Pair) -> None:
    run = pair.run(unserved=VIPS[:1], director1={"holds": VIPS[1:]})
    assert "does not take 192.168.1.110, because the table has no realserver for it" in said(run), run.output
    moved = [(host, lists["addresses"]) for host, module, _state, lists in pair.did() if module == "keepalived"]
    assert moved == [(OTHER, VIPS[1:]), (ONE, VIPS[1:])]
    run = pair.run(unserved=VIPS)
    left = [(host, state, lists["keep"]) for host, module, state, lists in pair.did() if module == "keepalived"]
    assert sorted(left) == [(ONE, "absent", []), (OTHER, "absent", [])]
    assert run.rc != 0


FAILOVER: dict[str, t.Any] = {"playbook": "playbooks/failover.yml"}
SWITCH = ("-e", f"lvs_to={OTHER}")


def switched(pair: Pair) -> list[tuple[str, str]]:
    """Where a switch was written, and a command was run for it."""
    asked = [json.loads(line) for line in (pair.folder / "asked").read_text().splitlines()]
    last = max(number for number, one in enumerate(asked) if one[1] == "ipvs_info")
    return [
        (host, module) for host, module, check, *_rest in asked[last:] if module in ("copy", "command") and not check
    ]


@pytest.mark.parametrize(
    ("known", "does"),
    [((5, 90), True), ((0, 90), False)],
)
def test_a_planned_failover_breaks_no_connection_unasked(pair: Pair, known: tuple[int, int], does: bool) -> None:
    serving = {"holds": VIPS, "connections": [100, 50]}
    run = pair.run(*SWITCH, **FAILOVER, director1=serving, director2={"connections": known})
    assert (run.rc == 0) is does, run.output
    did = [(ONE, "command"), (ONE, "copy"), (OTHER, "command"), (ONE, "copy")]
    assert switched(pair) == (did if does else [])
    assert ("director2 knows 90 connections, and director1 has 100 established" in said(run)) is not does


def test_whatever_fails_leaves_no_director_drained(pair: Pair) -> None:
    run = pair.run(*SWITCH, **FAILOVER, director1={"holds": VIPS}, director2={"lost": True})
    # It has seen to it before that it stands by again.
    assert switched(pair)[:3] == [(ONE, "command"), (ONE, "copy"), (OTHER, "command")], run.output
    assert run.rc != 0


def test_a_planned_failover_is_proved_by_a_client(pair: Pair) -> None:
    run = pair.run(*SWITCH, **FAILOVER, director1={"holds": VIPS}, mac=MACS[1])
    assert "client is not served by director2: it takes 02:00:00:00:00:08 for the VIPs" in said(run), run.output
    assert run.rc != 0
