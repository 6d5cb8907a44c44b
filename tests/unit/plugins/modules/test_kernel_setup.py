# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kernel_setup on a host in a directory: what it loads, sets, refuses, remembers and puts back."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.modules import kernel_setup
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_kernel import FakeHost

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

MODULES = ["ip_vs", "ip_vs_rr"]
NAT = {"net.ipv4.conf.*.send_redirects": 0, "net.ipv4.ip_forward": 1}
MODULES_FILE = "/etc/modules-load.d/lvs-kernel-setup.conf"
SYSCTLS_FILE = "/etc/sysctl.d/99-lvs-kernel-setup.conf"
RECORD = "/var/lib/lvs/kernel_setup.json"
RECORDS = Path(__file__).parents[2] / "fixtures" / "records"

Setup = t.Callable[..., "dict[str, t.Any]"]


@pytest.fixture
def machine(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path)


@pytest.fixture
def setup(machine: FakeHost, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Setup:
    monkeypatch.setattr(kernel_setup, "Host", lambda: machine.host)

    def run(check_mode: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
        return run_module(kernel_setup, args, check_mode=check_mode, diff=diff)

    return run


def test_a_nat_director(machine: FakeHost, setup: Setup) -> None:
    result = setup(kernel_modules=MODULES, sysctls=NAT)
    assert machine.loaded == ["nf_conntrack", "ip_vs", "ip_vs_rr"]
    assert machine.sysctl("net.ipv4.ip_forward") == "1"
    assert {machine.sysctl(f"net.ipv4.conf.{name}.send_redirects") for name in ("all", "default", "eth0")} == {"0"}
    assert result["commands"][:2] == ["modprobe ip_vs", "modprobe ip_vs_rr"]
    assert result["commands"][-1] == "sysctl -w net.ipv4.ip_forward=1", "no redirect is sent before it routes"
    assert result["after"]["sysctls"]["net.ipv4.ip_forward"] == "1"
    assert result["before"]["sysctls"]["net.ipv4.ip_forward"] == "0"
    assert machine.files()[MODULES_FILE].endswith("\nip_vs\nip_vs_rr\n")
    assert machine.files()[SYSCTLS_FILE].endswith("\nnet.ipv4.conf.*.send_redirects = 0\nnet.ipv4.ip_forward = 1\n")


def test_twice_changes_nothing(machine: FakeHost, setup: Setup) -> None:
    setup(kernel_modules=MODULES, sysctls=NAT)
    files = machine.files()
    again = setup(kernel_modules=MODULES, sysctls=NAT, diff=True)
    assert not again["changed"]
    assert again["commands"] == []
    assert again["before"] == again["after"]
    assert machine.files() == files


def test_check_mode_predicts_and_touches_nothing(machine: FakeHost, setup: Setup) -> None:
    for args in ({"kernel_modules": MODULES, "sysctls": NAT}, {"state": "absent"}):
        files, sysctls, loaded = machine.files(), machine.sysctls(), list(machine.loaded)
        predicted = setup(**args, check_mode=True, diff=True)
        assert (machine.files(), machine.sysctls(), machine.loaded) == (files, sysctls, loaded)
        assert predicted == setup(**args, diff=True)
        assert predicted["changed"]


def test_drift_is_repaired_and_nothing_else(machine: FakeHost, setup: Setup) -> None:
    setup(kernel_modules=MODULES, sysctls=NAT)
    machine.put("/proc/sys/net/ipv4/conf/eth0/send_redirects", "1\n")
    assert setup(kernel_modules=MODULES, sysctls=NAT)["commands"] == ["sysctl -w net.ipv4.conf.eth0.send_redirects=0"]


def test_absent_leaves_the_host_as_it_was(machine: FakeHost, setup: Setup) -> None:
    machine.put("/proc/sys/net/ipv4/conf/all/send_redirects", "0\n")
    before = machine.sysctls()
    setup(kernel_modules=MODULES, sysctls=NAT)
    assert not setup(state="absent").get("warnings")
    assert machine.sysctls() == before
    assert machine.loaded == []
    assert machine.files() == {}
    assert not setup(state="absent")["changed"]


def test_what_was_there_before_stays(machine: FakeHost, setup: Setup) -> None:
    machine.execute(["modprobe", "ip_vs"])
    setup(kernel_modules=MODULES)
    setup(state="absent")
    assert machine.loaded == ["nf_conntrack", "ip_vs"]


def test_what_others_use_by_now_stays(machine: FakeHost, setup: Setup) -> None:
    setup(kernel_modules=MODULES)
    machine.used.add("ip_vs")
    machine.execute(["modprobe", "ip_vs"])
    warnings = setup(state="absent")["warnings"]
    assert machine.loaded == ["nf_conntrack", "ip_vs"]
    assert [str(warning) for warning in warnings if "ip_vs" in str(warning)]


def test_what_somebody_has_set_since_stays(machine: FakeHost, setup: Setup) -> None:
    setup(sysctls={"net.ipv4.conf.all.rp_filter": 2})
    machine.put("/proc/sys/net/ipv4/conf/all/rp_filter", "1\n")
    setup(state="absent")
    assert machine.sysctl("net.ipv4.conf.all.rp_filter") == "1"


@pytest.mark.parametrize("loaded", [False, True])
def test_an_unprivileged_container_is_no_director(machine: FakeHost, setup: Setup, loaded: bool) -> None:
    machine.put("/proc/self/uid_map", "         0     100000      65536\n")
    if loaded:
        machine.execute(["modprobe", "ip_vs_rr"])
    sysctls, files = machine.sysctls(), machine.files()
    for check_mode in (True, False):
        refused = setup(kernel_modules=MODULES, sysctls=NAT, check_mode=check_mode)
        assert refused["msg"].startswith(
            "kernel_modules: are not for this host to load or to use: it is an unprivileged"
        )
    assert (machine.sysctls(), machine.files()) == (sysctls, files)
    assert setup(sysctls=FORWARD)["changed"]


def test_a_privileged_container_is_as_good_as_a_host(machine: FakeHost, setup: Setup) -> None:
    machine.put("/proc/self/uid_map", "         0          0 4294967295\n")
    assert setup(kernel_modules=MODULES)["changed"]


FORWARD = {"net.ipv4.ip_forward": 1}


def stays_forwarding(machine: FakeHost, setup: Setup) -> str:
    """Undo it in check mode and for real: it forwards still, and that is said."""
    foreseen = setup(state="absent", check_mode=True)
    done = setup(state="absent")
    assert foreseen == done
    assert machine.sysctl("net.ipv4.ip_forward") == "1"
    assert machine.files().keys().isdisjoint({SYSCTLS_FILE, RECORD})
    assert not setup(state="absent")["changed"]
    return str(done["warnings"])


@pytest.mark.parametrize("ports", [(), ("veth0",)])
def test_forwarding_that_containers_need_stays(machine: FakeHost, setup: Setup, ports: tuple[str, ...]) -> None:
    setup(sysctls=FORWARD)
    machine.network_behind("docker0", "bridge", "172.17.0.1")
    for port in ports:
        machine.put(f"/sys/class/net/docker0/brif/{port}/state", "3\n")
    assert "others need it: docker0" in stays_forwarding(machine, setup)


@pytest.mark.parametrize("sign", ["device", "lower_eth0"])
def test_a_bridge_to_the_outside_needs_no_forwarding(machine: FakeHost, setup: Setup, sign: str) -> None:
    setup(sysctls=FORWARD)
    machine.network_behind("br0", "bridge", "192.168.1.9")
    machine.put("/sys/class/net/br0/brif/eth0/state", "3\n")
    machine.put(f"/sys/class/net/eth0/{sign}", "")
    setup(state="absent")
    assert machine.sysctl("net.ipv4.ip_forward") == "0"


@pytest.mark.parametrize(("line", "stays"), [("= 1", True), ("= 0", False)])
def test_what_a_file_of_somebody_says_stays(machine: FakeHost, setup: Setup, line: str, stays: bool) -> None:
    setup(sysctls=FORWARD)
    machine.put("/etc/sysctl.d/70-vpn.conf", f"net.ipv4.ip_forward {line}\n")
    if stays:
        assert "70-vpn.conf" in stays_forwarding(machine, setup)
    else:
        setup(state="absent")
        assert machine.sysctl("net.ipv4.ip_forward") == "0"


def test_what_forwarding_drags_along_stays_with_it(machine: FakeHost, setup: Setup) -> None:
    machine.put("/proc/sys/net/ipv4/conf/eth0/forwarding", "1\n")
    setup(sysctls=NAT)
    machine.network_behind("wg0", "wireguard", "10.9.0.1")
    done = setup(kernel_modules=["ip_vs"])
    assert "others need it: wg0" in str(done["warnings"])
    assert machine.sysctl("net.ipv4.ip_forward") == "1"
    assert machine.sysctl("net.ipv4.conf.all.send_redirects") == "1"
    assert not setup(kernel_modules=["ip_vs"])["changed"]


def test_a_director_that_no_longer_serves_by_nat_no_longer_routes(machine: FakeHost, setup: Setup) -> None:
    before = machine.sysctls()
    setup(kernel_modules=MODULES, sysctls=NAT)
    result = setup(kernel_modules=["ip_vs", "ip_vs_wlc"])
    assert result["commands"][:2] == ["modprobe ip_vs_wlc", "sysctl -w net.ipv4.ip_forward=0"]
    assert {name: value for name, value in machine.sysctls().items() if "/vs/" not in name} == before
    assert SYSCTLS_FILE not in machine.files()
    setup(state="absent")
    assert machine.loaded == [], "ip_vs_rr was ours, although it is not listed any more"


def test_sysctls_of_a_module_are_known_once_it_is_loaded(machine: FakeHost, setup: Setup) -> None:
    setup(kernel_modules=["ip_vs"], sysctls={"net.ipv4.vs.backup_only": "1"})
    assert machine.sysctl("net.ipv4.vs.backup_only") == "1"
    assert '"before": "0"' in machine.files()[RECORD]


@pytest.mark.parametrize(
    ("line", "undone"),
    [
        ("net.ipv4.ip_forward = 0", True),
        ("net.ipv4.ip_forward=1", False),
        ("# net.ipv4.ip_forward = 0", False),
        ("net/ipv4/conf/eth9/send_redirects = 1", True),
        ("net.ipv4.conf.*.send_redirects = 1", True),
        ("net.ipv4.conf.eth0.rp_filter = 1", False),
    ],
)
def test_a_later_file_that_would_undo_it_at_boot_is_refused(
    machine: FakeHost, setup: Setup, line: str, undone: bool
) -> None:
    machine.put("/etc/sysctl.d/99-sysctl.conf", f"# others\n{line}\n")
    result = setup(kernel_modules=MODULES, sysctls=NAT)
    assert result.get("failed", False) == undone
    if undone:
        assert result["msg"].startswith("/etc/sysctl.d/99-sysctl.conf:2: ")
        assert machine.loaded == []


def test_an_earlier_file_counts_only_where_it_names_an_interface(machine: FakeHost, setup: Setup) -> None:
    machine.put("/etc/sysctl.d/10-others.conf", "net.ipv4.ip_forward = 0\nnet.ipv4.conf.*.send_redirects = 1\n")
    assert "failed" not in setup(sysctls=NAT)
    ours = "-net.ipv4.conf.eth0.send_redirects = 0\n"
    assert ours not in machine.files()[SYSCTLS_FILE]
    machine.put("/etc/sysctl.d/10-others.conf", "net.ipv4.conf.eth0.send_redirects = 1\n")
    assert setup(sysctls=NAT)["commands"] == []
    assert ours in machine.files()[SYSCTLS_FILE]
    assert not setup(sysctls=NAT)["changed"]


def test_a_module_that_the_kernel_has_not(setup: Setup) -> None:
    refused = setup(kernel_modules=["ip_vs", "ip_vs_twos"], check_mode=True)
    assert refused["msg"].startswith(
        "kernel_modules: is not a module of the kernel 7.2.7 of this host (got 'ip_vs_twos')."
    )
    assert setup(kernel_modules=["sch_fifo"])["commands"] == [], "built in"


@pytest.mark.parametrize(
    ("args", "item"),
    [
        ({"kernel_modules": ["ip_vs", "ip_vs\nrm"]}, "kernel_modules[1]: "),
        ({"sysctls": {"net.ipv4.ip_forward\n": 1}}, "sysctls: "),
        ({"sysctls": {"net/../../etc/passwd": 1}}, "sysctls: "),
        ({"sysctls": {"net.ipv4.ip_forward": "1\nkernel.modules_disabled = 1"}}, "sysctls.net.ipv4.ip_forward: "),
    ],
)
def test_words_that_would_say_more_in_a_file(machine: FakeHost, setup: Setup, args: t.Any, item: str) -> None:
    assert setup(**args)["msg"].startswith(item)
    assert machine.files() == {}


def test_a_record_of_an_older_release_is_understood(machine: FakeHost, setup: Setup) -> None:
    """Read, kept, and at last put back: what it says was before, also of what the kernel sets along."""
    for name in MODULES:
        machine.execute(["modprobe", name])
    machine.put(RECORD, (RECORDS / "kernel_setup.json").read_text())
    for name, value in (("ip_forward", 1), ("conf/eth0/send_redirects", 0), ("conf/all/accept_redirects", 0)):
        machine.put(f"/proc/sys/net/ipv4/{name}", f"{value}\n")
    setup(kernel_modules=MODULES, sysctls=NAT)
    setup(state="absent")
    former = FakeHost(machine.at("/former"))
    former.put("/proc/sys/net/ipv4/conf/all/accept_redirects", "0\n")
    assert machine.sysctls() == former.sysctls()
    assert (machine.loaded, machine.files()) == ([], {})


@pytest.mark.parametrize("content", ["", "\0\0\0", "{}", "[", '{"modules": 7, "sysctls": []}'])
def test_a_record_that_is_none_is_told_and_written_anew(machine: FakeHost, setup: Setup, content: str) -> None:
    wanted = {"sysctls": {"net.ipv4.ip_forward": "1"}}
    setup(**wanted)
    machine.put(RECORD, content)
    result = setup(**wanted)
    assert result["changed"]
    assert f"{RECORD}: " in str(result["warnings"])
    again = setup(**wanted)
    assert not again["changed"]
    assert "warnings" not in again
    machine.put(RECORD, content)
    assert setup(state="absent")["changed"]
    assert machine.files() == {}


OPTIONS = {"ip_vs": {"conn_tab_bits": 20}}
OPTIONS_FILE = "/etc/modprobe.d/lvs-kernel-setup.conf"


def test_options_of_a_module_are_there_before_it_is_loaded(
    machine: FakeHost, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(words: list[str]) -> t.Any:
        if "--dry-run" not in words:
            assert "\noptions ip_vs conn_tab_bits=20\n" in machine.files()[OPTIONS_FILE]
        return load(words)

    load = machine._modprobe
    monkeypatch.setattr(machine, "_modprobe", look)
    predicted = setup(kernel_modules=MODULES, module_options=OPTIONS, check_mode=True, diff=True)
    assert predicted == setup(kernel_modules=MODULES, module_options=OPTIONS, diff=True)
    machine.put("/sys/module/ip_vs/parameters/conn_tab_bits", "20\n")
    again = setup(kernel_modules=MODULES, module_options=OPTIONS)
    assert not again["changed"]
    assert "warnings" not in again
    setup(state="absent")
    assert machine.files() == {}


def test_a_module_that_was_loaded_without_its_options_is_named(machine: FakeHost, setup: Setup) -> None:
    machine.execute(["modprobe", "ip_vs"])
    machine.put("/sys/module/ip_vs/parameters/conn_tab_bits", "12\n")
    for check_mode in (True, False, False):
        done = setup(kernel_modules=["ip_vs"], module_options=OPTIONS, check_mode=check_mode)
        assert "was loaded with conn_tab_bits = 12" in str(done["warnings"])


@pytest.mark.parametrize(
    "options", [{"ip_vs": 20}, {"ip_vs": {"a b": 1}}, {"ip_vs": {"bits": "1\ninstall x"}}, {"/": {}}]
)
def test_options_that_are_none(machine: FakeHost, setup: Setup, options: dict[str, t.Any]) -> None:
    assert setup(module_options=options)["failed"]
    assert machine.files() == {}
