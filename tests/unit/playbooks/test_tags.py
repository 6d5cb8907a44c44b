# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of site.yml by --tags or --skip-tags: nobody is ready, and no VIP is taken, on trust alone.

The hosts have a Python that writes down which module it was to run, and how, and says what the test has it say.
docs/order.md has the table of what each tag does, which was seen on real kernels in part.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import with_python

RIPS = {"realserver1": "192.168.1.11", "realserver2": "192.168.1.12"}
HOSTS = ("director", *RIPS)

PYTHON = """#!{python}
import json, pathlib, re, sys
folder, host = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
sent = next(pathlib.Path(word) for word in sys.argv if "AnsiballZ_" in word)
module, text = sent.stem.removeprefix("AnsiballZ_"), sent.read_text()
kept, vips = (re.search(rf'"{{name}}": (\\[[^\\]]*\\])', text) for name in ("keep", "vips"))
with (folder / "asked").open("a") as asked:
    named = [json.loads(one[1]) if one else [] for one in (kept, vips)]
    entry = [host, module, '"_ansible_check_mode": true' in text, *named]
    asked.write(json.dumps(entry) + "\\n")
answers = json.loads((folder / "answers.json").read_text())
route = json.dumps([{{"dst": "192.168.1.11", "prefsrc": "192.168.1.9"}}], separators=(",", ":"))
state = "-absent" if '"state": "absent"' in text else ""
changed = module + state in answers.get(host, [])
told = {{name: answers[name] for name in ("left_over", "unserved")}}
if "removal_limit" in answers["refuses"] and module == "ipvs_table":
    allowed = re.search(r'"removal_limit": "([^"]*)"', text)[1]
    told.update({{}} if allowed == "100%" else {{"failed": True, "msg": "removal_limit: does not let so much go"}})
told.update(answers["claims"].get(host, {{}}) if module == "lvs_claims" else {{}})
told["invocation"] = {{"module_args": {{"vips": named[1]}}}}
print(json.dumps({{"changed": changed, "rc": 0, "stdout": route, "results": [], **told}}))
"""

ALONE = """
- hosts: directors
  gather_facts: false
  roles: [linuxvirtualserver.lvs.director]
"""

VIRGIN = {
    **{host: ["arp_hide", "vip_address"] for host in RIPS},
    "director": ["kernel_setup", "ipvs_table", "vip_address"],
}
# What a realserver of the example is set up with, and what it has none of, which is taken away at the end.
SET_UP = ["arp_hide", "vip_address", "default_gateway"]
UNWANTED = ["vip_route", "tunnel_decap"]
Asked = tuple[str, str, bool, list[str], list[str]]  # host, module, check mode, keep, vips


class Lvs:
    """Runs site.yml on the example, where these modules would still change something."""

    def __init__(self, site: Playbooks, folder: Path) -> None:
        self._site, self._folder = site, folder
        self._inventory = with_python(folder, HOSTS, PYTHON)

    def run(
        self,
        *words: str,
        missing: t.Mapping[str, list[str]],
        left_over: t.Sequence[str] = (),
        unserved: t.Sequence[str] = (),
        claims: t.Mapping[str, t.Any] | None = None,
        refuses: t.Sequence[str] = (),
        **more: t.Any,
    ) -> Run:
        refused = {"vips": list(unserved), "fwmarks": []}
        told = {"left_over": list(left_over), "unserved": refused, "claims": claims or {}, "refuses": list(refuses)}
        answers = json.dumps({**missing, **told})
        (self._folder / "answers.json").write_text(answers, encoding="utf-8")
        return self._site.run(EXAMPLE, "-i", str(self._inventory), *words, ANSIBLE_PIPELINING="false", **more)

    def asked(self) -> list[Asked]:
        path = self._folder / "asked"
        return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []

    def changing(self) -> dict[str, list[str]]:
        """The modules that were run for real on each host."""
        changing: dict[str, list[str]] = {}
        for host, module, check, _keep, _vips in self.asked():
            if not check and module not in ("command", "lvs_claims", "lvs_evidence"):
                changing.setdefault(host, []).append(module)
        return changing

    def waiting(self) -> set[str]:
        """The realservers that the table was to keep as they are."""
        (keep,) = (keep for _host, module, check, keep, _vips in self.asked() if module == "ipvs_table" and not check)
        return {host for host, rip in RIPS.items() if rip in keep}


@pytest.fixture
def lvs(site: Playbooks, tmp_path: Path) -> Lvs:
    return Lvs(site, tmp_path / "hosts")


def said(run: Run) -> str:
    return " ".join(run.output.split())


