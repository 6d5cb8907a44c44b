# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which VIPs vip_address put on a host's loopback, so that those which nobody wants any more can go. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Most systems keep addresses in files that others write as well, so the record is one of its own, the same on all of
them: a line for each VIP, with the names of the LVS that it is there for. One without a name is from before LVS had
names: it belongs to the LVS that has none, until another one plans the same VIP.
"""

from __future__ import annotations

import typing as t

from ...module_utils._model.claims import NAME, is_name, parse_names
from .steps import Files, Question, Remove, Write
from .text import address_in, lines_of

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .steps import Answers, Step

RECORD = "/etc/lvs_vip_address"
QUESTIONS: tuple[Question, ...] = (Files(RECORD),)

_HEAD = "# VIPs of linuxvirtualserver.lvs on this host; vip_address with state absent and no vips takes them away\n"

Owners = dict[str, frozenset[str]]  # the names of the LVS that each VIP is there for


def read(answers: Answers) -> Owners:
    """The VIPs of ours, and whose each is."""
    lines = lines_of(answers.file(RECORD))
    return {ip: _names(line) for line in lines if (ip := address_in(line))}


def _names(line: str) -> frozenset[str]:
    return frozenset(filter(is_name, line.split()[1:]))


class Lvs:
    """One LVS, under its name and the one that it had before."""

    def __init__(self, arguments: Mapping[str, t.Any], owners: Owners) -> None:
        names = parse_names(arguments)
        self._name, self._names = names.name, names.both
        self._owners = owners

    @property
    def mine(self) -> frozenset[str]:
        """The VIPs that are there for it."""
        return frozenset(vip for vip, names in self._owners.items() if (names or {NAME}) & self._names)

    @property
    def foreign(self) -> frozenset[str]:
        """The VIPs that are there for another one."""
        return frozenset(vip for vip, names in self._owners.items() if (names or {NAME}) - self._names)

    def around(self, steps: list[Step], come: Iterable[str], go: Iterable[str]) -> list[Step]:
        """The steps with the record about them: a VIP is on it before it comes and until it has gone."""
        known = {vip: self._renamed(names) for vip, names in self._owners.items()}
        between = {**known, **{vip: known.get(vip, frozenset()) | {self._name} for vip in come}}
        going = self.mine.union(come).intersection(go)
        left = {vip: names - {self._name} for vip, names in between.items() if vip in going}
        after = {vip: left.get(vip, names) for vip, names in between.items() if left.get(vip, True)}
        before, first = _render(self._owners), _render(between)
        remember: list[Step] = [Write("Remember what is ours", RECORD, first)] if first != before else []
        return [*remember, *steps, *([_forget(after)] if after != between else [])]

    def _renamed(self, names: frozenset[str]) -> frozenset[str]:
        return names - self._names | {self._name} if names & self._names else names


def _forget(after: Owners) -> Step:
    why = "It is gone, and no longer recorded"
    return Write(why, RECORD, _render(after)) if after else Remove(why, RECORD)


def _render(owners: Owners) -> str:
    return _HEAD + "".join(" ".join([vip, *sorted(names)]) + "\n" for vip, names in sorted(owners.items()))
