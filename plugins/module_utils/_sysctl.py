# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ARP settings of a host: live in /proc/sys, at boot in /etc/sysctl.d, and the record of what they were.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import errno
import json
import os
import typing as t
from pathlib import PurePosixPath

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._arp import (
    ALL,
    HIDING,
    Change,
    Record,
    Setting,
    is_fit,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._runner import file_error

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator, Mapping

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._runner import Host

DROPIN = "/etc/sysctl.d/99-lvs-arp-hide.conf"
RECORD = "/var/lib/lvs/arp_hide.json"

_CONF = "/proc/sys/net/ipv4/conf"
# The order of sysctl.d(5): a file hides the files of the same name in the directories after its own.
_BOOT_DIRECTORIES = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")


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
        path = host.at(change.setting.path)
        if not os.access(path, os.W_OK):
            read_only = os.statvfs(path).f_flag & os.ST_RDONLY
            raise _write_error(change, OSError(errno.EROFS if read_only else errno.EACCES, ""))


def write_value(host: Host, change: Change) -> None:
    """Set one value in the running kernel."""
    try:
        host.at(change.setting.path).write_text(f"{change.after}\n", encoding="ascii")
    except OSError as error:
        raise _write_error(change, error) from error


def _write_error(change: Change, error: OSError) -> LvsError:
    if error.errno != errno.EROFS:
        return file_error(change.setting.path, f"set to {change.after}", error)
    return LvsError(
        change.setting.sysctl,
        change.before,
        f"must become {change.after}, but /proc/sys is read-only here, as in a container without privileges. Set it "
        "where the network namespace is made (docker or podman: --sysctl "
        f"{change.setting.sysctl}={change.after}; systemd-nspawn: on the host), or run the task there.",
    )


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
    for path in _boot_files(host):
        later = PurePosixPath(path).name > PurePosixPath(DROPIN).name
        for number, setting, value in parse_sysctl(host.read(path) or ""):
            if not is_fit(setting, value) and _wins(setting, ours, later):
                conflicts.append(_conflict(f"{path}:{number}", setting, value))
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


def _boot_files(host: Host) -> list[str]:
    """Every sysctl.d file that counts at boot, but ours."""
    found: dict[str, str] = {}
    for directory in _BOOT_DIRECTORIES:
        for path in host.glob(directory, "*.conf"):
            found.setdefault(PurePosixPath(path).name, path)
    found.pop(PurePosixPath(DROPIN).name, None)
    return [found[name] for name in sorted(found)]


def parse_sysctl(text: str) -> Iterator[tuple[int, Setting, int]]:
    """The ARP settings in a sysctl.d(5) file, each with its line number. Interfaces may be patterns."""
    for number, line in enumerate(text.splitlines(), start=1):
        name, equals, value = line.strip().partition("=")
        if not equals or name.startswith(("#", ";")):
            continue
        parts = _split_name(name.strip().lstrip("-"))
        if len(parts) == 5 and parts[:3] == ["net", "ipv4", "conf"] and parts[4] in HIDING and _is_number(value):
            yield number, Setting(parts[3], parts[4]), int(value)


def _split_name(name: str) -> list[str]:
    """Either separator may be used; where it is the dot, a slash stands for a dot inside a part."""
    first = next((character for character in name if character in "./"), ".")
    if first == "/":
        return name.split("/")
    return [part.replace("/", ".") for part in name.split(".")]


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").isdigit()
