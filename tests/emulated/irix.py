# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IRIX 6.5: ifconfig in /usr/etc with -arp, scripts of rc2.d, static-route.options."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.bsd import Bsd
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Refused, classful, hexadecimal

SCRIPT, ROUTES = "/etc/rc2.d/S99lvs_vip", "/etc/config/static-route.options"


class IRIX(Bsd):
    """An Indigo2 with a fixed address."""

    system = "IRIX64"
    sh = "/usr/bin/ksh93"
    serves_ipv6 = False
    loopback: t.ClassVar[dict[str, int]] = {"127.0.0.1": 8}
    release = "6.5"
    nic = "ec0"

    def install(self) -> None:
        self.put(ROUTES, f"# the way out\n$ROUTE $QUIET add net default {self.router}\n")
        self.path("/etc/rc2.d").mkdir(parents=True, exist_ok=True)

    def boot(self) -> None:
        self.boot_kernel()
        self.state["noarp"] = []
        for path in sorted(self.path("/etc/rc2.d").glob("S*")):
            if not path.stat().st_mode & 0o100:
                raise Refused(f"{path.name}: Permission denied", 126)
            for words in re.findall(r"^/usr/etc/ifconfig (.*)$", path.read_text(), re.MULTILINE):
                self.tool_ifconfig(words.split())
        self.state["defaults"] = re.findall(r"^\$ROUTE \$QUIET add net default (\S+)$", self.read(ROUTES), re.MULTILINE)

    def configure(self, name: str, words: list[str]) -> None:
        silent = "-arp" in words
        super().configure(name, [word for word in words if word not in ("-arp", "up")])
        if silent and name not in self.state["noarp"]:
            self.state["noarp"].append(name)

    def answers_arp_for(self, ip: str) -> bool:
        """The HOWTO has it that -arp is what keeps a loopback of IRIX silent."""
        loud = [] if "lo0" in self.state["noarp"] else [one["ip"] for one in self.loopback_addresses()]
        return super().answers_arp_for(ip) or ip in loud

    def remove_address(self, name: str, ip: str) -> None:
        super().remove_address(name, ip)
        if len(self.state["interfaces"][name]) == 1:
            self.state["noarp"] = []

    def prefix_when_left_out(self, ip: str) -> int:
        return classful(ip)

    def tool_sysctl(self, arguments: list[str]) -> str:
        raise Refused(f"sysctl: not found: {arguments}", 127)

    def tool_route(self, arguments: list[str]) -> str:
        verb, _default, gateway = arguments
        if verb == "change":
            raise Refused("usage: route [-nqCv] cmd [[-<modifiers>] args]")
        if verb == "delete" and self.defaults() != [gateway]:
            raise Refused(f"delete net default: gateway {gateway}: No such process")
        return super().tool_route(["delete", "default"] if verb == "delete" else arguments)

    def meddle(self, vip: str) -> None:
        self.configure("lo0", ["-alias", vip])
        self.path(SCRIPT).unlink()

    def show(self, name: str) -> str:
        noarp = "NOARP," if name in self.state["noarp"] else ""
        kind = "LOOPBACK" if name == "lo0" else "BROADCAST"
        head = f"{name}: flags=18c9<UP,{kind},RUNNING,{noarp}MULTICAST,CKSUM>"
        have = self.state["interfaces"][name]
        return "\n".join([head, *(f"\tinet {one['ip']} netmask 0x{hexadecimal(one['prefix'])} " for one in have)])
