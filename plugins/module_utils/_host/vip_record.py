# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which VIPs vip_address put on which interface of this host, so that those which nobody wants any more can go.

Private: this file may change in any release; do not import it from outside the collection.

Written before the first VIP is put there and after the last one is gone, so no VIP is ever there without it. What
brings the VIPs back at boot is in the files of the backends. The record is by the name of the LVS: today there is one.
"""

from __future__ import annotations

import json
import typing as t

from .._model.shapes import address, fields, listed, text
from . import records
from .actions import Action, Remove, Write, apply

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

    from .host import Host
    from .records import Found

RECORD = "/var/lib/lvs/vip_address.json"
LVS = "lvs"

_SHAPE = fields({LVS: listed(fields({"vip": address, "interface": text}))})
_LOST = "those VIPs in it that no file of ours brings back at boot are not taken away any more."


class Placed(t.NamedTuple):
    """A VIP that this collection put on an interface."""

    vip: str
    interface: str

    def __str__(self) -> str:
        return f"{self.vip} dev {self.interface}"


def read(host: Host) -> Found[frozenset[Placed]]:
    """The VIPs of ours."""
    return parse(host.read(RECORD), RECORD)


def parse(content: str | None, path: str) -> Found[frozenset[Placed]]:
    """The record in the content of a file."""
    return records.parse(content, path, _placed, _LOST)


def _placed(value: object, path: str) -> frozenset[Placed]:
    return frozenset(Placed(**one) for one in _SHAPE(value, path)[LVS])


def differs(host: Host, placed: Iterable[Placed]) -> bool:
    """Whether the host remembers something else."""
    return host.read(RECORD) != (render(placed) or None)


def ending(host: Host, placed: Iterable[Placed]) -> list[Action]:
    """What write() will do, to be prepared with all else that a task does: nothing to remember, no file."""
    text = render(placed)
    if not differs(host, placed):
        return []
    return [Write(RECORD, text) if text else Remove(RECORD, and_directory=True)]


def write(host: Host, placed: Iterable[Placed]) -> None:
    """Remember these."""
    apply(host, ending(host, placed))


def render(placed: Iterable[Placed]) -> str:
    """The record as JSON; empty when there is nothing in it."""
    entries = [one._asdict() for one in sorted(placed)]
    return json.dumps({LVS: entries}, indent=2) + "\n" if entries else ""
