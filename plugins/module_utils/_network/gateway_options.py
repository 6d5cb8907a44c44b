# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of default_gateway: its module takes them, and its action, where the host has no Python.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .._host.claims import OPTIONS
from .backends import AUTO, NAMES_FOR_ROUTES

SHORTEST_TIMEOUT = 10

SPECIFICATION: dict[str, t.Any] = {
    "argument_spec": {
        **OPTIONS,
        "gateway": {"type": "str"},
        "interface": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "persistent": {"type": "bool", "default": True},
        "backend": {"type": "str", "choices": list(NAMES_FOR_ROUTES), "default": AUTO},
        "pin": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 60},
        "connection": {"type": "str", "default": ""},
        "run_id": {"type": "str", "default": ""},
        "confirm": {"type": "bool", "default": False},
        "system": {"type": "str"},
    },
    "required_if": [("state", "present", ("gateway",))],
}


def require_time(seconds: int) -> None:
    if seconds < SHORTEST_TIMEOUT:
        raise LvsError(
            "timeout",
            seconds,
            f"is too short to come back over a new connection. Use {SHORTEST_TIMEOUT} or more seconds.",
        )
