# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What default_gateway asks a host: its way to the controller, and whether a gateway answers.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import socket
import typing as t

from .._errors import LvsError
from .._host import links

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host
    from .gateway import Peer

# The kernel asks three times, a second apart, before it gives a neighbour up.
_SECONDS = 5.0
_DISCARD_PORT = 9
_DEAD = {"FAILED", "INCOMPLETE", "NONE"}


def find_way(host: Host, peer: Peer) -> links.Route:
    """How this host's answers go to the controller now."""
    try:
        return links.parse_way(host.run(links.way_question(peer.ip, peer.local)))
    except LvsError as error:
        raise LvsError(
            "connection",
            peer.ip,
            f"is where the controller is, but this host finds no way from {peer.local} to there, so it cannot be shown "
            f"that the controller will not be locked out ({error}). See ip route get {peer.ip} from {peer.local}.",
        ) from error


def knock(gateway: str, dev: str) -> None:
    """Send the gateway something, whatever it answers: the kernel then knows its link address, or gave it up."""
    family = socket.AF_INET6 if ":" in gateway else socket.AF_INET
    target = socket.getaddrinfo(gateway, _DISCARD_PORT, family, socket.SOCK_STREAM)[0][4]
    with socket.socket(family, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, dev.encode())
        probe.settimeout(_SECONDS)
        probe.connect(target)


def require_answer(host: Host, gateway: str, dev: str) -> None:
    """Refuse a gateway that nobody on the network answers for."""
    knock(gateway, dev)
    known = links.neighbours(host.run, "to", gateway, "dev", dev)
    states = {state for neighbour in known for state in neighbour.states}
    if not states - _DEAD:
        raise LvsError(
            "gateway",
            gateway,
            f"does not answer on {dev}: no host there has this address. Use the address of a router that is up.",
        )
