# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ends the lab: Ctrl-C, `kill` and a closed terminal, also where the caller ignores them.

A shell without job control starts `lab up &` with SIGINT and SIGQUIT ignored, nohup with SIGHUP ignored, and a program
that runs inherits what is ignored. Here a signal either ends the lab or does what it does by default, and what the lab
starts gets the defaults.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# Python ignores these itself, and subprocess gives children the defaults.
_OF_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def take_over() -> None:
    """From now on the first of ENDING raises KeyboardInterrupt, whatever the caller ignores or blocks."""
    _heed_ignored(spared=_OF_PYTHON)
    for number in ENDING:
        signal.signal(number, _end)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def reset() -> None:
    """Before this process becomes another program: no signal is ignored. (Handlers do not outlive it.)"""
    _heed_ignored(spared=())


def _heed_ignored(spared: tuple[signal.Signals, ...]) -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, *spared}:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _end(_number: int, _frame: object) -> NoReturn:
    # Once is enough: a second one must not interrupt the tidying up. A handler, as a child would inherit SIG_IGN.
    for number in ENDING:
        signal.signal(number, _pass)
    raise KeyboardInterrupt


def _pass(_number: int, _frame: object) -> None:
    """The end has begun."""


@contextmanager
def held_back() -> Iterator[None]:
    """What must not be left half done: a signal of ENDING that comes inside does its work afterwards."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda which, _frame: came.append(which)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for which in came[:1]:
            signal.raise_signal(which)
