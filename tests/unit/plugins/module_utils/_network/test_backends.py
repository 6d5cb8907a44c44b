# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the network managers' own tools print, and what our files for an interface are called."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.job import plain
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import Interface
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.unit import escape
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.backends import (
    NAMES_FOR_ROUTES,
    NAMES_FOR_VIPS,
    choose,
    for_routes,
    for_vips,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.own_unit import UnitBackend
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.owners import (
    Owners,
    parse_ifcfg,
    parse_networkctl,
    parse_nmcli,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_files import wish

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Captured from systemd 252, in the C locale and in UTF-8; 254 and newer list drop-ins below the file.
STATUS = """\
* 1: lo
                     Link File: n/a
                  Network File: n/a
                         State: carrier (unmanaged)
                  Online state: unknown
                          Type: loopback
              Hardware Address: 00:00:00:00:00:00
                           MTU: 65536
                       Address: 127.0.0.1
                                ::1

* 3: e0
                     Link File: n/a
                  Network File: /run/systemd/network/10-netplan-e0.network
                                └─/etc/systemd/network/10-netplan-e0.network.d/90-lvs-vip.conf
                         State: routable (configured)
             Activation Policy: up
           Required For Online: yes
             DHCP6 Client DUID: DUID-EN/Vendor:0000ab110033bdebf95e192c

* 4: eth0.100
                  Network File: /etc/systemd/network/with a blank.network

Nov 23 03:33:25 host systemd-networkd[1708]: e0: Configuring with /run/systemd/network/10-vec0.network.
"""


@pytest.mark.parametrize("text", [STATUS, STATUS.replace("* ", "● "), STATUS.replace("\n", " " * 25 + "\n")])
def test_owners(text: str) -> None:
    assert parse_networkctl(text) == {
        "e0": "/run/systemd/network/10-netplan-e0.network",
        "eth0.100": "/etc/systemd/network/with a blank.network",
    }


@given(st.text())
def test_anything_may_be_printed(text: str) -> None:
    parse_networkctl(text)


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("eth0", "eth0"), ("eth0.100", "eth0.100"), ("br-lan", r"br\x2dlan"), ("a@b", r"a\x40b"), ("wg_0", "wg_0")],
)
def test_escape_is_that_of_systemd(name: str, escaped: str) -> None:
    assert escape(name) == escaped


# Captured from NetworkManager 1.42, in the C locale: at work, and in the second after a restart.
NMCLI = """\
vec0:connected
lvs0:connected (externally)
lo:connected (externally)
tunl0:disconnected
"""
NMCLI_STARTING = """\
vec0:connecting (checking IP connectivity)
lvs0:connecting (externally)
lo:connecting (externally)
tunl0:unmanaged
"""


@pytest.mark.parametrize("text", [NMCLI, NMCLI_STARTING])
def test_what_networkmanager_sets_up(tmp_path: Path, text: str) -> None:
    nmcli = tmp_path / "usr/sbin/nmcli"
    nmcli.parent.mkdir(parents=True)
    nmcli.touch(mode=0o755)
    (tmp_path / "run/systemd/system").mkdir(parents=True)

    def execute(argv: Sequence[str]) -> Completed:
        return Completed(tuple(argv), 0, text if argv[0] == "nmcli" else "", "")

    assert Owners(Host(str(tmp_path), execute)).networkmanager == {"vec0"}


def test_nmcli_escapes() -> None:
    assert parse_nmcli("a\\:b\\\\c:connected\n") == {"a:b\\c": "connected"}


@pytest.mark.parametrize(
    ("text", "interface"),
    [
        ("DEVICE=eth0\nONBOOT=yes\n", "eth0"),
        ('TYPE=Ethernet\n  DEVICE="bond0.100"\n', "bond0.100"),
        ("DEVICE='eth0' # the old one\n", "eth0"),
        ("# DEVICE=eth9\nHWADDR=02:00:00:00:01:00\n", "lan"),
    ],
)
def test_ifcfg(text: str, interface: str) -> None:
    assert parse_ifcfg("/etc/sysconfig/network-scripts/ifcfg-lan", text) == interface


