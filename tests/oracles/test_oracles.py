# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file means to us what it means to the program that reads it: the tables that both make of it are the same."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from difflib import unified_diff
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import SyncDaemon, start_command
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import diff
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import commands, listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    ServiceKey,
    Table,
    Tunnel,
    sort_services,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    ipvsadm,
    keepalived,
    ldirectord,
    render_keepalived,
    render_ldirectord,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import Old, OldFile
from ansible_collections.linuxvirtualserver.lvs.tests.oracles.conftest import (
    NAMES,
    PORTS,
    ROOT,
    Answer,
    Ask,
    Case,
    Guest,
    Say,
)
from ansible_collections.linuxvirtualserver.lvs.tests.oracles.generate import PIECES, Chance
from ansible_collections.linuxvirtualserver.lvs.tests.oracles.valid import REFUSED, VALID

FIXTURES = Path(__file__).resolve().parents[1] / "unit/fixtures"
# What ipvsadm printed of the table that keepalived had made of the other.
PRINTED = {"ipvsadm/1.31-debian12.txt": "keepalived/2.2.7-debian12.conf"}
# Folders of files that no program of another tool reads.
NO_PROGRAM = {
    "doctor": "reports of ours",
    "lvs_conf": "the HOWTO prints its configure script's files, and there is no such script to be had",
    "os": "output of systems that do not run here",
    "records": "files of ours",
    "status": "reports of ours",
    "topology": "pictures of ours",
    "units": "services of ours",
    "windows": "steps of ours",
}
READERS: dict[str, Callable[[OldFile], Old]] = {
    "ipvsadm": ipvsadm.read,
    "keepalived": keepalived.read,
    "ldirectord": ldirectord.read,
}
PIECES_A_FILE = 60
SENTINEL = "203.0.113.254"


def read(program: str, text: str) -> Old:
    return READERS[program](OldFile(text, program, lambda name, _protocol: PORTS.get(name), NAMES.get))


def refused(old: Old) -> list[str]:
    return [f"{one['path']}: {one['message']}" for one in old.findings.sorted() if one["severity"] == "error"]


def as_printed(table: Table | list[Service]) -> list[str]:
    """As ipvsadm 1.31 -Sn prints it: without thresholds, and without the third flag of sh and mh."""
    return listing(
        service._replace(
            scheduler_flags=tuple(
                flag for flag in service.scheduler_flags if flag != "flag-3" or service.scheduler not in ("sh", "mh")
            ),
            realservers=tuple(one._replace(upper_threshold=0, lower_threshold=0) for one in service.realservers),
        )
        for service in sort_services(table)
        if service.key.vip != SENTINEL
    )


def thresholds(table: Table | list[Service]) -> dict[str, tuple[int, int]]:
    return {
        f"{service.key.label} {one.key.label}": (one.upper_threshold, one.lower_threshold)
        for service in table
        for one in service.realservers
        if service.key.vip != SENTINEL
    }


def printed_thresholds(text: str) -> list[tuple[int, int]]:
    """In the order of the listing; the sentinel has none."""
    return [
        (int(upper), int(lower)) for upper, lower in re.findall(r"^  -> \S+ +([0-9]+) +([0-9]+) ", text, re.MULTILINE)
    ]


def difference(program: str, text: str, answer: Answer) -> str:
    """What is not the same in the two tables, or in two of the program's own ways to print its."""
    ours = read(program, text)
    theirs = read("ipvsadm", re.sub(r" -b $", "", answer["saved"], flags=re.MULTILINE))
    listed = read("ipvsadm", answer["listed"].replace(" ()", ""))
    wanted = sorted(value for value in thresholds(ours.services).values() if value != (0, 0))
    has = sorted(value for value in printed_thresholds(answer["thresholds"]) if value != (0, 0))
    return "\n".join(
        [
            *refused(ours),
            *refused(theirs),
            *(refused(listed) if theirs.services else ()),
            *unlike(program, as_printed(ours.services), as_printed(theirs.services)),
            *unlike("ipvsadm -Ln", as_printed(listed.services) if theirs.services else [], as_printed(theirs.services)),
            *([] if wanted == has else [f"thresholds: {wanted} and not {has}"]),
        ]
    )


