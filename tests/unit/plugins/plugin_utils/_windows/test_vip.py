# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a Windows realserver's VIPs: whatever the host is like, one plan mends it, a second does nothing."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.claims import Names
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.after import NEEDLESS, after
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import (
    ACTIVE,
    PERSISTENT,
    Adapter,
    Address,
    Binding,
    Device,
    Dns,
    Host,
    Interface,
    Route,
    Step,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.vip import (
    METRIC,
    Want,
    claimed,
    family_of,
    left_over,
    plan,
    spell,
    unsettled,
    view,
    vips_of_ours,
)

VIPS = ("192.168.1.110", "192.168.1.120", "2001:db8::110")
RIP = "192.168.1.11"
CARD, OTHER, OURS = 4, 7, 12
STORES = (ACTIVE, PERSISTENT)

booleans = st.booleans()


@st.composite
def interfaces(draw: st.DrawFn, index: int) -> list[Interface]:
    return [
        Interface(index, family, draw(st.sampled_from([5, METRIC])), *(draw(booleans) for _flag in range(4)))
        for family in ("IPv4", "IPv6")
    ]


@st.composite
def vip_addresses(draw: st.DrawFn) -> list[Address]:
    """VIPs in any store, with any mask, as nobody should leave them."""
    return [
        Address(
            store,
            vip,
            draw(st.sampled_from([24, 32])) if "." in vip else 128,
            OURS,
            "Manual",
            "Preferred",
            draw(booleans),
        )
        for vip in VIPS
        for store in STORES
        if draw(booleans)
    ]


@st.composite
def hosts(draw: st.DrawFn) -> Host:
    """A realserver with two cards, and with whatever is left of the VIPs' adapter."""
    devices = [
        Device("PCI\\1", ("PCI\\VEN_8086",), True, "Ethernet0"),
        Device("PCI\\2", ("PCI\\VEN_8086",), True, "Ethernet 2"),
    ]
    adapters = [Adapter("Ethernet0", CARD, "{1}", "PCI\\1", "Up"), Adapter("Ethernet 2", OTHER, "{2}", "PCI\\2", "Up")]
    settings = [*draw(interfaces(CARD)), *draw(interfaces(OTHER))]
    addresses = [Address(store, RIP, 24, CARD, "Manual", "Preferred", False) for store in STORES]
    notes = draw(st.lists(st.sampled_from(["{1} IPv4", "{2} IPv4", "{gone} IPv4"]), unique=True))
    dns: list[Dns] = []
    bindings: list[Binding] = []
    if draw(booleans):
        devices.append(Device("ROOT\\NET\\0003", ("*MSLOOP",), False, "lvs"))
    if draw(booleans):
        status = draw(st.sampled_from(["Up", "Disabled"]))
        devices.append(Device("ROOT\\NET\\0001", ("*MSLOOP",), True, "lvs"))
        adapters.append(Adapter("lvs", OURS, "{3}", "ROOT\\NET\\0001", status))
        settings += draw(interfaces(OURS))
        dns.append(Dns(OURS, draw(booleans)))
        bindings += [Binding("lvs", component, draw(booleans)) for component in (*NEEDLESS, "ms_tcpip", "ms_tcpip6")]
        held = draw(vip_addresses())
        addresses += [one for one in held if status == "Up" or one.store == PERSISTENT]
    return Host(
        tuple(adapters),
        tuple(settings),
        tuple(addresses),
        (),
        tuple(devices),
        tuple(dns),
        tuple(bindings),
        tuple(notes),
    )


wants = st.builds(
    Want,
    st.lists(st.sampled_from(VIPS), min_size=1, unique=True).map(tuple),
    st.just("lvs"),
    st.sampled_from([(), (RIP,)]),
)


def is_right(want: Want, host: Host) -> list[str]:
    """What is wrong with a host, told without the plan."""
    adapter = host.adapter("lvs")
    if adapter is None or adapter.status != "Up":
        return ["no adapter"]
    wrong = [
        f"{vip} in {store}"
        for vip in want.vips
        for store in STORES
        if [
            (one.index, one.is_host, one.skip_as_source)
            for one in host.addresses
            if (one.ip, one.store) == (vip, store)
        ]
        != [(adapter.index, True, True)]
    ]
    families = {family_of(vip) for vip in want.vips}
    for one in host.interfaces:
        if one.index == adapter.index and one.family in families:
            wrong += [] if (one.metric, one.automatic_metric, one.dhcp) == (METRIC, False, False) else ["settings"]
            wrong += [] if one.weak_host_receive and one.weak_host_send else ["strong host"]
        if one.index == CARD and one.family in families:
            wrong += [] if one.weak_host_receive else ["strong card"]
    wrong += [f"binding {one.component}" for one in host.bindings if one.enabled and one.component in NEEDLESS]
    wrong += ["in DNS" for one in host.dns if one.registers]
    return wrong + [f"ghost {one.device}" for one in host.devices if not one.present]


@given(wants, hosts())
def test_one_plan_mends_every_host_and_a_second_does_nothing(want: Want, host: Host) -> None:
    mended = after(host, plan(want, host))
    assert is_right(want, mended) == []
    assert plan(want, mended) == []


@given(wants, hosts())
def test_other_vips_and_adapters_stay_as_they_are(want: Want, host: Host) -> None:
    """But for receiving on the cards; and a disabled adapter has its kept VIPs again."""
    mended = after(host, plan(want, host))
    enabled = after(host, [step for step in plan(want, host) if step.do == "enable_adapter"])
    others = {one for one in enabled.addresses if one.ip not in want.vips}
    assert others == {one for one in mended.addresses if one.ip not in want.vips}
    if want.rips:
        assert [one for one in host.interfaces if one.index == OTHER] == [
            one for one in mended.interfaces if one.index == OTHER
        ]


@given(wants, hosts())
def test_absent_leaves_nothing_of_these_vips(want: Want, host: Host) -> None:
    gone = replace(want, present=False)
    cleared = after(host, plan(gone, host))
    assert not [one for one in cleared.addresses if one.ip in want.vips]
    assert plan(gone, cleared) == []
    if not [one for one in host.addresses if one.ip in VIPS and one.ip not in want.vips]:
        assert (cleared.adapter("lvs"), cleared.notes) == (None, ())
        assert not [one for one in cleared.devices if one.is_loopback]


@given(wants, hosts())
def test_what_was_opened_is_closed_again_and_nothing_else(want: Want, host: Host) -> None:
    host = replace(host, notes=())
    opened = after(host, plan(want, host))
    closed = after(opened, plan(Want(VIPS, "lvs", present=False), opened))
    cards = (CARD, OTHER)
    assert {one for one in closed.interfaces if one.index in cards} == {
        one for one in host.interfaces if one.index in cards
    }


@given(wants, hosts())
def test_every_step_can_be_spelt(want: Want, host: Host) -> None:
    for step in plan(want, host):
        assert "{" not in spell(step) or "'{" in spell(step), "GUIDs have braces, too"
    assert set(view(want, host)) == set(view(want, after(host, plan(want, host))))


FRESH = Host(
    (Adapter("Ethernet0", CARD, "{1}", "PCI\\1", "Up"),),
    (Interface(CARD, "IPv4", 25, True, False, False, False), Interface(CARD, "IPv6", 25, True, False, False, False)),
    tuple(Address(store, RIP, 24, CARD, "Manual", "Preferred", False) for store in STORES),
    devices=(Device("PCI\\1", ("PCI\\VEN_8086",), True, "Ethernet0"),),
)


def words(host: Host, **changes: t.Any) -> list[str]:
    return [step.do for step in plan(replace(Want((VIPS[0],), "lvs", (RIP,)), **changes), host)]


def test_dhcp_goes_before_the_address_comes() -> None:
    """With DHCP on, New-NetIPAddress is refused."""
    found = words(FRESH)
    assert found.index("create_adapter") < found.index("set_dhcp") < found.index("add_address")


def test_the_card_is_noted_before_it_is_changed_and_the_vip_comes_last() -> None:
    found = words(FRESH)
    note = found.index("add_note")
    assert found[note + 1] == "set_weak_host_receive"
    assert found[-1] == "add_address"


def test_the_vip_goes_first_and_the_adapter_last() -> None:
    here = after(FRESH, plan(Want((VIPS[0],), "lvs", (RIP,)), FRESH))
    found = words(here, present=False)
    assert found == ["remove_address", "remove_address", "set_weak_host_receive", "remove_notes", "remove_device"]


WEB, MAIL, SHARED = "192.168.1.110", "192.168.1.120", "192.168.1.130"


def of(name: str, *vips: str, adopt: str = "", **more: t.Any) -> Want:
    return Want(vips, "lvs", (RIP,), purge=True, lvs=Names(name, adopt or name), **more)


def held(host: Host) -> set[str]:
    return {one.ip for one in host.addresses if one.ip != RIP}


@pytest.mark.parametrize(
    ("goes", "stays"),
    [(of("web", WEB, SHARED), of("mail", MAIL, SHARED)), (of("mail", MAIL, SHARED), of("web", WEB, SHARED))],
)
def test_two_lvs_share_an_adapter_and_neither_takes_what_is_the_others(goes: Want, stays: Want) -> None:
    host = after(FRESH, plan(goes, FRESH))
    alone = after(FRESH, plan(stays, FRESH))
    both = after(host, plan(stays, host))
    assert held(both) == {WEB, MAIL, SHARED}
    assert plan(goes, both) == plan(stays, both) == []
    assert left_over(replace(goes, vips=(), purge=False), both) == sorted(goes.vips)
    gone = replace(goes, vips=tuple(claimed(goes, both)), present=False)
    one = after(both, plan(gone, both))
    assert held(one) == set(stays.vips)
    assert sorted(one.notes) == sorted(alone.notes)
    assert plan(replace(goes, vips=()), one) == plan(gone, one) == plan(stays, one) == []
    last = replace(stays, vips=tuple(claimed(stays, one)), present=False)
    none = after(one, plan(last, one))
    assert replace(none, interfaces=tuple(sorted(none.interfaces, key=lambda it: it.family))) == FRESH


def test_what_leaves_an_inventory_stays_for_the_other_lvs_alone() -> None:
    both = after(FRESH, plan(of("web", WEB, SHARED), FRESH))
    both = after(both, plan(of("mail", SHARED), both))
    less = after(both, plan(of("web", WEB), both))
    assert held(less) == {WEB, SHARED}
    assert claimed(of("web"), less) == [WEB]
    assert held(after(less, plan(of("web"), less))) == {SHARED}


def test_another_name_takes_over_what_is_there() -> None:
    host = after(FRESH, plan(of("web", WEB, SHARED), FRESH))
    shop = of("shop", WEB, adopt="web")
    mine = after(host, plan(shop, host))
    assert held(mine) == {WEB}
    assert [note for note in mine.notes if note.startswith("vip ")] == [f"vip {WEB} shop"]
    assert plan(shop, mine) == plan(of("shop", WEB), mine) == []


def test_a_vip_of_before_names_is_of_the_lvs_without_one_until_another_plans_it() -> None:
    host = after(FRESH, plan(of("lvs", WEB, SHARED), FRESH))
    host = replace(host, notes=tuple(note for note in host.notes if not note.startswith("vip ")))
    mail = after(host, plan(of("mail", MAIL, SHARED), host))
    assert held(mail) == {WEB, MAIL, SHARED}
    assert claimed(of("mail"), mail) == [MAIL, SHARED]
    assert claimed(of("lvs"), mail) == [WEB]
    assert held(after(mail, plan(of("lvs"), mail))) == {MAIL, SHARED}


def test_a_note_that_nobody_wrote_is_nobodys() -> None:
    host = replace(FRESH, notes=("vip", "vip x", f"vip {WEB} two words", f"vip {WEB} ../x", "vip  web"))
    assert claimed(of("web"), host) == []
    assert "add_note" in [step.do for step in plan(of("web", WEB), host)]


def test_a_ghost_goes_before_its_name_is_taken_anew() -> None:
    ghost = replace(FRESH, devices=(*FRESH.devices, Device("ROOT\\NET\\0000", ("*MSLOOP",), False, "LVS")))
    assert words(ghost)[:2] == ["remove_device", "create_adapter"]


@pytest.mark.parametrize("hardware", ["*MSLOOP", "*msloop", "ROOT\\MSLOOP"])
def test_an_adapter_is_known_by_its_hardware_in_every_language(hardware: str) -> None:
    assert Device("ROOT\\NET\\0000", (hardware,), True, "lvs").is_loopback


ROUTES = {
    "192.168.1.110/32": True,
    "224.0.0.0/4": True,
    "255.255.255.255/32": True,
    "169.254.0.0/16": True,
    "fe80::/64": True,
    "ff00::/8": True,
    "0.0.0.0/0": False,
    "::/0": False,
    "192.168.0.0/16": False,
    "224.0.0.0/3": False,
    "2001:db8::/64": False,
}


@pytest.mark.parametrize("prefix", ROUTES)
def test_which_routes_may_lead_into_the_adapter(prefix: str) -> None:
    want = Want((VIPS[0],), "lvs", (RIP,))
    here = after(FRESH, plan(want, FRESH))
    index = max(adapter.index for adapter in here.adapters)
    odd = replace(here, routes=(Route(ACTIVE, prefix, "fe80::1" if ":" in prefix else "192.168.1.254", index, 256),))
    if ROUTES[prefix]:
        assert plan(want, odd) == []
    else:
        with pytest.raises(LvsError, match=f"has the route {prefix}"):
            plan(want, odd)


def test_the_network_of_an_address_that_is_no_vip_is_refused() -> None:
    want = Want((VIPS[0],), "lvs", (RIP,))
    here = after(FRESH, plan(want, FRESH))
    index = max(adapter.index for adapter in here.adapters)
    (vip,) = (address for address in here.addresses if address.index == index and address.store == ACTIVE)
    foreign = replace(vip, ip="10.9.9.9", prefix=24)
    route = Route(ACTIVE, "10.9.9.0/24", "192.168.1.254", index, 256)
    with pytest.raises(LvsError, match=r"has the route 10\.9\.9\.0/24"):
        plan(want, replace(here, addresses=(*here.addresses, foreign), routes=(route,)))


def test_a_duplicate_is_an_error_and_a_tentative_address_is_waited_for() -> None:
    want = Want((VIPS[0],), "lvs", (RIP,))
    here = after(FRESH, plan(want, FRESH))
    found = {}
    for state in ("Preferred", "Tentative"):
        addresses = tuple(replace(one, state=state) for one in here.addresses)
        found[state] = unsettled(want, replace(here, addresses=addresses))
    assert found == {"Preferred": [], "Tentative": [VIPS[0]]}
    twice = replace(here, addresses=tuple(replace(one, state="Duplicate") for one in here.addresses))
    with pytest.raises(LvsError, match="was found on another host by 'lvs'"):
        unsettled(want, twice)


def test_a_name_with_a_quote_stays_inside_its_quotes() -> None:
    step = Step.of("set_weak_host_receive", adapter="O'Neill", family="IPv4", value="Enabled")
    assert "-InterfaceAlias 'O''Neill'" in spell(step)


@given(hosts(), st.lists(st.sampled_from(VIPS), unique=True))
def test_a_list_that_is_the_whole_truth(host: Host, vips: list[str]) -> None:
    want = Want(tuple(vips), "lvs", (RIP,), purge=True)
    seen = vips_of_ours(want, host)
    assert left_over(want, host) == [vip for vip in seen if vip not in vips]
    steps = plan(want, host)
    now = after(host, steps)
    assert vips_of_ours(want, now) == sorted(vips)
    assert plan(want, now) == []
    assert [one for one in host.addresses if one.index == CARD] == [one for one in now.addresses if one.index == CARD]
    if not vips:
        assert now.adapter("lvs") is None


@given(hosts())
def test_what_is_not_listed_stays_unless_it_is_to_go(host: Host) -> None:
    want = Want(VIPS[:1], "lvs", (RIP,))
    others = left_over(want, host)
    assert left_over(want, after(host, plan(want, host))) == others
