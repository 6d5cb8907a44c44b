# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mapping that a user wrote, read key by key; what cannot be used is noted, and something else stands in for it.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from .mistakes import Notes
from .numbers import as_integer
from .port_names import WELL_KNOWN, PortLookup
from .table import PROTOCOLS
from .words import did_you_mean, one_of, show_name

HIGHEST_PORT = 65535

_PROTOCOL_LIMIT = 2**16 - 1
_NUMBERED_PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp"}

_NOTHING: Mapping[str, str] = MappingProxyType({})
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_PORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}\Z")


def as_truth(value: object) -> bool | None:
    """Yes or no as YAML, Ansible, a survey and `-e key=value` write it."""
    if isinstance(value, int):
        return bool(value) if value in (0, 1) else None
    return _TRUTHS.get(value.lower()) if isinstance(value, str) else None


class Fields:
    """The keys of one mapping at one place.

    A key that is left out keeps the value that the object has already (``kept``), which is not the user's to answer for
    and so is never wrong; a key with no value asks for the default. ``complete`` says that what is there already is
    known. ``spelling`` has what the user calls a key when that is not our name for it.
    """

    __slots__ = ("_given", "_spelling", "_wrong", "complete", "notes", "path")

    def __init__(
        self,
        notes: Notes,
        path: str,
        given: Mapping[t.Any, object],
        *,
        complete: bool = True,
        spelling: Mapping[str, str] = _NOTHING,
    ) -> None:
        self.notes = notes
        self.path = path
        self.complete = complete
        self._given = given
        self._spelling = spelling
        self._wrong: tuple[str, ...] = ()

    def __contains__(self, key: str) -> bool:
        return key in self._given

    def at(self, key: str) -> str:
        """The path of a key."""
        name = self._spelling.get(key, key)
        return f"{self.path}.{name}" if self.path else name

    def get(self, key: str) -> object:
        """The value as written, or None."""
        return self._given.get(key)

    def note(self, rule: str, key: str, value: object, near: str = "", /, **words: object) -> None:
        """The value of this key is wrong."""
        self._wrong += (key,)
        self.notes.add(rule, self.at(key), value, near, **words)

    def wrong(self, *keys: str) -> bool:
        """Whether one of these keys has a value that cannot be used."""
        return bool(self._wrong) and any(key in self._wrong for key in keys)

    def sure(self, *keys: str) -> bool:
        """Whether the values of these keys are those that the object will have, so that others can be held to them."""
        return not self.wrong(*keys) and (self.complete or self._given.keys() >= set(keys))

    def only(self, known: frozenset[str], elsewhere: Mapping[str, str] = _NOTHING) -> None:
        """Note every key that is none of the known ones; ``elsewhere`` says what has a key instead."""
        for key in () if known.issuperset(self._given) else self._given:
            if key not in known:
                near = f" It is a key of {elsewhere[key]}." if key in elsewhere else did_you_mean(key, known)
                self.note("key-unknown", show_name(key), key, near, known=", ".join(sorted(known)))

    def choice(
        self,
        key: str,
        choices: Sequence[str],
        kept: str,
        default: str,
        rule: str,
        aliases: Mapping[str, str] = _NOTHING,
        **words: object,
    ) -> str:
        """One word of several."""
        if key not in self._given:
            return kept
        value = self._given[key]
        if value is None:
            return default
        if isinstance(value, str):
            word = aliases.get(value, str(value))
            if word in choices or value == kept:
                return word
        near = did_you_mean(value, [*choices, *aliases], aliases)
        self.note(rule, key, value, near, choices=one_of(choices), **words)
        return default

    def number(self, key: str, low: int, high: int, kept: int, default: int, rule: str) -> int:
        """A whole number between two bounds."""
        if key not in self._given:
            return kept
        value = self._given[key]
        if value is None:
            return default
        number = as_integer(value)
        # The kernel may have more than anybody may ask for.
        if number is not None and (low <= number <= high or number == kept > high):
            return number
        self.note(rule, key, value, low=low, high=high)
        return default

    def truth(self, key: str, kept: bool) -> bool:
        """Yes or no; no is the default."""
        if key not in self._given:
            return kept
        value = self._given[key]
        answer = False if value is None else as_truth(value)
        if answer is None:
            self.note("boolean-invalid", key, value)
        return answer or False

    def protocol(self) -> str | None:
        """A protocol by its name; by its number, as results write it, one that has no name here."""
        number = as_integer(self.get("protocol"))
        if number is not None and 0 <= number <= _PROTOCOL_LIMIT:
            return _NUMBERED_PROTOCOLS.get(number, str(number))
        protocol = self.choice("protocol", PROTOCOLS, "tcp", "tcp", "protocol-unknown")
        return None if self.wrong("protocol") else protocol

    def port(self, key: str, value: object, low: int, protocol: str | None, lookup: PortLookup) -> int | None:
        """The value of a key, or of a part of it, as a port by number or by name; None when there is none to be had."""
        number = as_integer(value)
        if number is not None:
            if low <= number <= HIGHEST_PORT:
                return number
            self.note("port-out-of-range", key, value, low=low, high=HIGHEST_PORT)
        elif isinstance(value, str) and _PORT_NAME.match(value):
            # The packets of a firewall mark are of any protocol, and nearly every name is one of TCP.
            number = lookup(str(value), protocol or "tcp")
            if number is not None:
                return number
            self.note("port-name-unknown", key, value, did_you_mean(value, WELL_KNOWN), protocol=protocol or "tcp")
        else:
            self.note("port-invalid", key, value, low=low, high=HIGHEST_PORT)
        return None
