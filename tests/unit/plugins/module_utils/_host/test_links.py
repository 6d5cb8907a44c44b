# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ip -j` says in its several ways of interfaces, routes and neighbours."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import links
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import (
    Address,
    Interface,
    Neighbour,
    Route,
    Run,
)

VIP = "192.168.1.110"

# Captured from iproute2 6.1 on Linux 6.18, shortened by the keys that nobody reads.
ADDR_LO = (
    '{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"addr_info":['
    '{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo"},'
    '{"family":"inet","local":"192.168.1.110","prefixlen":32,"scope":"global","label":"lo"},'
    '{"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}]}'
)
ADDR_E0 = (
    '{"ifindex":3,"link_index":2,"ifname":"e0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"addr_info":['
    '{"family":"inet","local":"192.0.2.11","prefixlen":24,"scope":"global","label":"e0"},'
    '{"family":"inet","local":"192.0.2.50","prefixlen":24,"scope":"global","secondary":true,"label":"e0"},'
    '{"family":"inet","local":"192.0.2.60","prefixlen":24,"metric":1024,"scope":"global","dynamic":true},'
    '{"family":"inet6","local":"fd00::10","prefixlen":128,"scope":"global","nodad":true,"deprecated":true}]}'
)
LO = Interface(
    "lo",
    frozenset({"LOOPBACK", "UP", "LOWER_UP"}),
    (Address("127.0.0.1", 8), Address(VIP, 32), Address("::1", 128)),
    mtu=65536,
)
E0 = Interface(
    "e0",
    frozenset({"BROADCAST", "MULTICAST", "UP", "LOWER_UP"}),
    (
        Address("192.0.2.11", 24),
        Address("192.0.2.50", 24, secondary=True),
        Address("192.0.2.60", 24, dynamic=True),
        Address("fd00::10", 128),
    ),
)

# Captured from iproute2 6.1; the entries with nexthops, via and type are of the same shape.
ROUTES4 = json.dumps(
    [
        {"dst": "default", "gateway": "192.168.2.254", "dev": "vec0", "protocol": "static", "flags": []},
        {"dst": "default", "gateway": "10.0.0.1", "dev": "eth1", "protocol": "dhcp", "metric": 100, "flags": []},
        {"dst": "0.0.0.0/1", "gateway": "192.168.2.253", "dev": "vec0", "protocol": "76", "flags": []},
        {"dst": "192.168.2.0/24", "dev": "vec0", "protocol": "kernel", "scope": "link", "flags": []},
        {"dst": "192.168.1.1", "gateway": "192.168.2.254", "dev": "vec0", "protocol": "76", "flags": []},
        {"dst": "10.1.0.0/16", "via": {"family": "inet6", "host": "fe80::1"}, "dev": "vec0", "flags": []},
        {"dst": "10.2.0.0/16", "flags": [], "nexthops": [{"gateway": "10.0.0.1", "dev": "eth1", "weight": 1}]},
        {"type": "unreachable", "dst": "10.3.0.0/16", "dev": "lo", "flags": []},
    ]
)


def says(text: str) -> Run:
    """An `ip` that prints this."""

    def run(argv: Sequence[str]) -> str:
        assert argv[:2] == ("ip", "-j")
        return text

    return run


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("\n", []),
        ("[]", []),
        (f"[{ADDR_LO},{ADDR_E0}]", [LO, E0]),
        (f"[{{}},{ADDR_LO}]", [LO]),
        (ADDR_LO.join("[]").replace('"addr_info":[', '"addr_info":[{},{},'), [LO]),
        (
            '[{"ifname":"tun0","flags":["POINTOPOINT","NOARP"]}]',
            [Interface("tun0", frozenset({"POINTOPOINT", "NOARP"}))],
        ),
        (
            '[{"ifname":"ppp0","addr_info":[{"family":"inet","local":"10.0.0.1","address":"10.0.0.2","prefixlen":32}]}]',
            [Interface("ppp0", frozenset(), (Address("10.0.0.1", 32),))],
        ),
    ],
)
def test_interfaces(text: str, found: list[Interface]) -> None:
    assert links.interfaces(says(text)) == found


