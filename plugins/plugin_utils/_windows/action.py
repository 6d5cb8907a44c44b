# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions for Windows share: the script on the host reads and obeys, and Python here decides.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ...module_utils._errors import LvsError
from .._rules.inert import failed
from .host import Host, Step, parse_host

Spell = t.Callable[[Step], str]


class WindowsAction(ActionBase):
    """An action whose module is a PowerShell script of the same name, with these options and `steps`."""

    _supports_check_mode = True
    _supports_async = False
    specification: t.ClassVar[dict[str, t.Any]]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        self._variables = task_vars or {}
        validate: t.Callable[..., tuple[object, dict[str, t.Any]]] = self.validate_argument_spec
        try:
            _validation, arguments = validate(**self.specification)
            return self.decide(arguments)
        except (AnsibleActionFail, LvsError) as error:
            return failed(error)

    def decide(self, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        """The result of the task."""
        raise NotImplementedError

    def ask(self, spell: Spell, steps: t.Sequence[Step] = ()) -> Host:
        """Have the host take these steps, and say how it is then."""
        arguments = {**self._task.args, "steps": [step.as_dict() for step in steps]}
        answer = self._execute_module(
            module_name=self._task.action, module_args=arguments, task_vars=self._variables, wrap_async=False
        )
        if answer.get("failed"):
            raise AnsibleActionFail(_explain(answer, spell))
        return parse_host(answer.get("host"))

    def result(
        self, before: dict[str, t.Any], after: dict[str, t.Any], steps: t.Sequence[Step], spell: Spell
    ) -> dict[str, t.Any]:
        result: dict[str, t.Any] = {
            "changed": bool(steps),
            "before": before,
            "after": after,
            "commands": [spell(step) for step in steps],
        }
        if self._task.diff:
            result["diff"] = [{"before": before, "after": after}]
        return result


def _explain(answer: dict[str, t.Any], spell: Spell) -> str:
    """What Windows said, and to what."""
    message = str(answer.get("msg", "the module failed and did not say why"))
    step = answer.get("step")
    if not isinstance(step, dict):
        return message
    words = dict(step)
    return f"{spell(Step.of(str(words.pop('do')), **words))}: {message}"
