# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gateway of each system, changed by a controller on another network: confirmed when it leads back, else undone.

LVS_WAY_BACK_RUNS says how often; `make way-back` does it a hundred times.
"""

from __future__ import annotations

import os
import typing as t
from unittest import mock

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.linuxvirtualserver.lvs.plugins.action import default_gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action import way_back
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.systems import kernel_name
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.way_back import DIRECTOR, NOBODY, ROUTER, Far

if t.TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = int(os.environ.get("LVS_WAY_BACK_RUNS", "1"))
SECONDS = 4
# Root's shell, as the system comes.
LOGIN = {
    "freebsd13": "tcsh",
    "freebsd15": "dash",
    "openbsd": "ksh93",
    "netbsd10": "dash",
    "solaris11": "bash",
    "omnios": "ksh93",
    "solaris10": "dash",
    "hpux": "mksh",
    "irix": "bsd-csh",
}


@pytest.fixture(params=LOGIN)
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    host = Far(request.param, tmp_path_factory.mktemp(request.param), LOGIN[request.param])
    yield host
    host.end()


def change(far: Far, monkeypatch: pytest.MonkeyPatch, gateway: str) -> dict[str, t.Any]:
    action = object.__new__(default_gateway.ActionModule)
    args = {"gateway": gateway, "timeout": SECONDS, "system": kernel_name(far.box.host.system)}
    action._task = mock.Mock(args=args, check_mode=False, diff=False)
    action._connection = mock.Mock(reset=far.reset)
    monkeypatch.setattr(action, "_low_level_execute_command", far.execute)
    monkeypatch.setattr(ActionBase, "run", lambda *_args: {})
    monkeypatch.setattr(default_gateway, "require_time", lambda _seconds: None)
    monkeypatch.setattr(way_back, "_PAUSE_SECONDS", 0.2)
    result: dict[str, t.Any] = action.run(task_vars={})
    return result


def test_it_is_changed_and_confirmed_and_a_bad_one_is_undone(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    now = ROUTER
    for _run in range(RUNS):
        for gateway, leads_back in ((DIRECTOR, True), (NOBODY, False), (ROUTER, True)):
            result = change(far, monkeypatch, gateway)
            assert bool(result.get("failed")) != leads_back, result
            assert leads_back or "was taken back" in result["msg"], result
            now = gateway if leads_back else now
            assert far.box.host.defaults() == [now]
            assert not list((far.box.root / "own/etc").glob("lvs_gateway.*"))
