# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that a host says is executed on the controller, nor reaches a terminal as it is.

With the real ansible-playbook: the newest here, the oldest that we claim by tests/tools/units_oldest.sh. Before 2.19
every text of a variable is a template that nobody marked as none, so the oldest is the one that must be seen.
"""

from __future__ import annotations

import copy
import json
import stat
import typing as t
from pathlib import Path
from xml.parsers.expat import ParserCreate

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import (
    RAW,
    Answer,
    everywhere,
    payload,
    python_that_answers,
    ssh_that_says,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import Farm
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    HOSTVARS,
    service,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._verify.verify_world import World

HOSTS = ("director", "realserver1", "realserver2", "client")
PLAYBOOKS = ("verify", "doctor", "status", "site", "preflight", "teardown")
OF_HOSTS = ("site", "preflight", "teardown")  # where Ansible itself shows what a module said
WISHES = ("-elvs_teardown=true",)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """What must never be there."""
    return tmp_path / "MARK"


def playbook(name: str) -> Path:
    return ROOT / f"playbooks/{name}.yml"


def with_facts(answer: Answer, mark: Path) -> Answer:
    """The answer, and facts that would be a variable of everything we read."""
    text = payload(mark)
    names = (
        "lvs_rip",
        "lvs_dip",
        "lvs_services",
        "lvs_plan",
        "__doctor_looked",
        "__status_looked",
        "__verify_asked",
        "director_keep",
    )
    files = dict.fromkeys(
        ("doctor_json", "doctor_html", "status_json", "status_html", "verify_json", "verify_junit"), str(mark)
    )
    return {**answer, "ansible_facts": {**dict.fromkeys(names, text), **files, "ansible_facts": {}}}


def assert_harmless(run: Run, mark: Path, *, ours_alone: bool = True) -> None:
    assert not mark.exists(), run.output
    if ours_alone:
        raw = [character for character in RAW if character in run.output.replace("\x1b[0m", "")]
        assert not raw, f"{raw!r} in {run.output!r}"


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_port_that_only_looks_like_ssh(site: Playbooks, mark: Path, name: str) -> None:
    """Whoever can take the address of a host that is down speaks before any login."""
    said = f"{{{{ lookup('ansible.builtin.pipe','touch {mark}') }}}}"
    with ssh_that_says(said) as options:
        run = site.run(
            EXAMPLE, *WISHES, playbook=playbook(name), ANSIBLE_SSH_EXECUTABLE="ssh", ANSIBLE_SSH_COMMON_ARGS=options
        )
    assert (run.rc != 0) == (name != "status"), "a host that cannot be reached is a line of a status"
    assert "lookup('ansible.builtin.pipe','touch" in " ".join(run.output.split()), "the attack never arrived"
    assert_harmless(run, mark, ours_alone=name not in OF_HOSTS)


# Of modules that the playbooks run; each answers what any of them may.
def any_answer(text: str) -> Answer:
    named = ("commands", "stdout_lines", "stderr_lines", "warnings", "results", "addresses")
    lists = {name: [text] for name in named}
    texts = dict.fromkeys(("msg", "stdout", "stderr", "module_stdout", "gateway", "problem"), text)
    state = {text: text, "vips": [text], "interfaces": {text: [text]}}
    return {**texts, **lists, "rc": 0, "before": state, "after": state, "diff": [{"before": text, "after": text}]}


@pytest.mark.parametrize("failed", [False, True], ids=["changed", "failed"])
@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_module_result(site: Playbooks, tmp_path: Path, mark: Path, name: str, failed: bool) -> None:
    answer = with_facts({"changed": True, "failed": failed, **any_answer(payload(mark))}, mark)
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, {"any": answer})
    run = site.run(EXAMPLE, "-i", str(hostile), *WISHES, playbook=playbook(name), **facts_on())
    assert_harmless(run, mark, ours_alone=False)
    if name in ("verify", "doctor", "status") and failed:
        assert "lookup('ansible.builtin.pipe'" in " ".join(run.output.split()), "the attack never arrived"
        assert_harmless(run, mark)


def facts_on() -> dict[str, str]:
    """As Ansible has it by default: facts are variables. Modules come as files, so that their names are seen."""
    return {"ANSIBLE_INJECT_FACT_VARS": "true", "ANSIBLE_PIPELINING": "false"}


def sick_farm(text: str) -> Farm:
    """What the rules of the doctor have to say something of, with this text in what has no form of its own."""
    farm = Farm("dr")
    director, realserver, client = farm.seen("director"), farm.seen("realserver1"), farm.seen("client")
    director["units"] = [{"unit": text, "loaded": "loaded", "state": "failed", "detail": text}]
    director["owners"] = [text]
    director["kernel"] = text
    director["kernel_modules"]["ip_vs_rr"] = text
    farm.take("realserver1", "lo")
    for host in (realserver, farm.seen("realserver2")):
        for interface in host["interfaces"]:
            interface["name"] += text
            interface["mac"] = (interface["mac"] or "") + text
    realserver["unseen"] = [{"what": text, "why": text}]
    farm.give("realserver2", f"vec0{text}")
    farm.neighbour("client", "192.168.1.110", text)
    client["probe"]["who_has"] = {"192.168.1.110": [text]}
    return farm


def test_evidence(site: Playbooks, tmp_path: Path, mark: Path) -> None:
    text = payload(mark)
    looked = sick_farm(text).looked
    answers = {f"{host}-lvs_evidence": with_facts(result, mark) for host, result in looked.items()}
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, answers)
    page, data = tmp_path / "page.html", tmp_path / "data.json"
    wishes = ("-e", f"doctor_html={page} doctor_json={data}")
    run = site.run(EXAMPLE, "-i", str(hostile), *wishes, playbook=playbook("doctor"), **facts_on())
    assert_harmless(run, mark)
    found = {finding["id"] for finding in json.loads(data.read_text(encoding="ascii"))["diagnosis"]["findings"]}
    assert {"unit-failed", "table-owner", "vip-missing-realserver", "vip-on-two-hosts"} <= found, run.output
    assert "{} {0} {host} {host.x}" in run.output, "braces are text"
    assert "\\x1b]0;title\\x07\\x1b[2J\\x9b31m" in run.output.replace("\n", ""), "shown as what it is"
    written = page.read_text(encoding="utf-8")
    assert not [character for character in RAW if character in written]
    assert "<b>&amp;" not in written
    assert [stat.S_IMODE(path.stat().st_mode) for path in (page, data)] == [0o600, 0o600]


def test_evidence_of_a_status(site: Playbooks, tmp_path: Path, mark: Path) -> None:
    """In the text, the JSON, the page, and not at all in what AWX makes variables of."""
    text = payload(mark)
    farm = sick_farm(text)
    for host in HOSTS[:2]:
        farm.seen(host)["changes"] = {"lvs": {"by": text, "at": 1796000000, "module": text}}
    answers = {f"{host}-lvs_evidence": with_facts(result, mark) for host, result in farm.looked.items()}
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, answers)
    page, data = tmp_path / "page.html", tmp_path / "data.json"
    wishes = ("-e", f"status_html={page} status_json={data}")
    shown = {**facts_on(), "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    run = site.run(EXAMPLE, "-i", str(hostile), *wishes, playbook=playbook("status"), **shown)
    assert run.rc == 0
    assert_harmless(run, mark)
    status = json.loads(data.read_text(encoding="ascii"))
    assert {one["host"]: one["changed"]["by"] for one in status["hosts"] if one["changed"]}.keys() == {*HOSTS[:2]}
    assert "{} {0} {host} {host.x}" in run.output, "braces are text"
    figures = run.output.partition("CUSTOM STATS")[2]
    assert "hosts_to_look_at" in figures
    assert "lookup" not in figures
    written = page.read_text(encoding="utf-8")
    assert not [character for character in RAW if character in written]
    assert "<b>&amp;" not in written
    assert [stat.S_IMODE(path.stat().st_mode) for path in (page, data)] == [0o600, 0o600]


def inventory(folder: Path) -> Path:
    """The inventory that World has its answers for."""
    hosts = {host: {**HOSTVARS[host], "ansible_host": f"192.168.9.{number}"} for number, host in enumerate(HOSTVARS, 1)}
    groups: t.Any = {
        name: {"hosts": {host: {} for host in members}} for name, members in GROUPS.items() if name != "all"
    }
    path = folder / "world.yml"
    variables = {"lvs_services": [service()]}
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables, "children": groups}}), encoding="utf-8")
    return path


def world_answers(text: str) -> dict[str, Answer]:
    """What clients and directors say when two connections end in a way of the host's own, with its own words."""
    seen: t.Any = World(does={"realserver1": "answered"}, seen={"answer": text}).observed()
    asked, director = copy.deepcopy(seen["clients"]["client"]["asked"]), seen["directors"]["director"]
    asked["results"][0]["connections"][0].update(outcome=text, problem=text)
    asked["neighbours"][0].update(mac=text, answering=[text], problem="")
    asked["addresses"] = [text, "192.168.1.254"]
    after = {**director["before"], **director["after"]}
    for one in after["states"]:
        one["service"] += text
    return {"client_probe": asked, "ipvs_trial": after, "test_service": {"msg": text}}


