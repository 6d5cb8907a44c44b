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

FOLDER = "/run"
_PATIENCE = 10.0  # seconds for a process to begin or to end
_PAUSE = 0.02


def start(
    path: str, record: Mapping[str, t.Any], seconds: int, work: Callable[[], None], leave: Callable[[], None]
) -> None:
    """Begin `work` in a process of its own, and `leave` after `seconds`. An earlier one must have been stopped."""
    draft = f"{path}.new"
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise LvsError(draft, os.strerror(error.errno or 0), "keeps us from writing it. Run as root.") from error
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        _live(told, seconds, work, leave, path)
    os.close(told)
    os.write(descriptor, json.dumps({**record, "pid": child}).encode())
    pathlib.Path(draft).replace(path)
    os.close(descriptor)
    with os.fdopen(ready, "rb") as begun:
        if not begun.read():
            raise LvsError(path, child, "was the process to keep it, and ended at once. See the journal of this host.")


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
        pathlib.Path(path).unlink(missing_ok=True)
    finally:
        os._exit(0)


def _detach() -> None:
    """Away from Ansible's connection, which otherwise waits for us."""
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


class _TimeOver(BaseException):
    """Raised in `work` when its time is over. No Exception, so that no handler of errors takes it for one."""


def _end(_signal: int, _frame: object) -> t.NoReturn:
    raise _TimeOver


def stop(path: str) -> dict[str, t.Any]:
    """End the process and say what its record held; nothing when there is none. The file is the caller's to forget."""
    try:
        with pathlib.Path(path).open(encoding="utf-8") as file:
            return _stopped(file, path)
    except FileNotFoundError:
        return {}


def _stopped(file: t.TextIO, path: str) -> dict[str, t.Any]:
    record = _parse(file.read())
    deadline = time.monotonic() + _PATIENCE
    while not _free(file):
        with contextlib.suppress(ProcessLookupError, KeyError):
            os.kill(record["pid"], signal.SIGKILL)
        if time.monotonic() > deadline:
            raise LvsError(path, record, f"is locked by a process that does not end. See who with `fuser {path}`.")
        time.sleep(_PAUSE)
    return record


def read(path: str) -> dict[str, t.Any]:
    """What a record holds; nothing when there is none."""
    try:
        return _parse(pathlib.Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _parse(text: str) -> dict[str, t.Any]:
    """A record is complete before it has its name, so whatever else is there is not ours."""
    try:
        return dict(json.loads(text))
    except ValueError:
        return {}


def _free(file: t.TextIO) -> bool:
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
    pathlib.Path(path).unlink(missing_ok=True)
