# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_address on a Windows host in memory: its life, what Windows does to it, and what is refused."""

from __future__ import annotations

import copy
import typing as t
from unittest import mock

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.conftest import RIP, Act, Controller, a_server
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import (
    ACTIVE,
    PERSISTENT,
    Address,
    Refusal,
    Route,
    Windows,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import needs_powershell

pytestmark = needs_powershell

VIP, SECOND, SIXTH = "192.168.1.110", "192.168.1.120", "2001:db8::110"
NAME = "vip_address"


def state(host: Windows) -> dict[str, t.Any]:
    """The host without what looking at it changes, and without the numbers that Windows gives away only once."""
    known = copy.deepcopy(vars(host))
    for address in [one for held in known["addresses"].values() for one in held]:
        address.unsettled = 0
    return {name: value for name, value in known.items() if name not in ("now", "next_index", "connections")}


@pytest.fixture
def ready(act: Act) -> Act:
    """A realserver with its first VIP."""
    act(NAME, vips=[VIP], rips=[RIP])
    return act


def test_check_mode_changes_nothing_and_foretells_all(act: Act, host: Windows) -> None:
    before = state(host)
    foretold = act(NAME, check=True, diff=True, vips=[VIP, SIXTH], rips=[RIP])
    assert state(host) == before
    done = act(NAME, diff=True, vips=[VIP, SIXTH], rips=[RIP])
    assert done["changed"]
    assert foretold == done
    assert done["diff"]["prepared"].startswith(f"+ VIP on lvs {VIP}\n+ VIP on lvs {SIXTH}\n")


def test_present_now_and_at_boot(act: Act, host: Windows) -> None:
    result = act(NAME, vips=[f"{VIP}/32"], rips=[f"{RIP}/24"])
    assert result["changed"]
    assert result["before"]["adapter"] is None
    assert result["after"]["addresses"] == [f"{VIP}/32 dev lvs"]
    assert result["after"]["persistent"] == {"lvs": [VIP]}
    assert result["after"]["interfaces"] == {
        "IPv4": {"dhcp": False, "metric": 254, "weak_host_receive": True, "weak_host_send": True}
    }
    assert result["after"]["dns_registration"] is False
    assert result["after"]["bindings"] == ["ms_tcpip", "ms_tcpip6"]
    assert result["after"]["weak_host_receive"] == ["Ethernet0 IPv4"]
    assert result["commands"][-1] == (
        f"New-NetIPAddress -InterfaceAlias 'lvs' -IPAddress {VIP} -PrefixLength 32 -SkipAsSource $true"
    )
    assert host.serves(VIP, "Ethernet0") == "served"
    assert host.serves(VIP, "Storage") == "dropped: strong host receive"
    host.reboot()
    assert host.serves(VIP, "Ethernet0") == "served"


def test_a_second_time_nothing_changes(ready: Act, host: Windows) -> None:
    before = state(host)
    result = ready(NAME, vips=[VIP], rips=[RIP])
    assert (result["changed"], result["commands"]) == (False, [])
    assert result["before"] == result["after"]
    assert state(host) == before


def test_more_vips_go_onto_the_same_adapter(ready: Act, host: Windows) -> None:
    result = ready(NAME, vips=[SECOND, SIXTH], rips=[RIP])
    assert not any("Create" in command for command in result["commands"])
    assert [host.serves(vip, "Ethernet0") for vip in (VIP, SECOND, SIXTH)] == ["served"] * 3
    assert sum(device.hardware == ["*MSLOOP"] for device in host.devices) == 1
    assert ready(NAME, vips=[VIP, SECOND, SIXTH], rips=[RIP])["changed"] is False


def test_two_lvs_share_the_adapter_and_the_last_one_takes_it_with_it(host: Windows, act: Act) -> None:
    virgin = state(host)
    act(NAME, vips=[VIP, SIXTH], rips=[RIP], lvs_name="web", purge=True)
    act(NAME, vips=[SECOND, SIXTH], rips=[RIP], lvs_name="mail", purge=True)
    assert act(NAME, vips=[VIP, SIXTH], rips=[RIP], lvs_name="web", purge=True)["changed"] is False
    foretold = act(NAME, check=True, state="absent", lvs_name="web")
    assert foretold == act(NAME, state="absent", lvs_name="web")
    assert [host.serves(vip, "Ethernet0") == "served" for vip in (VIP, SECOND, SIXTH)] == [False, True, True]
    assert act(NAME, vips=[SECOND, SIXTH], rips=[RIP], lvs_name="mail", purge=True)["changed"] is False
    act(NAME, state="absent", lvs_name="mail")
    assert state(host) == virgin


def test_without_rips_all_adapters_receive(act: Act, host: Windows) -> None:
    act(NAME, vips=[VIP])
    assert [host.serves(VIP, nic) for nic in ("Ethernet0", "Storage")] == ["served"] * 2


def test_the_last_vip_takes_everything_with_it(host: Windows, act: Act) -> None:
    virgin = state(host)
    act(NAME, vips=[VIP, SECOND], rips=[RIP])
    one = act(NAME, vips=[VIP], state="absent")
    assert one["after"]["adapter"] == "lvs"
    assert host.serves(SECOND, "Ethernet0") == "served"
    foretold = act(NAME, check=True, vips=[SECOND], state="absent")
    last = act(NAME, vips=[SECOND], state="absent")
    assert foretold == last
    assert last["after"]["adapter"] is None
    assert state(host) == virgin
    assert act(NAME, vips=[VIP, SECOND], state="absent")["changed"] is False


def test_what_others_had_set_stays_when_all_goes(act: Act, host: Windows) -> None:
    card = host.interface(host.named("Ethernet0").index, "IPv4")
    card["WeakHostReceive"] = "Enabled"
    act(NAME, vips=[VIP])
    act(NAME, vips=[VIP], state="absent")
    assert card["WeakHostReceive"] == "Enabled"
    assert host.interface(host.named("Storage").index, "IPv4")["WeakHostReceive"] == "Disabled"


# What people, programs and Windows itself do to it.


def lvs(host: Windows) -> int:
    return host.named("lvs").index


def make_usable_as_source(host: Windows) -> None:
    for store in (ACTIVE, PERSISTENT):
        next(one for one in host.addresses[store] if one.ip == VIP).skip_as_source = False


def widen(host: Windows) -> None:
    for store in (ACTIVE, PERSISTENT):
        host.remove_address(lvs(host), VIP, store)
    host._put(Address(VIP, 24, lvs(host), "Manual", True), [ACTIVE, PERSISTENT])


def replace_card(host: Windows) -> None:
    old = host.named("Ethernet0")
    host.remove_device(old.id)
    host.add_nic("Ethernet7", RIP, 24, "192.168.1.254")


def set_on_lvs(**settings: object) -> t.Callable[[Windows], None]:
    return lambda host: host.interface(lvs(host), "IPv4").update(settings)


DRIFTS: dict[str, t.Callable[[Windows], t.Any]] = {
    "an upgrade removed the adapter": lambda host: host.upgrade(remember=False),
    "an upgrade left a hidden adapter of that name": lambda host: host.upgrade(remember=True),
    "the network card was replaced": replace_card,
    "the card no longer receives": lambda host: host.interface(host.named("Ethernet0").index, "IPv4").update(
        WeakHostReceive="Disabled"
    ),
    "the adapter no longer receives": set_on_lvs(WeakHostReceive="Disabled"),
    "the adapter no longer sends": set_on_lvs(WeakHostSend="Disabled"),
    "the metric is automatic": set_on_lvs(AutomaticMetric="Enabled", InterfaceMetric=25),
    "the metric is another": set_on_lvs(InterfaceMetric=10),
    "DHCP is on": set_on_lvs(Dhcp="Enabled"),
    "the control panel dropped SkipAsSource": make_usable_as_source,
    "the mask is wide": widen,
    "it is gone at the next boot": lambda host: host.remove_address(lvs(host), VIP, PERSISTENT),
    "it is there at the next boot only": lambda host: host.remove_address(lvs(host), VIP, ACTIVE),
    "it is registered in DNS": lambda host: setattr(host.named("lvs"), "registers", True),
    "file sharing is bound": lambda host: host.named("lvs").bindings.update(ms_server=True),
    "IP is not bound": lambda host: host.named("lvs").bindings.update(ms_tcpip=False),
    "the adapter is disabled": lambda host: host.disable("lvs"),
    "the adapter was renamed": lambda host: host.rename(lvs(host), "my adapter"),
}


@pytest.mark.parametrize("drift", [name for name in DRIFTS if name != "the adapter was renamed"])
def test_drift_is_seen_in_check_mode_and_repaired(ready: Act, host: Windows, drift: str) -> None:
    DRIFTS[drift](host)
    foretold = ready(NAME, check=True, vips=[VIP], rips=[RIP])
    assert foretold["changed"]
    assert ready(NAME, vips=[VIP], rips=[RIP])["commands"] == foretold["commands"]
    card = "Ethernet7" if drift == "the network card was replaced" else "Ethernet0"
    assert host.serves(VIP, card) == "served"
    assert ready(NAME, vips=[VIP], rips=[RIP])["changed"] is False
    host.reboot()
    assert host.serves(VIP, card) == "served"
    assert ready(NAME, vips=[VIP], rips=[RIP])["changed"] is False


def test_a_renamed_adapter_with_the_vip_is_not_doubled(ready: Act, host: Windows) -> None:
    DRIFTS["the adapter was renamed"](host)
    assert "is on 'my adapter' of this host already" in ready.refused(NAME, vips=[VIP], rips=[RIP])


def test_drift_does_not_keep_it_from_being_removed(ready: Act, host: Windows) -> None:
    host.upgrade(remember=True)
    result = ready(NAME, vips=[VIP], state="absent")
    assert result["after"]["ghosts"] == 0
    assert host.notes is None
    assert host.interface(host.named("Ethernet0").index, "IPv4")["WeakHostReceive"] == "Disabled"


def test_other_loopback_adapters_are_left_alone(act: Act, host: Windows) -> None:
    theirs = host.create_loopback()
    act(NAME, vips=[VIP], rips=[RIP])
    act(NAME, vips=[VIP], state="absent")
    assert [device.id for device in host.devices if device.hardware == ["*MSLOOP"]] == [theirs]


def test_server_core_has_fewer_components(monkeypatch: pytest.MonkeyPatch) -> None:
    act = Act(Controller(a_server(core=True)), monkeypatch)
    act(NAME, vips=[VIP], rips=[RIP])
    assert act.host.serves(VIP, "Ethernet0") == "served"
    assert act(NAME, vips=[VIP], rips=[RIP])["changed"] is False


def test_duplicate_address_detection_is_waited_for(act: Act, host: Windows) -> None:
    act(NAME, vips=[VIP], rips=[RIP])
    assert host.now >= 1
    assert act.controller.spoken[-1] == [], "the last run only looked"


@pytest.mark.parametrize(("name", "stays"), [("sudo", False), ("runas", True)])
def test_the_sudo_of_a_play_is_left_out(act: Act, name: str, stays: bool) -> None:
    act.become = mock.Mock()
    act.become.name = name
    act(NAME, vips=[VIP], rips=[RIP])
    assert set(act.became) == {act.become if stays else None}


def test_a_connection_that_speaks_to_a_unix_is_refused(act: Act) -> None:
    act.shell_is_windows = False
    assert "system: is not what the connection 'ssh' speaks to" in act.refused(NAME, vips=[VIP])
    assert act.controller.spoken == []


# What is refused, and says so.


def refuse(host: Windows, kind: str) -> dict[str, t.Any]:
    """Bring about what must be refused; the arguments of the task."""
    card = host.named("Ethernet0").index
    if kind == "VIP on the card":
        host.add_address(card, VIP, 24, False)
    elif kind == "VIP on the loopback":
        host._put(Address(VIP, 32, 1, "Manual", True), [ACTIVE, PERSISTENT])
    elif kind == "name of a card":
        return {"vips": [VIP], "interface": "Storage"}
    elif kind == "name of a hidden card":
        device = host.add_nic("lvs", "172.16.1.11", 24)
        host._forget(device.index)
        device.present = False
    elif kind == "RIP of nobody":
        return {"vips": [VIP], "rips": ["192.168.1.99"]}
    elif kind == "card without IPv6":
        host.named("Ethernet0").bindings["ms_tcpip6"] = False
        return {"vips": [SIXTH], "rips": [RIP]}
    return {"vips": [VIP], "rips": [RIP]}


REFUSALS = {
    "VIP on the card": "vips[0]: is on 'Ethernet0' of this host already",
    "VIP on the loopback": "vips[0]: is on 'interface 1' of this host already",
    "name of a card": "interface: is the name of PCI",
    "name of a hidden card": "Uninstall this hidden device first.",
    "RIP of nobody": "rips: is on no adapter of this host (got ['192.168.1.99']). Fix: Use some of 127.0.0.1",
    "card without IPv6": "rips: is on 'Ethernet0', which has no IPv6",
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_refusals_change_nothing(act: Act, host: Windows, kind: str) -> None:
    arguments = refuse(host, kind)
    before = state(host)
    assert REFUSALS[kind] in act.refused(NAME, **arguments)
    assert state(host) == before


@pytest.mark.parametrize(("late", "words"), [("unseen", "got no adapter"), ("without_ip", "got no IP")])
def test_an_adapter_that_windows_does_not_finish_is_told_of(
    act: Act, host: Windows, monkeypatch: pytest.MonkeyPatch, late: str, words: str
) -> None:
    make = host.create_loopback

    def create() -> str:
        identity = make()
        setattr(host.devices[-1], late, 1000)
        return identity

    monkeypatch.setattr(host, "create_loopback", create)
    assert words in act.refused(NAME, vips=[VIP], rips=[RIP])


def test_the_result_says_whether_the_adapter_is_enabled(ready: Act, host: Windows) -> None:
    DRIFTS["the adapter is disabled"](host)
    done = ready(NAME, vips=[VIP], rips=[RIP])
    assert (done["before"]["enabled"], done["after"]["enabled"]) == (False, True)


def test_a_route_into_the_adapter_is_refused(ready: Act, host: Windows) -> None:
    host.routes[ACTIVE].append(Route("172.20.0.0/16", "192.168.1.110", lvs(host), 1))
    assert "interface: has the route 172.20.0.0/16" in ready.refused(NAME, vips=[VIP], rips=[RIP])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vips": ["192.168.1.110/24"]}, "vips[0]: has another mask than /32"),
        ({"vips": ["web"]}, "vips[0]: is not an IP address"),
        ({"vips": [VIP], "interface": "lv*"}, "interface: is not a plain name"),
        ({"vips": [VIP], "rips": ["here"]}, "rips[0]: is not an IP address"),
        ({"vips": [VIP], "hidden": False}, "hidden: is for directors, which run Linux"),
        ({"vips": [VIP], "persistent": False}, "persistent: is not offered on Windows"),
        ({"vips": [VIP], "backend": "unit"}, "backend: is one for Linux"),
        ({"vips": [VIP], "state": "gone"}, "value of state must be one of: present, absent, got: gone"),
        ({}, "state is present but all of the following are missing: vips"),
        ({"vips": [VIP], "steps": [{"do": "remove_notes"}]}, "Unsupported parameters for"),
    ],
)
def test_bad_arguments(act: Act, arguments: dict[str, t.Any], message: str) -> None:
    assert message in act.refused(NAME, **arguments)
    assert act.controller.spoken == [], "the host was not asked"


