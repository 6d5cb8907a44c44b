# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of vip_address: its module takes them, and its action, where the host has no Python.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host.claims import ANY, OPTIONS, OWN
from .backends import AUTO, NAMES_FOR_VIPS

SPECIFICATION: dict[str, t.Any] = {
    "argument_spec": {
        **OPTIONS,
        "vips": {"type": "list", "elements": "str"},
        "interface": {"type": "str"},
        "interfaces": {"type": "dict"},
        "purge": {"type": "bool", "default": False},
        "keep": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "hidden": {"type": "bool", "default": True},
        "foreseen": {"type": "bool", "default": False},
        "persistent": {"type": "bool", "default": True},
        "backend": {"type": "str", "choices": list(NAMES_FOR_VIPS), "default": AUTO},
        "system": {"type": "str"},
        "rips": {"type": "list", "elements": "str", "default": []},
        "lvs_removal": {"type": "str", "choices": [OWN, ANY], "default": OWN},
    },
    "required_if": [("state", "present", ("vips",))],
    "mutually_exclusive": [("vips", "keep"), ("interface", "interfaces")],
}
