# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the HOWTO's configure script (LVSCONF_FORMAT=1.1), read and written.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in. `parse(render(conf)) == conf` for every Conf.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import typing as t

from ...module_utils._model.address import canonical_address
from ...module_utils._model.port_names import WELL_KNOWN
from ...module_utils._model.table import FORWARDINGS, SCHEDULERS, WEIGHT_LIMIT
from ...module_utils._model.words import did_you_mean, one_of
from .file import OldFile, is_name
from .inventory import (
    Inventory,
    name_hosts,
    structure,
    unique_names,
)

FORMAT = "lvs_conf"
VERSION = "1.1"

_LOOK = re.compile(r"^[ \t]*LVSCONF_FORMAT[ \t]*=", re.MULTILINE)
_ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_]+)\s*=\s*(.*?)\s*\Z")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_DEVICE = re.compile(r"[A-Za-z0-9_.@-]{1,15}(?::[A-Za-z0-9_.-]{1,15})?\Z")
_LOOPBACK = re.compile(r"lo[0-9]*\Z")

_TYPES = dict(zip(("VS_NAT", "VS_DR", "VS_TUN"), FORWARDINGS, strict=True))
_PROTOCOLS = {"t": "tcp", "u": "udp", "tcp": "tcp", "udp": "udp"}
_DIRECTIVES = (
    "LVSCONF_FORMAT",
    "LVS_TYPE",
    "INITIAL_STATE",
    "CLEAR_IPVS_TABLES",
    "VIP",
    "DIP",
    "DIRECTOR_GW",
    "SERVICE",
    "SERVER_VIP_DEVICE",
    "SERVER_NET_DEVICE",
    "SERVER_GW",
)
_SEVERAL = ("SERVICE",)
_NEEDED = ("LVS_TYPE", "VIP", "DIP", "SERVICE")
_SERVICE_FORM = "Write SERVICE=t telnet rr 192.168.1.11:telnet,1 192.168.1.12:telnet,1."


class Device(t.NamedTuple):
    """An address on a network device, which may be an alias such as eth0:110. An unknown address is None."""

    device: str
    name: str
    address: str | None
    prefix: int


class Member(t.NamedTuple):
    """A realserver of a service: named or numbered, with the address when it is known."""

    name: str
    address: str | None
    port: int
    weight: int = 1


class Service(t.NamedTuple):
    """A SERVICE line. `port_name` is empty when the file gives a number."""

    protocol: str
    port_name: str
    port: int
    scheduler: str
    members: tuple[Member, ...]


class Conf(t.NamedTuple):
    """A whole file."""

    forwarding: str
    vip: Device
    dip: Device
    services: tuple[Service, ...]
    initial_state: bool = True
    clear: bool = False
    director_gateway: str = ""
    server_gateway: str = ""
    server_vip_device: str = ""
    server_net_device: str = ""


def looks_like(text: str) -> bool:
    """Does the file say that it is one?"""
    return bool(_LOOK.search(text))


def read(source: OldFile) -> Conf | None:
    """The file as values; None when an error is among the findings of `source`."""
    conf = _Reader(source).read()
    return None if source.findings.refused else conf


