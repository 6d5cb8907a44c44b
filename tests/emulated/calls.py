# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of an emulated host: a script for each, which asks the emulation here, and what answers it.

A tool that was a Python of its own took forty times as long, and a host is asked a thousand times.
"""

from __future__ import annotations

import os
import shlex
import threading
import traceback
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import TOOLS, Refused

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Emulation

_PREFIX = "tool_"
_CALLS = f"{TOOLS}/calls"
_SCRIPT = f"""\
#!/bin/sh
# What it was called with goes to the emulation, whose answer is a piece of shell.
answer={TOOLS}/answer.$$
mkfifo $answer
printf '%s\\0' $answer $# {{tool}} "$@" >{_CALLS}
said=$(cat $answer)
rm $answer
eval "$said"
"""


class Tools(threading.Thread):
    """The tools of one host; they work as long as the tests run."""

    def __init__(self, root: Path, look: Callable[[], Emulation], follow: Callable[[Emulation], None]) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._look = look
        self._follow = follow
        folder = self._path(TOOLS)
        folder.mkdir(parents=True)
        for tool in (name.removeprefix(_PREFIX) for name in dir(look()) if name.startswith(_PREFIX)):
            script = folder / tool
            script.write_text(_SCRIPT.format(tool=tool))
            script.chmod(0o755)
        os.mkfifo(self._path(_CALLS))

    def _path(self, name: str) -> Path:
        return self._root / name.lstrip("/")

    def run(self) -> None:
        words = self._words()
        for answer in words:
            arguments = int(next(words))
            tool = next(words)
            said = self._answer(tool, [next(words) for _number in range(arguments)])
            self._path(answer).write_text(said)

    def _words(self) -> Iterator[str]:
        # Open for writing as well, or the end of the first call would be the end of all.
        calls = os.open(self._path(_CALLS), os.O_RDWR)
        left = b""
        while True:
            *whole, left = (left + os.read(calls, 65536)).split(b"\0")
            yield from (word.decode("utf-8", "surrogateescape") for word in whole)

    def _answer(self, tool: str, arguments: list[str]) -> str:
        """What the tool does to the host, and its words and exit status as shell."""
        host = self._look()
        try:
            said = str(getattr(host, f"{_PREFIX}{tool}")(arguments))
        except Refused as refused:
            return _spell(f"{refused}\n", refused.status)
        except Exception:
            return _spell(traceback.format_exc(), 1)
        host.save()
        self._follow(host)
        return _spell(f"{said}\n" if said and not said.endswith("\n") else said, 0)


def _spell(text: str, status: int) -> str:
    return f"printf %s {shlex.quote(text)}{' >&2' if status else ''}; exit {status}\n"
