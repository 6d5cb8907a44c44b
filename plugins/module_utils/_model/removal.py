# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much one run may take out of a table: a list that is shorter than the truth must not empty a pool.

Private: this file may change in any release; do not import it from outside the collection.

Pure. An inventory becomes smaller without a word: a job slice of AWX and a host that is switched off there leave hosts
out, and a wrong -i has none of them.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Collection, Iterable, Iterator

from .._errors import LvsError
from .address import address_order
from .numbers import as_integer
from .table import Service, ServiceKey, Table

OPTION = "removal_limit"
_SHOWN = 10  # names in a message
_PERCENT = re.compile(r"(0|[1-9][0-9]?)%\Z")


class Limit(t.NamedTuple):
    """At most so many of what there is, or such a part of it, as it was written."""

    written: str
    number: int | None = None
    percent: int = 0

    def of(self, there: int) -> int:
        """How many of so many may go. A part is one at least, for a realserver of a small pool may leave, too."""
        if self.number is not None:
            return self.number
        return max(1, there * self.percent // 100) if self.percent else 0


def parse_limit(written: str) -> Limit | None:
    """A number, or a percentage; None is no limit at all."""
    if written == "100%":
        return None
    part = _PERCENT.match(written)
    if part:
        return Limit(written, percent=int(part[1]))
    number = as_integer(written)
    if number is None:
        raise LvsError(OPTION, written, "is neither a number nor a percentage. Use one such as 2, 30% or 100%.")
    return Limit(written, number)


def refuse_too_much(
    want: Table, have: Table, limit: Limit | None, named: Callable[[ServiceKey], bool] = lambda _key: False
) -> None:
    """Fail when more than the limit would go. Services that were ``named`` to be removed do not count."""
    if limit is None:
        return
    counted = tuple(service for service in have if not named(service.key))
    reasons = [*_services(want, counted, limit), *_realservers(want, counted, limit)]
    if reasons:
        raise LvsError(
            OPTION,
            limit.written,
            f"does not let so much go, and nothing is changed: {_some(reasons, '; ')}. See that the inventory "
            "is whole. A job slice of AWX, a host that is switched off there and a wrong -i make it smaller. If all "
            "this is to go, add -e lvs_removal=any.",
        )


def _services(want: Table, have: Table, limit: Limit) -> Iterator[str]:
    gone = {service.key for service in have} - {service.key for service in want}
    if _too_many(len(gone), len(have), limit, emptied=not want):
        labels = [key.label for key in sorted(gone, key=ServiceKey.order)]
        yield f"{len(gone)} of {len(have)} services ({_some(labels)})"


def _realservers(want: Table, have: Table, limit: Limit) -> Iterator[str]:
    wanted = {service.key: service for service in want}
    staying = [service for service in have if service.key in wanted]
    losses = [_Loss([service], [wanted[service.key]], f"service {service.key.label}") for service in staying]
    too_great = [loss for loss in losses if loss.exceeds(limit)]
    # Of many small pools each may lose little, and all together half of the realservers.
    whole = _Loss(staying, want, "all services")
    yield from map(str, too_great or ([whole] if whole.exceeds(limit) else []))


class _Loss:
    """Which realservers some services lose, by RIP: a port that changes takes nothing away."""

    def __init__(self, services: Collection[Service], left: Collection[Service], owner: str) -> None:
        self.there = _rips(services)
        # One without a weight gets no connections that would be missed: drained before, any number may leave.
        self.gone = _serving(services) - _rips(left)
        self.emptied = not _serving(left)
        self.owner = owner

    def exceeds(self, limit: Limit) -> bool:
        return _too_many(len(self.gone), len(self.there), limit, emptied=self.emptied)

    def __str__(self) -> str:
        names = _some(sorted(self.gone, key=address_order))
        return f"{len(self.gone)} of {len(self.there)} realservers of {self.owner} ({names})"


def _too_many(gone: int, there: int, limit: Limit, *, emptied: bool) -> bool:
    """Whatever the limit is, not the last one."""
    return bool(gone) and (emptied or gone > limit.of(there))


def _serving(services: Iterable[Service]) -> set[str]:
    return {one.rip for service in services for one in service.realservers if one.weight > 0}


def _rips(services: Iterable[Service]) -> set[str]:
    return {one.rip for service in services for one in service.realservers}


def _some(words: list[str], separator: str = ", ") -> str:
    rest = len(words) - _SHOWN
    return separator.join([*words[:_SHOWN], *([f"{rest} more"] if rest > 0 else [])])
