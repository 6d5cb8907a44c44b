# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Linux host in a directory with modules to load: modprobe, rmmod, ip link, ip fou and systemctl with a memory."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host

if t.TYPE_CHECKING:
    from collections.abc import Sequence

RELEASE = "7.2.7"
# Module: those that it needs.
KNOWN: dict[str, tuple[str, ...]] = {
    "nf_conntrack": (),
    "ip_vs": ("nf_conntrack",),
    "ip_vs_rr": ("ip_vs",),
    "ip_vs_wlc": ("ip_vs",),
    "tunnel4": (),
    "ip_tunnel": (),
    "ipip": ("tunnel4", "ip_tunnel"),
    "ip6_tunnel": (),
    "gre": (),
    "ip_gre": ("gre", "ip_tunnel"),
    "fou": (),
}
DEVICES = {"ipip": "tunl0", "ip_gre": "gre0", "ip6_tunnel": "ip6tnl0"}
KINDS = {"tunl0": "ipip", "gre0": "gre", "ip6tnl0": "ip6tnl"}
NEW_MODES = {"ip6tnl0": {"proto": "ip6ip6"}}
CONF = {"send_redirects": "1", "forwarding": "0", "accept_redirects": "1", "rp_filter": "0"}


class FakeHost:
    """The host. ``loaded`` is in the order of loading."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.loaded: list[str] = []
        self.used: set[str] = set()  # modules that something else needs
        self.up: set[str] = {"lo", "eth0"}
        self.modes: dict[str, dict[str, object]] = {}
        self.ports: list[dict[str, object]] = []
        self.active: set[str] = set()
        self.devices: dict[str, str] = {}  # somebody's, each with its kind
        self.addresses: dict[str, str] = {}  # somebody's, on a device
        self.namespaces: dict[str, dict[str, str]] = {}  # the devices in others
        self.put("/proc/sys/kernel/osrelease", f"{RELEASE}\n")
        self.put(f"/lib/modules/{RELEASE}/modules.builtin", "kernel/net/sched/sch-fifo.ko\n")
        self.put("/proc/sys/net/ipv4/ip_forward", "0\n")
        self.at("/run/systemd/system").mkdir(parents=True)
        for program in ("modprobe", "rmmod", "systemctl", "ip"):
            self.put(f"/sbin/{program}", "")
            self.at(f"/sbin/{program}").chmod(0o755)
        for interface in ("all", "default", "lo", "eth0"):
            self._interface(interface)
        self._show()

    @property
    def host(self) -> Host:
        return Host(str(self.root), self.execute)

    def at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def put(self, path: str, text: str) -> None:
        self.at(path).parent.mkdir(parents=True, exist_ok=True)
        self.at(path).write_text(text)

    def sysctl(self, name: str) -> str:
        return self.at(f"/proc/sys/{name.replace('.', '/')}").read_text().strip()

    def sysctls(self) -> dict[str, str]:
        """Everything below /proc/sys/net."""
        top = self.at("/proc/sys/net")
        return {str(path.relative_to(top)): path.read_text().strip() for path in top.rglob("*") if path.is_file()}

    def files(self) -> dict[str, str]:
        """Every file below /etc and /var."""
        tops = (self.at("/etc"), self.at("/var"))
        return {
            f"/{path.relative_to(self.root)}": path.read_text()
            for top in tops
            for path in top.rglob("*")
            if path.is_file()
        }

    def execute(self, argv: Sequence[str]) -> Completed:
        """What a command says and does."""
        answer = getattr(self, f"_{argv[0]}")(list(argv[1:]))
        rc, text = answer if isinstance(answer, tuple) else (0, answer or "")
        return Completed(tuple(argv), rc, "" if rc else text, text if rc else "")

    def network_behind(self, name: str, kind: str, address: str) -> None:
        """A bridge or a tunnel of somebody's, with an address of this host on it."""
        self.devices[name], self.addresses[name] = kind, address
        self.put(f"/sys/class/net/{name}/uevent", f"DEVTYPE={kind}\nINTERFACE={name}\n")

    def external(self, name: str, kind: str) -> None:
        """A device of somebody's that takes what is in any tunnel of its kind."""
        self.devices[name] = kind
        self.up.add(name)
        self.modes[name] = {"external": True}
        self._interface(name)

    def other_namespace(self, path: str, devices: dict[str, str]) -> None:
        """Another network namespace with these devices, each with its kind."""
        self.put("/proc/self/ns/net", "")
        self.put(path, "")
        self.namespaces[path] = devices

    def _nsenter(self, words: list[str]) -> tuple[int, str] | str:
        devices = self.namespaces[words[0].removeprefix("--net=")]
        assert words[1:] == ["ip", "-j", "-d", "addr"]
        return json.dumps([{"ifname": name, "linkinfo": {"info_kind": kind}} for name, kind in devices.items()])

    def _interface(self, name: str) -> None:
        for key, value in CONF.items():
            self.put(f"/proc/sys/net/ipv4/conf/{name}/{key}", f"{value}\n")

    def _show(self) -> None:
        users = {name: [one for one in self.loaded if name in KNOWN[one]] for name in self.loaded}
        lines = [
            f"{name} 4096 {len(users[name]) + (name in self.used)} {','.join(users[name]) or '-'} Live 0x0"
            for name in reversed(self.loaded)
        ]
        self.put("/proc/modules", "\n".join([*lines, ""]))

    def _modprobe(self, words: list[str]) -> tuple[int, str] | str:
        name = words[-1]
        if name not in KNOWN:
            return 1, f"modprobe: FATAL: Module {name} not found in directory /lib/modules/{RELEASE}"
        if "--dry-run" not in words and name not in self.loaded:
            for other in KNOWN[name]:
                self._modprobe([other])
            self.loaded.append(name)
            if name == "ip_vs":
                self.put("/proc/sys/net/ipv4/vs/backup_only", "0\n")
            if name in DEVICES:
                self._interface(DEVICES[name])
        self._show()
        return ""

    def _rmmod(self, words: list[str]) -> tuple[int, str] | str:
        (name,) = words
        if name in self.used or any(name in KNOWN[other] for other in self.loaded):
            return 1, f"rmmod: ERROR: Module {name} is in use"
        self.loaded.remove(name)
        if name == "ip_vs":
            shutil.rmtree(self.at("/proc/sys/net/ipv4/vs"))
        if name in DEVICES:
            shutil.rmtree(self.at(f"/proc/sys/net/ipv4/conf/{DEVICES[name]}"))
            self.up.discard(DEVICES[name])
            self.modes.pop(DEVICES[name], None)
        self._show()
        return ""

    def _links(self) -> list[str]:
        return ["lo", "eth0", *(DEVICES[name] for name in self.loaded if name in DEVICES), *self.devices]

    def _ip(self, words: list[str]) -> tuple[int, str] | str:
        if words in (["-j", "-d", "addr"], ["-j", "addr"]):
            return json.dumps(
                [
                    {
                        "ifname": name,
                        "flags": ["NOARP", *(["UP"] if name in self.up else [])],
                        "linkinfo": {
                            "info_kind": {**KINDS, **self.devices}.get(name, ""),
                            "info_data": self.modes.get(name, NEW_MODES.get(name, {})),
                        },
                        "addr_info": [
                            {"family": "inet", "local": address, "prefixlen": 32}
                            for address in [self.addresses.get(name)]
                            if address
                        ],
                    }
                    for name in self._links()
                ]
            )
        if "fou" in words and "fou" not in self.loaded:
            return 1, "RTNETLINK answers: No such file or directory\nError talking to the kernel"
        if words == ["-j", "fou", "show"]:
            return json.dumps(self.ports)
        if "fou" in words:
            return self._fou(words)
        family, words = (words[:1], words[1:]) if words[0] == "-6" else ([], words)
        named_last = words[-2] == "name"
        name = words[-1] if named_last else words[2]
        if name not in self._links():
            return 1, f'Cannot find device "{name}"'
        if words == ["link", "set", name, "up"]:
            self.up.add(name)
        elif words == ["link", "set", name, "down"]:
            self.up.discard(name)
        elif family:
            assert words[:4] == ["tunnel", "change", "ip6tnl0", "mode"], words
            self.modes[name] = {"proto": words[4]}
        else:
            assert name == "gre0"
            assert words[:2] == ["tunnel", "change"], words
            # ip begins with what a device has only when that is named first.
            had = {} if named_last else self.modes.get(name, {})
            self.modes[name] = {**had, **({"icsum": True} if "icsum" in words else {})}
        return ""

    def _fou(self, words: list[str]) -> tuple[int, str] | str:
        family = "inet6" if words[0] == "-6" else "inet"
        words = words[words.index("fou") + 1 :]
        entry: dict[str, object] = {"port": int(words[2]), "gue": None, "family": family}
        if words[0] == "del":
            self.ports.remove(entry)
        elif any((one["port"], one["family"]) == (entry["port"], family) for one in self.ports):
            return 2, "RTNETLINK answers: Address already in use"
        else:
            assert words == ["add", "port", words[2], "gue"], words
            self.ports.append(entry)
        return ""

    def _systemctl(self, words: list[str]) -> tuple[int, str] | str:
        unit = words[-1]
        wants = self.at(f"/etc/systemd/system/multi-user.target.wants/{unit}")
        if words[0] == "is-active":
            return "" if unit in self.active else (3, "inactive")
        if words[0] == "is-failed":
            return 1, "active"
        if words[0] == "enable":
            wants.parent.mkdir(parents=True, exist_ok=True)
            wants.unlink(missing_ok=True)
            wants.symlink_to(f"../{unit}")
        elif words[0] == "disable":
            wants.unlink(missing_ok=True)
            self.active.discard(unit)
        elif words[0] == "restart":
            self.active.add(unit)
        return ""
