# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of what an LVS is made of, the one that most needs eyes first.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only words.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable

# Of a realserver in a service.
DOWN = "down"  # it gets connections and cannot serve them, or who writes the table took it out for that
MISSING = "missing"  # planned, and not in the table
UNPLANNED = "unplanned"  # in the table, and not planned
WEIGHT = "weight"  # in the table with another weight than planned
UNKNOWN = "unknown"  # no director could say
DRAINED = "drained"  # somebody had its new connections go elsewhere
IDLE = "idle"  # gets no new connections, as planned
SERVES = "serves"
OF_REALSERVERS = (DOWN, MISSING, UNPLANNED, WEIGHT, UNKNOWN, DRAINED, IDLE, SERVES)
WELL = (IDLE, SERVES)

# Of a service: that of its realserver that most needs eyes, or
UNSERVED = "unserved"  # no realserver gets and serves its connections
OF_SERVICES = (UNSERVED, *OF_REALSERVERS)

# Of a host.
UNSEEN, PARTLY, DIFFERS, LEFT_OUT, NO_LOGIN, AS_PLANNED = (
    "not seen",
    "partly seen",
    "differs",
    "left out",
    "no login",
    "as planned",
)
OF_HOSTS = (UNSEEN, DIFFERS, PARTLY, LEFT_OUT, NO_LOGIN, AS_PLANNED)


def worst(states: Iterable[str], order: t.Sequence[str] = OF_SERVICES) -> str:
    """The one that most needs eyes; of none, the one that least does."""
    return min(states, key=order.index, default=order[-1])
