# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host shows of its part in a failover: its unit and files. It changes nothing.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import time
import typing as t

from .file import FOLDER, MAIN, name_of, switch_of
from .unit import UNIT, is_active

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host

_MICROSECONDS = 1e6
_SLACK = 1.0  # seconds; files are written, and read at once


def look(host: Host) -> dict[str, t.Any]:
    """Whether the daemon runs, the switches by which it gives VIPs up, and files that it has not read yet."""
    mine = host.glob(FOLDER, "*.conf")
    active = bool(mine) and is_active(host)
    switches = {name: switch_of(name) for name in map(name_of, mine)}
    return {
        "active": active,
        "switched": {
            name: path for name, path in switches.items() if (host.read(path) or "0").strip() not in ("", "0")
        },
        "unread": _newer(host, [MAIN, *mine]) if active else [],
    }


def _newer(host: Host, paths: list[str]) -> list[str]:
    """Files that were changed after the unit was last started or reloaded."""
    said = host.run(("systemctl", "show", "--value", "--property=StateChangeTimestampMonotonic", UNIT)).strip()
    if not said.isdigit():
        return []
    then = time.time() - (time.monotonic() - int(said) / _MICROSECONDS)
    found = [path for path in paths if host.at(path).exists()]
    return [path for path in found if host.at(path).stat().st_mtime > then + _SLACK]
