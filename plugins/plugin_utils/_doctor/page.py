# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A diagnosis as one page of HTML to attach to a ticket: findings, the picture of the LVS, and all evidence.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same diagnosis gives the same page. It needs no network and no script, and whatever a host said is escaped.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Iterator, Mapping
from html import escape as for_html

from .._picture.topology import ascii_picture
from .._rules.shown import showable_lines
from .evidence import read_answer
from .report import headline

Entry = Mapping[str, t.Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --bad: #c62828; --good: #2e7d32; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { margin: 0; font-size: 1.05rem; }
.verdict { border-left: .4rem solid var(--bad); padding: .3rem 1rem; background: var(--soft); }
.verdict.healthy { border-color: var(--good); }
article { border: 1px solid var(--line); border-radius: .4rem; padding: 1rem; margin: 1rem 0; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .3rem 1rem; margin: .6rem 0 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; background: var(--soft); padding: .7rem; }
svg { max-width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
svg rect { fill: none; stroke: currentColor; stroke-width: 1.2; } svg path { fill: none; stroke: currentColor; }
svg .sick rect { stroke: var(--bad); stroke-width: 3; } svg .unseen rect { stroke-dasharray: 5 4; }
svg .note { font-size: 11px; } li.found { color: var(--bad); font-weight: 600; }
@media print { details > * { display: block; } }
"""


def escape(text: object) -> str:
    """A text as the page may have it."""
    return for_html(showable_lines(text))


def page(diagnosis: Entry, plan: Entry, looked: Mapping[str, object], made: str = "") -> str:
    """The whole page."""
    title = escape(headline(diagnosis))
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>LVS doctor: {title}</title><style>{_STYLE}</style></head><body>",
        "<h1>LVS doctor</h1>",
        f'<p class="{"verdict healthy" if diagnosis["healthy"] else "verdict"}">{title}</p>',
        f"<p>{escape(made)}</p>" if made else "",
        *_section(diagnosis["section"]),
        *_findings(diagnosis["findings"]),
        *_unseen(diagnosis["unseen"]),
        "<h2>The LVS</h2>",
        drawing(diagnosis, plan),
        f"<details><summary>As text</summary><pre>{escape(ascii_picture(plan))}</pre></details>",
        "<h2>Evidence</h2>",
        *_evidence(looked),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _findings(findings: Iterable[Entry]) -> Iterator[str]:
    for finding in findings:
        evidence = "<br>".join(f"<code>{escape(line)}</code>" for line in finding["evidence"])
        howto = f"section {escape(finding['howto'])} of the LVS mini-HOWTO" if finding["howto"] else "docs/doctor.md"
        yield (
            f'<article id="finding-{finding["rank"]}"><h3>{finding["rank"]}. {escape(finding["id"])} on '
            f"{escape(finding['host'])}</h3><dl><dt>Symptom</dt><dd>{escape(finding['symptom'])}</dd>"
            f"<dt>Cause</dt><dd>{escape(finding['cause'])}</dd><dt>Evidence</dt><dd>{evidence}</dd>"
            f"<dt>Cure</dt><dd>{escape(finding['cure'])}</dd><dt>See</dt><dd>{howto}</dd></dl></article>"
        )


def _section(section: Entry | None) -> Iterator[str]:
    if section is None:
        return
    yield f"<h2>{escape(section['number'])} {escape(section['title'])}</h2><p>{escape(section['says'])}</p><ul>"
    for reason in section["reasons"]:
        found = reason["findings"]
        state = f": {', '.join(found)}" if found else ": not found"
        kind = ' class="found"' if found else ""
        yield f"<li{kind}>{escape(reason['reason'] + state)}</li>"
    yield "</ul>"


def _unseen(unseen: Iterable[Entry]) -> Iterator[str]:
    rows = [f"<li>{escape(one['host'])}: {escape(one['what'])}: {escape(one['why'])}</li>" for one in unseen]
    if rows:
        yield f"<h2>Not seen</h2><ul>{''.join(rows)}</ul>"


def _evidence(looked: Mapping[str, object]) -> Iterator[str]:
    """What could be read: the rest may be anything, and too deep or too odd to be written."""
    for host, result in sorted(looked.items()):
        answer = read_answer(result)
        seen = {"unreachable": answer.why} if answer.seen is None else answer.seen
        shown = json.dumps(seen, indent=1, sort_keys=True)
        yield f"<details><summary>{escape(host)}</summary><pre>{escape(shown)}</pre></details>"


# --- the drawing: clients, directors and realservers in three columns ---

_COLUMNS = {"client": 10, "director": 340, "realserver": 670}
_BOX = (220, 56)
_ROW = 84


class _Box(t.NamedTuple):
    name: str
    role: str
    row: int
    addresses: str

    @property
    def place(self) -> tuple[int, int]:
        return _COLUMNS[self.role], 20 + self.row * _ROW


def drawing(diagnosis: Entry, plan: Entry) -> str:
    """Who connects to whom, with the hosts at fault in the colour of faults."""
    boxes = _boxes(plan)
    sick = {finding["host"] for finding in diagnosis["findings"]}
    unseen = {one["host"] for one in diagnosis["unseen"]}
    height = 20 + _ROW * max([box.row for box in boxes], default=0) + _ROW
    shapes = [*_arrows(plan, boxes), *(_shape(box, box.name in sick, box.name in unseen) for box in boxes)]
    return f'<svg viewBox="0 0 900 {height}" role="img" aria-label="The LVS">{"".join(shapes)}</svg>'


def _boxes(plan: Entry) -> list[_Box]:
    roles = {
        "client": {name: [address] if address else [] for name, address in plan["clients"].items()},
        "director": {name: one["director"]["dips"] for name, one in plan["hosts"].items() if "director" in one},
        "realserver": {name: one["realserver"]["rips"] for name, one in plan["hosts"].items() if "realserver" in one},
    }
    return [
        _Box(name, role, row, ", ".join(addresses))
        for role, hosts in roles.items()
        for row, (name, addresses) in enumerate(hosts.items())
    ]


def _shape(box: _Box, sick: bool, unseen: bool) -> str:
    x, y = box.place
    width, height = _BOX
    kinds = " ".join(kind for kind, is_so in (("sick", sick), ("unseen", unseen)) if is_so)
    return (
        f'<g class="{kinds}"><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'
        f'<text x="{x + 12}" y="{y + 24}">{escape(box.name)}</text>'
        f'<text class="note" x="{x + 12}" y="{y + 43}">{escape(f"{box.role} {box.addresses}")}</text></g>'
    )


def _arrows(plan: Entry, boxes: list[_Box]) -> Iterator[str]:
    directors = [box for box in boxes if box.role == "director"]
    for director in directors:
        slices = plan["hosts"][director.name]["director"]
        for client in (box for box in boxes if box.role == "client"):
            yield _arrow(client, director, ", ".join(slices["vips"]))
        for realserver in (box for box in boxes if box.role == "realserver"):
            yield _arrow(director, realserver, ", ".join(plan["hosts"][realserver.name]["realserver"]["forwarding"]))


def _arrow(start: _Box, end: _Box, label: str) -> str:
    (x1, y1), (x2, y2) = start.place, end.place
    x1, y1, y2 = x1 + _BOX[0], y1 + _BOX[1] // 2, y2 + _BOX[1] // 2
    return (
        f'<path d="M{x1} {y1} L{x2} {y2}"/><path d="M{x2 - 8} {y2 - 5} L{x2} {y2} L{x2 - 8} {y2 + 5}"/>'
        f'<text class="note" x="{(x1 + x2) // 2}" y="{(y1 + y2) // 2 - 6}" text-anchor="middle">{escape(label)}</text>'
    )
