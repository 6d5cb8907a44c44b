# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_timeout

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

BEFORE = {"tcp": 900, "tcp_fin": 120, "udp": 300}


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("field", ["tcp", "tcp_fin", "udp"])
def test_one_timeout_changes_and_the_others_stay(run_module: RunModule, field: str) -> None:
    checked = run_module(ipvs_timeout, {field: 77}, check_mode=True, diff=True)
    done = run_module(ipvs_timeout, {field: 77}, diff=True)
    assert checked == done
    assert (done["changed"], done["before"], done["after"]) == (True, BEFORE, {**BEFORE, field: 77})
    assert done["commands"] == ["ipvsadm --set " + " ".join(map(str, done["after"].values()))]
    again = run_module(ipvs_timeout, {field: 77})
    assert (again["changed"], again["before"], again["commands"]) == (False, done["after"], [])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "one of the following is required: tcp, tcp_fin, udp"),
        ({"tcp": 0}, "tcp: is not a time in seconds (got 0). Fix: Use a whole number from 1 to 2678400."),
        ({"udp": -1}, "udp: is not a time in seconds (got -1). Fix: Use a whole number from 1 to 2678400."),
        ({"tcp_fin": 2678401}, "tcp_fin: is not a time in seconds (got 2678401)."),
    ],
)
def test_failures(run_module: RunModule, kernel: FakeKernel, args: dict[str, Any], message: str) -> None:
    before = dict(kernel.timeouts)
    assert message in run_module(ipvs_timeout, args)["msg"]
    assert kernel.timeouts == before
