# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a packet filter must be able to do for a director.

Private: this file may change in any release; do not import it from outside the collection.

A packet filter is one class in one file. It only spells: how rules are read, made and taken away. Which rules, and
which filter makes them, is decided in firewall_rules.py. To add one, write the class and name it in FILTERS there.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

    from .._host.host import Host
    from .._host.job import Command
    from .._model.claims import Things
    from .rules import Rule


class PacketFilter(t.Protocol):
    """One way in which a kernel filters packets. As long as it has not looked, it knows of no rules of ours."""

    name: str

    def __init__(self, host: Host) -> None: ...

    @staticmethod
    def told(unit: str) -> Things:
        """What is asked for by the rules that a unit makes, in the commands of this filter."""

    def look(self) -> None:
        """See which rules of ours are there."""

    def texts(self) -> list[str]:
        """The rules that it saw, as the result shows them."""

    def wanted_texts(self, rules: Iterable[Rule]) -> list[str]:
        """The same of rules that are wanted."""

    def problem(self, rules: Iterable[Rule]) -> str:
        """Why these rules cannot be made here; empty when they can."""

    def modules(self, rules: Iterable[Rule]) -> list[str]:
        """The kernel modules to load for these rules."""

    def steps(self, rules: Iterable[Rule]) -> list[tuple[str, ...]]:
        """The commands that make what it saw into what is wanted."""

    def start(self, rules: Iterable[Rule]) -> list[Command]:
        """The commands that make these rules at boot, whatever is there."""
