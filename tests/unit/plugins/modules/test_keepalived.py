# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's arguments; what it does with them is tested beside its code, module_utils/_keepalived."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import keepalived
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._keepalived.fake_director import (
    MINE,
    Director,
)

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

WANTED = {
    "addresses": ["192.168.1.110"],
    "address": "192.168.1.8",
    "peers": ["192.168.1.9"],
    "router_id": 51,
    "priority": 254,
    "interval": 0.1,
    "sync": {"interface": "eth1", "id": 51},
}


@pytest.fixture
def director(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Director:
    made = Director(tmp_path)
    monkeypatch.setattr(keepalived, "Host", lambda: made.host)
    monkeypatch.setattr(keepalived, "KernelThreads", lambda: made)
    monkeypatch.setattr(finish, "hold", lambda *_words: contextlib.nullcontext())
    return made


def test_a_life(run_module: RunModule, director: Director) -> None:
    checked = run_module(keepalived, WANTED, check_mode=True, diff=True)
    done = run_module(keepalived, WANTED, diff=True)
    assert {**checked, "holds": done["holds"]} == done
    assert (done["changed"], done["holds"]) == (True, ["192.168.1.110"])
    assert {one.get("after_header"): one.get("after") for one in done["diff"]}[MINE] == director.text()
    assert not run_module(keepalived, WANTED)["changed"]
    assert run_module(keepalived, {"state": "absent"})["changed"]
    assert director.text() is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"address": None}, "state is present but all of the following are missing: address"),
        ({"router_id": "x"}, "router_id"),
        ({"sync": {"id": 5}}, "interface"),
        ({"peers": ["192.168.1.8"]}, "peers[0]: is this host's own address (got '192.168.1.8'). Fix: Name the other"),
    ],
)
def test_failures(run_module: RunModule, director: Director, changes: dict[str, t.Any], said: str) -> None:
    wanted = {name: value for name, value in {**WANTED, **changes}.items() if value is not None}
    assert said in run_module(keepalived, wanted)["msg"]
    assert director.text() is None
