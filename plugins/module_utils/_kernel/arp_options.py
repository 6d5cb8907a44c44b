# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of arp_hide: its module takes them, and its action, where the host has no Python.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host.claims import OPTIONS
from .arp import METHODS, SYSCTL

SPECIFICATION: dict[str, t.Any] = {
    "argument_spec": {
        **OPTIONS,
        "vips": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "directors": {"type": "list", "elements": "str", "default": []},
        "purge": {"type": "bool", "default": False},
        "foreseen": {"type": "bool", "default": False},
        "method": {"type": "str", "choices": list(METHODS), "default": SYSCTL},
        "persistent": {"type": "bool", "default": True},
        "system": {"type": "str"},
    },
    "required_if": [("state", "present", ("vips",))],
}
