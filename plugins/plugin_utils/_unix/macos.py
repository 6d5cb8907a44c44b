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
from .unix import Unix

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Answers, Held, Step, Wish

_FOLDER = "/Library/LaunchDaemons"
_PREFIX = "org.linuxvirtualserver."
_VIP = f"{_PREFIX}vip."
_STRONG = "net.inet.ip.check_interface"
_STRONG_LABEL = f"{_PREFIX}arp_hide"
_WEAK = "1"

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
        Command(("sysctl", _STRONG)),
        Files(f"{_FOLDER}/{_PREFIX}*.plist"),
    )

    fresh: t.ClassVar = {("launchctl", "list"): ""}

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._loaded = {line.split()[-1] for line in lines_in(answers.of("launchctl", "list")) if line.split()}
        match = re.search(r":\s*(\d+)", answers.of("sysctl", _STRONG)) if answers.succeeded("sysctl", _STRONG) else None
        self._strong = match[1] if match else None

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
            [Remove("Have launchd do it no more at boot", _path(label))] if _path(label) in self.answers.files else []
        )
        return [*self._unload(label), *there]

    def _unload(self, label: str) -> list[Step]:
        if label not in self._loaded:
            return []
        return [Run("Have launchd forget it now", ("launchctl", "bootout", f"system/{label}"))]

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, *_family(held.ip), "-alias", held.ip))]

    def conditions(self) -> list[Condition]:
        if self._strong is None or INET not in self.families:
            return []
        ours = _path(_STRONG_LABEL) in self.answers.files
        why = "Packets for a VIP on lo0 come by a network interface"
        former = "2" if ours else self._strong
        return [Condition(_STRONG, self._strong, _WEAK if ours else self._strong, former, (_WEAK, "0"), why)]

    def meet(self) -> list[Step]:
        strong = [one for one in self.conditions() if not one.holds_live]
        late = [one for one in self.conditions() if not one.holds_at_boot]
        live = [Run(one.why, ("sysctl", f"{_STRONG}={_WEAK}")) for one in strong]
        # Not every release reads /etc/sysctl.conf.
        words = ("/usr/sbin/sysctl", f"{_STRONG}={_WEAK}")
        return [*live, *(step for _one in late for step in self._store(_STRONG_LABEL, _plist(_STRONG_LABEL, words)))]

    def release(self) -> list[Step]:
        drop = self._drop(_STRONG_LABEL)
        return [*drop, Run("It was so before", ("sysctl", f"{_STRONG}=2"))] if drop else []

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
