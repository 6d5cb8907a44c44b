# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an operation is safe, by the kernel tables of all directors: before anything is changed.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from targets and evidence to refusals.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ...module_utils._errors import LvsError
from ...module_utils._model.table import Realserver, Service
from .._doctor.evidence import read_answer
from .._doctor.scene import Scene
from .._rules.shown import clipped
from .._status.services import Table, read_table
from .words import whose
from .work import Data, share, shown

Targets = Mapping[str, Sequence[Data]]  # by director

# The evidence that is needed.
KINDS = ("ipvs", "interfaces", "drained")
_NOT_SEEN = "was not looked at"
# Whether keepalived checks it.
_OUT = {
    False: ". Run the playbook site.",
    True: ", for its check fails. Mend what lvs_services has as its check, and it comes back by itself.",
}


class Directors:
    """What the directors of a piece of work have in their kernels."""

    def __init__(self, plan: Mapping[str, t.Any], work: Mapping[str, t.Any], looked: Mapping[str, object]) -> None:
        self._plan, self._work = plan, work
        answers = {host: read_answer(looked.get(host)) for host in work["directors"]}
        self._why = {host: one.why or _NOT_SEEN for host, one in answers.items()}
        self._scene = Scene(plan, answers)
        read = {name: read_table(host) for name, host in self._scene.hosts.items()}
        self.tables: dict[str, Table] = {name: table for name, table in read.items() if table}

    def serving(self) -> list[str]:
        """Those that have a VIP; all of them where none is seen to have one, as where others move the VIPs."""
        hosts, vips = self._scene.hosts, self._work["vips"]
        having = [name for name in hosts if any(hosts[name].holding(vip) for vip in vips[name])]
        return having or list(self._work["directors"])

    def unseen(self) -> list[LvsError]:
        """A director that does not take part would go on as before when it serves."""
        cure = "All directors have to take part, as any of them may serve next. Bring it back, or take it out of the "
        return [
            LvsError(host, None, f"{clipped(self._why[host])}. {cure}inventory and run the playbook site.")
            for host in self._work["directors"]
            if host not in self.tables
        ]

    def absent(self) -> list[LvsError]:
        """What is planned and not in the table. Whoever was forced out of it is remembered."""
        return self._each(self._absent)

    def _absent(self, director: str, service: Service | None, targets: Sequence[Data]) -> Iterator[str]:
        drained = self.tables[director].drained
        for one in targets:
            there = {realserver.key.label for realserver in service.realservers} if service else ()
            if one["realserver"] not in there and (one["service"], one["realserver"]) not in drained:
                yield f"{one['host']} is not in the table{_OUT[bool(one.get('checked'))]}"

    def too_few(self) -> list[LvsError]:
        """Services that would have too few realservers left. Nobody is taken from them who is drained already."""
        return self._each(self._too_few)

    def _too_few(self, _director: str, service: Service | None, targets: Sequence[Data]) -> Iterator[str]:
        if service is None:
            return
        ours = {one["realserver"] for one in targets}
        going = [one for one in service.realservers if one.key.label in ours and one.weight]
        left = [one for one in service.realservers if one.key.label not in ours and one.weight]
        needed = share(self._work["min_active"], len(service.realservers))
        if going and len(left) < needed:
            names = shown(dict.fromkeys(one["host"] for one in targets))
            yield (
                f"without {names} {len(left)} of {len(service.realservers)} realservers would get connections, and "
                f"lvs_min_active keeps {needed}. Restore others first, or lower lvs_min_active."
            )

    def drained_besides(self) -> list[LvsError]:
        """Services of which another realserver is drained: two at once are asked for by name."""
        return self._each(self._drained_besides)

    def _drained_besides(self, director: str, service: Service | None, targets: Sequence[Data]) -> Iterator[str]:
        if service is None or not any(self.weight(director, one) for one in targets):
            return
        ours, drained = {one["realserver"] for one in targets}, self.tables[director].drained
        for one in service.realservers:
            entry = drained.get((service.key.label, one.key.label))
            if entry and not one.weight and one.key.label not in ours:
                yield (
                    f"{self._host_of(one)} is drained already{whose(entry)}. Restore it first, or accept it with "
                    "-e lvs_together=true."
                )

    def without_weight(self) -> list[LvsError]:
        """What gets no connections for another reason than a drain."""
        return self._each(self._without_weight)

    def _without_weight(self, director: str, _service: Service | None, targets: Sequence[Data]) -> Iterator[str]:
        for one in targets:
            if self.weight(director, one) == 0 and one["weight"] and not self.is_drained(director, one):
                yield f"{one['host']} has weight 0, and nobody drained it here. Run the playbook site."

    def _each(self, find: Callable[[str, Service | None, Sequence[Data]], Iterator[str]]) -> list[LvsError]:
        """What is found of each service on each director; alike on several of them is said once."""
        found: dict[tuple[str, str], list[str]] = {}
        for director, table in self.tables.items():
            for label, targets in _by_service(self._work["directors"][director]).items():
                for text in find(director, table.services.get(label), targets):
                    found.setdefault((targets[0]["name"], text), []).append(director)
        return [LvsError(f"{name} on {shown(on)}", None, text) for (name, text), on in found.items()]

    def weight(self, director: str, target: Mapping[str, t.Any]) -> int | None:
        """The live weight of a target, None where it is not there."""
        service = self.tables[director].services.get(target["service"])
        weights = {one.key.label: one.weight for one in service.realservers} if service else {}
        return weights.get(target["realserver"])

    def is_drained(self, director: str, target: Mapping[str, t.Any]) -> bool:
        """Whether it is remembered, and nobody gave it a weight since."""
        remembered = (target["service"], target["realserver"]) in self.tables[director].drained
        return remembered and not self.weight(director, target)

    def former(self, director: str, target: Mapping[str, t.Any]) -> int:
        """The weight that a drained one had."""
        return int(self.tables[director].drained[target["service"], target["realserver"]]["weight"])

    def needed(self, director: str, target: Mapping[str, t.Any]) -> int:
        """How many others of its service have to be left."""
        service = self.tables[director].services.get(target["service"])
        return share(self._work["min_active"], len(service.realservers)) if service else 0

    def _host_of(self, one: Realserver) -> str:
        slices = self._plan["hosts"].items()
        return next(
            (host for host, has in slices if one.rip in has.get("realserver", {}).get("rips", ())), one.key.label
        )


def _by_service(targets: Iterable[Data]) -> dict[str, list[Data]]:
    found: dict[str, list[Data]] = {}
    for one in targets:
        found.setdefault(one["service"], []).append(one)
    return found
