# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statements of a keepalived.conf: what is said of them, and the values in them as keepalived reads them.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ...module_utils._model.address import canonical_address
from ...module_utils._model.words import did_you_mean, show_name
from .file import OldFile
from .keepalived_file import Statement

HIGHEST_PORT = 65535

_MACHINERY = "Health checks and failover stay the work of keepalived; services and realservers are in the inventory."
_SECRETS = frozenset(("auth_pass", "password"))
# Named and not shown: there may be a password in the words of a command.
_COMMANDS = frozenset(("notify_down", "notify_up", "quorum_down", "quorum_up"))


class Told:
    """What is said of statements."""

    def __init__(self, source: OldFile) -> None:
        self.source = source

    def error(self, statement: Statement, value: object, what: str, cure: str) -> None:
        self.source.error(statement.line, statement.word, value, what, cure)

    def warning(self, statement: Statement, value: object, what: str, cure: str) -> None:
        self.source.warning(statement.line, statement.word, value, what, cure)

    def listed(self, statement: Statement, without: Sequence[Statement] = ()) -> None:
        """Not taken over: a statement with its value, a block with the name and the line of each in it."""
        if statement.word in _SECRETS:
            self.source.secret(statement.line, statement.word)
            return
        inside = ", ".join(self._names(statement, statement.line, without))
        what = f"is not taken over, with {inside}" if inside else "is not taken over"
        shown = None if statement.word in _COMMANDS else " ".join(statement.words)
        self.warning(statement, shown, what, _MACHINERY)

    def _names(self, statement: Statement, line: int, without: Sequence[Statement]) -> Iterator[str]:
        for child in statement.inside:
            if child not in without:
                yield f"{show_name(child.word)} ({self.source.before(child.line, line)})"
                yield from self._names(child, line, without)

    def unknown(self, statement: Statement, where: str, known: Iterable[str]) -> None:
        """No keyword of keepalived in that place. Alone it means nothing; a block would be read as something else."""
        near = did_you_mean(statement.word, known)
        if statement.block is None:
            what = f"is no keyword of {where}, and keepalived ignores it"
            self.warning(statement, None, what, f"Correct or remove it.{near}")
        else:
            self.error(statement, None, f"is no block of {where}", f"Correct or remove it.{near}")

    def number(self, statement: Statement, low: int, high: int, index: int = 1) -> int | None:
        """A number of the statement. keepalived would take what it can of others, with a warning."""
        text = statement.value(index).strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
        if number is None or not low <= number <= high:
            value = statement.value(index) or None
            self.error(statement, value, f"is not a number from {low} to {high}", "Write one.")
            return None
        return number

    def port(self, statement: Statement, index: int) -> int | None:
        """The port at that place, 0 when there is none; keepalived knows no names of ports."""
        text = statement.value(index)
        return self.number(statement, 0, HIGHEST_PORT, index) if text else 0

    def address(self, statement: Statement, text: str) -> str:
        """keepalived asks nobody for a name, and takes the first address of what is written as a range or network."""
        first = re.split(r"[-/]", text, maxsplit=1)[0]
        if first != text and canonical_address(first):
            what = f"is the address {first} alone to keepalived"
            self.warning(statement, text, what, f"Write {first}; a virtual_server_group may have ranges.")
        return first
