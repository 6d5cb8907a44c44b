# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules: their ids, their words, what they name, and the page that is written from them.

That each is raised by something is tested where it is raised, in _plan, _verify and _doctor.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.plugins.action import doctor as doctor_action
from ansible_collections.linuxvirtualserver.lvs.plugins.action import verify as verify_action
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import parse
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan import inventory
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules import doctor, plan, verify
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.findings import found
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import describe
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.rule import SEVERITIES
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.rules import RULES
from ansible_collections.linuxvirtualserver.lvs.tests.tools import rules_page
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ROOT
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan import test_rules as plan_scenes
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import HOSTVARS

TABLES = (plan.RULES, verify.RULES, doctor.RULES)
# A cure that ends so ends with a command, which a full stop would be part of.
_COMMAND = re.compile(r".*([Rr]un(, without --limit)?|see|forget it): ?\S.*|.*\blinuxvirtualserver\.lvs\.[a-z_]+")
# A message about nothing says that it is nothing.
_LACKS = re.compile(r"\b(missing|nothing|no|not|none|empty|without|needs)\b")


def texts(name: str) -> list[str]:
    rule = RULES[name]
    return [rule.wrong, rule.cure, rule.symptom, rule.seen, rule.alike]


def all_texts() -> Iterator[str]:
    yield from (text for name in RULES for text in texts(name))
    yield from (*verify.SILENT_CURES.values(), *verify.STUCK_CURES.values())


