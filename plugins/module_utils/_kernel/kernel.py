# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel modules and sysctls of a host, live and at boot, and the record of what they were.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from .._errors import LvsError
from .._host.records import Found
from .._model.lines import lines_in
from . import setup, sysctl
from .setup import Plan, Record, Wanted

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .._host.host import Host

_HEADER = """\
# Written by linuxvirtualserver.lvs.{module}; the next run puts back what is changed here.
# To undo it, run the same task with state: absent: it also restores the running kernel."""


@dataclass(frozen=True)
class State:
    """What is on the host: loaded modules, values, what we remember, and the text of our files."""

    loaded: frozenset[str]
    values: Mapping[str, str]
    found: Found[Record]
    texts: Mapping[str, str | None]

    @property
    def record(self) -> Record:
        return self.found.value or Record()


class Kernel:
    """The kernel of a host as one module of this collection keeps it."""

    def __init__(self, host: Host, module: str) -> None:
        name = module.replace("_", "-")
        self._host = host
        self._header = _HEADER.format(module=module)
        self.modules_file = f"/etc/modules-load.d/lvs-{name}.conf"
        self.sysctls_file = f"/etc/sysctl.d/99-lvs-{name}.conf"
        self.record_file = f"/var/lib/lvs/{module}.json"

    def read(self, wanted: Wanted) -> State:
        """What is there of what the decision needs."""
        found = setup.parse_record(self._host.read(self.record_file), self.record_file)
        record = found.value or Record()
        texts = {path: self._host.read(path) for path in (self.modules_file, self.sysctls_file)}
        return State(frozenset(self._loaded()), self._values(setup.watched(wanted, record)), found, texts)

    def _values(self, names: Iterable[str]) -> dict[str, str]:
        expanded = {name for written in names for name in sysctl.expand(self._host, written)}
        found = {name: sysctl.read_live(self._host, name) for name in sorted(expanded)}
        return {name: value for name, value in found.items() if value is not None}

    def _loaded(self) -> list[str]:
        """The modules in the kernel, loaded or built in."""
        loaded = [fields[0] for fields in self._modules()]
        release = (self._host.read("/proc/sys/kernel/osrelease") or "").strip()
        builtin = lines_in(self._host.read(f"/lib/modules/{release}/modules.builtin") or "")
        return [*loaded, *(PurePosixPath(path).name.partition(".")[0].replace("-", "_") for path in builtin)]

    def files(self, wanted: Wanted) -> dict[str, str | None]:
        """What our files must say; None for one that must not be."""
        modules = setup.render_modules(self._header, wanted.modules) if wanted.modules else None
        sysctls = setup.render_sysctls(self._header, wanted.sysctls) if wanted.sysctls else None
        return {self.modules_file: modules, self.sysctls_file: sysctls}

    def problems(self, wanted: Wanted, plan: Plan) -> list[LvsError]:
        """Why it cannot be done, before anything is."""
        for change in plan.changes:
            if change.before is not None:
                sysctl.require_writable(self._host, change.name, change.before, change.after)
        return [*self._unknown_modules(plan), *self._undone_at_boot(wanted)]

    def _unknown_modules(self, plan: Plan) -> list[LvsError]:
        release = (self._host.read("/proc/sys/kernel/osrelease") or "").strip()
        return [
            LvsError(
                "kernel_modules",
                name,
                f"is no module of the kernel {release} of this host. Install the package of this kernel that has it, "
                "or start a kernel that does.",
            )
            for name in plan.load
            if not self._host.succeeds(("modprobe", "--dry-run", "--quiet", name))
        ]

    def _undone_at_boot(self, wanted: Wanted) -> list[LvsError]:
        if not wanted.sysctls:
            return []
        lines = sysctl.boot_lines(self._host, self.sysctls_file)
        return [
            LvsError(
                line.place,
                f"{line.name} = {line.value}",
                f"would undo {self.sysctls_file} at the next boot. Remove that line.",
            )
            for line in sysctl.undoing(lines, wanted.sysctls, self.sysctls_file)
        ]

    def apply(self, wanted: Wanted, plan: Plan, state: State) -> list[str]:
        """Make it so. The modules that could not be unloaded because somebody uses them are the answer."""
        if wanted:
            self._apply_present(wanted, plan, state)
            return []
        self._put_files(wanted, state)
        self._write(plan)
        left = self._unload(plan.unload)
        self._host.remove(self.record_file)
        self._host.remove_directory_if_empty(self.record_file.rpartition("/")[0])
        return left

    def _apply_present(self, wanted: Wanted, plan: Plan, state: State) -> None:
        for name in plan.load:
            self._host.run(("modprobe", name))
        if plan.load:
            # Their sysctls are there only now, and they have brought other modules along.
            now = self.read(wanted)
            ours = {*state.record.modules, *(now.loaded - state.loaded)}
            known = replace(state.record, modules=tuple(sorted(ours)))
            plan = setup.make_plan(wanted, now.loaded, now.values, known)
        if plan.record and (plan.record != state.record or state.found.problem):
            self._host.write(self.record_file, setup.render_record(plan.record))
        self._write(plan)
        self._put_files(wanted, state)

    def _write(self, plan: Plan) -> None:
        for change in plan.changes:
            sysctl.write_live(self._host, change.name, change.before, change.after)

    def _put_files(self, wanted: Wanted, state: State) -> None:
        for path, text in self.files(wanted).items():
            if text is None:
                self._host.remove(path)
            elif text != state.texts[path]:
                self._host.write(path, text)

    def _unload(self, names: Iterable[str]) -> list[str]:
        """Unload what nobody uses, again and again: each may have been the last user of another."""
        left = set(names)
        while left:
            unused = [name for name in self._unused() if name in left]
            if not unused:
                break
            for name in unused:
                self._host.run(("rmmod", name))
            left.difference_update(unused)
        return sorted(left.intersection(self._loaded()))

    def _unused(self) -> list[str]:
        return [fields[0] for fields in self._modules() if fields[2] == "0"]

    def _modules(self) -> list[list[str]]:
        """The lines of /proc/modules: name, size, users and more."""
        lines = [line.split() for line in lines_in(self._host.read("/proc/modules") or "")]
        return [fields for fields in lines if len(fields) > 2]

    def differs(self, wanted: Wanted, plan: Plan, state: State) -> bool:
        """Whether there is anything to do."""
        remembered = (plan.record or Record()) != state.record or state.found.problem is not None
        return bool(plan.load or plan.changes or remembered) or self.files(wanted) != dict(state.texts)

    def view(self, wanted: Wanted, plan: Plan, state: State) -> dict[str, t.Any]:
        """The state before, as a result shows it."""
        loaded = state.loaded & {*wanted.modules, *state.record.modules}
        return _view(loaded, state.values, wanted, plan, any(state.texts.values()))

    def view_after(self, wanted: Wanted, plan: Plan, state: State) -> dict[str, t.Any]:
        """The state after."""
        loaded = {*state.loaded, *plan.load} & {*wanted.modules, *state.record.modules}
        values = {**state.values, **{change.name: change.after for change in plan.changes}}
        return _view(loaded - set(plan.unload), values, wanted, plan, bool(wanted))

    def file_diffs(self, wanted: Wanted, state: State) -> list[dict[str, str]]:
        """How our files change, for Ansible to show."""
        return [
            {"before_header": path, "after_header": path, "before": state.texts[path] or "", "after": text or ""}
            for path, text in self.files(wanted).items()
            if text != state.texts[path]
        ]


def commands(plan: Plan) -> list[str]:
    """The commands that say the same as the plan."""
    loads = [f"modprobe {name}" for name in plan.load]
    sets = [f"sysctl -w {change.name}={change.after}" for change in plan.changes]
    return [*loads, *sets, *(f"rmmod {name}" for name in plan.unload)]


def _view(
    modules: Iterable[str], values: Mapping[str, str], wanted: Wanted, plan: Plan, persistent: bool
) -> dict[str, t.Any]:
    shown = {*setup.resolve(wanted.sysctls, values), *(change.name for change in plan.changes)}
    sysctls = {name: values[name] for name in sorted(shown) if name in values}
    return {"kernel_modules": sorted(modules), "sysctls": sysctls, "persistent": persistent}
