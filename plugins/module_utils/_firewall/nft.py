# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A director's rules by nft, in tables of our own, which change all at once or not at all.

Private: this file may change in any release; do not import it from outside the collection.

Each rule carries what it is for as its comment, by which it is known again: releases of nft list the same rule in
different words.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from .._errors import LvsError
from .._host.job import Command
from .._model.address import IPV4, IPV6
from .._model.claims import Things, is_thing
from .._model.lines import lines_in
from .._model.shapes import Misfit, fields, json_in, listed, text
from .rules import Mark, Rule, thing_in

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator

    from .._host.host import Host

Argv = tuple[str, ...]
State = dict[str, list[str]]  # by family, the comments of the rules in our table; a rule without one is an empty text

_FAMILIES = {IPV4: "ip", IPV6: "ip6"}
_TABLE = "lvs"
# As nft lists them.
TABLES = tuple(f"table {word} {_TABLE}" for word in ("ip", "ip6"))
_COMMENT = re.compile(r'comment "([^"]*)"')
_LISTING = fields({"nftables": listed(fields({}, {"rule": fields({}, {"comment": text})}))})
# Before routing, and after it: where iptables has its tables mangle and nat.
_MARKS = ("marks", "{ type filter hook prerouting priority -150; }")
_SOURCES = ("sources", "{ type nat hook postrouting priority 100; }")


class Nft:
    """The tables `ip lvs` and `ip6 lvs`."""

    name = "nft"

    def __init__(self, host: Host) -> None:
        self._host = host
        self._seen: State = {}

    @staticmethod
    def told(unit: str) -> Things:
        """What is asked for by the rules that a unit makes."""
        found = map(thing_in, _COMMENT.findall(unit))
        return {one: value for one, value in found if is_thing(one, value)}

    def problem(self, rules: Iterable[Rule]) -> str:
        """Why these rules cannot be made here; empty when they can. The kernel is asked, and changes nothing."""
        program = self._host.which("nft")
        if program is None:
            return "the program nft is not installed"
        done = self._host.attempt((program, "--check", _script({}, rules)))
        return "" if done.rc == 0 else f"the kernel refuses the rules ({_first_line(done.stderr)})"

    def modules(self, _rules: Iterable[Rule]) -> list[str]:
        """The kernel loads what nft needs."""
        return []

    def look(self) -> None:
        """See what is there."""
        program = self._host.which("nft")
        if program is None:
            return
        for family, word in _FAMILIES.items():
            done = self._host.attempt((program, "-j", "list", "table", word, _TABLE))
            if done.rc == 0:
                self._seen[family] = _comments(done.stdout)

    def texts(self) -> list[str]:
        """The rules that are there, as the result shows them."""
        return _texts(self._seen)

    def wanted_texts(self, rules: Iterable[Rule]) -> list[str]:
        """The same of rules that are wanted."""
        return _texts(_by_family(rules))

    def steps(self, rules: Iterable[Rule]) -> list[Argv]:
        """The command that makes what is there into what is wanted."""
        wanted = list(rules)
        return [] if self._seen == _by_family(wanted) else [self._call(self._seen, wanted)]

    def start(self, rules: Iterable[Rule]) -> list[Command]:
        """The command that makes them at boot."""
        return [Command(shlex.join(self._call({}, rules)))]

    def _call(self, state: State, rules: Iterable[Rule]) -> Argv:
        return (self._host.which("nft") or "nft", _script(state, rules))


def _first_line(text: str) -> str:
    return next(iter(lines_in(text)), "it does not say why")


def _comments(listing: str) -> list[str]:
    try:
        entries = _LISTING(json_in(listing, "the output"), "the output")["nftables"]
    except Misfit as misfit:
        cure = f"is not what nft prints ({misfit}). See which nft this host has: command -v nft; nft --version."
        raise LvsError("nft -j list table", listing[:80], cure) from None
    return [entry["rule"].get("comment", "") for entry in entries if "rule" in entry]


def _texts(state: State) -> list[str]:
    return [f"nft {_FAMILIES[family]} {_TABLE}: {text}" for family in sorted(state) for text in state[family]]


def _by_family(rules: Iterable[Rule]) -> State:
    found: State = {}
    for rule in rules:
        found.setdefault(rule.family, []).append(str(rule))
    return found


def _script(state: State, rules: Iterable[Rule]) -> str:
    """One transaction: our tables go, and those that are wanted come again."""
    wanted = list(rules)
    return "; ".join(_statements(sorted(state), wanted))


def _statements(had: list[str], wanted: list[Rule]) -> Iterator[str]:
    for family in sorted({*had, *(rule.family for rule in wanted)}):
        table = f"{_FAMILIES[family]} {_TABLE}"
        rules = [rule for rule in wanted if rule.family == family]
        # What is not there can only be deleted after it was added.
        yield f"add table {table}"
        yield f"delete table {table}"
        if rules:
            yield f"add table {table}"
        for name, kind in (_MARKS, _SOURCES):
            listed = [rule for rule in rules if _chain(rule) == name]
            if listed:
                yield f"add chain {table} {name} {kind}"
            yield from (f'add rule {table} {name} {_expression(rule)} comment "{rule}"' for rule in listed)


def _chain(rule: Rule) -> str:
    return _MARKS[0] if isinstance(rule, Mark) else _SOURCES[0]


def _expression(rule: Rule) -> str:
    address = _FAMILIES[rule.family]
    if isinstance(rule, Mark):
        port = f" {rule.protocol} dport {rule.ports()}" if rule.protocol else ""
        return f"{address} daddr {rule.vip}{port} meta mark set {rule.fwmark}"
    sent_on = f" {address} daddr {rule.destination} ct original {address} daddr {rule.vip}" if rule.vip else ""
    return f"{address} saddr {rule.source}{sent_on} masquerade"
