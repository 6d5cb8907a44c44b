# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of default_gateway: tell the host where we come from, and confirm over a new connection."""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

_MODULE = "linuxvirtualserver.lvs.default_gateway"
_DEFAULT_TIMEOUT = 60
# After the host has taken the change back it answers again, and says so.
_GRACE_SECONDS = 30
_PAUSE_SECONDS = 1


class ActionModule(ActionBase):
    """Run the module; when it changed the running host, run it again over a new connection to confirm."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        made_by = self._find_connection()
        started = time.monotonic()
        try:
            result = self._run_module({"connection": made_by}, variables)
        except AnsibleConnectionFailure as lost:
            # It may have gone after the change and before the answer: the host knows.
            result = {"unconfirmed": True, "msg": str(lost)}
        if not result.pop("unconfirmed", False):
            return result
        # The answer may have come late, after the rollback let it through.
        taken_back = max(started + self._timeout(), time.monotonic())
        return self._confirm(made_by, taken_back + _GRACE_SECONDS, variables)

    def _confirm(self, made_by: str, deadline: float, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Come back until the host says what became of the change: confirmed, or taken back."""
        reason = "no answer"
        while time.monotonic() < deadline:
            try:
                self._connection.reset()
                again = self._find_connection()
                return self._run_module({"connection": again, "confirm": made_by}, variables)
            except AnsibleConnectionFailure as lost:
                reason = str(lost)
            time.sleep(_PAUSE_SECONDS)
        raise AnsibleActionFail(
            f"gateway: {self._task.args.get('gateway')!r} could not be confirmed, and the host cannot be reached "
            f"although by now it has taken the change back ({reason}). Look at it from its console, or cut its power: "
            "nothing was written to its disk."
        )

    def _run_module(self, extra: dict[str, str], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        arguments = {**self._task.args, **extra}
        result: dict[str, t.Any] = self._execute_module(
            module_name=_MODULE, module_args=arguments, task_vars=variables, wrap_async=False
        )
        return result

    def _find_connection(self) -> str:
        """Where the host sees us come from. Asked as the user who logs in, for sudo hides it from root."""
        execute: t.Callable[..., dict[str, t.Any]] = self._low_level_execute_command
        answer = execute("printenv SSH_CONNECTION", sudoable=False)
        found: str = answer["stdout"].strip()
        name: str = self._connection.transport
        if not found and ("ssh" in name or "paramiko" in name):
            raise AnsibleActionFail(
                f"connection: {name!r} is a network connection, but the host has no SSH_CONNECTION in its environment, "
                "so it cannot be shown that the controller will not be locked out. Use a login shell that keeps it."
            )
        return found

    def _timeout(self) -> int:
        return int(self._task.args.get("timeout") or _DEFAULT_TIMEOUT)
