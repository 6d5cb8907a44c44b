# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Solaris 10 and older: logical interfaces of lo0 by ifconfig, one step at a time (LVS-mini-HOWTO 3.22). Pure.

Private: this file may change in any release; do not import it from outside the collection.

A file /etc/hostname.lo0:N with one line would get the mask of /etc/netmasks at boot, so ours have two. They answer ARP
only for addresses of the interface that is asked.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from ...module_utils._model.address import canonical_address
from .route import SHOW_ROUTES, persistent_defaults, replace_reroute
from .steps import (
    Answers,
    Command,
    Condition,
    Files,
    Gateways,
    Held,
    Kept,
    Other,
    Remove,
    Run,
    Write,
)
from .text import (
    first_words,
    lines_of,
)
from .unix import RUN_LATE, Unix, boot_gateway, keep_gateway

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

    from .steps import Step, Wish

_FILE = "/etc/hostname.lo0:"
_HOSTS = "/etc/hosts"
_DEFAULTROUTER = "/etc/defaultrouter"
_RELEASE = ("uname", "-r")
_STRICT = "ip_strict_dst_multihoming"
_NDD = ("ndd", "-get", "/dev/ip", _STRICT)
# ndd settings have no file of their own; late in the start of run level 2 they win over others.
_SCRIPT = "/etc/rc2.d/S99lvs_arp_hide"
_SCRIPT_TEXT = f"""\
#!/sbin/sh
# Written by linuxvirtualserver.lvs.arp_hide; its state absent removes it.
/usr/sbin/ndd -set /dev/ip {_STRICT} 0
"""
# Words of ifconfig after which an address is none of the loopback's.
_NO_ADDRESS = ("netmask", "broadcast")
# Up to this release lo0:N is a point to point link and wants the other end as well.
_LAST_POINT_TO_POINT = 7


