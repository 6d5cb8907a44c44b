# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several IPVS modules share, and how they become what the model parses.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from collections.abc import Callable, Iterable, Mapping

from .._model.address import FAMILIES, canonical_address
from .._model.fields import HIGHEST_PORT, Fields
from .._model.mistakes import Mistakes
from .._model.table import CHECKSUMS, FORWARDING_WORDS, FORWARDINGS, PERSISTENCE_LIMIT, TUNNEL_TYPES
from .daemon import SyncDaemon, Timeouts, usual_length

_LENGTH_FLOOR, _LENGTH_LIMIT = 1024, 65507
_INTERFACE = re.compile(r"[A-Za-z0-9_.:@-]{1,15}")

KEY_OPTIONS: dict[str, dict[str, t.Any]] = {
    "vip": {"type": "str"},
    "port": {"type": "str"},
    "protocol": {"type": "str"},
    "fwmark": {"type": "int"},
    "family": {"type": "str", "choices": [*FAMILIES]},
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
    "forwarding": {"type": "str", "choices": [*FORWARDINGS, *FORWARDING_WORDS]},
    "weight": {"type": "int"},
    "upper_threshold": {"type": "int"},
    "lower_threshold": {"type": "int"},
    "tunnel": {
        "type": "dict",
        "options": {
            "type": {"type": "str", "choices": [*TUNNEL_TYPES], "default": "ipip"},
            "port": {"type": "int"},
            "checksum": {"type": "str", "choices": [*CHECKSUMS], "default": "none"},
        },
    },
}
# The model's name of a realserver's field -> what ipvs_dest calls it.
REALSERVER_SPELLING = {"port": "rip_port"}


def given(params: Mapping[str, t.Any], options: Iterable[str]) -> dict[str, t.Any]:
    """Those of the options that the task sets: what it leaves out stays as it is."""
    return {name: params[name] for name in options if params[name] is not None}


def given_realserver(params: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The realserver of ipvs_dest under the model's names."""
    ours = {spelling: field for field, spelling in REALSERVER_SPELLING.items()}
    return {ours.get(name, name): value for name, value in given(params, REALSERVER_OPTIONS).items()}


def parse_timeouts(data: Mapping[str, t.Any], have: Timeouts) -> Timeouts:
    """What the user wrote, completed from what there is. To the kernel, 0 means to leave a timeout as it is."""
    mistakes = Mistakes()
    fields = Fields(mistakes, "", data)
    found = {
        field: fields.number(field, 1, PERSISTENCE_LIMIT, kept, kept, "timeout-invalid")
        for field, kept in have._asdict().items()
    }
    mistakes.refuse()
    return Timeouts(**found)


def parse_daemon(
    data: Mapping[str, t.Any], have: SyncDaemon | None, mtu: Callable[[str], int] = lambda _interface: 0
) -> SyncDaemon:
    """What the user wrote, completed from the daemon of that role that runs, and else from the kernel's defaults.

    The kernel chooses the length by the interface and the family of the group. A length that was its choice is so
    again where these change; it does not say which it was.
    """
    mistakes = Mistakes()
    fields = Fields(mistakes, "", data)
    old = have or SyncDaemon(data["role"], "")
    if old.max_len == usual_length(old, mtu(old.interface)) and {"interface", "group"} & data.keys():
        old = old._replace(max_len=0)
    max_len = fields.number("max_len", 0, _LENGTH_LIMIT, old.max_len, 0, "sync-length-invalid")
    if 0 < max_len < _LENGTH_FLOOR:
        fields.note("sync-length-invalid", "max_len", max_len, low=_LENGTH_FLOOR, high=_LENGTH_LIMIT)
    daemon = SyncDaemon(
        role=old.role,
        interface=_interface(fields, old),
        sync_id=fields.number("sync_id", 0, 255, old.sync_id, 0, "sync-id-invalid"),
        max_len=max_len,
        group=_group(fields, old),
        port=fields.number("port", 0, HIGHEST_PORT, old.port, 0, "sync-port-invalid"),
        ttl=fields.number("ttl", 0, 255, old.ttl, 0, "sync-ttl-invalid"),
    )
    mistakes.refuse()
    return daemon


def _interface(fields: Fields, old: SyncDaemon) -> str:
    interface = fields.get("interface") if "interface" in fields else old.interface
    if isinstance(interface, str) and _INTERFACE.fullmatch(interface):
        return interface
    fields.note("sync-interface-invalid", "interface", interface or "")
    return ""


def _group(fields: Fields, old: SyncDaemon) -> str | None:
    value = fields.get("group") if "group" in fields else old.group
    address = canonical_address(value) if isinstance(value, str) else None
    if value is not None and (address is None or not ipaddress.ip_address(address).is_multicast):
        fields.note("sync-group-invalid", "group", value)
    return address
