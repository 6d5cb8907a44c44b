# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of directors: the kernel, who has the VIP, the table, the synchronisation of connections.

Private: this file may change in any release; do not import it from outside the collection.
Pure: one small function a fault, each from a scene to what it found.
"""

from __future__ import annotations

import re
import shlex
import typing as t
from collections.abc import Iterator, Mapping

from ...module_utils._model.claims import SERVICE, thing
from ...module_utils._model.diff import ADD, EDIT, REMOVE, Operation, diff
from ...module_utils._model.ipvsadm import commands, listing
from ...module_utils._model.table import HASHES, Realserver, Service, may_be_full, missing_fallback, sort_realservers
from .failover import deaf, vrrp_of
from .realservers import filtered_arp
from .scene import DIRECT, KEEPER, Found, Host, Scene, removal

Entry = Mapping[str, t.Any]

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.:-]+\Z")
_UNUSABLE = ("missing", "blocked")
_HINTS = {
    "missing": "Install the kernel's module package on {host}, or a kernel that has IPVS.",
    "blocked": "Remove the line that blocks it from /etc/modprobe.d on {host}.",
}
_NOT_LOADED = "See why it was not loaded: on {host} run: modprobe {module}."


def ip_vs_missing(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        state = _state(host, "ip_vs")
        if role["services"] and state in (*_UNUSABLE, "available"):
            words = {"state": "not loaded" if state == "available" else state, "hint": _hint(host, "ip_vs", state)}
            yield Found("ip-vs-missing", host.name, words, (f"{_kernel(host)}: ip_vs is {state}",))


def _kernel(host: Host) -> str:
    return f"kernel {host.seen.get('kernel') or 'unknown'}"


def _state(host: Host, module: str) -> str:
    return str((host.seen.get("kernel_modules") or {}).get(module, "unknown"))


def _hint(host: Host, module: str, state: str) -> str:
    return _HINTS.get(state, _NOT_LOADED).format(host=host.name, module=module)


def scheduler_missing(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        for service in _missing(host, role) if host.table is not None else []:
            module = f"ip_vs_{service.scheduler}"
            state = _state(host, module)
            if state in _UNUSABLE:
                words = {
                    "service": service.key.label,
                    "module": module,
                    "state": state,
                    "hint": _hint(host, module, state),
                }
                yield Found("scheduler-missing", host.name, words, (f"{_kernel(host)}: {module} is {state}",))


def table_owner(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        for owner in host.owners:
            # One of ours keeps what is planned to be checked, and leaves the services of every other LVS alone.
            if owner == KEEPER and host.kept and (_is_checked(role) or scene.lvs not in host.kept):
                continue
            yield Found("table-owner", host.name, {"owner": owner}, (f"a process {owner} runs",))


def vip_in_vain(scene: Scene) -> Iterator[Found]:
    """An IPv6 address that another machine had first, or may have, is there, and the kernel does not use it."""
    for host in scene.hosts.values():
        for vip in scene.vips if host.name in scene.plan["hosts"] else ():
            for interface, one in host.holding_in_vain(vip):
                words = {"vip": vip, "interface": interface["name"]}
                shown = f"{vip}/{one['prefix']} on {interface['name']} is marked dadfailed or tentative"
                yield Found("vip-in-vain", host.name, words, (shown,))


def vip_on_no_director(scene: Scene) -> Iterator[Found]:
    directors = scene.directors
    names = ", ".join(host.name for host, _role in directors)
    for vip in scene.vips if scene.all_directors_seen else []:
        if not any(host.is_own(vip) or host.holding_in_vain(vip) for host, _role in directors):
            yield Found(
                "vip-on-no-director", directors[0][0].name, {"vip": vip}, (f"{vip} is on no interface of {names}",)
            )


def vip_on_two_hosts(scene: Scene) -> Iterator[Found]:
    for vip in scene.vips:
        holders = [
            (host, interface, one)
            for host in scene.hosts.values()
            for interface, one in host.holding(vip)
            if interface["speaks_arp"] and interface["up"]
            # As with arptables on realservers, whose VIP is on the NIC then.
            if scene.is_director(host.name) or not filtered_arp(host, vip, interface["name"], "arp_ignore")
        ]
        if len({host.name for host, _interface, _one in holders}) > 1:
            # Directors come first: the one to lose it is a machine that should not have it.
            holders.sort(key=lambda holder: (not scene.is_director(holder[0].name), holder[0].name))
            host, interface, one = holders[-1]
            words = {
                "vip": vip,
                "hosts": " and ".join(holder.name for holder, _interface, _one in holders),
                "cure": _ending_two(scene, host, removal(interface, one)),
            }
            yield Found("vip-on-two-hosts", host.name, words, tuple(_held(*holder) for holder in holders))


def _ending_two(scene: Scene, host: Host, command: str) -> str:
    """keepalived takes a VIP away by itself, as soon as it hears another director that serves."""
    role = scene.plan["hosts"].get(host.name, {}).get("director", {})
    unheard = [f"{name} does not hear {' and '.join(others)}" for name, others in deaf(scene).items()]
    if vrrp_of(role) and unheard:
        return f"{'; '.join(unheard)}: see vrrp-not-heard."
    site = "" if scene.is_director(host.name) else " Then run: ansible-playbook linuxvirtualserver.lvs.site."
    return f"On {host.name} run: {command}.{site}"


def _held(host: Host, interface: Entry, one: Entry) -> str:
    return f"{host.name} has {one['address']}/{one['prefix']} on {interface['name']} ({interface['mac']})"


# --- the table ---


def planned(role: Entry) -> list[Service]:
    return [Service.from_dict(service) for service in role["services"]]


def live(host: Host) -> list[Service]:
    """The table as it is, with the realservers that are the director itself as the plan writes them."""
    return [Service.from_dict(service) for service in host.services]


def _missing(host: Host, role: Entry) -> list[Service]:
    if host.missed("ipvs"):
        return []
    have = {service.key for service in live(host)}
    return [service for service in planned(role) if service.key not in have]


def service_missing(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        if host.table is None:
            continue
        names = ", ".join(one.key.label for one in live(host)) or "nothing"
        for service in _missing(host, role):
            if _state(host, f"ip_vs_{service.scheduler}") not in _UNUSABLE:
                yield Found("service-missing", host.name, {"service": service.key.label}, (f"its table has {names}",))


def _pairs(scene: Scene) -> Iterator[tuple[Host, Service, Service]]:
    """Each planned service that a director has, as planned and as it is."""
    for host, role in scene.directors:
        have = {service.key: service for service in live(host)}
        for want in planned(role):
            if want.key in have:
                yield host, want, have[want.key]


def checks_stopped(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        if _is_checked(role) and not host.missed("owners") and not host.is_kept(scene.lvs):
            yield Found("checks-stopped", host.name, {}, ("no keepalived with virtual servers runs",))


def all_failed(scene: Scene) -> Iterator[Found]:
    """Nobody is left to be asked, which is not the table's fault."""
    for host, role in scene.directors:
        for want, gone in _failed(scene, host, role):
            if len(gone) == len(want.realservers):
                yield Found("all-failed", host.name, {"service": want.key.label}, _out(scene, gone))


