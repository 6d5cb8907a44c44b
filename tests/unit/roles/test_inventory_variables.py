# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument specs describe every variable and key that the plan reads, as the plan reads it, and nothing else.

What a key may be is not written down here: the plan's own reader is watched while it reads each of them.
"""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import claims, parse
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.fields import Fields
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    SCHEDULERS,
    TUNNEL_TYPES,
    scheduler_flag_names,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan import failover, services
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan import inventory as read
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.findings import Findings
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.test_one_parser import (
    REALSERVERS,
    SERVICES,
    lookup,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.roles.test_argument_specs import NAMES, ROLES, Options, load

OF_ROLES: dict[str, Options] = {
    role: load(role, "meta/argument_specs.yml")["argument_specs"]["inventory"]["options"] for role in NAMES
}
VARIABLES: Options = {name: option for options in OF_ROLES.values() for name, option in options.items()}
SERVICE: Options = VARIABLES["lvs_services"]["options"]
MEMBER: Options = SERVICE["realservers"]["options"]
TUNNEL: Options = MEMBER["tunnel"]["options"]
FIRST_CELL = re.compile(r"^\| (`[^|]*`) \|", re.MULTILINE)

GROUPS = {"all": ["box"], "directors": ["box"], "realservers": ["box"]}
FLAGS = {name for scheduler in SCHEDULERS for name in scheduler_flag_names(scheduler)} | {"fallback", "port"}
# What is read in a way of its own.
OTHERWISE: dict[str, Options] = {
    "service": {
        "name": {"type": "str"},
        "vip": {"type": "str"},
        "vip_interface": {"type": "str"},
        "ports": {"type": "list", "elements": "raw"},
        "vips": {"type": "list", "elements": "str"},
        "scheduler_flags": {"type": "list", "elements": "str", "choices": FLAGS},
        "persistence_netmask": {"type": "str"},
        "realservers": {"type": "raw", "default": read.REALSERVERS},
        "directors": {"type": "raw", "default": read.DIRECTORS},
        "check": {"type": "raw"},
    },
    "member": {
        "host": {"type": "str", "required": True},
        "tunnel": {"type": "dict"},
        "check": {"type": "raw"},
    },
    "tunnel": {},
    "variable": {
        "lvs_services": {"type": "list", "elements": "dict", "required": True},
        read.NETWORKS: {"type": "list", "elements": "str"},
        read.VIP_DEVICE: {"type": "str"},
        read.FAILOVER: {"type": "dict"},
        **{name: {"type": "bool", "default": True} for name in (read.MANAGED, read.PERSISTENT)},
        read.NAME: {"type": "str", "default": claims.NAME},
        read.SNAT: {"type": "list", "elements": "str", "choices": {read.SNAT_CLIENTS, read.SNAT_REALSERVERS}},
    },
}


def described(options: Options) -> Options:
    """What a spec says of each option, but for its description and what is below it."""
    said = ("type", "elements", "required", "default", "choices")
    return {
        name: {key: {*option[key]} if key == "choices" else option[key] for key in said if key in option}
        for name, option in options.items()
    }


class Watcher:
    """What is asked of the values of each key, while something is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: dict[str, Options] = {place: {**options} for place, options in OTHERWISE.items()}
        for name in ("choice", "number", "truth", "port"):
            monkeypatch.setattr(Fields, name, self.watched(name, getattr(Fields, name)))
        for name, found in (("_word", self.word), ("_of", self.addresses)):
            monkeypatch.setattr(read.Inventory, name, found)

    def watched(self, name: str, original: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def call(fields: Fields, key: str, *arguments: t.Any, **words: t.Any) -> t.Any:
            place = "tunnel" if ".tunnel" in fields.path else "member" if ".realservers" in fields.path else "service"
            if "[" not in key:
                self.note(place, key, getattr(self, name)(*arguments))
            return original(fields, key, *arguments, **words)

        return call

    def note(self, place: str, key: str, found: dict[str, t.Any]) -> None:
        """A default that depends on something else is none; choices that do are all of them."""
        known = self.seen[place].setdefault(key, found)
        if "choices" in found:
            known["choices"] = {*known["choices"], *found["choices"]}
        if known.get("default") != found.get("default"):
            known.pop("default", None)
        assert known["type"] == found["type"], key

    @staticmethod
    def choice(
        choices: t.Iterable[str], _kept: str, default: str, _rule: str, aliases: t.Iterable[str] = ()
    ) -> dict[str, t.Any]:
        allowed = {*choices, *aliases}
        return {"type": "str", "choices": allowed, **({"default": default} if default in allowed else {})}

    @staticmethod
    def number(low: int, high: int, _kept: int, default: int, _rule: str) -> dict[str, t.Any]:
        return {"type": "int", **({"default": default} if low <= default <= high else {})}

    @staticmethod
    def truth(_kept: bool) -> dict[str, t.Any]:
        return {"type": "bool", "default": False}

    @staticmethod
    def port(*_arguments: object) -> dict[str, t.Any]:
        return {"type": "raw"}

    def word(self, _host: str, variable: str, choices: t.Iterable[str], _rule: str) -> None:
        self.note("variable", variable, {"type": "str", "choices": {*choices}})

    def addresses(self, _host: str, variable: str, _role: str) -> dict[str, t.Any]:
        self.note("variable", variable, {"type": "list", "elements": "str"})
        return {}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Options]:
    """All that the plan asks of services, and of a host that is director and realserver."""
    watcher = Watcher(monkeypatch)
    box = read.Inventory(GROUPS, {"box": {}}, Findings())
    member = {"host": "box", "port": 80}
    listed = [
        {"vip": "192.168.1.110", "port": 80, "persistence_engine": "sip", "realservers": [member]},
        {"fwmark": 5, "vip": "2001:db8::110", "ports": [80], "forwarding": "tun", "realservers": [member]},
        {"fwmark": 7, "vips": ["192.168.1.112"], "realservers": [member]},
        *(
            {"fwmark": 6, "forwarding": "tun", "realservers": [{**member, "tunnel": {"type": kind}}]}
            for kind in TUNNEL_TYPES
        ),
    ]
    services.read_services(listed, box, lookup, Findings())
    for ask in (box.dips, box.rips, box.server_gateways, box.director_gateways, box.localnode, box.system, box.marks):
        ask("box")
    return watcher.seen


