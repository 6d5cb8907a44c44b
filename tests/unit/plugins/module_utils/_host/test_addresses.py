# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that lead to a VIP with the full mask on one interface."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import (
    choose_interface,
    parse_vips,
    steps_absent,
    steps_present,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import (
    Address,
    Interface,
    Route,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import full_prefix
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip import after_steps

VIP = "192.168.1.110"
VIP6 = "2001:db8::110"

LO = Interface(
    "lo", frozenset({"LOOPBACK", "UP", "LOWER_UP"}), (Address("127.0.0.1", 8), Address(VIP, 32), Address("::1", 128))
)
E0 = Interface(
    "e0",
    frozenset({"BROADCAST", "MULTICAST", "UP", "LOWER_UP"}),
    (
        Address("192.0.2.11", 24),
        Address("192.0.2.50", 24, secondary=True),
        Address("192.0.2.60", 24, dynamic=True),
        Address("fd00::10", 128),
    ),
)


@pytest.mark.parametrize(
    ("vip", "interface"),
    [(VIP, "e1"), ("192.168.2.1", "e0"), (VIP6, "e2"), ("10.0.0.1", None), ("192.168.3.1", None)],
)
def test_choose_interface(vip: str, interface: str | None) -> None:
    routes = [
        Route("0.0.0.0/0", None, "ppp0", connected=True),
        Route("10.0.0.0/8", "192.168.1.9", "e1"),
        Route("192.168.1.110/32", None, "e0", connected=True),
        Route("192.168.0.0/16", None, "e0", connected=True),
        Route("192.168.1.0/24", None, "e1", connected=True),
        Route("192.168.3.0/24", None, "e1", connected=True),
        Route("192.168.3.0/24", None, "e2", connected=True),
        Route("2001:db8::/64", None, "e2", connected=True),
    ]
    if interface is None:
        with pytest.raises(LvsError, match="Set interface"):
            choose_interface(vip, "vips[0]", routes)
    else:
        assert choose_interface(vip, "vips[0]", routes) == interface


def test_vips_are_canonical_and_each_there_once() -> None:
    assert parse_vips([VIP, f"{VIP}/32", " 2001:DB8:0::110 ", f"{VIP6}/128"]) == [VIP, VIP6]


@given(st.text())
def test_garbage_is_refused_by_name(text: str) -> None:
    assume(not is_vip(text))
    with pytest.raises(LvsError) as refused:
        parse_vips([text])
    assert refused.value.item == "vips[0]"
    assert refused.value.value == text


def is_vip(text: str) -> bool:
    try:
        parse_vips([text])
    except LvsError:
        return False
    return True


OWN = st.sampled_from(["192.168.1.9", "192.168.2.9", "2001:db8::9"])
IPS = st.sampled_from([VIP, VIP6])
ADDRESSES = st.builds(
    Address,
    st.one_of(OWN, IPS),
    st.integers(8, 32),
    secondary=st.booleans(),
    dynamic=st.booleans(),
)
INTERFACES = st.tuples(
    st.builds(Interface, st.just("lo"), st.just(frozenset({"LOOPBACK"})), st.lists(ADDRESSES, max_size=3).map(tuple)),
    st.builds(Interface, st.just("e0"), st.just(frozenset({"UP"})), st.lists(ADDRESSES, max_size=3).map(tuple)),
)


@given(IPS, st.sampled_from(["lo", "e0"]), INTERFACES, st.booleans())
def test_present_reaches_the_one_address_and_touches_no_other(
    vip: str, name: str, interfaces: tuple[Interface, ...], ours: bool
) -> None:
    try:
        steps = steps_present(vip, "vips[0]", name, interfaces, ours)
    except LvsError:
        assume(False)
    after = after_steps(interfaces, steps)
    held = {(one.name, str(address)) for one in after for address in one.holds(vip)}
    assert held == {(name, f"{vip}/{full_prefix(vip)}")}
    assert steps_present(vip, "vips[0]", name, after, ours) == []
    assert others(after, vip) == others(interfaces, vip)
    for count in range(len(steps)) if ":" not in vip and any(one.holds(vip) for one in interfaces) else ():
        assert any(one.holds(vip) for one in after_steps(interfaces, steps[:count])), "a moment without"


@given(IPS, INTERFACES, st.booleans())
def test_absent_leaves_every_other_address(vip: str, interfaces: tuple[Interface, ...], ours: bool) -> None:
    try:
        steps = [step for one in interfaces for step in steps_absent(vip, "vips[0]", one, ours)]
    except LvsError:
        assume(False)
    after = after_steps(interfaces, steps)
    assert not any(one.holds(vip) for one in after)
    assert others(after, vip) == others(interfaces, vip)


def others(interfaces: tuple[Interface, ...], vip: str) -> list[list[Address]]:
    return [[address for address in one.addresses if address.ip != vip] for one in interfaces]


@given(IPS, INTERFACES, st.integers(8, 31), st.booleans())
def test_what_may_be_the_hosts_own_is_never_removed(
    vip: str, interfaces: tuple[Interface, ...], prefix: int, ours: bool
) -> None:
    lo, nic = interfaces
    # Of what we ever had there, an address from DHCP alone may be the host's own.
    nic = Interface(nic.name, nic.flags, (*nic.addresses, Address(vip, prefix, dynamic=ours)))
    interfaces = (lo, nic)
    with pytest.raises(LvsError, match=r"may be the host's own address|already"):
        steps_present(vip, "vips[0]", "e0", interfaces, ours)
    with pytest.raises(LvsError, match="may be the host's own address"):
        steps_absent(vip, "vips[0]", nic, ours)


def test_an_address_that_another_machine_had_first_is_made_again() -> None:
    """As `dadfailed` marks it: it is there for ever, and the kernel does not use it."""
    useless = Interface("eth0", frozenset({"UP"}), (Address(VIP6, 128, usable=False),))
    steps = steps_present(VIP6, "vips[0]", "eth0", [useless], ours=False)
    assert [step.verb for step in steps] == ["del", "add"]
    assert "nodad" in steps[1].argv


def test_an_address_from_dhcp_is_never_ours() -> None:
    """Though the collection once had the VIP here, and another address keeps the network."""
    nic = Interface(
        "e0", frozenset({"UP"}), (Address("192.168.1.9", 24), Address(VIP, 24, secondary=True, dynamic=True))
    )
    with pytest.raises(LvsError, match="may be the host's own address"):
        steps_absent(VIP, "vips[0]", nic, ours=True)
