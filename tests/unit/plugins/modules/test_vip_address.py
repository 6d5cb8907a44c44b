# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_address on a host in a directory: live, at boot, repaired, refused, and gone again."""

from __future__ import annotations

import copy
import functools
import json
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import Interface
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_address import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_options import SPECIFICATION
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import vip_address
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import (
    DUMMY_FLAGS,
    NIC_FLAGS,
    Machine,
)

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible.module_utils.basic import AnsibleModule

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

VIP = "192.168.1.110"
OTHER = "192.168.1.120"
VIP6 = "2001:db8::110"
NETWORK_FILE = "/run/systemd/network/10-eth0.network"
DROPIN = "/run/systemd/network/10-eth0.network.d/90-lvs-vip.conf"
OLD_DROPIN = "/etc/systemd/network/10-eth0.network.d/90-lvs-vip.conf"
OLD_TEXT = (
    "# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.\n"
    f"# Interface: eth0\n# VIP: {VIP}\n\n[Address]\nAddress={VIP}/32\n"
)
PUBLISHER = "/etc/systemd/system/lvs-networkd-vip-eth0.service"
WANTED = "/etc/systemd/system/multi-user.target.wants/lvs-networkd-vip-eth0.service"
PUBLISHED = [
    "systemctl daemon-reload",
    "systemctl enable lvs-networkd-vip-eth0.service",
    "systemctl restart lvs-networkd-vip-eth0.service",
]
UNIT = "/etc/systemd/system/lvs-vip-lo.service"
LINK = "/etc/systemd/system/multi-user.target.wants/lvs-vip-lo.service"
RECORD = "/var/lib/lvs/vip_address.json"
LEDGER = "/var/lib/lvs/claims.json"

