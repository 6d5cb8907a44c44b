# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter services_from_survey: answers become services, and the surveys ask nothing that nobody reads."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.filter.services_from_survey import services_from_survey
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import table
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.survey import ANSWERS
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    found,
    plan,
    service,
)

ROOT = Path(__file__).resolve().parents[4]
SURVEYS = sorted((ROOT / "playbooks/surveys").glob("*.json"))


def asked(services: object = None, **answers: object) -> t.Any:
    return services_from_survey(services, answers, GROUPS)


def test_one_answer_is_enough() -> None:
    assert asked(vip="192.168.1.110") == [{"vip": "192.168.1.110", "port": "http"}]


@pytest.mark.parametrize("services", [None, [], [service()], "not a list"])
@pytest.mark.parametrize("vip", [None, "", " "])
def test_without_a_vip_the_inventory_is_all(services: object, vip: object) -> None:
    assert asked(services, vip=vip, ports="http", forwarding="dr", persistence=0) is services


def test_what_was_asked_for_comes_on_top() -> None:
    added = asked([service()], vip="192.168.1.111", ports=81)
    assert added == [service(), {"vip": "192.168.1.111", "port": 81}]
    assert found(plan(*added)) == []


def test_the_same_service_once_more_is_for_the_plan_to_find() -> None:
    assert found(plan(*asked([service()], vip="192.168.1.110"))) == [("lvs_services[1]", "tcp 192.168.1.110:80")]


def test_services_that_are_no_list_are_left_to_the_plan() -> None:
    assert asked("http", vip="192.168.1.110") == "http"


@pytest.mark.parametrize("ports", ["http https", "http,https", "http\nhttps\n", " http ; https ", ["http", "https"]])
def test_several_ports_are_several_services(ports: object) -> None:
    services = asked(vip="192.168.1.110", ports=ports, name="web", scheduler="rr")
    assert [(one["name"], one["port"], one["scheduler"]) for one in services] == [
        ("web http", "http", "rr"),
        ("web https", "https", "rr"),
    ]
    assert found(plan(*services)) == []


@pytest.mark.parametrize(
    ("written", "pool"),
    [
        ("realservers", "realservers"),
        (["realservers"], "realservers"),
        ("realserver1", ["realserver1"]),
        ("realserver1 realserver2", ["realserver1", "realserver2"]),
        (["realserver1", "realserver2"], ["realserver1", "realserver2"]),
        (
            "realserver1:8080,2\nrealserver2,3\n",
            [{"host": "realserver1", "port": "8080", "weight": "2"}, {"host": "realserver2", "weight": "3"}],
        ),
        ("realservers realserver1", ["realservers", "realserver1"]),
        ("realserver1:http:x", ["realserver1:http:x"]),
        (5, 5),
    ],
)
def test_realservers_as_the_howto_writes_them(written: object, pool: object) -> None:
    assert asked(vip="192.168.1.110", realservers=written) == [
        {"vip": "192.168.1.110", "port": "http", "realservers": pool}
    ]


def test_a_wrong_answer_is_a_finding_of_the_plan() -> None:
    services = asked(vip="192.168.1.300", realservers="realserver9", scheduler="fast")
    assert [path for path, _value in found(plan(*services))] == [
        "lvs_services[0].realservers[0]",
        "lvs_services[0].scheduler",
        "lvs_services[0].vip",
    ]


def test_an_unknown_question_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match=r"services_from_survey: answers: is not a question of the survey"):
        asked(vips="192.168.1.110")


@pytest.mark.parametrize(("answers", "groups", "named"), [([], {}, "answers"), ({}, None, "groups")])
def test_wrong_arguments_are_named(answers: object, groups: object, named: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"{named}: is of type"):
        services_from_survey([], answers, groups)


@given(st.dictionaries(st.sampled_from(ANSWERS), st.none() | st.booleans() | st.integers() | st.text(max_size=20)))
def test_whatever_is_answered_the_plan_can_read_it(answers: dict[str, object]) -> None:
    services = services_from_survey(None, answers, GROUPS)
    json.dumps(plan(*t.cast("list[object]", services or [])))


def questions(survey: Path) -> list[dict[str, t.Any]]:
    asked_for: list[dict[str, t.Any]] = json.loads(survey.read_text(encoding="utf-8"))["spec"]
    return asked_for


def test_there_is_a_survey_for_each() -> None:
    assert [survey.stem for survey in SURVEYS] == ["preflight", "site"]
    assert all((ROOT / f"playbooks/{survey.stem}.yml").exists() for survey in SURVEYS)


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda survey: survey.stem)
def test_every_question_has_the_form_that_awx_wants(survey: Path) -> None:
    for question in questions(survey):
        assert sorted(question) == [
            *("choices", "default", "max", "min", "question_description", "question_name", "required", "type"),
            "variable",
        ]
        assert question["type"] in ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")
        assert question["type"] != "multiplechoice" or question["default"] in question["choices"]


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda survey: survey.stem)
def test_every_answer_is_read(survey: Path) -> None:
    playbook = (ROOT / f"playbooks/{survey.stem}.yml").read_text(encoding="utf-8")
    read = playbook + (ROOT / "playbooks/vars/services.yml").read_text(encoding="utf-8")
    for role in ("director", "realserver"):
        read += yaml.safe_dump(yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text(encoding="utf-8")))
    variables = [question["variable"] for question in questions(survey)]
    assert [variable for variable in variables if not re.search(rf"\b{variable}\b", read)] == []
    assert len(variables) == len(set(variables))


def test_every_answer_reaches_the_filter() -> None:
    variables = yaml.safe_load((ROOT / "playbooks/vars/services.yml").read_text(encoding="utf-8"))
    assert variables["lvs_survey_answers"] == {
        name: "{{ lvs_survey_NAME | default('') }}".replace("NAME", name) for name in ANSWERS
    }


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda survey: survey.stem)
def test_choices_are_those_of_the_model(survey: Path) -> None:
    choices = {question["variable"]: question["choices"] for question in questions(survey)}
    assert choices["lvs_survey_scheduler"] == list(table.SCHEDULERS)
    assert choices["lvs_survey_forwarding"] == list(table.FORWARDINGS)
    assert choices["lvs_survey_protocol"] == list(table.PROTOCOLS)
    assert choices["director_purge"] == ["recorded", "all", "none"]


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda survey: survey.stem)
def test_the_defaults_with_a_vip_are_a_good_service(survey: Path) -> None:
    defaults = {question["variable"]: question["default"] for question in questions(survey)}
    answers = {name: defaults[f"lvs_survey_{name}"] for name in ANSWERS}
    assert found(plan(*asked(**{**answers, "vip": "192.168.1.110"}))) == []
