# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_service

if TYPE_CHECKING:
    import pathlib

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

WEB = {"vip": "192.168.1.110", "port": "80"}
DEFAULTS: dict[str, Any] = {
    "vip": "192.168.1.110",
    "fwmark": None,
    "family": "ipv4",
    "protocol": "tcp",
    "port": 80,
    "scheduler": "wlc",
    "scheduler_flags": [],
    "persistence": 0,
    "persistence_netmask": None,
    "persistence_engine": None,
    "one_packet": False,
    "realservers": [],
}


@pytest.fixture
def service(run_module: RunModule, kernel: FakeKernel) -> Any:
    """Run ipvs_service in check mode and for real, and see that both say the same; the result of the latter."""

    def run(**args: Any) -> dict[str, Any]:
        table = repr(kernel.services)
        checked = run_module(ipvs_service, args, check_mode=True, diff=True)
        assert repr(kernel.services) == table
        done = run_module(ipvs_service, args, diff=True)
        assert checked == done
        return done

    return run


def test_life_of_a_service(service: Any, kernel: FakeKernel) -> None:
    made = service(**WEB)
    assert (made["changed"], made["before"], made["after"]) == (True, None, DEFAULTS)
    assert made["commands"] == ["ipvsadm -A -t 192.168.1.110:80 -s wlc"]
    assert made["diff"] == {"before": "", "after": "-A -t 192.168.1.110:80 -s wlc\n"}
    again = service(**WEB)
    assert (again["changed"], again["before"], again["after"], again["commands"]) == (False, DEFAULTS, DEFAULTS, [])
    edited = service(**WEB, scheduler="rr", persistence=360)
    assert edited["after"] == {**DEFAULTS, "scheduler": "rr", "persistence": 360}
    assert edited["commands"] == ["ipvsadm -E -t 192.168.1.110:80 -s rr -p 360"]
    gone = service(**WEB, state="absent")
    assert (gone["changed"], gone["after"]) == (True, None)
    assert gone["commands"] == ["ipvsadm -D -t 192.168.1.110:80"]
    assert not service(**WEB, state="absent")["changed"]
    assert kernel.services == {}


CHANGES = [
    ({"scheduler": "rr"}, "scheduler", "rr"),
    ({"scheduler_flags": ["flag-2"]}, "scheduler_flags", ["flag-2"]),
    ({"persistence": 10}, "persistence", 10),
    ({"persistence_netmask": "24"}, "persistence_netmask", "255.255.255.0"),
    ({"persistence_engine": "sip"}, "persistence_engine", "sip"),
    ({"one_packet": True}, "one_packet", True),
]


@pytest.mark.parametrize(("change", "field", "value"), CHANGES)
def test_a_change_of_one_option_changes_that_alone(
    service: Any, change: dict[str, Any], field: str, value: Any
) -> None:
    base = {**WEB, "protocol": "udp", "persistence": 300}
    before = service(**base)["after"]
    edited = service(**{**base, **change})
    assert edited["changed"]
    assert edited["after"] == {**before, field: value}
    left_out = service(vip="192.168.1.110", port="80", protocol="udp")
    assert not left_out["changed"]


RESETS = [
    ({"persistence_netmask": "24"}, {"persistence_netmask": ""}),
    ({"persistence_netmask": "24"}, {"persistence_netmask": "32"}),
    ({"persistence_engine": "sip"}, {"persistence_engine": ""}),
    ({"one_packet": True}, {"one_packet": False}),
    ({"scheduler_flags": ["flag-1"]}, {"scheduler_flags": []}),
]


@pytest.mark.parametrize(("special", "default"), RESETS)
def test_an_explicit_default_resets(service: Any, special: dict[str, Any], default: dict[str, Any]) -> None:
    base = {**WEB, "protocol": "udp", "persistence": 300}
    plain = service(**base)["after"]
    assert service(**base, **special)["changed"]
    reset = service(**base, **default)
    assert reset["changed"]
    assert reset["after"] == plain


def test_the_realservers_of_a_service_stay(run_module: RunModule, kernel: FakeKernel, service: Any) -> None:
    from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_dest

    service(**WEB)
    run_module(ipvs_dest, {**WEB, "rip": "192.168.1.11"})
    edited = service(**WEB, scheduler="rr")
    assert [one["rip"] for one in edited["after"]["realservers"]] == ["192.168.1.11"]
    ((_attributes, pool),) = kernel.services.values()
    assert len(pool) == 1


