# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a program that is missing comes in, in the words of the host's own package manager.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

_UNKNOWN = "Install the package it comes in."
# By the program that tells which package manager the host has. One that knows others' packages comes after theirs.
_INSTALLING = {
    "apk": "apk add",
    "xbps-install": "xbps-install",
    "emerge": "emerge",
    "pacman": "pacman -S",
    "zypper": "zypper install",
    "dnf": "dnf install",
    "yum": "yum install",
    "apt-get": "apt-get install",
}
# What most call it, by the program.
_PACKAGES = {
    **dict.fromkeys(("ip", "ss"), "iproute2"),
    **dict.fromkeys(("modprobe", "rmmod"), "kmod"),
    "nft": "nftables",
    **dict.fromkeys(("iptables", "ip6tables"), "iptables"),
}
_OTHER_NAMES = {
    "dnf": {"iproute2": "iproute"},
    "yum": {"iproute2": "iproute"},
    "emerge": {
        "iproute2": "sys-apps/iproute2",
        "kmod": "sys-apps/kmod",
        "nftables": "net-firewall/nftables",
        "iptables": "net-firewall/iptables",
    },
}


def cure(program: str, which: Callable[[str], str | None]) -> str:
    """How to come by a program. ``which`` says where the host has a program, None when it does not."""
    manager = next((name for name in _INSTALLING if which(name)), None)
    package = _PACKAGES.get(program)
    if manager is None or package is None:
        return _UNKNOWN
    return f"Run: {_INSTALLING[manager]} {_OTHER_NAMES.get(manager, {}).get(package, package)}"
