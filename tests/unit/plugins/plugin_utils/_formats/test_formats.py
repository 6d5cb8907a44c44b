# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old files of other tools: what is read, what is listed, and that nothing is lost on the way back."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import no_lookup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    ServiceKey,
    Table,
    Tunnel,
    sort_realservers,
    sort_services,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    formats,
    inventory,
    ipvsadm,
    keepalived,
    keepalived_server,
    ldirectord,
    lvs_cf,
    render_keepalived,
    render_ldirectord,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.beside import files_beside
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import Old, OldFile
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.ipvs_tables import tables

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
NAMES = {"vip.example.com": "192.168.1.110", "rip1": "192.168.1.11"}
WEB = ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None)
MARK5 = ServiceKey("ipv4", None, None, 0, 5)

Reader = t.Callable[[OldFile], Old]


def read(reader: Reader, text: str) -> Old:
    return reader(OldFile(text, "old", no_lookup, NAMES.get))


def clean(reader: Reader, text: str) -> Table:
    """What is read of a text about which there is nothing to say."""
    old = read(reader, text)
    assert [finding["message"] for finding in old.findings.sorted()] == []
    return tuple(old.services)


def said(old: Old) -> list[tuple[str, str]]:
    """Where and what, of each finding."""
    return [(finding["path"], finding["message"]) for finding in old.findings.sorted()]


def dr(rip: str, weight: int = 1, port: int = 80) -> Realserver:
    return Realserver(rip, port, "dr", weight)


# ipvsadm -S

IPVSADM: dict[str, tuple[str, dict[str, t.Any]]] = {
    "1.31 -Sn": ("-A -t 192.168.1.110:80 -s wlc\n-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1\n", {}),
    "-S with names": ("-A -t vip.example.com:http -s wlc\n-a -t vip.example.com:http -r rip1:http -g -w 1\n", {}),
    "a script": (
        "#!/bin/sh\n/sbin/ipvsadm -C\n/sbin/ipvsadm -A -t 192.168.1.110:www # web\n"
        "/sbin/ipvsadm -a -t 192.168.1.110:www -r 192.168.1.11\n",
        {},
    ),
    "long options": (
        "--add-service --tcp-service 192.168.1.110:80 --scheduler wlc\n"
        "--add-server --tcp-service 192.168.1.110:80 --real-server 192.168.1.11:80 --gatewaying --weight 1\n",
        {},
    ),
    "persistent": (
        "-A -t 192.168.1.110:80 -s wlc -p 360 -M 255.255.255.0\n-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1\n",
        {"persistence": 360, "persistence_netmask": "255.255.255.0"},
    ),
    "-p alone": (
        "-A -t 192.168.1.110:80 -s wlc -p\n-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1\n",
        {"persistence": 360},
    ),
    "letters together, values behind them": (
        "-At 192.168.1.110:80 -swlc\n-at192.168.1.110:80 -r 192.168.1.11 -gw=1\n",
        {},
    ),
    "what was cleared": ("-A -f 5\n-C\n-A -t 192.168.1.110:80\n-a -t 192.168.1.110:80 -r 192.168.1.11:80\n", {}),
    "a byte order mark": (
        "\ufeff-A -t 192.168.1.110:80 -s wlc\n-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1\n",
        {},
    ),
}


@pytest.mark.parametrize("case", IPVSADM)
def test_ipvsadm_lines(case: str) -> None:
    text, changes = IPVSADM[case]
    assert clean(ipvsadm.read, text) == (Service(WEB, realservers=(dr("192.168.1.11"),))._replace(**changes),)


def test_ipvsadm_1_27_prints_pe_and_ops_without_dashes() -> None:
    text = "-A -u 192.168.1.110:5060 -s rr -p 60 pe sip ops\n-a -u 192.168.1.110:5060 -r 192.168.1.11:5060 -m -w 2 \n"
    (service,) = clean(ipvsadm.read, text)
    assert (service.persistence_engine, service.one_packet, service.realservers[0].forwarding) == ("sip", True, "nat")


def test_ipvsadm_1_31_prints_large_marks_as_negative_numbers() -> None:
    (service,) = clean(ipvsadm.read, "-A -f -16 -6 -s rr\n-a -f -16 -6 -r [2001:db8::1]:0 -g -w 1\n")
    assert service.key == ServiceKey("ipv6", None, None, 0, 2**32 - 16)


def test_ipvsadm_1_31_tunnels() -> None:
    text = (
        "-A -t 192.168.1.110:80 -s sh -b sh-fallback,sh-port\n"
        "-a -t 192.168.1.110:80 -r 192.168.1.11:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum\n"
        "-a -t 192.168.1.110:80 -r 192.168.1.12:80 -i -w 1 --tun-type ipip\n"
    )
    (service,) = clean(ipvsadm.read, text)
    assert service.scheduler_flags == ("sh-fallback", "sh-port")
    assert [one.tunnel for one in service.realservers] == [Tunnel("gue", 6080, "none"), Tunnel()]


def test_what_is_wrong_in_ipvsadm_rules_is_all_said() -> None:
    text = (
        "-A -t 192.168.1.110:80 -s wlcc\n"
        "-a -t 192.168.1.110:80 -r 192.168.1.300:80 -g -w 1\n"
        "-a -t 192.168.1.111:80 -r 192.168.1.11:80 -g -w 1\n"
        "-A -t 192.168.1.112:80 -s sh -b \n"
        "-a -t 192.168.1.112:80 -r 192.168.1.11:80 (null) -w 1\n"
        "-D -t 192.168.1.112:80\n"
        "--set 900 120 300\n"
        "-A -f -99999999999 -s rr -w 1\n"
    )
    old = read(ipvsadm.read, text)
    messages = dict(said(old))
    assert messages["old:1 scheduler"].startswith("is not a scheduler")
    assert messages["old:2 rip"].startswith("is not an address")
    assert messages["old:3 -a"] == "belongs to a service that no line adds (got '192.168.1.11')."
    assert "old:4 -b" in messages
    assert messages["old:5"].startswith("is not an option")
    assert messages["old:6"].startswith("is not a line that adds")
    assert "'--set 900 120 300'" in messages["old:7"]
    assert messages["old:8 fwmark"].startswith("is not a firewall mark")
    assert messages["old:8 weight"] == "belongs to the other kind of line."
    assert [finding["path"] for finding in old.findings.sorted() if finding["severity"] == "warning"] == ["old:7"]


