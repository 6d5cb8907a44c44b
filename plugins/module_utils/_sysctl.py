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

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils import _procsys
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._arp import (
    ALL,
    HIDING,
    Change,
    Record,
    Setting,
    is_fit,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator, Mapping

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._runner import Host

DROPIN = "/etc/sysctl.d/99-lvs-arp-hide.conf"
RECORD = "/var/lib/lvs/arp_hide.json"

_CONF = "/proc/sys/net/ipv4/conf"


def read_values(host: Host) -> dict[Setting, int]:
    """All ARP settings of all interfaces, conf/all and conf/default among them."""
    paths = [path for name in HIDING for path in host.glob(_CONF, f"*/{name}")]
    values = dict(_read_value(host, path) for path in paths)
    if Setting(ALL, "arp_ignore") not in values:
        raise LvsError(_CONF, "all/arp_ignore", "is not there: this is no Linux with IPv4, or /proc is not mounted.")
    return values


def _read_value(host: Host, path: str) -> tuple[Setting, int]:
    parts = PurePosixPath(path).parts
    return Setting(parts[-2], parts[-1]), int(host.read(path) or 0)


def require_writable(host: Host, changes: Iterable[Change]) -> None:
    """Fail before the first change when one of them cannot be made, in check mode as well."""
    for change in changes:
        _procsys.require_writable(host, change.setting.sysctl, change.before, change.after)


def write_value(host: Host, change: Change) -> None:
    """Set one value in the running kernel."""
    _procsys.write_live(host, change.setting.sysctl, change.before, change.after)


def read_record(host: Host) -> Record | None:
    """What arp_hide wrote down on this host before its first change."""
    text = host.read(RECORD)
    return None if text is None else parse_record(text)


def parse_record(text: str) -> Record:
    """The record from its JSON."""
    try:
        data = json.loads(text)
        return Record(
            tuple(str(vip) for vip in data["vips"]),
            tuple(
                Change(Setting(entry["interface"], entry["name"]), int(entry["before"]), int(entry["after"]))
                for entry in data["settings"]
            ),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LvsError(
            RECORD,
            text[:80],
            "is not a record of arp_hide. Restore the file from a backup, or remove it: then the values from before "
            "arp_hide are lost and state absent leaves the live ones as they are.",
        ) from error


def render_record(record: Record) -> str:
    """The record as JSON."""
    settings = [
        {**change.setting._asdict(), "before": change.before, "after": change.after} for change in record.changes
    ]
    return json.dumps({"vips": list(record.vips), "settings": settings}, indent=2) + "\n"


def boot_conflicts(host: Host, ours: Mapping[Setting, int]) -> list[LvsError]:
    """The lines of other sysctl.d files that would undo our drop-in at the next boot."""
    conflicts = []
    for line in _procsys.boot_lines(host, DROPIN):
        later = _procsys.comes_later(line.path, DROPIN)
        for setting, value in _arp_settings(line.name, line.value):
            if not is_fit(setting, value) and _wins(setting, ours, later):
                conflicts.append(_conflict(line.place, setting, value))
    return conflicts


def _conflict(place: str, setting: Setting, value: int) -> LvsError:
    return LvsError(
        place,
        f"{setting.sysctl} = {value}",
        f"would undo {DROPIN} at the next boot, and this host would answer ARP for the VIPs. Remove that line.",
    )


def _wins(setting: Setting, ours: Mapping[Setting, int], later: bool) -> bool:
    """Whether a line of another file counts beside our drop-in: the last file to name a setting in full decides."""
    return later or setting not in ours


def parse_sysctl(text: str) -> Iterator[tuple[int, Setting, int]]:
    """The ARP settings in a sysctl.d(5) file, each with its line number. Interfaces may be patterns."""
    for number, name, value in _procsys.parse_conf(text):
        for setting, parsed in _arp_settings(name, value):
            yield number, setting, parsed


def _arp_settings(name: str, value: str) -> Iterator[tuple[Setting, int]]:
    """The line as an ARP setting, nothing when it is another one."""
    parts = _procsys.split(name)
    if len(parts) == 5 and parts[:3] == ["net", "ipv4", "conf"] and parts[4] in HIDING and _is_number(value):
        yield Setting(parts[3], parts[4]), int(value)


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").isdigit()