@pytest.mark.parametrize("text", ["1: lo: <LOOPBACK,UP>", "{", '{"ifname":"lo"}', "[1]", "null"])
def test_no_json(text: str) -> None:
    for read in (links.interfaces, links.neighbours, lambda run: links.routes(run, 4)):
        with pytest.raises(LvsError, match="is not JSON"):
            read(says(text))


def test_a_temporary_ipv6_address_is_not_a_secondary() -> None:
    text = json.dumps(
        [{"ifname": "e0", "addr_info": [{"family": "inet6", "local": "fd00::2", "prefixlen": 64, "secondary": True}]}]
    )
    assert links.interfaces(says(text))[0].addresses == (Address("fd00::2", 64),)


def test_routes() -> None:
    assert links.routes(says(ROUTES4), 4) == [
        Route("0.0.0.0/0", "192.168.2.254", "vec0", 0, "static"),
        Route("0.0.0.0/0", "10.0.0.1", "eth1", 100, "dhcp"),
        Route("0.0.0.0/1", "192.168.2.253", "vec0", 0, "76"),
        Route("192.168.2.0/24", None, "vec0", 0, "kernel", connected=True),
        Route("192.168.1.1/32", "192.168.2.254", "vec0", 0, "76"),
        Route("10.1.0.0/16", None, "vec0"),
        Route("10.2.0.0/16", None, None),
        Route("10.3.0.0/16", None, "lo"),
    ]
    assert links.routes(says(""), 6) == []
    default = '[{"dst":"default","gateway":"fe80::1","dev":"e","metric":1024}]'
    assert links.routes(says(default), 6) == [Route("::/0", "fe80::1", "e", 1024)]


@pytest.mark.parametrize(
    ("text", "way", "connected"),
    [
        ('[{"dst":"192.168.1.1","gateway":"192.168.2.254","dev":"e"}]', ("192.168.2.254", "e"), False),
        ('[{"dst":"192.168.2.1","dev":"e"}]', (None, "e"), True),
        ('[{"type":"local","dst":"192.168.2.1","dev":"lo"}]', (None, "lo"), True),
        ('[{"dst":"1.2.3.4","via":{"family":"inet6","host":"fe80::1"},"dev":"e"}]', ("via", "e"), False),
    ],
)
def test_way(text: str, way: tuple[str | None, str], connected: bool) -> None:
    found = links.parse_way(text)
    assert (found.way, found.connected) == (way, connected)


def test_details_of_a_device() -> None:
    printed = [
        {"ifname": "e0", "link_type": "ether", "address": "02:00:00:00:00:01", "mtu": 1500},
        {"ifname": "tunl0", "link_type": "ipip", "address": "192.0.2.1", "linkinfo": {"info_kind": "ipip"}},
        {"ifname": "gre0", "linkinfo": {"info_kind": "gre", "info_data": {"icsum": True}}},
    ]
    nic, ipip, gre = links.interfaces(says(json.dumps(printed)), details=True)
    assert (nic.kind, nic.mac, nic.mtu) == ("ether", "02:00:00:00:00:01", 1500)
    assert (ipip.kind, ipip.mac) == ("ipip", None)
    assert gre.details == {"icsum": True}


def test_neighbours() -> None:
    printed = [
        {"dst": "192.0.2.1", "dev": "e0", "lladdr": "02:00:00:00:00:01", "state": ["REACHABLE"]},
        {"dst": VIP, "proxy": None},
        {"dst": "default", "dev": "e0"},
    ]
    assert links.neighbours(says(json.dumps(printed))) == [
        Neighbour("192.0.2.1", "e0", "02:00:00:00:00:01", ("REACHABLE",)),
        Neighbour(VIP, "", None, ()),
    ]
