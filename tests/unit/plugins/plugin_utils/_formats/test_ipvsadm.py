# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ipvsadm -S, its listing, and its options: what is read and what is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Service,
    ServiceKey,
    Tunnel,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    ipvsadm,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._formats.old_files import (
    LISTED,
    WEB,
    clean,
    dr,
    read,
    said,
)

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


def test_other_commands_of_a_script_are_never_shown() -> None:
    old = read(ipvsadm.read, "-A -t 192.168.1.110:80\nPASSWORD=geheim\ncurl -u x:geheim http://x\n")
    assert [path for path, _message in said(old)][:2] == ["old:2", "old:3"]
    assert "geheim" not in repr(old.findings.sorted())


def test_what_leaves_the_table_as_it_is_is_listed() -> None:
    lines = (
        "--set 900 120 300",
        "--start-daemon=master --mcast-interface eth0",
        "--stop-daemon backup",
        "-ln",
        "-S -n",
    )
    old = read(ipvsadm.read, "\n".join(["-A -f 5 --ipv6", "-a -f 5 --ipv6 -r [2001:db8::1]:0", *lines]))
    assert [path for path, _message in said(old)] == [f"old:{number}" for number in range(3, 8)]
    assert not old.findings.refused
    assert [service.key.label for service in old.services] == ["fwmark 5 ipv6"]
    assert read(ipvsadm.read, "-A -6 -f 5").findings.refused
