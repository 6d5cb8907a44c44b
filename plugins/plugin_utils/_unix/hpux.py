# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HP-UX: secondary interfaces lo0:N in /etc/rc.config.d/netconf. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It answers ARP for addresses of a network interface whatever -arp says (LVS-mini-HOWTO 3.22), so a VIP must be on lo0.
Files of rc.config.d are shell arrays that are read up to their number of elements: there must be no hole, so ours come
last. Not every release knows ifconfig -a; `netstat -in` names all interfaces, and netconf has the masks.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
import typing as t

from ...module_utils._errors import LvsError
from .route import replace_reroute
from .steps import (
    Answers,
    Command,
    Condition,
    Files,
    Gateways,
    Held,
    Kept,
    Other,
    Run,
    Write,
)
from .text import (
    Interface,
    all_addresses_in,
    drop_block,
    has_block,
    prefix_of,
    put_block,
)
from .unix import Unix, boot_gateway

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Step, Wish

_NETCONF = "/etc/rc.config.d/netconf"
_NDDCONF = "/etc/rc.config.d/nddconf"
_STRONG = "ip_strong_es_model"
_NETSTAT = ("netstat", "-in")
_NDD = ("ndd", "-get", "/dev/ip", _STRONG)
_DEFAULTS = ("default", "0", str(ipaddress.IPv4Address(0)))
_VIPS, _ARP, _GATEWAY = "vip_address", "arp_hide", "default_gateway"

_ROW = re.compile(
    r"^(?P<name>[a-z]\w*(?::\d+)?)(?P<down>\*?)\s+\d+\s+(?P<network>\S+)\s+(?P<ip>\d+\.\d+\.\d+\.\d+)\s", re.M
)
_ELEMENT = re.compile(r"""^\s*(?P<array>[A-Z_]+)\[(?P<index>\d+)\]=["']?(?P<value>[^"'#\n]*?)["']?\s*(?:#.*)?$""", re.M)

Arrays = dict[str, dict[int, str]]


