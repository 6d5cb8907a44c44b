# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine this host takes for a VIP, and which machines say that they are it.

Private: this file may change in any release; do not import it from outside the collection.
This file runs `ip` and, as root, asks by ARP itself.
"""

from __future__ import annotations

import typing as t

from .._host import links
from .._model.address import family_of
from .arp import who_has

_QUESTIONS = 3
_PATIENCE = 0.4  # seconds for the answers to one question


class Neighbour(t.NamedTuple):
    """What this host knows of a VIP. `answering` is None when it may not ask by itself."""

    address: str
    mac: str | None = None
    answering: list[str] | None = None
    problem: str = ""


def look(address: str, run: links.Run) -> Neighbour:
    """The neighbour entry, which the last traffic left, and all who answer a question to everybody."""
    routes = links.ask(run, "route", "get", address)
    route = routes[0] if routes else {}
    if "dev" not in route:
        return Neighbour(address, problem="there is no route to it")
    if "gateway" in route:
        return Neighbour(address, problem=f"it is behind the router {route['gateway']}")
    answering = _asked(route["dev"], route.get("prefsrc", ""), address) if family_of(address) == "ipv4" else None
    return Neighbour(address, links.mac_of(run, address), answering)


def _asked(device: str, source: str, address: str) -> list[str] | None:
    try:
        return who_has(device, source, [address], _PATIENCE, _QUESTIONS)[address]
    except PermissionError:
        return None
