# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a realserver's operating system means for the plan: where the VIP goes, what -arp does, who unpacks tunnels.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only names; the commands of each system are the business of the modules.
"""

from __future__ import annotations

import re
import typing as t

LINUX, WINDOWS = "Linux", "Win32NT"


class System(t.NamedTuple):
    """`honours_noarp`: does ifconfig's -arp keep a network interface from answering ARP (HOWTO 3.6)?"""

    loopback: str
    honours_noarp: bool
    decapsulates: bool = False


# By what Ansible calls them in its fact `system`.
SYSTEMS: dict[str, System] = {
    "AIX": System("lo0", True),
    "Darwin": System("lo0", True),
    "FreeBSD": System("lo0", True),
    "HP-UX": System("lo0", False),
    "IRIX": System("lo0", True),
    LINUX: System("lo", False, decapsulates=True),
    "NetBSD": System("lo0", True),
    "OpenBSD": System("lo0", True),
    "SunOS": System("lo0", True),
    WINDOWS: System("lvs", False),  # an adapter of its own, which is on no wire
}

_DEVICE = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,14})(:[A-Za-z0-9_.-]{1,14})?\Z")
# Interfaces of Linux that are on no wire; ARP for their addresses is a matter of arp_ignore alone.
_LINUX_VIRTUAL = re.compile(r"(lo|dummy[0-9]+|tunl0|sit0|ip6tnl0|gre0|ip6gre0)\Z")


def device_of(written: str) -> str | None:
    """The interface of a name as ifconfig takes it, lo:110 being an alias of lo; None when it is none."""
    match = _DEVICE.match(written)
    return match.group(1) if match else None


def keeps_silent(system: str, device: str) -> bool:
    """Can a VIP on this interface be kept from ARP?"""
    if system == LINUX:
        return bool(_LINUX_VIRTUAL.match(device))
    return SYSTEMS[system].honours_noarp or device == SYSTEMS[system].loopback
