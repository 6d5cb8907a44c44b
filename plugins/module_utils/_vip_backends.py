# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backends there are, and which one is right for an interface.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._vip_networkd import NetworkdBackend
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._vip_unit import UnitBackend

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._addresses import Interface
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._runner import Host
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._vip_backend import Backend

AUTO = "auto"

# The first that owns an interface gets it: lo goes to the unit even where networkd is told to set lo up as well, for
# networkd leaves the addresses of others on lo alone (measured with systemd 252), and only the unit guards against ARP.
_CLASSES = (UnitBackend, NetworkdBackend)

NAMES = (AUTO, *(backend.name for backend in _CLASSES))


def all_backends(host: Host) -> list[Backend]:
    """Every backend, in the order in which they are asked."""
    return [backend(host) for backend in _CLASSES]


def choose(name: str, interface: Interface, backends: list[Backend]) -> Backend:
    """The backend of that name, or the one that owns the interface; a unit of our own where none does."""
    if name != AUTO:
        return next(backend for backend in backends if backend.name == name)
    return next((backend for backend in backends if backend.owns(interface)), backends[0])
