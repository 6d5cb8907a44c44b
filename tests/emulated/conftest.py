# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm whose realservers are emulated, and ansible-playbook to set it up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.systems import kernel_name
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.hosts import HOSTS
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.sandbox import Sandbox

if t.TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
_RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=\d+\s+changed=(?P<changed>\d+)\s+unreachable=\d+\s+failed=(?P<failed>\d+)", re.MULTILINE
)
_VARIABLES = {
    # The shell of the sandbox is the host; root there is the user that runs the tests.
    "ansible_connection": "local",
    "ansible_become": False,
    # Nothing may need a Python on these hosts.
    "ansible_python_interpreter": "/nonexistent/python",
}
_DIRECTORS = {"hosts": {"director": {"lvs_dip": ["192.168.1.9/24", "2001:db8:1::9/64"]}}}


class Recap(t.NamedTuple):
    """What a run did to one host, and all that it said."""

    changed: int
    failed: int
    output: str


class Farm:
    """Emulated realservers and the playbooks that are run on them."""

    def __init__(self, folder: Path, names: Iterable[str] = tuple(HOSTS)) -> None:
        """Several of a kind are told apart by what follows a dash."""
        self.folder = folder
        self.hosts = {name: Sandbox(name.partition("-")[0], folder / name) for name in names}
        dual: dict[str, t.Any] = {"hosts": {name: {} for name, box in self.hosts.items() if box.host.serves_ipv6}}
        groups = {"directors": _DIRECTORS, "realservers": self._group(), "dual": dual}
        (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": _VARIABLES, "children": groups}}))

    def _group(self) -> dict[str, t.Any]:
        hosts = {
            name: {
                "lvs_system": kernel_name(sandbox.host.system),
                # Each is alone on its network, so all have the same address; the plan must not see that.
                "lvs_rip": [f"192.168.1.{20 + number}/24", f"2001:db8:1::{20 + number}/64"],
                "lvs_server_gateway": "192.168.1.254",
                "ansible_shell_executable": str(sandbox.shell),
            }
            for number, (name, sandbox) in enumerate(self.hosts.items())
        }
        return {"hosts": hosts}

    def play(self, tasks: list[dict[str, t.Any]], services: list[dict[str, t.Any]], *options: str) -> dict[str, Recap]:
        """Run tasks on all realservers; what became of each."""
        book = self.folder / "book.yml"
        play = {"hosts": "realservers", "gather_facts": False, "vars": {"lvs_services": services}, "tasks": tasks}
        book.write_text(yaml.safe_dump([play]))
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("ansible-playbook")),
                "-i",
                str(self.folder / "hosts.yml"),
                str(book),
                *options,
            ],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_FORKS": "4", "ANSIBLE_NOCOLOR": "1"},
            check=False,
            capture_output=True,
            text=True,
        )
        output = done.stdout + done.stderr
        found = {match["host"]: match for match in _RECAP.finditer(output)}
        return {
            name: Recap(int(found[name]["changed"]), int(found[name]["failed"]), output)
            if name in found
            else Recap(0, 1, output)
            for name in self.hosts
        }
