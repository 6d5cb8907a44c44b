# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel of a host as one module of this collection keeps it: modules and sysctls, live, at boot, and remembered.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from .._errors import LvsError
from .._host import actions as host_actions
from .._model.lines import lines_in
from . import decide, sysctl
from .boot_files import boot_files
from .claims import claims
from .decide import Plan, Record, Wanted
from .holders import holders

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable, Mapping

    from .._host.actions import Action
    from .._host.host import Host
    from .._model.shapes import Reader

# Of a host whose root is that of the kernel, see user_namespaces(7).
_USER_IDS, _ALL_IDS = "/proc/self/uid_map", "0 0 4294967295"

_HEADER = """\
# Written by linuxvirtualserver.lvs.{module}; the next run puts back what is changed here.
# To undo it, run the same task with state: absent: it also restores the running kernel."""


class Kernel:
    """The kernel of a host, and what a module has written for it and of it, read once.

    ``harm`` is what would happen if its sysctls were not set, ``shape`` that of its record.
    """

    def __init__(self, host: Host, module: str, harm: str = "", shape: Reader[Record] = decide.PLAIN) -> None:
        name = module.replace("_", "-")
        self.host = host
        self.harm = harm
        self.header = _HEADER.format(module=module) + (f"\n# Without it {harm}." if harm else "")
        self.boot = boot_files(host, name, self.header)
        self.record_file = decide.record_file(module)
        self.found = decide.parse_record(host.read(self.record_file), self.record_file, shape)
        self.record = self.found.value or Record()
        self.options_file = f"/etc/modprobe.d/lvs-{name}.conf"
        kept = {path: self.boot.text(path) for path in self.boot.paths}
        self.texts = {self.options_file: host.read(self.options_file), **kept}

    @property
    def persistent(self) -> bool:
        """Whether files of ours bring it back at boot."""
        return any(self.texts.values())

    def loaded(self) -> frozenset[str]:
        """The modules in the kernel, loaded or built in."""
        loaded = [fields[0] for fields in self.modules()]
        builtin = lines_in(self.host.read(f"/lib/modules/{self.release()}/modules.builtin") or "")
        names = (PurePosixPath(path).name.partition(".")[0].replace("-", "_") for path in builtin)
        return frozenset([*loaded, *names])

    def modules(self) -> list[list[str]]:
        """The lines of /proc/modules: name, size, users and more."""
        lines = [line.split() for line in lines_in(self.host.read("/proc/modules") or "")]
        return [fields for fields in lines if len(fields) > 2]

    def release(self) -> str:
        return (self.host.read("/proc/sys/kernel/osrelease") or "").strip()

    def values(self, names: Iterable[str]) -> dict[str, str]:
        """The sysctls there are of these names, patterns among them."""
        return sysctl.values(self.host, names)

    def decide(self, wanted: Wanted, shown: Iterable[str] = (), ours: Collection[str] = ()) -> Work:
        """What there is to do; the values of ``shown`` are read as well. ``ours`` is what holders() must not count."""
        loaded = self.loaded() if wanted.modules or self.record.modules else frozenset()
        values = self.values([*shown, *decide.watched(wanted, self.record)])
        claimed = claims(self.host, decide.going_back(wanted, values, self.record))
        plan = decide.make_plan(wanted, loaded, values, decide.without(self.record, claimed))
        lines, path = self.boot.lines() if wanted.sysctls else [], self.boot.paths[-1]
        boot = decide.boot_values(wanted, values, plan.record or Record(), lines, path)
        options = decide.render_options(self.header, wanted.options) if wanted.options else None
        at_boot = self.boot.texts(wanted.modules if wanted.at_boot else (), boot)
        texts = {self.options_file: options, **at_boot}
        held = holders(self.host, [name for name in plan.unload if name in loaded], ours)
        plan = replace(plan, unload=self._free(plan.unload, held))
        puts = {one: self._put(one, text) for one, text in texts.items()}
        undoing = decide.undoing(wanted, lines, path)
        return Work(self, wanted, loaded, values, plan, texts, puts, undoing, held, claimed)

    def _put(self, path: str, text: str | None) -> list[Action]:
        """What makes a file of ours say what it must."""
        if text == self.texts[path]:
            return []
        if path in self.boot.paths:
            return self.boot.actions(path, text)
        return [host_actions.Remove(path)] if text is None else [host_actions.Write(path, text)]

    def _free(self, modules: Iterable[str], held: Collection[str]) -> tuple[str, ...]:
        """Those of the modules that neither somebody nor a module that stays has need of."""
        needed = {fields[0]: set(fields[3].split(",")) - {"", "-"} for fields in self.modules() if len(fields) > 3}
        free = [name for name in modules if name not in held]
        while True:
            kept = [name for name in free if needed.get(name, set()).issubset(free)]
            if kept == free:
                return tuple(kept)
            free = kept


