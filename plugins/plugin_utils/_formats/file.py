# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every reader of an old file shares: values with the lines they stand in, services out of them, findings.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...module_utils._model import parse, table
from ...module_utils._model.address import canonical_address
from ...module_utils._model.fields import Fields
from ...module_utils._model.port_names import WELL_KNOWN, PortLookup, no_lookup
from ...module_utils._model.words import show
from .._rules.findings import Findings

# Turns the name of a machine into its address, None when nobody knows it.
AddressLookup = Callable[[str], str | None]
# The files that a pattern in a file of that folder means, by name and content; None when they are not to be had.
Included = Callable[[str, str], list[tuple[str, str]] | None]

# Whoever writes longer lines writes no configuration; it also keeps numbers within what int() takes.
LONGEST_LINE = 2000
# No service is made of more of them: more is a mistyped end of a range.
MOST_ADDRESSES = 4096
# A line is one number in all files that are read together: so much more for each file after the first.
_FILE = 10_000_000
_MARK = "\ufeff"
_PLAIN_ITEM = re.compile(r"[A-Za-z0-9_.:-]{0,60}\Z")
_PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9_./+-]{1,200}\Z")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}\Z")
# Something that begins like an address is a mistyped address, never the name of a machine.
_LIKE_AN_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.|.*:|[0-9.]+\Z")
# What the HOWTO wants added to /etc/services (3.13.1), and its own squid (6.2).
_MORE_PORTS = {
    "cmd": 514,
    "ftp-data": 20,
    "nameserver": 53,
    "rsh": 514,
    "shell": 514,
    "spooler": 515,
    "squid": 3128,
    "webcache": 8080,
}


def no_address(_name: str) -> str | None:
    """The lookup of somebody who knows no names of machines."""
    return None


def nothing_beside(_pattern: str, _folder: str) -> None:
    """The files beside a text of which nobody knows where it was."""


def without_mark(text: str) -> str:
    """A byte order mark is no part of the first line."""
    return text.removeprefix(_MARK)


def first_word(text: str) -> str:
    """What a line is about, when the rest of it must not be shown."""
    return next(iter(text.split(maxsplit=1)), "")


def is_name(text: str) -> bool:
    """Could this be the name of a machine?"""
    return bool(_NAME.match(text)) and not _LIKE_AN_ADDRESS.match(text)


class Draft:
    """A service or a realserver as the file says it, each value with its line."""

    def __init__(self, line: int, **values: object) -> None:
        self.line = line
        self.values: dict[str, object] = {}
        self.lines: dict[str, int] = {}
        for name, value in values.items():
            self.set(name, value, line)

    def set(self, name: str, value: object, line: int) -> None:
        """Remember a value and its line."""
        self.values[name] = value
        self.lines[name] = line

    def line_of(self, name: str) -> int:
        """The line of a value, or of the whole when the value is not there."""
        return self.lines.get(name, self.line)


@dataclass
class Old:
    """What was in an old file: the table, and what else an inventory can say."""

    findings: Findings
    services: list[table.Service] = field(default_factory=list)
    names: dict[table.ServiceKey, str] = field(default_factory=dict)
    fwmark_vips: dict[table.ServiceKey, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)  # RIP -> the name of the realserver
    dips: list[str] = field(default_factory=list)
    places: dict[tuple[table.ServiceKey, table.RealserverKey], str] = field(default_factory=dict)


