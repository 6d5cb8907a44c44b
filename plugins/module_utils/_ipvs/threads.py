# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's threads that synchronise connections, for keepalived.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib

from .._keepalived.daemon import Thread
from .client import connect
from .daemon import start_command, stop_command
from .synchronise import synchronise, unsynchronised


class KernelThreads:
    """Those of this host. A connection each time: keepalived is waited for in between."""

    def running(self) -> list[Thread]:
        with contextlib.closing(connect()) as kernel:
            return [Thread(one.role, one.interface, one.sync_id) for one in kernel.daemons()]

    def missing(self, interface: str, number: int) -> list[str]:
        with contextlib.closing(connect()) as kernel:
            pairs = unsynchronised(kernel, interface, number)
        return [
            command
            for wanted, found in pairs
            for command in (*([stop_command(found)] if found else []), start_command(wanted))
        ]

    def have(self, interface: str, number: int) -> None:
        with contextlib.closing(connect()) as kernel:
            synchronise(kernel, interface, number)

    def stop(self) -> None:
        with contextlib.closing(connect()) as kernel:
            for one in kernel.daemons():
                kernel.stop_daemon(one)