Place = t.Callable[..., "dict[str, t.Any]"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A host that hides addresses on lo, now and at boot, and whose eth0 is networkd's."""
    return make_machine(tmp_path)


def make_machine(root: Path) -> Machine:
    machine = Machine(root, network_files={"eth0": NETWORK_FILE})
    machine.put("/etc/sysctl.d/hide.conf", "net.ipv4.conf.all.arp_ignore = 1\nnet.ipv4.conf.all.arp_announce = 2\n")
    machine.reboot()
    return machine


@pytest.fixture
def place(machine: Machine, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(vip_address, "Host", lambda: machine.host)
    return functools.partial(_place, run_module)


def _place(run_module: RunModule, check_mode: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
    return run_module(vip_address, args, check_mode=check_mode, diff=diff)


def ours(machine: Machine) -> set[str]:
    """What brings VIPs back at boot."""
    return left(machine) - {RECORD, LEDGER}


def left(machine: Machine) -> set[str]:
    """Everything of ours."""
    return machine.files() - {"/etc/sysctl.d/hide.conf"}


def expose(machine: Machine) -> None:
    machine.set_sysctl("all", "arp_ignore", 0)


class TestRealserver:
    def test_present_now_and_at_boot(self, machine: Machine, place: Place) -> None:
        result = place(vips=[VIP, VIP6], interface="lo")
        assert result["commands"] == [
            f"ip addr add {VIP}/32 dev lo",
            f"ip addr add {VIP6}/128 dev lo nodad preferred_lft 0",
            "systemctl daemon-reload",
            "systemctl enable lvs-vip-lo.service",
            "systemctl restart lvs-vip-lo.service",
        ]
        held = ["127.0.0.1/8", "::1/128", f"{VIP}/32", f"{VIP6}/128"]
        assert machine.addresses("lo") == held
        assert ours(machine) == {UNIT, LINK}
        assert machine.reboot() == []
        assert machine.addresses("lo") == held
        assert not machine.answers_arp_for(VIP)
        assert not place(vips=[VIP, VIP6], interface="lo")["changed"]

    def test_the_unit(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP], interface="lo")
        assert machine.at(UNIT).read_text() == (
            "# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.\n"
            "# To undo it, run the same task with state: absent.\n"
            "# Interface: lo\n"
            f"# VIP: {VIP}\n"
            "[Unit]\n"
            "Description=LVS virtual IP addresses on lo\n"
            "DefaultDependencies=no\n"
            "After=systemd-sysctl.service\n"
            "Before=network-pre.target\n"
            "Wants=network-pre.target\n"
            "\n"
            "[Service]\n"
            "Type=oneshot\n"
            "RemainAfterExit=yes\n"
            "ExecStartPre=/usr/sbin/grep -qx [12] /proc/sys/net/ipv4/conf/all/arp_ignore\n"
            "ExecStartPre=/usr/sbin/grep -qx [2] /proc/sys/net/ipv4/conf/all/arp_announce\n"
            f"ExecStart=/usr/sbin/ip addr replace {VIP}/32 dev lo\n"
            "\n"
            "[Install]\n"
            "WantedBy=multi-user.target\n"
        )

    def test_several_vips_are_one_process_at_boot(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP, VIP6], interface="lo")
        assert machine.at(UNIT).read_text().partition("arp_announce\n")[2].partition("\n\n")[0] == (
            """ExecStart=/bin/sh -c 'printf "%%s\\n" "$$@" | /usr/sbin/ip -batch -' sh \\\n"""
            f' "addr replace {VIP}/32 dev lo" \\\n'
            f' "addr replace {VIP6}/128 dev lo nodad preferred_lft 0"'
        )
        machine.reboot()
        assert {f"{VIP}/32", f"{VIP6}/128"} <= set(machine.addresses("lo"))

    def test_at_boot_no_vip_rather_than_one_that_is_answered_for(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP], interface="lo")
        machine.at("/etc/sysctl.d/hide.conf").unlink()
        assert machine.reboot() == ["lvs-vip-lo.service"]
        assert not machine.answers_arp_for(VIP)

    def test_an_ipv6_vip_alone_needs_no_hiding(self, machine: Machine, place: Place) -> None:
        machine.at("/etc/sysctl.d/hide.conf").unlink()
        machine.reboot()
        assert place(vips=[VIP6], interface="lo")["changed"]
        assert machine.reboot() == []
        assert f"{VIP6}/128" in machine.addresses("lo")

    @pytest.mark.parametrize(
        ("interface", "name", "value"),
        [
            ("all", "arp_ignore", 0),
            ("all", "arp_ignore", 3),
            ("eth0", "arp_ignore", 8),
            ("all", "arp_announce", 1),
            ("default", "arp_announce", 3),
        ],
    )
    @pytest.mark.parametrize("device", ["lo", "lvs0"])
    def test_refuses_while_the_host_would_answer(
        self, machine: Machine, place: Place, interface: str, name: str, value: int, device: str
    ) -> None:
        machine.interfaces["lvs0"] = {"flags": DUMMY_FLAGS, "addresses": []}
        machine.set_sysctl(interface, name, value)
        result = place(vips=[VIP], interface=device)
        assert result["msg"] == (
            f"vips: would be answered for by this host instead of the director, because "
            f"net.ipv4.conf.{interface}.{name} is {value} (got ['{VIP}']). Fix: Run linuxvirtualserver.lvs.arp_hide "
            f"for them first."
        )
        assert machine.addresses(device)[2:] == []
        assert left(machine) == set()

    def test_a_director_answers_for_what_it_has_on_lo(self, machine: Machine, place: Place) -> None:
        machine.at("/etc/sysctl.d/hide.conf").unlink()
        machine.reboot()
        assert place(vips=[VIP], interface="lo", hidden=False)["changed"]
        assert machine.reboot() == []
        assert machine.answers_arp_for(VIP)
        assert not place(vips=[VIP], interface="lo", hidden=False)["changed"]

    def test_check_mode_only_warns_of_what_a_task_before_would_have_done(
        self, machine: Machine, place: Place, warned: list[str]
    ) -> None:
        expose(machine)
        result = place(vips=[VIP], interface="lo", check_mode=True)
        assert result["changed"]
        assert "Run linuxvirtualserver.lvs.arp_hide for them first." in warned[0]
        assert left(machine) == set()

    def test_of_a_task_that_is_known_to_come_before_nobody_is_warned(
        self, machine: Machine, place: Place, warned: list[str]
    ) -> None:
        expose(machine)
        assert place(vips=[VIP], interface="lo", foreseen=True, check_mode=True)["changed"]
        assert warned == []
        refused = place(vips=[VIP], interface="lo", foreseen=True)["msg"]
        assert "Run linuxvirtualserver.lvs.arp_hide for them first." in refused, "outside check mode it has no effect"

    def test_what_is_there_already_is_no_reason_to_refuse(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP], interface="lo")
        expose(machine)
        assert not place(vips=[VIP], interface="lo")["changed"]

    @pytest.mark.parametrize("width", [8, 24, 31])
    def test_a_wide_mask_is_repaired_without_a_moment_without(self, machine: Machine, place: Place, width: int) -> None:
        machine.add(f"{VIP}/{width}", "lo")
        result = place(vips=[VIP], interface="lo")
        assert result["commands"][:2] == [f"ip addr add {VIP}/32 dev lo", f"ip addr del {VIP}/{width} dev lo"]
        assert machine.addresses("lo")[2:] == [f"{VIP}/32"]
        machine.add(f"{VIP}/{width}", "lo")
        assert place(vips=[VIP], interface="lo")["commands"] == [f"ip addr del {VIP}/{width} dev lo"]

    def test_ipv6_can_have_one_mask_only(self, machine: Machine, place: Place) -> None:
        machine.add(f"{VIP6}/64", "lo")
        result = place(vips=[VIP6], interface="lo")
        assert result["commands"][:2] == [
            f"ip addr del {VIP6}/64 dev lo",
            f"ip addr add {VIP6}/128 dev lo nodad preferred_lft 0",
        ]

    def test_another_vip_joins_and_leaves(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP], interface="lo")
        place(vips=[OTHER], interface="lo")
        machine.reboot()
        assert machine.addresses("lo")[2:] == [f"{VIP}/32", f"{OTHER}/32"]
        result = place(vips=[VIP], interface="lo", state="absent")
        assert result["after"] == {"addresses": [], "persistent": {}}
        machine.reboot()
        assert machine.addresses("lo")[2:] == [f"{OTHER}/32"]

    def test_absent_leaves_nothing(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP], interface="lo")
        result = place(vips=[VIP], interface="lo", state="absent")
        assert result["commands"] == [
            f"ip addr del {VIP}/32 dev lo",
            "systemctl disable --now lvs-vip-lo.service",
            "systemctl daemon-reload",
        ]
        assert left(machine) == set()
        assert machine.addresses("lo") == ["127.0.0.1/8", "::1/128"]
        assert not place(vips=[VIP], interface="lo", state="absent")["changed"]

    def test_absent_leaves_no_failed_unit(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP], interface="lo")
        machine.at("/etc/sysctl.d/hide.conf").unlink()
        machine.reboot()
        assert machine.failed == {"lvs-vip-lo.service"}
        place(vips=[VIP], interface="lo", state="absent")
        assert machine.failed == set()

    def test_not_persistent(self, machine: Machine, place: Place) -> None:
        assert place(vips=[VIP], interface="lo", persistent=False)["commands"] == [f"ip addr add {VIP}/32 dev lo"]
        assert left(machine) == {RECORD, LEDGER}
        place(vips=[VIP], interface="lo")
        place(vips=[VIP], interface="lo", persistent=False)
        assert left(machine) == {RECORD, LEDGER}
        assert f"{VIP}/32" in machine.addresses("lo")

    @pytest.mark.parametrize(
        "meddle",
        [
            lambda machine: machine.interfaces["lo"]["addresses"].pop(),
            lambda machine: machine.put(UNIT, machine.at(UNIT).read_text().replace("ExecStartPre", "#ExecStartPre")),
            lambda machine: machine.at(LINK).unlink(),
            lambda machine: machine.at(UNIT).unlink(),
            lambda machine: machine.active.clear(),
        ],
        ids=["address gone", "text changed", "disabled", "file gone", "failed"],
    )
    def test_drift_is_repaired(self, machine: Machine, place: Place, meddle: t.Callable[[Machine], object]) -> None:
        place(vips=[VIP], interface="lo")
        meddle(machine)
        assert place(vips=[VIP], interface="lo")["changed"]
        assert not place(vips=[VIP], interface="lo")["changed"]
        assert ours(machine) == {UNIT, LINK}
        assert "\nExecStartPre" in machine.at(UNIT).read_text()
        assert f"{VIP}/32" in machine.addresses("lo")

    def test_check_mode_predicts_and_touches_nothing(self, machine: Machine, place: Place) -> None:
        for args in ({"vips": [VIP, VIP6]}, {"vips": [OTHER]}, {"vips": [VIP], "state": "absent"}):
            before = (copy.deepcopy(machine.interfaces), ours(machine))
            predicted = place(interface="lo", check_mode=True, diff=True, **args)
            assert (machine.interfaces, ours(machine)) == before
            assert predicted == place(interface="lo", diff=True, **args)
            assert predicted["changed"]

    def test_result_and_diff(self, place: Place) -> None:
        result = place(vips=[VIP], interface="lo", diff=True)
        assert result["before"] == {"addresses": [], "persistent": {}}
        assert result["after"] == {"addresses": [f"{VIP}/32 dev lo"], "persistent": {UNIT: [VIP]}}
        assert result["diff"][0] == {"before": result["before"], "after": result["after"]}
        assert result["diff"][1]["after_header"] == UNIT
        assert result["diff"][1]["before"] == ""
        assert "addr replace" in result["diff"][1]["after"]


