# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A director's rules by iptables and ip6tables of the kernel's older packet filter, in chains of our own.

Private: this file may change in any release; do not import it from outside the collection.

Rules are added before others are removed, so that a mark that stays is never missed. They are written as `iptables -S`
lists them.
"""

from __future__ import annotations

import re
import shlex
import typing as t
from dataclasses import dataclass

from .._host.job import Command
from .._model.address import IPV4, IPV6
from .._model.claims import MARK, SNAT, Things, is_thing, thing
from .._model.lines import lines_in
from .rules import Mark, Rule

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator

    from .._host.host import Host

Argv = tuple[str, ...]

_PROGRAMS = {IPV4: "iptables", IPV6: "ip6tables"}
_TABLE_MODULES = {IPV4: "iptable_{}", IPV6: "ip6table_{}"}
_TABLES_IN_USE = {IPV4: "/proc/net/ip_tables_names", IPV6: "/proc/net/ip6_tables_names"}
_HOST_PREFIX = {IPV4: 32, IPV6: 128}
_ALL_BITS = "0xffffffff"


class Place(t.NamedTuple):
    """Where rules of one kind stand: a chain of ours, which a chain of the kernel's jumps to."""

    family: str
    table: str

    @property
    def chain(self) -> str:
        return "lvs-marks" if self.table == "mangle" else "lvs-snat"

    @property
    def jump(self) -> Argv:
        return ("PREROUTING" if self.table == "mangle" else "POSTROUTING", "-j", self.chain)


@dataclass(frozen=True)
class Seen:
    """What is in a place: whether our chain is there and jumped to, and its rules."""

    chain: bool = False
    jump: bool = False
    rules: tuple[Argv, ...] = ()


State = dict[Place, Seen]


class Iptables:
    """The tables mangle and nat of iptables-legacy, by its own name or as the host's only iptables."""

    name = "iptables"

    def __init__(self, host: Host) -> None:
        self._host = host
        self._seen: State = {}

    @staticmethod
    def told(unit: str) -> Things:
        """What is asked for by the rules that a unit makes."""
        marks = [
            (thing(MARK, vip, *filter(None, (protocol, ports.replace(":", "-")))), str(int(fwmark, 16)))
            for vip, protocol, ports, fwmark in _MARKED.findall(unit)
        ]
        snat = [
            (thing(SNAT, _plain(source), *filter(None, (destination, vip))), "")
            for source, destination, vip in _MASQUERADED.findall(unit)
        ]
        return dict(one for one in (*marks, *snat) if is_thing(*one))

    def problem(self, rules: Iterable[Rule]) -> str:
        """Why these rules cannot be made here; empty when they can."""
        wanted = list(rules)
        for family in sorted({rule.family for rule in wanted}):
            if self._program(family) is None:
                return f"the program {_PROGRAMS[family]}-legacy is not installed"
        for module in self.modules(wanted):
            if not self._host.succeeds(("modprobe", "--dry-run", "--quiet", module)):
                return f"the kernel has no {module}"
        return ""

    def _program(self, family: str) -> str | None:
        """The iptables that writes into iptable_mangle: the one that speaks to nf_tables is another firewall."""
        legacy = self._host.which(f"{_PROGRAMS[family]}-legacy")
        plain = None if legacy else self._host.which(_PROGRAMS[family])
        return plain if plain and "nf_tables" not in self._host.run((plain, "-V")) else legacy

    def modules(self, rules: Iterable[Rule]) -> list[str]:
        """The kernel modules of tables, matches and targets."""
        return sorted({module for rule in rules for module in _modules(rule)})

    def look(self) -> None:
        """See what is there. A table that nobody uses is not asked for: that alone would load it."""
        places = [
            Place(family, table)
            for family, path in _TABLES_IN_USE.items()
            for table in (self._host.read(path) or "").split()
            if table in ("mangle", "nat")
        ]
        self._seen = {place: self._read(place) for place in places}

    def _read(self, place: Place) -> Seen:
        lines = [tuple(shlex.split(line)) for line in lines_in(self._host.run((*self._call(place), "-S")))]
        return Seen(
            ("-N", place.chain) in lines,
            ("-A", *place.jump) in lines,
            tuple(line[2:] for line in lines if line[:2] == ("-A", place.chain)),
        )

    def _call(self, place: Place) -> Argv:
        return (self._program(place.family) or _PROGRAMS[place.family], "-w", "-t", place.table)

    def texts(self) -> list[str]:
        """The rules that are there, as the result shows them."""
        return [_text(place, rule) for place, seen in sorted(self._seen.items()) for rule in seen.rules]

    def wanted_texts(self, rules: Iterable[Rule]) -> list[str]:
        """The same of rules that are wanted."""
        return [_text(place, words) for place, listed in sorted(_by_place(rules).items()) for words in listed]

    def steps(self, rules: Iterable[Rule]) -> list[Argv]:
        """The commands that make what is there into what is wanted."""
        wanted = _by_place(rules)
        return [
            (*self._call(place), *words)
            for place in sorted({*self._seen, *wanted})
            for words in _steps(place, self._seen.get(place, Seen()), wanted.get(place, []))
        ]

    def start(self, rules: Iterable[Rule]) -> list[Command]:
        """The commands that make them at boot, which also work where some or all of it is there."""
        return [
            Command(shlex.join((*self._call(place), *words)), may_fail)
            for place, listed in sorted(_by_place(rules).items())
            for may_fail, words in _start(place, listed)
        ]


