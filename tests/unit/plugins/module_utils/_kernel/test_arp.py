# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measured truth table of arp_ignore and arp_announce, and the plan that follows from it."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import Address, Interface
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp import (
    ALL,
    HIDING,
    Change,
    Plan,
    Record,
    Setting,
    effective,
    exposed,
    hiding_changes,
    plan_absent,
    plan_present,
    render_boot,
    still_held,
)

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


def settings(**changed: dict[str, int]) -> dict[Setting, int]:
    values = {Setting(interface, name): 0 for interface in NAMES for name in HIDING}
    for name, by_interface in changed.items():
        values.update({Setting(interface, name): value for interface, value in by_interface.items()})
    return values


def apply(values: dict[Setting, int], changes: t.Iterable[Change]) -> dict[Setting, int]:
    after = dict(values)
    for change in changes:
        assert after[change.setting] == change.before
        assert change.before != change.after
        after[change.setting] = change.after
    return after


VALUES = st.fixed_dictionaries({Setting(interface, name): st.integers(-1, 9) for interface in NAMES for name in HIDING})
VIPS = st.lists(st.sampled_from([VIP, OTHER]), min_size=1)


@pytest.mark.parametrize(("for_all", "nic", "answers"), IGNORE_TABLE)
def test_where_the_kernel_answers_something_changes(for_all: int, nic: int, answers: bool) -> None:
    values = settings(arp_ignore={"all": for_all, "eth0": nic}, arp_announce={"all": 2})
    changes = hiding_changes(values)
    if answers:
        assert changes
    after = apply(values, changes)
    assert effective(after, "eth0", "arp_ignore") in (1, 2)


@pytest.mark.parametrize(("for_all", "nic", "names_vip"), ANNOUNCE_TABLE)
def test_where_the_kernel_announces_something_changes(for_all: int, nic: int, names_vip: bool) -> None:
    values = settings(arp_ignore={"all": 1}, arp_announce={"all": for_all, "eth0": nic})
    changes = hiding_changes(values)
    if names_vip:
        assert changes
    assert effective(apply(values, changes), "eth0", "arp_announce") == 2


def test_an_interface_alone_is_not_enough_because_the_next_one_would_answer() -> None:
    values = settings(arp_ignore={"eth0": 1, "eth0.100": 1}, arp_announce={"all": 2})
    assert hiding_changes(values) == (Change(Setting("all", "arp_ignore"), 0, 1),)


def test_nothing_to_change_on_a_host_that_hides() -> None:
    hiding = {"arp_ignore": {"all": 2, "eth0": 1, "lo": 3}, "arp_announce": {"all": 2, "eth0": 1}}
    assert hiding_changes(settings(**hiding)) == ()


def test_all_comes_first_then_default() -> None:
    values = dict.fromkeys(settings(), 3)
    order = [change.setting.interface for change in hiding_changes(values)]
    assert order == ["all", "all", "default", "default", "eth0", "eth0", "eth0.100", "eth0.100"]


@given(VALUES)
def test_hiding_is_reached_and_stays(values: dict[Setting, int]) -> None:
    after = apply(values, hiding_changes(values))
    assert hiding_changes(after) == ()
    for interface in ("default", "eth0", "eth0.100"):
        for name, good in HIDING.items():
            assert effective(after, interface, name) in good


@given(VALUES)
def test_nothing_is_changed_that_need_not_be(values: dict[Setting, int]) -> None:
    changes = hiding_changes(values)
    for left_out in changes:
        assert hiding_changes(apply(values, [change for change in changes if change != left_out])) == (left_out,)


@given(VALUES, VIPS, VIPS)
def test_present_then_absent_is_where_it_began(values: dict[Setting, int], first: list[str], more: list[str]) -> None:
    plan = plan_present(values, None, first, persistent=True)
    hidden = apply(values, plan.changes)
    again = plan_present(hidden, plan.record, more, persistent=True)
    assert again.changes == ()
    assert again.boot == plan.boot
    gone = plan_absent(hidden, again.record, None, persistent=True)
    assert apply(hidden, gone.changes) == values
    assert (gone.record, gone.boot) == (None, None)


@given(VALUES, VALUES)
def test_drift_does_not_make_it_forget_what_was_first(values: dict[Setting, int], drift: dict[Setting, int]) -> None:
    first = plan_present(values, None, [VIP], persistent=True)
    again = plan_present(drift, first.record, [VIP], persistent=True)
    assert first.record is not None
    assert again.record is not None
    before = {change.setting: change.before for change in again.record.changes}
    assert {change.setting: change.before for change in first.record.changes}.items() <= before.items()
    repaired = apply(drift, again.changes)
    assert plan_present(repaired, again.record, [VIP], persistent=True) == Plan((), again.record, again.boot)


@given(VALUES)
def test_what_is_set_at_boot_hides_whatever_the_host_had(values: dict[Setting, int]) -> None:
    plan = plan_present(values, None, [VIP], persistent=True)
    assert plan.boot is not None
    assert hiding_changes({**values, **plan.boot}) == ()


def test_absent_restores_only_after_the_last_vip() -> None:
    record = Record((VIP, OTHER), (Change(Setting(ALL, "arp_ignore"), 0, 1),))
    values = settings(arp_ignore={"all": 1}, arp_announce={"all": 2})
    plan = plan_absent(values, record, [OTHER], persistent=True)
    assert plan.changes == ()
    assert plan.record == Record((VIP,), record.changes)
    assert plan_absent(values, plan.record, [VIP], persistent=True).changes == (
        Change(Setting(ALL, "arp_ignore"), 1, 0),
    )


def test_absent_skips_an_interface_that_is_gone() -> None:
    record = Record((VIP,), (Change(Setting("eth9", "arp_ignore"), 3, 1),))
    assert plan_absent(settings(), record, None, persistent=True) == Plan((), None, None)


def test_boot_file_has_other_interfaces_with_a_dash_and_slashes_for_dots() -> None:
    text = render_boot(
        {Setting("eth0.100", "arp_ignore"): 1, Setting("default", "arp_ignore"): 1, Setting(ALL, "arp_ignore"): 1}
    )
    assert text.splitlines()[-3:] == [
        "net.ipv4.conf.all.arp_ignore = 1",
        "net.ipv4.conf.default.arp_ignore = 1",
        "-net.ipv4.conf.eth0/100.arp_ignore = 1",
    ]


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
