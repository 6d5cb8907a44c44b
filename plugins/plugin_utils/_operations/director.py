# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done with a realserver on one director: the only place that knows how.

Private: this file may change in any release; do not import it from outside the collection.

A director of another engine is another class with the same methods. What a host says is read here, by its type, and
nothing else of it goes on.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._errors import LvsError
from .._rules.shown import clipped

Data = dict[str, t.Any]
Target = Mapping[str, t.Any]
Run = Callable[[Data], Mapping[str, t.Any]]

_SERVED = ("ESTABLISHED", "UDP")


class Change(t.NamedTuple):
    """The weights of a realserver, None where it is not in the table, and its connections afterwards."""

    before: int | None
    after: int | None
    left: int


class Left(t.NamedTuple):
    """Whether nothing is left to wait for; connections, and clients that persistence would send back."""

    done: bool
    left: int
    clients: int


class ByTable:
    """A director whose table is written by ipvs_table: `run` runs ipvs_dest there with these arguments."""

    def __init__(self, director: str, run: Run) -> None:
        self._director, self._run = director, run

    def drain(self, target: Target, min_active: int) -> Change:
        """Weight 0, and the former one remembered. It is not waited for."""
        return _change(self._drained(target, wait_for="none", min_active=min_active))

    def wait(self, target: Target, seconds: int) -> Left:
        """Wait so long until its clients are served."""
        return _left(self._drained(target, wait_timeout=seconds, on_timeout="leave", min_active=0))

    def end(self, target: Target) -> None:
        """End the connections that are left. It is out of the table then, and remembered."""
        self._drained(target, wait_timeout=0, on_timeout="force", min_active=0)

    def give(self, target: Target, weight: int | None = None) -> Change:
        """This weight; without one the weight that it had before it was drained."""
        return _change(self._ask(target, {"state": "present", **({} if weight is None else {"weight": weight})}))

    def _drained(self, target: Target, **how: object) -> Mapping[str, t.Any]:
        return self._ask(target, {"state": "drained", "fail_on_not_found": False, **how})

    def _ask(self, target: Target, how: Data) -> Mapping[str, t.Any]:
        said = self._run({**target["key"], **how})
        if "problem" in said:
            raise LvsError(f"{target['name']} on {self._director}", None, clipped(said["problem"]))
        return said


def _change(said: Mapping[str, t.Any]) -> Change:
    return Change(_weight(said.get("before")), _weight(said.get("after")), _left(said).left)


def _weight(realserver: object) -> int | None:
    return _number(realserver, "weight") if isinstance(realserver, Mapping) else None


def _left(said: Mapping[str, t.Any]) -> Left:
    """A realserver that is not in the table serves nobody."""
    found = said.get("connections")
    if not isinstance(found, Mapping):
        return Left(True, 0, 0)
    states = found.get("states")
    served = sum(_number(states, state) for state in _SERVED) if isinstance(states, Mapping) else 0
    return Left(said.get("drained") is True, served, _number(found, "templates"))


def _number(values: Mapping[str, t.Any], name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) else 0
