# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulated host refuses what the real one refuses: the traps that a careless command falls into."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.sandbox import Sandbox

if t.TYPE_CHECKING:
    from pathlib import Path

VIP, VIP6 = "192.168.1.110", "2001:db8:1::110"


class Trap(t.NamedTuple):
    """Commands of which the last is refused, and what it says."""

    host: str
    commands: str
    words: str


TRAPS = [
    Trap(
        "freebsd15", f"ifconfig lo0 inet {VIP} alias", "setting interface address without mask is no longer supported"
    ),
    Trap("freebsd13", f"ifconfig lo0 inet {VIP} -alias", "SIOCDIFADDR"),
    Trap("freebsd15", f"ifconfig lo0 inet {VIP6}/128 alias", f"{VIP6}: bad value"),
    Trap("freebsd15", f"ifconfig lo0 inet6 {VIP6} netmask 255.255.255.255 alias", "netmask: bad value"),
    Trap("freebsd13", "sysctl net.inet.ip.rfc1122_strong_es=0", "unknown oid"),
    Trap("freebsd15", "route add default 192.168.1.9", "route already in table"),
    Trap("freebsd15", "route change default 10.0.0.1", "Network is unreachable"),
    Trap("openbsd", "sysctl -w net.inet.ip.forwarding=1", "usage: sysctl"),
    Trap("netbsd10", "sysctl net.inet.ip.checkinterface=0", "Must specify -w"),
    Trap("macos", "launchctl bootstrap system /Library/LaunchDaemons/none.plist", "Bootstrap failed: 5"),
    Trap("macos", "launchctl bootout system/org.linuxvirtualserver.none", "Boot-out failed: 3"),
    Trap("solaris11", f"ipadm create-addr -T static -a {VIP}/32 lo0/1vip", "invalid address object name"),
    Trap("omnios", f"ipadm create-addr -T static -a {VIP}/32 lo0/vip", "Persistent operation on temporary object"),
    Trap("solaris11", "ipadm create-addr -T static -a 127.0.0.1/8 lo0/v4", "already exists"),
    Trap("solaris11", "route -p add default 192.168.1.254", "entry exists"),
    Trap("solaris11", "route -p delete default 192.168.1.9", "not in table"),
    Trap("solaris10", f"ifconfig lo0:1 {VIP}", "no such interface"),
    Trap("solaris7", f"ifconfig lo0:1 plumb; ifconfig lo0:1 {VIP} netmask 255.255.255.255 up", "SIOCSIFNETMASK"),
    Trap("solaris7", f"ifconfig lo0:1 plumb; ifconfig lo0:1 {VIP}; ifconfig lo0:1 up", "SIOCSIFFLAGS"),
    Trap("aix", "mkitab 'a-name-that-is-too-long:2:once:true'", "not in the right form"),
    Trap("hpux", "ifconfig -a", "usage: ifconfig"),
    Trap("hpux", f"ifconfig lo0 {VIP} netmask 255.255.255.255 up", "Invalid argument"),
    Trap("hpux", f"ifconfig lo0:1 {VIP} netmask 255.255.255.255 -arp up", "cannot be changed on a plumbed interface"),
    Trap("irix", "route change default 192.168.1.9", "usage: route"),
]


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: f"{trap.host}: {trap.words}")
def test_it_refuses(trap: Trap, tmp_path: Path) -> None:
    done = Sandbox(trap.host, tmp_path / "host").run(trap.commands)
    assert done.returncode != 0
    assert trap.words in done.stderr


def test_openbsd_shows_aliases_to_those_who_ask_for_them(tmp_path: Path) -> None:
    box = Sandbox("openbsd", tmp_path / "host")
    box.run(f"ifconfig lo0 inet alias {VIP}/32")
    assert VIP in box.run("ifconfig -A").stdout
    assert VIP not in box.run("ifconfig -a").stdout


def test_openbsd_drops_packets_for_lo0_unless_it_forwards(tmp_path: Path) -> None:
    box = Sandbox("openbsd", tmp_path / "host")
    box.run(f"ifconfig lo0 inet alias {VIP}/32")
    assert not box.host.serves(VIP)
    box.run("sysctl net.inet.ip.forwarding=1")
    assert box.host.serves(VIP)