class TestDirector:
    def test_present_on_the_interface_of_the_network(self, machine: Machine, place: Place) -> None:
        expose(machine)
        result = place(vips=[VIP, VIP6])
        assert result["commands"] == [
            f"ip addr add {VIP}/32 dev eth0",
            f"ip addr add {VIP6}/128 dev eth0 nodad preferred_lft 0",
            *PUBLISHED,
        ]
        assert ours(machine) == {PUBLISHER, WANTED}
        assert (
            machine.at(PUBLISHER)
            .read_text()
            .startswith(
                "# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.\n"
                "# To undo it, run the same task with state: absent.\n"
                "# Interface: eth0\n"
                f"# VIP: {VIP}\n"
                f"# VIP: {VIP6}\n"
            )
        )
        assert machine.at(DROPIN).read_text() == (
            "[Address]\n"
            f"Address={VIP}/32\n"
            "\n"
            "[Address]\n"
            f"Address={VIP6}/128\n"
            "PreferredLifetime=0\n"
            "DuplicateAddressDetection=none\n"
        )
        assert not place(vips=[VIP, VIP6])["changed"]
        machine.reboot()
        assert machine.addresses("eth0")[2:] == [f"{VIP}/32", f"{VIP6}/128"]
        assert not place(vips=[VIP, VIP6])["changed"]

    def test_removed_for_good_also_when_networkd_remembers(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP, OTHER])
        machine.reboot()
        result = place(vips=[VIP], state="absent")
        assert result["commands"] == [
            f"ip addr del {VIP}/32 dev eth0",
            *PUBLISHED,
            "systemctl try-reload-or-restart systemd-networkd.service",
        ]
        machine.link_bounces("eth0")
        assert machine.addresses("eth0")[2:] == [f"{OTHER}/32"]
        place(vips=[OTHER], state="absent")
        machine.link_bounces("eth0")
        assert machine.addresses("eth0") == ["192.168.1.11/24", "2001:db8::11/64"]
        assert left(machine) == set()
        assert not machine.at("/run/systemd/network/10-eth0.network.d").exists()
        assert not place(vips=[VIP, OTHER], state="absent")["changed"]

    def test_the_dropin_of_before_the_unit_gives_way_to_it(self, machine: Machine, place: Place) -> None:
        """At no moment networkd knows of none, which would take the VIP away from a director at work."""
        machine.put(OLD_DROPIN, OLD_TEXT)
        machine.reboot()
        assert machine.addresses("eth0")[2:] == [f"{VIP}/32"]
        result = place(vips=[VIP])
        assert result["commands"] == [*PUBLISHED, "systemctl try-reload-or-restart systemd-networkd.service"]
        assert ours(machine) == {PUBLISHER, WANTED}
        machine.link_bounces("eth0")
        assert machine.addresses("eth0")[2:] == [f"{VIP}/32"]
        assert not place(vips=[VIP])["changed"]

    def test_the_dropin_of_before_the_unit_is_taken_back_as_well(self, machine: Machine, place: Place) -> None:
        machine.put(OLD_DROPIN, OLD_TEXT)
        machine.reboot()
        assert place(vips=[VIP], state="absent")["changed"]
        machine.reboot()
        assert machine.addresses("eth0") == ["192.168.1.11/24", "2001:db8::11/64"]
        assert left(machine) == set()

    def test_a_directory_with_something_else_in_it_stays(self, machine: Machine, place: Place) -> None:
        other = machine.put("/run/systemd/network/10-eth0.network.d/mtu.conf", "[Link]\nMTUBytes=9000\n")
        place(vips=[VIP])
        place(vips=[VIP], state="absent")
        assert list(other.parent.iterdir()) == [other]

    def test_a_network_file_with_an_odd_name(self, machine: Machine, place: Place) -> None:
        """What systemd and the shell would take for something else."""
        odd = "10 $HOME %h 'x' \"y\" \\t.network"
        machine.network_files["eth0"] = f"/etc/systemd/network/{odd}"
        place(vips=[VIP])
        assert machine.at(f"/run/systemd/network/{odd}.d/90-lvs-vip.conf").exists()
        machine.reboot()
        assert f"{VIP}/32" in machine.addresses("eth0")
        place(vips=[VIP], state="absent")
        assert left(machine) == set()
        assert not machine.at(f"/run/systemd/network/{odd}.d").exists()

    def test_the_narrowest_network_wins(self, machine: Machine, place: Place) -> None:
        machine.interfaces["eth1"] = {"flags": NIC_FLAGS, "addresses": ["192.168.0.1/16"]}
        assert place(vips=[VIP])["after"]["addresses"] == [f"{VIP}/32 dev eth0"]

    def test_no_network_holds_it(self, place: Place) -> None:
        assert place(vips=["10.0.0.1"])["msg"] == (
            "vips[0]: is in no network that this host is connected to (got '10.0.0.1'). Fix: Set interface."
        )

    def test_two_networks_hold_it(self, machine: Machine, place: Place) -> None:
        machine.interfaces["eth1"] = {"flags": NIC_FLAGS, "addresses": ["192.168.1.12/24"]}
        assert place(vips=[VIP])["msg"] == (
            f"vips[0]: is in the network of eth0 and eth1 alike (got '{VIP}'). Fix: Set interface to one of them."
        )

    def test_an_unknown_owner_gets_a_unit_and_a_warning(
        self, machine: Machine, place: Place, warned: list[str]
    ) -> None:
        machine.network_files.clear()
        result = place(vips=[VIP])
        assert result["after"]["persistent"] == {"/etc/systemd/system/lvs-vip-eth0.service": [VIP]}
        assert len(warned) == 1
        assert "may be dropped when that is restarted. Set backend to unit to accept this." in warned[0]
        text = machine.at("/etc/systemd/system/lvs-vip-eth0.service").read_text()
        assert "BindsTo=sys-subsystem-net-devices-eth0.device\n" in text
        assert "network-pre" not in text
        assert "grep" not in text
        machine.reboot()
        assert f"{VIP}/32" in machine.addresses("eth0")
        warned.clear()
        assert not place(vips=[VIP], backend="unit")["changed"]
        assert warned == []

    def test_a_host_without_networkd(self, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        bare = Machine(tmp_path / "bare", tools=("ip", "grep", "systemctl"), network_files={"eth0": NETWORK_FILE})
        monkeypatch.setattr(vip_address, "Host", lambda: bare.host)
        assert place(vips=[VIP])["after"]["persistent"] == {"/etc/systemd/system/lvs-vip-eth0.service": [VIP]}
        assert place(vips=[VIP], backend="networkd")["msg"] == (
            "backend: does not set up eth0 on this host (got 'networkd'). Fix: Use backend auto or unit."
        )

    def test_a_network_file_of_several_interfaces(self, machine: Machine, place: Place) -> None:
        machine.interfaces["eth1"] = {"flags": NIC_FLAGS, "addresses": []}
        machine.network_files["eth1"] = NETWORK_FILE
        assert place(vips=[VIP])["msg"] == (
            f"interface: shares {NETWORK_FILE} with eth1, which would get the same (got 'eth0'). Fix: Write a "
            f".network file "
            "for eth0 alone, with a name that sorts before it."
        )
        assert left(machine) == set()
        assert f"{VIP}/32" not in machine.addresses("eth0")

    def test_another_backend_takes_over(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP, OTHER], backend="unit")
        result = place(vips=[VIP])
        assert result["after"]["persistent"] == {PUBLISHER: [VIP]}
        machine.reboot()
        assert sorted(machine.addresses("eth0")[2:]) == [f"{VIP}/32", f"{OTHER}/32"]
        place(vips=[VIP, OTHER])
        assert ours(machine) == {PUBLISHER, WANTED}