def test_variables_are_those_of_the_plan(seen: dict[str, Options]) -> None:
    assert {*VARIABLES} == {"lvs_services", *read.HOST_VARIABLES} - {read.CIP}
    assert sum(map(len, OF_ROLES.values())) == len(VARIABLES)
    assert [name for name in VARIABLES if not name.startswith("lvs_")] == []
    assert described(VARIABLES) == seen["variable"]


def test_keys_of_a_service_are_those_of_the_plan(seen: dict[str, Options]) -> None:
    assert {*SERVICE} == services.SERVICE_KEYS
    assert described(SERVICE) == seen["service"]


def test_keys_of_a_realserver_are_those_of_the_plan(seen: dict[str, Options]) -> None:
    assert {*MEMBER} == services.MEMBER_KEYS
    assert described(MEMBER) == seen["member"]
    assert {*TUNNEL} == parse.TUNNEL_KEYS
    assert described(TUNNEL) == seen["tunnel"]


def test_keys_of_failover_are_those_of_the_plan() -> None:
    options = VARIABLES[read.FAILOVER]["options"]
    assert {*options} == {*failover.KEYS}
    assert {*options["sync"]["options"]} == {*failover.SYNC_KEYS}
    assert (options["by"]["choices"], options["peers"]["choices"]) == ([*failover.BY], [*failover.PEERS])
    defaults = failover.Failover(failover.VRRP)
    assert options["interval"]["default"] == defaults.interval / 100
    assert [options[key]["default"] for key in ("peers", "preempt", "track")] == [
        *(defaults.peers, defaults.preempt, defaults.track),
    ]


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        (SERVICE, [service for service, refused in SERVICES if not refused]),
        (MEMBER, [{"host": "box", **one} for _service, one, refused in REALSERVERS if not refused]),
    ],
    ids=["service", "realserver"],
)
def test_ansible_accepts_by_them_what_the_plan_accepts(options: Options, accepted: list[dict[str, t.Any]]) -> None:
    """But for keys without a value, which Ansible holds against choices, too."""
    assert len(accepted) > 5
    for values in accepted:
        given = {key: value for key, value in values.items() if value not in (None, "")}
        assert ArgumentSpecValidator(options).validate(given).error_messages == [], values


def test_no_role_validates_them_where_it_begins() -> None:
    """Ansible would, by the name of the file of tasks: before the plan could say all that is wrong."""
    assert [role for role in NAMES if (ROLES / role / "tasks/inventory.yml").exists()] == []
    assert [role for role in NAMES for name in VARIABLES if name in load(role, "defaults/main.yml")] == []


def test_pages_name_the_same() -> None:
    def named(page: str, begin: str, end: str) -> set[str]:
        text = (ROLES.parent / page).read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]
        return {name for cell in FIRST_CELL.findall(text) for name in re.findall(r"`(\w+)`", cell)}

    assert named("docs/model.md", "| Variable |", "## Services") == {*VARIABLES} - {"lvs_services"}
    assert named("roles/director/README.md", "## Inventory", "## Variables") == {*SERVICE}
