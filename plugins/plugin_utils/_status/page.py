# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A status as one page of HTML that a timer can make anew: all services and hosts, and the picture of the LVS.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same status gives the same page. It needs no network and no script, and whatever a host said is escaped.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._picture.graph import dot_picture
from .._picture.html import template
from .._picture.topology import ascii_picture
from .figures import percent, rate, size, weight, when
from .report import headline, how, limits, state_words
from .states import AS_PLANNED, PARTLY, UNSEEN, WELL

Entry = Mapping[str, t.Any]


def page(status: Entry, plan: Entry, drawing: str = "") -> str:
    """The whole page. `drawing` is an SVG of drawing_of(), if there is a program that makes one."""
    return template(__file__).render(
        status=status,
        headline=headline(status),
        eyes=[one for one in status["services"] if one["state"] not in WELL],
        well=[one for one in status["services"] if one["state"] in WELL],
        good=(*WELL, AS_PLANNED),
        drawing=drawing,
        picture=ascii_picture(plan),
        how=how,
        limits=limits,
        percent=percent,
        rate=rate,
        size=size,
        state=state_words,
        weight=weight,
        when=when,
    )


def drawing_of(status: Entry, plan: Entry) -> str:
    """The LVS for Graphviz, with the hosts to look at and those that nobody saw marked."""
    unseen = {one["host"] for one in status["hosts"] if one["state"] in (UNSEEN, PARTLY)}
    return dot_picture(plan, set(status["summary"]["hosts_to_look_at"]) - unseen, unseen)
