# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that change the kernel's table have in common: read, plan, carry out, read back, report.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from .._errors import LvsError, LvsErrors
from .._host import modules
from .._host.finish import undoing
from .._host.host import Host, StillThereError
from .._host.lock import hold
from .._model.diff import EDIT, REMOVE, Operation, apply, diff
from .._model.ipvsadm import commands, listing
from .._model.table import Realserver, Service, ServiceKey, Table
from . import client, refusals
from .drain import let_finish
from .drained import with_fallback
from .write import loadable

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

LOADED = "/sys/module"
_ATTEMPTS = 3  # against another writer who changes the table between our reading and our writing


class Goal(t.NamedTuple):
    """What is wanted, and the part of the kernel's table that it is to replace."""

    want: Table
    have: Table


class Result(t.NamedTuple):
    """The part of the table a task answers for, before and after, and the way between."""

    before: Table
    after: Table
    operations: list[Operation]

    def is_in(self, table: Table) -> bool:
        """Whether a table has everything as it is after, and nothing left of before."""
        answered_for = {service.key for service in (*self.before, *self.after)}
        return tuple(service for service in table if service.key in answered_for) == self.after

    def changes(self) -> tuple[Table, Table]:
        """Before and after of the services that change alone."""
        changed = {operation.service.key for operation in self.operations}
        before, after = (tuple(one for one in table if one.key in changed) for table in (self.before, self.after))
        return before, after


Read = Callable[["client.Ipvs"], Table]
Wish = Callable[[Table], Goal]


Hook = Callable[[Result], None]


def _nothing(_result: Result) -> None:
    pass


def converge(
    kernel: client.Ipvs,
    read: Read,
    wish: Wish,
    *,
    host: Host,
    check_mode: bool,
    name: str,
    claim: Hook = _nothing,
    prepare: Hook = _nothing,
    complete: Hook = _nothing,
    drain_timeout: int = 0,
) -> Result:
    """Make the table what is wished, or leave it and the files as they are. In check mode all but the writing.

    With the host's lock held in this ``name``, ``claim`` is called whenever something is about to be written, and
    ``prepare`` and ``complete`` before and after the last of it. To ``prepare`` is to see to it that ``complete`` can.
    """
    if check_mode:
        result = _plan(kernel, read, wish)
        prepare(result)
        return result
    with undoing(host):
        return _converge(_Work(kernel, read, wish, host, claim, prepare, complete), name, drain_timeout)


def _converge(work: _Work, name: str, drain_timeout: int) -> Result:
    with hold(name):
        work.host.sweep()
        result = _plan(work.kernel, work.read, work.wish)
        leaving = _leaving(result.operations) if drain_timeout else []
        if not leaving:
            work.finish(result, result.operations)
            return result
        work.prepare(result)
        former = work.send_no_more(result, leaving)
        # Somebody else may write the same files now.
        work.host.discard()
    # Without the lock: others may go on meanwhile, and then it is looked again.
    pools = [(service._replace(realservers=(gone,)), gone.key) for service, gone in leaving]
    let_finish(pools, drain_timeout, work.kernel.timeouts().udp)
    with hold(name):
        work.finish(result, _rest(work.wish, work.read(work.kernel), former))
    return result


def _rest(wish: Wish, found: Table, former: Mapping[ServiceKey, tuple[str, ...]]) -> list[Operation]:
    """What is left to do, as if the flags of schedulers were never touched: who leaves them out means the former."""
    untouched = (one._replace(scheduler_flags=former.get(one.key, one.scheduler_flags)) for one in found)
    want, have = wish(tuple(untouched))
    real = {service.key: service for service in found}
    return diff(want, [real.get(service.key, service) for service in have])


def _plan(kernel: client.Ipvs, read: Read, wish: Wish) -> Result:
    want, have = wish(read(kernel))
    operations = diff(want, have)
    unfit = refusals.attributes_unknown(operations, kernel.known_destination) or refusals.synchronised(
        operations, kernel.daemons
    )
    if unfit:
        raise unfit
    return Result(have, apply(operations, have) if operations else have, operations)


