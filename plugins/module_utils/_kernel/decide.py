# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which kernel modules and sysctls must change, what to remember of them, and what goes back. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import fnmatch
import json
import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .._errors import LvsError
from .._host.records import Found, parse
from .._model.lines import lines_in
from .._model.shapes import Entry, Reader, fields, listed, nullable, number, text
from .sysctl import comes_later, conf, interface_of, is_pattern, join, split

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable

    from .sysctl import Line

Values = dict[str, str]
Options = t.Mapping[str, t.Mapping[str, str]]

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
_NUMBER = re.compile(r"-?[0-9]+\Z")


class Need(t.NamedTuple):
    """The value that a sysctl gets, unless the one it has is a number that may stay."""

    value: str
    stays: range = range(0)

    def suits(self, value: str | None) -> bool:
        """Whether a sysctl with this value needs no change."""
        return value == self.value or bool(value and _NUMBER.match(value) and int(value) in self.stays)


@dataclass(frozen=True)
class Wanted:
    """Kernel modules and sysctls, whose names may be patterns, as * for every interface.

    A sysctl without a need may be anything, whatever pattern matches it. ``notes`` are what else is to be remembered,
    and ``at_boot`` says whether it is so at the next boot, too.
    """

    modules: tuple[str, ...] = ()
    sysctls: Mapping[str, Need | None] = field(default_factory=dict)
    notes: Mapping[str, t.Any] = field(default_factory=dict)
    at_boot: bool = True
    options: Options = field(default_factory=dict)  # of modules, when they are loaded

    def __bool__(self) -> bool:
        return bool(self.modules or self.sysctls or self.notes or self.options)

    def covers(self, name: str) -> bool:
        """Whether a name, which may be a pattern itself, is among what is wanted."""
        return name in self.sysctls or any(fnmatch.fnmatchcase(name, one) for one in self.sysctls)

    def need(self, name: str) -> Need | None:
        """A name that is wanted as it stands goes by that, the others by the pattern they match."""
        patterns = (one for one in reversed(list(self.sysctls)) if fnmatch.fnmatchcase(name, one))
        return self.sysctls.get(name if name in self.sysctls else next(patterns, name))


