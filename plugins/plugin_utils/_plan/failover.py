# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`lvs_failover`: which director of several has the VIPs, and what moves them to another one.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping

from ...module_utils._model.address import IPV4, IPV6
from ...module_utils._model.fields import Fields
from ...module_utils._model.words import did_you_mean, one_of, show_name
from .addresses import Address, number_order, on_one_network
from .checks import Farm
from .inventory import BACKUP_ONLY, DIP, DIRECTORS, FAILOVER, LOCALNODE, PERSISTENT, SINGLE, SOURCE_MAC, host_path
from .services import Service

Slice = dict[str, t.Any]
Directors = tuple[str, ...]
Threads = set[tuple[str, str, int]]  # role, NIC and sync ID of each

VRRP, OTHER = "vrrp", "other"
BY = (VRRP, OTHER)
PEERS = UNICAST, MULTICAST = ("unicast", "multicast")
KEYS = frozenset(("by", "router_id", "interface", "first", "preempt", "interval", "peers", "track", "sync"))
SYNC_KEYS = frozenset(("interface", "id", "shared_network"))

# The one that stands by waits (256 - priority) / 256 of an interval after a farewell: some milliseconds.
_HIGHEST_PRIORITY, _STEP = 254, 2
_SHORTEST, _LONGEST = 10, 1000  # hundredths of a second, in which VRRP counts
_SECONDS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?\Z")
_INTERFACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14}\Z")


class Sync(t.NamedTuple):
    """How connections are synchronised between the directors."""

    interface: str
    id: int


class Failover(t.NamedTuple):
    """What a set of directors agreed on."""

    by: str
    router_id: int = 0
    interface: str | None = None
    first: str | None = None
    preempt: bool = False
    interval: int = 100
    peers: str = UNICAST
    track: bool = True
    sync: Sync | None = None


def failover_of(farm: Farm, directors: Directors) -> Failover | None:
    """What the set says, by the first of its directors that says anything; None when nothing usable is said."""
    for host in directors:
        given = farm.inventory.variable(host, FAILOVER)
        if isinstance(given, Mapping):
            return _read(Fields(farm.findings, host_path(host, FAILOVER), given), directors)
    return None


def failover_slice(farm: Farm, host: str, moving: list[Slice]) -> Slice | None:
    """What this director's part in the failover is. `moving`: the addresses that go from director to director."""
    directors = farm.set_of(host)
    failover = failover_of(farm, directors)
    if failover is None or not moving:
        return None
    if failover.by != VRRP:
        return {"by": failover.by, "directors": list(directors)}
    family = _family(farm, directors)
    dips = {one: farm.inventory.dips(one)[family].text for one in directors}
    sync = failover.sync
    return {
        "by": VRRP,
        "directors": list(directors),
        "router_id": failover.router_id,
        "interface": failover.interface,
        "priority": _HIGHEST_PRIORITY - _STEP * _ranked(directors, failover.first).index(host),
        "preempt": failover.preempt,
        "interval": f"{failover.interval / 100:g}",
        "address": dips.pop(host),
        "peers": list(dips.values()),
        "multicast": failover.peers == MULTICAST,
        "track": failover.track,
        "addresses": [one["address"] for one in sorted(moving, key=lambda one: one["family"] != family)],
        # Both threads run on each director, so that each knows what the other one made while both served.
        "sync": sync and sync._asdict(),
    }


def planned_threads(sync: Mapping[str, t.Any] | None) -> Threads:
    """Which threads of the kernel are to synchronise connections on a director."""
    return {(role, sync["interface"], sync["id"]) for role in ("master", "backup")} if sync else set()


def threads_of(daemons: Iterable[Mapping[str, t.Any]]) -> Threads:
    """Those that a director has, as ipvs_info returns them."""
    return {(one["role"], one["interface"], one["sync_id"]) for one in daemons}


def show_threads(threads: Threads) -> str:
    return ", ".join(f"{role} on {nic} (id {number})" for role, nic, number in sorted(threads)) or "none"


def _ranked(directors: Directors, first: str | None) -> list[str]:
    return sorted(directors, key=lambda host: (host != first, host))


