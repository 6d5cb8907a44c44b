# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the BSDs and macOS have in common: ifconfig with aliases, sysctl, one default route."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import (
    Emulation,
    Refused,
    State,
    hexadecimal,
    prefix_of,
)


class Bsd(Emulation):
    """Interfaces with a list of addresses; a change of a missing thing is refused in the words of FreeBSD."""

    sysctls: t.ClassVar[dict[str, str]] = {}
    """Those of the host that matter, with their defaults."""

    loopback: t.ClassVar[dict[str, int]] = {"127.0.0.1": 8, "::1": 128}

    def boot_kernel(self) -> None:
        self.state = {
            "interfaces": {
                "lo0": [{"ip": ip, "prefix": prefix} for ip, prefix in self.loopback.items()],
                self.nic: [{"ip": self.rip, "prefix": 24}],
            },
            "sysctls": dict(self.sysctls),
            "defaults": [],
        }

    def loopback_addresses(self) -> list[State]:
        found: list[State] = self.state["interfaces"]["lo0"]
        return found

    def nic_addresses(self) -> list[State]:
        found: list[State] = self.state["interfaces"][self.nic]
        return found

    # --- ifconfig

    def tool_ifconfig(self, arguments: list[str]) -> str:
        if arguments == ["-a"]:
            return "\n".join(self.show(name) for name in self.state["interfaces"])
        name, *words = arguments
        if name not in self.state["interfaces"]:
            raise Refused(f"ifconfig: interface {name} does not exist")
        self.configure(name, words)
        return ""

    def show(self, name: str) -> str:
        raise NotImplementedError

    def show_address(self, one: State) -> str:
        if ":" in one["ip"]:
            return f"\tinet6 {one['ip']} prefixlen {one['prefix']}"
        return f"\tinet {one['ip']} netmask 0x{hexadecimal(one['prefix'])}"

    def configure(self, name: str, words: list[str]) -> None:
        """inet A/32 alias, alias A netmask M, inet6 A prefixlen N alias, inet A -alias, -alias A, inet A delete …"""
        inet6 = "inet6" in words
        words = [word for word in words if word not in ("inet", "inet6")]
        removing = bool({"-alias", "delete"} & set(words))
        alias = "alias" in words
        rest = [word for word in words if word not in ("alias", "-alias", "delete")]
        address, *options = rest
        ip, _slash, length = address.partition("/")
        self.require_address(ip, inet6)
        if removing:
            self.remove_address(name, ip)
            return
        if not alias:
            raise Refused("emulation: an address without alias would replace the loopback's own")
        prefix = int(length) if length else None
        while options:
            option, value, *options = options
            if option != ("prefixlen" if inet6 else "netmask"):
                raise Refused(f"ifconfig: {option}: bad value")
            prefix = int(value) if inet6 else prefix_of(value)
        self.add_address(name, ip, prefix)

    def require_address(self, ip: str, inet6: bool) -> None:
        try:
            (ipaddress.IPv6Address if inet6 else ipaddress.IPv4Address)(ip)
        except ValueError:
            raise Refused(f"ifconfig: {ip}: bad value") from None

    def add_address(self, name: str, ip: str, prefix: int | None) -> None:
        if prefix is None:
            prefix = 64 if ":" in ip else self.prefix_when_left_out(ip)
        for others in self.state["interfaces"].values():
            others[:] = [one for one in others if one["ip"] != ip]
        self.state["interfaces"][name].append({"ip": ip, "prefix": prefix})

    def prefix_when_left_out(self, ip: str) -> int:
        raise NotImplementedError

    def remove_address(self, name: str, ip: str) -> None:
        have = self.state["interfaces"][name]
        left = [one for one in have if one["ip"] != ip]
        if left == have:
            raise Refused("ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address")
        self.state["interfaces"][name] = left

    # --- the life of the host

    def tool_shutdown(self, arguments: list[str]) -> str:
        if arguments != ["-r", "now"]:
            raise Refused("usage: shutdown [-] [-h | -p | -r | -k] time [warning-message ...]")
        self.restart()
        return ""

    # --- sysctl

    separator = ": "

    def tool_sysctl(self, arguments: list[str]) -> str:
        if arguments[0] == "-w":
            arguments = arguments[1:]
        (argument,) = arguments
        name, equals, value = argument.partition("=")
        known = self.state["sysctls"]
        if name not in known:
            raise Refused(self.unknown_sysctl(name))
        if not equals:
            return f"{name}{self.separator}{known[name]}"
        before, known[name] = known[name], value
        return f"{name}: {before} -> {value}"

    def unknown_sysctl(self, name: str) -> str:
        return f"sysctl: unknown oid '{name}'"

    def boot_sysctls(self, text: str) -> None:
        for line in text.splitlines():
            name, equals, value = line.partition("#")[0].strip().partition("=")
            if equals and name.strip() in self.state["sysctls"]:
                self.state["sysctls"][name.strip()] = value.strip()

    # --- routes

    def tool_route(self, arguments: list[str]) -> str:
        verb, target, *gateways = arguments
        if target != "default":
            raise Refused(f"emulation: route {verb} {target}")
        have = self.defaults()
        if verb == "delete":
            if not have:
                raise Refused("route: message indicates error: No such process")
            have.clear()
            return "delete net default"
        (gateway,) = gateways
        words = f"{verb} net default: gateway {gateway}"
        self.require_neighbour(gateway, f"{words}: Network is unreachable")
        if verb == "add" and have:
            raise Refused(f"{words}: route already in table")
        if verb == "change" and not have:
            raise Refused(f"{words}: not in table")
        have[:] = [gateway]
        return words

    def tool_netstat(self, arguments: list[str]) -> str:
        if arguments == ["-an"]:
            return self.listening()
        if arguments != ["-rn", "-f", "inet"]:
            raise Refused(f"emulation: netstat {arguments}")
        lines = [f"default            {gateway}      UGS         {self.nic}" for gateway in self.defaults()]
        return "\n".join(["Routing tables", "", "Internet:", self.route_columns, *lines, *self.other_routes()])

    route_columns = "Destination        Gateway            Flags     Netif Expire"

    def other_routes(self) -> list[str]:
        return [
            "127.0.0.1          link#2             UH          lo0",
            f"192.168.1.0/24     link#1             U           {self.nic}",
        ]
