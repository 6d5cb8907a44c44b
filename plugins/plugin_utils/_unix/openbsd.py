# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenBSD: aliases of lo0 in /etc/hostname.lo0. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It drops packets for an address of lo0 that come by a network interface, unless it forwards packets (6.7 and newer). So
it must, and the host's packet filter has to see to it that it is no router for others.
"""

from __future__ import annotations

import re
import typing as t

from . import sysctl
from .route import bsd_reroute
from .steps import (
    INET,
    INET6,
    Gateways,
    Run,
    family_of,
    full,
)
from .sysctl import SysctlUnix, Wanted
from .text import lines_of
from .unix import (
    boot_gateway,
    keep_gateway,
    keep_lines,
    kept_lines,
    other_lines,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Held, Kept, Other, Step, Wish

_LO0 = "/etc/hostname.lo0"
_MYGATE = "/etc/mygate"
# netstart(8) wants the mask as a word of its own; a /32 would be taken for a part of the address.
_LINE = re.compile(
    r"inet6? alias (?P<ip>(?<=inet alias )[\d.]+(?= (?:255\.255\.255\.255|0xffffffff)(?:\s|\Z))"
    r"|(?<=inet6 alias )[\da-f:]+(?= 128(?:\s|\Z)))",
    re.IGNORECASE,
)
_LINES = {INET: "inet alias {vip} 255.255.255.255", INET6: "inet6 alias {vip} 128"}
_DHCP = re.compile(r"(?:dhcp|inet autoconf)\b")
_FORWARDING = "net.inet.ip.forwarding"
_FORWARDING6 = "net.inet6.ip6.forwarding"
_WHY = "Else packets for a VIP on lo0 that come by a network are dropped"
_WANTED = (
    Wanted(_FORWARDING, ("1", "2"), "0", _WHY),
    Wanted(_FORWARDING6, ("1", "2"), "0", _WHY, INET6),
)


class OpenBSD(SysctlUnix):
    """One OpenBSD host."""

    name = "OpenBSD"
    title = "OpenBSD"
    ifconfig = ("ifconfig", "-A")  # its -a leaves aliases out
    questions = sysctl.questions(_WANTED)
    scripts = ("/etc/rc.local", "/etc/hostname.*", _MYGATE)
    wanted = _WANTED
    fresh: t.ClassVar = {("sysctl", name): f"{name}=0" for name in (_FORWARDING, _FORWARDING6)}

    def kept(self) -> list[Kept]:
        return kept_lines(_LO0, self.answers.file(_LO0), _LINE)

    def others(self) -> list[Other]:
        return [*super().others(), *other_lines(_LO0, self.answers.file(_LO0))]

    def put(self, wish: Wish) -> list[Step]:
        live = [Run("Take the VIP", ("ifconfig", "lo0", family_of(vip), "alias", full(vip))) for vip in wish.take]
        right = {kept.ip for kept in self.kept()}
        return [*live, *keep_lines(_LO0, self.answers.file(_LO0), right, wish, _LINES, "640")]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, held.family, held.ip, "delete"))]

    def warnings(self) -> list[str]:
        return [
            f"With {one.name}=1, which OpenBSD demands of a host that serves a VIP on lo0, it forwards packets of "
            "others between its networks, too. Let pf block those that are for no address of its own."
            for one in self.conditions()
        ]

    def gateways(self) -> Gateways:
        dhcp = [
            path
            for path, text in sorted(self.answers.files.items())
            if path.startswith("/etc/hostname.") and any(_DHCP.match(line) for line in lines_of(text))
        ]
        owner = f"DHCP ({', '.join(dhcp)}), for which OpenBSD passes over {_MYGATE}," if dhcp else None
        # netstart(8) takes the first line that is not for IPv6, and since 7 runs those with an exclamation mark.
        said = [line for line in lines_of(self.answers.file(_MYGATE)) if ":" not in line and line[0] != "!"][:1]
        boot, unclear = boot_gateway(_MYGATE, [*said, *self.default_routes()])
        return Gateways(self.live_gateways(), boot, owner, unclear)

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        return bsd_reroute(old, new)

    def save_gateway(self, gateway: str | None) -> list[Step]:
        return keep_gateway(_MYGATE, self.answers.file(_MYGATE), gateway)
