# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ldirectord.cf: what is read, what is listed, what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    ldirectord,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._formats.old_files import (
    MARK5,
    WEB,
    dr,
    read,
    said,
)


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
        ("old:12 'request and receive'", "is not taken over."),
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
        ("        real6=[2001:db8::1]:80 gate", "old:2 real6", "is not how this is written in an ipv4"),
        ("        fallback6=[::1]:80", "old:2 fallback6", "is not how this is written in an ipv4"),
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
        ("     ", "old:2", "is no directive of a virtual service"),
        (" = 1", "old:2", "is no directive of ldirectord outside"),
        ("chektimeout=1", "old:2 chektimeout", "is no directive of ldirectord outside"),
        ("virtual=192.168.1.111", "old:2 virtual", "is neither an address with its port nor a firewall mark"),
        ("virtual=[2001:db8::1]:80", "old:2 virtual", "is neither an address with its port"),
        ("virtual=192.168.1.111:80\n    fallback=127.0.0.1:80", "old:3 fallback", "is the only realserver"),
        ("fallback=127.0.0.1:80", "old:2 fallback", "is the only realserver"),
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


def test_commands_and_requests_of_ldirectord_are_named_and_never_shown() -> None:
    real = '\n\treal=192.168.1.11:80 gate 1 "geheim", "geheim"\n'
    words = ("request", "receive", "checkcommand", "load", "fallbackcommand")
    lines = "".join(f'\t{word}="geheim"\n' for word in words)
    old = read(ldirectord.read, f'callback="geheim"\nexecute=geheim\n{HERE}{real}{lines}')
    findings = old.findings.sorted()
    assert not old.findings.refused, said(old)
    assert len(findings) == 3 + len(words)
    assert "geheim" not in repr(findings)
    for wrong in (
        "passwd geheim",
        "\tpasswd geheim",
        '\treal=192.168.1.11:80 gate "geheim" u:9 1',
        '\treal=x "geheim"',
    ):
        old = read(ldirectord.read, f"{HERE}\n{wrong}\n")
        assert old.findings.refused, wrong
        assert "geheim" not in repr(old.findings.sorted()), wrong
