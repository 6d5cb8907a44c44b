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
from collections.abc import Iterable, Iterator

# What molecule puts before a line: its colours and a bar.
MARGIN = re.compile(r"\x1b\[[\d;]*m|^[ │]+(?=\S)")
# make, pytest and tests/integration/run: how each says what failed.
RED = re.compile(r"make(\[\d+\])?: \*\*\* .* Error \d+|(FAILED|ERROR)[:!]? [^-\s]|E   \S")
# Ansible says it where it happens, and why on the lines below; whether it was expected (rescued) says the recap.
FATAL = re.compile(r"(fatal|failed): \[")
RECAP = re.compile(r"\S+ +: ok=.*(failed|unreachable)=[1-9]")
MORE = 6
MOST = 80


def red(lines: Iterable[str]) -> Iterator[str]:
    """The lines that say what failed, and a few below what Ansible says."""
    held: list[str] = []
    for raw in lines:
        line = MARGIN.sub("", MARGIN.sub("", raw))
        if RECAP.match(line):
            yield from held[: MORE + 1]
            held = []
        elif FATAL.match(line):
            held = [line]
        elif RED.match(line):
            yield line
        elif held and line.strip():
            held.append(line)


def main(command: list[str]) -> int:
    """Run the command; its exit status."""
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as run:
        for line in run.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    if run.returncode:
        sys.stdout.write("\nWhat was red:\n")
        sys.stdout.writelines(line[:300].rstrip() + "\n" for line in [*red(lines)][-MOST:])
    return run.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
