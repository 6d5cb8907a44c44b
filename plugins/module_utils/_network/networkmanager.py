# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs and gateways at boot by NetworkManager: a dispatcher script of our own, run when the interface is up.

Private: this file may change in any release; do not import it from outside the collection.

A connection profile is the user's and has no drop-ins, and an interface has one profile at a time. A restart of
NetworkManager leaves the addresses and routes of others alone; `nmcli connection up` and `nmcli device reapply` drop
them, and run the dispatcher's scripts (measured with NetworkManager 1.42).
"""

from __future__ import annotations

from .._errors import LvsError
from .hook import HookFiles
from .owners import DISPATCHER

_SCRIPT = """\
#!/bin/sh
{header}
[ "$1" = {interface} ] || exit 0
case $2 in up | reapply) ;; *) exit 0 ;; esac
{commands}
"""


class NetworkManagerBackend(HookFiles):
    """A script in /etc/NetworkManager/dispatcher.d, which must belong to root and be writable by it alone."""

    name = "networkmanager"
    directory = "/etc/NetworkManager/dispatcher.d"
    script = _SCRIPT

    @property
    def owned(self) -> frozenset[str]:
        return self._owners.networkmanager

    def path(self, part: str, interface: str) -> str:
        path = super().path(part, interface)
        if not self._owners.runs_scripts:
            raise LvsError(
                "backend",
                self.name,
                f"runs no scripts on this host. Enable them (systemctl enable {DISPATCHER}), or use backend unit.",
            )
        return path

    def call(self, path: str, interface: str) -> tuple[str, ...]:
        return (path, interface, "up")
