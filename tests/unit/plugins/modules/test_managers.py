# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_address and default_gateway on hosts of every network manager: live, restarted, rebooted, and gone again."""

from __future__ import annotations

import typing as t
from contextlib import suppress

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import gateway_host
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import default_gateway, vip_address
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import Refused
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_managers import (
    IfupdownHost,
    Managed,
    NetplanHost,
    NetworkManagerHost,
    NetworkScriptsHost,
    add_tunnel,
)

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

VIP, OTHER, VIP6 = "192.168.1.110", "192.168.1.120", "2001:db8::110"
OLD, NEW = "192.168.1.254", "192.168.1.9"
HOSTS = {
    NetworkManagerHost: ("networkmanager", "/etc/NetworkManager/dispatcher.d/lvs-{part}-eth0"),
    IfupdownHost: ("ifupdown", "/etc/network/if-up.d/lvs-{part}-eth0"),
    NetplanHost: ("networkd", "/etc/systemd/system/lvs-networkd-{part}-eth0.service"),
    NetworkScriptsHost: ("unit", "/etc/systemd/system/lvs-{part}-eth0.service"),
}
NETPLAN_GATEWAY = "/etc/systemd/network/10-netplan-eth0.network.d/90-lvs-gateway-ipv4.conf"

IPVS = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0A8016E:0050 wlc
  -> C0A8010B:0050      Route   1      0          0
"""

Run = t.Callable[..., "dict[str, t.Any]"]


@pytest.fixture(params=HOSTS, ids=lambda kind: str(kind.__name__))
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Managed:
    host: Managed = request.param(tmp_path)
    return host


@pytest.fixture
def place(machine: Managed, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(vip_address, "Host", lambda: machine.host)

    def run(check_mode: bool = False, **args: t.Any) -> dict[str, t.Any]:
        return run_module(vip_address, args, check_mode=check_mode, diff=True)

    return run


@pytest.fixture
def gate(machine: Managed, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Both runs of default_gateway, from a controller behind the old gateway."""
    monkeypatch.setattr(default_gateway, "Host", lambda: machine.host)
    monkeypatch.setattr(gateway_host, "knock", lambda _gateway, _dev: None)
    machine.neighbours.add(NEW)
    came, again = "10.0.0.1 50000 192.168.1.11 22", "10.0.0.1 50001 192.168.1.11 22"

    def run(**args: t.Any) -> dict[str, t.Any]:
        first = run_module(default_gateway, {"connection": came, **args})
        confirm = {"connection": again, "confirm": True, **args}
        return run_module(default_gateway, confirm) if first.get("unconfirmed") else first

    return run


def vips_on(machine: Managed, interface: str = "eth0") -> set[str]:
    return {one for one in machine.addresses(interface) if one.endswith(("/32", "/128")) and not one.startswith("::1")}


