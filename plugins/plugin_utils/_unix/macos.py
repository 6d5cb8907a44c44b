# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""macOS: aliases of lo0, each by a LaunchDaemon of ours. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It answers ARP only for addresses of the interface that is asked, and takes packets for those of lo0 unless it was made
a strong end system. The default route belongs to the network service that the user sees in the settings; it is looked
at, never changed.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._model.lines import lines_in
from .steps import (
    INET,
    INET6,
    Command,
    Condition,
    Files,
    Gateways,
    Kept,
    Remove,
    Run,
    Write,
    family_of,
    full,
)
from .text import parse_defaults
from .unix import NETSTAT, Unix

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Answers, Held, Step, Wish

_FOLDER = "/Library/LaunchDaemons"
_PREFIX = "org.linuxvirtualserver."
_VIP = f"{_PREFIX}vip."
_STRONG = "net.inet.ip.check_interface"
_PROXY = "net.link.ether.inet.proxyall"
_HIDE_LABEL = f"{_PREFIX}arp_hide"
# Of each sysctl, what serves a VIP, what does not, and why.
_WANTED = {
    _STRONG: (("1", "0"), "2", "Packets for a VIP on lo0 come by a network interface"),
    _PROXY: (("0",), "1", "No ARP answer for addresses that this host has a route to"),
}
# A default route that counts only for what is bound to its interface.
_SCOPED = "I"

_PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by linuxvirtualserver.lvs; to undo it, run the same task with state: absent. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{label}</string>
  <key>ProgramArguments</key>
  <array>
{words}
  </array>
  <key>RunAtLoad</key>
  <true/>
</dict>
</plist>
"""


class MacOS(Unix):
    """One Mac."""

    name = "Darwin"
    title = "macOS"
    questions = (
        Command(("launchctl", "list")),
        *(Command(("sysctl", name)) for name in _WANTED),
        Files(f"{_FOLDER}/{_PREFIX}*.plist"),
    )

    fresh: t.ClassVar = {("launchctl", "list"): ""}

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._loaded = {line.split()[-1] for line in lines_in(answers.of("launchctl", "list")) if line.split()}
        known = {name: answers.of("sysctl", name) for name in _WANTED if answers.succeeded("sysctl", name)}
        self._live = {name: match[1] for name, text in known.items() if (match := re.search(r":\s*(\d+)", text))}
        self._kept_sysctls = set(re.findall(r"<string>([a-z._]+)=", answers.file(_path(_HIDE_LABEL))))

    def kept(self) -> list[Kept]:
        named = (path[len(f"{_FOLDER}/") : -len(".plist")] for path in self.answers.files if path.startswith(_FOLDER))
        vips = (label[len(_VIP) :].replace("-", ":") for label in named if label.startswith(_VIP))
        return [
            Kept(vip, _path(_label(vip))) for vip in vips if self.answers.file(_path(_label(vip))) == _vip_plist(vip)
        ]

    def put(self, wish: Wish) -> list[Step]:
        live = [Run("Take the VIP", _alias(vip)) for vip in wish.take]
        right = {kept.ip for kept in self.kept()}
        stored = [step for vip in sorted(wish.keep - right) for step in self._store(_label(vip), _vip_plist(vip))]
        gone = [step for vip in sorted(wish.forget) for step in self._drop(_label(vip))]
        return [*live, *stored, *gone]

    def _store(self, label: str, text: str) -> list[Step]:
        # Loading it changes nothing now, and shows at once whether launchd will take it at boot.
        return [
            *self._unload(label),
            Write("Have launchd do the same at boot", _path(label), text, "644"),
            Run("See whether launchd takes it", ("launchctl", "bootstrap", "system", _path(label))),
        ]

    def _drop(self, label: str) -> list[Step]:
        there = (
            [Remove("Have launchd no longer do it at boot", _path(label))] if _path(label) in self.answers.files else []
        )
        return [*self._unload(label), *there]

    def _unload(self, label: str) -> list[Step]:
        if label not in self._loaded:
            return []
        return [Run("Have launchd forget it now", ("launchctl", "bootout", f"system/{label}"))]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, *_family(held.ip), "-alias", held.ip))]

    def conditions(self) -> list[Condition]:
        if INET not in self.families:
            return []
        return [
            Condition(
                name,
                live,
                good[0] if name in self._kept_sysctls else live,
                bad if name in self._kept_sysctls else live,
                good,
                why,
            )
            for name, live in self._live.items()
            for good, bad, why in [_WANTED[name]]
        ]

    def meet(self) -> list[Step]:
        live = [
            Run(one.why, ("sysctl", f"{one.name}={one.good[0]}")) for one in self.conditions() if not one.holds_live
        ]
        late = {one.name for one in self.conditions() if not one.holds_at_boot}
        if not late:
            return [*live]
        # Not every release reads /etc/sysctl.conf.
        words = [f"{name}={_WANTED[name][0][0]}" for name in self._live if name in late | self._kept_sysctls]
        return [*live, *self._store(_HIDE_LABEL, _plist(_HIDE_LABEL, ("/usr/sbin/sysctl", *words)))]

    def release(self) -> list[Step]:
        drop = self._drop(_HIDE_LABEL)
        names = [name for name in self._live if name in self._kept_sysctls]
        return [*drop, *(Run("It was so before", ("sysctl", f"{name}={_WANTED[name][1]}")) for name in names)]

    def live_gateways(self) -> tuple[str, ...]:
        rows = lines_in(self.answers.of(*NETSTAT))
        return parse_defaults("\n".join(row for row in rows if _SCOPED not in "".join(row.split()[2:3])))

    def gateways(self) -> Gateways:
        owner = "the network service (networksetup -setmanual SERVICE ADDRESS MASK ROUTER, or the settings)"
        live = self.live_gateways()
        return Gateways(live, live[0] if live else None, owner)


def _family(vip: str) -> tuple[str, ...]:
    return (INET6,) if family_of(vip) == INET6 else ()


def _alias(vip: str) -> tuple[str, ...]:
    if family_of(vip) == INET6:
        return ("ifconfig", "lo0", INET6, "alias", full(vip))
    return ("ifconfig", "lo0", "alias", vip, "netmask", "255.255.255.255")


def _label(vip: str) -> str:
    # In the Finder a colon of a file's name is a slash.
    return _VIP + vip.replace(":", "-")


def _path(label: str) -> str:
    return f"{_FOLDER}/{label}.plist"


def _vip_plist(vip: str) -> str:
    _ifconfig, *words = _alias(vip)
    return _plist(_label(vip), ("/sbin/ifconfig", *words))


def _plist(label: str, words: tuple[str, ...]) -> str:
    return _PLIST.format(label=label, words="\n".join(f"    <string>{word}</string>" for word in words))
