# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan says of a realserver's tunnels, and tunnel_decap on it."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.modules import tunnel_decap
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_kernel import FakeHost
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service

if t.TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule


def test_what_the_plan_says_can_be_passed_as_it_is(
    tmp_path: Path, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two kinds of tunnel for one VIP, which sits on the device of one of them."""
    machine = FakeHost(tmp_path)
    monkeypatch.setattr(tunnel_decap, "Host", lambda: machine.host)
    pool = ["realserver2", {"host": "realserver1", "tunnel": {"type": "gue", "port": 6080}}]
    kinds = [service(forwarding="tun", realservers=pool), service(name="gre", port=81, forwarding="tun")]
    kinds[1]["realservers"] = ["realserver2", {"host": "realserver1", "tunnel": {"type": "gre"}}]
    planned = plan(*kinds)["hosts"]["realserver1"]["realserver"]
    assert planned["sysctls"] == {
        "net.ipv4.conf.all.rp_filter": "0",
        "net.ipv4.conf.gre0.rp_filter": "2",
        "net.ipv4.conf.tunl0.rp_filter": "0",
    }
    result = run_module(tunnel_decap, {name: planned[name] for name in ("tunnels", "sysctls")})
    assert result["after"]["kernel_modules"] == planned["kernel_modules"]
    assert planned["addresses"][0]["interface"] in result["after"]["devices"]
    assert {name: machine.sysctl(name) for name in planned["sysctls"]} == planned["sysctls"]
