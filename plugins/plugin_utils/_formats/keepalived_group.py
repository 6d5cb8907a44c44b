# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""virtual_server_group of a keepalived.conf: addresses, ranges of them, and firewall marks.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ...module_utils._model.address import FAMILIES, canonical_address, family_of
from .file import MOST_ADDRESSES, Draft, OldFile
from .keepalived_file import Statement
from .keepalived_words import Told

FAMILY_WORDS = dict(zip(("inet", "inet6"), FAMILIES, strict=True))


class Group(Told):
    """A virtual_server_group: its addresses and marks, each with its place."""

    def __init__(self, source: OldFile, statement: Statement) -> None:
        super().__init__(source)
        self.statement = statement
        self.name = statement.value()
        self.is_used = False
        self.addresses: list[Draft] = []
        self.marks: list[Draft] = []
        self._families: set[str] = set()
        for entry in statement.inside:
            self._entry(entry)

    @property
    def entries(self) -> list[str]:
        return [" ".join(entry.words) for entry in self.statement.inside]

    def family(self, of_realservers: str | None) -> str | None:
        """The family of the whole; None when there are both, or keepalived would leave the virtual server out."""
        unsaid = any("family" not in mark.values for mark in self.marks)
        wrong = ""
        if len(self._families) > 1 and (unsaid or of_realservers):
            wrong = "has addresses of both families, which needs a family for each fwmark and TUN for each realserver"
        elif of_realservers and self._families - {of_realservers}:
            wrong = f"is not of the family of the realservers, {of_realservers}"
        if wrong:
            self.error(self.statement, self.name, wrong, "Make a group of each family, with its virtual_server.")
        return next(iter(self._families)) if len(self._families) == 1 else of_realservers

    def _entry(self, entry: Statement) -> None:
        if entry.word == "fwmark":
            number = self.number(entry, 1, 2**32 - 1)
            family = FAMILY_WORDS.get(entry.value(2))
            if entry.value(2) and family is None:
                self.error(entry, entry.value(2), "is not an address family", "Write inet or inet6.")
            mark = Draft(entry.line, fwmark=number)
            if family:
                mark.set("family", family, entry.line)
                self._families.add(family)
            self.marks += [] if number is None else [mark]
            return
        port = self.port(entry, 1)
        vips = self._range(entry, entry.word)
        self._families.update(map(family_of, vips))
        self.addresses += [Draft(entry.line, vip=vip, port=port or 0) for vip in vips]

    def _range(self, entry: Statement, text: str) -> list[str]:
        """192.168.1.110-115, 192.168.1.110-192.168.1.115 and 192.168.1.0/29 are several addresses."""
        found = [text] if canonical_address(text) else list(_addresses(text))
        if not found:
            what = f"is neither an address nor a range of at most {MOST_ADDRESSES} that differ in their last part alone"
            self.error(entry, text, what, "Write each address.")
        return found


def _addresses(text: str) -> Iterator[str]:
    """The addresses of a range or a network; none where keepalived would count wrong, or for ever."""
    try:
        if "/" in text:
            network = ipaddress.ip_network(text)
            low, high = network[0], network[-1]
        else:
            start, _dash, end = text.partition("-")
            low, high = ipaddress.ip_address(start), ipaddress.ip_address(_whole_end(start, end))
    except ValueError:
        return
    last_part = 2 ** (8 if low.version == 4 else 16)
    first, last = int(low), int(high)
    if low.version == high.version and first // last_part == last // last_part and last - first < MOST_ADDRESSES:
        yield from (str(low + number) for number in range(last - first + 1))


def _whole_end(start: str, end: str) -> str:
    """The end of a range as an address: `-115` is the last part of one, and hexadecimal in IPv6."""
    mark = ":" if ":" in start else "."
    return end if mark in end else f"{start.rpartition(mark)[0]}{mark}{end}"
