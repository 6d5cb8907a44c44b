# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen on a realserver of the lab, from what its tools printed (iproute2 6.1, kernel 7.2)."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import time
import typing as t
from collections.abc import Sequence
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import host, probe
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.host import Questions, Way, gather
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.readers import (
    boot_settings,
    module_state,
    no_way,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived import vrrp
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.sysctl import Line
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Service
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_table, lvs_evidence

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

VIP, CIP = "192.168.1.110", "192.168.1.254"
ANY = str(ipaddress.IPv4Address(0))
_LO = {"ifname": "lo", "flags": ["LOOPBACK", "UP", "LOWER_UP"], "mtu": 65536, "link_type": "loopback"}
_NIC = {"ifname": "vec0", "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], "mtu": 1500, "link_type": "ether"}
_TUNNEL = {"ifname": "tunl0", "flags": ["NOARP", "UP"], "mtu": 1480, "linkinfo": {"info_kind": "ipip"}}
INTERFACES = [
    {**_LO, "addr_info": [{"family": "inet", "local": VIP, "prefixlen": 32}]},
    {},
    {
        **_NIC,
        "address": "02:00:00:00:02:00",
        "addr_info": [{"family": "inet", "local": "192.168.1.11", "prefixlen": 24}],
    },
    {**_TUNNEL, "addr_info": []},
]
ANSWERS = {
    "ip -j -d addr": json.dumps(INTERFACES),
    "ip -j neigh show": json.dumps(
        [
            {"dst": "192.168.1.1", "dev": "vec0", "lladdr": "26:32:a5:ce:48:69", "state": ["DELAY"]},
            {"dst": "192.168.1.99", "dev": "vec0", "state": ["FAILED"]},
        ]
    ),
    "ip -j -4 route show table all": json.dumps(
        [
            {"dst": "default", "gateway": CIP, "dev": "vec0", "metrics": [{"advmss": 1440}]},
            {"dst": "192.168.1.0/24", "dev": "vec0", "prefsrc": "192.168.1.11"},
        ]
    ),
    "ip -j -6 route show table all": "",
    "ip -4 rule": "0:\tfrom all lookup local\n",
    "ip -6 rule": "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n",
    "ip -j addr": json.dumps(INTERFACES),
    f"ip -j route get {CIP}": json.dumps([{"dst": CIP, "dev": "vec0", "prefsrc": "192.168.1.11", "cache": []}]),
    f"ip -j route get {CIP} from {VIP}": json.dumps(
        [{"dst": CIP, "from": VIP, "gateway": "192.168.1.9", "dev": "vec0", "cache": ["redirected"]}]
    ),
    "ss -Hntul": (
        "tcp LISTEN 0 1024 0.0.0.0:80 0.0.0.0:*\n"
        "tcp LISTEN 0 1024 *:23 *:*\n"
        "udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*\n"
        "tcp LISTEN 0 1024 [::]:80 [::]:*\n"
    ),
    f"ss -Hntua ( dst {VIP} or dport = :113 or dport = :53 )": (
        f"tcp SYN-SENT 0 1 192.168.1.11:40000 {CIP}:113\ntcp ESTAB 0 0 {VIP}:40001 {VIP}:23\n"
    ),
    "modprobe -nv ip_vs": "insmod /lib/modules/7.2.7/kernel/net/netfilter/ipvs/ip_vs.ko \n",
    "systemctl list-units --all --plain --no-legend lvs-*": "lvs-vip-lo.service loaded active exited LVS virtual IPs\n",
    "iptables-legacy-save -c": "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
}


class Machine:
    """A host in a directory whose tools answer from a table, and fail in no other way than with an exit status."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.answers = dict(ANSWERS)
        self.refusals: dict[str, str] = {}
        self.put("/run/systemd/system/x", "")
        self.put("/proc/modules", "loop 1 0 - Live 0x0\n")
        self.put("/proc/sys/net/ipv4/ip_forward", "0\n")
        for interface in ("all", "vec0", "eth0.5"):
            self.put(f"/proc/sys/net/ipv4/conf/{interface}/arp_ignore", "1\n")
        self.put("/etc/resolv.conf", "# x\nnameserver 10.0.0.53\n")

    def put(self, path: str, text: str) -> None:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def execute(self, argv: Sequence[str], given: str = "") -> Completed:
        if given:
            return self._batched(argv, [self.execute(["ip", "-j", *line.split()]) for line in given.splitlines()])
        line = " ".join(argv)
        said = self.answers.get(line)
        complaint = "" if said is not None else self.refusals.get(line, "no such")
        return Completed(tuple(argv), 0 if said is not None else 2, said or "", complaint)

    @staticmethod
    def _batched(argv: Sequence[str], answers: list[Completed]) -> Completed:
        """It ends at the first that fails."""
        failed = next((number for number, one in enumerate(answers) if one.rc), len(answers))
        said = "".join(f"{one.stdout}\n" for one in answers[:failed])
        return Completed(tuple(argv), 0 if failed == len(answers) else 1, said, "")

    def look(self, *modules: str) -> dict[str, t.Any]:
        ways = (Way(CIP), Way(CIP, VIP), Way("198.51.100.1"))
        return gather(Host(str(self.root), self.execute), Questions((VIP,), ways, modules))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(host, "table_owners", lambda: ["keepalived"])
    return Machine(tmp_path)


def test_addresses_and_what_they_are_on(machine: Machine) -> None:
    lo, nic, tunnel = machine.look()["interfaces"]
    assert (lo["name"], lo["speaks_arp"], lo["mac"]) == ("lo", False, None)
    assert lo["addresses"] == [{"address": VIP, "prefix": 32, "usable": True}]
    assert (nic["speaks_arp"], nic["mac"], nic["kind"], nic["up"]) == (True, "02:00:00:00:02:00", "ether", True)
    assert (tunnel["speaks_arp"], tunnel["kind"], tunnel["mtu"]) == (False, "ipip", 1480)


def test_neighbours_routes_and_ways(machine: Machine) -> None:
    evidence = machine.look()
    assert [(one["address"], one["mac"], one["state"]) for one in evidence["neighbours"]] == [
        ("192.168.1.1", "26:32:a5:ce:48:69", "delay"),
        ("192.168.1.99", None, "failed"),
    ]
    assert [(route["to"], route["via"], route["mss"]) for route in evidence["routes"]] == [
        ("default", CIP, 1440),
        ("192.168.1.0/24", None, None),
    ]
    plain, named, lost = evidence["ways"]
    assert (plain["via"], plain["source"], plain["redirected"]) == (None, "192.168.1.11", False)
    assert (named["via"], named["source"], named["redirected"]) == ("192.168.1.9", VIP, True)
    assert (lost["kind"], lost["to"]) == ("unreachable", "198.51.100.1")
    assert evidence["rules"] == ["0: from all lookup local"]
    assert evidence["rules6"] == ["0: from all lookup local", "32766: from all lookup main"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("RTNETLINK answers: Network is unreachable", "unreachable"),
        ("RTNETLINK answers: No route to host", "unreachable route"),
        ("RTNETLINK answers: Invalid argument", "blackhole"),
        ("RTNETLINK answers: Permission denied", "prohibit"),
        ("RTNETLINK answers: Invalid cross-device link", "filtered"),
    ],
)
def test_the_kernel_says_why_a_packet_does_not_go(said: str, kind: str) -> None:
    assert no_way(CIP, VIP, said)["kind"] == kind


def test_a_packet_that_comes_in_is_asked_about_with_its_interface(machine: Machine) -> None:
    """On the interface that has the address, or on which it is reached."""
    for arrives in ("192.168.1.11", CIP):
        asked = Questions((), (Way(VIP, CIP, arrives),))
        machine.answers[f"ip -j route get {VIP} from {CIP} iif vec0"] = json.dumps(
            [{"type": "local", "dst": VIP, "from": CIP, "dev": "lo", "flags": [], "iif": "vec0"}]
        )
        (way,) = gather(Host(str(machine.root), machine.execute), asked)["ways"]
        assert (way["kind"], way["arrives"], way["on"]) == ("local", arrives, "vec0")


REFUSED = f"ip -j route get {VIP} from {CIP} iif vec0"
BACK = f"ip -j route get {CIP} from {VIP}"


@pytest.mark.parametrize(
    ("everywhere", "on_nic", "back", "kind"),
    [
        ("0", "1", "outside", "filtered"),
        ("1", "0", "outside", "filtered"),
        ("1", "2", "outside", "blackhole"),  # the larger counts, and it is loose
        ("0", "0", "outside", "blackhole"),
        ("1", "1", "vec0", "blackhole"),  # where it came from: that is not what is filtered
        ("1", "1", None, "blackhole"),
    ],
)
def test_a_kernel_that_says_only_invalid_is_understood_by_its_filter(
    machine: Machine, everywhere: str, on_nic: str, back: str | None, kind: str
) -> None:
    for name, value in (("all", everywhere), ("vec0", on_nic)):
        machine.put(f"/proc/sys/net/ipv4/conf/{name}/rp_filter", f"{value}\n")
    machine.refusals[REFUSED] = "RTNETLINK answers: Invalid argument"
    if back:
        machine.answers[BACK] = json.dumps([{"dst": CIP, "dev": back, "flags": []}])
    else:
        machine.answers.pop(BACK, None)
    asked = Questions(ways=(Way(VIP, CIP, "192.168.1.11"),), kinds=("ways",))
    (way,) = gather(Host(str(machine.root), machine.execute), asked)["ways"]
    assert (way["kind"], way["on"]) == (kind, "vec0")


def test_what_is_not_asked_for_is_not_looked_at(machine: Machine) -> None:
    found = gather(Host(str(machine.root), machine.execute), Questions(kinds=("ways",)))
    assert sorted(found) == ["kernel", "seconds", "system", "unseen", "ways"]


def test_routes_of_all_types_in_all_tables_but_that_of_the_host_itself(machine: Machine) -> None:
    machine.answers["ip -j -4 route show table all"] = json.dumps(
        [
            {"type": "blackhole", "dst": "192.168.2.254", "flags": []},
            {"type": "unicast", "dst": "default", "gateway": CIP, "dev": "vec0", "table": "7600"},
            {"type": "local", "dst": VIP, "dev": "lo", "table": "local", "protocol": "kernel"},
            {"type": "broadcast", "dst": "192.168.1.255", "dev": "vec0", "table": "local", "protocol": "kernel"},
            {"type": "local", "dst": "192.168.1.96/28", "dev": "lo", "table": "local"},
        ]
    )
    routes = machine.look()["routes"]
    assert [(one["to"], one["kind"], one["table"]) for one in routes] == [
        ("192.168.2.254", "blackhole", "main"),
        ("default", "unicast", "7600"),
        ("192.168.1.96/28", "local", "local"),  # `ip route add local`: somebody made it so
    ]


def test_a_kernel_without_policy_routing_or_without_ipv6_has_no_rules(machine: Machine) -> None:
    for family, why in (("-4", "RTNETLINK answers: Operation not supported\nDump terminated"), ("-6", "not supported")):
        del machine.answers[f"ip {family} rule"]
        machine.refusals[f"ip {family} rule"] = why
    evidence = machine.look()
    assert (evidence["rules"], evidence["rules6"], evidence["unseen"]) == ([], [], [])
    machine.refusals["ip -4 rule"] = "Cannot open netlink socket"
    assert [one["what"] for one in machine.look()["unseen"]] == ["rules"]


def test_connections_that_wait_are_counted_by_port(machine: Machine) -> None:
    """Of processes that share a port each has a socket of its own; what waits on UDP are bytes."""
    machine.answers["ss -Hntul"] = (
        "tcp LISTEN 129 128 *:80 *:*\ntcp LISTEN 0 128 *:80 *:*\nudp UNCONN 4096 0 0.0.0.0:53 0.0.0.0:*\n"
    )
    assert machine.look()["listeners"] == [
        {"protocol": "tcp", "address": "*", "port": 80, "waiting": 129, "room": 256},
        {"protocol": "udp", "address": ANY, "port": 53},
    ]


def test_what_java_listens_on_is_an_address_of_ipv4(machine: Machine) -> None:
    """Its sockets are of IPv6, and one on an address of IPv4 takes that alone."""
    machine.answers["ss -Hntul"] = (
        f"tcp LISTEN 0 100 [::ffff:{VIP}]:8080 *:*\n"
        f"tcp LISTEN 0 100 [::ffff:{ANY}]:8081 *:*\n"
        "tcp LISTEN 0 100 [::ffff:2001:db8]:8082 [::]:*\n"
    )
    found = [(one["address"], one["port"]) for one in machine.look()["listeners"]]
    assert found == [(ANY, 8081), (VIP, 8080), ("::ffff:2001:db8", 8082)]


@pytest.mark.parametrize(
    ("flags", "usable"),
    [
        ({"dadfailed": True, "tentative": True}, False),
        ({"tentative": True}, False),
        ({"tentative": True, "optimistic": True}, True),
        ({"nodad": True}, True),
    ],
)
def test_an_address_that_another_machine_may_have_is_not_usable(
    machine: Machine, flags: dict[str, bool], usable: bool
) -> None:
    address = {"family": "inet6", "local": "2001:db8::110", "prefixlen": 128, "scope": "global"}
    machine.answers["ip -j -d addr"] = json.dumps([{**_NIC, "addr_info": [{**address, **flags}]}])
    (nic,) = machine.look()["interfaces"]
    assert nic["addresses"] == [{"address": "2001:db8::110", "prefix": 128, "usable": usable}]


_ENDPOINTS = """\
 ENDPT     SOCK   STY SSTY HBKT LPORT   UID INODE LADDRS
00000000ffff3a 00000000ff1a 2   10  28   3868      0 11542 0.0.0.0
00000000ffff3b 00000000ff1b 2   7   29   3869      0 11543 192.168.1.11 192.168.2.11
00000000ffff3c 00000000ff1c 0   10  30   2905      0 11544 192.168.1.11 192.168.2.11
00000000ffff3d 00000000ff1d 2   10  31   3870      0 11545 0000:0000:0000:0000:0000:0000:0000:0000
"""


def test_sctp_is_read_where_ss_does_not_list_it(machine: Machine) -> None:
    machine.put("/proc/net/sctp/eps", _ENDPOINTS)
    found = [(one["address"], one["port"]) for one in machine.look()["listeners"] if one["protocol"] == "sctp"]
    assert found == [("*", 3870), (ANY, 3868), ("192.168.1.11", 2905), ("192.168.2.11", 2905)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/proc/modules", "nf_tables 1 0 - Live 0x0\n"),
        (f"/lib/modules/{os.uname().release}/modules.builtin", "kernel/net/netfilter/nf_tables.ko\n"),
    ],
)
def test_arptables_that_speaks_to_nf_tables_is_asked_too(machine: Machine, path: str, text: str) -> None:
    machine.put(path, text)
    machine.put("/usr/sbin/arptables-nft-save", "")
    (machine.root / "usr/sbin/arptables-nft-save").chmod(0o755)
    machine.answers["arptables-nft-save"] = f"*filter\n:INPUT ACCEPT\n-A INPUT -j DROP -d {VIP}\nCOMMIT\n"
    assert f"-A INPUT -j DROP -d {VIP}" in machine.look()["arptables"]


def test_sockets(machine: Machine) -> None:
    evidence = machine.look()
    assert [(one["protocol"], one["address"], one["port"]) for one in evidence["listeners"]] == [
        ("tcp", "*", 23),
        ("tcp", ANY, 80),
        ("tcp", "::", 80),
        ("udp", "127.0.0.53", 53),
    ]
    assert evidence["sockets"] == [
        {"state": "syn-sent", "local": "192.168.1.11", "remote": CIP, "port": 113},
        {"state": "estab", "local": VIP, "remote": VIP, "port": 23},
    ]


def test_sockets_to_a_vip_of_each_family(machine: Machine) -> None:
    """Without the brackets, ss takes the end of an IPv6 address for a port and refuses the rest."""
    machine.answers[f"ss -Hntua ( dst {VIP} or dst [2001:db8:1::110] or dport = :113 or dport = :53 )"] = (
        "tcp ESTAB 0 0 [2001:db8:1::11]:40001 [2001:db8:1::110]:23\n"
    )
    evidence = gather(Host(str(machine.root), machine.execute), Questions((VIP, "2001:db8:1::110"), (), ()))
    assert evidence["sockets"] == [
        {"state": "estab", "local": "2001:db8:1::11", "remote": "2001:db8:1::110", "port": 23}
    ]


def test_settings_live_and_at_boot(machine: Machine) -> None:
    machine.put(
        "/etc/sysctl.d/50-x.conf", "# c\nnet.ipv4.conf.all.arp_ignore = 1\n-net/ipv4/ip_forward=0\nkernel.x=1\n"
    )
    machine.put("/usr/lib/sysctl.d/50-x.conf", "net.ipv4.conf.all.arp_ignore = 0\n")
    evidence = machine.look()
    assert evidence["settings"]["net.ipv4.conf.eth0.5.arp_ignore"] == "1"
    assert evidence["settings"]["net.ipv4.ip_forward"] == "0"
    assert "net.ipv4.vs.conntrack" not in evidence["settings"]
    file = "/etc/sysctl.d/50-x.conf"
    assert evidence["boot"] == {
        "net.ipv4.conf.all.arp_ignore": {"value": "1", "file": file},
        "net.ipv4.ip_forward": {"value": "0", "file": file},
    }
    assert boot_settings([Line("a", 1, "net.ipv4.ip_forward", "1"), Line("b", 1, "net.ipv4.ip_forward", "0")]) == {
        "net.ipv4.ip_forward": {"value": "0", "file": "b"}
    }


def test_at_boot_an_interface_has_the_name_that_it_has_live(machine: Machine) -> None:
    machine.put("/etc/sysctl.d/50-x.conf", "net.ipv4.conf.eth0/5.arp_ignore = 2\nnet/ipv4/conf/eth0.6/arp_ignore = 1\n")
    boot = machine.look()["boot"]
    assert {name: one["value"] for name, one in boot.items()} == {
        "net.ipv4.conf.eth0.5.arp_ignore": "2",
        "net.ipv4.conf.eth0.6.arp_ignore": "1",
    }


@pytest.mark.parametrize(
    ("loaded", "tried", "state"),
    [
        ({"ip_vs"}, None, "loaded"),
        (set(), (0, "insmod /lib/modules/ip_vs.ko\n"), "available"),
        (set(), (0, ""), "built in"),
        (set(), (0, "install /bin/false \n"), "blocked"),
        (set(), (1, ""), "missing"),
        (set(), None, "unknown"),
    ],
)
def test_how_a_kernel_module_stands(loaded: set[str], tried: tuple[int, str] | None, state: str) -> None:
    assert module_state("ip_vs", loaded, tried) == state


def test_the_vips_that_are_on_record(machine: Machine) -> None:
    assert machine.look()["placed"] == []
    machine.put("/var/lib/lvs/vip_address.json", '{"lvs": [{"vip": "192.168.1.110", "interface": "lo"}]}')
    assert machine.look()["placed"] == [{"vip": "192.168.1.110", "interface": "lo"}]
    machine.put("/var/lib/lvs/vip_address.json", "torn")
    looked = machine.look()
    assert looked["placed"] is None
    assert "placed" in [one["what"] for one in looked["unseen"]]


def test_which_lvs_asks_for_what(machine: Machine) -> None:
    assert machine.look()["claims"] == {}
    claims = {"vip_address": {"vip 192.168.1.110": "lo"}, "kernel_setup": {"module ip_vs": ""}}
    ledger = {"format": 1, "lvs": {"web": {"by": "alice", "since": 1, "modules": claims}}}
    machine.put("/var/lib/lvs/claims.json", json.dumps(ledger))
    assert machine.look()["claims"] == {"web": ["module ip_vs", "vip 192.168.1.110"]}


def test_who_changed_the_host_last_and_of_what_was_only_set_up_who_did_that(machine: Machine) -> None:
    assert machine.look()["changes"] == {}
    ledger = {"lvs": {name: {"by": "alice", "since": 1, "modules": {}} for name in ("web", "mail")}}
    machine.put("/var/lib/lvs/claims.json", json.dumps(ledger))
    last = {"by": "bob at controller", "at": 2, "module": "ipvs_table"}
    machine.put("/var/lib/lvs/changed.json", json.dumps({"lvs": {"web": last}}))
    assert machine.look()["changes"] == {"web": last, "mail": {"by": "alice", "at": 1, "module": ""}}


def test_memory_and_what_a_boot_brings(machine: Machine) -> None:
    machine.put("/proc/meminfo", "MemTotal:  114688 kB\nMemFree: 7 kB\nMemAvailable:   72704 kB\nnonsense\n")
    looked = machine.look()
    assert looked["memory"] == {"total": 114688, "available": 72704}
    assert looked["at_boot"] == {"services": [], "otherwise": [], "vips": []}


def test_kernel_modules_packet_filters_and_the_rest(machine: Machine) -> None:
    machine.put("/proc/net/ip_tables_names", "filter\n")
    machine.put("/usr/sbin/iptables-legacy-save", "")
    (machine.root / "usr/sbin/iptables-legacy-save").chmod(0o755)
    machine.put("/proc/sys/net/netfilter/nf_conntrack_count", "3\n")
    machine.put("/proc/sys/net/netfilter/nf_conntrack_max", "65536\n")
    machine.put("/proc/net/netstat", "TcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 0 7\n")
    evidence = machine.look("ip_vs", "loop", "nonsense")
    assert evidence["kernel_modules"] == {"ip_vs": "available", "loop": "loaded", "nonsense": "missing"}
    assert evidence["iptables"] == {"iptables-legacy-save": ["*filter", ":INPUT ACCEPT [0:0]", "COMMIT"]}
    assert (evidence["nft"], evidence["arptables"]) == ("", [])
    assert evidence["conntrack"] == {"count": 3, "max": 65536}
    assert evidence["counters"] == {"TcpExtIPReversePathFilter": 7}
    assert evidence["nameservers"] == ["10.0.0.53"]
    assert evidence["owners"] == ["keepalived"]
    assert evidence["units"][0]["unit"] == "lvs-vip-lo.service"
    assert evidence["unseen"] == []


def test_nothing_is_loaded_by_looking(machine: Machine, kernel: FakeKernel) -> None:
    """Neither the table, whose netlink family loads ip_vs, nor a packet filter is asked for where it is not loaded."""
    kernel.loaded = False
    evidence = machine.look()
    assert evidence["ipvs"] is None
    assert not kernel.loaded
    assert evidence["iptables"] == {}
    assert kernel.commands == []


def test_the_counters_are_looked_at_again_after_a_while(
    machine: Machine, kernel: FakeKernel, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    kernel.loaded = False
    asked = Questions((VIP,), sample=5)
    assert "later" not in gather(Host(str(machine.root), machine.execute), asked), "there is nothing to watch"
    run_module(ipvs_table, {"services": [{"vip": VIP, "port": 80, "realservers": [{"rip": "192.168.1.11"}]}]})
    evidence = gather(Host(str(machine.root), machine.execute), asked)
    assert evidence["later"]["states"] == evidence["ipvs"]["states"]
    assert 0 <= evidence["later"]["taken"] - evidence["ipvs"]["taken"] < 5
    # What was looked at in between is left out; the time of the first look is rounded to a hundredth of a second.
    assert [0 < one <= 5.01 for one in slept] == [True]
    assert "later" not in machine.look()


def test_the_table_where_ip_vs_is_loaded(machine: Machine, kernel: FakeKernel, run_module: RunModule) -> None:
    table = [{"vip": VIP, "port": 80, "realservers": [{"rip": "192.168.1.11"}]}]
    after = run_module(ipvs_table, {"services": table})
    assert not after.get("failed"), kernel
    evidence = machine.look()
    assert evidence["unseen"] == []
    (service,) = map(Service.from_dict, evidence["ipvs"]["services"])
    assert service.key.label == f"tcp {VIP}:80"
    assert evidence["ipvs"]["states"][0]["realservers"][0]["realserver"] == "192.168.1.11:80"
    assert evidence["drained"] == []


def test_what_cannot_be_seen_is_said_with_the_reason(machine: Machine) -> None:
    del machine.answers["ss -Hntul"]
    evidence = machine.look()
    assert evidence["listeners"] is None
    (unseen,) = evidence["unseen"]
    assert unseen["what"] == "listeners"
    assert "failed with exit status 2 (got 'no such')" in unseen["why"]
    assert evidence["interfaces"]


@pytest.mark.usefixtures("kernel")
def test_the_module_answers_with_the_evidence(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, run_module: RunModule
) -> None:
    monkeypatch.setattr(lvs_evidence, "Host", lambda: Host(str(machine.root), machine.execute))
    result = run_module(lvs_evidence, {"vips": [VIP], "ways": [{"to": CIP, "source": VIP}]}, check_mode=True)
    assert result["changed"] is False
    assert result["evidence"]["ways"][0]["via"] == "192.168.1.9"
    assert result["evidence"]["probe"] is None


# --- the network ---


def test_a_question_for_a_name() -> None:
    question = probe.encode_lookup(0x1234, CIP)
    assert question[:12] == bytes.fromhex("123401000001000000000000")
    assert question[12:].startswith(b"\x03254\x011\x03168\x03192\x07in-addr\x04arpa\x00")
    assert question[-4:] == bytes.fromhex("000c0001")


def test_connections_are_taken_or_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as gone:
        open_port, closed_port = server.getsockname()[1], gone.getsockname()[1]
        gone.close()
        endpoints = [probe.Endpoint("127.0.0.1", port) for port in (open_port, closed_port)]
        found = probe.connect([*endpoints, probe.Endpoint("::ffff:255.255.255.255", 80)])
    assert [one["outcome"] for one in found] == ["connected", "refused", "unreachable"]


def test_a_name_server_that_is_not_there_keeps_nobody_waiting() -> None:
    (answer,) = probe.look_up(["127.0.0.1"], CIP)
    assert answer["nameserver"] == "127.0.0.1"
    assert answer["seconds"] is not None


def test_only_vips_on_the_host_s_own_network_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, list[str]]] = []

    def who_has(interface: str, own: str, vips: Sequence[str], _patience: float) -> dict[str, list[str]]:
        asked.append((interface, own, list(vips)))
        return {vip: ["02:00:00:00:01:00"] for vip in vips}

    monkeypatch.setattr(probe, "who_has", who_has)
    near = {"to": VIP, "kind": "unicast", "via": None, "interface": "vec0", "source": CIP}
    far = {**near, "to": "10.0.0.1", "via": "192.168.1.1"}
    wanted = {"who_has": [VIP, "10.0.0.1"], "connect": [], "names_of": None}
    found = probe.ask(wanted, {"ways": [near, far], "nameservers": []})
    assert found["who_has"] == {VIP: ["02:00:00:00:01:00"]}
    assert asked == [("vec0", CIP, [VIP])]


MAIN, MINE = "/etc/keepalived/keepalived.conf", "/etc/keepalived/lvs/lvs.conf"
CHANGED = "systemctl show --value --property=StateChangeTimestampMonotonic keepalived.service"


def test_a_host_without_a_part_in_a_failover_has_no_systemd_asked(machine: Machine) -> None:
    evidence = machine.look()
    assert evidence["keepalived"] == {"active": False, "switched": {}, "unread": [], "keeps": []}
    assert evidence["adverts"] is None
    assert not {one["what"] for one in evidence["unseen"]} & {"keepalived", "adverts"}


@pytest.mark.parametrize(("ago", "unread"), [(0.0, []), (60.0, [MAIN, MINE])])
def test_a_part_in_a_failover(machine: Machine, ago: float, unread: list[str]) -> None:
    """Its files are of now; the unit was started or reloaded so many seconds ago."""
    for path in (MAIN, MINE):
        machine.put(path, "x\n")
    machine.answers["systemctl is-active --quiet keepalived.service"] = ""
    machine.answers[CHANGED] = f"{int((time.monotonic() - ago) * 1e6)}\n"
    assert machine.look()["keepalived"] == {"active": True, "switched": {}, "unread": unread, "keeps": []}
    machine.put("/var/lib/lvs/director", "0\n")
    assert machine.look()["keepalived"]["switched"] == {}
    machine.put("/var/lib/lvs/director", "1\n")
    assert machine.look()["keepalived"]["switched"] == {"lvs": "/var/lib/lvs/director"}


def test_adverts_are_heard_for_as_long_as_asked(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vrrp, "overhear", lambda seconds: [vrrp.Advert("192.168.1.9", 51, int(seconds))])
    evidence = gather(Host(str(machine.root), machine.execute), Questions(overhear=2.0))
    assert evidence["adverts"] == [{"source": "192.168.1.9", "router_id": 51, "priority": 2}]


def test_services_of_other_inits_that_will_be_missing(machine: Machine) -> None:
    shutil.rmtree(machine.root / "run/systemd")
    machine.put("/run/openrc/softlevel", "default\n")
    machine.put("/etc/init.d/lvs-vip-lo", "")
    machine.put("/etc/init.d/lvs-ipvs", "")
    (machine.root / "etc/runlevels/boot").mkdir(parents=True)
    for name in ("lvs-vip-lo", "lvs-ipvs"):
        (machine.root / f"etc/runlevels/boot/{name}").symlink_to(f"/etc/init.d/{name}")
    machine.put("/run/lvs-vip-lo.failed", "")
    evidence = machine.look()
    assert evidence["init"] == {"name": "OpenRC", "known": True}
    assert {one["unit"]: one["state"] for one in evidence["units"]} == {"lvs-ipvs": "active", "lvs-vip-lo": "failed"}
