# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of realservers: the VIP, tunnels, where services listen, ARP.

Private: this file may change in any release; do not import it from outside the collection.
Pure: one small function a fault, each from a scene to what it found.
"""

from __future__ import annotations

import ipaddress
import itertools
import shlex
import typing as t
from collections.abc import Iterator, Mapping

from ...module_utils._kernel.arp import HIDING
from ...module_utils._model.claims import VIP, thing
from ...module_utils._model.tunnels import Unpacking
from . import firewall
from .firewall_rules import arp_drops
from .scene import Found, Host, Scene, is_within, removal, takes

Entry = Mapping[str, t.Any]

_STRICT = 1


def _wide(host: Host, vip: str) -> list[tuple[Entry, Entry]]:
    """On a NIC it is an address of its own network like others."""
    return [
        (interface, one)
        for interface, one in host.holding(vip)
        if one["prefix"] < (128 if ":" in vip else 32) and not interface["speaks_arp"]
    ]


def vip_mask_wide(scene: Scene) -> Iterator[Found]:
    for host, role in scene.realservers:
        for vip in role["vips"]:
            for interface, one in _wide(host, vip):
                address = f"{vip}/{one['prefix']}"
                words = {
                    "address": address,
                    "interface": interface["name"],
                    "network": ipaddress.ip_interface(address).network,
                }
                yield Found("vip-mask-wide", host.name, words, (f"{address} on {interface['name']}",))


def vip_missing(scene: Scene) -> Iterator[Found]:
    for host, role in scene.realservers:
        for vip in role["vips"] if host.seen.get("interfaces") is not None else []:
            if not host.is_own(vip) and not host.holding_in_vain(vip) and not _all_redirected(host, role, vip):
                shown = "; ".join(_shown(one) for one in host.all("interfaces"))
                yield Found("vip-missing-realserver", host.name, {"vip": vip}, (shown,))


def vip_left_over(scene: Scene) -> Iterator[Found]:
    """A VIP of ours where the plan has none; a director may have its own on any interface."""
    for host in scene.hosts.values():
        if host.name in scene.plan["aliases"]:
            continue
        slices = scene.plan["hosts"].get(host.name, {})
        anywhere = {one["address"] for one in slices.get("director", {}).get("addresses", ())}
        here = {(one["address"], one["interface"]) for one in slices.get("realserver", {}).get("addresses", ())}
        foreign = host.of_others(scene.lvs)
        for one in host.all("placed") if not host.missed("claims") else []:
            vip, interface = one["vip"], one["interface"]
            if vip not in anywhere and (vip, interface) not in here and thing(VIP, vip) not in foreign:
                words = {"vip": vip, "interface": interface}
                yield Found("vip-left-over", host.name, words, (f"{vip} dev {interface} is on record",))


def _shown(interface: Entry) -> str:
    addresses = " ".join(f"{one['address']}/{one['prefix']}" for one in interface["addresses"])
    return f"{interface['name']}: {addresses or 'no address'}"


# --- tunnels ---


def tunnel_down(scene: Scene) -> Iterator[Found]:
    for host, role in scene.realservers:
        for name in _devices(host, role):
            interface = host.interface(name)
            state = "missing" if interface is None else "down"
            if interface is None or not interface["up"]:
                yield Found("tunnel-down", host.name, {"interface": name, "state": state}, (f"{name} is {state}",))


def _devices(host: Host, role: Entry) -> list[str]:
    if host.seen.get("interfaces") is None:
        return []
    return sorted({Unpacking(**tunnel).interface for tunnel in role["tunnels"]})


def _filtered(host: Host, role: Entry) -> Iterator[tuple[str, int]]:
    """The tunnel devices of IPv4 on which reverse path filtering is at work, and how strictly."""
    for name in sorted({Unpacking(**tunnel).interface for tunnel in role["tunnels"] if tunnel["inner"] == "ipv4"}):
        filtering = host.effective(name, "rp_filter")
        if filtering:
            yield name, filtering


def tunnel_rp_filter(scene: Scene) -> Iterator[Found]:
    for host, role in scene.realservers:
        for name, filtering in _filtered(host, role):
            if filtering == _STRICT:
                yield Found("tunnel-rp-filter", host.name, {"tunnel": name}, _rp_evidence(host, name))


def tunnel_taken(scene: Scene) -> Iterator[Found]:
    """A device of somebody's that takes what is in any tunnel of its kind: it comes first, and filters for itself."""
    for host, role in scene.realservers:
        inner = sorted({Unpacking(**tunnel).interface for tunnel in role["tunnels"] if tunnel["inner"] == "ipv4"})
        for ours in filter(None, map(host.interface, inner)):
            for other in host.all("interfaces"):
                taken = other.get("external") and other["up"] and other["kind"] == ours["kind"]
                filtering = host.effective(other["name"], "rp_filter") if taken else 0
                # Loose filtering passes only on a device that has an address.
                if filtering and (filtering == _STRICT or not other["addresses"]):
                    words = {"tunnel": other["name"], "instead": ours["name"]}
                    yield Found("tunnel-taken", host.name, words, _rp_evidence(host, other["name"]))


