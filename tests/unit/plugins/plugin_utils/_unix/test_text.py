# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tools of the Unixes print, whoever prints it; and edits of other people's files that can be undone."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.text import (
    drop_block,
    edit_lines,
    has_block,
    lines_of,
    parse_defaults,
    parse_ifconfig,
    prefix_of,
    put_block,
)

addresses = st.ip_addresses(v=4).map(str)
prefixes = st.integers(0, 32)
lines = st.lists(st.text(st.characters(exclude_categories=["C"], exclude_characters="\x85\u2028\u2029"), max_size=30))


def mask(prefix: int) -> str:
    return str(ipaddress.ip_network(f"0.0.0.0/{prefix}").netmask)


def bare(prefix: int) -> str:
    return f"{int(ipaddress.ip_address(mask(prefix))):08x}"


DIALECTS = {
    "BSD": lambda ip, prefix: f"\tinet {ip} netmask 0x{bare(prefix)}",
    "BSD, dotted": lambda ip, prefix: f"\tinet {ip} netmask {mask(prefix)} broadcast 1.2.3.4",
    "CIDR": lambda ip, prefix: f"\tinet {ip}/{prefix} flags 0x0",
    "old NetBSD": lambda ip, prefix: f"\tinet alias {ip} netmask 0x{bare(prefix)}",
    "Solaris": lambda ip, prefix: f"        inet {ip} netmask {bare(prefix)} ",
    "point to point": lambda ip, prefix: f"\tinet {ip} --> {ip} netmask {bare(prefix)}",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@given(ip=addresses, prefix=prefixes)
def test_every_dialect_says_the_same(dialect: str, ip: str, prefix: int) -> None:
    text = f"lo0: flags=8049<UP,LOOPBACK> mtu 1\n{DIALECTS[dialect](ip, prefix)}\n"
    (interface,) = parse_ifconfig(text)
    (held,) = interface.addresses
    assert (held.ip, held.prefix, held.interface, held.handle) == (ip, prefix, "lo0", "lo0")


DIALECTS6 = {
    "BSD": lambda ip, prefix: f"\tinet6 {ip} prefixlen {prefix}",
    "macOS": lambda ip, prefix: f"\tinet6 {ip} prefixlen {prefix} autoconf secured ",
    "CIDR": lambda ip, prefix: f"\tinet6 {ip}/{prefix} flags 0x20<NODAD>",
    "Solaris": lambda ip, prefix: f"        inet6 {ip}/{prefix} ",
}


@pytest.mark.parametrize("dialect", DIALECTS6)
@given(ip=st.ip_addresses(v=6).map(str), prefix=st.integers(0, 128))
def test_ipv6_in_every_dialect(dialect: str, ip: str, prefix: int) -> None:
    text = f"lo0: flags=8049<UP,LOOPBACK> mtu 1\n{DIALECTS6[dialect](ip, prefix)}\n"
    (held,) = parse_ifconfig(text)[0].addresses
    assert (held.ip, held.prefix, held.is_vip) == (canonical_address(ip), prefix, prefix == 128)


@pytest.mark.parametrize(("rest", "up"), [("prefixlen 128", True), ("prefixlen 128 duplicated", False)])
def test_an_address_that_another_host_has_is_not_served(rest: str, up: bool) -> None:
    (held,) = parse_ifconfig(f"lo0: flags=8049<UP> mtu 1\n\tinet6 2001:db8::9 {rest}\n")[0].addresses
    assert held.is_vip == up


def test_a_link_local_address_is_none_of_ours() -> None:
    assert parse_ifconfig("lo0: flags=1<UP>\n\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x1\n")[0].addresses == ()


@given(st.text())
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        assert parse_ifconfig(text)
    except LvsError as error:
        reason = str(error)
    else:
        reason = "ifconfig -a:"
    assert reason.startswith("ifconfig -a:")


def test_a_logical_interface_belongs_to_its_interface() -> None:
    text = "lo0:1: flags=2001000849<UP,LOOPBACK> mtu 8232 index 1\n\tinet 192.0.2.10 netmask ffffffff\n\tzone web\n"
    (held,) = parse_ifconfig(text)[0].addresses
    assert (held.interface, held.handle) == ("lo0", "lo0:1")


def test_an_address_that_is_none() -> None:
    with pytest.raises(LvsError, match="has no IP address where one belongs"):
        parse_ifconfig("lo0: flags=1<UP>\n\tinet 300.0.0.1 netmask 0xff000000\n")


def test_a_mask_with_holes_is_none() -> None:
    assert prefix_of(0xFF00FF00) is None
    assert [prefix_of(int(bare(length), 16)) for length in range(33)] == list(range(33))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("default            192.0.2.1          UGS      vtnet0", ("192.0.2.1",)),
        ("default        192.0.2.1       UGS        6      124     -     8 vio0", ("192.0.2.1",)),
        ("default              192.0.2.1            UG        1       2345 net0", ("192.0.2.1",)),
        ("default            link#17            UCSIg          utun3", ()),
        ("default          192.0.2.1         UG        2   1652046 en0      -      -   =>", ("192.0.2.1",)),
        ("default               192.0.2.1          UG    0    lan0      1500", ("192.0.2.1",)),
        ("192.0.2.0/24       link#1             U        vtnet0", ()),
    ],
)
def test_the_default_route_of_every_netstat(line: str, found: tuple[str, ...]) -> None:
    assert parse_defaults(f"Routing tables\n\nInternet:\n{line}\n{line}\n") == found


def test_comments_and_empty_lines_do_not_count() -> None:
    assert lines_of("# a\n\n  b=1  \n\t#c\n") == ["b=1"]


def test_lines_are_dropped_and_added() -> None:
    assert edit_lines("a\nb\na\n", lambda line: line == "a", ["c"]) == "b\nc\n"


@given(before=lines, ours=st.lists(st.sampled_from(["x=1", "y=2"]), min_size=1), clash=st.booleans())
def test_a_block_can_be_undone_to_the_letter(before: list[str], ours: list[str], clash: bool) -> None:
    text = "".join(f"{line}\n" for line in before)
    put = put_block(text, "arp_hide", ours, lambda line: clash and bool(line))
    assert has_block(put, "arp_hide")
    assert set(ours) <= set(lines_of(put))
    assert drop_block(put, "arp_hide") == text
    assert put_block(put, "arp_hide", ours, lambda line: clash and bool(line)) == put


def test_two_blocks_do_not_meddle_with_each_other() -> None:
    one = put_block("a=1\nb=1\n", "arp_hide", ["a=2"], lambda line: line == "a=1")
    both = put_block(one, "default_gateway", ["b=2"], lambda line: line == "b=1")
    assert lines_of(both) == ["a=2", "b=2"]
    assert drop_block(both, "default_gateway") == one


def test_half_a_block_is_left_alone() -> None:
    broken = put_block("", "arp_hide", ["a=1"], lambda _line: False).rpartition("# End")[0]
    assert drop_block(broken, "arp_hide") == broken
