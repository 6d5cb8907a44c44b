# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solaris 11 and OmniOS with ipadm, Solaris 10 and 7 with ifconfig; logical interfaces, and route's odd status."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import (
    Emulation,
    Refused,
    State,
    classful,
    dotted,
    hexadecimal,
    prefix_of,
)

UNSET = str(ipaddress.IPv4Address(0))


class SunOS(Emulation):
    """What all of them have: logical interfaces lo0:N, several default routes, netstat."""

    system = "SunOS"
    sh = "/usr/bin/ksh93"
    nic = "net0"

    def boot_kernel(self) -> None:
        self.state = {
            "logical": {
                "lo0": {"ip": "127.0.0.1", "prefix": 8, "up": True},
                self.nic: {"ip": self.rip, "prefix": 24, "up": True},
            },
            "defaults": [],
        }

    def default_routers(self) -> list[str]:
        """The first word of each line that is no comment: illumos, cmd/svc/milestone/net-routing-setup."""
        lines = [line.split() for line in self.read("/etc/defaultrouter").splitlines() if not line.startswith("#")]
        return [words[0] for words in lines if words]

    def loopback_addresses(self) -> list[State]:
        return [one for name, one in self.state["logical"].items() if name.startswith("lo0") and one["up"]]

    def nic_addresses(self) -> list[State]:
        return [one for name, one in self.state["logical"].items() if name.startswith(self.nic) and one["up"]]

    def tool_shutdown(self, arguments: list[str]) -> str:
        raise Refused(f"Usage: shutdown [ -y ] [ -g<grace> ] [ -i<initstate> ] [ message ], not {arguments}")

    def tool_reboot(self, _arguments: list[str]) -> str:
        self.restart()
        return ""

    def tool_ifconfig(self, arguments: list[str]) -> str:
        if arguments != ["-a"]:
            return self.configure(arguments[0], arguments[1:])
        return "\n".join(self.show(name, one) for name, one in sorted(self.state["logical"].items()))

    def show(self, name: str, one: State) -> str:
        kind = "LOOPBACK" if name.startswith("lo0") else "BROADCAST"
        flags = f"{'UP,' if one['up'] else ''}{kind},RUNNING,MULTICAST,IPv4{',VIRTUAL' if kind == 'LOOPBACK' else ''}"
        if ":" in one["ip"]:
            return (
                f"{name}: flags=2002000849<{flags.replace('IPv4', 'IPv6')}> mtu 8252 index 1\n\tinet6 {one['ip']}/128 "
            )
        head = f"{name}: flags=2001000849<{flags}> mtu 8232 index 1"
        inet = f"\tinet {one['ip']} netmask {hexadecimal(one['prefix'])} "
        return f"{head}\n{inet}" if kind == "LOOPBACK" else f"{head}\n{inet}broadcast 192.168.1.255"

    def configure(self, name: str, words: list[str]) -> str:
        raise NotImplementedError

    def show_service(self, _protocol: str, local: str) -> str:
        return f"{local:>20} {'*.*':>20}             0      0 128000      0 LISTEN"

    def tool_netstat(self, arguments: list[str]) -> str:
        if arguments == ["-an"]:
            return self.listening()
        if arguments != ["-rn", "-f", "inet"]:
            raise Refused(f"emulation: netstat {arguments}")
        head = [
            "",
            "Routing Table: IPv4",
            "  Destination           Gateway           Flags  Ref     Use     Interface ",
            "-------------------- -------------------- ----- ----- ---------- --------- ",
        ]
        lines = [f"default              {gateway:<20} UG        2        117 {self.nic}" for gateway in self.defaults()]
        return "\n".join([*head, *lines, f"192.168.1.0          {self.rip:<20} U         3         20 {self.nic}"])

    def tool_route(self, arguments: list[str]) -> str:
        verb, target, *rest = arguments
        if target != "default" or len(rest) != 1:
            raise Refused(f"emulation: route {arguments}")
        return self.change_route(verb, rest[0])

    def change_route(self, verb: str, gateway: str) -> str:
        have = self.defaults()
        self.require_neighbour(gateway, f"add net default: gateway {gateway}: Network is unreachable")
        if verb == "add":
            if gateway in have:
                raise Refused(f"add net default: gateway {gateway}: entry exists", 17)
            have.append(gateway)
            return f"add net default: gateway {gateway}"
        if gateway not in have:
            raise Refused(f"delete net default: gateway {gateway}: not in table", 3)
        have.remove(gateway)
        return f"delete net default: gateway {gateway}"


