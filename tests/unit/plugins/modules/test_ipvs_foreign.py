# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables as other programs leave them in the kernel: read, edited, drained and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import client
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import SyncDaemon
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import ADD, Operation
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    ServiceKey,
    Tunnel,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import (
    ipvs_dest,
    ipvs_info,
    ipvs_service,
    ipvs_sync,
    ipvs_table,
)

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

WEB = {"vip": "192.168.1.110", "port": "80"}
KEY = ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None)
POOL = (
    Realserver("192.168.1.11", 0, "nat", 5),
    Realserver("192.168.1.11", 80, "nat"),
    Realserver("192.168.1.12", 8080, "dr", 3),
    Realserver("192.168.1.13", 8080, "tun", tunnel=Tunnel("gre", 0, "remcsum")),
    Realserver("192.168.1.14", 80, "local"),
)
ODD = [
    Service(KEY, "rr", (), 360, "255.0.255.0", "sip", True, POOL),
    Service(KEY._replace(port=0), "rr"),
    Service(KEY._replace(vip="224.0.0.5"), "rr", persistence=9_000_000),
    Service(KEY._replace(vip="127.0.0.1", protocol="47"), "rr"),
    Service(KEY._replace(vip="fe80::1", family="ipv6"), "rr"),
]
Run = Any


@pytest.fixture
def run(run_module: RunModule, kernel: FakeKernel) -> Run:
    """Run a module in check mode and for real, and see that both say the same; the result of the latter."""
    adds = [Operation(ADD, service) for service in ODD]
    adds += [Operation(ADD, service, one) for service in ODD for one in service.realservers]
    assert client.Ipvs(kernel).execute(adds) == []

    def both(module: Any, args: dict[str, Any]) -> dict[str, Any]:
        checked = run_module(module, args, check_mode=True)
        done = run_module(module, args)
        assert checked == done
        return done

    return both


def now(kernel: FakeKernel) -> dict[ServiceKey, Service]:
    return {service.key: service for service in client.Ipvs(kernel).table()}


def name(key: ServiceKey) -> dict[str, Any]:
    return {"vip": key.vip, "port": key.port, "protocol": key.protocol}


@pytest.mark.parametrize("service", ODD, ids=lambda service: service.key.label)
def test_a_service_is_left_alone_edited_and_removed(run: Run, kernel: FakeKernel, service: Service) -> None:
    assert not run(ipvs_service, name(service.key))["changed"]
    assert run(ipvs_service, {**name(service.key), "scheduler": "wrr"})["changed"]
    assert now(kernel)[service.key] == service._replace(scheduler="wrr")
    assert run(ipvs_service, {**name(service.key), "state": "absent"})["changed"]
    assert service.key not in now(kernel)
    assert not run(ipvs_service, {**name(service.key), "state": "absent"})["changed"]


def test_what_info_says_is_what_table_takes(run: Run, kernel: FakeKernel) -> None:
    before = now(kernel)
    services = run(ipvs_info, {})["services"]
    assert len(services) == len(ODD)
    assert not run(ipvs_table, {"services": services, "purge": True})["changed"]
    for service in services:
        service["scheduler"] = "wlc"
    run(ipvs_table, {"services": services, "purge": True})
    assert now(kernel) == {key: service._replace(scheduler="wlc") for key, service in before.items()}


NOT_TAKEN = "# not to be had of ipvsadm: "
# ipvsadm makes the port of the service of that of dr and tun, has no words for `local`, and no remcsum for gre.
TAKEN = {POOL[0].key, POOL[1].key}


def test_a_command_that_ipvsadm_would_refuse_is_a_comment(run: Run) -> None:
    for one in POOL:
        (said,) = run(ipvs_dest, {**WEB, "rip": one.rip, "rip_port": str(one.port), "weight": 7})["commands"]
        assert said.startswith("ipvsadm -e " if one.key in TAKEN else f"{NOT_TAKEN}-e "), said
    for service in ODD:
        (said,) = run(ipvs_service, {**name(service.key), "scheduler": "wrr"})["commands"]
        takes = service.key == KEY._replace(vip="fe80::1", family="ipv6")
        assert said.startswith("ipvsadm -E " if takes else f"{NOT_TAKEN}-E "), said


