# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived.conf: what is read, what is listed, what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    Tunnel,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    inventory,
    ipvsadm,
    keepalived,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.beside import files_beside
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import OldFile
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._formats.old_files import (
    MARK5,
    WEB,
    clean,
    dr,
    read,
    said,
)


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
    "behind a brace begins another line": (
        "$VIP=192.168.1.110\nvirtual_server $VIP 80 { $RS=192.168.1.11\nreal_server $RS 80 { $W=7\nweight $W } }",
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -m -w 7",
    ),
    "a text of several words and braces": (
        f"$RS=real_server 192.168.1.11 80 {{ weight 5 }}\n{virtual('$RS')}",
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -m -w 5",
    ),
    "one without realservers is left out": (
        virtual("sorry_server 192.168.1.20 80", where="192.168.1.120 80") + virtual(ONE),
        "-A -u 192.168.1.110:80 -s wlc",
    ),
    "an inhibited sorry server waits in the table": (
        virtual("lvs_method DR", "sorry_server 192.168.1.20 8080", "sorry_server_inhibit", ONE),
        "-a -u 192.168.1.110:80 -r 192.168.1.20:80 -g -w 0",
    ),
    "an inhibited sorry server with its own method": (
        virtual(
            "lvs_method DR",
            "sorry_server 192.168.1.20 8080",
            "sorry_server_lvs_method NAT",
            "sorry_server_inhibit",
            ONE,
        ),
        "-a -u 192.168.1.110:80 -r 192.168.1.20:8080 -m -w 0",
    ),
    "a quorum of just as much": (
        virtual("sorry_server 192.168.1.20 80", "quorum 2", "hysteresis 1", "weight 3", ONE),
        "-a -u 192.168.1.110:80 -r 192.168.1.11:80 -m -w 3",
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
        ('virtual_server "192.168.1.110 80 {', "old:1 virtual_server", "has a quotation mark without its other one"),
        (f"router_id {'x' * 1100}", "old:1 router_id", "is longer than 1023 bytes"),
        ("router_id \0", "old:1", "has a NUL character"),
        ("@host1 virtual_server 192.168.1.110 80", "old:1 '@host1'", "depends on the host that reads it"),
        ("~SEQ(x, 1, 2) 192.168.1.$x", "old:1 '~SEQ(x, 1, 2)'", "stands for several lines"),
        ("$X=a \\\n b", "old:1 '$X'", "stands for several lines"),
        ("virtual_sever 192.168.1.110 80 {\n}", "old:1 virtual_sever", "is no block of the top"),
        (virtual("include x"), "old:2 include", "is another file, which is not beside this one"),
        (virtual(real_server("192.168.1.11", "include x")), "old:3 include", "is another file"),
        (virtual("TCP_CHEK {", "}"), "old:2 TCP_CHEK", "is no block of a virtual_server"),
        (virtual("lvs_sched rr {", "}"), "old:2 lvs_sched", "takes no block"),
        (virtual("real_server 192.168.1.11 80"), "old:2 real_server", "has no block"),
        (
            virtual("sorry_server 10.0.0.1 80", "weight 2", "quorum 2", "hysteresis 1", ONE),
            "old:2 sorry_server",
            "serves alone",
        ),
        (
            virtual("sorry_server 10.0.0.1 80", real_server("10.0.0.2 80", "weight 0")),
            "old:2 sorry_server",
            "serves alone",
        ),
        ("$A={ $A\n$A", "old:2 '$A'", "stands for itself without end"),
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


def test_what_a_host_says_of_failover_alone_is_listed() -> None:
    """And where it reaches the table, nothing is imported."""
    head = ("@a $P=100", "@b $P=90", "global_defs {", "@b router_id x", "}")
    vrrp = block(
        "vrrp_instance V", "priority $P", "@^a interface eth0", "~SEQ(x, 1, 2) track $x", "@a auth_pass geheim"
    )
    text = "\n".join([*head, vrrp, virtual("protocol TCP", "lvs_method DR", ONE)])
    old = read(keepalived.read, text)
    assert not old.findings.refused, said(old)
    assert old.services == [Service(WEB, realservers=(dr("192.168.1.11"),))]
    assert "geheim" not in report(old.findings.sorted())
    names = "priority (line 7), interface (line 8), track (line 9), auth_pass (line 10)"
    assert any(names in message for _path, message in said(old)), said(old)
    for wrong in (
        text.replace("192.168.1.11 80 {", "192.168.1.11 80 {\nweight $P"),
        text.replace("lvs_method DR", "@a lvs_method DR"),
        text.replace("interface eth0", "authentication {\n}"),
        text.replace("interface eth0", "include x"),
        text.replace("@b $P=90", "@b $P=x {"),
    ):
        assert read(keepalived.read, wrong).findings.refused, wrong


def test_commands_are_named_and_never_shown() -> None:
    """There may be a password in them."""
    body = (
        *('quorum_up "/bin/x \\"geheim\\""', "protocol TCP", "lvs_method DR"),
        *(real_server("192.168.1.11 80", "notify_up /bin/x geheim"), "no_such_word geheim", "auth_pass geheim"),
    )
    old = read(keepalived.read, virtual(*body))
    assert not old.findings.refused, said(old)
    assert [path for path, _message in said(old)] == [
        *("old:2 quorum_up", "old:6 notify_up", "old:8 no_such_word", "old:9 auth_pass")
    ]
    assert "geheim" not in report(old.findings.sorted())
    for wrong in ('auth_pass "geheim', f"auth_pass geheim{'x' * 1100}", "auth_pass geheim {\n}", "auth_pass geheim\0"):
        assert "geheim" not in report(read(keepalived.read, virtual(wrong)).findings.sorted())


def test_keepalived_comments_end_at_quotes() -> None:
    body = ("protocol TCP", "lvs_method DR # direct", 'virtualhost "a!b#c"', "snmp_name a\\#b", ONE)
    assert said(read(keepalived.read, virtual(*body))) == [
        ("old:4 virtualhost", "is not taken over (got 'virtualhost a!b#c')."),
        ("old:5 snmp_name", "is not taken over (got 'snmp_name a')."),
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
    assert [path for path, _message in said(old)] == ["conf.d/b.txt:2 weight", "old:4 include"]
    (tmp_path / "conf.d/b.txt").write_text("\nlvs_method DR\n" + real_server("192.168.1.12 80"))
    old = keepalived.read(OldFile(text, "old", included=files_beside(tmp_path)))
    assert old.services == [
        Service(WEB, realservers=(Realserver("192.168.1.11", 80, "dr", 2), Realserver("192.168.1.12", 80, "dr", 2)))
    ]


def test_what_is_listed_of_an_included_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("\nstate MASTER\n")
    source = OldFile(
        block("vrrp_instance V", "include more.conf", "priority 1"), "old", included=files_beside(tmp_path)
    )
    (finding,) = keepalived.read(source).findings.sorted()
    assert "with state (more.conf:2), priority (line 3)" in str(finding["message"])


@pytest.mark.parametrize(
    "pattern",
    [
        *("../secret", "/etc/hostname", "link", "none.conf", "none.d/*.conf", "../*.conf", "loop.conf", "", "/", "."),
        *("fifo", "folder", "*.cfg", "{loop,none}.conf", "**x", "[", "a\\*b", "[^l]oop.conf", "folder/../../secret"),
    ],
)
def test_nothing_is_read_but_what_lies_beside_the_file(tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret").write_text("geheim")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "loop.conf").write_text("include loop.conf\n")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "fifo")
    text = f"include {pattern}\n" if pattern else "include \\\n"
    old = keepalived.read(OldFile(text, "old", included=files_beside(folder)))
    errors = [one for one in old.findings.sorted() if one["severity"] == "error"]
    assert errors, pattern
    assert "geheim" not in report(errors)
