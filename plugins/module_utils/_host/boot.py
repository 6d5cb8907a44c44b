# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inits that can start jobs of ours at boot, and which of them is this host's.

Private: this file may change in any release; do not import it from outside the collection.

To add one, write a class as Boot in job.py describes it, and name it in _BOOTS and in init.py.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from . import init
from .actions import Action, Remove, Write
from .openrc import OpenRcServices
from .sysvinit import SysvScripts
from .unit import UnitFiles, link

if t.TYPE_CHECKING:  # pragma: no cover
    from .host import Host
    from .job import Boot, Job

_BOOTS: dict[str, t.Callable[[Host], Boot]] = {
    init.SYSTEMD: UnitFiles,
    init.OPENRC: OpenRcServices,
    init.SYSVINIT: SysvScripts,
}


class _UntilReboot:
    """No init: a note of what is ours, which nobody has to be told of and which the next boot forgets."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def path(self, name: str, interface: str = "") -> str:
        return f"/run/{name}{interface and '-'}{interface}"

    def paths(self, pattern: str) -> list[str]:
        return self._host.glob("/run", pattern)

    def render(self, job: Job) -> str:
        return f"{job.header}\n"

    def is_active(self, path: str) -> bool:
        return self._host.at(path).is_file()

    def is_added(self, _path: str) -> bool:
        return False

    def add(self, _path: str) -> list[Action]:
        return []

    def take_out(self, _path: str) -> list[Action]:
        return []

    def reload(self) -> list[Action]:
        return []

    def enable(self, path: str, text: str) -> list[Action]:
        return [Write(path, text)]

    def begin(self, _path: str) -> list[Action]:
        return []

    def start(self, _path: str) -> list[Action]:
        return []

    def again(self, _path: str) -> tuple[str, ...]:
        return ()

    def drop(self, path: str) -> list[Action]:
        return [*self.take_out(path), Remove(path)]


class _LeftBehind(_UntilReboot):
    """What an earlier release wrote for a systemd that does not run here: it can go, and still be read."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._units = UnitFiles(host)

    def path(self, name: str, interface: str = "") -> str:
        return self._units.path(name, interface)

    def paths(self, pattern: str) -> list[str]:
        return self._units.paths(pattern)

    def render(self, job: Job) -> str:
        return self._units.render(job)

    def is_added(self, path: str) -> bool:
        return self._units.is_added(path)

    def take_out(self, path: str) -> list[Action]:
        return [Remove(link(path))]


def require(host: Host) -> None:
    """Refuse to set up a boot that nobody would carry out, before anything is touched."""
    if init.is_known(host):
        return
    raise LvsError(
        "persistent",
        True,
        f"cannot be had on this host, which runs {init.running(host)}: what starts at boot is set up for "
        f"{', '.join(init.KNOWN)} alone. "
        "Set lvs_persistent to false for it (of a task, persistent): the running host is then set up, and a reboot "
        "loses it until the next run. Or use a host with one of these.",
    )


def at_boot(host: Host) -> Boot:
    """What starts jobs of ours on this host; where nothing does, what may have been left behind can still go."""
    return _BOOTS.get(init.running(host), _LeftBehind)(host)


def chosen(host: Host, persistent: bool) -> Boot:
    """Where a job is kept: for every boot, or until the next one."""
    return at_boot(host) if persistent else _UntilReboot(host)


def texts(host: Host, name: str) -> dict[str, str]:
    """What there is of a job, by its file."""
    found = {path: host.read(path) for path in (place.path(name) for place in _places(host))}
    return {path: text for path, text in found.items() if text is not None}


def lasts(host: Host, name: str) -> bool:
    """Whether a job is kept for every boot."""
    return host.at(at_boot(host).path(name)).is_file()


def dropping(host: Host, name: str, but: str = "") -> list[Action]:
    """What removes a job wherever it is kept but there."""
    gone = [(place, place.path(name)) for place in _places(host)]
    return [action for place, path in gone if path != but and host.at(path).is_file() for action in place.drop(path)]


def _places(host: Host) -> tuple[Boot, Boot]:
    return at_boot(host), _UntilReboot(host)
