# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel modules and sysctls as they must be, and as they were before. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import fnmatch
import json
import typing as t
from dataclasses import dataclass, field

from .._host.records import Found, parse
from .._model.shapes import (
    Entry,
    fields,
    listed,
    nullable,
    text,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

Values = dict[str, str]

_FLIPPED = {"0": "1", "1": "0"}
_SAME = {"0": "0", "1": "1"}
# What the kernel sets along when it becomes a router or stops being one (inet_forward_change, addrconf_forward_change).
_DRAGS: dict[str, dict[str, dict[str, str]]] = {
    "net.ipv4.ip_forward": {
        "net.ipv4.conf.all.accept_redirects": _FLIPPED,
        "net.ipv4.conf.*.forwarding": _SAME,
    },
    "net.ipv6.conf.all.forwarding": {"net.ipv6.conf.*.forwarding": _SAME},
}


@dataclass(frozen=True)
class Change:
    """A sysctl and its value before and after; None before when the kernel module that brings it is not there yet."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Record:
    """The kernel modules that came with us, and what our sysctls were before."""

    modules: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What to do now, in this order, and what to remember of it; None: nothing is left to remember."""

    load: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    record: Record | None = None
    unload: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Kernel modules and sysctls, whose names may be patterns."""

    modules: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.modules or self.sysctls)


def watched(wanted: Wanted, record: Record) -> list[str]:
    """The names, patterns among them, whose values the decision needs."""
    dragged = [name for owner in wanted.sysctls for name in _DRAGS.get(owner, ())]
    return [*wanted.sysctls, *dragged, *(change.name for change in record.changes)]


def resolve(wanted: Mapping[str, str], values: Mapping[str, str]) -> Values:
    """Each sysctl by its full name: one that is named in full goes by that, the others by the pattern they match."""
    resolved = {
        name: value
        for pattern, value in wanted.items()
        for name in values
        if name != pattern and fnmatch.fnmatchcase(name, pattern)
    }
    return {**resolved, **{name: value for name, value in wanted.items() if not is_pattern(name)}}


def make_plan(wanted: Wanted, loaded: Iterable[str], values: Mapping[str, str], record: Record) -> Plan:
    """What makes the host what is wanted, and puts back what no longer is."""
    if not wanted:
        return Plan((), restoring(record.changes, values), None, record.modules)
    targets = resolve(wanted.sysctls, values)
    gone = [change for change in record.changes if not _belongs(change.name, targets)]
    settings = [
        Change(name, values.get(name), value) for name, value in sorted(targets.items()) if values.get(name) != value
    ]
    kept = [change for change in record.changes if change not in gone]
    remembered = merge(kept, [*settings, *_dragged(settings, values, kept)])
    missing = tuple(name for name in wanted.modules if name not in set(loaded))
    changes = (*restoring(gone, values), *settings)
    return Plan(missing, changes, Record(record.modules, remembered))


def merge(known: Iterable[Change], new: Iterable[Change]) -> tuple[Change, ...]:
    """The first value before and the last after of each sysctl."""
    merged = {change.name: change for change in known}
    for change in new:
        first = merged.get(change.name, change)
        merged[change.name] = Change(change.name, first.before, change.after)
    return tuple(merged[name] for name in sorted(merged))


def restoring(changes: Iterable[Change], values: Mapping[str, str]) -> tuple[Change, ...]:
    """Back to what was, but only what is still as we left it; first what drags others along."""
    now = dict(values)
    back = []
    for change in sorted(changes, key=lambda change: (change.name not in _DRAGS, change.name)):
        if change.before is None or values.get(change.name) != change.after or now[change.name] == change.before:
            continue
        back.append(Change(change.name, now[change.name], change.before))
        now.update((name, rule[change.before]) for name, rule in _dragged_by(change.name, now))
    return tuple(back)


def _dragged_by(owner: str, values: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """What the kernel sets along with a sysctl, and to which value for each of its own."""
    return [
        (name, rule)
        for pattern, rule in _DRAGS.get(owner, {}).items()
        for name in values
        if fnmatch.fnmatchcase(name, pattern) and name != owner
    ]


def _belongs(name: str, targets: Mapping[str, str]) -> bool:
    dragged = [pattern for owner in targets for pattern in _DRAGS.get(owner, ())]
    return name in targets or any(fnmatch.fnmatchcase(name, pattern) for pattern in dragged)


def _dragged(settings: Iterable[Change], values: Mapping[str, str], known: Iterable[Change]) -> list[Change]:
    """What the kernel changes by itself and would not change back to what it was."""
    odd = {change.name for change in known}
    return [
        Change(name, values[name], rule[setting.after])
        for setting in settings
        for name, rule in _dragged_by(setting.name, values)
        if name in odd or values[name] != rule.get(setting.before or "")
    ]


def is_pattern(name: str) -> bool:
    """Whether the name stands for several sysctls, as * does for every interface."""
    return any(character in name for character in "*?[")


def render_modules(header: str, modules: Iterable[str]) -> str:
    """The modules-load.d(5) file."""
    return "\n".join([header, *modules, ""])


def render_sysctls(header: str, sysctls: Mapping[str, str]) -> str:
    """The sysctl.d(5) file, which systemd applies after the modules are loaded."""
    return "\n".join([header, *(f"{name} = {value}" for name, value in sorted(sysctls.items())), ""])


def render_record(record: Record) -> str:
    """The record as JSON."""
    changes = [{"name": one.name, "before": one.before, "after": one.after} for one in record.changes]
    return json.dumps({"modules": list(record.modules), "sysctls": changes}, indent=2) + "\n"


_LOST = "what the kernel had before is not known any more, so state absent leaves the live values as they are."
_SHAPE = fields(
    {
        "modules": listed(text),
        "sysctls": listed(fields({"name": text, "before": nullable(text), "after": text})),
    }
)


def _record(value: object, path: str) -> Record:
    found: Entry = _SHAPE(value, path)
    return Record(tuple(found["modules"]), tuple(Change(**one) for one in found["sysctls"]))


def parse_record(content: str | None, path: str) -> Found[Record]:
    """The record from its JSON."""
    return parse(content, path, _record, _LOST)
