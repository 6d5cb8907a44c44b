# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a backend for a realserver that is not Linux must be able to say, and what most of them say alike. Pure.

Private: this file may change in any release; do not import it from outside the collection.

A backend is one class in one file, _os_SYSTEM. It only spells: how its system is asked, and which commands and files
make a decision of _os_decide so. To add one, write the class and name it in _os_systems; CONTRIBUTING.md says what
else belongs to it.
"""

from __future__ import annotations

import abc
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._os import Command
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._os_text import (
    Interface,
    addresses_in,
    parse_defaults,
    parse_ifconfig,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._os import (
        Answers,
        Condition,
        Gateways,
        Held,
        Kept,
        Question,
        Run,
        Step,
    )

_IFCONFIG = ("ifconfig", "-a")
_NETSTAT = ("netstat", "-rn", "-f", "inet")

COMMON_QUESTIONS: tuple[Question, ...] = (Command(_IFCONFIG), Command(_NETSTAT))


class Unix(abc.ABC):
    """One host of a system, by its answers."""

    name: str
    """What `uname -s` says and the plan calls it."""
    title: str
    """What people call it."""
    loopback: str = "lo0"
    questions: tuple[Question, ...]
    """What is asked besides COMMON_QUESTIONS."""
    one_store: bool = False
    """Whether an address is made for now and for boot at once, and cannot be changed from one to the other."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.interfaces = self.read_interfaces(answers)

    def read_interfaces(self, answers: Answers) -> list[Interface]:
        """The interfaces and their IPv4 addresses."""
        return parse_ifconfig(answers.of(*_IFCONFIG))

    @classmethod
    def fits(cls, answers: Answers) -> bool:
        """Whether this is the backend for the host, where a system has several."""
        return bool(answers.commands)

    def addresses(self) -> list[Held]:
        """The IPv4 addresses it has now."""
        return addresses_in(self.interfaces)

    @abc.abstractmethod
    def kept(self) -> list[Kept]:
        """What its loopback gets at boot, rightly written."""

    @abc.abstractmethod
    def put(self, take: list[str], keep: frozenset[str], forget: frozenset[str]) -> list[Step]:
        """Take VIPs now; have the loopback get some at boot and others not; no step for what is so already."""

    @abc.abstractmethod
    def remove(self, held: Held) -> list[Step]:
        """Take an address off the loopback now."""

    def conditions(self) -> list[Condition]:
        """What the system demands of a host that serves a VIP."""
        return []

    def meet(self) -> list[Step]:
        """Make every condition hold, now and at boot; no step when they do."""
        return []

    def release(self) -> list[Step]:
        """Undo what meet did."""
        return []

    def warnings(self) -> list[str]:
        """What cannot be set from here and would keep a VIP from being served, or what serving it brings about."""
        return []

    def live_gateways(self) -> tuple[str, ...]:
        """The default gateways that count now."""
        return parse_defaults(self.answers.of(*_NETSTAT))

    @abc.abstractmethod
    def gateways(self) -> Gateways:
        """The default gateways now and at boot, and who sets them."""

    @abc.abstractmethod
    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        """Send what has no route of its own by `new` now, and by none of `old`."""

    @abc.abstractmethod
    def save_gateway(self, gateway: str | None) -> list[Step]:
        """Have this default gateway at boot (None: none); no step when it is so."""