class Solaris11(SunOS):
    """One that somebody made a strong end system, with a persistent default route."""

    release = "5.11"
    model = "strong"
    v6_persistent = "U--"

    def install(self) -> None:
        """ipadm keeps its own store; here it is a file of the host."""
        self.put(
            "/etc/ipadm/store",
            f"addr lo0/v4 127.0.0.1/8\naddr {self.nic}/v4 {self.rip}/24\n"
            f"hostmodel {self.model} ipv4\nhostmodel {self.model} ipv6\n",
        )
        self.put("/etc/inet/static_routes", f"{self.router}\n")

    def store(self) -> list[list[str]]:
        return [line.split() for line in self.read("/etc/ipadm/store").splitlines()]

    def write_store(self, lines: list[list[str]]) -> None:
        self.put("/etc/ipadm/store", "".join(f"{' '.join(line)}\n" for line in lines))

    def boot(self) -> None:
        self.boot_kernel()
        self.state.update(objects={}, hostmodel={"ipv4": "weak", "ipv6": "weak"})
        for line in self.store():
            if line[0] == "addr":
                self.add_object(line[1], line[2])
            else:
                self.state["hostmodel"][line[2]] = line[1]
        self.state["defaults"] = self.boot_routes()

    def boot_routes(self) -> list[str]:
        return self.read("/etc/inet/static_routes").split()

    def add_object(self, name: str, address: str) -> None:
        ip, _slash, length = address.partition("/")
        interface = name.partition("/")[0]
        logical = self.state["logical"]
        place = interface
        number = 0
        while place in logical and logical[place]["ip"] != ip:
            number += 1
            place = f"{interface}:{number}"
        logical[place] = {"ip": ip, "prefix": int(length), "up": True}
        self.state["objects"][name] = place

    def tool_ipadm(self, arguments: list[str]) -> str:
        verb, *words = arguments
        return {
            "show-addr": self.show_addresses,
            "create-addr": self.create_address,
            "delete-addr": self.delete_address,
            "show-prop": self.show_property,
            "set-prop": self.set_property,
        }[verb](words)

    def show_addresses(self, words: list[str]) -> str:
        kept = {line[1] for line in self.store() if line[0] == "addr"}
        rows = []
        for name, place in self.state["objects"].items():
            one = self.state["logical"][place]
            fields = {
                "addrobj": name,
                "type": "static",
                "state": "ok",
                "addr": f"{one['ip']}/{one['prefix']}".replace(":", "\\:"),
                "persistent": "U--" if name in kept else "---",
            }
            rows.append(":".join(fields[column] for column in words[2].split(",")))
        rows.append(
            {"addrobj,persistent": f"lo0/v6:{self.v6_persistent}"}.get(words[2], "lo0/v6:static:ok:\\:\\:1/128")
        )
        return "\n".join(rows)

    def create_address(self, words: list[str]) -> str:
        temporary = words[0] == "-t"
        option, kind, flag, address, name = words[1:] if temporary else words
        if (option, kind, flag) != ("-T", "static", "-a"):
            raise Refused("usage: ipadm create-addr -T static [-d] -a addr[/prefixlen] addrobj")
        if not re.fullmatch(r"[a-z]\w*/[A-Za-z][A-Za-z0-9]{0,31}", name):
            raise Refused(f"ipadm: invalid address object name '{name}'")
        if name in self.state["objects"]:
            raise Refused("ipadm: cannot create address: Address object already exists")
        ip, slash, _length = address.partition("/")
        if any(one["ip"] == ip for one in self.state["logical"].values()):
            raise Refused("ipadm: cannot create address: Address already exists")
        address = address if slash else f"{ip}/{64 if ':' in ip else classful(ip)}"
        self.add_object(name, address)
        if not temporary:
            self.write_store([*self.store(), ["addr", name, address]])
        return ""

    def delete_address(self, words: list[str]) -> str:
        (name,) = words
        if name not in self.state["objects"]:
            raise Refused("ipadm: could not delete address: Object not found")
        del self.state["logical"][self.state["objects"].pop(name)]
        self.write_store([line for line in self.store() if line[1] != name])
        return ""

    def show_property(self, words: list[str]) -> str:
        protocol = words[-1]
        if words[:-1] != ["-c", "-o", "CURRENT,PERSISTENT", "-p", "hostmodel"] or protocol not in ("ipv4", "ipv6"):
            raise Refused(f"emulation: ipadm show-prop {words}")
        kept = [line[1] for line in self.store() if line[0] == "hostmodel" and line[2] == protocol]
        return f"{self.state['hostmodel'][protocol]}:{''.join(kept)}"

    def set_property(self, words: list[str]) -> str:
        match = re.fullmatch(r"hostmodel=(weak|strong|src-priority)", words[1])
        protocol = words[-1]
        if words[0] != "-p" or words[2:] not in (["ipv4"], ["ipv6"]) or not match:
            raise Refused(f"ipadm: set-prop: could not set property: {words}")
        old, new = ["hostmodel", self.state["hostmodel"][protocol], protocol], ["hostmodel", match[1], protocol]
        self.state["hostmodel"][protocol] = match[1]
        lines = self.store()
        self.write_store([new if line == old else line for line in lines] if old in lines else [*lines, new])
        return ""

    def tool_route(self, arguments: list[str]) -> str:
        if arguments[0] != "-p":
            return super().tool_route(arguments)
        kept = self.read("/etc/inet/static_routes").split()
        if arguments == ["-p", "show"]:
            lines = [f"persistent: route add default {gateway}\n(To delete: route -p delete)" for gateway in kept]
            return "\n".join(lines) or "No persistent routes are defined"
        verb, _default, gateway = arguments[1:]
        left = [one for one in kept if one != gateway]
        self.put(
            "/etc/inet/static_routes", "".join(f"{one}\n" for one in [*left, *([gateway] if verb == "add" else [])])
        )
        # It says that the running system has the route already, or no more, and that counts as failure.
        try:
            said = self.change_route(verb, gateway)
        except Refused as refused:
            self.save()
            raise Refused(f"{refused}\n{verb} persistent net default: gateway {gateway}", refused.status) from None
        return f"{said}\n{verb} persistent net default: gateway {gateway}"

    def meddle(self, vip: str) -> None:
        """The VIP is there, but only until the next boot, and the model is strong again."""
        name = next(name for name, place in self.state["objects"].items() if self.state["logical"][place]["ip"] == vip)
        self.write_store([line for line in self.store() if line[1] != name])
        self.set_property(["-p", "hostmodel=strong", "ipv6" if ":" in vip else "ipv4"])

    def drops_foreign(self) -> bool:
        model: str = self.state["hostmodel"]["ipv4"]
        return model == "strong"

    def drops_foreign6(self) -> bool:
        model: str = self.state["hostmodel"]["ipv6"]
        return model == "strong"


