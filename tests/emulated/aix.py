# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AIX 7: aliases that leave a route behind when their mask is wide, inittab, and a default route that is inet0's."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.bsd import Bsd
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Refused, classful, hexadecimal

INITTAB = "/etc/inittab"


class AIX(Bsd):
    """One as installed."""

    system = "AIX"
    sh = "/usr/bin/ksh93"
    serves_ipv6 = False
    loopback: t.ClassVar[dict[str, int]] = {"127.0.0.1": 8}
    release = "7.2"
    nic = "en0"
    sets_gateway = False

    def install(self) -> None:
        self.put(INITTAB, "init:2:initdefault:\n: a comment\nrctcpip:23456789:wait:/etc/rc.tcpip > /dev/console 2>&1\n")

    def boot(self) -> None:
        self.boot_kernel()
        self.state["strays"] = []
        self.state["defaults"] = [self.router]
        for line in self.read(INITTAB).splitlines():
            fields = line.split(":", 3)
            if len(fields) == 4 and "2" in fields[1] and fields[2] == "once":
                command = fields[3].partition(">")[0].split()
                if command[0] != "/usr/sbin/ifconfig":
                    raise Refused(f"emulation: inittab: {command}")
                self.tool_ifconfig(command[1:])

    def add_address(self, name: str, ip: str, prefix: int | None) -> None:
        super().add_address(name, ip, prefix)
        (one,) = [one for one in self.state["interfaces"][name] if one["ip"] == ip]
        if name == "lo0" and one["prefix"] < 32:
            network = ipaddress.ip_network(f"{ip}/{one['prefix']}", strict=False)
            self.state["strays"].append([str(network.network_address), network.prefixlen, ip])

    def prefix_when_left_out(self, ip: str) -> int:
        return classful(ip)

    def serves(self, vip: str) -> bool:
        return super().serves(vip) and not self.state["strays"]

    def other_routes(self) -> list[str]:
        strays = [
            f"{network}/{length}  {gateway}  U  0  0 lo0  -  -" for network, length, gateway in self.state["strays"]
        ]
        return ["127/8  127.0.0.1  U  5  2000 lo0  -  -", f"192.168.1/24  {self.rip}  U  3  900 en0  -  -", *strays]

    def tool_route(self, arguments: list[str]) -> str:
        verb, kind, target, gateway = arguments
        network, _slash, length = target.partition("/")
        stray = [network, int(length), gateway]
        if (verb, kind) != ("delete", "-net") or stray not in self.state["strays"]:
            raise Refused("0821-279 writing to routing socket: The process does not exist.")
        self.state["strays"].remove(stray)
        return f"{gateway} net {network}: gateway {gateway}"

    def tool_lsitab(self, arguments: list[str]) -> str:
        if arguments != ["-a"]:
            raise Refused("Usage: lsitab -a | Identifier")
        return "\n".join(line for line in self.read(INITTAB).splitlines() if not line.startswith(":"))

    def tool_mkitab(self, arguments: list[str]) -> str:
        (entry,) = arguments
        name, *rest = entry.split(":", 3)
        if len(rest) != 3 or not 0 < len(name) <= 14:
            raise Refused("mkitab: 0481-106 The entry is not in the right form.")
        if any(line.startswith(f"{name}:") for line in self.read(INITTAB).splitlines()):
            raise Refused(f"mkitab: 0481-105 An entry for {name} is there already.")
        self.put(INITTAB, f"{self.read(INITTAB)}{entry}\n")
        return ""

    def tool_rmitab(self, arguments: list[str]) -> str:
        (name,) = arguments
        lines = self.read(INITTAB).splitlines()
        left = [line for line in lines if not line.startswith(f"{name}:")]
        if left == lines:
            raise Refused(f"rmitab: 0481-107 There is no entry for {name}.")
        self.put(INITTAB, "".join(f"{line}\n" for line in left))
        return ""

    def meddle(self, vip: str) -> None:
        self.configure("lo0", ["delete", vip])
        self.configure("lo0", ["alias", vip])
        text = self.read(INITTAB)
        (line,) = [line for line in text.splitlines() if vip in line]
        self.put(INITTAB, text.replace(line, line.replace("255.255.255.255", "255.255.255.0")))

    def show(self, name: str) -> str:
        flags = "e08084b,c0<UP,BROADCAST,LOOPBACK,RUNNING,SIMPLEX,MULTICAST,GROUPRT,64BIT,LARGESEND,CHAIN>"
        if name != "lo0":
            flags = (
                "1e084863,14c0<UP,BROADCAST,NOTRAILERS,RUNNING,SIMPLEX,GROUPRT,64BIT,CHECKSUM_OFFLOAD(ACTIVE),CHAIN>"
            )
        inets = [
            f"\tinet {one['ip']} netmask 0x{hexadecimal(one['prefix'])} broadcast 0.0.0.0"
            for one in self.state["interfaces"][name]
        ]
        return "\n".join([f"{name}: flags={flags}", *inets, "\t tcp_sendspace 131072 tcp_recvspace 131072 rfc1323 1"])

    route_columns = "Destination        Gateway           Flags   Refs     Use  If   Exp  Groups"
