# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both threads of the kernel that synchronise connections between directors, with one NIC and one ID.

Private: this file may change in any release; do not import it from outside the collection.

This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import typing as t

from .daemon import SyncDaemon, agrees

if t.TYPE_CHECKING:  # pragma: no cover
    from .client import Ipvs

# The kernel sends a message that is full within 20 ms, and any other one after up to three seconds: connections that
# are younger would break with their director. In one this short there is room for a single connection.
_ONE_CONNECTION = 1


def unsynchronised(kernel: Ipvs, interface: str, number: int) -> list[tuple[SyncDaemon, SyncDaemon | None]]:
    """Which of both threads do not run with this NIC and ID, and what runs instead."""
    running = {one.role: one for one in kernel.daemons()}
    both = (SyncDaemon("master", interface, number, max_len=_ONE_CONNECTION), SyncDaemon("backup", interface, number))
    return [(one, running.get(one.role)) for one in both if not agrees(one, running.get(one.role))]


def synchronise(kernel: Ipvs, interface: str, number: int) -> None:
    """Both threads run with this NIC and ID. One that does is left alone."""
    for wanted, found in unsynchronised(kernel, interface, number):
        if found is not None:
            kernel.stop_daemon(found)
        kernel.start_daemon(wanted)
