# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A realserver that is not Linux: what it can be asked and told, and what is known of it. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Such a host needs no Python. The controller sends it one shell script of questions (_os_shell), understands the answers
(a backend, _os_SYSTEM), decides (_os_decide), and sends it the steps, a command each.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...module_utils._errors import LvsError
from ...module_utils._model.address import full_prefix

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

# What ifconfig calls the families of addresses.
INET, INET6 = "inet", "inet6"


class Command(t.NamedTuple):
    """A command that answers a question and changes nothing."""

    argv: tuple[str, ...]


class Files(t.NamedTuple):
    """The text of a file, or of all that match a pattern of the shell."""

    pattern: str


Question = Command | Files


class Said(t.NamedTuple):
    """What a command left behind; some systems print errors among the answers, so both are here."""

    rc: int
    text: str


@dataclass(frozen=True)
class Answers:
    """What the host answered: each command's words, and the files that were there."""

    commands: Mapping[tuple[str, ...], Said]
    files: Mapping[str, str] = field(default_factory=dict)
    links: frozenset[str] = frozenset()  # the files of these that are symbolic links

    def of(self, *argv: str) -> str:
        """What a command printed that must succeed."""
        said = self.commands[argv]
        if said.rc != 0:
            raise LvsError(" ".join(argv), said.text.strip()[-500:] or None, f"failed with exit status {said.rc}")
        return said.text

    def succeeded(self, *argv: str) -> bool:
        return self.commands[argv].rc == 0

    def file(self, path: str) -> str:
        """The text of a file, empty when there is none."""
        return self.files.get(path, "")


@dataclass(frozen=True)
class Run:
    """A command to run. `checked` is false where its exit status means nothing; then one looks what became of it."""

    why: str
    argv: tuple[str, ...]
    checked: bool = True


@dataclass(frozen=True)
class Write:
    """A file to put there, whole or not at all. Without a mode it keeps the one it has."""

    why: str
    path: str
    text: str
    mode: str | None = None


@dataclass(frozen=True)
class Remove:
    """A file to remove."""

    why: str
    path: str


Step = Run | Write | Remove


def family_of(ip: str) -> str:
    """The family of an address."""
    return INET6 if ":" in ip else INET


def full(vip: str) -> str:
    """A VIP with the mask of one address."""
    return f"{vip}/{full_prefix(vip)}"


@dataclass(frozen=True)
class Held:
    """An address that the host has now. `handle` is what its system calls the place: lo0, lo0:1, lo0/lvs1."""

    ip: str
    prefix: int | None
    interface: str
    handle: str
    up: bool = True

    @property
    def is_vip(self) -> bool:
        """Whether it is as a VIP must be: up, and with the mask of one address. Not every ifconfig shows each mask."""
        return self.up and self.prefix in (full_prefix(self.ip), None)

    @property
    def family(self) -> str:
        return family_of(self.ip)

    def __str__(self) -> str:
        return f"{self.ip}{'' if self.prefix is None else f'/{self.prefix}'} dev {self.handle}"


@dataclass(frozen=True)
class Kept:
    """An address that the host takes at boot, and the file or variable that says so."""

    ip: str
    place: str


class Other(t.NamedTuple):
    """What brings addresses to the loopback at boot in a form that is somebody's own, and not one to edit."""

    ips: frozenset[str]
    place: str
    text: str


class Wish(t.NamedTuple):
    """VIPs to take now, VIPs that the loopback must get at boot, and VIPs that it must not; others stay as they are."""

    take: list[str]
    keep: frozenset[str]
    forget: frozenset[str]


@dataclass(frozen=True)
class Condition:
    """What must be so for the host to serve a VIP on its loopback and keep silent about it.

    `good` are the values that do, the one to set first. `former` is what it would be without us: what somebody else
    sets at boot, or the system's default.
    """

    name: str
    live: str
    boot: str
    former: str
    good: tuple[str, ...]
    why: str

    @property
    def holds_live(self) -> bool:
        return self.live in self.good

    @property
    def holds_at_boot(self) -> bool:
        return self.boot in self.good


@dataclass(frozen=True)
class Gateways:
    """The default routes: those that count now, and the one that will at boot.

    `owner` is what sets them in our place (DHCP), in words; then what we wrote would not last. `unclear` is why what is
    said for boot is not one address, which could be put back.
    """

    live: tuple[str, ...]
    boot: str | None
    owner: str | None = None
    unclear: LvsError | None = None
