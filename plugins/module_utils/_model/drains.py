# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files by which realservers are drained where keepalived keeps the table.

Private: this file may change in any release; do not import it from outside the collection.
Pure. This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import re

from .table import RealserverKey, ServiceKey

DRAINS = "/var/lib/lvs/drain"
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")

Name = tuple[ServiceKey, RealserverKey]


def tracked(name: Name) -> str:
    """What keepalived calls the file of a realserver of a service."""
    return "-".join(_UNSAFE.sub("_", key.label.replace("[", "").replace("]", "")) for key in name)


def drain_of(name: Name) -> str:
    """The file in which 1 takes all new connections from a realserver of a service, and 0 gives them back."""
    return f"{DRAINS}/{tracked(name)}"


def says_drained(text: str | None) -> bool:
    """Whether the text of such a file does so."""
    return (text or "").strip() not in ("", "0")
