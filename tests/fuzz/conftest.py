# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a fuzzer goes on: a fixed number of inputs from a fixed seed, or FUZZ_SECONDS of new ones (make fuzz)."""

from __future__ import annotations

import logging
import os
import random
import time
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import run_module

__all__ = ["Chance", "Inputs", "inputs", "run_module"]

_SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))


class Chance(random.Random):
    """A source of chance that gives the same again for the same seed."""


class Inputs(t.Protocol):
    """The type of the fixture `inputs`."""

    def __call__(self, number: int) -> t.Iterator[Chance]:
        """Make so many."""


@pytest.fixture
def inputs(request: pytest.FixtureRequest) -> Inputs:
    """A source of chance for each input. Its seed is logged, so that a failure can be had again:

    FUZZ_SEED=SEED pytest tests/fuzz -k TEST begins with that input.
    """
    tests = sum(item.path.parent == request.path.parent for item in request.session.items)
    first = int(os.environ.get("FUZZ_SEED", time.time_ns() if _SECONDS else 1))

    def sources(number: int) -> t.Iterator[Chance]:
        ends, seed = time.monotonic() + _SECONDS / tests, first
        while time.monotonic() < ends if _SECONDS else seed < first + number:
            try:
                yield Chance(seed)
            except GeneratorExit:  # the test has failed, or has seen enough
                logging.getLogger(__name__).warning("FUZZ_SEED=%d", seed)
                raise
            seed += 1

    return sources
