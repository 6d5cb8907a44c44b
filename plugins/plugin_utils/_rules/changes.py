# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task changes, for people: by service and VIP, a line each, and of many alike one line with their number.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from the result of a module to lines, which are the same for the same result.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...module_utils._model.address import canonical_address
from .fold import FEW, naturally
from .shown import clipped

Entry = Mapping[str, t.Any]

ADDED, CHANGED, REMOVED = "+", "~", "-"
_SIGNS = (ADDED, CHANGED, REMOVED)
SCREEN = 40  # lines

_ADDRESS = re.compile(r"(?P<ip>[0-9a-fA-F:.]+)/(?P<prefix>\d+) dev (?P<interface>\S+)")
_PROTOCOLS = {"-t": "tcp", "-u": "udp", "--sctp-service": "sctp", "-f": "fwmark"}
_FORWARDING = {"-g": "dr", "-i": "tun", "-m": "nat"}
_OPTIONS = {
    "-M": "persistence netmask",
    "-b": "scheduler flags",
    "-o": "one_packet",
    "-p": "persistence",
    "-s": "scheduler",
    "-w": "weight",
    "-x": "upper_threshold",
    "-y": "lower_threshold",
    "--pe": "persistence engine",
}


class Words(t.NamedTuple):
    """What the plan calls services and realservers."""

    services: Mapping[str, str]  # by label
    hosts: Mapping[str, str]  # by RIP

    def service(self, label: str) -> str:
        return self.services.get(label, label)

    def realserver(self, endpoint: str) -> str:
        rip = endpoint.rpartition(":")[0].strip("[]") or endpoint
        return self.hosts.get(rip, endpoint)


class Change(t.NamedTuple):
    """One change: what it is about, and what is said of it. Changes that say the same of others of a kind are alike."""

    sign: str
    kind: str  # of what it is about, such as service or VIP
    item: str
    says: str


def words_of(plan: object) -> Words:
    """Of a plan, whoever made it."""
    planned = plan if isinstance(plan, Mapping) else {}
    names, hosts = planned.get("names"), planned.get("hosts")
    slices = {name: one.get("realserver") for name, one in _mapping(hosts).items() if isinstance(one, Mapping)}
    rips = {rip: str(name) for name, one in slices.items() for rip in _listed(_mapping(one).get("rips"))}
    return Words({str(label): str(name) for label, name in _mapping(names).items()}, rips)


def lines_of(result: Entry, words: Words) -> list[str]:
    """What a module did, or in check mode would do, by its result."""
    changes = [*_changes(*_states(result), words), *_files(result.get("diff"))]
    said = [clipped(line) for line in _folded(changes)]
    return said or [clipped(command) for command in _listed(result.get("commands"))]


def _states(result: Entry) -> tuple[object, object]:
    """Before and after: as the difference has them, where a table is in lines."""
    first = next(iter(_entries(result.get("diff"))), result)
    states = (first if "after_header" not in first else result).get
    before, after = (
        [line for line in one.split("\n") if line] if isinstance(one, str) else one
        for one in (states("before"), states("after"))
    )
    return before, after


def whole_of(result: Entry) -> list[str]:
    """The same as differences of texts, with nothing left out."""
    return [line for one in _entries(result.get("diff")) for line in _difference(one)]


def _difference(one: Entry) -> Iterator[str]:
    before, after = (_text(one.get(name)) for name in ("before", "after"))
    was, will = (str(one.get(f"{name}_header", name)) for name in ("before", "after"))
    yield from difflib.unified_diff(before, after, was, will, lineterm="")


def _text(value: object) -> list[str]:
    return (value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True)).split("\n")


# --- from two states to changes ---


def _changes(before: object, after: object, words: Words) -> Iterator[Change]:
    if _is_table(before) and _is_table(after):
        yield from _of_tables(_table(_listed(before)), _table(_listed(after)), words)
        return
    had, has = _mapping(before), _mapping(after)
    for name in sorted(had.keys() | has.keys(), key=str):
        yield from _of_values(str(name), had.get(name), has.get(name))


def _of_values(name: str, before: object, after: object) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before or [], list) and isinstance(after or [], list):
        yield from _of_lists(name, _listed(before), _listed(after))
    elif isinstance(before or {}, Mapping) and isinstance(after or {}, Mapping):
        had, has = _mapping(before), _mapping(after)
        for key in sorted(had.keys() | has.keys(), key=str):
            yield from _of_keys(name, str(key), had.get(key), has.get(key))
    else:
        yield Change(CHANGED, name, "", f"{_shown(before)} -> {_shown(after)}")


def _of_keys(name: str, key: str, before: object, after: object) -> Iterator[Change]:
    """Of what a file of ours has only the number is said: it is what was said before, at boot."""
    if isinstance(before or [], list) and isinstance(after or [], list) and (before or after):
        gone, come = (set(map(_shown, _listed(value))) for value in (before, after))
        for sign, number in ((ADDED, len(come - gone)), (REMOVED, len(gone - come))):
            if number:
                yield Change(sign, name, key, f"{number:,} at boot")
    elif before != after:
        yield Change(CHANGED, name, key, f"{_shown(before)} -> {_shown(after)}")


def _of_lists(name: str, before: Sequence[object], after: Sequence[object]) -> Iterator[Change]:
    had, has = (list(dict.fromkeys(map(_shown, value))) for value in (before, after))
    for sign, listed, others in ((ADDED, has, had), (REMOVED, had, has)):
        known = set(others)
        yield from (_of_item(sign, name, one) for one in listed if one not in known)


