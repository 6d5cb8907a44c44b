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
from collections.abc import Iterator, Mapping

from .._picture.graph import dot_picture
from .._picture.html import template
from .._picture.topology import ascii_picture
from .evidence import read_answer
from .report import headline

Entry = Mapping[str, t.Any]
# Its sections have no addresses of their own that last.
_HOWTO = "http://www.austintek.com/LVS/LVS-HOWTO/mini-HOWTO/"


def page(diagnosis: Entry, plan: Entry, looked: Mapping[str, object], made: str = "", drawing: str = "") -> str:
    """The whole page. `drawing` is an SVG of drawing_of(), if there is a program that makes one."""
    return template(__file__).render(
        diagnosis=diagnosis,
        headline=headline(diagnosis),
        howto=_HOWTO,
        made=made,
        drawing=drawing,
        picture=ascii_picture(plan),
        evidence=list(_evidence(looked)),
    )


def drawing_of(diagnosis: Entry, plan: Entry) -> str:
    """The LVS for Graphviz, with the hosts at fault and those that nobody saw marked."""
    sick = {finding["host"] for finding in diagnosis["findings"]}
    return dot_picture(plan, sick, {one["host"] for one in diagnosis["unseen"]} - sick)


def _evidence(looked: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What could be read: the rest may be anything, and too deep or too odd to be written."""
    for host, result in sorted(looked.items()):
        answer = read_answer(result)
        seen = {"unreachable": answer.why} if answer.seen is None else answer.seen
        yield host, json.dumps(seen, indent=1, sort_keys=True)
