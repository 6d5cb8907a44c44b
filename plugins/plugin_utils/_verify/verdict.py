# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict: what clients and directors saw, held against what the plan promises.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same observations give the same verdict.
"""

from __future__ import annotations

import collections
import statistics
import typing as t
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ...module_utils._model.address import HOST_PREFIX, endpoint, family_of
from ...module_utils._model.table import may_be_full
from .._plan.failover import planned_threads, show_threads, threads_of
from .._rules.findings import Finding, found
from .._rules.report import has_failed
from .._rules.rule import OK
from .._rules.rules import RULES
from .._rules.shown import fill, showable
from .._rules.verify import CHECKS, SILENT_CURES, STUCK_CURES, UNKNOWN_CURES
from .scene import (
    ANSWERED,
    ASTRAY,
    REFUSED,
    SILENT,
    STUCK,
    TAKEN,
    TIMEOUT,
    Connection,
    Data,
    Scene,
)
from .spread import Spread, expected

T = t.TypeVar("T")
Connections = Sequence[Connection]
Service = Mapping[str, t.Any]

_MOST = 20  # other LVS of a host, which may make up thousands
_UNSPOKEN_WAYS = ("connect", "datagram", "dns", "greeting")


Row = dict[str, t.Any]  # a finding, with the check, the service and the realserver that it is about


def verdict(work: Mapping[str, t.Any], observed: Mapping[str, t.Any], slow: float) -> Data:
    """All rows in their order, a summary of each service, and whether the LVS does what the plan says."""
    scene = Scene(work, observed)
    rows = [*_seen(scene), *_unasked(work)]
    for service, connections in scene.services if scene.clients else ():
        rows += _service_rows(scene, service, connections, slow)
    if scene.clients and scene.directors:
        rows += _paths(scene)
        rows += _arp(scene)
        rows += [row for directors in scene.work["failover"] for row in _failover(scene, directors)]
    rows.sort(key=lambda row: CHECKS.index(row["check"]))
    return {
        "passed": not has_failed(rows),
        "rows": rows,
        "services": [_summary(scene, service, connections) for service, connections in scene.services],
        "clients": sorted(scene.clients),
    }


def _fault(rule: str, service: str = "", realserver: str = "", **words: object) -> Row:
    return found(rule, **words).at(check=RULES[rule].check, service=service, realserver=realserver)


def _fine(check: str, message: str, service: str = "", realserver: str = "") -> Row:
    """All is well: the id is the check's own name."""
    fine = Finding(check, OK, f"{showable(message)}.", "", "")
    return fine.at(check=check, service=service, realserver=realserver)


def _seen(scene: Scene) -> Iterator[Row]:
    """Who could look, and who could not."""
    rules = {"clients": "client-unseen", "directors": "director-unseen", "realservers": "test-service-missing"}
    for group, rule in rules.items():
        for host, problem in scene.problems[group].items():
            yield _fault(rule, host=host, problem=problem)
    if not scene.clients:
        yield _fault("client-missing")
    if scene.clients and scene.directors:
        yield _fine("seen", f"seen by {_list(scene.clients)}, and on {_list(scene.directors)}")
    for host, after in scene.directors.items():
        if after["others"]:
            yield _fine("seen", f"other LVS on {host}: {', '.join(after['others'][:_MOST])}")


def _unasked(work: Mapping[str, t.Any]) -> list[Row]:
    return [_fault("not-asked", one["service"], why=one["why"]) for one in work["unasked"]]


def _service_rows(scene: Scene, service: Service, connections: Connections, slow: float) -> Iterator[Row]:
    yield from _answers(scene, service, connections)
    yield from _first_bytes(scene, service, connections, slow)
    yield from _payloads(scene, service, connections)
    if scene.directors:
        yield from _spread(scene, service, connections)
        yield from _counters(scene, service)


# Answers


