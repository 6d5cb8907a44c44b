# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables by their names: what nothing reads is noticed, and what a role would refuse is refused before it runs."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.variables import (
    OF_A_RUN,
    OF_PLAYBOOKS,
    known_variables,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    groups,
    hostvars,
    plan,
    service,
)

PLAYBOOKS = Path(__file__).resolve().parents[5] / "playbooks"
# Of a playbook's words that begin so: groups, a role's tags and modules of the collection are no variables.
NO_VARIABLES = re.compile(r"groups\.(\w+)|key: (\w+)|linuxvirtualserver\.lvs\.(\w+)|tags: \[(.*)\]")
REALSERVERS = ("realserver1", "realserver2")


def found(rule: str, **inventory: t.Any) -> list[dict[str, t.Any]]:
    return [one for one in plan(service(), **inventory)["findings"] if one["id"] == rule]


def on(host: str, variable: str, value: object) -> dict[str, t.Any]:
    return {"hostvars": hostvars(**{host: {variable: value}})}


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("lvs_server_gatway", "lvs_server_gateway"),
        ("lvs_rips", "lvs_rip"),
        ("lvs_network", "lvs_networks"),
        ("lvs_service", "lvs_services"),
        ("director_makrs", "lvs_marks"),
        ("director_marks", "lvs_marks"),
        ("realserver_managed", "lvs_managed"),
        ("realserver_chek_port", "realserver_check_port"),
        ("lvs_purge", "director_purge"),
        ("director_arp_method", "realserver_arp_method"),
        ("lvs_gateway", "lvs_director_gateway or lvs_server_gateway"),
        ("lvs_device", "lvs_server_vip_device"),
        ("lvs_weight", "the key weight in lvs_services"),
        ("lvs_scheduler", "the key scheduler in lvs_services"),
    ],
)
def test_a_variable_that_nothing_reads_is_noticed(variable: str, meant: str) -> None:
    (one,) = found("variable-unknown", **on("realserver1", variable, "x"))
    assert (one["severity"], one["path"]) == ("warning", f"hostvars[realserver1].{variable}")
    assert "for realserver1" in one["message"]
    assert one["cure"].endswith(f" Did you mean {meant}?")


def test_nothing_is_meant_by_what_is_like_nothing() -> None:
    (one,) = found("variable-unknown", **on("director", "lvs_zzzz", 1))
    assert "Did you mean" not in one["cure"]


@pytest.mark.parametrize(
    "variable",
    ["lvm_group", "keepalived_vip", "ansible_lvs_rip", "_lvs_rips", "lvs", "Lvs_rip", "lvs_rip", "director_purge"],
)
def test_others_and_ours_are_not_noticed(variable: str) -> None:
    assert found("variable-unknown", **on("realserver1", variable, "192.168.1.11/24")) == []


@pytest.mark.parametrize("variable", [*OF_A_RUN, *OF_PLAYBOOKS])
def test_what_playbooks_set_and_take_is_not_noticed(variable: str) -> None:
    assert found("variable-unknown", **on("realserver1", variable, "x")) == []


@pytest.mark.parametrize(
    ("hosts", "path", "where"),
    [
        (["client", "director", *REALSERVERS], "groups.all.lvs_x", "for all hosts"),
        (REALSERVERS, "groups.realservers.lvs_x", "for the group realservers"),
        (["director"], "hostvars[director].lvs_x", "for director"),
        (["director", "realserver2"], "hostvars[director].lvs_x", "for director and realserver2"),
        (["client", "director", "realserver1"], "hostvars[client].lvs_x", "for client, director and realserver1"),
    ],
)
def test_it_is_named_once_with_the_group_or_hosts_that_have_it(hosts: list[str], path: str, where: str) -> None:
    (one,) = found("variable-unknown", hostvars=hostvars(**{host: {"lvs_x": 1} for host in hosts}))
    assert one["path"] == path
    assert one["message"].endswith(f"{where}.")


def test_of_many_hosts_some_are_named() -> None:
    many = [f"web{number}" for number in range(1, 10)]
    variables = hostvars(**{host: {"ansible_host": f"192.168.1.2{host[3:]}", "lvs_x": 1} for host in many[:5]})
    others = {host: {"ansible_host": f"192.168.1.2{host[3:]}"} for host in many[5:]}
    (one,) = found("variable-unknown", groups=groups(realservers=many), hostvars={**variables, **others})
    assert one["message"].endswith("for web1, web2 and 3 more.")


def test_a_host_without_a_part_in_the_lvs_may_have_any() -> None:
    variables = hostvars(backup={"director_password": "x"})
    assert found("variable-unknown", groups=groups(bacula=["backup"]), hostvars=variables) == []


def test_its_value_is_not_told() -> None:
    (one,) = found("variable-unknown", **on("realserver1", "lvs_password", "secret"))
    assert one["value"] is None
    assert "secret" not in str(one)


@pytest.mark.parametrize(
    ("host", "variable", "value", "fix"),
    [
        ("director", "director_purge", "everything", "Use recorded, all or none."),
        ("director", "director_purge", "recordet", "Did you mean recorded?"),
        ("director", "director_drain_timeout", "10s", "Use a whole number."),
        ("director", "director_sysctls", ["a"], "Use a mapping."),
        ("director", "director_keep", {"a": 1}, "Use a list."),
        ("realserver1", "realserver_check_port", "perhaps", "Use true or false."),
        ("realserver2", "realserver_gateway", "manged", "Did you mean managed?"),
    ],
)
def test_a_value_that_a_role_refuses_is_refused_before_any_host_changes(
    host: str, variable: str, value: object, fix: str
) -> None:
    planned = plan(service(), **on(host, variable, value))
    (one,) = [one for one in planned["findings"] if one["severity"] == "error"]
    assert (one["id"], one["path"]) == ("role-value-invalid", f"hostvars[{host}].{variable}")
    assert fix in one["cure"]
    assert planned["hosts"] == {}


@pytest.mark.parametrize(
    ("variable", "value"),
    [("director_drain_timeout", "10"), ("director_drain_timeout", 0), ("director_sysctls", {}), ("director_keep", "a")],
)
def test_what_ansible_takes_is_taken(variable: str, value: object) -> None:
    assert found("role-value-invalid", **on("director", variable, value)) == []


def test_the_role_of_another_host_is_not_held_to_it() -> None:
    """Only a director's own value counts; a whole group may have it."""
    assert found("role-value-invalid", **on("realserver1", "director_purge", "everything")) == []


def test_one_value_of_a_group_is_one_finding() -> None:
    wrong = {host: {"realserver_gateway": "mine"} for host in REALSERVERS}
    (one,) = found("role-value-invalid", hostvars=hostvars(**wrong))
    assert one["path"] == "groups.realservers.realserver_gateway"


def test_every_variable_of_the_playbooks_is_known() -> None:
    missing = set()
    for playbook in PLAYBOOKS.rglob("*.yml"):
        code = re.sub(r"(?m)(^|\s)#.*$", "", playbook.read_text())
        named = set(re.findall(r"(?<![\w.])(?:lvs|director|realserver)_\w+(?!\w|\()", code))
        others = {word for match in NO_VARIABLES.findall(code) for part in match for word in re.findall(r"\w+", part)}
        missing |= named - others
    assert missing - known_variables() - set(OF_A_RUN) == set()
