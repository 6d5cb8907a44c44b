# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's arguments; what it does with them is tested beside its code, module_utils/_ipvs/test_checked.py."""

from __future__ import annotations

import contextlib
import json
import pathlib
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import keepalived_table
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_keeper import (
    FILE,
    ONE,
    Machine,
    checks,
    made,
    table,
    web,
)

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

WANTED = {"services": json.dumps(web(ONE)), "checks": json.dumps(checks(ONE))}


@pytest.fixture
def director(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = made(tmp_path, monkeypatch)
    monkeypatch.setattr(keepalived_table, "Host", lambda: machine.host)
    monkeypatch.setattr(keepalived_table, "connect", lambda: machine.kernel)
    monkeypatch.setattr(finish, "hold", lambda *_words: contextlib.nullcontext())
    return machine


def test_a_life(run_module: RunModule, director: Machine) -> None:
    rehearsed = run_module(keepalived_table, WANTED, check_mode=True, diff=True)
    done = run_module(keepalived_table, WANTED, diff=True)
    assert (rehearsed, done["changed"], done["down"]) == (done, True, [])
    assert director.kernel.has == table(ONE)
    assert {one.get("after_header"): one["after"] for one in done["diff"]}[FILE] == director.text(FILE)
    assert not run_module(keepalived_table, WANTED)["changed"]
    assert run_module(keepalived_table, {"state": "absent"})["changed"]
    assert director.text(FILE) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"services": "nonsense"}, "is neither a list of services nor JSON text of one"),
        ({"services": web({"rip": "x"})}, "realservers[0].rip: is not an address (got 'x')"),
        ({"checks": [{**checks(ONE)[0], "type": "htp"}]}, "Did you mean http?"),
        ({"keep": ["x"]}, "keep[0]: is not an address"),
        ({"removal_limit": "x"}, "removal_limit"),
    ],
)
def test_failures(run_module: RunModule, director: Machine, changes: dict[str, t.Any], said: str) -> None:
    assert said in run_module(keepalived_table, {**WANTED, **changes})["msg"]
    assert director.text(FILE) is None