class TestEveryManager:
    def test_vips_now_restarted_and_rebooted(self, machine: Managed, place: Run, warned: list[str]) -> None:
        kind, path = HOSTS[type(machine)]
        found = machine.files()
        check = place(vips=[VIP, VIP6], check_mode=True)
        assert machine.files() == found
        done = place(vips=[VIP, VIP6])
        assert all(check[key] == done[key] for key in ("changed", "before", "after", "commands", "diff"))
        assert done["after"]["persistent"] == {path.format(part="vip"): [VIP, VIP6]}
        both = {f"{VIP}/32", f"{VIP6}/128"}
        for happens in (machine.restart, machine.set_up_anew, machine.reboot):
            happens()
            assert vips_on(machine) == both, happens
            assert not place(vips=[VIP, VIP6])["changed"]
            assert not place(vips=[VIP, VIP6], backend=kind)["changed"]
        assert warned == []

    def test_a_director_without_a_table_has_no_vip(self, machine: Managed, place: Run) -> None:
        """The unit that restores it failed, or the kernel knows no IPVS any longer."""
        machine.put("/etc/systemd/system/lvs-ipvs.service", "")
        table = machine.put("/proc/net/ip_vs", IPVS)
        place(vips=[VIP], hidden=False)
        machine.reboot()
        assert vips_on(machine) == {f"{VIP}/32"}
        assert not place(vips=[VIP], hidden=False)["changed"]
        for empty in (lambda: table.write_text("".join(IPVS.splitlines(keepends=True)[:3])), table.unlink):
            empty()
            with suppress(Refused):
                machine.reboot()
            assert vips_on(machine) == set()
        table.write_text(IPVS)
        assert place(vips=[VIP], hidden=False)["changed"]
        machine.reboot()
        assert vips_on(machine) == {f"{VIP}/32"}
        place(vips=[VIP], state="absent")
        assert [path for path in machine.files() if "vip" in path] == []

    def test_one_more_and_one_less(self, machine: Managed, place: Run) -> None:
        place(vips=[VIP])
        place(vips=[OTHER])
        machine.reboot()
        assert vips_on(machine) == {f"{VIP}/32", f"{OTHER}/32"}
        place(vips=[VIP], state="absent")
        machine.restart()
        assert vips_on(machine) == {f"{OTHER}/32"}
        machine.reboot()
        assert vips_on(machine) == {f"{OTHER}/32"}

    def test_vips_leave_nothing(self, machine: Managed, place: Run) -> None:
        before = {path: machine.at(path).read_bytes() for path in machine.files()}
        place(vips=[VIP, VIP6])
        machine.restart()
        assert place(vips=[VIP, VIP6], state="absent")["after"] == {"addresses": [], "persistent": {}}
        assert {path: machine.at(path).read_bytes() for path in machine.files()} == before
        machine.link_bounces("eth0")
        assert vips_on(machine) == set()
        for happens in (machine.restart, machine.set_up_anew, machine.reboot):
            happens()
            assert vips_on(machine) == set()

    def test_a_vip_that_is_listed_no_more(self, machine: Managed, place: Run) -> None:
        found = machine.files()
        place(vips=[VIP, VIP6])
        assert place(vips=[OTHER])["left_over"] == [f"{VIP} dev eth0", f"{VIP6} dev eth0"]
        check = place(vips=[OTHER], purge=True, check_mode=True)
        done = place(vips=[OTHER], purge=True)
        assert all(check[key] == done[key] for key in ("changed", "before", "after", "commands", "diff"))
        assert not place(vips=[OTHER], purge=True)["changed"]
        machine.link_bounces("eth0")
        for happens in (machine.restart, machine.set_up_anew, machine.reboot):
            happens()
            assert vips_on(machine) == {f"{OTHER}/32"}, happens
        place(state="absent")
        assert machine.files() == found

    def test_a_vip_that_moves_to_lo_and_back(self, machine: Managed, place: Run) -> None:
        found = machine.files()
        place(vips=[VIP, OTHER], hidden=False)
        moved = place(vips=[VIP, OTHER], interfaces={VIP: "lo"}, hidden=False, purge=True)
        assert moved["commands"][:2] == [f"ip addr add {VIP}/32 dev lo", f"ip addr del {VIP}/32 dev eth0"]
        assert not place(vips=[VIP, OTHER], interfaces={VIP: "lo"}, hidden=False, purge=True)["changed"]
        machine.reboot()
        assert (vips_on(machine, "lo"), vips_on(machine)) == ({f"{VIP}/32"}, {f"{OTHER}/32"})
        place(vips=[VIP, OTHER], hidden=False, purge=True)
        machine.reboot()
        assert (vips_on(machine, "lo"), vips_on(machine)) == (set(), {f"{VIP}/32", f"{OTHER}/32"})
        place(state="absent")
        assert machine.files() == found

    def test_a_file_that_was_changed_is_put_right(self, machine: Managed, place: Run) -> None:
        file = machine.at(HOSTS[type(machine)][1].format(part="vip"))
        place(vips=[VIP])
        text = file.read_text()
        file.write_text(text + "# more\n")
        assert place(vips=[VIP])["changed"]
        assert file.read_text() == text

    def test_gateway_now_restarted_rebooted_and_gone(self, machine: Managed, gate: Run) -> None:
        path = HOSTS[type(machine)][1].format(part="gateway-ipv4")
        path = NETPLAN_GATEWAY if isinstance(machine, NetplanHost) else path
        before = machine.files()
        assert list(gate(gateway=NEW)["after"]["persistent"]) == [path]
        for happens in (machine.restart, machine.set_up_anew, machine.reboot):
            happens()
            assert (machine.way("8.8.8.8")["gateway"], machine.way("10.0.0.1")["gateway"]) == (NEW, OLD), happens
            assert not gate(gateway=NEW)["changed"]
        assert gate(state="absent")["changed"]
        assert machine.files() == before
        machine.reboot()
        assert (machine.way("8.8.8.8")["gateway"], machine.ours) == (OLD, [])

    def test_another_managers_backend(self, machine: Managed, place: Run) -> None:
        for name in {"networkmanager", "ifupdown", "networkd"} - {HOSTS[type(machine)][0]}:
            assert place(vips=[VIP], backend=name)["msg"] == (
                f"backend: does not set up eth0 on this host (got '{name}'). Fix: Use backend auto or unit."
            )
        assert vips_on(machine) == set()

    def test_check_mode_takes_a_tunnel_for_made(self, machine: Managed, place: Run, warned: list[str]) -> None:
        machine.set_sysctl("all", "arp_ignore", 1)
        machine.set_sysctl("all", "arp_announce", 2)
        assert place(vips=[VIP], interface="tunl0")["msg"].startswith("interface: is not an interface")
        assert place(vips=[VIP], interface="tunl0", check_mode=True)["changed"]
        (warning,) = warned
        assert warning.startswith(
            "Unless a task before this one has seen to it, this fails outside check mode: interface: is not an "
            "interface of this host (got 'tunl0')."
        )
        assert not place(vips=[VIP], interface="tunl0", state="absent", check_mode=True)["changed"]


