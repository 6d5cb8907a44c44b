# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The branch of an action for a realserver that runs Windows: a script there reads and obeys, and Python here decides.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ...module_utils._errors import LvsError
from .._action.system import Branch, Result, SystemAction
from .._plan.systems import WINDOWS
from . import vip
from .host import Host, Step, parse_host

_RUNAS = "runas"


class WindowsBranch(Branch):
    """Has the host take steps. A subclass names the script, and how its steps are spelt."""

    systems = (WINDOWS,)
    script: t.ClassVar[str]

    def __init__(self, action: SystemAction, system: str) -> None:
        super().__init__(action, system)
        self.options: dict[str, t.Any] = {}  # what the script is given besides the steps
        connection = action.connection
        if not getattr(connection._shell, "_IS_WINDOWS", False):
            raise LvsError(
                "system",
                system,
                f"is not what the connection {connection.transport!r} speaks to. Set ansible_connection of this host "
                "to winrm or psrp, or ansible_shell_type to powershell, or correct lvs_system.",
            )
        # The sudo of a play for hosts of all systems. A Windows host has one way to be somebody else, which whoever
        # wants it names; ansible-core refuses every other.
        if connection.become is not None and connection.become.name != _RUNAS:
            connection.become = None

    def spell(self, step: Step) -> str:
        """The step as a person would type it."""
        raise NotImplementedError

    def ask(self, steps: t.Sequence[Step] = ()) -> Host:
        """Have the host take these steps, and say how it is then."""
        answer = self.action.execute(self.script, {**self.options, "steps": [step.as_dict() for step in steps]})
        if answer.get("failed"):
            raise AnsibleActionFail(self._explain(answer))
        return parse_host(answer.get("host"))

    def _explain(self, answer: dict[str, t.Any]) -> str:
        """What Windows said, and to what."""
        message = str(answer.get("msg", "the module failed and did not say why"))
        step = answer.get("step")
        if not isinstance(step, dict):
            return message
        words = dict(step)
        return f"{self.spell(Step.of(str(words.pop('do')), **words))}: {message}"

    def finish(self, steps: t.Sequence[Step], before: Result, after: Result) -> Result:
        return self.result(bool(steps), before, after, [self.spell(step) for step in steps])


class VipBranch(WindowsBranch):
    """Has the host take steps with VIPs."""

    script = "linuxvirtualserver.lvs.windows_vip_steps"

    def spell(self, step: Step) -> str:
        return vip.spell(step)


def require_fit(arguments: dict[str, t.Any]) -> None:
    """Refuse what Windows is not offered."""
    if arguments["backend"] != "auto":
        raise LvsError("backend", arguments["backend"], "is one for Linux. Leave it out: Windows has one way.")
    if not arguments["persistent"]:
        raise LvsError(
            "persistent",
            False,
            "is not offered on Windows, which is always set up for the next boot, too. Leave it out.",
        )
