# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no rule explains, with what was ruled out; and what no client tried.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from a scene to words.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...module_utils._model.address import family_of
from . import firewall
from .directors import live, planned
from .network import IN, first_packet, shown_way
from .scene import Found, Host, Scene

_MOST = 5  # rules of one host


def unexplained(scene: Scene) -> Iterator[Found]:
    """A client outside is not served; only said when no other rule found anything, with what was ruled out."""
    for host in scene.clients:
        for one in host.probed("connect", []):
            if one["outcome"] != "connected":
                words = {"service": f"tcp {one['address']}:{one['port']}", "outcome": one["outcome"]}
                words["vip"], words["port"] = one["address"], one["port"]
                ruled_out = tuple(_ruled_out(scene, host, one["address"], one["port"]))
                yield Found("unexplained", host.name, words, (f"one connection: {one['outcome']}", *ruled_out))


def _ruled_out(scene: Scene, client: Host, vip: str, port: int) -> Iterator[str]:
    """What was looked at and is in order; what could not be seen is not named."""
    macs = set(client.probed("who_has", {}).get(vip, []))
    for host, _role in scene.directors:
        if macs and macs <= host.macs:
            yield f"not ARP: {client.name} finds {vip} at {', '.join(sorted(macs))}, {host.name}"
        yield from _in_order_on_a_director(scene, host, vip, port)
    for host, role in scene.realservers:
        for interface, _one in host.holding(vip):
            yield f"not the VIP of {host.name}: {vip} is on {interface['name']}"
        if any(check["port"] == port for check in role["checks"]) and host.listening("tcp", port):
            yield f"not the daemon of {host.name}: it listens on tcp port {port}"
        (source, *_others) = scene.client_addresses(family_of(vip))
        yield from _filtered(host, firewall.entering(vip, "tcp", port, source))
    yield from _routes(scene, vip)


def _routes(scene: Scene, vip: str) -> Iterator[str]:
    """An answer that leaves by another interface than that of the RIP may be lost there, as in a VPN."""
    for host in scene.hosts.values():
        rips = scene.plan["hosts"].get(host.name, {}).get("realserver", {}).get("rips", ())
        inside = {interface["name"] for rip in rips for interface, _one in host.holding(rip)}
        for way in host.all("ways"):
            aside = inside and way["from"] == vip and way["interface"] not in inside
            yield f"{'perhaps' if aside else 'not'} the routes of {host.name}: {shown_way(way)}"


def _in_order_on_a_director(scene: Scene, host: Host, vip: str, port: int) -> Iterator[str]:
    for service in live(host):
        if (service.key.vip, service.key.port) == (vip, port):
            pool = ", ".join(f"{scene.member(one.rip)} weight {one.weight}" for one in service.realservers)
            yield f"not the table: {host.name} has {service.key.label} with {pool}"
    yield from _filtered(host, first_packet(scene, host, vip, "tcp", port))


def _filtered(host: Host, packet: firewall.Packet) -> Iterator[str]:
    """No rule certainly drops the packet, or another fault would have been found; some may, and are looked at next."""
    if host.missed("nft") or host.missed("iptables"):
        return
    rules = sum(len(one.rules) for one in host.chains.values())
    yield f"not the packet filter of {host.name}: no rule of {rules} certainly drops the packet"
    for rule in firewall.suspects(host.chains, IN, packet)[:_MOST]:
        yield f"perhaps the packet filter of {host.name}, for this rule cannot be judged: {rule.text}"


def untried(scene: Scene) -> list[str]:
    """The services that no client connected to: what was not tried may not work."""
    asked = {(one["address"], one["port"]) for host in scene.clients for one in host.probed("connect", [])}
    labels = {
        service.key.label
        for _host, role in scene.directors
        for service in planned(role)
        if service.key.protocol != "tcp" or (service.key.vip, service.key.port) not in asked
    }
    return sorted(labels)
