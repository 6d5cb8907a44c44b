# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a backend that keeps VIPs over a reboot must be able to do.

Private: this file may change in any release; do not import it from outside the collection.

A backend is one class in one file. It only spells: which file holds the VIPs of an interface, what is in it, and what
makes a change of it count. Which VIPs that are, and when, is decided in _vip_plan. Its file is also the record of what
is ours. To add one, write the class and name it in _vip_backends.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._actions import Action
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._addresses import Interface

HEADER = """\
# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.
# To undo it, run the same task with state: absent."""


class Backend(t.Protocol):
    """One way in which a host sets up its network."""

    name: str

    def owns(self, interface: Interface) -> bool:
        """Whether this is what sets up the interface on this host."""

    def path(self, interface: Interface) -> str:
        """The file of ours that holds the interface's VIPs; LvsError when it can hold none."""

    def found(self) -> list[Found]:
        """All files of ours that are there."""

    def render(self, interface: Interface, vips: Sequence[str]) -> str:
        """The file for these VIPs."""

    def is_active(self, path: str) -> bool:
        """Whether the file, being there, counts at boot as far as one can tell."""

    def store(self, path: str, text: str) -> list[Action]:
        """Put the file there and see to it that it counts at boot. The VIPs are live already."""

    def drop(self, path: str) -> list[Action]:
        """Remove the file."""

    def forget(self) -> list[Action]:
        """Make what runs now forget VIPs that its file no longer has, so that it does not put them back."""


@dataclass(frozen=True)
class Found:
    """A file of ours on the host: whose it is, the interface it is for and the VIPs in it."""

    backend: Backend
    path: str
    interface: str
    vips: frozenset[str]
    text: str
