# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of policy routing of a host, as `ip rule` prints them.

Private: this file may change in any release; do not import it from outside the collection.
Pure. A rule with a condition that is not known here may be on the way of a packet, and is never said to be.
"""

from __future__ import annotations

import itertools
import typing as t
from collections.abc import Iterable

from .scene import is_within

# The kinds of routes and rules that keep a packet from its way.
REFUSING = ("blackhole", "prohibit", "unreachable")
# Conditions beside the source and the destination.
_OTHERS = {
    *("not", "fwmark", "iif", "oif", "uidrange", "ipproto", "sport", "dport", "tos", "dsfield", "dscp", "tun_id"),
    *("flowlabel", "[l3mdev-table]", "[detached]"),
}
# Where the kernel looks without policy routing, as with the rules that every host has.
_USUAL = frozenset(("local", "main", "default"))


class Policy(t.NamedTuple):
    """One rule. `sure` says that it has no other condition than its source and its destination."""

    text: str
    number: str
    source: str
    destination: str
    action: str
    table: str
    sure: bool

    def fits(self, to: str, source: str | None) -> bool | None:
        """Whether a packet meets it; None where that cannot be told."""
        known = self.destination == "all" or is_within(to, self.destination)
        if not self.sure or (known and source is None and self.source != "all"):
            return None
        return known and (self.source == "all" or is_within(str(source), self.source))


def policy(line: str) -> Policy:
    """A line of `ip rule`."""
    number, _colon, rest = line.partition(":")
    words = rest.split()
    given = dict(itertools.pairwise(words))
    action = next((word for word in words if word in REFUSING), "")
    return Policy(
        line,
        number,
        given.get("from", "all"),
        given.get("to", "all"),
        action,
        given.get("lookup", ""),
        number.isascii() and number.isdigit() and not _OTHERS & {*words},
    )


def refusing(lines: Iterable[str], to: str, source: str | None, kind: str) -> Policy | None:
    """The first rule that certainly refuses a packet in this way."""
    rules = map(policy, lines)
    return next((one for one in rules if one.action == kind and one.fits(to, source)), None)


def tables(lines: Iterable[str], to: str, source: str | None) -> frozenset[str]:
    """The tables in which the way of a packet may be."""
    rules = [policy(line) for line in lines]
    return frozenset(one.table for one in rules if one.table and one.fits(to, source) is not False) or _USUAL