@pytest.mark.parametrize(
    "words",
    [
        ("--tags", "director"),
        ("--tags", "director_table"),
        ("--skip-tags", "realserver"),
    ],
    ids=" ".join,
)
def test_where_nothing_was_set_up_no_director_is_touched(lvs: Lvs, words: tuple[str, ...]) -> None:
    run = lvs.run(*words, missing=VIRGIN)
    assert "realserver1: realserver_arp is not as planned, and this run leaves it out" in said(run), run.output
    assert lvs.changing() == {}
    assert run.rc != 0


@pytest.mark.parametrize("tag", ["realserver_vip", "realserver_arp"])
def test_a_step_that_is_skipped_is_looked_at(lvs: Lvs, tag: str) -> None:
    run = lvs.run("--skip-tags", tag, missing={"realserver2": VIRGIN["realserver2"]})
    assert f"realserver2: {tag} is not as planned" in said(run), run.output
    assert lvs.waiting() == {"realserver2"}
    assert run.rc != 0


def test_who_is_as_planned_is_ready_and_nothing_is_changed_on_it(lvs: Lvs) -> None:
    run = lvs.run("--tags", "director", missing={})
    assert lvs.waiting() == set(), run.output
    assert list(lvs.changing()) == ["director"]
    assert run.rc == 0, run.output


def test_a_whole_run_looks_at_nothing_twice(lvs: Lvs) -> None:
    run = lvs.run(missing=VIRGIN)
    assert lvs.waiting() == set(), run.output
    assert lvs.changing() == {
        **{host: [*SET_UP, *UNWANTED] for host in RIPS},
        "director": [
            *("kernel_setup", "default_gateway", "firewall_rules", "vip_address", "ipvs_table"),
            *("keepalived", "vip_address"),
        ],
    }
    # But how much would go.
    assert [entry for entry in lvs.asked() if entry[2]] == [("director", "ipvs_table", True, [], [])]
    assert run.rc == 0, run.output


def test_an_inventory_that_would_empty_the_table_touches_no_host(lvs: Lvs) -> None:
    run = lvs.run(missing=VIRGIN, refuses=["removal_limit"])
    assert "removal_limit: does not let so much go" in said(run), run.output
    assert lvs.changing() == {}
    assert [entry for entry in lvs.asked() if entry[2]] == [("director", "ipvs_table", True, [], [])]
    assert run.rc != 0


def test_who_means_it_says_so_for_one_run(lvs: Lvs) -> None:
    run = lvs.run("-e", "lvs_removal=any", "--limit", "director", missing=VIRGIN, refuses=["removal_limit"])
    assert "ipvs_table" in lvs.changing()["director"], run.output
    assert run.rc == 0, run.output


