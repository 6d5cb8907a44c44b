# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import client
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import SyncDaemon
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_sync

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

MASTER = {"role": "master", "interface": "eth1", "sync_id": 7}
LEFT = {"max_len": 0, "group": None, "port": 0, "ttl": 0}
CHOSEN = {"max_len": 1472, "group": "224.0.0.81", "port": 8848, "ttl": 1}


@pytest.fixture
def sync(run_module: RunModule, kernel: FakeKernel) -> Any:
    """Run ipvs_sync in check mode and for real, and see that both say the same; the result of the latter."""

    def run(**args: Any) -> dict[str, Any]:
        daemons = repr(kernel.daemons)
        checked = run_module(ipvs_sync, args, check_mode=True, diff=True)
        assert repr(kernel.daemons) == daemons
        done = run_module(ipvs_sync, args, diff=True)
        assert checked == done
        return done

    return run


def running(kernel: FakeKernel) -> list[SyncDaemon]:
    return client.Ipvs(kernel).daemons()


def test_life_of_a_daemon(sync: Any, kernel: FakeKernel) -> None:
    made = sync(**MASTER)
    assert (made["changed"], made["before"], made["after"]) == (True, None, {**MASTER, **LEFT})
    assert made["commands"] == ["ipvsadm --start-daemon master --mcast-interface eth1 --syncid 7"]
    again = sync(**MASTER)
    assert (again["changed"], again["before"], again["after"]) == (False, {**MASTER, **CHOSEN}, {**MASTER, **CHOSEN})
    assert not sync(role="master")["changed"]
    changed = sync(role="master", ttl=3)
    assert changed["commands"] == [
        "ipvsadm --stop-daemon master",
        "ipvsadm --start-daemon master --mcast-interface eth1 --syncid 7 --sync-maxlen 1472"
        " --mcast-group 224.0.0.81 --mcast-port 8848 --mcast-ttl 3",
    ]
    assert running(kernel) == [SyncDaemon("master", "eth1", 7, 1472, "224.0.0.81", 8848, 3)]
    gone = sync(role="master", state="absent")
    assert (gone["changed"], gone["after"], gone["commands"]) == (True, None, ["ipvsadm --stop-daemon master"])
    assert not sync(role="master", state="absent")["changed"]


def test_both_roles_on_one_director(sync: Any, kernel: FakeKernel) -> None:
    sync(**MASTER)
    sync(role="backup", interface="eth0", sync_id=8, group="ff02::81", port=9000, max_len=1100)
    assert running(kernel) == [
        SyncDaemon("master", "eth1", 7, 1472, "224.0.0.81", 8848, 1),
        SyncDaemon("backup", "eth0", 8, 1100, "ff02::81", 9000, 1),
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "missing required arguments: role"),
        ({"role": "master"}, "interface: is not the name of an interface (got '')."),
        ({**MASTER, "interface": "eth1; id"}, "interface: is not the name of an interface (got 'eth1; id')."),
        (
            {**MASTER, "interface": "eth9"},
            "interface: is not an interface of this host (got 'eth9'). Fix: See `ip link`.",
        ),
        ({**MASTER, "sync_id": 256}, "sync_id: is not a sync ID (got 256). Fix: Use a whole number from 0 to 255."),
        ({**MASTER, "group": "192.168.1.1"}, "group: is not a multicast address (got '192.168.1.1')."),
        (
            {**MASTER, "max_len": 100},
            "max_len: is not the length of a datagram (got 100). Fix: Use a whole number from 1024",
        ),
        ({**MASTER, "port": 65536}, "port: is not a port (got 65536)."),
        ({**MASTER, "ttl": 256}, "ttl: is not a time to live (got 256)."),
    ],
)
def test_failures(run_module: RunModule, kernel: FakeKernel, args: dict[str, Any], message: str) -> None:
    assert message in run_module(ipvs_sync, args)["msg"]
    assert kernel.daemons == {}


def test_a_failed_exchange_goes_back(run_module: RunModule, kernel: FakeKernel) -> None:
    run_module(ipvs_sync, MASTER)
    before = running(kernel)
    assert "eth9" in run_module(ipvs_sync, {**MASTER, "interface": "eth9"})["msg"]
    assert running(kernel) == before


def test_a_kernel_that_ignores_a_setting_is_told(
    run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One before 4.3 sends three attributes and skips the others."""
    run_module(ipvs_sync, MASTER)
    answer = kernel._daemon

    def old(command: int, daemon: dict[int, bytes]) -> list[dict[int, bytes]]:
        for attributes in kernel.daemons.values():
            for number in (4, 5, 7, 8):
                attributes.pop(number, None)
        return answer(command, daemon)

    monkeypatch.setattr(kernel, "_daemon", old)
    result = run_module(ipvs_sync, {**MASTER, "ttl": 3})
    assert "was accepted by the kernel, which then runs" in result["msg"]
    assert list(kernel.daemons) == [struct.pack("=I", 1)]
