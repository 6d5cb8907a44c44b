# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One at a time on a host: whoever reads, decides and changes has the lock from the first to the last.

Private: this file may change in any release; do not import it from outside the collection.

Two runs at once, or the tasks that Ansible delegates to one host in parallel, would otherwise lose each other's
records. The kernel lets go of the lock when its owner ends, however it ends, so none is ever left behind.

This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import signal
import stat
import time
import typing as t

from .._errors import LvsError
from .files import file_error

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterator

    from ansible.module_utils.basic import AnsibleModule

PATH = "/run/lvs.lock"  # not in /run/lock, where everybody may write; it stays, for to remove it would be a race
ASKED_BY = "LVS_ASKED_BY"  # in the environment of a task: who has it done, as the controller knows
PATIENCE = 300  # seconds; longer than anything that is done with the lock held
_WORTH_TELLING = 3.0  # seconds
_LONGEST = 200  # what a controller says of itself

_held: list[int] = []  # the descriptor of our lock


@contextlib.contextmanager
def hold(name: str, tell: Callable[[str], None] | None = None, patience: int | None = None) -> Iterator[None]:
    """Be the only one. ``name`` says to others who we are; ``tell`` is told whom we had to wait for.

    Whoever has the lock already goes on having it.
    """
    if _held:
        yield
        return
    descriptor = _open()
    try:
        _acquire(descriptor, PATIENCE if patience is None else patience, tell)
        _sign(descriptor, name)
        _held.append(descriptor)
        yield
    finally:
        _held.clear()
        os.close(descriptor)


def own_name(module: AnsibleModule) -> str:
    """What a module is called by those who wait for it."""
    return str(module._name).rpartition(".")[2]


def _open() -> int:
    try:
        descriptor = os.open(PATH, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "Not a regular file")
    except OSError as error:
        raise file_error(PATH, "locked", error) from error
    return descriptor


def _acquire(descriptor: int, patience: int, tell: Callable[[str], None] | None) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner, began = _owner(descriptor), time.monotonic()
        with _deadline(patience, descriptor):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        waited = time.monotonic() - began
        if tell is not None and waited >= _WORTH_TELLING:
            tell(f"Waited {waited:.0f} s for {owner}, which was changing this host.")


def _sign(descriptor: int, name: str) -> None:
    """Say who has it. Not safely: the kernel knows whether anybody has it, this is for messages alone."""
    text = json.dumps({"name": name, "pid": os.getpid(), "user": user(), "since": int(time.time())})
    with contextlib.suppress(OSError):  # no space is left, which keeps nobody from having the lock
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)


def user() -> str:
    """Who has this done here, and from where; as far as the controller, sudo and ssh let us know.

    Whatever the environment holds, this can be written into a record and read again.
    """
    names = (ASKED_BY, "SUDO_USER", "LOGNAME", "USER")
    user = next((os.environ[name] for name in names if os.environ.get(name)), "root")
    client = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    said = f"{user} from {client}" if client else user
    return "".join(one if one.isprintable() else "?" for one in said)[:_LONGEST]


def _owner(descriptor: int) -> str:
    """Who has the lock, in words."""
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        return f"{said['name']} of {said['user']} (process {said['pid']})"
    except (ValueError, KeyError, TypeError):
        return "another task"


@contextlib.contextmanager
def _deadline(seconds: int, descriptor: int) -> Iterator[None]:
    """Interrupt a wait that the kernel itself would let last for ever."""

    def give_up(_signal: int, _frame: object) -> t.NoReturn:
        owner = _owner(descriptor)
        raise LvsError(PATH, None, f"is still locked by {owner} after {seconds} s. Let that end, or end it; try again.")

    former = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


def _let_go() -> None:
    """A process that we leave behind does not have the lock with us, and so cannot have it longer than we do."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)
