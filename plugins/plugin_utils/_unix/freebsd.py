# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FreeBSD: aliases of lo0 in rc.conf. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It answers ARP only for addresses of the interface that is asked. Hardening guides make it check the interface of
incoming packets as well, and then it drops those for a VIP on lo0. No service is restarted: `service netif restart`
would take away the addresses of jails and guests.
"""

from __future__ import annotations

import itertools
import math
import re
import typing as t

from ...module_utils._errors import LvsError
from ...module_utils._model.address import canonical_address
from . import rc_conf, sysctl
from .rc_conf import RcConf
from .route import bsd_reroute, is_default
from .steps import (
    INET,
    INET6,
    Gateways,
    Kept,
    Other,
    Run,
    family_of,
    full,
)
from .sysctl import SysctlUnix, Wanted
from .text import all_addresses_in
from .unix import boot_gateway

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Answers, Held, Step, Wish

_ALIASES = "ifconfig_lo0_aliases"
# What network.subr takes the addresses of lo0 from, and the words that it puts in front of each.
_OF_LO0 = re.compile(r"(?:ifconfig_lo0(?:_alias(?:es|\d+)|_ipv6)?|ipv4_addrs_lo0|ipv6_ifconfig_lo0(?:_alias\d+)?)\Z")
_LIST = re.compile(r"(?:ifconfig_lo0_aliases|ipv4_addrs_lo0)\Z")
_NUMBERED = re.compile(r"(?:ifconfig|ipv6_ifconfig)_lo0_alias\d+\Z")
_FULL = re.compile(
    r"(?:/32|/128|\s+netmask\s+(?:0xffffffff|255\.255\.255\.255)|\s+prefixlen\s+128)(?=\s|$)", re.IGNORECASE
)
_RANGE4 = re.compile(r"\d+(?:-\d+)?(?:\.\d+(?:-\d+)?){3}\Z")
_RANGE6 = re.compile(r"(?P<head>[\da-f:]*:)(?P<low>[\da-f]{1,4})-(?P<high>[\da-f]{1,4})\Z", re.IGNORECASE)
_MOST_IN_A_RANGE = 4096
# The words of ifconfig_IF by which dhclient sets the default route, as dhcpif of network.subr has them.
_IFCONFIG = re.compile(r"ifconfig_(?!\w+_(?:descr|name|ipv6|alias\w*)\Z)\w+\Z")
_DHCP = {"DHCP", "SYNCDHCP", "NOSYNCDHCP"}
_ROUTES = re.compile(r"route_\w+\Z")
_TRUE = ("YES", "TRUE", "ON", "1")

_PROXY = "net.link.ether.inet.proxyall"
_BY_NIC = "Packets for a VIP on lo0 come by a network interface"
_WANTED = (
    Wanted("net.inet.ip.check_interface", ("0",), "0", _BY_NIC),  # FreeBSD 13 and older
    Wanted("net.inet.ip.rfc1122_strong_es", ("0",), "0", _BY_NIC),  # FreeBSD 14 and newer
    Wanted(_PROXY, ("0",), "0", "No ARP answer for addresses that this host has a route to"),
)


class Alias(t.NamedTuple):
    """One address of a variable, or a range of them."""

    text: str
    ips: frozenset[str]
    is_vip: bool


class FreeBSD(SysctlUnix):
    """One FreeBSD host."""

    name = "FreeBSD"
    title = "FreeBSD"
    confs = ("/etc/sysctl.conf", "/etc/sysctl.conf.local")
    questions = (*rc_conf.QUESTIONS, *sysctl.questions(_WANTED, confs))
    scripts = ("/etc/rc.local", "/etc/start_if.lo0")
    wanted = _WANTED
    fresh = rc_conf.FRESH

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._rc_conf = RcConf(answers)
        self._variables = self._rc_conf.variables

    def kept(self) -> list[Kept]:
        return [
            Kept(ip, f"rc.conf {name}")
            for name, value in self._variables.items()
            if _OF_LO0.match(name)
            for alias in parse_aliases(name, value)
            if alias.is_vip
            for ip in alias.ips
        ]

    def others(self) -> list[Other]:
        """Several addresses in one, what is not on a line of its own in rc.conf, and what sysrc does not know."""
        found = super().others()
        for name, value in self._variables.items():
            if _OF_LO0.match(name):
                aliases = parse_aliases(name, value)
                single = _LIST.match(name) or (_NUMBERED.match(name) and len(aliases) == 1)
                whole = not single or not self._rc_conf.is_plain(name)
                found += [Other(one.ips, f"rc.conf {name}", value) for one in aliases if whole or len(one.ips) > 1]
        return found + [
            Other(all_addresses_in(one.line), one.path, one.line.strip())
            for one in self._rc_conf.of_services
            if _OF_LO0.match(one.name)
        ]

    def put(self, wish: Wish) -> list[Step]:
        # FreeBSD 15 refuses an address without a mask.
        live = [Run("Take the VIP", ("ifconfig", "lo0", family_of(vip), full(vip), "alias")) for vip in wish.take]
        return [*live, *self._save_vips(wish)]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, held.family, held.ip, "-alias"))]

    def _save_vips(self, wish: Wish) -> list[Step]:
        """In the shared list: of numbered aliases, old releases stop reading at the first hole."""
        right = {kept.ip for kept in self.kept()}
        unwanted = wish.forget | (wish.keep - right)
        files = RcConf(self.answers)
        for name in dict.fromkeys([_ALIASES, *filter(_OF_LO0.match, self._variables)]):
            before = parse_aliases(name, self._variables.get(name, ""))
            after = [one.text for one in before if not one.ips & unwanted]
            if name == _ALIASES:
                after += [f"{family_of(vip)} {full(vip)}" for vip in sorted(wish.keep - right)]
            if after != [one.text for one in before]:
                files.assign(name, " ".join(after) or None)
        return files.steps("Have the VIPs at boot" if wish.keep else "Have no VIP at boot")

    def gateways(self) -> Gateways:
        dhcp = [
            name
            for name, value in self._variables.items()
            if _IFCONFIG.match(name) and _DHCP & set(value.upper().split())
        ]
        boot, unclear = boot_gateway("rc.conf defaultrouter", [*self._default_routers(), *self.default_routes()])
        owner = f"DHCP ({', '.join(dhcp)} in rc.conf)" if dhcp else None
        return Gateways(self.live_gateways(), boot, owner, unclear)

    def _default_routers(self) -> list[str]:
        """All that rc.d/routing makes default routes of: the variable, the static routes, and files for a service."""
        router = self._variables.get("defaultrouter", "")
        routes = [f"{name}={value}" for name, value in self._variables.items() if _ROUTES.match(name)]
        elsewhere = [one for one in self._rc_conf.of_services if one.name == "defaultrouter" or _ROUTES.match(one.name)]
        return [
            *([] if router.upper() in ("", "NO") else [router]),
            *filter(is_default, routes),
            *(
                f"{one.line.strip()} in {one.path}"
                for one in elsewhere
                if is_default(one.line) or not _ROUTES.match(one.name)
            ),
        ]

    def at_boot(self, settings: dict[str, str]) -> dict[str, str]:
        # rc.d/routing comes after sysctl.conf, and sets it one way or the other.
        proxies = self._variables.get("arpproxy_all", "NO").upper() in _TRUE
        return {**settings, _PROXY: "1" if proxies else "0"}

    def meet(self) -> list[Step]:
        if any(one.name == _PROXY and not one.holds_at_boot for one in self.conditions()):
            raise LvsError(
                "rc.conf arpproxy_all",
                self._variables["arpproxy_all"],
                "makes this host answer ARP for the VIPs at each boot, whatever sysctl.conf says. A realserver cannot "
                "be a proxy for all others: set it to NO.",
            )
        return super().meet()

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        return bsd_reroute(old, new)

    def save_gateway(self, gateway: str | None) -> list[Step]:
        if self.gateways().boot == gateway:
            return []
        files = RcConf(self.answers)
        files.assign("defaultrouter", gateway)
        return files.steps("Have the gateway at boot" if gateway else "Have no default gateway at boot")


def parse_aliases(name: str, value: str) -> list[Alias]:
    """The addresses of a variable, as network.subr takes it apart."""
    words = value.split()
    if name == "ipv4_addrs_lo0":
        return [_alias(word, ["inet", word]) for word in words]
    if _NUMBERED.match(name) and words[:1] not in (["inet"], ["inet6"], ["link"], ["ether"]):
        words = ["inet6" if name.startswith("ipv6_") else "inet", *words]
    entries: list[list[str]] = []
    for word in words:
        if word in ("inet", "inet6", "link", "ether") or not entries:
            entries.append([])
        entries[-1].append(word)
    return [_alias(" ".join(entry), entry) for entry in entries]


def _alias(text: str, words: list[str]) -> Alias:
    ips = _expand(words[1].partition("/")[0]) if len(words) > 1 and words[0] in (INET, INET6) else frozenset()
    # Several in one value of a single address are more than it is taken for.
    more = frozenset[str]().union(*(all_addresses_in(word) for word in words[2:] if not word.startswith("255.")))
    return Alias(text, ips | more, bool(_FULL.search(" ".join(words))) and not more)


def _expand(text: str) -> frozenset[str]:
    """The addresses of one, or of a range like 192.0.2.10-13."""
    if _RANGE4.match(text) and "-" in text:
        ends = [[int(end) for end in octet.split("-")] for octet in text.split(".")]
        octets = [range(end[0], min(end[-1], 255) + 1) for end in ends]
        if math.prod(map(len, octets)) <= _MOST_IN_A_RANGE:
            return frozenset(".".join(map(str, one)) for one in itertools.product(*octets))
    match = _RANGE6.match(text)
    if match:
        numbers = range(int(match["low"], 16), int(match["high"], 16) + 1)[:_MOST_IN_A_RANGE]
        return frozenset(ip for number in numbers if (ip := canonical_address(f"{match['head']}{number:x}")))
    ip = canonical_address(text)
    return frozenset({ip} if ip else ())
