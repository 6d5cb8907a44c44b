# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_dest, ipvs_service

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils.fake_ipvs import FakeKernel

WEB = {"vip": "192.168.1.110", "port": "80"}
ONE = {**WEB, "rip": "192.168.1.11"}
DEFAULTS = {
    "rip": "192.168.1.11",
    "port": 80,
    "forwarding": "dr",
    "weight": 1,
    "upper_threshold": 0,
    "lower_threshold": 0,
}


@pytest.fixture
def dest(run_module: RunModule, kernel: FakeKernel) -> Any:
    """Run ipvs_dest in check mode and for real, and see that both say the same; the result of the latter."""
    run_module(ipvs_service, WEB)

    def run(**args: Any) -> dict[str, Any]:
        table = repr(kernel.services)
        checked = run_module(ipvs_dest, args, check_mode=True, diff=True)
        assert repr(kernel.services) == table
        done = run_module(ipvs_dest, args, diff=True)
        assert checked == done
        return done

    return run


def test_life_of_a_realserver(dest: Any) -> None:
    made = dest(**ONE)
    assert (made["changed"], made["before"], made["after"]) == (True, None, DEFAULTS)
    assert made["commands"] == ["ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1"]
    again = dest(**ONE)
    assert (again["changed"], again["before"], again["after"], again["commands"]) == (False, DEFAULTS, DEFAULTS, [])
    edited = dest(**ONE, weight=0)
    assert (edited["after"], edited["before"]) == ({**DEFAULTS, "weight": 0}, DEFAULTS)
    assert edited["commands"] == ["ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 0"]
    assert not dest(**ONE)["changed"]
    gone = dest(**ONE, state="absent")
    assert (gone["changed"], gone["after"]) == (True, None)
    assert gone["commands"] == ["ipvsadm -d -t 192.168.1.110:80 -r 192.168.1.11:80"]
    assert not dest(**ONE, state="absent")["changed"]


GUE = {"type": "gue", "port": 6080, "checksum": "remcsum"}
CHANGES = [
    ({"forwarding": "nat"}, {"forwarding": "nat"}),
    ({"forwarding": "masquerading"}, {"forwarding": "nat"}),
    ({"weight": 0}, {"weight": 0}),
    ({"weight": 10}, {"weight": 10}),
    ({"upper_threshold": 100}, {"upper_threshold": 100}),
    ({"upper_threshold": 9, "lower_threshold": 9}, {"upper_threshold": 9, "lower_threshold": 9}),
    ({"forwarding": "tun"}, {"forwarding": "tun", "tunnel": {"type": "ipip", "port": 0, "checksum": "none"}}),
    ({"forwarding": "tun", "tunnel": GUE}, {"forwarding": "tun", "tunnel": GUE}),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_a_change_of_one_option_changes_that_alone(dest: Any, change: dict[str, Any], expected: dict[str, Any]) -> None:
    dest(**ONE)
    edited = dest(**ONE, **change)
    assert edited["changed"]
    assert edited["after"] == {**DEFAULTS, **expected}
    assert not dest(**ONE)["changed"]


def test_another_port_with_nat_is_another_realserver(dest: Any, kernel: FakeKernel) -> None:
    dest(**ONE, forwarding="nat")
    dest(**ONE, forwarding="nat", rip_port="8080")
    ((_attributes, pool),) = kernel.services.values()
    assert len(pool) == 2


def test_a_realserver_of_the_other_family_through_a_tunnel(dest: Any) -> None:
    made = dest(**WEB, rip="2001:DB8::0001", forwarding="ipip")
    assert made["after"]["rip"] == "2001:db8::1"
    assert not dest(**WEB, rip="2001:db8::1")["changed"]


FAILURES = [
    (WEB, "missing required arguments: rip"),
    ({**ONE, "rip": "192.168.1.300"}, "rip: '192.168.1.300' is not an IP address."),
    ({**ONE, "rip_port": "8080"}, "rip_port: 8080 is not the port of the service, 80: forwarding dr cannot"),
    ({**ONE, "rip": "2001:db8::1"}, "rip: '2001:db8::1' is not ipv4 as the service is. Use forwarding tun"),
    ({**ONE, "weight": -1}, "weight: -1 is not a weight."),
    ({**ONE, "lower_threshold": 1}, "lower_threshold: 1 is above the upper threshold, 0."),
    ({**ONE, "tunnel": {}}, "tunnel: {'type': 'ipip', 'port': 0, 'checksum': 'none'} is for forwarding tun, not dr."),
    ({**ONE, "forwarding": "tun", "tunnel": {"type": "gue"}}, "tunnel.port: 0 is no UDP port."),
    ({**ONE, "port": "81"}, "service: 'tcp 192.168.1.110:81' is not there. Add it first"),
]


@pytest.mark.parametrize(("args", "message"), FAILURES)
def test_failures(run_module: RunModule, kernel: FakeKernel, args: dict[str, Any], message: str) -> None:
    run_module(ipvs_service, WEB)
    result = run_module(ipvs_dest, args)
    assert result["failed"]
    assert message in result["msg"]
    ((_attributes, pool),) = kernel.services.values()
    assert pool == {}


@pytest.mark.usefixtures("kernel")
def test_in_check_mode_the_service_may_yet_have_to_be_made(run_module: RunModule) -> None:
    result = run_module(ipvs_dest, ONE, check_mode=True)
    assert result["changed"]
    assert result["commands"] == ["ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1"]
    assert "service tcp 192.168.1.110:80 is not there yet" in str(result["warnings"])


@pytest.mark.usefixtures("kernel")
def test_absent_from_a_missing_service_is_fine(run_module: RunModule) -> None:
    assert not run_module(ipvs_dest, {**ONE, "state": "absent"})["changed"]
