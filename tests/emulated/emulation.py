# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of another system, as far as its network tools show it: what they print, change, keep and refuse.

It is made of the systems' documentation and of outputs that were published, and where their code can be read, of that;
then the file is named. It is no proof that the real system does the same. It holds what must not be got wrong.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import signal
import typing as t
from pathlib import Path

State = dict[str, t.Any]
TOOLS = "/tools"
"""Where the tools are on the host."""


class Refused(Exception):
    """What the real tool refuses: its words and its exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class Emulation:
    """One host. Subclasses have a method `tool_NAME` for each tool, which returns what it prints."""

    system: str
    release: str
    sh = "/bin/dash"
    """A shell of the kind that is /bin/sh there."""
    nic = "em0"
    rip = "192.168.1.11"
    router = "192.168.1.254"
    serves_ipv6 = True
    """Whether a VIP may be one of IPv6."""
    sets_gateway = True
    """Whether the default route is one that a tool may change."""
    folders: tuple[str, ...] = ("etc",)
    """The top folders that are the host's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state: State = {}

    # --- the life of the host

    def install(self) -> None:
        """The files of a host that was just installed."""

    def boot(self) -> None:
        """Forget what runs and start from the files."""
        raise NotImplementedError

    def restart(self) -> None:
        """All its processes end, but the tool that asked and waits for an answer, and it starts from its files."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                asking = TOOLS.encode() in (process / "cmdline").read_bytes()
                if not asking and (process / "root").readlink() == self.root / "root":
                    os.kill(int(process.name), signal.SIGKILL)
        self.boot()

    def load(self) -> None:
        self.state = json.loads((self.root / "state.json").read_text())

    def save(self) -> None:
        # Whole or not at all: the host's own rollback and a test may look at the same time.
        new = self.root / f"state.{os.getpid()}"
        new.write_text(json.dumps(self.state, indent=1))
        new.replace(self.root / "state.json")

    def path(self, name: str) -> Path:
        """A file of the host, for one that stands outside."""
        return self.root / "own" / name.lstrip("/")

    def read(self, name: str) -> str:
        path = self.path(name)
        return path.read_text(errors="surrogateescape") if path.is_file() else ""

    def put(self, name: str, text: str) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, errors="surrogateescape")

    def meddle(self, vip: str) -> None:
        """Somebody changes the host so that it no longer serves the VIP, now and at boot."""
        raise NotImplementedError

    # --- what its network does

    def holds(self, vip: str) -> list[State]:
        """The loopback addresses that are the VIP with the mask of one address."""
        return [one for one in self.loopback_addresses() if one["ip"] == vip and one["prefix"] == full_prefix(vip)]

    def loopback_addresses(self) -> list[State]:
        raise NotImplementedError

    def drops_foreign(self) -> bool:
        """Whether packets for an IPv4 address of the loopback that come by the network are dropped."""
        return False

    def drops_foreign6(self) -> bool:
        """The same for IPv6, of which most systems are not so strict."""
        return False

    def serves(self, vip: str) -> bool:
        """Whether a packet for the VIP, sent here by a director, reaches a service, and the neighbours stay away."""
        others = [one for one in self.loopback_addresses() if one["ip"] != "127.0.0.1"]
        wide = [one for one in others if one["prefix"] < full_prefix(one["ip"])]
        drops = self.drops_foreign6 if ":" in vip else self.drops_foreign
        return bool(self.holds(vip)) and not wide and not drops()

    def answers_arp_for(self, ip: str) -> bool:
        """Or, for IPv6, to neighbours that solicit it."""
        return any(one["ip"] == ip for one in self.nic_addresses())

    def nic_addresses(self) -> list[State]:
        raise NotImplementedError

    # --- services

    def serve(self, protocol: str, address: str, port: int) -> None:
        """Somebody starts a service."""
        self.state.setdefault("services", []).append([protocol, address, port])

    def listening(self) -> str:
        """What `netstat -an` says of services, each (protocol, address, port)."""
        services: list[list[str]] = self.state.get("services", [])
        return "\n".join(self.show_service(protocol, f"{address}.{port}") for protocol, address, port in services)

    def show_service(self, protocol: str, local: str) -> str:
        return f"{protocol:<5}      0      0  {local:<22} *.*                    LISTEN"

    # --- routes

    def defaults(self) -> list[str]:
        found: list[str] = self.state["defaults"]
        return found

    def require_neighbour(self, gateway: str, words: str) -> None:
        near = [ipaddress.ip_network(f"{one['ip']}/{one['prefix']}", strict=False) for one in self.nic_addresses()]
        if not any(ipaddress.ip_address(gateway) in network for network in near):
            raise Refused(words)

    def tool_uname(self, arguments: list[str]) -> str:
        if arguments == ["-s"]:
            return self.system
        raise Refused(f"uname: unknown option {arguments}")


def full_prefix(ip: str) -> int:
    """The length of the mask of one address."""
    return 128 if ":" in ip else 32


def dotted(prefix: int) -> str:
    return str(ipaddress.ip_network(f"0.0.0.0/{prefix}").netmask)


def hexadecimal(prefix: int) -> str:
    return f"{int(ipaddress.ip_address(dotted(prefix))):08x}"


def prefix_of(mask: str) -> int:
    """The length of a mask, dotted or hexadecimal."""
    number = int(mask, 16) if mask.startswith("0x") else int(ipaddress.ip_address(mask))
    return bin(number).count("1")


def classful(ip: str) -> int:
    """The mask that old tools take when none is given."""
    first = int(ip.partition(".")[0])
    return 8 if first < 128 else 16 if first < 192 else 24