def _former(record: Record, name: str) -> str:
    return next(change.before or "" for change in record.changes if change.name == name)


@dataclass(frozen=True)
class Work:
    """What makes a kernel what is wanted: the state before, the plan, and what our files must say."""

    kernel: Kernel
    wanted: Wanted
    loaded: frozenset[str]
    values: Mapping[str, str]
    plan: Plan
    texts: Mapping[str, str | None]
    puts: Mapping[str, list[Action]]  # what makes each of the files say so
    undoing: list[sysctl.Line]
    held: Mapping[str, list[str]] = field(default_factory=dict)
    claimed: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.plan.load or self.plan.changes or self._forgets(self.plan)) or self.texts != self.kernel.texts

    def _forgets(self, plan: Plan) -> bool:
        """Whether the record does not say what this plan has us remember."""
        return (plan.record or Record()) != self.kernel.record or self.kernel.found.problem is not None

    def problems(self) -> list[LvsError]:
        """Why it cannot be done, before anything is."""
        host, release, file = self.kernel.host, self.kernel.release(), self.kernel.boot.paths[-1]
        changes = [one for one in self.plan.changes if one.before is not None]
        found = [sysctl.unwritable(host, one.name, one.before, one.after) for one in changes]
        barred = self._barred()
        found += [] if barred is None else [barred]
        found += [
            LvsError(
                "kernel_modules",
                name,
                f"is not a module of the kernel {release} of this host. Install the package of it that has it, "
                "or start a kernel that does.",
            )
            for name in self.plan.load
            if not barred and not host.succeeds(("modprobe", "--dry-run", "--quiet", name))
        ]
        harm = f", and {self.kernel.harm}" if self.kernel.harm else ""
        cure = f"would undo {file} at the next boot{harm}. Remove that line."
        found += [LvsError(line.place, f"{line.name} = {line.value}", cure) for line in self.undoing]
        return [one for one in found if one is not None]

    def _barred(self) -> LvsError | None:
        """Why the kernel does not listen to this host's root: it loads no module, and lets nobody else use IPVS."""
        names = sorted({*self.plan.load, *(name for name in self.wanted.modules if name.startswith("ip_vs"))})
        ids = (self.kernel.host.read(_USER_IDS) or _ALL_IDS).split()
        if not names or ids == _ALL_IDS.split():
            return None
        cure = (
            "are not for this host to load or to use: it is an unprivileged container, whose root is another user to"
            " the kernel. Run it as a privileged container, or use another host."
        )
        return LvsError("kernel_modules", names, cure)

    def apply(self, begin: Iterable[Action] = (), end: Iterable[Action] = ()) -> list[str]:
        """Make it so, with what must be done around the sysctls. The answer is what a user should be told.

        Each step can be the last one: what was before is written down first, what is set lasts afterwards, and what
        ends does not last any more before it ends.
        """
        if self.plan.record:
            # Read when a module is loaded, so it comes before.
            host_actions.apply(self.kernel.host, self.puts[self.kernel.options_file])
        plan, host = self._load(), self.kernel.host
        if plan.record and self._forgets(plan):
            host.write(self.kernel.record_file, decide.render_record(plan.record))
        if not plan.record:
            self._put_files()
        host_actions.apply(host, begin)
        for change in plan.changes:
            sysctl.write_live(host, change.name, change.before, change.after)
        if plan.record:
            self._put_files()
        host_actions.apply(host, end)
        left = self._unload()
        if not plan.record:
            host.remove(self.kernel.record_file)
            host.remove_directory_if_empty(self.kernel.record_file.rpartition("/")[0])
        return [
            f"The kernel module {name} came with this collection and is in use, so it stays loaded." for name in left
        ]

    def waiting(self) -> list[str]:
        """What a user should be told of options of modules that were loaded without them."""
        return [
            f"The kernel module {name} was loaded with {option} = {now}. What was asked for, {value}, counts when it is"
            " loaded the next time: reboot the host when its connections may go."
            for name, options in self.wanted.options.items()
            for option, value in options.items()
            for now in [(self.kernel.host.read(f"/sys/module/{name}/parameters/{option}") or "").strip()]
            if name in self.loaded and now not in ("", value)
        ]

    def kept(self) -> list[str]:
        """What a user should be told of that stays for the sake of others."""
        modules = [
            f"The kernel module {name} came with this collection and stays loaded, for others would lose with it:"
            f" {', '.join(others)}."
            for name, others in self.held.items()
        ]
        return modules + [
            f"The sysctl {name} stays as this collection set it, for others need it: {', '.join(others)}. Set it to"
            f" {_former(self.kernel.record, name)}, as it was before, when they do not any more."
            for name, others in self.claimed.items()
        ]

    def _load(self) -> Plan:
        """Load the modules; their sysctls are there only then, and they bring other modules along."""
        for name in self.plan.load:
            self.kernel.host.run(("modprobe", name))
        if not self.plan.load:
            return self.plan
        loaded, record = self.kernel.loaded(), self.kernel.record
        known = replace(
            decide.without(record, self.claimed), modules=tuple(sorted({*record.modules, *(loaded - self.loaded)}))
        )
        values = self.kernel.values(decide.watched(self.wanted, record))
        return decide.make_plan(self.wanted, loaded, values, known)

    def _put_files(self) -> None:
        for actions in self.puts.values():
            host_actions.apply(self.kernel.host, actions)

    def _unload(self) -> list[str]:
        """Unload what nobody uses, again and again: each may have been the last user of another."""
        left = set(self.plan.unload)
        while left:
            unused = [name for name in self._unused() if name in left]
            if not unused:
                break
            for name in unused:
                self.kernel.host.run(("rmmod", name))
            left.difference_update(unused)
        return sorted(left & self.kernel.loaded()) if left else []

    def _unused(self) -> list[str]:
        return [fields[0] for fields in self.kernel.modules() if fields[2] == "0"]

    @property
    def values_after(self) -> dict[str, str]:
        return {**self.values, **{change.name: change.after for change in self.plan.changes}}

    def before(self) -> dict[str, t.Any]:
        """The state before, as a result shows it."""
        return self._view(self.loaded, self.values, self.kernel.persistent)

    def after(self) -> dict[str, t.Any]:
        """The state after."""
        loaded = {*self.loaded, *self.plan.load} - set(self.plan.unload)
        return self._view(loaded, self.values_after, any(self.texts.values()))

    def _view(self, loaded: Iterable[str], values: Mapping[str, str], persistent: bool) -> dict[str, t.Any]:
        ours = {*self.wanted.modules, *self.kernel.record.modules}
        shown = {*decide.targets(self.wanted, self.values), *(change.name for change in self.plan.changes)}
        sysctls = {name: values[name] for name in sorted(shown) if name in values}
        return {"kernel_modules": sorted(ours.intersection(loaded)), "sysctls": sysctls, "persistent": persistent}

    def commands(self, begin: Iterable[Action] = (), end: Iterable[Action] = ()) -> list[str]:
        """The commands that say the same as apply does, in its order."""
        files = [action for actions in self.puts.values() for action in actions]
        return [
            *(f"modprobe {name}" for name in self.plan.load),
            *host_actions.commands(begin),
            *(f"sysctl -w {change.name}={change.after}" for change in self.plan.changes),
            *host_actions.commands([*files, *end]),
            *(f"rmmod {name}" for name in self.plan.unload),
        ]

    def file_diffs(self) -> list[dict[str, str]]:
        """How our files change, for Ansible to show."""
        before = {path: text or "" for path, text in self.kernel.texts.items()}
        changed = {path: text or "" for path, text in self.texts.items() if text != self.kernel.texts[path]}
        return host_actions.file_diffs((host_actions.Write(path, text) for path, text in changed.items()), before)
