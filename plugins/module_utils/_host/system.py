# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Systems on which what is written into /etc does not count, or is gone after a reboot, by design.

Private: this file may change in any release; do not import it from outside the collection.

Those of rpm-ostree (Fedora CoreOS, Silverblue) and Flatcar keep /etc: there nothing is refused, and what they keep
read-only, /usr, is named where something of ours belongs there.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .._model.lines import lines_in

if t.TYPE_CHECKING:  # pragma: no cover
    from .host import Host

_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
_MOUNTS = "/proc/self/mountinfo"
_IN_MEMORY = ("tmpfs", "ramfs")
_PASSING = "Set lvs_persistent to false for it (of a task, persistent), and have the next run after a boot set it up"


class Mount(t.NamedTuple):
    """A file system as it is mounted."""

    path: str
    kind: str
    options: dict[str, str]


def forgets(host: Host) -> LvsError | None:
    """Why what is written for the boot would not count there, if that is so."""
    if _field(host, "ID") == "nixos" or host.at("/etc/NIXOS").is_file():
        cure = (
            "cannot be had on NixOS, whose /etc/systemd and more are made of its configuration alone. "
            f"{_PASSING}, or declare in that configuration what must be there at boot."
        )
        return LvsError("persistent", True, cure)
    return _forgotten(host)


def _forgotten(host: Host) -> LvsError | None:
    mounts = _mounts(host)
    etc = _mount_of("/etc", mounts)
    if etc is None:
        return None
    layer = _mount_of(etc.options["upperdir"], mounts) if "upperdir" in etc.options else etc
    # An Alpine that runs from memory keeps what `lbu commit` saves.
    if layer is None or layer.kind not in _IN_MEMORY or host.which("lbu"):
        return None
    what = etc.kind if layer is etc else f"{etc.kind} whose upper layer is in memory ({layer.path})"
    cure = (
        f"cannot be had on this host: {etc.path}, where /etc is, is {what}, and a reboot drops what is written there."
        f" {_PASSING}, or write to what is below (overlayroot-chroot, for one)."
    )
    return LvsError("persistent", True, cure)


def _field(host: Host, key: str) -> str:
    text = next(filter(None, map(host.read, _RELEASE)), "")
    found = dict(line.partition("=")[::2] for line in lines_in(text))
    return found.get(key, "").strip("\"'")


def _mounts(host: Host) -> list[Mount]:
    """See proc_pid_mountinfo(5): an optional number of fields, then a dash, the type, the source and the options."""
    found = []
    for line in lines_in(host.read(_MOUNTS) or ""):
        before, _dash, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if len(fields) > 4 and len(rest) > 2:
            options = dict(one.partition("=")[::2] for one in rest[2].split(","))
            found.append(Mount(fields[4], rest[0], options))
    return found


def _mount_of(path: str, mounts: list[Mount]) -> Mount | None:
    """The one that a path is on: the last of the longest."""
    return max(
        (one for one in reversed(mounts) if f"{path}/".startswith(f"{one.path.rstrip('/')}/")),
        key=lambda one: len(one.path),
        default=None,
    )
