# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures as people read them."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status import figures


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "a time nobody knows"),
        (None, "a time nobody knows"),
        (2**40, "a time nobody knows"),
        (60, "1970-01-01 00:01 UTC"),
    ],
)
def test_when(seconds: int | None, said: str) -> None:
    assert figures.when(seconds) == said


@pytest.mark.parametrize(("number", "said"), [(0, "0"), (0.04, "0"), (0.25, "0.2"), (4.0, "4"), (12345.6, "12,346")])
def test_rate(number: float, said: str) -> None:
    assert figures.rate(number) == said


@pytest.mark.parametrize(("number", "said"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (10**21, "1,000 EB")])
def test_size(number: float, said: str) -> None:
    assert figures.size(number) == said


def test_how_full() -> None:
    assert figures.filled({"count": 3, "max": 1200}, "count", "max", " MiB") == "3 of 1,200 MiB (0 %)"
    assert figures.filled(None, "count", "max") == figures.filled({"count": 3, "max": 0}, "count", "max") == ""


def test_weights() -> None:
    assert figures.weight({"live": 0, "wanted": 3}) == "0 (3)"
    assert figures.weight({"live": None, "wanted": 3}) == "- (3)"
    assert figures.weight({"live": 2, "wanted": None}) == figures.weight({"live": 2, "wanted": 2}) == "2"
