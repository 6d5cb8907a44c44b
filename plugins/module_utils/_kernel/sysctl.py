# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sysctls of a host: live in /proc/sys, at boot in the files of sysctl.d(5).

Private: this file may change in any release; do not import it from outside the collection.

A name is written as sysctl(8) does, net.ipv4.conf.eth0.rp_filter; a dot in the name of an interface as a slash.
"""

from __future__ import annotations

import errno
import os
import re
import typing as t
from pathlib import PurePosixPath

from .._errors import LvsError
from .._host import init
from .._host.files import file_error
from .._model.lines import lines_in
from .._model.shapes import agreeing, text

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator, Sequence

    from .._host.host import Host

_PROC = "/proc/sys"
_CONF = "/etc/sysctl.conf"
_NUMBER = re.compile(r"-?[0-9]{1,20}")
# The order of sysctl.d(5): a file hides the files of the same name in the directories after its own.
_BOOT_DIRECTORIES = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")


class Line(t.NamedTuple):
    """A setting in a sysctl.d file. Its name may be a pattern."""

    path: str
    number: int
    name: str
    value: str

    @property
    def place(self) -> str:
        return f"{self.path}:{self.number}"


def split(name: str) -> list[str]:
    """The parts of a name, an interface's own dots as dots. Where dots divide, a slash stands for a dot in a part."""
    first = next((character for character in name if character in "./"), ".")
    if first == "/":
        return name.split("/")
    return [part.replace("/", ".") for part in name.split(".")]


def join(parts: Sequence[str]) -> str:
    """The name of these parts."""
    return ".".join(part.replace(".", "/") for part in parts)


def conf(interface: str, name: str) -> str:
    """The name of an interface's setting for IPv4; the interface may be all, default, or * for every one."""
    return join(("net", "ipv4", "conf", interface, name))


def interface_of(name: str) -> str:
    """The interface that a sysctl is for, all and default among them; empty when it is for none."""
    parts = split(name)
    return parts[3] if len(parts) == 5 and parts[2] in ("conf", "neigh") else ""


def is_pattern(name: str) -> bool:
    """Whether the name stands for several sysctls, as * does for every interface."""
    return any(character in name for character in "*?[")


def proc_path(name: str) -> str:
    """The file of a sysctl."""
    return "/".join([_PROC, *split(name)])


def expand(host: Host, name: str) -> list[str]:
    """The sysctls of this kernel that a name stands for."""
    if not is_pattern(name):
        return [name]
    found = host.glob(_PROC, "/".join(split(name)))
    return [join(PurePosixPath(path).parts[3:]) for path in found]


def read_live(host: Host, name: str) -> str | None:
    """What it is in the running kernel, None when this kernel has no such sysctl."""
    value = host.read(proc_path(name))
    return None if value is None else " ".join(value.split())


def values(host: Host, names: Iterable[str]) -> dict[str, str]:
    """Those there are of these names, patterns among them, in the running kernel."""
    expanded = {name for written in names for name in expand(host, written)}
    found = {name: read_live(host, name) for name in sorted(expanded)}
    return {name: value for name, value in found.items() if value is not None}


def is_number(value: str) -> bool:
    return _NUMBER.fullmatch(value) is not None


def number(name: str, value: str) -> int:
    """The value of a sysctl that is a number."""
    if not is_number(value):
        cure = "is not a number, as this setting of the kernel is. See what is mounted there."
        raise LvsError(proc_path(name), value[:80], cure)
    return int(value)


# In a record.
NUMBER = agreeing(text, is_number, "a number")


def unwritable(host: Host, name: str, before: object, after: object) -> LvsError | None:
    """Why it cannot be set, known before anything is."""
    path = host.at(proc_path(name))
    if os.access(path, os.W_OK):
        return None
    read_only = os.statvfs(path).f_flag & os.ST_RDONLY
    return _write_error(name, before, after, OSError(errno.EROFS if read_only else errno.EACCES, ""))


def write_live(host: Host, name: str, before: object, after: object) -> None:
    """Set it in the running kernel."""
    try:
        host.at(proc_path(name)).write_text(f"{after}\n", encoding="ascii")
    except OSError as error:
        raise _write_error(name, before, after, error) from error


def _write_error(name: str, before: object, after: object, error: OSError) -> LvsError:
    if error.errno != errno.EROFS:
        return file_error(proc_path(name), f"set to {after}", error)
    return LvsError(
        name,
        before,
        f"must become {after}, but /proc/sys is read-only here, as in a container without privileges. Set it "
        f"where the network namespace is made (docker or podman: --sysctl {name}={after}; systemd-nspawn: on the "
        "host), or run the task there.",
    )


def parse_conf(content: str) -> Iterator[tuple[int, str, str]]:
    """The settings of a sysctl.d(5) file: line number, name and value."""
    for number, line in enumerate(lines_in(content), start=1):
        name, equals, value = line.strip().partition("=")
        if equals and value.strip() and not name.startswith(("#", ";")):
            yield number, join(split(name.strip().lstrip("-").strip())), value.strip()


def boot_lines(host: Host, but: str = "") -> list[Line]:
    """Every line that counts at boot, in the order in which it does, but those of one file.

    Whoever is not systemd reads /etc/sysctl.conf, and last.
    """
    files: dict[str, str] = {}
    for directory in _BOOT_DIRECTORIES:
        for path in host.glob(directory, "*.conf"):
            files.setdefault(PurePosixPath(path).name, path)
    files.pop(PurePosixPath(but).name, None)
    paths = [files[name] for name in sorted(files)] + ([] if init.is_systemd(host) else [_CONF])
    return [Line(path, *parsed) for path in paths for parsed in parse_conf(host.read(path) or "")]


def comes_later(path: str, than: str) -> bool:
    """Whether a file of sysctl.d is read after another."""
    return PurePosixPath(path).name > PurePosixPath(than).name
