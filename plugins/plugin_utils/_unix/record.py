# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which VIPs vip_address put on a host's loopback, so that those which nobody wants any more can go. Pure.

Private: this file may change in any release; do not import it from outside the collection.

Most systems keep addresses in files that others write as well, so the record is one of its own, the same on all of
them: a VIP a line. What follows it on the line is left to the name of its LVS.
"""

from __future__ import annotations

import typing as t

from .steps import Files, Question, Remove, Write
from .text import address_in, lines_of

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

    from .steps import Answers, Step

RECORD = "/etc/lvs_vip_address"
QUESTIONS: tuple[Question, ...] = (Files(RECORD),)

_HEAD = "# VIPs of linuxvirtualserver.lvs on this host; vip_address with state absent and no vips takes them away\n"


def read(answers: Answers) -> frozenset[str]:
    """The VIPs of ours."""
    return frozenset(ip for line in lines_of(answers.file(RECORD)) if (ip := address_in(line)))


def around(steps: list[Step], before: frozenset[str], come: Iterable[str], go: Iterable[str]) -> list[Step]:
    """The steps with the record about them: a VIP is on it before it comes and until it has gone."""
    between = before.union(come)
    after = between.difference(go)
    first: list[Step] = [Write("Remember what is ours", RECORD, _render(between))] if between != before else []
    return [*first, *steps, *([_forget(after)] if after != between else [])]


def _forget(after: frozenset[str]) -> Step:
    why = "It is gone, and no longer recorded"
    return Write(why, RECORD, _render(after)) if after else Remove(why, RECORD)


def _render(vips: frozenset[str]) -> str:
    return _HEAD + "".join(f"{vip}\n" for vip in sorted(vips))
