# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One writer of the kernel's table at a time.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import typing as t
from collections.abc import Iterator

from .._errors import LvsError

LOCK_FILE = "/run/lvs-ipvs.lock"
LOCK_PATIENCE = 60  # seconds that a second writer waits for the first


@contextlib.contextmanager
def writer_lock(path: str, patience: int = LOCK_PATIENCE) -> Iterator[None]:
    """Keep every other task of this collection on this host from writing the table until we are done.

    Ansible runs delegated tasks in parallel, so two of them may read, plan and write on one director at once.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise LvsError(path, os.strerror(error.errno or 0), "keeps us from locking it. Run as root.") from error
    try:
        with _deadline(patience, path):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _deadline(seconds: int, path: str) -> Iterator[None]:
    """Interrupt a wait that the kernel itself would let last for ever."""

    def give_up(_signal: int, _frame: object) -> t.NoReturn:
        cure = f"seconds were not enough: another task still holds {path}. See who with `fuser -v {path}`."
        raise LvsError("the lock on the table", seconds, cure)

    former = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)
