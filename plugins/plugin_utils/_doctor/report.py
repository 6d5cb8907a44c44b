# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A diagnosis as a report for a terminal, and in one line.

Private: this file may change in any release; do not import it from outside the collection.
Pure: lines with a style each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .._rules.fold import names
from .._rules.report import BAD, GOOD, NOTE, PLAIN, TITLE, Entry, Line, block, line
from .._rules.rule import HINT


def report(diagnosis: Entry, looked: Mapping[str, object], whole: bool = False) -> list[Line]:
    """The diagnosis, line by line: with all items, evidence and consequences when the whole is asked for."""
    lines = [line(headline(diagnosis), GOOD if diagnosis["healthy"] else BAD), line(_who(looked), PLAIN)]
    if diagnosis["section"]:
        lines += [line(), *_section(diagnosis["section"])]
    for finding in diagnosis["findings"]:
        proof = {"Symptom": [finding["symptom"]], "Evidence": finding["evidence"]}
        lines += [line(), *block(finding["host"], finding, proof, whole)]
    if diagnosis["unseen"]:
        lines += [line(), line("Not seen:", TITLE), *_unseen(diagnosis["unseen"])]
    if diagnosis["others"]:
        lines += [line(), *(line(f"Other LVS on {one['host']}: {one['lvs']}.", NOTE) for one in diagnosis["others"])]
    if diagnosis["untried"]:
        services = names(diagnosis["untried"], whole)
        lines += [line(), line(f"Not tried, no client connected: {services}. Run verify.yml to try them.", NOTE)]
    return lines


def headline(diagnosis: Entry) -> str:
    """The diagnosis in one line."""
    faults = [finding for finding in diagnosis["findings"] if finding["severity"] != HINT]
    hints, unseen = len(diagnosis["findings"]) - len(faults), diagnosis["unseen"]
    missing = sorted({one["host"] for one in unseen})
    not_seen = f" Not everything was seen of {', '.join(missing)}." if missing else ""
    worth = f" Worth knowing: {hints}, see below." if hints else ""
    if not faults:
        return f"No fault was found.{worth}{not_seen}" if missing else f"The LVS is healthy: nothing is wrong.{worth}"
    count = "1 fault was found" if len(faults) == 1 else f"{len(faults)} faults were found, the most probable first"
    return f"{count}: {faults[0]['id']} on {faults[0]['host']}.{worth}{not_seen}"


def _who(looked: Mapping[str, object]) -> str:
    seen = sorted(host for host, result in looked.items() if isinstance(result, Mapping) and "evidence" in result)
    return f"Looked at {', '.join(seen) or 'no host'}."


def _section(section: Entry) -> Iterator[Line]:
    yield line(f"{section['number']} {section['title']}", TITLE)
    yield line(f"   {section['says']}")
    for reason in section["reasons"]:
        found = reason["findings"]
        state = f"yes: {', '.join(found)}" if found else "not found"
        yield line(f"   [{'x' if found else ' '}] {reason['reason']}: {state}", BAD if found else PLAIN)


def _unseen(unseen: Iterable[Entry]) -> Iterator[Line]:
    for one in unseen:
        yield line(f"   {one['host']}: {one['what']}: {one['why']}", NOTE)
