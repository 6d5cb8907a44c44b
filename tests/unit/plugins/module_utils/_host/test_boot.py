# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which init runs, and what is kept for the boot: byte for byte what systemd was given before there was a choice."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall import rules
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall.iptables import Iptables
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall.nft import Nft
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import boot, init, unit
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.actions import Remove
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import Address, Interface, Route
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import persist
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import arptables, tunnels
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.tunnels import Unpacking
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import gateway_files, reply, vip_files
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.own_unit import UnitBackend
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.owners import Owners

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.job import Job

# Written by the release before there was a choice, and not from what is tested here.
UNITS = Path(__file__).parents[3] / "fixtures" / "units"
LO = Interface("lo", frozenset({"UP", "LOOPBACK"}))
ETH0 = Interface("eth0", frozenset({"UP", "BROADCAST"}), (Address("192.168.1.11", 24),))
TUNL0 = Interface("tunl0", frozenset({"UP", "NOARP"}))
VIPS = ["192.168.1.110", "2001:db8::110"]
GATEWAY = Route("0.0.0.0/0", "192.168.1.254", "eth0", 5, "76")
REPLY = reply.Policy((reply.Rule(VIPS[0], 7600),), (reply.Entry(7600, "0.0.0.0/0", "192.168.1.254", "eth0", 1440),))
RULES = rules.read_rules(
    [{"fwmark": 5, "vip": VIPS[0], "ports": [{"protocol": "tcp", "port": 80, "last": None}]}],
    [{"source": "192.168.1.12", "destination": None, "vip": None}],
)
TUNNELS = [Unpacking("gue", 6080, "none", "ipv4", "ipv4"), Unpacking("gre", 0, "csum", "ipv4", "ipv4")]

SYSVINIT = {"/proc/1/comm": "init\n", "/etc/inittab": "si::sysinit:/etc/init.d/rcS\n"}
KNOWN = ("systemd", "OpenRC", "sysvinit")
# Signs of each, as its own scripts make them (the facts on inits), and its name in messages.
INITS: dict[str, dict[str, str]] = {
    "systemd": {"/run/systemd/system/x": "", "/proc/1/comm": "systemd\n"},
    "OpenRC": {"/run/openrc/softlevel": "default\n", "/proc/1/comm": "init\n"},
    "runit": {"/run/runit.stopit": "", "/proc/1/comm": "runit\n"},
    "s6": {"/proc/1/comm": "s6-svscan\n"},
    "dinit": {"/proc/1/comm": "dinit\n"},
    "sysvinit": {**SYSVINIT, "/usr/sbin/update-rc.d": ""},
    "sysvinit without /usr/sbin/update-rc.d": SYSVINIT,
    "no init that is known here (process 1 is sleep)": {"/proc/1/comm": "sleep\n"},
    "no init that is known here (process 1 is init)": {"/proc/1/comm": "init\n", "/etc/inittab": "x\n"},
    "no init that is known here (process 1 is not to be seen)": {},
}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(str(tmp_path), lambda argv: Completed(tuple(argv), 0, "", ""))


def put(host: Host, files: dict[str, str]) -> None:
    for path, text in files.items():
        host.at(path).parent.mkdir(parents=True, exist_ok=True)
        host.at(path).write_text(text)


def tunnel_job() -> Job:
    devices, ports = tunnels.devices_of(TUNNELS), tunnels.ports_of(TUNNELS)
    record = tunnels.Record({}, frozenset()).extended(devices, ports, {}, set())
    return tunnels.job(devices, ports, record, "/usr/sbin/ip")


@pytest.fixture
def jobs(host: Host, monkeypatch: pytest.MonkeyPatch) -> dict[str, Job]:
    """Every kind of job, by the file that has its unit."""
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    ours = UnitBackend(host, Owners(host)).job
    [(_backend, replies)] = reply.places(REPLY, {"eth0": UnitBackend(host, Owners(host))}).values()
    return {
        "vip-lo": ours(vip_files.wish(LO, VIPS)),
        "vip-lo-arptables": ours(vip_files.wish(LO, VIPS, "arptables")),
        "vip-tunl0": ours(vip_files.wish(TUNL0, VIPS[:1])),
        "vip-eth0-director": ours(vip_files.wish(ETH0, VIPS, None, table=True)),
        "gateway": ours(gateway_files.wish([GATEWAY])),
        "replies": ours(replies),
        "arp-hide": arptables.job(arptables.wanted_rules(VIPS, [LO, ETH0]), "/usr/sbin/arptables"),
        "firewall-nft": rules.job(Nft(host).start(RULES)),
        "firewall-iptables": rules.job(Iptables(host).start(RULES)),
        "tunnel-decap": tunnel_job(),
        "ipvs": persist.job(),
    }


def test_units_are_byte_for_byte_what_they_were(jobs: dict[str, Job]) -> None:
    before = {path.stem: path.read_text() for path in UNITS.iterdir()}
    assert {name: unit.render(job) for name, job in jobs.items()} == before


@pytest.mark.parametrize("name", INITS)
def test_which_init_runs(host: Host, name: str) -> None:
    put(host, INITS[name])
    assert init.running(host) == name


def test_an_init_that_is_busybox(host: Host) -> None:
    put(host, {"/proc/1/comm": "init\n", "/etc/inittab": "::sysinit:/etc/init.d/rcS\n"})
    host.at("/proc/1/exe").symlink_to("/bin/busybox")
    assert init.running(host) == "BusyBox init"


def test_an_init_that_started_another_is_not_the_one(host: Host) -> None:
    """Process 1 of a Devuan with OpenRC is that of sysvinit."""
    put(host, {**INITS["sysvinit"], **INITS["OpenRC"]})
    assert init.running(host) == "OpenRC"


@pytest.mark.parametrize("name", [name for name in INITS if name not in KNOWN])
def test_a_boot_that_nobody_would_carry_out_is_refused(host: Host, name: str) -> None:
    put(host, INITS[name])
    with pytest.raises(LvsError) as refused:
        boot.require(host)
    said = str(refused.value)
    assert said.startswith(f"persistent: cannot be had on this host, which runs {name}: ")
    assert "lvs_persistent to false" in said
    assert "nstall" not in said


@pytest.mark.parametrize("name", KNOWN)
def test_one_that_can_be_told_is_not_refused(host: Host, name: str) -> None:
    put(host, INITS[name])
    boot.require(host)


def test_what_was_left_for_a_systemd_that_is_not_there_goes_without_it(host: Host) -> None:
    left, wanted = "/etc/systemd/system/lvs-vip-lo.service", "/etc/systemd/system/multi-user.target.wants"
    put(host, {left: "text\n"})
    assert boot.at_boot(host).paths("lvs-vip-*") == [left]
    assert boot.dropping(host, "lvs-vip-lo") == [Remove(f"{wanted}/lvs-vip-lo.service"), Remove(left)]


def test_a_note_until_the_next_boot_has_the_record_and_no_commands(host: Host) -> None:
    place = boot.chosen(host, persistent=False)
    assert place.path("lvs-tunnel-decap") == "/run/lvs-tunnel-decap"
    text = place.render(tunnel_job())
    assert tunnels.parse_record(text) == tunnels.parse_record(unit.render(tunnel_job()))
    assert {line[:1] for line in text.splitlines()} == {"#"}
