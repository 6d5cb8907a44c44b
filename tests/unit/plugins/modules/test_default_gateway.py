# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""default_gateway on a host in a directory: live, confirmed, at boot, and back whenever anything dies in between."""

from __future__ import annotations

import contextlib
import os
import stat
import types
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import finish as host_finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import lock
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import gateway_host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import rollback as network_rollback
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.rollback import Pending
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import default_gateway
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import NIC_FLAGS, Machine

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

OLD, NEW, OTHER = "192.168.1.254", "192.168.1.9", "192.168.1.8"
FAR = "10.0.0.1 50000 192.168.1.11 22"  # a controller behind the old gateway
FAR_AGAIN = "10.0.0.1 50001 192.168.1.11 22"
NEAR = "192.168.1.1 50000 192.168.1.11 22"
DROPIN = "/etc/systemd/network/10-eth0.network.d/90-lvs-gateway-ipv4.conf"
UNIT = "/etc/systemd/system/lvs-gateway-ipv4-eth0.service"
LINK = "/etc/systemd/system/multi-user.target.wants/lvs-gateway-ipv4-eth0.service"

PIN = ("10.0.0.1/32", OLD, "eth0", "0")
HALVES = [("0.0.0.0/1", NEW, "eth0", "0"), ("128.0.0.0/1", NEW, "eth0", "0")]

Gate = t.Callable[..., "dict[str, t.Any]"]


class Died(Exception):
    """The power is cut, or the connection with the module on it."""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(
        tmp_path,
        network_files={"eth0": "/run/systemd/network/10-eth0.network"},
        neighbours={OLD, NEW, OTHER, "fe80::9"},
    )