def _answers(scene: Scene, service: Service, connections: Connections) -> Iterator[Row]:
    """Every connection is taken, by the realserver to which a director sent it."""
    faults = [*_failures(scene, service, connections), *_strangers(scene, service, connections)]
    yield from faults
    if not faults:
        number = len(connections)
        yield _fine("answers", f"{number} of {number} connections answered", service["title"])


def _failures(scene: Scene, service: Service, connections: Connections) -> Iterator[Row]:
    groups: dict[tuple[str, str], list[Connection]] = {}
    for one in connections:
        if _failed(service, one):
            groups.setdefault((one.realserver or "", one.outcome), []).append(one)
    for (label, outcome), failed in sorted(groups.items()):
        host = scene.host_of(service, label) if label else ""
        rule = _why(scene, service, label, outcome)
        yield _fault(
            rule,
            service["title"],
            host,
            host=host,
            failed=len(failed),
            tried=len(connections),
            outcome=outcome,
            label=service["table"],
            address=service["address"],
            listen=_listen(service, label),
            cure=_why_unknown(scene, service) if rule == "unanswered" else _silent_cure(service, label, host),
            source=failed[0].seen.get("source", ""),
        )


def _why_unknown(scene: Scene, service: Service) -> str:
    """Why nobody knows where a connection went."""
    if not scene.directors:
        return UNKNOWN_CURES["unseen"]
    return UNKNOWN_CURES["one-packet" if service["service"]["one_packet"] else "translated"]


def _failed(service: Service, one: Connection) -> bool:
    """UDP has no connections, so one that is silent was perhaps never taken."""
    return one.outcome not in TAKEN or (one.outcome == SILENT and service["protocol"] == "udp")


def _why(scene: Scene, service: Service, label: str, outcome: str) -> str:
    """The rule for connections that ended so."""
    if service["protocol"] == "udp" and service["way"] == "datagram" and outcome == SILENT:
        return "udp-silent"
    if outcome == ASTRAY:
        return "answer-astray"
    if not label:
        return _why_nowhere(scene, service) if scene.traceable(service) else "unanswered"
    if outcome == REFUSED:
        return "service-refused"
    if outcome not in (TIMEOUT, SILENT):
        return "answer-cut"
    return "service-filtered" if _path_works(scene, service, label) else "answer-missing"


def _why_nowhere(scene: Scene, service: Service) -> str:
    table = scene.table(service["table"])
    if table is None:
        return "table-lacks-service"
    if not table["realservers"]:
        return "table-lacks-realservers"
    if not any(one["weight"] for one in table["realservers"]):
        return "table-lacks-weight"
    if _is_full(service, table):
        return "realservers-full"
    return "not-forwarded" if scene.is_held(service["address"]) else "vip-nowhere"


def _is_full(service: Service, table: Data) -> bool:
    """Whether every realserver may have too many connections to get another."""
    limits = {one["label"]: one["thresholds"] for one in service["realservers"]}
    serving = [one for one in table["realservers"] if one["weight"]]
    found = _as_asked(service, {one["realserver"]: one for one in serving})
    return all(
        may_be_full(one["active"] + one.get("inactive", 0), *limits.get(label, (0, 0))) for label, one in found.items()
    )


def _as_asked(service: Service, figures: Mapping[str, T]) -> dict[str, T]:
    """What the table says of realservers, by their names here: those of a mark have no port in the table."""
    names = {endpoint(one["rip"], 0): one["label"] for one in service["realservers"]}
    return {names.get(label, label): figure for label, figure in figures.items()}


def _path_works(scene: Scene, service: Service, label: str) -> bool:
    rips = {one["rip"] for one in service["realservers"] if one["label"] == label}
    return any(
        path["rip"] in rips and path["address"] == service["address"] and _came_back(scene, connections)
        for path, connections in scene.paths
    )


def _realserver(service: Service, label: str) -> Data:
    return next((one for one in service["realservers"] if one["label"] == label), {})


