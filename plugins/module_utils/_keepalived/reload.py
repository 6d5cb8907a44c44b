# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reload of keepalived makes of the kernel's table: the model of a program that compares its files alone.

Private: this file may change in any release; do not import it from outside the collection.
Pure. keepalived holds its new file against its old one, never against the kernel. So what it adds may be there already,
and stays as it is; what differs in the kernel alone stays; a realserver of which only the thresholds change is not
edited; and what failed its check stays out.
"""

from __future__ import annotations

import typing as t

from .._model.diff import ADD, Operation, diff
from .._model.table import Realserver, RealserverKey, Service, Table, sort_realservers, sort_services

if t.TYPE_CHECKING:  # pragma: no cover
    from .servers import Checks

_Pool = dict[RealserverKey, Realserver]


def after_reload(old: Table, new: Table, kernel: Table) -> Table:
    """The kernel's table after keepalived, which had read ``old``, read ``new``. Without an old one it was started."""
    had = {service.key: service for service in old}
    wanted = {service.key: service for service in new}
    found = {service.key: service for service in kernel if service.key in wanted or service.key not in had}
    for key, service in wanted.items():
        found[key] = _service(had.get(key), service, found.get(key))
    return sort_services(found.values())


def _service(old: Service | None, new: Service, kernel: Service | None) -> Service:
    pool: _Pool = {one.key: one for one in kernel.realservers} if kernel else {}
    was: _Pool = {one.key: one for one in old.realservers} if old else {}
    wanted: _Pool = {one.key: one for one in new.realservers}
    for key in was.keys() - wanted.keys():
        pool.pop(key, None)
    for key, one in wanted.items():
        if key not in was:
            pool.setdefault(key, one)
        elif key in pool and _is_edited(was[key], one):
            pool[key] = one
    changed = kernel is None or (old is not None and old._replace(realservers=()) != new._replace(realservers=()))
    base = new if changed or kernel is None else kernel
    return base._replace(realservers=sort_realservers(pool.values()))


def _is_edited(old: Realserver, new: Realserver) -> bool:
    return (old.weight, old.forwarding, old.tunnel) != (new.weight, new.forwarding, new.tunnel)


def repairs(want: Table, kernel: Table, checks: Checks) -> list[Operation]:
    """What is left to do over netlink once keepalived has read its file.

    A realserver that is not there failed its check, and is keepalived's to add; one that has none is nobody else's.
    """
    wanted = {service.key for service in want}
    mine = [service for service in kernel if service.key in wanted]
    return [one for one in diff(want, mine) if one.verb != ADD or _is_unchecked(one, checks)]


def _is_unchecked(operation: Operation, checks: Checks) -> bool:
    one = operation.realserver
    return one is not None and (operation.service.key, one.key) not in checks


def unread(expected: Table, kernel: Table) -> list[str]:
    """What keepalived should have done by itself, and did not: ``expected`` is the table after its reload."""
    had = {service.key: service for service in kernel}
    found = [f"service {one.key.label} is not in the kernel's table" for one in expected if one.key not in had]
    for service in expected:
        stays = {one.key for one in service.realservers}
        pool = had[service.key].realservers if service.key in had else ()
        found += [f"{one.key.label} of {service.key.label} is still there" for one in pool if one.key not in stays]
    return found


def failing(want: Table, kernel: Table) -> list[str]:
    """Whoever its check has taken out of the table, in words."""
    had = {(service.key, one.key) for service in kernel for one in service.realservers}
    return [
        f"{one.key.label} of {service.key.label}"
        for service in want
        for one in service.realservers
        if (service.key, one.key) not in had
    ]
