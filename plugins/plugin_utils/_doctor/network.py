# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on the way: routes there and back, redirects, packet filters, connection tracking; and faulty tests.

Private: this file may change in any release; do not import it from outside the collection.
Pure: one small function a fault, each from a scene to what it found.
"""

from __future__ import annotations

import shlex
import typing as t
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ...module_utils._model.address import IPV4, family_of
from ...module_utils._model.table import Realserver, Service, Tunnel
from ...module_utils._model.tunnels import Unpacking
from .._rules.doctor import SAME, SLOW
from . import firewall
from .directors import live, planned
from .policy import REFUSING, Policy, policy, refusing, tables
from .scene import DIRECT, Found, Host, Scene, prefix_of, removal

Entry = Mapping[str, t.Any]

IN = ("prerouting", "input")
_FULL = 0.9
_GONE = ("failed", "incomplete")  # the state of a neighbour that does not answer
# With either, connection tracking wants to have seen a connection from its beginning, in both directions.
_STRICT_TRACKING = (("net.netfilter.nf_conntrack_tcp_loose", 0), ("net.ipv4.vs.conntrack", 1))
_WAITING = ("syn-sent", "estab")
_CURES_OF_MARKS = {
    True: "Run: ansible-playbook linuxvirtualserver.lvs.site",
    False: "Make the rules again with what made them, or let the collection make them (lvs_marks: managed).",
}
_SOURCE_HASHES = ("sh", "mh", "dh", "lblc", "lblcr")


def _members(scene: Scene) -> Iterator[tuple[Host, Service, Realserver]]:
    """Each realserver of each planned service, from each director."""
    for host, role in scene.directors:
        for service in planned(role):
            for one in service.realservers:
                yield host, service, one


def shown_way(way: Entry) -> str:
    through = f" via {way['via']}" if way["via"] else ""
    device = f" dev {way['interface']}" if way["interface"] else ""
    named = f" from {way['source']}" if way["source"] else ""
    arriving = f" iif {way['on']}" if way.get("on") else ""
    return f"the way to {way['to']}{arriving}: {way['kind']}{through}{device}{named}"


def _route_of(host: Host, way: Entry, kinds: Collection[str]) -> Entry | None:
    """The route by which packets go this way."""
    to, rules = way["to"], _rules(host, way["to"])
    return host.route(to, kinds, way["via"], tables(rules, to, way["from"]) if rules is not None else None)


def _delete(host: Host, way: Entry, kinds: Collection[str]) -> str:
    """The command that takes the route of a way away; empty for a default route or for none."""
    route = _route_of(host, way, kinds)
    if route is None or (route["to"] == "default" and way["via"]):
        return ""
    kind = [] if route.get("kind", "unicast") == "unicast" else [route["kind"]]
    gateway = ["via", route["via"]] if route["via"] else []
    table = [] if route.get("table", "main") == "main" else ["table", route["table"]]
    return shlex.join(["ip", *_family(way["to"]), "route", "del", *kind, route["to"], *gateway, *table])


def _family(address: str) -> list[str]:
    """What ip(8) wants to be told for an address that is not of IPv4."""
    return ["-6"] if ":" in address else []


def _rules(host: Host, to: str) -> list[str] | None:
    """The rules of policy routing for packets of this family, None where they could not be seen."""
    return host.seen.get("rules6" if ":" in to else "rules")


def _undo(command: str) -> str:
    """A command for the host at fault, before what else is to be done."""
    return f"On {{host}} run: {command}. " if command else ""


# --- from the director to the realserver ---


def realserver_silent(scene: Scene) -> Iterator[Found]:
    """Of a realserver that nobody could look at, its neighbour the director knows at least that it is gone."""
    for name, rip in sorted({(host.name, one.rip) for host, _service, one in _members(scene)}):
        neighbour = scene.hosts[name].neighbour(rip)
        realserver = scene.member(rip)
        if realserver not in scene.hosts and neighbour and neighbour["state"] in _GONE:
            words = {"realserver": realserver, "rip": rip}
            yield Found("realserver-silent", name, words, (f"the neighbour {rip} of {name}: {neighbour['state']}",))


def rip_gone(scene: Scene) -> Iterator[Found]:
    """On one network with a director a realserver has its RIP itself; elsewhere a router may translate it."""
    for name, rip in sorted({(host.name, one.rip) for host, _service, one in _members(scene)}):
        way, host = scene.hosts[name].way(rip), scene.hosts.get(scene.member(rip))
        near = way is not None and way["kind"] == "unicast" and not way["via"]
        if near and host and host.seen.get("interfaces") is not None and not host.is_own(rip):
            held = sorted(host.addresses - set(scene.vips))
            yield Found("rip-gone", host.name, {"rip": rip}, (f"{host.name} has {', '.join(held) or 'no address'}",))


def realserver_behind_router(scene: Scene) -> Iterator[Found]:
    routed = {(host.name, one.rip) for host, _service, one in _members(scene) if one.forwarding == "dr"}
    for name, rip in sorted(routed):
        way = scene.hosts[name].way(rip)
        if way and way["via"]:
            undo = _undo(_delete(scene.hosts[name], way, ("unicast",))).format(host=name)
            words = {"realserver": scene.member(rip), "rip": rip, "via": way["via"], "undo": undo}
            yield Found("realserver-behind-router", name, words, (shown_way(way),))


def vip_is_source(scene: Scene) -> Iterator[Found]:
    """A realserver of dr and tun that has the VIP takes packets from the VIP for forged ones."""
    for host, role in scene.directors:
        direct = {one.rip for service in planned(role) for one in service.realservers if one.forwarding in DIRECT}
        for rip in sorted(direct):
            way = host.way(rip)
            if way and way["kind"] == "unicast" and way["source"] in scene.vips:
                words = {
                    "realserver": scene.member(rip),
                    "source": way["source"],
                    "command": _from_dip(host, way, role["dips"]),
                }
                yield Found("vip-is-source", host.name, words, (shown_way(way),))


def _from_dip(host: Host, way: Entry, dips: Collection[str]) -> str:
    """The command that makes the director's own address the source of what goes this way."""
    route = _route_of(host, way, ("unicast",))
    to = route["to"] if route else way["to"]
    gateway = ["via", way["via"]] if way["via"] else []
    dip = next((one for one in dips if family_of(one) == family_of(way["to"])), "DIP")
    words = ["ip", *_family(way["to"]), "route", "replace", to, *gateway, "dev", way["interface"], "src", dip]
    return shlex.join(map(str, words))