class TestWhatIsNotOurs:
    def test_a_vip_on_another_interface(self, machine: Machine, place: Place) -> None:
        machine.add(f"{VIP}/32", "eth0")
        assert place(vips=[VIP], interface="lo")["msg"] == (
            f"vips[0]: is on eth0 of this host already, as {VIP}/32, and cannot be on lo too (got '{VIP}'). "
            f"Fix: Set interface to eth0, or remove it there first (ip addr del {VIP}/32 dev eth0)."
        )
        assert not place(vips=[VIP], interface="lo", state="absent")["changed"]
        assert f"{VIP}/32" in machine.addresses("eth0")

    @pytest.mark.parametrize("state", ["present", "absent"])
    def test_the_hosts_own_address(self, place: Place, state: str) -> None:
        result = place(vips=["192.168.1.11"], state=state)
        assert result["msg"] == (
            "vips[0]: is on eth0 and was not made by this collection: it may be the host's own "
            "address (got '192.168.1.11/24'). Fix: Use another VIP, or remove it by hand if it is a left-over "
            "(ip addr del 192.168.1.11/24 dev eth0)."
        )

    @pytest.mark.parametrize("state", ["present", "absent"])
    def test_an_address_from_dhcp(self, machine: Machine, place: Place, state: str) -> None:
        machine.add(f"{VIP}/32", "eth0", dynamic=True)
        assert "may be the host's own address" in place(vips=[VIP], state=state)["msg"]

    def test_the_first_address_of_a_network_is_never_repaired(self, machine: Machine, place: Place) -> None:
        """Its going would take the network and every other address in it along."""
        place(vips=[VIP])
        machine.interfaces["eth0"]["addresses"] = [f"{VIP}/24"]
        machine.add("192.168.1.11/24", "eth0", secondary=True)
        assert "may be the host's own address" in place(vips=[VIP])["msg"]

    def test_drift_of_ours_is_repaired(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP])
        machine.interfaces["eth0"]["addresses"].remove(f"{VIP}/32")
        machine.add(f"{VIP}/24", "eth0", secondary=True)
        assert place(vips=[VIP])["commands"] == [f"ip addr add {VIP}/32 dev eth0", f"ip addr del {VIP}/24 dev eth0"]
        assert machine.addresses("eth0") == ["192.168.1.11/24", "2001:db8::11/64", f"{VIP}/32"]

    def test_the_same_is_refused_when_it_is_not_ours(self, machine: Machine, place: Place) -> None:
        machine.add(f"{VIP}/24", "eth0", secondary=True)
        assert "may be the host's own address" in place(vips=[VIP])["msg"]