def realserver_failed(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        for want, gone in _failed(scene, host, role):
            if len(gone) < len(want.realservers):
                names = " and ".join(scene.member(one.rip) for one in gone)
                words = {"service": want.key.label, "realservers": names}
                yield Found("realserver-failed", host.name, words, _out(scene, gone))


def _out(scene: Scene, gone: list[Realserver]) -> tuple[str, ...]:
    return tuple(f"{scene.member(one.rip)}, {one.key.label}, is not in the table" for one in gone)


def _failed(scene: Scene, host: Host, role: Entry) -> Iterator[tuple[Service, list[Realserver]]]:
    """The services of which realservers are missing that keepalived checks, and these."""
    checked = {(one["service"], one["realserver"]) for one in role.get("checks", ())}
    have = {service.key: {one.key for one in service.realservers} for service in live(host)}
    if not checked or not host.is_kept(scene.lvs):
        return
    for want in planned(role):
        gone = [
            one
            for one in want.realservers
            if want.key in have and one.key not in have[want.key] and (want.key.label, one.key.label) in checked
        ]
        if gone:
            yield want, gone


def _is_checked(role: Entry) -> bool:
    return role.get("engine") == KEEPER


def weights_all_zero(scene: Scene) -> Iterator[Found]:
    failed = {(host.name, want.key) for host, role in scene.directors for want, _gone in _failed(scene, host, role)}
    for host, _want, have in _pairs(scene):
        if not have.realservers and (host.name, have.key) in failed:
            continue  # all-failed says it
        if not any(one.weight for one in have.realservers):
            drained = [one for one in have.realservers if one.key.label in _drained(host, have)]
            hint = "See that lvs_services gives at least one a weight."
            if drained:
                commands = "; ".join(_ending_drain(host, have, one) for one in drained)
                hint = f"Drained: {len(drained)}; that ends with: {commands}."
            words = {"service": have.key.label, "hint": hint}
            yield Found("weights-all-zero", host.name, words, tuple(listing([have])[1:]) or ("it has no realserver",))


def hash_refuses(scene: Scene) -> Iterator[Found]:
    """Of sh and mh a realserver of weight 0 keeps its share of the clients, who are refused."""
    for host, _want, have in _pairs(scene):
        idle = [one for one in have.realservers if not one.weight]
        some = 0 < len(idle) < len(have.realservers)
        if some and missing_fallback(have.scheduler, have.scheduler_flags):
            words = {
                "service": have.key.label,
                "scheduler": have.scheduler,
                "realservers": " and ".join(scene.member(one.rip) for one in idle),
            }
            yield Found("hash-refuses", host.name, words, tuple(_line(have, one) for one in idle))


def pool_full(scene: Scene) -> Iterator[Found]:
    """Every realserver that may get connections has as many as it may, or had and a client was not served."""
    unserved = scene.unserved
    for host, _want, have in _pairs(scene):
        states = {one["service"]: one for one in (host.table or {}).get("states", [])}
        state = states.get(have.key.label, {})
        counts = {one["realserver"]: one["active"] + one["inactive"] for one in state.get("realservers", [])}
        serving = [(one, counts.get(one.key.label, 0)) for one in have.realservers if one.weight]
        in_vain = (have.key.vip, have.key.port) in unserved
        if serving and all(_is_full(one, number, in_vain) for one, number in serving):
            shown = tuple(
                f"{scene.member(one.rip)}: {number} connections, {_thresholds(one)}" for one, number in serving
            )
            yield Found("pool-full", host.name, {"service": have.key.label}, shown)


def _is_full(one: Realserver, connections: int, in_vain: bool) -> bool:
    """Between its thresholds it may be either; who has just tried in vain was not given to it."""
    if in_vain:
        return may_be_full(connections, one.upper_threshold, one.lower_threshold)
    return 0 < one.upper_threshold <= connections


def _thresholds(one: Realserver) -> str:
    lower = f", lower_threshold {one.lower_threshold}" if one.lower_threshold else ""
    return f"upper_threshold {one.upper_threshold}{lower}"


def realserver_drained(scene: Scene) -> Iterator[Found]:
    """Somebody drained it, and it gets nothing until that is ended."""
    for host, _want, have in _pairs(scene):
        drained = _drained(host, have)
        if not any(one.weight for one in have.realservers):
            continue  # weights-all-zero says it
        for one in have.realservers:
            if one.key.label in drained and not one.weight:
                words = {
                    "service": have.key.label,
                    "realserver": scene.member(one.rip),
                    "command": _ending_drain(host, have, one),
                }
                yield Found("realserver-drained", host.name, words, (_line(have, one), "it is on record as drained"))


def _ending_drain(host: Host, service: Service, one: Realserver) -> str:
    key = service.key
    where = (
        {"fwmark": key.fwmark, "family": key.family}
        if key.vip is None
        else {"vip": key.vip, "port": key.port, "protocol": key.protocol}
    )
    options = {"state": "present", **where, "rip": one.rip, "rip_port": one.port}
    words = " ".join(f"{name}={value}" for name, value in options.items())
    return shlex.join(["ansible", host.name, "-b", "-m", "linuxvirtualserver.lvs.ipvs_dest", "-a", words])


def _drained(host: Host, service: Service) -> set[str]:
    return {entry["realserver"] for entry in host.all("drained") if entry["service"] == service.key.label}


def forwarding_wrong(scene: Scene) -> Iterator[Found]:
    for host, want, have in _pairs(scene):
        wanted = {one.key: one for one in want.realservers}
        for one in have.realservers:
            plan = wanted.get(one.key)
            if plan and not _same_forwarding(host, plan, one):
                words = {
                    "service": have.key.label,
                    "realserver": scene.member(one.rip),
                    "found": one.forwarding,
                    "wanted": plan.forwarding,
                }
                yield Found("forwarding-wrong", host.name, words, (_line(have, one),))


def _same_forwarding(host: Host, plan: Realserver, one: Realserver) -> bool:
    """The kernel calls a realserver that is the director itself `local`, whatever it was given."""
    return plan.forwarding == one.forwarding or (one.forwarding == "local" and one.rip in host.addresses)


def _line(service: Service, realserver: Realserver) -> str:
    return listing([service._replace(realservers=(realserver,))])[1]


def port_remapped(scene: Scene) -> Iterator[Found]:
    for host, _want, have in _pairs(scene):
        for one in _remapped(have):
            words = {"service": have.key.label, "realserver": scene.member(one.rip), "forwarding": one.forwarding}
            yield Found("port-remapped", host.name, words, (_line(have, one),))


def _remapped(have: Service) -> list[Realserver]:
    """A service of a mark, or of every port, has no port of its own."""
    if not have.key.port:
        return []
    return [one for one in have.realservers if one.forwarding in DIRECT and one.port != have.key.port]


def table_drift(scene: Scene) -> Iterator[Found]:
    """What else differs, as the commands that would put it right; what other rules name is left to them."""
    for host, role in scene.directors:
        if host.table is None:
            continue
        want = {service.key: service for service in planned(role)}
        foreign = host.of_others(scene.lvs)
        ours = [one for one in live(host) if one.key in want or thing(SERVICE, one.key.label) not in foreign]
        have = [service for service in ours if service.key in want or service.key.vip in scene.vips]
        kept = [_as_named(host, want.get(service.key), service) for service in have]
        known = {service.key for service in have}
        failed = {(service.key, one.key) for service, gone in _failed(scene, host, role) for one in gone}
        wanted = [service for service in want.values() if service.key in known]
        operations = [
            one
            for one in diff(wanted, kept)
            if one.realserver is None or (one.service.key, one.realserver.key) not in failed
        ]
        if operations:
            words = {"commands": "; ".join(commands(operations))}
            yield Found("table-drift", host.name, words, tuple(map(_drifted, operations)))


def _drifted(operation: Operation) -> str:
    said = {ADD: "is missing", EDIT: "is different", REMOVE: "is not in the inventory"}[operation.verb]
    return f"{operation.label} {said}"


def _as_named(host: Host, want: Service | None, have: Service) -> Service:
    """The service without what other findings say of it."""
    if want is None:
        return have
    wanted = {one.key: one for one in want.realservers}
    remapped = set(_remapped(have))
    idle = not any(one.weight for one in have.realservers)
    drained = _drained(host, have)
    pool = []
    for one in have.realservers:
        weightless = idle or one.key.label in drained or (not one.weight and host.missed("drained"))
        one = one._replace(port=have.key.port) if one in remapped else one
        plan = wanted.get(one.key)
        if plan is not None:
            weight = plan.weight if weightless else one.weight
            one = one._replace(forwarding=plan.forwarding, tunnel=plan.tunnel, weight=weight)
        pool.append(one)
    # A drain sets the fallback of a hash, and its end takes it away.
    flags = want.scheduler_flags if drained and have.scheduler in HASHES else have.scheduler_flags
    return have._replace(realservers=sort_realservers(pool), scheduler_flags=flags)


# --- synchronisation ---


def sync_mismatch(scene: Scene) -> Iterator[Found]:
    """Each daemon needs its counterpart on another director. One director that was not seen may have it."""
    directors = [host for host, role in scene.directors if not (vrrp_of(role) or {}).get("sync")]  # failover-unfit
    if len(directors) < 2 or any(host.missed("ipvs") for host in directors):
        return
    running = [(host, daemon) for host in directors for daemon in (host.table or {}).get("daemons", [])]
    for host, daemon in running:
        other = "backup" if daemon["role"] == "master" else "master"
        partners = [peer for owner, peer in running if owner is not host and _talk(daemon, peer, other)]
        if not partners:
            words = {
                "what": f"the {daemon['role']} on {host.name} (sync_id {daemon['sync_id']}) has no {other} elsewhere",
                "command": "ansible DIRECTOR -m linuxvirtualserver.lvs.ipvs_sync -a "
                f"'role={other} interface={_plain(daemon['interface'])} sync_id={_plain(daemon['sync_id'])}'",
            }
            yield Found("sync-mismatch", host.name, words, tuple(_daemon(*one) for one in running))


def _plain(word: object) -> str:
    """What a host calls it; not when the program that is to be given it would take it for more than a name."""
    return str(word) if _PLAIN_WORD.match(str(word)) else "WHAT_IT_IS_THERE"


def _talk(daemon: Entry, peer: Entry, role: str) -> bool:
    shared = ("sync_id", "group", "port")
    return peer["role"] == role and all(daemon[name] == peer[name] for name in shared)


def _daemon(host: Host, daemon: Entry) -> str:
    where = f"{daemon['group']}:{daemon['port']} on {daemon['interface']}"
    return f"{host.name}: {daemon['role']}, sync_id {daemon['sync_id']}, {where}"
