# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backends there are, and which one is right for an interface.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .ifupdown import IfupdownBackend
from .networkd import (
    NetworkdBackend,
    NetworkdVipBackend,
)
from .networkmanager import (
    NetworkManagerBackend,
)
from .own_unit import UnitBackend
from .owners import Owners

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .._host.host import Host
    from .backend import Backend

AUTO = "auto"

# The first that owns an interface gets it. lo goes to the unit even where networkd is told to set lo up as well, for
# networkd leaves the addresses of others on lo alone (measured with systemd 252); NetworkManager with a profile for lo
# does not (measured with 1.42).
_FOR_ROUTES = (NetworkManagerBackend, UnitBackend, NetworkdBackend, IfupdownBackend)
_FOR_VIPS = (NetworkManagerBackend, UnitBackend, NetworkdVipBackend, IfupdownBackend)

NAMES_FOR_ROUTES = (AUTO, *sorted(backend.name for backend in _FOR_ROUTES))
NAMES_FOR_VIPS = (AUTO, *sorted(backend.name for backend in _FOR_VIPS))


def for_routes(host: Host) -> list[Backend]:
    """Every backend that can keep routes, in the order in which they are asked."""
    owners = Owners(host)
    return [backend(host, owners) for backend in _FOR_ROUTES]


def for_vips(host: Host) -> list[Backend]:
    """Every backend that can keep VIPs, in the order in which they are asked."""
    owners = Owners(host)
    return [backend(host, owners) for backend in _FOR_VIPS]


def choose(name: str, interface: str, backends: Sequence[Backend]) -> Backend:
    """The backend of that name, or the one that owns the interface; a unit of our own where none does."""
    if name == AUTO:
        owning = (backend.name for backend in backends if backend.owns(interface))
        name = next(owning, UnitBackend.name)
    return next(backend for backend in backends if backend.name == name)
