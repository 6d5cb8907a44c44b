# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetBSD 7 and 10: three formats of ifconfig, /etc/ifconfig.lo0, and rc.conf, which comes before the files."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.bsd import Bsd
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Refused, State, classful

CHECK = "net.inet.ip.checkinterface"


class NetBSD7(Bsd):
    """An old one with /etc/mygate that checks the interface by which packets come."""

    system = "NetBSD"
    release = "7.1"
    nic = "wm0"
    separator = " = "
    sysctls: t.ClassVar[dict[str, str]] = {CHECK: "0"}

    def install(self) -> None:
        self.put("/etc/rc.conf", 'rc_configured=YES\nhostname="rs"\nsshd=YES\n')
        self.put(f"/etc/ifconfig.{self.nic}", f"inet {self.rip} netmask 255.255.255.0\n")
        self.put("/etc/mygate", f"{self.router}\n")
        self.put("/etc/sysctl.conf", f"{CHECK}=1\n")

    def boot(self) -> None:
        self.boot_kernel()
        self.boot_sysctls(self.read("/etc/sysctl.conf"))
        rc_conf = self.read("/etc/rc.conf")
        override = re.search(r'^ifconfig_lo0="(.*)"', rc_conf, re.MULTILINE)
        # network_start_interfaces of etc/rc.d/network: continued lines are joined; comments, commands are for others.
        lines = self.read("/etc/ifconfig.lo0").replace("\\\n", " ").splitlines()
        for line in override[1].split(";") if override else lines:
            if line.strip() and line.lstrip()[0] not in "#!":
                self.configure("lo0", line.split())
        route = re.search(r'^defaultroute="(.*)"', rc_conf, re.MULTILINE)
        self.state["defaults"] = [route[1]] if route else self.read("/etc/mygate").split()[:1]

    def meddle(self, vip: str) -> None:
        self.configure("lo0", ["inet6" if ":" in vip else "inet", vip, "-alias"])
        self.add_address("lo0", vip, 24)
        self.state["sysctls"][CHECK] = "1"
        self.path("/etc/ifconfig.lo0").unlink(missing_ok=True)

    def drops_foreign(self) -> bool:
        checks: str = self.state["sysctls"][CHECK]
        return checks != "0"

    def prefix_when_left_out(self, ip: str) -> int:
        return classful(ip)

    def tool_sysctl(self, arguments: list[str]) -> str:
        if "=" in arguments[-1] and arguments[0] != "-w":
            raise Refused("sysctl: Must specify -w to set variables")
        return super().tool_sysctl(arguments)

    def unknown_sysctl(self, name: str) -> str:
        return f"sysctl: second level name '{name}' in '{name}' is invalid"

    def show(self, name: str) -> str:
        flags = (
            "0x8049<UP,LOOPBACK,RUNNING,MULTICAST>"
            if name == "lo0"
            else "0x8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST>"
        )
        head = f"{name}: flags={flags} mtu {33648 if name == 'lo0' else 1500}"
        have = self.state["interfaces"][name]
        return "\n".join([head, *(self.show_numbered(one, number) for number, one in enumerate(have))])

    def show_numbered(self, one: State, number: int) -> str:
        shown = self.show_address(one)
        return shown.replace("inet ", "inet alias ") if number else shown

    route_columns = "Destination        Gateway            Flags    Refs      Use    Mtu Interface"


class NetBSD10(NetBSD7):
    """The current one, with the default route in rc.conf."""

    release = "10.0"

    def install(self) -> None:
        super().install()
        self.path("/etc/mygate").unlink()
        self.path("/etc/sysctl.conf").unlink()
        self.put("/etc/rc.conf", f'{self.read("/etc/rc.conf")}defaultroute="{self.router}"\n')

    def show_numbered(self, one: State, number: int) -> str:
        inet = "inet6" if ":" in one["ip"] else "inet"
        return f"\t{inet} {one['ip']}/{one['prefix']} flags 0{'x0' if number else ''}"
