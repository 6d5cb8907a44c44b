# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows Server in memory: adapters, addresses, routes and tasks, with the traps of the real one.

Synthetic: it was written from Microsoft's documentation and from what people report, never compared with a real host.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import asdict, dataclass, field

ACTIVE, PERSISTENT = "ActiveStore", "PersistentStore"
ANY = {"IPv4": str(ipaddress.IPv4Address(0)), "IPv6": "::"}
COMPONENTS = ("ms_msclient", "ms_server", "ms_pacer", "ms_lltdio", "ms_rspndr", "ms_tcpip", "ms_tcpip6")
SETTINGS = {"Dhcp": "Enabled", "WeakHostReceive": "Disabled", "WeakHostSend": "Disabled", "AutomaticMetric": "Enabled"}
NETSH = re.compile(
    r"interface (ipv4|ipv6) (add|delete) route prefix=(\S+) interface=(\d+) nexthop=(\S+)( metric=\d+)? store=active"
)


class Refusal(Exception):
    """What Windows says when it does not do a thing."""


def family_of(ip: str) -> str:
    return "IPv6" if ":" in ip else "IPv4"


def network_of(ip: str, prefix: int) -> str:
    return str(ipaddress.ip_interface(f"{ip}/{prefix}").network)


@dataclass
class Device:
    """A network device and, while it is present, its adapter."""

    id: str
    hardware: list[str]
    name: str
    index: int
    guid: str
    present: bool = True
    status: str = "Up"
    bindings: dict[str, bool] = field(default_factory=dict)
    registers: bool = True
    unseen: int = 0  # how often Get-NetAdapter does not show it yet
    without_ip: int = 0  # and Get-NetIPInterface


@dataclass
class Address:
    ip: str
    prefix: int
    index: int
    origin: str
    skip_as_source: bool
    unsettled: int = 0  # how often it is still Tentative


@dataclass
class Route:
    prefix: str
    gateway: str
    index: int
    metric: int


@dataclass
class Task:
    at: float
    actions: list[str]
    has_run: bool = False


