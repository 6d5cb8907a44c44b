# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to files of ours, and the commands that make it count: planned first, shown, and then done in order.

Before the first of them all that can fail is seen to (prepare): space is taken, programs are there. What fails all the
same has everything before it undone: of files the host remembers how, and a command says what takes it back.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import os
import shlex
import typing as t
from dataclasses import dataclass, field

from .._errors import LvsError, LvsErrors
from . import packages
from .files import encoded

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable, Mapping

    from .host import Host


@dataclass(frozen=True)
class Write:
    """Put a file of ours there."""

    path: str
    text: str | bytes
    mode: int | None = None  # None: as it is, or for all to read


@dataclass(frozen=True)
class Remove:
    """Remove a file of ours, with its directory if that was there for it alone."""

    path: str
    and_directory: bool = False


@dataclass(frozen=True)
class Run:
    """Run a command that makes the change count."""

    argv: tuple[str, ...]
    changes: str = ""  # the directory in which the command makes or removes files, which must outlast a power cut
    makes: bool = field(default=False, compare=False)  # whether it makes one there
    undo: Callable[[], object] | None = field(default=None, compare=False, repr=False)  # takes it back, or half of it
    again: bool = field(default=False, compare=False)  # to be run once more when the files are as they were


Action = t.Union[Write, Remove, Run]


def prepare(host: Host, actions: Iterable[Action], *, check_mode: bool = False) -> None:
    """Everything about them that can fail without touching what is there; in check mode nothing is written for it."""
    listed = list(actions)
    require_possible(host, listed)
    for action in [] if check_mode else listed:
        if isinstance(action, Write):
            host.prepare(action.path, action.text, action.mode)


def require_possible(host: Host, actions: Iterable[Action]) -> None:
    """Refuse what would fail, all of it at once."""
    wanted, missing = dict[str, t.Optional[int]](), dict[str, LvsError]()
    for action in actions:
        if isinstance(action, Write):
            wanted[action.path] = len(encoded(action.text))
        elif isinstance(action, Remove):
            wanted.update({action.path: None} if os.path.lexists(host.at(action.path)) else {})
        else:
            if action.changes:
                wanted[f"{action.changes}/{action.argv[-1]}"] = 0 if action.makes else None
            missing.update(_missing(host, action.argv[0]))
    problems = [*host.obstacles(wanted), *missing.values()]
    if problems:
        raise LvsErrors(problems)


def _missing(host: Host, program: str) -> dict[str, LvsError]:
    # A path is that of a script of ours, which is there by then.
    if "/" in program or host.which(program):
        return {}
    cure = f"is not installed on this host. {packages.cure(program, host.which)}"
    return {program: LvsError(program, None, cure)}


def apply(host: Host, actions: Iterable[Action]) -> None:
    """Do them; the first that fails ends it."""
    for action in actions:
        if isinstance(action, Run):
            _run(host, action)
        elif isinstance(action, Write):
            host.write(action.path, action.text, action.mode)
        else:
            _remove(host, action)


def _run(host: Host, action: Run) -> None:
    ran: list[str] = []
    if action.again:
        # Before all that it makes count, and so undone after it. One that never worked need not work now.
        host.undo_by(shlex.join(action.argv), lambda: (host.run if ran else host.attempt)(action.argv))
    if action.undo is not None:
        # Before it, too: one that fails may have done half of it.
        host.undo_by(f"what {shlex.join(action.argv)} did", action.undo)
    ran.append(host.run(action.argv))
    if action.changes:
        host.sync_directory(action.changes)


def _remove(host: Host, action: Remove) -> None:
    host.remove(action.path)
    if action.and_directory:
        host.remove_directory_if_empty(action.path.rpartition("/")[0])


def commands(actions: Iterable[Action]) -> list[str]:
    """The commands among them, as one would type them."""
    return [shlex.join(action.argv) for action in actions if isinstance(action, Run)]


def file_diffs(actions: Iterable[Action], before: Mapping[str, str]) -> list[dict[str, str]]:
    """How the files change, for Ansible to show; ``before`` has the text of those that are there."""
    return [
        file_diff(action.path, before.get(action.path, ""), str(action.text) if isinstance(action, Write) else "")
        for action in actions
        if not isinstance(action, Run)
    ]


def file_diff(path: str, before: str, after: str) -> dict[str, str]:
    """How a file changes, in Ansible's form."""
    return {"before_header": path, "after_header": path, "before": before, "after": after}