BOOT_SCRIPTS = "/etc/rc2.d"
CREATE = re.compile(r"^/usr/sbin/ipadm create-addr (-t .*)$", re.MULTILINE)


class OmniOS(Solaris11):
    """illumos as installed, with /etc/defaultrouter and a weak host model.

    Its lo0 is one until the next boot: cmd/svc/milestone/net-loopback makes it by `ipadm create-addr -t`, and
    lib/libipadm refuses to keep an address on an interface that is not kept (IPADM_TEMPORARY_OBJ).
    """

    model = "weak"
    v6_persistent = "---"

    def boot(self) -> None:
        super().boot()
        self.add_object("lo0/v4", "127.0.0.1/8")
        for path in sorted(self.path(BOOT_SCRIPTS).glob("S*")):
            for words in CREATE.findall(path.read_text()):
                self.create_address(words.split())

    def create_address(self, words: list[str]) -> str:
        if words[0] != "-t" and words[-1].startswith("lo0/"):
            raise Refused("ipadm: Could not create address: Persistent operation on temporary object")
        return super().create_address(words)

    def install(self) -> None:
        super().install()
        self.write_store([line for line in self.store() if line[0] == "addr" and not line[1].startswith("lo0/")])
        self.path("/etc/inet/static_routes").unlink()
        self.put("/etc/defaultrouter", f"{self.router}\n")
        self.path(BOOT_SCRIPTS).mkdir(parents=True)

    def boot_routes(self) -> list[str]:
        return [*self.default_routers(), *super().boot_routes()]

    def meddle(self, vip: str) -> None:
        """Somebody takes the VIP away, now and out of the script."""
        name = next(name for name, place in self.state["objects"].items() if self.state["logical"][place]["ip"] == vip)
        self.delete_address([name])
        for path in self.path(BOOT_SCRIPTS).glob("S*"):
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(line for line in lines if f" {name}" not in line))


