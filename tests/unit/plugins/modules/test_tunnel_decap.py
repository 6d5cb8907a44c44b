# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tunnel_decap on a host in a directory: devices, ports and filters, live, at boot and gone again."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.tunnels import (
    changes,
    devices_of,
    ports_of,
    unpackings_in,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.tunnels import Unpacking
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import tunnel_decap
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_kernel import FakeHost

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

UNIT = "/etc/systemd/system/lvs-tunnel-decap.service"
ENABLED = ["systemctl daemon-reload", "systemctl enable lvs-tunnel-decap.service"]
STARTED = "systemctl restart lvs-tunnel-decap.service"
IPIP = {"type": "ipip"}
GUE = {"type": "gue", "port": 6080}
GRE = {"type": "gre"}
CSUM = {"type": "gre", "checksum": "csum"}
SIX = {"inner": "ipv6", "outer": "ipv6"}
FOUR_IN_SIX = {"inner": "ipv4", "outer": "ipv6"}

LOOSE = {"net.ipv4.conf.tunl0.rp_filter": 2}
OFF = {"net.ipv4.conf.all.rp_filter": 0, "net.ipv4.conf.tunl0.rp_filter": 0}
RECORDS = Path(__file__).parents[2] / "fixtures" / "records"

Decap = t.Callable[..., "dict[str, t.Any]"]


@pytest.fixture
def machine(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path)


