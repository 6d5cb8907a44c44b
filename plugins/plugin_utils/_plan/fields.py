# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mapping that a user wrote, read key by key; what cannot be used is reported and replaced by its default.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._model.table import PortLookup, as_integer, as_truth
from .findings import (
    Findings,
    did_you_mean,
    one_of,
    show_name,
)
from .ports import WELL_KNOWN

HIGHEST_PORT = 65535

_PORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}\Z")


class Fields:
    """The keys of one mapping at one place of the inventory. A key with no value counts as left out."""

    def __init__(self, findings: Findings, path: str, given: t.Mapping[t.Any, object]) -> None:
        self.findings = findings
        self.path = path
        self._given = given

    def at(self, key: str) -> str:
        """The path of a key."""
        return f"{self.path}.{key}"

    def get(self, key: str) -> object:
        """The value as written, or None."""
        return self._given.get(key)

    def only(self, known: t.Sequence[str]) -> None:
        """Report every key that is none of the known ones."""
        for key in self._given:
            if key not in known:
                near = did_you_mean(key, known)
                self.findings.add("key-unknown", self.at(show_name(key)), key, near, known=", ".join(known))

    def choice(
        self,
        key: str,
        choices: t.Sequence[str],
        default: str,
        rule: str,
        aliases: t.Mapping[str, str] | None = None,
        **words: object,
    ) -> str:
        """One word of several."""
        aliases = aliases or {}
        value = self.get(key)
        if value is None:
            return default
        word = aliases.get(value, str(value)) if isinstance(value, str) else ""
        if word in choices:
            return word
        near = did_you_mean(value, [*choices, *aliases])
        self.findings.add(rule, self.at(key), value, near, choices=one_of(choices), **words)
        return default

    def integer(self, key: str, low: int, high: int, default: int, rule: str) -> int:
        """A whole number between two bounds."""
        value = self.get(key)
        if value is None:
            return default
        number = as_integer(value)
        if number is not None and low <= number <= high:
            return number
        self.findings.add(rule, self.at(key), value, low=low, high=high)
        return default

    def boolean(self, key: str) -> bool:
        """Yes or no; no when left out."""
        value = self.get(key)
        if value is None:
            return False
        answer = as_truth(value)
        if answer is None:
            self.findings.add("boolean-invalid", self.at(key), value)
        return answer or False

    def port(self, key: str, lowest: int, protocol: str | None, lookup: PortLookup) -> int | None:
        """A port by number or by name; None when there is none to be had."""
        return self.port_of(self.at(key), self.get(key), lowest, protocol, lookup)

    def port_of(self, path: str, value: object, lowest: int, protocol: str | None, lookup: PortLookup) -> int | None:
        """The same for a value that stands anywhere in this item."""
        number = as_integer(value)
        if number is not None:
            if lowest <= number <= HIGHEST_PORT:
                return number
            self.findings.add("port-out-of-range", path, value, low=lowest, high=HIGHEST_PORT)
            return None
        if isinstance(value, str) and _PORT_NAME.match(value):
            return self._port_name(path, str(value), protocol or "tcp", lookup)
        self.findings.add("port-invalid", path, value, low=lowest, high=HIGHEST_PORT)
        return None

    def _port_name(self, path: str, name: str, protocol: str, lookup: PortLookup) -> int | None:
        port = WELL_KNOWN.get(name) or lookup(name, protocol)
        if port is None:
            self.findings.add("port-name-unknown", path, name, did_you_mean(name, WELL_KNOWN), protocol=protocol)
        return port
