# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor looks at: the plan, and beside it the evidence of every host that could be seen.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible. Evidence that is missing is empty, so it never proves a fault.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import shlex
import typing as t
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ...module_utils._model.address import family_of
from ...module_utils._model.claims import NAME
from .._plan.addresses import ELSEWHERE
from .evidence import Answer
from .firewall import Chain
from .firewall_rules import iptables_chains, nft_chains

Entry = Mapping[str, t.Any]

_ANYWHERE = ("0.0.0.0/0", "::/0")
KEEPER = "keepalived"  # of the table, where anything is checked
_INTEGER = re.compile(r"-?[0-9]{1,20}")
DIRECT = ("dr", "tun")  # the realserver gets packets that are addressed to the VIP


class Found(t.NamedTuple):
    """A fault: the rule, the host at fault, the words that its sentences need and what proves it."""

    id: str
    host: str
    words: Mapping[str, object]
    evidence: tuple[str, ...]


@dataclass
class Host:
    """The evidence of one host, with the questions that the rules ask of it."""

    name: str
    seen: Entry
    unreadable: Mapping[str, object] = field(default_factory=dict)

    def missed(self, kind: str) -> bool:
        """Whether this could not be seen or read; what is not there for other reasons is known not to be there."""
        if kind in self.unreadable or (self.unreadable.keys() & {"evidence", "unseen"} and self.seen.get(kind) is None):
            return True
        return kind in {one["what"] for one in self.all("unseen")}

    def all(self, kind: str) -> list[Entry]:
        """The entries of one kind of evidence, none where it could not be seen."""
        return list(self.seen.get(kind) or [])

    @property
    def claims(self) -> Mapping[str, list[str]]:
        """Every LVS of this host, and what it asks for here."""
        return dict(sorted((self.seen.get("claims") or {}).items()))

    def others(self, lvs: object) -> dict[str, set[str]]:
        """The other LVS of this host, and what each asks for here that this one does not."""
        mine = self.claims.get(str(lvs), ())
        return {name: set(things).difference(mine) for name, things in self.claims.items() if name != lvs}

    def of_others(self, lvs: object) -> set[str]:
        """What another LVS than this one asks for here, and this one does not."""
        return {thing for things in self.others(lvs).values() for thing in things}

    @property
    def owners(self) -> list[str]:
        """The programs that write the table of the kernel."""
        return list(map(str, self.all("owners")))

    @property
    def kept(self) -> list[str]:
        """The LVS of which keepalived keeps the services here, by its files."""
        return list((self.seen.get("keepalived") or {}).get("keeps", ()))

    def is_kept(self, lvs: str) -> bool:
        """Whether a keepalived runs that keeps those of this LVS, and checks its realservers."""
        return KEEPER in self.owners and lvs in self.kept

    def probed(self, kind: str, nothing: t.Any) -> t.Any:
        """What the host learned by asking others, nothing where it was not told to."""
        return (self.seen.get("probe") or {}).get(kind, nothing)

    def holding(self, address: str) -> list[tuple[Entry, Entry]]:
        """Where the host has an address and may use it: the interface and the address."""
        return self._holding(address, usable=True)

    def holding_in_vain(self, address: str) -> list[tuple[Entry, Entry]]:
        """Where the host has an address that is or may be another machine's, so that its kernel does not use it."""
        return self._holding(address, usable=False)

    def _holding(self, address: str, usable: bool) -> list[tuple[Entry, Entry]]:
        return [held for held in self._held.get(address, ()) if held[1].get("usable", True) is usable]

    @functools.cached_property
    def _held(self) -> dict[str, list[tuple[Entry, Entry]]]:
        """Each address with its interfaces: a host may have hundreds of VIPs, and every rule asks for each."""
        held: dict[str, list[tuple[Entry, Entry]]] = {}
        for interface in self.all("interfaces"):
            for one in interface["addresses"]:
                held.setdefault(one["address"], []).append((interface, one))
        return held

    def is_own(self, address: str) -> bool:
        """Whether the kernel takes what is sent there: for an address of its own, or by a route that says so."""
        return bool(self.holding(address)) or any(is_within(address, network) for network in self._made_local)

    @functools.cached_property
    def _made_local(self) -> list[str]:
        """What somebody made this host's own without an address; `default` is for what a rule sends to such a table."""
        networks = [one["to"] for one in self.all("routes") if one.get("kind") == "local"]
        return [one for network in networks for one in (_ANYWHERE if network == "default" else (network,))]

    @property
    def addresses(self) -> set[str]:
        return {one["address"] for interface in self.all("interfaces") for one in interface["addresses"]}

    @property
    def macs(self) -> set[str]:
        return {interface["mac"] for interface in self.all("interfaces") if interface["mac"]}

    @property
    def arp_interfaces(self) -> list[str]:
        """The interfaces on which the host speaks ARP now."""
        return [one["name"] for one in self.all("interfaces") if one["speaks_arp"] and one["up"]]

    def nearest(self, address: str) -> tuple[int, str] | None:
        """The bits of the narrowest network that has this address, and on which interface ARP is spoken there."""
        near = [
            (one["prefix"], interface["name"])
            for interface in self.all("interfaces")
            if interface["speaks_arp"] and interface["up"]
            for one in interface["addresses"]
            if is_within(address, f"{one['address']}/{one['prefix']}")
        ]
        return max(near, default=None)

    def interface(self, name: str) -> Entry | None:
        return next((one for one in self.all("interfaces") if one["name"] == name), None)

    def setting(self, name: str) -> int | None:
        """A live kernel setting as a number, None where it could not be seen."""
        value = (self.seen.get("settings") or {}).get(name)
        return int(value) if value is not None and _INTEGER.fullmatch(value) else None

    def effective(self, interface: str, name: str) -> int | None:
        """What counts on an interface: the larger of its own value and that of `all`."""
        own = self.setting(f"net.ipv4.conf.{interface}.{name}")
        everywhere = self.setting(f"net.ipv4.conf.all.{name}")
        return None if own is None or everywhere is None else max(own, everywhere)

    def way(self, to: str, source: str | None = None, arrives: str | None = None) -> Entry | None:
        """Where the kernel would send a packet; `arrives` names the interface on which one of others comes in."""
        return self._ways.get((to, source, arrives))

    @functools.cached_property
    def _ways(self) -> dict[tuple[object, object, object], Entry]:
        """Each way by what was asked; the first answer counts."""
        return {(way["to"], way["from"], way.get("arrives")): way for way in reversed(self.all("ways"))}

    def route(self, to: str, kinds: Collection[str], via: str | None, tables: Collection[str] | None) -> Entry | None:
        """The narrowest route of these kinds that leads there; by this gateway and in these tables, if not by any."""
        address = ipaddress.ip_address(to)
        found = [
            (network.prefixlen, number, one)
            for number, one in enumerate(self.all("routes"))
            if one.get("kind", "unicast") in kinds and (via is None or one["via"] == via)
            if tables is None or one.get("table", "main") in tables
            for network in [_network(one["to"], address.version)]
            if network is not None and address in network
        ]
        return max(found, key=lambda one: one[:2])[2] if found else None

    def neighbour(self, address: str) -> Entry | None:
        """What the host knows of an address, on the interface by which it would send there."""
        known = [one for one in self.all("neighbours") if one["address"] == address]
        way = self.way(address)
        there = [one for one in known if way and one["interface"] == way["interface"]]
        return next(iter(there or known), None)

    def listening(self, protocol: str, port: int) -> list[str] | None:
        """On which addresses something listens on a port, None where that could not be seen."""
        if self.seen.get("listeners") is None:
            return None
        return [one["address"] for one in self.all("listeners") if (one["protocol"], one["port"]) == (protocol, port)]

    @property
    def table(self) -> Entry | None:
        return self.seen.get("ipvs")

    @property
    def services(self) -> list[Entry]:
        return list((self.table or {}).get("services", []))

    @functools.cached_property
    def chains(self) -> dict[str, Chain]:
        """The packet filter, whichever tool made it."""
        chains = nft_chains(self.seen.get("nft") or "")
        for command, lines in (self.seen.get("iptables") or {}).items():
            chains.update(iptables_chains(command, lines))
        return chains


