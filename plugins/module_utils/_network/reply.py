# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of what has a VIP as its source: a rule that leads to a routing table of ours. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Such a table has the host's own routes, which reach neighbours directly, and another default route. Each of its routes
can announce a smaller segment to TCP clients, so that what they send fits the director's tunnel whether or not the
director's ICMP messages reach them.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from .._host.links import ANYWHERE, PROTOCOL, Route, network_of
from .._host.unit import escape
from .._model.address import canonical_address
from .._model.numbers import as_integer
from .backend import Backend, Wish

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping, Sequence

    from .._host.actions import Action

# Tables of ours begin here; a rule has the number of its table as its priority, which lies before that of main.
FIRST_TABLE = 7600
_TABLES = range(FIRST_TABLE, FIRST_TABLE + 100)


@dataclass(frozen=True, order=True)
class Way:
    """How replies leave. ``mss`` is the segment to announce, 0 for what the interface has room for."""

    version: int
    gateway: str
    dev: str
    mss: int


@dataclass(frozen=True, order=True)
class Rule:
    """What has this source goes by this table."""

    source: str
    table: int

    @property
    def version(self) -> int:
        return ipaddress.ip_address(self.source).version

    @property
    def words(self) -> tuple[str, ...]:
        return ("from", self.source, "lookup", str(self.table), "priority", str(self.table))

    def argv(self, verb: str) -> tuple[str, ...]:
        return ("ip", f"-{self.version}", "rule", verb, *self.words)

    def __str__(self) -> str:
        return f"from {self.source} lookup {self.table}"


@dataclass(frozen=True, order=True)
class Entry:
    """A route in a table of ours; without a gateway it is a network of the interface's own."""

    table: int
    dst: str
    gateway: str
    dev: str
    mss: int

    @property
    def version(self) -> int:
        return ipaddress.ip_network(self.dst).version

    @property
    def words(self) -> tuple[str, ...]:
        via = ("via", self.gateway) if self.gateway else ()
        advmss = ("advmss", str(self.mss)) if self.mss else ()
        return (self.dst, *via, "dev", self.dev, "table", str(self.table), "proto", PROTOCOL, *advmss)

    def argv(self, verb: str) -> tuple[str, ...]:
        return ("ip", "route", verb, *self.words)

    def __str__(self) -> str:
        via = f" via {self.gateway}" if self.gateway else ""
        mss = f" advmss {self.mss}" if self.mss else ""
        return f"{self.dst}{via} dev {self.dev} table {self.table}{mss}"


