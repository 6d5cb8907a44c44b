# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that do not run systemd: refused untouched, or set up until the next boot, and taken down again.

What a module would tell systemd is an error here, as on such a host: there is no systemctl.
"""

from __future__ import annotations

import functools
import shutil
import typing as t
from dataclasses import dataclass

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import gateway_host
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import (
    arp_hide,
    default_gateway,
    firewall_rules,
    kernel_setup,
    tunnel_decap,
    vip_address,
    vip_route,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules import (
    fake_kernel,
    test_firewall_rules,
    test_vip_route,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_inits import OpenRc, OtherInit, Sysvinit
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import Machine

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_inits import AnyHost

VIP, GATEWAY = "192.168.1.110", "192.168.1.9"
MARK = {"fwmark": 5, "vip": VIP, "ports": [{"protocol": "tcp", "port": 80}]}
LEFT = "/etc/systemd/system/lvs-vip-lo.service"
WANTED = "/etc/systemd/system/multi-user.target.wants/lvs-vip-lo.service"


def without_systemd(machine: AnyHost, argv: Sequence[str]) -> Completed:
    if argv[0] in ("systemctl", "systemd-run", "networkctl"):
        raise LvsError(argv[0], None, "is not installed on this host.")
    return machine.execute(argv)


def everything(machine: AnyHost) -> dict[str, str]:
    """Every file of the host, and what a write would change."""
    paths = [path for path in machine.root.rglob("*") if path.is_symlink() or path.is_file()]
    return {str(path.relative_to(machine.root)): "" if path.is_symlink() else path.read_text() for path in paths}


def kept(machine: AnyHost) -> set[str]:
    """What there is of ours that a boot would read."""
    return {path for path in everything(machine) if path.startswith("etc") and "lvs" in path}


@dataclass
class Case:
    """A module, the host it runs on and what it is asked for."""

    module: ModuleType
    make: t.Callable[[Path], AnyHost]
    args: dict[str, t.Any]


def hiding(root: Path) -> Machine:
    """A host on which VIPs on lo are hidden."""
    machine = Machine(root, neighbours={GATEWAY})
    for interface in ("all", "eth0"):
        machine.set_sysctl(interface, "arp_ignore", 1)
        machine.set_sysctl(interface, "arp_announce", 2)
    return machine


def filtering(root: Path) -> test_firewall_rules.FakeHost:
    return test_firewall_rules.FakeHost(root, "nft")


CASES = {
    "arp_hide": Case(arp_hide, Machine, {"vips": [VIP]}),
    "arp_hide by rules": Case(arp_hide, Machine, {"vips": [VIP], "method": "arptables"}),
    "vip_address": Case(vip_address, hiding, {"vips": [VIP], "interface": "lo"}),
    "vip_address of a director": Case(vip_address, hiding, {"vips": [VIP], "hidden": False}),
    "default_gateway": Case(default_gateway, hiding, {"gateway": GATEWAY}),
    "kernel_setup": Case(kernel_setup, fake_kernel.FakeHost, {"kernel_modules": ["ip_vs"]}),
    "kernel_setup of sysctls": Case(kernel_setup, fake_kernel.FakeHost, {"sysctls": {"net.ipv4.ip_forward": 1}}),
    "tunnel_decap": Case(tunnel_decap, fake_kernel.FakeHost, {"tunnels": [{"type": "ipip"}]}),
    "firewall_rules": Case(firewall_rules, filtering, {"marks": [MARK]}),
    "vip_route": Case(vip_route, test_vip_route.FakeHost, {"routes": [{"source": VIP, "gateway": "192.168.1.254"}]}),
}


class Ground(t.NamedTuple):
    """A case on a host without systemd."""

    machine: AnyHost
    run: t.Callable[..., dict[str, t.Any]]


@pytest.fixture(params=CASES)
def ground(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_module: RunModule
) -> Ground:
    case = CASES[request.param]
    machine = case.make(tmp_path)
    shutil.rmtree(tmp_path / "run/systemd/system")
    host = Host(str(tmp_path), functools.partial(without_systemd, machine))
    monkeypatch.setattr(case.module, "Host", lambda: host)
    monkeypatch.setattr(gateway_host, "knock", lambda _gateway, _dev: None)

    def run(check_mode: bool = False, **args: t.Any) -> dict[str, t.Any]:
        asked = {} if args.get("state") == "absent" else case.args
        return run_module(case.module, {**asked, **args}, check_mode=check_mode)

    return Ground(machine, run)


@pytest.mark.parametrize("check_mode", [True, False])
def test_it_is_refused_before_anything_is_touched(ground: Ground, check_mode: bool) -> None:
    (ground.machine.root / "run/runit").mkdir(parents=True)
    (ground.machine.root / "run/runit/stopit").touch()
    before = everything(ground.machine)
    refused = ground.run(check_mode)
    assert refused.get("msg", "").startswith("persistent: cannot be had on this host, which runs runit: "), refused
    assert everything(ground.machine) == before


def test_it_can_be_set_up_until_the_next_boot_and_taken_down(ground: Ground) -> None:
    before = everything(ground.machine)
    foreseen = ground.run(check_mode=True, persistent=False)
    assert everything(ground.machine) == before
    done = ground.run(persistent=False)
    assert done["changed"], done
    assert not done["after"]["persistent"]
    assert kept(ground.machine) == set()
    assert foreseen["commands"] == done["commands"]
    assert not [one for one in done["commands"] if one.startswith("systemctl")]
    if done.get("unconfirmed"):
        ground.run(persistent=False, confirm=True)
    again = ground.run(persistent=False)
    assert not again.get("failed"), again
    assert not again["changed"], again
    gone = ground.run(state="absent")
    assert gone.get("changed"), gone
    if gone.get("unconfirmed"):
        ground.run(state="absent", confirm=True)
    assert [path for path in everything(ground.machine) if "lvs" in path] == []
    assert not ground.run(state="absent")["changed"]


@pytest.fixture(params=[OpenRc, Sysvinit])
def init(request: pytest.FixtureRequest) -> t.Any:
    return request.param


class Gate(t.NamedTuple):
    """A case on a host with an init that can be told."""

    machine: OtherInit
    run: t.Callable[..., dict[str, t.Any]]


@pytest.fixture(params=CASES)
def gate(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_module: RunModule,
    init: type[OtherInit],
) -> Gate:
    case = CASES[request.param]
    machine = init(case.make(tmp_path))
    monkeypatch.setattr(case.module, "Host", lambda: machine.host)
    monkeypatch.setattr(gateway_host, "knock", lambda _gateway, _dev: None)

    def run(check_mode: bool = False, **args: t.Any) -> dict[str, t.Any]:
        asked = {} if args.get("state") == "absent" else case.args
        done = run_module(case.module, {**asked, **args}, check_mode=check_mode)
        assert not done.get("failed"), done
        if done.get("unconfirmed"):
            run_module(case.module, {**asked, **args, "confirm": True})
        return done

    return Gate(machine, run)


def test_another_init_is_told_what_systemd_would_be(gate: Gate) -> None:
    before = everything(gate.machine)
    foreseen = gate.run(check_mode=True)
    assert everything(gate.machine) == before
    done = gate.run()
    assert done["changed"]
    assert done["after"]["persistent"]
    assert foreseen["commands"] == done["commands"]
    services = gate.machine.services()
    scripts = {path for path in kept(gate.machine) if not (gate.machine.root / path).is_symlink()}
    assert scripts == {f"etc/init.d/{name}" for name in services}
    assert len(set(services.values())) == 1
    assert not gate.run()["changed"]
    gone = gate.run(state="absent")
    assert gone["changed"]
    assert [path for path in everything(gate.machine) if "lvs" in path] == []
    assert gate.machine.started == set()
    assert not gate.run(state="absent")["changed"]


def test_what_an_earlier_release_left_behind_can_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_module: RunModule
) -> None:
    """It put the VIP there, wrote the unit, and failed."""
    machine = hiding(tmp_path)
    monkeypatch.setattr(vip_address, "Host", lambda: machine.host)
    assert run_module(vip_address, {"vips": [VIP], "interface": "lo"})["changed"]
    assert machine.at(LEFT).is_file()
    shutil.rmtree(tmp_path / "run/systemd/system")
    host = Host(str(tmp_path), functools.partial(without_systemd, machine))
    monkeypatch.setattr(vip_address, "Host", lambda: host)
    assert run_module(vip_address, {"state": "absent"})["changed"]
    assert (machine.addresses("lo"), machine.at(LEFT).exists(), machine.at(WANTED).is_symlink()) == (
        ["127.0.0.1/8", "::1/128"],
        False,
        False,
    )


@pytest.mark.parametrize("name", ["tunnel_decap", "firewall_rules", "kernel_setup", "vip_route"])
def test_a_host_with_systemd_can_be_set_up_until_its_next_boot_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_module: RunModule
) -> None:
    case = CASES[name]
    machine = case.make(tmp_path)
    monkeypatch.setattr(case.module, "Host", lambda: Host(str(tmp_path), machine.execute))
    assert run_module(case.module, case.args)["after"]["persistent"]
    assert kept(machine)
    ended = run_module(case.module, {**case.args, "persistent": False})
    assert ended["before"]["persistent"]
    assert not ended["after"]["persistent"]
    assert kept(machine) == set()
    back = run_module(case.module, case.args)
    assert back["after"]["persistent"]
    assert not [path for path in everything(machine) if path.startswith("run/lvs")]
