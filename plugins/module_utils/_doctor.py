# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor: from the plan and the evidence of all hosts to what is wrong, the most probable cause first.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same evidence gives the same diagnosis.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils import (
    _doctor_directors,
    _doctor_network,
    _doctor_realservers,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._doctor_rules import RULES, SECTIONS, SLOW
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._doctor_scene import DIRECT, Found, Scene
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import family_of

Entry = dict[str, t.Any]

# The order of what is found is that of RULES, not of this list.
_EXAMINATIONS: tuple[Callable[[Scene], Iterator[Found]], ...] = (
    _doctor_directors.ip_vs_missing,
    _doctor_directors.scheduler_missing,
    _doctor_directors.table_owner,
    _doctor_directors.vip_on_no_director,
    _doctor_directors.vip_on_two_hosts,
    _doctor_directors.service_missing,
    _doctor_directors.weights_all_zero,
    _doctor_directors.forwarding_wrong,
    _doctor_directors.port_remapped,
    _doctor_directors.table_drift,
    _doctor_directors.sync_mismatch,
    _doctor_realservers.vip_mask_wide,
    _doctor_realservers.vip_missing,
    _doctor_realservers.tunnel_down,
    _doctor_realservers.tunnel_rp_filter,
    _doctor_realservers.vip_beside_tunnel,
    _doctor_realservers.service_down,
    _doctor_realservers.service_elsewhere,
    _doctor_realservers.arp_answered,
    _doctor_realservers.arp_announced,
    _doctor_realservers.vip_at_wrong_mac,
    _doctor_network.realserver_silent,
    _doctor_network.realserver_behind_router,
    _doctor_network.vip_is_source,
    _doctor_network.gateway_is_director,
    _doctor_network.gateway_missing,
    _doctor_network.director_does_not_forward,
    _doctor_network.redirect_followed,
    _doctor_network.redirects_sent,
    _doctor_network.nat_gateway_wrong,
    _doctor_network.firewall_director,
    _doctor_network.firewall_forward,
    _doctor_network.firewall_realserver,
    _doctor_network.tunnel_mtu,
    _doctor_network.conntrack_full,
    _doctor_network.client_inside,
    _doctor_network.names_awaited,
    _doctor_network.persistence_keeps,
    _doctor_network.scheduler_keeps,
    _doctor_network.one_realserver_left,
    _doctor_network.setting_drift,
    _doctor_network.unit_failed,
)
# What makes of a host an island: it explains every way that the host does not know.
_ISLAND = "vip-mask-wide"
_OF_AN_ISLAND = ("gateway-missing", "gateway-is-director", "nat-gateway-wrong")
_RANK = {rule: rank for rank, rule in enumerate(RULES)}


def diagnose(plan: Mapping[str, t.Any], looked: Mapping[str, Mapping[str, t.Any]], symptom: str = "") -> Entry:
    """What is wrong, and what could not be seen. `looked` is each host's result of lvs_evidence."""
    seen = {host: result["evidence"] for host, result in looked.items() if "evidence" in result}
    scene = Scene(plan, seen, symptom)
    found = [*_refused(plan), *(one for examine in _EXAMINATIONS for one in examine(scene))]
    found = [one for one in found if not _explained(one, found)]
    if not any(RULES[one.id].symptoms for one in found):
        found += _doctor_network.unexplained(scene)
    findings = _merged(sorted(found, key=lambda one: _order(one, symptom)))
    unseen = [*_unseen(looked, scene)]
    return {
        "healthy": not findings and not unseen,
        "findings": findings,
        "unseen": unseen,
        "section": _section(symptom, findings) if symptom else None,
    }


def _refused(plan: Mapping[str, t.Any]) -> Iterator[Found]:
    for error in plan["findings"]:
        if error["severity"] == "error":
            words = {"what": error["message"], "cure": error["cure"]}
            yield Found("inventory-refused", "the inventory", words, (f"{error['path']} [{error['id']}]",))


def _explained(one: Found, found: Iterable[Found]) -> bool:
    return one.id in _OF_AN_ISLAND and any((other.id, other.host) == (_ISLAND, one.host) for other in found)


def _order(one: Found, symptom: str) -> tuple[object, ...]:
    """What explains the symptom first, then the most probable, then by host."""
    return (bool(symptom) and symptom not in RULES[one.id].symptoms, _RANK[one.id], one.host)


