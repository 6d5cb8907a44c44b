# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of files with every keyword in every place and spelling that a program reads, out of a random generator.

Each piece has services of its own number, so that many of them make one file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

SCHEDULERS = ("dh", "fo", "lblc", "lblcr", "lc", "mh", "nq", "ovf", "rr", "sed", "sh", "wlc", "wrr")
METHODS = ("NAT", "DR", "TUN")


class Chance(Random):
    """The same pieces for the same seed."""


EVERYBODY = ".".join("0000")
Piece = Callable[[Random, int], str]


def maybe(random: Random, *texts: str) -> str:
    """One of them, or nothing."""
    return random.choice(texts) if random.random() < 0.5 else ""


def vip(number: int, six: bool = False) -> str:
    return f"2001:db8::{number:x}" if six else f"10.9.{number // 250}.{number % 250 + 1}"


def rip(random: Random, six: bool = False) -> str:
    return f"2001:db8:1::{random.randint(1, 9):x}" if six else f"10.8.0.{random.randint(1, 9)}"


def once(lines: list[str]) -> list[str]:
    """Without the lines whose realserver has been there, for no program has it twice."""
    return list({line.split()[1]: line for line in lines}.values())


# keepalived.conf


def keepalived(random: Random, number: int) -> str:
    """One virtual server, with its group if it has one."""
    six = random.random() < 0.3
    kind = random.choice(("address", "address", "address", "fwmark", "group"))
    port = random.choice((80, 8080, 53, 80, 0))
    head, before = f"{vip(number, six)} {port}" + maybe(random, " more"), ""
    if kind == "fwmark":
        head = f"fwmark {number}"
    if kind == "group":
        before, head = _group(random, number, six, port), f"group g{number}"
    body = _settings(random, six)
    random.shuffle(body)
    servers = once([f"real_server {rip(random, six ^ (random.random() < 0.1))}" for _each in range(4)])
    for server in servers:
        body.insert(random.randint(0, len(body)), _realserver(random, server, port))
    opening = random.choice((" {\n", "\n{\n", " { ", f" {{ $N{number}=3\nweight $N{number}\n"))
    return f"{before}virtual_server {head}{opening}{_joined(random, body)}\n}}\n"


def _joined(random: Random, body: list[str]) -> str:
    return "\n".join(f"{' ' * random.randint(0, 5)}{line}{_comment(random, line)}" for line in body)


def _comment(random: Random, line: str) -> str:
    return "" if "\n" in line else maybe(random, " # a remark", "\t! another {", "")


def _group(random: Random, number: int, six: bool, port: int) -> str:
    first = vip(number, six)
    entry = random.choice(
        (
            f"{first} {port}",
            f"{vip(250 * 4 + number, six)} {port}",
            f"fd00:{number:x}::/125 {port}" if six else f"10.{number % 200}.7.8/29 {port}",
            f"fd00:{number:x}::8-b {port}" if six else f"10.{number % 200}.6.8-11 {port}",
            f"fd00:{number:x}::8-fd00:{number:x}::b {port}"
            if six
            else f"10.{number % 200}.6.8-10.{number % 200}.6.9 {port}",
        )
    )
    mark = maybe(random, f"\n fwmark {5000 + number}", f"\n fwmark {6000 + number} inet{'6' if six else ''}")
    return f"virtual_server_group g{number} {{\n {entry}{mark} }}\n"


