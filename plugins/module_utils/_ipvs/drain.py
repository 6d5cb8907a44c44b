# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draining a realserver: whether it may be drained, and waiting until it is.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterable

from .._errors import LvsError
from .._model.table import RealserverKey, Service
from . import connections as ipvs_connections
from .connections import NONE, SERVED, Connections

_EXPIRE_TEMPLATES = "/proc/sys/net/ipv4/vs/expire_quiescent_template"
# Seconds without a packet after which a UDP client is done, though the kernel remembers it for minutes. It loses
# nothing: its next packet goes to another realserver.
_SILENCE = 30
_PAUSE = 1.0  # seconds; nothing in the kernel tells when a connection ends, and counting them is not free


def check_enough(service: Service, key: RealserverKey, min_active: int) -> None:
    """Refuse to drain a realserver that gets connections now when too few others do."""
    active = [one.key for one in service.realservers if one.weight > 0]
    if key in active and len(active) - 1 < min_active:
        which = "the only realserver" if len(active) == 1 else f"one of {len(active)} realservers"
        cure = (
            f"is {which} of {service.key.label} with a weight above 0, and min_active keeps {min_active} besides it. "
            "Give others a weight first, or lower min_active."
        )
        raise LvsError("rip", key.label, cure)


def connections(service: Service, key: RealserverKey, udp_timeout: int = 0) -> Connections:
    """The connections of the one realserver now."""
    pool = tuple(one for one in service.realservers if one.key == key)
    found = ipvs_connections.read([service._replace(realservers=pool)], udp_timeout - _SILENCE)
    return next(iter(found.values()), NONE)


def remaining(found: Connections, wait_for: str, *, templates_admit: bool) -> int:
    """How many connections there are to wait for.

    Half-open and closing ones are nobody's work, and a flood of SYNs makes them without end: they count with
    ``all`` alone. A persistence template counts while it may bring the next connection of its client.
    """
    if wait_for == "none":
        return 0
    states = found.states.items()
    count = sum(number for state, number in states if wait_for == "all" or state in SERVED)
    return count + (found.templates if templates_admit else 0)


def templates_admit() -> bool:
    """Whether a persistence template leads to a realserver of weight 0 too."""
    try:
        return pathlib.Path(_EXPIRE_TEMPLATES).read_text(encoding="ascii").strip() == "0"
    except FileNotFoundError:
        return True


def wait(
    service: Service, key: RealserverKey, wait_for: str, timeout: float, udp_timeout: int = 0
) -> tuple[bool, Connections]:
    """Whether the realserver was done within the time, and what connections it has at the end."""
    deadline = time.monotonic() + timeout
    while True:
        found = connections(service, key, udp_timeout)
        if not remaining(found, wait_for, templates_admit=templates_admit()):
            return True, found
        left = deadline - time.monotonic()
        if left <= 0:
            return False, found
        time.sleep(min(_PAUSE, left))


def let_finish(leaving: Iterable[tuple[Service, RealserverKey]], timeout: float, udp_timeout: int = 0) -> None:
    """Wait until these realservers, whose weight is 0 by now, serve nobody: so many seconds at most altogether."""
    deadline = time.monotonic() + timeout
    # Whoever has just sent its SYN is served a moment later.
    time.sleep(min(_PAUSE, timeout))
    for service, key in leaving:
        wait(service, key, "established", max(0.0, deadline - time.monotonic()), udp_timeout)
