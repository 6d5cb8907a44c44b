# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ip -j` prints, whatever it was asked. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import json
import typing as t

from .._errors import LvsError

_NO_JSON = "is no JSON. Install iproute2 4.14 or newer on this host; busybox has an ip of its own that cannot do it."


def objects_in(text: str, command: str) -> list[dict[str, t.Any]]:
    """The objects in the output of a command; some versions put empty ones between them."""
    # It prints nothing at all when there is nothing to list.
    try:
        entries = json.loads(text) if text.strip() else []
    except ValueError:
        raise LvsError(command, text[:80], _NO_JSON) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LvsError(command, text[:80], _NO_JSON)
    return [entry for entry in entries if entry]