def test_openbsd_forwards_each_family_by_itself(tmp_path: Path) -> None:
    box = Sandbox("openbsd", tmp_path / "host")
    box.run(f"sysctl net.inet.ip.forwarding=1; ifconfig lo0 inet6 alias {VIP6}/128")
    assert not box.host.serves(VIP6)
    box.run("sysctl net.inet6.ip6.forwarding=1")
    assert box.host.serves(VIP6)


def test_an_ipv6_alias_without_a_length_is_too_wide(tmp_path: Path) -> None:
    box = Sandbox("netbsd10", tmp_path / "host")
    box.run(f"ifconfig lo0 inet6 {VIP6} alias")
    assert not box.host.serves(VIP6)


def test_openbsd_passes_over_mygate_with_dhcp(tmp_path: Path) -> None:
    box = Sandbox("openbsd", tmp_path / "host")
    box.put("/etc/mygate", "192.168.1.9\n")
    box.reboot()
    assert box.host.defaults() == ["192.168.1.9"]
    box.put("/etc/hostname.vio0", "inet autoconf\n")
    box.reboot()
    assert box.host.defaults() == ["192.168.1.254"]


def test_netbsd_prefers_rc_conf_to_the_file(tmp_path: Path) -> None:
    box = Sandbox("netbsd10", tmp_path / "host")
    box.put("/etc/ifconfig.lo0", f"inet {VIP} netmask 255.255.255.255 alias\n")
    box.reboot()
    assert box.host.holds(VIP)
    rc_conf = f'{box.host.read("/etc/rc.conf")}ifconfig_lo0="inet 10.9.9.9 netmask 255.255.255.255 alias"\n'
    box.put("/etc/rc.conf", rc_conf)
    box.reboot()
    assert not box.host.holds(VIP)


def test_solaris_gives_a_file_of_one_line_another_mask(tmp_path: Path) -> None:
    box = Sandbox("solaris10", tmp_path / "host")
    for text, held in ((f"{VIP} netmask 255.255.255.255\n", False), (f"{VIP} netmask 255.255.255.255\nup\n", True)):
        box.put("/etc/hostname.lo0:1", text)
        box.reboot()
        assert bool(box.host.holds(VIP)) == held


def test_aix_keeps_the_route_of_a_wide_alias_after_the_alias(tmp_path: Path) -> None:
    box = Sandbox("aix", tmp_path / "host")
    box.run(f"ifconfig lo0 alias {VIP}; ifconfig lo0 delete {VIP}; ifconfig lo0 alias {VIP} netmask 255.255.255.255")
    assert box.host.holds(VIP)
    assert not box.host.serves(VIP)
    box.run(f"route delete -net 192.168.1.0/24 {VIP}")
    assert box.host.serves(VIP)


def test_hpux_reads_its_arrays_up_to_the_first_hole(tmp_path: Path) -> None:
    box = Sandbox("hpux", tmp_path / "host")
    netconf = box.host.read("/etc/rc.config.d/netconf")
    elements = (
        "INTERFACE_NAME[{0}]=lo0:1\nIP_ADDRESS[{0}]={1}\nSUBNET_MASK[{0}]=255.255.255.255\nINTERFACE_STATE[{0}]=up\n"
    )
    for index, held in ((1, True), (2, False)):
        text = netconf + elements.format(index, VIP)
        box.put("/etc/rc.config.d/netconf", text)
        box.reboot()
        assert bool(box.host.holds(VIP)) == held


def test_irix_answers_arp_for_an_alias_without_the_flag(tmp_path: Path) -> None:
    box = Sandbox("irix", tmp_path / "host")
    box.run(f"ifconfig lo0 alias {VIP} netmask 0xffffffff up")
    assert box.host.answers_arp_for(VIP)
    box.run(f"ifconfig lo0 -alias {VIP}; ifconfig lo0 alias {VIP} netmask 0xffffffff -arp up")
    assert not box.host.answers_arp_for(VIP)
