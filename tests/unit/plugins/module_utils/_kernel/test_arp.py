# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measured truth table of arp_ignore and arp_announce, and the plan that follows from it."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import Address, Interface
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp import (
    HIDDEN,
    HIDING,
    SYSCTL,
    exposed,
    needs,
    still_held,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.decide import (
    Change,
    Record,
    Wanted,
    boot_values,
    make_plan,
    unmet,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.sysctl import conf

VIP = "192.168.1.110"
OTHER = "192.168.1.120"
NAMES = ("all", "default", "lo", "eth0", "eth0.100")

# arping from a peer namespace for an address of global scope on lo, Linux 6.18: conf/all, conf/NIC, answered?
IGNORE_TABLE = [
    (0, 0, True),
    (1, 0, False),
    (2, 0, False),
    (3, 0, True),
    (4, 0, True),
    (5, 0, True),
    (9, 0, True),
    (0, 1, False),
    (1, -1, False),
    (1, 1, False),
    (1, 2, False),
    (1, 3, True),
    (1, 4, True),
]
# The sender that a request names when its socket is bound to the VIP: conf/all, conf/NIC, is it the VIP?
ANNOUNCE_TABLE = [(0, 0, True), (1, 0, True), (2, 0, False), (0, 2, False), (3, 0, True), (2, 3, True)]


WANTED = Wanted((), needs(SYSCTL, ()), {"vips": [VIP]})
NOTHING = Wanted()
Values = dict[str, str]


def settings(**changed: dict[str, int]) -> Values:
    values = {conf(interface, name): "0" for interface in NAMES for name in HIDING}
    for name, by_interface in changed.items():
        values.update({conf(interface, name): str(value) for interface, value in by_interface.items()})
    return values


def effective(values: Values, interface: str, name: str) -> int:
    """The value the kernel goes by on an interface."""
    return max(int(values[conf("all", name)]), int(values[conf(interface, name)]))


def apply(values: Values, changes: t.Iterable[Change]) -> Values:
    after = dict(values)
    for change in changes:
        assert after[change.name] == change.before
        assert change.before != change.after
        after[change.name] = change.after
    return after


VALUES = st.fixed_dictionaries(
    {conf(interface, name): st.integers(-1, 9).map(str) for interface in NAMES for name in HIDING}
)


@pytest.mark.parametrize(("for_all", "nic", "answers"), IGNORE_TABLE)
def test_where_the_kernel_answers_something_changes(for_all: int, nic: int, answers: bool) -> None:
    values = settings(arp_ignore={"all": for_all, "eth0": nic}, arp_announce={"all": 2})
    changes = unmet(WANTED, values)
    if answers:
        assert changes
    after = apply(values, changes)
    assert effective(after, "eth0", "arp_ignore") in (1, 2)


@pytest.mark.parametrize(("for_all", "nic", "names_vip"), ANNOUNCE_TABLE)
def test_where_the_kernel_announces_something_changes(for_all: int, nic: int, names_vip: bool) -> None:
    values = settings(arp_ignore={"all": 1}, arp_announce={"all": for_all, "eth0": nic})
    changes = unmet(WANTED, values)
    if names_vip:
        assert changes
    assert effective(apply(values, changes), "eth0", "arp_announce") == 2


def test_an_interface_alone_is_not_enough_because_the_next_one_would_answer() -> None:
    values = settings(arp_ignore={"eth0": 1, "eth0.100": 1}, arp_announce={"all": 2})
    assert unmet(WANTED, values) == (Change("net.ipv4.conf.all.arp_ignore", "0", "1"),)


def test_nothing_to_change_on_a_host_that_hides() -> None:
    hiding = {"arp_ignore": {"all": 2, "eth0": 1, "lo": 3}, "arp_announce": {"all": 2, "eth0": 1}}
    assert unmet(WANTED, settings(**hiding)) == ()


def test_all_comes_first_then_default() -> None:
    values = dict.fromkeys([*settings(), *(conf("aa0", name) for name in HIDING)], "3")
    order = [change.name.split(".")[3] for change in unmet(WANTED, values)]
    assert order == [*["all"] * 2, *["default"] * 2, *["aa0"] * 2, *["eth0"] * 2, *["eth0/100"] * 2]


@given(VALUES)
def test_hiding_is_reached_and_stays(values: Values) -> None:
    after = apply(values, unmet(WANTED, values))
    assert unmet(WANTED, after) == ()
    for interface in ("default", "eth0", "eth0.100"):
        for name, good in HIDING.items():
            assert effective(after, interface, name) in good


@given(VALUES)
def test_nothing_is_changed_that_need_not_be(values: Values) -> None:
    changes = unmet(WANTED, values)
    for left_out in changes:
        assert unmet(WANTED, apply(values, [change for change in changes if change != left_out])) == (left_out,)


def boot(values: Values, record: Record | None) -> Values:
    return boot_values(WANTED, values, record or Record(), (), "/etc/sysctl.d/99-lvs-arp-hide.conf")


@given(VALUES)
def test_hiding_and_then_not_is_where_it_began(values: Values) -> None:
    plan = make_plan(WANTED, (), values, Record())
    hidden = apply(values, plan.changes)
    assert plan.record is not None
    again = make_plan(WANTED, (), hidden, plan.record)
    assert again.changes == ()
    assert again.record == plan.record
    assert boot(hidden, again.record) == boot(values, plan.record)
    gone = make_plan(NOTHING, (), hidden, plan.record)
    assert apply(hidden, gone.changes) == values
    assert gone.record is None


@given(VALUES, VALUES)
def test_drift_does_not_make_it_forget_what_was_first(values: Values, drift: Values) -> None:
    first = make_plan(WANTED, (), values, Record()).record
    assert first is not None
    again = make_plan(WANTED, (), drift, first)
    assert again.record is not None
    before = {change.name: change.before for change in again.record.changes}
    assert {change.name: change.before for change in first.changes}.items() <= before.items()
    repaired = apply(drift, again.changes)
    after = make_plan(WANTED, (), repaired, again.record)
    assert (after.changes, after.record) == ((), again.record)
    assert boot(repaired, after.record) == boot(drift, again.record)


@given(VALUES)
def test_what_is_set_at_boot_hides_whatever_the_host_had(values: Values) -> None:
    plan = make_plan(WANTED, (), values, Record())
    assert unmet(WANTED, {**values, **boot(values, plan.record)}) == ()


def test_another_method_hides_before_the_first_one_goes() -> None:
    values = {**settings(), **{conf(name, HIDDEN): "1" for name in ("all", "lo")}}
    before = Record((), tuple(Change(conf(name, HIDDEN), "0", "1") for name in ("all", "lo")), {"method": HIDDEN})
    assert [(change.name, change.after) for change in make_plan(WANTED, (), values, before).changes] == [
        ("net.ipv4.conf.all.arp_announce", "2"),
        ("net.ipv4.conf.all.arp_ignore", "1"),
        ("net.ipv4.conf.lo.hidden", "0"),
        ("net.ipv4.conf.all.hidden", "0"),
    ]


def test_an_interface_that_is_gone_for_a_while_is_remembered_and_hidden_at_boot() -> None:
    record = Record((), (Change("net.ipv4.conf.eth9.arp_ignore", "3", "1"),), WANTED.notes)
    plan = make_plan(WANTED, (), settings(), record)
    assert plan.record is not None
    assert record.changes[0] in plan.record.changes
    assert boot(settings(), plan.record)["net.ipv4.conf.eth9.arp_ignore"] == "1"
    assert make_plan(NOTHING, (), settings(), record).changes == ()


@pytest.mark.parametrize(
    ("flags", "shows"),
    [
        ({"BROADCAST", "UP"}, True),
        ({"LOOPBACK"}, False),
        ({"BROADCAST", "NOARP"}, False),
        ({"POINTOPOINT", "NOARP"}, False),
    ],
)
def test_exposed_only_where_arp_is_spoken(flags: set[str], shows: bool) -> None:
    interface = Interface("x0", frozenset(flags), (Address(VIP, 24), Address("192.168.1.9", 24)))
    assert bool(exposed([OTHER, VIP], [interface])) is shows
    assert [error.item for error in still_held([OTHER, VIP], [interface])] == ["vips[1]"]
    assert still_held([OTHER], [interface]) == []