@dataclass(frozen=True)
class Change:
    """A sysctl and its value before and after; None before when the kernel module that brings it is not there yet."""

    name: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Record:
    """The kernel modules that came with us, what our sysctls were before, and notes."""

    modules: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to do now, in this order, and what to remember of it; None: nothing is left to remember."""

    load: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    record: Record | None = None
    unload: tuple[str, ...] = ()


def watched(wanted: Wanted, record: Record) -> list[str]:
    """The names, patterns among them, whose values the decision needs."""
    dragged = [name for owner in wanted.sysctls for name in _DRAGS.get(owner, ())]
    return [*wanted.sysctls, *dragged, *(change.name for change in record.changes)]


def make_plan(wanted: Wanted, loaded: Iterable[str], values: Mapping[str, str], record: Record) -> Plan:
    """What makes the host what is wanted, and puts back what no longer is.

    What is wanted comes before what is not any more goes back, so that one way of hiding can replace another; but an
    owner goes back first, for it drags others along.
    """
    if not wanted:
        return Plan((), restoring(record.changes, values), None, record.modules)
    settings = unmet(wanted, values)
    kept = [change for change in record.changes if _belongs(change.name, wanted)]
    back = restoring([change for change in record.changes if change not in kept], values)
    owners = tuple(change for change in back if change.name in _DRAGS)
    others = tuple(change for change in back if change.name not in _DRAGS)
    remembered = merge(kept, [*settings, *_dragged(settings, values, kept)])
    missing = tuple(name for name in wanted.modules if name not in set(loaded))
    return Plan(missing, (*owners, *settings, *others), Record(record.modules, remembered, wanted.notes))


def going_back(wanted: Wanted, values: Mapping[str, str], record: Record) -> list[Change]:
    """The sysctls that are no longer wanted, and still are as we left them."""
    gone = [change for change in record.changes if not _belongs(change.name, wanted)]
    return [one for one in gone if one.before not in (None, one.after) and values.get(one.name) == one.after]


def without(record: Record, names: Collection[str]) -> Record:
    """The record without these sysctls and what they drag along."""
    dragged = [pattern for owner in names for pattern in _DRAGS.get(owner, ())]
    left = tuple(
        one
        for one in record.changes
        if one.name not in names and not any(fnmatch.fnmatchcase(one.name, pattern) for pattern in dragged)
    )
    return replace(record, changes=left)


def targets(wanted: Wanted, names: Iterable[str]) -> dict[str, Need]:
    """What each sysctl needs: those wanted by their full names, and those of ``names`` that match a pattern."""
    full = {*names, *(name for name in wanted.sysctls if not is_pattern(name))}
    needs = ((name, wanted.need(name)) for name in sorted(full, key=reach))
    return {name: need for name, need in needs if need is not None}


def unmet(wanted: Wanted, values: Mapping[str, str]) -> tuple[Change, ...]:
    """The sysctls that are not as they must be; what reaches the most comes first."""
    needs = targets(wanted, values).items()
    return tuple(Change(name, values.get(name), one.value) for name, one in needs if not one.suits(values.get(name)))


def merge(known: Iterable[Change], new: Iterable[Change]) -> tuple[Change, ...]:
    """The first value before and the last after of each sysctl."""
    merged = {change.name: change for change in known}
    for change in new:
        first = merged.get(change.name, change)
        merged[change.name] = Change(change.name, first.before, change.after)
    return tuple(merged[name] for name in sorted(merged, key=reach))


def restoring(changes: Iterable[Change], values: Mapping[str, str]) -> tuple[Change, ...]:
    """Back to what was, but only what is still as we left it; first what drags others along, last what reaches most."""
    now = dict(values)
    back = []
    backwards = sorted(changes, key=lambda change: reach(change.name), reverse=True)
    for change in sorted(backwards, key=lambda change: change.name not in _DRAGS):
        if change.before is None or values.get(change.name) != change.after or now[change.name] == change.before:
            continue
        back.append(Change(change.name, now[change.name], change.before))
        now.update((name, rule[change.before]) for name, rule in _dragged_by(change.name, now))
    return tuple(back)


def reach(name: str) -> tuple[list[str], int, list[str]]:
    """Sorts by name, but patterns, all and default before any one interface."""
    parts = split(name)
    interface = interface_of(name)
    rank = ("*", "all", "default").index(interface) if interface in ("*", "all", "default") else 3
    return parts[:3], rank, parts[3:]


def _dragged_by(owner: str, values: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """What the kernel sets along with a sysctl, and to which value for each of its own."""
    return [
        (name, rule)
        for pattern, rule in _DRAGS.get(owner, {}).items()
        for name in values
        if fnmatch.fnmatchcase(name, pattern) and name != owner
    ]


def _belongs(name: str, wanted: Wanted) -> bool:
    dragged = [pattern for owner in wanted.sysctls for pattern in _DRAGS.get(owner, ())]
    return wanted.covers(name) or any(fnmatch.fnmatchcase(name, pattern) for pattern in dragged)


def _dragged(settings: Iterable[Change], values: Mapping[str, str], known: Iterable[Change]) -> list[Change]:
    """What the kernel changes by itself and would not change back to what it was."""
    odd = {change.name for change in known}
    return [
        Change(name, values[name], rule[setting.after])
        for setting in settings
        for name, rule in _dragged_by(setting.name, values)
        if name in odd or values[name] != rule.get(setting.before or "")
    ]


# --- at boot ---


def boot_values(wanted: Wanted, values: Mapping[str, str], record: Record, lines: Iterable[Line], path: str) -> Values:
    """What our file of sysctl.d must say.

    Where some values may stay, a pattern would overrule them, so only what had to be changed is named; and what the
    ``lines`` of files before ours would undo.
    """
    if not wanted.at_boot:
        return {}
    changed = {one.name: one.after for one in record.changes if (need := wanted.need(one.name)) and need.stays}
    whole = {name: need for name, need in wanted.sysctls.items() if need and not (need.stays and is_pattern(name))}
    boot = {**changed, **{name: _boot_value(need, values.get(name)) for name, need in whole.items()}}
    for line, need in _unfit(wanted, lines):
        if not comes_later(line.path, path) and not _overruled(line, boot):
            boot[line.name] = need.value
    return boot


def _boot_value(need: Need, value: str | None) -> str:
    return value if value is not None and need.suits(value) else need.value


def undoing(wanted: Wanted, lines: Iterable[Line], path: str) -> list[Line]:
    """The lines that would undo our file at the next boot, whatever it says: they come after it."""
    return [line for line, _need in _unfit(wanted, lines) if comes_later(line.path, path)] if wanted.at_boot else []


def _unfit(wanted: Wanted, lines: Iterable[Line]) -> list[tuple[Line, Need]]:
    needs = ((line, wanted.need(line.name)) for line in lines)
    return [(line, need) for line, need in needs if need is not None and not need.suits(line.value)]


def _overruled(line: Line, boot: Mapping[str, str]) -> bool:
    """The last file to name a sysctl decides, but one that names it in full beats every pattern."""
    return line.name in boot or (is_pattern(line.name) and any(fnmatch.fnmatchcase(line.name, one) for one in boot))


# --- what is written and read ---


def render_modules(header: str, modules: Iterable[str]) -> str:
    """The modules-load.d(5) file."""
    return "\n".join([header, *modules, ""])


def render_options(header: str, options: Options) -> str:
    """The modprobe.d(5) file, which is read whenever the module is loaded."""
    lines = (f"options {name} {' '.join(f'{key}={value}' for key, value in options[name].items())}" for name in options)
    return "\n".join([header, *lines, ""])


def render_sysctls(header: str, sysctls: Mapping[str, str]) -> str:
    """The sysctl.d(5) file, which systemd applies after the modules are loaded."""
    lines = (f"{_absence_is_fine(name)}{name} = {sysctls[name]}" for name in sorted(sysctls, key=reach))
    return "\n".join([header, *lines, ""])


def written_modules(text: str) -> list[str]:
    """The modules in a file that render_modules() wrote."""
    return [line for line in lines_in(text) if line and not line.startswith("#")]


def written_options(text: str) -> list[tuple[str, str, str]]:
    """The modules in a file that render_options() wrote, each with an option and its value."""
    lines = [line.split(" ", 2) for line in lines_in(text) if line.startswith("options ")]
    return [(line[1], key, value) for line in lines if line[2:] for key, value in _GIVEN.findall(line[2])]


def written_sysctls(text: str) -> list[tuple[str, str]]:
    """The sysctls in a file that render_sysctls() wrote, and their values."""
    return _WRITTEN.findall(text)


_GIVEN = re.compile(r"(\w+)=([^=]+?)(?= \w+=|$)")
_WRITTEN = re.compile(r"^-?([^#\s=-][^\s=]*) = (.+)$", re.MULTILINE)


def _absence_is_fine(name: str) -> str:
    # systemd-sysctl fails for an interface that is not there yet, unless the line begins with a dash; udev applies the
    # line again when the interface appears.
    return "" if is_pattern(name) or interface_of(name) in ("", "all", "default") else "-"


def render_record(record: Record) -> str:
    """The record as JSON."""
    changes = [{"name": one.name, "before": one.before, "after": one.after} for one in record.changes]
    return json.dumps({**record.notes, "modules": list(record.modules), "sysctls": changes}, indent=2) + "\n"


_LOST = "the values from before are not known any more, so state absent leaves the live ones as they are."
_OLD_VALUE = number(-(2**31), 2**31 - 1)
# arp_hide once wrote `settings`, each with its interface and a number before and after, and no modules.
_OLD = fields(
    {"settings": listed(fields({"interface": text, "name": text, "before": _OLD_VALUE, "after": _OLD_VALUE}))}
)
_NO_NOTES = fields({})


def record_shape(notes: Reader[Entry] = _NO_NOTES, value: Reader[str] = text) -> Reader[Record]:
    """The shape of a record whose notes and values have these."""
    change = fields({"name": text, "before": nullable(value), "after": value})
    shape = fields({"modules": listed(text), "sysctls": listed(change)})

    def read(given: object, path: str) -> Record:
        if isinstance(given, Mapping) and "settings" in given:
            given = _renewed(given, path)
        found = shape(given, path)
        return Record(tuple(found["modules"]), tuple(Change(**one) for one in found["sysctls"]), notes(given, path))

    return read


def _renewed(given: Mapping[str, object], path: str) -> dict[str, object]:
    changes = [
        {"name": conf(one["interface"], one["name"]), "before": str(one["before"]), "after": str(one["after"])}
        for one in _OLD(given, path)["settings"]
    ]
    return {**given, "modules": [], "sysctls": changes}


PLAIN = record_shape()


def record_file(module: str) -> str:
    """Where a module remembers what was before it."""
    return f"/var/lib/lvs/{module}.json"


def parse_record(content: str | None, path: str, shape: Reader[Record] = PLAIN) -> Found[Record]:
    """The record from its JSON."""
    return parse(content, path, shape, _LOST)


# --- what a user asks for ---

_MODULE = re.compile(r"[a-z0-9_-]+\Z")
_SYSCTL = re.compile(r"[a-z][A-Za-z0-9_*?./-]*\Z")
_OPTION = re.compile(r"[a-z][a-z0-9_]*\Z")
_VALUE = re.compile(r"[A-Za-z0-9_. -]+\Z")


def parse_modules(names: Iterable[str]) -> tuple[str, ...]:
    """Names of kernel modules, checked: they go into a file that root's daemons read."""
    for index, name in enumerate(names := list(names)):
        if not _MODULE.match(name):
            raise LvsError(
                f"kernel_modules[{index}]", name, "is not the name of a kernel module. Use one such as ip_vs_wlc."
            )
    return tuple(dict.fromkeys(name.replace("-", "_") for name in names))