def vip_beside_tunnel(scene: Scene) -> Iterator[Found]:
    """Loose filtering passes only on a device that has an address."""
    for host, role in scene.realservers:
        for name, filtering in _filtered(host, role):
            device = host.interface(name)
            if filtering == _STRICT or device is None or device["addresses"]:
                continue
            for vip in role["vips"]:
                for interface, one in host.holding(vip)[:1]:
                    # An address that somebody has put elsewhere is nothing that site.yml takes away.
                    words = {"vip": vip, "interface": interface["name"], "tunnel": name}
                    words["command"] = removal(interface, one)
                    yield Found("vip-beside-tunnel", host.name, words, _rp_evidence(host, name))


def _rp_evidence(host: Host, name: str) -> tuple[str, ...]:
    dropped = (host.seen.get("counters") or {}).get("TcpExtIPReversePathFilter", 0)
    settings = [f"net.ipv4.conf.{one}.rp_filter" for one in ("all", name)]
    values = " and ".join(f"{one} = {host.setting(one)}" for one in settings)
    return (f"{values}; the larger counts", f"{dropped} packets dropped so since boot (TcpExtIPReversePathFilter)")


# --- where the services listen ---


def unanswered(scene: Scene) -> Iterator[tuple[Host, Entry, Entry, list[str]]]:
    """Each address and port where a realserver must answer, with the addresses where something listens on the port."""
    for host, role in scene.playing("realserver"):
        for check in role["checks"]:
            listening = host.listening(check["protocol"], check["port"])
            if listening is None or any(takes(one, check["address"]) for one in listening):
                continue
            if not _is_redirected(host, check) and (scene.is_director(host.name) or not _is_forwarded(host, check)):
                yield host, role, check, listening


def _is_forwarded(host: Host, check: Entry) -> bool:
    """Whether the realserver sends on by a table of its own, as a node does with kube-proxy."""
    endpoint = (check["address"], check["protocol"])
    return any(
        (one["vip"], one["protocol"]) == endpoint and one["port"] in (check["port"], 0) and one["realservers"]
        for one in host.services
    )


def _is_redirected(host: Host, check: Entry) -> bool:
    """Whether the packet filter may give what comes for a service to another: docker's published ports are such."""
    address = check["address"]
    kind = firewall.LOCAL if host.is_own(address) else "unicast"
    packet = firewall.Packet(address, check["protocol"], check["port"], destination_type=kind)
    return firewall.may_redirect(host.chains, packet)


def _all_redirected(host: Host, role: Entry, vip: str) -> bool:
    """Then the realserver needs no VIP."""
    checks = [check for check in role["checks"] if check["address"] == vip]
    return bool(checks) and all(_is_redirected(host, check) for check in checks)


# How ss shows what listens; it lists SCTP with all sockets alone.
_SS_OPTIONS = {"tcp": "-Hnlt", "udp": "-Hnlu", "sctp": "-HnaS"}