def _listen(service: Service, label: str) -> str:
    """Where a realserver is to listen: on its RIP with nat, otherwise on the VIP."""
    if _realserver(service, label).get("forwarding") == "nat":
        return label
    return endpoint(service["address"], service["port"])


def _silent_cure(service: Service, label: str, host: str) -> str:
    method = _realserver(service, label).get("forwarding", "dr")
    address = service["address"]
    words = {
        "host": host,
        "address": address,
        "prefix": HOST_PREFIX[family_of(address)],
        "listen": _listen(service, label),
    }
    return fill(SILENT_CURES[method], words)


def _strangers(scene: Scene, service: Service, connections: Connections) -> Iterator[Row]:
    """Answers of others than the realserver to which a director sent the connection."""
    if not scene.traceable(service):
        return
    title, tried = service["title"], len(connections)
    past = [one for one in connections if one.outcome in TAKEN and one.realserver is None and not _failed(service, one)]
    if past:
        # A director that does not forward a port answers on it itself, if anything there listens.
        rule = "director-bypassed" if scene.table(service["table"]) else "table-lacks-service"
        words = {"label": service["table"], "address": service["address"]}
        yield _fault(rule, title, failed=len(past), tried=tried, **words)
    wrong = collections.Counter(
        (scene.host_of(service, one.realserver), _named(service, one))
        for one in connections
        if one.realserver and _named(service, one) not in ("", scene.host_of(service, one.realserver))
    )
    for (host, other), failed in sorted(wrong.items()):
        yield _fault("answered-by-another", title, host, host=host, other=other, failed=failed, tried=tried)


def _named(service: Service, one: Connection) -> str:
    """The realserver that the answer itself names; empty when it names none."""
    answer = one.seen["answer"]
    return answer if answer in {realserver["host"] for realserver in service["realservers"]} else ""


# The way to each realserver


def _came_back(scene: Scene, connections: Connections) -> bool:
    """Whether the realserver itself answered: by taking the connection or by refusing it."""
    forwarded = [one for one in connections if one.realserver or scene.translated]
    return any(one.outcome == REFUSED or one.outcome in TAKEN for one in forwarded)


def _paths(scene: Scene) -> Iterator[Row]:
    for path, connections in scene.paths:
        if connections:
            yield _path(scene, path, connections)
            if path["way"] not in _UNSPOKEN_WAYS:
                # Our own service always answers; when the very first packet is too large, it never gets the question.
                yield from _payloads(scene, path, connections, (STUCK, SILENT))


def _path(scene: Scene, path: Data, connections: Connections) -> Row:
    about, host = path["title"], path["host"]
    if _came_back(scene, connections) or _served(scene, path):
        return _fine("path", f"{host} answers by {path['forwarding']}", about, host)
    if not scene.translated and not any(one.realserver for one in connections):
        return _fault("path-not-forwarded", about, host, host=host, address=path["address"])
    rule = "path-silent" if path["weight"] else "path-silent-unused"
    cure = _silent_cure(path, path["label"], host)
    return _fault(rule, about, host, host=host, forwarding=path["forwarding"], address=path["address"], cure=cure)


def _served(scene: Scene, path: Data) -> bool:
    """Whether the same realserver answered a real service by the same method: its filter may drop our port."""
    return any(
        one.outcome == ANSWERED
        and (found := _realserver(service, one.realserver or "")).get("rip") == path["rip"]
        and found["forwarding"] == path["forwarding"]
        for service, connections in scene.services
        if service["address"] == path["address"]
        for one in connections
    )


# Spread and persistence