def _family(farm: Farm, directors: Directors) -> str:
    """The family in which directors hear each other: one of the VIPs, for VRRP names one of them."""
    families = {service.family for service in farm.services_of(directors) if service.vips}
    spoken = [one for one in (IPV4, IPV6) if all(one in farm.inventory.dips(host) for host in directors)]
    return next((one for one in spoken if one in families), IPV4 if IPV4 in families else IPV6)


def check_failover(farm: Farm) -> None:
    """Who shares which VIPs, and whether it is said what moves them."""
    _check_sets(farm)
    for directors in farm.sets:
        _check_set(farm, directors)
    _check_router_ids(farm)


def _check_sets(farm: Farm) -> None:
    findings = farm.findings
    vips: dict[str, Service] = {}
    seen: dict[str, Service] = {}
    for service in farm.services:
        path = f"{service.path}.directors"
        for host in service.directors:
            first = seen.setdefault(host, service)
            if first.directors != service.directors:
                findings.add("directors-overlap", path, host, first=first.path)
            if host not in farm.directors:
                findings.add("director-outside-group", path, host)
        for written, vip in service.vips.items():
            first = vips.setdefault(vip.text, service)
            if first.directors != service.directors:
                findings.add("vip-two-sets", written, vip.text, first=first.path)
    # A set that could not be read says nothing about who is in none.
    for host in set(farm.directors) - set(seen) if farm.services and not findings.refused else ():
        findings.add("director-idle", f"groups.{DIRECTORS}", host)


def _check_set(farm: Farm, directors: Directors) -> None:
    findings, inventory = farm.findings, farm.inventory
    given = {host: inventory.variable(host, FAILOVER) for host in directors}
    for host, value in given.items():
        if value is not None and not isinstance(value, Mapping):
            findings.add("failover-invalid", host_path(host, FAILOVER), value)
    said = next((host for host in directors if given[host] is not None), None)
    if said is None:
        if len(directors) > 1 and SINGLE not in [inventory.localnode(host) for host in directors]:
            findings.add("failover-undecided", f"groups.{DIRECTORS}", ", ".join(directors))
        return
    for host in directors:
        if given[host] != given[said]:
            findings.add("failover-disagreement", host_path(host, FAILOVER), given[host], other=show_name(said))
    if len(directors) == 1:
        findings.add("failover-one-director", host_path(said, FAILOVER), None)
    failover = failover_of(farm, directors)
    if failover is not None and failover.by == VRRP:
        _check_vrrp(farm, directors, failover)


def _check_vrrp(farm: Farm, directors: Directors, failover: Failover) -> None:
    findings, inventory = farm.findings, farm.inventory
    families = {service.family for service in farm.services_of(directors) if service.vips}
    if farm.services_of(directors) and not families:
        findings.add("failover-without-vip", host_path(directors[0], FAILOVER), None)
    family = _family(farm, directors)
    dips = {host: inventory.dips(host) for host in directors}
    near = [dips[host][family] for host in directors if family in dips[host]]
    for host in directors if families else ():
        if dips[host] and family not in dips[host]:
            findings.add("failover-family", host_path(host, DIP), _texts(dips[host]), family=family)
        elif dips[host] and not on_one_network(near[0], dips[host][family]):
            words = {"director": show_name(directors[0]), "network": near[0].network or near[0].text}
            findings.add("failover-off-network", host_path(host, DIP), dips[host][family].text, **words)
    for host in directors if 1 < len(near) == len(directors) else ():
        others = [dip.text for dip in near if dip is not dips[host][family]]
        findings.add("failover-let-in", host_path(host, FAILOVER), None, what=_let_in(failover, others))
    for host in directors:
        if not inventory.is_persistent(host):
            findings.add("failover-not-persistent", host_path(host, PERSISTENT), False)
        decision = inventory.localnode(host)
        if decision in (BACKUP_ONLY, SOURCE_MAC):
            findings.add("two-boxes-by-vrrp", host_path(host, LOCALNODE), decision)


