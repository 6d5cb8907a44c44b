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
import fnmatch
import re
import typing as t

from ...module_utils._errors import LvsError
from ...module_utils._model.address import canonical_address
from .route import is_default
from .shell import LONGEST_WORD
from .steps import (
    INET,
    INET6,
    Answers,
    Command,
    Files,
    Kept,
    Other,
    Remove,
    Said,
    Write,
    family_of,
)
from .text import (
    Interface,
    addresses_in,
    all_addresses_in,
    edit_lines,
    is_ipv4,
    lines_of,
    parse_defaults,
    parse_ifconfig,
    with_first_address,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .steps import (
        Condition,
        Gateways,
        Held,
        Question,
        Run,
        Step,
        Wish,
    )

_FRESH_IFCONFIG = "lo0: flags=49<UP,LOOPBACK>\n\tinet 127.0.0.1 netmask 0xff000000\n"
NETSTAT = ("netstat", "-rn", "-f", "inet")
RUN_LATE = ("/etc/rc2.d/S99*", "/etc/rc3.d/S99*")
"""Where System V has the administrator's own commands."""
_CONFIGURES = re.compile(r"\b(?:ifconfig|ipadm)\b")
_ADDS_ROUTE = re.compile(r"\broute\b.*\badd\b")


class Unix(abc.ABC):
    """One host of a system, by its answers."""

    name: str
    """What `uname -s` says and the plan calls it."""
    title: str
    """What people call it."""
    loopback: str = "lo0"
    questions: tuple[Question, ...]
    """What is asked besides that which is asked of all."""
    ifconfig: tuple[str, ...] = ("ifconfig", "-a")
    """What shows all interfaces with all their addresses."""
    fresh: t.ClassVar[Mapping[tuple[str, ...], str]] = {}
    """What a host that was just installed answers, besides that it has a loopback and a network interface."""
    scripts: tuple[str, ...] = ()
    """Files, or patterns of them, of commands of the administrator's own that run at boot."""
    own: tuple[str, ...] = ()
    """Those of them that are ours."""
    present_if: str | None = None
    """The shell's test for this backend, where a system has several."""
    longest_word: int = LONGEST_WORD
    """How long a command may be, which is a word to the login shell."""
    one_store: bool = False
    """Whether an address is made for now and for boot at once, and cannot be changed from one to the other."""

    without_ipv6: str | None = None
    """Why it cannot serve an IPv6 VIP."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.families = frozenset({INET, INET6})
        self.interfaces = self.read_interfaces(answers)

    def read_interfaces(self, answers: Answers) -> list[Interface]:
        """The interfaces and their addresses."""
        return parse_ifconfig(answers.of(*self.ifconfig), " ".join(self.ifconfig))

    def expect(self, vips: Iterable[str]) -> None:
        """Let the conditions be those of the families of these VIPs, and not of all."""
        self.families = frozenset(map(family_of, vips))

    @classmethod
    def imagine(cls) -> Unix:
        """A host that was just installed, of which nothing else is known."""
        commands = {NETSTAT: "", cls.ifconfig: _FRESH_IFCONFIG, **cls.fresh}
        unknown = {one.argv: Said(127, "") for one in cls.questions if isinstance(one, Command)}
        return cls(Answers({**unknown, **{argv: Said(0, text) for argv, text in commands.items()}}))

    @classmethod
    def all_questions(cls) -> tuple[Question, ...]:
        return (Command(cls.ifconfig), Command(NETSTAT), *map(Files, cls.scripts), *cls.questions)

    @classmethod
    def fits(cls, answers: Answers) -> bool:
        """Whether this is the backend for the host, where a system has several."""
        return bool(answers.commands)

    def addresses(self) -> list[Held]:
        """The addresses it has now."""
        return addresses_in(self.interfaces)

    @abc.abstractmethod
    def kept(self) -> list[Kept]:
        """What its loopback gets at boot, rightly written."""

    def others(self) -> list[Other]:
        """What else brings addresses to its loopback at boot, and cannot be edited without harm."""
        return [
            Other(all_addresses_in(line), path, line)
            for path, line in self._commands()
            if self.loopback in line and _CONFIGURES.search(line)
        ]

    def default_routes(self) -> list[str]:
        """Commands that add a default route at boot."""
        return [f"{line} in {path}" for path, line in self._commands() if _ADDS_ROUTE.search(line) and is_default(line)]

    def _commands(self) -> Iterator[tuple[str, str]]:
        for path, text in self.answers.files.items():
            if path not in self.own and any(fnmatch.fnmatchcase(path, pattern) for pattern in self.scripts):
                yield from ((path, line) for line in lines_of(text))

    @abc.abstractmethod
    def put(self, wish: Wish) -> list[Step]:
        """Carry the wish out; no step for what is so already at boot."""

    @abc.abstractmethod
    def remove(self, held: Held) -> list[Step]:
        """Take an address off the loopback now."""

    def conditions(self) -> list[Condition]:
        """What the system demands of a host that serves a VIP of the expected families."""
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
        return parse_defaults(self.answers.of(*NETSTAT))

    @abc.abstractmethod
    def gateways(self) -> Gateways:
        """The default gateways now and at boot, and who sets them."""

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        """Send what has no route of its own by `new` now, and by none of `old`; never asked where there is an owner."""
        raise NotImplementedError

    def save_gateway(self, gateway: str | None) -> list[Step]:
        """Have this default gateway at boot (None: none), if it is not so; never asked where there is an owner."""
        raise NotImplementedError


def boot_gateway(place: str, said: Sequence[str]) -> tuple[str | None, LvsError | None]:
    """The default gateway of the next boot, and what is wrong when it is not one IPv4 address."""
    found = list(dict.fromkeys(said))
    if len(found) <= 1 and all(map(is_ipv4, found)):
        return (found[0] if found else None), None
    wrong = "is not the IPv4 address of one default gateway, so it could not be put back."
    cure = "Write that address there." if len(found) == 1 else "Leave one there, by its address, and none elsewhere."
    return ", ".join(found), LvsError(place, ", ".join(found), f"{wrong} {cure}")


_ADDRESS_LINE = re.compile(r"(?:inet6?\s+)?(?:alias\s+)?(?P<ip>[\da-f:.]+)(?:/\d+)?(?=\s|\Z)", re.IGNORECASE)


def of_line(line: str) -> str | None:
    """The address that a line of arguments for ifconfig is about; None for any other line."""
    match = _ADDRESS_LINE.match(line)
    return canonical_address(match["ip"]) if match and "\\\n" not in line and not line.endswith("\\") else None


def other_lines(path: str, text: str) -> list[Other]:
    """Lines of such a file by which a command or a continued line may bring an address."""
    return [
        Other(all_addresses_in(line), path, line)
        for line in lines_of(text)
        if of_line(line) is None and ("ifconfig" in line or "\\" in line)
    ]


def kept_lines(path: str, text: str, right: re.Pattern[str]) -> list[Kept]:
    """A file with a line for each address: those whose line is right."""
    matches = (right.match(line) for line in lines_of(text))
    return [Kept(ip, path) for match in matches if match and (ip := canonical_address(match["ip"]))]


def keep_lines(
    path: str, before: str, right: set[str], wish: Wish, lines: Mapping[str, str], mode: str | None = None
) -> list[Step]:
    """A file with a line for each address, spelled by its family: those to keep, and none for the forgotten."""
    new = wish.keep - right
    unwanted = wish.forget | new
    added = [lines[family_of(vip)].format(vip=vip) for vip in sorted(new)]
    text = edit_lines(before, lambda one: of_line(one) in unwanted, added)
    if text == before:
        return []
    return [Write("Have the VIPs at boot", path, text, mode) if text else Remove("Bring no VIP back at boot", path)]


def keep_gateway(path: str, before: str, gateway: str | None) -> list[Step]:
    """A file with the default gateway: another in its place, and no file when nothing is left in it."""
    text = with_first_address(before, gateway)
    if text == before:
        return []
    return [Write("Have the gateway at boot", path, text) if text else Remove("Have no default gateway at boot", path)]
