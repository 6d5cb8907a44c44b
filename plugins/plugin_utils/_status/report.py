# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A status for a terminal: what needs eyes first, and no more than a screen of what is well.

Private: this file may change in any release; do not import it from outside the collection.
Pure: lines with a style each.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping, Sequence

from .._rules.fold import FEW, names
from .._rules.report import BAD, GOOD, NOTE, PLAIN, TITLE, Line, line, many
from .figures import filled, percent, rate, size, weight, when
from .states import AS_PLANNED, DIFFERS, DRAINED, LEFT_OUT, NO_LOGIN, UNKNOWN, UNPLANNED, UNSERVED, WELL

Entry = Mapping[str, t.Any]

_SCREEN = 30  # lines of services
_WIDEST = 50  # of what a line begins with
_COLUMNS = ("weight", "active", "inactive", "persistent", "new/s", "in/s", "out/s", "share (promised)")
_WIDTHS = (8, 8, 10, 12, 8, 9, 9, 18)
_STYLES = {AS_PLANNED: PLAIN, LEFT_OUT: NOTE, NO_LOGIN: NOTE}
_ELSEWHERE = "doctor.yml says what and why"
_OF_SERVICES = {
    UNSERVED: "that nobody serves",
    UNPLANNED: "with what is not planned",
    "down": "with a realserver down",
    "missing": "with a realserver missing",
    "weight": "with another weight than planned",
    UNKNOWN: "of which nothing is known",
    DRAINED: "with a realserver drained",
}


def headline(status: Entry) -> str:
    """The status in one line."""
    summary, name = status["summary"], status["lvs_name"]
    services, hosts = many(summary["services"]["all"], "service"), many(summary["hosts"]["all"], "host")
    if summary["well"]:
        return f"LVS {name}: all is well with {services} on {hosts}."
    counts = [
        f"{many(summary['services'][state], 'service')} {words}"
        for state, words in _OF_SERVICES.items()
        if state in summary["services"]
    ]
    vips = [(summary["vips_on_nobody"], "on no director"), (summary["vips_on_several"], "on several directors")]
    counts += [f"{many(number, 'VIP')} {where}" for number, where in vips if number]
    counts += [f"{many(number, 'host')} to look at" for number in [len(summary["hosts_to_look_at"])] if number]
    return f"LVS {name}: {services} on {hosts}. Needs eyes: {'; '.join(counts)}."


def report(status: Entry, whole: bool = False) -> list[Line]:
    """The status, line by line; each service and host by itself when the whole is asked for."""
    seconds = status["seconds"]
    counted = f"counted for {rate(seconds)} s" if seconds else "as the kernel has them"
    directors = (one for director in status["directors"] for one in _director(director, whole))
    parts = [
        [*_vips(status["vips"], whole), *directors],
        [*_hosts(status["hosts"], whole)],
        [*_services(status, whole)],
    ]
    return [
        line(headline(status), GOOD if status["summary"]["well"] else BAD),
        line(f"{status['made']}, rates {counted}"),
        *(one for part in parts if part for one in (line(), *part)),
    ]


def _vips(vips: Entry, whole: bool) -> Iterator[Line]:
    if vips["on_nobody"]:
        yield line(f"On no director: {names(vips['on_nobody'], whole)}", BAD)
    several = [f"{vip} ({', '.join(hosts)})" for vip, hosts in vips["on_several"].items()]
    if several:
        yield line(f"On several directors: {names(several, whole)}", BAD)


