# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command, show what it prints, and say at the end once more what was red: `everything.py COMMAND...`.

An hour of output from many targets is too long to be searched by hand, and a CI may keep the end of it alone.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator

# Molecule shows what it runs in colours, behind a bar.
COLOUR = re.compile(r"\x1b\[[\d;]*m")
MARGIN = " │"
# make, pytest and tests/integration/run: how each says what failed.
RED = re.compile(r"make(\[\d+\])?: \*\*\* .* Error \d+|(FAILED|ERROR)[:!]? [^-\s]|E {3,}\S")
# Ansible says it where it happens, and why on the lines below; whether it was expected (rescued) says the host's recap.
FATAL = re.compile(r"(?:fatal|failed): \[([^\s\]]+)")
RECAP = re.compile(r"(\S+) +: ok=.*(?:failed|unreachable)=[1-9]")
LINES_OF_ONE = 7
LINES = 80


def red(lines: Iterable[str]) -> Iterator[str]:
    """The lines that say what failed, and a few below what Ansible says."""
    last: dict[str, list[str]] = {}
    current: list[str] = []
    for raw in lines:
        line = COLOUR.sub("", raw).lstrip(MARGIN)
        if recap := RECAP.match(line):
            yield from last.pop(recap[1], [])
        elif fatal := FATAL.match(line):
            current = last[fatal[1]] = [line]
        elif RED.match(line):
            yield line
        elif line.strip() and len(current) < LINES_OF_ONE:
            current.append(line)


def shown(lines: Iterable[str]) -> Iterator[str]:
    """The lines, each written as it comes."""
    for line in lines:
        sys.stdout.write(line)
        sys.stdout.flush()
        yield line


def main(command: list[str]) -> int:
    """Run the command; its exit status."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as run:
        last = deque(red(shown(run.stdout or ())), LINES)
    if run.returncode:
        sys.stdout.write("\nWhat was red:\n")
        sys.stdout.writelines(line[:300].rstrip() + "\n" for line in last)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