class Solaris10(Unix):
    """One host without ipadm."""

    name = "SunOS"
    title = "Solaris 10 or older"
    without_ipv6 = (
        "it would take files of another kind, /etc/hostname6.lo0:N, of which no manual says what they do for lo0"
    )
    questions = (
        Command(_RELEASE),
        Command(_NDD),
        Command(SHOW_ROUTES),
        Files("/etc/hostname.lo0*"),
        Files(_HOSTS),
        Files("/etc/dhcp.*"),
        Files(_DEFAULTROUTER),
        Files(_SCRIPT),
    )

    fresh: t.ClassVar = {_RELEASE: "5.10"}
    scripts = RUN_LATE
    present_if = "test ! -x /usr/sbin/ipadm"

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._files = {path: text for path, text in answers.files.items() if path.startswith(_FILE)}
        entries = (line.partition("#")[0].split() for line in lines_of(answers.file(_HOSTS)))
        self._names = {
            name: ip for words in entries if words and (ip := canonical_address(words[0])) for name in words[1:]
        }
        release = re.search(r"\b5\.(\d+)", answers.of(*_RELEASE))
        self._point_to_point = release is not None and int(release[1]) <= _LAST_POINT_TO_POINT

    def kept(self) -> list[Kept]:
        owners = ((path, self._owner(text)) for path, text in self._files.items())
        return [Kept(ip, path) for path, ip in owners if ip and lines_of(self._files[path]) == _lines(ip)]

    def _addresses(self, text: str) -> list[str]:
        """What a file makes the loopback's, by address or by a name of /etc/hosts; no masks."""
        words = " ".join(lines_of(text)).split()
        named = [word for before, word in zip(["", *words], words, strict=False) if before not in _NO_ADDRESS]
        found = (canonical_address(word.partition("/")[0]) or self._names.get(word) for word in named)
        return list(dict.fromkeys(ip for ip in found if ip))

    def _owner(self, text: str) -> str | None:
        """The address that a file is for."""
        return next(iter(self._addresses(text)), None)

    def others(self) -> list[Other]:
        """addif in the file of lo0 itself, and files that are for several addresses."""
        texts = {path: text for path, text in self.answers.files.items() if path.startswith("/etc/hostname.lo0")}
        found = ((path, self._addresses(text)) for path, text in texts.items())
        return super().others() + [
            Other(frozenset(ips), path, texts[path].strip())
            for path, ips in found
            if path not in self._files or len(ips) > 1
        ]

    def put(self, wish: Wish) -> list[Step]:
        right = {kept.ip for kept in self.kept()}
        unwanted = wish.forget | (wish.keep - right)
        gone = [path for path, text in self._files.items() if self._owner(text) in unwanted]
        places = {held.ip: held.handle for held in self.addresses() if held.ip not in wish.take}
        places.update(zip(wish.take, self._free_places(), strict=False))
        written = {f"{_FILE}{places[vip].partition(':')[2]}": vip for vip in sorted(wish.keep - right) if vip in places}
        return [
            *(step for vip in wish.take for step in self._bring_up(vip, places[vip])),
            *(Remove("Do not bring this VIP back at boot", path) for path in sorted(gone) if path not in written),
            *(_write(path, vip) for path, vip in written.items()),
        ]

    def _free_places(self) -> Iterator[str]:
        taken = {interface.handle for interface in self.interfaces}
        taken.update(path[len("/etc/hostname.") :] for path in self._files)
        places = (f"lo0:{number}" for number in itertools.count(1))
        return (place for place in places if place not in taken)

    def _bring_up(self, vip: str, place: str) -> list[Step]:
        """One step at a time, or one has to start over (HOWTO 3.22)."""
        ends = [(vip, vip)] if self._point_to_point else []
        words = [("plumb",), (vip,), *ends, ("netmask", "255.255.255.255"), ("up",)]
        return [Run("Take the VIP, a step at a time", ("ifconfig", place, *step)) for step in words]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, "unplumb"))]

    def conditions(self) -> list[Condition]:
        if not self.answers.succeeded(*_NDD):
            return []
        live = self.answers.of(*_NDD).strip()
        ours = bool(self.answers.file(_SCRIPT))
        boot = "0" if self.answers.file(_SCRIPT) == _SCRIPT_TEXT else live
        return [
            Condition(_STRICT, live, boot, "1" if ours else live, ("0",), "Packets for a VIP on lo0 come by a network")
        ]

    def meet(self) -> list[Step]:
        steps: list[Step] = []
        for one in self.conditions():
            if not one.holds_live:
                steps.append(Run(one.why, ("ndd", "-set", "/dev/ip", _STRICT, "0")))
            if not one.holds_at_boot:
                steps.append(Write(one.why, _SCRIPT, _SCRIPT_TEXT, "744"))
        return steps

    def release(self) -> list[Step]:
        if not self.answers.file(_SCRIPT):
            return []
        why = "It was so before"
        return [Remove(why, _SCRIPT), Run(why, ("ndd", "-set", "/dev/ip", _STRICT, "1"))]

    def gateways(self) -> Gateways:
        dhcp = sorted(path for path in self.answers.files if path.startswith("/etc/dhcp."))
        owner = f"DHCP ({', '.join(dhcp)})" if dhcp else None
        said = [*first_words(self.answers.file(_DEFAULTROUTER)), *self._other_routes(), *self.default_routes()]
        boot, unclear = boot_gateway(_DEFAULTROUTER, said)
        return Gateways(self.live_gateways(), boot, owner, unclear)

    def _other_routes(self) -> list[str]:
        """From 10 8/07 on route(8) keeps some of its own, which come on top."""
        known = self.answers.succeeded(*SHOW_ROUTES)
        kept = persistent_defaults(self.answers.of(*SHOW_ROUTES)) if known else []
        return [f"{one} of route -p" for one in kept]

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        return replace_reroute(old, new)

    def save_gateway(self, gateway: str | None) -> list[Step]:
        return keep_gateway(_DEFAULTROUTER, self.answers.file(_DEFAULTROUTER), gateway)


def _lines(vip: str) -> list[str]:
    return [f"{vip} netmask 255.255.255.255", "up"]


def _write(path: str, vip: str) -> Write:
    text = "".join(f"{line}\n" for line in _lines(vip))
    return Write("Have the VIP at boot, in two lines or the mask would be another", path, text, "644")
