# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clients and directors saw of the same connections, put together.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it works on what the modules client_probe and ipvs_trial returned.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ...module_utils._model.address import endpoint

Data = dict[str, t.Any]

ANSWERED, REFUSED, TIMEOUT, SILENT, STUCK = "answered", "refused", "timeout", "silent", "stuck"
ASTRAY = "astray"  # the answer of a datagram came from another address than the VIP
# Somebody took the connection, whatever became of it.
TAKEN = frozenset((ANSWERED, SILENT, STUCK))


class Connection(t.NamedTuple):
    """One connection: what the client saw of it, and to which realserver a director sent it (None: to nobody)."""

    client: str
    seen: Data
    realserver: str | None

    @property
    def outcome(self) -> str:
        return str(self.seen["outcome"])


class Scene:
    """The work that was to be done, and what everybody saw."""

    def __init__(self, work: Mapping[str, t.Any], observed: Mapping[str, t.Any]) -> None:
        self.work = work
        self._clients: dict[str, Data] = observed["clients"]
        self._directors: dict[str, Data] = observed["directors"]
        self.problems: dict[str, dict[str, str]] = {
            group: {host: one["problem"] for host, one in observed[group].items() if one["problem"]}
            for group in ("clients", "directors", "realservers")
        }
        self._entries = dict(self._read_entries())
        found = [self._connections(index) for index in range(len(work["probes"]))]
        self.services = list(zip(work["services"], found, strict=False))
        self.paths = list(zip(work["paths"], found[len(work["services"]) :], strict=False))

    @property
    def clients(self) -> dict[str, Data]:
        """What each client saw that looked at all."""
        return {host: one["asked"] for host, one in self._clients.items() if one["asked"]}

    @property
    def directors(self) -> dict[str, Data]:
        """What each director saw in the end, if it could be looked at."""
        return {host: one["after"] for host, one in self._directors.items() if one["after"]}

    def _read_entries(self) -> Iterable[tuple[tuple[t.Any, ...], str]]:
        for after in self.directors.values():
            for entry in after["connections"]:
                key = (entry["protocol"], entry["client"], entry["client_port"], entry["address"], entry["port"])
                yield key, endpoint(entry["realserver"], entry["realserver_port"])

    def _connections(self, index: int) -> list[Connection]:
        probe = self.work["probes"][index]
        where = (probe["address"], probe["port"])
        return [
            Connection(host, seen, self._entries.get((probe["protocol"], seen["client"], seen["client_port"], *where)))
            for host, asked in self.clients.items()
            for seen in asked["results"][index]["connections"]
        ]

    def traceable(self, service: Mapping[str, t.Any]) -> bool:
        """Whether directors can say where a connection went: not one-packet ones, and not through another's NAT."""
        return bool(self.directors) and not service["service"]["one_packet"] and not self.translated

    @property
    def translated(self) -> bool:
        """Directors counted connections, and none of them is from an address that a client knows as its own."""
        counted = sum(self.counted(service["table"]) for service, _connections in self.services)
        return not self._entries and counted >= sum(len(found) for _service, found in self.services) > 0

    def host_of(self, service: Mapping[str, t.Any], label: str | None) -> str:
        """The name of a realserver for people."""
        names = {one["label"]: one["host"] for one in service["realservers"]}
        return str(names.get(label or "", label or "an unknown realserver"))

    def table(self, label: str) -> Data | None:
        """A service as the directors have it now; the director that forwards comes first."""
        found = [state for after in self._by_activity() for state in after["states"] if state["service"] == label]
        return found[0] if found else None

    def _by_activity(self) -> list[Data]:
        return sorted(self.directors.values(), key=lambda after: not after["held"])

    def counted(self, label: str) -> int:
        """How many connections the directors counted for a service meanwhile."""
        return sum(
            _grown(self._figure(host, "before", label), self._figure(host, "after", label)) for host in self.directors
        )

    def counted_by_realserver(self, label: str) -> dict[str, int]:
        """The same by realserver."""
        found: dict[str, int] = {}
        for host in self.directors:
            was = self._realservers(host, "before", label)
            for name, one in self._realservers(host, "after", label).items():
                before = was.get(name, {})
                found[name] = found.get(name, 0) + _grown(_connections(before), _connections(one))
        return found

    def busy_before(self, label: str) -> bool:
        """Whether there were open connections of others when we began."""
        return any(
            one["active"] for host in self.directors for one in self._realservers(host, "before", label).values()
        )

    def _figure(self, host: str, when: str, label: str) -> int:
        return _connections(self._service(host, when, label))

    def _realservers(self, host: str, when: str, label: str) -> dict[str, Data]:
        return {one["realserver"]: one for one in self._service(host, when, label).get("realservers", ())}

    def _service(self, host: str, when: str, label: str) -> Data:
        states = (self._directors[host][when] or {}).get("states", ())
        return next((state for state in states if state["service"] == label), {})

    def pool(self, director: str, label: str) -> dict[str, int]:
        """The weights of the realservers of a service, as this director has them now."""
        return {name: one["weight"] for name, one in self._realservers(director, "after", label).items()}

    def is_held(self, vip: str) -> bool:
        """Whether a director has the VIP."""
        return any(vip in after["held"] for after in self.directors.values())

    def owners(self) -> dict[str, tuple[str, str]]:
        """By MAC, whose it is: ("director", host) or ("realserver", host)."""
        found = {}
        for after in self.directors.values():
            for rip, mac in after["neighbours"].items():
                found[mac] = ("realserver", self.work["hosts"].get(rip, rip))
        for host, after in self.directors.items():
            found.update(dict.fromkeys(after["macs"], ("director", host)))
        return found


def _connections(state: Data) -> int:
    """The connections that a service or realserver has had; none where it was not there."""
    return int(state["counters"]["connections"]) if state else 0


def _grown(before: int, after: int) -> int:
    """How much a counter grew. One that is smaller began anew, with the service that was removed and added again."""
    return after - before if after >= before else after
