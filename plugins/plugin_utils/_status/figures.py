# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures as people read them: times, rates, sizes, shares.

Private: this file may change in any release; do not import it from outside the collection.
Pure: numbers in, words out.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

_FEW = 10
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_LAST_YEAR = 253402300799  # 9999, after which a date has another form


def when(seconds: int | None) -> str:
    """A moment, in seconds since 1970."""
    if not seconds or seconds > _LAST_YEAR:
        return "a time nobody knows"
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def rate(number: float) -> str:
    """How many a second: of few with a digit more."""
    return f"{number:.1f}".removesuffix(".0") if number < _FEW else f"{number:,.0f}"


def size(number: float) -> str:
    """Bytes, in thousands."""
    unit = 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{rate(number)} {_UNITS[unit]}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}".replace("%", " %")


def filled(figures: Mapping[str, int] | None, part: str, whole: str, unit: str = "") -> str:
    """So many of so many, in words; nothing where that is not known."""
    known = figures or {}
    if part not in known or not known.get(whole):
        return ""
    return f"{known[part]:,} of {known[whole]:,}{unit} ({percent(known[part] / known[whole])})"


def weight(weights: Mapping[str, int | None]) -> str:
    """The live weight, and the planned one where that is another."""
    live, wanted = weights["live"], weights["wanted"]
    shown = "-" if live is None else str(live)
    return shown if live == wanted or wanted is None else f"{shown} ({wanted})"
