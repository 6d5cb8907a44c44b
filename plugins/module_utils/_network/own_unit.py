# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs and gateways at boot by a job of our own, one to an interface: a unit of systemd, a service of OpenRC.

Private: this file may change in any release; do not import it from outside the collection.

It is the backend for lo, which the network managers leave alone until they are told otherwise; for interfaces whose
manager we do not know; and for those of RHEL's network-scripts and Gentoo's netifrc, which have no place for a file of
ours that knows IPv6: there the job is restarted with what sets up the interface.
"""

from __future__ import annotations

import typing as t
from pathlib import PurePosixPath

from .._host.actions import Action, Remove, Run, Write
from .._host.boot import at_boot
from .._host.ip_batch import BATCH, joined
from .._host.job import Command, Job, plain
from .backend import Wish, recorded
from .owners import Owners

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host


class UnitBackend:
    """A job of our own, lvs-PART-INTERFACE. Starting it now changes nothing."""

    name = "unit"

    def __init__(self, host: Host, owners: Owners) -> None:
        self._host = host
        self._owners = owners
        self._boot = at_boot(host)

    def owns(self, interface: str) -> bool:
        scripts = interface in self._owners.network_scripts
        return interface == "lo" or scripts or bool(self._owners.services(interface))

    def path(self, part: str, interface: str) -> str:
        return self._boot.path(f"lvs-{part}", interface)

    def paths(self, part: str) -> list[str]:
        return self._boot.paths(f"lvs-{part}-*")

    def render(self, wish: Wish) -> str:
        return self._boot.render(self.job(wish))

    def job(self, wish: Wish) -> Job:
        """What brings it about."""
        ip = self._host.which("ip") or "/bin/ip"
        scripts = wish.interface in self._owners.network_scripts
        alone, together = joined(wish.commands)
        commands = [Command(f"{ip} {' '.join(words)}") for words in alone]
        if together:
            commands.append(Command(f"{ip} {' '.join(BATCH)}", given=tuple(together)))
        return Job(
            f"lvs-{wish.part}",
            wish.header,
            wish.title,
            (*wish.order, *(_NETWORK_SERVICE if scripts else ())),
            tuple(commands),
            wish.guards,
            tuple(f"{ip} {' '.join(words)}" for words in wish.clearing),
            interface=wish.interface,
            follows=self._owners.services(wish.interface),
        )

    def is_active(self, path: str) -> bool:
        """Whether it works, and nobody takes away what it brings."""
        interface = self._interface(path)
        return self._boot.is_active(path) and not self._claim(interface) and not self._follow(interface, path)

    def store(self, path: str, text: str) -> list[Action]:
        interface = recorded(text, "Interface")[0]
        kept = [*self._boot.enable(path, text), *self._boot.start(path)]
        return [*self._claim(interface), *kept, *self._follow(interface, path)]

    def _claim(self, interface: str) -> list[Action]:
        """Make NetworkManager leave a tunnel alone. It takes it down when it lets go of it."""
        path, text = _claim_path(interface), _CLAIM.format(interface=interface)
        if not self._owners.is_stray_tunnel(interface) or self._host.read(path) == text:
            return []
        return [Write(path, text), _RELOAD_NETWORKMANAGER, Run(("ip", "link", "set", interface, "up"))]

    def _follow(self, interface: str, path: str) -> list[Action]:
        """Have NetworkManager run the job again whenever it has set lo up anew, which drops what others put there."""
        if interface != "lo" or not self._owners.runs_scripts or not PurePosixPath(path).name.startswith("lvs-vip-"):
            return []
        text = _FOLLOWER.format(again="\n".join(self._boot.again(path)))
        return [] if self._host.read(_FOLLOWER_PATH) == text else [Write(_FOLLOWER_PATH, text, 0o755)]

    def drop(self, path: str) -> list[Action]:
        return [*self._boot.drop(path), *self._release(self._interface(path))]

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
{again}
"""

_NETWORK_SERVICE = ("PartOf=network.service", "After=network.service")
