# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of a Linux host: what must change for a VIP to be there or not. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._model.address import full_prefix
from .links import Address, find_interface

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable, Sequence

    from .links import Interface, Route


@dataclass(frozen=True)
class Step:
    """One address to put on an interface or to take off it."""

    verb: t.Literal["add", "del"]
    address: Address
    interface: str

    @property
    def argv(self) -> tuple[str, ...]:
        """The command that does it."""
        # A VIP lives on several hosts by design, so IPv6 must not test it for duplicates; deprecated, it serves those
        # who ask for it and is never chosen as the source of this host's own connections.
        quiet = ("nodad", "preferred_lft", "0") if self.verb == "add" and ":" in self.address.ip else ()
        return ("ip", "addr", self.verb, str(self.address), "dev", self.interface, *quiet)


def parse_vips(vips: Iterable[str], option: str = "vips") -> list[str]:
    """The canonical addresses of a list of VIPs, each once, in the given order."""
    return list(dict.fromkeys(_parse_vip(vip, f"{option}[{index}]") for index, vip in enumerate(vips)))


def _parse_vip(vip: str, item: str) -> str:
    ip, slash, mask = vip.strip().partition("/")
    address = _parse_ip(ip, vip, item)
    full = full_prefix(str(address))
    if slash and mask != str(full):
        raise LvsError(
            item,
            vip,
            f"has another mask than /{full}. Use {address}/{full}: with a wider mask this host would take the packets "
            "of the whole network for its own (LVS-mini-HOWTO 3.10).",
        )
    return str(address)


def _parse_ip(ip: str, vip: str, item: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        raise LvsError(item, vip, "is not an IP address. Use one such as 192.168.1.110 or 2001:db8::110.") from None
    if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local or "%" in ip:
        raise LvsError(item, vip, "cannot be a virtual IP. Use an address that clients can reach through a router.")
    return address


def choose_interface(vip: str, item: str, routes: Iterable[Route]) -> str:
    """The interface whose connected network holds the VIP; the narrowest network wins, as in the kernel."""
    address = ipaddress.ip_address(vip)
    near = [route for route in routes if route.connected and not (route.is_default or route.is_pin)]
    holding = [(route.network.prefixlen, str(route.dev)) for route in near if address in route.network]
    names = sorted({name for length, name in holding if length == max(holding)[0]})
    if not names:
        raise LvsError(item, vip, "is in no network that this host is connected to. Set interface.")
    if len(names) > 1:
        raise LvsError(item, vip, f"is in the network of {' and '.join(names)} alike. Set interface to one of them.")
    return names[0]


def steps_present(
    vip: str, item: str, name: str, interfaces: Sequence[Interface], ours: bool, leaving: Collection[str] = ()
) -> list[Step]:
    """What makes the VIP an address of this interface, with the full mask.

    ``ours`` says that this collection once put it there, so a wrong mask is drift and may be repaired. It may be on
    the interfaces that it is ``leaving`` as well, and on no other.
    """
    interface = find_interface(name, interfaces)
    for other in interfaces:
        if other.name != name and other.holds(vip) and other.name not in leaving:
            raise _elsewhere(vip, item, other, name)
    held = interface.holds(vip)
    good = [address for address in held if address.is_host and address.usable]
    _require_removable(item, interface, [address for address in held if address.dynamic or not address.is_host], ours)
    add = [] if good else [Step("add", Address(vip, full_prefix(vip)), name)]
    remove = [Step("del", address, name) for address in held if address not in good]
    # IPv4 can have both masks for a moment, so the VIP never goes away; IPv6 has one mask to an address.
    return [*remove, *add] if ":" in vip else [*add, *remove]


def steps_absent(vip: str, item: str, interface: Interface, ours: bool) -> list[Step]:
    """What takes the VIP off this interface."""
    held = interface.holds(vip)
    _require_removable(item, interface, [address for address in held if address.dynamic or not address.is_host], ours)
    return [Step("del", address, interface.name) for address in held]


def _elsewhere(vip: str, item: str, other: Interface, name: str) -> LvsError:
    held = other.holds(vip)[0]
    return LvsError(
        item,
        vip,
        f"is on {other.name} of this host already, as {held}, and cannot be on {name} too. Set interface to "
        f"{other.name}, or remove it there first (ip addr del {held} dev {other.name}).",
    )


def _require_removable(item: str, interface: Interface, doubtful: Iterable[Address], ours: bool) -> None:
    """Touch an address that does not look like a VIP of ours only where nothing else can hang on it."""
    for address in doubtful:
        if address.dynamic or not (interface.is_loopback or (ours and _is_spare(address, interface))):
            raise LvsError(
                item,
                str(address),
                f"is on {interface.name} and was not made by this collection: it may be the host's own address. "
                "Use another VIP, or remove it by hand if it is a left-over "
                f"(ip addr del {address} dev {interface.name}).",
            )


def _is_spare(address: Address, interface: Interface) -> bool:
    """Whether another address keeps the network connected when this one goes."""
    others = [other for other in interface.addresses if other != address and other.network == address.network]
    return bool(others) and (address.secondary or ":" in address.ip)