def test_answers_of_clients(site: Playbooks, tmp_path: Path, mark: Path) -> None:
    answers = {name: with_facts(answer, mark) for name, answer in world_answers(payload(mark)).items()}
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, answers)
    junit, data = tmp_path / "verify.xml", tmp_path / "verify.json"
    wishes = ("-e", f"verify_junit={junit} verify_json={data}")
    run = site.run(inventory(tmp_path), "-i", str(hostile), *wishes, playbook=playbook("verify"), **facts_on())
    assert_harmless(run, mark)
    rows = json.loads(data.read_text(encoding="ascii"))["rows"]
    assert any("lookup('ansible.builtin.pipe'" in row["message"] for row in rows), rows
    assert "{} {0} {host} {host.x}" in run.output, "braces are text"
    ParserCreate().Parse(junit.read_bytes(), True)  # raises unless it is XML
    assert junit.read_text(encoding="utf-8").count("<testcase ") == len(rows)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (junit, data)] == [0o600, 0o600]


def test_what_realservers_still_have(site: Playbooks, tmp_path: Path, mark: Path) -> None:
    """site.yml reads it of all of them, also of one that answers something else than our module."""
    text = payload(mark)
    left = [text, {text: text}, [text], 7, None]
    answers: dict[str, Answer] = {
        "realserver2-vip_address": {"changed": True, "left_over": left},
        "any": {"changed": True, "stdout": "[]"},
    }
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, answers)
    run = site.run(EXAMPLE, "-i", str(hostile), "-edirector_purge=none", playbook=playbook("site"), **facts_on())
    said = " ".join(run.output.split())
    assert run.rc == 0, run.output
    assert "realservers keep it: {{ lookup('ansible.builtin.pipe', 'touch" in said
    assert_harmless(run, mark)


