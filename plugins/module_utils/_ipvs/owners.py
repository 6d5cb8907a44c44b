# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other programs that write the table of IPVS.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import pathlib

_OWNERS = ("keepalived", "ldirectord", "kube-proxy", "kube-router")


def table_owners() -> list[str]:
    """The programs running here that write the table by themselves."""
    running = set()
    for entry in pathlib.Path("/proc").glob("[0-9]*/comm"):
        # A process may end between the listing and the reading.
        with contextlib.suppress(OSError):
            # A process calls itself what it likes, in bytes that need not be text.
            running.add(entry.read_text(encoding="utf-8", errors="replace").strip())
    return sorted(running.intersection(_OWNERS))
