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
from ...module_utils._model.lines import lines_in
from . import sysctl
from .route import bsd_reroute, is_default
from .steps import (
    INET,
    INET6,
    Files,
    Gateways,
    Other,
    Run,
    Write,
    family_of,
)
from .sysctl import SysctlUnix, Wanted
from .text import all_addresses_in, lines_of
from .unix import (
    boot_gateway,
    keep_gateway,
    keep_lines,
    kept_lines,
    other_lines,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Answers, Held, Kept, Step, Wish

_LO0 = "/etc/ifconfig.lo0"
_MYGATE = "/etc/mygate"
_ROUTES = "/etc/route.conf"
_RC_CONF = "/etc/rc.conf"
_OF_SERVICE = "/etc/rc.conf.d/network"
_MASKS = {INET: ("netmask", "255.255.255.255"), INET6: ("prefixlen", "128")}
_LINE = re.compile(
    r"inet6? (?P<ip>(?<=inet )[\d.]+(?= netmask (?:255\.255\.255\.255|0xffffffff) alias\Z)"
    r"|(?<=inet6 )[\da-f:]+(?= prefixlen 128 alias\Z))",
    re.IGNORECASE,
)
_LINES = {family: f"{family} {{vip}} {' '.join(mask)} alias" for family, mask in _MASKS.items()}
_ROUTE = re.compile(
    r"""^(?P<name>[ \t]*defaultroute=)(?P<quote>["']?)(?P<value>[^"'#;\s]*[^"'#;\n]*?)(?P=quote)(?=\s|;|\Z)""",
    re.MULTILINE,
)
_DHCP = re.compile(r"""(?:dhcpcd|dhclient)=["']?yes\b|ifconfig_\w+=["']?dhcp\b""", re.IGNORECASE)
_DHCP_LINE = re.compile(r"!?\s*(?:\S*/)?(?:dhcp|dhcpcd|dhclient)\b")
# What rc.d/network takes addresses of lo0 from besides the file.
_LO0_VARIABLE = re.compile(r"""^[ \t]*(?:ifconfig|ifaliases)_lo0=("[^"]*"|'[^']*'|\S*)""", re.MULTILINE)
_ALIASES = "/etc/ifaliases"
_WANTED = (Wanted("net.inet.ip.checkinterface", ("0",), "0", "Packets for a VIP on lo0 come by a network interface"),)


class NetBSD(SysctlUnix):
    """One NetBSD host."""

    name = "NetBSD"
    title = "NetBSD"
    scripts = ("/etc/rc.local", "/etc/netstart.local", "/etc/ifconfig.*")
    questions = (
        *map(Files, (_MYGATE, _RC_CONF, _OF_SERVICE, _ALIASES, _ROUTES)),
        *sysctl.questions(_WANTED),
    )
    wanted = _WANTED
    set_sysctl = ("sysctl", "-w")

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._rc_conf = answers.file(_RC_CONF)

    def kept(self) -> list[Kept]:
        return kept_lines(_LO0, self.answers.file(_LO0), _LINE)

    def others(self) -> list[Other]:
        """Lines of the file that run a command, and what rc.conf(5) and ifaliases(5) say of lo0 in other ways."""
        texts = {path: self.answers.file(path) for path in (_RC_CONF, _OF_SERVICE)}
        variables = [(path, match[0].strip()) for path in texts for match in _LO0_VARIABLE.finditer(texts[path])]
        aliases = (line for line in lines_of(self.answers.file(_ALIASES)) if "lo0" in line.split())
        return [
            *super().others(),
            *other_lines(_LO0, self.answers.file(_LO0)),
            *(Other(all_addresses_in(text), path, text) for path, text in variables),
            *(Other(all_addresses_in(line), _ALIASES, line) for line in aliases),
        ]

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
        lines = [
            (path, line)
            for path in (_RC_CONF, _OF_SERVICE)
            for line in lines_of(self.answers.file(path))
            if line.startswith("ifconfig_lo0=")
        ]
        if lines and keep:
            path, line = lines[-1]
            raise LvsError(
                path,
                line,
                f"comes before {_LO0}, so the VIPs would be gone after a reboot. Write what it says into {_LO0}, and "
                "remove it here.",
            )

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, held.family, held.ip, "-alias"))]

    def gateways(self) -> Gateways:
        dhcp = [f"{line} in {_RC_CONF}" for line in lines_of(self._rc_conf) if _DHCP.match(line)]
        dhcp += [
            f"{line} in {path}"
            for path, text in sorted(self.answers.files.items())
            if path.startswith("/etc/ifconfig.")
            for line in lines_of(text)
            if _DHCP_LINE.match(line)
        ]
        boot, unclear = self._boot_gateway()
        return Gateways(self.live_gateways(), boot, f"DHCP ({', '.join(dhcp)})" if dhcp else None, unclear)

    def _boot_gateway(self) -> tuple[str | None, LvsError | None]:
        """As rc.d/network has it: the variable, and when it is empty all that is in the file."""
        said = [match["value"] for match in _ROUTE.finditer(self._rc_conf) if match["value"]]
        # The file of the service comes after rc.conf; what route.conf and commands add comes on top.
        late = [f"{match['value']} in {_OF_SERVICE}" for match in _ROUTE.finditer(self.answers.file(_OF_SERVICE))]
        routes = [f"{line} in {_ROUTES}" for line in lines_of(self.answers.file(_ROUTES)) if is_default(line)]
        more = [*late, *routes, *self.default_routes()]
        if said or late:
            return boot_gateway(_RC_CONF, [*said, *more])
        lines = [line.strip() for line in lines_in(self.answers.file(_MYGATE))]
        return boot_gateway(_MYGATE, [*(line for line in lines if line), *more])

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