def hide(machine: Managed) -> None:
    machine.put("/etc/sysctl.d/hide.conf", "net.ipv4.conf.all.arp_ignore = 1\nnet.ipv4.conf.all.arp_announce = 2\n")
    machine.reboot()


@pytest.mark.parametrize("machine", [NetworkManagerHost], indirect=True)
class TestNetworkManager:
    def test_the_script(self, machine: NetworkManagerHost, place: Run) -> None:
        assert place(vips=[VIP, VIP6])["commands"][-1] == f"{machine.folder}/lvs-vip-eth0 eth0 up"
        file = machine.at(f"{machine.folder}/lvs-vip-eth0")
        assert file.stat().st_mode & 0o777 == 0o755
        assert file.read_text() == (
            "#!/bin/sh\n"
            "# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.\n"
            "# To undo it, run the same task with state: absent.\n"
            "# Interface: eth0\n"
            f"# VIP: {VIP}\n"
            f"# VIP: {VIP6}\n"
            '[ "$1" = eth0 ] || exit 0\n'
            "case $2 in up | reapply) ;; *) exit 0 ;; esac\n"
            "printf '%s\\n' \\\n"
            f"        'addr replace {VIP}/32 dev eth0' \\\n"
            f"        'addr replace {VIP6}/128 dev eth0 nodad preferred_lft 0' |\n"
            "        /usr/sbin/ip -batch -\n"
        )

    @pytest.mark.parametrize(
        ("interface", "event", "there"),
        [("eth0", "up", True), ("eth0", "reapply", True), ("eth0", "down", False), ("eth1", "up", False)],
    )
    def test_when_it_counts(
        self, machine: NetworkManagerHost, place: Run, interface: str, event: str, there: bool
    ) -> None:
        place(vips=[VIP])
        machine.base()
        machine.dispatch(interface, event)
        assert (f"{VIP}/32" in machine.addresses("eth0")) == there

    def test_a_script_that_would_not_be_run(self, machine: NetworkManagerHost, place: Run) -> None:
        place(vips=[VIP])
        machine.at(f"{machine.folder}/lvs-vip-eth0").chmod(0o775)
        assert place(vips=[VIP])["changed"]
        assert not place(vips=[VIP])["changed"]

    def test_no_dispatcher(self, machine: NetworkManagerHost, place: Run) -> None:
        machine.dispatcher = False
        assert place(vips=[VIP])["msg"] == (
            "backend: runs no scripts on this host (got 'networkmanager'). Fix: Enable them (systemctl enable "
            "NetworkManager-dispatcher.service), or use backend unit."
        )
        assert vips_on(machine) == set()

    @pytest.mark.parametrize("state", ["connected (externally)", "unmanaged", "disconnected", "unavailable"])
    def test_what_is_not_its_own(self, machine: NetworkManagerHost, place: Run, state: str, warned: list[str]) -> None:
        machine.devices["eth0"] = state
        assert list(place(vips=[VIP])["after"]["persistent"]) == ["/etc/systemd/system/lvs-vip-eth0.service"]
        assert "is set up by something this module does not know" in warned[0]
        assert not machine.at("/etc/NetworkManager/conf.d").exists()

    def test_lo_with_a_profile_is_guarded_as_well(self, machine: NetworkManagerHost, place: Run) -> None:
        machine.devices["lo"] = "connected"
        hide(machine)
        path = f"{machine.folder}/lvs-vip-lo"
        assert place(vips=[VIP], interface="lo")["after"]["persistent"] == {path: [VIP]}
        machine.reboot()
        assert f"{VIP}/32" in machine.addresses("lo")
        machine.at("/etc/sysctl.d/hide.conf").unlink()
        with pytest.raises(Exception, match="1"):
            machine.reboot()
        assert f"{VIP}/32" not in machine.addresses("lo")

    def test_lo_that_is_connected_by_hand_keeps_its_vips(self, machine: NetworkManagerHost, place: Run) -> None:
        hide(machine)
        before = machine.files()
        done = place(vips=[VIP], interface="lo")
        follower = machine.at(f"{machine.folder}/90-lvs-lo")
        assert list(done["after"]["persistent"]) == ["/etc/systemd/system/lvs-vip-lo.service"]
        machine.connect_lo()
        assert f"{VIP}/32" in machine.addresses("lo")
        machine.dispatch("eth0", "up")
        assert not place(vips=[VIP], interface="lo")["changed"]
        follower.unlink()
        machine.connect_lo()
        assert f"{VIP}/32" not in machine.addresses("lo")
        place(vips=[VIP], interface="lo")
        assert follower.stat().st_mode & 0o777 == 0o755
        place(vips=[VIP], state="absent")
        assert machine.files() == before

    def test_lo_where_no_script_is_run(self, machine: NetworkManagerHost, place: Run) -> None:
        machine.dispatcher = False
        hide(machine)
        place(vips=[VIP], interface="lo")
        assert not machine.at(machine.folder).exists()

    @pytest.mark.parametrize("state", ["unmanaged", "disconnected", "connected (externally)", None])
    def test_a_tunnel_that_it_would_clear(
        self, machine: NetworkManagerHost, place: Run, state: str | None, warned: list[str]
    ) -> None:
        """Whatever it says of the tunnel in the seconds after that was made, or when it has not even seen it."""
        hide(machine)
        add_tunnel(machine)
        machine.devices |= {"tunl0": state} if state else {}
        before = machine.files()
        done = place(vips=[VIP], interface="tunl0")
        assert done["commands"][1:3] == [
            "systemctl try-reload-or-restart NetworkManager.service",
            "ip link set tunl0 up",
        ]
        claim = machine.at("/etc/NetworkManager/conf.d/90-lvs-tunl0.conf")
        assert claim.read_text().endswith("\n[keyfile]\nunmanaged-devices+=interface-name:tunl0\n")
        assert "UP" in machine.interfaces["tunl0"]["flags"]
        machine.restart()
        assert vips_on(machine, "tunl0") == {f"{VIP}/32"}
        assert not place(vips=[VIP], interface="tunl0")["changed"]
        claim.unlink()
        assert place(vips=[VIP], interface="tunl0")["changed"]
        place(vips=[VIP], state="absent")
        assert machine.files() == before
        assert warned == []

    def test_a_dummy_needs_nothing(self, machine: NetworkManagerHost, place: Run) -> None:
        hide(machine)
        add_tunnel(machine)
        machine.put("/sys/class/net/tunl0/type", "1\n")
        assert "ip link set tunl0 up" not in place(vips=[VIP], interface="tunl0")["commands"]