# --- from the realserver to the client ---


def _answers(scene: Scene, direct: bool) -> Iterator[tuple[Host, str, Entry]]:
    """The way of each realserver to each client: from its VIP with dr and tun, from its RIP with nat."""
    by_nat = scene.rips_by_nat
    for host, role in scene.realservers:
        if direct:
            sources = [vip for vip in role["vips"] if host.holding(vip)]
        else:
            sources = [rip for rip in role["rips"] if rip in by_nat and host.is_own(rip)]
        for source in sources:
            for client in scene.client_addresses(family_of(source)):
                way = host.way(client, source)
                if way:
                    yield host, client, way


def gateway_is_director(scene: Scene) -> Iterator[Found]:
    for host, _client, way in _answers(scene, direct=True):
        if way["via"] in scene.director_addresses:
            undo = _undo(_delete(host, way, ("unicast",))).format(host=host.name)
            words = {"via": way["via"], "undo": undo}
            yield Found("gateway-is-director", host.name, words, (shown_way(way),))


def route_forbidden(scene: Scene) -> Iterator[Found]:
    """A route or a rule that says no, on the way of a realserver's answer or of the director to a realserver."""
    ways = [(host, way) for direct in (True, False) for host, _client, way in _answers(scene, direct)]
    ways += [(host, way) for host, role in scene.directors for way in _ways_of(host, role)]
    for host, way in ways:
        rule, undo = refusal(host, way)
        # Of a packet that passes the kernel says the same for other reasons: that it does not forward, or whence it is.
        if undo or (_kind(way) in REFUSING and way["kind"] != "unreachable" and not way.get("arrives")):
            words = {"kind": _kind(way), "to": way["to"], "undo": undo or f"ip route get {way['to']}; ip rule"}
            yield Found(
                "route-forbidden", host.name, words, (shown_way(way), *([f"the rule {rule.text}"] if rule else []))
            )


