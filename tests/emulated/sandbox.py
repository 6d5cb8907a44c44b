# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that is an emulated host, and the shell in which its commands run.

The shell sees the folders of the host and of this machine only its programs (a mount namespace; no root, no container),
has the host's tools first on PATH, and no Python: `ansible_python_interpreter` names none, as on a host without it.
"""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.emulated import calls
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import TOOLS
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.hosts import HOSTS

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Emulation

# What a shell needs of this machine.
_PROGRAMS = re.compile(r"bin|dev|lib\w*|sbin|usr")

_SHELL = """\
#!/bin/sh
# Called as a shell: this -c COMMAND.
exec unshare --map-root-user --mount /bin/sh {root}/enter "$2"
"""
_ENTER = """\
set -e
{mounts}
exec chroot {root}/root /usr/bin/env -i HOME=/ PATH={tools}:/usr/bin:/bin SSH_CONNECTION="$SSH_CONNECTION" {sh} -c "$1"
"""


class Sandbox:
    """One emulated host in a folder."""

    def __init__(
        self,
        name: str,
        root: Path,
        login: str | None = None,
        follow: t.Callable[[Emulation], None] = lambda _host: None,
    ) -> None:
        """`login` is the shell that gets the commands; `follow` sees the host after each of its tools."""
        self.name = name
        self.root = root
        self.shell = root / "shell"
        host = HOSTS[name](root)
        host.sh = login or host.sh
        (root / "root").mkdir(parents=True)
        for folder in host.folders:
            host.path(folder).mkdir(parents=True, exist_ok=True)
        self._write_shell(host)
        host.install()
        host.boot()
        host.save()
        calls.Tools(root / "root", lambda: self.host, follow).start()

    def tool(self, name: str) -> Path:
        """The script that is a tool of the host."""
        return self.root / f"root{TOOLS}" / name

    def _write_shell(self, host: Emulation) -> None:
        mounts = []
        for top in sorted(path for path in Path("/").iterdir() if _PROGRAMS.fullmatch(path.name)):
            inside = self.root / "root" / top.name
            if top.is_symlink():
                inside.symlink_to(top.readlink())
            else:
                inside.mkdir()
                mounts.append(f"mount --rbind {top} {inside}")
        for folder in host.folders:
            inside = self.root / "root" / folder
            inside.mkdir(exist_ok=True)
            mounts.append(f"mount --bind {host.path(folder)} {inside}")
        words = {"root": self.root, "sh": host.sh, "tools": TOOLS}
        self._script(self.root / "enter", _ENTER.format(mounts="\n".join(mounts), **words))
        self._script(self.shell, _SHELL.format(**words))

    @staticmethod
    def _script(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    @property
    def host(self) -> Emulation:
        """The host as it is now."""
        host = HOSTS[self.name](self.root)
        host.load()
        return host

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """A command, as a person would type it there."""
        return subprocess.run([str(self.shell), "-c", command], check=False, capture_output=True, text=True)

    def change(self, meddle: t.Callable[[t.Any], object]) -> None:
        """Somebody does something to the host."""
        host = self.host
        meddle(host)
        host.save()

    def put(self, name: str, text: str) -> None:
        """Somebody writes a file."""
        self.host.put(name, text)

    def reboot(self) -> None:
        self.change(lambda host: host.boot())

    def snapshot(self) -> dict[str, t.Any]:
        """All that is on the host, what runs and its files."""
        own = self.root / "own"
        files = {str(path.relative_to(own)): path.read_bytes() for path in sorted(own.rglob("*")) if path.is_file()}
        return {"state": json.loads((self.root / "state.json").read_text()), "files": files}