class TestTheListIsTheWholeTruth:
    def test_what_is_not_listed_goes_now_and_at_boot(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP, VIP6], interface="lo")
        place(vips=["192.168.1.121"])
        asked = place(vips=[OTHER], interface="lo")
        assert asked["left_over"] == [f"{VIP} dev lo", "192.168.1.121 dev eth0", f"{VIP6} dev lo"]
        seen = place(vips=[OTHER], interface="lo", purge=True, check_mode=True)
        result = place(vips=[OTHER], interface="lo", purge=True)
        assert result == {**seen, "invocation": result["invocation"]}
        assert result["commands"][:3] == [
            f"ip addr del {VIP}/32 dev lo",
            "ip addr del 192.168.1.121/32 dev eth0",
            f"ip addr del {VIP6}/128 dev lo",
        ]
        assert result["before"]["persistent"] == {UNIT: [VIP, OTHER, VIP6], PUBLISHER: ["192.168.1.121"]}
        assert result["after"] == {"addresses": [f"{OTHER}/32 dev lo"], "persistent": {UNIT: [OTHER]}}
        assert result["left_over"] == []
        assert ours(machine) == {UNIT, LINK}
        machine.reboot()
        assert machine.addresses("lo") == ["127.0.0.1/8", "::1/128", f"{OTHER}/32"]
        assert not place(vips=[OTHER], interface="lo", purge=True)["changed"]

    def test_an_empty_list_leaves_nothing_of_ours(self, machine: Machine, place: Place) -> None:
        machine.interfaces["lo"]["addresses"].append("10.9.9.9/32")
        place(vips=[VIP, VIP6], interface="lo")
        assert place(vips=[], purge=True)["changed"]
        assert machine.addresses("lo") == ["127.0.0.1/8", "::1/128", "10.9.9.9/32"]
        assert left(machine) == set()

    def test_absent_without_vips_takes_everything_of_ours_and_nothing_else(
        self, machine: Machine, place: Place
    ) -> None:
        machine.interfaces["lo"]["addresses"].append("10.9.9.9/32")
        place(vips=[VIP], interface="lo", persistent=False)
        place(vips=[OTHER, VIP6])
        assert place(state="absent")["commands"][:3] == [
            f"ip addr del {VIP}/32 dev lo",
            f"ip addr del {OTHER}/32 dev eth0",
            f"ip addr del {VIP6}/128 dev eth0",
        ]
        assert machine.addresses("lo") == ["127.0.0.1/8", "::1/128", "10.9.9.9/32"]
        assert left(machine) == set()
        assert not place(state="absent")["changed"]

    def test_absent_but_for_those_to_keep(self, machine: Machine, place: Place) -> None:
        place(vips=[VIP], interface="lo")
        place(vips=[OTHER])
        result = place(state="absent", keep=[f"{OTHER}/32", "192.168.1.130"])
        assert result["commands"][0] == f"ip addr del {VIP}/32 dev lo"
        assert ours(machine) == {PUBLISHER, WANTED}
        assert machine.addresses("eth0") == ["192.168.1.11/24", "2001:db8::11/64", f"{OTHER}/32"]

    def test_a_vip_comes_to_its_new_interface_before_it_leaves_the_old_one(
        self, machine: Machine, place: Place
    ) -> None:
        machine.interfaces["tunl0"] = {"flags": ["NOARP", "UP"], "addresses": []}
        place(vips=[VIP, VIP6], interface="lo")
        both = place(vips=[VIP, VIP6], interfaces={VIP: "tunl0", VIP6: "lo"})
        assert both["left_over"] == [f"{VIP} dev lo"]
        assert both["after"]["addresses"] == [f"{VIP}/32 dev lo", f"{VIP}/32 dev tunl0", f"{VIP6}/128 dev lo"]
        assert not place(vips=[VIP, VIP6], interfaces={VIP: "tunl0", VIP6: "lo"})["changed"]
        moved = place(vips=[VIP, VIP6], interfaces={VIP: "tunl0", VIP6: "lo"}, purge=True)
        assert moved["commands"][0] == f"ip addr del {VIP}/32 dev lo"
        back = place(vips=[VIP, VIP6], interface="lo", purge=True)
        assert back["commands"][:2] == [f"ip addr add {VIP}/32 dev lo", f"ip addr del {VIP}/32 dev tunl0"]
        assert ours(machine) == {UNIT, LINK}

    def test_a_vip_of_somebody_else_does_not_move(self, machine: Machine, place: Place) -> None:
        machine.interfaces["lo"]["addresses"].append(f"{VIP}/32")
        assert "is on lo of this host already" in place(vips=[VIP], interface="eth0", purge=True)["msg"]

    def test_a_run_that_breaks_off_leaves_no_vip_without_a_record(self, machine: Machine, place: Place) -> None:
        def refuse(done: Completed) -> Completed:
            return done._replace(rc=1, stderr="no") if done.argv[0] == "systemctl" else done

        machine.meddle = refuse
        assert "failed with exit status 1" in place(vips=[VIP], interface="lo")["msg"]
        machine.meddle = lambda done: done
        assert place(vips=[], purge=True, check_mode=True)["commands"][0] == f"ip addr del {VIP}/32 dev lo"
        place(state="absent")
        assert left(machine) == set()

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"lvs": 5}', '{"lvs": [{"vip": 5}]}'])
    def test_without_a_record_the_files_tell(self, machine: Machine, place: Place, text: str) -> None:
        place(vips=[VIP], interface="lo")
        machine.put(RECORD, text)
        assert place(vips=[OTHER], interface="lo", check_mode=True)["left_over"] == [f"{VIP} dev lo"]
        place(state="absent")
        assert left(machine) == set()

    def test_what_is_hidden_still_is_named(self, machine: Machine, place: Place) -> None:
        machine.put("/var/lib/lvs/arp_hide.json", json.dumps({"vips": [VIP, OTHER], "settings": []}))
        assert place(vips=[OTHER], interface="lo")["left_over"] == [f"{VIP} hidden"]
        assert place(vips=[OTHER], interface="lo", hidden=False)["left_over"] == []

    def test_interfaces_are_for_vips_of_the_task(self, place: Place) -> None:
        assert place(vips=[VIP], interfaces={OTHER: "lo"})["msg"] == (
            f"interfaces: is not among vips (got ['{OTHER}']). Fix: List it there, or leave it out here."
        )


