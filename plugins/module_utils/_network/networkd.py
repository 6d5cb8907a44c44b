# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs and gateways at boot by systemd-networkd: a drop-in of our own for the .network file that owns the interface.

Private: this file may change in any release; do not import it from outside the collection.

The running networkd is not told of what is added: it is live already, and the next start of networkd reads the
drop-in. Telling it (`networkctl reload`, or a restart) takes the interface's own network and routes away for up to
10 ms (80 ms) and gives a DHCP lease back, measured with systemd 252: too much for a director at work. It must be told
of what is removed, for it puts back what it remembers as soon as the link comes up again. A reload with nothing
new in it, as when it never read the drop-in, changes nothing.
"""

from __future__ import annotations

import typing as t
from pathlib import PurePosixPath

from .._errors import LvsError
from .._host.actions import Action, Remove, Run, Write
from .._host.boot import at_boot
from .._host.unit import WANTED_BY
from .backend import Wish, require_owner

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host
    from .owners import Owners

RELOAD = Run(("systemctl", "try-reload-or-restart", "systemd-networkd.service"))

_DIRECTORY = "/etc/systemd/network"


class NetworkdBackend:
    """A drop-in in /etc/systemd/network/FILE.network.d, wherever FILE.network itself lies."""

    name = "networkd"

    def __init__(self, host: Host, owners: Owners) -> None:
        self._host = host
        self._owners = owners

    def owns(self, interface: str) -> bool:
        return interface in self._owners.networkd

    def path(self, part: str, interface: str) -> str:
        require_owner(self.name, interface, self._owners.networkd)
        owner = require_alone(interface, self._owners.networkd)
        return f"{_DIRECTORY}/{PurePosixPath(owner).name}.d/90-lvs-{part}.conf"

    def paths(self, part: str) -> list[str]:
        return self._host.glob(_DIRECTORY, f"*.network.d/90-lvs-{part}.conf")

    def render(self, wish: Wish) -> str:
        return "\n\n".join([wish.header, *wish.sections]) + "\n"

    def is_active(self, path: str) -> bool:
        """A drop-in needs no switch: it counts when it is there."""
        return self._host.at(path).is_file()

    def store(self, path: str, text: str) -> list[Action]:
        return [Write(path, text)]

    def drop(self, path: str) -> list[Action]:
        return [Remove(path, and_directory=True)]

    def forget(self) -> list[Action]:
        return [RELOAD]


class NetworkdVipBackend(NetworkdBackend):
    """A unit that puts such a drop-in into /run at boot, before the network, unless a guard says no.

    A drop-in has no conditions, and a director whose table could not be restored must not have its VIP. What netplan
    generates is read with the drop-in as well; netplan's own files would have been read before anything can be asked.
    The drop-in in /etc that there was before the unit is found, to go.
    """

    def __init__(self, host: Host, owners: Owners) -> None:
        super().__init__(host, owners)
        self._boot = at_boot(host)

    def path(self, part: str, interface: str) -> str:
        require_owner(self.name, interface, self._owners.networkd)
        require_alone(interface, self._owners.networkd)
        return self._boot.path(f"lvs-networkd-{part}", interface)

    def paths(self, part: str) -> list[str]:
        return [*self._boot.paths(f"lvs-networkd-{part}-*"), *super().paths(part)]

    def render(self, wish: Wish) -> str:
        require_owner(self.name, wish.interface, self._owners.networkd)
        name = PurePosixPath(require_alone(wish.interface, self._owners.networkd)).name
        sh, grep, rm, rmdir = (self._host.which(tool) or f"/bin/{tool}" for tool in ("sh", "grep", "rm", "rmdir"))
        folder = f"/run/systemd/network/{name}.d"
        lines = "\n\n".join(wish.sections).split("\n")
        return _PUBLISHER.format(
            header=wish.header,
            title=wish.title,
            guards="".join(f"ExecStartPre={grep} -qx {pattern} {path}\n" for pattern, path in wish.guards),
            sh=sh,
            words=" ".join(map(_quoted, (folder, *lines))),
            rm=f"{rm} -f {_quoted(f'{folder}/90-lvs-vip.conf')}",
            rmdir=f"{rmdir} {_quoted(folder)}",
            wanted_by=WANTED_BY,
        )

    def is_active(self, path: str) -> bool:
        return super().is_active(path) if _is_drop_in(path) else self._boot.is_active(path)

    def store(self, path: str, text: str) -> list[Action]:
        return [*self._boot.enable(path, text), *self._boot.start(path)]

    def drop(self, path: str) -> list[Action]:
        return super().drop(path) if _is_drop_in(path) else self._boot.drop(path)


def _is_drop_in(path: str) -> bool:
    return path.startswith(f"{_DIRECTORY}/")


def _quoted(word: str) -> str:
    """A word as systemd.service(5) reads it."""
    for special, meant in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(special, meant)
    return f'"{word}"'


_PUBLISHER = """\
{header}
[Unit]
Description={title}
DefaultDependencies=no
After=systemd-sysctl.service lvs-ipvs.service
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
{guards}ExecStart={sh} -c 'mkdir -p "$$0" && printf "%%s\\n" "$$@" >"$$0/90-lvs-vip.conf"' {words}
ExecStop={rm}
ExecStop=-{rmdir}

[Install]
WantedBy={wanted_by}
"""


def require_alone(interface: str, files: dict[str, str]) -> str:
    """The .network file of the interface, refused where others have it as well."""
    shared = sorted(name for name, file in files.items() if file == files[interface] and name != interface)
    if shared:
        raise LvsError(
            "interface",
            interface,
            f"shares {files[interface]} with {', '.join(shared)}, which would get the same. Write a .network file for "
            f"{interface} alone, with a name that sorts before it.",
        )
    return files[interface]