def test_the_role_alone_asks_before_it_takes_a_vip(lvs: Lvs, tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text(ALONE, encoding="utf-8")
    run = lvs.run(missing=VIRGIN, refuses=["removal_limit"], playbook=playbook)
    assert lvs.changing()["director"] == ["kernel_setup", "default_gateway", "firewall_rules"], run.output
    assert run.rc != 0


def test_a_vip_waits_for_its_table(lvs: Lvs) -> None:
    refused = lvs.run("--tags", "director_vip", missing={"director": ["ipvs_table"]})
    assert "director: director_table is not as planned, and this run leaves it out, so no VIP is taken" in said(refused)
    assert lvs.changing() == {}, refused.output
    taken = lvs.run("--tags", "director_vip", missing={"director": ["vip_address"]})
    assert lvs.changing() == {"director": ["keepalived", "vip_address"]}, taken.output
    assert (refused.rc != 0, taken.rc) == (True, 0)
    # A realserver that is in no table yet is no reason to call it complete.
    assert [keep for _host, module, _check, keep, _vips in lvs.asked() if module == "ipvs_table"] == [[], []]


def test_a_director_alone_takes_no_vip_that_nobody_serves(lvs: Lvs) -> None:
    run = lvs.run("--limit", "director", missing=VIRGIN, unserved=["192.168.1.110"])
    assert "director: does not take 192.168.1.110, because the table has no realserver for it" in said(run), run.output
    assert lvs.waiting() == set(RIPS)
    assert [vips for _host, module, _check, _keep, vips in lvs.asked() if module == "vip_address"] == [[], []]
    assert run.rc != 0


def test_without_the_table_no_realserver_gives_anything_up(lvs: Lvs) -> None:
    """The director still forwards to it, whatever else it has done."""
    left = ["192.168.1.120 dev lo"]
    run = lvs.run("--skip-tags", "director_table", missing={}, left_over=left)
    kept = "may still forward to what is no longer in the inventory, so realservers keep it: 192.168.1.120 dev lo"
    assert kept in said(run), run.output
    assert lvs.changing()["realserver1"] == SET_UP
    whole = lvs.run(missing={}, left_over=left)
    assert kept not in said(whole)
    routes, tunnels = UNWANTED
    released = [routes, "vip_address", tunnels, "arp_hide"]
    assert lvs.changing()["realserver1"][len(SET_UP) :] == [*SET_UP, *released]


def test_a_part_of_a_realserver_concerns_no_director(lvs: Lvs) -> None:
    run = lvs.run("--tags", "realserver_arp", missing=VIRGIN)
    assert lvs.changing() == {host: ["arp_hide"] for host in RIPS}, run.output
    assert "keeps them as they are" not in said(run)
    assert run.rc == 0, run.output


CLASH = ["service tcp 192.168.1.110:80: belongs to the LVS web, set up by alice."]


@pytest.mark.parametrize(
    "claims",
    [{"problems": CLASH}, {"problems": 7, "adopted": {"a": "{{ lookup('pipe', 'id') }}"}}],
    ids=["clash", "lie"],
)
def test_a_host_that_has_something_otherwise_for_another_lvs_takes_no_part(lvs: Lvs, claims: object) -> None:
    """Whatever it says, and be it a lie, is of itself alone."""
    run = lvs.run(missing=VIRGIN, claims={"realserver1": claims})
    assert lvs.waiting() == {"realserver1"}, run.output
    assert "realserver1" not in lvs.changing()
    assert lvs.changing()["realserver2"][: len(SET_UP)] == SET_UP
    assert run.rc != 0
    assert "uid=" not in run.output


def test_without_a_director_that_may_forward_no_host_is_touched(lvs: Lvs) -> None:
    run = lvs.run(missing=VIRGIN, claims={"director": {"problems": CLASH}})
    assert CLASH[0] in said(run), run.output
    assert "director: no director is left in this run (see above), so no host was touched." in said(run)
    assert lvs.changing() == {}
    assert run.rc != 0


def test_teardown_does_not_pass_over_an_lvs_that_goes_by_another_name(lvs: Lvs) -> None:
    renamed = ["lvs_name: is new here, and this host knows it as web."]
    answers = {"director": {"problems": [*renamed, *CLASH], "staying": renamed}, "realserver1": {"problems": CLASH}}
    playbook = ROOT / "playbooks/teardown.yml"
    run = lvs.run("-e", "lvs_teardown=true", missing=VIRGIN, claims=answers, playbook=playbook)
    assert renamed[0] in said(run), run.output
    assert CLASH[0] not in said(run)
    assert lvs.changing() == {}
    assert run.rc != 0


def test_preflight_names_the_other_lvs_of_each_host(lvs: Lvs) -> None:
    mail, shop = ({"text": f"{name} (2 services; set up by bob)"} for name in ("mail", "shop"))
    answers = {"director": {"others": [mail, shop]}, "realserver2": {"others": [mail]}}
    run = lvs.run(missing=VIRGIN, claims=answers, playbook=ROOT / "playbooks/preflight.yml")
    # Hosts answer in any order.
    named = sorted(line.strip() for line in run.output.splitlines() if "other LVS on this host" in line)
    assert named == [
        "director: other LVS on this host: mail (2 services; set up by bob)",
        "director: other LVS on this host: shop (2 services; set up by bob)",
        "realserver2: other LVS on this host: mail (2 services; set up by bob)",
    ], run.output


def test_topology_says_below_the_picture_who_else_is_there_when_it_is_to_ask(lvs: Lvs) -> None:
    answers = {"director": {"others": [{"text": "mail (2 services; set up by {{ lookup('pipe', 'id') }})"}]}}
    playbook = ROOT / "playbooks/topology.yml"
    drawn = lvs.run("-e", "lvs_topology_ask=true", missing={}, claims=answers, playbook=playbook)
    assert drawn.rc == 0, drawn.output
    picture, _line, below = drawn.output.partition("director: other LVS on this host: mail (2 services; set up by {{")
    assert "+--dr-->  realserver1" in picture
    assert below
    assert "uid=" not in drawn.output
    assert {module for _host, module, *_rest in lvs.asked()} == {"lvs_claims"}


def test_a_director_that_cannot_be_reached_keeps_no_realserver_from_being_ready(lvs: Lvs, tmp_path: Path) -> None:
    far = tmp_path / "far.json"
    far.write_text(json.dumps({"all": {"hosts": {"director": {"ansible_connection": "ssh"}}}}), encoding="utf-8")
    run = lvs.run("-i", str(far), missing=VIRGIN)
    assert "no director is left" not in run.output
    assert lvs.changing() == dict.fromkeys(RIPS, SET_UP), run.output
    assert run.rc != 0
