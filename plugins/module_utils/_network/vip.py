# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must happen on a host for its VIPs to be there, now and at boot, or gone from both. Changes nothing.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._host.addresses import (
    Interface,
    Route,
    Step,
    choose_interface,
    find_interface,
    steps_absent,
    steps_present,
)
from .._kernel.arp import SYSCTL
from .vip_files import PART, Found, wish

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping, Sequence

    from .._host.actions import Action
    from .backend import Backend


@dataclass(frozen=True)
class State:
    """What is on the host: its interfaces and connected networks, our files, and how it hides VIPs, if it does."""

    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    files: tuple[Found, ...]
    hidden_by: str | None = SYSCTL
    table: bool = False  # whether a table is restored at boot

    def is_ours(self, vip: str) -> bool:
        """Whether this collection once put the VIP on this host."""
        return any(vip in file.vips for file in self.files)


@dataclass(frozen=True)
class Place:
    """A file of ours as it has to be: no VIPs, no file."""

    backend: Backend
    interface: Interface
    path: str
    vips: frozenset[str]


def place_vips(vips: Sequence[str], interface: str | None, state: State) -> dict[str, Interface]:
    """The interface each VIP belongs on."""
    return {
        vip: find_interface(interface or choose_interface(vip, f"vips[{index}]", state.routes), state.interfaces)
        for index, vip in enumerate(vips)
    }


def live_present(places: Mapping[str, Interface], state: State) -> list[Step]:
    """The addresses to change now so that each VIP is on its interface."""
    return [
        step
        for index, (vip, interface) in enumerate(places.items())
        for step in steps_present(vip, f"vips[{index}]", interface.name, state.interfaces, state.is_ours(vip))
    ]


def live_absent(vips: Sequence[str], interface: str | None, state: State) -> list[Step]:
    """The addresses to remove now so that no VIP is left on the interface (None: on any)."""
    searched = [place for place in state.interfaces if interface in (None, place.name)]
    return [
        step
        for index, vip in enumerate(vips)
        for place in searched
        for step in steps_absent(vip, f"vips[{index}]", place, state.is_ours(vip))
    ]


def files_present(places: Mapping[str, Interface], backends: Mapping[str, Backend], state: State) -> list[Place]:
    """The files of ours that must change; ``backends`` names the one of each interface, none to keep nothing."""
    wanted: dict[str, Place] = {}
    for vip, interface in places.items():
        if interface.name in backends:
            backend = backends[interface.name]
            path = backend.path(PART, interface.name)
            known = wanted.get(path, Place(backend, interface, path, frozenset()))
            wanted[path] = replace(known, vips=known.vips | {vip})
    return _merge(wanted, frozenset(places), None, state)


def files_absent(vips: Iterable[str], interface: str | None, state: State) -> list[Place]:
    """The files of ours that must change for these VIPs to be in none of them (that is for the interface)."""
    return _merge({}, frozenset(vips), interface, state)


def _merge(wanted: dict[str, Place], vips: frozenset[str], interface: str | None, state: State) -> list[Place]:
    """Add what else our files hold, and take the VIPs out of the files they are no longer wanted in."""
    merged = dict(wanted)
    known = {place.name: place for place in state.interfaces}
    for file in state.files:
        ours = vips if interface in (None, file.interface) else frozenset()
        if file.path in wanted:
            merged[file.path] = replace(wanted[file.path], vips=wanted[file.path].vips | (file.vips - ours))
        elif file.vips & ours or not file.vips:  # one that lost what was in it serves nobody
            place = known.get(file.interface, Interface(file.interface))
            merged[file.path] = Place(file.backend, place, file.path, file.vips - ours)
    return [merged[path] for path in sorted(merged)]


def actions(place: Place, state: State) -> list[Action]:
    """What brings a file to what it has to be; nothing when it is that and counts."""
    backend, path = place.backend, place.path
    found = next((file for file in state.files if file.path == path), None)
    gone = backend.forget() if found and found.vips - place.vips else []
    if not place.vips:
        return [*backend.drop(path), *gone]
    text = backend.render(wish(place.interface, sorted(place.vips), state.hidden_by, state.table))
    if found and found.text == text and backend.is_active(path):
        return []
    return [*backend.store(path, text), *gone]


def after_steps(interfaces: Iterable[Interface], steps: Iterable[Step]) -> tuple[Interface, ...]:
    """The interfaces as they are when the steps are done."""
    done = {interface.name: interface for interface in interfaces}
    for step in steps:
        interface = done[step.interface]
        others = tuple(address for address in interface.addresses if address != step.address)
        added = (step.address,) if step.verb == "add" else ()
        done[step.interface] = replace(interface, addresses=(*others, *added))
    return tuple(done.values())


def view(vips: Iterable[str], interfaces: Iterable[Interface], files: Mapping[str, Iterable[str]]) -> dict[str, t.Any]:
    """Where these VIPs are, and which files of ours bring which of them back at boot."""
    wanted = set(vips)
    kept = {path: sorted(wanted.intersection(held)) for path, held in files.items()}
    return {
        "addresses": sorted(
            f"{address} dev {interface.name}"
            for interface in interfaces
            for address in interface.addresses
            if address.ip in wanted
        ),
        "persistent": {path: held for path, held in sorted(kept.items()) if held},
    }
