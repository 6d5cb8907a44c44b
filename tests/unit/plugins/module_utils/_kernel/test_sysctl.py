# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of sysctls, files of sysctl.d, and /proc/sys: what is read is what was meant."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import sysctl
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.decide import render_sysctls

if t.TYPE_CHECKING:
    from pathlib import Path

INTERFACES = st.sampled_from(["all", "default", "lo", "eth0", "eth0.100", "br-lan", "wg_0", "enp0s31f6.4094", "*"])
NAMES = st.builds(sysctl.conf, INTERFACES, st.sampled_from(["arp_ignore", "arp_announce", "rp_filter"]))


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("net.ipv4.conf.all.arp_ignore = 1", "net.ipv4.conf.all.arp_ignore", "1"),
        ("net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_ignore", "1"),
        ("  -net.ipv4.conf.eth0.arp_announce = 2 ", "net.ipv4.conf.eth0.arp_announce", "2"),
        ("net/ipv4/conf/eth0.100/arp_ignore = -1", "net.ipv4.conf.eth0/100.arp_ignore", "-1"),
        ("net.ipv4.conf.eth0/100.arp_ignore = 3", "net.ipv4.conf.eth0/100.arp_ignore", "3"),
        ("net.ipv4.conf.*.arp_ignore = 3", "net.ipv4.conf.*.arp_ignore", "3"),
    ],
)
def test_lines_that_set(line: str, name: str, value: str) -> None:
    assert list(sysctl.parse_conf(f"\n{line}\n")) == [(2, name, value)]


@pytest.mark.parametrize(
    "line",
    [
        "# net.ipv4.conf.all.arp_ignore = 0",
        "; net.ipv4.conf.all.arp_ignore = 0",
        "-net.ipv4.conf.eth0.arp_ignore",
        "net.ipv4.conf.all.arp_ignore =",
        "",
    ],
)
def test_lines_that_do_not(line: str) -> None:
    assert list(sysctl.parse_conf(line)) == []


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    list(sysctl.parse_conf(text))


@given(st.dictionaries(NAMES, st.integers(0, 9).map(str)))
def test_our_own_file_reads_back(boot: dict[str, str]) -> None:
    assert {name: value for _number, name, value in sysctl.parse_conf(render_sysctls("# ours", boot))} == boot


@pytest.mark.parametrize(
    ("name", "interface"),
    [
        ("net.ipv4.conf.eth0/100.arp_ignore", "eth0.100"),
        ("net.ipv6.conf.all.forwarding", "all"),
        ("net.ipv4.ip_forward", ""),
        ("net.ipv4.vs.sync_ports", ""),
    ],
)
def test_the_interface_of_a_name(name: str, interface: str) -> None:
    assert sysctl.interface_of(name) == interface


def test_values_are_read_and_written_below_the_root(tmp_path: Path) -> None:
    for interface in ("all", "eth0.100"):
        path = tmp_path / "proc/sys/net/ipv4/conf" / interface / "arp_ignore"
        path.parent.mkdir(parents=True)
        path.write_text("0\n")
    host = Host(str(tmp_path))
    sysctl.write_live(host, "net.ipv4.conf.eth0/100.arp_ignore", "0", "1")
    found = sysctl.expand(host, "net.ipv4.conf.*.arp_ignore")
    assert {name: sysctl.read_live(host, name) for name in found} == {
        "net.ipv4.conf.all.arp_ignore": "0",
        "net.ipv4.conf.eth0/100.arp_ignore": "1",
    }


def test_an_interface_that_goes_away_meanwhile_is_named(tmp_path: Path) -> None:
    with pytest.raises(LvsError, match=r"conf/eth9/arp_ignore: .*: No such file or directory"):
        sysctl.write_live(Host(str(tmp_path)), "net.ipv4.conf.eth9.arp_ignore", "0", "1")
