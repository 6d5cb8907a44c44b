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

from .fold import FEW, folded, names
from .rule import ERROR, HINT, SEVERITIES, WARNING
from .shown import showable, showable_lines

Entry = Mapping[str, t.Any]
Line = dict[str, str]

# What a style means, not how it looks.
PLAIN, TITLE, BAD, GOOD, NOTE = "plain", "title", "bad", "good", "note"
_STYLES = {ERROR: BAD, WARNING: NOTE}
_PROOF = 15  # lines; -v shows more


def line(text: str = "", style: str = PLAIN) -> Line:
    return {"text": showable(text), "style": style}


def block(
    item: str, finding: Entry, proof: Mapping[str, Sequence[str]] | None = None, whole: bool = False
) -> Iterator[Line]:
    """One finding: where, what, what proves it, what to do, what else has it, and where it is explained."""
    severity = finding["severity"]
    yield line(f"{severity.upper()} {item}: {finding['message']}", _STYLES.get(severity, PLAIN))
    for label, texts in (proof or {}).items():
        yield from (line(f"  {label}: {text}") for text in (texts if whole else texts[:_PROOF]))
        if len(texts) > _PROOF and not whole:
            yield line(f"  {label}: {many(len(texts) - _PROOF, 'more line')}, shown with -v")
    if finding["cure"]:
        yield line(f"  Fix: {finding['cure']}", GOOD)
    yield from _others(finding, whole)
    known_as = f"[{finding['id']}]" if finding["id"] else ""
    see = f"See section {finding['howto']} of the LVS mini-HOWTO." if finding["howto"] else ""
    if known_as or see:
        yield line("  " + " ".join(filter(None, (known_as, see))))
    yield from _consequences(finding, whole)


def _others(finding: Entry, whole: bool) -> Iterator[Line]:
    """The other items with the same finding: a few in full, of many the first names."""
    others, number = finding.get("others", ()), finding.get("count", 1) - 1
    if number > FEW and not whole:
        listed = names([one["item"] for one in others], number=number)
        yield line(f"  The same of {number:,} others, all of which -v shows: {listed}")
        return
    for one in others:
        yield line(f"  Also: {one['message']}")
        if one["cure"]:
            yield line(f"    Fix: {one['cure']}", GOOD)
    if number > len(others):
        yield line(f"  Also: {number - len(others):,} others that are not listed")


def _consequences(finding: Entry, whole: bool) -> Iterator[Line]:
    """What follows from this finding and ends with it."""
    follows = finding.get("consequences", ())
    if follows and not whole:
        kinds = ", ".join(f"{one['id']} {one['count']:,}" for one in follows)
        total = sum(one["count"] for one in follows)
        yield line(f"  And what follows from it, which -v shows: {total:,} ({kinds})")
    for one in follows if whole else ():
        yield line(f"  It follows: {one['message']} [{one['id']}]")
        yield from _others(one, whole)


def describe(finding: Entry, whole: bool = False) -> str:
    """One finding of an inventory or an old file as text."""
    return "\n".join(one["text"] for one in block(finding["path"], finding, whole=whole))


def report(findings: Sequence[Entry], hints: bool = False, whole: bool = False) -> str:
    """What is wrong with an inventory, counted, a block for each kind; hints only when asked for."""
    counts = [many(number, severity) for severity in (ERROR, WARNING) if (number := count(findings, severity))]
    total = " and ".join(counts) or "Nothing wrong"
    listed = folded(
        (one for one in worst_first(findings) if hints or one["severity"] != HINT),
        lambda one: (one["id"], one["severity"]),
        lambda one: str(one["path"]),
        lambda one: f"{one['path']}: {one['message']}",
    )
    return showable_lines("\n\n".join([f"{total} in the inventory.", *(describe(one, whole) for one in listed)]))


def worst_first(findings: Iterable[Entry]) -> list[Entry]:
    """Findings by severity, those of one severity in their order."""
    return sorted(findings, key=lambda one: SEVERITIES.index(one["severity"]))


def count(findings: Iterable[Entry], severity: str) -> int:
    return sum(one["severity"] == severity for one in findings)


def many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def has_failed(findings: Iterable[Entry]) -> bool:
    """Whether a run that found this fails: with an error, not with what is only to be looked at."""
    return count(findings, ERROR) > 0