@dataclass
class Scene:
    """The LVS as it should be and as it was found."""

    plan: Entry
    answers: Mapping[str, Answer]
    symptom: str = ""
    hosts: dict[str, Host] = field(init=False)

    def __post_init__(self) -> None:
        self.hosts = {
            name: Host(name, answer.seen, answer.unreadable)
            for name, answer in sorted(self.answers.items())
            if answer.seen is not None
        }

    @property
    def lvs(self) -> str:
        """The name of the LVS."""
        return str(self.plan.get("lvs_name", NAME))

    def playing(self, role: str) -> Iterator[tuple[Host, Entry]]:
        """The hosts that were seen in a role, each with what it must be."""
        for name, slices in self.plan["hosts"].items():
            if role in slices and name in self.hosts:
                yield self.hosts[name], slices[role]

    @property
    def directors(self) -> list[tuple[Host, Entry]]:
        return list(self.playing("director"))

    @property
    def rips_by_nat(self) -> set[str]:
        """The RIPs that answer in their own name, by the plan: also while their director cannot be seen."""
        planned = (slices.get("director", {}).get("services", ()) for slices in self.plan["hosts"].values())
        members = (one for services in planned for service in services for one in service["realservers"])
        return {one["rip"] for one in members if one["forwarding"] == "nat"}

    @property
    def all_directors_seen(self) -> bool:
        """Whether the addresses of every director are known: the one that was not seen may have the VIP."""
        wanted = [name for name, slices in self.plan["hosts"].items() if "director" in slices]
        return all(name in self.hosts and self.hosts[name].all("interfaces") for name in wanted)

    @property
    def realservers(self) -> list[tuple[Host, Entry]]:
        """The realservers beside the directors: who is both has the VIP and the way of a director."""
        return [(host, role) for host, role in self.playing("realserver") if not self.is_director(host.name)]

    @property
    def clients(self) -> list[Host]:
        return [self.hosts[name] for name in self.plan["clients"] if name in self.hosts]

    @property
    def unserved(self) -> set[tuple[str, int]]:
        """The addresses and ports at which a client tried in vain."""
        tried = (one for client in self.clients for one in client.probed("connect", []))
        return {(one["address"], one["port"]) for one in tried if one["outcome"] != "connected"}

    def client_addresses(self, family: str) -> list[str]:
        """Where packets for clients go: to those the inventory names, else to somewhere else."""
        named = [address for address in self.plan["clients"].values() if address and family_of(address) == family]
        return named or [ELSEWHERE[family]]

    def is_director(self, name: str) -> bool:
        return "director" in self.plan["hosts"].get(name, {})

    def is_reachable(self, name: str) -> bool:
        """Whether Ansible may connect to the host at all: not to a printer that serves."""
        return bool(self.plan["hosts"].get(name, {}).get("realserver", {}).get("managed", True))

    def blind_spot(self, name: str) -> str:
        """Why the doctor cannot look at a host that Ansible reaches; empty when it can."""
        system = self.plan["hosts"].get(name, {}).get("realserver", {}).get("system", "Linux")
        return "" if system == "Linux" else f"the doctor cannot look at {system}"

    @property
    def vips(self) -> list[str]:
        return sorted(
            {vip for slices in self.plan["hosts"].values() for vip in slices.get("director", {}).get("vips", ())}
        )

    @functools.cached_property
    def director_addresses(self) -> dict[str, str]:
        """The addresses of directors as planned and as found, and whose they are."""
        planned = {
            dip: name
            for name, slices in self.plan["hosts"].items()
            for dip in slices.get("director", {}).get("dips", ())
        }
        found = {address: host.name for host, _role in self.directors for address in host.addresses}
        return {**found, **planned}

    def member(self, rip: str) -> str:
        """The name of the realserver with this address."""
        for name, slices in self.plan["hosts"].items():
            if rip in slices.get("realserver", {}).get("rips", ()):
                return str(name)
        return rip

    def owner_of_mac(self, mac: str) -> str | None:
        """The host whose NIC this is, by its own evidence or by what its neighbours say."""
        for host in self.hosts.values():
            if mac in host.macs:
                return host.name
        neighbours = [one for host in self.hosts.values() for one in host.all("neighbours") if one["mac"] == mac]
        addresses = [str(one["address"]) for one in neighbours if one["address"] not in self.vips]
        return self.member(addresses[0]) if addresses else None


def is_within(address: str, network: str) -> bool:
    """Whether the address is in the network, or is it; a host may call anything a network."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _network(text: str, version: int) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Where a route leads, of this family."""
    try:
        network = ipaddress.ip_network(_ANYWHERE[version == 6] if text == "default" else text)
    except ValueError:
        return None
    return network if network.version == version else None


def prefix_of(route: Entry) -> int:
    """How many bits a route compares."""
    return 0 if route["to"] == "default" else ipaddress.ip_network(route["to"]).prefixlen


def removal(interface: Entry, held: Entry) -> str:
    """The command that takes an address from where it is."""
    return shlex.join(["ip", "addr", "del", f"{held['address']}/{held['prefix']}", "dev", str(interface["name"])])


def is_any(address: str) -> bool:
    """Does a socket on this address take packets for all of them?"""
    return address == "*" or ipaddress.ip_address(address).is_unspecified


def takes(listening: str, address: str) -> bool:
    """Does a socket that listens there take a connection to this address? `*` takes both families."""
    if listening == "*" or listening == address:
        return True
    return is_any(listening) and family_of(listening) == family_of(address)
