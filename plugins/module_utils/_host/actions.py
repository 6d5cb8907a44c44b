# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to files of ours, and the commands that make it count: planned first, shown, and then done in order.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import shlex
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .host import Host


@dataclass(frozen=True)
class Write:
    """Put a file of ours there."""

    path: str
    text: str
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


Action = t.Union[Write, Remove, Run]


def apply(host: Host, actions: Iterable[Action]) -> None:
    """Do them; the first that fails ends it."""
    for action in actions:
        if isinstance(action, Run):
            host.run(action.argv)
            if action.changes:
                host.sync_directory(action.changes)
        elif isinstance(action, Write):
            host.write(action.path, action.text, action.mode)
        else:
            _remove(host, action)


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
        file_diff(action.path, before.get(action.path, ""), action.text if isinstance(action, Write) else "")
        for action in actions
        if not isinstance(action, Run)
    ]


def file_diff(path: str, before: str, after: str) -> dict[str, str]:
    """How a file changes, in Ansible's form."""
    return {"before_header": path, "after_header": path, "before": before, "after": after}
