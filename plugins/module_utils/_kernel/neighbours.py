# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the directors that forward to a host by dr are its neighbours, as they must be.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .._host.links import parse_way, way_question
from .._model.address import canonical_address

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .._host.host import Host
    from .._host.links import Interface


def out_of_reach(host: Host, directors: Sequence[str], interfaces: Sequence[Interface]) -> list[LvsError]:
    """The directors whose frames cannot come here; a network may be known by a route alone."""
    return [
        LvsError(
            f"directors[{index}]",
            director,
            "is on no network of this host, and forwarding dr cannot pass a router. Put both on one network, correct "
            f"lvs_dip, or use forwarding tun. See ip addr and ip route get {director}.",
        )
        for index, director in enumerate(map(_parse, directors))
        if not any(interface.is_beside(director) for interface in interfaces) and not _is_routed_on_link(host, director)
    ]


def _parse(text: str) -> str:
    address = canonical_address(text)
    if address is None:
        raise LvsError("directors", text, "is not an IP address. Use one such as 192.168.1.9.")
    return address


def _is_routed_on_link(host: Host, ip: str) -> bool:
    found = host.attempt(way_question(ip))
    return found.rc == 0 and parse_way(found.stdout).connected
