# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""macOS: launchd starts what lies in its folder at boot, and the settings own the default route."""

from __future__ import annotations

import plistlib
import typing as t
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.bsd import Bsd
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Refused, State, classful

CHECK = "net.inet.ip.check_interface"
DAEMONS = "/Library/LaunchDaemons"


class MacOS(Bsd):
    """One whose user made it a strong end system by a daemon of his own."""

    system = "Darwin"
    release = "24.1.0"
    nic = "en0"
    folders = ("etc", "Library")
    sets_gateway = False
    sysctls: t.ClassVar[dict[str, str]] = {CHECK: "1"}

    def install(self) -> None:
        words = ["/usr/sbin/sysctl", f"{CHECK}=2"]
        self.path(DAEMONS).mkdir(parents=True, exist_ok=True)
        plist = {"Label": "com.example.hardening", "ProgramArguments": words, "RunAtLoad": True}
        self.put(f"{DAEMONS}/com.example.hardening.plist", plistlib.dumps(plist).decode())

    def boot(self) -> None:
        self.boot_kernel()
        self.state["loaded"] = []
        self.state["defaults"] = [self.router]
        for path in sorted(self.path(DAEMONS).glob("*.plist")):
            self.load_job(path)

    def load_job(self, path: Path) -> None:
        job = plistlib.loads(path.read_bytes())
        if path.stat().st_mode & 0o022:
            raise Refused("Bootstrap failed: 122: Path had bad ownership/permissions", 122)
        if job["Label"] in self.state["loaded"]:
            raise Refused("Bootstrap failed: 5: Input/output error", 5)
        self.state["loaded"].append(job["Label"])
        program, *words = job["ProgramArguments"]
        if job.get("RunAtLoad"):
            {"/sbin/ifconfig": self.tool_ifconfig, "/usr/sbin/sysctl": self.tool_sysctl}[program](words)

    def tool_launchctl(self, arguments: list[str]) -> str:
        loaded = self.state["loaded"]
        if arguments == ["list"]:
            return "\n".join(["PID\tStatus\tLabel", *(f"-\t0\t{label}" for label in loaded)])
        if arguments[:2] == ["bootstrap", "system"]:
            path = self.path(arguments[2])
            if not path.is_file():
                raise Refused("Bootstrap failed: 5: Input/output error", 5)
            self.load_job(path)
            return ""
        verb, target = arguments
        if verb != "bootout" or target.removeprefix("system/") not in loaded:
            raise Refused("Boot-out failed: 3: No such process", 3)
        loaded.remove(target.removeprefix("system/"))
        return ""

    def tool_route(self, arguments: list[str]) -> str:
        raise Refused(f"emulation: the settings own the default route; route {arguments} must not be tried")

    def meddle(self, vip: str) -> None:
        self.configure("lo0", [*(["inet6"] if ":" in vip else []), "-alias", vip])
        self.state["sysctls"][CHECK] = "2"
        for path in self.path(DAEMONS).glob("org.linuxvirtualserver.*"):
            path.unlink()

    def drops_foreign(self) -> bool:
        checks: str = self.state["sysctls"][CHECK]
        return checks == "2"

    def prefix_when_left_out(self, ip: str) -> int:
        return classful(ip)

    def show(self, name: str) -> str:
        flags = (
            "8049<UP,LOOPBACK,RUNNING,MULTICAST>"
            if name == "lo0"
            else "8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST>"
        )
        options = "\toptions=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>"
        head = f"{name}: flags={flags} mtu {16384 if name == 'lo0' else 1500}\n{options}"
        inets = [self.show_address(one) for one in self.state["interfaces"][name]]
        return "\n".join([head, *inets, "\tnd6 options=201<PERFORMNUD,DAD>"])

    def show_address(self, one: State) -> str:
        return f"{super().show_address(one)} "

    def other_routes(self) -> list[str]:
        return [*super().other_routes(), "default            link#17            UCSIg          utun3"]
