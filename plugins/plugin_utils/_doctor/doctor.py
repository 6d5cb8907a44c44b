# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor: from the plan and the evidence of all hosts to what is wrong, the most probable cause first.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same evidence gives the same diagnosis.
"""

from __future__ import annotations

import itertools
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ...module_utils._model.address import family_of
from .._rules.doctor import RULES, SECTIONS, SLOW
from .._rules.findings import found as found_by
from .._rules.fold import MOST, folded
from .._rules.rule import HINT
from .._rules.shown import clipped, fill
from . import directors, failover, network, realservers, unexplained
from .evidence import read_answer
from .others import others, with_cause
from .scene import DIRECT, Found, Scene

Entry = dict[str, t.Any]

# The order of what is found is that of RULES, not of this list.
_EXAMINATIONS: tuple[Callable[[Scene], Iterator[Found]], ...] = (
    directors.ip_vs_missing,
    directors.scheduler_missing,
    directors.table_owner,
    directors.checks_stopped,
    failover.vrrp_not_heard,
    failover.vrrp_stranger,
    failover.failover_unfit,
    failover.sync_behind,
    failover.director_drained,
    failover.keepalived_old_file,
    directors.vip_in_vain,
    directors.vip_on_no_director,
    directors.vip_on_two_hosts,
    directors.service_missing,
    directors.all_failed,
    directors.weights_all_zero,
    directors.hash_refuses,
    directors.pool_full,
    network.mark_rule_missing,
    directors.forwarding_wrong,
    directors.port_remapped,
    directors.table_drift,
    directors.realserver_failed,
    directors.realserver_drained,
    directors.sync_mismatch,
    realservers.vip_mask_wide,
    realservers.vip_missing,
    realservers.vip_left_over,
    realservers.tunnel_down,
    realservers.tunnel_taken,
    realservers.tunnel_rp_filter,
    realservers.vip_beside_tunnel,
    network.nic_rp_filter,
    realservers.service_down,
    realservers.service_elsewhere,
    realservers.service_overrun,
    realservers.arp_answered,
    realservers.arp_announced,
    realservers.vip_at_wrong_mac,
    network.realserver_silent,
    network.rip_gone,
    network.realserver_behind_router,
    network.vip_is_source,
    network.gateway_is_director,
    network.route_forbidden,
    network.answer_into_tunnel,
    network.answer_into_vpn,
    network.gateway_missing,
    network.gateway_silent,
    network.director_does_not_forward,
    network.redirect_followed,
    network.redirects_sent,
    network.nat_gateway_wrong,
    network.firewall_director,
    network.firewall_forward,
    network.firewall_realserver,
    network.tunnel_mtu,
    network.conntrack_full,
    network.rip_on_two_hosts,
    network.client_has_vip,
    network.client_inside,
    network.names_awaited,
    network.persistence_keeps,
    network.scheduler_keeps,
    network.one_realserver_left,
    network.setting_drift,
    network.unit_failed,
    network.boot_lost,
)
_MOST = 50  # lines of evidence, or of what was not seen of one host
_CURES = ("command", "commands", "cure", "hint")  # words of a cure, which name nothing
_FEW = 10
_RANK = {rule: rank for rank, rule in enumerate(RULES)}


def diagnose(plan: Mapping[str, t.Any], looked: Mapping[str, object], symptom: str = "") -> Entry:
    """What is wrong, and what could not be seen. `looked` is each host's result of lvs_evidence, whatever that is."""
    scene = Scene(plan, {host: read_answer(result) for host, result in looked.items()}, symptom)
    found = [*_refused(plan), *_unreadable(scene), *(one for examine in _EXAMINATIONS for one in examine(scene))]
    if not any(RULES[one.id].symptoms for one in found):
        found += unexplained.unexplained(scene)
    findings = _merged(sorted(with_cause(scene, found), key=lambda one: _order(one, symptom)))
    unseen = [*_unseen(scene)]
    return {
        "healthy": not unseen and all(finding["severity"] == HINT for finding in findings),
        "findings": findings,
        "unseen": unseen,
        "untried": unexplained.untried(scene),
        "others": others(scene),
        "section": _section(symptom, findings) if symptom else None,
    }


def _refused(plan: Mapping[str, t.Any]) -> Iterator[Found]:
    for error in plan["findings"]:
        if error["severity"] == "error":
            words = {"what": f"{error['path']}: {error['message'].removesuffix('.')}", "cure": error["cure"]}
            yield Found("inventory-refused", "the inventory", words, (f"{error['path']} [{error['id']}]",))


def _unreadable(scene: Scene) -> Iterator[Found]:
    """One finding a host: its other answers are as good as ever."""
    for host in scene.hosts.values():
        if host.unreadable:
            words = {"kinds": ", ".join(host.unreadable)}
            yield Found("evidence-unreadable", host.name, words, tuple(map(str, host.unreadable.values())))


def _order(one: Found, symptom: str) -> tuple[object, ...]:
    """What explains the symptom first, then the most probable, then by host."""
    return (bool(symptom) and symptom not in RULES[one.id].symptoms, _RANK[one.id], one.host)