def _settings(random: Random, six: bool) -> list[str]:
    scheduler = random.choice(SCHEDULERS)
    tunnel = random.choice(
        ("", "", " type ipip", " type gue port 6080", " csum type gre", " type gue port 19523 remcsum")
    )
    choices = (
        (0.9, f"protocol {random.choice(('TCP', 'UDP', 'tcp', 'Udp', 'SCTP'))}"),
        (0.9, f"{random.choice(('lb_algo', 'lvs_sched'))} {scheduler}"),
        (0.9, f"{random.choice(('lb_kind', 'lvs_method'))} {random.choice(METHODS)}{tunnel}"),
        (0.2, f"lvs_method {random.choice(METHODS)}"),
        (0.3, f"persistence_timeout {random.choice(('', '60', '0', '2678400', '007'))}"),
        (0.2, f"persistence_granularity {random.choice(('64', '128', '1')) if six else _mask(random)}"),
        (0.1, "ops"),
        (0.2, random.choice(("sh-port", "sh-fallback", "mh-port", "mh-fallback", "flag-1", "flag-2", "hashed"))),
        (0.3, f"weight {random.choice(('1', '5', '65535'))}"),
        (0.2, f"ip_family inet{'6' if six else ''}"),
        (0.2, f"sorry_server {_sorry(random, six)}"),
        (0.1, f"quorum {random.randint(1, 9)}"),
        (0.1, f"hysteresis {random.randint(0, 9)}"),
        (0.3, random.choice(("delay_loop 6", "alpha", "ha_suspend", "virtualhost a.b", "retry 3"))),
        (0.1, "no_such_keyword 1"),
    )
    return [text for chance, text in choices if random.random() < chance]


def _sorry(random: Random, six: bool) -> str:
    own = maybe(random, f"\nsorry_server_lvs_method {random.choice(METHODS)}")
    return (
        f"{rip(random, six)}{random.choice(('', ' 80', ' 8000'))}{own}{maybe(random, chr(10) + 'sorry_server_inhibit')}"
    )


def _mask(random: Random) -> str:
    return random.choice(("255.255.255.0", "255.0.0.0", "255.255.255.255", EVERYBODY))


def _realserver(random: Random, head: str, port: int) -> str:
    own = random.choice((f" {port}", f" {port}", "", " 8000", " 0"))
    inside = [
        text
        for chance, text in (
            (0.4, f"weight {random.choice(('0', '3', '65535'))}"),
            (0.3, f"lvs_method {random.choice(METHODS)}"),
            (0.1, "lvs_method TUN type gre nocsum"),
            (0.2, "uthreshold 100"),
            (0.1, "lthreshold 50\n uthreshold 99"),
            (0.1, "inhibit_on_failure"),
            (0.1, "lb_kind DR"),
        )
        if random.random() < chance
    ]
    random.shuffle(inside)
    glue = random.choice(("\n", "\n  "))
    return f"{head}{own}{random.choice((' {', chr(10) + '{'))}{glue}{glue.join(inside)}{glue}}}"


# ldirectord.cf


def ldirectord(random: Random, number: int) -> str:
    """One virtual service."""
    six = random.random() < 0.25
    kind = random.choice(("address", "address", "address", "fwmark"))
    port = random.choice(("80", "53", "domain", "http", "5060", "8080"))
    where = str(number) if kind == "fwmark" else f"[{vip(number, True)}]:{port}" if six else f"{vip(number)}:{port}"
    indent = random.choice(("\t", "        ", "    ", "  \t  "))
    lines = [_ldirectord_real(random, six) for _each in range(random.randint(0, 4))]
    protocol = "fwm" if kind == "fwmark" else random.choice(("tcp", "udp", "udp"))
    choices = (
        (0.6, f"protocol={protocol}"),
        (0.7, f"scheduler = {random.choice(SCHEDULERS)}"),
        (0.3, f"persistent={random.choice(('600', '60 seconds', '1'))}"),
        (0.3, f"netmask={random.choice(('64', '128'))}" if six else "netmask=255.255.255.0"),
        (0.2, random.choice(("ops=yes", "ops = no"))),
        (0.2, f"schedflags={random.choice(('sh-port', 'flag-1', 'mh-port,mh-fallback', 'sh-fallback,sh-port'))}"),
        (0.3, random.choice(("service=http", "checktype=connect", 'login="a"', 'request="x y"', "quiescent=yes"))),
        (0.1, f"protocol\t=\t{protocol}"),
        (0.1, "fallback6=[::1]:80" if six else "fallback=127.0.0.1:80 masq"),
    )
    lines += [text + maybe(random, "", "\t# remark", " ") for chance, text in choices if random.random() < chance]
    random.shuffle(lines)
    head = f"virtual{'6' if six else ''}{random.choice(('=', ' = '))}{where}{maybe(random, ' # remark', '')}"
    return "\n".join(
        [head, *(f"{indent}{line}" for line in lines), random.choice(("", "# a remark", "supervised")), ""]
    )


