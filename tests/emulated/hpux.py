# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HP-UX 11i: no ifconfig -a, no -arp on lo0:N, arrays in rc.config.d that end at their first hole."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import (
    Emulation,
    Refused,
    State,
    dotted,
    prefix_of,
)

UNSET = str(ipaddress.IPv4Address(0))
NETCONF, NDDCONF = "/etc/rc.config.d/netconf", "/etc/rc.config.d/nddconf"


class HPUX(Emulation):
    """One whose administrator made it a strong end system."""

    system = "HP-UX"
    sh = "/usr/bin/ksh93"
    serves_ipv6 = False
    release = "B.11.31"
    nic = "lan0"

    def install(self) -> None:
        self.put(
            NETCONF,
            'HOSTNAME="rs"\nLOOPBACK_ADDRESS=127.0.0.1\n\n'
            f'INTERFACE_NAME[0]="lan0"\nIP_ADDRESS[0]="{self.rip}"\nSUBNET_MASK[0]="255.255.255.0"\n'
            'BROADCAST_ADDRESS[0]=""\nINTERFACE_STATE[0]="up"\nDHCP_ENABLE[0]=0\n\n'
            f'ROUTE_DESTINATION[0]=default\nROUTE_MASK[0]=""\nROUTE_GATEWAY[0]="{self.router}"\n'
            'ROUTE_COUNT[0]="1"\nROUTE_ARGS[0]=""\n',
        )
        self.put(NDDCONF, "TRANSPORT_NAME[0]=ip\nNDD_NAME[0]=ip_strong_es_model\nNDD_VALUE[0]=1\n")

    def arrays(self, path: str) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for name, index, value in re.findall(r'^([A-Z_]+)\[(\d+)\]="?([^"\n]*)"?', self.read(path), re.M):
            found.setdefault(name, {})[int(index)] = value
        return found

    def boot(self) -> None:
        netconf, nddconf = self.arrays(NETCONF), self.arrays(NDDCONF)
        self.state = {"interfaces": {"lo0": {"ip": "127.0.0.1", "prefix": 8}}, "ndd": "0", "defaults": []}
        for index in range(len(netconf["INTERFACE_NAME"])):
            name = netconf["INTERFACE_NAME"].get(index)
            if name and netconf["INTERFACE_STATE"][index] == "up":
                prefix = prefix_of(netconf["SUBNET_MASK"][index])
                self.state["interfaces"][name] = {"ip": netconf["IP_ADDRESS"][index], "prefix": prefix}
        for index in range(len(netconf.get("ROUTE_DESTINATION", {}))):
            if netconf["ROUTE_DESTINATION"].get(index) == "default":
                self.state["defaults"] = [netconf["ROUTE_GATEWAY"][index]]
        for index in range(len(nddconf.get("NDD_NAME", {}))):
            if nddconf["NDD_NAME"].get(index) == "ip_strong_es_model":
                self.state["ndd"] = nddconf["NDD_VALUE"][index]

    def of(self, device: str) -> list[State]:
        return [one for name, one in self.state["interfaces"].items() if name.partition(":")[0] == device]

    def loopback_addresses(self) -> list[State]:
        return self.of("lo0")

    def nic_addresses(self) -> list[State]:
        return self.of(self.nic)

    def drops_foreign(self) -> bool:
        strong: str = self.state["ndd"]
        return strong != "0"

    def tool_ifconfig(self, arguments: list[str]) -> str:
        name, *words = arguments
        if name == "-a":
            raise Refused("usage: ifconfig interface [ af [ address [ dest_addr ] ] [ up ] [ down ][ netmask mask ] ]")
        if name == "lo0":
            raise Refused("ifconfig: ioctl (SIOCSIFADDR): Invalid argument")
        if not re.fullmatch(r"lo0:\d+", name):
            raise Refused(f"ifconfig: no such interface: {name}")
        if "-arp" in words:
            raise Refused("ifconfig: arp: the flag cannot be changed on a plumbed interface")
        have = self.state["interfaces"]
        if words == [UNSET]:
            if name not in have:
                raise Refused(f"ifconfig: no such interface: {name}")
            del have[name]
            return ""
        if len(words) != 4 or words[1] != "netmask" or words[3] != "up":
            raise Refused(f"emulation: ifconfig {arguments}")
        if any(one["ip"] == words[0] for other, one in have.items() if other != name):
            raise Refused("ifconfig: ioctl (SIOCSIFADDR): Address already in use")
        have[name] = {"ip": words[0], "prefix": prefix_of(words[2])}
        return ""

    def tool_netstat(self, arguments: list[str]) -> str:
        if arguments == ["-an"]:
            return self.listening()
        if arguments == ["-in"]:
            return "\n".join([self.COLUMNS, *(self.row(name, one) for name, one in self.state["interfaces"].items())])
        if arguments != ["-rn", "-f", "inet"]:
            raise Refused(f"emulation: netstat {arguments}")
        routes = [f"default               {gateway}    UG    0    lan0      1500" for gateway in self.defaults()]
        return "\n".join(
            ["Routing tables", "Destination           Gateway            Flags Refs Interface  Pmtu", *routes]
        )

    COLUMNS = "Name      Mtu  Network         Address         Ipkts              Ierrs Opkts              Oerrs Coll"

    def row(self, name: str, one: State) -> str:
        network = ipaddress.ip_network(f"{one['ip']}/{dotted(one['prefix'])}", strict=False).network_address
        mtu = 1500 if name.startswith("lan") else 32808
        return f"{name:<9} {mtu} {network!s:<15} {one['ip']:<15} 1234               0     567                0     0   "

    def tool_ndd(self, arguments: list[str]) -> str:
        verb, device, name, *values = arguments
        if (device, name) != ("/dev/ip", "ip_strong_es_model"):
            raise Refused("operation failed, Invalid argument")
        if verb == "-set":
            (self.state["ndd"],) = values
        return "" if verb == "-set" else str(self.state["ndd"])

    def tool_route(self, arguments: list[str]) -> str:
        verb, target, gateway, *_hops = arguments
        have = self.defaults()
        if target != "default":
            raise Refused(f"emulation: route {arguments}")
        if verb == "delete":
            if gateway not in have:
                raise Refused(f"delete net default: gateway {gateway}: not in table")
            have.remove(gateway)
            return f"delete net default: gateway {gateway}"
        self.require_neighbour(gateway, f"add net default: gateway {gateway}: Network is unreachable")
        if have:
            raise Refused(f"add net default: gateway {gateway}: File exists")
        have.append(gateway)
        return f"add net default: gateway {gateway}"

    def meddle(self, vip: str) -> None:
        name = next(name for name, one in self.state["interfaces"].items() if one["ip"] == vip)
        del self.state["interfaces"][name]
        self.state["ndd"] = "1"
        text = self.read(NETCONF)
        self.put(NETCONF, text.partition("# Begin")[0])