def _modules(rule: Rule) -> Iterator[str]:
    if isinstance(rule, Mark):
        yield from (_TABLE_MODULES[rule.family].format("mangle"), "xt_mark")
        if rule.protocol:
            yield "xt_sctp" if rule.protocol == "sctp" else "xt_tcpudp"
    else:
        yield from (_TABLE_MODULES[rule.family].format("nat"), "xt_MASQUERADE")
        if rule.vip:
            yield "xt_conntrack"


def _by_place(rules: Iterable[Rule]) -> dict[Place, list[Argv]]:
    found: dict[Place, list[Argv]] = {}
    for rule in rules:
        place = Place(rule.family, "mangle" if isinstance(rule, Mark) else "nat")
        found.setdefault(place, []).append(_words(rule))
    return found


def _words(rule: Rule) -> Argv:
    """As iptables lists it."""
    if isinstance(rule, Mark):
        port = ("-p", rule.protocol, "-m", rule.protocol, "--dport", rule.ports(":")) if rule.protocol else ()
        return ("-d", _masked(rule.vip), *port, "-j", "MARK", "--set-xmark", f"{rule.fwmark:#x}/{_ALL_BITS}")
    sent_on = ("-d", _masked(rule.destination), "-m", "conntrack", "--ctorigdst", rule.vip) if rule.vip else ()
    return ("-s", _masked(rule.source), *sent_on, "-j", "MASQUERADE")


def _masked(address: str) -> str:
    return address if "/" in address else f"{address}/{_HOST_PREFIX[IPV6 if ':' in address else IPV4]}"


# What _words() writes.
_MARKED = re.compile(
    r"-A lvs-marks -d (\S+)/[0-9]+(?: -p (\w+) -m \w+ --dport (\S+))? -j MARK --set-xmark 0x([0-9a-f]+)/"
)
_MASQUERADED = re.compile(r"-A lvs-snat -s (\S+)(?: -d (\S+)/[0-9]+ -m conntrack --ctorigdst (\S+))? -j MASQUERADE")


def _plain(network: str) -> str:
    address = network.partition("/")[0]
    return address if network == _masked(address) else network


def _text(place: Place, words: Argv) -> str:
    return shlex.join((_PROGRAMS[place.family], "-t", place.table, "-A", place.chain, *words))


def _steps(place: Place, seen: Seen, wanted: list[Argv]) -> Iterator[Argv]:
    if not wanted:
        yield from [("-D", *place.jump)] if seen.jump else []
        yield from [("-F", place.chain), ("-X", place.chain)] if seen.chain else []
        return
    if not seen.chain:
        yield ("-N", place.chain)
    yield from (("-A", place.chain, *words) for words in wanted if words not in seen.rules)
    surplus = list(seen.rules)
    for words in wanted:
        if words in surplus:
            surplus.remove(words)
    yield from (("-D", place.chain, *words) for words in surplus)
    if not seen.jump:
        yield ("-A", *place.jump)


def _start(place: Place, wanted: list[Argv]) -> Iterator[tuple[bool, Argv]]:
    """Commands, and whether they may fail: there may be a chain of ours, or none."""
    yield True, ("-N", place.chain)
    yield True, ("-D", *place.jump)
    yield False, ("-F", place.chain)
    yield from ((False, ("-A", place.chain, *words)) for words in wanted)
    yield False, ("-A", *place.jump)