@pytest.fixture
def gate(machine: Machine, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """One run of the module."""
    monkeypatch.setattr(default_gateway, "Host", lambda: machine.host)
    monkeypatch.setattr(gateway_host, "knock", lambda _gateway, _dev: None)

    def run(check_mode: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
        return run_module(default_gateway, args, check_mode=check_mode, diff=diff)

    return run


@pytest.fixture
def change(gate: Gate) -> Gate:
    """Both runs, as the action plugin makes them."""

    def run(connection: str = FAR, **args: t.Any) -> dict[str, t.Any]:
        first = gate(connection=connection, **args)
        if not first.get("unconfirmed"):
            return first
        return gate(connection=connection.replace(" 50000 ", " 50001 "), confirm=True, **args)

    return run


def saved(machine: Machine) -> set[str]:
    return {path for path in machine.files() if path.startswith("/etc/systemd")}


def left(machine: Machine) -> list[str]:
    return [path.name for path in machine.at("/run").glob("lvs*")]


def test_present_now_and_at_boot(machine: Machine, change: Gate) -> None:
    result = change(gateway=NEW)
    assert result["changed"]
    assert result["commands"] == [
        f"ip route replace 10.0.0.1/32 via {OLD} dev eth0 proto 76",
        f"ip route replace 0.0.0.0/1 via {NEW} dev eth0 proto 76",
        f"ip route replace 128.0.0.0/1 via {NEW} dev eth0 proto 76",
    ]
    assert result["before"] == {
        "effective": [f"default via {OLD} dev eth0"],
        "others": [f"default via {OLD} dev eth0"],
        "routes": [],
        "persistent": {},
    }
    assert result["after"]["effective"] == [f"0.0.0.0/1 via {NEW} dev eth0"]
    assert machine.ours == [PIN, *HALVES]
    assert machine.way("8.8.8.8")["gateway"] == machine.way("198.51.100.1")["gateway"] == NEW
    assert machine.way("10.0.0.1")["gateway"] == OLD
    assert (saved(machine), machine.timer, left(machine)) == ({DROPIN}, None, [])
    machine.reboot()
    assert sorted(machine.ours) == sorted([PIN, *HALVES])
    again = change(gateway=NEW)
    assert (again["changed"], again["commands"], again["before"]) == (False, [], result["after"])


def test_check_mode_and_diff_say_the_same_and_change_nothing(machine: Machine, gate: Gate, change: Gate) -> None:
    check = gate(gateway=NEW, connection=FAR, check_mode=True, diff=True)
    assert (machine.ours, saved(machine), machine.timer) == ([], set(), None)
    done = change(gateway=NEW, diff=True)
    assert check.keys() == done.keys()
    assert all(check[key] == done[key] for key in ("changed", "before", "after", "commands", "diff"))
    assert done["diff"][1]["after_header"] == DROPIN
    assert f"[Route]\nDestination=0.0.0.0/1\nGateway={NEW}\nProtocol=76\n" in done["diff"][1]["after"]


def test_absent_leaves_nothing(machine: Machine, change: Gate) -> None:
    change(gateway=NEW)
    result = change(state="absent")
    assert result["changed"]
    assert result["commands"][-1] == "systemctl try-reload-or-restart systemd-networkd.service"
    assert result["after"]["effective"] == [f"default via {OLD} dev eth0"]
    assert (machine.ours, saved(machine), left(machine)) == ([], set(), [])
    assert not change(state="absent")["changed"]


def test_what_is_right_already_is_left_alone(machine: Machine, change: Gate) -> None:
    assert not change(gateway=OLD)["changed"]
    change(gateway=NEW)
    assert change(gateway=OLD)["changed"]
    assert (machine.ours, saved(machine)) == ([], set())


def test_a_near_controller_needs_no_route(machine: Machine, change: Gate) -> None:
    change(gateway=NEW, connection=NEAR)
    assert machine.ours == HALVES


def test_no_network_no_controller(machine: Machine, change: Gate) -> None:
    assert change(gateway=NEW, connection="")["changed"]
    assert machine.ours == HALVES


def test_from_one_gateway_to_the_next(machine: Machine, change: Gate) -> None:
    change(gateway=NEW)
    change(gateway=OTHER, connection="10.0.0.2 50000 192.168.1.11 22")
    assert machine.way("10.0.0.1")["gateway"] == OLD
    assert machine.way("10.0.0.2")["gateway"] == NEW
    assert machine.way("8.8.8.8")["gateway"] == OTHER
    machine.reboot()
    assert machine.way("10.0.0.2")["gateway"] == NEW


def test_networkd_is_told_of_the_gateway_that_it_must_not_put_back(machine: Machine, change: Gate) -> None:
    reload = "systemctl try-reload-or-restart systemd-networkd.service"
    assert reload not in change(gateway=NEW)["commands"]
    machine.reboot()
    assert change(gateway=OTHER)["commands"][-1] == reload
    assert NEW not in str(machine.networkd_routes)
    assert machine.way("8.8.8.8")["gateway"] == OTHER


def test_drift_is_repaired_and_only_it(machine: Machine, change: Gate) -> None:
    change(gateway=NEW)
    machine.ours.remove(HALVES[1])
    assert change(gateway=NEW)["commands"] == [f"ip route replace 128.0.0.0/1 via {NEW} dev eth0 proto 76"]
    machine.ours.remove(PIN)
    machine.at(DROPIN).write_text("")
    assert change(gateway=NEW, connection=NEAR)["changed"]
    assert f"Gateway={NEW}" in machine.at(DROPIN).read_text()


def test_a_new_default_route_of_others_changes_nothing(machine: Machine, change: Gate) -> None:
    """As at the renewal of a DHCP lease."""
    change(gateway=NEW)
    machine.routes.append({"dst": "default", "gateway": OTHER, "dev": "eth0", "metric": 100, "protocol": "dhcp"})
    assert machine.way("8.8.8.8")["gateway"] == NEW
    assert not change(gateway=NEW)["changed"]


def test_a_host_without_default_route(machine: Machine, change: Gate) -> None:
    machine.routes.clear()
    assert change(gateway=NEW, connection=NEAR)["after"]["routes"] == [f"default via {NEW} dev eth0"]
    machine.routes.append({"dst": "default", "gateway": OLD, "dev": "eth0", "metric": 100})
    assert f"ip route del 0.0.0.0/0 via {NEW} dev eth0 proto 76" in change(gateway=NEW, connection=NEAR)["commands"]
    assert sorted(machine.ours) == sorted(HALVES)


def test_ipv6_beside_ipv4(machine: Machine, change: Gate) -> None:
    machine.interfaces["eth0"]["addresses"].append("fe80::11/64")
    machine.routes.append({"dst": "default", "gateway": "fe80::1", "dev": "eth0", "metric": 1024})
    change(gateway=NEW, connection=NEAR)
    six = "2001:db8:9::1 50000 2001:db8::11 22"
    change(gateway="fe80::9", connection=six)
    assert machine.way("2001:db8:5::1")["gateway"] == "fe80::9"
    assert machine.way("2001:db8:9::1")["gateway"] == "fe80::1"
    assert machine.way("8.8.8.8")["gateway"] == NEW
    machine.reboot()
    assert machine.way("2001:db8:5::1")["gateway"] == "fe80::9"
    change(gateway="fe80::9", state="absent", connection=six)
    assert machine.way("8.8.8.8")["gateway"] == NEW
    assert saved(machine) == {DROPIN}
    change(state="absent", connection=NEAR)
    assert (machine.ours, saved(machine)) == ([], set())


class TestUnit:
    @pytest.fixture(autouse=True)
    def nobodys(self, machine: Machine) -> None:
        machine.network_files.clear()

    def test_now_and_at_boot_and_gone(self, machine: Machine, change: Gate) -> None:
        change(gateway=NEW)
        assert saved(machine) == {UNIT, LINK}
        assert machine.reboot() == []
        assert sorted(machine.ours) == sorted([PIN, *HALVES])
        assert not change(gateway=NEW)["changed"]
        change(state="absent")
        assert (machine.ours, saved(machine)) == ([], set())

    def test_the_unit(self, machine: Machine, change: Gate) -> None:
        change(gateway=NEW)
        assert machine.at(UNIT).read_text() == (
            "# Written by linuxvirtualserver.lvs.default_gateway; the next run puts back what is changed here.\n"
            "# To undo it, run the same task with state: absent.\n"
            "# Interface: eth0\n"
            f"# Route: 10.0.0.1/32 via {OLD} dev eth0\n"
            f"# Route: 0.0.0.0/1 via {NEW} dev eth0\n"
            f"# Route: 128.0.0.0/1 via {NEW} dev eth0\n"
            "[Unit]\n"
            "Description=LVS default gateway on eth0\n"
            "BindsTo=sys-subsystem-net-devices-eth0.device\n"
            "After=sys-subsystem-net-devices-eth0.device network-online.target\n"
            "Wants=network-online.target\n"
            "\n"
            "[Service]\n"
            "Type=oneshot\n"
            "RemainAfterExit=yes\n"
            f"ExecStart=/usr/sbin/ip route replace 10.0.0.1/32 via {OLD} dev eth0 proto 76\n"
            f"ExecStart=/usr/sbin/ip route replace 0.0.0.0/1 via {NEW} dev eth0 proto 76\n"
            f"ExecStart=/usr/sbin/ip route replace 128.0.0.0/1 via {NEW} dev eth0 proto 76\n"
            "\n"
            "[Install]\n"
            "WantedBy=multi-user.target\n"
        )

    def test_not_after_a_reboot(self, machine: Machine, change: Gate) -> None:
        change(gateway=NEW)
        result = change(gateway=NEW, persistent=False)
        assert result["changed"]
        assert (machine.ours, saved(machine)) == ([PIN, *HALVES], set())
        machine.reboot()
        assert machine.ours == []

    def test_networkd_has_no_file_for_it(self, machine: Machine, change: Gate) -> None:
        result = change(gateway=NEW, backend="networkd")
        assert "does not set up eth0" in result["msg"]
        assert machine.ours == []


class TestRefused:
    @pytest.mark.parametrize(
        ("args", "message"),
        [
            ({}, "state is present but all of the following are missing: gateway"),
            ({"gateway": "192.168.1"}, "gateway: is not an IP address (got '192.168.1')."),
            ({"gateway": "192.168.2.1"}, "is not in the networks this host is connected to (192.168.1.0/24 on eth0)"),
            ({"gateway": "192.168.1.77"}, "gateway: does not answer on eth0"),
            ({"gateway": "192.168.1.11"}, "is this host's own address, on eth0"),
            ({"gateway": NEW, "interface": "eth1"}, "interface: is not an interface of this host (got 'eth1')."),
            ({"gateway": NEW, "timeout": 9}, "timeout: is too short"),
            ({"gateway": NEW, "connection": "somewhere"}, "connection: does not say where"),
        ],
    )
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_before_any_change(
        self, machine: Machine, gate: Gate, args: dict[str, t.Any], message: str, check_mode: bool
    ) -> None:
        result = gate(**{"connection": FAR, **args}, check_mode=check_mode)
        assert message in result["msg"]
        assert (machine.ours, saved(machine), machine.timer, left(machine)) == ([], set(), None, [])

    def test_a_vpn(self, machine: Machine, gate: Gate) -> None:
        machine.routes.append({"dst": "0.0.0.0/1", "gateway": OLD, "dev": "eth0"})
        assert "stands in for the default route, as a VPN's" in gate(gateway=NEW, connection=FAR)["msg"]

    def test_no_way_to_the_controller_to_keep(self, machine: Machine, gate: Gate) -> None:
        machine.routes.clear()
        assert "it cannot be shown that the controller" in gate(gateway=NEW, connection=FAR)["msg"]

    def test_no_way_to_the_controller_without_ours(self, machine: Machine, gate: Gate) -> None:
        machine.routes.clear()
        gate(gateway=NEW, connection="")
        gate(gateway=NEW, connection="", confirm=True)
        assert "without a route to the controller at 10.0.0.1" in gate(state="absent", connection=FAR)["msg"]
        assert machine.ours == [("0.0.0.0/0", NEW, "eth0", "0")]

    def test_a_drop_in_that_others_would_get(self, machine: Machine, gate: Gate) -> None:
        machine.interfaces["eth1"] = {"flags": NIC_FLAGS, "addresses": ["10.9.0.1/24"]}
        machine.network_files["eth1"] = machine.network_files["eth0"]
        assert "which would get the same" in gate(gateway=NEW, connection=FAR)["msg"]

    def test_two_at_once(self, machine: Machine, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        """The second waits, without the lock, and has its own change looked at as if it came later."""
        gate(gateway=NEW, connection=FAR)
        now = 0.0

        def sleep(seconds: float) -> None:
            nonlocal now
            assert not lock._held
            now += seconds
            if taken_back_after and now > taken_back_after:
                machine.time_passes()

        clock = types.SimpleNamespace(sleep=sleep, monotonic=lambda: now)
        monkeypatch.setattr(host_finish, "time", clock)
        taken_back_after = 0
        assert "waits for the confirmation of another run" in gate(gateway=OTHER, connection=FAR_AGAIN)["msg"]
        assert now == lock.PATIENCE
        taken_back_after = 360
        assert gate(gateway=OTHER, connection=FAR_AGAIN)["unconfirmed"]
        assert now < taken_back_after + 1
        machine.time_passes()
        assert gate(gateway=OTHER, connection=FAR_AGAIN)["changed"]


class TestRollback:
    def test_unconfirmed_is_taken_back(self, machine: Machine, gate: Gate) -> None:
        gate(gateway=NEW, connection=FAR)
        assert machine.ours == [PIN, *HALVES]
        assert saved(machine) == set()
        machine.time_passes()
        assert machine.ours == []
        late = gate(gateway=NEW, connection=FAR_AGAIN, confirm=True)
        assert "was taken back by this host itself" in late["msg"]
        assert (machine.ours, saved(machine), left(machine)) == ([], set(), [])

    def test_the_same_connection_proves_nothing(self, machine: Machine, gate: Gate) -> None:
        gate(gateway=NEW, connection=FAR)
        assert "which proves nothing" in gate(gateway=NEW, connection=FAR, confirm=True)["msg"]
        machine.time_passes()
        assert machine.ours == []

    def test_only_its_own_run_confirms(self, machine: Machine, gate: Gate) -> None:
        """Also that of a run whose controller was killed comes back, and by the connection of this one."""
        gate(gateway=NEW, connection=FAR, run_id="this")
        killed = gate(gateway=NEW, pin=False, connection=FAR_AGAIN, run_id="that", confirm=True)
        assert "was taken back" in killed["msg"]
        assert machine.ours == [PIN, *HALVES]
        assert not gate(gateway=NEW, connection=FAR_AGAIN, run_id="this", confirm=True).get("failed")

    def test_one_that_went_off_in_the_middle_of_the_confirmation(self, machine: Machine, gate: Gate) -> None:
        gate(gateway=NEW, connection=FAR)

        def late(done: Completed) -> Completed:
            if done.argv[:2] == ("systemctl", "stop"):
                machine.ours.clear()
            return done

        machine.meddle = late
        assert "was taken back" in gate(gateway=NEW, connection=FAR_AGAIN, confirm=True)["msg"]
        assert (machine.ours, saved(machine)) == ([], set())

    def test_a_timer_that_cannot_be_seen_is_not_taken_for_one_that_went_off(self, machine: Machine, gate: Gate) -> None:
        gate(gateway=NEW, connection=FAR)
        machine.meddle = lambda done: done._replace(rc=1, stderr="No bus") if "is-active" in done.argv else done
        assert "exit status 1 (got 'No bus')" in gate(gateway=NEW, connection=FAR_AGAIN, confirm=True)["msg"]
        machine.time_passes()
        assert machine.ours == []

    def test_a_step_that_fails(self, machine: Machine, gate: Gate) -> None:
        def fail(done: Completed) -> Completed:
            return done._replace(rc=2, stderr="No") if "128.0.0.0/1" in done.argv and "replace" in done.argv else done

        machine.meddle = fail
        assert "failed with exit status 2 (got 'No')" in gate(gateway=NEW, connection=FAR)["msg"]
        assert (machine.ours, machine.timer, left(machine)) == ([], None, [])

    def test_a_rollback_that_cannot_be_armed(self, machine: Machine, gate: Gate) -> None:
        machine.meddle = lambda done: done._replace(rc=1, stderr="No") if done.argv[0] == "systemd-run" else done
        assert "systemd-run" in gate(gateway=NEW, connection=FAR)["msg"]
        assert machine.ours == []

    def test_a_policy_rule_that_leads_the_controller_elsewhere(self, machine: Machine, gate: Gate) -> None:
        def rule(done: Completed) -> Completed:
            moved = done.argv[:4] == ("ip", "-j", "route", "get") and machine.ours
            return done._replace(stdout=done.stdout.replace(OLD, OTHER)) if moved else done

        machine.meddle = rule
        assert "See the policy rules of this host" in gate(gateway=NEW, connection=FAR)["msg"]
        assert (machine.ours, machine.timer) == ([], None)

    def test_a_disk_that_is_full(self, machine: Machine, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        gate(gateway=NEW, connection=FAR)

        def write(_host: Host, path: str, text: str, mode: int = 0o644) -> None:
            raise LvsError(path, "No space left on device", f"{len(text)} {mode}")

        monkeypatch.setattr(Host, "write", write)
        assert "No space left on device" in gate(gateway=NEW, connection=FAR_AGAIN, confirm=True)["msg"]
        assert (machine.ours, saved(machine), machine.timer) == ([], set(), None)

    def test_the_controller_moves_too_if_told_so(self, machine: Machine, change: Gate) -> None:
        change(gateway=NEW, pin=False)
        assert machine.ours == HALVES


class Deaths:
    """Let the n-th command be the last that this run of the module issues."""

    def __init__(self, machine: Machine, number: int) -> None:
        self.left = number
        machine.meddle = self.count

    def count(self, done: Completed) -> Completed:
        self.left -= 1
        if self.left == 0:
            raise Died(done.argv)
        return done


MOMENTS = range(1, 15)  # one more than there are commands


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("before", [None, OTHER])
def test_whatever_dies_before_the_confirmation_the_old_way_comes_back(
    machine: Machine, gate: Gate, change: Gate, moment: int, power: bool, before: str | None
) -> None:
    if before:
        change(gateway=before)
    routes, files = sorted(machine.ours), saved(machine)
    Deaths(machine, moment)
    with contextlib.suppress(Died):
        gate(gateway=NEW, connection=FAR)
    machine.meddle = lambda done: done
    if power:
        machine.reboot()
    else:
        machine.time_passes()
    assert (sorted(machine.ours), saved(machine)) == (routes, files)
    assert change(gateway=NEW)["changed"]
    assert machine.way("8.8.8.8")["gateway"] == NEW


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("networkd", [False, True])
def test_whatever_dies_during_the_confirmation_the_controller_keeps_its_way(
    machine: Machine, gate: Gate, change: Gate, moment: int, networkd: bool
) -> None:
    if not networkd:
        machine.network_files.clear()
    gate(gateway=NEW, connection=FAR)
    Deaths(machine, moment)
    with contextlib.suppress(Died):
        gate(gateway=NEW, connection=FAR_AGAIN, confirm=True)
    machine.meddle = lambda done: done
    assert machine.way("10.0.0.1")["gateway"] == OLD
    machine.reboot()
    assert machine.way("10.0.0.1")["gateway"] == OLD
    change(gateway=NEW)
    machine.reboot()
    assert machine.way("8.8.8.8")["gateway"] == NEW
    assert machine.way("10.0.0.1")["gateway"] == OLD


def test_without_systemd_a_process_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real process that becomes a stand-in for ip."""
    mark = tmp_path / "undone"
    ip = tmp_path / "ip"
    ip.write_text(f'#!/bin/sh\nprintf "%s" "$*" > {mark}\n')
    ip.chmod(0o755)
    monkeypatch.setattr(Host, "which", lambda _host, command: str(ip) if command == "ip" else None)
    rollback = network_rollback.Rollback(Host(str(tmp_path)))
    view: dict[str, t.Any] = {"effective": [], "others": [], "routes": [], "persistent": {}}
    change = Pending("1", FAR, {"changed": True, "before": view, "after": view, "commands": []})
    rollback.arm(change, 600, [])
    record = tmp_path / network_rollback.PENDING.lstrip("/")
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert rollback.pending().value == change
    assert (rollback.disarm().value or {})["run_id"] == "1"
    os.wait()
    assert rollback.pending().value is None
    assert not mark.exists()

    rollback.arm(change, 1, [])
    # Other tests may have left a child that was not waited for; when none is left at all, this fails.
    while not mark.exists():
        os.wait()
    assert mark.read_text() == f"-force -batch {tmp_path}{network_rollback.UNDO}"
    assert rollback.pending().value is None
