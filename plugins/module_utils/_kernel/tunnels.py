# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a realserver's kernel must be on for it to unpack tunnelled packets, and the commands that do it. Pure.

Private: this file may change in any release; do not import it from outside the collection.

The kernel has one device of each kind that takes whatever is addressed to this host; it is there as soon as its module
is loaded, and unpacks as soon as it is up. Packets in UDP (gue) go through a port of fou first.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host.job import BEFORE_NETWORK, Command, Job
from .._model.address import IPV4, IPV6
from .._model.tunnels import Unpacking

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping, Sequence

    from .._host.links import Interface

Argv = tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """A device as it is: whether it unpacks, and in which mode if it has a choice."""

    up: bool
    mode: str = ""


Links = dict[str, Link]

# One that is not there yet, or that of the next boot.
UNKNOWN = Link(up=False)

# The words by which ip and networkd know IPv6 in fou.
_INET6 = "inet6"


@dataclass(frozen=True, order=True)
class Port:
    """A UDP port of fou that unpacks GUE."""

    number: int
    family: str

    @property
    def _ip(self) -> Argv:
        return ("ip", "-6", "fou") if self.family == IPV6 else ("ip", "fou")

    @property
    def add(self) -> Argv:
        return (*self._ip, "add", "port", str(self.number), "gue")

    @property
    def delete(self) -> Argv:
        return (*self._ip, "del", "port", str(self.number))


@dataclass(frozen=True, order=True)
class Device:
    """A device that unpacks. ``mode`` is how it must be where it has a choice, in the words of ip-tunnel(8)."""

    name: str
    mode: str = ""

    def setting_up(self, link: Link) -> list[Argv]:
        """What makes it unpack when it is like this; nothing when it does already."""
        change = [_change(self.name, self.mode)] if self.mode not in ("", link.mode) else []
        return [*change, *([] if link.up else [("ip", "link", "set", self.name, "up")])]


def _change(name: str, mode: str) -> Argv:
    if name == "gre0":
        # Named last: otherwise ip adds to what the device has, and a checksum once expected is expected for ever.
        return ("ip", "tunnel", "change", "mode", *mode.split(), "nopmtudisc", "name", name)
    # `ip link set` changes the mode on new kernels only.
    return ("ip", "-6", "tunnel", "change", name, "mode", mode)


def ports_of(tunnels: Iterable[Unpacking]) -> list[Port]:
    """The ports of fou."""
    return sorted({Port(tunnel.port, tunnel.outer) for tunnel in tunnels if tunnel.type == "gue"})


def devices_of(tunnels: Sequence[Unpacking]) -> list[Device]:
    """The devices, each once."""
    return sorted({_device(tunnel.interface, tunnels) for tunnel in tunnels})


def _device(name: str, tunnels: Iterable[Unpacking]) -> Device:
    mine = [tunnel for tunnel in tunnels if tunnel.interface == name]
    # Made for IPv6 in IPv6 alone, it must be told to take IPv4 as well.
    if name == "ip6tnl0" and any(tunnel.inner == IPV4 for tunnel in mine):
        return Device(name, "any")
    # A GRE device drops every packet that has a checksum when it expects none, and the other way round.
    checksums = sorted({tunnel.checksum for tunnel in mine if tunnel.type == "gre"})
    if len(checksums) > 1:
        raise LvsError(
            "tunnels", " and ".join(checksums), f"cannot both be the checksum of {name}, which is one device. Use one."
        )
    if name == "gre0":
        return Device(name, "gre icsum" if checksums == ["csum"] else "gre")
    if checksums == ["csum"]:
        raise LvsError("tunnels", "csum", "is a checksum that ip6gre0 cannot expect. Use checksum none over IPv6.")
    return Device(name)


def modules_of(tunnels: Iterable[Unpacking]) -> tuple[str, ...]:
    """The kernel modules, each once."""
    return tuple(dict.fromkeys(name for tunnel in tunnels for name in tunnel.kernel_modules))


def parse_ports(entries: Iterable[Mapping[str, t.Any]]) -> set[Port]:
    """The GUE ports in the output of `ip -j fou show`."""
    return {
        Port(entry["port"], IPV6 if entry.get("family") == _INET6 else IPV4)
        for entry in entries
        if "port" in entry and "gue" in entry
    }


def links_of(interfaces: Iterable[Interface]) -> Links:
    """The devices among the interfaces."""
    return {interface.name: Link(interface.is_up, _mode(interface)) for interface in interfaces}


def _mode(interface: Interface) -> str:
    if interface.name == "ip6tnl0":
        return str(interface.details.get("proto", ""))
    if interface.name == "gre0":
        return "gre icsum" if interface.details.get("icsum") else "gre"
    return ""


