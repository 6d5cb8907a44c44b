# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other programs that write the table of IPVS.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

from .._host.host import Host
from .._keepalived.owner import KEEPALIVED, kept_by

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection

_OWNERS = (KEEPALIVED, "ldirectord", "kube-proxy", "kube-router")


def table_owners(host: Host | None = None, lvs: Collection[str] | None = None) -> list[str]:
    """The programs running here that write the table by themselves, or the services of these LVS.

    A keepalived that has our files alone leaves the services of every other LVS alone.
    """
    running: dict[str, list[str]] = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/comm"):
        # A process may end between the listing and the reading.
        with contextlib.suppress(OSError):
            # A process calls itself what it likes, in bytes that need not be text.
            name = entry.read_text("utf-8", "replace").strip()
            if name in _OWNERS:
                words = entry.with_name("cmdline").read_text("utf-8", "replace").strip()
                running.setdefault(name, []).append(words)
    owners = {*running}
    kept = kept_by(host or Host(), running[KEEPALIVED]) if KEEPALIVED in owners else None
    if kept is not None and not (kept if lvs is None else kept.intersection(lvs)):
        owners.discard(KEEPALIVED)
    return sorted(owners)