class HPUX(Unix):
    """One HP-UX host."""

    name = "HP-UX"
    title = "HP-UX"
    without_ipv6 = "no manual says whether it keeps silent about an address of lo0:N when neighbours ask for it by NDP"
    ifconfig = _NETSTAT
    questions = (Command(_NDD), Files(_NETCONF), Files(_NDDCONF))

    fresh: t.ClassVar = {_NETSTAT: "lo0 32808 127.0.0.0 127.0.0.1 0"}

    def __init__(self, answers: Answers) -> None:
        self._netconf = answers.file(_NETCONF)
        super().__init__(answers)

    def read_interfaces(self, answers: Answers) -> list[Interface]:
        masks = _masks(parse_arrays(self._netconf))
        return parse_netstat(answers.of(*_NETSTAT), masks)

    def kept(self) -> list[Kept]:
        arrays = parse_arrays(self._netconf)
        names, addresses = arrays.get("INTERFACE_NAME", {}), arrays.get("IP_ADDRESS", {})
        masks = _masks(arrays)
        return [
            Kept(addresses[index], f"{_NETCONF} [{index}]")
            for index, name in names.items()
            if name.startswith("lo0:") and masks.get(addresses.get(index, "")) == 32
        ]

    def others(self) -> list[Other]:
        """Elements that are not in our block."""
        arrays = parse_arrays(drop_block(self._netconf, _VIPS))
        return [
            Other(all_addresses_in(ip), _NETCONF, f"IP_ADDRESS[{index}]={ip}")
            for index, ip in arrays.get("IP_ADDRESS", {}).items()
        ]

    def put(self, wish: Wish) -> list[Step]:
        places = {held.ip: held.handle for held in self.addresses() if held.ip not in wish.take}
        places.update(zip(wish.take, self._free_places(), strict=False))
        live = [
            Run("Take the VIP", ("ifconfig", places[vip], vip, "netmask", "255.255.255.255", "up")) for vip in wish.take
        ]
        before = self._netconf
        kept = {kept.ip for kept in self.kept()}
        if wish.keep <= kept and not wish.forget & kept:
            return [*live]
        rest = drop_block(before, _VIPS)
        ours = {kept.ip for kept in self.kept() if kept.ip not in _addresses_in(rest)}
        wanted = (ours | wish.keep) - wish.forget - _addresses_in(rest)
        return [*live, Write("Have the VIPs at boot", _NETCONF, self._with_vips(rest, wanted, places))]

    def _with_vips(self, rest: str, wanted: t.AbstractSet[str], places: dict[str, str]) -> str:
        if not wanted:
            return rest
        index = 1 + max(parse_arrays(rest).get("INTERFACE_NAME", {0: ""}))
        free = self._free_places()
        lines = [
            line
            for number, vip in enumerate(sorted(wanted), start=index)
            for line in _elements(number, places.get(vip) or next(free), vip)
        ]
        return put_block(rest, _VIPS, lines, lambda _line: False)

    def _free_places(self) -> t.Iterator[str]:
        taken = {interface.handle for interface in self.interfaces}
        taken.update(parse_arrays(drop_block(self._netconf, _VIPS)).get("INTERFACE_NAME", {}).values())
        places = (f"lo0:{number}" for number in itertools.count(1))
        return (place for place in places if place not in taken)

    def remove(self, held: Held) -> list[Step]:
        return [Run("Give the address up", ("ifconfig", held.handle, str(ipaddress.IPv4Address(0))))]

    def conditions(self) -> list[Condition]:
        if not self.answers.succeeded(*_NDD):
            return []
        live = self.answers.of(*_NDD).strip()
        text = self.answers.file(_NDDCONF)
        boot, former = _strong(text), _strong(drop_block(text, _ARP))
        return [Condition(_STRONG, live, boot, former, ("0",), "Packets for a VIP on lo0 come by a network interface")]

    def meet(self) -> list[Step]:
        text = drop_block(self.answers.file(_NDDCONF), _ARP)
        index = 1 + max(parse_arrays(text).get("NDD_NAME", {}), default=-1)
        lines = [f"TRANSPORT_NAME[{index}]=ip", f"NDD_NAME[{index}]={_STRONG}", f"NDD_VALUE[{index}]=0"]
        steps: list[Step] = []
        for one in self.conditions():
            if not one.holds_live:
                steps.append(Run(one.why, ("ndd", "-set", "/dev/ip", _STRONG, "0")))
            if not one.holds_at_boot:
                steps.append(Write(one.why, _NDDCONF, put_block(text, _ARP, lines, lambda _line: False)))
        return steps

    def release(self) -> list[Step]:
        text = self.answers.file(_NDDCONF)
        if not has_block(text, _ARP):
            return []
        why = "It was so before"
        (one,) = self.conditions()
        return [
            Write(why, _NDDCONF, drop_block(text, _ARP)),
            Run(why, ("ndd", "-set", "/dev/ip", _STRONG, one.former)),
        ]

    def gateways(self) -> Gateways:
        arrays = parse_arrays(self._netconf)
        dhcp = [index for index, value in arrays.get("DHCP_ENABLE", {}).items() if value == "1"]
        owner = f"DHCP (DHCP_ENABLE{dhcp} in {_NETCONF})" if dhcp else None
        gateways = arrays.get("ROUTE_GATEWAY", {})
        boot, unclear = boot_gateway(_NETCONF, [gateways.get(index, "") for index in _default_indexes(arrays)])
        return Gateways(self.live_gateways(), boot, owner, unclear)

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        return replace_reroute(old, new, ("1",))

    def save_gateway(self, gateway: str | None) -> list[Step]:
        if self.gateways().boot == gateway:
            return []
        why = "Have the gateway at boot"
        if gateway is None:
            return [Write("Have no default gateway at boot", _NETCONF, drop_block(self._netconf, _GATEWAY))]
        arrays = parse_arrays(self._netconf)
        for index in _default_indexes(arrays):
            pattern = re.compile(rf"""^(\s*ROUTE_GATEWAY\[{index}\]=["']?)[\d.]*""", re.MULTILINE)
            return [Write(why, _NETCONF, pattern.sub(rf"\g<1>{gateway}", self._netconf))]
        index = 1 + max(arrays.get("ROUTE_DESTINATION", {}), default=-1)
        lines = [
            f"ROUTE_DESTINATION[{index}]=default",
            f'ROUTE_MASK[{index}]=""',
            f"ROUTE_GATEWAY[{index}]={gateway}",
            f"ROUTE_COUNT[{index}]=1",
            f'ROUTE_ARGS[{index}]=""',
        ]
        return [Write(why, _NETCONF, put_block(self._netconf, _GATEWAY, lines, lambda _line: False))]


