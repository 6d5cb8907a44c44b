# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd: a unit of our own for a job, one file, enabled, started, and gone again without a trace.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import functools
import typing as t

from .actions import Action, Remove, Run, Write

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

    from .host import Host
    from .job import Command, Job

DIRECTORY = "/etc/systemd/system"
WANTED_BY = "multi-user.target"
WANTS = f"{DIRECTORY}/{WANTED_BY}.wants"

_RELOAD = Run(("systemctl", "daemon-reload"), again=True)


class UnitFiles:
    """systemd: jobs of ours as units, by the paths of their files."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def path(self, name: str, interface: str = "") -> str:
        """The file of a job, or of that of an interface."""
        return f"{DIRECTORY}/{name}{'-' if interface else ''}{escape(interface)}.service"

    def paths(self, pattern: str) -> list[str]:
        return self._host.glob(DIRECTORY, f"{pattern}.service")

    def render(self, job: Job) -> str:
        grep, sh = (self._host.which(tool) or f"/bin/{tool}" for tool in ("grep", "sh"))
        return render(job, grep, sh)

    def is_active(self, path: str) -> bool:
        """Whether the unit is enabled, and did not fail when it was last started."""
        return self.is_added(path) and self._host.succeeds(("systemctl", "is-active", "--quiet", _unit(path)))

    def is_added(self, path: str) -> bool:
        return self._host.at(link(path)).is_symlink()

    def add(self, path: str) -> list[Action]:
        undo = None if self.is_added(path) else functools.partial(self._forsake, path)
        return [Run(("systemctl", "enable", _unit(path)), changes=WANTS, makes=True, undo=undo)]

    def _forsake(self, path: str) -> None:
        """It was not there before. When it could not be started, it would be listed as failed."""
        self._host.run(("systemctl", "disable", "--now", _unit(path)))
        if self._host.succeeds(("systemctl", "is-failed", "--quiet", _unit(path))):
            self._host.run(("systemctl", "reset-failed", _unit(path)))

    def take_out(self, path: str) -> list[Action]:
        # Stopped as well, or systemd goes on listing what ran at boot.
        undo = functools.partial(self._host.run, ("systemctl", "enable", "--now", _unit(path)))
        return [Run(("systemctl", "disable", "--now", _unit(path)), changes=WANTS, undo=undo)]

    def reload(self) -> list[Action]:
        return [_RELOAD]

    def enable(self, path: str, text: str) -> list[Action]:
        """Write the unit and enable it, and leave what runs as it is."""
        return [Write(path, text), *self.reload(), *self.add(path)]

    def begin(self, path: str) -> list[Action]:
        """Start the unit, which does nothing where it runs."""
        return [Run(("systemctl", "start", _unit(path)))]

    def start(self, path: str) -> list[Action]:
        """Start the unit, again if it runs."""
        return [Run(("systemctl", "restart", _unit(path)), again=self.is_active(path))]

    def again(self, path: str) -> tuple[str, ...]:
        """Started often within seconds, a unit counts as failed."""
        unit = _unit(path)
        return (
            f"systemctl is-active --quiet {unit} || exit 0",
            f"systemctl reset-failed {unit}",
            f"systemctl try-restart {unit}",
        )

    def drop(self, path: str) -> list[Action]:
        """Stop the unit, which runs its ExecStop if it has one, and remove it."""
        unit = _unit(path)
        # A unit that failed would be listed as failed even after it is gone.
        failed = self._host.succeeds(("systemctl", "is-failed", "--quiet", unit))
        reset = [Run(("systemctl", "reset-failed", unit))] if failed else []
        return [*self.take_out(path), *reset, Remove(path), *self.reload()]


def _unit(path: str) -> str:
    return path.rpartition("/")[2]


def link(path: str) -> str:
    """By which a unit is started at boot."""
    return f"{WANTS}/{_unit(path)}"


def render(job: Job, grep: str = "/bin/grep", sh: str = "/bin/sh") -> str:
    """The text of a job's unit."""
    return _UNIT.format(
        header=job.header,
        title=job.title,
        order="\n".join(job.order),
        lines="\n".join(_service_lines(job, grep, sh)),
        wanted_by=WANTED_BY,
    )


def _service_lines(job: Job, grep: str, sh: str) -> Iterator[str]:
    yield from (f"ExecStartPre={grep} -qx {pattern} {path}" for pattern, path in job.guards)
    yield from (f"ExecStartPre=-{line}" for line in job.clearing)
    for key in ("ExecStart", "ExecReload") if job.again else ("ExecStart",):
        yield from (f"{key}={_spelled(command, sh)}" for command in job.commands)
    if job.flag:
        word, path = job.flag
        yield f"ExecStart=/bin/echo {word}"
        yield f"StandardOutput=file:{path}"


def _spelled(command: Command, sh: str) -> str:
    """A command that is given lines has each on a line of its own, which systemd joins before it reads them."""
    minus = "-" if command.may_fail else ""
    if not command.given:
        return f"{minus}{command.line}"
    given = "".join(f' \\\n "{line.replace("%", "%%")}"' for line in command.given)
    return f"""{minus}{sh} -c 'printf "%%s\\n" "$$@" | {command.line}' sh{given}"""


_UNIT = """\
{header}
[Unit]
Description={title}
{order}

[Service]
Type=oneshot
RemainAfterExit=yes
{lines}

[Install]
WantedBy={wanted_by}
"""


def escape(name: str) -> str:
    """An interface's name as systemd writes it in the name of a unit, systemd-escape(1)."""
    keep = ":_."
    return "".join(
        character if character.isascii() and (character.isalnum() or character in keep) else f"\\x{ord(character):02x}"
        for character in name
    )
