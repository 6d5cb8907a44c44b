# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One action for every system: which one the host runs is decided here, and nowhere else.

Private: this file may change in any release; do not import it from outside the collection.

On Linux the module of the action's name runs. Elsewhere one of the action's branches does the work of the module from
the controller, over the connection itself: the host needs no Python.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ...module_utils._errors import LvsError
from .._plan.systems import LINUX
from .._rules.inert import failed, unreachable
from .python import KnowsPython, for_people, without_vaults

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping, Sequence

    from ansible.plugins.connection import ConnectionBase

Result = dict[str, t.Any]


class SystemAction(KnowsPython):
    """Runs the module on Linux, and the right branch elsewhere. A subclass names them."""

    _supports_check_mode = True
    _supports_async = False
    module: str
    specification: t.ClassVar[dict[str, t.Any]]
    branches: t.ClassVar[tuple[type[Branch], ...]]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        self._variables = task_vars or {}
        try:
            result = self._run_branch()
        except (AnsibleActionFail, LvsError) as error:
            result = failed(error)
        except AnsibleConnectionFailure as lost:
            result = unreachable(lost)
        return for_people(without_vaults(result, task_vars, self._task.args), task_vars)

    def _run_branch(self) -> Result:
        by_system = {name: branch for branch in self.branches for name in branch.systems}
        system = self._find_system(by_system)
        if system == LINUX:
            return self.run_on_linux()
        validate: t.Callable[..., tuple[object, Result]] = self.validate_argument_spec
        _validated, arguments = validate(**self.specification)
        return by_system[system](self, system).run(arguments)

    def _find_system(self, known: Mapping[str, object]) -> str:
        """The system of the host: the task says it, or the facts; Linux when neither does."""
        name = str(self._task.args.get("system") or self._variables.get("ansible_facts", {}).get("system") or LINUX)
        if name not in (LINUX, *known):
            cure = f"is not a system that this module knows. Use one of {', '.join((LINUX, *known))}."
            raise LvsError("system", name, cure)
        return name

    def run_on_linux(self) -> Result:
        return self.execute(self.module, self._task.args)

    # What a branch may ask of its action.

    @property
    def check_mode(self) -> bool:
        return bool(self._task.check_mode)

    @property
    def diff(self) -> bool:
        return bool(self._task.diff)

    @property
    def connection(self) -> ConnectionBase:
        return self._connection

    def execute(self, module: str, arguments: dict[str, t.Any]) -> Result:
        """Have a module run on the host."""
        result: Result = self._execute_module(
            module_name=module, module_args=arguments, task_vars=self._variables, wrap_async=False
        )
        return result

    def run_action(self, name: str, arguments: dict[str, t.Any], check_mode: bool) -> Result:
        """Have another action of this collection work on the host, as a task of its own would."""
        task = self._task.copy()
        task.args = arguments
        task.check_mode = check_mode
        action = self._shared_loader_obj.action_loader.get(
            f"linuxvirtualserver.lvs.{name}",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        result: Result = action.run(task_vars=self._variables)
        return result

    def shell(self, script: str, sudoable: bool = True) -> Result:
        """Have the shell of the host run a script."""
        execute: t.Callable[..., Result] = self._low_level_execute_command
        return execute(script, sudoable=sudoable, encoding_errors="surrogateescape")


class Branch:
    """Does the work of a module on the systems that it names."""

    systems: t.ClassVar[tuple[str, ...]]

    def __init__(self, action: SystemAction, system: str) -> None:
        self.action = action
        self.system = system
        self._warnings: list[str] = []

    def run(self, arguments: dict[str, t.Any]) -> Result:
        """What the module returns; the arguments are as the module would have them."""
        raise NotImplementedError

    def warn(self, text: str) -> None:
        self._warnings.append(text)

    def result(
        self, changed: bool, before: Result, after: Result, commands: list[str], files: Sequence[Result] = ()
    ) -> Result:
        """What the task returns; `files` are the diffs of files."""
        result: Result = {"changed": changed, "before": before, "after": after, "commands": commands}
        if self._warnings:
            result["warnings"] = self._warnings
        if self.action.diff:
            result["diff"] = [{"before": before, "after": after}, *files]
        return result