@pytest.fixture
def decap(machine: FakeHost, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Decap:
    monkeypatch.setattr(tunnel_decap, "Host", lambda: machine.host)

    def run(check_mode: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
        return run_module(tunnel_decap, args, check_mode=check_mode, diff=diff)

    return run


def starts(machine: FakeHost) -> list[str]:
    """What our unit runs at boot."""
    return [line.partition("=")[2] for line in machine.files()[UNIT].splitlines() if line.startswith("ExecStart")]


def test_ipip(machine: FakeHost, decap: Decap) -> None:
    result = decap(tunnels=[IPIP], sysctls=LOOSE)
    assert result["commands"] == [
        "modprobe ipip",
        "sysctl -w net.ipv4.conf.tunl0.rp_filter=2",
        *ENABLED,
        "ip link set tunl0 up",
        STARTED,
    ]
    assert "tunl0" in machine.up
    assert machine.sysctl("net.ipv4.conf.tunl0.rp_filter") == "2"
    assert machine.sysctl("net.ipv4.conf.all.rp_filter") == "0"
    assert starts(machine) == ["/sbin/ip link set tunl0 up"]
    assert result["after"]["devices"] == ["tunl0"]


def test_sysctls_are_set_now_and_at_boot_and_put_back(machine: FakeHost, decap: Decap) -> None:
    machine.put("/proc/sys/net/ipv4/conf/all/rp_filter", "2\n")
    decap(tunnels=[IPIP], sysctls=OFF)
    assert machine.sysctl("net.ipv4.conf.tunl0.rp_filter") == "0"
    assert machine.sysctl("net.ipv4.conf.all.rp_filter") == "0"
    lines = machine.files()["/etc/sysctl.d/99-lvs-tunnel-decap.conf"].splitlines()
    assert lines[-2:] == ["net.ipv4.conf.all.rp_filter = 0", "-net.ipv4.conf.tunl0.rp_filter = 0"]
    decap(tunnels=[])
    assert machine.sysctl("net.ipv4.conf.all.rp_filter") == "2"


def test_sysctls_without_a_tunnel_mean_nothing(machine: FakeHost, decap: Decap) -> None:
    assert not decap(sysctls={"net.ipv4.conf.all.rp_filter": 1})["changed"]
    assert machine.files() == {}


def test_a_record_of_an_older_release_is_understood(machine: FakeHost, decap: Decap) -> None:
    machine.execute(["modprobe", "ipip"])
    machine.put("/proc/sys/net/ipv4/conf/tunl0/rp_filter", "0\n")
    machine.put("/var/lib/lvs/tunnel_decap.json", (RECORDS / "tunnel_decap.json").read_text())
    assert decap(tunnels=[IPIP], sysctls=OFF)["commands"] == [*ENABLED, "ip link set tunl0 up", STARTED]
    decap(state="absent")
    assert machine.sysctl("net.ipv4.conf.all.rp_filter") == "2"
    assert (machine.loaded, machine.files()) == ([], {})


def test_gue_opens_a_port_that_a_restart_of_the_unit_opens_again(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[GUE])
    assert machine.ports == [{"port": 6080, "gue": None, "family": "inet"}]
    assert starts(machine) == [
        "-/sbin/ip fou del port 6080",
        "/sbin/ip link set tunl0 up",
        "/sbin/ip fou add port 6080 gue",
    ]
    assert not decap(tunnels=[GUE])["changed"]


def test_gre_with_and_without_a_checksum(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[GRE])
    assert machine.modes == {"gre0": {}}
    decap(tunnels=[CSUM])
    assert machine.modes == {"gre0": {"icsum": True}}
    assert not decap(tunnels=[CSUM])["changed"]
    decap(tunnels=[GRE])
    assert machine.modes == {"gre0": {}}
    assert not decap(tunnels=[GRE])["changed"]


def test_ipv4_in_ipv6_is_told_to_the_device(decap: Decap) -> None:
    assert "ip -6 tunnel change ip6tnl0 mode any" not in decap(tunnels=[SIX])["commands"]
    assert "ip -6 tunnel change ip6tnl0 mode any" in decap(tunnels=[SIX, FOUR_IN_SIX])["commands"]


@pytest.mark.parametrize("tunnels", [[IPIP], [GUE, CSUM]])
def test_absent_leaves_the_host_as_it_was(machine: FakeHost, decap: Decap, tunnels: t.Any) -> None:
    before = machine.sysctls(), set(machine.up)
    decap(tunnels=tunnels)
    decap(state="absent")
    assert (machine.sysctls(), machine.up) == before
    assert (machine.loaded, machine.ports, machine.files()) == ([], [], {})
    assert not decap(state="absent")["changed"]


@pytest.mark.parametrize("up", [False, True])
def test_devices_and_ports_that_were_somebody_elses_stay_as_they_were(
    machine: FakeHost, decap: Decap, up: bool
) -> None:
    orders = [f"modprobe {name}" for name in ("ipip", "fou", "ip_gre", "ip6_tunnel")]
    orders += ["ip tunnel change gre0 mode gre icsum", "ip fou add port 7 gue", "ip fou add port 8 gue"]
    for order in [*orders, *(f"ip link set {name} up" for name in ("tunl0", "gre0", "ip6tnl0") if up)]:
        machine.execute(order.split())
    before = sorted(machine.loaded), set(machine.up), [*machine.ports]
    decap(tunnels=[GRE, FOUR_IN_SIX, {**GUE, "port": 7}])
    assert machine.modes == {"gre0": {}, "ip6tnl0": {"proto": "any"}}
    assert machine.up >= {"tunl0", "gre0", "ip6tnl0"}
    # What was before is also remembered when the task is given another wish, and none.
    decap(tunnels=[CSUM, GUE, {**GUE, "port": 7}])
    assert machine.modes == {"gre0": {"icsum": True}, "ip6tnl0": {"proto": "ip6ip6"}}
    decap(tunnels=[GRE, GUE])
    decap(state="absent")
    assert (sorted(machine.loaded), machine.up, machine.ports) == before
    assert machine.modes == {"gre0": {"icsum": True}, "ip6tnl0": {"proto": "ip6ip6"}}
    assert machine.files() == {}


def test_a_run_that_fails_half_way_leaves_nothing(machine: FakeHost, decap: Decap) -> None:
    for name in ("ipip", "ip_gre", "fou"):
        machine.execute(["modprobe", name])
    machine.ports.append({"port": 6080, "ipproto": 4, "family": "inet"})
    before = set(machine.up)
    result = decap(tunnels=[GRE, GUE])
    assert "Address already in use" in result["msg"]
    assert "Everything this task did before that was undone." in result["msg"]
    assert machine.up == before
    assert [port["ipproto"] for port in machine.ports] == [4]
    assert machine.files() == {}


def test_no_tunnel_is_the_same_as_absent(machine: FakeHost, decap: Decap) -> None:
    assert not decap()["changed"]
    decap(tunnels=[IPIP])
    assert decap(tunnels=[])["changed"]
    assert (machine.loaded, machine.files()) == ([], {})


def test_another_tunnel_takes_the_place_of_the_first(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[GUE])
    result = decap(tunnels=[GRE])
    assert "ip fou del port 6080" in result["commands"]
    assert (machine.ports, "tunl0" in machine.up, "gre0" in machine.up) == ([], False, True)


def test_check_mode_predicts_and_touches_nothing(machine: FakeHost, decap: Decap) -> None:
    for args in ({"tunnels": [GUE]}, {"state": "absent"}):
        files, sysctls, loaded, up = machine.files(), machine.sysctls(), list(machine.loaded), set(machine.up)
        predicted = decap(**args, check_mode=True, diff=True)
        assert (machine.files(), machine.sysctls(), machine.loaded, machine.up) == (files, sysctls, loaded, up)
        assert predicted == decap(**args, diff=True)


def test_drift_is_repaired_and_nothing_else(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[GUE])
    machine.execute(["ip", "link", "set", "tunl0", "down"])
    assert decap(tunnels=[GUE])["commands"] == ["ip link set tunl0 up"]
    machine.execute(["ip", "fou", "del", "port", "6080"])
    assert decap(tunnels=[GUE])["commands"] == ["ip fou add port 6080 gue"]
    machine.active.clear()
    assert decap(tunnels=[GUE])["commands"] == [*ENABLED, STARTED]


@pytest.mark.parametrize(
    ("tunnels", "message"),
    [
        ([IPIP, {"type": "gue"}], "tunnels[1].port: is not a port of gue tunnels (got 0)."),
        ([{"type": "ipip", "port": 6080}], "tunnels[0].port: is not a port of ipip tunnels (got 6080)."),
        ([{"type": "gue", "port": 65536}], "tunnels[0].port: is not"),
        ([GRE, CSUM], "tunnels: cannot both be"),
        ([{**CSUM, "outer": "ipv6"}], "tunnels: is a checksum that ip6gre0 cannot"),
        ([{**IPIP, "mtu": 1480}], "Unsupported parameters"),
    ],
)
def test_refusals(machine: FakeHost, decap: Decap, tunnels: t.Any, message: str) -> None:
    assert decap(tunnels=tunnels)["msg"].startswith(message)
    assert machine.loaded == []


def stays(machine: FakeHost, decap: Decap, *names: str) -> str:
    """Undo it in check mode and for real; these modules stay, as both say, and why."""
    foreseen = decap(state="absent", check_mode=True)
    done = decap(state="absent")
    assert foreseen == done
    assert not [command for command in done["commands"] if command.split()[-1] in names]
    assert set(names) <= set(machine.loaded)
    assert UNIT not in machine.files()
    assert not decap(state="absent")["changed"]
    return str(done["warnings"])


def test_devices_of_others_stay(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[IPIP, FOUR_IN_SIX])
    machine.devices["mine"] = "ipip"
    assert "would lose with it: mine" in stays(machine, decap, "ipip", "tunnel4", "ip_tunnel")
    assert "ip6_tunnel" not in machine.loaded


def test_devices_of_containers_stay(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[GRE])
    machine.other_namespace("/proc/77/ns/net", {"gre0": "gre", "tap": "gretap"})
    assert "tap of /proc/77/ns/net" in stays(machine, decap, "ip_gre", "gre", "ip_tunnel")


def test_a_device_of_the_kernel_that_somebody_uses_stays(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[IPIP])
    machine.addresses["tunl0"] = "10.244.0.1"
    assert "tunl0" in stays(machine, decap, "ipip")
    assert "tunl0" in machine.up


@pytest.mark.parametrize("address", ["fe80::5efe:1", "::192.168.1.11"])
def test_an_address_of_the_kernels_own_holds_nothing(machine: FakeHost, decap: Decap, address: str) -> None:
    """As sit0 has them as soon as it is up."""
    decap(tunnels=[IPIP])
    machine.addresses["tunl0"] = address
    assert "warnings" not in decap(state="absent")
    assert machine.loaded == []


def test_ports_of_others_stay(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[GUE])
    machine.execute(["ip", "fou", "add", "port", "7000", "gue"])
    assert "fou port 7000" in stays(machine, decap, "fou")
    assert [port["port"] for port in machine.ports] == [7000]


def test_namespaces_without_devices_of_the_kind_hold_nothing(machine: FakeHost, decap: Decap) -> None:
    decap(tunnels=[IPIP])
    machine.other_namespace("/run/netns/blue", {"tunl0": "ipip", "veth0": "veth"})
    assert "warnings" not in decap(state="absent")
    assert machine.loaded == []


def test_a_device_of_others_that_takes_our_packets_and_drops_them_is_named(machine: FakeHost, decap: Decap) -> None:
    machine.execute(["modprobe", "ipip"])
    machine.external("ipip0", "ipip")
    machine.put("/proc/sys/net/ipv4/conf/ipip0/rp_filter", "1\n")
    assert "ipip0 is external" in str(decap(tunnels=[IPIP])["warnings"])
    machine.put("/proc/sys/net/ipv4/conf/ipip0/rp_filter", "0\n")
    assert "warnings" not in decap(tunnels=[IPIP])


_TUNNELS = [
    Unpacking("ipip", 0, "none", "ipv4", "ipv4"),
    Unpacking("ipip", 0, "none", "ipv6", "ipv4"),
    Unpacking("ipip", 0, "none", "ipv6", "ipv6"),
    Unpacking("ipip", 0, "none", "ipv4", "ipv6"),
    Unpacking("gre", 0, "csum", "ipv4", "ipv4"),
    Unpacking("gre", 0, "none", "ipv4", "ipv6"),
    Unpacking("gue", 6080, "remcsum", "ipv6", "ipv4"),
    Unpacking("gue", 6081, "none", "ipv4", "ipv6"),
]


@pytest.mark.parametrize("some", [[one] for one in _TUNNELS] + [_TUNNELS[:3], _TUNNELS[2:5], _TUNNELS[4:], _TUNNELS])
def test_a_unit_tells_what_it_unpacks(some: list[Unpacking]) -> None:
    """Of whose it is nobody may know any more."""
    commands = changes(devices_of(some), ports_of(some), {}, set())
    told = unpackings_in("".join(f"ExecStart=/usr/sbin/{' '.join(argv)}\n" for argv in commands))
    assert (devices_of(told), ports_of(told)) == (devices_of(some), ports_of(some))
