# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs at boot by a systemd unit of our own, one to an interface.

Private: this file may change in any release; do not import it from outside the collection.

It is the backend for lo, which the network managers leave alone, and for interfaces whose manager we do not know.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._addresses import Address, Step, full_prefix
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._arp import ALL, HIDING, Setting
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._unit import (
    DIRECTORY,
    WANTED_BY,
    UnitFiles,
    escape,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._vip_backend import HEADER, Found

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._actions import Action
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._addresses import Interface

_START = re.compile(r"^ExecStart=\S+ addr replace (\S+)/\d+ dev (\S+)", re.MULTILINE)


class UnitBackend(UnitFiles):
    """One lvs-vip-INTERFACE.service. Starting it now changes no address."""

    name = "unit"

    def owns(self, interface: Interface) -> bool:
        return interface.is_loopback

    def path(self, interface: Interface) -> str:
        return f"{DIRECTORY}/{_unit(interface.name)}"

    def found(self) -> list[Found]:
        paths = self._host.glob(DIRECTORY, "lvs-vip-*.service")
        return [self._read(path) for path in paths]

    def _read(self, path: str) -> Found:
        text = self._host.read(path) or ""
        matches = _START.findall(text)
        return Found(self, path, matches[0][1] if matches else "", frozenset(match[0] for match in matches), text)

    def render(self, interface: Interface, vips: Sequence[str]) -> str:
        boot = _BOOT_LOOPBACK if interface.is_loopback else _BOOT_DEVICE.format(device=escape(interface.name))
        guards = [] if interface.speaks_arp or all(":" in vip for vip in vips) else self._guards()
        starts = [f"ExecStart={self._replace(vip, interface.name)}" for vip in vips]
        return _UNIT.format(
            header=HEADER,
            interface=interface.name,
            boot=boot,
            commands="\n".join([*guards, *starts]),
            wanted_by=WANTED_BY,
        )

    def _replace(self, vip: str, interface: str) -> str:
        argv = Step("add", Address(vip, full_prefix(vip)), interface).argv
        return " ".join([self._host.which("ip") or "ip", "addr", "replace", *argv[3:]])

    def _guards(self) -> list[str]:
        """Better no VIP after a boot than one that this host answers ARP for."""
        grep = self._host.which("grep") or "grep"
        return [
            f"ExecStartPre={grep} -qx [{''.join(map(str, good))}] {Setting(ALL, name).path}"
            for name, good in HIDING.items()
        ]

    def forget(self) -> list[Action]:
        """A unit that ran remembers no address."""
        return []


def _unit(interface: str) -> str:
    return f"lvs-vip-{escape(interface)}.service"


# On lo: after the sysctls that hide the VIP, before anything brings up the first network interface.
_BOOT_LOOPBACK = """\
DefaultDependencies=no
After=systemd-sysctl.service
Before=network-pre.target
Wants=network-pre.target"""

# On a network interface: once it exists and its manager has set it up.
_BOOT_DEVICE = """\
BindsTo=sys-subsystem-net-devices-{device}.device
After=sys-subsystem-net-devices-{device}.device network.target"""

_UNIT = """\
{header}
[Unit]
Description=LVS virtual IP addresses on {interface}
{boot}

[Service]
Type=oneshot
RemainAfterExit=yes
{commands}

[Install]
WantedBy={wanted_by}
"""
