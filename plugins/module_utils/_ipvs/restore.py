# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of the table that is ours, and putting it back into the kernel at boot.

Private: this file may change in any release; do not import it from outside the collection.

This file runs on a director without Ansible, from the zipapp that _ipvs/persist.py lays there: standard library alone.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence

from .._errors import LvsError
from .._host.lock import hold
from .._host.records import FORMAT, Found, load, parse
from .._model.diff import Operation, diff, in_scope
from .._model.drains import drain_of, says_drained
from .._model.shapes import fields, listed
from .._model.table import (
    Realserver,
    Service,
    ServiceKey,
    Table,
    sort_services,
)
from .._model.table_shapes import SERVICE
from . import client, drained, refusals
from .synchronise import synchronise

RECORD = "/etc/lvs/ipvs.json"


def render_record(table: Table) -> bytes:
    """The table in the schema of the modules' results, a line for each service; all that the kernel holds is in it."""
    comment = json.dumps("Written by linuxvirtualserver.lvs.ipvs_table with persistent: true. Restored at boot.")
    # Not with indentation, for which json leaves its C code and takes three times as long.
    services = ",\n".join(json.dumps(service.to_dict()) for service in table)
    return f'{{"comment": {comment},\n"format": {FORMAT},\n"services": [\n{services}\n]}}\n'.encode()


_LOST = "the services in it are not restored at boot. Run ipvs_table with persistent: true again."
_SHAPE = fields({"services": listed(SERVICE)})


def _table(value: object, path: str) -> Table:
    return sort_services(map(Service.from_dict, _SHAPE(value, path)["services"]))


def parse_record(data: bytes | None, path: str) -> Found[Table]:
    """The table in a record that render_record() wrote."""
    return parse(data, path, _table, _LOST)


def read_record(path: str) -> Found[Table]:
    """The recorded table; none when nothing was ever recorded."""
    return parse_record(load(path), path)


def restore(kernel: client.Ipvs, table: Table) -> list[LvsError]:
    """Make the recorded services what they were; services of others are left alone.

    One that the kernel refuses does not keep the rest from being served: it is left out, and told.
    """
    errors: list[LvsError] = []
    wanted = {service.key: service for service in table}
    while True:
        have = in_scope(kernel.table(), wanted.keys(), lambda _key: False)
        failures = kernel.execute(diff(wanted.values(), have))
        if not failures:
            return errors
        for failure in refusals.causes(failures):
            errors.append(refusals.refused(failure))
            _leave_out(wanted, failure.operation)


def _leave_out(wanted: dict[ServiceKey, Service], operation: Operation) -> None:
    service = wanted.get(operation.service.key)
    if service is None:
        return
    if operation.realserver is None:
        del wanted[service.key]
        return
    rest = tuple(one for one in service.realservers if one.key != operation.realserver.key)
    wanted[service.key] = service._replace(realservers=rest)


def main(words: Sequence[str] = ()) -> int:
    """What units of ours run. Its messages go to the journal."""
    return _synchronise(*words) if words else _restore()


def _synchronise(interface: str, number: str) -> int:
    """Before keepalived, which does it only where it has virtual servers."""
    try:
        with contextlib.closing(client.connect()) as kernel:
            synchronise(kernel, interface, int(number))
    except (LvsError, OSError) as error:
        sys.stderr.write(f"synchronisation on {interface}: {error}\n")
        return 1
    return 0


def _restore() -> int:
    notes: list[LvsError] = []
    try:
        record = read_record(RECORD)
        # Who was drained stays drained when the director restarts in the middle of it.
        table = without_new_connections(drained.keep_drained(record.value or (), (), _remembered(notes)))
        with contextlib.closing(client.connect()) as kernel, hold("lvs-ipvs.service"):
            errors = restore(kernel, table)
        errors += [record.problem] if record.problem else []
    except LvsError as error:
        errors = [error]
    except OSError as error:
        errors = [refusals.unreadable(error)]
    sys.stderr.writelines(f"{error}\n" for error in (*notes, *errors))
    return 1 if errors else 0


def without_new_connections(table: Table, root: str = "/") -> Table:
    """The table with weight 0 for those that a file drains: keepalived takes over what it finds, and edits nothing."""

    def now(service: Service, one: Realserver) -> Realserver:
        text = load(root + drain_of((service.key, one.key)))
        return one._replace(weight=0) if says_drained((text or b"").decode("utf-8", "replace")) else one

    return tuple(
        service._replace(realservers=tuple(now(service, one) for one in service.realservers)) for service in table
    )


def _remembered(notes: list[LvsError]) -> drained.Memory:
    """Who was drained, as far as that can be read: the table is restored all the same, and the journal says why."""
    try:
        found = drained.read_memory(drained.MEMORY)
    except LvsError as error:
        notes.append(error)
        return {}
    notes += [found.problem] if found.problem else []
    return found.value or {}
