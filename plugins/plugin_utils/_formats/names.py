# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller knows of the names of machines: their addresses.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import socket

from ...module_utils._model.address import canonical_address
from ...module_utils._model.lines import lines_in


def address_of(name: str) -> str | None:
    """The address of a machine as the controller resolves it, IPv4 before IPv6."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    addresses = sorted((family != socket.AF_INET, str(where[0])) for family, _type, _proto, _name, where in found)
    return canonical_address(addresses[0][1]) if addresses else None


def hosts_in(text: str) -> dict[str, str]:
    """The addresses by name in a text of the form of /etc/hosts; the first line that has a name says it."""
    known: dict[str, str] = {}
    for line in lines_in(text):
        words = line.split("#", 1)[0].split()
        address = canonical_address(words[0]) if words else None
        if address is not None:
            for name in words[1:]:
                known.setdefault(name, address)
    return known
