# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tools of the Unixes print, and how a file of somebody else is edited so that it can be undone. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ...module_utils._errors import LvsError
from ...module_utils._model.address import canonical_address
from ...module_utils._model.lines import joined, lines_in
from .steps import Held

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable, Sequence

# lo0: flags=8049<UP,...>   lo0:1: flags=...   en0: flags=1e084863,480<...>   and, on old ones, `lo0:1 flags=849<...>`
_HEADER = re.compile(r"^(?P<handle>[a-z][\w.-]*(?::\d+)?):?\s+flags=[0-9a-fx,]+<(?P<flags>[^>]*)>", re.I)
_INET = re.compile(r"^\s+inet (?:alias )?(?P<ip>\d+\.\d+\.\d+\.\d+)(?:/(?P<length>\d+))?(?P<rest>.*)$")
_INET6 = re.compile(r"^\s+inet6 (?P<ip>[\da-f:.]*:[\da-f:.]*)(?:/(?P<length>\d+))?(?=\s|$)(?P<rest>.*)$", re.I)
_PREFIXLEN = re.compile(r"\bprefixlen (?P<length>\d+)")
# It is there, and nobody can use it.
_USELESS = re.compile(r"\b(?:duplicated|tentative|detached)\b")
_NETMASK = re.compile(r"\bnetmask (?:0x)?(?P<mask>[0-9a-f]{8}\b|0(?=\s|\Z)|\d+\.\d+\.\d+\.\d+)", re.I)

DEFAULTS = ("default", str(ipaddress.IPv4Address(0)), "0/0")


class Interface(t.NamedTuple):
    """An interface as ifconfig shows it."""

    handle: str
    flags: frozenset[str]
    addresses: tuple[Held, ...]


def parse_ifconfig(text: str, command: str = "ifconfig -a") -> list[Interface]:
    """The interfaces in the output of any ifconfig: BSD of all ages, Solaris, AIX, HP-UX, IRIX, macOS."""
    found: list[Interface] = []
    for line in lines_in(text):
        header = _HEADER.match(line)
        if header:
            found.append(Interface(header["handle"], frozenset(header["flags"].split(",")), ()))
        elif found and (inet := _INET.match(line) or _INET6.match(line)):
            last = found[-1]
            ip = _address(inet["ip"], line, command)
            up = "UP" in last.flags and not _USELESS.search(inet["rest"])
            prefix = _prefix(inet) if is_ipv4(ip) else _prefix6(inet)
            held = Held(ip, prefix, last.handle.partition(":")[0], last.handle, up)
            found[-1] = last._replace(addresses=(*last.addresses, held))
    if not found:
        raise LvsError(command, text.strip()[:80], "names no interface. Run it on this host and see what it says.")
    return found


def _address(text: str, line: str, command: str) -> str:
    address = canonical_address(text)
    if address is None:
        raise LvsError(command, line.strip()[:80], "has no IP address where one belongs.")
    return address


def _prefix(inet: re.Match[str]) -> int | None:
    mask = _NETMASK.search(inet["rest"])
    if inet["length"]:
        length = int(inet["length"])
        return length if length <= 32 else None
    if mask is None:
        return None
    number = int(ipaddress.IPv4Address(mask["mask"])) if "." in mask["mask"] else int(mask["mask"], 16)
    return prefix_of(number)


def _prefix6(inet: re.Match[str]) -> int | None:
    told = inet["length"] or ((found := _PREFIXLEN.search(inet["rest"])) and found["length"])
    return int(told) if told and int(told) <= 128 else None


