# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old files of other tools: what is read, what is listed, and that nothing is lost on the way back."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import endpoint
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
    ldirectord,
    lvs_cf,
    render_keepalived,
)
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
        {"persistence": 300},
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
    assert clean(keepalived.read, text) == (
        Service(
            WEB,
            scheduler="sh",
            scheduler_flags=("sh-port",),
            persistence=360,
            realservers=(
                Realserver("192.168.1.11", 80, "dr", 3, 100, 50),
                Realserver("192.168.1.12", 80, "tun", 0, 0, 0, Tunnel("gue", 6080, "csum")),
            ),
        ),
    )


def test_keepalived_groups_have_ranges_and_marks() -> None:
    text = "\n".join(
        [
            block("virtual_server_group web", "192.168.1.110-112 80", "2001:db8::9-b 80", "fwmark 5"),
            block("virtual_server group web", "lvs_sched rr", "lvs_method TUN", real_server("192.168.1.11")),
        ]
    )
    assert [service.key.label for service in clean(keepalived.read, text)] == [
        "tcp 192.168.1.110:80",
        "tcp 192.168.1.111:80",
        "tcp 192.168.1.112:80",
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


def test_keepalived_parts_without_a_place_are_listed() -> None:
    text = "\n".join(
        [
            block("global_defs", "router_id LVS", "lvs_sync_daemon eth0"),
            block(
                "vrrp_instance VI",
                "state MASTER",
                "unicast_src_ip 192.168.1.9",
                block("virtual_ipaddress", "192.168.1.110/24 dev eth0", "192.168.1.120"),
            ),
            block(
                "virtual_server 192.168.1.110 80",
                "delay_loop 6",
                "lvs_method DR",
                "sorry_server 192.168.1.20 80",
                real_server("192.168.1.11 8080", "HTTP_GET {", "url {", "path /#x", "}", "}"),
            ),
            "include /etc/keepalived/more.conf",
        ]
    )
    old = read(keepalived.read, text)
    text_said = "\n".join(f"{path} {message}" for path, message in said(old))
    for part in (
        "global_defs {lvs_sync_daemon, router_id}",
        "vrrp_instance VI {state}",
        "'delay_loop 6'",
        "'sorry_server 192.168.1.20 80'",
        "'HTTP_GET'",
        "is not used: forwarding dr",
        "is the VIP of no service",
        "is another file",
    ):
        assert part in text_said
    assert old.dip == "192.168.1.9"
    assert old.services == [Service(WEB, realservers=(dr("192.168.1.11"),))]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("virtual_server 1.2.3.4 80 { lvs_sched rr }", "old:1", "has a brace in the wrong place"),
        ("}", "old:1", "closes no block"),
        ("virtual_server 192.168.1.110 80 {", "old:1 virtual_server", "closes this block"),
        ("@host1 virtual_server 192.168.1.110 80", "old:1", "depends on the host that reads it"),
        ("$VIP=192.168.1.110", "old:1", "is a macro, which is not expanded"),
        ("virtual_server group web {\n}", "old:1 virtual_server", "is no virtual_server_group of this file"),
        ("virtual_server 192.168.1.110-1 80 {\n}", "old:1", "is not a range of at most 256 addresses"),
        (
            "virtual_server 192.168.1.110 80 {\nreal_server 192.168.1.11 80 {\n}\n}",
            "old:2 lvs_method",
            "nothing says how packets",
        ),
        ("a {\n" * 30, "old:20 a", "holds a block more than 20 deep"),
    ],
)
def test_keepalived_traps(text: str, where: str, what: str) -> None:
    assert any(path == where and what in message for path, message in said(read(keepalived.read, text)))


