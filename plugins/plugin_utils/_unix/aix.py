# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AIX: aliases of lo0, each by an entry of ours in /etc/inittab. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It answers ARP only for addresses of the interface that is asked. An alias without the mask of one address leaves a
route to its whole network through lo0. The default route belongs to the device inet0 in the ODM; chdev changes the
running system and the next boot at once, which no power cut would take back, so it is looked at and never changed.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ...module_utils._model.lines import lines_in
from .steps import Command, Gateways, Kept, Other, Run
from .text import all_addresses_in
from .unix import Unix

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Answers, Held, Step, Wish

_LSITAB = ("lsitab", "-a")
# An entry that does one thing, and could be made anew.
_ENTRY = re.compile(
    r"^(?P<id>[^:#\s]{1,14}):[^:]*:[^:]*:(?:\S*/)?ifconfig lo0 (?:inet )?alias (?P<ip>[\d.]+)"
    r"(?: netmask \S+)?(?: up)?\s*(?:>[^;&|]*(?:2>&1)?)?$",
    re.MULTILINE,
)
_NETWORK = re.compile(r"^(?P<network>[\d.]+/\d+)\s+(?P<gateway>[\d.]+)\s.*\slo0\b", re.MULTILINE)


class AIX(Unix):
    """One AIX host."""

    name = "AIX"
    title = "AIX"
    without_ipv6 = "no manual says whether it keeps silent about an address of lo0 when neighbours ask for it by NDP"
    questions = (Command(_LSITAB),)
    # IBM's own advice for an alias of lo0 is a line in rc.net.
    scripts = ("/etc/rc.net", "/etc/rc.tcpip", "/etc/rc.local")

    fresh: t.ClassVar = {_LSITAB: ""}

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._entries = list(_ENTRY.finditer(answers.of(*_LSITAB)))

    def kept(self) -> list[Kept]:
        return [Kept(one["ip"], f"inittab {one['id']}") for one in self._entries if one[0] == _entry(one["ip"])]

    def others(self) -> list[Other]:
        """Entries that do more than to add one alias."""
        single = {one[0] for one in self._entries}
        lines = [line for line in lines_in(self.answers.of(*_LSITAB)) if "ifconfig" in line and line not in single]
        return super().others() + [
            Other(all_addresses_in(line), f"inittab {line.partition(':')[0]}", line) for line in lines
        ]

    def put(self, wish: Wish) -> list[Step]:
        right = {kept.ip for kept in self.kept()}
        ours = (
            {held.ip for held in self.addresses() if held.interface == "lo0"} | {*wish.take} | wish.keep | wish.forget
        )
        unwanted = [one["id"] for one in self._entries if one["ip"] in wish.forget | (wish.keep - right)]
        return [
            *self._close_networks(ours),
            *(Run("Take the VIP", ("ifconfig", *_alias(vip))) for vip in wish.take),
            *(Run("Forget what would bring it back at boot", ("rmitab", one)) for one in unwanted),
            *(Run("Have the VIP at boot", ("mkitab", _entry(vip))) for vip in sorted(wish.keep - right)),
        ]

    def _close_networks(self, ours: set[str]) -> list[Step]:
        """Routes that send a whole network to lo0, which an alias of ours with a wider mask left behind."""
        strays = _NETWORK.finditer(self.answers.of("netstat", "-rn", "-f", "inet"))
        why = "Give a network back that a wide mask sent to lo0"
        return [
            Run(why, ("route", "delete", "-net", one["network"], one["gateway"]))
            for one in strays
            if one["gateway"] in ours and not ipaddress.ip_address(one["gateway"]).is_loopback
        ]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, "delete", held.ip))]

    def gateways(self) -> Gateways:
        live = self.live_gateways()
        owner = "the device inet0 (lsattr -El inet0 -a route; chdev -l inet0 -a route=net,-hopcount,0,,0,GATEWAY)"
        return Gateways(live, live[0] if live else None, owner)


def _alias(vip: str) -> tuple[str, ...]:
    return ("lo0", "alias", vip, "netmask", "255.255.255.255")


def _entry(vip: str) -> str:
    """The line of inittab; its name may have 14 characters, so the address is in hexadecimal."""
    name = f"lvs{int(ipaddress.IPv4Address(vip)):08x}"
    return f"{name}:2:once:/usr/sbin/ifconfig {' '.join(_alias(vip))} >/dev/console 2>&1"
