# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each service does now, by the table of a director: planned and live side by side.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from a scene to entries.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...module_utils._model.claims import SERVICE, thing
from ...module_utils._model.table import Realserver, Service
from .._doctor.realservers import unanswered
from .._doctor.scene import DIRECT, KEEPER, Host, Scene
from .._rules.shown import clipped
from .._verify.spread import promised
from .holders import holders
from .states import DOWN, DRAINED, IDLE, MISSING, OF_SERVICES, SERVES, UNKNOWN, UNPLANNED, UNSERVED, WEIGHT, worst

Entry = dict[str, t.Any]
Looked = Mapping[str, t.Any]

_RATES = {"new": "connections", "bytes_in": "bytes_in", "bytes_out": "bytes_out"}
_NOTHING: Looked = {}


@dataclass(frozen=True)
class Table:
    """What a director has in its kernel, by the labels of the services."""

    host: Host
    services: Mapping[str, Service]
    states: Mapping[str, Looked]
    later: Mapping[str, Looked]
    seconds: float  # between the two looks; 0: there was one
    drained: Mapping[tuple[str, str], Looked]


def read_table(host: Host) -> Table | None:
    """Nothing where it could not be seen. Where ip_vs is not loaded, it is empty."""
    if host.missed("ipvs"):
        return None
    table, later = host.table or {}, host.seen.get("later") or {}
    services = (Service.from_dict(one) for one in table.get("services", ()))
    return Table(
        host,
        {one.key.label: one for one in services},
        {one["service"]: one for one in table.get("states", ())},
        {one["service"]: one for one in later.get("states", ())},
        max(0.0, later["taken"] - table.get("taken", 0)) if later else 0.0,
        {(one["service"], one["realserver"]): one for one in host.all("drained")},
    )