@pytest.mark.parametrize("one", POOL, ids=lambda one: one.key.label)
def test_a_realserver_is_left_alone_edited_drained_and_removed(run: Run, kernel: FakeKernel, one: Realserver) -> None:
    task = {**WEB, "rip": one.rip, "rip_port": str(one.port)}
    others = {key: service.realservers for key, service in now(kernel).items()}
    rest = tuple(other for other in others[KEY] if other.key != one.key)

    def pool() -> dict[Any, Realserver]:
        return {other.key: other for other in now(kernel)[KEY].realservers}

    assert not run(ipvs_dest, task)["changed"]
    run(ipvs_dest, {**task, "weight": 9})
    assert pool()[one.key] == one._replace(weight=9)
    drained = run(ipvs_dest, {**task, "state": "drained", "wait_timeout": 0})
    assert drained["changed"]
    assert pool()[one.key] == one._replace(weight=0)
    run(ipvs_dest, task)
    assert pool()[one.key] == one._replace(weight=9)
    gone = run(ipvs_dest, {**task, "state": "absent"})
    assert gone["changed"]
    assert now(kernel)[KEY].realservers == rest
    # Port 0 is nobody's any more, and the one with the port of the service stays.
    assert not run(ipvs_dest, {**task, "state": "absent"})["changed"]
    assert now(kernel)[KEY].realservers == rest


def test_nothing_of_the_kind_is_made(run: Run) -> None:
    assert "[vip-unusable]" in run(ipvs_service, {"vip": "224.0.0.6", "port": 80})["msg"]
    assert "[protocol-unknown]" in run(ipvs_service, {**WEB, "protocol": "47"})["msg"]
    assert "[rip-unusable]" in run(ipvs_dest, {**WEB, "rip": "224.0.0.6"})["msg"]
    assert "[port-zero]" in run(ipvs_service, {"vip": "192.168.1.111", "port": 0})["msg"]


def test_a_drain_of_what_is_not_there_is_said_in_check_mode(run_module: RunModule, run: Run, warned: list[str]) -> None:
    assert run
    task = {**WEB, "rip": "192.168.1.99", "state": "drained"}
    assert not run_module(ipvs_dest, task, check_mode=True)["changed"]
    (warning,) = warned
    assert "is not there to be drained" in warning
    assert "is not there to be drained" in run_module(ipvs_dest, task)["msg"]


def test_no_realserver_of_the_other_family_while_a_daemon_runs(run: Run, kernel: FakeKernel) -> None:
    task = {**WEB, "rip": "2001:db8::11", "forwarding": "tun"}
    with_daemon = {"role": "master", "interface": "eth1"}
    run(ipvs_sync, with_daemon)
    said = run(ipvs_dest, task)
    assert "stop that" in said["msg"]
    run(ipvs_sync, {"role": "master", "state": "absent"})
    assert run(ipvs_dest, task)["changed"]
    assert "no daemon can synchronise" in run(ipvs_sync, with_daemon)["msg"]
    assert client.Ipvs(kernel).daemons() == []


def test_the_length_that_was_the_kernels_choice_is_so_again(run: Run, kernel: FakeKernel) -> None:
    run(ipvs_sync, {"role": "master", "interface": "eth1"})
    changed = run(ipvs_sync, {"role": "master", "group": "ff02::51"})
    assert "--sync-maxlen" not in changed["commands"][1]
    assert client.Ipvs(kernel).daemons() == [SyncDaemon("master", "eth1", 0, 1452, "ff02::51", 8848, 1)]
    run(ipvs_sync, {"role": "master", "max_len": 1200})
    assert "--sync-maxlen 1200" in run(ipvs_sync, {"role": "master", "group": "224.0.0.81"})["commands"][1]


def test_no_interface_of_that_name(run_module: RunModule, run: Run, warned: list[str]) -> None:
    assert run
    task = {"role": "master", "interface": "none0"}
    assert run_module(ipvs_sync, task, check_mode=True)["changed"]
    (warning,) = warned
    assert "is not an interface of this host" in warning
    assert "is not an interface of this host" in run_module(ipvs_sync, task)["msg"]


@pytest.mark.parametrize(
    "args", [{"port": "\N{SUPERSCRIPT TWO}"}, {"port": "70000"}, {"vip": "1.2.3"}, {"protocol": "tpc"}]
)
def test_what_cannot_be_asked_for(run: Run, args: dict[str, str]) -> None:
    assert run(ipvs_info, args)["failed"]


def test_a_netmask_with_two_slashes(run: Run) -> None:
    assert "[netmask-invalid]" in run(ipvs_service, {**WEB, "persistence": 9, "persistence_netmask": "//24"})["msg"]
