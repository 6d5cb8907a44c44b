# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows host as windows_vip_steps.ps1 and windows_gateway_steps.ps1 describe it, and the steps that they take.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible. The names of the fields are the keys of the scripts' answers; a test
holds the one against the other.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, field, fields

from ...module_utils._errors import LvsError

ACTIVE, PERSISTENT = "ActiveStore", "PersistentStore"
FAMILIES = {4: "IPv4", 6: "IPv6"}


@dataclass(frozen=True)
class Step:
    """One thing for the script to do: a word of its vocabulary, and what it takes."""

    do: str
    args: tuple[tuple[str, t.Any], ...]

    @classmethod
    def of(cls, do: str, **args: object) -> Step:
        return cls(do, tuple(args.items()))

    def __getitem__(self, name: str) -> t.Any:
        return dict(self.args)[name]

    def as_dict(self) -> dict[str, t.Any]:
        """As the script takes it."""
        return {"do": self.do, **dict(self.args)}


def spelling_of_notes(key: str) -> dict[str, str]:
    """How a person would take the steps about notes under a key of the registry's branch for software."""
    path = f"'HKLM:\\SOFTWARE\\{key}'"
    return {
        "add_note": f"New-ItemProperty -Path {path} -Name '{{note}}' -Value 1",
        "remove_note": f"Remove-ItemProperty -Path {path} -Name '{{note}}'",
        "remove_notes": f"Remove-Item -Path {path}",
    }


@dataclass(frozen=True)
class Adapter:
    """A network adapter; `device` is its instance id in the device tree."""

    name: str
    index: int
    guid: str
    device: str
    status: str


@dataclass(frozen=True)
class Device:
    """A network device, also one that is only remembered; `name` is its adapter's."""

    device: str
    hardware: tuple[str, ...]
    present: bool
    name: str

    @property
    def is_loopback(self) -> bool:
        """Whether it is a KM-TEST adapter. Its description is translated and numbered; its hardware id is not."""
        return any(identity.lower().endswith("msloop") for identity in self.hardware)


@dataclass(frozen=True)
class Interface:
    """What IP of one family makes of an adapter. Windows says Enabled and Disabled where this has true and false."""

    index: int
    family: str
    metric: int
    automatic_metric: bool
    weak_host_receive: bool
    weak_host_send: bool
    dhcp: bool


@dataclass(frozen=True)
class Address:
    """An address of the running host (ActiveStore) or of the next boot (PersistentStore)."""

    store: str
    ip: str
    prefix: int
    index: int
    origin: str
    state: str
    skip_as_source: bool

    @property
    def is_host(self) -> bool:
        """Whether the mask is /32 or /128: the address alone, no network."""
        return self.prefix == ipaddress.ip_address(self.ip).max_prefixlen

    @property
    def network(self) -> str:
        return str(ipaddress.ip_interface(f"{self.ip}/{self.prefix}").network)


@dataclass(frozen=True)
class Route:
    """A route; without a gateway it is directly connected."""

    store: str
    prefix: str
    gateway: str
    index: int
    metric: int

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        return ipaddress.ip_network(self.prefix)

    @property
    def connected(self) -> bool:
        return ipaddress.ip_address(self.gateway).is_unspecified


@dataclass(frozen=True)
class Dns:
    """Whether the adapter's addresses are registered in DNS."""

    index: int
    registers: bool


@dataclass(frozen=True)
class Binding:
    """Whether a protocol or service is bound to an adapter."""

    name: str
    component: str
    enabled: bool


@dataclass(frozen=True)
class Peer:
    """The far end of a connection to one of the ports by which controllers come."""

    ip: str
    port: int
    local: str


@dataclass(frozen=True)
class Neighbour:
    """What the host knows of the gateway's hardware address on one of its adapters."""

    index: int
    state: str