class Solaris10(SunOS):
    """One with ifconfig alone, and a strict end system."""

    serves_ipv6 = False
    release = "5.10"
    nic = "e1000g0"
    strict = "1"

    def install(self) -> None:
        self.put(f"/etc/hostname.{self.nic}", "rs\n")
        self.put("/etc/defaultrouter", f"{self.router}\n")
        self.put(
            "/etc/rc2.d/S70hardening",
            f"#!/sbin/sh\n/usr/sbin/ndd -set /dev/ip ip_strict_dst_multihoming {self.strict}\n",
        )

    def boot(self) -> None:
        self.boot_kernel()
        self.state["ndd"] = "0"
        for path in sorted(self.path("/etc").glob("hostname.lo0:*")):
            self.read_hostname(path.name.partition(".")[2], path.read_text().splitlines())
        for path in sorted(self.path("/etc/rc2.d").glob("S*")):
            for value in re.findall(
                r"^/usr/sbin/ndd -set /dev/ip ip_strict_dst_multihoming (\d)", path.read_text(), re.M
            ):
                self.state["ndd"] = value
        self.state["defaults"] = self.default_routers()

    def read_hostname(self, name: str, lines: list[str]) -> None:
        """A file of one line gets the mask of /etc/netmasks and comes up by itself; more are taken as they are."""
        self.configure(name, ["plumb"])
        if len(lines) == 1:
            ip = lines[0].split()[0]
            lines = [f"{ip} netmask {dotted(classful(ip))}", "up"]
        for line in lines:
            for words in self.boot_steps(line.split()):
                self.configure(name, words)

    def boot_steps(self, words: list[str]) -> list[list[str]]:
        return [words]

    def configure(self, name: str, words: list[str]) -> str:
        logical = self.state["logical"]
        if words == ["plumb"]:
            if name in logical:
                raise Refused(f"ifconfig: SIOCLIFADDIF: {name}: already exists")
            logical[name] = {"ip": UNSET, "prefix": 0, "up": False}
            return ""
        if name not in logical:
            raise Refused(f"ifconfig: status: SIOCGLIFFLAGS: {name}: no such interface")
        if words == ["unplumb"]:
            del logical[name]
            return ""
        self.set_words(logical[name], words)
        return ""

    def set_words(self, one: State, words: list[str]) -> None:
        while words:
            word, *words = words
            if word == "netmask":
                value, *words = words
                one["prefix"] = prefix_of(value)
            elif word in ("up", "down"):
                one["up"] = word == "up"
            else:
                one.update(ip=word, prefix=classful(word))

    def tool_ndd(self, arguments: list[str]) -> str:
        verb, device, name, *values = arguments
        if (device, name) != ("/dev/ip", "ip_strict_dst_multihoming"):
            raise Refused("operation failed: No such file or directory")
        if verb == "-set":
            (self.state["ndd"],) = values
        return "" if verb == "-set" else str(self.state["ndd"])

    def tool_uname(self, arguments: list[str]) -> str:
        return self.release if arguments == ["-r"] else super().tool_uname(arguments)

    def meddle(self, vip: str) -> None:
        """Somebody saved a line: at boot the VIP gets the mask of its class."""
        name = next(name for name, one in self.state["logical"].items() if one["ip"] == vip)
        self.state["logical"][name]["prefix"] = 24
        self.put(f"/etc/hostname.{name}", f"{vip}\n")

    def drops_foreign(self) -> bool:
        strict: str = self.state["ndd"]
        return strict != "0"


class Solaris7(Solaris10):
    """One of the HOWTO's time: a step at a time, both ends of the link, or one has to start over."""

    release = "5.7"
    nic = "hme0"
    strict = "0"

    def set_words(self, one: State, words: list[str]) -> None:
        if len(words) > 2 or (len(words) == 2 and words[0] != "netmask" and words[0] != words[1]):
            one["broken"] = True
            raise Refused("ifconfig: SIOCSIFNETMASK: Cannot assign requested address")
        if one.get("broken"):
            raise Refused("ifconfig: SIOCSIFFLAGS: Cannot assign requested address")
        if len(words) == 2 and words[0] == words[1]:
            one["other_end"] = words[1]
            return
        if words == ["up"] and one.get("other_end") != one["ip"]:
            raise Refused("ifconfig: SIOCSIFFLAGS: lo0: Cannot assign requested address")
        super().set_words(one, words)

    def boot_steps(self, words: list[str]) -> list[list[str]]:
        """The boot scripts of this age are not known; what is written for them goes in, a word at a time."""
        if words == ["up"]:
            return [words]
        ip, *mask = words
        return [[ip], [ip, ip], *([mask] if mask else [])]
