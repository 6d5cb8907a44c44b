# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client is to ask of an LVS to prove it, and the temporary services that lead to each realserver alone.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it reads the plan and the user's wishes and touches nothing.

A connection chooses no realserver, the scheduler does. So that each is reached, the directors get a temporary service
for each VIP and realserver, on a high port of the same VIP, with that realserver alone. Nothing needs to listen there:
a realserver that has the VIP refuses the connection, one without it says nothing.
"""

from __future__ import annotations

import itertools
import math
import typing as t
import zlib
from collections.abc import Iterable, Iterator, Mapping

from ...module_utils._errors import LvsError
from ...module_utils._model.address import endpoint, family_of
from ...module_utils._model.claims import NAME
from ...module_utils._model.port_names import WELL_KNOWN
from ...module_utils._model.table import ServiceKey
from ...module_utils._model.words import one_of
from .._plan.systems import LINUX
from .._rules.fold import first_lines
from .spread import how_many, may_come_together

Data = dict[str, t.Any]

# How to talk to a service. Those that begin with `test` are for the test service of this collection.
TCP_WAYS = ("connect", "echo", "greeting", "http", "https")
UDP_WAYS = ("datagram", "dns", "echo")
TEST_WAY = "test"
_GREETED = ("ftp", "imap", "pop3", "smtp", "ssh", "submission", "telnet")
_USUAL_WAYS = {
    "tcp": {
        **{WELL_KNOWN[name]: "greeting" for name in _GREETED},
        WELL_KNOWN["http"]: "http",
        8080: "http",
        WELL_KNOWN["https"]: "https",
        8443: "https",
    },
    "udp": {53: "dns"},
}
_LINUX_ONLY = "the test service runs on realservers with Linux that Ansible manages; ask the real services"
# What every connection to the test service carries; the large payload goes once on each path.
_SMALL = 1024
# Above the ports that Linux takes for its own connections.
FIRST_PORT = 61000
_STRIDES, _STRIDE = 40, 100
# More than one packet of any network, so that a tunnel with the wrong MTU shows.
PAYLOAD = 65536
# Seconds: a SYN that is lost is sent again after one second and after three.
TIMEOUT = 5.0
# More than the clients open at once.
_ROOM = 1000
# What more of would exhaust a client, or last for ever.
_BOUNDS = {"connections": (0, 10_000), "payload": (1, 2**26), "timeout": (0.1, 3600)}


class Wishes(t.NamedTuple):
    """What the user may set."""

    test_service: bool = False
    paths: bool = True
    connections: int = 0  # as many as the scheduler needs
    timeout: float = TIMEOUT
    payload: int = PAYLOAD
    ask: Mapping[str, str] = {}
    ports: Mapping[str, t.Sequence[int]] = {}


class _Ports:
    """High ports of each VIP that no service of the plan has; two LVS that share a VIP or a RIP begin apart."""

    def __init__(self, lvs: str, taken: Iterable[tuple[str, int]]) -> None:
        self._first = FIRST_PORT + _apart(lvs)
        self._taken = set(taken)
        self._next: dict[str, Iterator[int]] = {}

    def of(self, vip: str) -> int:
        numbers = self._next.setdefault(vip, itertools.count(self._first))
        return next(number for number in numbers if (vip, number) not in self._taken)


def _apart(lvs: str) -> int:
    """How far from the first port an LVS begins; one without a name begins there."""
    return (zlib.crc32(lvs.encode()) - zlib.crc32(NAME.encode())) % _STRIDES * _STRIDE


class _Target(t.NamedTuple):
    """Where a client reaches a service."""

    vip: str
    protocol: str
    port: int


def _refuse(wishes: Wishes) -> None:
    """What nobody can be asked."""
    for name, (low, high) in _BOUNDS.items():
        value = getattr(wishes, name)
        if not low <= value <= high:  # as nothing is that is no number
            raise LvsError(f"verify_{name}", value, f"is out of bounds. Use {low} to {high}.")
    for service, ports in wishes.ports.items():
        if not isinstance(ports, (list, tuple)) or not all(isinstance(one, int) and 0 < one < 2**16 for one in ports):
            raise LvsError(f"verify_ports[{service}]", ports, "is not a list of ports. Use one such as [21].")


def make_work(plan: Mapping[str, t.Any], clients: t.Sequence[str], wishes: Wishes) -> Data:
    """What to ask, where, and what it takes. Empty lists when the plan has no services."""
    _refuse(wishes)
    directors = {host: slices["director"] for host, slices in plan["hosts"].items() if "director" in slices}
    realservers = {host: slices["realserver"] for host, slices in plan["hosts"].items() if "realserver" in slices}
    services = list({_key(one).label: one for had in directors.values() for one in had["services"]}.values())
    marks = [mark for one in directors.values() for mark in one["marks"]]
    hosts = {rip: host for host, one in realservers.items() for rip in one["rips"]}
    ports = _Ports(plan["lvs_name"], ((service["vip"], service["port"]) for service in services))
    asked: list[Data] = []
    unasked: list[Data] = []
    idle = _without_test_service(realservers) if wishes.test_service else {}
    unasked += [{"service": host, "why": _LINUX_ONLY} for host in idle]
    for service in _served(services, idle):
        targets, why = _targets(service, plan["names"], marks, wishes)
        if not wishes.test_service and _room(service, len(clients)) < 1:
            targets, why = [], "a single connection would use up the upper_threshold of a realserver"
        asked += [_asked(service, target, plan["names"], hosts, ports, wishes, len(clients)) for target in targets]
        unasked += [{"service": _title(service, plan["names"]), "why": why}] if why else []
    paths = _paths(asked, ports, wishes) if wishes.paths else []
    return {
        "lvs_name": plan["lvs_name"],
        "services": asked,
        "unasked": unasked,
        "paths": paths,
        "probes": [_probe(one) for one in (*asked, *paths)],
        "counted": _counted(asked, len(clients)),
        "temporary": [_temporary(one) for one in paths] + [one["twin"] for one in asked if one["twin"]],
        "listen": _listen(asked, paths) if wishes.test_service else {},
        "vips": sorted({one["address"] for one in asked} | {vip for one in directors.values() for vip in one["vips"]}),
        "inside": _inside(directors, realservers),
        "clients": list(clients),
        "timeout": wishes.timeout,
        "directors": sorted(directors),
        "failover": _sets(directors),
        "sync": {host: (one.get("failover") or {}).get("sync") for host, one in directors.items()},
        "hosts": hosts,
    }


def _sets(directors: Mapping[str, Data]) -> list[list[str]]:
    """The directors that share their VIPs."""
    sets = {tuple((one.get("failover") or {}).get("directors", ())): None for one in directors.values()}
    return [list(one) for one in sets if one]


def _without_test_service(realservers: Mapping[str, Data]) -> dict[str, list[str]]:
    """The realservers that cannot run the test service, with their RIPs."""
    return {host: one["rips"] for host, one in realservers.items() if one["system"] != LINUX or not one["managed"]}


def _served(services: Iterable[Data], idle: Mapping[str, list[str]]) -> list[Data]:
    """The services without the realservers that have nothing to answer with."""
    silent = {rip for rips in idle.values() for rip in rips}
    return [
        {**service, "realservers": [one for one in service["realservers"] if one["rip"] not in silent]}
        for service in services
    ]


def _key(service: Mapping[str, t.Any]) -> ServiceKey:
    return ServiceKey(service["family"], service["protocol"], service["vip"], service["port"], service["fwmark"])


def _title(service: Mapping[str, t.Any], names: Mapping[str, str]) -> str:
    label = _key(service).label
    return names.get(label, label)


def _wished(wishes: Mapping[str, t.Any], service: Mapping[str, t.Any], names: Mapping[str, str]) -> t.Any:
    """What the user said of a service, by its name or its label."""
    label = _key(service).label
    return wishes.get(names.get(label, label), wishes.get(label))


def _targets(
    service: Mapping[str, t.Any],
    names: Mapping[str, str],
    marks: Iterable[Mapping[str, t.Any]],
    wishes: Wishes,
) -> tuple[list[_Target], str]:
    """Where to ask for a service, or why nobody can."""
    asked = (service["fwmark"], service["family"])
    joined = [one for one in marks if (one["fwmark"], family_of(one["vip"])) == asked]
    vips = [service["vip"]] if service["vip"] else [one["vip"] for one in joined]
    protocol = service["protocol"] or "tcp"
    if protocol not in _USUAL_WAYS:
        return [], f"verify does not speak {protocol}"
    if not vips:
        return [], "the inventory does not say which VIP and ports have this mark"
    if wishes.test_service:
        return [_Target(vip, protocol, 0) for vip in vips], ""
    ports = _wished(wishes.ports, service, names) or ([service["port"]] if service["port"] else ())
    marked = [(one["vip"], port) for one in joined for port in one["ports"] if "last" not in port]
    targets = [_Target(vip, protocol, port) for vip in vips for port in ports]
    targets = targets or [_Target(vip, port["protocol"], port["port"]) for vip, port in marked]
    return targets, "" if targets else "it has all ports; say with verify_ports which of them to ask"


def _asked(
    service: Mapping[str, t.Any],
    target: _Target,
    names: Mapping[str, str],
    hosts: Mapping[str, str],
    ports: _Ports,
    wishes: Wishes,
    clients: int,
) -> Data:
    """One service and how to ask for it."""
    twin = _twin(service, target, ports.of(target.vip)) if wishes.test_service else None
    port = twin["port"] if twin else target.port
    wanted = wishes.connections or how_many(service["scheduler"], (one["weight"] for one in service["realservers"]))
    return {
        "title": _title(service, names),
        "table": _key(twin or service).label,
        "service": service,
        "address": target.vip,
        "port": port,
        "protocol": target.protocol,
        "way": TEST_WAY if twin else _way(service, target, names, wishes.ask),
        "connections": wanted if twin else int(min(wanted, _room(service, clients))),
        "payload": _SMALL if twin and wishes.paths else wishes.payload,
        "realservers": [
            {
                "label": endpoint(one["rip"], port if twin else one["port"] or port),
                "host": hosts.get(one["rip"], one["rip"]),
                "rip": one["rip"],
                "weight": one["weight"],
                "thresholds": (one["upper_threshold"], one["lower_threshold"]),
                "forwarding": one["forwarding"],
                "tunnel": one.get("tunnel"),
            }
            for one in service["realservers"]
        ],
        "twin": twin,
    }


def _room(service: Mapping[str, t.Any], clients: int) -> float:
    """How many connections each client may hold so that no realserver reaches its upper threshold by them."""
    serving = [one for one in service["realservers"] if one["weight"]]
    total = sum(one["weight"] for one in serving)
    together = may_come_together(service)
    rooms = [
        (one["upper_threshold"] - 1) * (1 if together else total / one["weight"])
        for one in serving
        if one["upper_threshold"]
    ]
    return min(rooms, default=math.inf) // max(clients, 1)


def _way(service: Mapping[str, t.Any], target: _Target, names: Mapping[str, str], ask: Mapping[str, str]) -> str:
    ways = TCP_WAYS if target.protocol == "tcp" else UDP_WAYS
    wished = _wished(ask, service, names)
    if wished is None:
        return _USUAL_WAYS[target.protocol].get(target.port, "connect" if target.protocol == "tcp" else "datagram")
    if wished not in ways:
        raise LvsError(f"verify_ask[{_title(service, names)}]", wished, f"is not a way to ask. Use {one_of(ways)}.")
    return str(wished)


def _twin(service: Mapping[str, t.Any], target: _Target, port: int) -> Data:
    """The same service on another port, where the test service listens, for as many as come."""
    unlimited = {"port": port, "upper_threshold": 0, "lower_threshold": 0}
    pool = [{**one, **unlimited} for one in service["realservers"]]
    changed = {"vip": target.vip, "fwmark": None, "protocol": target.protocol, "port": port, "realservers": pool}
    return {**service, **changed}


def _paths(asked: Iterable[Mapping[str, t.Any]], ports: _Ports, wishes: Wishes) -> list[Data]:
    """Each way to each realserver once, whichever services lead there; itself like a service with that one alone."""
    found: dict[tuple[str, ...], list[tuple[Mapping[str, t.Any], Data]]] = {}
    for service in asked:
        for one in service["realservers"]:
            found.setdefault((service["address"], one["rip"], one["forwarding"]), []).append((service, one))
    return [_path(address, uses, ports.of(address), wishes) for (address, _rip, _method), uses in found.items()]


def _path(address: str, uses: list[tuple[Mapping[str, t.Any], Data]], port: int, wishes: Wishes) -> Data:
    one = uses[0][1]
    realserver = {**one, "label": endpoint(one["rip"], port), "weight": max(use["weight"] for _service, use in uses)}
    services = [service["title"] for service, _use in uses]
    return {
        "title": ", ".join(services),
        "services": services,
        "address": address,
        "port": port,
        "protocol": "tcp",
        "way": TEST_WAY if wishes.test_service else "connect",
        "connections": 1,
        "payload": wishes.payload,
        "realservers": [realserver],
        "scheduler": uses[0][0]["service"]["scheduler"],
        **{name: realserver[name] for name in ("host", "rip", "label", "weight", "forwarding", "tunnel")},
    }


def _temporary(path: Mapping[str, t.Any]) -> Data:
    """The service that leads to one realserver alone.

    Its scheduler is one that the director has already: another would be loaded for it, and stay. To ovf the weight is
    a number of connections.
    """
    realserver = {"rip": path["rip"], "port": path["port"], "forwarding": path["forwarding"], "weight": _ROOM}
    if path["tunnel"]:
        realserver["tunnel"] = path["tunnel"]
    return {
        "vip": path["address"],
        "port": path["port"],
        "protocol": "tcp",
        "scheduler": path["scheduler"],
        "realservers": [realserver],
    }


def _probe(service: Mapping[str, t.Any]) -> Data:
    """A service as the module client_probe takes it."""
    return {name: service[name] for name in ("address", "port", "protocol", "way", "connections", "payload")}


def _counted(asked: Iterable[Mapping[str, t.Any]], clients: int) -> dict[str, int]:
    """How many connections the director is to count for each of its services."""
    found: dict[str, int] = {}
    for service in asked:
        found[service["table"]] = found.get(service["table"], 0) + service["connections"] * clients
    return found


def _listen(asked: Iterable[Mapping[str, t.Any]], paths: Iterable[Mapping[str, t.Any]]) -> dict[str, list[Data]]:
    """Where the test service listens on each host: on the RIP with nat, otherwise on the VIP."""
    found: dict[str, list[Data]] = {}
    ways = [
        (one, service["address"], service["port"], service["protocol"])
        for service in asked
        for one in service["realservers"]
    ]
    ways += [(path, path["address"], path["port"], "tcp") for path in paths]
    for one, vip, port, protocol in ways:
        address = one["rip"] if one["forwarding"] == "nat" else vip
        entry = {"address": address, "port": port, "protocol": protocol}
        places = found.setdefault(one["host"], [])
        if entry not in places:
            places.append(entry)
    return found


def _inside(directors: Mapping[str, Data], realservers: Mapping[str, Data]) -> dict[str, str]:
    """The addresses that no client may have, and whose they are."""
    owned = {vip: "VIP" for one in directors.values() for vip in one["vips"]}
    owned.update({rip: f"RIP of {host}" for host, one in realservers.items() for rip in one["rips"]})
    owned.update({dip: f"DIP of {host}" for host, one in directors.items() for dip in one["dips"]})
    return owned


def describe(work: Mapping[str, t.Any], whole: bool = False) -> list[str]:
    """What will be asked, a line each and of many the first, for a person who waits or who runs in check mode."""
    parts = {
        "services": [
            f"{service['title']}: {service['connections']} connections to {service['protocol']} "
            f"{endpoint(service['address'], service['port'])} ({service['way']})"
            for service in work["services"]
        ],
        "ways": [
            f"the way to {path['host']}: a temporary service {endpoint(path['address'], path['port'])} with it alone"
            for path in work["paths"]
        ],
        "test services": [
            f"a test service on {host}, port {_ports(places)}" for host, places in sorted(work["listen"].items())
        ],
        "services that are not asked": [f"{one['service']}: not asked, {one['why']}" for one in work["unasked"]],
    }
    return [line for noun, lines in parts.items() for line in first_lines(lines, noun, whole)]


def _ports(places: Iterable[Mapping[str, t.Any]]) -> str:
    return ", ".join(str(port) for port in sorted({place["port"] for place in places}))
