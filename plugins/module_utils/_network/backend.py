# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a backend that keeps VIPs and gateways over a reboot must be able to do, and what it is told.

Private: this file may change in any release; do not import it from outside the collection.

A backend is one class in one file. It only spells: which file of ours serves an interface, what is in it, and what
makes a change of it count. Which VIPs or routes that are is decided in vip.py and gateway.py. The file is also the
record of what is ours. To add a backend, write the class and name it in _backends.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._errors import LvsError

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection

    from .._host.actions import Action


@dataclass(frozen=True)
class Wish:
    """What one file of ours has to bring about on one interface, in the words of each kind of backend."""

    part: str  # what tells our files for the interface apart
    module: str  # the one that writes it
    title: str
    interface: str
    record: tuple[str, ...]  # what recorded() finds again
    commands: tuple[tuple[str, ...], ...]  # arguments of ip; the first that fails ends it
    sections: tuple[str, ...]  # of a .network file
    order: tuple[str, ...]  # what a unit says in [Unit]
    guards: tuple[tuple[str, str], ...] = ()  # pattern and file: what must hold, or nothing is done
    addresses: tuple[str, ...] = ()
    clearing: tuple[tuple[str, ...], ...] = ()  # arguments of ip, before the commands; they may fail

    @property
    def header(self) -> str:
        """The comment that all our files begin with."""
        lines = (
            f"Written by linuxvirtualserver.lvs.{self.module}; the next run puts back what is changed here.",
            "To undo it, run the same task with state: absent.",
            f"Interface: {self.interface}",
            *self.record,
        )
        return "\n".join(f"# {line}" for line in lines)


class Backend(t.Protocol):
    """One way in which a host sets up its network.

    ``part`` tells our files for one interface apart: vip, gateway-ipv4 or gateway-ipv6.
    """

    name: str

    def owns(self, interface: str) -> bool:
        """Whether this is what sets up the interface on this host."""

    def path(self, part: str, interface: str) -> str:
        """The file of ours for the interface; LvsError when there can be none."""

    def paths(self, part: str) -> list[str]:
        """All files of ours that are there."""

    def render(self, wish: Wish) -> str:
        """The text of the file."""

    def is_active(self, path: str) -> bool:
        """Whether the file, being there, counts at boot as far as one can tell."""

    def store(self, path: str, text: str) -> list[Action]:
        """Put the file there and see to it that it counts at boot. What it says is live already."""

    def drop(self, path: str) -> list[Action]:
        """Remove the file. What it says is gone from the running host already."""

    def forget(self) -> list[Action]:
        """Make what runs now forget what its file no longer says, so that it does not put that back."""


def recorded(text: str, key: str) -> list[str]:
    """What the header of a file of ours says of a key."""
    return re.findall(rf"^# {key}: (.+)$", text, re.MULTILINE)


def require_owner(name: str, interface: str, owned: Collection[str]) -> None:
    """Refuse a backend that was asked for by name and has no hold of the interface."""
    if interface not in owned:
        raise LvsError("backend", name, f"does not set up {interface} on this host. Use backend auto or unit.")
