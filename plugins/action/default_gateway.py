# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of default_gateway: tell the host where we come from, and confirm over a new connection."""

from __future__ import annotations

import secrets
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.claims import parse_names
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway import parse_gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway_options import (
    SPECIFICATION,
    require_time,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.system import Result, SystemAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.way_back import WayBack, when_idle
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import gateway as unix_gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.branch import UnixBranch
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows import gateway as windows_gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.branch import WindowsBranch, require_fit
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import Host, Step

# Of this host: those of SSH, and of WinRM and PSRP without and with TLS.
_WINDOWS_PORTS = (22, 5985, 5986)


class OnUnix(UnixBranch):
    """Change the default route itself; the host takes it back unless we come back."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        require_time(arguments["timeout"])
        host = when_idle(self.look, lambda seen: bool(unix_gateway.pending(seen)))
        change = unix_gateway.plan(host, arguments)
        steps = [*change.live, *change.save]
        self.require_files([*steps, *change.claim])
        before = unix_gateway.view(host)
        after = unix_gateway.foresee(host, change, arguments["persistent"])
        if not self.action.check_mode:
            if change.live:
                self._change_live(change, arguments["timeout"])
            self.do([*change.save, *change.claim])
            after = unix_gateway.view(self.look()) if steps else before
        return self.finish(steps, before, after, host.answers.files)

    def _change_live(self, change: unix_gateway.Change, timeout: int) -> None:
        """Have the host change it and arm its own rollback, and call that off over a new connection."""
        made_by = self._seen_from()
        token = secrets.token_hex(8)
        way_back = WayBack(self.action.connection, change.gateway, timeout)
        try:
            said = self.action.shell(unix_gateway.attempt(token, timeout, change))
        except AnsibleConnectionFailure as lost:
            self.warn(f"The connection was lost during the change ({lost}).")
        else:
            self.require_done(change.live, said)
        confirmed = way_back.ask(lambda: self._call_off(token, made_by))
        if confirmed and self.look().gateways().live == change.expected:
            return
        if confirmed:
            self.action.shell(unix_gateway.take_back(change))
        raise LvsError(
            "gateway",
            change.gateway,
            "was taken back: the change was not confirmed over a new connection in time; the "
            "gateway is what it was before, now and at boot. See whether the new one leads to the controller; if "
            "not, give this host a particular route to it first.",
        )

    def _call_off(self, token: str, made_by: str) -> bool:
        """Whether the rollback was called off in time: the host has not taken the change back by itself."""
        if made_by and self._seen_from() == made_by:
            raise LvsError("connection", made_by, "is still the same, which proves nothing. Confirm over a new one.")
        return bool(self.action.shell(unix_gateway.confirm(token))["rc"] == 0)

    def _seen_from(self) -> str:
        """Where the host sees us come from; empty where no network lies between."""
        found: str = self.action.shell('echo "$SSH_CONNECTION"', sudoable=False)["stdout"].strip()
        return found


class OnWindows(WindowsBranch):
    """Change what runs, confirm over a new connection, and only then keep it for the next boot."""

    script = "linuxvirtualserver.lvs.windows_gateway_steps"

    def spell(self, step: Step) -> str:
        return windows_gateway.spell(step)

    def run(self, arguments: dict[str, t.Any]) -> Result:
        want = windows_gateway.Want(
            None if arguments["gateway"] is None else parse_gateway(arguments["gateway"]),
            arguments["interface"],
            arguments["state"] == "present",
            arguments["pin"],
            arguments["timeout"],
            parse_names(arguments),
        )
        require_time(want.timeout)
        require_fit(arguments)
        self.options = {"gateway": want.gateway, "ports": self._find_ports()}
        host = when_idle(self.ask, windows_gateway.is_waiting)
        windows_gateway.require_idle(host)
        todo = windows_gateway.plan(want, host)
        steps = [*todo.change, *todo.keep]
        before = windows_gateway.view(host, want.versions)
        if todo.change:
            windows_gateway.require_answer(want, host, todo.wanted)
        if self.action.check_mode or not steps:
            if todo.claim and not self.action.check_mode:
                self.ask(todo.claim)
            return self.finish(steps, before, windows_gateway.view_after(host, todo, want.versions))
        if todo.change:
            windows_gateway.require_peer(host, self.options["ports"])
            self._change(want, host, todo)
        now = self.ask([*todo.claim, *todo.keep])
        return self.finish(steps, before, windows_gateway.view(now, want.versions))

    def _find_ports(self) -> list[int]:
        """Those of the host that a controller may be connected to: the usual ones, and the one that we come by."""
        option: t.Callable[[str], t.Any] = self.action.get_connection_option
        own = option("port")
        return sorted({*_WINDOWS_PORTS, *([int(own)] if own else [])})

    def _change(self, want: windows_gateway.Want, host: Host, todo: windows_gateway.Plan) -> None:
        """Arm the rollback and change what runs; each answer may be lost, and then the host undoes it by itself."""
        way_back = WayBack(self.action.connection, want.gateway, want.timeout)
        self.ask([windows_gateway.arm(want, todo)])
        try:
            self.ask(todo.change)
        except AnsibleConnectionFailure:
            # It may have gone after the change and before the answer: the host knows.
            pass
        except AnsibleActionFail:
            self.ask([Step.of("fire")])
            raise
        way_back.ask(lambda: self._confirm(want, host))

    def _confirm(self, want: windows_gateway.Want, before: Host) -> None:
        """Call the rollback off, and look what stands: one that has run is still there, with nothing to do."""
        now = self.ask()
        if windows_gateway.is_waiting(now):
            if not windows_gateway.is_confirmed(want, before, now):
                raise AnsibleConnectionFailure("it was reached over the old connection only")
            now = self.ask([Step.of("disarm")])
        if now.rollback:
            self.ask([Step.of("disarm")])
        if now.rollback or not windows_gateway.stands(want, before, now):
            raise _taken_back(want)


def _taken_back(want: windows_gateway.Want) -> LvsError:
    return LvsError(
        "gateway",
        want.gateway,
        f"was taken back by this host itself: the change was not confirmed over a new connection within {want.timeout} "
        "s; the routes are as they were before, now and at boot. See whether the gateway leads to the controller and "
        "to its jump host; pin true keeps their old way.",
    )


class ActionModule(SystemAction):
    """Change the running host, then come back over a new connection to confirm."""

    module = "linuxvirtualserver.lvs.default_gateway"
    specification = SPECIFICATION
    branches = (OnUnix, OnWindows)

    def run_on_linux(self) -> Result:
        """Run the module; when it changed the running host, run it again over a new connection."""
        made_by = self._find_connection()
        # A run that was killed may still have a process on the controller, which must not confirm for another one.
        run_id = secrets.token_hex(8)
        way_back = WayBack(self._connection, self._task.args.get("gateway"), self._timeout())
        try:
            result = self._run_module(run_id, made_by)
        except AnsibleConnectionFailure as lost:
            # It may have gone after the change and before the answer: the host knows.
            result = {"unconfirmed": True, "msg": str(lost)}
        if not result.pop("unconfirmed", False):
            return result
        # The host says what became of the change: confirmed, or taken back.
        return way_back.ask(lambda: self._run_module(run_id, self._find_connection(), confirm=True))

    def _run_module(self, run_id: str, connection: str, *, confirm: bool = False) -> Result:
        own = {"connection": connection, "run_id": run_id, "confirm": confirm}
        return self.execute(self.module, {**self._task.args, **own})

    def _find_connection(self) -> str:
        """Where the host sees us come from. Asked as the user who logs in, for sudo hides it from root."""
        execute: t.Callable[..., Result] = self._low_level_execute_command
        answer = execute("printenv SSH_CONNECTION", sudoable=False)
        found: str = answer["stdout"].strip()
        name: str = self._connection.transport
        if not found and ("ssh" in name or "paramiko" in name):
            raise LvsError(
                "connection",
                name,
                "needs SSH_CONNECTION in the environment of the host, which has none, so it cannot be shown that the "
                "controller will not be locked out. Use a login shell that keeps it.",
            )
        return found

    def _timeout(self) -> int:
        return int(self._task.args.get("timeout") or SPECIFICATION["argument_spec"]["timeout"]["default"])
