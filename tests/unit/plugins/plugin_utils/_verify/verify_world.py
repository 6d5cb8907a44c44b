# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world in which an LVS is looked at: what client and director would say when each realserver behaves so."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass, field

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import endpoint
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.verdict import verdict
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.work import Wishes, make_work
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service

Data = dict[str, t.Any]

CIP = "192.168.1.254"
VIP = "192.168.1.110"
MACS = {"director": "02:00:00:00:00:09", "192.168.1.11": "02:00:00:00:00:11", "192.168.1.12": "02:00:00:00:00:12"}


@dataclass
class World:
    """All is well unless said otherwise."""

    services: list[Data] = field(default_factory=lambda: [service()])
    wishes: Wishes = field(default_factory=Wishes)
    inventory: Data = field(default_factory=dict)
    clients: list[str] = field(default_factory=lambda: ["client"])
    # What a realserver does with a connection to a service (path: the temporary one), by host or (host, title).
    does: dict[str | tuple[str, str], str] = field(default_factory=dict)
    # Where the director sends the connections of a service, by title, when not to each realserver in turn.
    sends: dict[str, list[str]] = field(default_factory=dict)
    # The director's weights, when not those of the plan; None for a service that it does not have.
    weights: dict[str, dict[str, int] | None] = field(default_factory=dict)
    pools: dict[str, list[str]] = field(default_factory=dict)  # the director's realservers, when not all of the plan
    seen: Data = field(default_factory=dict)  # of every connection that is answered
    held: bool = True
    others_there: list[str] = field(default_factory=list)  # LVS
    remembered: bool = True  # whether the director's connection table has the connections
    others: int = 0  # connections of others meanwhile
    closing: int = 0  # connections that every realserver has still on its books
    busy: int = 0  # open connections of others at the beginning
    neighbour: Data = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.work = make_work(plan(*self.services, **self.inventory), self.clients, self.wishes)
        self._ports = itertools.count(40000)
        self._entries: list[Data] = []

    def verdict(self, slow: float = 2.0) -> Data:
        return verdict(self.work, self.observed(), slow)

    def observed(self) -> Data:
        asked = {client: self._asked() for client in self.clients}
        return {
            "clients": {
                client: {"asked": None if client in self.problems else one, "problem": self.problems.get(client, "")}
                for client, one in asked.items()
            },
            "directors": {"director": self._director()},
            "realservers": {host: {"problem": self.problems.get(host, "")} for host in self.work["listen"]},
        }

    def _asked(self) -> Data:
        results = [self._service(one) for one in self.work["services"]] + [
            self._path(one) for one in self.work["paths"]
        ]
        known = {"address": VIP, "mac": MACS["director"], "answering": [MACS["director"]], "problem": ""}
        return {"results": [{"connections": one} for one in results], "neighbours": [{**known, **self.neighbour}]}

    def _table(self, one: Data) -> dict[str, int]:
        """The director's weights by label; empty when it has no such service."""
        weights = self.weights.get(one["title"], {})
        if weights is None:
            return {}
        pool = self.pools.get(one["title"], [member["host"] for member in one["realservers"]])
        members = [member for member in one["realservers"] if member["host"] in pool]
        return {member["label"]: weights.get(member["host"], member["weight"]) for member in members}

    def _service(self, one: Data) -> list[Data]:
        serving = [label for label, weight in self._table(one).items() if weight]
        hosts = {member["host"]: member["label"] for member in one["realservers"]}
        chosen = [hosts[host] for host in self.sends.get(one["title"], ())] or serving
        return [
            self._connection(one, chosen[number % len(chosen)] if chosen else None)
            for number in range(one["connections"])
        ]

    def _path(self, path: Data) -> list[Data]:
        return [self._connection({**path, "title": "path"}, path["label"])]

    def _connection(self, one: Data, label: str | None) -> Data:
        member = next((member for member in one["realservers"] if member["label"] == label), None)
        default = "refused" if member is None or one["title"] == "path" else "answered"
        host = member["host"] if member else ""
        outcome = self.does.get((host, one["title"]), self.does.get(host, default)) if self.held else "timeout"
        port = next(self._ports)
        if member and self.remembered and self.held:
            self._entries.append(self._entry(one, member, port))
        return self._seen(port, outcome)

    def _seen(self, port: int, outcome: str) -> Data:
        taken = outcome in ("answered", "silent", "stuck")
        answered = outcome == "answered"
        return {
            "client": CIP,
            "client_port": port,
            "outcome": outcome,
            "connected": 0.001 if taken else None,
            "first_byte": 0.002 if answered else None,
            "answer": "",
            "bytes": 100 if answered else 0,
            "whole": True if answered else None,
            "problem": "",
            **(self.seen if answered else {}),
        }

    def _entry(self, one: Data, member: Data, port: int) -> Data:
        rip, _colon, rip_port = member["label"].rpartition(":")
        where = {"address": one["address"], "port": one["port"]}
        to = {"realserver": rip, "realserver_port": int(rip_port), "state": "ESTABLISHED"}
        return {"protocol": one["protocol"], "client": CIP, "client_port": port, **where, **to}

    def _director(self) -> Data:
        if "director" in self.problems:
            return {"before": None, "after": None, "problem": self.problems["director"]}
        held = [VIP] if self.held else []
        neighbours = {rip: mac for rip, mac in MACS.items() if rip != "director"}
        after = {"held": held, "macs": [MACS["director"]], "neighbours": neighbours, "connections": self._entries}
        after["others"] = self.others_there
        before, now = self._tables(False), self._tables(True)
        return {"before": {"states": before}, "after": {"daemons": [], **after, "states": now}, "problem": ""}

    def _tables(self, after: bool) -> list[Data]:
        return [
            self._counted(one, after) for one in self.work["services"] if self.weights.get(one["title"], {}) is not None
        ]

    def _counted(self, one: Data, after: bool) -> Data:
        pool: list[Data] = []
        for label, weight in self._table(one).items():
            mine = [entry for entry in self._entries if _is_of(entry, one, label)]
            number = 7 + (len(mine) if after else 0)
            counters = {"connections": number}
            # The kernel knows no port of a realserver of a mark.
            name = endpoint(label.rpartition(":")[0], 0) if one["service"]["fwmark"] else label
            figures = {"weight": weight, "active": self.busy, "inactive": self.closing}
            pool.append({"realserver": name, **figures, "counters": counters})
        total = sum(member["counters"]["connections"] for member in pool) + (self.others if after else 0)
        return {"service": one["table"], "counters": {"connections": total}, "realservers": pool}


def _is_of(entry: Data, one: Data, label: str) -> bool:
    where = ("address", "port", "protocol")
    same = all(entry[name] == one[name] for name in where)
    return same and endpoint(entry["realserver"], entry["realserver_port"]) == label


def faults(found: Data) -> list[tuple[str, str, str]]:
    """Id, service and realserver of each row that is not ok."""
    return [
        (row["id"], row["service"], row["realserver"])
        for row in found["rows"]
        if row["severity"] in ("error", "warning")
    ]
