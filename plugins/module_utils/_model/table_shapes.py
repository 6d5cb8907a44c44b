# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services and realservers as they travel: in records, and in what directors answer.

Private: this file may change in any release; do not import it from outside the collection.

Pure. The kernel may hold what no user of ours may ask for, so this is wider than parse_service(): whatever fits can
be shown, compared and given back to the kernel.
This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import typing as t

from .address import canonical_address, family_of
from .shapes import (
    Entry,
    Misfit,
    Reader,
    address,
    agreeing,
    fields,
    listed,
    nullable,
    number,
    truth,
    word,
)
from .table import CHECKSUMS, FORWARDINGS, PROTOCOLS, TUNNEL_TYPES, scheduler_flag_names

_U8, _U16, _U32 = 2**8 - 1, 2**16 - 1, 2**32 - 1


def _numbered(words: tuple[str, ...], limit: int) -> Reader[str]:
    """One of our words for the kernel's numbers; a number without a word is its own decimal word."""

    def read(value: object, path: str) -> str:
        known = isinstance(value, str) and (value in words or _is_decimal(value, limit))
        if not known:
            raise Misfit(path, value, f"one of {', '.join(words)} or a number up to {limit}")
        return str(value)

    return read


def _is_decimal(value: str, limit: int) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= len(str(limit)) and int(value) <= limit


def _kernel_name(value: object, path: str) -> str:
    """The name of a scheduler or of a persistence engine."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise Misfit(path, value, "a name in ASCII")
    return value


def _netmask(value: object, path: str) -> str | int | None:
    if isinstance(value, str) and ":" not in value and canonical_address(value) == value:
        return value
    return nullable(number(0, _U32))(value, path)


_PORT = number(0, _U16)
_TUNNEL = fields(
    {"type": _numbered(TUNNEL_TYPES, _U8), "port": _PORT, "checksum": _numbered(CHECKSUMS, _U16)},
)
REALSERVER = fields(
    {
        "rip": address,
        "port": _PORT,
        "forwarding": _numbered((*FORWARDINGS, "local", "bypass"), _U32),
        "weight": number(0, _U32),
        "upper_threshold": number(0, _U32),
        "lower_threshold": number(0, _U32),
    },
    {"tunnel": nullable(_TUNNEL)},
)
_KEY: dict[str, Reader[t.Any]] = {
    "vip": nullable(address),
    "fwmark": nullable(number(0, _U32)),
    "family": word("ipv4", "ipv6"),
    "protocol": nullable(_numbered(PROTOCOLS, _U16)),
    "port": _PORT,
}


def _is_key(found: Entry) -> bool:
    """An address with a protocol, or a firewall mark without."""
    if found["vip"] is None:
        return found["fwmark"] is not None and found["protocol"] is None
    return found["fwmark"] is None and found["protocol"] is not None and family_of(found["vip"]) == found["family"]


def _is_service(found: Entry) -> bool:
    mask, six = found["persistence_netmask"], found["family"] == "ipv6"
    return (
        _is_key(found)
        and {*found["scheduler_flags"]} <= {*scheduler_flag_names(found["scheduler"])}
        and (mask is None or isinstance(mask, int) == six)
    )


_OWN_KEY = "the key of a service: a VIP of the family with a protocol, or a firewall mark alone"
SERVICE_KEY = agreeing(fields(_KEY), _is_key, _OWN_KEY)
SERVICE = agreeing(
    fields(
        {
            **_KEY,
            "scheduler": _kernel_name,
            "scheduler_flags": listed(_kernel_name),
            "persistence": number(0, _U32),
            "persistence_netmask": _netmask,
            "persistence_engine": nullable(_kernel_name),
            "one_packet": truth,
            "realservers": listed(REALSERVER),
        }
    ),
    _is_service,
    f"a service: {_OWN_KEY}, with flags of its scheduler and a netmask of its family",
)
