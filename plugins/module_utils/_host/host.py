# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host a module runs on: its commands and its files. The only place that touches either.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import shutil
import subprocess
import tempfile
import typing as t
from pathlib import Path

from .._errors import LvsError

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Sequence

# sudo and ssh often leave the administrator's directories out of PATH, and ip lives there.
_ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"

# Nothing here takes a second; a command that hangs must not hang the play.
_TIMEOUT_SECONDS = 60

_CURES = {
    errno.ENOSPC: "Free some space on its file system.",
    errno.EDQUOT: "Free some space on its file system.",
    errno.EROFS: "Mount its file system read-write.",
    errno.EACCES: "Run the task as root (become: true).",
    errno.EPERM: "Run the task as root (become: true).",
}


class Completed(t.NamedTuple):
    """What a command left behind."""

    argv: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str


def _search_path() -> str:
    return f"{os.environ.get('PATH', os.defpath)}:{_ADMIN_PATH}"


def execute(argv: Sequence[str]) -> Completed:
    """Run a command in the C locale, without a shell and without input."""
    environment = {**os.environ, "LC_ALL": "C", "LANGUAGE": "C", "PATH": _search_path()}
    try:
        done = subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as missing:
        raise LvsError(
            "command", argv[0], "is not installed on this host. Install the package it comes in."
        ) from missing
    except subprocess.TimeoutExpired as late:
        raise LvsError(
            "command", shlex.join(argv), f"did not end within {_TIMEOUT_SECONDS} s. See why it hangs on this host."
        ) from late
    return Completed(tuple(argv), done.returncode, done.stdout, done.stderr)


def file_error(path: str, doing: str, error: OSError) -> LvsError:
    """Say which file could not be worked on, why, and what to do."""
    cure = _CURES.get(error.errno or 0, "See to it and run the task again.")
    return LvsError(path, os.strerror(error.errno or 0), f"is why it could not be {doing}. {cure}")


class Host:
    """Commands and files of one host.

    ``root`` stands before every path and ``execute`` runs every command, so a test can hand in a directory and a
    stand-in. Paths are absolute, as the host knows them.
    """

    def __init__(self, root: str = "/", execute: Callable[[Sequence[str]], Completed] = execute) -> None:
        self._root = Path(root)
        self._execute = execute

    def at(self, path: str) -> Path:
        """Where a path of the host lies for this process."""
        return self._root / path.lstrip("/")

    def run(self, argv: Sequence[str]) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self._execute(argv)
        if done.rc != 0:
            said = (done.stderr.strip() or done.stdout.strip() or "no message")[-2000:]
            raise LvsError("command", shlex.join(argv), f"failed with exit status {done.rc}: {said}")
        return done.stdout

    def attempt(self, argv: Sequence[str]) -> Completed:
        """Run a command that may fail and return all it left behind."""
        return self._execute(argv)

    def succeeds(self, argv: Sequence[str]) -> bool:
        """Ask a question that a command answers with its exit status."""
        return self._execute(argv).rc == 0

    def which(self, command: str) -> str | None:
        """The full path of a command, None when the host does not have it."""
        directories = [self.at(directory) for directory in _search_path().split(":") if directory.startswith("/")]
        found = shutil.which(command, path=":".join(map(str, directories)))
        return f"/{Path(found).relative_to(self._root)}" if found else None

    def read(self, path: str) -> str | None:
        """The text of a file, None when there is no such file."""
        try:
            return self.at(path).read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise file_error(path, "read", error) from error

    def glob(self, directory: str, pattern: str) -> list[str]:
        """The paths below a directory that match a pattern, sorted."""
        return sorted(f"/{found.relative_to(self._root)}" for found in self.at(directory).glob(pattern))

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Put a file there whole or not at all: a reader, a full disk or a power cut never meets half of it."""
        target = self.at(path)
        try:
            _make_directory(target.parent)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            try:
                with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
                    stream.write(text)
                    stream.flush()
                    os.fchmod(stream.fileno(), mode)
                    os.fsync(stream.fileno())
                Path(temporary).replace(target)
            except BaseException:
                Path(temporary).unlink()
                raise
            _sync_directory(target.parent)
        except OSError as error:
            raise file_error(path, "written; what was there is untouched", error) from error

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        target = self.at(path)
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise file_error(path, "removed", error) from error

    def remove_directory_if_empty(self, path: str) -> None:
        """Remove a directory that nobody else has put anything into."""
        with contextlib.suppress(OSError):
            self.at(path).rmdir()


def _make_directory(directory: Path) -> None:
    """Make a directory and its parents readable for all whatever the umask: daemons drop root before they read."""
    if directory.is_dir():
        return
    _make_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    directory.chmod(0o755)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