def service_down(scene: Scene) -> Iterator[Found]:
    for host, _role, check, listening in unanswered(scene):
        if not listening:
            words = {**check, "options": _SS_OPTIONS[check["protocol"]]}
            ports = sorted({one["port"] for one in host.all("listeners") if one["protocol"] == check["protocol"]})
            shown = f"{check['protocol']} ports with a listener: {', '.join(map(str, ports)) or 'none'}"
            yield Found("service-down", host.name, words, (shown,))


def service_elsewhere(scene: Scene) -> Iterator[Found]:
    for host, role, check, listening in unanswered(scene):
        if listening:
            rule = "service-not-on-rip" if check["address"] in role["rips"] else "service-not-on-vip"
            words = {**check, "found": " and ".join(listening)}
            shown = tuple(f"a socket listens on {one} port {check['port']}" for one in listening)
            yield Found(rule, host.name, words, shown)


def service_overrun(scene: Scene) -> Iterator[Found]:
    """The kernel drops who comes when more wait than there is room for."""
    for host, role in scene.playing("realserver"):
        listeners = [one for one in host.all("listeners") if one.get("waiting", 0) > one.get("room", 0)]
        for check in role["checks"]:
            for one in listeners:
                its_own = (one["protocol"], one["port"]) == (check["protocol"], check["port"])
                if its_own and takes(one["address"], check["address"]):
                    words = {name: one[name] for name in ("port", "waiting", "room")}
                    shown = f"Recv-Q {one['waiting']}, Send-Q {one['room']} of {one['address']} port {one['port']}"
                    yield Found("service-overrun", host.name, words, (shown,))


# --- ARP ---


def _exposed(scene: Scene, name: str) -> Iterator[tuple[Host, str, str, int]]:
    """Each IPv4 VIP of a realserver with an interface on which this ARP setting does not hide it."""
    for host, role in scene.realservers:
        for vip in role["vips"]:
            if ":" in vip or not host.is_own(vip):
                continue
            for interface in host.arp_interfaces:
                value = host.effective(interface, name)
                if value is None or value in HIDING[name] or filtered_arp(host, vip, interface, name):
                    continue
                if name == "arp_announce" and value == _WITHIN_NETWORKS and not _is_beside(host, vip, interface):
                    continue
                yield host, vip, interface, value
                break


def _is_beside(host: Host, address: str, interface: str) -> bool:
    """Whether an address is on a network of this interface."""
    networks = [f"{one['address']}/{one['prefix']}" for one in (host.interface(interface) or _NOTHING)["addresses"]]
    return any(is_within(address, network) for network in networks)


# With this arp_announce the kernel sends ARP requests from any of its addresses on the network of the target.
_WITHIN_NETWORKS = 1
_NOTHING: Entry = {"addresses": ()}
_ARP_CHAINS = ("INPUT", "OUTPUT", "FORWARD")
# Which rules stand in for each setting: nothing in the VIP's name goes out, answers and questions alike, or nobody's
# question comes in. A message that is rewritten is not in its name either.
_ARP_RULES = {
    "arp_ignore": {"INPUT": ("-d", "daddr ip", "-i"), "OUTPUT": ("-s", "saddr ip", "-o")},
    "arp_announce": {"OUTPUT": ("-s", "saddr ip", "-o")},
}


def filtered_arp(host: Host, vip: str, interface: str, name: str) -> bool:
    """arptables or nft hide it there, or perhaps do, in which case the settings need not."""
    if host.missed("arptables") or host.missed("nft"):
        return True
    drops = arp_drops(host.seen.get("nft") or "")
    return any(
        any(_arp_rule_hides(line, chain, option, on, vip, interface) for line in host.seen.get("arptables") or [])
        or any(
            one.about == about
            and one.hook in ("", chain.lower())
            and (not one.interfaces or interface in one.interfaces)
            and any(is_within(vip, network) for network in one.networks)
            for one in drops
        )
        for chain, (option, about, on) in _ARP_RULES[name].items()
    )