LISTED = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
UDP  192.168.1.110:5060 sh (sh-fallback,sh-port) persistent 360 mask 255.255.255.0 pe sip ops
  -> 192.168.1.11:5060            Route   n/a           2      0          0
  -> 192.168.1.12:5060            Tunnel  gue:19523:r+c 1      3          0
FWM  -16 IPv6 rr
  -> [fd00::1]:0                  Masq    n/a           1      0          0
"""


def test_ipvsadm_ln() -> None:
    old = read(ipvsadm.read, LISTED)
    assert [path for path, _message in said(old)] == ["old:4"]
    assert listing(old.services) == [
        "-A -u 192.168.1.110:5060 -s sh -p 360 -M 255.255.255.0 --pe sip -o -b sh-fallback,sh-port",
        "-a -u 192.168.1.110:5060 -r 192.168.1.11:5060 -g -w 2",
        "-a -u 192.168.1.110:5060 -r 192.168.1.12:5060 -i -w 1 --tun-type gue --tun-port 19523 --tun-remcsum",
        "-A -f 4294967280 -6 -s rr",
        "-a -f 4294967280 -6 -r [fd00::1]:0 -m -w 1",
    ]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("gue:19523:r+c", "             ", "says which kind of tunnel"),
        ("192.168.1.11:5060 ", "rs1.example.com:sip ", "is not a number, and names are cut off"),
        ("Scheduler Flags", "Weight PersistConn", "are counters or thresholds instead"),
        ("Masq ", "Bypass ", "is no realserver that a table of ours may have"),
        ("IPv6 rr", "IPv6 rr what", "is nothing that ipvsadm prints there"),
        ("FWM  -16", "FWMM -16", "is not a line of ipvsadm -Ln"),
    ],
)
def test_ipvsadm_ln_faults(before: str, after: str, what: str) -> None:
    assert any(what in message for _path, message in said(read(ipvsadm.read, LISTED.replace(before, after, 1))))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("-A -t 192.168.1.110:80 -p 0", "is no time that ipvsadm takes"),
        ("-A -t 192.168.1.110:80 -p -M 24", "is another netmask to ipvsadm"),
        ("-A -t 192.168.1.110:80 -M 255.255.255.0", "means nothing to ipvsadm without -p"),
        ("-A -f 5 -p -M 24 -6", "where ipvsadm forgets it"),
        ("-A -t 192.168.1.110:80 -s rr -s wrr", "is given a second time"),
        ("-A -t [2001:db8::1]", "has brackets and no port"),
        ("-a -r 192.168.1.11 -m -t 192.168.1.110:80", "stands before its service"),
    ],
)
def test_what_ipvsadm_makes_of_its_options(line: str, what: str) -> None:
    assert any(what in message for _path, message in said(read(ipvsadm.read, f"-A -f 9\n{line}\n")))


def test_a_service_twice() -> None:
    old = read(
        ipvsadm.read, "-A -t 192.168.1.110:80\n-a -t 192.168.1.110:80 -r 192.168.1.11\n-A -t 192.168.1.110:http\n"
    )
    assert ("old:3", "is in line 1 already (got 'tcp 192.168.1.110:80').") in said(old)


# keepalived.conf


def block(head: str, *body: str) -> str:
    return "\n".join([f"{head} {{", *body, "}"])


def real_server(where: str, *body: str) -> str:
    return block(f"real_server {where}", *body)


def test_keepalived_virtual_server() -> None:
    text = block(
        "virtual_server 192.168.1.110 80",
        "lb_algo sh ! the old word",
        "lb_kind DR",
        "sh-port",
        "persistence_timeout",
        "protocol TCP",
        "weight 3",
        real_server("192.168.1.11 80", "uthreshold 100", "lthreshold 50"),
        real_server("192.168.1.12 80", "weight 0", "lvs_method TUN type gue port 6080 csum"),
    )
    expected = Service(
        WEB,
        scheduler="sh",
        scheduler_flags=("sh-port",),
        persistence=360,
        realservers=(
            Realserver("192.168.1.11", 80, "dr", 3, 100, 50),
            Realserver("192.168.1.12", 80, "tun", 0, 0, 0, Tunnel("gue", 6080, "csum")),
        ),
    )
    assert clean(keepalived.read, text) == (expected,)
    # Braces stand where they like.
    assert clean(keepalived.read, text.replace(" {", "\n{")) == (expected,)
    assert clean(keepalived.read, text.replace("{\n", "{ ").replace("\n}", " }")) == (expected,)


def virtual(*body: str, where: str = "192.168.1.110 80") -> str:
    return block(f"virtual_server {where}", *body)


ONE = real_server("192.168.1.11 80")
TUNNEL6 = real_server("2001:db8::11", "lvs_method TUN")
# What keepalived makes of it, as `ipvsadm -Sn` prints it, without the line of the realserver where that says nothing.
KEEPALIVED: dict[str, tuple[str, str]] = {
    "no protocol is UDP": (virtual(ONE), "-A -u 192.168.1.110:80 -s wlc"),
    "no method is NAT": (virtual(ONE), "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -m -w 1"),
    "a netmask makes persistent": (
        virtual("persistence_granularity 255.255.255.0", ONE),
        "-A -u 192.168.1.110:80 -s wlc -p 360 -M 255.255.255.0",
    ),
    "a prefix makes persistent": (
        virtual("persistence_granularity 64", real_server("2001:db8::11"), where="2001:db8::110 80"),
        "-A -u [2001:db8::110]:80 -s wlc -p 360 -M 64",
    ),
    "all clients alike": (
        virtual("persistence_granularity 0.0.0.0", "persistence_engine sip", "ops", ONE),
        "-A -u 192.168.1.110:80 -s wlc -p 360 -M 0.0.0.0 --pe sip -o",
    ),
    "port 0 makes persistent": (virtual(ONE, where="192.168.1.110"), "-A -u 192.168.1.110:0 -s wlc -p 360"),
    "an engine needs persistence": (virtual("persistence_engine sip", ONE), "-A -u 192.168.1.110:80 -s wlc"),
    "persistence_timeout 0": (virtual("persistence_timeout 0", ONE), "-A -u 192.168.1.110:80 -s wlc"),
    "ops with tcp": (virtual("ops", "protocol tcp", ONE), "-A -t 192.168.1.110:80 -s wlc"),
    "a flag above its scheduler": (virtual("sh-port", "lvs_sched sh", ONE), "-A -u 192.168.1.110:80 -s sh"),
    "a mark has the family of its tunnels": (virtual(TUNNEL6, where="fwmark 7"), "-A -f 7 -6 -s wlc"),
    "a mark has the family of its realservers": (
        virtual("lb_kind DR", real_server("2001:db8::11"), where="fwmark 7"),
        "-A -f 7 -6 -s wlc",
    ),
    "a mark with tunnels of both families": (
        virtual(TUNNEL6, real_server("192.168.1.11", "lvs_method TUN"), where="fwmark 7"),
        "-A -f 7 -s wlc",
    ),
    "a mark with a sorry server": (
        virtual("sorry_server 192.168.1.13", "lvs_method TUN", real_server("2001:db8::11"), where="fwmark 7"),
        "-A -f 7 -s wlc",
    ),
    "a method starts anew": (
        virtual("lvs_method TUN type gue port 6080", real_server("192.168.1.11 80", "lvs_method TUN")),
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -i -w 1 --tun-type ipip",
    ),
    "the method above counts": (
        virtual("lvs_method DR", ONE, "lvs_method TUN"),
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1",
    ),
    "the last weight counts": (
        virtual(ONE, "weight 3", "weight 4"),
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -m -w 4",
    ),
    "lb_kind is none of a realserver's": (
        virtual(real_server("192.168.1.11 80", "lb_kind DR")),
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -m -w 1",
    ),
    "the first of a range alone": (virtual(ONE, where="192.168.1.110-112 80"), "-A -u 192.168.1.110:80 -s wlc"),
    "texts that stand for others": (
        "$VIP=192.168.1.110\n$RS=192.168.1.11 80\n" + virtual(real_server("${RS}"), where="$VIP 80"),
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -m -w 1",
    ),
    "a group has no netmask": (
        block("virtual_server_group g", "192.168.1.110 80")
        + virtual("persistence_granularity 255.255.255.0", ONE, where="group g"),
        "-A -u 192.168.1.110:80 -s wlc -p 360",
    ),
}


@pytest.mark.parametrize("case", KEEPALIVED)
def test_what_keepalived_makes_of_it(case: str) -> None:
    text, line = KEEPALIVED[case]
    old = read(keepalived.read, text)
    assert line in listing(old.services), said(old)
    assert not old.findings.refused


def test_keepalived_groups_have_ranges_and_marks() -> None:
    entries = ("192.168.1.110-112 80", "192.168.2.1-192.168.2.2 80", "192.168.3.4/31 80", "2001:db8::9-b 80")
    text = "\n".join(
        [
            block("virtual_server_group web", *entries, "fwmark 5 inet"),
            block("virtual_server group web", "protocol TCP", "lvs_method TUN", real_server("192.168.1.11")),
        ]
    )
    assert [service.key.label for service in clean(keepalived.read, text)] == [
        "tcp 192.168.1.110:80",
        "tcp 192.168.1.111:80",
        "tcp 192.168.1.112:80",
        "tcp 192.168.2.1:80",
        "tcp 192.168.2.2:80",
        "tcp 192.168.3.4:80",
        "tcp 192.168.3.5:80",
        "tcp [2001:db8::9]:80",
        "tcp [2001:db8::a]:80",
        "tcp [2001:db8::b]:80",
        "fwmark 5 ipv4",
    ]


def test_ports_mean_nothing_where_a_mark_leads_by_dr() -> None:
    text = block("virtual_server fwmark 5", "lvs_method DR", real_server("192.168.1.11 80"))
    old = read(keepalived.read, text)
    assert old.services == [Service(MARK5, realservers=(dr("192.168.1.11", port=0),))]
    assert said(old)[0][0] == "old:3 port"
    old = read(ipvsadm.read, "-A -f 5\n-a -f 5 -r 192.168.1.11:80 -g\n")
    (service,) = inventory.inventory(old)["all"]["vars"]["lvs_services"]
    assert service["realservers"] == ["realserver1"]
    assert any("has a port in the pool of fwmark 5 ipv4" in message for _path, message in said(old))


def test_keepalived_parts_without_a_place_are_listed_each_by_its_name() -> None:
    text = "\n".join(
        [
            block("global_defs", *(f"a_long_keyword_number_{number} x" for number in range(9)), "lvs_sync_daemon eth0"),
            block(
                "vrrp_instance VI",
                "state MASTER",
                "unicast_src_ip 203.0.113.9",
                block("authentication", "auth_type PASS", "auth_pass geheim"),
                block("virtual_ipaddress", "192.168.1.110/24 dev eth0", "192.168.1.120"),
            ),
            block("virtual_server_group nobody", "192.168.1.130 80"),
            block("SSL", "password geheim"),
            block(
                "virtual_server 192.168.1.110 80",
                "delay_loop 6",
                "lvs_method DR",
                "protocol TCP",
                "sorry_server 192.168.1.20 80",
                real_server("192.168.1.11 8080", "HTTP_GET {", "url {", "path /#x", "}", "}"),
                "delay_lop 3",
            ),
        ]
    )
    old = read(keepalived.read, text)
    text_said = "\n".join(f"{path} {message}" for path, message in said(old))
    for part in (
        "a_long_keyword_number_8 (line 10), lvs_sync_daemon (line 11)",
        "unicast_src_ip (line 15), authentication (line 16), auth_type (line 17), auth_pass (line 18)",
        "is taken over as the address alone, without /24 dev eth0",
        "is used by no virtual_server, with 192.168.1.130 80",
        "'delay_loop 6'",
        "'sorry_server 192.168.1.20 80'",
        "is not taken over, with url (line 38), path (line 39)",
        "is not used: forwarding dr",
        "is the VIP of no service",
        "is no keyword of a virtual_server, and keepalived ignores it",
    ):
        assert part in text_said
    assert "geheim" not in report(old.findings.sorted())
    assert old.dips == []
    assert old.services == [Service(WEB, realservers=(dr("192.168.1.11"),))]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("}", "old:1", "closes no block"),
        ("{\n}", "old:1", "opens the block of no statement"),
        ("virtual_server 192.168.1.110 80 {", "old:1 virtual_server", "has no closing brace"),
        ("virtual_server 192.168.1.110 80", "old:1 virtual_server", "has no block"),
        ('virtual_server "192.168.1.110 80 {', "old:1", "has a quotation mark without its other one"),
        (f"router_id {'x' * 1100}", "old:1", "is longer than 1023 bytes"),
        ("router_id \0", "old:1", "has a NUL character"),
        ("@host1 virtual_server 192.168.1.110 80", "old:1", "depends on the host that reads it"),
        ("~SEQ(x, 1, 2) 192.168.1.$x", "old:1", "stands for several lines"),
        ("$X=a \\\n b", "old:1", "stands for several lines"),
        ("virtual_sever 192.168.1.110 80 {\n}", "old:1 virtual_sever", "is no block of the top"),
        (virtual("include x"), "old:2 include", "is another file, which is not beside this one"),
        (virtual(real_server("192.168.1.11", "include x")), "old:3 include", "is another file"),
        (virtual("TCP_CHEK {", "}"), "old:2 TCP_CHEK", "is no block of a virtual_server"),
        (virtual("lvs_sched rr {", "}"), "old:2 lvs_sched", "takes no block"),
        (virtual("real_server 192.168.1.11 80"), "old:2 real_server", "has no block"),
        (virtual("lb_kind dr"), "old:2 lb_kind", "is not a method to keepalived"),
        (virtual("lb_kind TUN type"), "old:2 lb_kind", "has no value that is one"),
        (virtual("lb_kind TUN what"), "old:2 lb_kind", "is not an option of a tunnel"),
        (virtual("lvs_sched rrr"), "old:2 lvs_sched", "is not a scheduler"),
        (virtual("protocol icmp"), "old:2 protocol", "is not a protocol"),
        (virtual("weight 0"), "old:2 weight", "is not a number from 1 to 65535"),
        (virtual("persistence_timeout x"), "old:2 persistence_timeout", "is not a number from 1"),
        (virtual("persistence_granularity 24"), "old:2 persistence_granularity", "is not a netmask"),
        (virtual("ip_family inet6"), "old:2 ip_family", "is not the family of what stands above"),
        (virtual("ip_family ipx"), "old:2 ip_family", "is not an address family"),
        (virtual(ONE, where="192.168.1.110 http"), "old:1 virtual_server", "is not a number from 0 to 65535"),
        (virtual(ONE, where="vip.example.com 80"), "old:1 vip", "is not an address"),
        (virtual(real_server("rip1 80")), "old:2 rip", "is not an address"),
        (virtual(real_server("2001:db8::1"), "lvs_method TUN"), "old:2 real_server", "is not of the service's family"),
        (virtual(ONE, where="group web"), "old:1 virtual_server", "is no virtual_server_group of this file"),
        (block("virtual_server_group g", "192.168.1.110-1 80"), "old:2 192.168.1.110-1", "is neither an address nor"),
        (block("virtual_server_group g", "10.0.0.250-10.0.1.2 80"), "old:2 10.0.0.250-10.0.1.2", "last part alone"),
        (block("virtual_server_group g", "10.0.0.1/24 80"), "old:2 '10.0.0.1/24'", "is neither an address nor"),
        (block("virtual_server_group g", "fwmark x"), "old:2 fwmark", "is not a number"),
        (block("virtual_server_group g", "fwmark 5 ipx"), "old:2 fwmark", "is not an address family"),
        (
            block("virtual_server_group g", "10.0.0.1 80\n}\nvirtual_server_group g {"),
            "old:4 virtual_server_group",
            "line 1",
        ),
        (
            block("virtual_server_group g", "10.0.0.1 80", "fd00::1 80", "fwmark 5") + virtual(ONE, where="group g"),
            "old:1 virtual_server_group",
            "has addresses of both families",
        ),
        (
            block("virtual_server_group g", "fd00::1 80") + virtual(ONE, where="group g"),
            "old:1 virtual_server_group",
            "is not of the family of the realservers, ipv4",
        ),
        (
            "global_defs { nftables_ipvs }\n"
            + block("virtual_server_group g", "10.0.0.1 80")
            + virtual(ONE, where="group g"),
            "old:4 virtual_server",
            "makes firewall marks of groups",
        ),
        ("a {\n" * 30, "old:20 a", "holds a block more than 20 deep"),
    ],
)
def test_keepalived_traps(text: str, where: str, what: str) -> None:
    found = said(read(keepalived.read, text))
    assert any(path == where and what in message for path, message in found), found


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = virtual(
        *("protocol x", "lvs_sched x", "lvs_method x", "weight x", "persistence_timeout x", "ip_family x"),
        real_server("x 80", "weight x", "uthreshold x", "lvs_method x"),
        real_server("192.168.1.11 x", "lthreshold x"),
    )
    errors = [one["path"] for one in read(keepalived.read, text).findings.sorted() if one["severity"] == "error"]
    assert errors == [
        *("old:2 protocol", "old:3 lvs_sched", "old:4 lvs_method", "old:5 weight", "old:6 persistence_timeout"),
        *("old:7 ip_family", "old:8 rip", "old:9 weight", "old:10 uthreshold", "old:11 lvs_method"),
        *("old:13 real_server", "old:14 lthreshold"),
    ]


def test_keepalived_comments_end_at_quotes() -> None:
    body = ("protocol TCP", "lvs_method DR # direct", 'virtualhost "a!b#c"', "snmp_name a\\#b", ONE)
    assert said(read(keepalived.read, virtual(*body))) == [
        ("old:4 virtualhost", "is not taken over (got 'virtualhost a!b#c')."),
        ("old:5 snmp_name", "is not taken over (got 'snmp_name a#b')."),
    ]


def test_included_files_are_read_where_they_are_included(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/a.conf").write_text(real_server("192.168.1.11 80") + "\ninclude b.txt\n")
    (tmp_path / "conf.d/b.txt").write_text("\nweight x\nlvs_method DR\n" + real_server("192.168.1.12 80"))
    (tmp_path / "conf.d/.c.conf").write_text("}")
    (tmp_path / "empty.d").mkdir()
    text = virtual(
        "protocol TCP", "include /etc/keepalived/{conf,empty}.d/*.conf", "include empty.d/*.conf", "weight 2"
    )
    source = OldFile(text, "old", included=files_beside(tmp_path))
    old = keepalived.read(source)
    assert [path for path, _message in said(old)] == ["conf.d/b.txt:2 weight"]
    (tmp_path / "conf.d/b.txt").write_text("\nlvs_method DR\n" + real_server("192.168.1.12 80"))
    old = keepalived.read(OldFile(text, "old", included=files_beside(tmp_path)))
    assert old.services == [
        Service(WEB, realservers=(Realserver("192.168.1.11", 80, "dr", 2), Realserver("192.168.1.12", 80, "dr", 2)))
    ]


@pytest.mark.parametrize(
    "pattern", ["../secret", "/etc/hostname", "link", "none.conf", "none.d/*.conf", "../*.conf", "loop.conf", "", "/"]
)
def test_nothing_is_read_but_what_lies_beside_the_file(tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret").write_text("geheim")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "loop.conf").write_text("include loop.conf\n")
    text = f"include {pattern}\n" if pattern else "include \\\n"
    old = keepalived.read(OldFile(text, "old", included=files_beside(folder)))
    errors = [one for one in old.findings.sorted() if one["severity"] == "error"]
    assert errors, pattern
    assert "geheim" not in report(errors)


# ldirectord.cf


def test_ldirectord() -> None:
    text = """\
