# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary services of a director: placed for a test, and gone when it is over, whatever becomes of the test.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping

from .._errors import LvsError
from .._host.host import Host
from .._host.keeper import FOLDER, Keeper, path_of, wait
from .._host.records import tell
from .._model.diff import in_scope
from .._model.shapes import listed
from .._model.table import ServiceKey, Table
from .._model.table_shapes import SERVICE_KEY
from . import client, codec
from .converge import Goal, Result, converge

RECORD = f"{FOLDER}/lvs-trial.json"
_RECORDED = {"services": listed(SERVICE_KEY)}
_PAUSE = 0.2
# The kernel adds up its counters every two seconds, a slow one later.
_PATIENCE = 6.0

Keys = t.AbstractSet[ServiceKey]


def replace(
    kernel: client.Ipvs, wanted: Table, seconds: int, *, lvs: str, check_mode: bool, warn: Callable[[str], None]
) -> Result:
    """Make the temporary services of an LVS exactly these. Those of an earlier run that was killed are removed."""
    former = Keeper(path_of(RECORD, lvs), _RECORDED)
    found = former.read() if check_mode else former.stop()
    tell(warn, found)
    ours = {ServiceKey(**key) for key in found.value["services"]} if found.value else set()
    keys = {service.key for service in wanted}
    _refuse_taken(kernel.table(), keys - ours)
    planned = _make(kernel, wanted, ours | keys, check_mode=True)
    if not check_mode:
        _make(kernel, (), ours - keys)
        _place(former, kernel, wanted, keys, seconds)
    return planned


def _refuse_taken(have: Table, keys: Keys) -> None:
    for service in have:
        if service.key in keys:
            cure = "is a service of this director already. Take another port for the temporary one."
            raise LvsError("services", service.key.label, cure)


def _make(kernel: client.Ipvs, wanted: Table, ours: Keys, *, check_mode: bool = False) -> Result:
    """Of the services that are ours, exactly the wanted ones."""

    def wish(have: Table) -> Goal:
        return Goal(wanted, in_scope(have, ours, lambda _key: False))

    return converge(kernel, client.Ipvs.table, wish, host=Host(), check_mode=check_mode, name="ipvs_trial")


def _place(keeper: Keeper, kernel: client.Ipvs, wanted: Table, keys: Keys, seconds: int) -> None:
    """Recorded before they are placed: whoever is killed in between leaves a record too many, not a service."""
    if not wanted:
        keeper.forget()
        return
    record = {"services": [key._asdict() for key in sorted(keys, key=ServiceKey.order)]}
    keeper.start(record, seconds, wait, lambda: _expire(keys))
    _make(kernel, wanted, keys)


def _expire(keys: Keys) -> None:
    """Nobody came back for them."""
    with contextlib.closing(client.connect()) as kernel:
        _make(kernel, (), keys)


def wait_for_counters(kernel: client.Ipvs, counted: Mapping[str, int]) -> None:
    """Until the kernel has added up as many connections of each service, or some seconds have gone."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = {one.service.key.label: one.counters.connections for one in _states(kernel, counted)}
        if all(found.get(label, 0) >= number for label, number in counted.items()):
            return
        time.sleep(_PAUSE)


def _states(kernel: client.Ipvs, counted: Iterable[str]) -> tuple[codec.ServiceState, ...]:
    wanted = frozenset(counted)
    return kernel.states(lambda key: key.label in wanted)
