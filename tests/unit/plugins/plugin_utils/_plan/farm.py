# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LVS of the HOWTO, section 5, as `groups` and `hostvars`, and the short way to a plan of something like it."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan

GROUPS: dict[str, list[str]] = {
    "all": ["client", "director", "realserver1", "realserver2"],
    "ungrouped": [],
    "directors": ["director"],
    "realservers": ["realserver1", "realserver2"],
    "clients": ["client"],
}
HOSTVARS: dict[str, dict[str, t.Any]] = {
    "director": {"ansible_host": "192.168.1.9", "lvs_dip": "192.168.1.9/24"},
    "realserver1": {"ansible_host": "192.168.1.11", "lvs_rip": "192.168.1.11/24"},
    "realserver2": {"ansible_host": "192.168.1.12", "lvs_rip": "192.168.1.12/24"},
    "client": {"ansible_host": "192.168.1.254"},
}
SERVICE: dict[str, t.Any] = {"name": "http", "vip": "192.168.1.110", "port": "http", "scheduler": "rr"}


def service(**changes: object) -> dict[str, t.Any]:
    """The HOWTO's http service with changes; None takes a key away."""
    return {key: value for key, value in {**SERVICE, **changes}.items() if value is not None}


def member(**changes: object) -> dict[str, t.Any]:
    """The service with two realservers, the second of them with changes."""
    return service(realservers=["realserver2", {"host": "realserver1", **changes}])


def groups(**changes: list[str] | None) -> dict[str, list[str]]:
    """The farm's groups with changes; None takes a group away. New hosts join `all`."""
    changed = {name: hosts for name, hosts in {**GROUPS, **changes}.items() if hosts is not None}
    changed["all"] = sorted({host for hosts in changed.values() for host in hosts})
    return changed


def hostvars(**changes: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """The farm's host variables with changes to some hosts; a variable that becomes None is taken away."""
    changed = copy.deepcopy(HOSTVARS)
    for host, variables in changes.items():
        merged = {**changed.get(host, {}), **variables}
        changed[host] = {name: value for name, value in merged.items() if value is not None}
    return changed


def plan(*services: object, **inventory: t.Any) -> dict[str, t.Any]:
    """The plan of these services, by default on the farm of the HOWTO."""
    return make_plan(
        list(services),
        inventory.get("groups", GROUPS),
        inventory.get("hostvars", HOSTVARS),
        inventory.get("lookup", lambda _name, _protocol: None),
    )


def found(planned: dict[str, t.Any], severity: str = "error") -> list[tuple[str, object]]:
    """Path and value of each finding."""
    return [(finding["path"], finding["value"]) for finding in planned["findings"] if finding["severity"] == severity]


def realserver(planned: dict[str, t.Any], host: str = "realserver1") -> dict[str, t.Any]:
    """What the plan wants of a realserver; there must be one."""
    assert found(planned) == []
    slice_: dict[str, t.Any] = planned["hosts"][host]["realserver"]
    return slice_
