# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ARP settings of a host: live in /proc/sys, at boot in /etc/sysctl.d, and the record of what they were.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import PurePosixPath

from .._errors import LvsError
from .._host.records import Found, parse
from .._model.shapes import (
    Entry,
    address,
    agreeing,
    fields,
    listed,
    number,
    text,
    word,
)
from . import sysctl
from .arp import (
    ALL,
    ARPTABLES,
    HIDDEN,
    HIDING,
    METHODS,
    SYSCTL,
    Change,
    Record,
    Setting,
    hiding_changes,
    is_fit,
    quiet_changes,
)
from .arptables import (
    LIST,
    Rule,
    parse_rules,
    wanted_rules,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .._host.addresses import Interface
    from .._host.host import Host

DROPIN = "/etc/sysctl.d/99-lvs-arp-hide.conf"
RECORD = "/var/lib/lvs/arp_hide.json"

_CONF = "/proc/sys/net/ipv4/conf"


def read_values(host: Host) -> dict[Setting, int]:
    """All ARP settings of all interfaces, conf/all and conf/default among them; ``hidden`` where the kernel has it."""
    paths = [path for name in (*HIDING, HIDDEN) for path in host.glob(_CONF, f"*/{name}")]
    values = dict(_read_value(host, path) for path in paths)
    if Setting(ALL, "arp_ignore") not in values:
        raise LvsError(_CONF, "all/arp_ignore", "is not there: this is no Linux with IPv4, or /proc is not mounted.")
    return values


def _read_value(host: Host, path: str) -> tuple[Setting, int]:
    parts = PurePosixPath(path).parts
    return Setting(parts[-2], parts[-1]), sysctl.read_number(host, path)


def require_writable(host: Host, changes: Iterable[Change]) -> None:
    """Fail before the first change when one of them cannot be made, in check mode as well."""
    for change in changes:
        sysctl.require_writable(host, change.setting.sysctl, change.before, change.after)


def write_value(host: Host, change: Change) -> None:
    """Set one value in the running kernel."""
    sysctl.write_live(host, change.setting.sysctl, change.before, change.after)


def read_record(host: Host) -> Found[Record]:
    """What arp_hide wrote down on this host before its first change."""
    return parse_record(host.read(RECORD))


_LOST = "the values from before arp_hide are not known any more, so state absent leaves the live ones as they are."
_VALUE = number(-(2**31), 2**31 - 1)
_SHAPE = fields(
    {
        "vips": listed(address),
        "settings": listed(
            fields({"interface": text, "name": word(*HIDING, HIDDEN), "before": _VALUE, "after": _VALUE})
        ),
    },
    {
        "method": word(*METHODS),
        "rules": listed(agreeing(listed(text), bool, "a chain and the words of a rule")),
    },
)


def _record(value: object, path: str) -> Record:
    found: Entry = _SHAPE(value, path)
    return Record(
        tuple(found["vips"]),
        tuple(Change(Setting(one["interface"], one["name"]), one["before"], one["after"]) for one in found["settings"]),
        found.get("method", SYSCTL),
        tuple(Rule(chain, tuple(words)) for chain, *words in found.get("rules", ())),
    )


def parse_record(content: str | None) -> Found[Record]:
    """The record from its JSON."""
    return parse(content, RECORD, _record, _LOST)


def render_record(record: Record) -> str:
    """The record as JSON."""
    settings = [
        {**change.setting._asdict(), "before": change.before, "after": change.after} for change in record.changes
    ]
    rules = [[rule.chain, *rule.words] for rule in record.rules]
    data = {"vips": list(record.vips), "method": record.method, "settings": settings, "rules": rules}
    return json.dumps(data, indent=2) + "\n"


def hiding_method(host: Host) -> str:
    """The method by which arp_hide hides VIPs on this host."""
    return (read_record(host).value or Record()).method


def why_shown(host: Host, vips: Sequence[str], interfaces: Sequence[Interface]) -> list[str]:
    """What is missing for this host to keep silent about these VIPs on an interface that speaks no ARP."""
    method = hiding_method(host)
    if method == ARPTABLES:
        have = parse_rules(host.run(LIST))
        missing = [rule for rule in wanted_rules(vips, interfaces) if rule not in have]
        return [f"there is no rule {' '.join((rule.chain, *rule.words))}" for rule in missing]
    quiet = [interface.name for interface in interfaces if not interface.speaks_arp]
    values = read_values(host)
    changes = quiet_changes(values, quiet) if method == HIDDEN else hiding_changes(values)
    return [f"{change.setting.sysctl} is {change.before}" for change in changes]


def boot_conflicts(host: Host, ours: Mapping[Setting, int]) -> list[LvsError]:
    """The lines of other sysctl.d files that would undo our drop-in at the next boot, whatever is in it."""
    return [
        _conflict(line.place, setting, value)
        for line, setting, value in _unfit_lines(host, ours)
        if sysctl.comes_later(line.path, DROPIN)
    ]


def _conflict(place: str, setting: Setting, value: int) -> LvsError:
    return LvsError(
        place,
        f"{setting.sysctl} = {value}",
        f"would undo {DROPIN} at the next boot, and this host would answer ARP for the VIPs. Remove that line.",
    )


def to_cover(host: Host, ours: Mapping[Setting, int]) -> list[Setting]:
    """What files before our drop-in set in a way that shows the VIPs: our drop-in must name it as well."""
    return [setting for _line, setting, _value in _unfit_lines(host, ours) if setting not in ours]


def _unfit_lines(host: Host, ours: Mapping[Setting, int]) -> Iterator[tuple[sysctl.Line, Setting, int]]:
    # An interface that speaks ARP must not be hidden, so what others set there is of no concern.
    names = {setting.name for setting in ours} - {HIDDEN}
    for line in sysctl.boot_lines(host, DROPIN):
        for setting, value in arp_settings(line.name, line.value):
            if (setting.name in names or setting in ours) and not is_fit(setting, value):
                yield line, setting, value


def arp_settings(name: str, value: str) -> Iterator[tuple[Setting, int]]:
    """A line of a sysctl.d(5) file as an ARP setting, whose interface may be a pattern; nothing when it is another."""
    parts = sysctl.split(name)
    if len(parts) == 5 and parts[:3] == ["net", "ipv4", "conf"] and _is_number(value) and parts[4] in (*HIDING, HIDDEN):
        yield Setting(parts[3], parts[4]), int(value)


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").isdigit()