def _merged(found: Iterable[Found]) -> list[Entry]:
    """The findings as they leave; the same fault found twice is one with the evidence of both."""
    merged: dict[tuple[str, str, str], Entry] = {}
    for one in found:
        rule = RULES[one.id]
        words = {"host": one.host, **one.words}
        cause = rule.cause.format(**words)
        finding = merged.setdefault(
            (one.id, one.host, cause),
            {
                "id": one.id,
                "host": one.host,
                "symptom": rule.symptom.format(**words),
                "cause": cause,
                "evidence": [],
                "cure": rule.cure.format(**words).format(**words),
                "howto": rule.howto,
            },
        )
        finding["evidence"] += [line for line in one.evidence if line not in finding["evidence"]]
    return [{**finding, "rank": rank} for rank, finding in enumerate(merged.values(), start=1)]


def _unseen(looked: Mapping[str, Mapping[str, t.Any]], scene: Scene) -> Iterator[Entry]:
    """The hosts that nobody could look at, and what could not be seen of the others."""
    for name in sorted(scene.plan["hosts"].keys() | scene.plan["clients"].keys() | looked.keys()):
        if name not in scene.hosts and scene.is_reachable(name):
            why = str(looked.get(name, {}).get("msg", "it was not looked at")).strip()
            yield {"host": name, "what": "everything", "why": scene.blind_spot(name) or why}
    for host in scene.hosts.values():
        yield from ({"host": host.name, **one} for one in host.all("unseen"))


def _section(symptom: str, findings: Sequence[Entry]) -> Entry:
    """The HOWTO's answer to a symptom: its reasons, each found or ruled out as far as it could be seen."""
    section = SECTIONS[symptom]
    found = {finding["id"] for finding in findings}
    return {
        "number": section.number,
        "title": section.title,
        "says": section.says,
        "reasons": [
            {"reason": reason, "findings": [rule for rule in rules if rule in found]}
            for reason, rules in section.reasons
        ],
    }


def questions(plan: Mapping[str, t.Any], host: str, symptom: str = "", probe: bool = True) -> Entry:
    """What to ask a host: the arguments of lvs_evidence; nothing where it cannot be asked."""
    scene = Scene(plan, {}, symptom)
    if scene.blind_spot(host) or not scene.is_reachable(host):
        return {}
    slices = plan["hosts"].get(host, {})
    director, realserver = slices.get("director"), slices.get("realserver")
    ways: list[Entry] = []
    if director:
        rips = sorted({one["rip"] for service in director["services"] for one in service["realservers"]})
        ways += [{"to": address} for address in [*rips, *_clients_of(scene, director)]]
    if realserver:
        ways += [{"to": client, "source": source} for source, client in _answers_of(scene, realserver)]
    modules = {module for role in slices.values() for module in role["kernel_modules"]}
    asked: Entry = {"vips": scene.vips, "ways": ways, "kernel_modules": sorted(modules)}
    outside = host in plan["clients"]
    if outside:
        asked["ways"] = [*ways, *({"to": vip} for vip in scene.vips)]
    if probe and (outside or symptom == SLOW):
        asked["probe"] = _probe(scene, outside)
    return asked


def _clients_of(scene: Scene, director: Mapping[str, t.Any]) -> list[str]:
    """Only by nat does a director talk to clients."""
    families = {
        family_of(one["rip"])
        for service in director["services"]
        for one in service["realservers"]
        if one["forwarding"] == "nat"
    }
    return [client for family in sorted(families) for client in scene.client_addresses(family)]


def _answers_of(scene: Scene, realserver: Mapping[str, t.Any]) -> Iterator[tuple[str, str]]:
    """In whose name a realserver answers, and whom."""
    sources = list(realserver["vips"]) if set(realserver["forwarding"]) & set(DIRECT) else []
    sources += [rip for rip in realserver["rips"] if rip in scene.rips_by_nat]
    for source in sources:
        yield from ((source, client) for client in scene.client_addresses(family_of(source)))


def _probe(scene: Scene, outside: bool) -> Entry:
    services = [
        service for slices in scene.plan["hosts"].values() for service in slices.get("director", {}).get("services", ())
    ]
    endpoints = {(one["vip"], one["port"]) for one in services if one["protocol"] == "tcp" and one["port"]}
    names = scene.client_addresses("ipv4")[0] if scene.symptom == SLOW and not outside else None
    return {
        "who_has": [vip for vip in scene.vips if outside and ":" not in vip],
        "connect": [{"address": vip, "port": port} for vip, port in sorted(endpoints) if outside],
        **({"names_of": names} if names else {}),
    }
