# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FreeBSD 13 and 15: rc.conf and sysrc, the two names of the strong end system, no address without a mask."""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.bsd import Bsd
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Refused, classful

RC_CONF = "/etc/rc.conf"


class FreeBSD13(Bsd):
    """One that somebody hardened: it checks the interface by which packets come."""

    system = "FreeBSD"
    release = "13.2-RELEASE"
    needs_mask = False
    strong = "net.inet.ip.check_interface"

    sysctls: t.ClassVar[dict[str, str]] = {strong: "0", "net.link.ether.inet.proxyall": "0"}

    def install(self) -> None:
        self.put(
            RC_CONF,
            'hostname="rs"\n'
            f'ifconfig_{self.nic}="inet {self.rip} netmask 255.255.255.0"\n'
            f'defaultrouter="{self.router}"\n'
            'sshd_enable="YES"\n',
        )
        self.put("/etc/sysctl.conf", f"# hardened\n{self.strong}=1\nkern.ipc.somaxconn=1024\n")

    def boot(self) -> None:
        """As rc.d/sysctl, ifalias_af_common of network.subr, and then options_inet of rc.d/routing have it."""
        self.boot_kernel()
        for name in ("/etc/sysctl.conf", "/etc/sysctl.conf.local"):
            self.boot_sysctls(self.read(name))
        variables = self.variables()
        numbered = sorted(name for name in variables if re.fullmatch(r"ifconfig_lo0_alias\d+", name))
        words = [variables.get("ifconfig_lo0_aliases", "")]
        for value in (variables[name] for name in numbered):
            words.append(value if value.startswith(("inet ", "inet6 ")) else f"inet {value}")
        words += [f"inet {one}" for one in variables.get("ipv4_addrs_lo0", "").split()]
        for one in re.split(r"(?=\binet6? )", " ".join(words)):
            if one.strip():
                self.configure("lo0", [*one.split(), "alias"])
        self.state["sysctls"]["net.link.ether.inet.proxyall"] = str(int(variables.get("arpproxy_all") == "YES"))
        router = variables.get("defaultrouter", "NO")
        self.state["defaults"] = [] if router.upper() == "NO" else [router]

    def meddle(self, vip: str) -> None:
        self.configure("lo0", ["inet6" if ":" in vip else "inet", vip, "-alias"])
        self.state["sysctls"][self.strong] = "1"
        lines = self.read(RC_CONF).splitlines(keepends=True)
        self.put(RC_CONF, "".join(line for line in lines if not line.startswith("ifconfig_lo0_aliases=")))
        if self.read("/etc/sysctl.conf"):
            self.put("/etc/sysctl.conf", self.read("/etc/sysctl.conf").replace(f"\n{self.strong}=0", ""))

    def variables(self) -> dict[str, str]:
        words = shlex.split(self.read(RC_CONF), comments=True)
        return dict(word.split("=", 1) for word in words)

    def tool_sysrc(self, arguments: list[str]) -> str:
        variables = self.variables()
        if arguments == ["-ae"]:
            return "\n".join(f'{name}="{value}"' for name, value in variables.items())
        # What else it can do harms the files, see plugins/plugin_utils/_unix/rc_conf.py.
        raise Refused(f"emulation: sysrc {arguments}")

    def drops_foreign(self) -> bool:
        known: dict[str, str] = self.state["sysctls"]
        return known[self.strong] != "0" or known["net.link.ether.inet.proxyall"] != "0"

    def prefix_when_left_out(self, ip: str) -> int:
        if self.needs_mask:
            raise Refused("ifconfig: ERROR: setting interface address without mask is no longer supported.")
        return classful(ip)

    def show(self, name: str) -> str:
        flags = (
            "8049<UP,LOOPBACK,RUNNING,MULTICAST>" if name == "lo0" else "8863<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST>"
        )
        head = f"{name}: flags={flags} metric 0 mtu {16384 if name == 'lo0' else 1500}"
        inets = [self.show_address(one) for one in self.state["interfaces"][name]]
        tail = "\tgroups: lo\n\tnd6 options=21<PERFORMNUD,AUTO_LINKLOCAL>" if name == "lo0" else "\tstatus: active"
        return "\n".join([head, *inets, tail])


class FreeBSD15(FreeBSD13):
    """The current one, as installed."""

    release = "15.0-RELEASE"
    needs_mask = True
    strong = "net.inet.ip.rfc1122_strong_es"
    sysctls: t.ClassVar[dict[str, str]] = {strong: "0", "net.link.ether.inet.proxyall": "0"}

    def install(self) -> None:
        super().install()
        self.path("/etc/sysctl.conf").unlink()
