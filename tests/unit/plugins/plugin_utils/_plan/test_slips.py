# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slips that are easily made: what is said of each leads to what was meant."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.topology import ascii_picture
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.yaml_numbers import meant
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    HOSTVARS,
    hostvars,
    member,
    plan,
    service,
)

LIST = [{"vip": "192.168.1.110", "port": 80}]


def the_error(planned: dict[str, t.Any]) -> dict[str, t.Any]:
    (one,) = [one for one in planned["findings"] if one["severity"] == "error"]
    return t.cast("dict[str, t.Any]", one)


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        (service(realservers=["192.168.1.11"]), " That address is realserver1's: write realservers: [realserver1]."),
        (service(realservers="192.168.1.12"), " That address is realserver2's: write realservers: [realserver2]."),
        (service(realservers=["realserver1:80"]), " Write realservers: [{host: realserver1, port: 80}]."),
        (service(realservers=["realserver1:http"]), " Write realservers: [{host: realserver1, port: http}]."),
        (service(realservers=["192.168.1.11:8080"]), " Write realservers: [{host: realserver1, port: 8080}]."),
        (service(realservers=["realserver1:{{ x }}"]), " Did you mean realserver1?"),
        (service(realservers=["192.168.1.77"]), "or correct its name."),
        (service(weight=2), " It is a key of a realserver: realservers: [{host: web1, weight: 2}]."),
        (member(scheduler="rr"), " It is a key of the service, for all of its realservers."),
        (service(forwarding="masquerade"), "Use nat, dr or tun. Did you mean nat?"),
        (service(forwarding="gateway"), "Use nat, dr or tun. Did you mean dr?"),
    ],
)
def test_what_was_meant_is_said(wrong: dict[str, t.Any], cure: str) -> None:
    assert the_error(plan(wrong))["cure"].endswith(cure)


@pytest.mark.parametrize(
    ("port", "written"),
    [
        (1342, ("22:22", 22)),
        (1525, ("25:25", 25)),
        (291, ("0443", 443)),
        (18, ("022", 22)),
        (8, None),
        (80, None),
        (83, None),
        (8080, None),
        (3306, None),
        (0, None),
        (True, None),
        ("1342", None),
    ],
)
def test_a_port_that_yaml_made_of_something_else(port: object, written: object) -> None:
    assert meant(port) == written


def test_such_a_port_is_warned_of_in_a_service_and_of_a_realserver_unless_it_is_a_text() -> None:
    found = plan(service(port=1342), member(vip="192.168.1.111", forwarding="nat", port=291))["findings"]
    said = {one["path"]: one["cure"] for one in found if one["id"] == "port-by-yaml"}
    assert said["lvs_services[0].port"] == "Write port: 22 if that is meant; port: '1342' says that this number is."
    assert "port-by-yaml" not in [one["id"] for one in plan(service(port="1342"))["findings"]]


def test_two_lists_of_services_are_refused() -> None:
    of_groups = {"realserver1": {"lvs_services": LIST}, "realserver2": {"lvs_services": [*LIST, *LIST]}}
    assert the_error(plan(service(), hostvars=hostvars(**of_groups)))["id"] == "services-differ"
    alike = {host: {"lvs_services": [dict(LIST[0])]} for host in ("director", "realserver1", "realserver2")}
    assert plan(service(), hostvars=hostvars(**alike))["findings"] == []


def test_a_list_that_directors_do_not_see_is_named() -> None:
    given = hostvars(realserver1={"lvs_services": LIST}, realserver2={"lvs_services": LIST})
    one = the_error(make_plan(None, GROUPS, given))
    assert one["id"] == "services-unseen"
    assert "is set for the group realservers but for no director" in one["message"]
    empty = hostvars(realserver1={"lvs_services": None})
    assert the_error(make_plan(None, GROUPS, empty))["id"] == "services-missing"


def test_no_service_is_drawn_as_none() -> None:
    assert "CIP -> VIP of no service" in ascii_picture(make_plan([], GROUPS, HOSTVARS))
