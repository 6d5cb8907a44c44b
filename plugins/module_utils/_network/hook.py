# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a script of ours that a network manager runs whenever an interface has come up.

Private: this file may change in any release; do not import it from outside the collection.

NetworkManager's profiles and the stanzas of /etc/network/interfaces have no drop-ins: they are somebody's files. Their
hooks are for everybody, each a file of its own.
"""

from __future__ import annotations

import shlex
import typing as t

from .._host.actions import Action, Remove, Run, Write
from .._host.ip_batch import BATCH, joined
from .._host.job import plain
from .backend import Wish, recorded, require_owner

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host
    from .owners import Owners


class HookFiles:
    """Scripts of ours in the folder of a network manager."""

    name: str
    directory: str
    script: str
    """What is in each, with places for its header, its interface and its commands."""

    def __init__(self, host: Host, owners: Owners) -> None:
        self._host = host
        self._owners = owners

    @property
    def owned(self) -> frozenset[str]:
        """The interfaces that the network manager sets up."""
        raise NotImplementedError

    def owns(self, interface: str) -> bool:
        return interface in self.owned

    def path(self, part: str, interface: str) -> str:
        require_owner(self.name, interface, self.owned)
        return f"{self.directory}/lvs-{part}-{plain(interface)}"

    def paths(self, part: str) -> list[str]:
        return self._host.glob(self.directory, f"lvs-{part}-*")

    def is_active(self, path: str) -> bool:
        """Whether it is run: by its owner alone, as both network managers want it."""
        return self._host.at(path).stat().st_mode & 0o777 == _MODE

    def store(self, path: str, text: str) -> list[Action]:
        """Write it and run it as if the interface had come up: that changes nothing, and shows that it can be run."""
        interface = recorded(text, "Interface")[0]
        return [Write(path, text, _MODE), Run(self.call(path, interface))]

    def call(self, path: str, interface: str) -> tuple[str, ...]:
        """How the network manager runs it."""
        raise NotImplementedError

    def drop(self, path: str) -> list[Action]:
        return [Remove(path)]

    def forget(self) -> list[Action]:
        """A script that ran remembers nothing."""
        return []

    def render(self, wish: Wish) -> str:
        interface = shlex.quote(wish.interface)
        return self.script.format(header=wish.header, interface=interface, commands=self._commands(wish))

    def _commands(self, wish: Wish) -> str:
        """What it does, up to the first thing that fails."""
        ip, grep = (self._host.which(tool) or tool for tool in ("ip", "grep"))
        alone, together = joined(wish.commands)
        batch = " \\\n        ".join(["printf '%s\\n'", *map(shlex.quote, together)])
        steps = [
            *(f"{grep} -qx {shlex.quote(pattern)} {path}" for pattern, path in wish.guards),
            *(f"{ip} {shlex.join(words)}" for words in alone),
            *([f"{batch} |\n        {ip} {' '.join(BATCH)}"] if together else []),
        ]
        clearing = [f"{ip} {shlex.join(words)} 2>/dev/null" for words in wish.clearing]
        return "\n".join([*clearing, " &&\n    ".join(steps)])


_MODE = 0o755
