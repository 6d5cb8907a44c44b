# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs at boot by netplan: a file of our own that adds them to the interface's addresses.

Private: this file may change in any release; do not import it from outside the collection.

Netplan adds up the lists of its files. For what it does with NetworkManager, and for routes, whose protocol it cannot
name and which we could not tell from others then, the backend below it is the one.
"""

from __future__ import annotations

import re
import tempfile
import typing as t
from functools import cached_property
from pathlib import PurePosixPath

from .._errors import LvsError
from .._host.actions import Action, Remove, Run, Write, apply
from .._host.host import Host
from .backend import Wish, require_owner
from .hook import plain
from .networkd import RELOAD, require_alone

if t.TYPE_CHECKING:  # pragma: no cover
    from .owners import Owners

_DIRECTORY = "/etc/netplan"
_DIRECTORIES = (_DIRECTORY, "/lib/netplan", "/run/netplan")
# Netplan warns of others.
_MODE = 0o600
_GENERATE = Run(("netplan", "generate"))
_SECTION = re.compile(r"^  (?P<section>[\w-]+):|^    \"?(?P<id>[^\s\"]+)\"?:", re.MULTILINE)


class NetplanBackend:
    """A YAML file of our own; `netplan generate` turns it into what the next start of networkd reads."""

    name = "netplan"

    def __init__(self, host: Host, owners: Owners) -> None:
        self._host = host
        self._owners = owners

    def owns(self, interface: str) -> bool:
        return interface in self._owners.netplan

    def path(self, part: str, interface: str) -> str:
        require_owner(self.name, interface, self._owners.netplan)
        require_alone(interface, self._owners.networkd)
        return f"{_DIRECTORY}/99-lvs-{part}-{plain(interface)}.yaml"

    def paths(self, part: str) -> list[str]:
        return self._host.glob(_DIRECTORY, f"99-lvs-{part}-*.yaml")

    def render(self, wish: Wish) -> str:
        name = self._owners.netplan.get(wish.interface, wish.interface)
        addresses = "\n".join(_address(address) for address in wish.addresses)
        return _YAML.format(
            header=wish.header, section=self._sections.get(name, "ethernets"), name=name, addresses=addresses
        )

    @cached_property
    def _sections(self) -> dict[str, str]:
        return parse_sections(self._host.run(("netplan", "get")))

    def is_active(self, path: str) -> bool:
        """It needs no switch: it counts when it is there."""
        return self._host.at(path).is_file()

    def store(self, path: str, text: str) -> list[Action]:
        self._try(path, text)
        return [Write(path, text, _MODE), _GENERATE]

    def _try(self, path: str, text: str) -> None:
        """Let netplan read all its files with ours somewhere else, before anything is changed."""
        with tempfile.TemporaryDirectory() as root:
            known = [name for directory in _DIRECTORIES for name in self._host.glob(directory, "*.yaml")]
            texts = {**{name: self._host.read(name) or "" for name in known}, path: text}
            apply(Host(root), [Write(name, content, _MODE) for name, content in texts.items()])
            try:
                self._host.run(("netplan", "generate", "--root-dir", root))
            except LvsError as error:
                raise LvsError(
                    "backend", self.name, f"refuses {PurePosixPath(path).name} ({error}). Use backend networkd."
                ) from error

    def drop(self, path: str) -> list[Action]:
        return [Remove(path), _GENERATE]

    def forget(self) -> list[Action]:
        return [RELOAD]


def parse_sections(text: str) -> dict[str, str]:
    """In which section each interface is described, from `netplan get`."""
    sections: dict[str, str] = {}
    section = ""
    for match in _SECTION.finditer(text):
        section = match["section"] or section
        if match["id"]:
            sections[match["id"]] = section
    return sections


def _address(address: str) -> str:
    # The same as Step.argv does live, but for the duplicate address detection, which netplan cannot switch off.
    lifetime = ':\n          lifetime: "0"' if ":" in address else ""
    return f'      - "{address}"{lifetime}'


_YAML = """\
{header}
network:
  version: 2
  {section}:
    "{name}":
      addresses:
{addresses}
"""
