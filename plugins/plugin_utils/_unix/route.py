# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialects of route(8): how the default gateway is changed in the running system. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .steps import Run

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

_WHY = "Answer clients by the gateway that the forwarding method needs"


def bsd_reroute(old: Iterable[str], new: str | None) -> list[Run]:
    """BSD and macOS have one default route, which can be changed in place."""
    if new is None:
        return [Run("Have no default gateway", ("route", "delete", "default"))] if old else []
    return [Run(_WHY, ("route", "change" if old else "add", "default", new))]


def replace_reroute(old: Iterable[str], new: str | None, metric: Sequence[str] = ()) -> list[Run]:
    """Others name the gateway of the route that goes; the new one must not be there beside it."""
    gone = [Run("Remove this default gateway", ("route", "delete", "default", one)) for one in old]
    return [*gone, *([] if new is None else [Run(_WHY, ("route", "add", "default", new, *metric))])]