def _ldirectord_real(random: Random, six: bool) -> str:
    first = random.randint(1, 200)
    where = f"[2001:db8:1::{first:x}]" if six else f"10.8.{random.randint(1, 9)}.{first}"
    if not six and random.random() < 0.2:
        where += f"->{where.rpartition('.')[0]}.{first + random.randint(0, 3)}"
    port = random.choice((":80", ":80", ":http", "", ":0", ":8000"))
    weight = random.choice(("", " 1", " 10", "\t5", " 0"))
    request = random.choice(("", "", ' "a b", "c"'))
    limits = random.choice(("", "", " l:5 u:10", " u:10"))
    return f"real{'6' if six else ''}={where}{port} {random.choice(('gate', 'masq', 'ipip'))}{weight}{request}{limits}"


# ipvsadm


def ipvsadm(random: Random, number: int) -> str:
    """The lines of one service."""
    six = random.random() < 0.3
    option = random.choice(
        ("-t", "-u", "--tcp-service ", "--udp-service=", "--sctp-service ", "-f", "--fwmark-service ")
    )
    by_mark = option in ("-f", "--fwmark-service ")
    port = random.choice((80, 8080, 0, 443))
    address = f"[{vip(number, six)}]:{port}" if six else f"{vip(number)}:{port}"
    which = f"{option}{random.choice((' ', '')) if len(option) == 2 else ''}{number if by_mark else address}"
    which += " -6" if by_mark and six else ""
    scheduler = random.choice(SCHEDULERS)
    settings = [
        text
        for chance, text in (
            (0.8, random.choice((f"-s {scheduler}", f"-s{scheduler}", f"--scheduler={scheduler}", f"-s={scheduler}"))),
            (0.4, random.choice(("-p", "-p 60", "-p300", "--persistent=600", "--persistent"))),
            (0.2, f"-M {random.choice(('64', '128')) if six else _mask(random)}"),
            (0.1, random.choice(("-o", "--ops"))),
            (0.2, random.choice(("-b sh-port", "-bflag-1,flag-2", "--sched-flags=mh-fallback"))),
        )
        if random.random() < chance
    ]
    random.shuffle(settings)
    lines = [" ".join([random.choice(("-A", "--add-service", "ipvsadm -A")), which, *settings])]
    lines += list(_ipvsadm_realservers(random, which, six))
    return "\n".join(lines) + "\n"


def _ipvsadm_realservers(random: Random, which: str, six: bool) -> Iterator[str]:
    for address in sorted({rip(random, six) for _each in range(random.randint(0, 3))}):
        port = random.choice(("80", "8080", "0"))
        where = f"[{address}]:{port}" if six else random.choice((f"{address}:{port}", address))
        method = random.choice(("-m", "-g", "-i", "", "--masquerading", "--gatewaying", "--ipip"))
        tunnel = random.choice(("", "--tun-type gue --tun-port 6080", "--tun-type=gre --tun-csum", "--tun-type ipip"))
        options = [f"-r {where}", method, random.choice(("-w 3", "-w10", "--weight=0", "-w=7", ""))]
        options += ["-x 10 -y5"] if random.random() < 0.2 else []
        options += [tunnel] if method in ("-i", "--ipip") else []
        yield " ".join(filter(None, [random.choice(("-a", "--add-server")), which, *options]))


PIECES: dict[str, Piece] = {"keepalived": keepalived, "ldirectord": ldirectord, "ipvsadm": ipvsadm}
