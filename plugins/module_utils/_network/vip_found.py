# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of ours that hold VIPs, as they are on a host. What they must say is in vip_files.py.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .backend import Backend, recorded

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

    from .._host.host import Host

PART = "vip"


@dataclass(frozen=True)
class Found:
    """A file of ours on the host: whose it is, the interface it is for and the VIPs in it."""

    backend: Backend
    path: str
    interface: str
    vips: frozenset[str]
    text: str


def find_files(host: Host, backends: Iterable[Backend]) -> list[Found]:
    """Every file of ours."""
    return [_read(host, backend, path) for backend in backends for path in backend.paths(PART)]


def _read(host: Host, backend: Backend, path: str) -> Found:
    text = host.read(path) or ""
    interface = next(iter(recorded(text, "Interface")), "")
    return Found(backend, path, interface, frozenset(recorded(text, "VIP")), text)