def test_what_windows_refuses_is_told_with_the_command_and_can_be_run_again(
    act: Act, host: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(host, "rename", raise_refusal)
        said = act.refused(NAME, vips=[VIP], rips=[RIP])
    assert said == "[LoopbackDevice]::Create() | Rename-NetAdapter -NewName 'lvs': The RPC server is unavailable."
    assert not any(device.hardware == ["*MSLOOP"] for device in host.devices), "no nameless adapter is left"
    assert act(NAME, vips=[VIP], rips=[RIP])["changed"]


def raise_refusal(*_args: object) -> None:
    raise Refusal("The RPC server is unavailable.")


def test_a_program_that_undoes_it_at_once_is_noticed(act: Act, host: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    put = host.add_address

    def put_and_take(index: int, ip: str, prefix: int, skip_as_source: bool) -> None:
        put(index, ip, prefix, skip_as_source)
        host.interface(index, "IPv4")["WeakHostSend"] = "Disabled"

    monkeypatch.setattr(host, "add_address", put_and_take)
    said = act.refused(NAME, vips=[VIP], rips=[RIP])
    assert "did not stay as they were made" in said
    assert "-WeakHostSend Enabled" in said


def test_a_user_who_may_not_look_is_told(act: Act, host: Windows) -> None:
    host.addresses = {ACTIVE: [], PERSISTENT: []}
    assert "Log in as one of its administrators." in act.refused(NAME, vips=[VIP])
