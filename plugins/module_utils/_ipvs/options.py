# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several IPVS modules share, and how they become what the model parses.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

KEY_OPTIONS: dict[str, dict[str, t.Any]] = {
    "vip": {"type": "str"},
    "port": {"type": "str"},
    "protocol": {"type": "str", "choices": ["tcp", "udp", "sctp"]},
    "fwmark": {"type": "int"},
    "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
}
KEY_RULES: dict[str, t.Any] = {
    "required_one_of": [("vip", "fwmark")],
    "mutually_exclusive": [("vip", "fwmark"), ("port", "fwmark"), ("protocol", "fwmark")],
    "required_by": {"vip": ["port"]},
}
SERVICE_OPTIONS: dict[str, dict[str, t.Any]] = {
    "scheduler": {"type": "str"},
    "scheduler_flags": {"type": "list", "elements": "str"},
    "persistence": {"type": "int"},
    "persistence_netmask": {"type": "str"},
    "persistence_engine": {"type": "str"},
    "one_packet": {"type": "bool"},
}
REALSERVER_OPTIONS: dict[str, dict[str, t.Any]] = {
    "rip": {"type": "str", "required": True},
    "rip_port": {"type": "str"},
    "forwarding": {"type": "str", "choices": ["nat", "dr", "tun", "masquerading", "gatewaying", "ipip"]},
    "weight": {"type": "int"},
    "upper_threshold": {"type": "int"},
    "lower_threshold": {"type": "int"},
    "tunnel": {
        "type": "dict",
        "options": {
            "type": {"type": "str", "choices": ["ipip", "gue", "gre"], "default": "ipip"},
            "port": {"type": "int", "default": 0},
            "checksum": {"type": "str", "choices": ["none", "csum", "remcsum"], "default": "none"},
        },
    },
}
# The model's name of a realserver's field -> what ipvs_dest calls it.
REALSERVER_SPELLING = {"port": "rip_port"}


def given(params: Mapping[str, t.Any], options: Mapping[str, object]) -> dict[str, t.Any]:
    """Those of the options that the task sets: what it leaves out stays as it is."""
    return {name: params[name] for name in options if params[name] is not None}


def given_realserver(params: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The realserver of ipvs_dest under the model's names."""
    ours = {spelling: field for field, spelling in REALSERVER_SPELLING.items()}
    return {ours.get(name, name): value for name, value in given(params, REALSERVER_OPTIONS).items()}