def unlike(what: str, ours: list[str], theirs: list[str]) -> list[str]:
    return [f"{what}: {line}" for line in unified_diff(theirs, ours, "theirs", "ours", n=3, lineterm="")]


def compare(cases: Sequence[Case], answers: Sequence[Answer], say: Say) -> None:
    """Every file is compared, so that one that differs hides no other."""
    pairs = zip(cases, answers, strict=True)
    found = [difference(program, text, answer) for (program, text), answer in pairs]
    wrong = [f"file {number}:\n{text}" for number, text in enumerate(found) if text]
    say(f"{len(cases) - len(wrong)} of {len(cases)} files equal")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("program", sorted(READERS))
def test_what_is_generated(ask: Ask, say: Say, program: str, request: pytest.FixtureRequest) -> None:
    random = Chance(request.config.getoption("--seed"))
    cases = []
    numbers = iter(range(1, 10**6))
    taken = 0
    for _file in range(request.config.getoption("--files")):
        pieces = [PIECES[program](random, next(numbers) % 900 + 1) for _piece in range(PIECES_A_FILE)]
        good = [piece for piece in pieces if not refused(read(program, piece))]
        taken += len(good)
        cases.append((program, "\n".join(good)))
    # A generator whose pieces are mostly refused would show nothing.
    assert taken > PIECES_A_FILE * len(cases) / 2
    compare(cases, ask(cases), say)


@pytest.mark.parametrize("program", sorted(VALID))
def test_what_is_valid_is_taken(ask: Ask, say: Say, program: str) -> None:
    cases = [(program, text) for text in VALID[program]]
    compare(cases, ask(cases), say)


@pytest.mark.parametrize("program", sorted(REFUSED))
def test_what_loses_something_is_refused(program: str) -> None:
    for text in REFUSED[program]:
        assert refused(read(program, text)), text


def test_what_we_write(ask: Ask, say: Say, request: pytest.FixtureRequest) -> None:
    random = Chance(request.config.getoption("--seed"))
    pieces = [PIECES["ipvsadm"](random, number) for number in range(1, PIECES_A_FILE)]
    table = read("ipvsadm", "\n".join(piece for piece in pieces if not refused(read("ipvsadm", piece)))).services
    cases = [
        ("ipvsadm", "\n".join(listing(table))),
        ("keepalived", render_keepalived.render(table)),
        ("ldirectord", render_ldirectord.render(table)),
    ]
    compare(cases, ask(cases), say)


def test_every_fixture_is_what_its_program_makes_of_it(ask: Ask, say: Say) -> None:
    files = [path for path in FIXTURES.rglob("*") if path.is_file()]
    names = {str(path.relative_to(FIXTURES)): path for path in files}
    names = {name: path for name, path in names.items() if name.partition("/")[0] not in NO_PROGRAM}
    whole = [name for name in sorted(names) if name not in PRINTED]
    cases = [(name.partition("/")[0], names[name].read_text()) for name in whole]
    # A folder of another name has neither a program here nor a reason to have none.
    assert {program for program, _text in cases} <= set(READERS)
    answers = ask(cases)
    compare(cases, answers, say)
    for printed, source in PRINTED.items():
        saved = answers[whole.index(source)]["saved"].splitlines()
        assert sorted(names[printed].read_text().splitlines()) == sorted(one for one in saved if SENTINEL not in one)


