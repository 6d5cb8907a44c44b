# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host a module runs on: its commands and its files. The only place that touches either.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import typing as t
from pathlib import Path

from .._errors import LvsError
from . import files, packages
from .files import Draft, encoded

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping, Sequence

# sudo and ssh often leave the administrator's directories out of PATH, and ip lives there.
_ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"

# How a program of BusyBox that does not know a word says so.
_BUSYBOX = re.compile(r"^BusyBox v.*\n+Usage:", re.MULTILINE)

# Where files of ours are, in which a run that was killed may have left what it prepared.
_OURS = (
    "etc/init.d",
    "etc/lvs",
    "etc/mod*.d",
    "etc/sysctl.d",
    "etc/keepalived",
    "etc/keepalived/*",
    "etc/network/if-up.d",
    "etc/NetworkManager/*.d",
    "etc/systemd/network",
    "etc/systemd/*/*.d",
    "run/systemd/*/*.d",
    "etc/systemd/system",
    "usr/local/lib/lvs",
    "var/lib/lvs",
    "var/lib/lvs/drain",
)

# Nothing here takes a second; a command that hangs must not hang the play.
_TIMEOUT_SECONDS = 60


class Completed(t.NamedTuple):
    """What a command left behind."""

    argv: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str


def _search_path() -> str:
    return f"{os.environ.get('PATH', os.defpath)}:{_ADMIN_PATH}"