def parse_netstat(text: str, masks: dict[str, int | None]) -> list[Interface]:
    """The interfaces of `netstat -in`. Where its network is the address itself, the mask is that of one address."""
    found = []
    for row in _ROW.finditer(text):
        ip, name = row["ip"], row["name"]
        prefix = 32 if row["network"] == ip else masks.get(ip)
        held = Held(ip, prefix if prefix is not None else _shown(row["network"]), name.partition(":")[0], name)
        flags = frozenset() if row["down"] else frozenset({"UP"})
        found.append(Interface(name, flags, () if row["down"] else (held,)))
    if not found:
        raise LvsError(
            " ".join(_NETSTAT), text.strip()[:80], "names no interface. Run it on this host and see what it says."
        )
    return found


def _shown(network: str) -> int:
    """The widest mask that the network which netstat shows can have."""
    number = int(ipaddress.IPv4Address(network))
    return 32 if number == 0 else 32 - ((number & -number).bit_length() - 1)


def parse_arrays(text: str) -> Arrays:
    """The elements of the arrays in a file of rc.config.d."""
    arrays: Arrays = {}
    for element in _ELEMENT.finditer(text):
        arrays.setdefault(element["array"], {})[int(element["index"])] = element["value"].strip()
    return arrays


def _masks(arrays: Arrays) -> dict[str, int | None]:
    """The length of the mask of each address in netconf."""
    masks = arrays.get("SUBNET_MASK", {})
    numbers = {index: _number(mask) for index, mask in masks.items()}
    return {ip: numbers.get(index) for index, ip in arrays.get("IP_ADDRESS", {}).items()}


def _number(mask: str) -> int | None:
    try:
        return prefix_of(int(mask, 16) if mask.startswith("0x") else int(ipaddress.IPv4Address(mask)))
    except ValueError:
        return None


def _addresses_in(text: str) -> set[str]:
    return set(parse_arrays(text).get("IP_ADDRESS", {}).values())


def _default_indexes(arrays: Arrays) -> list[int]:
    """Those of the default routes, each of which counts at boot."""
    destinations = arrays.get("ROUTE_DESTINATION", {})
    return [index for index, value in sorted(destinations.items()) if value.removeprefix("net ").strip() in _DEFAULTS]


def _elements(index: int, place: str, vip: str) -> list[str]:
    return [
        f'INTERFACE_NAME[{index}]="{place}"',
        f"IP_ADDRESS[{index}]={vip}",
        f"SUBNET_MASK[{index}]=255.255.255.255",
        f"INTERFACE_STATE[{index}]=up",
        f"DHCP_ENABLE[{index}]=0",
    ]


def _strong(text: str) -> str:
    """What nddconf sets; the last element wins."""
    arrays = parse_arrays(text)
    indexes = [index for index, name in sorted(arrays.get("NDD_NAME", {}).items()) if name == _STRONG]
    return arrays.get("NDD_VALUE", {}).get(indexes[-1], "0") if indexes else "0"