class _Work(t.NamedTuple):
    """What a task does to the table, in one go or in two."""

    kernel: client.Ipvs
    read: Read
    wish: Wish
    host: Host
    claim: Hook
    prepare: Hook
    complete: Hook

    def send_no_more(
        self, result: Result, leaving: Iterable[tuple[Service, Realserver]]
    ) -> dict[ServiceKey, tuple[str, ...]]:
        """All that is added and edited, and no new connections for those who leave. The flags that that changed."""
        quiet = [Operation(EDIT, service, gone._replace(weight=0)) for service, gone in leaving if gone.weight]
        keeping = [operation for operation in result.operations if operation.verb != REMOVE]
        # Before it, or a hash refuses the clients whom it would have given to those who leave.
        falling = [(service, with_fallback(service)) for service, _gone in leaving]
        fallbacks = [Operation(EDIT, other) for service, other in falling if other != service]
        self.claim(result)
        self.host.undo_by("the table", lambda: _undo(self.kernel, self.read, result))
        failures = write(self.kernel, [*keeping, *fallbacks, *quiet])
        if failures and not all(map(refusals.lost_race, failures)):
            _give_up(failures, result.operations)
        return {service.key: service.scheduler_flags for service, other in falling if other != service}

    def finish(self, result: Result, operations: list[Operation]) -> None:
        """Write, read back, compare. What somebody else changed meanwhile is planned again a few times."""
        self.prepare(result)
        self.claim(result)
        if result.operations:
            self.host.undo_by("the table", lambda: _undo(self.kernel, self.read, result))
            self._carry_out(result, operations)
        self.complete(result)

    def _carry_out(self, result: Result, operations: list[Operation]) -> None:
        failures: list[refusals.Failure] = []
        for _attempt in range(_ATTEMPTS):
            failures = write(self.kernel, operations)
            if not all(map(refusals.lost_race, failures)):
                break
            # Also after a success: a dump may be torn, and an old kernel skips what it does not know.
            found = self.read(self.kernel)
            if not failures and result.is_in(found):
                return
            operations = diff(*self.wish(found))
            if not operations:
                return
        _give_up(failures, operations)


def _give_up(failures: list[refusals.Failure], operations: list[Operation]) -> t.NoReturn:
    reasons = [refusals.refused(failure) for failure in refusals.causes(failures)] or [_not_kept(operations[0])]
    raise LvsErrors(reasons)


def _leaving(operations: Iterable[Operation]) -> list[tuple[Service, Realserver]]:
    """Whoever is removed, for the kernel drops the packets of connections whose realserver is gone.

    Also one without a weight: another task that made it so may be waiting for its connections just now.
    """
    removed = [one for one in operations if one.verb == REMOVE]
    return [(one.service, one.realserver) for one in removed if one.realserver is not None]


def write(kernel: client.Ipvs, operations: Sequence[Operation]) -> list[refusals.Failure]:
    """Nothing is removed before all that is added and edited is in place."""
    keeping = [operation for operation in operations if operation.verb != REMOVE]
    removing = [operation for operation in operations if operation.verb == REMOVE]
    try:
        return kernel.execute(keeping) or kernel.execute(removing)
    except OSError as error:
        if error.errno == errno.ENOBUFS:
            # Answers were lost, not operations: reading the table again tells what is left to do.
            return []
        raise refusals.unreadable(error) from error


def _not_kept(operation: Operation) -> LvsError:
    wanted = operation.realserver or operation.service
    cure = f"was accepted by the kernel but not kept after {_ATTEMPTS} attempts: it is too old, or another program"
    return LvsError(operation.label, wanted.to_dict(), f"{cure} writes this table.")


def _undo(kernel: client.Ipvs, read: Read, result: Result) -> None:
    """Put back what there was before."""
    touched = {operation.service.key for operation in result.operations}
    former, _later = result.changes()

    def now() -> Table:
        return tuple(service for service in read(kernel) if service.key in touched)

    put_back(kernel, now, former)


def put_back(kernel: client.Ipvs, now: Callable[[], Table], former: Table) -> None:
    """Make the table, or the part of it that ``now`` reads, what it was; what cannot be is told."""
    write(kernel, diff(former, now()))
    left = diff(now(), former)
    if left:
        raise StillThereError(commands(left))


def _require_schedulers(result: Result) -> None:
    """Check mode loads nothing, but it knows whether the kernel could load what it has not yet."""
    needing = [one for one in result.operations if one.realserver is None and one.verb != REMOVE]
    missing = {one: _missing(one) for one in needing}
    refusal = modules.refusal(Host(), sorted({name for names in missing.values() for name in names}))
    if refusal:
        raise refusal
    if not pathlib.Path(modules.FOLDER, os.uname().release).is_dir():
        # A container, or a kernel that has everything built in: nobody can tell.
        return
    for operation, names in missing.items():
        for name in names:
            if loadable(Host(), name) is False:
                raise refusals.refused(refusals.Failure(operation, errno.ENOENT))


def _missing(operation: Operation) -> list[str]:
    """The kernel modules that are needed for it and not loaded."""
    return [one for one in operation.service.kernel_modules if not pathlib.Path(LOADED, one).exists()]


def report(
    module: AnsibleModule, result: Result, before: object, after: object, *, healed: bool = False
) -> dict[str, t.Any]:
    """The results that every writing module has. A record that could not be read and is written anew is a change."""
    if module.check_mode:
        _require_schedulers(result)
    answer = {
        "changed": bool(result.operations) or healed,
        "before": before,
        "after": after,
        "commands": commands(result.operations),
    }
    if module._diff:
        before_changes, after_changes = result.changes()
        answer["diff"] = {"before": _text(before_changes), "after": _text(after_changes)}
    return answer


def _text(table: Table) -> str:
    return "".join(f"{line}\n" for line in listing(table))