def _let_in(failover: Failover, others: list[str]) -> str:
    group = " to 224.0.0.18 or ff02::12" if failover.peers == MULTICAST else ""
    sync = f"; UDP port 8848 to 224.0.0.81 on {failover.sync.interface}" if failover.sync else ""
    return f"IP protocol 112 from {' and '.join(others)}{group}{sync}"


def _texts(dips: Mapping[str, Address]) -> str:
    return ", ".join(dip.text for dip in sorted(dips.values(), key=number_order))


def _check_router_ids(farm: Farm) -> None:
    """Two sets whose directors may hear each other must not take each other's adverts for their own."""
    known: dict[int, list[Directors]] = {}
    for directors in farm.sets:
        failover = failover_of(farm, directors)
        if failover is None or failover.by != VRRP or not failover.router_id:
            continue
        others = known.setdefault(failover.router_id, [])
        first = next((other for other in others if _may_hear(farm, directors, other)), None)
        if first is not None:
            path = f"{host_path(directors[0], FAILOVER)}.router_id"
            findings, other = farm.findings, " and ".join(map(show_name, first))
            findings.add("router-id-shared", path, failover.router_id, other=other)
        others.append(directors)


def _may_hear(farm: Farm, one: Directors, other: Directors) -> bool:
    pairs = [(farm.inventory.dips(host), farm.inventory.dips(peer)) for host in one for peer in other]
    return any(
        family in theirs and on_one_network(dip, theirs[family]) for own, theirs in pairs for family, dip in own.items()
    )


def _read(fields: Fields, directors: Directors) -> Failover | None:
    fields.only(KEYS)
    by = fields.choice("by", BY, "", "", "failover-by-unknown")
    if not by:
        if not fields.wrong("by"):
            fields.note("failover-by-unknown", "by", None, choices=one_of(BY))
        return None
    if by == OTHER:
        return Failover(by)
    if fields.get("router_id") is None:
        fields.note("router-id-missing", "router_id", None)
    router_id = fields.number("router_id", 1, 255, 0, 0, "router-id-invalid")
    interface = _interface(fields)
    return Failover(
        by,
        router_id,
        interface,
        _first(fields, directors),
        fields.truth("preempt", kept=False),
        _interval(fields),
        fields.choice("peers", PEERS, UNICAST, UNICAST, "failover-peers-unknown"),
        "track" not in fields or fields.get("track") is None or fields.truth("track", kept=True),
        _read_sync(fields, router_id, interface),
    )


def _interface(fields: Fields, rule: str = "failover-interface-invalid") -> str | None:
    value = fields.get("interface")
    if value is None or (isinstance(value, str) and _INTERFACE.match(value)):
        return None if value is None else str(value)
    fields.note(rule, "interface", value)
    return None


def _first(fields: Fields, directors: Directors) -> str | None:
    value = fields.get("first")
    if value is None or value in directors:
        return None if value is None else str(value)
    fields.note("failover-first-unknown", "first", value, did_you_mean(value, directors), directors=one_of(directors))
    return None


def _interval(fields: Fields) -> int:
    """In hundredths of a second; what is finer cannot be sent."""
    value = fields.get("interval")
    if value is None:
        return Failover(VRRP).interval
    text = str(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else ""
    hundredths = float(text) * 100 if _SECONDS.match(text) else 0
    if _SHORTEST <= hundredths <= _LONGEST and abs(hundredths - round(hundredths)) < 1e-6:
        return round(hundredths)
    fields.note("failover-interval-invalid", "interval", value)
    return Failover(VRRP).interval


def _read_sync(above: Fields, router_id: int, client_side: str | None) -> Sync | None:
    given = above.get("sync")
    if given is None:
        return None
    if not isinstance(given, Mapping):
        above.note("failover-sync-invalid", "sync", given)
        return None
    fields = Fields(above.notes, above.at("sync"), given)
    fields.only(SYNC_KEYS)
    interface = _interface(fields, "sync-interface-invalid")
    if fields.get("interface") is None:
        fields.note("sync-interface-missing", "interface", None)
    elif interface == client_side and not fields.truth("shared_network", kept=False):
        fields.note("sync-on-client-network", "interface", interface)
    number = fields.number("id", 1, 255, router_id, router_id, "failover-sync-id-invalid")
    return Sync(interface or "", number)