checktimeout=3
virtual=vip.example.com:http
        real=192.168.1.11->192.168.1.12:80 gate 2
        real=rip1:443 gate
        service=http
        scheduler=wlc
        persistent=600
        netmask=255.255.255.0
        protocol=tcp
# a mark
virtual = 5
        real=192.168.1.11 masq 3 "index.html", "Test"
        protocol=fwm
"""
    read_old = read(ldirectord.read, text)
    assert said(read_old) == [
        ("old:4", "is in line 3 already (got '192.168.1.11:80')."),
        ("old:1 checktimeout", "is not taken over (got '3')."),
        ("old:4 port", "is not used: forwarding dr cannot change the port of the service, 80 (got '443')."),
        ("old:5 service", "is not taken over (got 'http')."),
        ("old:12 'request and receive'", "is not taken over (got 'index.html')."),
    ]
    assert read_old.services == [
        Service(WEB, "wlc", (), 600, "255.255.255.0", realservers=(dr("192.168.1.11", 2), dr("192.168.1.12", 2))),
        Service(MARK5, "wrr", realservers=(Realserver("192.168.1.11", 0, "nat", 3),)),
    ]


HERE = "virtual=192.168.1.110:80"
# What ldirectord makes of it, as `ipvsadm -Sn` prints it.
LDIRECTORD: dict[str, tuple[str, str]] = {
    "port 53 is UDP": ("virtual=192.168.1.110:53", "-A -u 192.168.1.110:53 -s wrr"),
    "domain is UDP": ("virtual=192.168.1.110:domain", "-A -u 192.168.1.110:53 -s wrr"),
    "but not if it says TCP": ("virtual=192.168.1.110:53\n\tprotocol=tcp", "-A -t 192.168.1.110:53 -s wrr"),
    "thresholds": (
        f"{HERE}\n\treal=192.168.1.11:80 gate 10 l:50 u:100",
        "-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 10 -x 100 -y 50",
    ),
    "behind a request": (
        f'{HERE}\n\treal=192.168.1.11:80\tmasq\t3 "a b", "c" u:9',
        "-a -t 192.168.1.110:80 -r 192.168.1.11:80 -m -w 3 -x 9 -y 0",
    ),
    "flags": (
        f"{HERE}\n\tschedflags=sh-port,sh-fallback\n\tscheduler=sh",
        "-A -t 192.168.1.110:80 -s sh -b sh-fallback,sh-port",
    ),
    "one packet": (f"{HERE}\n\tops=yes\n\tprotocol=udp", "-A -u 192.168.1.110:80 -s wrr -o"),
    "one packet of TCP is none": (f"{HERE}\n\tops=yes", "-A -t 192.168.1.110:80 -s wrr"),
    "a remark behind a value": (f"{HERE} # x\n\tprotocol=udp\t# remark", "-A -u 192.168.1.110:80 -s wrr"),
    "a netmask without persistence": (f"{HERE}\n\tnetmask=255.255.255.0", "-A -t 192.168.1.110:80 -s wrr"),
    "supervised": (f"supervised\n{HERE}", "-A -t 192.168.1.110:80 -s wrr"),
    "the last counts": (f"{HERE}\n    scheduler=rr\n    scheduler=lc", "-A -t 192.168.1.110:80 -s lc"),
    "a range of names over an octet": (
        f"{HERE}\n\treal=192.168.0.254->rip1:80 gate",
        "-a -t 192.168.1.110:80 -r 192.168.0.255:80 -g -w 1",
    ),
    "an IPv6 mark": ("virtual6=5\n\treal6=[2001:db8::1] gate", "-a -f 5 -6 -r [2001:db8::1]:0 -g -w 1"),
    "a byte order mark": (f"\ufeff{HERE}", "-A -t 192.168.1.110:80 -s wrr"),
}


@pytest.mark.parametrize("case", LDIRECTORD)
def test_what_ldirectord_makes_of_it(case: str) -> None:
    text, line = LDIRECTORD[case]
    old = read(ldirectord.read, text)
    assert line in listing(old.services), said(old)
    assert not old.findings.refused


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        ("        real=192.168.1.13:80", "old:2 real", "has no method behind the address"),
        ("        real=192.168.1.13:80 local", "old:2 real", "has no method behind the address"),
        ("        real=192.168.1.13->192.168.1.1:80 gate", "old:2 real", "is not a range of at most"),
        ("        real=192.168.1.13:80 gate u:9 l:5", "old:2 real", "ldirectord jumps over it"),
        ("        real=192.168.1.13:80 gate what", "old:2 real", "is nothing that ldirectord knows there"),
        ("        real=192.168.1.13:what gate", "old:2 real", "is not the name of a port"),
        ("        real6=[2001:db8::1]:80 gate", "old:2 real6", "is not how a realserver of this ipv4 service"),
        ("        real=[2001:db8::1]:80 ipip", "old:2 '[2001:db8::1]'", "is not an ipv4 address"),
        ("        protocol=fwm", "old:2 protocol", "is the protocol of a fwmark only"),
        ("        protocol=sctp", "old:2 protocol", "is not a protocol of ldirectord"),
        ("        persistent=0", "old:2 persistent", "is no time that ipvsadm takes"),
        ("        persistent=60\n        netmask=24", "old:3 netmask", "has not the form that ldirectord wants"),
        ("        ops=maybe", "old:2 ops", "has not the form that ldirectord wants"),
        ("        quiescent=yes ", "old:2 quiescent", "has not the form that ldirectord wants"),
        ("fork=maybe", "old:2 fork", "has not the form that ldirectord wants"),
        ("        what", "old:2 what", "is no directive of a virtual service"),
        ("        schedular=rr", "old:2 schedular", "is no directive of a virtual service"),
        ("real=192.168.1.13:80 gate", "old:2 real", "is no directive of ldirectord outside"),
        ("\n        scheduler=rr", "old:3 scheduler", "is no directive of ldirectord outside"),
        ("chektimeout=1", "old:2 chektimeout", "is no directive of ldirectord outside"),
        ("virtual=192.168.1.111", "old:2 virtual", "is neither an address with its port nor a firewall mark"),
        ("virtual=[2001:db8::1]:80", "old:2 virtual", "is neither an address with its port"),
        ("virtual=192.168.1.111:80\n    fallback=127.0.0.1:80", "old:3 fallback", "is the only realserver"),
    ],
)
def test_ldirectord_faults(line: str, where: str, what: str) -> None:
    old = read(ldirectord.read, f"virtual=192.168.1.110:80\n{line}\n        real=192.168.1.11:80 gate\n")
    if "fallback" in line:
        old = read(ldirectord.read, f"virtual=192.168.1.110:80\n{line}\n")
    line_at, _blank, item = where.partition(" ")
    found = said(old)
    assert any(
        path.startswith(line_at) and (item in path or item in message) and what in message for path, message in found
    ), found


def test_secrets_of_ldirectord_are_named_and_never_shown() -> None:
    real = "\n\treal=192.168.1.11:80 gate\n"
    old = read(ldirectord.read, f'{HERE}\n\tlogin="geheim"\n\tpasswd = "geheim"\n\tsecret="geheim"{real}')
    findings = old.findings.sorted()
    assert [str(finding["path"]) for finding in findings[:3]] == ["old:2 login", "old:3 passwd", "old:4 secret"]
    assert "geheim" not in report(findings)
    assert "geheim" not in repr(findings)


# lvs.cf

# The listing of section 6.1 of the HOWTO, with the lines that the conversion from PDF to text broke put right.
PIRANHA = """\
serial_no = 38
primary = 1.2.3.4
service = lvs
backup = 0.0.0.0
network = direct
virtual http {
     active = 1
     address = 1.2.3.5 eth1
     port = 80
     send = "GET / HTTP/1.0\\r\\n\\r\\n"
     expect = "HTTP"
     scheduler = wlc
     protocol = tcp
     server www4real {
         address = 1.2.3.10
         active = 1
         weight = 1
     }
     server off {
         address = 1.2.3.11
         active = 0
         weight = 1
     }
}
"""


def test_lvs_cf_of_section_6_1() -> None:
    old = read(lvs_cf.read, PIRANHA)
    key = ServiceKey("ipv4", "tcp", "1.2.3.5", 80, None)
    assert old.services == [Service(key, "wlc", realservers=(dr("1.2.3.10"),))]
    # The address of the director on some network; only nat_router says one on that of the realservers.
    assert (old.dips, old.names[key], old.hosts["1.2.3.10"]) == ([], "http", "www4real")
    assert [path for path, _message in said(old)] == [
        "old:1 serial_no",
        "old:2 primary",
        "old:4 backup",
        "old:8 address",
        "old:10 send",
        "old:11 expect",
        "old:19 server",
    ]
    whole = inventory.inventory(old)["all"]
    assert whole["children"]["realservers"]["hosts"] == {
        "www4real": {"ansible_host": "1.2.3.10", "lvs_rip": "1.2.3.10"}
    }
    assert whole["vars"]["lvs_services"][0]["name"] == "http"


def test_lvs_cf_marks_keep_their_vip() -> None:
    text = PIRANHA.replace("     port = 80\n", "     port = 80\n     fwmark = 5\n")
    (service,) = inventory.inventory(read(lvs_cf.read, text))["all"]["vars"]["lvs_services"]
    assert (service["fwmark"], service["vip"], "port" in service) == (5, "1.2.3.5", False)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("network = direct\n", "", "-a -t 1.2.3.5:80 -r 1.2.3.10:80 -m -w 1"),
        ("     port = 80\n", "", "-A -t 1.2.3.5:80 -s wlc"),
        ("port = 80", "port = 010", "-A -t 1.2.3.5:8 -s wlc"),
        ("port = 80", "port = 0x50", "-A -t 1.2.3.5:80 -s wlc"),
        ("port = 80", "port = http", "-A -t 1.2.3.5:80 -s wlc"),
        ("port = 80", "port = 80\n     port = 81", "-A -t 1.2.3.5:81 -s wlc"),
        ("scheduler = wlc", "scheduler = lc\n     scheduler = rr", "-A -t 1.2.3.5:80 -s rr"),
        ("scheduler = wlc", "pmask = 255.255.255.0", "-A -t 1.2.3.5:80 -s wlc"),
        ("scheduler = wlc", "persistent = 60\n     pmask = fd00::1", "-A -t 1.2.3.5:80 -s wlc -p 60"),
        ("scheduler = wlc", "persistent = 60\n     pmask = 255.0.0.0", "-A -t 1.2.3.5:80 -s wlc -p 60 -M 255.0.0.0"),
        ("scheduler = wlc", "persistent = 60\n     pmask = 0.0.0.0", "-A -t 1.2.3.5:80 -s wlc -p 60"),
        ("serial_no", "\ufeffserial_no", "-A -t 1.2.3.5:80 -s wlc"),
    ],
)
def test_what_piranha_makes_of_it(before: str, after: str, line: str) -> None:
    assert before in PIRANHA
    old = read(lvs_cf.read, PIRANHA.replace(before, after, 1))
    assert line in listing(old.services), said(old)


def test_a_realserver_has_the_port_that_is_known_where_it_begins() -> None:
    text = PIRANHA.replace("     port = 80\n", "").replace("network = direct", "network = nat")
    text = text.removesuffix("}\n") + "     port = 8080\n}\n"
    assert "-a -t 1.2.3.5:8080 -r 1.2.3.10:80 -m -w 1" in listing(read(lvs_cf.read, text).services)


def test_nat_router_is_the_address_on_the_network_of_the_realservers() -> None:
    router = "nat_router = 192.168.1.254 eth1:1\nnat_nmask = 255.255.255.0\n"
    old = read(lvs_cf.read, PIRANHA.replace("network = direct\n", f"network = nat\n{router}"))
    assert old.dips == ["192.168.1.254"]
    assert ("old:7 nat_nmask", "is not taken over (got '255.255.255.0').") in said(old)


@pytest.mark.parametrize(
    ("old_text", "new_text", "where", "what"),
    [
        ("network = direct", "network = tunel", "old:5 network", "is not a forwarding method"),
        ("service = lvs", "service = fos", "old:3 service", "none of the virtual servers"),
        ("     port = 80", "     polt - ov", "old:9", "is not a line of lvs.cf"),
        ("     port = 80", "     port=80", "old:9", "is not a line of lvs.cf"),
        ("     port = 80", "     polt = 80", "old:9", "is no directive of lvs.cf in this place"),
        ("     port = 80", "     port = 80 # x", "old:9 port", "stands behind the value"),
        ("     port = 80", "     port = nonsense", "old:9 port", "is not the name of a TCP port"),
        ("     active = 1", "     active = yes", "old:7 active", "is neither 0 nor 1"),
        ("scheduler = wlc", "scheduler = sed", "old:12 scheduler", "is no scheduler of piranha"),
        ("weight = 1", "weight = one", "old:17 weight", "is not a number"),
        ("virtual http {", "virtal http {", "old:6", "is no block of lvs.cf"),
        ("weight = 1\n     }\n}", "weight = 1\n     }\n}\n}", "old:25", "closes no block"),
    ],
)
def test_lvs_cf_faults(old_text: str, new_text: str, where: str, what: str) -> None:
    old = read(lvs_cf.read, PIRANHA.replace(old_text, new_text))
    assert any(path == where and what in message for path, message in said(old)), said(old)


# Recognised by content


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# x\nLVSCONF_FORMAT=1.1\nSERVICE=t http rr 1.2.3.4", "lvs_conf"),
        ("! x\nvirtual_server 1.2.3.4 80 {", "keepalived"),
        ("checktimeout=1\nvirtual = 1.2.3.4:80", "ldirectord"),
        (PIRANHA, "lvs_cf"),
        ("ipvsadm -A -t 1.2.3.4:80", "ipvsadm"),
        ("-A -f 5 -s rr", "ipvsadm"),
        ("-Af5 -srr", "ipvsadm"),
        (LISTED, "ipvsadm"),
        ("\ufeffvirtual=5", "ldirectord"),
        ("all:\n  hosts:\n", None),
        ("", None),
    ],
)
def test_recognised_by_content(text: str, kind: str | None) -> None:
    assert formats.recognise(text) == kind


# And back again


def test_an_inventory_says_what_the_file_cannot() -> None:
    old = read(ipvsadm.read, "-A -f 5 -s rr\n-a -f 5 -r 127.0.0.1:0 -g -w 1\n-a -f 5 -r 192.168.1.11:0 -g -w 1\n")
    whole = inventory.inventory(old)["all"]
    assert [path for path, _message in said(old)] == ["lvs_dip", "lvs_services", "old:2"]
    assert whole["vars"]["lvs_services"][0]["realservers"] == ["realserver1"]
    assert whole["children"]["directors"]["hosts"] == {"director": {}}


def named(names: t.Mapping[str, str], *rips: str) -> dict[str, str]:
    return inventory.name_hosts(rips, names)


def test_names_of_hosts() -> None:
    assert named({}, "10.0.0.1", "10.0.0.2", "10.0.0.1") == {"10.0.0.1": "realserver1", "10.0.0.2": "realserver2"}
    taken = {"10.0.0.1": "director", "10.0.0.2": "realserver1", "10.0.0.3": "realserver1", "10.0.0.4": "{{ x }}"}
    assert named(taken, *taken) == {
        "10.0.0.1": "realserver2",
        "10.0.0.2": "realserver1",
        "10.0.0.3": "realserver3",
        "10.0.0.4": "realserver4",
    }


def captured(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def test_what_keepalived_made_of_our_file_as_ipvsadm_printed_it() -> None:
    """Captured on Debian 12: keepalived 2.2.7 read the file, ipvsadm 1.31 -Sn printed the kernel's table.

    ipvsadm loses the thresholds, and the third flag of the schedulers sh and mh.
    """
    wrote = clean(keepalived.read, captured("keepalived/2.2.7-debian12.conf"))
    printed = read(ipvsadm.read, captured("ipvsadm/1.31-debian12.txt"))
    assert said(printed) == [("old:144 -b", "is missing: ipvsadm lost which flags the scheduler has.")]
    assert len(printed.services) == 56
    assert tuple(map(as_ipvsadm_prints, wrote)) == tuple(printed.services)


def as_ipvsadm_prints(service: Service) -> Service:
    pool = (one._replace(upper_threshold=0, lower_threshold=0) for one in service.realservers)
    lost = "flag-3" if service.scheduler in ("sh", "mh") else ""
    flags = tuple(flag for flag in service.scheduler_flags if flag != lost)
    return service._replace(realservers=tuple(pool), scheduler_flags=flags)


def with_realservers(table: Table) -> Table:
    return tuple(service for service in table if service.realservers)


@given(tables())
def test_ipvsadm_rules_are_read_back(table: Table) -> None:
    assert tuple(read(ipvsadm.read, "\n".join(listing(table))).services) == table


@given(tables())
def test_keepalived_is_read_back(table: Table) -> None:
    expected = tuple(map(render_keepalived.as_keepalived_has_it, with_realservers(table)))
    assert clean(keepalived.read, render_keepalived.render(table)) == expected


def lvs_cf_text(table: Table, network: str) -> str:
    lines = [f"network = {network}"]
    for number, service in enumerate(table):
        key = service.key
        lines += [f"virtual s{number} {{", " active = 1", f" scheduler = {service.scheduler}"]
        lines += [f" fwmark = {key.fwmark}"] if key.vip is None else []
        lines += [f" address = {key.vip}", f" port = {key.port}", f" protocol = {key.protocol}"] if key.vip else []
        lines += [f" persistent = {service.persistence}"] if service.persistence else []
        lines += [f" pmask = {service.persistence_netmask}"] if service.persistence_netmask else []
        for one in service.realservers:
            lines += [f" server {one.rip} {{", "  active = 1", f"  address = {one.rip}", f"  port = {one.port}"]
            lines += [f"  weight = {one.weight}", " }"]
        lines.append("}")
    return "\n".join(lines)


SCHEDULERS_OF_PIRANHA = ("dh", "lblc", "lblcr", "lc", "rr", "sh", "wlc", "wrr")


def plain(table: Table, method: str | None = None, families: tuple[str, ...] = ("ipv4", "ipv6")) -> Table:
    """The part of a table that piranha can say."""
    kept = []
    for service in table:
        key = service.key
        if key.protocol == "sctp" or key.family not in families:
            continue
        pool = {}
        for one in service.realservers:
            forwarding = method or one.forwarding
            port = one.port if forwarding == "nat" or key.vip is None else key.port
            if forwarding != "tun" and (":" in one.rip) != (key.family == "ipv6"):
                continue
            tunnel = Tunnel() if forwarding == "tun" else None
            pool[one.rip, port] = Realserver(one.rip, port, forwarding, one.weight, tunnel=tunnel)
        bare = service._replace(scheduler_flags=(), persistence_engine=None, one_packet=False)
        kept.append(bare._replace(realservers=sort_realservers(pool.values())))
    return sort_services(kept)


@given(tables())
def test_ldirectord_is_read_back(table: Table) -> None:
    text = render_ldirectord.render(table)
    kept = [render_ldirectord.as_ldirectord_has_it(service) for service in table]
    assert tuple(read(ldirectord.read, text).services) == tuple(service for service in kept if service)
    assert ("LEFT OUT" in text) == (kept != list(table))


@given(tables(), st.sampled_from([("direct", "dr"), ("nat", "nat"), ("tunnel", "tun")]))
def test_lvs_cf_is_read_back(table: Table, method: tuple[str, str]) -> None:
    table = tuple(
        service._replace(scheduler=service.scheduler if service.scheduler in SCHEDULERS_OF_PIRANHA else "wlc")
        for service in plain(table, method[1], ("ipv4",))
    )
    assert tuple(read(lvs_cf.read, lvs_cf_text(table, method[0])).services) == table


def planned(whole: dict[str, t.Any]) -> dict[str, t.Any]:
    hosts = {group: one["hosts"] for group, one in whole["all"]["children"].items()}
    hostvars = {name: variables for members in hosts.values() for name, variables in members.items()}
    groups = {group: list(members) for group, members in hosts.items()}
    services = whole["all"]["vars"]["lvs_services"]
    return make_plan(services, {**groups, "all": list(hostvars)}, hostvars, no_lookup)


@given(tables())
def test_the_plan_of_the_inventory_is_the_table(table: Table) -> None:
    """Only what nobody can mean is different: by dr and tun a service by mark has no port of its own."""
    table = tuple(
        service
        for service in with_realservers(table)
        if len({one.rip for one in service.realservers}) == len(service.realservers)
    )
    old = read(ipvsadm.read, "\n".join(listing(table)))
    whole = inventory.inventory(old, ["192.168.1.9", "2001:db8:9::9"])
    plan = planned(whole)
    if any(finding["severity"] == "error" for finding in plan["findings"]):
        # The table held what the plan refuses, such as a VIP that is a RIP: it says so, and nothing is dropped.
        assert len(whole["all"]["vars"]["lvs_services"]) == len(table)
        return
    expected = sort_services(
        service._replace(
            realservers=sort_realservers(
                one if one.forwarding == "nat" or service.key.vip else one._replace(port=0)
                for one in service.realservers
            )
        )
        for service in table
    )
    assert parse_table(plan["hosts"]["director"]["director"]["services"]) == expected


READERS: dict[str, Reader] = {
    "ipvsadm": ipvsadm.read,
    "keepalived": keepalived.read,
    "ldirectord": ldirectord.read,
    "lvs_cf": lvs_cf.read,
}
PIECES = st.sampled_from(
    [
        *(
            "-A -t 192.168.1.110:80 ",
            "-a -f 5 -r ",
            "-s rr ",
            "-p ",
            "-b ",
            "[",
            "]:80",
            "-f -",
            "{{ 1 + 1 }}",
            "\x1b[2J",
            "\n",
            "{\n",
            "}\n",
        ),
        *(
            "virtual_server ",
            "virtual_server_group g {\n",
            "real_server ",
            "192.168.1.110-",
            "fwmark ",
            "lvs_method TUN type ",
        ),
        *(
            "virtual=",
            "\n real=",
            "->",
            " gate ",
            "network = direct\n",
            "virtual x {\n",
            "active = 1\n",
            "server y {\n",
            " address = ",
        ),
        *(
            "9" * 1900,
            "\x00",
            "\u0663",
            "²",
            '"',
            "!",
            "$",
            "~SEQ",
            "1.2.3.4",
            "2001:db8::",
            "port ",
            "vrrp_instance {\nvirtual_ipaddress {\n",
        ),
    ]
)


@given(st.sampled_from(sorted(READERS)), st.lists(PIECES | st.text(max_size=6), max_size=25).map("".join))
def test_garbage_makes_findings_and_nothing_else(reader: str, text: str) -> None:
    old = read(READERS[reader], text)
    whole = inventory.inventory(old)
    findings = old.findings.sorted()
    assert "{{" not in repr(whole), "an inventory is full of templates"
    assert "\x1b" not in report(findings)
    assert all("\n" not in str(finding["message"]) for finding in findings)


KEYWORDS = {
    "keepalived": {
        *keepalived._ROOT,
        *keepalived_server._OF_VIRTUAL,
        *keepalived_server._OF_REAL,
        *keepalived_server._CHECKERS,
        *keepalived_server._FLAG_WORDS,
    },
    "ldirectord": {*ldirectord._GLOBAL, *ldirectord._INSIDE, *ldirectord._SETTINGS} - {"fallback6"},
    "lvs_cf": {*lvs_cf._GLOBAL, *lvs_cf._TAKEN, *lvs_cf._OF_VIRTUAL, *lvs_cf._OF_SERVICE, *lvs_cf._OF_SERVER},
}


@pytest.mark.parametrize("kind", KEYWORDS)
def test_the_page_about_old_files_names_every_keyword(kind: str) -> None:
    page = (Path(__file__).resolve().parents[5] / "docs/old-files.md").read_text(encoding="utf-8")
    title = {"keepalived": "### keepalived.conf", "ldirectord": "### ldirectord.cf", "lvs_cf": "### lvs.cf"}[kind]
    part = page.split(title, 1)[1].split("\n#", 1)[0]
    words = set(re.findall(r"[A-Za-z0-9_-]+", " ".join(re.findall(r"`([^`]*)`", part))))
    assert KEYWORDS[kind] - words == set()
