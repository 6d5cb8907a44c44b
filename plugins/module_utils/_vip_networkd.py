# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs at boot by systemd-networkd: a drop-in of our own for the .network file that owns the interface.

Private: this file may change in any release; do not import it from outside the collection.

The running networkd is not told of a VIP that is added: the VIP is live already, and the next start of networkd reads
the drop-in. Telling it (`networkctl reload`, or a restart) takes the interface's own network and routes away for up to
10 ms (80 ms) and gives a DHCP lease back, measured with systemd 252: too much for a director at work. It must be told
of a VIP that is removed, for it puts back what it remembers as soon as the link comes up again. A reload with nothing
new in it, as when it never read the drop-in, changes nothing.
"""

from __future__ import annotations

import re
import typing as t
from functools import cached_property
from pathlib import PurePosixPath

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._actions import Action, Remove, Run, Write
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._addresses import full_prefix
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._vip_backend import HEADER, Found

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._addresses import Interface
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._runner import Host

_DIRECTORY = "/etc/systemd/network"
_DROPIN = "90-lvs-vip.conf"
_MARK = "# Interface: "
_ADDRESS = re.compile(r"^Address=(\S+)/\d+$", re.MULTILINE)
_STATUS = re.compile(r"^\S+ \d+: (?P<link>\S+)|^ *Network File: (?P<file>/.*\S)", re.MULTILINE)
_RELOAD = Run(("systemctl", "try-reload-or-restart", "systemd-networkd.service"))


class NetworkdBackend:
    """A drop-in in /etc/systemd/network/FILE.network.d, wherever FILE.network itself lies."""

    name = "networkd"

    def __init__(self, host: Host) -> None:
        self._host = host

    def owns(self, interface: Interface) -> bool:
        return interface.name in self._owners

    def path(self, interface: Interface) -> str:
        owners = self._owners
        if interface.name not in owners:
            raise LvsError(
                "backend",
                self.name,
                f"cannot keep an address on {interface.name}: systemd-networkd is not running or has no .network file "
                "for it. Use backend auto or unit.",
            )
        owner = owners[interface.name]
        shared = sorted(name for name, file in owners.items() if file == owner and name != interface.name)
        if shared:
            raise LvsError(
                "interface",
                interface.name,
                f"shares {owner} with {', '.join(shared)}, which would get the VIP too. Write a .network file for "
                f"{interface.name} alone, with a name that sorts before it.",
            )
        return f"{_DIRECTORY}/{PurePosixPath(owner).name}.d/{_DROPIN}"

    @cached_property
    def _owners(self) -> dict[str, str]:
        if self._host.which("networkctl") is None:
            return {}
        return parse_owners(self._host.run(("networkctl", "--no-pager", "--full", "status", "--all")))

    def found(self) -> list[Found]:
        return [self._read(path) for path in self._host.glob(_DIRECTORY, f"*.network.d/{_DROPIN}")]

    def _read(self, path: str) -> Found:
        text = self._host.read(path) or ""
        marks = [line[len(_MARK) :] for line in text.splitlines() if line.startswith(_MARK)]
        return Found(self, path, marks[0] if marks else "", frozenset(_ADDRESS.findall(text)), text)

    def render(self, interface: Interface, vips: Sequence[str]) -> str:
        sections = [_section(vip) for vip in vips]
        return "\n\n".join([f"{HEADER}\n{_MARK}{interface.name}", *sections]) + "\n"

    def is_active(self, path: str) -> bool:
        """A drop-in needs no switch: it counts when it is there."""
        return self._host.at(path).is_file()

    def store(self, path: str, text: str) -> list[Action]:
        return [Write(path, text)]

    def drop(self, path: str) -> list[Action]:
        return [Remove(path, and_directory=True)]

    def forget(self) -> list[Action]:
        return [_RELOAD]


def parse_owners(text: str) -> dict[str, str]:
    """Which .network file each interface has, from `networkctl status --all`."""
    owners: dict[str, str] = {}
    link = ""
    for match in _STATUS.finditer(text):
        link = match["link"] or link
        if match["file"]:
            owners[link] = match["file"]
    return owners


def _section(vip: str) -> str:
    # The same as Step.argv does live.
    quiet = "\nPreferredLifetime=0\nDuplicateAddressDetection=none" if ":" in vip else ""
    return f"[Address]\nAddress={vip}/{full_prefix(vip)}{quiet}"
