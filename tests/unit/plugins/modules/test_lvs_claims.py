# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs_claims: whose a host is besides, before anything is touched."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ledger import LEDGER, Lvs, render
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.vip_record import RECORD
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import lvs_claims
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import Machine

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

HTTP, SMTP = "service tcp 192.168.1.110:80", "service tcp 192.168.1.120:25"
WEB = Lvs("alice", 1764460000, {"ipvs_table": {HTTP: "web"}, "vip_address": {"vip 192.168.1.110": "eth0"}})
ORIGIN = "set up by alice on 2025-11-29 23:46 UTC"
Ask = t.Callable[..., "dict[str, t.Any]"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def ask(machine: Machine, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setattr(lvs_claims, "Host", lambda: machine.host)

    def run(name: str, **args: t.Any) -> dict[str, t.Any]:
        before = machine.files()
        found = run_module(lvs_claims, {"lvs_name": name, **args})
        assert machine.files() == before
        return found

    return run


def test_a_host_of_nobody(ask: Ask) -> None:
    found = ask("web", claims={HTTP: "web"})
    assert (found["others"], found["adopted"], found["changed"]) == ([], "", False)


def test_whether_keepalived_keeps_its_table(machine: Machine, ask: Ask) -> None:
    assert not ask("web")["checked"]
    machine.put("/etc/keepalived/lvs/web.servers.conf", "")
    assert ask("web")["checked"]
    assert ask("other", lvs_adopt="web")["checked"]
    assert not ask("mail")["checked"]
    record = {"format": 1, "enabled": True, "former": '"x"', "good": {"/etc/keepalived/lvs/mail.servers.conf": "x"}}
    machine.put("/var/lib/lvs/keepalived.json", json.dumps(record))
    assert ask("mail")["checked"], "a run was killed that took it away"


def test_another_lvs_is_named_with_what_it_has(machine: Machine, ask: Ask) -> None:
    machine.put(LEDGER, render({"web": WEB, "mail": Lvs("bob", 1764460000, {"arp_hide": {"hidden 10.0.0.1": ""}})}))
    found = ask("third", claims={SMTP: "third", "vip 192.168.1.110": "", "vip 192.168.1.120": ""})
    assert found["others"] == [
        {
            "name": "mail",
            "services": 0,
            "vips": ["10.0.0.1"],
            "text": f"mail (10.0.0.1; {ORIGIN.replace('alice', 'bob')})",
        },
        {"name": "web", "services": 1, "vips": ["192.168.1.110"], "text": f"web (1 service; {ORIGIN})"},
    ]
    assert found["services"] == {"mail": [], "web": ["tcp 192.168.1.110:80"]}
    assert [one["name"] for one in ask("web", claims={HTTP: "web"})["others"]] == ["mail"]


def test_what_cannot_be_had_is_refused_all_at_once(machine: Machine, ask: Ask) -> None:
    machine.put(LEDGER, render({"web": WEB}))
    claims = {HTTP: "mail", SMTP: "mail", "vip 192.168.1.110": "lo"}
    assert ask("mail", claims=claims)["problems"] == [
        "lvs_name: is new here, and this host knows what the inventory has on it as web (got 'mail'). Fix: To go on, "
        "add -e lvs_adopt=web.",
        f"{HTTP}: belongs to the LVS 'web', {ORIGIN}. Fix: Change one of the two, or, when this LVS was called web "
        "before, take it over with -e lvs_adopt=web.",
        f"vip 192.168.1.110: is eth0 for the LVS 'web', {ORIGIN} (got 'lo'). Fix: Change one of the two, or, when this "
        "LVS was called web before, take it over with -e lvs_adopt=web.",
    ]
    assert ask("mail", claims=claims)["staying"] == ask("mail", claims=claims)["problems"][:1]
    less = ask("mail", claims={HTTP: "mail"})
    assert (len(less["problems"]), less["staying"]) == (1, []), "not all of it is planned under the new name"


def test_a_vip_that_is_moved_is_on_no_host_for_good(machine: Machine, ask: Ask) -> None:
    """The plan does not know on which NIC a director is to have a VIP."""
    moved = {"keepalived": {HTTP: "web", "vip 192.168.1.110": "moved by VRRP 51"}}
    machine.put(LEDGER, render({"web": Lvs("alice", WEB.since, moved)}))
    assert ask("mail", claims={SMTP: "mail", "vip 192.168.1.110": ""})["problems"] == [
        f"vip 192.168.1.110: is moved by VRRP 51 for the LVS 'web', {ORIGIN}. Fix: Change one of the two, or, when "
        "this LVS was called web before, take it over with -e lvs_adopt=web.",
    ]


def test_another_name_is_taken_over_on_request(machine: Machine, ask: Ask) -> None:
    machine.put(LEDGER, render({"web": WEB}))
    found = ask("shop", claims={HTTP: "shop", "vip 192.168.1.110": "lo"}, lvs_adopt="web")
    assert (found["adopted"], found["others"]) == ("web", [])
    assert ask("web", claims={HTTP: "web"}, lvs_adopt="gone")["adopted"] == ""
    assert "lvs_adopt: is no name of an LVS" in ask("shop", lvs_adopt="{{ web }}")["msg"]


@pytest.mark.parametrize(
    ("name", "vips", "adopted"),
    [
        ("web", ["192.168.1.110", "192.168.1.111"], "lvs"),
        ("web", ["192.168.1.110"], ""),  # only some of what there is
        ("lvs", ["192.168.1.110"], ""),  # it is its own already
    ],
)
def test_what_was_set_up_before_names_belongs_to_who_plans_the_same(
    machine: Machine, ask: Ask, name: str, vips: list[str], adopted: str
) -> None:
    placed = [{"vip": vip, "interface": "lo"} for vip in ("192.168.1.110", "192.168.1.111")]
    machine.put(RECORD, json.dumps({"lvs": placed}))
    found = ask(name, claims={f"vip {vip}": "lo" for vip in vips})
    assert found["adopted"] == adopted
    others = [] if adopted or name == "lvs" else ["lvs (192.168.1.110, 192.168.1.111; set up before LVS had names)"]
    assert [one["text"] for one in found["others"]] == others


def test_the_gateway_of_before_names_belongs_to_who_plans_it(machine: Machine, ask: Ask) -> None:
    """Of a realserver by nat there is nothing else on record."""
    machine.ours = [("0.0.0.0/0", "192.168.1.8", "eth0", "0")]
    assert ask("web", claims={"gateway ipv4": "192.168.1.8"})["adopted"] == "lvs"
    assert ask("web", claims={"gateway ipv4": "192.168.1.9"})["adopted"] == ""
    assert ask("web", claims={})["adopted"] == ""


def test_whoever_comes_last_gets_the_rest_of_what_was_there_before_names(machine: Machine, ask: Ask) -> None:
    placed = {"vip 192.168.1.110": "lo", "vip 192.168.1.111": "lo"}
    former = Lvs("", 0, {"vip_address": placed, "tunnel_decap": {"tunnel ipip 0 none ipv4 ipv4": ""}})
    machine.put(LEDGER, render({"lvs": former}))
    mail = {"vip 192.168.1.111": "lo"}
    assert ask("mail", claims=mail)["adopted"] == ""
    machine.put(LEDGER, render({"lvs": former, "web": Lvs("alice", 5, {"vip_address": {"vip 192.168.1.110": "lo"}})}))
    assert ask("mail", claims=mail)["adopted"] == "lvs"
    assert ask("mail", claims={})["adopted"] == ""


def test_a_service_of_before_names_is_theirs_who_plan_it(machine: Machine, ask: Ask) -> None:
    machine.put(LEDGER, render({"lvs": Lvs("", 0, {"ipvs_table": {HTTP: "lvs", SMTP: "lvs"}})}))
    assert ask("mail", claims={SMTP: "mail"})["problems"] == []


def test_what_may_be_anothers_is_said_to_whoever_goes(machine: Machine, ask: Ask) -> None:
    """It would stay: a director without its table, which refuses every client."""
    former = Lvs("", 0, {"vip_address": {"vip 192.168.1.110": "lo", "vip 192.168.1.111": "lo"}})
    machine.put(LEDGER, render({"lvs": former}))
    web = {"vip 192.168.1.110": "lo", "sysctl net.ipv4.ip_forward": "1"}
    (said,) = ask("web", claims=web)["staying"]
    assert said.startswith("lvs_name: is known here from before LVS had names, or from a lost record, and may be")
    assert "(got ['vip 192.168.1.110'])" in said
    assert ask("web", claims=web)["problems"] == []
    for asked in (
        {"name": "web", "claims": web, "lvs_adopt": "lvs"},
        {"name": "lvs", "claims": web},
        {"name": "web", "claims": {"vip 192.168.1.112": "lo"}},
        {"name": "web", "claims": {**web, "vip 192.168.1.111": "lo"}},  # all of it, which is taken over
    ):
        assert ask(**asked)["staying"] == []
    machine.put(LEDGER, render({"lvs": replace(former, since=5)}))
    assert ask("web", claims=web)["staying"] == [], "an LVS by that name has been run"


def test_what_nobody_knows_any_more_is_taken_over_by_the_last_that_may_have_set_it_up(
    machine: Machine, ask: Ask
) -> None:
    """The LVS that was not given a name has no more of it than any other."""
    placed = [{"vip": vip, "interface": "lo"} for vip in ("192.168.1.110", "192.168.1.111")]
    machine.put(RECORD, json.dumps({"lvs": placed}))
    machine.put(LEDGER, "{")
    web, mail = {"vip 192.168.1.110": "lo"}, {"vip 192.168.1.111": "lo"}
    found = ask("lvs", claims=web)
    assert (found["adopted"], found["problems"]) == ("", [])
    text = "unknown (192.168.1.110, 192.168.1.111; the record of whose it is was lost)"
    assert [one["text"] for one in found["others"]] == [text]
    assert "-e lvs_adopt=unknown" in found["staying"][0]
    assert ask("lvs", claims={**web, **mail})["adopted"] == "unknown"
    machine.put(LEDGER, render({"lvs": Lvs("alice", 5, {"vip_address": web}), "unknown": Lvs("unknown")}))
    assert ask("mail", claims=mail)["adopted"] == "unknown"
