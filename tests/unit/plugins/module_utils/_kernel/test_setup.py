# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls against a model of the kernel, which sets some along when it becomes a router: all of them go back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.setup import (
    Change,
    Plan,
    Record,
    Values,
    Wanted,
    make_plan,
    parse_record,
    render_record,
)

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
        record = kernel.run(make_plan(Wanted((), wish), (), kernel.values, record))
        assert not make_plan(Wanted((), wish), (), kernel.values, record).changes
        assert all(kernel.values[name] == value for name, value in wish.items() if "*" not in name)
    kernel.run(make_plan(Wanted(), (), kernel.values, record))
    assert kernel.values == before


NAMES = st.text(st.characters(categories=("L", "N")), min_size=1)
CHANGES = st.builds(Change, NAMES, st.none() | NAMES, NAMES)


@given(st.lists(NAMES), st.lists(CHANGES))
def test_the_record_reads_back(modules: list[str], changes: list[Change]) -> None:
    record = Record(tuple(modules), tuple(changes))
    assert parse_record(render_record(record), "record").value == record
