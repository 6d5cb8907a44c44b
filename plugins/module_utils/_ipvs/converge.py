# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules that change the kernel's table have in common: read, plan, carry out, read back, report.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import errno
import pathlib
import typing as t
from collections.abc import Callable, Iterable, Sequence

from .._errors import LvsError, LvsErrors
from .._host.finish import own_name
from .._host.host import Host
from .._host.lock import hold
from .._keepalived.daemon import KEEPALIVED, has_own_file, writes_table
from .._model.diff import EDIT, REMOVE, Operation, apply, diff
from .._model.ipvsadm import commands, listing
from .._model.table import Realserver, Service, Table
from . import client, refusals
from .drain import let_finish

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

_OWNERS = (KEEPALIVED, "ldirectord", "kube-proxy", "kube-router")
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


class UnfinishedError(LvsErrors):
    """The kernel refused something. ``left`` is what could not be undone; empty when all is as it was."""

    def __init__(self, reasons: Sequence[LvsError], left: list[Operation]) -> None:
        super().__init__(reasons)
        self.left = left

    def __str__(self) -> str:
        if self.left:
            state = f"This could not be undone: {'; '.join(commands(self.left))}"
        else:
            state = "Everything this task did before that was undone."
        return f"{super().__str__()}\n{state}"


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
    check_mode: bool,
    name: str,
    prepare: Hook = _nothing,
    complete: Hook = _nothing,
    drain_timeout: int = 0,
) -> Result:
    """Make the table what is wished. In check mode the same up to the point of writing.

    ``prepare`` and ``complete`` are called before and after the writing, with the host's lock held in this ``name``.
    """
    if check_mode:
        return _plan(kernel, read, wish)
    work = _Work(kernel, read, wish, prepare, complete)
    with hold(name):
        result = _plan(kernel, read, wish)
        leaving = _leaving(result.operations) if drain_timeout else []
        if not leaving:
            work.finish(result, result.operations)
            return result
        work.send_no_more(result, leaving)
    # Without the lock: others may go on meanwhile, and then it is looked again.
    let_finish([(service._replace(realservers=(gone,)), gone.key) for service, gone in leaving], drain_timeout)
    with hold(name):
        work.finish(result, diff(*wish(read(kernel))))
    return result


def _plan(kernel: client.Ipvs, read: Read, wish: Wish) -> Result:
    want, have = wish(read(kernel))
    operations = diff(want, have)
    unknown = refusals.attributes_unknown(operations, kernel.known_destination)
    if unknown:
        raise unknown
    return Result(have, apply(operations, have) if operations else have, operations)


class _Work(t.NamedTuple):
    """What a task does to the table, in one go or in two."""

    kernel: client.Ipvs
    read: Read
    wish: Wish
    prepare: Hook
    complete: Hook

    def send_no_more(self, result: Result, leaving: Iterable[tuple[Service, Realserver]]) -> None:
        """All that is added and edited, and no new connections for those who leave."""
        quiet = [Operation(EDIT, service, gone._replace(weight=0)) for service, gone in leaving if gone.weight]
        keeping = [operation for operation in result.operations if operation.verb != REMOVE]
        failures = _write(self.kernel, [*keeping, *quiet])
        if failures and not all(map(refusals.lost_race, failures)):
            self._give_up(result, failures, result.operations)

    def finish(self, result: Result, operations: list[Operation]) -> None:
        """Write, read back, compare. What somebody else changed meanwhile is planned again a few times."""
        self.prepare(result)
        if result.operations:
            self._carry_out(result, operations)
        self.complete(result)

    def _carry_out(self, result: Result, operations: list[Operation]) -> None:
        failures: list[refusals.Failure] = []
        for _attempt in range(_ATTEMPTS):
            failures = _write(self.kernel, operations)
            if not all(map(refusals.lost_race, failures)):
                break
            # Also after a success: a dump may be torn, and an old kernel skips what it does not know.
            found = self.read(self.kernel)
            if not failures and result.is_in(found):
                return
            operations = diff(*self.wish(found))
            if not operations:
                return
        self._give_up(result, failures, operations)

    def _give_up(self, result: Result, failures: list[refusals.Failure], operations: list[Operation]) -> t.NoReturn:
        reasons = [refusals.refused(failure) for failure in refusals.causes(failures)] or [_not_kept(operations[0])]
        raise UnfinishedError(reasons, _undo(self.kernel, self.read, result))


def _leaving(operations: Iterable[Operation]) -> list[tuple[Service, Realserver]]:
    """Whoever is removed, for the kernel drops the packets of connections whose realserver is gone.

    Also one without a weight: another task that made it so may be waiting for its connections just now.
    """
    removed = [one for one in operations if one.verb == REMOVE]
    return [(one.service, one.realserver) for one in removed if one.realserver is not None]


def _write(kernel: client.Ipvs, operations: Sequence[Operation]) -> list[refusals.Failure]:
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


def _undo(kernel: client.Ipvs, read: Read, result: Result) -> list[Operation]:
    """Put back what there was before; answers with what did not go back, seen from before."""
    touched = {operation.service.key for operation in result.operations}
    former, _later = result.changes()

    def now() -> Table:
        return tuple(service for service in read(kernel) if service.key in touched)

    _write(kernel, diff(former, now()))
    return diff(now(), former)


def alone(module: AnsibleModule, body: Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
    """Read, decide and write without another task of ours in between; reading alone needs no such care."""
    with contextlib.nullcontext() if module.check_mode else hold(own_name(module), module.warn):
        return body()


def table_owners(host: Host | None = None) -> list[str]:
    """The programs running here that write the table by themselves."""
    running: dict[str, list[str]] = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/comm"):
        # A process may end between the listing and the reading.
        with contextlib.suppress(OSError):
            # A process calls itself what it likes, in bytes that need not be text.
            name, words = (entry.with_name(of).read_text("utf-8", "replace").strip() for of in ("comm", "cmdline"))
            running.setdefault(name, []).append(words)
    owners = set(_OWNERS).intersection(running)
    if not any(has_own_file(words.split("\0")) for words in running.get(KEEPALIVED, ())):
        # One that reads our files moves VIPs for us, and has no virtual server.
        owners.difference_update(() if writes_table(host or Host()) else (KEEPALIVED,))
    return sorted(owners)


def run(module: AnsibleModule, body: Callable[[client.Ipvs], dict[str, t.Any]]) -> t.NoReturn:
    """Connect, do what the module is for, and leave by exit_json or fail_json."""
    try:
        with contextlib.closing(client.connect()) as kernel:
            result = body(kernel)
            if module.check_mode and result["changed"] and not kernel.loaded:
                _require_loadable(module)
    except UnfinishedError as error:
        module.fail_json(msg=str(error), changed=bool(error.left), commands=commands(error.left))
    except LvsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


def _require_loadable(module: AnsibleModule) -> None:
    """Check mode loads nothing, but it knows whether the first write could."""
    modprobe = module.get_bin_path("modprobe")
    if modprobe is None or module.run_command([modprobe, "--dry-run", "--quiet", "ip_vs"])[0] != 0:
        raise refusals.absent(errno.ENOENT)


def report(
    module: AnsibleModule, result: Result, before: object, after: object, *, healed: bool = False
) -> dict[str, t.Any]:
    """The results that every writing module has. A record that could not be read and is written anew is a change."""
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