@pytest.mark.parametrize("half", ["", "\ud800"], ids=["text", "half-a-character"])
def test_every_text_of_the_evidence(site: Playbooks, tmp_path: Path, mark: Path, half: str) -> None:
    """Odd enough that a reader may give up; what must hold all the same is that it is nothing but text."""
    looked = everywhere(Farm("dr").looked, payload(mark) + half)
    answers = {f"{host}-lvs_evidence": with_facts(looked[host], mark) for host in HOSTS}
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, answers)
    run = site.run(EXAMPLE, "-i", str(hostile), playbook=playbook("doctor"), **facts_on())
    assert_harmless(run, mark)


FACTS_FIRST = """
- hosts: all:!localhost
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
- import_playbook: {playbook}
"""


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_what_a_host_says_of_itself_does_not_go_before_the_inventory(
    site: Playbooks, tmp_path: Path, mark: Path, name: str
) -> None:
    facts = {"lvs_rip": "192.168.1.66/24", "ansible_lvs_rip": "x", "ansible_facts": {}, f"{name}_json": str(mark)}
    answers: dict[str, Answer] = {"realserver1-ping": {"ansible_facts": facts}, "any": {"msg": "not reached"}}
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, answers)
    book = tmp_path / "book.yml"
    book.write_text(FACTS_FIRST.format(playbook=playbook(name)), encoding="utf-8")
    run = site.run(EXAMPLE, "-i", str(hostile), *WISHES, playbook=book, **facts_on())
    said = " ".join(run.output.split())
    assert "hostvars[realserver1].ansible_facts.lvs_rip" in said, run.output
    assert "fact-overrides" in said
    assert run.rc != 0
    assert not mark.exists()


ROLE_ALONE = """
- hosts: realservers
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
- hosts: realservers
  gather_facts: false
  roles: [linuxvirtualserver.lvs.realserver]
"""


def test_a_role_alone_takes_no_plan_from_a_host(site: Playbooks, tmp_path: Path) -> None:
    planned = {"hosts": {"realserver1": {"realserver": {"vips": []}}}, "findings": []}
    answers: dict[str, Answer] = {"ping": {"ansible_facts": {"lvs_plan": planned}}, "any": {"msg": "ran"}}
    hostile = python_that_answers(tmp_path / "hosts", HOSTS, answers)
    book = tmp_path / "book.yml"
    book.write_text(ROLE_ALONE, encoding="utf-8")
    run = site.run(EXAMPLE, "-i", str(hostile), playbook=book, **facts_on())
    assert "hostvars[realserver1].ansible_facts.lvs_plan" in run.output
    assert run.rc != 0


def test_a_fact_that_the_user_set_is_the_users(site: Playbooks, tmp_path: Path) -> None:
    book = tmp_path / "book.yml"
    book.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - ansible.builtin.set_fact: {lvs_server_gateway: 192.168.1.253}\n"
        f"- import_playbook: {playbook('topology')}\n",
        encoding="utf-8",
    )
    run = site.run(EXAMPLE, playbook=book, **facts_on())
    assert run.rc == 0, run.output
    assert "--> 192.168.1.253 --> client" in run.output
