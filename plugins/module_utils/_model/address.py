# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as text: their family, their one spelling, their masks.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import socket

IPV4 = "ipv4"
IPV6 = "ipv6"
FAMILIES = (IPV4, IPV6)
# The length of the prefix that means one address alone.
HOST_PREFIX = {IPV4: 32, IPV6: 128}


def family_of(address: str) -> str:
    """The family of a canonical address."""
    return IPV6 if ":" in address else IPV4


def full_prefix(address: str) -> int:
    """The length of the mask that means this address alone."""
    return HOST_PREFIX[family_of(address)]


def canonical_address(text: str) -> str | None:
    """The one spelling of an address, None when it is none. Brackets around IPv6 are ipvsadm's and welcome."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    if family == socket.AF_INET6 and text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    try:
        return socket.inet_ntop(family, socket.inet_pton(family, text))
    except (OSError, ValueError):
        return None


def address_order(address: str) -> tuple[str, bytes]:
    """A sort key for canonical addresses: IPv4 before IPv6, then by number."""
    family = family_of(address)
    return (family, socket.inet_pton(socket.AF_INET6 if family == IPV6 else socket.AF_INET, address))


def dotted(length: int) -> str:
    """The IPv4 netmask of a prefix length."""
    return socket.inet_ntoa((0xFFFFFFFF >> (32 - length) << (32 - length)).to_bytes(4, "big"))


def endpoint(address: str, port: int) -> str:
    """The address and port as ipvsadm and URLs write them."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
