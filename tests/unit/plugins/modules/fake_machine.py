# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Linux host in a directory: ip, networkctl, systemctl and systemd-run with a memory, /proc/sys as files, a reboot.

It refuses what the real tools refuse, with their words and exit statuses (iproute2 6.1, systemd 252).
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import shlex
import subprocess
import typing as t
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host

if t.TYPE_CHECKING:
    from collections.abc import Sequence

FOREVER = 4294967295
NIC_FLAGS = ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"]
LO_FLAGS = ["LOOPBACK", "UP", "LOWER_UP"]
DUMMY_FLAGS = ["BROADCAST", "NOARP", "UP", "LOWER_UP"]


class Refused(Exception):
    """A command fails: exit status and what it says."""


@dataclass
class Machine:
    """The host; the network set-up it boots with is in ``interfaces`` when it is made."""

    root: Path
    interfaces: dict[str, dict[str, t.Any]] = field(default_factory=dict)
    network_files: dict[str, str] = field(default_factory=dict)  # interface -> .network file
    tools: tuple[str, ...] = ("ip", "grep", "networkctl", "systemctl", "systemd-run", "arptables", "unshare")
    kernel_knows: set[str] = field(default_factory=lambda: {"networks", "nft_arp", "arptable_filter"})
    # What the host's own configuration sets at each boot, and each time networkd reads it.
    routes: list[dict[str, t.Any]] = field(
        default_factory=lambda: [{"dst": "default", "gateway": "192.168.1.254", "dev": "eth0", "flags": []}]
    )
    neighbours: set[str] = field(default_factory=lambda: {"192.168.1.254"})
    meddle: t.Callable[[Completed], Completed] = lambda done: done  # what a test lets a command say or do besides

    def __post_init__(self) -> None:
        self.networkd_knows: set[tuple[str, str]] = set()
        self.networkd_routes: set[tuple[str, ...]] = set()
        self.ours: list[tuple[str, ...]] = []  # routes that were added: destination, gateway, interface, metric
        self.timer: list[str] | None = None  # what systemd-run runs when time_passes()
        self.proxies: list[tuple[str, str]] = []
        self.arp_rules: dict[str, list[str]] = {"INPUT": [], "OUTPUT": []}
        self.active: set[str] = set()
        self.failed: set[str] = set()
        self.interfaces = self.interfaces or {
            "lo": {"flags": LO_FLAGS, "addresses": ["127.0.0.1/8", "::1/128"]},
            "eth0": {"flags": NIC_FLAGS, "addresses": ["192.168.1.11/24", "2001:db8::11/64"]},
        }
        self._base = json.dumps(self.interfaces)
        self.at("/run/systemd/system").mkdir(parents=True)
        for tool in self.tools:
            self.put(f"/usr/sbin/{tool}", "").chmod(0o755)
        self._reset_sysctls()

    # What a test does to it

    @property
    def host(self) -> Host:
        return Host(str(self.root), self.execute)

    def at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def put(self, path: str, text: str) -> Path:
        target = self.at(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def files(self) -> set[str]:
        """Every file below /etc and /var."""
        return {
            f"/{path.relative_to(self.root)}"
            for top in ("etc", "var")
            for path in (self.root / top).rglob("*")
            if path.is_symlink() or not path.is_dir()
        }

    def add(self, address: str, interface: str, **extra: t.Any) -> None:
        self.interfaces[interface]["addresses"].append({"address": address, **extra} if extra else address)

    def addresses(self, interface: str) -> list[str]:
        return [_address(entry) for entry in self.interfaces[interface]["addresses"]]

    def sysctl(self, interface: str, name: str) -> int:
        return int(self.at(f"/proc/sys/net/ipv4/conf/{interface}/{name}").read_text())

    def set_sysctl(self, interface: str, name: str, value: int) -> None:
        self.put(f"/proc/sys/net/ipv4/conf/{interface}/{name}", f"{value}\n")

    def answers_arp_for(self, vip: str) -> bool:
        """The measured truth table of arp_ignore, for a request that comes in on a network interface."""
        for name, interface in self.interfaces.items():
            if any(_ip(entry) == vip for entry in interface["addresses"]):
                if f"-j DROP -d {vip}" in self.arp_rules["INPUT"]:
                    return False
                if "LOOPBACK" not in interface["flags"] and "NOARP" not in interface["flags"]:
                    return True
                others = [other for other in self.interfaces if other not in ("lo", name)]
                return any(self._effective(other, "arp_ignore") not in (1, 2, 8) for other in others)
        return False

    def _effective(self, interface: str, name: str) -> int:
        return max(self.sysctl("all", name), self.sysctl(interface, name))

    def reboot(self) -> list[str]:
        """Start anew from what is on disk; returns the units that failed."""
        self.interfaces = json.loads(self._base)
        self.networkd_knows, self.networkd_routes = set(), set()
        self.ours, self.timer = [], None
        self.arp_rules = {"INPUT": [], "OUTPUT": []}
        runtime = ("lvs/*", "lvs-*", "systemd/network/*.d/*.conf")
        for left in [path for pattern in runtime for path in self.at("/run").glob(pattern)]:
            left.unlink()
        self.active, self.failed = set(), set()
        self._reset_sysctls()
        self._apply_sysctl_d()
        failed = [unit for unit in self._enabled() if not self._start(unit)]
        self._networkd_reads()
        return failed

    # The tools

    def execute(self, argv: Sequence[str], given: str = "") -> Completed:
        if given:
            return self._batched(argv, given.splitlines())
        try:
            done = Completed(tuple(argv), 0, self._dispatch(list(argv)), "")
        except Refused as refused:
            rc, text = refused.args
            done = Completed(tuple(argv), rc, "", text)
        return self.meddle(done)

    def _batched(self, argv: Sequence[str], lines: list[str]) -> Completed:
        """ip with many commands in its input: the first that fails ends it."""
        assert list(argv) == ["ip", "-batch", "-"]
        for number, line in enumerate(lines, start=1):
            done = self.execute(["ip", *line.split()])
            if done.rc:
                return Completed(tuple(argv), 1, "", f"{done.stderr}\nCommand failed -:{number}\n")
        return Completed(tuple(argv), 0, "", "")

    def _dispatch(self, argv: list[str]) -> str:
        if argv[0] in ("ip", "/usr/sbin/ip"):
            return self._ip(argv[1:])
        if argv[:5] == ["networkctl", "--no-pager", "--full", "status", "--all"]:
            return self._networkctl()
        if argv[0].rpartition("/")[2] in ("arptables", "arptables-legacy"):
            return self._arptables(argv)
        if argv[:2] == ["unshare", "-n"]:
            return self._if("networks") + (self._if("nft_arp") if argv[2:] == ["arptables", "-N", "lvs-check"] else "")
        if argv[0] == "modprobe":
            return self._if(argv[-1])
        if argv[0] == "systemd-run":
            self.timer = argv[argv.index("/usr/sbin/ip") :]
            return ""
        assert argv[0] == "systemctl", argv
        return self._systemctl(argv[1:])

    def time_passes(self) -> None:
        """Whatever timer there is goes off."""
        timer, self.timer = self.timer, None
        if timer is not None:
            self._batch(timer[1:])

    def _batch(self, argv: list[str]) -> None:
        assert argv[:2] == ["-force", "-batch"], argv
        for line in Path(argv[2]).read_text().splitlines():
            with contextlib.suppress(Refused):
                self._ip(line.split())

    def _ip(self, argv: list[str]) -> str:
        if argv == ["-j", "addr"]:
            return json.dumps([self._show(name, index) for index, name in enumerate(self.interfaces, start=1)])
        if argv in (["-j", "-4", "route"], ["-j", "-6", "route"]):
            return json.dumps(self._routes(6 if argv[1] == "-6" else 4))
        if argv[:2] == ["-force", "-batch"]:
            self._batch(argv)
            return ""
        if argv[:3] == ["-j", "route", "get"]:
            return json.dumps([self.way(argv[3])])
        if argv == ["-j", "neigh", "show", "proxy"]:
            return json.dumps([{"dst": ip, "dev": dev, "proxy": None} for ip, dev in self.proxies])
        if argv[:4] == ["-j", "neigh", "show", "to"]:
            state = "REACHABLE" if argv[4] in self.neighbours else "FAILED"
            return json.dumps([{"dst": argv[4], "state": [state]}])
        if argv[0] == "route":
            self._change_route(argv[1], argv[2:])
            return ""
        if argv[0] == "link":
            self._link(argv[1:])
            return ""
        assert argv[:1] == ["addr"], argv
        self._change(argv[1], argv[2], argv[4], argv[5:])
        return ""

    def _link(self, argv: list[str]) -> None:
        """A dummy device."""
        name = argv[1]
        if (argv[0] == "add") == (name in self.interfaces):
            raise Refused(2, "RTNETLINK answers: File exists, or not")
        if argv[0] == "add":
            assert argv[2:] == ["type", "dummy"]
            self.interfaces[name] = {"flags": ["BROADCAST", "NOARP"], "addresses": []}
            for setting in ("arp_ignore", "arp_announce"):
                self.set_sysctl(name, setting, 0)
        elif argv[0] == "delete":
            del self.interfaces[name]
            self.at(f"/sys/class/net/{name}/ifalias").unlink(missing_ok=True)
        elif argv[2] == "alias":
            self.put(f"/sys/class/net/{name}/ifalias", f"{argv[3]}\n")
        else:
            assert argv == ["set", name, "up"]
            self.interfaces[name]["flags"] = ["BROADCAST", "NOARP", "UP"]

    def _if(self, known: str) -> str:
        if known not in self.kernel_knows:
            raise Refused(1, "Operation not supported")
        return ""

    def _arptables(self, argv: list[str]) -> str:
        program, argv = argv[0].rpartition("/")[2], argv[1:]
        if argv == ["-V"]:
            return "arptables 1.8.9 (nf_tables)\n" if program == "arptables" else f"{program} v0.0.5\n"
        needed = "nft_arp" if program == "arptables" else "arptable_filter"
        if argv == ["-L", "-n"] and needed in self.kernel_knows:
            chains = [[f"Chain {name} (policy ACCEPT)", *rules, ""] for name, rules in self.arp_rules.items()]
            return "\n".join(line for chain in chains for line in chain)
        if argv == ["-L", "-n"]:
            return ""
        self._if(needed)
        rules, rule = self.arp_rules[argv[1]], " ".join(argv[2:])
        if argv[0] == "-D":
            if rule not in rules:
                raise Refused(1, "arptables: Bad rule (does a matching rule exist in that chain?).")
            rules.remove(rule)
        else:
            rules.insert({"-I": 0, "-A": len(rules)}[argv[0]], rule)
        return ""

    def _show(self, name: str, index: int) -> dict[str, t.Any]:
        info = [_info(entry) for entry in self.interfaces[name]["addresses"]]
        return {"ifindex": index, "ifname": name, "flags": self.interfaces[name]["flags"], "addr_info": info}

    def _routes(self, version: int) -> list[dict[str, t.Any]]:
        routes = [route for route in self.routes if (":" in str(route.get("gateway"))) == (version == 6)]
        routes += [_show_route(route) for route in self.ours if (":" in route[0]) == (version == 6)]
        for name, interface in self.interfaces.items():
            for entry in interface["addresses"]:
                network = ipaddress.ip_interface(_address(entry)).network
                if name != "lo" and network.version == version and network.num_addresses > 1:
                    routes.append({"dst": str(network), "dev": name, "protocol": "kernel", "flags": []})
        return routes

    def way(self, ip: str) -> dict[str, t.Any]:
        """Where the kernel would send a packet."""
        address = ipaddress.ip_address(ip)
        routes = [(_network(route, address.version), route) for route in self._routes(address.version)]
        holding = [
            (network.prefixlen, -route.get("metric", 0), route) for network, route in routes if address in network
        ]
        if not holding:
            raise Refused(2, "RTNETLINK answers: Network is unreachable")
        best = max(holding, key=lambda entry: entry[:2])[2]
        return {"dst": ip, **{key: best[key] for key in ("gateway", "dev") if key in best}, "flags": []}

    def _change_route(self, verb: str, words: list[str]) -> None:
        named = {words[index]: words[index + 1] for index in range(1, len(words), 2)}
        assert named["proto"] == "76", words
        route = (words[0], named["via"], named["dev"], named.get("metric", "0"))
        same = [known for known in self.ours if known[0] == route[0]]
        if verb == "del":
            if route not in self.ours:
                raise Refused(2, "RTNETLINK answers: No such process")
            self.ours.remove(route)
        else:
            assert verb == "replace", verb
            self.ours = [known for known in self.ours if known not in same] + [route]

    def _change(self, verb: str, address: str, interface: str, extra: list[str]) -> None:
        if interface not in self.interfaces:
            raise Refused(1, f'Cannot find device "{interface}"')
        assert extra == (["nodad", "preferred_lft", "0"] if ":" in address and verb != "del" else []), extra
        held = self.addresses(interface)
        same_ip = [one for one in held if _ip(one) == _ip(address)]
        if verb == "del":
            if address not in held:
                raise Refused(2, "Error: ipv4: Address not found.")
            entries = self.interfaces[interface]["addresses"]
            self.interfaces[interface]["addresses"] = [entry for entry in entries if _address(entry) != address]
        elif address in held or (":" in address and same_ip):
            if verb == "add":
                raise Refused(2, "Error: ipv4: Address already assigned.")
        else:
            self.add(address, interface)

    def _networkctl(self) -> str:
        blocks = []
        for index, name in enumerate(self.interfaces, start=1):
            file = self.network_files.get(name, "n/a")
            blocks.append(
                f"* {index}: {name}                         \n"
                "                     Link File: n/a\n"
                f"                  Network File: {file}\n"
                "                         State: routable (configured)\n"
            )
        return "\n".join(blocks)

    def _systemctl(self, argv: list[str]) -> str:
        verb, unit = argv[0], argv[-1]
        if verb == "daemon-reload":
            return ""
        if unit == "systemd-networkd.service":
            assert verb == "try-reload-or-restart"
            self._networkd_reads()
            return ""
        if unit.startswith("lvs-gateway-rollback."):
            if self.timer is None or unit.endswith(".service"):
                raise Refused(3, "")
            self.timer = None if verb == "stop" else self.timer
            return ""
        if verb in ("is-active", "is-failed", "reset-failed"):
            return self._ask_unit(verb, unit)
        if not self.at(f"/etc/systemd/system/{unit}").exists():
            raise Refused(1, f"Failed to {verb} unit: Unit file {unit} does not exist.")
        link = self.at(f"/etc/systemd/system/multi-user.target.wants/{unit}")
        if verb == "enable":
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(f"/etc/systemd/system/{unit}")
        elif verb == "disable":
            link.unlink(missing_ok=True)
            self._stop(unit)
        elif verb == "restart" and not self._start(unit):
            raise Refused(1, f"Job for {unit} failed because the control process exited with error code.")
        return ""

    def _ask_unit(self, verb: str, unit: str) -> str:
        if unit not in (self.active if verb == "is-active" else self.failed):
            text = f"Failed to reset failed state of unit {unit}: Unit {unit} not loaded."
            raise Refused(*((1, text) if verb == "reset-failed" else (3, "")))
        if verb == "reset-failed":
            self.failed.remove(unit)
        return ""

    def _enabled(self) -> list[str]:
        wants = self.at("/etc/systemd/system/multi-user.target.wants")
        return sorted(link.name for link in wants.glob("lvs-*")) if wants.is_dir() else []

    def _start(self, unit: str) -> bool:
        self.active.discard(unit)
        self.failed.add(unit)
        text = self.at(f"/etc/systemd/system/{unit}").read_text()
        for pattern, path in re.findall(r"^ExecStartPre=/usr/sbin/grep -qx (\S+) (\S+)$", text, re.MULTILINE):
            lines = self.at(path).read_text().splitlines() if self.at(path).exists() else []
            if not any(re.fullmatch(pattern, line) for line in lines):
                return False
        self._shell("ExecStart", text)
        for line in re.findall(r"^ExecStart(?:Pre)?=-?/usr/sbin/ip link (.*)$", text, re.MULTILINE):
            with contextlib.suppress(Refused):
                self._link(line.split())
        joined = text.replace("\\\n", "")
        alone = re.findall(r"^ExecStart=/usr/sbin/ip addr (replace .*)$", text, re.MULTILINE)
        batches = re.findall(r"^ExecStart=/bin/sh -c '[^']* \| /usr/sbin/ip -batch -' sh (.*)$", joined, re.MULTILINE)
        for line in [*alone, *(line.removeprefix("addr ") for batch in batches for line in shlex.split(batch))]:
            words = line.split()
            self._change(words[0], words[1], words[3], words[4:])
        for line in re.findall(r"^ExecStart=(/usr/sbin/arptables\S* .*)$", text, re.MULTILINE):
            self._arptables(line.split())
        for word, path in re.findall(r"^ExecStart=/bin/echo (.*)\nStandardOutput=file:(.*)$", text, re.MULTILINE):
            self.put(path, f"{word}\n")
        for line in re.findall(r"^ExecStart=/usr/sbin/ip route (.*)$", text, re.MULTILINE):
            self._change_route(line.split()[0], line.split()[1:])
        self.active.add(unit)
        self.failed.remove(unit)
        return True

    def _stop(self, unit: str) -> None:
        if unit in self.active:
            self._shell("ExecStop", self.at(f"/etc/systemd/system/{unit}").read_text())
        self.active.discard(unit)

    def _shell(self, key: str, text: str) -> None:
        """Do what a unit has a shell do, in a real one, to the files of this machine."""
        for command in re.findall(rf"^{key}=-?(/bin/(?:sh|rm|rmdir) .*[^\\])$", text, re.MULTILINE):
            words = shlex.split(command.replace("%%", "%").replace("$$", "$"))
            here = [str(self.at(word)) if word.startswith("/run/") else word for word in words]
            subprocess.run(here, check=key == "ExecStart")

    def _networkd_reads(self) -> None:
        """Add what the drop-ins say, and take away what an earlier reading said and they no longer do."""
        now = self.networkd_files()
        for interface, address in self.networkd_knows - now:
            entries = self.interfaces[interface]["addresses"]
            self.interfaces[interface]["addresses"] = [entry for entry in entries if _address(entry) != address]
        for interface, address in sorted(now):
            if address not in self.addresses(interface):
                self.add(address, interface)
        self.networkd_knows = now
        self._networkd_reads_routes()

    def networkd_files(self) -> set[tuple[str, str]]:
        """The addresses in the files that networkd reads, besides those of the host itself."""
        return {
            (interface, found)
            for interface, file in self.network_files.items()
            for dropin in self.at("/").glob(f"*/systemd/network/{Path(file).name}.d/*.conf")
            for found in re.findall(r"^Address=(\S+)", dropin.read_text(), re.MULTILINE)
        }

    def _networkd_reads_routes(self) -> None:
        now: set[tuple[str, ...]] = set()
        for interface, file in self.network_files.items():
            for dropin in self.at(f"/etc/systemd/network/{Path(file).name}.d").glob("*.conf"):
                for section in dropin.read_text().split("[Route]\n")[1:]:
                    keys = dict(line.split("=") for line in section.split())
                    now.add((keys["Destination"], keys["Gateway"], interface, keys.get("Metric", "0")))
        gone = self.networkd_routes - now
        self.ours = sorted({*self.ours, *now} - gone)
        self.networkd_routes = now

    def link_bounces(self, interface: str) -> None:
        """networkd puts back what it remembers."""
        for name, address in self.networkd_knows:
            if name == interface and address not in self.addresses(interface):
                self.add(address, interface)

    def _reset_sysctls(self) -> None:
        for interface in ("all", "default", *self.interfaces):
            for name in ("arp_ignore", "arp_announce"):
                self.set_sysctl(interface, name, 0)
        for path in self.at("/proc/sys/net/ipv4/conf").glob("*/hidden"):  # a kernel of old
            path.write_text("0\n")

    def _apply_sysctl_d(self) -> None:
        for path in sorted(self.at("/etc/sysctl.d").glob("*.conf")):
            for name, value in re.findall(r"^-?net\.ipv4\.conf\.(\S+) = (\d+)$", path.read_text(), re.MULTILINE):
                pattern, key = name.rsplit(".", 1)
                for interface in ("all", "default", *self.interfaces):
                    if fnmatch(interface, pattern.replace("/", ".")):
                        self.set_sysctl(interface, key, int(value))


def _network(route: dict[str, t.Any], version: int) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(
        ("0.0.0.0/0" if version == 4 else "::/0") if route["dst"] == "default" else route["dst"]
    )


def _show_route(route: tuple[str, ...]) -> dict[str, t.Any]:
    """As ip shows it: no mask on a single address, no default spelled out, no metric 0."""
    network = ipaddress.ip_network(route[0])
    dst = "default" if network.prefixlen == 0 else route[0]
    dst = str(network.network_address) if network.prefixlen == network.max_prefixlen else dst
    metric = {"metric": int(route[3])} if route[3] != "0" else {}
    return {"dst": dst, "gateway": route[1], "dev": route[2], "protocol": "76", **metric, "flags": []}


def _address(entry: str | dict[str, t.Any]) -> str:
    return entry if isinstance(entry, str) else str(entry["address"])


def _ip(entry: str | dict[str, t.Any]) -> str:
    return _address(entry).partition("/")[0]


def _info(entry: str | dict[str, t.Any]) -> dict[str, t.Any]:
    ip, prefix = _address(entry).split("/")
    extra = {} if isinstance(entry, str) else {key: value for key, value in entry.items() if key != "address"}
    return {
        "family": "inet6" if ":" in ip else "inet",
        "local": ip,
        "prefixlen": int(prefix),
        "scope": "global",
        "valid_life_time": FOREVER,
        "preferred_life_time": FOREVER,
        **extra,
    }