def _kind(way: Entry) -> str:
    return "unreachable" if way["kind"] == "unreachable route" else str(way["kind"])


def refusal(host: Host, way: Entry) -> tuple[Policy | None, str]:
    """The rule that refuses a packet, if it is one, and the command that takes the rule or the route away."""
    kind, to = _kind(way), way["to"]
    if kind not in REFUSING:
        return None, ""
    # Of IPv4 the kernel tells a route of this type from no route at all, as which a rule of this type looks.
    rule = None if way["kind"] == "unreachable route" else refusing(_rules(host, to) or [], to, way["from"], kind)
    if rule:
        return rule, shlex.join(["ip", *_family(to), "rule", "del", "pref", rule.number])
    return None, "" if way["kind"] == "unreachable" and ":" not in to else _delete(host, way, (kind,))


def _ways_of(host: Host, role: Entry) -> list[Entry]:
    """The ways of a director: to realservers, and for the answers that pass it."""
    own = {one.rip for service in planned(role) for one in service.realservers}
    return [way for way in host.all("ways") if way["to"] in own or way.get("arrives") in own]


def answer_into_tunnel(scene: Scene) -> Iterator[Found]:
    """A realserver answers clients by itself: the tunnel is the way in, and nobody is at its other end."""
    for host, client, way in _answers(scene, direct=True):
        if way["kind"] == "unicast" and _is_own_tunnel(scene, host, way):
            undo = _delete(host, way, ("unicast",)) or f"ip route get {client}"
            words = {"client": client, "tunnel": way["interface"], "undo": undo}
            yield Found("answer-into-tunnel", host.name, words, (shown_way(way),))


def _is_own_tunnel(scene: Scene, host: Host, way: Entry) -> bool:
    """Whether it leads to what decapsulates for this LVS."""
    tunnels = scene.plan["hosts"][host.name]["realserver"]["tunnels"]
    return way["interface"] in {Unpacking(**one).interface for one in tunnels}


def answer_into_vpn(scene: Scene) -> Iterator[Found]:
    """A rule of policy routing leads elsewhere, as that of a VPN for all packets, before the client's own network."""
    for host, client, way in _answers(scene, direct=True):
        out, near = host.interface(way["interface"] or ""), host.nearest(client)
        if near is None or out is None or out["speaks_arp"] or way["kind"] != "unicast" or way["via"]:
            continue
        if _is_own_tunnel(scene, host, way):
            continue  # answer-into-tunnel
        rule = _leading(host, way, near[0])
        if rule:
            before = ["from", str(way["from"]), "lookup", "main", "pref", str(int(rule.number) - 1)]
            words = {"client": client, "interface": out["name"], "near": near[1], "rule": rule.number}
            words["command"] = shlex.join(["ip", *_family(client), "rule", "add", *before])
            yield Found("answer-into-vpn", host.name, words, (shown_way(way), f"the rule {rule.text}"))


def _leading(host: Host, way: Entry, bits: int) -> Policy | None:
    """The rule that leads this way, to a route that is wider than the network of that many bits."""
    for rule in map(policy, _rules(host, way["to"]) or ()):
        meant = rule.number.isdigit() and int(rule.number) and rule.table not in ("", "local", "main")
        if meant and rule.fits(way["to"], way["from"]) is not False:
            route = host.route(way["to"], ("unicast",), None, {rule.table})
            if route and route["interface"] == way["interface"] and prefix_of(route) < bits:
                return rule
    return None


