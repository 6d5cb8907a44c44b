# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FreeBSD: aliases of lo0 in rc.conf by sysrc. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It answers ARP only for addresses of the interface that is asked. Hardening guides make it check the interface of
incoming packets as well, and then it drops those for a VIP on lo0. No service is restarted: `service netif restart`
would take away the addresses of jails and guests.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ...module_utils._model.lines import lines_in
from . import sysctl
from .route import bsd_reroute
from .steps import (
    Command,
    Gateways,
    Kept,
    Run,
    family_of,
    full,
)
from .sysctl import SysctlUnix, Wanted
from .text import canonical

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Answers, Held, Step, Wish

_ALIASES = "ifconfig_lo0_aliases"
# `ifconfig_lo0_aliases: inet ...` and, with -e, `ifconfig_lo0_aliases="inet ..."`
_VARIABLE = re.compile(r"^(?P<name>[A-Za-z_]\w*)(?:: |=)(?P<value>.*)$")
_ALIAS = re.compile(r"ifconfig_lo0_alias(?:es|\d+)\Z")
_FULL = re.compile(
    r"\binet (?P<inet>[\d.]+)(?:/32|\s+netmask (?:0xffffffff|255\.255\.255\.255))(?=\s|$)"
    r"|\binet6 (?P<inet6>[\da-f:]+)(?:/128|\s+prefixlen 128)(?=\s|$)",
    re.IGNORECASE,
)
_IP = re.compile(r"\binet6? ([\da-f.:]+)", re.IGNORECASE)
_ENTRY = re.compile(r"(?=\binet6? )")

_BY_NIC = "Packets for a VIP on lo0 come by a network interface"
_WANTED = (
    Wanted("net.inet.ip.check_interface", ("0",), "0", _BY_NIC),  # FreeBSD 13 and older
    Wanted("net.inet.ip.rfc1122_strong_es", ("0",), "0", _BY_NIC),  # FreeBSD 14 and newer
    Wanted("net.link.ether.inet.proxyall", ("0",), "0", "No ARP answer for addresses that this host has a route to"),
)


class FreeBSD(SysctlUnix):
    """One FreeBSD host."""

    name = "FreeBSD"
    title = "FreeBSD"
    questions = (Command(("sysrc", "-ae")), *sysctl.questions(_WANTED))
    wanted = _WANTED
    fresh: t.ClassVar = {("sysrc", "-ae"): ""}

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._variables = parse_variables(answers.of("sysrc", "-ae"))

    def kept(self) -> list[Kept]:
        return [
            Kept(ip, f"rc.conf {name}")
            for name, value in self._variables.items()
            if _ALIAS.match(name)
            for match in _FULL.finditer(value)
            if (ip := canonical(match["inet"] or match["inet6"]))
        ]

    def put(self, wish: Wish) -> list[Step]:
        # FreeBSD 15 refuses an address without a mask.
        live = [Run("Take the VIP", ("ifconfig", "lo0", family_of(vip), full(vip), "alias")) for vip in wish.take]
        return [*live, *self._drop_numbered(wish), *self._list(wish)]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, held.family, held.ip, "-alias"))]

    def _drop_numbered(self, wish: Wish) -> list[Step]:
        """Numbered aliases of somebody else that would bring a VIP back, or with another mask."""
        right = {kept.ip for kept in self.kept()}
        unwanted = [
            name
            for name, value in self._variables.items()
            if _ALIAS.match(name) and name != _ALIASES and _ips(value) & (wish.forget | (wish.keep - right))
        ]
        return [Run("Forget what would bring it back at boot", ("sysrc", "-x", name)) for name in unwanted]

    def _list(self, wish: Wish) -> list[Step]:
        """In the shared list: of numbered aliases, old releases stop reading at the first hole."""
        before = self._variables.get(_ALIASES, "")
        right = {kept.ip for kept in self.kept()}
        entries = [entry.strip() for entry in _ENTRY.split(before) if entry.strip()]
        stay = [entry for entry in entries if not _ips(entry) & (wish.forget | (wish.keep - right))]
        value = " ".join([*stay, *(f"{family_of(vip)} {full(vip)}" for vip in sorted(wish.keep - right))])
        if value == " ".join(entries):
            return []
        argv = ("sysrc", f"{_ALIASES}={value}") if value else ("sysrc", "-x", _ALIASES)
        return [Run("Have the VIPs at boot" if value else "Have no VIP at boot", argv)]

    def gateways(self) -> Gateways:
        dhcp = [
            name for name, value in self._variables.items() if name.startswith("ifconfig_") and "DHCP" in value.upper()
        ]
        boot = self._variables.get("defaultrouter", "NO")
        owner = f"DHCP ({', '.join(dhcp)} in rc.conf)" if dhcp else None
        return Gateways(self.live_gateways(), None if boot.upper() == "NO" else boot, owner)

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        return bsd_reroute(old, new)

    def save_gateway(self, gateway: str | None) -> list[Step]:
        if self.gateways().boot == gateway:
            return []
        if gateway is None:
            return [Run("Have no default gateway at boot", ("sysrc", "-x", "defaultrouter"))]
        return [Run("Have the gateway at boot", ("sysrc", f"defaultrouter={gateway}"))]


def _ips(value: str) -> set[str]:
    return {ip for ip in map(canonical, _IP.findall(value)) if ip}


def parse_variables(text: str) -> dict[str, str]:
    """What `sysrc -ae` prints; quotes as the shell reads them."""
    matches = (_VARIABLE.match(line) for line in lines_in(text))
    return {match["name"]: _unquote(match["value"]) for match in matches if match}


def _unquote(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value