def parse_options(options: Mapping[str, t.Any]) -> dict[str, dict[str, str]]:
    """Options of kernel modules, checked in the same way."""
    found = {}
    for module, given in options.items():
        (name,) = parse_modules([module])
        if not isinstance(given, Mapping):
            raise LvsError(f"module_options.{module}", given, "is no mapping. Write one such as {conn_tab_bits: 20}.")
        for option, value in given.items():
            if not _OPTION.match(str(option)) or not _VALUE.match(str(value)):
                what = "is no option of a module with its value. Use one such as conn_tab_bits: 20."
                raise LvsError(f"module_options.{module}", f"{option}={value}", what)
        found[name] = {str(option): str(value) for option, value in given.items()}
    return found


def parse_sysctls(sysctls: Mapping[str, t.Any]) -> dict[str, Need]:
    """Sysctls that must have exactly these values, checked as well."""
    for name, value in sysctls.items():
        if not _SYSCTL.match(name) or ".." in name:
            raise LvsError("sysctls", name, "is not the name of a sysctl. Use one such as net.ipv4.ip_forward.")
        if not _VALUE.match(str(value)):
            raise LvsError(f"sysctls.{name}", value, "is not a value for a sysctl. Use one such as 1.")
    return {join(split(name)): Need(str(value)) for name, value in sysctls.items()}