def test_a_director_at_work_is_imported_in_one_step(tmp_path: Path, guest: Callable[..., str]) -> None:
    rules = ["-A -t 192.168.1.110:80 -s sh -b sh-port", "-a -t 192.168.1.110:80 -r 192.168.1.11:80 -m -w 3 -x 9 -y 2"]
    guest("\n".join(["ipvsadm -C", "ipvsadm --set 900 120 299", *(f"ipvsadm {rule}" for rule in rules)]))
    to = tmp_path / "inventory.yml"
    importing = [
        "playbooks/import.yml",
        "-i",
        "bin/lab-inventory",
        "-e",
        "import_host=director",
        "-e",
        f"import_to={to}",
    ]
    ran = subprocess.run(
        [ROOT / ".venv/bin/ansible-playbook", *importing], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "udp 299" in to.read_text()
    inventory = yaml.safe_load(to.read_text())["all"]
    assert inventory["vars"]["lvs_services"] == [
        {
            "vip": "192.168.1.110",
            "port": 80,
            "forwarding": "nat",
            "scheduler": "sh",
            "scheduler_flags": ["sh-port"],
            "realservers": [{"host": "realserver1", "weight": 3, "upper_threshold": 9, "lower_threshold": 2}],
        }
    ]
    assert inventory["children"]["directors"]["hosts"]["director"]["lvs_dip"] == "192.168.1.9/24"


EVERYBODY = ".".join("0000")
WEB = ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None)
DNS = ServiceKey("ipv4", "udp", "192.168.1.110", 53, None)
MARK = ServiceKey("ipv6", None, None, 0, 7)
SERVICES = [
    Service(WEB),
    Service(WEB, "none"),
    Service(WEB, "sh", ("sh-fallback", "sh-port")),
    Service(WEB, "rr", ("flag-1", "flag-3")),
    Service(WEB, persistence=2_678_400, persistence_netmask="255.0.255.0"),
    Service(WEB, persistence=2_678_401),
    Service(WEB, persistence=9, persistence_netmask=EVERYBODY, persistence_engine="sip"),
    Service(WEB, one_packet=True),
    Service(WEB._replace(port=0)),
    Service(WEB._replace(port=0), persistence=9),
    Service(WEB._replace(vip="224.0.0.5")),
    Service(WEB._replace(vip="fe80::1", family="ipv6")),
    Service(WEB._replace(protocol="47")),
    Service(WEB._replace(protocol="sctp")),
    Service(DNS, one_packet=True),
    Service(DNS, persistence_engine="sip"),
    Service(MARK, one_packet=True),
    Service(MARK, persistence=9, persistence_netmask=64),
    Service(MARK._replace(family="ipv4", fwmark=2**32 - 1)),
]
REALSERVERS = [
    Realserver("192.168.1.11", 80),
    Realserver("192.168.1.11", 80, "nat", 65_535, 9, 3),
    Realserver("192.168.1.11", 80, "nat", 65_536),
    Realserver("192.168.1.11", 8080, "nat", 0),
    Realserver("192.168.1.11", 0, "nat"),
    Realserver("192.168.1.11", 8080),
    Realserver("192.168.1.11", 8080, "tun", tunnel=Tunnel()),
    Realserver("192.168.1.11", 80, "local"),
    Realserver("192.168.1.11", 80, "bypass"),
    Realserver("2001:db8::11", 80, "tun", tunnel=Tunnel()),
    *(
        Realserver("192.168.1.11", 80, "tun", tunnel=Tunnel(kind, 6080 if kind == "gue" else 0, checksum))
        for kind in ("ipip", "gue", "gre", "9")
        for checksum in ("none", "csum", "remcsum", "3")
        if kind != "ipip" or checksum == "none"
    ),
]
COMMANDS = [(service,) for service in SERVICES] + [(Service(WEB, realservers=(one,)),) for one in REALSERVERS]


def test_our_commands_are_ipvsadms(ask: Ask) -> None:
    """A command of ours does to the kernel what it says, and what is marked as nothing of ipvsadm's is nothing."""
    lines = [commands(diff(table, ())) for table in COMMANDS]
    answers = ask([("ipvsadm", "\n".join(line.rpartition("ipvsadm: ")[2] for line in listed)) for listed in lines])
    for table, listed, answer in zip(COMMANDS, lines, answers, strict=True):
        done = not answer["said"] and normal(answer["saved"].splitlines()) == normal(as_printed(table))
        assert done == all(line.startswith("ipvsadm -") for line in listed), (listed, answer)


def normal(lines: list[str]) -> list[str]:
    """A listing of ipvsadm, which prints some marks as negative numbers."""
    return sorted(line.strip().replace("-f -1 ", "-f 4294967295 ") for line in lines)


def test_a_daemon_is_started_as_we_say(guest: Guest) -> None:
    for group, length in ((None, 1472), ("224.0.0.9", 1472), ("ff02::51", 1452)):
        command = start_command(SyncDaemon("master", "vec0", 7, group=group, port=9000, ttl=2))
        assert f"maxlen={length}" in guest(f"{command} && ipvsadm -L --daemon && ipvsadm --stop-daemon master")
