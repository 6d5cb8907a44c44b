# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import connections as ipvs_connections
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_info, ipvs_sync, ipvs_table

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

TABLE = [
    {"vip": "192.168.1.110", "port": 80, "realservers": [{"rip": "192.168.1.11"}]},
    {"vip": "192.168.1.110", "port": 80, "protocol": "udp", "realservers": []},
    {"vip": "2001:db8::10", "port": 25, "realservers": []},
    {"fwmark": 5, "realservers": []},
    {"fwmark": 5, "family": "ipv6", "realservers": []},
]


@pytest.fixture
def info(run_module: RunModule, kernel: FakeKernel) -> Any:
    run_module(ipvs_table, {"services": TABLE})
    kernel.commands.clear()
    return lambda **args: run_module(ipvs_info, args)


def test_everything(info: Any) -> None:
    result = info()
    assert parse_table(result["services"]) == parse_table(TABLE)
    assert not result["changed"]
    assert (result["version"], result["connection_table_size"]) == ("1.2.1", 4096)
    assert [state["service"] for state in result["states"]] == [
        "tcp 192.168.1.110:80",
        "udp 192.168.1.110:80",
        "tcp [2001:db8::10]:25",
        "fwmark 5 ipv4",
        "fwmark 5 ipv6",
    ]
    ((realserver,), *_others) = (state["realservers"] for state in result["states"])
    assert realserver["realserver"] == "192.168.1.11:80"
    assert (realserver["active"], realserver["inactive"], realserver["persistent"]) == (0, 0, 0)
    assert realserver["counters"]["connections"] == 0


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ({"vip": "2001:0db8::10"}, [2]),
        ({"vip": "192.168.1.110"}, [0, 1]),
        ({"vip": "192.168.1.110", "protocol": "udp"}, [1]),
        ({"port": "http"}, [0, 1]),
        ({"port": "80"}, [0, 1]),
        ({"fwmark": 5}, [3, 4]),
        ({"fwmark": 5, "family": "ipv6"}, [4]),
        ({"family": "ipv6"}, [2, 4]),
        ({"vip": "192.168.1.1"}, []),
    ],
)
def test_filters(info: Any, kernel: FakeKernel, args: dict[str, Any], found: list[int]) -> None:
    assert parse_table(info(**args)["services"]) == tuple(parse_table(TABLE)[index] for index in found)
    assert kernel.commands.count(8) == len(found)


def test_filters_that_make_no_sense(info: Any) -> None:
    vip, port = info(vip="web", port="gopher2")["msg"].split("\n")
    assert vip.startswith("vip: is not an address (got 'web').")
    assert port.startswith("port: is not the name of a tcp port that is known here (got 'gopher2').")
    assert "port: is not a port (got '\u00b2')." in info(port="\u00b2")["msg"]


@pytest.mark.usefixtures("kernel")
def test_connections_by_state_when_asked_for(info: Any, tmp_path: pathlib.Path) -> None:
    line = "TCP C0A801FE D448 C0A8016E 0050 C0A8010B 0050 ESTABLISHED     899\n"
    (tmp_path / "ip_vs_conn").write_text("header\n" + line * 3)
    realserver = info(connections=True)["states"][0]["realservers"][0]
    assert realserver["connections"] == {"states": {"ESTABLISHED": 3}, "templates": 0}
    assert "connections" not in info()["states"][0]["realservers"][0]


def test_timeouts_and_daemons(info: Any, run_module: RunModule) -> None:
    assert info()["daemons"] == []
    run_module(ipvs_sync, {"role": "backup", "interface": "eth1", "sync_id": 3})
    result = info()
    assert result["timeouts"] == {"tcp": 900, "tcp_fin": 120, "udp": 300}
    assert [(daemon["role"], daemon["sync_id"], daemon["group"]) for daemon in result["daemons"]] == [
        ("backup", 3, "224.0.0.81")
    ]


def test_nothing_is_loaded(run_module: RunModule, kernel: FakeKernel) -> None:
    kernel.loaded = False
    pathlib.Path(ipvs_connections.PROC_FILE).unlink()
    result = run_module(ipvs_info, {"connections": True})
    assert (result["services"], result["states"], result["daemons"]) == ([], [], [])
    assert (result["version"], result["connection_table_size"]) == (None, None)
    assert result["timeouts"] == {"tcp": 900, "tcp_fin": 120, "udp": 300}
    assert not kernel.loaded
