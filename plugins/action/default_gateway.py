# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of default_gateway: tell the host where we come from, and confirm over a new connection."""

from __future__ import annotations

import secrets
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.modules.default_gateway import SPECIFICATION, require_time
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.action import Result, UnixAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._way_back import WayBack


class ActionModule(UnixAction):
    """Change the running host, then come back over a new connection to confirm."""

    module = "linuxvirtualserver.lvs.default_gateway"
    specification = SPECIFICATION

    def run_on_linux(self, variables: dict[str, t.Any]) -> Result:
        """Run the module; when it changed the running host, run it again over a new connection."""
        made_by = self._find_connection()
        way_back = WayBack(self._connection, self._task.args.get("gateway"), self._timeout())
        try:
            result = self._run_module({"connection": made_by}, variables)
        except AnsibleConnectionFailure as lost:
            # It may have gone after the change and before the answer: the host knows.
            result = {"unconfirmed": True, "msg": str(lost)}
        if not result.pop("unconfirmed", False):
            return result
        # The host says what became of the change: confirmed, or taken back.
        return way_back.ask(
            lambda: self._run_module({"connection": self._find_connection(), "confirm": made_by}, variables)
        )

    def _run_module(self, extra: dict[str, str], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        arguments = {**self._task.args, **extra}
        result: dict[str, t.Any] = self._execute_module(
            module_name=self.module, module_args=arguments, task_vars=variables, wrap_async=False
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
        return int(self._task.args.get("timeout") or SPECIFICATION["argument_spec"]["timeout"]["default"])

    def run_on_unix(self, name: str, arguments: dict[str, t.Any]) -> Result:
        require_time(arguments["timeout"])
        host = self.look(name)
        change = gateway.plan(host, arguments["state"], arguments["gateway"], arguments["persistent"])
        steps = [*change.live, *change.save]
        self.require_files(steps)
        before = gateway.view(host)
        after = gateway.foresee(host, change, arguments["persistent"])
        if not self._task.check_mode:
            if change.live:
                self._change_live(name, change, arguments["timeout"])
            self.do(change.save)
            after = gateway.view(self.look(name)) if steps else before
        return self.finish(steps, before, after, host.answers.files)

    def _change_live(self, name: str, change: gateway.Change, timeout: int) -> None:
        """Arm the host's own rollback, change, and call it off over a new connection."""
        made_by = self._seen_from()
        token = secrets.token_hex(8)
        armed = self.shell(gateway.arm(token, timeout, change.undo))
        if armed["rc"] != 0:
            raise LvsError("gateway", change.gateway, f"cannot be taken back by this host: {armed['stderr'].strip()}")
        way_back = WayBack(self._connection, change.gateway, timeout)
        try:
            self.do(change.live)
        except AnsibleConnectionFailure as lost:
            self.warn(f"The connection was lost after the change ({lost}).")
        except LvsError:
            self.shell(gateway.confirm(token))
            self.do(change.undo)
            raise
        confirmed = way_back.ask(lambda: self._call_off(token, made_by))
        if confirmed and self.look(name).gateways().live == change.expected:
            return
        if confirmed:
            self.do(change.undo)
        raise LvsError(
            "gateway",
            change.gateway,
            "was taken back: the change was not confirmed over a new connection in time. The "
            "gateway is what it was before, now and at boot. See whether the new one leads to the controller; if "
            "not, give this host a particular route to it first.",
        )

    def _call_off(self, token: str, made_by: str) -> bool:
        """Whether the rollback was called off in time: the host has not taken the change back by itself."""
        if made_by and self._seen_from() == made_by:
            raise LvsError("connection", made_by, "is still the same, which proves nothing; it must be new.")
        return bool(self.shell(gateway.confirm(token))["rc"] == 0)

    def _seen_from(self) -> str:
        """Where the host sees us come from; empty where no network lies between."""
        execute: t.Callable[..., Result] = self._low_level_execute_command
        found: str = execute('echo "$SSH_CONNECTION"', sudoable=False)["stdout"].strip()
        return found
