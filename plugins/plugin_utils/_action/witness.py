# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that have hosts looked at, and keep what the hosts say as data.

Private: this file may change in any release; do not import it from outside the collection.

What a host says never becomes a variable that Ansible could take for a template. An action reads the results of other
hosts itself, and a host that cannot be reached gives a result like any other: before ansible-core 2.19 what Ansible
registers of an unreachable host is a template as soon as a template asks whether it is there.
"""

from __future__ import annotations

import traceback
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._errors import LvsError
from .._rules.inert import failed
from .._rules.shown import showable, showable_lines
from .python import KnowsPython, without_vaults

Data = dict[str, t.Any]
Variables = t.Mapping[str, t.Any]
Step = t.Callable[[Variables], Data]

# Under this name a task has what a host said of itself.
LOOKED = "looked"
_NOT_LOOKED_AT = {"msg": "it was not looked at"}

# What Ansible would make use of, were it not inside the result of another module.
_NOT_EVIDENCE = ("ansible_facts", "deprecations", "diff", "exception", "invocation", "warnings")


class Witness(KnowsPython):
    """The steps of a playbook; each is a method, named by the argument `step`."""

    _supports_check_mode = True
    _supports_async = False
    steps: t.ClassVar[t.Sequence[str]]
    wishes: t.ClassVar[t.Mapping[str, t.Any]]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Data:
        super().run(tmp, task_vars)
        try:
            return {"changed": False, **self._step()(task_vars or {})}
        except (AnsibleActionFail, LvsError) as error:
            reason: object = error
        except Exception as error:
            # A mistake of ours; what it says may be a host's own words.
            self._display.vvv(showable_lines(traceback.format_exc()))
            reason = f"{type(error).__name__}: {showable(error)}. With -vvv it says where."
        return without_vaults(failed(reason), task_vars, self._task.args)

    def _step(self) -> Step:
        specification = {
            "step": {"type": "str", "choices": list(self.steps), "required": True},
            "wishes": {"type": "dict", "options": self.wishes},
        }
        arguments = validated(specification, self._task.args)
        self._wished: Data = arguments["wishes"] or {}
        step: Step = getattr(self, arguments["step"])
        return step

    def look(self, module: str, arguments: t.Mapping[str, t.Any], variables: Variables) -> Data:
        """What a module of ours says of this host; why it says nothing is a `problem`."""
        try:
            said = self._execute_module(
                module_name=f"linuxvirtualserver.lvs.{module}",
                module_args=dict(arguments),
                task_vars=dict(variables),
                wrap_async=False,
            )
        except AnsibleError as error:  # it cannot be reached, or not become root
            return {"problem": _one_line(error)}
        if said.get("failed"):
            return {"problem": _one_line(said.get("msg", "it failed"))}
        return {name: value for name, value in said.items() if name not in _NOT_EVIDENCE and not name.startswith("_")}


def validated(specification: t.Mapping[str, t.Any], arguments: t.Mapping[str, t.Any]) -> Data:
    checked = ArgumentSpecValidator(specification).validate(arguments)
    if checked.error_messages:
        raise AnsibleActionFail(showable("; ".join(checked.error_messages)))
    parameters: Data = checked.validated_parameters
    return parameters


def said_by(variables: Variables, hosts: t.Iterable[str], names: t.Iterable[str]) -> dict[str, Data]:
    """By host, what it said in the tasks that registered their results under these names."""
    hostvars = variables["hostvars"]
    known = {host: hostvars.raw_get(host) for host in hosts if host in hostvars}
    return {host: {name: known[host][name] for name in names if name in known[host]} for host in known}


def evidence_of(variables: Variables, hosts: t.Iterable[str], name: str) -> dict[str, Data]:
    """By host, what it said in the task of this name that had it looked at, as a result of lvs_evidence has it."""
    listed = list(dict.fromkeys(hosts))
    said = said_by(variables, listed, [name])
    return {host: _evidence(said.get(host, {}).get(name)) for host in listed}


def _evidence(result: object) -> Data:
    if not isinstance(result, t.Mapping):
        return _NOT_LOOKED_AT
    said = result.get(LOOKED)
    if not isinstance(said, t.Mapping):
        return {"msg": str(result.get("msg", _NOT_LOOKED_AT["msg"]))}
    if not isinstance(said.get("evidence"), t.Mapping):
        return {"msg": str(said.get("problem", "it gave no evidence"))}
    return {"evidence": said["evidence"]}


def _one_line(text: object) -> str:
    return showable(" ".join(str(text).split()))
