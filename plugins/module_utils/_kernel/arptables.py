# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of arptables(8) that hide addresses, and what must change for them to be there or not. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Three rules for each VIP: nobody's question about it comes in; a question of this host in its name goes out in the name
of the interface's own address, or the host would never learn where to send its answers; and nothing else in its name
goes out. Written and listed alike by arptables-nft and arptables-legacy.
"""

from __future__ import annotations

import typing as t

from .._host.job import BEFORE_NETWORK, Command, Job
from .._model.lines import lines_in

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

    from .._host.links import Interface

COMMAND = "arptables"
LEGACY = "arptables-legacy"
JOB = "lvs-arp-hide"
UNIT_NAME = f"{JOB}.service"
# Says "hidden" when the rules are in place: what puts the VIP on lo at boot looks for it.
FLAG = "/run/lvs-arp-hide"
FLAG_TEXT = "hidden\n"


class Rule(t.NamedTuple):
    """A rule in the words and the order in which arptables lists it."""

    chain: str
    words: tuple[str, ...]

    def added(self, program: str) -> tuple[str, ...]:
        """The command that puts it in its place: to drop all else comes last, everything else first."""
        return (program, "-A" if self.words[:3] == _DROP_FROM else "-I", self.chain, *self.words)

    def removed(self, program: str) -> tuple[str, ...]:
        """The command that takes one copy of it away."""
        return (program, "-D", self.chain, *self.words)


class Changes(t.NamedTuple):
    """Rules to add, then those to remove, and the rules that are ours afterwards."""

    add: tuple[Rule, ...]
    remove: tuple[Rule, ...]
    ours: tuple[Rule, ...]


_DROP_FROM = ("-j", "DROP", "-s")


def wanted_rules(vips: Iterable[str], interfaces: Iterable[Interface]) -> list[Rule]:
    """The rules that hide these VIPs on these interfaces and on any that comes later."""
    hidden = [vip for vip in vips if ":" not in vip]
    names = {interface.name: _own_address(interface, hidden) for interface in interfaces if interface.speaks_arp}
    return [rule for vip in hidden for rule in _rules_for(vip, names)]


def _rules_for(vip: str, names: dict[str, str | None]) -> list[Rule]:
    asked = [
        Rule("OUTPUT", ("-j", "mangle", "-o", name, "-s", vip, "--mangle-ip-s", own))
        for name, own in sorted(names.items())
        if own
    ]
    return [Rule("INPUT", ("-j", "DROP", "-d", vip)), *asked, Rule("OUTPUT", (*_DROP_FROM, vip))]


def _own_address(interface: Interface, vips: Sequence[str]) -> str | None:
    """The first IPv4 address that is the interface's own: it asks in this name."""
    return next((one.ip for one in interface.addresses if ":" not in one.ip and one.ip not in vips), None)


def listing(program: str) -> tuple[str, ...]:
    """The command that lists the rules."""
    return (program, "-L", "-n")


def parse_rules(printed: str) -> list[Rule]:
    """The rules in the output of `arptables -L -n`."""
    chain, rules = "", []
    for line in lines_in(printed):
        words = line.split()
        if words[:1] == ["Chain"]:
            chain = words[1] if len(words) > 1 else ""
        elif words:
            rules.append(Rule(chain, tuple(words)))
    return rules


def plan_rules(wanted: Sequence[Rule], ours: Sequence[Rule], have: Sequence[Rule]) -> Changes:
    """Add what is missing, and take away what is ours and no longer wanted. What somebody else made stays theirs."""
    missing = [rule for rule in wanted if rule not in have]
    gone = [rule for rule in have if rule in ours and rule not in wanted]
    kept = [rule for rule in wanted if rule in ours or rule in missing]
    return Changes(tuple(missing), tuple(gone), tuple(kept))


def job(rules: Iterable[Rule], program: str) -> Job:
    """What adds the rules at boot, before the first interface is up."""
    commands = tuple(Command(" ".join(rule.added(program))) for rule in rules)
    flag = (FLAG_TEXT.strip(), FLAG)
    title = "Hide the virtual IPs of LVS from ARP"
    return Job(JOB, _HEADER, title, _ORDER, commands, flag=flag, stage=BEFORE_NETWORK)


_HEADER = """\
# Written by linuxvirtualserver.lvs.arp_hide; the next run puts back what is changed here.
# To undo it, run the same task with state: absent: it also removes the rules."""
_ORDER = (
    "DefaultDependencies=no",
    "After=systemd-modules-load.service",
    "Before=network-pre.target shutdown.target",
    "Wants=network-pre.target",
    "Conflicts=shutdown.target",
)
