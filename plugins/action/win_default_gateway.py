# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of win_default_gateway: decide, change what runs, confirm over a new connection, keep."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway import parse_gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._way_back import WayBack
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.action import WindowsAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.gateway import (
    Plan,
    Want,
    arm,
    is_confirmed,
    plan,
    require_answer,
    require_idle,
    require_peer,
    require_sound,
    spell,
    stands,
    view,
    view_after,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import Host, Step


class ActionModule(WindowsAction):
    """Send a Windows realserver's packets by the gateway that LVS needs."""

    specification: t.ClassVar[dict[str, t.Any]] = {
        "argument_spec": {
            "gateway": {"type": "str"},
            "adapter": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "pin": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 60},
            "ports": {"type": "list", "elements": "int", "default": [22, 5985, 5986]},
        },
        "required_if": [("state", "present", ("gateway",))],
    }

    def decide(self, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        want = Want(
            None if arguments["gateway"] is None else parse_gateway(arguments["gateway"]),
            arguments["adapter"],
            arguments["state"] == "present",
            arguments["pin"],
            arguments["timeout"],
        )
        require_sound(want)
        host = self.ask(spell)
        require_idle(host)
        todo = plan(want, host)
        steps = [*todo.change, *todo.keep]
        before = view(host, want.versions)
        if todo.change:
            require_answer(want, host, todo.wanted)
        if self._task.check_mode or not steps:
            return self.result(before, view_after(host, todo, want.versions), steps, spell)
        if todo.change:
            require_peer(host, arguments["ports"])
            self._change(want, host, todo)
        now = self.ask(spell, todo.keep)
        return self.result(before, view(now, want.versions), steps, spell)

    def _change(self, want: Want, host: Host, todo: Plan) -> None:
        """Arm the rollback and change what runs; each answer may be lost, and then the host undoes it by itself."""
        way_back = WayBack(self._connection, want.gateway, want.timeout)
        self.ask(spell, [arm(want, todo)])
        try:
            self.ask(spell, todo.change)
        except AnsibleConnectionFailure:
            # It may have gone after the change and before the answer: the host knows.
            pass
        except AnsibleActionFail:
            self.ask(spell, [Step.of("fire")])
            raise
        way_back.ask(lambda: self._confirm(want, host))

    def _confirm(self, want: Want, before: Host) -> None:
        """Call the rollback off, and look what stands: one that has run is still there, with nothing to do."""
        now = self.ask(spell)
        if any(rollback.waits for rollback in now.rollback):
            if not is_confirmed(want, before, now):
                raise AnsibleConnectionFailure("it was reached over the old connection only")
            now = self.ask(spell, [Step.of("disarm")])
        if now.rollback:
            self.ask(spell, [Step.of("disarm")])
        if now.rollback or not stands(want, before, now):
            raise _taken_back(want)


def _taken_back(want: Want) -> LvsError:
    return LvsError(
        "gateway",
        want.gateway,
        f"was taken back by this host itself: the change was not confirmed over a new connection within {want.timeout} "
        "s. The routes are as they were before, now and at boot. See whether the gateway leads to the controller and "
        "to its jump host; pin true keeps their old way.",
    )