def execute(argv: Sequence[str], given: str = "") -> Completed:
    """Run a command in the C locale, without a shell, and with no input but this."""
    environment = {**os.environ, "LC_ALL": "C", "LANGUAGE": "C", "PATH": _search_path()}
    try:
        done = subprocess.run(
            list(argv),
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as missing:
        cure = packages.cure(argv[0], lambda program: shutil.which(program, path=_search_path()))
        raise LvsError(argv[0], None, f"is not installed on this host. {cure}") from missing
    except subprocess.TimeoutExpired as late:
        raise LvsError(
            shlex.join(argv), None, f"did not end within {_TIMEOUT_SECONDS} s. See why it hangs on this host."
        ) from late
    except OSError as error:
        raise _unstarted(argv, error) from error
    return Completed(tuple(argv), done.returncode, done.stdout, done.stderr)


def _unstarted(argv: Sequence[str], error: OSError) -> LvsError:
    """Why a command that is there did not begin."""
    cure = "See whether it is a program that this host's root may run."
    if error.errno in (errno.ENOMEM, errno.EAGAIN):
        cure = "Free some memory or end some processes on this host, or raise the limits of the task."
    return LvsError(shlex.join(argv), None, f"could not be started: {error.strerror}. {cure}")


def _ending(status: int) -> str:
    """How a command ended that failed."""
    if status >= 0:
        return f"failed with exit status {status}"
    number = -status
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"was ended by {name}. See the kernel's log of this host, which may have run out of memory."


class StillThereError(LvsError):
    """Of what was to be taken back something is there still: the commands for it, seen from before."""

    def __init__(self, commands: list[str]) -> None:
        super().__init__("this host", "; ".join(commands), "is not as it was")
        self.commands = commands


class Host:
    """Commands and files of one host.

    ``root`` stands before every path and ``execute`` runs every command, so a test can hand in a directory and a
    stand-in. Paths are absolute, as the host knows them.
    """

    def __init__(self, root: str = "/", execute: Callable[..., Completed] = execute) -> None:
        self._root = Path(root)
        self._execute = execute
        self._drafts: dict[str, tuple[bytes, int | None, Draft]] = {}
        self._made: list[Path] = []  # folders, the deepest first
        self._undo: list[tuple[str, Callable[[], object]]] = []

    def at(self, path: str) -> Path:
        """Where a path of the host lies for this process."""
        return self._root / path.lstrip("/")

    def run(self, argv: Sequence[str]) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self.attempt(argv)
        if done.rc != 0:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise LvsError(shlex.join(argv), said or None, _ending(done.rc))
        return done.stdout

    def attempt(self, argv: Sequence[str], given: str = "") -> Completed:
        """Run a command that may fail, with this input, and return all it left behind.

        One that could never succeed here is refused.
        """
        done = self._execute(argv, given) if given else self._execute(argv)
        if done.rc != 0 and _BUSYBOX.search(done.stderr):
            cure = f"is that of BusyBox on this host, which cannot do it. {packages.cure(argv[0], self.which)}"
            raise LvsError(argv[0], shlex.join(argv), cure)
        return done

    def succeeds(self, argv: Sequence[str]) -> bool:
        """Ask a question that a command answers with its exit status."""
        return self.attempt(argv).rc == 0

    def which(self, command: str) -> str | None:
        """The full path of a command, None when the host does not have it."""
        directories = [self.at(directory) for directory in _search_path().split(":") if directory.startswith("/")]
        found = shutil.which(command, path=":".join(map(str, directories)))
        return f"/{Path(found).relative_to(self._root)}" if found else None

    def read(self, path: str) -> str | None:
        """The text of a file, None when there is no such file."""
        content = files.read(self.at(path), path)
        # As it is: what is read of somebody's file may be written back.
        return None if content is None else content.decode("utf-8", "surrogateescape")

    def glob(self, directory: str, pattern: str) -> list[str]:
        """The paths below a directory that match a pattern, sorted."""
        return sorted(f"/{found.relative_to(self._root)}" for found in self.at(directory).glob(pattern))

    def obstacles(self, wanted: Mapping[str, int | None]) -> list[LvsError]:
        """Why files of these sizes cannot be written, or, without one, be removed; nothing is done to find that out."""
        return files.obstacles({path: (self.at(path), size) for path, size in wanted.items()})

    def prepare(self, path: str, content: str | bytes, mode: int | None = None) -> None:
        """Do all of a write that is to come but put the file in its place: what can fail for want of space fails here.

        What is not written in the end is discarded with what an undo takes back, or by settle().
        """
        data = encoded(content)
        self._discard(path)
        self._made[:0] = [folder for folder in self.at(path).parents if not folder.exists()]
        self._drafts[path] = data, mode, Draft(self.at(path), path, mode).fill(data)

    def write(self, path: str, content: str | bytes, mode: int | None = None) -> None:
        """Put a file there whole or not at all; without a mode it keeps the one that it has, or is for all to read."""
        data = encoded(content)
        if self._drafts.get(path, ())[:2] != (data, mode):
            self.prepare(path, data, mode)
        back = self._way_back(path)
        self._drafts.pop(path)[2].publish()
        self.undo_by(f"{path} as it was", back)

    def remove(self, path: str) -> None:
        """Remove a file if it is there. Of a link, the link."""
        self._discard(path)
        place = self.at(path)
        link = str(place.readlink()) if place.is_symlink() else None
        back = self._way_back(path) if link is None else lambda: files.link(place, link, path)
        if os.path.lexists(place):
            files.remove(place, path)
            self.undo_by(f"{path} as it was", back)
        files.remove(place, path)  # what a power cut left beside it

    def remove_directory_if_empty(self, path: str) -> None:
        """Remove a directory that nobody else has put anything into."""
        files.remove_directory_if_empty(self.at(path))

    def _way_back(self, path: str) -> Callable[[], object]:
        """What makes a file again what it is now."""
        place = self.at(path)
        if not place.exists():
            return lambda: files.remove(place, path)
        if not place.is_file():
            return lambda: None  # a folder, which is neither written nor removed
        content, mode = files.read(place, path) or b"", stat.S_IMODE(place.stat().st_mode)
        return lambda: files.write(place, content, path, mode)

    def undo_by(self, what: str, undo: Callable[[], object]) -> None:
        """Remember how to take back what was just done. ``what`` is what is missing when that fails."""
        self._undo.append((what, undo))

    def undo(self) -> tuple[bool, list[str]]:
        """Take back all that was done, the last of it first. Whether there was anything, and what could not be."""
        steps, self._undo = self._undo[::-1], []
        left = []
        for what, undo in steps:
            try:
                undo()
            except StillThereError as error:
                left += error.commands
            except LvsError as error:
                left.append(f"{what} ({error})")
        self.settle()
        return bool(steps), left

    def settle(self) -> None:
        """What was done is to stay, and what was prepared besides is not needed any more."""
        self._undo = []
        self.discard()

    def discard(self) -> None:
        """What was prepared is not needed any more."""
        for path in list(self._drafts):
            self._discard(path)
        for folder in self._made:
            files.remove_directory_if_empty(folder)
        self._made = []

    def sweep(self) -> None:
        """Remove what runs that were killed have prepared. To be called with the host's lock held."""
        for folder in _OURS:
            for place in self._root.glob(folder):
                files.sweep(place)

    def _discard(self, path: str) -> None:
        if path in self._drafts:
            self._drafts.pop(path)[2].discard()

    def sync_directory(self, path: str) -> None:
        """Bring to the disk what a program made or removed in a directory, and the directory itself."""
        for directory in (self.at(path), self.at(path).parent):
            if directory.is_dir():
                files.sync_directory(directory)