class OldFile:
    """An old file while it is read."""

    def __init__(
        self,
        text: str,
        name: str,
        ports: PortLookup = no_lookup,
        addresses: AddressLookup = no_address,
        findings: Findings | None = None,
        included: Included = nothing_beside,
    ) -> None:
        self.text = text
        self.findings = Findings() if findings is None else findings
        self.old = Old(self.findings)
        self.included = included
        self._names = [_plain(name)]
        self._ports = ports
        self._addresses = addresses
        self._first: dict[object, int] = {}

    # What is wrong, and where

    def at(self, line: int, what: str = "") -> str:
        """FILE:LINE, and the item in that line."""
        item = what if _PLAIN_ITEM.match(what) else show(what)
        number, name = line % _FILE, self._names[line // _FILE]
        return f"{name}:{number} {item}" if what else f"{name}:{number}"

    def before(self, first: int, line: int) -> str:
        """Where something was, for a message about this line."""
        return f"line {first % _FILE}" if first // _FILE == line // _FILE else self.at(first)

    def error(self, line: int, item: str, value: object, what: str, cure: str, howto: str = "") -> None:
        """VALUE `what`: something the LVS would need could not be read."""
        self.findings.error(self.at(line, item), value, what, cure, howto)

    def warning(self, line: int, item: str, value: object, what: str, cure: str, howto: str = "") -> None:
        """VALUE `what`: read and understood, but an inventory has no place for it."""
        self.findings.warning(self.at(line, item), value, what, cure, howto)

    def not_taken(self, line: int, item: str, value: object, cure: str = "") -> None:
        """Something that is listed because it is not carried over."""
        self.warning(
            line, item, value, "is not taken over", cure or "Do without it, or keep the program that reads it."
        )

    def secret(self, line: int, item: str) -> None:
        """The same for what must not be shown: only its name is."""
        cure = "Keep it where it is, or in a vault; it is not shown here."
        self.warning(line, item, item, "is a secret and is not taken over", cure)

    # Lines

    def lines(self) -> Iterator[tuple[int, str]]:
        """Every line by its number."""
        return self._numbered(self.text, 0)

    def lines_of(self, name: str, text: str) -> Iterator[tuple[int, str]]:
        """The lines of a file that this one includes."""
        self._names.append(_plain(name))
        return self._numbered(text, _FILE * (len(self._names) - 1))

    def _numbered(self, text: str, before: int) -> Iterator[tuple[int, str]]:
        """Only line feeds end lines, as in the programs that read these files."""
        for number, line in enumerate(without_mark(text).split("\n")[: _FILE - 1], start=before + 1):
            if len(line) > LONGEST_LINE:
                self.error(number, "", None, f"is longer than {LONGEST_LINE} characters", "Break it up.")
            elif "\0" in line:
                self.error(number, "", None, "has a NUL character, where programs end the line", "Remove it.")
            else:
                yield number, line.rstrip("\r")

    # Values

    def port(self, name: str, protocol: str) -> int | None:
        """The number of a port that has a name."""
        if not is_name(name):
            return None
        return WELL_KNOWN.get(name) or _MORE_PORTS.get(name) or self._ports(name, protocol)

    def address(self, text: str) -> str | None:
        """The address of a machine that is named or numbered."""
        return canonical_address(text) or (self._addresses(text) if is_name(text) else None)

    def machine(self, text: str) -> str:
        """The same; what nobody knows stays as it is, and the model refuses it as no address."""
        found = self.address(text)
        return text if found is None else found

    # Services

    def add(self, draft: Draft, realservers: t.Iterable[Draft], name: str = "", vip: str = "") -> None:
        """One service with its realservers. What cannot be used is reported and left out."""
        notes = _Notes(self, draft)
        service = parse.read_service(draft.values, notes, have={}, lookup=self.port)
        if service is None or notes.any:
            # Its realservers may be wrong, too, and all that is wrong is said at once.
            self._pool(realservers, None)
            return
        if self._seen(draft.line, service.key, service.key):
            return
        pool = self._pool(realservers, service.key)
        if not pool:
            self.warning(draft.line, "", service.key.label, "has no realserver that could be read", "Add one.")
        self.old.services.append(service._replace(realservers=table.sort_realservers(pool)))
        if name:
            self.old.names[service.key] = name
        if vip and service.key.vip is None:
            self.old.fwmark_vips[service.key] = vip

    def _pool(self, drafts: t.Iterable[Draft], key: table.ServiceKey | None) -> list[table.Realserver]:
        pool = []
        for draft in drafts:
            self._settle_port(draft, key)
            notes = _Notes(self, draft)
            # Of a service that could not be read, a realserver may be anything that one may be at all.
            identity = parse.Identity() if key is None else parse.Identity(*key)
            realserver = parse.read_own_realserver(Fields(notes, "", draft.values), identity, {}, self.port)
            if key is not None and not notes.any and not self._seen(draft.line, (key, realserver.key), realserver.key):
                pool.append(realserver)
                self.old.places[key, realserver.key] = self.at(draft.line)
        return pool

    def _settle_port(self, draft: Draft, key: table.ServiceKey | None) -> None:
        """By dr and tun the port is the service's, whatever the file says: so do ipvsadm and keepalived."""
        if key is None:
            draft.values.pop("port", None)
            return
        forwarding = draft.values.get("forwarding", "dr")
        if forwarding == "nat" or key.vip is None or "port" not in draft.values:
            return
        written = draft.values.pop("port")
        number = self.port(written, str(key.protocol)) if isinstance(written, str) else None
        if str(written if number is None else number) not in (str(key.port), "0"):
            what = f"is not used: forwarding {forwarding} cannot change the port of the service, {key.port}"
            cure = "Let the realserver listen on the port of the service, or use nat."
            self.warning(draft.line_of("port"), "port", written, what, cure, "3.11")

    def _seen(self, line: int, key: object, shown: table.ServiceKey | table.RealserverKey) -> bool:
        first = self._first.setdefault(key, line)
        if first != line:
            self.error(line, "", shown.label, f"is in {self.before(first, line)} already", "Keep one of the two.")
        return first != line

    def finish(self) -> Old:
        """All that was read."""
        self.old.services = list(table.sort_services(self.old.services))
        return self.old


class _Notes:
    """The parser's own words of one draft, each with the line that it is about."""

    def __init__(self, source: OldFile, draft: Draft) -> None:
        self.any = False
        self._source = source
        self._draft = draft

    def add(self, rule: str, path: str, value: object, near: str = "", **words: object) -> None:
        """See Notes."""
        self.any = True
        item = path if path in self._draft.lines else path.partition(".")[0]
        at = self._source.at(self._draft.line_of(item), path)
        self._source.findings.add(rule, at, value, near, **words)


def _plain(name: str) -> str:
    return name if _PLAIN_FILE_NAME.match(name) else show(name)


def endpoint(text: str) -> tuple[str, str]:
    """ADDRESS:PORT, [ADDRESS]:PORT or NAME:PORT in its two parts; the port is empty when there is none."""
    bracketed = re.match(r"\[([^\]]*)\](?::(.*))?\Z", text, re.DOTALL)
    if bracketed:
        return bracketed[1], bracketed[2] or ""
    if text.count(":") > 1:
        return text, ""
    host, _colon, port = text.partition(":")
    return host, port