def changes(devices: Iterable[Device], ports: Iterable[Port], links: Links, open_ports: set[Port]) -> list[Argv]:
    """What makes the running host unpack; the devices first, or the first packets meet one that is down."""
    ups = [argv for device in devices for argv in device.setting_up(links.get(device.name, UNKNOWN))]
    return [*ups, *(port.add for port in ports if port not in open_ports)]


def undoing(former: Links, ports: Iterable[Port], links: Links, open_ports: set[Port]) -> list[Argv]:
    """What makes the devices what they were before us, and closes our ports."""
    backs = [argv for name, was in former.items() if name in links for argv in _back(name, was, links[name])]
    return [*(port.delete for port in ports if port in open_ports), *backs]


def _back(name: str, was: Link, now: Link) -> list[Argv]:
    down: list[Argv] = [("ip", "link", "set", name, "down")] if now.up and not was.up else []
    # One that was not there before us goes with its kernel module.
    return [*down, *([_change(name, was.mode)] if was.mode not in ("", now.mode) else [])]


_DEVICE = "# Device, and what it was before: "
_PORT = "# Port: "
_DEVICE_LINE = re.compile(rf"^{_DEVICE}(\S+) (up|down) ?(.*)$", re.MULTILINE)
_PORT_LINE = re.compile(rf"^{_PORT}([0-9]{{1,5}}) ({IPV4}|{IPV6})$", re.MULTILINE)


@dataclass(frozen=True)
class Record:
    """What the devices were before us, and the ports that we opened."""

    former: Links
    ports: frozenset[Port]

    def extended(self, devices: Iterable[Device], ports: Iterable[Port], links: Links, open_ports: set[Port]) -> Record:
        """The record of these devices and ports; what we did not set up before was somebody else's until now."""
        former = {one.name: self.former.get(one.name, links.get(one.name, UNKNOWN)) for one in devices}
        return Record(former, frozenset(one for one in ports if one in self.ports or one not in open_ports))


JOB = "lvs-tunnel-decap"
_HEADER = """\
# Written by linuxvirtualserver.lvs.tunnel_decap; the next run puts back what is changed here.
# To undo it, run the same task with state: absent."""
_ORDER = (
    "DefaultDependencies=no",
    "After=systemd-modules-load.service systemd-sysctl.service",
    "Before=network-pre.target",
    "Wants=network-pre.target",
)


def job(devices: Iterable[Device], ports: Sequence[Port], record: Record, ip: str) -> Job:
    """What does it at boot. Its comments are the record of what is ours."""
    lines = [f"{_DEVICE}{name} {'up' if was.up else 'down'} {was.mode}".rstrip() for name, was in record.former.items()]
    lines += [f"{_PORT}{one.number} {one.family}" for one in sorted(record.ports)]
    starts = [argv for device in devices for argv in device.setting_up(UNKNOWN)] + [port.add for port in ports]
    return Job(
        JOB,
        "\n".join([_HEADER, *lines]),
        "Decapsulate what LVS directors send",
        _ORDER,
        tuple(Command(f"{ip} {' '.join(argv[1:])}") for argv in starts),
        # When it is started again, a port is there and would not be added.
        clearing=tuple(f"{ip} {' '.join(port.delete[1:])}" for port in ports),
        stage=BEFORE_NETWORK,
    )


def parse_record(text: str) -> Record:
    """The record in the comments."""
    return Record(
        {name: Link(state == "up", mode) for name, state, mode in _DEVICE_LINE.findall(text)},
        frozenset(Port(int(number), family) for number, family in _PORT_LINE.findall(text)),
    )


_UP = re.compile(r"\blink set (\S+) up\b")
_OPENED = re.compile(r"\bip (-6 )?fou add port ([0-9]{1,5}) gue\b")


def unpackings_in(text: str) -> list[Unpacking]:
    """What is unpacked by the commands of the unit; where they do not tell two kinds apart, either."""
    up = set(_UP.findall(text))
    csum = "csum" if "mode gre icsum" in text else "none"
    plain = [
        Unpacking("ipip", 0, "none", inner, outer)
        for inner, outer in ((IPV4, IPV4), (IPV6, IPV4), (IPV6, IPV6), (IPV4, IPV6))
        if (inner, outer) != (IPV4, IPV6) or "ip6tnl0 mode any" in text
    ]
    gre = [Unpacking("gre", 0, csum, IPV4, IPV4), Unpacking("gre", 0, "none", IPV6, IPV6)]
    found = [one for one in (*plain, *gre) if one.interface in up]
    for sixth, port in _OPENED.findall(text):
        outer = IPV6 if sixth else IPV4
        inner = next((one.inner for one in found if one.type == "ipip" and one.outer == outer), outer)
        found.append(Unpacking("gue", int(port), "none", inner, outer))
    return found
