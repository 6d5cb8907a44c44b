# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of an LVS in their order: the one list that roles, playbooks and documentation are tested against.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t

Slice = dict[str, t.Any]


class Step(t.NamedTuple):
    """A file of tasks in a role. Its result is `__ROLE_NAME_result`."""

    role: str
    name: str
    title: str  # of its task in main.yml, and in the role's README
    need: str  # what of a host's slice says that there is something to do
    tag: str


def _step(role: str, name: str, title: str, need: str, tag: str = "") -> Step:
    return Step(role, name, title, need, f"{role}_{tag or name}")


# Each step is finished on all its hosts before the next begins: nothing answers ARP for a VIP that it should hide, and
# no director forwards to a realserver that is not ready.
ORDER = (
    _step("realserver", "arp", "ARP", "arp_hide"),
    _step("realserver", "tunnels", "Tunnels", "tunnels"),
    _step("realserver", "vip", "VIP", "addresses"),
    _step("realserver", "replies", "Replies", "routes"),
    _step("realserver", "gateway", "Gateway", "gateways"),
    _step("realserver", "check", "Services", "checks"),
    _step("director", "kernel", "Kernel modules and sysctls", "kernel_modules"),
    _step("director", "gateway", "Gateway", "gateways"),
    _step("director", "firewall", "Firewall", "firewall"),
    # What is not planned any more may be on any of them. It has no tag of its own: no table is to lose a service while
    # its VIP is still there.
    _step("director", "release", "VIPs that go", "kernel_modules", tag="table"),
    _step("director", "table", "Virtual server table", "kernel_modules"),  # also an empty table is one
    # Of several directors, those without the VIPs first. One that has them without keepalived gives them up when
    # another has taken them, and then stands by.
    _step("director", "standby", "Directors that stand by", "kernel_modules", tag="vip"),
    _step("director", "vip", "VIP", "vips"),
    _step("director", "failover", "Director that served", "failover", tag="vip"),
    _step("director", "source", "Source address", "neighbours"),
    _step("director", "probe", "Realservers without a login", "probes"),
    _step("realserver", "release", "What leaves the inventory", "rips"),
)


def order(planned: t.Mapping[str, Slice]) -> list[Slice]:
    """The steps of this plan, each with its hosts."""
    # Nothing is done on a realserver that nobody logs in to.
    mine = {host: roles for host, roles in planned.items() if roles.get("realserver", {}).get("managed", True)}
    steps = [
        {
            "role": step.role,
            "step": step.name,
            "hosts": [host for host in mine if mine[host].get(step.role, {}).get(step.need)],
        }
        for step in ORDER
    ]
    return [step for step in steps if step["hosts"]]
