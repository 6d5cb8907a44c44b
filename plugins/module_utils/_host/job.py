# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to run at boot for one part of an LVS: one record of it, whatever init starts it.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:  # pragma: no cover
    from .actions import Action


TABLE = "lvs-ipvs"  # restores a director's table
RESTORER = "/usr/local/lib/lvs/ipvs-restore.pyz"  # what it runs; with a NIC and a number, it synchronises connections

# When a job is done at boot, each stage after the one before: what is needed of the kernel, what must be there before
# the first packet comes; the network is set up; what is needed of its interfaces, and what hangs on them.
STAGES = ("lvs-kernel", "lvs-before-network", "lvs-interfaces", "lvs-after-network")
KERNEL, BEFORE_NETWORK, INTERFACES, AFTER_NETWORK = STAGES


class Command(t.NamedTuple):
    """A line as a shell reads it, and where systemd is to have it, systemd.service(5) alike."""

    line: str
    may_fail: bool = False
    given: tuple[str, ...] = ()  # lines that it reads from its input


@dataclass(frozen=True)
class Job:
    """What one part does at boot, once and in this order: guards, then what clears the way, then the commands."""

    name: str
    header: str  # comment lines, which are the record of what is ours
    title: str
    order: tuple[str, ...]  # in the words of systemd.unit(5), for others there is the stage
    commands: tuple[Command, ...]  # the first that fails and must not ends it
    guards: tuple[tuple[str, str], ...] = ()  # pattern and file: what must hold, or nothing is done
    clearing: tuple[str, ...] = ()  # lines that may fail
    again: bool = False  # whether it is done again when what it hangs on is reloaded
    flag: tuple[str, str] | None = None  # a word and the file that says it when all is done
    stage: str = AFTER_NETWORK
    interface: str = ""  # that it is for
    follows: tuple[str, ...] = ()  # services of OpenRC with which it is started again


def plain(name: str) -> str:
    """An interface's name as part of a file's that run-parts(8) does not pass over."""
    return "".join(
        character if character.isascii() and (character.isalnum() or character == "-") else f"_{ord(character):02x}"
        for character in name
    )


class Boot(t.Protocol):
    """An init: where it keeps a job of ours, how it is spelled there, and what makes that count."""

    def path(self, name: str, interface: str = "") -> str:
        """The file of a job, or of that of an interface."""

    def paths(self, pattern: str) -> list[str]:
        """The files there are of jobs whose names match."""

    def render(self, job: Job) -> str:
        """The text of the file."""

    def is_active(self, path: str) -> bool:
        """Whether the job is started at boot, and did not fail when it was last started."""

    def is_added(self, path: str) -> bool:
        """Whether it is started at boot."""

    def add(self, path: str) -> list[Action]:
        """Have it started at boot. Its file is there, and known."""

    def take_out(self, path: str) -> list[Action]:
        """Stop it, and have it started at boot no longer. Its file is still there."""

    def reload(self) -> list[Action]:
        """Make known that files changed."""

    def enable(self, path: str, text: str) -> list[Action]:
        """Write it and have it started at boot, and leave what runs as it is."""

    def begin(self, path: str) -> list[Action]:
        """Start it where it does not run."""

    def start(self, path: str) -> list[Action]:
        """Start it, again if it runs: that shows at once whether it will work at boot."""

    def again(self, path: str) -> tuple[str, ...]:
        """Lines of a shell script that start it again where it runs, however often within seconds."""

    def drop(self, path: str) -> list[Action]:
        """Stop it, and remove it without a trace."""