class TestBadInput:
    @pytest.mark.parametrize("mask", ["24", "0", "33", "255.255.255.255", "", " 32"])
    def test_masks(self, place: Place, mask: str) -> None:
        assert place(vips=[OTHER, f"{VIP}/{mask}"], interface="lo")["msg"] == (
            f"vips[1]: has another mask than /32 (got '{VIP}/{mask}'). Fix: Use {VIP}/32: with a wider mask this "
            f"host would take "
            "the packets of the whole network for its own (LVS-mini-HOWTO 3.10)."
        )

    @pytest.mark.parametrize("vip", ["", "web", "192.168.1", "192.168.1.256", "192.168.1.110\n; reboot", "$(reboot)"])
    def test_addresses(self, place: Place, vip: str) -> None:
        assert place(vips=[vip], interface="lo")["msg"] == (
            f"vips[0]: is not an IP address (got {vip!r}). Fix: Use one such as 192.168.1.110 or 2001:db8::110."
        )

    @pytest.mark.parametrize("vip", ["127.0.0.1", "224.0.0.18", "::1", "::", "fe80::1", "fe80::1%eth0"])
    def test_addresses_that_cannot_be_virtual(self, place: Place, vip: str) -> None:
        assert "cannot be a virtual IP" in place(vips=[vip], interface="lo")["msg"]

    def test_interface(self, place: Place) -> None:
        assert place(vips=[VIP], interface="eth7")["msg"] == (
            "interface: is not an interface of this host (got 'eth7'). Fix: Use one of lo, eth0."
        )

    def test_absent_from_an_interface_that_is_gone(self, machine: Machine, place: Place) -> None:
        machine.interfaces["eth1"] = {"flags": NIC_FLAGS, "addresses": []}
        place(vips=[VIP, OTHER], interface="eth1", backend="unit")
        del machine.interfaces["eth1"]
        # What is left in the unit cannot be brought up, and so the first of them stays on record.
        assert "failed" in place(vips=[VIP], interface="eth1", state="absent")["msg"]
        place(vips=[OTHER], interface="eth1", state="absent")
        place(state="absent")
        assert left(machine) == set()

    def test_no_vips_is_nothing_to_do(self, place: Place) -> None:
        assert not place(vips=[])["changed"]


