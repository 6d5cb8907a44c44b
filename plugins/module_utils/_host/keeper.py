# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this host undoes by itself after some seconds unless somebody comes back, whatever becomes of us.

Private: this file may change in any release; do not import it from outside the collection.

Each has a record in /run, so a power cut undoes it as well. It is undone by a process of ours, which holds the record
locked as long as it lives, or where a command can do it by a timer of systemd: the end of an SSH session may be the end
of its processes (KillUserProcesses in logind.conf). So a record without either is a leftover, of a process that was
killed, and nobody else's process is ever taken for ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import shlex
import signal
import time
import typing as t
from collections.abc import Callable, Mapping, Sequence

from .._errors import LvsError
from .._model.claims import NAME
from .._model.shapes import Entry, Reader, fields, nullable, number
from . import files, init, records
from .files import Draft
from .records import Found

if t.TYPE_CHECKING:  # pragma: no cover
    from .host import Host

FOLDER = "/run"
_PATIENCE = 10.0  # seconds for a process to begin or to end
_PAUSE = 0.02
# Exit statuses of systemctl is-active; some releases have one of its own for a unit that is not there.
_ACTIVE, _INACTIVE = 0, (3, 4)

Fields = Mapping[str, Reader[t.Any]]

_LOST = "what an earlier run left behind is not known any more."
_PROCESS = number(2, 2**22)  # pid_max; the numbers below would be more than one process, or init


def path_of(usual: str, lvs: str) -> str:
    """Where an LVS has its own record, so that two of them do not stop each other: beside the usual one."""
    stem, dot, suffix = usual.rpartition(".")
    return usual if lvs == NAME else f"{stem}-{lvs}{dot}{suffix}"


def parse(data: str | bytes | None, path: str, needed: Fields) -> Found[Entry]:
    """A record is complete before it has its name, so whatever else is there is not ours."""
    return records.parse(data, path, fields({"pid": nullable(_PROCESS), **needed}), _LOST)


class Keeper:
    """One thing that is undone by itself: the path of its record, and what is needed in that."""

    def __init__(self, path: str, needed: Fields) -> None:
        self._path = path
        self._needed = needed

    def start(
        self, record: Mapping[str, t.Any], seconds: int, work: Callable[[], None], leave: Callable[[], object]
    ) -> None:
        """Begin `work` in a process of its own, and `leave` after `seconds`. An earlier one must have been stopped."""
        draft = Draft(pathlib.Path(self._path), mode=0o600)
        fcntl.flock(draft.descriptor, fcntl.LOCK_EX)
        ready, told = os.pipe()
        child = os.fork()
        if child == 0:
            self._live(told, seconds, work, leave)
        os.close(told)
        # The child has the descriptor, too, and with it the lock as long as it lives.
        draft.fill(json.dumps({**record, "pid": child}).encode()).publish()
        with os.fdopen(ready, "rb") as begun:
            if not begun.read():
                cure = "lost the process that was to keep it at once. See the journal of this host."
                raise LvsError(self._path, None, cure)

    def _live(self, told: int, seconds: int, work: Callable[[], None], leave: Callable[[], object]) -> t.NoReturn:
        """The child: never returns into the module's code, which would answer a second time."""
        try:
            with contextlib.suppress(_TimeOver):
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGALRM, _end)
                signal.alarm(max(1, seconds))  # 0 would be never
                _detach()
                os.write(told, b"1")
                os.close(told)
                work()
            # Nobody shall find it half undone.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            leave()
            self.forget()
        finally:
            os._exit(0)

    def read(self) -> Found[Entry]:
        """What the record holds."""
        return parse(records.load(self._path), self._path, self._needed)

    def is_waiting(self) -> bool:
        """Whether it will be undone, or is just being undone."""
        try:
            with files.opened(pathlib.Path(self._path)) as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        except OSError as error:
            raise files.file_error(self._path, "read", error) from error
        return False

    def stop(self) -> Found[Entry]:
        """Call it off, and say what the record held, which is the caller's to forget. It may have been too late."""
        found = self.read()
        deadline = time.monotonic() + _PATIENCE
        while self.is_waiting():
            self._call_off(found.value)
            if time.monotonic() > deadline:
                cure = f"is locked by a process that does not end. See which with `fuser {self._path}`."
                raise LvsError(self._path, None, cure)
            time.sleep(_PAUSE)
        return found

    def _call_off(self, record: Entry | None) -> None:
        if record and record["pid"]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(record["pid"], signal.SIGTERM)

    def forget(self) -> None:
        """Remove the record, as the last thing."""
        files.remove(pathlib.Path(self._path))


class CommandKeeper(Keeper):
    """One thing that a command undoes. Where there is systemd, a timer runs it that is called as the record is."""

    def __init__(self, host: Host, path: str, needed: Fields) -> None:
        super().__init__(str(host.at(path)), needed)
        self._host = host
        self._unit = pathlib.Path(path).stem
        self._has_systemd = init.is_systemd(host) and host.which("systemd-run") is not None

    def start_command(self, record: Mapping[str, t.Any], seconds: int, argv: Sequence[str]) -> None:
        """Have the command run after `seconds`. Its first word is a path."""
        if not self._has_systemd:
            self.start(record, seconds, wait, lambda: self._host.attempt(argv))
            return
        # A record too many is a leftover; a timer without a record would be nobody's.
        files.write(pathlib.Path(self._path), json.dumps({**record, "pid": None}).encode(), mode=0o600)
        timer = ("systemd-run", "--quiet", "--collect", f"--unit={self._unit}", f"--on-active={seconds}")
        self._host.run((*timer, "--timer-property=AccuracySec=100ms", *argv))

    def is_waiting(self) -> bool:
        return super().is_waiting() or self._is_active("timer") or self._is_active("service")

    def _call_off(self, record: Entry | None) -> None:
        if self._is_active("timer"):
            self._host.run(("systemctl", "stop", f"{self._unit}.timer"))
        else:
            super()._call_off(record)

    def _is_active(self, kind: str) -> bool:
        if not self._has_systemd:
            return False
        argv = ("systemctl", "is-active", "--quiet", f"{self._unit}.{kind}")
        done = self._host.attempt(argv)
        if done.rc not in (_ACTIVE, *_INACTIVE):
            # To take it for one that does not wait would be to forget what is still to be undone.
            raise LvsError(shlex.join(argv), done.stderr.strip() or None, f"failed with exit status {done.rc}")
        return done.rc == _ACTIVE


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


def wait() -> None:
    """The work of one who only leaves."""
    while True:
        signal.pause()
