# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs and files of the kernel that print something odd: what is read of it has its shape, or it is an LvsError."""

from __future__ import annotations

import contextlib
import json
import typing as t
from collections.abc import Callable

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import readers
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall import nft
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import links
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ip_json import objects_in
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import connections, entries
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import arptables, tunnels
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import reply
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.evidence import read_answer
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Chance, Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import mutated, mutated_text

Data = dict[str, t.Any]

_LINKS: list[Data] = [
    {
        "ifindex": 2,
        "ifname": "eth0",
        "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
        "mtu": 1500,
        "link_type": "ether",
        "address": "02:00:00:00:01:00",
        "linkinfo": {"info_kind": "vlan", "info_data": {"id": 5}},
        "addr_info": [
            {"family": "inet", "local": "192.168.1.9", "prefixlen": 24, "secondary": True},
            {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "dynamic": True},
        ],
    },
    {"ifname": "ip6tnl0", "flags": ["NOARP"], "linkinfo": {"info_kind": "ip6tnl", "info_data": {"proto": "any"}}},
]
_ROUTES: list[Data] = [
    {"dst": "default", "gateway": "192.168.1.254", "dev": "eth0", "protocol": "dhcp", "metric": 100, "flags": []},
    {"dst": "192.168.1.0/24", "dev": "eth0", "protocol": "kernel", "prefsrc": "192.168.1.9"},
    {"dst": "10.0.0.0/8", "via": {"family": "inet6", "host": "fe80::1"}, "dev": "eth0", "metrics": [{"advmss": 1400}]},
    {"dst": "10.1.0.0/16", "gateway": "192.168.1.8", "dev": "eth0", "table": "7600", "protocol": "76"},
]
_NEIGHBOURS: list[Data] = [
    {"dst": "192.168.1.11", "dev": "eth0", "lladdr": "02:00:00:00:02:00", "state": ["REACHABLE"]},
    {"dst": "192.168.1.12", "dev": "eth0", "state": ["FAILED"]},
]
_RULES: list[Data] = [
    {"priority": 0, "src": "all", "table": "local"},
    {"priority": 7600, "src": "192.168.1.110", "table": "7600"},
]
_NFT: Data = {
    "nftables": [
        {"metainfo": {"version": "1.0.6"}},
        {"table": {"family": "ip", "name": "lvs", "handle": 1}},
        {"rule": {"family": "ip", "table": "lvs", "chain": "marks", "handle": 3, "comment": "fwmark 5", "expr": []}},
    ]
}


def _saying(printed: str) -> links.Run:
    return lambda _argv: printed


JSON: dict[str, tuple[object, Callable[[str], object]]] = {
    "links": (_LINKS, lambda printed: tunnels.links_of(links.interfaces(_saying(printed)))),
    "ports": (
        [{"port": 6080, "gue": None, "family": "inet6"}],
        lambda printed: tunnels.parse_ports(links.ask(_saying(printed), "fou", "show")),
    ),
    "routes": (_ROUTES, lambda printed: links.routes(_saying(printed), 4)),
    "way": (_ROUTES[1:], links.parse_way),
    "rules": (_RULES, lambda printed: reply.parse_rules(objects_in(printed, "ip rule"))),
    "entries": (_ROUTES, lambda printed: reply.parse_entries(objects_in(printed, "ip route"), 4)),
    "nft": (_NFT, nft._comments),
}
# What the module lvs_evidence reads, and under which kind it sends that to the doctor.
EVIDENCE: dict[str, tuple[object, Callable[[str], object]]] = {
    "interfaces": (
        _LINKS,
        lambda printed: [readers.interface_entry(one) for one in links.interfaces(_saying(printed))],
    ),
    "neighbours": (
        _NEIGHBOURS,
        lambda printed: [readers.neighbour_entry(one) for one in links.neighbours(_saying(printed))],
    ),
    "routes": (
        _ROUTES,
        lambda printed: [readers.route_entry(one) for one in links.ask(_saying(printed), "route", needed=("dst",))],
    ),
    "ways": (_ROUTES, lambda printed: [readers.parse_way(printed, "192.168.1.1", None)]),
}
_SS = """\
tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*
udp   UNCONN 0      0      127.0.0.1%lo:53        0.0.0.0:*
tcp   SYN-SENT 0    1        192.168.1.9:40000  192.168.1.110:80
"""
_CONN = """\
TCP C0A801FE A2F2 C0A8016E 0050 C0A8010B 0050 ESTABLISHED     899
TCP 2001:0db8:0000:0000:0000:0000:0000:00fe 0000 2001:0db8:0:0:0:0:0:6e 0050 C0A8010B 0050 NONE     899
"""
_COUNTERS = "TcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 0 7\nIp: Forwarding InUnknownProtos\nIp: 1 -1\n"
LINES: dict[str, tuple[str, Callable[[str], object]]] = {
    "listeners": (_SS, readers.parse_listeners),
    "sockets": (_SS, readers.parse_sockets),
    "counters": (_COUNTERS, readers.parse_counters),
    "units": ("lvs-ipvs.service loaded active exited Restore\n", readers.parse_units),
    "nameservers": ("nameserver 192.168.1.1\n# x\n", readers.parse_nameservers),
    "arptables": ("Chain INPUT (policy ACCEPT)\n-j DROP -d 192.168.1.110\n", arptables.parse_rules),
    "connections": (_CONN, lambda printed: connections.count(printed.splitlines(), ())),
}


def printed(value: object, random: Chance) -> str:
    """What a program prints in JSON, or nearly."""
    with contextlib.suppress(ValueError, RecursionError):
        changed = mutated(value, random)
        return json.dumps(changed) if random.random() < 0.7 else mutated_text(json.dumps(changed), random)
    return "{"


@pytest.mark.parametrize("name", JSON)
def test_odd_json_is_read_or_an_error(inputs: Inputs, name: str) -> None:
    value, parse = JSON[name]
    assert parse(json.dumps(value))
    for random in inputs(150):
        with contextlib.suppress(LvsError):
            parse(printed(value, random))


@pytest.mark.parametrize("kind", EVIDENCE)
def test_what_a_host_reads_the_doctor_takes(inputs: Inputs, kind: str) -> None:
    """A host that is sound never sends what counts as unreadable, whatever its ip prints."""
    value, parse = EVIDENCE[kind]
    assert parse(json.dumps(value))
    for random in inputs(150):
        with contextlib.suppress(LvsError):
            seen = parse(printed(value, random))
            assert not read_answer({"evidence": {kind: seen}}).unreadable


@pytest.mark.parametrize("name", LINES)
def test_odd_lines_are_read_or_an_error(inputs: Inputs, name: str) -> None:
    whole, parse = LINES[name]
    for random in inputs(200):
        with contextlib.suppress(LvsError):
            parse(mutated_text(whole, random))


def test_odd_connections_are_read_or_an_error(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = ["192.168.1.254", "2001:db8::fe"]
    for random in inputs(300):
        lines = mutated_text(_CONN, random).splitlines()
        monkeypatch.setattr(connections, "lines", lambda lines=lines: iter(lines))
        with contextlib.suppress(LvsError):
            assert all(entry.client in clients for entry in entries.read(clients))
