# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the table there is to the table that is wanted: the operations, in an order that breaks no connection.

Private: this file may change in any release; do not import it from outside the collection.

Pure. ``apply(diff(want, have), have) == want`` for every pair of tables.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection, Iterable

from .table import (
    Realserver,
    RealserverKey,
    Service,
    ServiceKey,
    Table,
    sort_realservers,
    sort_services,
)

ADD, EDIT, REMOVE = "add", "edit", "remove"


class Operation(t.NamedTuple):
    """One message to the kernel: about a service, or about the one realserver of it that is named.

    ``service`` and ``realserver`` are always complete, because the kernel's edit replaces the whole object.
    """

    verb: str
    service: Service
    realserver: Realserver | None = None

    @property
    def label(self) -> str:
        service = f"service {self.service.key.label}"
        return service if self.realserver is None else f"{service}, realserver {self.realserver.key.label}"


def diff(want: Iterable[Service], have: Iterable[Service]) -> list[Operation]:
    """The operations that make ``have`` into exactly ``want``: add, then edit, then remove.

    Adding comes first so that neither a service nor a family is ever left empty on the way: the kernel takes its
    hooks out of the network stack with the last service of a family, and connections are then reset.
    An object whose identity stays is edited, never removed and added again.
    """
    wanted = {service.key: service for service in want}
    had = {service.key: service for service in have}
    adds: list[Operation] = []
    edits: list[Operation] = []
    removes: list[Operation] = []
    for key, service in wanted.items():
        old = had.get(key)
        if old is None:
            adds.append(Operation(ADD, service))
            adds += [Operation(ADD, service, realserver) for realserver in service.realservers]
        elif service != old:
            _change(service, old, adds, edits, removes)
    removes += [Operation(REMOVE, service) for key, service in had.items() if key not in wanted]
    return adds + edits + removes


def _change(
    service: Service, old: Service, adds: list[Operation], edits: list[Operation], removes: list[Operation]
) -> None:
    if service._replace(realservers=()) != old._replace(realservers=()):
        edits.append(Operation(EDIT, service))
    wanted = {realserver.key: realserver for realserver in service.realservers}
    had = {realserver.key: realserver for realserver in old.realservers}
    for key, realserver in wanted.items():
        if key not in had:
            adds.append(Operation(ADD, service, realserver))
        elif realserver != had[key]:
            edits.append(Operation(EDIT, service, realserver))
    removes += [Operation(REMOVE, service, gone) for key, gone in had.items() if key not in wanted]


def apply(operations: Iterable[Operation], have: Collection[Service]) -> Table:
    """The table that the operations make out of ``have``: what check mode promises."""
    services = {service.key: service._replace(realservers=()) for service in have}
    pools: dict[ServiceKey, dict[RealserverKey, Realserver]] = {
        service.key: {realserver.key: realserver for realserver in service.realservers} for service in have
    }
    for verb, service, realserver in operations:
        if realserver is not None:
            _apply_one(verb, pools[service.key], realserver)
        elif verb == REMOVE:
            del services[service.key], pools[service.key]
        else:
            services[service.key] = service._replace(realservers=())
            pools.setdefault(service.key, {})
    return sort_services(
        service._replace(realservers=sort_realservers(pools[key].values())) for key, service in services.items()
    )


def _apply_one(verb: str, pool: dict[RealserverKey, Realserver], realserver: Realserver) -> None:
    if verb == REMOVE:
        del pool[realserver.key]
    else:
        pool[realserver.key] = realserver


def in_scope(have: Iterable[Service], listed: Collection[ServiceKey], purgeable: Callable[[ServiceKey], bool]) -> Table:
    """The part of ``have`` that a task answers for: the services it lists, and those it may purge."""
    return tuple(service for service in have if service.key in listed or purgeable(service.key))


def keep_weights(want: Iterable[Service], have: Iterable[Service]) -> Table:
    """``want`` with the weights that the same realservers have now: somebody else's to move."""
    now = {(service.key, one.key): one.weight for service in have for one in service.realservers}
    return tuple(
        service._replace(
            realservers=tuple(
                one._replace(weight=now.get((service.key, one.key), one.weight)) for one in service.realservers
            )
        )
        for service in want
    )


def keep_as_is(want: Iterable[Service], have: Iterable[Service], rips: Collection[str]) -> Table:
    """``want`` with these realservers as they are in ``have``: there as they are there, or not there at all."""
    if not rips:
        return tuple(want)
    now = {service.key: service.realservers for service in have}

    def pool(service: Service) -> Iterable[Realserver]:
        yield from (one for one in service.realservers if one.rip not in rips)
        yield from (one for one in now.get(service.key, ()) if one.rip in rips)

    return tuple(service._replace(realservers=sort_realservers(pool(service))) for service in want)
