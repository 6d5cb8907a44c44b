# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenBSD 7: netstart's files, no packets for lo0 unless it forwards, no mygate with DHCP."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.bsd import Bsd
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Refused, classful

FORWARDING, FORWARDING6 = "net.inet.ip.forwarding", "net.inet6.ip6.forwarding"


class OpenBSD(Bsd):
    """One as installed, with a fixed address."""

    system = "OpenBSD"
    release = "7.6"
    sh = "/bin/mksh"
    nic = "vio0"
    separator = "="
    sysctls: t.ClassVar[dict[str, str]] = {FORWARDING: "0", FORWARDING6: "0"}

    def install(self) -> None:
        self.put(f"/etc/hostname.{self.nic}", f"inet {self.rip} 255.255.255.0\n")
        self.put("/etc/mygate", f"# the way out\n{self.router}\n")

    def boot(self) -> None:
        self.boot_kernel()
        self.boot_sysctls(self.read("/etc/sysctl.conf"))
        self.netstart("lo0", self.read("/etc/hostname.lo0"))
        # defaultroute() of etc/netstart 1.229: comments, commands and IPv6 are passed over.
        lines = [line for line in self.read("/etc/mygate").splitlines() if line and line[0] not in "#!"]
        gateways = [line for line in lines if ":" not in line]
        if self.has_dhcp():
            gateways = [self.router]
        self.state["defaults"] = gateways[:1]

    def has_dhcp(self) -> bool:
        return self.read(f"/etc/hostname.{self.nic}").startswith(("dhcp", "inet autoconf"))

    def netstart(self, name: str, text: str) -> None:
        """As parse_hn_line of etc/netstart 1.229 has it; nothing but addresses is for a loopback here."""
        lines = text.replace("\\\n", " ").splitlines()
        for line in (line for line in lines if line.strip() and line.lstrip()[0] not in "#!"):
            words = line.split()
            masks = {"inet": "netmask", "inet6": "prefixlen"}
            if words[0] not in masks or words[1] != "alias" or len(words) != 4 or "/" in words[2]:
                raise Refused(f"netstart: {name}: {line}: bad line")
            self.configure(name, [words[0], "alias", words[2], masks[words[0]], words[3]])

    def meddle(self, vip: str) -> None:
        self.configure("lo0", ["inet6" if ":" in vip else "inet", vip, "delete"])
        self.state["sysctls"].update({FORWARDING: "0", FORWARDING6: "0"})
        text = self.read("/etc/hostname.lo0")
        text = text.replace(f"{vip} 255.255.255.255", f"{vip} 255.255.255.0").replace(f"{vip} 128", f"{vip} 64")
        self.put("/etc/hostname.lo0", text)

    def drops_foreign(self) -> bool:
        forwards: str = self.state["sysctls"][FORWARDING]
        return forwards == "0"

    def drops_foreign6(self) -> bool:
        forwards: str = self.state["sysctls"][FORWARDING6]
        return forwards == "0"

    def prefix_when_left_out(self, ip: str) -> int:
        return classful(ip)

    def tool_ifconfig(self, arguments: list[str]) -> str:
        if arguments == ["-A"]:
            return "\n".join(self.show(name) for name in self.state["interfaces"])
        if arguments == ["-a"]:
            return "\n".join(self.show(name, first_only=True) for name in self.state["interfaces"])
        return super().tool_ifconfig(arguments)

    def tool_sysctl(self, arguments: list[str]) -> str:
        if arguments[0] == "-w":
            raise Refused("usage: sysctl [-Aanq] [name[=value] ...]")
        return super().tool_sysctl(arguments)

    def unknown_sysctl(self, name: str) -> str:
        return f"sysctl: level name {name.rpartition('.')[2]} in {name} is invalid"

    def show(self, name: str, first_only: bool = False) -> str:
        flags = (
            "8049<UP,LOOPBACK,RUNNING,MULTICAST>" if name == "lo0" else "8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST>"
        )
        head = (
            f"{name}: flags={flags} mtu {32768 if name == 'lo0' else 1500}\n\tindex 3 priority 0 llprio 3\n\tgroups: lo"
        )
        have = self.state["interfaces"][name][: 1 if first_only else None]
        return "\n".join([head, *(self.show_address(one) for one in have)])

    route_columns = "Destination        Gateway            Flags   Refs      Use   Mtu  Prio Iface"
