# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When does a Linux host keep silent about an address it holds, and what must change so that it does. Pure.

Private: this file may change in any release; do not import it from outside the collection.

The kernel answers and announces ARP for every address it has, on every interface. Two settings stop it, and the value
that counts on an interface is the larger of conf/all and conf/INTERFACE:

* arp_ignore 1 or 2: no answer on an interface for an address that sits on another one. 0 answers; 3 to 7 and 9 answer
  too (3 only spares addresses of host scope); 8 answers nothing at all, not even for the host's own address.
* arp_announce 2: never give such an address as the sender of a request. 0 and 1 do, and so does anything above 2.

conf/all must carry the value, so that an interface that appears later is covered from its first frame, and no interface
may lift the maximum out of the good range. conf/default counts as an interface: it seeds the ones to come. conf/lo does
not: there is no ARP on the loopback, and arp_ignore on it alone does nothing.

Kernels of the HOWTO's days have neither, but with a patch ``hidden``: 1 in conf/all and on the interface that holds the
address. It goes on interfaces that speak no ARP themselves alone, or they would not be heard of at all.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._model.shapes import address, agreeing, fields, listed, text, word
from .arptables import Rule
from .decide import Need, record_shape
from .sysctl import NUMBER, conf

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping, Sequence

    from .._host.links import Interface

ALL = "all"
LOOPBACK = "lo"

# By these means. The third one uses no setting of the kernel at all, see arptables.py.
SYSCTL, HIDDEN, ARPTABLES = "sysctl", "hidden", "arptables"
METHODS = (SYSCTL, ARPTABLES, HIDDEN)

# The values that hide, the one to set first.
HIDING: dict[str, tuple[int, ...]] = {"arp_ignore": (1, 2), "arp_announce": (2,)}
# The settings of every interface that a result shows.
SETTINGS = [conf("*", name) for name in (*HIDING, HIDDEN)]

_LOWEST = -(2**31)


@dataclass(frozen=True)
class Hiding:
    """What is hidden on a host, by which method, and the rules that are ours."""

    vips: tuple[str, ...] = ()
    method: str = SYSCTL
    rules: tuple[Rule, ...] = ()

    @property
    def notes(self) -> dict[str, t.Any]:
        """As the record has it."""
        rules = [[rule.chain, *rule.words] for rule in self.rules]
        return {"vips": list(self.vips), "method": self.method, "rules": rules}


_NOTES = fields(
    {"vips": listed(address)},
    {"method": word(*METHODS), "rules": listed(agreeing(listed(text), bool, "a chain and the words of a rule"))},
)
RECORD = record_shape(_NOTES, NUMBER)


def parse_notes(notes: Mapping[str, t.Any]) -> Hiding:
    """What the record says is hidden."""
    if not notes:
        return Hiding()
    rules = tuple(Rule(chain, tuple(words)) for chain, *words in notes.get("rules", ()))
    return Hiding(tuple(notes["vips"]), notes.get("method", SYSCTL), rules)


def needs(method: str, interfaces: Iterable[Interface]) -> dict[str, Need | None]:
    """The settings by which this method hides what is on interfaces that speak no ARP."""
    if method == HIDDEN:
        quiet = (interface.name for interface in interfaces if not interface.speaks_arp)
        return {conf(name, HIDDEN): Need("1") for name in (ALL, *quiet)}
    return _needs_of_sysctl() if method == SYSCTL else {}


def _needs_of_sysctl() -> dict[str, Need | None]:
    """An operator's stricter choice for all stays, and no interface may lift the maximum out of the good range."""
    found: dict[str, Need | None] = {}
    for name, good in HIDING.items():
        found[conf("*", name)] = Need(str(good[0]), range(_LOWEST, max(good) + 1))
        found[conf(ALL, name)] = Need(str(good[0]), range(min(good), max(good) + 1))
        found[conf(LOOPBACK, name)] = None
    return found


def exposed(
    vips: Iterable[str], interfaces: Iterable[Interface], listed: Sequence[str] | None = None
) -> list[LvsError]:
    """The VIPs that sit where no setting can hide them: on an interface that speaks ARP itself.

    ``listed`` are all VIPs as the user lists them, when these are only some of them.
    """
    wanted = list(vips)
    return [
        LvsError(
            f"vips[{(listed or wanted).index(held.ip)}]",
            held.ip,
            f"is on {interface.name} itself, where arp_ignore cannot hide it: this host would answer for it. "
            f"Remove it there (ip addr del {held.ip}/{held.prefix} dev {interface.name}); "
            "on a realserver it belongs on lo (vip_address, interface lo).",
        )
        for interface in interfaces
        if interface.speaks_arp
        for held in interface.addresses
        if held.ip in wanted
    ]


def answered_as_proxy(vips: Iterable[str], proxies: Iterable[tuple[str, str]]) -> list[LvsError]:
    """The VIPs that this host answers for in somebody else's place, which no setting stops."""
    wanted = list(vips)
    return [
        LvsError(
            f"vips[{wanted.index(ip)}]",
            ip,
            f"has a proxy entry on {interface}: this host may answer for it, wherever it is. "
            f"Remove the entry (ip neigh del proxy {ip} dev {interface}).",
        )
        for ip, interface in proxies
        if ip in wanted
    ]


def still_held(vips: Iterable[str], interfaces: Iterable[Interface]) -> list[LvsError]:
    """The VIPs that this host still holds, and would answer for as soon as hiding ends."""
    wanted = list(vips)
    return [
        LvsError(
            f"vips[{wanted.index(held.ip)}]" if held.ip in wanted else "vips",
            held.ip,
            f"is still on {interface.name}: this host would answer ARP for it as soon as hiding ends. "
            "Remove it first (vip_address, state absent).",
        )
        for interface in interfaces
        for held in interface.addresses
        if held.ip in wanted
    ]


def held_alone(interfaces: Iterable[Interface]) -> list[str]:
    """The IPv4 addresses without a network that sit where no ARP is spoken, as VIPs of a realserver do."""
    return [
        held.ip
        for interface in interfaces
        if not interface.speaks_arp
        for held in interface.addresses
        if held.is_host and ":" not in held.ip
    ]
