# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many connections each realserver is to get."""

from __future__ import annotations

import math
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.spread import (
    MOST,
    cycle,
    expected,
    how_many,
)

EQUAL = {"a": 1, "b": 1}
UNEQUAL = {"a": 3, "b": 1}


def service(scheduler: str, **changes: t.Any) -> dict[str, t.Any]:
    return {"scheduler": scheduler, "scheduler_flags": [], "persistence": 0, "one_packet": False, **changes}


@pytest.mark.parametrize(
    ("scheduler", "weights", "number"),
    [
        ("rr", [1, 1], 8),
        ("rr", [5, 1], 8),
        ("rr", [1, 1, 1], 9),
        ("rr", [1, 0, 1], 8),
        ("wrr", [3, 1], 8),
        ("wrr", [30, 10], 8),
        ("wrr", [7, 5], 12),
        ("wrr", [1000, 1], MOST),
        ("rr", [], 8),
        ("wrr", [0], 8),
    ],
)
def test_enough_connections_for_whole_rounds(scheduler: str, weights: list[int], number: int) -> None:
    assert how_many(scheduler, weights) == number
    assert number == MOST or number % cycle(scheduler, weights) == 0


@pytest.mark.parametrize(
    ("wanted", "weights", "number", "alone", "bounds"),
    [
        (service("rr"), EQUAL, 8, True, {"a": (4, 4), "b": (4, 4)}),
        (service("rr"), EQUAL, 7, True, {"a": (3, 4), "b": (3, 4)}),
        (service("rr"), UNEQUAL, 8, True, {"a": (4, 4), "b": (4, 4)}),
        (service("rr"), EQUAL, 8, False, {"a": (0, 8), "b": (0, 8)}),
        (service("rr"), EQUAL, 100, False, {"a": (29, 71), "b": (29, 71)}),
        (service("wrr"), UNEQUAL, 8, True, {"a": (6, 6), "b": (2, 2)}),
        (service("wrr"), UNEQUAL, 100, False, {"a": (56, 94), "b": (6, 44)}),
        (service("wrr"), {"a": 1, "b": 0}, 8, True, {"a": (8, 8)}),
        (service("fo"), UNEQUAL, 8, False, {"a": (8, 8), "b": (0, 0)}),
        (service("ovf"), {"a": 9, "b": 1}, 8, True, {"a": (8, 8), "b": (0, 0)}),
        (service("lc"), UNEQUAL, 100, True, {"a": (29, 71), "b": (29, 71)}),
        (service("wlc"), UNEQUAL, 100, True, {"a": (56, 94), "b": (6, 44)}),
        (service("sh", scheduler_flags=["sh-port"]), UNEQUAL, 100, False, {"a": (56, 94), "b": (6, 44)}),
    ],
)
def test_shares(
    wanted: dict[str, t.Any], weights: dict[str, int], number: int, alone: bool, bounds: dict[str, tuple[int, int]]
) -> None:
    right = expected(wanted, weights, number, alone)
    assert (right.bounds, right.together) == (bounds, False)


@pytest.mark.parametrize(
    "wanted",
    [
        service("rr", persistence=300),
        service("sh"),
        service("mh"),
        service("dh"),
        service("lblc"),
        service("lblcr"),
        service("mh", scheduler_flags=["mh-fallback"]),
    ],
)
def test_one_client_one_realserver(wanted: dict[str, t.Any]) -> None:
    assert expected(wanted, EQUAL, 8, True).together


@pytest.mark.parametrize(
    ("wanted", "weights", "alone"),
    [
        (service("wlc"), EQUAL, False),
        (service("sed"), EQUAL, False),
        (service("twos"), UNEQUAL, True),
        (service("ovf"), UNEQUAL, True),
        (service("fo"), EQUAL, True),
    ],
)
def test_what_nobody_can_say(wanted: dict[str, t.Any], weights: dict[str, int], alone: bool) -> None:
    right = expected(wanted, weights, 8, alone)
    assert (right.bounds, right.together, bool(right.why)) == (None, False, True)


@given(weights=st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=2), number=st.integers(1, MOST))
def test_chance_is_no_fault(weights: dict[str, int], number: int) -> None:
    """Connections dealt out at random by weight hardly ever leave the bounds."""
    bounds = expected(service("wrr"), weights, number, alone=False).bounds
    assert bounds is not None
    for name, (low, high) in bounds.items():
        share = weights[name] / sum(weights.values())
        within = sum(math.comb(number, k) * share**k * (1 - share) ** (number - k) for k in range(low, high + 1))
        assert within > 0.999