def test_keepalived_comments_end_at_quotes() -> None:
    body = ("lvs_method DR # direct", 'virtualhost "a!b#c"', real_server("192.168.1.11 80"))
    text = block("virtual_server 192.168.1.110 80", *body)
    assert said(read(keepalived.read, text)) == [("old:3 virtualhost", "is not taken over (got 'virtualhost a!b#c').")]


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
    old = read(ldirectord.read, text)
    assert said(old) == [
        ("old:4", "is in line 3 already (got '192.168.1.11:80')."),
        ("old:1 checktimeout", "is not taken over (got '3')."),
        ("old:4 port", "is not used: forwarding dr cannot change the port of the service, 80 (got '443')."),
        ("old:5 service", "is not taken over (got 'http')."),
        ("old:12 real", 'is not taken over (got \'"index.html", "Test"\').'),
    ]
    assert old.services == [
        Service(WEB, "wlc", (), 600, "255.255.255.0", realservers=(dr("192.168.1.11", 2), dr("192.168.1.12", 2))),
        Service(MARK5, "wrr", realservers=(Realserver("192.168.1.11", 0, "nat", 3),)),
    ]


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        ("        real=192.168.1.13:80", "old:2 real", "is missing: nothing says by which method"),
        ("        real=192.168.1.13:80 local", "old:2 real", "is missing: nothing says by which method"),
        ("        real=192.168.1.13->192.168.1.1:80 gate", "old:2 real", "is not a range of addresses"),
        ("        protocol=fwm", "old:2 protocol", "is the protocol of a fwmark only"),
        ("        what", "old:2", "is not of the form NAME = VALUE"),
        ("fallback=127.0.0.1:80\n        real=192.168.1.13:80 gate", "old:3 real", "no virtual service stands above"),
    ],
)
def test_ldirectord_faults(line: str, where: str, what: str) -> None:
    old = read(ldirectord.read, f"virtual=192.168.1.110:80\n{line}\n        real=192.168.1.11:80 gate\n")
    assert any(path == where and what in message for path, message in said(old))


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
    assert (old.dip, old.names[key], old.hosts["1.2.3.10"]) == ("1.2.3.4", "http", "www4real")
    assert [path for path, _message in said(old)] == [
        "old:1 serial_no",
        "old:3 service",
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
    ("old_text", "new_text", "where", "what"),
    [
        ("network = direct", "network = tunel", "old:5 network", "is not a forwarding method"),
        ("network = direct\n", "", "old:1 network", "is missing: nothing says by which method"),
        ("     port = 80", "     polt - ov", "old:9", "is not a line of lvs.cf"),
        ("weight = 1\n     }\n}", "weight = 1\n     }\n}\n}", "old:25", "closes no block"),
        ("scheduler = wlc", "scheduler = wlc\n     scheduler = rr", "old:13 scheduler", "is set in line 12 already"),
    ],
)
def test_lvs_cf_faults(old_text: str, new_text: str, where: str, what: str) -> None:
    old = read(lvs_cf.read, PIRANHA.replace(old_text, new_text))
    assert any(path == where and what in message for path, message in said(old))


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
    assert [path for path, _message in said(old)] == ["lvs_dip", "lvs_services", "lvs_services"]
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


def ldirectord_text(table: Table) -> str:
    lines = []
    for service in table:
        key = service.key
        lines.append(f"virtual{'6' if key.family == 'ipv6' else ''}={key.fwmark or endpoint(str(key.vip), key.port)}")
        lines += [f"  protocol={key.protocol or 'fwm'}", f"  scheduler={service.scheduler}"]
        lines += [f"  persistent={service.persistence}"] if service.persistence else []
        lines += [f"  netmask={service.persistence_netmask}"] if service.persistence_netmask else []
        for one in service.realservers:
            method = {"nat": "masq", "dr": "gate", "tun": "ipip"}[one.forwarding]
            lines.append(f"  real={endpoint(one.rip, one.port)} {method} {one.weight}")
    return "\n".join(lines)


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


def plain(table: Table, method: str | None = None, families: tuple[str, ...] = ("ipv4", "ipv6")) -> Table:
    """The part of a table that ldirectord and piranha can say."""
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
    table = plain(table)
    assert tuple(read(ldirectord.read, ldirectord_text(table)).services) == table


@given(tables(), st.sampled_from([("direct", "dr"), ("nat", "nat"), ("tunnel", "tun")]))
def test_lvs_cf_is_read_back(table: Table, method: tuple[str, str]) -> None:
    table = plain(table, method[1], ("ipv4",))
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
    whole = inventory.inventory(old, "192.168.1.9")
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