class TestFailures:
    def test_a_command_that_fails_is_named(self, machine: Machine, place: Place) -> None:
        def refuse(done: Completed) -> Completed:
            return done._replace(rc=2, stderr="RTNETLINK answers: No buffer space") if "add" in done.argv else done

        machine.meddle = refuse
        assert place(vips=[VIP], interface="lo")["msg"] == (
            f"ip addr add {VIP}/32 dev lo: failed with exit status 2 (got 'RTNETLINK answers: No buffer space')."
        )

    def test_of_several_addresses_the_one_that_fails_is_named(self, machine: Machine, place: Place) -> None:
        def refuse(done: Completed) -> Completed:
            full = f"{OTHER}/32" in done.argv
            return done._replace(rc=2, stderr="RTNETLINK answers: No buffer space") if full else done

        machine.meddle = refuse
        assert place(vips=[VIP, OTHER], interface="lo")["msg"] == (
            f"ip addr add {OTHER}/32 dev lo: failed with exit status 1 (got 'RTNETLINK answers: No buffer space')."
        )

    def test_something_else_takes_the_vip_away_again(self, machine: Machine, place: Place) -> None:
        def rival(done: Completed) -> Completed:
            if done.argv[:2] == ("systemctl", "restart"):
                machine.interfaces["lo"]["addresses"].remove(f"{VIP}/32")
            return done

        machine.meddle = rival
        assert place(vips=[VIP], interface="lo")["msg"] == (
            f"vips: did not stay as they were made: something else on this host changes its addresses (got ['{VIP}']). "
            f"Fix: Find out what, and run the task again; missing: ip addr add {VIP}/32 dev lo."
        )

    def test_an_ip_without_json(self, machine: Machine, place: Place) -> None:
        machine.meddle = lambda done: done._replace(stdout="1: lo: <LOOPBACK>")
        assert ". Fix: Install iproute2 4.14 or newer" in place(vips=[VIP])["msg"]


VIPS = st.sampled_from([VIP, OTHER, VIP6])
TASKS = st.fixed_dictionaries(
    {"vips": st.lists(VIPS, min_size=1), "interface": st.sampled_from([None, "lo", "eth0"])},
    optional={
        "state": st.sampled_from(["present", "absent"]),
        "persistent": st.booleans(),
        "purge": st.booleans(),
        "backend": st.sampled_from(["auto", "unit"]),
    },
)


@settings(max_examples=40)
@given(st.lists(TASKS, max_size=6))
def test_any_sequence_of_tasks_converges(
    tmp_path_factory: pytest.TempPathFactory, tasks: list[dict[str, t.Any]]
) -> None:
    """A task that ran has nothing left to do, says so beforehand, survives a reboot, and teardown leaves nothing."""
    machine = make_machine(tmp_path_factory.mktemp("machine"))
    for task in tasks:
        run_task(machine, task)
    run_task(machine, {"state": "absent"})
    assert left(machine) == set()
    assert machine.addresses("lo") == ["127.0.0.1/8", "::1/128"]
    machine.reboot()
    machine.link_bounces("eth0")
    assert machine.addresses("eth0") == ["192.168.1.11/24", "2001:db8::11/64"]


def test_what_stays_on_another_interface_is_asked_for_as_before(machine: Machine, place: Place) -> None:
    place(vips=[VIP, OTHER], interface="eth0", hidden=False)
    assert not place(vips=[VIP], interface="lo", state="absent")["changed"]
    assert place(vips=[OTHER], state="absent")["changed"]
    assert not place(vips=[OTHER], state="absent")["changed"]
    assert json.loads(machine.at(LEDGER).read_text())["lvs"]["lvs"]["modules"]["vip_address"] == {f"vip {VIP}": "eth0"}