class Windows:
    """The host. Everything is by interface index, as in Windows itself."""

    def __init__(self, core: bool = False) -> None:
        self.core = core
        self.devices: list[Device] = []
        self.interfaces: dict[int, dict[str, dict[str, t.Any]]] = {}
        self.addresses: dict[str, list[Address]] = {ACTIVE: [], PERSISTENT: []}
        self.routes: dict[str, list[Route]] = {ACTIVE: [], PERSISTENT: []}
        self.notes: list[str] | None = None
        self.gateway_notes: list[str] | None = None
        self.tasks: dict[str, Task] = {}
        self.neighbours: dict[str, str] = {}
        self.connections: list[dict[str, t.Any]] = []
        self.now = 0.0
        self.next_index = 4
        self.interfaces[1] = {family: self._settings(75) for family in ANY}
        self._put(Address("127.0.0.1", 8, 1, "WellKnown", False), [ACTIVE])
        self._put(Address("::1", 128, 1, "WellKnown", False), [ACTIVE])

    # Devices.

    def add_nic(self, name: str, ip: str, prefix: int, gateway: str | None = None) -> Device:
        """A network card with a fixed address, as its owner would set it up."""
        nic = self._new_device(f"PCI\\VEN_8086\\{self.next_index}", ["PCI\\VEN_8086"], name)
        for settings in self.interfaces[nic.index].values():
            settings["Dhcp"] = "Disabled"
        self._put(Address(ip, prefix, nic.index, "Manual", False), [ACTIVE, PERSISTENT])
        if gateway is not None:
            default = Route(f"{ANY[family_of(gateway)]}/0", gateway, nic.index, 256)
            self.routes[ACTIVE].append(default)
            self.routes[PERSISTENT].append(default)
        return nic

    def create_loopback(self) -> str:
        number = sum(device.id.startswith("ROOT\\NET\\") for device in self.devices)
        taken = {device.name for device in self.devices}
        name = next(f"Ethernet {n}" for n in range(2, 99) if f"Ethernet {n}" not in taken)
        device = self._new_device(f"ROOT\\NET\\{number:04}", ["*MSLOOP"], name)
        device.unseen = device.without_ip = 2
        return device.id

    def _new_device(self, identity: str, hardware: list[str], name: str) -> Device:
        index = self.next_index
        self.next_index += 3
        guid = f"{{00000000-0000-0000-0000-{index:012}}}"
        components = COMPONENTS[2:] if self.core else COMPONENTS
        device = Device(identity, hardware, name, index, guid, bindings=dict.fromkeys(components, True))
        self.devices.append(device)
        self.interfaces[index] = {family: self._settings(25) for family in ANY}
        return device

    @staticmethod
    def _settings(metric: int) -> dict[str, t.Any]:
        return {**SETTINGS, "InterfaceMetric": metric}

    def remove_device(self, identity: str) -> None:
        device = next((one for one in self.devices if one.id.lower() == identity.lower()), None)
        if device is None:
            raise Refusal("SetupDiOpenDeviceInfo: Access to the device instance failed")
        self.devices.remove(device)
        self._forget(device.index)

    def _forget(self, index: int) -> None:
        self.interfaces.pop(index, None)
        for store in (ACTIVE, PERSISTENT):
            self.addresses[store] = [one for one in self.addresses[store] if one.index != index]
            self.routes[store] = [one for one in self.routes[store] if one.index != index]

    def adapters(self) -> list[Device]:
        """The adapters to be seen; a new one comes late."""
        shown = [device for device in self.devices if device.present and not device.unseen]
        for device in self.devices:
            device.unseen = max(0, device.unseen - 1)
        return shown

    def named(self, name: str) -> Device:
        return next(device for device in self.devices if device.present and device.name == name)

    def rename(self, index: int, name: str) -> None:
        if any(device.name.lower() == name.lower() and device.index != index for device in self.devices):
            raise Refusal(
                "{Object Exists} An attempt was made to create an object and the object name already existed."
            )
        self._device(index).name = name

    def _device(self, index: int) -> Device:
        return next(device for device in self.devices if device.index == index)

    def enable(self, index: int) -> None:
        self._device(index).status = "Up"
        self._device(index).without_ip = 2
        for address in self.addresses[PERSISTENT]:
            if address.index == index:
                self._put(address, [ACTIVE])

    def disable(self, name: str) -> None:
        device = self.named(name)
        device.status = "Disabled"
        self.addresses[ACTIVE] = [one for one in self.addresses[ACTIVE] if one.index != device.index]
        self.routes[ACTIVE] = [one for one in self.routes[ACTIVE] if one.index != device.index]

    # IP.

    def interface(self, index: int, family: str) -> dict[str, t.Any]:
        if index not in self.interfaces or not self.has_ip(index, family):
            raise Refusal(f"No MSFT_NetIPInterface objects found with property 'InterfaceIndex' equal to '{index}'.")
        return self.interfaces[index][family]

    def has_ip(self, index: int, family: str) -> bool:
        """Whether IP of this family is bound to the adapter, and has begun."""
        if index == 1:
            return True
        device = self._device(index)
        bound = device.bindings[{"IPv4": "ms_tcpip", "IPv6": "ms_tcpip6"}[family]]
        return bound and device.present and device.status != "Disabled" and not device.without_ip

    def add_address(self, index: int, ip: str, prefix: int, skip_as_source: bool) -> None:
        settings = self.interface(index, family_of(ip))
        if settings["Dhcp"] == "Enabled":
            raise Refusal("Inconsistent parameters PolicyStore PersistentStore and Dhcp Enabled")
        if any(one.ip == ip for held in self.addresses.values() for one in held):
            raise Refusal("Instance MSFT_NetIPAddress already exists")
        self._put(Address(ip, prefix, index, "Manual", skip_as_source, 2), [ACTIVE, PERSISTENT])

    def _put(self, address: Address, stores: list[str]) -> None:
        for store in stores:
            self.addresses[store].append(Address(**asdict(address)))
        if ACTIVE in stores:
            self.routes[ACTIVE] += self._connected(address)

    @staticmethod
    def _connected(address: Address) -> list[Route]:
        full = ipaddress.ip_address(address.ip).max_prefixlen
        prefixes = {network_of(address.ip, address.prefix), f"{address.ip}/{full}"}
        return [Route(prefix, ANY[family_of(address.ip)], address.index, 256) for prefix in sorted(prefixes)]

    def remove_address(self, index: int, ip: str, store: str) -> None:
        gone = [one for one in self.addresses[store] if (one.index, one.ip) == (index, ip)]
        if not gone:
            raise Refusal(f"No matching MSFT_NetIPAddress objects found by CIM query for {ip} in {store}")
        self.addresses[store] = [one for one in self.addresses[store] if one not in gone]
        if store == ACTIVE:
            connected = [route for one in gone for route in self._connected(one)]
            self.routes[ACTIVE] = [one for one in self.routes[ACTIVE] if one not in connected]

    def add_route(self, index: int, prefix: str, gateway: str, metric: int, store: str | None) -> None:
        if store == PERSISTENT:
            raise Refusal("Invalid parameter PolicyStore PersistentStore")
        stores = [ACTIVE] if store == ACTIVE else [ACTIVE, PERSISTENT]
        for name in stores:
            if self._routes(name, index, prefix, gateway):
                raise Refusal("Instance MSFT_NetRoute already exists")
        for name in stores:
            self.routes[name].append(Route(prefix, gateway, index, metric))

    def remove_route(self, index: int, prefix: str, gateway: str, store: str) -> None:
        gone = self._routes(store, index, prefix, gateway)
        if not gone:
            raise Refusal(f"No matching MSFT_NetRoute objects found by CIM query for {prefix} in {store}")
        self.routes[store] = [one for one in self.routes[store] if one not in gone]

    def _routes(self, store: str, index: int, prefix: str, gateway: str) -> list[Route]:
        return [one for one in self.routes[store] if (one.index, one.prefix, one.gateway) == (index, prefix, gateway)]

    def way_to(self, ip: str) -> Route | None:
        """How a packet to this address leaves."""
        address = ipaddress.ip_address(ip)
        fitting = [
            (ipaddress.ip_network(one.prefix).prefixlen, -one.metric - self._metric(one, ip), number)
            for number, one in enumerate(self.routes[ACTIVE])
            if family_of(one.prefix) == family_of(ip) and address in ipaddress.ip_network(one.prefix)
        ]
        return self.routes[ACTIVE][max(fitting)[2]] if fitting else None

    def _metric(self, route: Route, ip: str) -> int:
        return int(self.interfaces[route.index][family_of(ip)]["InterfaceMetric"])

    def serves(self, vip: str, nic: str) -> str:
        """What becomes of a packet for a VIP that comes in on an adapter: 'served', or what is wrong."""
        family = family_of(vip)
        holding = [one for one in self.addresses[ACTIVE] if one.ip == vip]
        if not holding or holding[0].unsettled:
            return "no such address"
        place, entry = holding[0], self.named(nic)
        if place.index == entry.index:
            return "answers ARP"
        if self._device(place.index).hardware != ["*MSLOOP"]:
            return "answers ARP elsewhere"
        receiving = [self.interfaces[index][family]["WeakHostReceive"] for index in (place.index, entry.index)]
        if receiving != ["Enabled", "Enabled"]:
            return "dropped: strong host receive"
        if self.interfaces[place.index][family]["WeakHostSend"] != "Enabled":
            return "dropped: strong host send"
        return "served"

    # Time.

    def register(self, name: str, seconds: int, actions: list[str]) -> None:
        self.tasks[name] = Task(self.now + seconds, actions)

    def unregister(self, name: str) -> None:
        if self.tasks.pop(name, None) is None:
            raise Refusal("No MSFT_ScheduledTask objects found")

    def start(self, name: str) -> None:
        self.tasks[name].has_run = True
        for action in self.tasks[name].actions:
            self.netsh(action)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for name, task in self.tasks.items():
            if not task.has_run and task.at <= self.now:
                self.start(name)

    def netsh(self, command: str) -> None:
        """It says what went wrong to nobody, and the next action goes on."""
        match = NETSH.fullmatch(command)
        assert match, command
        _family, verb, prefix, index, gateway, metric = match.groups()
        try:
            if verb == "add":
                self.add_route(int(index), prefix, gateway, int(metric.partition("=")[2]), ACTIVE)
            else:
                self.remove_route(int(index), prefix, gateway, ACTIVE)
        except Refusal:
            return

    def reboot(self) -> None:
        """What was kept comes back, and nothing else."""
        self.connections = []
        here = {device.index for device in self.devices if device.present and device.status == "Up"}
        loopback = [one for one in self.addresses[ACTIVE] if one.index == 1]
        kept = [one for one in self.addresses[PERSISTENT] if one.index in here]
        self.addresses[ACTIVE], self.routes[ACTIVE] = [], []
        for address in [*loopback, *kept]:
            self._put(address, [ACTIVE])
        self.routes[ACTIVE] += [Route(**asdict(one)) for one in self.routes[PERSISTENT] if one.index in here]
        for name, task in list(self.tasks.items()):
            if not task.has_run:
                self.start(name)  # StartWhenAvailable

    def upgrade(self, remember: bool) -> None:
        """An in-place upgrade: loopback adapters go, and some of them leave a memory that keeps the name."""
        for device in [one for one in self.devices if one.hardware == ["*MSLOOP"] and one.present]:
            self._forget(device.index)
            device.present = False
            if not remember:
                self.devices.remove(device)
        self.reboot()
