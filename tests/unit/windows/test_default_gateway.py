# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""default_gateway on a Windows host in memory: confirmed, at boot, and back whenever anything dies in between."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.conftest import (
    CONTROLLER,
    DIRECTOR,
    ROUTER,
    Act,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import (
    ACTIVE,
    PERSISTENT,
    Refusal,
    Route,
    Windows,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import needs_powershell

pytestmark = needs_powershell

NAME = "default_gateway"
CLIENT = "203.0.113.5"
OTHER = "192.168.1.8"
PIN = f"{CONTROLLER}/32 via {ROUTER} dev Ethernet0"
HALVES = [f"{half} via {DIRECTOR} dev Ethernet0" for half in ("0.0.0.0/1", "128.0.0.0/1")]


def routes(host: Windows) -> dict[str, list[Route]]:
    return {store: sorted(copy.deepcopy(host.routes[store]), key=str) for store in (ACTIVE, PERSISTENT)}


def way(host: Windows, ip: str) -> str:
    found = host.way_to(ip)
    return "none" if found is None else found.gateway


def test_check_mode_changes_nothing_and_foretells_all(act: Act, host: Windows) -> None:
    before = routes(host)
    foretold = act(NAME, check=True, diff=True, gateway=DIRECTOR)
    assert routes(host) == before
    assert host.tasks == {}
    done = act(NAME, diff=True, gateway=DIRECTOR)
    assert foretold == done
    assert "+ routes 0.0.0.0/1 via 192.168.1.9 dev Ethernet0\n" in done["diff"]["prepared"]


def test_nat_leads_through_the_director_now_and_at_boot(act: Act, host: Windows) -> None:
    result = act(NAME, gateway=DIRECTOR)
    assert result["changed"]
    assert result["before"]["effective"] == [f"default via {ROUTER} dev Ethernet0"]
    assert result["after"] == {
        "effective": [HALVES[0]],
        "others": [f"default via {ROUTER} dev Ethernet0"],
        "persistent": {PERSISTENT: [*HALVES[:1], PIN, *HALVES[1:]]},
        "routes": [*HALVES[:1], PIN, *HALVES[1:]],
    }
    assert (way(host, CLIENT), way(host, CONTROLLER)) == (DIRECTOR, ROUTER)
    assert host.tasks == {}, "nothing waits"
    host.reboot()
    assert (way(host, CLIENT), way(host, CONTROLLER)) == (DIRECTOR, ROUTER)


def test_a_second_time_nothing_changes(act: Act, host: Windows) -> None:
    act(NAME, gateway=DIRECTOR)
    before = routes(host)
    result = act(NAME, gateway=DIRECTOR)
    assert (result["changed"], result["commands"]) == (False, [])
    assert routes(host) == before


def test_dr_has_the_router_already(act: Act, host: Windows) -> None:
    before = routes(host)
    assert act(NAME, gateway=ROUTER)["changed"] is False
    assert routes(host) == before


def test_absent_gives_the_hosts_own_way_back(act: Act, host: Windows) -> None:
    virgin = routes(host)
    act(NAME, gateway=DIRECTOR)
    foretold = act(NAME, check=True, state="absent")
    done = act(NAME, state="absent")
    assert foretold == done
    assert routes(host) == virgin
    assert act(NAME, state="absent")["changed"] is False


def test_another_gateway_replaces_ours(act: Act, host: Windows) -> None:
    host.neighbours[OTHER] = "Reachable"
    act(NAME, gateway=DIRECTOR)
    act(NAME, gateway=OTHER)
    assert way(host, CLIENT) == OTHER
    assert DIRECTOR not in {route.gateway for held in host.routes.values() for route in held}
    host.reboot()
    assert way(host, CLIENT) == OTHER


def test_without_a_default_route_ours_is_the_default(act: Act, host: Windows) -> None:
    for store in (ACTIVE, PERSISTENT):
        host.remove_route(host.named("Ethernet0").index, "0.0.0.0/0", ROUTER, store)
    host.routes[ACTIVE].append(Route("10.0.0.0/8", ROUTER, host.named("Ethernet0").index, 1))
    assert act(NAME, gateway=DIRECTOR)["after"]["routes"] == [f"default via {DIRECTOR} dev Ethernet0"]


def test_ipv6_has_a_gateway_of_its_own(act: Act, host: Windows) -> None:
    host.neighbours["fe80::9"] = "Reachable"
    host.routes[ACTIVE].append(Route("fe80::/64", "::", host.named("Ethernet0").index, 256))
    host.routes[ACTIVE].append(Route("::/0", "fe80::1", host.named("Ethernet0").index, 16))
    result = act(NAME, gateway="fe80::9", interface="ethernet0")
    assert result["after"]["routes"] == ["8000::/1 via fe80::9 dev Ethernet0", "::/1 via fe80::9 dev Ethernet0"]
    assert way(host, CLIENT) == ROUTER


def test_drift_live_is_repaired_under_guard(act: Act, host: Windows) -> None:
    act(NAME, gateway=DIRECTOR)
    host.remove_route(host.named("Ethernet0").index, "0.0.0.0/1", DIRECTOR, ACTIVE)
    spoken = len(act.controller.spoken)
    assert act(NAME, gateway=DIRECTOR)["changed"]
    assert ["arm"] in act.controller.spoken[spoken:]
    assert way(host, CLIENT) == DIRECTOR


def test_what_is_missing_at_boot_is_kept_without_a_guard(act: Act, host: Windows) -> None:
    act(NAME, gateway=DIRECTOR)
    host.remove_route(host.named("Ethernet0").index, "0.0.0.0/1", DIRECTOR, PERSISTENT)
    spoken = len(act.controller.spoken)
    assert act(NAME, gateway=DIRECTOR)["changed"]
    assert ["arm"] not in act.controller.spoken[spoken:]
    assert act(NAME, gateway=DIRECTOR)["changed"] is False


# Two LVS on one host.


def noted(host: Windows) -> list[str] | None:
    return host.gateway_notes


def test_the_gateway_goes_with_the_last_lvs_that_asked_for_it(act: Act, host: Windows) -> None:
    virgin = routes(host)
    assert act(NAME, gateway=DIRECTOR, lvs_name="web")["changed"]
    assert host.gateway_notes == [f"gateway IPv4 web {DIRECTOR}"]
    ours = routes(host)
    foretold = act(NAME, check=True, gateway=DIRECTOR, lvs_name="mail")
    assert host.gateway_notes == [f"gateway IPv4 web {DIRECTOR}"]
    assert act(NAME, gateway=DIRECTOR, lvs_name="mail") == foretold
    assert not foretold["changed"]
    assert host.gateway_notes == [f"gateway IPv4 {name} {DIRECTOR}" for name in ("web", "mail")]
    foretold = act(NAME, check=True, state="absent", lvs_name="web")
    done = act(NAME, state="absent", lvs_name="web")
    assert foretold == done
    assert (done["changed"], done["after"]) == (False, done["before"])
    assert (routes(host), noted(host)) == (ours, [f"gateway IPv4 mail {DIRECTOR}"])
    assert act(NAME, state="absent", lvs_name="mail")["changed"]
    assert (routes(host), noted(host)) == (virgin, None)


def test_a_gateway_that_was_right_already_is_claimed_too(act: Act, host: Windows) -> None:
    assert not act(NAME, gateway=ROUTER, lvs_name="web")["changed"]
    assert host.gateway_notes == [f"gateway IPv4 web {ROUTER}"]
    before = routes(host)
    assert f"it is {ROUTER} for the LVS 'web' of this host" in act.refused(NAME, gateway=DIRECTOR, lvs_name="mail")
    assert routes(host) == before
    assert act(NAME, gateway=DIRECTOR, lvs_name="shop", lvs_adopt="web")["changed"]
    assert host.gateway_notes == [f"gateway IPv4 shop {DIRECTOR}"]


def test_a_gateway_of_before_names_is_of_the_lvs_without_one(act: Act, host: Windows) -> None:
    virgin = routes(host)
    act(NAME, gateway=DIRECTOR)
    host.gateway_notes = None
    ours = routes(host)
    assert not act(NAME, state="absent", lvs_name="mail")["changed"]
    assert routes(host) == ours
    assert act(NAME, state="absent")["changed"]
    assert routes(host) == virgin


def test_a_note_that_nobody_of_ours_wrote_is_none(act: Act, host: Windows) -> None:
    host.gateway_notes = ["gateway IPv4 two words", "gateway IPv4 web x", f"gateway IPv4 a/b {ROUTER}", ""]
    act(NAME, gateway=DIRECTOR, lvs_name="mail")
    act(NAME, state="absent", lvs_name="mail")
    assert host.gateway_notes == ["gateway IPv4 two words", "gateway IPv4 web x", f"gateway IPv4 a/b {ROUTER}", ""]


# The controller is never locked out.


def test_a_gateway_that_leads_nowhere_is_taken_back(act: Act, host: Windows) -> None:
    before = routes(host)
    said = act.refused(NAME, gateway=DIRECTOR, pin=False, timeout=20)
    assert "was taken back by this host itself" in said
    assert routes(host) == before
    assert host.tasks == {}
    assert host.now >= 20


def test_a_gateway_that_leads_to_the_controller_needs_no_route_for_it(act: Act, host: Windows) -> None:
    act.controller.leading.add(DIRECTOR)
    assert act(NAME, gateway=DIRECTOR, pin=False)["after"]["routes"] == HALVES
    assert (way(host, CLIENT), way(host, CONTROLLER)) == (DIRECTOR, DIRECTOR)


@pytest.mark.parametrize("lost", ["add_route", "disarm"])
def test_an_answer_that_is_lost_is_asked_for_again(act: Act, host: Windows, lost: str) -> None:
    act.controller.cut_after = lost
    result = act(NAME, gateway=DIRECTOR)
    assert result["after"]["persistent"]
    assert way(host, CLIENT) == DIRECTOR
    assert act(NAME, gateway=DIRECTOR)["changed"] is False


def test_a_restart_before_the_confirmation_takes_it_back(
    act: Act, host: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = routes(host)
    connect = act.controller.connect

    def restart() -> None:
        monkeypatch.setattr(act.controller, "connect", connect)
        host.reboot()
        connect()

    monkeypatch.setattr(act.controller, "connect", restart)
    assert "was taken back" in act.refused(NAME, gateway=DIRECTOR)
    assert routes(host) == before


def test_a_confirmation_over_the_old_connection_is_none(
    act: Act, host: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = routes(host)
    monkeypatch.setattr(act.controller, "connect", act.controller.require_way)
    assert "was taken back" in act.refused(NAME, gateway=DIRECTOR, timeout=15)
    assert routes(host) == before


def test_what_windows_refuses_is_taken_back_at_once(act: Act, host: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    before = routes(host)
    add = host.add_route

    def refuse(index: int, prefix: str, gateway: str, metric: int, store: str | None) -> None:
        if prefix == "128.0.0.0/1":
            raise Refusal("The parameter is incorrect.")
        add(index, prefix, gateway, metric, store)

    monkeypatch.setattr(host, "add_route", refuse)
    said = act.refused(NAME, gateway=DIRECTOR)
    assert said.startswith("New-NetRoute -InterfaceAlias 'Ethernet0' -DestinationPrefix 128.0.0.0/1")
    assert routes(host) == before


def test_two_runs_at_once(act: Act, host: Windows) -> None:
    """The second waits for the first, but not for ever."""
    host.register("default gateway rollback", 600, [])
    assert "waits for the confirmation of another run" in act.refused(NAME, gateway=DIRECTOR)
    assert host.now == 100
    host.pass_time(450)
    assert act(NAME, gateway=DIRECTOR)["changed"]
    assert host.now >= 600


def test_an_unseen_controller_is_not_risked(act: Act, host: Windows) -> None:
    act.controller.port = 2222
    host.connections.clear()
    act.controller.connect()
    before = routes(host)
    said = act.refused(NAME, gateway=DIRECTOR)
    assert "ansible_port: is where no controller is connected to this host" in said
    assert routes(host) == before
    act.ansible_port = 2222
    assert act(NAME, gateway=DIRECTOR)["changed"]


REFUSALS: list[tuple[dict[str, t.Any], str]] = [
    ({"gateway": "192.168.1.77"}, "gateway: does not answer on 'Ethernet0'"),
    ({"gateway": "10.9.9.9"}, "(got '10.9.9.9')"),
    ({"gateway": "192.168.1.11"}, "gateway: is this host's own address"),
    ({"gateway": DIRECTOR, "interface": "Ethernet9"}, "interface: is not an interface of this host"),
    ({"gateway": DIRECTOR, "timeout": 5}, "timeout: is too short"),
    ({"gateway": "director"}, "gateway: is not an IP address"),
    ({"gateway": DIRECTOR, "persistent": False}, "persistent: is not offered on Windows"),
    ({"gateway": DIRECTOR, "backend": "unit"}, "backend: is one for Linux"),
    ({}, "state is present but all of the following are missing: gateway"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSALS)
def test_refusals_change_nothing(act: Act, host: Windows, arguments: dict[str, t.Any], message: str) -> None:
    before = routes(host)
    assert message in act.refused(NAME, **arguments)
    assert (routes(host), host.tasks) == (before, {})


def test_no_way_back_is_refused(act: Act, host: Windows) -> None:
    act(NAME, gateway=DIRECTOR)
    for store in (ACTIVE, PERSISTENT):
        host.remove_route(host.named("Ethernet0").index, "0.0.0.0/0", ROUTER, store)
    before = routes(host)
    assert "would leave this host without a route to the controller" in act.refused(NAME, state="absent")
    assert routes(host) == before
