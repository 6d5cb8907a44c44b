# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a realserver that nobody logs in to answers, and through whom: asked with a connection from the director.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import socket
import typing as t

from .._errors import LvsError

OPEN, REFUSED, SILENT, NO_SOURCE = "open", "refused", "silent", "no source"


def knock(address: str, port: int, source: str | None, seconds: float) -> str:
    """What becomes of a connection: a refusal is an answer, too."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.settimeout(seconds)
        try:
            if source is not None:
                probe.bind((source, 0))
        except OSError:
            return NO_SOURCE
        try:
            probe.connect((address, port))
        except ConnectionRefusedError:
            return REFUSED
        except OSError:
            return SILENT
    return OPEN


class Realserver(t.NamedTuple):
    """One to ask. `source` is an address of the director on another network, so that the answer needs the gateway."""

    name: str
    address: str
    port: int
    source: str | None = None
    gateway: str | None = None


def require_answer(one: Realserver, seconds: float) -> dict[str, t.Any]:
    """What is known of its gateway once it has answered: that it is the director, or nothing."""
    near = knock(one.address, one.port, None, seconds)
    if near != OPEN:
        what = "refuses connections" if near == REFUSED else "does not answer"
        raise LvsError(
            one.name,
            f"{one.address} port {one.port}",
            f"{what} when this director asks. See whether it is up and its service listens on {one.address}.",
        )
    far = NO_SOURCE if one.source is None else knock(one.address, one.port, one.source, seconds)
    if far == SILENT:
        raise LvsError(
            one.name,
            f"{one.address} port {one.port}",
            f"answers this director's own address but not {one.source}, so its packets for clients go by another "
            f"gateway. Set its default gateway to {one.gateway or 'the director'} (LVS-mini-HOWTO 3.11).",
        )
    return {
        "name": one.name,
        "address": one.address,
        "port": one.port,
        "gateway_is_right": far in (OPEN, REFUSED) or None,
    }
