# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories with something odd in them: the plan is made or refused with findings, and what follows it is, too."""

from __future__ import annotations

import contextlib
import json
import os
import time
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.filter.plan import plan
from ansible_collections.linuxvirtualserver.lvs.plugins.filter.renderers import to_ipvsadm, to_keepalived
from ansible_collections.linuxvirtualserver.lvs.plugins.filter.services_from_survey import services_from_survey
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import diagnose, questions
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.topology import ascii_picture
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.work import Wishes, make_work
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import deep, json_value, mutated, python_value

Data = dict[str, t.Any]

MANY = 1_000_000 if os.environ.get("FUZZ_SECONDS") else 50_000

SERVICES: list[Data] = [
    {
        "name": "web",
        "vip": "192.168.1.110",
        "port": "http",
        "protocol": "tcp",
        "forwarding": "dr",
        "scheduler": "sh",
        "scheduler_flags": ["sh-port"],
        "persistence": 360,
        "persistence_netmask": "255.255.255.0",
        "realservers": "realservers",
    },
    {
        "vip": "192.168.2.110",
        "port": 53,
        "protocol": "udp",
        "forwarding": "nat",
        "one_packet": True,
        "realservers": [{"host": "rs1", "port": 5353, "weight": 2, "upper_threshold": 9, "lower_threshold": 1}, "rs2"],
    },
    {"fwmark": 5, "family": "ipv4", "vip": "192.168.1.111", "ports": ["http", 443], "persistence": 60},
    {
        "vip": "2001:db8::110",
        "port": 80,
        "forwarding": "tun",
        "realservers": [{"host": "rs2", "tunnel": {"type": "gue", "port": 6080, "checksum": "csum"}}],
    },
]
GROUPS: Data = {
    "all": ["director", "rs1", "rs2", "client"],
    "directors": ["director"],
    "realservers": ["rs1", "rs2"],
    "clients": ["client"],
}
HOSTVARS: Data = {
    "director": {
        "lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"],
        "lvs_director_gateway": "192.168.1.254",
        "lvs_networks": ["192.168.1.0/24"],
        "lvs_marks": "managed",
        "lvs_snat": ["clients"],
    },
    "rs1": {"lvs_rip": ["192.168.1.11/24"], "lvs_server_gateway": ["192.168.1.254"], "lvs_system": "Linux"},
    "rs2": {
        "lvs_rip": ["192.168.1.12/24", "2001:db8::12/64"],
        "lvs_server_vip_device": "lo",
        "lvs_managed": True,
        "ansible_facts": {"system": "Linux"},
    },
    "client": {"ansible_host": "192.168.1.254"},
}


def follow(made: Data) -> None:
    """All that is done with a plan."""
    assert json.loads(json.dumps(made)) == made, "it travels as it is"
    assert report(made["findings"], hints=True).encode()
    refused = any(finding["severity"] == "error" for finding in made["findings"])
    assert refused == (not made["hosts"])
    assert all(finding["id"] and finding["message"] and finding["cure"] for finding in made["findings"])
    diagnose(made, {})
    for host in made["hosts"]:
        questions(made, host)
    if made["hosts"]:
        ascii_picture(made)
        make_work(made, list(made["clients"]), Wishes())


def test_the_whole_inventory_is_planned() -> None:
    made = plan(SERVICES, GROUPS, HOSTVARS)
    assert made["hosts"], report(made["findings"])


@pytest.mark.parametrize("strange", [json_value, python_value])
def test_an_odd_inventory_is_planned_or_refused(inputs: Inputs, strange: t.Any) -> None:
    for random in inputs(400):
        given = [SERVICES, GROUPS, HOSTVARS]
        place = random.choice((0, 0, 0, 1, 2, 2))
        given[place] = mutated(given[place], random, strange)
        services, groups, hostvars = given
        if isinstance(groups, dict) and isinstance(hostvars, dict):  # else said by the filter: test_plan.py
            follow(plan(services, groups, hostvars))


@pytest.mark.parametrize(
    "netmask", ["ffff::", "::", "[255.255.255.0]", "255.255.255.0.", "0x20", "٢٤", "/24", "//24", "[::]", "255.255"]
)
def test_netmasks_that_are_none(netmask: str) -> None:
    services = [{**SERVICES[0], "persistence_netmask": netmask}]
    follow(plan(services, GROUPS, HOSTVARS))


@pytest.mark.parametrize(
    "services",
    [
        deep(100_000),
        [deep(100_000)],
        [{"vip": deep(3000), deep: 1}],
        [{**SERVICES[0], "realservers": deep(3000)}],
        [{**SERVICES[0], "realservers": ["rs1"] * MANY}],
        [{**SERVICES[0], "realservers": list(range(MANY))}],
        [{**SERVICES[2], "ports": list(range(MANY))}],
        [{**SERVICES[0], "scheduler_flags": ["x"] * MANY}],
        [None] * MANY,
        ["x" * 10_000_000],
        [{"vip": "1" * 10_000_000, "name": "x" * 10_000_000, "port": 10**100_000}],
        {"x" * MANY: 1},
    ],
    ids=range(12),
)
def test_what_is_huge_is_refused_in_time(services: object) -> None:
    started = time.process_time()
    made = plan(services, GROUPS, HOSTVARS)
    assert made["findings"]
    assert time.process_time() - started < 10, "so long that nobody would wait"
    assert len(report(made["findings"])) < 1_000_000


_ANSWERS: Data = {"name": "web", "vip": "192.168.1.110", "ports": "http https", "realservers": ["rs1:80,2"]}


def test_odd_answers_of_a_survey_are_services_for_the_plan_or_refused(inputs: Inputs) -> None:
    for random in inputs(300):
        answers = mutated(_ANSWERS, random, python_value)
        with contextlib.suppress(AnsibleFilterError):
            services = services_from_survey(SERVICES, answers, GROUPS)
            assert isinstance(services, list)
            assert services[: len(SERVICES)] == SERVICES
            follow(plan(services, GROUPS, HOSTVARS))


def test_odd_services_are_rendered_or_refused(inputs: Inputs) -> None:
    listed = plan(SERVICES, GROUPS, HOSTVARS)["hosts"]["director"]["director"]["services"]
    for random in inputs(200):
        services = mutated(listed, random, python_value)
        with contextlib.suppress(AnsibleFilterError):
            assert to_ipvsadm(services) or not services
            assert to_keepalived(services) or not services
