# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a keepalived that runs here writes the virtual server table.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import typing as t

from .file import FOLDER, HEAD, MAIN

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

    from .._host.host import Host

KEEPALIVED = "keepalived"
_WRITES = re.compile(r"^\s*(virtual_server|include)", re.MULTILINE)


def is_mover(host: Host, commands: Iterable[str]) -> bool:
    """Whether all of them only move VIPs, for they read our files. Their command lines are those of /proc."""
    words = [word for command in commands for word in command.split("\0")]
    return not any(word.startswith(("-f", "--use-file")) for word in words) and not _writes_table(host)


def _writes_table(host: Host) -> bool:
    """Whether a keepalived that runs here has virtual servers, and so the table; not if all its files are ours."""
    main = host.read(MAIN) or ""
    folder = host.glob(FOLDER, "*.conf")
    return not main.startswith(HEAD) or any(_WRITES.search(host.read(path) or "") for path in folder)
