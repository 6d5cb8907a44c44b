# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls against a model of the kernel, which sets some along when it becomes a router; records and files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.decide import (
    Change,
    Need,
    Plan,
    Record,
    Values,
    Wanted,
    make_plan,
    parse_record,
    record_shape,
    render_record,
    render_sysctls,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.shapes import fields, listed, text

NICS = ("default", "eth0", "eth0/100", "lo")
FORWARD = "net.ipv4.ip_forward"
FORWARD6 = "net.ipv6.conf.all.forwarding"
FREE = [
    "net.ipv4.conf.all.accept_redirects",
    *(f"net.ipv4.conf.{nic}.forwarding" for nic in NICS),
    *(f"net.ipv4.conf.{nic}.send_redirects" for nic in ("all", *NICS)),
    *(f"net.ipv6.conf.{nic}.forwarding" for nic in NICS),
    FORWARD,
    FORWARD6,
]
BITS = st.sampled_from(["0", "1"])
WANTS = st.dictionaries(
    st.sampled_from(["net.ipv4.conf.*.send_redirects", "net.ipv4.conf.all.send_redirects", FORWARD, FORWARD6]),
    BITS,
    min_size=1,
)


class Kernel:
    """inet_forward_change() and addrconf_forward_change() of Linux 6.1."""

    def __init__(self, values: Values) -> None:
        self.values = {**values, "net.ipv4.conf.all.forwarding": values[FORWARD]}

    def set(self, name: str, value: str) -> None:
        changed = self.values[name] != value
        self.values[name] = value
        if not changed:
            return
        if name == FORWARD:
            self.values["net.ipv4.conf.all.forwarding"] = value
            self.values["net.ipv4.conf.all.accept_redirects"] = "0" if value == "1" else "1"
        for nic in NICS:
            if name in (FORWARD, FORWARD6):
                self.values[f"net.{name.split('.')[1]}.conf.{nic}.forwarding"] = value

    def run(self, plan: Plan) -> Record:
        for change in plan.changes:
            self.set(change.name, change.after)
        return plan.record or Record()


@given(st.fixed_dictionaries(dict.fromkeys(FREE, BITS)), st.lists(WANTS, min_size=1, max_size=3))
def test_whatever_was_wanted_in_turn_absent_brings_everything_back(values: Values, wishes: list[Values]) -> None:
    kernel = Kernel(values)
    before, record = dict(kernel.values), Record()
    for wish in wishes:
        wanted = Wanted((), {name: Need(value) for name, value in wish.items()})
        record = kernel.run(make_plan(wanted, (), kernel.values, record))
        assert not make_plan(wanted, (), kernel.values, record).changes
        assert all(kernel.values[name] == value for name, value in wish.items() if "*" not in name)
    kernel.run(make_plan(Wanted(), (), kernel.values, record))
    assert kernel.values == before


def test_what_is_wanted_is_not_dragged_along_by_what_goes_back() -> None:
    kernel = Kernel({**dict.fromkeys(FREE, "1"), "net.ipv4.conf.default.forwarding": "0"})
    wanted = Wanted((), {"net.ipv4.conf.default.forwarding": Need("1")})
    kernel.run(make_plan(wanted, (), kernel.values, Record((), (Change(FORWARD, "0", "1"),))))
    assert (kernel.values[FORWARD], kernel.values["net.ipv4.conf.default.forwarding"]) == ("0", "1")


NAMES = st.text(st.characters(categories=("L", "N")), min_size=1)
CHANGES = st.builds(Change, NAMES, st.none() | NAMES, NAMES)


@given(st.lists(NAMES), st.lists(CHANGES), st.dictionaries(st.sampled_from(["vips", "method"]), st.lists(NAMES)))
def test_the_record_reads_back(modules: list[str], changes: list[Change], notes: dict[str, list[str]]) -> None:
    record = Record(tuple(modules), tuple(changes), notes)
    shape = record_shape(fields({}, {"vips": listed(text), "method": listed(text)}))
    assert parse_record(render_record(record), "record", shape).value == record


def test_the_file_names_other_interfaces_with_a_dash() -> None:
    names = ("net.ipv4.ip_forward", "net.ipv4.conf.eth0/100.x", "net.ipv4.conf.default.x", "net.ipv4.conf.*.x")
    assert render_sysctls("#", dict.fromkeys((*names, "net.ipv4.conf.all.x"), "1")).splitlines() == [
        "#",
        "net.ipv4.conf.*.x = 1",
        "net.ipv4.conf.all.x = 1",
        "net.ipv4.conf.default.x = 1",
        "-net.ipv4.conf.eth0/100.x = 1",
        "net.ipv4.ip_forward = 1",
    ]


@pytest.mark.parametrize(
    ("need", "value", "suits"),
    [
        (Need("1"), "1", True),
        (Need("1"), "2", False),
        (Need("1"), None, False),
        (Need("1", range(1, 3)), "2", True),
        (Need("1", range(1, 3)), "3", False),
        (Need("1", range(-9, 3)), "-1", True),
        (Need("1", range(1, 3)), "", False),
        (Need("1", range(1, 3)), "many", False),
        (Need("cubic"), "cubic", True),
    ],
)
def test_values_that_may_stay(need: Need, value: str | None, suits: bool) -> None:
    assert need.suits(value) is suits
