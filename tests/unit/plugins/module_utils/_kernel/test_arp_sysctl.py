# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sysctl.d files and the record: what is read is what was meant."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import sysctl
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp import (
    HIDING,
    Change,
    Record,
    Setting,
    render_boot,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp_sysctl import (
    arp_settings,
    parse_record,
    read_values,
    render_record,
    write_value,
)

if t.TYPE_CHECKING:
    from pathlib import Path

INTERFACES = st.sampled_from(["all", "default", "lo", "eth0", "eth0.100", "br-lan", "wg_0", "enp0s31f6.4094"])
SETTINGS = st.builds(Setting, INTERFACES, st.sampled_from(sorted(HIDING)))


def parse(text: str) -> list[tuple[int, Setting, int]]:
    """The ARP settings in a file, each with its line number."""
    lines = sysctl.parse_conf(text)
    return [(number, setting, value) for number, name, given in lines for setting, value in arp_settings(name, given)]


@pytest.mark.parametrize(
    ("line", "setting", "value"),
    [
        ("net.ipv4.conf.all.arp_ignore = 1", Setting("all", "arp_ignore"), 1),
        ("net.ipv4.conf.all.arp_ignore=1", Setting("all", "arp_ignore"), 1),
        ("  -net.ipv4.conf.eth0.arp_announce = 2 ", Setting("eth0", "arp_announce"), 2),
        ("net/ipv4/conf/eth0.100/arp_ignore = -1", Setting("eth0.100", "arp_ignore"), -1),
        ("net.ipv4.conf.eth0/100.arp_ignore = 3", Setting("eth0.100", "arp_ignore"), 3),
        ("net.ipv4.conf.*.arp_ignore = 3", Setting("*", "arp_ignore"), 3),
    ],
)
def test_lines_that_set(line: str, setting: Setting, value: int) -> None:
    assert parse(f"\n{line}\n") == [(2, setting, value)]


@pytest.mark.parametrize(
    "line",
    [
        "# net.ipv4.conf.all.arp_ignore = 0",
        "; net.ipv4.conf.all.arp_ignore = 0",
        "net.ipv4.conf.all.arp_filter = 1",
        "net.ipv6.conf.all.arp_ignore = 1",
        "-net.ipv4.conf.eth0.arp_ignore",
        "net.ipv4.conf.all.arp_ignore = one",
        "net.ipv4.conf.arp_ignore = 1",
        "= 1",
        "",
    ],
)
def test_lines_that_do_not(line: str) -> None:
    assert parse(line) == []


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    parse(text)


@given(st.dictionaries(SETTINGS, st.integers(0, 9)))
def test_our_own_file_reads_back(boot: dict[Setting, int]) -> None:
    assert dict(line[1:] for line in parse(render_boot(boot))) == boot


@given(st.lists(st.sampled_from(["192.168.1.110", "192.168.1.120"])), st.lists(SETTINGS, unique=True))
def test_record_reads_back(vips: list[str], settings: list[Setting]) -> None:
    record = Record(tuple(vips), tuple(Change(setting, 0, 1) for setting in settings))
    assert parse_record(render_record(record)).value == record


def test_values_are_read_and_written_below_the_root(tmp_path: Path) -> None:
    for interface in ("all", "eth0.100"):
        for name in HIDING:
            path = tmp_path / "proc/sys/net/ipv4/conf" / interface / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("0\n")
    host = Host(str(tmp_path))
    setting = Setting("eth0.100", "arp_ignore")
    write_value(host, Change(setting, 0, 1))
    assert read_values(host) == {
        Setting("all", "arp_ignore"): 0,
        Setting("all", "arp_announce"): 0,
        setting: 1,
        Setting("eth0.100", "arp_announce"): 0,
    }


def test_an_interface_that_goes_away_meanwhile_is_named(tmp_path: Path) -> None:
    with pytest.raises(LvsError, match="conf/eth9/arp_ignore: 'No such file or directory'"):
        write_value(Host(str(tmp_path)), Change(Setting("eth9", "arp_ignore"), 0, 1))