class _Reader:
    """Directives into values."""

    def __init__(self, source: OldFile) -> None:
        self._source = source
        self._given: dict[str, list[tuple[int, str]]] = {}

    def read(self) -> Conf | None:
        for number, line in self._source.lines():
            bare = _COMMENT.sub("", line).strip()
            if bare:
                self._directive(number, bare)
        self._check_needed()
        forwarding = self._forwarding()
        vip, dip = self._device("VIP", 3), self._device("DIP", 4)
        conf = Conf(
            forwarding=forwarding,
            vip=vip,
            dip=dip,
            services=tuple(self._services(forwarding)),
            initial_state=self._switch("INITIAL_STATE", "on", "off", True),
            clear=self._switch("CLEAR_IPVS_TABLES", "yes", "no", False),
            director_gateway=self._gateway("DIRECTOR_GW"),
            server_gateway=self._gateway("SERVER_GW"),
            server_vip_device=self._plain_device("SERVER_VIP_DEVICE"),
            server_net_device=self._plain_device("SERVER_NET_DEVICE"),
        )
        self._check_whole(conf)
        return conf

    def _directive(self, number: int, line: str) -> None:
        match = _ASSIGNMENT.match(line)
        if match is None:
            self._source.error(number, "", line, "is not of the form NAME=VALUE", "Correct it, or begin it with #.")
            return
        name, value = match[1], match[2]
        if name not in _DIRECTIVES:
            cure = f"Remove it, or use one of {', '.join(_DIRECTIVES)}.{_nearest(name, _DIRECTIVES)}"
            self._source.error(number, "", name, "is not a directive of this format", cure)
            return
        entries = self._given.setdefault(name, [])
        if entries and name not in _SEVERAL:
            cure = "Keep one line; what needs a second goes into an inventory that playbooks/import.yml writes."
            self._source.error(number, name, value, f"is set in line {entries[0][0]} already", cure)
        elif value:  # `SERVER_GW=` with nothing behind it says as much as no line
            entries.append((number, value))

    def _one(self, name: str) -> tuple[int, str]:
        return (self._given.get(name) or [(1, "")])[0]

    def _check_needed(self) -> None:
        line, version = self._one("LVSCONF_FORMAT")
        if version != VERSION:
            cure = f"Write LVSCONF_FORMAT={VERSION} and check the other lines against section 4.1 of the HOWTO."
            self._source.error(line, "LVSCONF_FORMAT", version or None, "is not a format that can be read", cure, "4.1")
        for name in _NEEDED:
            if not self._given.get(name):
                self._source.error(1, name, None, "is given for this directive", f"Add a line {name}=...", "4.1")

    def _forwarding(self) -> str:
        line, value = self._one("LVS_TYPE")
        if value and value not in _TYPES:
            cure = f"Use {one_of(_TYPES)}.{_nearest(value, _TYPES)}"
            self._source.error(line, "LVS_TYPE", value, "is not a type of LVS", cure, "3.11")
        return _TYPES.get(value, "dr")

    def _switch(self, name: str, yes: str, no: str, default: bool) -> bool:
        line, value = self._one(name)
        if value not in ("", yes, no):
            self._source.error(line, name, value, f"is neither {yes} nor {no}", f"Write {name}={yes} or {name}={no}.")
        return default if value == "" else value == yes

    # Addresses

    def _device(self, name: str, parts: int) -> Device:
        """DEVICE[:ALIAS] IP [NETWORK] NETMASK BROADCAST; the DIP has a network, the VIP has none."""
        line, value = self._one(name)
        words = value.split()
        form = f"{name}=device[:alias] IP {'network ' if parts == 4 else ''}netmask broadcast"
        if not words:
            return Device("", "", None, 32)
        if len(words) != parts + 1:
            self._source.error(line, name, value, f"has {len(words)} parts, not {parts + 1}", f"Write {form}.")
            return Device(words[0], "", None, 32)
        self._check_device(line, name, words[0])
        address = self._address(line, name, words[1])
        prefix = _prefix(words[-2])
        if prefix is None:
            self._source.error(line, name, words[-2], "is not a netmask", "Write one such as 255.255.255.0.")
        elif address is not None:
            self._check_network(line, name, address, prefix, words)
        return Device(words[0], words[1], address, 32 if prefix is None else prefix)

    def _check_network(self, line: int, name: str, address: str, prefix: int, words: list[str]) -> None:
        """The network and the broadcast address follow from the rest; a name nobody knows is let pass."""
        network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
        expected = [("broadcast address", words[-1], str(network.broadcast_address))]
        if name == "DIP":
            expected.append(("network", words[2], str(network.network_address)))
        for what, given, right in expected:
            known = self._source.address(given)
            if (known is not None or not is_name(given)) and known != right:
                shown = f"is not the {what} of {address} with netmask {words[-2]}"
                self._source.error(line, name, given, shown, f"Write {right}, or correct the netmask.")

    def _address(self, line: int, name: str, text: str) -> str | None:
        address = self._source.address(text)
        if address is not None and ":" not in address:
            return address
        if is_name(text) and address is None and name != "VIP":
            # Another inventory may say where the machine is; the VIP is nobody's but ours.
            return None
        what = "is not a name that this controller knows" if is_name(text) else "is not an IPv4 address"
        cure = "Write the address, or give the controller the names (hosts_file)."
        self._source.error(line, name, text, what, cure, "3.13.1")
        return None

    def _check_device(self, line: int, name: str, text: str) -> None:
        if not _DEVICE.match(text):
            what = "is not a network device or an alias of one"
            self._source.error(line, name, text, what, "Write a device such as eth0, eth0:110 or lo:110.")

    def _plain_device(self, name: str) -> str:
        line, value = self._one(name)
        if value:
            self._check_device(line, name, value)
        return value

    def _gateway(self, name: str) -> str:
        line, value = self._one(name)
        return (self._address(line, name, value) or "") if value else ""

    # Services

    def _services(self, forwarding: str) -> t.Iterator[Service]:
        seen: dict[tuple[str, int], int] = {}
        for line, value in self._given.get("SERVICE", []):
            words = value.split()
            if len(words) < 4:
                what = "is not a service with a protocol, a port, a scheduler and realservers"
                self._source.error(line, "SERVICE", value, what, _SERVICE_FORM)
                continue
            service = self._service(line, words, forwarding)
            first = seen.setdefault((service.protocol, service.port), line)
            if first != line:
                what = f"is the service of line {first} already"
                self._source.error(line, "SERVICE", words[1], what, "Put all its realservers into one line.")
            yield service

    def _service(self, line: int, words: list[str], forwarding: str) -> Service:
        protocol = _PROTOCOLS.get(words[0])
        if protocol is None:
            self._source.error(line, "SERVICE", words[0], "is not a protocol", "Write t for TCP or u for UDP.")
        if words[2] not in SCHEDULERS:
            cure = f"Use {one_of(SCHEDULERS)}.{did_you_mean(words[2], SCHEDULERS)}"
            self._source.error(line, "SERVICE", words[2], "is not a scheduler", cure)
        port = self._port(line, words[1], protocol or "tcp")
        members = tuple(self._member(line, word, protocol or "tcp", port, forwarding) for word in words[3:])
        seen: set[tuple[str, int]] = set()
        for member, word in zip(members, words[3:], strict=False):
            key = (member.address or member.name, member.port)
            if key in seen:
                self._source.error(line, "SERVICE", word, "names a realserver again", "Keep one of the two.")
            seen.add(key)
        return Service(protocol or "tcp", "" if words[1].isdigit() else words[1], port, words[2], members)

    def _port(self, line: int, text: str, protocol: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() else self._source.port(text, protocol)
        if number is None or not 1 <= number <= 65535:
            what = "is out of the range of ports"
            if not text.isdigit():
                what = f"is no {protocol} service that this controller knows"
            cure = f"Use a port from 1 to 65535.{did_you_mean(text, WELL_KNOWN)}"
            self._source.error(line, "SERVICE", text, what, cure, "3.13.1")
        return number or 0

    def _member(self, line: int, word: str, protocol: str, port: int, forwarding: str) -> Member:
        """IP|NAME[:PORT][,WEIGHT]"""
        target, comma, weight = word.partition(",")
        name, colon, port_text = target.partition(":")
        own = self._port(line, port_text, protocol) if colon else port
        if own != port and forwarding != "nat" and own and port:
            what = f"is not the port of the service, and forwarding {forwarding} cannot change a port"
            self._source.error(line, "SERVICE", word, what, "Leave the port out, or use LVS_TYPE=VS_NAT.", "3.11")
        return Member(name, self._address(line, "SERVICE", name), own, self._weight(line, word, weight) if comma else 1)

    def _weight(self, line: int, word: str, text: str) -> int:
        if text.isascii() and text.isdigit() and int(text) <= WEIGHT_LIMIT:
            return int(text)
        what = "has a weight that is none"
        self._source.error(line, "SERVICE", word, what, f"Write a number from 0 to {WEIGHT_LIMIT} after the comma.")
        return 1

    # The whole

    def _check_whole(self, conf: Conf) -> None:
        if conf.forwarding == "nat" and conf.server_gateway and conf.server_gateway != conf.dip.address:
            what = "is not used: with LVS-NAT the gateway of the realservers is the DIP"
            line, value = self._one("SERVER_GW")
            self._source.warning(line, "SERVER_GW", value, what, "Leave it out.", "4.1")
        if conf.forwarding != "nat" and conf.vip.name and conf.vip.prefix != 32:
            line, value = self._one("VIP")
            what = "has another mask than 255.255.255.255; the VIP is set up with that one all the same"
            self._source.warning(line, "VIP", value, what, "Write 255.255.255.255.", "3.10")
        if not conf.initial_state:
            line, value = self._one("INITIAL_STATE")
            what = "sets the LVS up without traffic: every realserver has weight 0"
            self._source.warning(line, "INITIAL_STATE", value, what, "Write on when clients may come.")


def _nearest(value: str, words: t.Iterable[str]) -> str:
    """' Did you mean VIP?', for words in capitals."""
    return next((f" Did you mean {word}?" for word in difflib.get_close_matches(value.upper(), list(words), n=1)), "")


def _prefix(text: str) -> int | None:
    """The length of a netmask as ifconfig takes it: 255.255.255.0 or 0xffffff00."""
    quad = text
    if re.match(r"0x[0-9a-fA-F]{8}\Z", text):
        quad = str(ipaddress.IPv4Address(int(text, 16)))
    address = canonical_address(quad)
    if address is None or ":" in address:
        return None
    bits = f"{int(ipaddress.IPv4Address(address)):032b}"
    return None if "01" in bits else bits.count("1") or None


# The inventory


def inventory(conf: Conf) -> Inventory:
    """The inventory that sets up the same LVS."""
    members = [member for service in conf.services for member in service.members]
    addresses = {member.name: member.address for member in members}
    known = {member.address or member.name: member.name for member in members if is_name(member.name)}
    hosts = name_hosts((member.address or member.name for member in members), known)
    realservers = {
        hosts[address or name]: (address, _with_prefix(address, conf.dip)) for name, address in addresses.items()
    }
    dips = [] if conf.dip.address is None else [f"{conf.dip.address}/{conf.dip.prefix}"]
    names = unique_names([service.port_name for service in conf.services])
    variables: Inventory = {
        "lvs_services": [
            _service(conf, service, name, hosts) for service, name in zip(conf.services, names, strict=False)
        ],
        "lvs_director_gateway": conf.director_gateway,
        "lvs_server_gateway": "" if conf.forwarding == "nat" else conf.server_gateway,
        "lvs_server_vip_device": _server_vip_device(conf),
        "director_purge": "all" if conf.clear else "",
        "director_vip_interface": _vip_interface(conf),
    }
    return structure(dips, realservers, {name: value for name, value in variables.items() if value})


def _with_prefix(address: str | None, dip: Device) -> str | None:
    """A realserver on the director's network has the director's netmask."""
    if address is None or dip.address is None:
        return address
    network = ipaddress.ip_network(f"{dip.address}/{dip.prefix}", strict=False)
    return f"{address}/{dip.prefix}" if ipaddress.ip_address(address) in network else address


def _vip_interface(conf: Conf) -> str:
    """The device of the VIP, where Ansible would not find the same by looking for the network of the VIP.

    Devices have other names now than when the file was written, so the name is used only where it is needed.
    """
    device = conf.vip.device.partition(":")[0]
    vip = conf.vip.address or ""
    return "" if "/" in (_with_prefix(vip, conf.dip) or "") and device == _device_of(conf.dip) else device


def _device_of(device: Device) -> str:
    return device.device.partition(":")[0]


def _server_vip_device(conf: Conf) -> str:
    """The device of the VIP on the realservers, without its alias, where the plan would not choose the same.

    With nat there is none. By dr it is the loopback, whose name the plan knows for every system.
    """
    device = conf.server_vip_device.partition(":")[0]
    chosen_anyway = conf.forwarding == "nat" or (conf.forwarding == "dr" and _LOOPBACK.match(device))
    return "" if chosen_anyway else device


def _service(conf: Conf, service: Service, name: str, hosts: t.Mapping[str, str]) -> Inventory:
    item: Inventory = {"name": name} if name else {}
    item["vip"] = conf.vip.address
    if service.protocol != "tcp":
        item["protocol"] = service.protocol
    item["port"] = service.port_name if service.port_name in WELL_KNOWN else service.port
    item.update(forwarding=conf.forwarding, scheduler=service.scheduler)
    item["realservers"] = [_member(conf, service, member, hosts) for member in service.members]
    return item


def _member(conf: Conf, service: Service, member: Member, hosts: t.Mapping[str, str]) -> str | Inventory:
    host = hosts[member.address or member.name]
    port = {} if member.port == service.port else {"port": member.port}
    weight = member.weight if conf.initial_state else 0
    return {"host": host, **port, **({} if weight == 1 else {"weight": weight})} if port or weight != 1 else host


# The way back


def render(conf: Conf) -> str:
    """The file that says this."""
    kind = {forwarding: name for name, forwarding in _TYPES.items()}[conf.forwarding]
    lines = [
        f"LVSCONF_FORMAT={VERSION}",
        f"LVS_TYPE={kind}",
        f"INITIAL_STATE={'on' if conf.initial_state else 'off'}",
        f"CLEAR_IPVS_TABLES={'yes' if conf.clear else 'no'}",
        "#VIP line format - device[:alias] IP netmask broadcast",
        f"VIP={_render_device(conf.vip, False)}",
        "#DIP line format - device[:alias] IP network netmask broadcast",
        f"DIP={_render_device(conf.dip, True)}",
        f"DIRECTOR_GW={conf.director_gateway}",
        "#SERVICE line format - proto port scheduler IP|name:port[,weight] [IP|name:port[,weight]]",
        *map(_render_service, conf.services),
        f"SERVER_VIP_DEVICE={conf.server_vip_device}",
        f"SERVER_NET_DEVICE={conf.server_net_device}",
        f"SERVER_GW={conf.server_gateway}",
    ]
    # A directive with nothing behind it is written as the HOWTO does: as a comment.
    return "".join(f"#{line}\n" if line.endswith("=") else f"{line}\n" for line in lines)


def _render_device(device: Device, with_network: bool) -> str:
    netmask = str(ipaddress.IPv4Network((0, device.prefix)).netmask)
    # A name without an address comes from a file that was read without its hosts: what follows from it is as unknown.
    network, broadcast = device.name, device.name
    if device.address is not None:
        whole = ipaddress.IPv4Network(f"{device.address}/{device.prefix}", strict=False)
        network, broadcast = str(whole.network_address), str(whole.broadcast_address)
    return " ".join([device.device, device.name, *([network] if with_network else []), netmask, broadcast])


def _render_service(service: Service) -> str:
    letter = {"tcp": "t", "udp": "u"}[service.protocol]
    members = [f"{one.name}:{one.port},{one.weight}" for one in service.members]
    return " ".join([f"SERVICE={letter}", service.port_name or str(service.port), service.scheduler, *members])
