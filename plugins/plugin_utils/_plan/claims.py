# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this LVS will ask of a host, so that the host can say what another LVS has there before anything is touched.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t

from ...module_utils._model.claims import (
    GATEWAY,
    HIDDEN,
    MARK,
    MODULE,
    ROUTE,
    SYSCTL,
    VIP,
    Things,
    moved,
    services,
    thing,
)
from ...module_utils._model.table import Service
from .failover import VRRP

Slice = dict[str, t.Any]


def claims(roles: t.Mapping[str, Slice], name: str) -> Things:
    """All that the plan says of a host in all its roles; what only the host itself knows is left empty."""
    found: Things = {}
    for slice_ in roles.values():
        found.update({thing(GATEWAY, one["family"]): one["address"] for one in slice_["gateways"]})
        found.update({thing(SYSCTL, key): value for key, value in slice_["sysctls"].items()})
        found.update({thing(VIP, one["address"]): one.get("interface", "") for one in slice_["addresses"]})
    return {**found, **_of_director(roles.get("director"), name), **_of_realserver(roles.get("realserver"))}


def _of_director(slice_: Slice | None, name: str) -> Things:
    if slice_ is None:
        return {}
    labels = (Service.from_dict(one).key.label for one in slice_["services"])
    return {
        **services(labels, name),
        **{thing(MODULE, one): "" for one in slice_["kernel_modules"]},
        **_moved(slice_["failover"] or {}, name),
        **dict(_mark(mark, port) for mark in slice_["firewall"].get("marks", ()) for port in mark["ports"] or [None]),
    }


def _moved(failover: Slice, name: str) -> Things:
    if failover.get("by") != VRRP:
        return {}
    sync = failover["sync"] and (failover["sync"]["interface"], failover["sync"]["id"])
    return moved(failover["addresses"], failover["router_id"], sync, name)


def _mark(mark: Slice, port: Slice | None) -> tuple[str, str]:
    last = f"-{port['last']}" if port and "last" in port else ""
    ports = (port["protocol"], f"{port['port']}{last}") if port else ()
    return thing(MARK, mark["vip"], *ports), str(mark["fwmark"])


def _of_realserver(slice_: Slice | None) -> Things:
    if slice_ is None:
        return {}
    directors = " ".join(sorted(slice_["directors"]))
    return {
        **{thing(HIDDEN, vip): directors for vip in slice_["vips"] if ":" not in vip},
        **{thing(ROUTE, one["source"]): f"{one['gateway']} {one['mss']}" for one in slice_["routes"]},
    }
