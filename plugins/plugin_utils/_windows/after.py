# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each step of windows_vip_steps makes of a Windows host: how check mode knows the result, and the plan goes on.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .host import (
    ACTIVE,
    FAMILIES,
    PERSISTENT,
    Adapter,
    Address,
    Binding,
    Device,
    Dns,
    Host,
    Interface,
    Step,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable

# The component that binds IP of each family to an adapter.
IP_COMPONENTS = {"IPv4": "ms_tcpip", "IPv6": "ms_tcpip6"}
# What speaks to a network, on an adapter that is on none.
NEEDLESS = ("ms_msclient", "ms_server", "ms_pacer", "ms_lltdio", "ms_rspndr")
_UNKNOWN = "?"
# What a step changes of the interface it names, as the field and the step call it.
_SWITCHES = {
    "set_dhcp": "dhcp",
    "set_weak_host_receive": "weak_host_receive",
    "set_weak_host_send": "weak_host_send",
}


def find_interface(host: Host, index: int, family: str) -> Interface | None:
    return next((one for one in host.interfaces if (one.index, one.family) == (index, family)), None)


def new_interface(index: int, family: str) -> Interface:
    return Interface(index, family, 25, True, False, False, True)


def after(host: Host, steps: Iterable[Step]) -> Host:
    """The host as it is when the steps are done."""
    for step in steps:
        host = _AFTER[step.do](host, step)
    return host


def _after_create(host: Host, step: Step) -> Host:
    """A new adapter as Windows makes it; what is not known beforehand is left open."""
    index = max((adapter.index for adapter in host.adapters), default=1) + 1
    name = step["adapter"]
    components = (*NEEDLESS, *IP_COMPONENTS.values())
    return replace(
        host,
        adapters=(*host.adapters, Adapter(name, index, _UNKNOWN, _UNKNOWN, "Up")),
        devices=(*host.devices, Device(_UNKNOWN, ("*MSLOOP",), True, name)),
        interfaces=(*host.interfaces, *(new_interface(index, family) for family in FAMILIES.values())),
        dns=(*host.dns, Dns(index, True)),
        bindings=(*host.bindings, *(Binding(name, component, True) for component in components)),
    )


def _after_remove(host: Host, step: Step) -> Host:
    gone = {adapter.index: adapter.name for adapter in host.adapters if adapter.device == step["device"]}
    return replace(
        host,
        adapters=tuple(one for one in host.adapters if one.index not in gone),
        devices=tuple(one for one in host.devices if one.device != step["device"]),
        interfaces=tuple(one for one in host.interfaces if one.index not in gone),
        addresses=tuple(one for one in host.addresses if one.index not in gone),
        routes=tuple(one for one in host.routes if one.index not in gone),
        dns=tuple(one for one in host.dns if one.index not in gone),
        bindings=tuple(one for one in host.bindings if one.name not in gone.values()),
    )


def _after_enable(host: Host, step: Step) -> Host:
    """What was kept for the next boot is there now."""
    adapters = tuple(replace(one, status="Up") if one.name == step["adapter"] else one for one in host.adapters)
    index = next(one.index for one in adapters if one.name == step["adapter"])
    others = tuple(one for one in host.addresses if (one.index, one.store) != (index, ACTIVE))
    kept = tuple(replace(one, store=ACTIVE) for one in others if one.index == index)
    return replace(host, adapters=adapters, addresses=(*others, *kept))


def _after_binding(host: Host, step: Step) -> Host:
    found = (step["adapter"].lower(), step["component"])
    bindings = tuple(
        replace(one, enabled=step["enabled"]) if (one.name.lower(), one.component) == found else one
        for one in host.bindings
    )
    return replace(host, bindings=bindings)


def _after_setting(host: Host, step: Step) -> Host:
    adapter = host.adapter(step["adapter"])
    index = -1 if adapter is None else adapter.index
    found = find_interface(host, index, step["family"]) or new_interface(index, step["family"])
    if step.do == "set_metric":
        changed = replace(found, metric=step["metric"], automatic_metric=False)
    else:
        changed = replace(found, **{_SWITCHES[step.do]: step["value"] == "Enabled"})
    others = tuple(one for one in host.interfaces if one != found)
    return replace(host, interfaces=(*others, changed))


def _after_dns(host: Host, step: Step) -> Host:
    adapter = host.adapter(step["adapter"])
    dns = tuple(
        replace(one, registers=step["enabled"]) if adapter and one.index == adapter.index else one for one in host.dns
    )
    return replace(host, dns=dns)


def _after_add(host: Host, step: Step) -> Host:
    adapter = host.adapter(step["adapter"])
    index = -1 if adapter is None else adapter.index
    added = tuple(
        Address(store, step["ip"], step["prefix"], index, "Manual", "Preferred", True) for store in (ACTIVE, PERSISTENT)
    )
    return replace(host, addresses=(*host.addresses, *added))


def _after_take_off(host: Host, step: Step) -> Host:
    adapter = host.adapter(step["adapter"])
    gone = [
        one
        for one in host.addresses
        if adapter and (one.ip, one.store, one.index) == (step["ip"], step["store"], adapter.index)
    ]
    # The route to its network goes with an address.
    routes = {(one.store, one.index, one.network) for one in gone}
    return replace(
        host,
        addresses=tuple(one for one in host.addresses if one not in gone),
        routes=tuple(one for one in host.routes if (one.store, one.index, one.prefix) not in routes),
    )


def _after_note(host: Host, step: Step) -> Host:
    return replace(host, notes=(*host.notes, step["note"]))


def _after_remove_note(host: Host, step: Step) -> Host:
    return replace(host, notes=tuple(note for note in host.notes if note != step["note"]))


def _after_notes(host: Host, _step: Step) -> Host:
    return replace(host, notes=())


_AFTER: dict[str, Callable[[Host, Step], Host]] = {
    "remove_device": _after_remove,
    "create_adapter": _after_create,
    "enable_adapter": _after_enable,
    "set_binding": _after_binding,
    "set_dhcp": _after_setting,
    "set_metric": _after_setting,
    "set_weak_host_receive": _after_setting,
    "set_weak_host_send": _after_setting,
    "set_dns_registration": _after_dns,
    "add_address": _after_add,
    "remove_address": _after_take_off,
    "add_note": _after_note,
    "remove_note": _after_remove_note,
    "remove_notes": _after_notes,
}
