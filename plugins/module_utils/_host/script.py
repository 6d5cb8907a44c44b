# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as lines of a POSIX shell, for the inits that run scripts in /etc/init.d. BusyBox' shell and tools will do.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import shlex
import typing as t

from .actions import Action, Remove, Write
from .job import plain

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

    from .host import Host
    from .job import Command, Job

_DIRECTORY = "/etc/init.d"
_MODE = 0o755
_INDENT = "    "


class Scripts:
    """Jobs of ours as scripts, by their paths. None of these inits remembers that one failed, so a script does."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def path(self, name: str, interface: str = "") -> str:
        """The file of a job, or of that of an interface. A dot in its name would have OpenRC read others' settings."""
        return f"{_DIRECTORY}/{name}{'-' if interface else ''}{plain(interface)}"

    def paths(self, pattern: str) -> list[str]:
        return self._host.glob(_DIRECTORY, pattern)

    def is_added(self, path: str) -> bool:
        """Whether it is started at boot."""
        raise NotImplementedError

    def add(self, path: str) -> list[Action]:
        """Have it started at boot."""
        raise NotImplementedError

    def take_out(self, path: str) -> list[Action]:
        """Stop it, and have it started at boot no longer."""
        raise NotImplementedError

    def reload(self) -> list[Action]:
        """Each of these inits sees by itself which scripts are new."""
        return []

    def enable(self, path: str, text: str) -> list[Action]:
        """Write the script and have it started at boot, and leave what runs as it is."""
        return [Write(path, text, _MODE), *self.add(path)]

    def drop(self, path: str) -> list[Action]:
        """Remove the script, which undoes nothing."""
        return [*self.take_out(path), Remove(path)]

    def is_lost(self, path: str) -> bool:
        """Whether what it does will be missing: it failed when it was last run, or is not run at boot."""
        return not self.is_added(path) or self._host.at(_failed(name_of(path))).exists()

    def _words(self, job: Job) -> dict[str, str]:
        """What the text of every script has."""
        name = name_of(self.path(job.name, job.interface))
        steps = _body(job, self._host.which("grep") or "/bin/grep")
        return {"header": job.header, "name": name, "steps": steps, "failed": _failed(name)}


def name_of(path: str) -> str:
    """By which an init knows a script."""
    return path.rpartition("/")[2]


def _failed(name: str) -> str:
    return f"/run/{name}.failed"


def _body(job: Job, grep: str) -> str:
    """Of a function: what clears the way may fail, and then the first step that fails ends it with its status."""
    clearing = [f"{_INDENT}{line} 2>/dev/null\n" for line in job.clearing]
    return f"{''.join(clearing)}{_INDENT}{f' &&{chr(10)}{_INDENT * 2}'.join(_steps(job, grep))}"


def _steps(job: Job, grep: str) -> Iterator[str]:
    yield from (f"{grep} -qx {shlex.quote(pattern)} {shlex.quote(path)}" for pattern, path in job.guards)
    yield from map(_step, job.commands)
    if job.flag:
        word, path = job.flag
        yield f"echo {shlex.quote(word)} >{shlex.quote(path)}"


def _step(command: Command) -> str:
    line = command.line
    if command.given:
        given = "".join(f" {shlex.quote(one)}" for one in command.given)
        if len(command.given) > 1:
            given = "".join(f" \\\n{_INDENT * 3}{shlex.quote(one)}" for one in command.given)
        line = f"printf '%s\\n'{given} | {line}"
    return f"{{ {line} || :; }}" if command.may_fail else line
