# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a boot would bring back of an LVS, and where that is not what is live.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._host import boot
from .._host.job import TABLE
from .._ipvs import client, drained, restore
from .._model.diff import diff, in_scope
from .._network.backends import for_vips
from .._network.vip_found import find_files

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host
    from .._model.table import Table


def at_boot(host: Host) -> dict[str, t.Any]:
    """The services and VIPs that come back, and which of the services are otherwise now."""
    # What a boot restores: who is drained stays drained.
    recorded = restore.read_record(str(host.at(restore.RECORD))).value or ()
    memory = drained.read_memory(str(host.at(drained.MEMORY))).value or {}
    coming = drained.keep_drained(recorded, (), memory)
    files = find_files(host, for_vips(host))
    place = boot.at_boot(host)
    enabled = place.is_added(place.path(TABLE))
    return {
        "services": [service.key.label for service in coming] if enabled else [],
        "otherwise": _otherwise(coming) if coming else [],
        "vips": sorted(vip for one in files if one.backend.is_active(one.path) for vip in one.vips),
    }


def _otherwise(coming: Table) -> list[str]:
    with contextlib.closing(client.connect()) as kernel:
        live = in_scope(kernel.table(), {service.key for service in coming}, lambda _key: False)
    return list(dict.fromkeys(one.service.key.label for one in diff(coming, live)))
