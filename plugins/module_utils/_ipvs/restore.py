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
import pathlib
import sys

from .._errors import LvsError
from .._model.diff import Operation, diff, in_scope
from .._model.table import (
    Service,
    ServiceKey,
    Table,
    sort_services,
)
from . import client, drained, lock, refusals

RECORD = "/etc/lvs/ipvs.json"
_FORMAT = 1


def render_record(table: Table) -> bytes:
    """The table in the schema of the modules' results, a line for each service; all that the kernel holds is in it."""
    comment = json.dumps("Written by linuxvirtualserver.lvs.ipvs_table with persistent: true. Restored at boot.")
    # Not with indentation, for which json leaves its C code and takes three times as long.
    services = ",\n".join(json.dumps(service.to_dict()) for service in table)
    return f'{{"comment": {comment},\n"format": {_FORMAT},\n"services": [\n{services}\n]}}\n'.encode()


def parse_record(data: bytes, path: str) -> Table:
    """The table in a record that render_record() wrote."""
    cure = "is not a record of ipvs_table. Remove the file and run the task with persistent: true again."
    try:
        record = json.loads(data)
        if record["format"] != _FORMAT:
            raise LvsError(path, record["format"], "is a format of another release. Run ipvs_table again.")
        return sort_services(map(Service.from_dict, record["services"]))
    except (ValueError, KeyError, TypeError) as error:
        raise LvsError(path, str(error), cure) from error


def read_record(path: str) -> Table:
    """The recorded table; empty when nothing was ever recorded."""
    try:
        data = pathlib.Path(path).read_bytes()
    except FileNotFoundError:
        return ()
    return parse_record(data, path)


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


def main() -> int:
    """What the unit lvs-ipvs.service runs. Its messages go to the journal."""
    try:
        table = read_record(RECORD)
        # Who was drained stays drained when the director restarts in the middle of it.
        table = drained.keep_drained(table, (), drained.read_memory(drained.MEMORY))
        with contextlib.closing(client.connect()) as kernel, lock.writer_lock(lock.LOCK_FILE):
            errors = restore(kernel, table)
    except LvsError as error:
        errors = [error]
    sys.stderr.writelines(f"{error}\n" for error in errors)
    return 1 if errors else 0
