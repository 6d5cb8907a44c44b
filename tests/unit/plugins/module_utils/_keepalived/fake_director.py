# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A director in a directory, whose keepalived does what the files say: as 2.2.7 does, where that was seen."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import undoing
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
        self.params = {**ARGUMENTS, **arguments}
        self.check_mode = check
        return self.all_or_nothing(lambda host: keepalived.run(t.cast("t.Any", self), host, self))

    def all_or_nothing(self, work: t.Callable[[Host], dict[str, t.Any]]) -> dict[str, t.Any]:
        """As a module ends."""
        host = self.host
        with undoing(host):
            return work(host)

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

    def wait(self) -> None:
        """Until the timers have gone off that give a switch back."""
        for command in self.ran:
            if command.startswith("systemd-run "):
                self.put(command.split()[-1], "0\n")

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


# --- in trouble ---

_CHANGING = ("start", "reload", "stop", "enable", "disable", "kill", "daemon-reload", "reset-failed")


def found(director: Director) -> dict[str, t.Any]:
    """All that is to be as it was: files, but for the programs and the times in them, and the unit."""
    files = {
        str(one.relative_to(director.root)): re.sub('"since": [0-9]+', "", one.read_text())
        for one in director.root.rglob("*")
        if one.is_file() and not one.is_symlink() and "usr/sbin" not in str(one) and one.suffix != ".pyz"
    }
    return {"files": files, "active": director.active, "enabled": director.enabled}


def changing(director: Director) -> list[str]:
    """The commands of the last task that changed something."""
    return [one for one in director.ran if one.startswith("systemctl") and one.split()[1] in _CHANGING]


def failing_once(command: str) -> t.Callable[[list[str]], int | None]:
    left = [command]

    def meddle(argv: list[str]) -> int | None:
        return 1 if left and " ".join(argv) == left[0] and left.pop() else None

    return meddle


class _KilledError(BaseException):
    """The run ends here, and nobody undoes anything."""


def until_killed(work: t.Callable[[], object], last: int, *more: tuple[object, str]) -> int:
    """Do the work up to one of its steps, by the host or by these methods, and say how many it were."""
    done = 0

    def step(real: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def counted(*arguments: t.Any, **words: t.Any) -> t.Any:
            nonlocal done
            done += 1
            if done >= last:  # nor is any `finally` of it
                raise _KilledError
            return real(*arguments, **words)

        return counted

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(_KilledError):
        for place, name in (*((Host, method) for method in ("write", "remove", "run", "attempt")), *more):
            patch.setattr(place, name, step(getattr(place, name)))
        work()
    return done