def test_who_ends_another_lvs_has_its_vips_leave_as_well(machine: Machine, place: Place) -> None:
    """Of a director whose table has nothing of it any more: it would refuse every client."""
    place(vips=[VIP], hidden=False, lvs_name="web")
    place(vips=["192.168.1.120"], hidden=False, lvs_name="mail")
    taking = {"hidden": False, "lvs_name": "mail", "lvs_removal": "any"}
    for kept in ({"vips": ["192.168.1.120"]}, {"vips": [VIP], "state": "absent"}):
        place(**taking, **kept)
        assert f"{VIP}/32" in machine.addresses("eth0"), kept
    before = machine.at(LEDGER).read_text()
    foretold = place(check_mode=True, **taking, state="absent", keep=["192.168.1.120"])
    assert machine.at(LEDGER).read_text() == before
    assert place(**taking, state="absent", keep=["192.168.1.120"])["commands"] == foretold["commands"] != []
    assert f"{VIP}/32" not in machine.addresses("eth0")
    assert [*json.loads(machine.at(LEDGER).read_text())["lvs"]] == ["mail"]
    place(vips=[VIP], hidden=False, lvs_name="web")
    place(**taking, vips=["192.168.1.120"], purge=True)
    assert f"{VIP}/32" not in machine.addresses("eth0")


def run_task(machine: Machine, task: dict[str, t.Any]) -> None:
    first = run_flow(machine, task)
    if first is None:
        return
    again = run_flow(machine, task)
    assert again is not None
    assert not again["changed"]
    assert again["before"] == again["after"] == first["after"]
    if task.get("state") != "absent" and task.get("persistent", True):
        machine.reboot()
        after_boot = run_flow(machine, task)
        assert after_boot is not None
        assert not after_boot["changed"]


def run_flow(machine: Machine, task: dict[str, t.Any]) -> dict[str, t.Any] | None:
    """The module's flow without the process around it; None when it refuses."""
    try:
        return run(t.cast("AnsibleModule", FakeModule(task)), machine.host)
    except LvsError:
        return None


class FakeModule:
    """As much of AnsibleModule as the flow touches."""

    check_mode = False
    _diff = False

    def __init__(self, task: dict[str, t.Any]) -> None:
        options = SPECIFICATION["argument_spec"].items()
        self.params = {**{name: option.get("default") for name, option in options}, **task}

    def warn(self, _text: str) -> None:
        """Nobody reads it here."""


# --- a dummy that is not there ---

DUMMY_UNIT = "/etc/systemd/system/lvs-vip-dummy0.service"
MADE = ["ip link add dummy0 type dummy", "ip link set dummy0 alias linuxvirtualserver.lvs", "ip link set dummy0 up"]


def test_a_dummy_is_made_for_the_vip_and_goes_with_it(machine: Machine, place: Place) -> None:
    before = machine.files()
    foreseen = place(vips=[VIP], interface="dummy0", check_mode=True)
    assert "dummy0" not in machine.interfaces
    done = place(vips=[VIP], interface="dummy0")
    assert foreseen == done
    assert done["commands"][:4] == [*MADE, f"ip addr add {VIP}/32 dev dummy0"]
    again = place(vips=[VIP], interface="dummy0")
    assert not again["changed"]
    assert machine.addresses("dummy0") == [f"{VIP}/32"]
    assert machine.reboot() == []
    assert "UP" in machine.interfaces["dummy0"]["flags"]
    assert not place(vips=[VIP], interface="dummy0")["changed"]
    foreseen = place(state="absent", check_mode=True)
    gone = place(state="absent")
    assert foreseen == gone
    assert gone["commands"][-1] == "ip link delete dummy0"
    assert "dummy0" not in machine.interfaces
    assert machine.files() == before
    assert not place(state="absent")["changed"]


def test_a_dummy_stays_while_it_has_an_address(machine: Machine, place: Place) -> None:
    place(vips=[VIP], interface="dummy0")
    machine.add("10.0.0.1/24", "dummy0")
    place(state="absent")
    assert machine.addresses("dummy0") == ["10.0.0.1/24"]
    assert not place(state="absent")["changed"]


def test_a_dummy_of_somebody_else_stays(machine: Machine, place: Place) -> None:
    machine.interfaces["dummy0"] = {"flags": DUMMY_FLAGS, "addresses": []}
    for setting in ("arp_ignore", "arp_announce"):
        machine.set_sysctl("dummy0", setting, 0)
    done = place(vips=[VIP], interface="dummy0")
    assert done["commands"][0].startswith("ip addr add")
    place(state="absent")
    assert machine.addresses("dummy0") == []


def test_a_vip_that_moves_leaves_no_dummy_behind(machine: Machine, place: Place) -> None:
    place(vips=[VIP], interface="dummy0")
    moved = place(vips=[VIP], interface="lo", purge=True)
    assert moved["commands"][-1] == "ip link delete dummy0"
    assert "dummy0" not in machine.interfaces
    assert DUMMY_UNIT not in machine.files()
    assert f"{VIP}/32" in machine.addresses("lo")


def test_many_vips_do_not_have_the_whole_interface_looked_at_for_each(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To hash an interface is to hash all of its addresses: with a thousand VIPs that took longer than to add them."""
    hashed: list[Interface] = []
    whole = Interface.__hash__

    def counting(one: Interface) -> int:
        hashed.append(one)
        return whole(one)

    monkeypatch.setattr(Interface, "__hash__", counting)
    place(vips=[f"10.9.0.{number}" for number in range(1, 101)], interface="lo", hidden=False)
    assert len(hashed) < 10
