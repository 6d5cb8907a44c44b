# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IRIX: aliases of lo0 by a script of ours in /etc/rc2.d, with -arp as in LVS-mini-HOWTO 3.22. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Its ifconfig lies in /usr/etc. No Python that Ansible could use runs there.
"""

from __future__ import annotations

import re
import typing as t

from .route import replace_reroute
from .steps import (
    Files,
    Gateways,
    Kept,
    Remove,
    Run,
    Write,
)
from .text import edit_lines
from .unix import RUN_LATE, Unix, boot_gateway

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Held, Step, Wish

_SCRIPT = "/etc/rc2.d/S99lvs_vip"
_HEAD = """\
#!/sbin/sh
# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.
# To undo it, run the same task with state: absent.
"""
_LINE = re.compile(r"^/usr/etc/ifconfig lo0 alias (?P<ip>[\d.]+) netmask 0xffffffff -arp up$", re.MULTILINE)
_ROUTES = "/etc/config/static-route.options"
_ROUTE = re.compile(r"^(?P<before>\$ROUTE .*\badd (?:net )?default )(?P<gateway>\S+)", re.MULTILINE)
_ANY = re.compile(r"(?:\S*/)?ifconfig lo0 alias (?P<ip>[\d.]+)[^;&|]*\Z")


class IRIX(Unix):
    """One IRIX host."""

    name = "IRIX"
    title = "IRIX"
    without_ipv6 = "an alias of lo0 is kept silent there by -arp, which is for IPv4 only"
    questions = (Files(_SCRIPT), Files(_ROUTES))
    scripts = RUN_LATE
    longest_word = 1000  # root's shell is csh
    own = (_SCRIPT,)

    def kept(self) -> list[Kept]:
        return [Kept(match["ip"], _SCRIPT) for match in _LINE.finditer(self.answers.file(_SCRIPT))]

    def put(self, wish: Wish) -> list[Step]:
        live = [Run("Take the VIP, without ARP", ("ifconfig", *_alias(vip))) for vip in wish.take]
        before = self.answers.file(_SCRIPT)
        new = wish.keep - {kept.ip for kept in self.kept()}
        text = edit_lines(
            before or _HEAD,
            lambda line: (match := _ANY.match(line)) is not None and match["ip"] in wish.forget | new,
            [f"/usr/etc/ifconfig {' '.join(_alias(vip))}" for vip in sorted(new)],
        )
        if text in (before, _HEAD):
            gone = [Remove("Bring no VIP back at boot", _SCRIPT)] if before and text == _HEAD else []
            return [*live, *gone]
        return [*live, Write("Have the VIPs at boot", _SCRIPT, text, "744")]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, "-alias", held.ip))]

    def gateways(self) -> Gateways:
        said = [match["gateway"] for match in _ROUTE.finditer(self.answers.file(_ROUTES))]
        boot, unclear = boot_gateway(_ROUTES, [*said, *self.default_routes()])
        return Gateways(self.live_gateways(), boot, None, unclear)

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        return replace_reroute(old, new)

    def save_gateway(self, gateway: str | None) -> list[Step]:
        before = self.answers.file(_ROUTES)
        if self.gateways().boot == gateway:
            return []
        if gateway is None:
            text = edit_lines(before, lambda line: bool(_ROUTE.match(line)), [])
        elif _ROUTE.search(before):
            text = _ROUTE.sub(lambda match: f"{match['before']}{gateway}", before)
        else:
            text = edit_lines(before, lambda _line: False, [f"$ROUTE $QUIET add net default {gateway}"])
        return [
            Write("Have the gateway at boot", _ROUTES, text) if text else Remove("Have no gateway at boot", _ROUTES)
        ]


def _alias(vip: str) -> tuple[str, ...]:
    return ("lo0", "alias", vip, "netmask", "0xffffffff", "-arp", "up")
