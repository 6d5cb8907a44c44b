# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A director in a directory, whose keepalived does what the files say: as 2.2.7 does, where that was seen."""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived import file, keepalived
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.daemon import SYNCHRONISER, Thread

MINE = "/etc/keepalived/lvs/lvs.conf"
ARGUMENTS: dict[str, t.Any] = {
    "lvs_name": "lvs",
    "lvs_adopt": None,
    "state": "present",
    "lead": None,
    "interface": None,
    "interfaces": {},
    "keep": [],
    "address": "192.168.1.8",
    "peers": ["192.168.1.9"],
    "multicast": False,
    "forget": [],
    "router_id": 51,
    "priority": 254,
    "preempt": False,
    "addresses": ["192.168.1.110", "192.168.1.111"],
    "interval": "0.1",
    "track": True,
    "sync": None,
    "adopt": False,
}


@dataclass
class Director:
    """`wins`: whether it serves when it is started. `meddle` is asked first of what a command does."""

    root: Path
    wins: bool = True
    version: str = "2.2.7"
    active: bool = False
    enabled: bool = True
    masked: bool = False
    addresses: dict[str, list[str]] = field(
        default_factory=lambda: {"lo": ["127.0.0.1/8"], "eth0": ["192.168.1.8/24"], "eth1": ["10.0.0.8/24"]}
    )
    meddle: t.Callable[[list[str]], int | None] = lambda _argv: None
    ran: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    tested: str = ""
    stopped: bool = False
    both: list[Thread] = field(default_factory=list)

    check_mode = False
    _diff = True

    def __post_init__(self) -> None:
        program = self.root / "usr/sbin/keepalived"
        program.parent.mkdir(parents=True)
        program.touch(0o755)
        (self.root / "run/systemd/system").mkdir(parents=True)
        for tool in ("systemctl", "systemd-run"):
            (self.root / "usr/sbin" / tool).touch(0o755)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def run(self, check: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        """The module's work."""
        return self.run_on(self.host, check, **arguments)

    def run_on(self, host: Host, check: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        """The same on a host that remembers what is to be undone."""
        self.params = {**ARGUMENTS, **arguments}
        self.check_mode = check
        return keepalived.run(t.cast("t.Any", self), host, self)

    @property
    def host(self) -> Host:
        return Host(str(self.root), self.execute)

    def text(self, path: str = MINE) -> str | None:
        at = self.root / path.lstrip("/")
        return at.read_text() if at.exists() else None

    def put(self, path: str, text: str) -> None:
        at = self.root / path.lstrip("/")
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)

    def running(self) -> list[Thread]:
        return self.both

    def missing(self, interface: str, number: int) -> list[str]:
        wanted = [Thread(role, interface, number) for role in ("master", "backup")]
        return [f"start {one.role}" for one in wanted if one not in self.both]

    def have(self, interface: str, number: int) -> None:
        self.both = [Thread(role, interface, number) for role in ("master", "backup")]

    def stop(self) -> None:
        self.both = []

    @property
    def serves(self) -> bool:
        return any(one.endswith("/32") for one in self.addresses["eth0"])

    def execute(self, argv: t.Sequence[str]) -> Completed:
        words = list(argv)
        self.ran.append(" ".join(words))
        if self.masked and words == ["systemctl", "is-enabled", "keepalived.service"]:
            return Completed(tuple(words), 1, "masked\n", "")
        rc = self.meddle(words)
        if rc is not None:
            return Completed(tuple(words), rc, "", "seen to")
        done = self._ip(words) if words[0] == "ip" else self._systemctl(words) if words[0] == "systemctl" else 0
        if words[0] == "keepalived" and words[1] == "-t":
            drafts = Path(words[-1]).parent.glob("*.conf")
            (self.tested,) = (one.read_text() for one in drafts if one.name != Path(words[-1]).name)
            (switch,) = re.findall(r'file "/(\S+)"', self.tested)
            done = done or (0 if (self.root / switch).exists() else 5)  # as 2.3.3 has it
        said = f"Keepalived v{self.version} (01/16,2022)\n" if words == ["keepalived", "-v"] else ""
        return Completed(tuple(words), *((0, done, said) if isinstance(done, str) else (done, "", said)))

    def _ip(self, words: list[str]) -> str:
        if words[-1] == "addr":
            return json.dumps([self._nic(name, held) for name, held in self.addresses.items()])
        if words[1:3] == ["-j", "-4"]:
            return json.dumps([{"dst": "192.168.1.0/24", "dev": "eth0", "protocol": "kernel", "flags": []}])
        assert words[:3] == ["ip", "addr", "add"], words
        self.addresses[words[5]].append(words[3])
        return ""

    @staticmethod
    def _nic(name: str, held: list[str]) -> dict[str, t.Any]:
        pairs = [ipaddress.ip_interface(one) for one in held]
        info = [{"family": "inet", "local": str(one.ip), "prefixlen": one.network.prefixlen} for one in pairs]
        flags = ["LOOPBACK", "UP"] if name == "lo" else ["BROADCAST", "UP"]
        return {"ifname": name, "flags": flags, "link_type": "ether", "addr_info": info}

    def _systemctl(self, words: list[str]) -> int:
        verb = words[1]
        if words[-1] == SYNCHRONISER:
            return 0
        if verb in ("is-active", "is-enabled"):
            return 0 if (self.active if verb == "is-active" else self.enabled) else 3
        if verb in ("enable", "disable"):
            self.enabled = verb == "enable"
        if verb == "start" and not self.active:
            self.active = True
            self._hold(self.wins)
        elif verb == "stop" and self.active:
            self.active = False
            self._hold(False)
        elif words[1:3] == ["kill", "--signal=SIGSTOP"]:
            self.stopped = True
        elif verb == "kill":
            self.active = False
            # A child that runs on when the first process is gone takes the addresses off.
            self._hold(self.serves and self.stopped)
        elif verb == "reload":
            self._hold(self.serves)
            (self.root / file.HANDSHAKE.lstrip("/")).unlink(missing_ok=True)
        return 0

    def _hold(self, serves: bool) -> None:
        for name, held in self.addresses.items():
            self.addresses[name] = [one for one in held if not one.endswith("/32")]
        files = [one.read_text() for one in (self.root / "etc/keepalived/lvs").glob("*.conf")]
        for placed in {placed for text in files for placed in file.placed_in(text)} if serves else ():
            self.addresses[placed.interface].append(f"{placed.ip}/32")
