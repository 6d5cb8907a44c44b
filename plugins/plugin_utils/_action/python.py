# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose Python is too old for our modules: it is named, with the cure for that system.

Private: this file may change in any release; do not import it from outside the collection.

Such a Python cannot compile a module, so no module can say so: what comes back is Python's own complaint. A module that
began to work always says how it was called. When one did not, the host is asked which Python it has: in words that any
Python understands, and only then, so that a host that is well is never asked.
"""

from __future__ import annotations

import getpass
import platform
import re
import shlex
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase, normal

from ...module_utils._errors import OLDEST_PYTHON, LvsError
from ...module_utils._host.lock import ASKED_BY
from .._rules.changes import lines_of, screen, whole_of, words_of
from .._rules.inert import failed, unreachable
from .._rules.shown import clipped
from .._rules.vaulted import vault_of
from .screen import is_whole

Result = dict[str, t.Any]

# The variable by which a playbook has differences kept for its end, and where they are kept.
LATER = "__preflight_later"
_BEGUN = "invocation"
_QUESTION = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})\.\d{1,3}")
_SYSTEM = re.compile(r'^(ID|ID_LIKE|VERSION_ID)="?([a-z0-9._ -]*)"?$', re.MULTILINE)
_POWERSHELL = "powershell"


class Cure(t.NamedTuple):
    """What brings a newer Python to one release of a family of systems, by os-release(5)."""

    families: tuple[str, ...]
    release: str
    command: str
    python: str


_CURES = (
    Cure(("rhel", "ol"), "8", "dnf install python3.12", "/usr/bin/python3.12"),
    Cure(("suse",), "15", "zypper install python311", "/usr/bin/python3.11"),
    Cure(("ubuntu",), "20", "apt-get install python3.9", "/usr/bin/python3.9"),
)


class KnowsPython(ActionBase):
    """For every action of ours that has a module run on a host. The module is told who has it run."""

    _asked_by = ""

    def _execute_module(self, *args: t.Any, **kwargs: t.Any) -> Result:
        self._asked_by = self.asked_by(kwargs.get("task_vars") or {})
        result: Result = super()._execute_module(*args, **kwargs)
        if not result.get("failed") or _BEGUN in result or self._connection._shell.SHELL_FAMILY == _POWERSHELL:
            return result
        problem = self._find_problem((self._used_interpreter or "").lstrip("#!").strip())
        return result if problem is None else failed(problem)

    def asked_by(self, variables: t.Mapping[str, t.Any]) -> str:
        """Who has it run, for the records of hosts."""
        return asked_by(variables)

    def _compute_environment_string(self, raw_environment_out: Result | None = None) -> str:
        environment: Result = {}
        compute: t.Callable[..., str] = super()._compute_environment_string
        prefix = compute(environment)
        if self._asked_by and self._connection._shell.SHELL_FAMILY != _POWERSHELL:
            environment[ASKED_BY] = self._asked_by
            prefix = str(self._connection._shell.env_prefix(**environment))
        if raw_environment_out is not None:
            raw_environment_out.update(environment)
        return prefix

    def _find_problem(self, interpreter: str) -> LvsError | None:
        """What is wrong with the Python that was to run the module; None when it is new enough, or none at all."""
        python = shlex.join(shlex.split(interpreter))
        execute: t.Callable[..., Result] = self._low_level_execute_command
        said = execute(f"{python} -c {shlex.quote(_QUESTION)} && cat /etc/os-release")["stdout"]
        version = _VERSION.search(said)
        if version is None or tuple(map(int, version.groups())) >= OLDEST_PYTHON:
            return None
        return too_old(interpreter, version.group(), dict(_SYSTEM.findall(said)))


def asked_by(variables: t.Mapping[str, t.Any]) -> str:
    """Who runs this, for the records of hosts: a user at a controller, or a job of AWX and its user."""
    job, user, template = (_of_awx(variables, name) for name in ("job_id", "user_name", "job_template_name"))
    if job:
        return f"AWX job {job}{f' ({template})' if template else ''}{f' of {user}' if user else ''}"
    try:
        return f"{getpass.getuser()} at {platform.node()}"
    except (KeyError, OSError):  # a user without a name, as in a container
        return f"somebody at {platform.node()}"


def _of_awx(variables: t.Mapping[str, t.Any], name: str) -> str:
    """What AWX says of its job; Tower said it under another name."""
    known = (variables.get(f"{product}_{name}") for product in ("awx", "tower"))
    return next((clipped(one) for one in known if isinstance(one, (int, str)) and one), "")


class RunModule(KnowsPython, normal.ActionModule):
    """What Ansible does for a module that has no action, and the name of the Python that failed it.

    Each such module has its own small action: a redirect in meta/runtime.yml makes ansible-lint take one module for
    another, and a symlink does that to antsibull-docs.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        execute: t.Callable[..., Result] = super().run
        try:
            result = execute(tmp, task_vars)
        except AnsibleConnectionFailure as lost:
            result = unreachable(lost)
        return for_people(without_vaults(result, task_vars, self._task.args), task_vars)


def for_people(result: Result, variables: t.Mapping[str, t.Any] | None) -> Result:
    """The difference in the words of the model and on a screen; with -v as it is.

    playbooks/preflight.yml says it of all tasks at its end, and has the whole to write it to a file.
    """
    if not result.get("diff"):
        return result
    known = variables or {}
    later = known.get(LATER) is True
    if is_whole() and not later:
        return result
    lines = lines_of(result, words_of(known.get("lvs_plan")))
    if later:
        kept = {"lines": lines, "whole": whole_of(result)}
        return {**result, LATER: kept, "diff": result["diff"] if is_whole() else []}
    return {**result, "diff": {"prepared": "".join(f"{line}\n" for line in screen(lines, "-v shows them"))}}


def without_vaults(result: Result, variables: t.Mapping[str, t.Any] | None, arguments: object) -> Result:
    """What callbacks, registered variables and events have of a task."""
    hidden: Result = vault_of(variables or {}, arguments).hide(result)
    return hidden


def too_old(interpreter: str, version: str, system: t.Mapping[str, str]) -> LvsError:
    """How a host's Python is named, and what its system has that is newer."""
    ours = {system.get("ID", ""), *system.get("ID_LIKE", "").split()}
    release = system.get("VERSION_ID", "").partition(".")[0]
    needed = ".".join(map(str, OLDEST_PYTHON))
    how, python = f"Install Python {needed} or newer on it", "the path of that"
    for cure in _CURES:
        if release == cure.release and not ours.isdisjoint(cure.families):
            how, python = f"Run `{cure.command}` on it", cure.python
    return LvsError(
        "ansible_python_interpreter",
        interpreter,
        f"is Python {version}, but the modules need {needed} or newer; nothing was changed on this host. {how}, and "
        f"set ansible_python_interpreter to {python}.",
    )