def _arp_rule_hides(line: str, chain: str, option: str, on: str, vip: str, interface: str) -> bool:
    """Does a line of arptables-save drop or rewrite ARP with this address, or everything, on this interface?

    A rule of another chain than the kernel's may be met from any.
    """
    if line.startswith(f":{chain} DROP"):
        return True
    words = shlex.split(line.partition("] ")[2] if line.startswith("[") else line)
    met = words[:1] == ["-A"] and words[1:2] != [] and (words[1] == chain or words[1] not in _ARP_CHAINS)
    if not met or not {"DROP", "mangle"} & {*words} or "!" in words:
        return False
    given = dict(itertools.pairwise(words))
    on_it = given.get(on, "any") in (interface, "any", "*")
    return on_it and (option not in given or is_within(vip, given[option]))


def arp_answered(scene: Scene) -> Iterator[Found]:
    yield from _arp_found(scene, "arp-answered", "arp_ignore")


def arp_announced(scene: Scene) -> Iterator[Found]:
    yield from _arp_found(scene, "arp-announced", "arp_announce")


def _arp_found(scene: Scene, rule: str, name: str) -> Iterator[Found]:
    client = next((f"on {host.name}" for host in scene.clients), "there")
    for host, vip, interface, value in _exposed(scene, name):
        shown = _arp_evidence(scene, host, vip, interface, name, value)
        yield Found(rule, host.name, {"vip": vip, "where": client}, shown)


def _arp_evidence(scene: Scene, host: Host, vip: str, interface: str, name: str, value: int) -> tuple[str, ...]:
    settings = [f"net.ipv4.conf.{one}.{name}" for one in ("all", interface)]
    said = [f"{one} = {host.setting(one)}" for one in settings]
    good = " or ".join(map(str, HIDING[name]))
    lines = [f"{' and '.join(said)}: {value} counts, and it must be {good}"]
    if host.setting(f"net.ipv4.conf.lo.{name}") in HIDING[name]:
        lines.append(f"net.ipv4.conf.lo.{name} has no effect: there is no ARP on lo")
    lines += [f"{who} finds {vip} at {mac}, {host.name}" for who, mac in third_hosts(scene, vip) if mac in host.macs]
    return tuple(lines)


def third_hosts(scene: Scene, vip: str) -> list[tuple[str, str]]:
    """Which hosts that do not have the VIP themselves find it at which MAC."""
    found = []
    for host in scene.hosts.values():
        if host.holding(vip):
            continue
        neighbour = host.neighbour(vip)
        macs = set(host.probed("who_has", {}).get(vip, []))
        if neighbour and neighbour["mac"]:
            macs.add(neighbour["mac"])
        found += [(host.name, mac) for mac in sorted(macs)]
    return found


def vip_at_wrong_mac(scene: Scene) -> Iterator[Found]:
    """Somebody else answers for the VIP, or a cache still says so; who is named by another finding is left to it."""
    directors = {mac for host, _role in scene.directors for mac in host.macs}
    named = {found.host for rule in (arp_answered, arp_announced) for found in rule(scene)}
    for vip in scene.vips if scene.all_directors_seen else []:
        for who, mac in third_hosts(scene, vip):
            owner = scene.owner_of_mac(mac)
            holds = owner in scene.hosts and any(one["speaks_arp"] for one, _address in scene.hosts[owner].holding(vip))
            if mac not in directors and owner not in named and not holds:
                known = scene.hosts[who].neighbour(vip) or {"state": "", "interface": ""}
                forget = ["del", vip, "dev", known["interface"]] if "permanent" in known["state"] else ["flush", vip]
                words = {
                    "vip": vip,
                    "mac": mac,
                    "owner": owner or "a machine that is not in the inventory",
                    "forget": shlex.join(["ip", "neigh", *map(str, forget)]),
                }
                yield Found("vip-at-wrong-mac", who, words, (f"{who}: {vip} lladdr {mac}",))
