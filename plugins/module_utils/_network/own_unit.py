# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs and gateways at boot by a systemd unit of our own, one to an interface.

Private: this file may change in any release; do not import it from outside the collection.

It is the backend for lo, which the network managers leave alone until they are told otherwise; for interfaces whose
manager we do not know; and for those of RHEL's network-scripts, which have no place for a file of ours that knows IPv6:
there the unit is part of network.service and restarted with it.
"""

from __future__ import annotations

import typing as t
from pathlib import PurePosixPath

from .._host.actions import Action, Remove, Run, Write
from .._host.ip_batch import BATCH, joined
from .._host.unit import (
    DIRECTORY,
    WANTED_BY,
    UnitFiles,
    escape,
)
from .backend import Wish, recorded
from .hook import plain
from .owners import Owners

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .._host.host import Host


class UnitBackend(UnitFiles):
    """One lvs-PART-INTERFACE.service. Starting it now changes nothing."""

    name = "unit"

    def __init__(self, host: Host, owners: Owners) -> None:
        super().__init__(host)
        self._owners = owners

    def owns(self, interface: str) -> bool:
        return interface == "lo" or interface in self._owners.network_scripts

    def path(self, part: str, interface: str) -> str:
        return f"{DIRECTORY}/lvs-{part}-{escape(interface)}.service"

    def paths(self, part: str) -> list[str]:
        return self._host.glob(DIRECTORY, f"lvs-{part}-*.service")

    def render(self, wish: Wish) -> str:
        ip, grep, sh = (self._host.which(tool) or f"/bin/{tool}" for tool in ("ip", "grep", "sh"))
        scripts = wish.interface in self._owners.network_scripts
        return _UNIT.format(
            header=wish.header,
            title=wish.title,
            order="\n".join([*wish.order, *(_NETWORK_SERVICE if scripts else ())]),
            commands="\n".join(
                [
                    *(f"ExecStartPre={grep} -qx {pattern} {path}" for pattern, path in wish.guards),
                    *(f"ExecStartPre=-{ip} {' '.join(words)}" for words in wish.clearing),
                    *_starts(ip, sh, wish.commands),
                ]
            ),
            wanted_by=WANTED_BY,
        )

    def is_active(self, path: str) -> bool:
        """Whether the unit works, and nobody takes away what it brings."""
        interface = self._interface(path)
        return super().is_active(path) and not self._claim(interface) and not self._follow(interface, path)

    def store(self, path: str, text: str) -> list[Action]:
        interface = recorded(text, "Interface")[0]
        return [*self._claim(interface), *super().store(path, text), *self._follow(interface, path)]

    def _claim(self, interface: str) -> list[Action]:
        """Make NetworkManager leave a tunnel alone. It takes it down when it lets go of it."""
        path, text = _claim_path(interface), _CLAIM.format(interface=interface)
        if not self._owners.is_stray_tunnel(interface) or self._host.read(path) == text:
            return []
        return [Write(path, text), _RELOAD_NETWORKMANAGER, Run(("ip", "link", "set", interface, "up"))]

    def _follow(self, interface: str, path: str) -> list[Action]:
        """Have NetworkManager run the unit again whenever it has set lo up anew, which drops what others put there."""
        if interface != "lo" or not self._owners.runs_scripts or not PurePosixPath(path).name.startswith("lvs-vip-"):
            return []
        text = _FOLLOWER.format(unit=PurePosixPath(path).name)
        return [] if self._host.read(_FOLLOWER_PATH) == text else [Write(_FOLLOWER_PATH, text, 0o755)]

    def drop(self, path: str) -> list[Action]:
        return [*super().drop(path), *self._release(self._interface(path))]

    def _release(self, interface: str) -> list[Action]:
        claim = _claim_path(interface)
        gone: list[Action] = []
        if self._host.at(claim).is_file():
            gone += [Remove(claim), _RELOAD_NETWORKMANAGER]
        if interface == "lo" and self._host.at(_FOLLOWER_PATH).is_file():
            gone.append(Remove(_FOLLOWER_PATH))
        return gone

    def _interface(self, path: str) -> str:
        return next(iter(recorded(self._host.read(path) or "", "Interface")), "")

    def forget(self) -> list[Action]:
        """A unit that ran remembers nothing."""
        return []


def _starts(ip: str, sh: str, commands: Sequence[Sequence[str]]) -> list[str]:
    """Each command by itself, and several addresses by one process, a line each: systemd joins them before it reads."""
    alone, together = joined(commands)
    starts = [f"ExecStart={ip} {' '.join(words)}" for words in alone]
    if not together:
        return starts
    batch = " \\\n ".join(f'"{line.replace("%", "%%")}"' for line in together)
    return [
        *starts,
        f"""ExecStart={sh} -c 'printf "%%s\\n" "$$@" | {ip} {" ".join(BATCH)}' sh \\\n {batch}""",
    ]


def _claim_path(interface: str) -> str:
    return f"/etc/NetworkManager/conf.d/90-lvs-{plain(interface)}.conf"


_RELOAD_NETWORKMANAGER = Run(("systemctl", "try-reload-or-restart", "NetworkManager.service"))

_CLAIM = """\
# Written by linuxvirtualserver.lvs.vip_address and removed with the last VIP on {interface}.
[keyfile]
unmanaged-devices+=interface-name:{interface}
"""


# Its name tells it from those that are a backend's own.
_FOLLOWER_PATH = "/etc/NetworkManager/dispatcher.d/90-lvs-lo"
_FOLLOWER = """\
#!/bin/sh
# Written by linuxvirtualserver.lvs.vip_address and removed with the last VIP on lo.
# nmcli device connect lo drops the VIPs; this has them put back, however often that happens within seconds.
[ "$1" = lo ] || exit 0
case $2 in up | reapply) ;; *) exit 0 ;; esac
systemctl is-active --quiet {unit} || exit 0
systemctl reset-failed {unit}
systemctl try-restart {unit}
"""


_NETWORK_SERVICE = ("PartOf=network.service", "After=network.service")

_UNIT = """\
{header}
[Unit]
Description={title}
{order}

[Service]
Type=oneshot
RemainAfterExit=yes
{commands}

[Install]
WantedBy={wanted_by}
"""
