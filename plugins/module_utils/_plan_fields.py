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

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import PortLookup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_findings import (
    Findings,
    did_you_mean,
    one_of,
    show_name,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_ports import WELL_KNOWN

HIGHEST_PORT = 65535

_DIGITS = re.compile(r"[0-9]{1,20}\Z")
_PORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}\Z")
# An AWX survey and `-e key=value` give strings.
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def as_integer(value: object) -> int | None:
    """A number as people write one: 80 or '80', but not true and not 80.5."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, str) and _DIGITS.match(value) else None


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
                cure = f"Remove it, or use one of {', '.join(known)}.{did_you_mean(key, known)}"
                self.findings.error(self.at(show_name(key)), key, "is not a key of this item", cure)

    def choice(
        self, key: str, choices: t.Sequence[str], default: str, what: str, howto: str, aliases: t.Mapping[str, str]
    ) -> str:
        """One word of several."""
        value = self.get(key)
        if value is None:
            return default
        word = aliases.get(value, str(value)) if isinstance(value, str) else ""
        if word in choices:
            return word
        cure = f"Use {one_of(choices)}.{did_you_mean(value, [*choices, *aliases])}"
        self.findings.error(self.at(key), value, f"is not {what}", cure, howto)
        return default

    def integer(self, key: str, low: int, high: int, default: int, what: str) -> int:
        """A whole number between two bounds."""
        value = self.get(key)
        if value is None:
            return default
        number = as_integer(value)
        if number is not None and low <= number <= high:
            return number
        self.findings.error(self.at(key), value, f"is not {what}", f"Use a whole number from {low} to {high}.")
        return default

    def boolean(self, key: str) -> bool:
        """Yes or no; no when left out."""
        value = self.get(key)
        if value is None:
            return False
        answer = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
        if isinstance(answer, bool):
            return answer
        self.findings.error(self.at(key), value, "is neither true nor false", "Use true or false.")
        return False

    def port(self, key: str, lowest: int, protocol: str | None, lookup: PortLookup) -> int | None:
        """A port by number or by name; None when there is none to be had."""
        value = self.get(key)
        number = as_integer(value)
        if number is not None:
            return self._port_number(key, value, number, lowest)
        if isinstance(value, str) and _PORT_NAME.match(value):
            return self._port_name(key, str(value), protocol, lookup)
        self.findings.error(
            self.at(key), value, "is not a port", f"Use {lowest} to {HIGHEST_PORT} or a service name such as http."
        )
        return None

    def _port_number(self, key: str, value: object, number: int, lowest: int) -> int | None:
        if lowest <= number <= HIGHEST_PORT:
            return number
        self.findings.error(
            self.at(key), value, "is out of the range of ports", f"Use {lowest} to {HIGHEST_PORT} or a service name."
        )
        return None

    def _port_name(self, key: str, name: str, protocol: str | None, lookup: PortLookup) -> int | None:
        transport = protocol or "tcp"
        port = WELL_KNOWN.get(name) or lookup(name, transport)
        if port is None:
            cure = f"Use the port's number.{did_you_mean(name, WELL_KNOWN)}"
            self.findings.error(self.at(key), name, f"is no {transport} service that this controller knows", cure)
        return port