@given(st.text())
def test_any_output_may_be_parsed(text: str) -> None:
    parse_nmcli(text)
    parse_ifcfg("ifcfg-lan", text)


def test_names_that_run_parts_takes() -> None:
    assert [plain(name) for name in ("eth0", "br-lan", "eth0.100", "eth0:1", "a_b")] == [
        "eth0",
        "br-lan",
        "eth0_2e100",
        "eth0_3a1",
        "a_5fb",
    ]


def test_each_name_can_be_chosen(tmp_path: Path) -> None:
    host = Host(str(tmp_path))
    for names, backends in ((NAMES_FOR_VIPS, for_vips(host)), (NAMES_FOR_ROUTES, for_routes(host))):
        assert [choose(name, "lo", backends).name for name in names] == ["unit", *names[1:]]
        assert sorted(backend.name for backend in backends) == list(names[1:])


def openrc(root: Path, started: Sequence[str], ifup: str = "ifupdown") -> tuple[Host, list[tuple[str, ...]]]:
    """A host with OpenRC, these services of it and this program as ifup; and what is run on it."""
    ran: list[tuple[str, ...]] = []

    def execute(argv: Sequence[str]) -> Completed:
        ran.append(tuple(argv))
        return Completed(tuple(argv), 0, "", "")

    for path in ("run/openrc/started", "usr/sbin", "etc/network/if-up.d"):
        (root / path).mkdir(parents=True)
    (root / "run/openrc/softlevel").write_text("default\n")
    (root / "usr/sbin/busybox").write_text("")
    (root / "usr/sbin/ifupdown").write_text("")
    (root / "usr/sbin/ifup").symlink_to(ifup)
    (root / f"usr/sbin/{ifup}").chmod(0o755)
    for name in started:
        (root / "run/openrc/started" / name).symlink_to(f"/etc/init.d/{name}")
    return Host(str(root), execute), ran


@pytest.mark.parametrize(
    ("started", "interface", "services"),
    [
        (["networking", "sysctl"], "lo", ("networking",)),
        (["net.lo", "net.eth0"], "lo", ("net.lo",)),
        (["net.lo", "net.eth0"], "eth0", ("net.eth0",)),
        (["network"], "eth0", ("network",)),
        (["networking"], "eth0", ()),
        ([], "lo", ()),
    ],
)
def test_a_service_is_started_again_with_what_sets_up_its_interface(
    tmp_path: Path, started: list[str], interface: str, services: tuple[str, ...]
) -> None:
    host, _ran = openrc(tmp_path, started)
    owners = Owners(host)
    backend = UnitBackend(host, owners)
    assert owners.services(interface) == services
    assert backend.owns(interface) == bool(services or interface == "lo")
    text = backend.render(wish(Interface(interface, frozenset()), ["192.0.2.1"]))
    needs = [line.split()[1] for line in text.splitlines() if line.startswith("    need ")]
    assert needs == list(services)


@pytest.mark.parametrize(
    ("ifup", "state", "trial"),
    [
        ("ifupdown", "/run/network/ifstate", ("ifup", "--no-act", "--force", "eth0")),
        ("ifupdown", "/run/ifstate", ("ifup", "--no-act", "--force", "eth0")),
        ("busybox", "/run/ifstate", ("ifup", "-n", "-f", "eth0")),
    ],
)
def test_each_ifup_says_what_it_set_up_and_is_asked_in_its_words(
    tmp_path: Path, ifup: str, state: str, trial: tuple[str, ...]
) -> None:
    host, ran = openrc(tmp_path, ["networking"], ifup)
    host.write(state, "lo=lo 1 explicit\neth0=eth0 1 explicit\n")
    backend = choose("auto", "eth0", for_vips(host))
    assert (backend.name, backend.path("vip", "eth0")) == ("ifupdown", "/etc/network/if-up.d/lvs-vip-eth0")
    assert ran == [trial]