def prefix_of(mask: int) -> int | None:
    """The length of a mask; None for one with holes."""
    length = bin(mask).count("1")
    return length if mask == (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF else None


def addresses_in(interfaces: Iterable[Interface]) -> list[Held]:
    return [held for interface in interfaces for held in interface.addresses]


def parse_defaults(text: str) -> tuple[str, ...]:
    """The default gateways in the output of `netstat -rn`, each once; a link (VPN) is none."""
    found = []
    for line in lines_in(text):
        words = line.split()
        if len(words) > 2 and words[0] in DEFAULTS:
            found += [words[1]] if is_ipv4(words[1]) else []
    return tuple(dict.fromkeys(found))


def is_ipv4(text: str) -> bool:
    """Whether this is one IPv4 address and nothing else."""
    return "." in text and ":" not in text and canonical_address(text) is not None


_WORD = re.compile(r"[^\s\"'=/,;<>()&|`]+")


def all_addresses_in(text: str) -> frozenset[str]:
    """All the addresses in a piece of shell, with or without a length."""
    return frozenset(ip for ip in map(canonical_address, _WORD.findall(text)) if ip)


def lines_of(text: str) -> list[str]:
    """The lines that count: no comment, not empty."""
    stripped = (line.strip() for line in logical_lines(text))
    return [line for line in stripped if line and not line.startswith("#")]


def logical_lines(text: str) -> list[str]:
    """The lines as programs have them that go on where a backslash ends one."""
    found: list[str] = []
    for line in lines_in(text):
        if found and found[-1].endswith("\\"):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def address_in(line: str) -> str | None:
    """The first word of a line that is an address, with or without a length."""
    words = (word.partition("/")[0].strip("\"'") for word in line.split())
    return next((ip for ip in map(canonical_address, words) if ip), None)


def first_words(text: str) -> list[str]:
    """The first word of each line that counts; the rest of it may be a remark."""
    return [line.split()[0] for line in lines_of(text)]


def with_first_address(text: str, address: str | None) -> str:
    """A file of gateways with another address in the place of the first IPv4 one, or in front; None takes it away."""
    lines = lines_in(text)
    at = next((number for number, line in enumerate(lines) if is_ipv4(line.strip().partition(" ")[0])), None)
    new = [] if address is None else [address]
    if at is not None and lines[at].split()[:1] == new:
        return text
    lines = [*new, *lines] if at is None else [*lines[:at], *new, *lines[at + 1 :]]
    return joined(lines, text)


def edit_lines(text: str, drop: Callable[[str], bool], add: Sequence[str]) -> str:
    """The text without the lines to drop and with those to add at its end; a continued line is one."""
    kept = [line for line in logical_lines(text) if not drop(line.strip())]
    return joined([*_ended(kept), *add] if add else kept, text)


def _ended(lines: list[str]) -> list[str]:
    """Where the last line goes on, an empty one is what it goes on with."""
    return [*lines, ""] if lines and lines[-1].endswith("\\") else lines


def _aside(name: str) -> str:
    return f"#lvs.{name}# "


def _frame(name: str) -> tuple[str, str]:
    return f"# Begin linuxvirtualserver.lvs.{name}; its state absent puts back what is set aside", (
        f"# End linuxvirtualserver.lvs.{name}"
    )


def put_block(text: str, name: str, lines: Sequence[str], clashes: Callable[[str], bool]) -> str:
    """A block of ours at the end of somebody else's file; lines that speak against it are set aside, not lost."""
    begin, end = _frame(name)
    rest = drop_block(text, name)
    aside = [f"{_aside(name)}{line}" if clashes(line.strip()) else line for line in lines_in(rest)]
    block = "".join(f"{line}\n" for line in [*_ended(aside), begin, *lines, end])
    # Where the last line had no newline ours, a comment, has none either: so it is known when the block goes.
    return block[:-1] if rest and not rest.endswith("\n") else block


def drop_block(text: str, name: str) -> str:
    """The file as it was before the block."""
    begin, end = _frame(name)
    lines = lines_in(text)
    if begin not in lines or end not in lines[lines.index(begin) :]:
        return text
    first = lines.index(begin)
    last = lines.index(end, first)
    rest = [*lines[:first], *lines[last + 1 :]]
    found = "".join(f"{line.removeprefix(_aside(name))}\n" for line in rest)
    return found if text.endswith("\n") else found[:-1]


def has_block(text: str, name: str) -> bool:
    begin, end = _frame(name)
    return begin in lines_in(text) and end in lines_in(text)
