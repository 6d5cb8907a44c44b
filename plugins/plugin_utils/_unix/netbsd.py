# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetBSD: aliases of lo0 in /etc/ifconfig.lo0. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It answers ARP only for addresses of the interface that is asked. What rc.conf says about lo0 or about the default route
comes before the files.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._errors import LvsError
from . import sysctl
from .route import bsd_reroute
from .steps import (
    INET,
    INET6,
    Files,
    Gateways,
    Run,
    Write,
    family_of,
)
from .sysctl import SysctlUnix, Wanted
from .text import first_address, lines_of
from .unix import (
    keep_gateway,
    keep_lines,
    kept_lines,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Answers, Held, Kept, Step, Wish

_LO0 = "/etc/ifconfig.lo0"
_MYGATE = "/etc/mygate"
_RC_CONF = "/etc/rc.conf"
_MASKS = {INET: ("netmask", "255.255.255.255"), INET6: ("prefixlen", "128")}
_LINE = re.compile(
    r"inet6? (?P<ip>(?<=inet )[\d.]+(?= netmask (?:255\.255\.255\.255|0xffffffff) alias\Z)"
    r"|(?<=inet6 )[\da-f:]+(?= prefixlen 128 alias\Z))",
    re.IGNORECASE,
)
_LINES = {family: f"{family} {{vip}} {' '.join(mask)} alias" for family, mask in _MASKS.items()}
_ROUTE = re.compile(r"""^(?P<name>defaultroute=)(?P<quote>["']?)(?P<value>[\d.]*)(?P=quote)""", re.MULTILINE)
_DHCP = re.compile(r"""(?:dhcpcd|dhclient)=["']?yes\b|ifconfig_\w+=["']?dhcp\b""", re.IGNORECASE)
_WANTED = (Wanted("net.inet.ip.checkinterface", ("0",), "0", "Packets for a VIP on lo0 come by a network interface"),)


class NetBSD(SysctlUnix):
    """One NetBSD host."""

    name = "NetBSD"
    title = "NetBSD"
    questions = (Files(_LO0), Files(_MYGATE), Files(_RC_CONF), *sysctl.questions(_WANTED))
    wanted = _WANTED
    set_sysctl = ("sysctl", "-w")

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._rc_conf = answers.file(_RC_CONF)

    def kept(self) -> list[Kept]:
        return kept_lines(_LO0, self.answers.file(_LO0), _LINE)

    def put(self, wish: Wish) -> list[Step]:
        self._require_no_override(wish.keep)
        live = [
            Run("Take the VIP", ("ifconfig", "lo0", family, vip, *_MASKS[family], "alias"))
            for vip in wish.take
            for family in [family_of(vip)]
        ]
        right = {kept.ip for kept in self.kept()}
        return [*live, *keep_lines(_LO0, self.answers.file(_LO0), right, wish, _LINES)]

    def _require_no_override(self, keep: frozenset[str]) -> None:
        lines = [line for line in lines_of(self._rc_conf) if line.startswith("ifconfig_lo0=")]
        if lines and keep:
            raise LvsError(
                _RC_CONF,
                lines[-1],
                f"comes before {_LO0}, so the VIPs would be gone after a reboot. Write what it says into {_LO0}, and "
                "remove it here.",
            )

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, held.family, held.ip, "-alias"))]

    def gateways(self) -> Gateways:
        dhcp = [line for line in lines_of(self._rc_conf) if _DHCP.match(line)]
        owner = f"DHCP ({', '.join(dhcp)} in {_RC_CONF})" if dhcp else None
        route = _ROUTE.search(self._rc_conf)
        boot = route["value"] if route else first_address(self.answers.file(_MYGATE))
        return Gateways(self.live_gateways(), boot or None, owner)

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        return bsd_reroute(old, new)

    def save_gateway(self, gateway: str | None) -> list[Step]:
        if self.gateways().boot == gateway:
            return []
        if _ROUTE.search(self._rc_conf):
            text = _ROUTE.sub(
                lambda match: f"{match['name']}{match['quote']}{gateway or ''}{match['quote']}", self._rc_conf
            )
            return [Write("Have the gateway at boot", _RC_CONF, text)]
        return keep_gateway(_MYGATE, self.answers.file(_MYGATE), gateway)
