# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the caller of the lab ignores or blocks, signals end it, once, and what it starts gets the defaults."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from lab import signals

TOP = Path(signals.__file__).resolve().parents[1]
NAMES = ",".join(one.name.removeprefix("SIG") for one in (*signals.ENDING, signal.SIGCHLD, signal.SIGTSTP))
CALLERS = [f"--ignore-signal={NAMES}", f"--block-signal={NAMES}"]


def python(code: str, caller: str) -> subprocess.Popen[str]:
    """A program that has signals ignored or blocked from its start."""
    words = [sys.executable, "-c", f"import subprocess\nfrom lab import cli, signals\n{code}"]
    pipe = subprocess.PIPE
    return subprocess.Popen(["env", caller, "--", *words], cwd=TOP, stdin=pipe, stdout=pipe, text=True)


STATUS = "['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status']"
CLEAN = {"SigBlk": 0, "SigIgn": 0}


# Python, like every program, leaves alone the two that libc keeps for its threads.
OURS = sum(1 << number - 1 for number in signal.valid_signals())


def masks(said: str) -> dict[str, int]:
    pairs = (line.split(":") for line in said.splitlines())
    return {name: int(mask, 16) & OURS for name, mask in pairs}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("how", ["subprocess.run({}, check=True)", "cli._become({})"])
def test_a_child_gets_the_defaults(caller: str, how: str) -> None:
    with python("signals.take_over()\n" + how.format(STATUS), caller) as process:
        said = process.communicate()[0]
    assert masks(said) == CLEAN


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("which", signals.ENDING)
def test_each_ends_it_and_a_second_one_does_not_disturb_the_end(caller: str, which: signal.Signals) -> None:
    code = """
try:
    signals.take_over()
    print("ready", flush=True)
    input()
except KeyboardInterrupt:
    print("ending", flush=True)
    input()
    print("tidy")
"""
    with python(code, caller) as process:
        stdin, stdout = t.cast("t.IO[str]", process.stdin), t.cast("t.IO[str]", process.stdout)
        assert stdout.readline() == "ready\n"
        process.send_signal(which)
        assert stdout.readline() == "ending\n"
        process.send_signal(which)
        assert process.communicate("\n")[0] == "tidy\n"
    assert process.returncode == 0
    assert stdin.closed


def interrupted(done: list[str], fails: bool) -> None:
    with signals.held_back():
        os.kill(os.getpid(), signal.SIGINT)
        done.append("first")
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("second")
        if fails:
            raise ValueError


@pytest.mark.parametrize("fails", [False, True])
def test_held_back_until_all_is_done(fails: bool) -> None:
    done: list[str] = []
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the caller of the tests ignores
    before = [signal.getsignal(number) for number in signals.ENDING]
    with pytest.raises(KeyboardInterrupt):
        interrupted(done, fails)
    assert done == ["first", "second"]
    assert [signal.getsignal(number) for number in signals.ENDING] == before
