# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts' side of their JSON: on the same host they write the answers that Python is tested to read.

These fixtures are synthetic: our interpreter wrote them, not a Windows.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.cmdlets import run_module
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.conftest import (
    DIRECTOR,
    NETWORK,
    PLUGINS,
    RIP,
    RPC_PORT,
    Act,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import needs_powershell

pytestmark = needs_powershell

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures/windows"
ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "windows_vip_steps": {},
    "windows_gateway_steps": {"gateway": DIRECTOR, "ports": [RPC_PORT]},
}


@pytest.fixture
def realserver(act: Act) -> Act:
    """With a VIP, and with a change of its gateway that waits for its confirmation."""
    act("vip_address", vips=["192.168.1.110"], rips=[RIP])
    act.host.register("default gateway rollback", 60, [])
    act.host.gateway_notes = [f"gateway IPv4 lvs {DIRECTOR}"]
    return act


@pytest.mark.parametrize("module", ARGUMENTS)
def test_a_script_refuses_a_step_that_it_does_not_know(act: Act, module: str) -> None:
    script = (PLUGINS / f"modules/{module}.ps1").read_text()
    answer = run_module(act.host, script, [NETWORK], {**ARGUMENTS[module], "steps": [{"do": "dance"}]})
    assert (answer["failed"], answer["msg"], answer["step"]) == (True, "this step is not known", {"do": "dance"})


@pytest.mark.parametrize("module", ARGUMENTS)
def test_a_script_writes_what_python_reads(realserver: Act, module: str) -> None:
    script = (PLUGINS / f"modules/{module}.ps1").read_text()
    answer = run_module(realserver.host, script, [NETWORK], {**ARGUMENTS[module], "steps": []})
    assert answer == {"changed": False, "host": json.loads((FIXTURES / f"{module}.json").read_text())}