def nic_rp_filter(scene: Scene) -> Iterator[Found]:
    """The kernel itself says whether it takes a client's packet there: its filters, routes and rules all count."""
    for host, role in scene.realservers:
        for vip, client, rip in ((one["to"], one["source"], one["arrives"]) for one in role["arrivals"]):
            way, back = host.way(vip, client, rip), host.way(client, vip)
            if way and back and host.holding(vip) and _is_filtered(way, back):
                interface = way.get("on") or ""
                settings = [f"net.ipv4.conf.{one}.rp_filter" for one in ("all", interface)]
                values = " and ".join(f"{one} = {host.setting(one)}" for one in settings)
                words = {"client": client, "interface": interface, "back": back["interface"]}
                shown = (shown_way(way), shown_way(back), f"{values}; the larger counts")
                yield Found("nic-rp-filter", host.name, words, shown)


def _is_filtered(way: Entry, back: Entry) -> bool:
    """Without any way back it is another fault."""
    return bool(way["kind"] == "filtered" and back["kind"] == "unicast" and back["interface"] != way.get("on"))


def gateway_missing(scene: Scene) -> Iterator[Found]:
    for direct in (True, False):
        for host, client, way in _answers(scene, direct):
            if way["kind"] == "unreachable" and not refusal(host, way)[1]:
                yield Found("gateway-missing", host.name, {"client": client}, (shown_way(way),))


def gateway_silent(scene: Scene) -> Iterator[Found]:
    """What was sent for a client in vain; a neighbour that was away once and is back is nobody's fault."""
    for direct in (True, False) if scene.unserved else ():
        for host, client, way in _answers(scene, direct):
            beside = [one for one in host.all("neighbours") if one["interface"] == way["interface"]]
            for one in beside:
                if one["address"] == way["via"] and one["state"] in _GONE:
                    shown = (shown_way(way), f"the neighbour {way['via']} of {host.name}: {one['state']}")
                    yield Found("gateway-silent", host.name, {"via": way["via"], "client": client}, shown)