FAILURES = [
    ({}, "one of the following is required: vip, fwmark"),
    ({"vip": "192.168.1.110"}, "missing parameter(s) required by 'vip': port"),
    ({**WEB, "fwmark": 1}, "parameters are mutually exclusive: vip|fwmark, port|fwmark"),
    ({**WEB, "vip": "192.168.1.300"}, "vip: is not an address (got '192.168.1.300')."),
    ({**WEB, "port": "99999"}, "port: is out of the range of ports (got '99999')."),
    ({**WEB, "port": "0"}, "port: stands for every port, which only a persistent service can serve (got 0)."),
    ({**WEB, "scheduler": "wlcc"}, "wlc or wrr. Did you mean wlc? [scheduler-unknown]"),
    (
        {**WEB, "one_packet": True},
        "one_packet: schedules every packet on its own, which breaks tcp connections (got true).",
    ),
    (
        {**WEB, "scheduler": "twos"},
        "service tcp 192.168.1.110:80: scheduler: is not a scheduler this kernel can load (got 'twos').",
    ),
]


def test_all_that_is_wrong_is_said_at_once(run_module: RunModule, kernel: FakeKernel) -> None:
    both = run_module(ipvs_service, {**WEB, "port": "0", "scheduler": "wlcc"})["msg"].split("\n")
    assert [line.rpartition("[")[2] for line in both] == ["port-zero]", "scheduler-unknown]"]
    both = run_module(ipvs_service, {**WEB, "vip": "x", "scheduler": "wlcc"})["msg"].split("\n")
    assert [line.rpartition("[")[2] for line in both] == ["vip-invalid]", "scheduler-unknown]"]
    assert kernel.services == {}


@pytest.mark.parametrize(("args", "message"), FAILURES)
def test_failures(run_module: RunModule, kernel: FakeKernel, args: dict[str, Any], message: str) -> None:
    result = run_module(ipvs_service, args)
    assert result["failed"]
    assert message in result["msg"]
    assert kernel.services == {}


def test_a_user_without_rights_is_told(
    run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    kernel.permitted = False
    assert "Run as root (`become: true`)" in run_module(ipvs_service, WEB, check_mode=True)["msg"]


def test_a_kernel_without_ipvs_is_told(run_module: RunModule, kernel: FakeKernel) -> None:
    kernel.loaded = kernel.loadable = False
    assert "has no IPVS" in run_module(ipvs_service, WEB)["msg"]


@pytest.mark.parametrize("loadable", [True, False])
def test_check_mode_loads_nothing_and_knows_what_can_be(
    run_module: RunModule,
    kernel: FakeKernel,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    loadable: bool,
) -> None:
    kernel.loaded = False
    modprobe = tmp_path / "modprobe"
    modprobe.write_text(f'#!/bin/sh\n[ "$*" = "--dry-run --quiet ip_vs" ] && {str(loadable).lower()}\n')
    modprobe.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    result = run_module(ipvs_service, WEB, check_mode=True)
    assert result["changed"] if loadable else "has no IPVS" in result["msg"]
    assert not run_module(ipvs_service, {**WEB, "state": "absent"}, check_mode=True)["changed"]
    assert not kernel.loaded


@pytest.mark.parametrize(
    ("wish", "needs"),
    [
        ({"scheduler": "nq"}, "ip_vs_nq"),
        ({"protocol": "udp", "persistence": 9, "persistence_engine": "sip", "scheduler": "rr"}, "ip_vs_pe_sip"),
    ],
)
def test_check_mode_knows_what_cannot_be_loaded(
    run_module: RunModule,
    kernel: FakeKernel,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    wish: dict[str, Any],
    needs: str,
) -> None:
    (tmp_path / "modules" / os.uname().release).mkdir(parents=True)
    modprobe = tmp_path / "modprobe"
    modprobe.write_text(f'#!/bin/sh\n[ "$3" != {needs} ]\n')
    modprobe.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    refused = run_module(ipvs_service, {**WEB, **wish}, check_mode=True)
    assert "load" in refused["msg"]
    assert "modinfo" in refused["msg"]
    (tmp_path / "loaded" / needs).mkdir(parents=True)
    assert run_module(ipvs_service, {**WEB, **wish}, check_mode=True)["changed"]
    assert kernel.services == {}
