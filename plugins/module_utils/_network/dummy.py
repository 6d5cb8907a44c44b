# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dummy devices for VIPs: made where there is none of that name, and taken away with the last VIP of ours. Pure.

Private: this file may change in any release; do not import it from outside the collection.

A device says itself that it is ours, by its alias; a record could outlive it.
"""

from __future__ import annotations

import re
import typing as t

from .._host.links import Interface

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

Words = tuple[str, ...]

_ALIAS = "linuxvirtualserver.lvs"
_NAME = re.compile(r"dummy[0-9]{1,4}")


def is_dummy(name: str) -> bool:
    """Whether a device of this name can only be meant to be a dummy."""
    return _NAME.fullmatch(name) is not None


def to_be_made(name: str) -> Interface:
    """The device as it will be."""
    return Interface(name, frozenset(("NOARP",)), kind="dummy", alias=_ALIAS)


def is_ours(interface: Interface) -> bool:
    return interface.alias == _ALIAS and is_dummy(interface.name)


def missing(interfaces: Iterable[Interface]) -> list[str]:
    """Those of ours that are not there, or down, where an address is nobody's."""
    return list(dict.fromkeys(one.name for one in interfaces if is_ours(one) and not one.is_up))


def spare(interfaces: Iterable[Interface], used: Iterable[str]) -> list[str]:
    """Those of ours that have no address any more, but the one that the kernel gives each interface."""
    names = {*used, *(one.name for one in interfaces for held in one.addresses if not held.ip.startswith("fe80:"))}
    return [one.name for one in interfaces if is_ours(one) and one.name not in names]


def adding(name: str) -> Words:
    """For ip. It fails where the kernel module has brought a device of this name along, which is then as good."""
    return ("link", "add", name, "type", "dummy")


def raising(name: str) -> tuple[Words, ...]:
    """For ip. What makes it ours and of use."""
    return ("link", "set", name, "alias", _ALIAS), ("link", "set", name, "up")


def removing(name: str) -> Words:
    """For ip."""
    return ("link", "delete", name)