def test_an_id_means_one_thing() -> None:
    assert len(RULES) == sum(map(len, TABLES))
    checks = set(verify.CHECKS)
    assert not checks & RULES.keys(), "what is well has the id of its check"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_worded_like_the_others(name: str) -> None:
    rule = RULES[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert rule.severity in SEVERITIES
    assert re.match(r"[a-z{]", rule.wrong)
    assert not rule.wrong.endswith(".")
    assert ". " not in rule.wrong, "what is wrong is one sentence"
    assert re.match(r"[A-Z{]", rule.cure)
    assert rule.cure.endswith((".", "{cure}", "{command}")) or _COMMAND.fullmatch(rule.cure)
    assert re.fullmatch(r"([2-7](\.[0-9]+)*|1\.2)?", rule.howto)
    assert bool(rule.check) == (name in verify.RULES)
    assert bool(rule.symptom and rule.seen and rule.alike) == (name in doctor.RULES)
    assert re.fullmatch(r"([^.].*\.)?", rule.alike)
    assert set(rule.symptoms) <= set(doctor.SYMPTOMS)
    assert re.fullmatch(r"([A-Z{].*\.)?", rule.symptom)


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_a_value_that_is_empty_is_never_the_subject(value: object) -> None:
    for name, rule in RULES.items():
        words = dict.fromkeys(re.findall(r"\{([a-z_]+)", "".join((rule.wrong, rule.cure))), "WORD")
        message = found(name, value, **words).message
        assert re.match(r"(?!says|names (?!a network)|\(got)\S", message), message
        assert ("(got " in message) == (value is not None)


@pytest.mark.parametrize("name", plan.RULES)
def test_a_message_about_nothing_says_so(name: str) -> None:
    for finding in plan_scenes.findings_of(name):
        if finding["id"] == name and finding["value"] in (None, "", [], {}, "an empty list"):
            assert _LACKS.search(finding["message"]) or name == "errors-omitted", finding["message"]


def test_a_finding_reads_like_an_error() -> None:
    finding = found("vip-taken", "192.168.1.9", role="DIP", owner="director").at(path="lvs_services[0].vip")
    assert describe(finding) == (
        "ERROR lvs_services[0].vip: is the DIP of director too (got '192.168.1.9').\n"
        "  Fix: Give the service an address that no machine has as its own.\n"
        "  [vip-taken] See section 3.14.1 of the LVS mini-HOWTO."
    )


# What rules name

_OF_A_PROGRAM = re.compile(r"(?<![\w./-])[a-z]+(?:_[a-z]+)+(?![\w./-]*[/.]\w)\b")  # and part of no path or sysctl


def test_every_playbook_that_is_named_is_there() -> None:
    for text in all_texts():
        for name in re.findall(r"ansible-playbook linuxvirtualserver\.lvs\.([a-z_]+)", text):
            assert (ROOT / f"playbooks/{name}.yml").is_file(), text
        for name in re.findall(r"[\w./-]+\.ya?ml\b", text):
            assert any((ROOT / folder / name).is_file() for folder in ("", "playbooks")), text


def test_every_plugin_that_is_named_is_there() -> None:
    for text in all_texts():
        for name in re.findall(r"(?<!ansible-playbook )linuxvirtualserver\.lvs\.([a-z_]+)", text):
            assert (ROOT / f"plugins/modules/{name}.py").is_file(), text


def options(found: Any) -> Iterator[str]:
    """The names and choices of options in a documentation or an argument specification."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name in ("options", "suboptions") and isinstance(value, dict):
                yield from value
            if name == "choices":
                yield from map(str, value)
            yield from options(value)
    elif isinstance(found, list):
        for value in found:
            yield from options(value)


def documented() -> Iterator[str]:
    for file in (ROOT / "plugins/modules").glob("*.py"):
        yield file.stem
        (documentation,) = re.findall(r'^DOCUMENTATION = r"""\n(.*?)^"""', file.read_text(), re.MULTILINE | re.DOTALL)
        yield from options(yaml.safe_load(documentation))
    for specs in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        yield from options(yaml.safe_load(specs.read_text()))


KNOWN = {
    *documented(),
    *inventory.HOST_VARIABLES,
    *inventory.DECISIONS,
    *parse.IDENTITY_KEYS,
    *parse.OPTION_KEYS,
    *verify_action.ActionModule.wishes,
    *doctor_action.ActionModule.wishes,
    *doctor.SYMPTOMS,
    "lvs_services",
    "ansible_host",
    *("set_fact", "fact_caching"),  # Ansible's
}
# Of the kernel.
KERNEL = {"ip_vs", "ip_vs_ftp", "rp_filter", "arp_ignore", "arp_announce", "send_redirects", "ip_forward"}


def unknown_words(sentences: Iterable[str]) -> set[str]:
    """The words that only a program understands, and none of ours or the kernel does."""
    plain = (re.sub(r"\{[a-z_:]+\}", "", text) for text in sentences)
    words = {word for text in plain for word in _OF_A_PROGRAM.findall(text)}
    return words - KNOWN - KERNEL


def test_every_variable_and_choice_that_is_named_is_accepted() -> None:
    assert unknown_words(all_texts()) == set()
    assert unknown_words(["Use standby_empty or {host_name}, see lvs_rip."]) == {"standby_empty"}


def with_choice(scene: plan_scenes.Scene, path: str, choice: str) -> plan_scenes.Scene:
    """The scene with another value at that path of the inventory."""
    inventory = {"hostvars": copy.deepcopy(HOSTVARS), **copy.deepcopy(scene.inventory)}
    at: Any = {"lvs_services": copy.deepcopy(list(scene.services)), **inventory}
    whole = at
    *way, last = re.findall(r"[^.\[\]]+", path)
    for step in way:
        at = at[int(step) if isinstance(at, list) else step]
    at[last] = [choice] if isinstance(at[last], list) else choice
    services = whole.pop("lvs_services")
    return plan_scenes.Scene(path, *services, **whole)


@pytest.mark.parametrize("name", [name for name, rule in plan.RULES.items() if "{choices}" in rule.cure])
def test_every_choice_that_is_offered_is_accepted(name: str) -> None:
    scene = plan_scenes.SCENES[name]
    (finding,) = (one for one in scene.findings() if one["id"] == name)
    (offered,) = re.findall(r"(?:Use|Write a list of) (.*?)\.(?: Did.*)?$", finding["cure"])
    for choice in re.split(r", | or ", offered):
        again = with_choice(scene, finding["path"], choice).findings()
        refused = {one["id"] for one in again if one["severity"] == "error" and one["path"] == finding["path"]}
        assert refused <= {"family-mismatch"}, "each of them may be right, as far as this rule knows"


def test_the_page_is_written_from_the_rules() -> None:
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.page(), rules_page.__doc__


def test_the_page_shows_words_and_braces_as_people_write_them() -> None:
    page = rules_page.page()
    assert "\n### vip-taken\n\nError: is the ROLE of OWNER too (HOWTO 3.14.1).\n" in page
    assert "Write {type: gue, port: 6080}." in page
    assert len(re.findall(r"^### [a-z-]+$", page, re.MULTILINE)) == len(RULES)
