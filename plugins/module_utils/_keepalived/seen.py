# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host shows of its part in a failover: its unit and files. It changes nothing.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import time
import typing as t

from .._model.drains import drain_of, says_drained
from .file import FOLDER, MAIN, SERVERS, name_of, switch_of
from .servers import parse
from .unit import UNIT, is_active

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host
    from .._model.drains import Name
    from .._model.table import Realserver
    from .servers import Servers

_MICROSECONDS = 1e6
_SLACK = 1.0  # seconds; files are written, and read at once


def look(host: Host) -> dict[str, t.Any]:
    """Whether the daemon runs, what makes it give VIPs up, files that it has not read, and whose table it keeps."""
    mine = host.glob(FOLDER, "*.conf")
    active = bool(mine) and is_active(host)
    switches = {name: switch_of(name) for name in map(name_of, mine)}
    return {
        "active": active,
        "switched": {name: path for name, path in switches.items() if is_on(host, path)},
        "unread": _newer(host, [MAIN, *mine]) if active else [],
        "keeps": [name_of(path) for path in mine if path.endswith(SERVERS)],
    }


def _newer(host: Host, paths: list[str]) -> list[str]:
    """Files that were changed after the unit was last started or reloaded."""
    said = host.run(("systemctl", "show", "--value", "--property=StateChangeTimestampMonotonic", UNIT)).strip()
    if not said.isdigit():
        return []
    then = time.time() - (time.monotonic() - int(said) / _MICROSECONDS)
    found = [path for path in paths if host.at(path).exists()]
    return [path for path in found if host.at(path).stat().st_mtime > then + _SLACK]


def is_on(host: Host, path: str) -> bool:
    """Whether such a file, or another switch of ours, says so."""
    return says_drained(host.read(path))


def drained_by_file(host: Host) -> dict[Name, Realserver]:
    """Whoever a file keeps without new connections on this host, as keepalived knows them."""
    return {
        (service.key, one.key): one
        for servers in _all(host)
        for service in servers.table
        for one in service.realservers
        if one.weight and is_on(host, drain_of((service.key, one.key)))
    }


def is_checked(host: Host, name: Name) -> bool:
    """Whether a keepalived that runs here takes this realserver out of the table, and puts it back."""
    return any(name in servers.checks for servers in _all(host)) and is_active(host)


def _all(host: Host) -> list[Servers]:
    """What keepalived keeps for each LVS."""
    return [parse(host.read(path)) for path in host.glob(FOLDER, f"*{SERVERS}")]