def director_does_not_forward(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        for setting in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            if role["sysctls"].get(setting) == "1" and host.setting(setting) == 0:
                yield Found("director-does-not-forward", host.name, {"setting": setting}, (f"{setting} = 0",))


def redirect_followed(scene: Scene) -> Iterator[Found]:
    for host, client, way in _answers(scene, direct=False):
        if way["redirected"]:
            yield Found("redirect-followed", host.name, {"client": client}, (shown_way(way), "learned from a redirect"))


def nat_gateway_wrong(scene: Scene) -> Iterator[Found]:
    for host, client, way in _answers(scene, direct=False):
        through = way["via"] or f"{way['interface']}, on which both are"
        if way["kind"] == "unicast" and way["via"] not in scene.director_addresses and not way["redirected"]:
            undo = _undo(_delete(host, way, ("unicast",))).format(host=host.name) if way["via"] else ""
            words = {"client": client, "via": through, "undo": undo}
            yield Found("nat-gateway-wrong", host.name, words, (shown_way(way),))


def redirects_sent(scene: Scene) -> Iterator[Found]:
    """Where a client and a realserver of nat are reached on one interface, the kernel sees a shorter way for them."""
    rips = sorted(scene.rips_by_nat)
    for host, _role in scene.directors:
        inside = {way["interface"] for way in map(host.way, rips) if way}
        outside = {
            way["interface"]
            for way in (host.way(address) for address in scene.client_addresses("ipv4"))
            if way and way["kind"] == "unicast"
        }
        for interface in sorted(inside & outside - {None}):
            if host.effective(interface, "send_redirects"):
                said = [f"net.ipv4.conf.{one}.send_redirects" for one in ("all", interface)]
                shown = " and ".join(f"{one} = {host.setting(one)}" for one in said)
                yield Found("redirects-sent", host.name, {"interface": interface}, (f"{shown}; the larger counts",))


# --- packet filters ---


def _dropped(host: Host, hooks: tuple[str, ...], packet: firewall.Packet) -> tuple[Entry, str] | None:
    verdict = firewall.dropping(host.chains, hooks, packet)
    if verdict is None:
        return None
    dropped = verdict.target == firewall.DROP
    words = {
        "undo": verdict.rule.undo,
        "drops": "drops" if dropped else "rejects",
        "effect": "hang" if dropped else "are refused",
    }
    return words, verdict.rule.text


def firewall_director(scene: Scene) -> Iterator[Found]:
    for host, role in scene.directors:
        for service in planned(role):
            if service.key.vip is None or not service.key.port:
                continue
            packet = _entering(scene, host, service)
            dropped = _dropped(host, IN, packet) or _dropped_leaving(host, service, packet)
            if dropped:
                yield Found("firewall-director", host.name, {**dropped[0], "service": service.key.label}, (dropped[1],))
            else:
                yield from _later_dropped(host, service, packet)


def _entering(scene: Scene, host: Host, service: Service) -> firewall.Packet:
    """The first packet of a client to a service, on the interface that has its VIP."""
    key = service.key
    packet = first_packet(scene, host, key.vip or "", key.protocol or "tcp", key.port)
    return replace(packet, state=firewall.UNTRACKED) if firewall.untracked(host.chains, packet) else packet


def first_packet(scene: Scene, host: Host, vip: str, protocol: str, port: int | None) -> firewall.Packet:
    """A client's packet comes in where the client is; where that is not known, on the network that has the VIP."""
    (client, *_others) = scene.client_addresses(family_of(vip))
    way = host.way(client)
    interface = way["interface"] if way and way["kind"] == "unicast" else None
    holding = (interface["name"] for interface, _one in host.holding(vip) if interface["speaks_arp"])
    packet = firewall.entering(vip, protocol, port, client)
    return replace(packet, interface=interface or next(holding, None), out_interface="")


def _dropped_leaving(host: Host, service: Service, packet: firewall.Packet) -> tuple[Entry, str] | None:
    """What IPVS sends on passes OUTPUT: to the VIP with dr, to the RIP with nat, in a tunnel's packet with tun."""
    tracked = host.setting("net.ipv4.vs.conntrack") == 1
    for one in service.realservers:
        way = host.way(one.rip)
        leaving = replace(
            packet,
            interface="",
            out_interface=way["interface"] if way else None,
            state=packet.state if tracked else firewall.UNTRACKED,
        )
        if one.forwarding == "nat":
            leaving = replace(
                leaving, destination=one.rip, port=one.port or service.key.port, destination_type="unicast"
            )
        elif one.forwarding == "tun":
            kind = Unpacking.of(one.tunnel or Tunnel(), service.key.family, family_of(one.rip))
            wrapped = _wrapped(kind, one.rip, way)
            leaving = replace(wrapped, interface="", out_interface=leaving.out_interface, state=leaving.state)
        dropped = _dropped(host, ("output",), leaving)
        if dropped and one.rip not in host.addresses:
            return dropped
    return None


def _wrapped(kind: Unpacking, rip: str, way: Entry | None) -> firewall.Packet:
    """The packet in which a director sends a client's to a realserver of tun, by its way there."""
    plain = "ipencap" if kind.inner == IPV4 else "ipv6"
    protocol = {"gre": "gre", "gue": "udp"}.get(kind.type, plain)
    return firewall.Packet(rip, protocol, kind.port or None, source=way["source"] if way else None)


def _later_dropped(host: Host, service: Service, packet: firewall.Packet) -> Iterator[Found]:
    """By dr and tun connection tracking sees half of a TCP connection, and may take its later packets for invalid."""
    direct = sorted({one.forwarding for one in service.realservers if one.forwarding in DIRECT})
    if host.missed("nft") or host.missed("iptables"):
        return  # there may be a rule by which connection tracking does not see the service
    strict = [f"{name} = {value}" for name, value in _STRICT_TRACKING if host.setting(name) == value]
    if not direct or not strict or service.key.protocol == "udp" or packet.state == firewall.UNTRACKED:
        return
    dropped = _dropped(host, IN, replace(packet, state=firewall.INVALID))
    if dropped:
        words = {**dropped[0], "forwarding": " and ".join(direct), "setting": strict[0]}
        yield Found("firewall-director-invalid", host.name, words, (dropped[1], *strict))


def firewall_forward(scene: Scene) -> Iterator[Found]:
    for host, service, one in _members(scene):
        if one.forwarding == "nat":
            (client, *_others) = scene.client_addresses(family_of(one.rip))
            inside, outside = host.way(one.rip), host.way(client)
            packet = firewall.Packet(
                client,
                service.key.protocol or "tcp",
                state="established",
                interface=inside["interface"] if inside else None,
                out_interface=outside["interface"] if outside else None,
                source=one.rip,
            )
            dropped = _dropped(host, ("forward",), packet)
            if dropped:
                words = {**dropped[0], "realserver": scene.member(one.rip)}
                yield Found("firewall-director-forward", host.name, words, (dropped[1],))


def firewall_realserver(scene: Scene) -> Iterator[Found]:
    for host, role in scene.realservers:
        for check in role["checks"]:
            (client, *_others) = scene.client_addresses(family_of(check["address"]))
            packet = firewall.entering(check["address"], check["protocol"], check["port"], client)
            dropped = _dropped(host, IN, packet)
            if dropped:
                service = f"{check['protocol']} {check['address']}:{check['port']}"
                yield Found("firewall-realserver", host.name, {**dropped[0], "service": service}, (dropped[1],))
        for kind, packet in _tunnelled(scene, role):
            dropped = _dropped(host, IN, replace(packet, destination_type=firewall.LOCAL))
            if dropped:
                service = f"{packet.destination} in packets of the tunnel ({kind.type}, {packet.protocol})"
                yield Found("firewall-realserver", host.name, {**dropped[0], "service": service}, (dropped[1],))


def _tunnelled(scene: Scene, role: Entry) -> Iterator[tuple[Unpacking, firewall.Packet]]:
    """What a realserver of tun gets from each director that was seen."""
    for kind in (Unpacking(**one) for one in role["tunnels"]):
        for rip in role["rips"]:
            if family_of(rip) == kind.outer:
                yield from ((kind, _wrapped(kind, rip, director.way(rip))) for director, _role in scene.directors)


def tunnel_mtu(scene: Scene) -> Iterator[Found]:
    """The director tells clients, which must hear it, unless it makes fragments or the realservers ask for less."""
    tunnelling = [
        director.name
        for director, service, one in _members(scene)
        if one.forwarding == "tun" and _may_be_too_large(scene, service, one)
    ]
    for host in dict.fromkeys(tunnelling):
        director = scene.hosts[host]
        if director.setting("net.ipv4.vs.pmtu_disc") == 0:
            continue
        for client in scene.client_addresses("ipv4"):
            packet = firewall.Packet(client, "icmp", state="related", icmp_type="3", icmp_code="4")
            yield from _deaf(director, ("output",), packet)
        for client_host in scene.clients:
            for address in sorted(client_host.addresses & set(scene.client_addresses("ipv4"))):
                packet = firewall.Packet(address, "icmp", state="related", icmp_type="3", icmp_code="4")
                yield from _deaf(client_host, IN, packet)


def _may_be_too_large(scene: Scene, service: Service, realserver: Realserver) -> bool:
    """Whether clients may send packets that do not fit the tunnel: nobody told them of smaller segments."""
    host = scene.hosts.get(scene.member(realserver.rip))
    if service.key.protocol != "tcp" or host is None:
        return True
    ways = [host.way(client, service.key.vip) for client in scene.client_addresses("ipv4")]
    return any(way is None or way["mss"] is None for way in ways)


def _deaf(host: Host, hooks: tuple[str, ...], packet: firewall.Packet) -> Iterator[Found]:
    dropped = _dropped(host, hooks, packet)
    if dropped:
        yield Found("tunnel-icmp-filtered", host.name, dropped[0], (dropped[1],))


def conntrack_full(scene: Scene) -> Iterator[Found]:
    for host in scene.hosts.values():
        figures = host.seen.get("conntrack") or {}
        if figures.get("max") and figures.get("count", 0) >= _FULL * figures["max"]:
            shown = f"net.netfilter.nf_conntrack_count = {figures['count']}, nf_conntrack_max = {figures['max']}"
            yield Found("conntrack-full", host.name, {**figures, "more": max(2 * figures["max"], 65536)}, (shown,))


def mark_rule_missing(scene: Scene) -> Iterator[Found]:
    """No rule on the way of a client's packet gives it the mark of its service, whoever was to make one."""
    for host, role in scene.directors:
        if host.missed("nft") or host.missed("iptables"):
            continue
        managed = bool(role.get("firewall", {}).get("marks"))
        for mark in role["marks"]:
            for port in mark["ports"] or [{"protocol": "tcp", "port": None}]:
                packet = first_packet(scene, host, mark["vip"], port["protocol"], port["port"])
                if not firewall.may_mark(host.chains, IN, packet, mark["fwmark"]):
                    where = f"{port['protocol']} {mark['vip']}" + (f":{port['port']}" if port["port"] else "")
                    words = {"where": where, "fwmark": mark["fwmark"], "cure": _CURES_OF_MARKS[managed]}
                    shown = f"{sum(len(one.rules) for one in host.chains.values())} rules, none of which sets it"
                    yield Found("mark-rule-missing", host.name, words, (shown,))


# --- faulty tests, and what is no fault at all ---


def client_inside(scene: Scene) -> Iterator[Found]:
    rules = {"director": "client-is-director", "realserver": "client-is-realserver"}
    for host in scene.hosts.values():
        roles = scene.plan["hosts"].get(host.name, {})
        tries = [one for one in host.all("sockets") if one["remote"] in scene.vips and one["state"] in _WAITING]
        if roles and tries:
            rule = rules["director" if "director" in roles else "realserver"]
            shown = tuple(sorted({f"{one['state']} {one['local']} -> {one['remote']}:{one['port']}" for one in tries}))
            yield Found(rule, host.name, {"vip": tries[0]["remote"]}, shown)


def rip_on_two_hosts(scene: Scene) -> Iterator[Found]:
    for name, slices in scene.plan["hosts"].items():
        for rip in slices.get("realserver", {}).get("rips", ()):
            holders = [
                (host, interface, one)
                for host in scene.hosts.values()
                if host.name not in scene.plan["aliases"]
                for interface, one in host.holding(rip)
                if interface["speaks_arp"] and interface["up"]
            ]
            if len({interface["mac"] for _host, interface, _one in holders}) < 2:
                continue
            for host, interface, one in (holder for holder in holders if holder[0].name != name):
                words = {"rip": rip, "realserver": name, "command": removal(interface, one)}
                shown = tuple(f"{who.name} has {rip} on {nic['name']} ({nic['mac']})" for who, nic, _one in holders)
                yield Found("rip-on-two-hosts", host.name, words, shown)


def client_has_vip(scene: Scene) -> Iterator[Found]:
    """Then it talks to itself, whatever it is on."""
    for host in scene.clients:
        for vip in scene.vips if host.name not in scene.plan["hosts"] else ():
            for interface, one in host.holding(vip):
                words = {"vip": vip, "interface": interface["name"], "command": removal(interface, one)}
                yield Found("client-has-vip", host.name, words, (f"{vip} on {interface['name']} of {host.name}",))


def names_awaited(scene: Scene) -> Iterator[Found]:
    for host, _role in scene.realservers:
        waiting = [one for one in host.all("sockets") if one["port"] == 113 and one["state"] == "syn-sent"]
        silent = [one for one in host.probed("names", []) if one["seconds"] is None]
        whom = [f"the identd of {one['remote']}" for one in waiting]
        whom += [f"the name server {one['nameserver']}" for one in silent] if scene.symptom == SLOW else []
        if whom:
            words = {"whom": " and ".join(dict.fromkeys(whom))}
            yield Found(
                "names-awaited", host.name, words, tuple(f"no answer from {one}" for one in dict.fromkeys(whom))
            )


def _as_asked(scene: Scene) -> Iterator[tuple[Host, Service]]:
    """The services as they are, when somebody wonders why one realserver gets all."""
    for host, role in scene.directors if scene.symptom == SAME else []:
        wanted = {service.key for service in planned(role)}
        yield from ((host, service) for service in live(host) if service.key in wanted)


def persistence_keeps(scene: Scene) -> Iterator[Found]:
    for host, service in _as_asked(scene):
        if service.persistence:
            words = {"service": service.key.label, "persistence": service.persistence}
            yield Found("persistence-keeps", host.name, words, (f"the table has persistence {service.persistence} s",))


def scheduler_keeps(scene: Scene) -> Iterator[Found]:
    for host, service in _as_asked(scene):
        if service.scheduler in _SOURCE_HASHES:
            words = {"service": service.key.label, "scheduler": service.scheduler}
            yield Found("scheduler-keeps", host.name, words, (f"the table has scheduler {service.scheduler}",))


def one_realserver_left(scene: Scene) -> Iterator[Found]:
    for host, service in _as_asked(scene):
        working = [one for one in service.realservers if one.weight]
        if len(working) == 1:
            words = {"service": service.key.label, "realserver": scene.member(working[0].rip)}
            yield Found("one-realserver-left", host.name, words, (f"{len(service.realservers)} realservers in all",))


# --- the rest ---


def setting_drift(scene: Scene) -> Iterator[Found]:
    """Settings of the plan that no other rule looks at."""
    named = ("arp_ignore", "arp_announce", "rp_filter", "ip_forward", "forwarding")
    for role_name in ("director", "realserver"):
        for host, role in scene.playing(role_name):
            wrong = [
                f"{name} = {found} and not {wanted}"
                for pattern, wanted in role["sysctls"].items()
                if not pattern.endswith(named)
                for name, found in _settings(host, pattern)
                if found != wanted
            ]
            if wrong:
                yield Found("setting-drift", host.name, {"settings": "; ".join(wrong)}, tuple(wrong))


def _settings(host: Host, pattern: str) -> list[tuple[str, str]]:
    """The live settings that a name, or one with * for every interface, stands for. On lo nothing is routed."""
    before, star, after = pattern.partition("*")
    settings: Mapping[str, str] = host.seen.get("settings") or {}
    return [
        (name, value)
        for name, value in settings.items()
        if (name.startswith(before) and name.endswith(after) if star else name == pattern) and ".lo." not in name
    ]


def boot_lost(scene: Scene) -> Iterator[Found]:
    """Hosts whose next boot brings nothing back, by decision or because nobody here can have it do so."""
    planned = {host.name: (host, role) for name in ("director", "realserver") for host, role in scene.playing(name)}
    for host, role in planned.values():
        init = host.seen.get("init")
        if not role.get("persistent", True):
            yield Found("boot-lost", host.name, {}, ("lvs_persistent: false",))
        elif init and not init["known"]:
            yield Found("init-unknown", host.name, {"init": init["name"]}, (f"init: {init['name']}",))


def unit_failed(scene: Scene) -> Iterator[Found]:
    for host in scene.hosts.values():
        for unit in host.all("units"):
            if unit["state"] == "failed":
                rule = "unit-failed" if "." in unit["unit"] else "service-failed"
                yield Found(rule, host.name, {"unit": unit["unit"]}, (f"{unit['unit']} {unit['state']}",))