@dataclass(frozen=True)
class Policy:
    """Rules of ours and the routes they lead to."""

    rules: tuple[Rule, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def tables(self) -> dict[Way, int]:
        """Which way each table leads."""
        defaults = [entry for entry in self.entries if entry.dst == ANYWHERE[entry.version]]
        return {Way(one.version, one.gateway, one.dev, one.mss): one.table for one in defaults}

    @property
    def ways(self) -> dict[str, Way]:
        """The way of each VIP's replies."""
        ways = {(way.version, table): way for way, table in self.tables.items()}
        found = {rule.source: ways.get((rule.version, rule.table)) for rule in self.rules}
        return {vip: way for vip, way in found.items() if way}


def want(ways: Mapping[str, Way], main: Iterable[Route], have: Policy) -> Policy:
    """The policy by which each VIP's replies go its way; VIPs with one way share a table, and a way keeps its table."""
    known = list(main)
    tables: dict[Way, int] = {}
    for version in (4, 6):
        distinct = sorted({way for way in ways.values() if way.version == version})
        kept = {way: have.tables[way] for way in distinct if way in have.tables}
        free = (table for table in _TABLES if table not in kept.values())
        tables.update({way: kept[way] if way in kept else next(free) for way in distinct})
    rules = sorted(Rule(vip, tables[way]) for vip, way in ways.items())
    entries = sorted(entry for way, table in tables.items() for entry in _entries(way, table, known))
    return Policy(tuple(rules), tuple(entries))


def _entries(way: Way, table: int, main: Iterable[Route]) -> list[Entry]:
    near = {
        route.dst: Entry(table, route.dst, route.gateway or "", route.dev, way.mss)
        for route in main
        if route.dev and route.network.version == way.version and _is_copied(route)
    }
    return [*near.values(), Entry(table, ANYWHERE[way.version], way.gateway, way.dev, way.mss)]


def _is_copied(route: Route) -> bool:
    """Particular routes of the host's own: no default, no half of one, no link-local network, no address of its own."""
    particular = route.network.prefixlen > 1 and not route.network.is_link_local and not route.network.is_multicast
    own_address = route.is_pin and route.protocol == "kernel"  # IPv6 lists them beside the networks
    return particular and not own_address and not route.is_ours and (route.connected or route.gateway is not None)


def parse_rules(entries: Iterable[dict[str, t.Any]]) -> list[Rule]:
    """Our rules in the output of `ip -j rule`."""
    return [
        Rule(str(ipaddress.ip_address(entry["src"])), int(entry["table"]))
        for entry in entries
        if entry.get("priority") in _TABLES and str(entry.get("table")) == str(entry["priority"])
        # One for everybody or for a network, in the place of ours, is not ours.
        if canonical_address(entry.get("src", ""))
    ]


def parse_entries(entries: Iterable[dict[str, t.Any]], version: int) -> list[Entry]:
    """Our routes in the output of `ip -j route show table all proto 76`."""
    return [
        Entry(
            int(entry["table"]),
            network_of(entry, version),
            entry.get("gateway", ""),
            entry.get("dev", ""),
            next((metric["advmss"] for metric in entry.get("metrics", ()) if "advmss" in metric), 0),
        )
        for entry in entries
        if "dst" in entry and as_integer(entry.get("table")) in _TABLES
    ]


def steps(have: Policy, wanted: Policy) -> list[tuple[str, ...]]:
    """A rule comes after the routes it leads to and goes before them."""
    places = {(entry.table, entry.dst) for entry in wanted.entries}
    return [
        *(rule.argv("del") for rule in have.rules if rule not in wanted.rules),
        *(entry.argv("replace") for entry in wanted.entries if entry not in have.entries),
        *(entry.argv("del") for entry in have.entries if (entry.table, entry.dst) not in places),
        *(rule.argv("add") for rule in wanted.rules if rule not in have.rules),
    ]


def part(version: int) -> str:
    """What tells our files from others of the same interface."""
    return f"replies-ipv{version}"


def places(policy: Policy, backends: Mapping[str, Backend]) -> dict[str, tuple[Backend, Wish]]:
    """Which file brings what back at boot: an interface's routes, and with the default route the rules to its table."""
    found = {}
    for version, dev in sorted({(entry.version, entry.dev) for entry in policy.entries}):
        entries = [entry for entry in policy.entries if (entry.version, entry.dev) == (version, dev)]
        defaults = {entry.table for entry in entries if entry.dst == ANYWHERE[version]}
        rules = [rule for rule in policy.rules if rule.version == version and rule.table in defaults]
        backend = backends[dev]
        found[backend.path(part(version), dev)] = (backend, _wish(dev, entries, rules))
    return found


def _wish(dev: str, entries: Sequence[Entry], rules: Sequence[Rule]) -> Wish:
    device = f"sys-subsystem-net-devices-{escape(dev)}.device"
    return Wish(
        part=part(entries[0].version),
        module="vip_route",
        title=f"LVS routes of replies on {dev}",
        interface=dev,
        record=tuple(f"Rule: {rule}" for rule in rules),
        clearing=tuple(rule.argv("del")[1:] for rule in rules),
        commands=(
            *(entry.argv("replace")[1:] for entry in entries),
            *(rule.argv("add")[1:] for rule in rules),
        ),
        sections=(*(_route_section(entry) for entry in entries), *(_rule_section(rule) for rule in rules)),
        order=(f"BindsTo={device}", f"After={device} network-online.target", "Wants=network-online.target"),
    )


def _route_section(entry: Entry) -> str:
    keys = [
        f"Destination={entry.dst}",
        f"Gateway={entry.gateway}" if entry.gateway else "",
        "Scope=link" if entry.version == 4 and not entry.gateway else "",
        f"Table={entry.table}",
        f"Protocol={PROTOCOL}",
        f"TCPAdvertisedMaximumSegmentSize={entry.mss}" if entry.mss else "",
    ]
    return "\n".join(["[Route]", *filter(None, keys)])


def _rule_section(rule: Rule) -> str:
    return f"[RoutingPolicyRule]\nFrom={rule.source}\nTable={rule.table}\nPriority={rule.table}"


def file_actions(
    wanted: Mapping[str, tuple[Backend, Wish]], texts: Mapping[str, tuple[Backend, str]], forget: bool
) -> list[Action]:
    """What brings our files to these places. ``forget``: something is gone that a network manager may remember."""
    actions: list[Action] = []
    for path, (backend, wish) in sorted(wanted.items()):
        text = backend.render(wish)
        if path not in texts or texts[path][1] != text or not backend.is_active(path):
            actions += backend.store(path, text)
    gone = [(path, backend) for path, (backend, _text) in sorted(texts.items()) if path not in wanted]
    for path, backend in gone:
        actions += backend.drop(path)
    told = {backend.name: backend for backend, _text in texts.values()} if forget or gone else {}
    return [*actions, *(action for name in sorted(told) for action in told[name].forget())]
