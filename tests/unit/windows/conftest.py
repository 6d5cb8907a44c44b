# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the actions for Windows in this process, with their scripts on a Windows host in memory."""

from __future__ import annotations

import types
import typing as t
from pathlib import Path
from unittest import mock

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.linuxvirtualserver.lvs.plugins.action import arp_hide, default_gateway, vip_address
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action import way_back
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.cmdlets import run_module
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import Windows
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import facts

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
NETWORK = (PLUGINS / "module_utils/_Network.psm1").read_text()
ACTIONS = {"arp_hide": arp_hide, "vip_address": vip_address, "default_gateway": default_gateway}
RIP, ROUTER, DIRECTOR, CONTROLLER = "192.168.1.11", "192.168.1.254", "192.168.1.9", "10.0.0.1"
RPC_PORT = 5986


def vocabulary(module: str) -> dict[str, set[str]]:
    """Each step that the script knows, and which words of it it takes."""
    steps = facts((PLUGINS / f"modules/{module}.ps1").read_text())["steps"]
    return {name: set(words) - {"do"} for name, words in steps.items()}


class Controller:
    """Ansible and one Windows host, with the routers that lead from the one to the other."""

    def __init__(self, host: Windows) -> None:
        self.host = host
        self.leading = {ROUTER}
        self.spoken: list[list[str]] = []  # the steps of each run of a module
        self.port = RPC_PORT  # of the host, by which we come
        self.cut_after: str | None = None  # the step whose answer is lost
        self.connect()

    def connect(self) -> None:
        """A new connection, from a port of its own."""
        self.require_way()
        taken = [connection["RemotePort"] for connection in self.host.connections]
        self.host.connections.append(
            {
                "LocalAddress": RIP,
                "LocalPort": self.port,
                "RemoteAddress": CONTROLLER,
                "RemotePort": max(taken, default=49999) + 1,
            }
        )

    def require_way(self) -> None:
        way = self.host.way_to(CONTROLLER)
        if way is None or way.gateway not in self.leading:
            raise AnsibleConnectionFailure("timed out")

    def execute(self, module_name: str, module_args: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
        self.require_way()
        name = module_name.rpartition(".")[2]
        script = (PLUGINS / f"modules/{name}.ps1").read_text()
        for step in module_args["steps"]:
            assert set(step) == {"do", *vocabulary(name)[step["do"]]}, "what the script takes, it is given"
        words = [step["do"] for step in module_args["steps"]]
        self.spoken.append(words)
        answer = run_module(self.host, script, [NETWORK], {**module_args, "_ansible_check_mode": check_mode})
        if self.cut_after in words:
            self.cut_after = None
            raise AnsibleConnectionFailure("reset by peer")
        self.require_way()
        return answer


class Act:
    """A task of a playbook."""

    def __init__(self, controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
        self.controller = controller
        self.host = controller.host
        self.become: mock.Mock | None = None  # what the play demands
        self.became: list[mock.Mock | None] = []  # what each run of a module got
        self.ansible_port: int | None = None
        self.shell_is_windows = True
        monkeypatch.setattr(ActionBase, "run", lambda *_args: {})
        clock = types.SimpleNamespace(monotonic=lambda: self.host.now, sleep=self.host.pass_time)
        for module in (vip_address, way_back):
            monkeypatch.setattr(module, "time", clock)
        self._monkeypatch = monkeypatch

    def __call__(self, name: str, *, check: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
        action = object.__new__(ACTIONS[name].ActionModule)
        action._load_name = name  # as the loader of ansible-core 2.18 does
        action._task = mock.Mock(args={"system": "Win32NT", **args}, check_mode=check, diff=diff, collections=[])
        action._connection = mock.Mock(
            transport="ssh",
            reset=self.controller.connect,
            become=self.become,
            get_option={"port": self.ansible_port}.__getitem__,
            _shell=mock.Mock(_IS_WINDOWS=self.shell_is_windows),
        )
        action._templar = None

        def execute(*, module_name: str, module_args: dict[str, t.Any], **_rest: t.Any) -> dict[str, t.Any]:
            self.became.append(action._connection.become)
            return self.controller.execute(module_name, module_args, check)

        self._monkeypatch.setattr(action, "_execute_module", execute)
        result: dict[str, t.Any] = action.run()
        return result

    def refused(self, name: str, **args: t.Any) -> str:
        """What the task says when it fails."""
        result = self(name, **args)
        assert result["failed"]
        return str(result["msg"])


def a_server(core: bool = False) -> Windows:
    """A realserver as its owner left it: one card towards the director, a router, and a card on another network."""
    host = Windows(core)
    host.add_nic("Ethernet0", RIP, 24, ROUTER)
    host.add_nic("Storage", "172.16.0.11", 24)
    host.neighbours.update({DIRECTOR: "Reachable", ROUTER: "Stale"})
    return host


@pytest.fixture
def host() -> Windows:
    return a_server()


@pytest.fixture
def act(host: Windows, monkeypatch: pytest.MonkeyPatch) -> Act:
    return Act(Controller(host), monkeypatch)
