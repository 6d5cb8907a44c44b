# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host a module runs on: its commands and its files. The only place that touches either.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import typing as t
from pathlib import Path

from .._errors import LvsError
from . import files, packages
from .files import Draft

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Sequence

# sudo and ssh often leave the administrator's directories out of PATH, and ip lives there.
_ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"

# How a program of BusyBox that does not know a word says so.
_BUSYBOX = re.compile(r"^BusyBox v.*\n+Usage:", re.MULTILINE)

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
    return Completed(tuple(argv), done.returncode, done.stdout, done.stderr)


class Host:
    """Commands and files of one host.

    ``root`` stands before every path and ``execute`` runs every command, so a test can hand in a directory and a
    stand-in. Paths are absolute, as the host knows them.
    """

    def __init__(self, root: str = "/", execute: Callable[..., Completed] = execute) -> None:
        self._root = Path(root)
        self._execute = execute

    def at(self, path: str) -> Path:
        """Where a path of the host lies for this process."""
        return self._root / path.lstrip("/")

    def run(self, argv: Sequence[str]) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self.attempt(argv)
        if done.rc != 0:
            said = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise LvsError(shlex.join(argv), said or None, f"failed with exit status {done.rc}")
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

    def write(self, path: str, text: str, mode: int | None = None) -> None:
        """Put a file there whole or not at all; without a mode it keeps the one that it has, or is for all to read."""
        self.draft(path, text, mode).publish()

    def draft(self, path: str, text: str, mode: int | None = None) -> Draft:
        """Do all of it but put it in its place: what can fail for want of space fails here."""
        return Draft(self.at(path), path, mode).fill(text.encode("utf-8", "surrogateescape"))

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        files.remove(self.at(path), path)

    def remove_directory_if_empty(self, path: str) -> None:
        """Remove a directory that nobody else has put anything into."""
        files.remove_directory_if_empty(self.at(path))

    def sync_directory(self, path: str) -> None:
        """Bring to the disk what a program made or removed in a directory, and the directory itself."""
        for directory in (self.at(path), self.at(path).parent):
            if directory.is_dir():
                files.sync_directory(directory)