class Services:
    """The services of an LVS. A realserver is called by the name of its host."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._wanted: dict[str, Service] = {}
        self._directors: dict[str, set[str]] = {}  # that are to have a service
        for name, slices in scene.plan["hosts"].items():
            for one in map(Service.from_dict, slices.get("director", {}).get("services", ())):
                self._wanted.setdefault(one.key.label, one)
                self._directors.setdefault(one.key.label, set()).add(name)
        self._tables = [table for host, _role in scene.directors for table in [read_table(host)] if table]
        self._holders = holders(scene)
        self._checked = {
            (one["service"], one["realserver"]) for _host, role in scene.directors for one in role.get("checks", ())
        }
        self._silent = {
            (host.name, check["protocol"], check["port"], check["address"]): listening
            for host, _role, check, listening in unanswered(scene)
        }
        self._names = {
            rip: name
            for name, slices in scene.plan["hosts"].items()
            for rip in slices.get("realserver", {}).get("rips", ())
        }

    def all(self) -> list[Entry]:
        """Those that most need eyes first, then in the order of the plan."""
        found = [self._planned(label, want) for label, want in self._wanted.items()]
        found += [self._unplanned(table, label) for table in self._tables for label in self._strange(table)]
        return sorted(found, key=lambda one: OF_SERVICES.index(one["state"]))

    def _strange(self, table: Table) -> Iterator[str]:
        """What is in the table, not planned, and of no other LVS."""
        foreign = table.host.of_others(self._scene.lvs)
        yield from (
            label for label in table.services if label not in self._wanted and thing(SERVICE, label) not in foreign
        )

    def _speaker(self, label: str, vip: str | None) -> Table | None:
        """Whose table counts: that of the director that holds the VIP, or of the first one that is to have it."""
        holding = self._holders.get(vip or "", ())
        asked = [table for table in self._tables if table.host.name in self._directors[label]]
        mine = [table for table in asked if table.host.name in holding]
        return next(iter([*mine, *asked]), None)

    def _planned(self, label: str, want: Service) -> Entry:
        table = self._speaker(label, want.key.vip)
        have = table.services.get(label) if table else None
        pool = {one.key: one for one in (*(have.realservers if have else ()), *want.realservers)}
        live = {one.key: one for one in have.realservers} if have else {}
        wanted = {one.key: one for one in want.realservers}
        weights = {key.label: one.weight for key, one in live.items()}
        shares = promised(want.scheduler, weights)
        counted = _Counted(table, label)
        rows = [
            {
                "host": self._name(one),
                "realserver": key.label,
                "forwarding": one.forwarding,
                **self._state(want, wanted.get(key), live.get(key), table),
                "weight": {"wanted": _weight(wanted.get(key)), "live": _weight(live.get(key))},
                **counted.of(key.label),
                "promised": shares.get(key.label),
            }
            for key, one in sorted(pool.items(), key=lambda item: item[0].order())
        ]
        return self._entry(label, want, table, rows, counted)

    def _unplanned(self, table: Table, label: str) -> Entry:
        have, counted = table.services[label], _Counted(table, label)
        rows = [
            {
                "host": self._name(one),
                "realserver": one.key.label,
                "forwarding": one.forwarding,
                **_said(UNPLANNED),
                "weight": {"wanted": None, "live": one.weight},
                **counted.of(one.key.label),
                "promised": None,
            }
            for one in have.realservers
        ]
        return self._entry(label, have, table, rows, counted, UNPLANNED)

    def _entry(
        self, label: str, service: Service, table: Table | None, rows: list[Entry], counted: _Counted, state: str = ""
    ) -> Entry:
        states = [row["state"] for row in rows]
        unserved = not {SERVES, WEIGHT, UNKNOWN}.intersection(states) and not state
        return {
            "name": clipped(self._scene.plan["names"].get(label, label)),
            "service": clipped(label),
            "scheduler": clipped(service.scheduler),
            "director": table.host.name if table else None,
            "state": state or (UNSERVED if unserved else worst(states)),
            "realservers": sorted(rows, key=lambda row: OF_SERVICES.index(row["state"])),
            **counted.rates(counted.total, counted.later_total),
        }

    def _name(self, one: Realserver) -> str:
        return clipped(self._names.get(one.rip, one.key.label))

    def _state(self, service: Service, want: Realserver | None, have: Realserver | None, table: Table | None) -> Entry:
        """What a realserver does in a service, why, and by whom it is so since when, as far as that is known."""
        if table is None:
            return _said(UNKNOWN, "no director showed its table")
        if want is None:
            return _said(UNPLANNED)
        kept = table.host.is_kept(self._scene.lvs)
        others = ", ".join(clipped(one) for one in table.host.owners if one != KEEPER or kept or not table.host.kept)
        if have is None and kept and (service.key.label, want.key.label) in self._checked:
            return _said(DOWN, "its check fails")
        if have is None:
            loaded = table.host.table is not None
            return _said(DOWN, f"{others} took it out") if others else _said(MISSING, "" if loaded else "no ip_vs")
        drained = table.drained.get((service.key.label, have.key.label))
        if drained and not have.weight:
            return _said(DRAINED, by=drained.get("by", ""), since=drained.get("since", 0))
        if have.weight != want.weight:
            return _said(DOWN, f"{others} gave it weight 0") if others and not have.weight else _said(WEIGHT)
        if not have.weight:
            return _said(IDLE)
        why = self._cannot_serve(service, have)
        return _said(DOWN, why) if why else _said(SERVES, self._not_vouched(have))

    def _cannot_serve(self, service: Service, one: Realserver) -> str:
        """Why the realserver cannot answer what it gets, by its own evidence."""
        host = self._scene.hosts.get(self._names.get(one.rip, ""))
        if host is None:
            return ""
        vip = service.key.vip if one.forwarding in DIRECT else None
        if vip and host.seen.get("interfaces") is not None and not host.holding(vip):
            return f"it has no {vip}"
        port = one.port or service.key.port
        silent = (host.name, service.key.protocol, port, vip or one.rip) in self._silent
        return f"nothing listens on {vip or one.rip} port {port}" if silent else ""

    def _not_vouched(self, one: Realserver) -> str:
        return "" if self._names.get(one.rip) in self._scene.hosts else "not seen itself"


def _said(state: str, why: str = "", by: str = "", since: int = 0) -> Entry:
    return {"state": state, "why": why, "by": clipped(by), "since": since}


def _weight(one: Realserver | None) -> int | None:
    return one.weight if one else None


class _Counted:
    """The figures of one service: what there is, and how fast it comes."""

    def __init__(self, table: Table | None, label: str) -> None:
        state = table.states.get(label, _NOTHING) if table else _NOTHING
        later = table.later.get(label, _NOTHING) if table else _NOTHING
        self._seconds = table.seconds if table and later else 0.0
        self._now = {one["realserver"]: one for one in state.get("realservers", ())}
        self._later = {one["realserver"]: one for one in later.get("realservers", ())}
        self.total: Looked = state.get("counters", _NOTHING)
        self.later_total: Looked = later.get("counters", _NOTHING)
        self._came = sum(map(self._coming, self._now))

    def of(self, realserver: str) -> Entry:
        """The connections of a realserver, its rates and its share of what came."""
        now = self._now.get(realserver, _NOTHING)
        later = self._later.get(realserver, _NOTHING)
        latest = later or now
        return {
            **{name: latest.get(name, 0) for name in ("active", "inactive", "persistent")},
            **self.rates(now.get("counters", _NOTHING), later.get("counters", _NOTHING)),
            "share": self._coming(realserver) / self._came if self._came else None,
        }

    def _coming(self, realserver: str) -> int:
        """The connections that came to it: between two looks, or since the service was made."""
        now, later = (_connections(found, realserver) for found in (self._now, self._later))
        return max(0, later - now) if self._seconds else now

    def rates(self, now: Looked, later: Looked) -> Entry:
        """New connections and bytes a second: by two looks, or what the kernel itself says."""
        if self._seconds and later:
            return {
                name: max(0, later.get(counter, 0) - now.get(counter, 0)) / self._seconds
                for name, counter in _RATES.items()
            }
        return {name: float(now.get(f"{counter}_per_second", 0)) for name, counter in _RATES.items()}


def _connections(found: Mapping[str, Looked], realserver: str) -> int:
    return int(found.get(realserver, _NOTHING).get("counters", _NOTHING).get("connections", 0))


def connections(services: Iterable[Looked]) -> int:
    """All connections that a table remembers."""
    return sum(row["active"] + row["inactive"] for one in services for row in one["realservers"])