def _director(one: Entry, whole: bool) -> Iterator[Line]:
    name = one["host"]
    places: dict[str, list[Entry]] = {}
    for held in one["holds"]:
        places.setdefault(held["interface"], []).append(held)
    for interface, held in places.items():
        since = when(max((each["since"] or 0 for each in held), default=0))
        vips = names([each["vip"] for each in held], whole)
        yield line(f"{name} holds {vips} on {interface} since {since}", TITLE)
    if not places and one["vips"]:
        yield line(f"{name} holds no VIP", TITLE)
    yield line(f"  {'; '.join(filter(None, limits(one)))}")
    for daemon in one["daemons"]:
        yield line(f"  connections synchronised as {daemon['role']} on {daemon['interface']}, id {daemon['sync_id']}")
    if one["checks"]:
        yield line("  keepalived keeps the table and checks the realservers")
    elif one["owners"]:
        yield line(f"  {', '.join(one['owners'])} writes the table", NOTE)
    if one["checks"] is False:
        yield line("  keepalived does not run: nobody checks the realservers", BAD)


def limits(one: Entry) -> Iterator[str]:
    """How full a director is."""
    buckets = f" in {one['table_size']:,} buckets" if one["table_size"] else ""
    yield f"{many(one['connections'], 'connection')}{buckets}"
    conntrack = filled(one["conntrack"], "count", "max")
    yield f"conntrack {conntrack}" if conntrack else ""
    memory = {name: number // 1024 for name, number in (one["memory"] or {}).items()}
    free = filled(memory, "available", "total", " MiB")
    yield f"memory free {free}" if free else ""


# --- hosts ---


def _hosts(hosts: Sequence[Entry], whole: bool) -> Iterator[Line]:
    """One line each; of many those that need eyes, and the names of the others."""
    if len(hosts) <= 2 * FEW or whole:
        for one in hosts:
            yield from _host(one)
        return
    for state, several in _by_state(hosts):
        shown = several if state != AS_PLANNED and len(several) <= FEW else several[:FEW] if state == DIFFERS else []
        for one in shown:
            yield from _host(one)
        rest = [one["host"] for one in several[len(shown) :]]
        if rest:
            more = "more " if shown else ""
            yield line(f"{len(rest):,} {more}{_plural(state)}: {names(rest)}", _STYLES.get(state, BAD))


def _by_state(hosts: Sequence[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    groups: dict[str, list[Entry]] = {}
    for one in hosts:
        groups.setdefault(f"{AS_PLANNED}, not at boot" if _only_now(one) else one["state"], []).append(one)
    yield from groups.items()


def _plural(state: str) -> str:
    return "differ" if state == DIFFERS else state


def _only_now(one: Entry) -> bool:
    return one["state"] == AS_PLANNED and bool(one["boot"])


def _host(one: Entry) -> Iterator[Line]:
    changed = one["changed"]
    last = f"; changed {when(changed['at'])} by {changed['by'] or 'nobody knows whom'}" if changed else ""
    style = BAD if one["boot"] else _STYLES.get(one["state"], BAD)
    yield line(f"{one['host']}: {how(one)}{last}", style)
    yield from (line(f"  at boot: {text}", BAD) for text in one["boot"])


def how(one: Entry) -> str:
    """How a host is, in words."""
    if one["state"] == DIFFERS:
        things = "1 thing differs" if one["differs"] == 1 else f"{one['differs']:,} things differ"
        return f"{things} ({names(one['findings'])}): {_ELSEWHERE}"
    boot = "" if one["boot"] or not one["boot_seen"] else ", also at boot"
    why = f": {one['why']}" if one["why"] else ""
    return f"{one['state']}{boot if one['state'] == AS_PLANNED else ''}{why}"


# --- services ---


def _services(status: Entry, whole: bool) -> Iterator[Line]:
    blocks = [_block(one, whole) for one in grouped(status["services"], whole)]
    if blocks:
        names_of_rows = [row[0] for block in blocks for row in block]
        width = max((len(name) for name in names_of_rows if len(name) <= _WIDEST), default=0)
        yield line(f"{'':{width}}{_cells_of(_COLUMNS)}")
        yield from _fitting(blocks, width, whole)
    if status["hidden"]:
        yield line(f"{many(status['hidden'], 'other service')} not asked for", NOTE)


Row = tuple[str, Sequence[str], str, str]


def _fitting(blocks: Sequence[list[Row]], width: int, whole: bool) -> Iterator[Line]:
    """As much as fits on a screen; a name that is too long for its column has a line of its own."""
    used = 0
    for number, block in enumerate(blocks):
        used += len(block)
        if used > _SCREEN and number and not whole:
            yield line(f"and {len(blocks) - number:,} more groups of services, which -v shows", NOTE)
            return
        for name, cells, note, style in block:
            if len(name) > width:
                yield line(name, style)
            yield line(f"{name if len(name) <= width else '':{width}}{_cells_of(cells)}  {note}".rstrip(), style)


def _cells_of(cells: Sequence[str]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))


def grouped(services: Sequence[Entry], whole: bool = False) -> list[list[Entry]]:
    """Services that are alike, together where there are more than a few of them."""
    kinds: dict[object, list[Entry]] = {}
    for one in services:
        kinds.setdefault(_kind(one), []).append(one)
    groups: list[list[Entry]] = []
    for alike in kinds.values():
        groups += [alike] if len(alike) > FEW and not whole else [[one] for one in alike]
    return groups


def _kind(one: Entry) -> object:
    """Services are alike when the same hosts do the same in them."""
    rows = tuple(
        (row["host"], row["state"], row["weight"]["live"], row["weight"]["wanted"], row["by"])
        for row in one["realservers"]
    )
    return (one["state"], one["director"], rows)


def _block(group: Sequence[Entry], whole: bool) -> list[Row]:
    first = group[0]
    pools = list(zip(*(one["realservers"] for one in group), strict=True))
    called = [one["name"] for one in group]
    title = f"{called[0]}  {first['service']}  {first['scheduler']}" if len(group) == 1 else names(called)
    rows = [_row(pool) for pool in pools]
    note = _NOTES.get(first["state"], "")
    shown = rows if whole or len(rows) <= 2 * FEW else rows[:FEW]
    totals = [row for pool in pools for row in pool]
    block: list[Row] = [(title, _figures(totals, ""), note, TITLE), *shown]
    if len(shown) < len(rows):
        block.append(
            (f"  {len(rows) - len(shown):,} more realservers, which -v shows", [""] * len(_COLUMNS), "", PLAIN)
        )
    return block


def _row(pool: Sequence[Entry]) -> Row:
    """One realserver in all services of a group."""
    first = pool[0]
    promised = f" ({percent(first['promised'])})" if first["promised"] is not None else ""
    shares = [row["share"] for row in pool if row["share"] is not None]
    share = percent(sum(shares) / len(shares)) + promised if shares else promised.strip()
    cells = [weight(first["weight"]), *_figures(pool, share)[1:]]
    return (
        f"  {first['host']}",
        cells,
        state_words(first, len({row["why"] for row in pool}) > 1),
        _style(first["state"]),
    )


def _figures(rows: Sequence[Entry], share: str) -> list[str]:
    total = {name: sum(row[name] for row in rows) for name in ("active", "inactive", "persistent", "new")}
    sizes = [size(sum(row[name] for row in rows)) for name in ("bytes_in", "bytes_out")]
    whole = [f"{total[name]:,}" for name in ("active", "inactive", "persistent")]
    return ["", *whole, rate(total["new"]), *sizes, share]


def state_words(row: Entry, various: bool = False) -> str:
    """The state of a realserver, why, and by whom it is so since when."""
    by = f" by {row['by']}" if row["by"] else ""
    since = f" since {when(row['since'])}" if row["since"] else ""
    why = f": {'such as ' if various else ''}{row['why']}" if row["why"] else ""
    return f"{_WORDS.get(row['state'], row['state'])}{by}{since}{why}"


_NOTES = {UNSERVED: "nobody serves it", UNPLANNED: "in the table, not planned"}
_WORDS = {
    "missing": "not in the table",
    UNPLANNED: "in the table, not planned",
    "weight": "serves with another weight than planned",
    UNKNOWN: "unknown",
    "idle": "gets none, as planned",
}


def _style(state: str) -> str:
    return PLAIN if state in WELL else NOTE if state == DRAINED else BAD
