# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of a module on a realserver that is not Linux: it is asked and told over the connection itself.

Private: this file may change in any release; do not import it from outside the collection.

As with ansible.builtin.raw, the host needs a shell and nothing else: no Python, no copied file.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ...module_utils._errors import LvsError
from .._plan.systems import LINUX
from .._rules.inert import failed
from . import shell as unix_shell
from . import systems
from .steps import Remove, Run, Step, Write

if t.TYPE_CHECKING:  # pragma: no cover
    from .unix import Unix

Result = dict[str, t.Any]


class UnixAction(ActionBase):
    """Runs the module on Linux; elsewhere `run_on_unix` does its work. A subclass names both."""

    _supports_check_mode = True
    _supports_async = False
    module: str
    specification: t.ClassVar[dict[str, t.Any]]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        self._warnings: list[str] = []
        self._links: frozenset[str] = frozenset()
        try:
            name = self.system_name(variables)
            return self.run_on_linux(variables) if name == LINUX else self.answer_for(name)
        except (AnsibleActionFail, LvsError) as error:
            return failed(error)

    def system_name(self, variables: dict[str, t.Any]) -> str:
        """The system of the host: the task says it, or the facts; Linux when neither does."""
        name = str(self._task.args.get("system") or variables.get("ansible_facts", {}).get("system") or LINUX)
        if name not in (LINUX, *systems.NAMES):
            known = ", ".join((LINUX, *systems.NAMES))
            raise AnsibleActionFail(f"system: {name!r} is none that this module knows. Use one of {known}.")
        return name

    def run_on_linux(self, variables: dict[str, t.Any]) -> Result:
        result: Result = self._execute_module(module_name=self.module, task_vars=variables, wrap_async=False)
        return result

    def answer_for(self, name: str) -> Result:
        validate: t.Callable[..., tuple[object, Result]] = self.validate_argument_spec
        _validated, arguments = validate(**self.specification)
        return self.run_on_unix(name, arguments)

    def run_on_unix(self, name: str, arguments: dict[str, t.Any]) -> Result:
        """Do the work of the module on a host of this system."""
        raise NotImplementedError

    def look(self, name: str, vips: t.Sequence[str] | None = None) -> Unix:
        """The host as it is, and for these VIPs, when they are known."""
        questions = systems.questions_for(name)
        said = self.shell(unix_shell.ask(questions))
        answers = unix_shell.understand(questions, said["stdout"] or said["stderr"])
        self._links = answers.links
        host = systems.find(name, answers)
        if vips is not None:
            host.expect(vips)
        return host

    def do(self, steps: t.Iterable[Step]) -> None:
        """Take the steps, one by one; the first that fails is the last."""
        todo = list(steps)
        self.require_files(todo)
        for step in todo:
            said = self.shell(unix_shell.tell(step))
            if said["rc"] != 0:
                words = (said["stderr"].strip() or said["stdout"].strip() or "no message")[-500:]
                raise LvsError("command", unix_shell.spell(step), f"failed with exit status {said['rc']}: {words}")

        if any(not isinstance(step, Run) for step in todo):
            self.shell(unix_shell.settle())

    def require_files(self, steps: t.Iterable[Step]) -> None:
        """Refuse to put a file in the place of somebody's symbolic link."""
        for step in steps:
            if isinstance(step, Write) and step.path in self._links:
                cure = "and would become a file of its own. Put the file that it leads to in its place."
                raise LvsError(step.path, "symbolic link", f"is what it is, {cure}")

    def shell(self, script: str) -> Result:
        execute: t.Callable[..., Result] = self._low_level_execute_command
        return execute(script, encoding_errors="surrogateescape")

    def warn(self, text: str) -> None:
        self._warnings.append(text)

    def finish(self, steps: list[Step], before: Result, after: Result, texts: t.Mapping[str, str]) -> Result:
        """What the task returns; `texts` are the files that were there before."""
        self.require_files(steps)
        result: Result = {
            "changed": bool(steps),
            "before": before,
            "after": after,
            "commands": [unix_shell.spell(step) for step in steps if isinstance(step, Run)],
        }
        if self._warnings:
            result["warnings"] = self._warnings
        if self._task.diff:
            files = [step for step in steps if not isinstance(step, Run)]
            result["diff"] = [{"before": before, "after": after}, *(_file_diff(step, texts) for step in files)]
        return result


def _file_diff(step: Write | Remove, texts: t.Mapping[str, str]) -> Result:
    return {
        "before_header": step.path,
        "after_header": step.path,
        "before": texts.get(step.path, ""),
        "after": step.text if isinstance(step, Write) else "",
    }
