# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that stays behind on a host for a limited time and then takes away what it keeps, whatever happens.

Private: this file may change in any release; do not import it from outside the collection.

Its record is a file that it holds locked as long as it lives: so a record that is not locked is a leftover, of a
process that was killed, and nobody else's process is ever taken for ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import time
import typing as t
from collections.abc import Callable, Mapping

from .._errors import LvsError
from .._model.shapes import Entry, Reader, fields, number
from . import files, records
from .files import Draft, file_error
from .records import Found

FOLDER = "/run"
_PATIENCE = 10.0  # seconds for a process to begin or to end
_PAUSE = 0.02


def start(
    path: str, record: Mapping[str, t.Any], seconds: int, work: Callable[[], None], leave: Callable[[], None]
) -> None:
    """Begin `work` in a process of its own, and `leave` after `seconds`. An earlier one must have been stopped."""
    draft = Draft(pathlib.Path(path), mode=0o600)
    fcntl.flock(draft.descriptor, fcntl.LOCK_EX)
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        _live(told, seconds, work, leave, path)
    os.close(told)
    # The child has the descriptor, too, and with it the lock as long as it lives.
    draft.fill(json.dumps({**record, "pid": child}).encode()).publish()
    with os.fdopen(ready, "rb") as begun:
        if not begun.read():
            raise LvsError(path, None, "lost the process that was to keep it at once. See the journal of this host.")


def _live(told: int, seconds: int, work: Callable[[], None], leave: Callable[[], None], path: str) -> t.NoReturn:
    """The child: never returns into the module's code, which would answer a second time."""
    try:
        with contextlib.suppress(_TimeOver):
            signal.signal(signal.SIGALRM, _end)
            signal.alarm(seconds)
            _detach()
            os.write(told, b"1")
            os.close(told)
            work()
        leave()
        forget(path)
    finally:
        os._exit(0)


def _detach() -> None:
    """Away from Ansible's connection, which otherwise waits for us."""
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)


class _TimeOver(BaseException):
    """Raised in `work` when its time is over. No Exception, so that no handler of errors takes it for one."""


def _end(_signal: int, _frame: object) -> t.NoReturn:
    raise _TimeOver


Fields = Mapping[str, Reader[t.Any]]

_LOST = "what an earlier run left behind is not known any more."
_PROCESS = number(2, 2**22)  # pid_max; the numbers below would be more than one process, or init


def stop(path: str, needed: Fields) -> Found[Entry]:
    """End the process and say what its record held. The file is the caller's to forget."""
    try:
        with pathlib.Path(path).open("rb") as file:
            return _stopped(file, path, needed)
    except FileNotFoundError:
        return Found()
    except OSError as error:
        raise file_error(path, "read", error) from error


def _stopped(file: t.BinaryIO, path: str, needed: Fields) -> Found[Entry]:
    found = _parse(file.read(), path, needed)
    deadline = time.monotonic() + _PATIENCE
    while not _free(file):
        if found.value:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found.value["pid"], signal.SIGKILL)
        if time.monotonic() > deadline:
            raise LvsError(path, None, f"is locked by a process that does not end. See who with `fuser {path}`.")
        time.sleep(_PAUSE)
    return found


def read(path: str, needed: Fields) -> Found[Entry]:
    """What a record holds."""
    return _parse(records.load(path), path, needed)


def _parse(data: bytes | None, path: str, needed: Fields) -> Found[Entry]:
    """A record is complete before it has its name, so whatever else is there is not ours."""
    return records.parse(data, path, fields({"pid": _PROCESS, **needed}), _LOST)


def _free(file: t.BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait() -> None:
    """The work of one who only leaves."""
    while True:
        signal.pause()


def forget(path: str) -> None:
    """Remove the record, as the last thing."""
    files.remove(pathlib.Path(path))
