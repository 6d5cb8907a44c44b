# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as lines of a POSIX shell, for the inits that run scripts. BusyBox' shell and tools will do.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import shlex
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

    from .job import Command, Job

_INDENT = "    "


def body(job: Job, grep: str) -> str:
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