def _spread(scene: Scene, service: Service, connections: Connections) -> Iterator[Row]:
    """Who got how many, against the scheduler and the weights that the director has."""
    table = scene.table(service["table"])
    if table is None or not any(one["weight"] for one in table["realservers"]):
        return  # said by _answers
    weights = _as_asked(service, {one["realserver"]: one["weight"] for one in table["realservers"]})
    yield from _weights(service, weights)
    alone = scene.counted(service["table"]) == len(connections) and not scene.busy_before(service["table"])
    found, known = _found(scene, service, connections, alone)
    if not sum(found.values()):
        return
    right = expected(service["service"], weights, sum(found.values()), alone)
    if not known:
        right = Spread(why="no director knows these connections, and others came meanwhile")
    if right.together:
        yield _together(scene, service, connections, right)
    elif right.bounds is None:
        yield _fault("spread-unjudged", service["title"], found=_shares(service, found), why=right.why)
    else:
        yield _shared(service, found, weights, right.bounds, right.why)


def _weights(service: Service, weights: Mapping[str, int]) -> Iterator[Row]:
    for one in service["realservers"]:
        weight = weights.get(one["label"])
        if weight is None:
            yield _fault("realserver-out", service["title"], one["host"], host=one["host"])
        elif weight != one["weight"]:
            words = {"host": one["host"], "weight": weight, "planned": one["weight"]}
            yield _fault("weight-differs", service["title"], one["host"], **words)


def _found(
    scene: Scene, service: Service, connections: Connections, alone: bool
) -> tuple[collections.Counter[str], bool]:
    """How many connections each realserver got, and whether they were ours."""
    if scene.traceable(service):
        return collections.Counter(one.realserver for one in connections if one.realserver), True
    return collections.Counter(_as_asked(service, scene.counted_by_realserver(service["table"]))), alone


def _together(scene: Scene, service: Service, connections: Connections, right: Spread) -> Row:
    by_client: dict[str, collections.Counter[str]] = {}
    for one in connections:
        if one.realserver:
            by_client.setdefault(one.client, collections.Counter())[one.realserver] += 1
    torn = next((found for found in by_client.values() if len(found) > 1), None)
    if torn:
        words: Data = {"number": len(torn), "found": _shares(service, torn), "why": right.why}
        return _fault("persistence-broken", service["title"], **words)
    hosts = {scene.host_of(service, label) for found in by_client.values() for label in found}
    return _fine("persistence", f"all connections of a client at one realserver, {_list(hosts)}", service["title"])


def _shared(
    service: Service,
    found: Mapping[str, int],
    weights: Mapping[str, int],
    bounds: Mapping[str, tuple[int, int]],
    why: str,
) -> Row:
    title, scheduler = service["title"], service["service"]["scheduler"]
    for label, number in sorted(found.items()):
        host = _realserver(service, label).get("host", label)
        if number and weights.get(label) == 0:
            return _fault("spread-zero", title, host, host=host, number=number)
        if number == sum(found.values()) and len(bounds) > 1 and number > bounds.get(label, (0, 0))[1]:
            words = {"host": host, "tried": number, "scheduler": scheduler, "number": len(bounds)}
            return _fault("spread-one", title, host, **words)
    shares = _shares(service, {label: found.get(label, 0) for label in bounds})
    if any(not low <= found.get(label, 0) <= high for label, (low, high) in bounds.items()):
        wanted = ", ".join(f"{_host(service, label)} {_range(*limits)}" for label, limits in sorted(bounds.items()))
        return _fault("spread-uneven", title, scheduler=scheduler, found=shares, expected=wanted)
    return _fine("spread", f"{shares}: {why}", title)


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _host(service: Service, label: str) -> str:
    return str(_realserver(service, label).get("host", label))


def _shares(service: Service, found: Mapping[str, int]) -> str:
    return ", ".join(f"{_host(service, label)} {number}" for label, number in sorted(found.items()))


# Payload and time


