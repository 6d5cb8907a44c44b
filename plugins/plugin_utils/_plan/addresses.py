# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as people write them in an inventory, with or without the prefix of their network.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ...module_utils._model import parse
from ...module_utils._model.address import HOST_PREFIX, IPV4, IPV6

try:
    from netaddr import INET_PTON, IPAddress, IPNetwork
    from netaddr.core import AddrFormatError

    HAS_NETADDR = True
except ImportError:
    HAS_NETADDR = False

# The widest networks that machines are on: 10.0.0.0/8, and 2002::/16 where 6to4 is still in use.
WIDEST = {IPV4: 8, IPV6: 16}
# RFC 5737: stands for a client somewhere else when the inventory names none.
ELSEWHERE = {IPV4: "192.0.2.1", IPV6: "2001:db8::1"}

_LONGEST = 64  # an IPv6 address with a prefix has at most 49 characters


@dataclass(frozen=True)
class Address:
    """An address of one machine. `network` is None when the user did not say which network it is on."""

    text: str
    family: str
    network: str | None
    prefix: int | None


@functools.cache
def parse_address(text: str) -> Address | None:
    """An address such as 192.168.1.9, 192.168.1.9/24 or 2001:db8::9/64; None when it is none."""
    head, slash, tail = text.partition("/")
    try:
        address = IPAddress(head, flags=INET_PTON) if len(text) <= _LONGEST else None
    except (AddrFormatError, ValueError):
        return None
    if address is None:
        return None
    family = IPV4 if address.version == 4 else IPV6
    prefix = _parse_prefix(tail, HOST_PREFIX[family])
    if slash and prefix is None:
        return None
    # A host's own /32 says nothing about its neighbours, so it is no network.
    network = str(IPNetwork(f"{address}/{prefix}").cidr) if prefix not in (None, HOST_PREFIX[family]) else None
    return Address(str(address), family, network, prefix)


@functools.cache
def number_order(address: Address) -> tuple[str, int]:
    """A sort key: IPv4 before IPv6, then by number."""
    return (address.family, int(IPAddress(address.text)))


def _parse_prefix(text: str, longest: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and text == str(int(text))):
        return None
    return int(text) if int(text) <= longest else None


def too_wide(address: Address) -> bool:
    """Is the prefix that of no network, such as /0? Such a network would hold everybody, and every check would pass."""
    return address.prefix is not None and address.prefix < WIDEST[address.family]


@functools.cache
def unusable(address: Address) -> str:
    """Why no machine can be reached under this address, whatever network it is on; empty when one can."""
    parsed = IPAddress(address.text)
    reasons = (
        (parsed.is_loopback(), "a loopback address"),
        (parsed.is_link_local(), "a link-local address"),
    )
    return parse.unusable(address.text) or next((reason for unfit, reason in reasons if unfit), "")


@functools.cache
def edges(network: str) -> dict[str, str]:
    """The addresses of a network that no single machine can have, and what each of them is.

    The two addresses of a /31 (RFC 3021) and of a /127 (RFC 6164) are those of two machines. In every other network of
    IPv6 all routers have the first one (RFC 4291, 2.6.1), and a director that routes IPv6 is one of them.
    """
    parsed = IPNetwork(network)
    if parsed.size <= 2:
        return {}
    if parsed.version == 6:
        return {str(parsed[0]): "the subnet-router anycast address"}
    return {str(parsed[0]): "the network address", str(parsed[-1]): "the broadcast address"}


@functools.cache
def network_order(network: str) -> tuple[int, int, int]:
    """A sort key: IPv4 before IPv6, then by number, the wider first."""
    parsed = IPNetwork(network)
    return (parsed.version, int(parsed.first), parsed.prefixlen)


@functools.cache
def contains(network: str, address: str) -> bool:
    """Is the address on that network?"""
    return bool(IPAddress(address) in IPNetwork(network))


def on_one_network(one: Address, other: Address) -> bool:
    """Can the two reach each other without a router, as far as their known networks say?"""
    return all(
        contains(network, peer.text) for network, peer in ((one.network, other), (other.network, one)) if network
    )