def _of_item(sign: str, name: str, one: str) -> Change:
    address = _ADDRESS.fullmatch(one)
    if address and canonical_address(address["ip"]):
        prefix = "" if int(address["prefix"]) in (32, 128) else f" with the prefix /{address['prefix']}"
        return Change(sign, f"VIP on {address['interface']}", address["ip"], prefix)
    return Change(sign, name, one, "")


# --- tables ---


class _Pooled(t.NamedTuple):
    options: dict[str, str]
    realservers: dict[str, dict[str, str]]


def _is_table(value: object) -> bool:
    """Whether these are the lines of ipvsadm_model: none at all are an empty table."""
    return isinstance(value, list) and all(isinstance(line, str) and line[:3] in ("-A ", "-a ") for line in value)


def _table(lines: Iterable[object]) -> dict[str, _Pooled]:
    """The services by their labels."""
    table: dict[str, _Pooled] = {}
    for line in lines:
        verb, kind, where, *rest = [*shlex.split(str(line)), "", "", ""]
        given = [word for word in rest if word]
        family = "" if kind != "-f" else " ipv6" if "-6" in given else " ipv4"
        label = f"{_PROTOCOLS.get(kind, kind.removeprefix('--protocol-'))} {where}{family}"
        given = [word for word in given if word != "-6"]
        if verb == "-A":
            table[label] = _Pooled(_options(given), {})
        elif label in table:
            table[label].realservers[given[1]] = _options(given[2:])
    return table


def _options(given: Sequence[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for number, word in enumerate(given):
        following = given[number + 1] if number + 1 < len(given) else "-"
        if word in _FORWARDING:
            options["forwarding"] = _FORWARDING[word]
        elif word.startswith("-"):
            options[_OPTIONS.get(word, word.lstrip("-"))] = "yes" if following.startswith("-") else following
    return options


def _of_tables(before: Mapping[str, _Pooled], after: Mapping[str, _Pooled], words: Words) -> Iterator[Change]:
    for sign, table, others in ((ADDED, after, before), (REMOVED, before, after)):
        for label in table.keys() - others.keys():
            yield Change(sign, "service", words.service(label), _service(table[label], words))
    for label in before.keys() & after.keys():
        yield from _of_services(words.service(label), before[label], after[label], words)


def _service(service: _Pooled, words: Words) -> str:
    pool = ", ".join(f"{words.realserver(where)} ({_spelled(one)})" for where, one in service.realservers.items())
    return f", {_spelled(service.options)}{', to ' + pool if pool else ''}"


def _spelled(options: Mapping[str, str]) -> str:
    return ", ".join(
        value if name in ("scheduler", "forwarding") else f"{name} {value}" for name, value in options.items()
    )


def _of_services(name: str, before: _Pooled, after: _Pooled, words: Words) -> Iterator[Change]:
    for option, old, new in _differing(before.options, after.options):
        yield Change(CHANGED, "service", name, f": {option} {old} -> {new}")
    for where in [*after.realservers, *(one for one in before.realservers if one not in after.realservers)]:
        host, had, has = words.realserver(where), before.realservers.get(where), after.realservers.get(where)
        if had is None or has is None:
            sign, one = (REMOVED, had) if has is None else (ADDED, has)
            yield Change(sign, "service", name, f": realserver {host} ({_spelled(one or {})})")
        else:
            for option, old, new in _differing(had, has):
                yield Change(CHANGED, "service", name, f": {option} of {host} {old} -> {new}")


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for option in sorted(before.keys() | after.keys()):
        had, has = before.get(option, "none"), after.get(option, "none")
        if had != has:
            yield option, had, has


# --- files ---


def _files(diff: object) -> Iterator[Change]:
    for one in _entries(diff):
        path, before, after = one.get("after_header"), one.get("before"), one.get("after")
        if path is not None and isinstance(before, str) and isinstance(after, str) and before != after:
            sign = CHANGED if before and after else ADDED if after else REMOVED
            yield Change(sign, "file", str(path), _counted(before, after) if sign == CHANGED else "")


def _counted(before: str, after: str) -> str:
    """How many lines come and go: of generated files, whose lines are each there once."""
    had, has = set(before.split("\n")), set(after.split("\n"))
    return f": {len(has - had):,} lines come, {len(had - has):,} go"


# --- many alike are one ---


def _folded(changes: Iterable[Change]) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in sorted(changes, key=lambda one: (_SIGNS.index(one.sign), one.kind, naturally(one.item), one.says)):
        groups.setdefault((one.sign, one.kind, one.says), []).append(one.item)
    for (sign, kind, says), items in groups.items():
        if len(items) > FEW:
            yield f"{sign} {len(items):,} {_plural(kind)}: {items[0]} to {items[-1]}{says and ' (each' + says + ')'}"
        else:
            yield from (f"{sign} {kind}{' ' + item if item else ''}{_separated(says)}" for item in items)


def _separated(says: str) -> str:
    return says if not says or says[0] in ",: " else f": {says}"


def _plural(kind: str) -> str:
    """service: services; VIP on lo: VIPs on lo; a name of a list stays."""
    head, on, where = kind.partition(" on ")
    return f"{head}{'' if head.endswith('s') else 's'}{on}{where}"


def screen(lines: Sequence[str], more: str) -> list[str]:
    """No more than a screen of them; `more` says where the others are."""
    if len(lines) <= SCREEN:
        return list(lines)
    return [*lines[: SCREEN - 1], f"and {len(lines) - SCREEN + 1:,} more changes: {more}"]


# --- whatever a host says ---


def _entries(diff: object) -> list[Entry]:
    listed = diff if isinstance(diff, list) else [diff]
    return [one for one in listed if isinstance(one, Mapping)]


def _mapping(value: object) -> Entry:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[t.Any]:
    return value if isinstance(value, list) else []


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