def _payloads(
    scene: Scene, service: Service, connections: Connections, stuck: Collection[str] = (STUCK,)
) -> Iterator[Row]:
    tried = [one for one in connections if one.seen["whole"] is not None or one.outcome in stuck]
    if not tried:
        if service["way"] in _UNSPOKEN_WAYS:
            yield _fault("payload-unsent", service["title"], way=service["way"])
        return
    torn: dict[str, list[Connection]] = {}
    for one in tried:
        if not one.seen["whole"]:
            torn.setdefault(one.realserver or "", []).append(one)
    for label, failed in sorted(torn.items()):
        host = scene.host_of(service, label)
        cure = STUCK_CURES.get(_realserver(service, label).get("forwarding", ""), STUCK_CURES[""])
        words = {"failed": len(failed), "tried": len(tried), "outcome": failed[0].outcome, "cure": cure}
        yield _fault("payload-stuck", service["title"], host, host=host, size=_size(service, failed), **words)
    if not torn:
        what = f"{len(tried)} of {len(tried)} came back whole, {_size(service, tried)} bytes"
        yield _fine("payload", what, service["title"], service.get("host", ""))


def _size(service: Service, connections: Connections) -> object:
    """A page has the size it has; of an echo we know what was sent."""
    return max(one.seen["bytes"] for one in connections) if "http" in service["way"] else service["payload"]


def _first_bytes(scene: Scene, service: Service, connections: Connections, slow: float) -> Iterator[Row]:
    """HOWTO 7.8 (connected at once, slow afterwards) and 7.9 (slow to connect)."""
    taken = [one for one in connections if one.outcome in TAKEN and not _failed(service, one)]
    faults = [*_unspoken(scene, service, taken), *_slow(scene, service, taken, slow)]
    yield from faults
    times = [one.seen["first_byte"] or one.seen["connected"] for one in taken if one.outcome != SILENT]
    if times and not faults:
        usual, worst = statistics.median(times), max(times)
        yield _fine("first-byte", f"after {_milliseconds(usual)}, at worst {_milliseconds(worst)}", service["title"])


def _unspoken(scene: Scene, service: Service, taken: Connections) -> Iterator[Row]:
    silent = collections.Counter(one.realserver or "" for one in taken if one.outcome == SILENT)
    for label, failed in sorted(silent.items()):
        host = scene.host_of(service, label)
        words = {"failed": failed, "tried": len(taken), "timeout": scene.work["timeout"]}
        yield _fault("first-byte-none", service["title"], host, host=host, **words)


def _slow(scene: Scene, service: Service, taken: Connections, slow: float) -> Iterator[Row]:
    worst: dict[tuple[str, str], float] = {}
    for one in taken:
        connected, first = one.seen["connected"], one.seen["first_byte"]
        for rule, seconds in (("connect-slow", connected), ("first-byte-slow", (first or connected) - connected)):
            key = (rule, scene.host_of(service, one.realserver))
            worst[key] = max(worst.get(key, 0.0), seconds)
    for (rule, host), seconds in sorted(worst.items()):
        if seconds > slow:
            yield _fault(rule, service["title"], host, host=host, seconds=f"{seconds:.1f}")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


# Counters and ARP


def _counters(scene: Scene, service: Service) -> Iterator[Row]:
    """What was answered was counted: else it did not come through a director."""
    label = service["table"]
    if scene.table(label) is None:
        return
    answered = sum(
        one.outcome in TAKEN and not _failed(other, one)
        for other, found in scene.services
        if other["table"] == label
        for one in found
    )
    counted = scene.counted(label)
    if counted < answered:
        yield _fault("counters-still", service["title"], answered=answered, counted=counted)
    else:
        yield _fine("counters", f"the directors counted {counted} connections", service["title"])


def _arp(scene: Scene) -> Iterator[Row]:
    """Who a third host takes for the VIP."""
    owners = scene.owners()
    for client, asked in scene.clients.items():
        for one in asked["neighbours"]:
            yield from _arp_of(client, one, owners)


