# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings for people: how one reads, and how many there are. The same for an inventory, for verify and for the doctor.

Private: this file may change in any release; do not import it from outside the collection.
Pure: lines with a style each, which _action/screen.py shows.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .rule import ERROR, HINT, SEVERITIES, WARNING
from .shown import showable, showable_lines

Entry = Mapping[str, t.Any]
Line = dict[str, str]

# What a style means, not how it looks.
PLAIN, TITLE, BAD, GOOD, NOTE = "plain", "title", "bad", "good", "note"
_STYLES = {ERROR: BAD, WARNING: NOTE}


def line(text: str = "", style: str = PLAIN) -> Line:
    return {"text": showable(text), "style": style}


def block(item: str, finding: Entry, proof: Mapping[str, Sequence[str]] | None = None) -> Iterator[Line]:
    """One finding: where, what, what proves it, what to do, and where it is explained."""
    severity = finding["severity"]
    yield line(f"{severity.upper()} {item}: {finding['message']}", _STYLES.get(severity, PLAIN))
    for label, texts in (proof or {}).items():
        yield from (line(f"  {label}: {text}") for text in texts)
    if finding["cure"]:
        yield line(f"  Fix: {finding['cure']}", GOOD)
    known_as = f"[{finding['id']}]" if finding["id"] else ""
    see = f"See section {finding['howto']} of the LVS mini-HOWTO." if finding["howto"] else ""
    if known_as or see:
        yield line("  " + " ".join(filter(None, (known_as, see))))


def describe(finding: Entry) -> str:
    """One finding of an inventory or an old file as text."""
    return "\n".join(one["text"] for one in block(finding["path"], finding))


def report(findings: Sequence[Entry], hints: bool = False) -> str:
    """What is wrong with an inventory, counted, one block each; hints only when asked for."""
    counts = [many(number, severity) for severity in (ERROR, WARNING) if (number := count(findings, severity))]
    total = " and ".join(counts) or "Nothing wrong"
    listed = [one for one in worst_first(findings) if hints or one["severity"] != HINT]
    return showable_lines("\n\n".join([f"{total} in the inventory.", *map(describe, listed)]))


def worst_first(findings: Iterable[Entry]) -> list[Entry]:
    """Findings by severity, those of one severity in their order."""
    return sorted(findings, key=lambda one: SEVERITIES.index(one["severity"]))


def count(findings: Iterable[Entry], severity: str) -> int:
    return sum(one["severity"] == severity for one in findings)


def many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def has_failed(findings: Iterable[Entry]) -> bool:
    """Whether a run that found this fails: with an error, not with what is only to be looked at."""
    return count(findings, ERROR) > 0
