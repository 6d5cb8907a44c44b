# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a director remembers of realservers that were drained, to put them back as they were.

Private: this file may change in any release; do not import it from outside the collection.

This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import json
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping

from .._host.lock import user
from .._host.records import Found, load, parse
from .._model.shapes import fields, listed, number, text
from .._model.table import (
    Realserver,
    RealserverKey,
    Service,
    ServiceKey,
    Table,
    missing_fallback,
)
from .._model.table_shapes import (
    REALSERVER,
    SERVICE_KEY,
)

MEMORY = "/var/lib/lvs/drained.json"

# As it was before it was drained, by the service and the realserver.
Memory = dict[tuple[ServiceKey, RealserverKey], Realserver]


_LOST = "the weights in it are lost. Give the realservers that were drained their weights again."
_SHAPE = listed(
    fields(
        {"service": SERVICE_KEY, "realserver": REALSERVER},
        {"scheduler_flags": listed(text), "by": text, "since": number(0, 2**40)},
    )
)

# Of services whose scheduler got its fallback for a drain: its flags before.
Flags = Mapping[ServiceKey, tuple[str, ...]]


class Origin(t.NamedTuple):
    """Who drained a realserver, and when."""

    by: str
    since: int


UNKNOWN = Origin("", 0)  # before it was written down
Origins = Mapping[tuple[ServiceKey, RealserverKey], Origin]


def _memory(value: object, path: str) -> Memory:
    known = [(ServiceKey(**one["service"]), Realserver.from_dict(one["realserver"])) for one in _SHAPE(value, path)]
    return {(service, realserver.key): realserver for service, realserver in known}


def parse_memory(data: bytes | None, path: str) -> Found[Memory]:
    return parse(data, path, _memory, _LOST)


def _flags(value: object, path: str) -> dict[ServiceKey, tuple[str, ...]]:
    entries = [one for one in _SHAPE(value, path) if "scheduler_flags" in one]
    return {ServiceKey(**one["service"]): tuple(one["scheduler_flags"]) for one in entries}


def read_flags(path: str) -> dict[ServiceKey, tuple[str, ...]]:
    """What the flags of schedulers were that got a fallback; nothing where that is not known."""
    return parse(load(path), path, _flags, _LOST).value or {}


def _origins(value: object, path: str) -> dict[tuple[ServiceKey, RealserverKey], Origin]:
    return {
        (ServiceKey(**one["service"]), Realserver.from_dict(one["realserver"]).key): Origin(one["by"], one["since"])
        for one in _SHAPE(value, path)
        if "by" in one and "since" in one
    }


def read_origins(path: str) -> Origins:
    """Who drained each, as far as that is known."""
    return parse(load(path), path, _origins, _LOST).value or {}


def render_memory(memory: Memory, flags: Flags | None = None, origins: Origins | None = None) -> bytes:
    entries = sorted(memory.items(), key=lambda item: (item[0][0].order(), item[0][1].order()))
    listed = [
        {
            "service": service._asdict(),
            "realserver": one.to_dict(),
            **({"scheduler_flags": list(flags[service])} if flags and service in flags else {}),
            **(origins[service, key]._asdict() if origins and (service, key) in origins else {}),
        }
        for (service, key), one in entries
    ]
    return (json.dumps(listed, indent=1) + "\n").encode()


def read_memory(path: str) -> Found[Memory]:
    """What is remembered; nothing when nobody was ever drained."""
    return parse_memory(load(path), path)


def remembering(memory: Memory, path: str, flags: Flags | None = None) -> bytes | None:
    """What the file must hold for this to be remembered; None for no file.

    The flags of a service are remembered for as long as one of its realservers is.
    """
    if not memory:
        return None
    origins = {**dict.fromkeys(memory, Origin(user(), int(time.time()))), **read_origins(path)}
    return render_memory(memory, {**(flags or {}), **read_flags(path)}, origins)


def without(doomed: Callable[[ServiceKey, RealserverKey], bool], found: Found[Memory]) -> Memory | None:
    """What is left to be remembered when some are back, or gone for good; None when that is what it was."""
    memory = found.value or {}
    rest = {name: one for name, one in memory.items() if not doomed(*name)}
    return rest if rest != memory or found.problem else None


def is_drained(service: Service, key: RealserverKey, memory: Mapping[t.Any, Realserver]) -> bool:
    """Whether a realserver is remembered and nobody gave it connections again behind our back."""
    weights = [one.weight for one in service.realservers if one.key == key]
    return (service.key, key) in memory and not any(weights)


def with_fallback(service: Service) -> Service:
    """The service so that those who would get a realserver of weight 0 get another one."""
    fallback = missing_fallback(service.scheduler, service.scheduler_flags)
    if fallback is None:
        return service
    return service._replace(scheduler_flags=(fallback, *service.scheduler_flags))


def keep_drained(want: Iterable[Service], have: Iterable[Service], memory: Memory) -> Table:
    """``want`` with weight 0 for those that are drained: whoever drained them puts them back."""
    if not memory:
        return tuple(want)
    now = {service.key: service for service in have}

    def kept(service: Service) -> tuple[Realserver, ...]:
        old = now.get(service.key, Service(service.key))
        return tuple(one._replace(weight=0) if is_drained(old, one.key, memory) else one for one in service.realservers)

    def falling_back(service: Service) -> Service:
        old = now.get(service.key, Service(service.key))
        drained = any(is_drained(old, one.key, memory) for one in service.realservers)
        return with_fallback(service) if drained else service

    return tuple(falling_back(service)._replace(realservers=kept(service)) for service in want)


def undrained(table: Iterable[Service], memory: Memory) -> Table:
    """The table with the weights that those who are drained had."""

    def former(service: Service) -> tuple[Realserver, ...]:
        return tuple(
            one._replace(weight=memory[service.key, one.key].weight) if is_drained(service, one.key, memory) else one
            for one in service.realservers
        )

    return tuple(service._replace(realservers=former(service)) for service in table)


def still_drained(memory: Memory, before: Table, after: Table) -> Memory:
    """What is to be remembered when a task has made ``before`` into ``after``: those that still get nothing."""
    touched = {service.key for service in (*before, *after)}
    quiet = {(service.key, one.key) for service in after for one in service.realservers if one.weight == 0}
    return {name: old for name, old in memory.items() if name[0] not in touched or name in quiet}
