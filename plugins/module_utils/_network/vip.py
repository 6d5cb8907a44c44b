# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must happen on a host for its VIPs to be there, now and at boot, or gone from both. Changes nothing.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass, replace

from .._host.addresses import (
    Step,
    choose_interface,
    steps_absent,
    steps_present,
)
from .._host.links import Address, Interface, Route, find_interface
from .._host.vip_record import Placed
from .._kernel.arp import SYSCTL
from .vip_files import wish
from .vip_found import PART, Found

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
    record: frozenset[Placed] = frozenset()
    foreign: frozenset[Placed] = frozenset()  # what of it other LVS ask for
    lasting: frozenset[Placed] = frozenset()  # and of that, what they want back at every boot

    @functools.cached_property
    def ours(self) -> frozenset[Placed]:
        """What this collection put on this host: by the record, and by our files should that be lost."""
        return self.record | {Placed(vip, file.interface) for file in self.files for vip in file.vips}

    def places_of(self, vip: str) -> set[str]:
        """The interfaces that this collection put the VIP on."""
        return self._places.get(vip, set())

    @functools.cached_property
    def _places(self) -> dict[str, set[str]]:
        places: dict[str, set[str]] = {}
        for one in self.ours:
            places.setdefault(one.vip, set()).add(one.interface)
        return places


@dataclass(frozen=True)
class Place:
    """A file of ours as it has to be: no VIPs, no file."""

    backend: Backend
    interface: Interface
    path: str
    vips: frozenset[str]


def place_vips(vips: Sequence[str], interfaces: Mapping[str, str | None], state: State) -> dict[str, Interface]:
    """The interface each VIP belongs on: the named one, or that of its network."""
    return {
        vip: find_interface(interfaces[vip] or choose_interface(vip, f"vips[{index}]", state.routes), state.interfaces)
        for index, vip in enumerate(vips)
    }


def left_over(places: Mapping[str, Interface], state: State) -> frozenset[Placed]:
    """What is ours and not where these VIPs belong: other VIPs, and theirs on interfaces that they were on before."""
    return state.ours - state.foreign - {Placed(vip, interface.name) for vip, interface in places.items()}


def recorded_within(interface: str | None, keep: Iterable[str], state: State) -> frozenset[Placed]:
    """What is ours on the interface (None: on any), but for the VIPs to keep."""
    kept = set(keep)
    mine = state.ours - state.foreign
    return frozenset(one for one in mine if interface in (None, one.interface) and one.vip not in kept)


def named_within(vips: Iterable[str], interface: str | None, state: State) -> frozenset[Placed]:
    """These VIPs on the interface (None: on any), now or at boot, whoever put them there but another LVS."""
    wanted = set(vips)
    live = {Placed(held.ip, place.name) for place in state.interfaces for held in place.addresses}
    return frozenset(
        one
        for one in (live | state.ours) - state.foreign
        if one.vip in wanted and one.interface == (interface or one.interface)
    )


def live_present(places: Mapping[str, Interface], state: State) -> list[Step]:
    """The addresses to change now so that each VIP is on its interface."""
    return [
        step
        for index, (vip, interface) in enumerate(places.items())
        for ours in [state.places_of(vip)]
        for step in steps_present(vip, f"vips[{index}]", interface.name, state.interfaces, bool(ours), ours)
    ]


def live_absent(going: Iterable[Placed], state: State, vips: Sequence[str] = ()) -> list[Step]:
    """The addresses to remove now; ``vips`` as the user lists them."""
    known = {place.name: place for place in state.interfaces}
    rank = {vip: index for index, vip in enumerate(vips)}
    return [
        step
        for one in sorted(going, key=lambda one: (rank.get(one.vip, -1), one))
        for item in [f"vips[{rank[one.vip]}]" if one.vip in rank else "vips"]
        if one.interface in known
        for step in steps_absent(one.vip, item, known[one.interface], bool(state.places_of(one.vip)))
    ]


def files_present(places: Mapping[str, Interface], backends: Mapping[str, Backend]) -> list[Place]:
    """What our files must hold for these VIPs; ``backends`` names the one of each interface, none to keep nothing."""
    wanted: dict[str, Place] = {}
    for vip, interface in places.items():
        if interface.name in backends:
            backend = backends[interface.name]
            path = backend.path(PART, interface.name)
            known = wanted.get(path, Place(backend, interface, path, frozenset()))
            wanted[path] = replace(known, vips=known.vips | {vip})
    return list(wanted.values())


def merge(wanted: Iterable[Place], going: Iterable[Placed], state: State) -> list[Place]:
    """The files of ours that must change: what else they hold stays in them, and what is going is in none."""
    merged = {place.path: place for place in wanted}
    # A VIP that another file of ours brings to the same interface leaves this one.
    moved = {Placed(vip, place.interface.name) for place in merged.values() for vip in place.vips}
    known = {place.name: place for place in state.interfaces}
    for file in state.files:
        left = file.vips - {one.vip for one in moved.union(going) if one.interface == file.interface}
        if file.path in merged:
            merged[file.path] = replace(merged[file.path], vips=merged[file.path].vips | left)
        elif left != file.vips or not file.vips:  # one that lost what was in it serves nobody
            place = known.get(file.interface, Interface(file.interface))
            merged[file.path] = Place(file.backend, place, file.path, left)
    # A file that a VIP comes to is there before the one that it leaves goes, and is forgotten.
    return [merged[path] for path in sorted(merged, key=lambda path: (not merged[path].vips, path))]


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
    touched: dict[str, dict[Address, str]] = {}  # by interface, what the last step did to each address
    for step in steps:
        last = touched.setdefault(step.interface, {})
        last.pop(step.address, None)
        last[step.address] = step.verb
    return tuple(_after(interface, touched.get(interface.name, {})) for interface in interfaces)


def _after(interface: Interface, last: Mapping[Address, str]) -> Interface:
    others = (address for address in interface.addresses if address not in last)
    return replace(interface, addresses=(*others, *(address for address, verb in last.items() if verb == "add")))


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