@pytest.mark.parametrize("machine", [IfupdownHost], indirect=True)
class TestIfupdown:
    def test_the_script(self, machine: IfupdownHost, place: Run) -> None:
        assert place(vips=[VIP])["commands"][-1] == f"env IFACE=eth0 {machine.folder}/lvs-vip-eth0"
        assert machine.at(f"{machine.folder}/lvs-vip-eth0").read_text() == (
            "#!/bin/sh\n"
            "# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.\n"
            "# To undo it, run the same task with state: absent.\n"
            "# Interface: eth0\n"
            f"# VIP: {VIP}\n"
            '[ "$IFACE" = eth0 ] || exit 0\n'
            f"/usr/sbin/ip addr replace {VIP}/32 dev eth0 ||\n"
            '    echo "$0 failed on $IFACE" >&2\n'
        )

    def test_a_name_that_run_parts_would_pass_over(self, machine: IfupdownHost, place: Run) -> None:
        machine.interfaces["eth0.100"] = {"flags": machine.interfaces["eth0"]["flags"], "addresses": ["10.1.0.1/24"]}
        machine.set_sysctl("eth0.100", "arp_ignore", 0)
        machine.set_sysctl("eth0.100", "arp_announce", 0)
        machine.boot()
        done = place(vips=["10.1.0.110"])
        assert done["after"]["persistent"] == {f"{machine.folder}/lvs-vip-eth0_2e100": ["10.1.0.110"]}
        machine.interfaces["eth0.100"]["addresses"] = ["10.1.0.1/24"]
        machine.boot()
        assert "10.1.0.110/32" in machine.addresses("eth0.100")

    def test_an_interface_that_ifup_no_longer_knows(self, machine: IfupdownHost, place: Run) -> None:
        machine.knows = False
        assert place(vips=[VIP])["msg"] == (
            "interface: could not be brought up again by ifup (got 'eth0'). Fix: See ifup --no-act --force eth0, or "
            "use backend "
            "unit."
        )
        assert vips_on(machine) == set()

    def test_a_failure_does_not_end_ifup(self, machine: IfupdownHost, place: Run) -> None:
        place(vips=[VIP])
        script = machine.at(f"{machine.folder}/lvs-vip-eth0")
        script.write_text(script.read_text().replace("/usr/sbin/ip addr replace", "false"))
        machine.set_up_anew()
        assert vips_on(machine) == set()


@pytest.mark.parametrize("machine", [NetworkScriptsHost], indirect=True)
class TestNetworkScripts:
    def test_the_unit(self, machine: NetworkScriptsHost, place: Run) -> None:
        place(vips=[VIP])
        text = machine.at("/etc/systemd/system/lvs-vip-eth0.service").read_text()
        assert "\nPartOf=network.service\nAfter=network.service\n" in text

    def test_not_where_its_service_is_not_running(
        self, machine: NetworkScriptsHost, place: Run, warned: list[str]
    ) -> None:
        machine.running = False
        place(vips=[VIP])
        assert "network.service" not in machine.at("/etc/systemd/system/lvs-vip-eth0.service").read_text()
        assert len(warned) == 1