def _arp_of(client: str, one: Data, owners: Mapping[str, tuple[str, str]]) -> Iterator[Row]:
    words = {"client": client, "address": one["address"]}
    if one["problem"]:
        yield _fault("arp-unseen", why=one["problem"], **words)
        return
    macs = sorted({*(one["answering"] or ()), *([one["mac"]] if one["mac"] else ())})
    if not macs:
        yield _fault("arp-none", **words)
        return
    foreign = [(mac, owners.get(mac, ("stranger", ""))) for mac in macs if owners.get(mac, ("", ""))[0] != "director"]
    for mac, (role, host) in foreign:
        yield _fault(f"arp-{role}", realserver=host, host=host, mac=mac, **words)
    hosts = sorted({owners[mac][1] for mac in macs if owners.get(mac, ("", ""))[0] == "director"})
    if len(hosts) > 1:
        yield _fault("arp-several", hosts=_list(hosts), **words)
    elif not foreign:
        yield _fine("arp", f"{client} takes {hosts[0]} ({', '.join(macs)}) for the VIP {one['address']}")


# Several directors


def _failover(scene: Scene, sharing: Sequence[str]) -> Iterator[Row]:
    """Of those that share their VIPs one has them, and the others could take them over."""
    directors = [host for host in sharing if host in scene.directors]
    serving = [host for host in directors if scene.directors[host]["held"]]
    if not serving or len(directors) == 1:
        return
    faults = [
        *_held_twice(scene, directors),
        *_differing(scene, serving[0], directors),
        *_unsynchronised(scene, directors),
    ]
    yield from faults
    if not faults:
        others = _list(host for host in directors if host not in serving)
        yield _fine("failover", f"{_list(serving)} has the VIPs, and the table is the same on {others}")


def _held_twice(scene: Scene, directors: Sequence[str]) -> Iterator[Row]:
    for vip in scene.work["vips"]:
        holders = [host for host in directors if vip in scene.directors[host]["held"]]
        if len(holders) > 1:
            yield _fault("vip-held-twice", address=vip, hosts=_list(holders))


def _differing(scene: Scene, serving: str, directors: Sequence[str]) -> Iterator[Row]:
    labels = {service["table"]: service["title"] for service, _connections in scene.services}
    for host in directors:
        for label, title in labels.items():
            if scene.pool(host, label) != scene.pool(serving, label):
                yield _fault("standby-differs", title, host=host, serving=serving, label=label)


def _unsynchronised(scene: Scene, directors: Sequence[str]) -> Iterator[Row]:
    """Connections that the other directors do not know break with the one that serves."""
    for host in directors:
        wanted, found = planned_threads(scene.work["sync"][host]), threads_of(scene.directors[host]["daemons"])
        if wanted and wanted != found:
            yield _fault("sync-differs", host=host, planned=show_threads(wanted), found=show_threads(found))


# For people


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _summary(scene: Scene, service: Service, connections: Connections) -> Data:
    """A service for the table that a person reads."""
    where = endpoint(service["address"], service["port"])
    ways = {path["rip"]: _way_state(scene, path, found) for path, found in scene.paths if _leads(path, service)}
    return {
        "title": service["title"],
        "where": f"{service['protocol']} {where} {service['service']['scheduler']}",
        "realservers": [_line(service, one, connections, ways.get(one["rip"], "-")) for one in service["realservers"]],
    }


def _leads(path: Data, service: Service) -> bool:
    return bool(path["address"] == service["address"] and service["title"] in path["services"])


def _way_state(scene: Scene, path: Data, connections: Connections) -> str:
    if not connections:
        return "-"
    return "ok" if _came_back(scene, connections) or _served(scene, path) else "no answer"


def _line(service: Service, realserver: Data, connections: Connections, way: str) -> Data:
    own = [one for one in connections if one.realserver == realserver["label"]]
    times = [one.seen["first_byte"] or one.seen["connected"] for one in own if one.outcome == ANSWERED]
    return {
        "host": realserver["host"],
        "weight": realserver["weight"],
        "connections": len(own),
        "answered": len([one for one in own if one.outcome in TAKEN and not _failed(service, one)]),
        "first_byte": _milliseconds(statistics.median(times)) if times else "-",
        "way": way,
    }
