# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of ours that hold VIPs: what they say, in the words of each kind of backend.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host.addresses import Step
from .._host.job import TABLE
from .._host.links import Address, Interface
from .._host.unit import escape
from .._kernel.arp import ALL, ARPTABLES, HIDDEN, HIDING, SYSCTL
from .._kernel.arptables import FLAG, FLAG_TEXT, UNIT_NAME
from .._kernel.sysctl import conf, proc_path
from .._model.address import full_prefix
from . import dummy
from .backend import Wish
from .vip_found import PART

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence


def wish(interface: Interface, vips: Sequence[str], method: str | None = SYSCTL, table: bool = False) -> Wish:
    """What the file for these VIPs has to bring about on a host that hides them by this method, or by none.

    ``table`` says whether the host is a director whose table lvs-ipvs.service restores at boot.
    """
    name = interface.name
    waits = table and method is None
    made = dummy.is_ours(interface)
    guarded = method is not None and not interface.speaks_arp and any(":" not in vip for vip in vips)
    return Wish(
        part=PART,
        module="vip_address",
        title=f"LVS virtual IP addresses on {name}",
        interface=name,
        record=tuple(f"VIP: {vip}" for vip in vips),
        clearing=(dummy.adding(name),) if made else (),
        commands=(*(dummy.raising(name) if made else ()), *(_replace(vip, name) for vip in vips)),
        sections=tuple(_section(vip) for vip in vips),
        order=(*_order(interface, method), *((f"After={TABLE}.service",) if waits else ())),
        guards=(*(_guards(interface, method) if guarded else ()), *((_SOME_SERVICE,) if waits else ())),
        addresses=tuple(f"{vip}/{full_prefix(vip)}" for vip in vips),
    )


def _replace(vip: str, name: str) -> tuple[str, ...]:
    argv = Step("add", Address(vip, full_prefix(vip)), name).argv
    return ("addr", "replace", *argv[3:])


def _section(vip: str) -> str:
    # The same as Step.argv does live.
    quiet = "\nPreferredLifetime=0\nDuplicateAddressDetection=none" if ":" in vip else ""
    return f"[Address]\nAddress={vip}/{full_prefix(vip)}{quiet}"


def _order(interface: Interface, method: str | None) -> tuple[str, ...]:
    if interface.is_loopback or dummy.is_ours(interface):
        rules = (f"After={UNIT_NAME}",) if method == ARPTABLES else ()
        return (*_BEFORE_THE_NETWORK, *rules)
    device = f"sys-subsystem-net-devices-{escape(interface.name)}.device"
    tunnel = "" if interface.speaks_arp else " lvs-tunnel-decap.service"
    return (f"BindsTo={device}", f"After={device} network.target{tunnel}")


# Better no VIP after a boot than one of a director that has no table: the lines of the services in the kernel's list of
# them, TCP, UDP, SCTP or FWM.
_SOME_SERVICE = ("[TUSF][CDW].*", "/proc/net/ip_vs")

# On lo: after the sysctls that hide the VIP, before anything brings up the first network interface.
_BEFORE_THE_NETWORK = (
    "DefaultDependencies=no",
    "After=systemd-sysctl.service",
    "Before=network-pre.target",
    "Wants=network-pre.target",
)


def _guards(interface: Interface, method: str | None) -> tuple[tuple[str, str], ...]:
    """Better no VIP after a boot than one that this host answers ARP for."""
    if method == ARPTABLES:
        return ((FLAG_TEXT.strip(), FLAG),)
    if method == HIDDEN:
        return tuple(("1", proc_path(conf(name, HIDDEN))) for name in (ALL, interface.name))
    return tuple((f"[{''.join(map(str, good))}]", proc_path(conf(ALL, name))) for name, good in HIDING.items())
