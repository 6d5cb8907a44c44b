# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host of the other tests that runs another init: its programs with a memory, and no systemd.

Exit statuses and words are those of OpenRC 0.45.2 and of sysv-rc 3.06, measured with the real programs.
"""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from pathlib import PurePosixPath

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


# Programs of a systemd that is installed and does not run, as Debian has it after a change of the init.
_SYSTEMD = ("systemctl", "systemd-run", "networkctl")


class AnyHost(t.Protocol):
    """One of the hosts of the other tests."""

    root: Path

    def execute(self, argv: Sequence[str]) -> Completed:
        """What a command says and does."""


class OtherInit:
    """The same host with another init."""

    signs: t.ClassVar[dict[str, str]]

    def __init__(self, machine: AnyHost) -> None:
        self.machine, self.root = machine, machine.root
        self.started: set[str] = set()
        shutil.rmtree(self.root / "run/systemd/system")
        for path, text in self.signs.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
            if "bin/" in path:
                (self.root / path).chmod(0o755)

    @property
    def host(self) -> Host:
        return Host(str(self.root), self.execute)

    def execute(self, argv: Sequence[str], *given: str) -> Completed:
        if argv[0] in _SYSTEMD:
            raise LvsError(argv[0], None, "is not installed on this host.")
        rc = self.own(*argv)
        return self.machine.execute(argv, *given) if rc is None else Completed(tuple(argv), rc, "", "")

    def own(self, *argv: str) -> int | None:
        """The exit status of what belongs to the init; None for what does not."""
        raise NotImplementedError

    def service(self, name: str, verb: str) -> int:
        """A script of ours is called."""
        script = self.root / "etc/init.d" / name
        if verb == "status":
            return 0 if name in self.started else 3
        assert script.stat().st_mode & 0o111, f"{name} is no program"
        subprocess.run(["sh", "-n", str(script)], check=True)
        if verb == "stop":
            self.started.discard(name)
        else:
            self.started.add(name)
        return 0

    def services(self) -> dict[str, str]:
        """Our services, and in which folder of links each is."""
        links = (path for path in (self.root / "etc").rglob("*lvs-*") if path.is_symlink())
        return {link.readlink().name: link.parent.name for link in links}


class OpenRc(OtherInit):
    """With networking in runlevel boot."""

    signs: t.ClassVar = {
        "run/openrc/softlevel": "default\n",
        "etc/init.d/networking": "",
        "etc/runlevels/boot/networking": "",
        "sbin/rc-service": "",
        "sbin/rc-update": "",
    }

    def own(self, *argv: str) -> int | None:
        if argv[0] == "rc-update":
            return self._update(*argv[1:])
        if argv[0] == "rc-service":
            return self.service(*argv[1:]) if (self.root / "etc/init.d" / argv[1]).is_file() else 1
        return None

    def _update(self, verb: str, name: str, level: str) -> int:
        link = self.root / "etc/runlevels" / level / name
        if verb == "del":
            there = link.is_symlink()
            link.unlink(missing_ok=True)
            return 0 if there else 1
        if not (self.root / "etc/init.d" / name).is_file():
            return 1
        if not link.is_symlink():
            link.symlink_to(f"/etc/init.d/{name}")
        return 0


class Sysvinit(OtherInit):
    """As on Devuan."""

    signs: t.ClassVar = {
        "proc/1/comm": "init\n",
        "etc/inittab": "si::sysinit:/etc/init.d/rcS\n",
        "usr/sbin/update-rc.d": "",
        "etc/rcS.d/README": "",
    }

    def own(self, *argv: str) -> int | None:
        if argv[0] == "/usr/sbin/update-rc.d":
            return self._update(*argv[1:])
        return self.service(PurePosixPath(argv[0]).name, argv[1]) if argv[0].startswith("/etc/init.d/") else None

    def _update(self, name: str, verb: str) -> int:
        script, link = self.root / "etc/init.d" / name, self.root / f"etc/rcS.d/S10{name}"
        if verb == "remove":
            link.unlink(missing_ok=True)
            return 0
        if not script.is_file():
            return 1
        assert f"\n# Provides: {name}\n" in script.read_text(), "insserv passes over it"
        if not link.is_symlink():
            link.symlink_to(f"../init.d/{name}")
        return 0
