# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's packet filter does with a packet, worked out from its rules.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the rules come in as the tools print them. A rule that cannot be judged is never taken for the one that drops.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ACCEPT, DROP, REJECT, RETURN, NEXT, UNKNOWN = "accept", "drop", "reject", "return", "next", "unknown"
NOTRACK = "notrack"
ANY_MARK = -1  # a rule that sets a mark which it computes or restores
INVALID, NEW, UNTRACKED = "invalid", "new", "untracked"
_DEEPEST = 16  # no real set of rules jumps deeper; a loop would


@dataclass(frozen=True)
class Packet:
    """A packet on its way; None is what nobody knows."""

    destination: str
    protocol: str | None = "tcp"
    port: int | None = None
    state: str = NEW
    interface: str | None = None  # on which it comes in; empty for a packet of the host itself
    out_interface: str | None = None  # on which it goes out; empty for one that the host keeps
    source: str | None = None
    icmp_type: str | None = None

    @property
    def family(self) -> str:
        return "ipv6" if ":" in self.destination else "ipv4"


# Does the packet fit: yes, no, or None when that cannot be told.
Condition = Callable[[Packet], bool | None]


@dataclass(frozen=True)
class Rule:
    """One rule: all conditions must fit. `text` shows it to a person, `undo` is the command that takes it away."""

    conditions: tuple[Condition, ...]
    target: str
    text: str
    undo: str
    jump: str = ""
    mark: int | None = None  # which it gives to the packet

    def fits(self, packet: Packet) -> bool | None:
        answers = [condition(packet) for condition in self.conditions]
        if False in answers:
            return False
        return None if None in answers else True


@dataclass
class Chain:
    """Rules in their order; a chain with a hook sees packets by itself and ends with its policy."""

    name: str
    family: str
    hook: str = ""
    policy: str = ACCEPT
    rules: list[Rule] = field(default_factory=list)

    @property
    def end(self) -> Rule:
        text = f"policy {self.policy.upper()} of {self.name}"
        return Rule((), self.policy, text, f"let the chain {self.name} accept what the LVS needs")


Chains = Mapping[str, Chain]


class Verdict(t.NamedTuple):
    """Who decided, and what."""

    target: str
    rule: Rule


def dropping(chains: Chains, hooks: Sequence[str], packet: Packet) -> Verdict | None:
    """The rule that certainly keeps the packet from passing these hooks, None when there is none."""
    known: dict[str, Verdict] = {}
    for hook in hooks:
        for chain in chains.values():
            if chain.hook == hook and chain.family in (packet.family, "inet"):
                verdict = _walk(chains, chain, packet, 0, known)
                if verdict.target in (DROP, REJECT):
                    return verdict
    return None


def untracked(chains: Chains, packet: Packet) -> bool:
    """Does a rule keep connection tracking from seeing the packet? Then it has neither of the other states."""
    rules = (rule for chain in chains.values() for rule in chain.rules)
    return any(rule.target == NOTRACK and rule.fits(packet) for rule in rules)


def may_mark(chains: Chains, hooks: Sequence[str], packet: Packet, mark: int) -> bool:
    """Does a rule on the packet's way give it this mark, for all that is known?"""
    return any(rule.mark in (mark, ANY_MARK) for rule in _on_the_way(chains, hooks, packet))


def suspects(chains: Chains, hooks: Sequence[str], packet: Packet) -> list[Rule]:
    """The rules on the packet's way that may keep it back, of which that cannot be told."""
    rules = _on_the_way(chains, hooks, packet)
    return [rule for rule in rules if rule.target in (DROP, REJECT) and rule.fits(packet) is None]


def _on_the_way(chains: Chains, hooks: Sequence[str], packet: Packet) -> Iterator[Rule]:
    """Each rule that the packet may meet and that may fit."""
    waiting = [one for one in chains.values() if one.hook in hooks and one.family in (packet.family, "inet")]
    reached: set[str] = set()
    while waiting:
        for rule in waiting.pop().rules:
            if rule.fits(packet) is False:
                continue
            yield rule
            if rule.jump in chains and rule.jump not in reached:
                reached.add(rule.jump)
                waiting.append(chains[rule.jump])


def _walk(chains: Chains, chain: Chain, packet: Packet, depth: int, known: dict[str, Verdict]) -> Verdict:
    for rule in chain.rules:
        verdict = _judge(chains, rule, packet, depth, known)
        if verdict.target == RETURN:
            break
        if verdict.target != NEXT:
            return verdict
    return Verdict(chain.policy if chain.hook else NEXT, chain.end)


def _judge(chains: Chains, rule: Rule, packet: Packet, depth: int, known: dict[str, Verdict]) -> Verdict:
    fits = rule.fits(packet)
    if fits is False or rule.target in (NEXT, NOTRACK):
        return Verdict(NEXT, rule)
    inside = _behind(chains, rule, packet, depth, known)
    if fits is None:  # it may let the packet pass, and may not drop it
        return Verdict(NEXT if inside.target in (DROP, REJECT, NEXT) else UNKNOWN, rule)
    return inside


def _behind(chains: Chains, rule: Rule, packet: Packet, depth: int, known: dict[str, Verdict]) -> Verdict:
    """What a rule that fits does with the packet: itself, or in the chain that it leads to."""
    if not rule.jump:
        return Verdict(rule.target, rule)
    if rule.jump not in chains or depth > _DEEPEST:
        return Verdict(UNKNOWN, rule)
    # Each chain is walked once for a packet, however many rules lead there.
    if rule.jump not in known:
        known[rule.jump] = _walk(chains, chains[rule.jump], packet, depth + 1, known)
    return known[rule.jump]


# --- conditions that both kinds of rules have ---


def negated(condition: Condition) -> Condition:
    def turned(packet: Packet) -> bool | None:
        fits = condition(packet)
        return None if fits is None else not fits

    return turned


def on_network(field_name: str, networks: Iterable[str]) -> Condition:
    """Is the packet's source or destination on one of the networks?"""
    parsed = [ipaddress.ip_network(network, strict=False) for network in networks]

    def fits(packet: Packet) -> bool | None:
        if any(network.prefixlen == 0 for network in parsed):
            return True
        text = getattr(packet, field_name)
        return None if text is None else any(ipaddress.ip_address(text) in network for network in parsed)

    return fits


def among(field_name: str, values: Iterable[object]) -> Condition:
    """Is a field of the packet one of these values?"""
    wanted = frozenset(values)

    def fits(packet: Packet) -> bool | None:
        value = getattr(packet, field_name)
        return None if value is None else value in wanted

    return fits


def port_within(ranges: Iterable[tuple[int, int]]) -> Condition:
    """Is the packet's destination port in one of these ranges? What has no port is not."""
    wanted = tuple(ranges)

    def fits(packet: Packet) -> bool | None:
        return packet.port is not None and any(low <= packet.port <= high for low, high in wanted)

    return fits


def on_interface(field_name: str, names: Iterable[str]) -> Condition:
    """Does the packet come in, or go out, on one of these? `eth+` and `eth*` are all that begin so."""
    wanted = frozenset(names)

    def fits(packet: Packet) -> bool | None:
        known = getattr(packet, field_name)
        if known is None:
            return False if wanted == {"lo"} else None
        return any(known.startswith(one[:-1]) if one[-1:] in ("+", "*") else known == one for one in wanted)

    return fits


def unknown(_packet: Packet) -> bool | None:
    """A condition that this file does not know."""
    return None
