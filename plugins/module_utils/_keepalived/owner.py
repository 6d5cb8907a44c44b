# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of which LVS a keepalived that runs here writes the virtual server table.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import typing as t

from .file import FOLDER, HEAD, MAIN, SERVERS, name_of

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

    from .._host.host import Host

KEEPALIVED = "keepalived"
_WRITES = re.compile(r"^\s*(virtual_server|include)", re.MULTILINE)


def kept_by(host: Host, commands: Iterable[str]) -> frozenset[str] | None:
    """The LVS of which it keeps the services, and no other service; None where its files are not all ours.

    The command lines are those of /proc.
    """
    words = [word for command in commands for word in command.split("\0")]
    if any(word.startswith(("-f", "--use-file")) for word in words) or not (host.read(MAIN) or "").startswith(HEAD):
        return None
    writing = [path for path in host.glob(FOLDER, "*.conf") if _WRITES.search(host.read(path) or "")]
    return frozenset(map(name_of, writing)) if all(path.endswith(SERVERS) for path in writing) else None
