# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of directors that share their VIPs by keepalived: whether they hear each other, and could take over.

Private: this file may change in any release; do not import it from outside the collection.
Pure: one small function a fault, each from a scene to what it found.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ...module_utils._model.claims import NAME
from ...module_utils._model.table import Service
from .._plan.failover import planned_threads, show_threads, threads_of
from .scene import Found, Host, Scene

Entry = Mapping[str, t.Any]

_ENOUGH = 0.95  # of the connections
_FEW = 20  # connections; of fewer, each comes and goes while one looks
_SEARCH = 0.5  # seconds; what a busy director's advert may be late


class Part(t.NamedTuple):
    """A director and its part in the failover of its set."""

    host: Host
    vrrp: Entry
    services: frozenset[str]  # the labels of those planned

    @property
    def serves(self) -> bool:
        held = self.host.holding(self.vrrp["addresses"][0])
        return any(interface["speaks_arp"] for interface, _address in held)

    @property
    def is_active(self) -> bool:
        return bool((self.host.seen.get("keepalived") or {}).get("active"))

    def hears(self, other: Part) -> bool | None:
        """Whether adverts of the other one arrive; None where nobody listened."""
        if self.host.seen.get("adverts") is None:
            return None
        return (other.vrrp["address"], self.vrrp["router_id"]) in _heard(self.host)


def _heard(host: Host) -> set[tuple[str, int]]:
    return {(one["source"], one["router_id"]) for one in host.all("adverts")}


def vrrp_of(role: Entry) -> Entry | None:
    """What keepalived does on a director, by the plan."""
    failover: Entry = role.get("failover") or {}
    return failover if failover.get("by") == "vrrp" else None


def listening_time(role: Entry) -> float | None:
    """For how long to listen for adverts on this director."""
    vrrp = vrrp_of(role)
    return None if vrrp is None else 1.5 * float(vrrp["interval"]) + _SEARCH


def _parts(scene: Scene) -> list[Part]:
    found = [(host, vrrp_of(role), role["services"]) for host, role in scene.directors]
    return [
        Part(host, vrrp, frozenset(Service.from_dict(one).key.label for one in services))
        for host, vrrp, services in found
        if vrrp is not None
    ]


def _peers(parts: list[Part], one: Part) -> list[Part]:
    return [other for other in parts if other.host is not one.host and other.host.name in one.vrrp["directors"]]


def deaf(scene: Scene) -> dict[str, list[str]]:
    """The directors that do not hear one that serves, and whom."""
    parts = _parts(scene)
    found = {
        one.host.name: [
            other.host.name
            for other in _peers(parts, one)
            if one.is_active and other.is_active and other.serves and one.hears(other) is False
        ]
        for one in parts
    }
    return {name: others for name, others in found.items() if others}


def vrrp_not_heard(scene: Scene) -> Iterator[Found]:
    for name, others in deaf(scene).items():
        heard = sorted(_heard(scene.hosts[name]))
        shown = ", ".join(f"router_id {number} from {source}" for source, number in heard) or "nothing"
        yield Found("vrrp-not-heard", name, {"others": " and ".join(others)}, (f"adverts that arrive: {shown}",))


def vrrp_stranger(scene: Scene) -> Iterator[Found]:
    """Somebody else's adverts with our number: keepalived of neither side makes sense of them."""
    for one in _parts(scene):
        known = {one.vrrp["address"], *one.vrrp["peers"], *(part.vrrp["address"] for part in _parts(scene))}
        for source, number in sorted(_heard(one.host)):
            if number == one.vrrp["router_id"] and source not in known:
                words = {"source": source, "router_id": number}
                yield Found("vrrp-stranger", one.host.name, words, (f"an advert of {source} arrives",))


def failover_unfit(scene: Scene) -> Iterator[Found]:
    """It could not take over, or not with the connections."""
    for one in _parts(scene):
        if not one.host.missed("keepalived") and not one.is_active:
            yield Found("failover-unfit", one.host.name, {"what": "keepalived does not run"}, ("it is not active",))
        elif one.vrrp["sync"] and one.host.table is not None and not one.host.missed("interfaces"):
            wanted, found = planned_threads(one.vrrp["sync"]), threads_of(one.host.table.get("daemons", ()))
            if wanted != found:
                words = {"what": "connections are not synchronised as planned"}
                shown = (f"planned: {show_threads(wanted)}", f"found: {show_threads(found)}")
                yield Found("failover-unfit", one.host.name, words, shown)


def sync_behind(scene: Scene) -> Iterator[Found]:
    """Fewer connections than the one that serves has: those it does not know would break."""
    parts = _parts(scene)
    for one in parts:
        for other in _peers(parts, one) if one.vrrp["sync"] and not one.serves else ():
            established, known = _connections(other, "active"), _connections(one, "active", "inactive")
            if other.serves and established >= _FEW and known < _ENOUGH * established:
                words = {"known": known, "established": established, "serving": other.host.name}
                yield Found("sync-behind", one.host.name, words, (f"{known} here, {established} there",))


def _connections(part: Part, *kinds: str) -> int:
    """Those of this LVS: another one of these directors may have the director that serves the other way round."""
    states = [one for one in (part.host.table or {}).get("states", []) if one["service"] in part.services]
    return sum(one[kind] for state in states for one in state["realservers"] for kind in kinds)


def director_drained(scene: Scene) -> Iterator[Found]:
    for one in _parts(scene):
        path = (one.host.seen.get("keepalived") or {}).get("switched", {}).get(scene.plan.get("lvs_name", NAME))
        if path:
            yield Found("director-drained", one.host.name, {"switch": path}, (f"{path} is not 0",))


def keepalived_old_file(scene: Scene) -> Iterator[Found]:
    for one in _parts(scene):
        unread = (one.host.seen.get("keepalived") or {}).get("unread", [])
        if unread:
            shown = tuple(f"{path} is newer than the last start or reload" for path in unread)
            yield Found("keepalived-old-file", one.host.name, {}, shown)
