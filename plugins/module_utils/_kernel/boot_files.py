# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of ours by which kernel modules and sysctls are there at boot, as the host's init wants it.

Private: this file may change in any release; do not import it from outside the collection.

systemd reads modules-load.d(5) and sysctl.d(5), and udev has it set a sysctl when its interface comes. The services of
other inits differ in which files they read, in which order and with which sysctl(8) (BusyBox' passes over patterns and
whatever begins with a dash), and may be in no runlevel. So there a job of ours comes after them.
"""

from __future__ import annotations

import re
import typing as t

from .._host import boot, init
from .._host.actions import Action, Remove, Write
from .._host.job import INTERFACES, KERNEL, Command, Job
from . import boot_lines, decide, sysctl

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .._host.host import Host

_MODULE = re.compile(r"^# Module: (\S+)$", re.MULTILINE)

Texts = dict[str, t.Optional[str]]


class BootFiles(t.Protocol):
    """What one module of this collection has the boot do to the kernel."""

    paths: tuple[str, ...]

    def text(self, path: str) -> str | None:
        """What there is of it: nothing that counts where it is not read at boot."""

    def texts(self, modules: Iterable[str], sysctls: Mapping[str, str]) -> Texts:
        """What each file must say; None for one that must not be."""

    def kept(self) -> tuple[list[str], list[tuple[str, str]]]:
        """The modules and sysctls that the files say."""

    def actions(self, path: str, text: str | None) -> list[Action]:
        """Make the file say that."""

    def lines(self) -> list[sysctl.Line]:
        """What others set at boot that counts beside ours."""


class Dropins:
    """Of systemd."""

    def __init__(self, host: Host, name: str, header: str) -> None:
        self._host, self._header = host, header
        self.modules = f"/etc/modules-load.d/lvs-{name}.conf"
        self.sysctls = f"/etc/sysctl.d/99-lvs-{name}.conf"
        self.paths: tuple[str, ...] = (self.modules, self.sysctls)

    def text(self, path: str) -> str | None:
        return self._host.read(path)

    def texts(self, modules: Iterable[str], sysctls: Mapping[str, str]) -> Texts:
        return {
            self.modules: decide.render_modules(self._header, modules) if modules else None,
            self.sysctls: decide.render_sysctls(self._header, sysctls) if sysctls else None,
        }

    def kept(self) -> tuple[list[str], list[tuple[str, str]]]:
        modules, sysctls = (self._host.read(path) or "" for path in self.paths)
        return decide.written_modules(modules), decide.written_sysctls(sysctls)

    def actions(self, path: str, text: str | None) -> list[Action]:
        return [Remove(path)] if text is None else [Write(path, text)]

    def lines(self) -> list[sysctl.Line]:
        return sysctl.boot_lines(self._host, self.sysctls)


class Jobs:
    """Of an init that runs scripts: one before the network, and one for the interfaces that come with it."""

    def __init__(self, host: Host, name: str, header: str) -> None:
        self._host, self._name, self._header = host, name, header
        self._boot = boot.at_boot(host)
        self._early, self._late = (self._boot.path(f"{stage}-{name}") for stage in (KERNEL, INTERFACES))
        self.paths: tuple[str, ...] = (self._early, self._late)

    def text(self, path: str) -> str | None:
        found = self._host.read(path)
        return found if found is None or self._boot.is_added(path) else ""

    def texts(self, modules: Iterable[str], sysctls: Mapping[str, str]) -> Texts:
        modprobe = self._host.which("modprobe") or "/sbin/modprobe"
        loads = [Command(f"{modprobe} {name}") for name in modules]
        ordered = sorted(sysctls, key=decide.reach)
        sets = [self._set(name, sysctls[name]) for name in ordered]
        late = [self._set(name, sysctls[name]) for name in ordered if _is_of_interface(name)]
        said = [f"# Module: {name}" for name in modules] + [f"# Sysctl: {name} = {sysctls[name]}" for name in ordered]
        return {
            self._early: self._text("Kernel modules and sysctls of LVS", KERNEL, [*loads, *sets], said),
            self._late: self._text("Sysctls of LVS for interfaces", INTERFACES, late, []),
        }

    def kept(self) -> tuple[list[str], list[tuple[str, str]]]:
        text = self._host.read(self._early) or ""
        return _MODULE.findall(text), boot_lines.OURS.findall(text)

    def _text(self, title: str, stage: str, commands: list[Command], said: list[str]) -> str | None:
        name, header = f"{stage}-{self._name}", "\n".join([self._header, *said])
        return self._boot.render(Job(name, header, title, (), tuple(commands), stage=stage)) if commands else None

    def _set(self, name: str, value: str) -> Command:
        """That of an interface may fail: it may not be there, or not yet."""
        tee = self._host.which("tee") or "/usr/bin/tee"
        return Command(f"{tee} {_glob(sysctl.proc_path(name))} >/dev/null", _is_of_interface(name), (value,))

    def actions(self, path: str, text: str | None) -> list[Action]:
        return self._boot.drop(path) if text is None else self._boot.enable(path, text)

    def lines(self) -> list[sysctl.Line]:
        """None comes after ours."""
        return []


def boot_files(host: Host, name: str, header: str) -> BootFiles:
    """Those of this host."""
    return Dropins(host, name, header) if init.is_systemd(host) or not init.is_known(host) else Jobs(host, name, header)


def _is_of_interface(name: str) -> bool:
    return sysctl.interface_of(name) not in ("", "all", "default")


def _glob(path: str) -> str:
    """A path as a shell reads it, patterns as they are."""
    return re.sub(r"[^\w/.*?\[\]-]", lambda found: f"\\{found[0]}", path, flags=re.ASCII)
