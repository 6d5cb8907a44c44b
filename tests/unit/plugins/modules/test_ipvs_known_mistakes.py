# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other tools get wrong, one test for each mistake: Salt's lvs states, ipvsadm, pyroute2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import client
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_dest, ipvs_service, ipvs_table

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

WEB = {"vip": "192.168.1.110", "port": "80"}
ONE = {**WEB, "rip": "192.168.1.11"}
Run = Any


@pytest.fixture
def run(run_module: RunModule, kernel: FakeKernel) -> Run:
    run_module(ipvs_service, WEB)
    kernel.commands.clear()
    return run_module


def now(kernel: FakeKernel) -> Table:
    return client.Ipvs(kernel).table()


def test_salt_weight_1_is_not_weight_10(run: Run) -> None:
    run(ipvs_dest, {**ONE, "weight": 10})
    assert run(ipvs_dest, {**ONE, "weight": 1})["changed"]


def test_salt_weight_0_drains(run: Run, kernel: FakeKernel) -> None:
    run(ipvs_dest, {**ONE, "weight": 10})
    result = run(ipvs_dest, {**ONE, "weight": 0})
    assert result["commands"] == ["ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 0"]
    assert now(kernel)[0].realservers[0].weight == 0


def test_salt_scheduler_lblc_is_not_lblcr(run: Run) -> None:
    run(ipvs_service, {**WEB, "scheduler": "lblcr"})
    assert run(ipvs_service, {**WEB, "scheduler": "lblc"})["changed"]


def test_salt_unwanted_persistence_is_seen_and_taken_away(run: Run) -> None:
    run(ipvs_service, {**WEB, "persistence": 300})
    result = run(ipvs_service, {**WEB, "persistence": 0})
    assert result["changed"]
    assert result["before"]["persistence"] == 300


def test_salt_and_ipvsadm_editing_the_scheduler_keeps_the_persistence(run: Run) -> None:
    run(ipvs_service, {**WEB, "persistence": 300, "persistence_netmask": "24"})
    after = run(ipvs_service, {**WEB, "scheduler": "rr"})["after"]
    assert (after["scheduler"], after["persistence"], after["persistence_netmask"]) == ("rr", 300, "255.255.255.0")


def test_salt_another_spelling_of_ipv6_is_the_same_address(run: Run) -> None:
    run(ipvs_service, {"vip": "2001:db8::1", "port": 80})
    assert not run(ipvs_service, {"vip": "2001:0db8:0::1", "port": 80})["changed"]


def test_salt_sctp(run: Run) -> None:
    assert run(ipvs_service, {**WEB, "protocol": "sctp"})["commands"] == [
        "ipvsadm -A --sctp-service 192.168.1.110:80 -s wlc"
    ]


def test_ipvsadm_save_loses_thresholds(run: Run) -> None:
    run(ipvs_dest, {**ONE, "upper_threshold": 100, "lower_threshold": 50})
    after = run(ipvs_dest, ONE)["after"]
    assert (after["upper_threshold"], after["lower_threshold"]) == (100, 50)


def test_ipvsadm_save_prints_large_marks_as_negative_numbers(run: Run, kernel: FakeKernel) -> None:
    mark = {"fwmark": 2**32 - 16}
    assert run(ipvs_service, mark)["commands"] == ["ipvsadm -A -f 4294967280 -s wlc"]
    assert now(kernel)[1].key.fwmark == 2**32 - 16
    assert not run(ipvs_service, mark)["changed"]


def test_ipvsadm_edit_without_method_turns_nat_into_dr(run: Run) -> None:
    run(ipvs_dest, {**ONE, "forwarding": "nat", "weight": 5})
    after = run(ipvs_dest, {**ONE, "upper_threshold": 9})["after"]
    assert (after["forwarding"], after["weight"]) == ("nat", 5)


def test_ipvsadm_another_port_with_dr_is_not_silently_the_services(run: Run) -> None:
    assert "rip_port: is not the port of the service" in run(ipvs_dest, {**ONE, "rip_port": "8080"})["msg"]


def test_ipvsadm_netmask_without_persistence_is_not_silently_lost(run: Run) -> None:
    assert "persistence_netmask: has no effect" in run(ipvs_service, {**WEB, "persistence_netmask": "24"})["msg"]


def test_ipvsadm_restore_stops_half_way(run: Run, kernel: FakeKernel) -> None:
    wish = [{"vip": "192.168.1.110", "port": port, "scheduler": "twos" if port == 2 else "rr"} for port in (1, 2, 3)]
    before = now(kernel)
    assert run(ipvs_table, {"services": wish})["failed"]
    assert now(kernel) == before


def test_ipvsadm_restore_clears_first_and_breaks_every_connection(run: Run, kernel: FakeKernel) -> None:
    run(ipvs_dest, ONE)
    kernel.commands.clear()
    run(ipvs_table, {"services": [{**WEB, "scheduler": "rr", "realservers": [{"rip": "192.168.1.12"}]}], "purge": True})
    writes = [command for command in kernel.commands if command not in (4, 8)]
    assert writes == [5, 2, 7]  # add the new one, edit the service, remove the old one: no FLUSH, no DEL_SERVICE


def test_pyroute2_update_of_a_service_deletes_it(run: Run, kernel: FakeKernel) -> None:
    run(ipvs_service, {**WEB, "scheduler": "rr"})
    assert [command for command in kernel.commands if command not in (4, 8)] == [2]
    assert len(now(kernel)) == 1