@dataclass(frozen=True)
class Rollback:
    """The scheduled task that takes a change of routes back; `waits` until it has run."""

    waits: bool


@dataclass(frozen=True)
class Host:
    """All that the scripts say; each of the two says what it needs."""

    adapters: tuple[Adapter, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    devices: tuple[Device, ...] = ()
    dns: tuple[Dns, ...] = ()
    bindings: tuple[Binding, ...] = ()
    notes: tuple[str, ...] = ()
    peers: tuple[Peer, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    rollback: tuple[Rollback, ...] = field(default=())

    @property
    def active(self) -> tuple[Address, ...]:
        """The addresses of the running host."""
        return tuple(address for address in self.addresses if address.store == ACTIVE)

    def adapter(self, name: str) -> Adapter | None:
        """The adapter of that name, which Windows takes in any case."""
        return next((adapter for adapter in self.adapters if adapter.name.lower() == name.lower()), None)

    def name_of(self, index: int) -> str:
        named = (adapter.name for adapter in self.adapters if adapter.index == index)
        return next(named, f"interface {index}")


# Each list of the answer, and what its entries are.
LISTS: dict[str, type] = {
    "adapters": Adapter,
    "interfaces": Interface,
    "addresses": Address,
    "routes": Route,
    "devices": Device,
    "dns": Dns,
    "bindings": Binding,
    "notes": str,
    "peers": Peer,
    "neighbours": Neighbour,
    "rollback": Rollback,
}
_SWITCH = {"Enabled": True, "Disabled": False}
_IPS = {("Address", "ip"), ("Peer", "ip"), ("Peer", "local"), ("Route", "gateway")}


def parse_host(answer: object) -> Host:
    """The host in a script's answer."""
    if not isinstance(answer, dict) or not answer.get("addresses"):
        # Not even 127.0.0.1: these cmdlets find nothing where they are not allowed to look.
        raise LvsError("addresses", answer, "is not the answer of a Windows host. Log in as one of its administrators.")
    unknown = sorted(set(answer) - set(LISTS))
    if unknown:
        raise LvsError("host", unknown, "is not known here. Use scripts and Python of the same release.")
    return Host(**{name: _parse_list(name, answer[name]) for name in answer})


def _parse_list(name: str, entries: object) -> tuple[t.Any, ...]:
    if not isinstance(entries, list):
        raise LvsError(name, entries, "is not a list, as the script should make of it.")
    kind = LISTS[name]
    if kind is str:
        return tuple(_convert(name, "str", entry) for entry in entries)
    return tuple(_parse_entry(kind, f"{name}[{index}]", entry) for index, entry in enumerate(entries))


def _parse_entry(kind: type, item: str, entry: object) -> object:
    wanted = {one.name: str(one.type) for one in fields(kind)}
    if not isinstance(entry, dict) or set(entry) != set(wanted):
        raise LvsError(item, entry, f"has other keys than {', '.join(wanted)}, as the script should give.")
    values = {name: _convert(f"{item}.{name}", form, entry[name]) for name, form in wanted.items()}
    for name in wanted:
        if (kind.__name__, name) in _IPS:
            values[name] = _parse_ip(f"{item}.{name}", values[name])
    return kind(**values)


def _convert(item: str, form: str, value: object) -> t.Any:
    """JSON's value as the field has it; a switch of Windows is true or false here."""
    if form == "bool" and isinstance(value, str) and value in _SWITCH:
        return _SWITCH[value]
    if form == "tuple[str, ...]" and isinstance(value, list):
        return tuple(_convert(item, "str", one) for one in value)
    if form == type(value).__name__:
        return value
    raise LvsError(item, value, f"is no {form}, as the script should make of it.")


def _parse_ip(item: str, text: str) -> str:
    """The canonical address; Windows adds the index of the interface to a link-local one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise LvsError(item, text, "is not an IP address, as the script should give.") from None
    # A socket for both families shows IPv4 peers so.
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or address)
