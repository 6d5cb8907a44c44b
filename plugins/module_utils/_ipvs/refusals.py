# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel's refusals mean: the item, the value that is to blame, the cure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import errno
import os
import pathlib
import typing as t
from collections.abc import Callable, Iterable, Sequence

from .._errors import LvsError
from .._model.address import family_of
from .._model.diff import REMOVE, Operation
from .._model.table import Tunnel
from .attributes import DEST_TUN_FLAGS
from .daemon import SyncDaemon


class Failure(t.NamedTuple):
    """An operation that the kernel refused, and the errno it gave."""

    operation: Operation
    errno: int


def absent(number: int) -> LvsError:
    """Why there is no IPVS to talk to."""
    if number == errno.EPERM:
        return _no_permission()
    if _in_container():
        cure = "has no IPVS: the host of this container must load it. Run `modprobe ip_vs` on that host."
    else:
        cure = "has no IPVS and could not load it. Run `modprobe ip_vs` to see why, or use a kernel built with IP_VS."
    return LvsError("the kernel", os.uname().release, cure)


def _no_permission() -> LvsError:
    user = os.geteuid()
    cure = (
        "may not even read the table. Run as root (`become: true`); a container needs the capability NET_ADMIN, and no"
        " user namespace of its own."
    )
    return LvsError("the user", user, cure)


def _in_container() -> bool:
    return any(pathlib.Path(path).exists() for path in ("/run/systemd/container", "/.dockerenv", "/run/.containerenv"))


def unreadable(error: OSError) -> LvsError:
    """Why the table could not be read."""
    if error.errno == errno.EPERM:
        return _no_permission()
    if error.errno == errno.EAGAIN:
        return LvsError("the kernel's table", None, "did not come within a minute. Look at the kernel's log.")
    reason = os.strerror(error.errno or 0)
    return LvsError("the kernel's table", None, f"cannot be read: {reason}. Look at the kernel's log.")


RACES = frozenset((errno.EEXIST, errno.ESRCH))


def lost_race(failure: Failure) -> bool:
    """Whether somebody else changed the table between our reading and our writing."""
    gone = failure.errno == errno.ENOENT and failure.operation.realserver is not None
    return gone or failure.errno in RACES


def causes(failures: Sequence[Failure]) -> list[Failure]:
    """The failures without their consequences: what a refused service makes of its realservers looks like a race."""
    return [failure for failure in failures if not lost_race(failure)] or list(failures)


def refused(failure: Failure) -> LvsError:
    """A refusal in words: the item, the value that is to blame as far as the kernel lets us know, the cure."""
    operation, number = failure
    if number == errno.EPERM:
        return _no_permission()
    service = operation.service
    if number == errno.ENOENT and operation.realserver is None:
        what = f"{operation.label}: scheduler"
        if service.persistence_engine is not None:
            cure = f"cannot be loaded by this kernel, or persistence engine {service.persistence_engine!r} cannot."
            return LvsError(what, service.scheduler, f"{cure} Look for their modules with `modinfo`.")
        cure = f"is not a scheduler this kernel can load. See `modinfo ip_vs_{service.scheduler}`, or use another."
        return LvsError(what, service.scheduler, cure)
    if number == errno.EAFNOSUPPORT:
        return LvsError(operation.label, service.key.family, "needs a family that this kernel's IPVS lacks.")
    if lost_race(failure):
        cure = f"was refused again and again ({os.strerror(number)}): something else writes this table. Let only one"
        return LvsError(operation.label, None, f"{cure} program own it.")
    if number == errno.EINVAL and operation.realserver is not None:
        cure = (
            f"was refused by the kernel: {os.strerror(number)}. Use an address of the service's family while a"
            " connection synchronisation daemon runs, and always that of one host."
        )
        return LvsError(operation.label, operation.realserver.rip, cure)
    reason = os.strerror(number)
    return LvsError(operation.label, None, f"was refused by the kernel (to {operation.verb}): {reason}.")


def synchronised(operations: Iterable[Operation], daemons: Callable[[], Sequence[SyncDaemon]]) -> LvsError | None:
    """The first realserver of the other family than its service's, of which no daemon can tell another director."""
    for operation in operations:
        one, key = operation.realserver, operation.service.key
        if one is None or operation.verb == REMOVE or family_of(one.rip) == key.family:
            continue
        if not daemons():
            return None
        cure = f"is not {key.family}, which it must be while a synchronisation daemon runs. Use another, or stop that."
        return LvsError(operation.label, one.rip, cure)
    return None


def attributes_unknown(operations: Iterable[Operation], known: frozenset[int] | None) -> LvsError | None:
    """The first wish that this kernel would silently ignore, judged by the attributes that it sends itself."""
    if known is None or DEST_TUN_FLAGS.number in known:
        return None
    for operation in operations:
        realserver = operation.realserver
        if realserver is None or operation.verb == REMOVE or realserver.tunnel in (None, Tunnel()):
            continue
        cure = f"is unknown to kernel {os.uname().release}, which would use ipip. Use 5.2 for gue, 5.3 for gre."
        return LvsError(f"{operation.label}: tunnel", realserver.tunnel.to_dict(), cure)
    return None
