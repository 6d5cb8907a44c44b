# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A diagnosis as a report for a terminal, and in one line.

Private: this file may change in any release; do not import it from outside the collection.
Pure: lines with a style each, which the action plugin `say` shows.
"""

from __future__ import annotations

import textwrap
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from .._rules.shown import showable

Entry = Mapping[str, t.Any]
Line = dict[str, str]

# What a style means, not how it looks.
PLAIN, TITLE, BAD, GOOD, NOTE = "plain", "title", "bad", "good", "note"

_WIDTH = 100
_LABEL = 10
PAGE = "docs/doctor.md"


def report(diagnosis: Entry, looked: Mapping[str, object]) -> list[Line]:
    """The whole diagnosis, line by line."""
    lines = [_line(headline(diagnosis), GOOD if diagnosis["healthy"] else BAD), _line(_who(looked), PLAIN)]
    if diagnosis["section"]:
        lines += [_line(), *_section(diagnosis["section"])]
    for finding in diagnosis["findings"]:
        lines += [_line(), *_finding(finding)]
    if diagnosis["unseen"]:
        lines += [_line(), _line("Not seen:", TITLE), *_unseen(diagnosis["unseen"])]
    return lines


def headline(diagnosis: Entry) -> str:
    """The diagnosis in one line."""
    findings, unseen = len(diagnosis["findings"]), diagnosis["unseen"]
    missing = sorted({one["host"] for one in unseen})
    not_seen = f" Not everything was seen of {', '.join(missing)}." if missing else ""
    if not findings:
        return f"No fault was found.{not_seen}" if missing else "The LVS is healthy: nothing is wrong."
    first = diagnosis["findings"][0]
    count = "1 fault was found" if findings == 1 else f"{findings} faults were found, the most probable first"
    return f"{count}: {first['id']} on {first['host']}.{not_seen}"


def _line(text: str = "", style: str = PLAIN) -> Line:
    return {"text": showable(text), "style": style}


def _who(looked: Mapping[str, object]) -> str:
    seen = sorted(host for host, result in looked.items() if isinstance(result, Mapping) and "evidence" in result)
    return f"Looked at {', '.join(seen) or 'nobody'}."


def _finding(finding: Entry) -> Iterator[Line]:
    yield _line(f"{finding['rank']}. {finding['id']} on {finding['host']}", TITLE)
    yield from _row("Symptom", [finding["symptom"]])
    yield from _row("Cause", [finding["cause"]], BAD)
    yield from _row("Evidence", finding["evidence"])
    yield from _row("Cure", [finding["cure"]], GOOD)
    howto = f"section {finding['howto']} of the LVS mini-HOWTO; " if finding["howto"] else ""
    yield from _row("See", [f"{howto}{finding['id']} in {PAGE}"])


def _row(label: str, texts: Iterable[str], style: str = PLAIN) -> Iterator[Line]:
    """A label, and beside it the texts, each broken at blanks; what has none, such as a long address, is not broken."""
    indent = " " * (3 + _LABEL)
    lines = [
        line
        for text in texts
        for line in textwrap.wrap(text, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False) or [""]
    ]
    for number, line in enumerate(lines):
        start = f"   {label:<{_LABEL}}" if number == 0 else indent
        yield _line(f"{start}{line}", style)


def _section(section: Entry) -> Iterator[Line]:
    yield _line(f"{section['number']} {section['title']}", TITLE)
    yield from _row("HOWTO", [section["says"]])
    for reason in section["reasons"]:
        found = reason["findings"]
        state = f"yes: {', '.join(found)}" if found else "not found"
        yield _line(f"   [{'x' if found else ' '}] {reason['reason']}: {state}", BAD if found else PLAIN)


def _unseen(unseen: Iterable[Entry]) -> Iterator[Line]:
    for one in unseen:
        yield _line(f"   {one['host']}: {one['what']}: {one['why']}", NOTE)
