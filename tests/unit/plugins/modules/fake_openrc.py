# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host of the other tests that runs OpenRC: rc-service and rc-update with a memory, and no systemd.

Exit statuses and words are those of OpenRC 0.45.2, measured with the real programs.
"""

from __future__ import annotations

import shutil
import subprocess
import typing as t

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


class OpenRc:
    """The same host with another init. ``network`` is in which runlevel networking is."""

    def __init__(self, machine: AnyHost, network: str = "boot") -> None:
        self.machine, self.root = machine, machine.root
        self.started: set[str] = set()
        self.fails: set[str] = set()
        shutil.rmtree(self.root / "run/systemd/system")
        for path in ("run/openrc/softlevel", "etc/init.d/networking"):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text("default\n")
        for level in ("sysinit", "boot", "default"):
            (self.root / "etc/runlevels" / level).mkdir(parents=True)
        (self.root / "etc/runlevels" / network / "networking").symlink_to("/etc/init.d/networking")

    @property
    def host(self) -> Host:
        return Host(str(self.root), self.execute)

    def execute(self, argv: Sequence[str], *given: str) -> Completed:
        if argv[0] in _SYSTEMD:
            raise LvsError(argv[0], None, "is not installed on this host.")
        if argv[0] == "rc-update":
            return self._update(*argv[1:])
        if argv[0] == "rc-service":
            return self._service(*argv[1:])
        return self.machine.execute(argv, *given)

    def _update(self, verb: str, name: str, level: str) -> Completed:
        link = self.root / "etc/runlevels" / level / name
        if verb == "add" and not (self.root / "etc/init.d" / name).is_file():
            return Completed((), 1, "", f" * rc-update: service `{name}' does not exist")
        if verb == "del" and not link.is_symlink():
            return Completed((), 1, "", f" * rc-update: service `{name}' is not in the runlevel `{level}'")
        if verb == "del":
            link.unlink()
        elif not link.is_symlink():
            link.symlink_to(f"/etc/init.d/{name}")
        return Completed((), 0, "", "")

    def _service(self, name: str, verb: str) -> Completed:
        script = self.root / "etc/init.d" / name
        if not script.is_file():
            return Completed((), 1, "", f" * rc-service: service `{name}' does not exist")
        if verb == "status":
            return Completed((), 0 if name in self.started else 3, "", "")
        assert script.stat().st_mode & 0o111, f"{name} is no program"
        subprocess.run(["sh", "-n", str(script)], check=True)
        self.started.discard(name)
        if verb in ("start", "restart"):
            if name in self.fails:
                return Completed((), 1, "", f" * ERROR: {name} failed to start")
            self.started.add(name)
        return Completed((), 0, "", "")

    def services(self) -> dict[str, str]:
        """Our services, and in which runlevel each is."""
        links = self.root.glob("etc/runlevels/*/lvs-*")
        return {link.name: link.parent.name for link in links}
