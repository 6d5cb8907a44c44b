# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program by its argument list; a failure becomes a LabError with the end of its output."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from lab.errors import LabError

TAIL_LINES = 20


def tail(text: str) -> str:
    """The last lines, where a program says why it failed."""
    return "\n".join(text.strip().splitlines()[-TAIL_LINES:])


def run(
    argv: Sequence[str | Path],
    cure: str,
    *,
    input_text: str | None = None,
    timeout: float | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    accept: Collection[int] = (0,),
) -> str:
    """Run to the end (in `folder`, with `environment` added) and return standard output.

    Any other exit status than these is an error.
    """
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            input=input_text,
            stdin=subprocess.DEVNULL if input_text is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            check=False,
        )
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed.", cure) from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{argv[0]} did not end within {timeout} s.", cure) from error
    if done.returncode not in accept:
        raise LabError(f"{argv[0]} failed with exit status {done.returncode}.", cure, tail(done.stdout + done.stderr))
    return done.stdout