def _merged(found: Iterable[Found]) -> list[Entry]:
    """The findings as they leave, in their order: one of each kind on each host, and under it what follows from it."""
    kinds = itertools.groupby(found, key=lambda one: (one.id, one.host))
    merged = {kind: {**_of_one_kind([*several]), "consequences": []} for kind, several in kinds}
    causes: list[Entry] = []
    for (rule, host), finding in merged.items():
        cause = next((merged[one, host] for one in RULES[rule].follows if (one, host) in merged), None)
        (causes if cause is None else cause["consequences"]).append(finding)
    return [{**finding, "rank": rank} for rank, finding in enumerate(causes, start=1)]


def _of_one_kind(several: Sequence[Found]) -> Entry:
    """One finding with the evidence of all; the same fault found twice counts once."""
    said: dict[str, Entry] = {}
    for one in several:
        words = {"host": one.host, **one.words}
        finding, symptom = found_by(one.id, **words), fill(RULES[one.id].symptom, words)
        said.setdefault(finding.message, finding.at(host=one.host, symptom=symptom, item=_item(one, several[0])))
    (merged,) = folded(said.values(), lambda one: one["id"], lambda one: one["item"], lambda one: one["message"])
    lines = dict.fromkeys(clipped(line) for one in several[:MOST] for line in one.evidence[:_MOST])
    del merged["item"]
    return {**merged, "evidence": [*lines][:_MOST]}


def _item(one: Found, first: Found) -> str:
    """What of many this one is about: by the words that it does not share with the first."""
    own = [str(word) for name, word in one.words.items() if word != first.words.get(name) and name not in _CURES]
    return clipped(", ".join(own))


def _unseen(scene: Scene) -> Iterator[Entry]:
    """The hosts that nobody could look at, and what could not be seen of the others."""
    for name in sorted(scene.plan["hosts"].keys() | scene.plan["clients"].keys() | scene.answers.keys()):
        if name not in scene.hosts and scene.is_reachable(name):
            why = scene.answers.get(name, read_answer(None)).why
            yield _not_seen(name, "everything", scene.blind_spot(name) or why)
    for host in scene.hosts.values():
        yield from (_not_seen(host.name, one["what"], one["why"]) for one in [*host.all("unseen")][:_MOST])


def _not_seen(host: str, what: object, why: object) -> Entry:
    return {"host": host, "what": clipped(what), "why": clipped(" ".join(str(why).split()))}


def _section(symptom: str, findings: Sequence[Entry]) -> Entry:
    """The HOWTO's answer to a symptom: its reasons, each found or ruled out as far as it could be seen."""
    section = SECTIONS[symptom]
    found = {one["id"] for finding in findings for one in (finding, *finding["consequences"])}
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
        ways += [{"to": address} for address in [*rips, *_clients_of(scene, rips)]]
        ways += _passing(scene, director)
    if realserver:
        ways += [{"to": client, "source": source} for source, client in _answers_of(scene, realserver)]
        ways += realserver["arrivals"]
    modules = {module for role in slices.values() for module in role["kernel_modules"]}
    asked: Entry = {"vips": scene.vips, "ways": ways, "kernel_modules": sorted(modules)}
    listening = failover.listening_time(director) if director else None
    if listening:
        asked["overhear"] = listening
    outside = host in plan["clients"]
    if outside:
        asked["ways"] = [*ways, *({"to": vip} for vip in scene.vips)]
    if probe and (outside or symptom == SLOW):
        asked["probe"] = _probe(scene, outside)
    return asked


def _clients_of(scene: Scene, rips: Iterable[str]) -> list[str]:
    return [client for family in sorted(set(map(family_of, rips))) for client in scene.client_addresses(family)]


def _passing(scene: Scene, director: Mapping[str, t.Any]) -> Iterator[Entry]:
    """The answers of realservers of nat as they pass the director."""
    members = (one for service in director["services"] for one in service["realservers"])
    for rip in sorted({one["rip"] for one in members if one["forwarding"] == "nat"}):
        yield from ({"to": client, "source": rip, "arrives": rip} for client in scene.client_addresses(family_of(rip)))


def _answers_of(scene: Scene, realserver: Mapping[str, t.Any]) -> Iterator[tuple[str, str]]:
    """In whose name a realserver answers, and whom."""
    sources = list(realserver["vips"]) if set(realserver["forwarding"]) & set(DIRECT) else []
    sources += [rip for rip in realserver["rips"] if rip in scene.rips_by_nat]
    for source in sources:
        yield from ((source, client) for client in scene.client_addresses(family_of(source)))


def _is_narrow(service: Mapping[str, t.Any]) -> bool:
    """Whether a connection of ours, which counts for minutes, would help to fill a realserver."""
    return any(0 < one["upper_threshold"] <= _FEW for one in service["realservers"])


def _probe(scene: Scene, outside: bool) -> Entry:
    services = [
        service for slices in scene.plan["hosts"].values() for service in slices.get("director", {}).get("services", ())
    ]
    endpoints = {(one["vip"], one["port"]) for one in services if one["protocol"] == "tcp" and one["port"]}
    endpoints -= {(one["vip"], one["port"]) for one in services if _is_narrow(one)}
    names = scene.client_addresses("ipv4")[0] if scene.symptom == SLOW and not outside else None
    return {
        "who_has": [vip for vip in scene.vips if outside and ":" not in vip],
        "connect": [{"address": vip, "port": port} for vip, port in sorted(endpoints) if outside],
        **({"names_of": names} if names else {}),
    }
