# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a template lacks is named, and nothing follows from it."""

from __future__ import annotations

import pytest
from jinja2 import Undefined

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.templates import lacking, may_lack
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    hostvars,
    plan,
    service,
)

VARIABLES = {
    "there": 1,
    "deep": "{{ deeper }}",
    "deeper": ["{{ nowhere.at }}"],
    "around": "{{ around }}",
    "ansible_facts": {"eth0": {"mtu": 1500}},
    "groups": {"web": ["web1"]},
}


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("{{ my_rip }}/24", ["my_rip"]),
        ("{{ there }}", []),
        ("plain", []),
        ([{"vip": "{{ a }}"}, "{{ b | default('') }}"], ["a", "b"]),
        ("{{ deep }}", ["nowhere.at"]),
        ("{{ around }}", []),
        ("{{ ansible_facts.eth0.mtu }}", []),
        ("{{ ansible_facts['eth1'].ipv4.address }}", ["ansible_facts.eth1.ipv4.address"]),
        ("{{ ansible_facts.keys() | first }}", []),
        ("{{ hostvars['x'].y }}{{ lookup('env', 'z') }}{{ range(3) }}", []),
        ("{% for web in groups.web %}{{ web }}{% endfor %}", []),
        ("{% for web in groups.db %}{{ web }}{% endfor %}", ["groups.db"]),
        ("{{ not closed", []),
        ("{{ 7 * 7 }}", []),
    ],
)
def test_names_that_a_template_lacks(written: object, names: list[str]) -> None:
    assert lacking(written, VARIABLES) == names


@pytest.mark.parametrize(
    ("value", "whether"),
    [
        (Undefined(), True),
        ([{"a": Undefined()}], True),
        ("{{ x }}", True),
        ({"a": ["{% if x %}"]}, True),
        ("192.168.1.9/24", False),
        (None, False),
        (7, False),
    ],
)
def test_a_value_that_may_be_none(value: object, whether: bool) -> None:
    assert may_lack(value) is whether


def test_a_realserver_whose_template_lacks_something_is_one_mistake() -> None:
    variables = hostvars(realserver1={"ansible_host": None, "lvs_rip": "{{ my_rip }}/24"})
    assert [one["id"] for one in plan(service(), hostvars=variables)["findings"]] == ["template-undefined"]


def test_services_that_lack_something_are_one_mistake_whatever_ansible_makes_of_them() -> None:
    variables = hostvars(**{host: {"lvs_services": "{{ my_services }}"} for host in GROUPS["all"]})
    for given in (None, "", [{"vip": Undefined()}]):
        findings = make_plan(given, GROUPS, variables)["findings"]
        assert [(one["id"], one["path"]) for one in findings] == [("template-undefined", "lvs_services")]
        assert "of my_services," in findings[0]["message"]


def test_services_of_the_play_are_no_business_of_the_inventory() -> None:
    """A play may set them for itself; hosts then lack nothing that counts."""
    variables = hostvars(director={"lvs_services": "{{ of_another_play }}"})
    assert plan(service(), hostvars=variables)["findings"] == []


def test_what_a_role_alone_can_know_is_left_to_the_role() -> None:
    variables = hostvars(director={"director_sysctls": "{{ of_the_play }}"})
    assert plan(service(), hostvars=variables)["findings"] == []
