# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of playbooks/prove.yml: what was done to a host and what its tools said, for a person to read. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import difflib
import json
import re
import typing as t

from .._rules.shown import showable, showable_lines

Look = t.Mapping[str, str]

# A line that names one of these is left out whole: what follows may be a secret, in whatever form.
_SECRET = re.compile(
    r"pass(?:word|wd|phrase)?\b|secret|psk|community|token|credential|private|\bkeys?\b|_key|auth", re.I
)
_LEFT_OUT = "[a line that may hold a secret is left out]"
# Columns that count packets, and what is different each time.
_VOLATILE = re.compile(r"^(?:netstat|launchctl|route)\b")


class Proof:
    """What was done and what was expected of it, in its order."""

    def __init__(self, title: str) -> None:
        self._parts = [title, "=" * len(title), ""]
        self._verdicts: list[tuple[bool, str]] = []

    @property
    def failures(self) -> list[str]:
        return [text for right, text in self._verdicts if not right]

    def expect(self, text: str, right: bool) -> None:
        self._verdicts.append((right, text))
        self._parts += [f"{'as expected' if right else 'NOT AS EXPECTED'}: {showable(text)}", ""]

    def add(self, title: str, text: str) -> None:
        lines = (_LEFT_OUT if _SECRET.search(line) else line for line in showable_lines(text).split("\n"))
        self._parts += [f"--- {showable(title)}", *(f"    {line}".rstrip() for line in lines), ""]

    def add_look(self, title: str, look: Look) -> None:
        self._parts += [title, "-" * len(title), ""]
        for name, text in look.items():
            self.add(name, text)

    def add_result(self, title: str, result: t.Mapping[str, t.Any]) -> None:
        kept = {name: result[name] for name in ("msg", "changed", "commands", "before", "after") if name in result}
        self.add(title, json.dumps(kept, indent=2, sort_keys=True, default=str))

    def compare(self, title: str, before: Look, after: Look) -> None:
        """All that was asked is as it was, but for what is never the same twice."""
        different = False
        for name in dict.fromkeys([*before, *after]):
            lines = before.get(name, "").split("\n"), after.get(name, "").split("\n")
            difference = [] if _VOLATILE.match(name) else list(difflib.unified_diff(*lines, lineterm="", n=0))
            if difference:
                different = True
                self.add(f"{name}, before and after", "\n".join(difference))
        self.expect(title, not different)

    def verdict(self) -> str:
        return f"{len(self._verdicts) - len(self.failures)} of {len(self._verdicts)} were as expected"

    def conclusion(self) -> str:
        return "\n".join([self.verdict(), *(f"    not: {showable(one)}" for one in self.failures)])

    def text(self) -> str:
        return "\n".join([*self._parts, self.conclusion(), ""])
