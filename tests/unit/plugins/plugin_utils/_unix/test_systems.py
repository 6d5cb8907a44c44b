# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every system that is not Linux, by the table in its folder of fixtures: what is understood, and what is said."""

from __future__ import annotations

import contextlib
import ipaddress
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.systems import LINUX, SYSTEMS, WINDOWS
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import (
    decide,
    gateway,
    record,
    shell,
    systems,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.hpux import HPUX
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.irix import IRIX
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.netbsd import NetBSD
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.openbsd import OpenBSD
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.solaris10 import Solaris10
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import (
    Answers,
    Command,
    Run,
    Said,
    Step,
    Write,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.text import addresses_in, parse_ifconfig
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import NETSTAT
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._unix.test_gateway import asking

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures/os"
NEW = "203.0.113.9"
TABLES: dict[str, dict[str, t.Any]] = {
    path.parent.name: yaml.safe_load(path.read_text()) for path in sorted(FIXTURES.glob("*/cases.yml"))
}
PARSED = [(folder, file, wanted) for folder, table in TABLES.items() for file, wanted in table["parsed"].items()]
ROUTES = [(folder, file, wanted) for folder, table in TABLES.items() for file, wanted in table["routes"].items()]
ROWS = [(folder, file, wanted) for folder, table in TABLES.items() for file, wanted in table.get("rows", {}).items()]
HOSTS = [(folder, case) for folder, table in TABLES.items() for case in table["hosts"]]
EXPECTED = [(folder, case, name) for folder, case in HOSTS for name in case["expect"]]


def host_of(folder: str, case: dict[str, t.Any]) -> Unix:
    """The host that gives these answers; what the table does not say, its shell does not know."""
    commands = {tuple(argv.split()): said_of(folder, said) for argv, said in case["commands"].items()}
    name = commands["uname", "-s"].text.split()[-1]
    questions = systems.questions_for(systems.kernel_name(name))
    unknown = {one.argv: Said(127, "not found") for one in questions if isinstance(one, Command)}
    assert set(commands) <= set(unknown), "the table answers what nobody asks"
    answers = Answers({**unknown, **commands}, case.get("files", {}))
    return systems.find(systems.kernel_name(name), answers)


def said_of(folder: str, said: t.Any) -> Said:
    if isinstance(said, str):
        return Said(0, said)
    text = (FIXTURES / folder / said["file"]).read_text() if "file" in said else said.get("text", "")
    return Said(said.get("rc", 0), text)


def words(steps: t.Iterable[Step]) -> list[str]:
    """Steps as the table has them: commands in full, files by their names."""
    return [
        shell.spell(step) if isinstance(step, Run) else f"{'write' if isinstance(step, Write) else 'rm'} {step.path}"
        for step in steps
    ]


def answer(host: Unix, name: str) -> object:
    """What the host says to one line of the table."""
    verb, _space, rest = name.partition(" ")
    if verb == "gateway":
        change = gateway.plan(host, asking("present", rest, True))
        return words([*change.live, *(step for step in change.save if getattr(step, "path", "") != gateway.RECORD)])
    if rest:
        host.expect(rest.split())
    simple: dict[str, t.Callable[[], object]] = {
        "addresses": lambda: [str(held) for held in host.addresses()],
        "kept": lambda: sorted(kept.ip for kept in host.kept()),
        "unmet": lambda: [one.name for one in host.conditions() if not one.holds_live],
        "live": lambda: list(host.gateways().live),
        "boot": lambda: host.gateways().boot,
        "owner": lambda: host.gateways().owner,
        "hide": lambda: words(decide.hide(host, rest.split())),
        "release": lambda: words(host.release()),
        "warnings": host.warnings,
        "add": lambda: words(decide.vips_present(host, [NEW], True)),
        "again": lambda: words(decide.vips_present(host, rest.split(), True)),
        "passing": lambda: words(decide.vips_present(host, [NEW], False)),
        "remove": lambda: words(decide.vips_present(host, [], True, rest.split())),
        "title": lambda: host.title,
    }
    return simple[verb]()


@pytest.mark.parametrize(("folder", "file", "wanted"), PARSED)
def test_real_output_is_understood(folder: str, file: str, wanted: list[str]) -> None:
    text = (FIXTURES / folder / file).read_text()
    assert [str(held) for held in addresses_in(parse_ifconfig(text))] == wanted


def showing(folder: str, file: str, *argv: str) -> Unix:
    """A host that was just installed, but for what one command prints."""
    (backend,) = [one for one in systems.BACKENDS if one.__name__ == TABLES[folder]["backend"]]
    known = backend.imagine().answers.commands
    return backend(Answers({**known, argv: Said(0, (FIXTURES / folder / file).read_text())}))


@pytest.mark.parametrize(("folder", "file", "wanted"), ROUTES)
def test_real_routes_are_understood(folder: str, file: str, wanted: list[str]) -> None:
    assert list(showing(folder, file, *NETSTAT).live_gateways()) == wanted


@pytest.mark.parametrize(("folder", "file", "wanted"), ROWS)
def test_real_rows_of_interfaces_are_understood(folder: str, file: str, wanted: list[str]) -> None:
    assert [str(held) for held in showing(folder, file, "netstat", "-in").addresses()] == wanted


def test_every_output_has_a_source_and_a_meaning() -> None:
    files = {str(path.relative_to(FIXTURES)) for path in FIXTURES.glob("*/*.txt")}
    sources = (FIXTURES / "README.md").read_text()
    assert {file for file in files if file not in sources} == set()
    meant = {f"{folder}/{file}" for folder, file, _wanted in (*PARSED, *ROUTES, *ROWS)}
    asked = {
        f"{folder}/{said['file']}"
        for folder, case in HOSTS
        for said in case["commands"].values()
        if isinstance(said, dict) and "file" in said
    }
    assert files - meant - asked == set()


@pytest.mark.parametrize(("folder", "case", "name"), EXPECTED, ids=[f"{f}: {c['name']}: {n}" for f, c, n in EXPECTED])
def test_the_table(folder: str, case: dict[str, t.Any], name: str) -> None:
    try:
        said = answer(host_of(folder, case), name)
    except LvsError as error:
        said = {"refused": str(error)}
    assert said == case["expect"][name]


@pytest.mark.parametrize(("folder", "case"), HOSTS)
def test_what_a_host_holds_and_keeps_needs_no_step(folder: str, case: dict[str, t.Any]) -> None:
    host = host_of(folder, case)
    kept = {one.ip for one in host.kept()}
    right = [one.ip for one in host.addresses() if one.interface == host.loopback and one.is_vip and one.ip in kept]
    assert not right or decide.vips_present(host, right, True) == []


@pytest.mark.parametrize(("folder", "case"), HOSTS)
@pytest.mark.parametrize("garbage", ["", "\x00\xff", "command not found", "lo0: no flags\n\tinet 1.2.3.4"])
def test_garbage_is_refused_by_name(folder: str, case: dict[str, t.Any], garbage: str) -> None:
    asked = " ".join(host_of(folder, case).ifconfig)
    bad = {**case, "commands": {**case["commands"], asked: garbage}}
    with pytest.raises(LvsError, match=f"{asked}: names no interface"):
        host_of(folder, bad)


def test_every_backend_has_a_table_with_outputs_and_hosts() -> None:
    titles = {answer(host_of(folder, case), "title") for folder, case in HOSTS}
    assert titles == {backend.title for backend in systems.BACKENDS}
    assert all(table["parsed"] for table in TABLES.values())
    assert all((FIXTURES / folder / file).is_file() for folder, file, _wanted in PARSED)


def test_the_plan_sets_up_what_there_are_backends_for() -> None:
    assert {LINUX, WINDOWS, *systems.NAMES} == set(SYSTEMS)
    assert all(SYSTEMS[backend.name].loopback == backend.loopback for backend in systems.BACKENDS)


@pytest.mark.parametrize("backend", systems.BACKENDS)
def test_an_ipv6_vip_is_served_or_refused_with_the_reason(backend: type[Unix]) -> None:
    host = backend.imagine()
    if host.without_ipv6 is None:
        decide.require_fit(host, ["2001:db8::9"])
        assert any("2001:db8::9" in word for word in words(decide.vips_present(host, ["2001:db8::9"], True)))
        return
    with pytest.raises(LvsError, match=f"is an IPv6 address, .*: {host.without_ipv6} .*2001:db8::9'.*Serve it with"):
        decide.require_fit(host, ["203.0.113.9", "2001:db8::9"])


def test_what_is_set_for_one_family_stays_when_the_other_comes() -> None:
    fresh = OpenBSD.imagine().answers.commands
    text = ""
    for vip, count in ("2001:db8::9", 1), ("203.0.113.9", 2):
        host = OpenBSD(Answers(fresh, {"/etc/sysctl.conf": text}))
        host.expect([vip])
        (text,) = [step.text for step in host.meet() if isinstance(step, Write)]
        assert text.count(".forwarding=1") == count


def test_another_system_than_the_inventory_says() -> None:
    answers = Answers({("uname", "-s"): Said(0, "Linux\n")})
    with pytest.raises(LvsError, match="system: is not what runs there: uname says 'Linux'"):
        systems.find("FreeBSD", answers)


@pytest.mark.parametrize(("folder", "case"), HOSTS)
def test_what_is_going_goes_while_another_comes(folder: str, case: dict[str, t.Any]) -> None:
    """In one task, and where nothing comes or goes nothing is done."""
    host = host_of(folder, case)
    held = [one for one in host.addresses() if one.interface == host.loopback and one.is_vip]
    foreign = frozenset[str]().union(*(other.ips for other in host.others()))
    mine = [one for one in held if not ipaddress.ip_address(one.ip).is_loopback and one.ip not in foreign]
    removing = words(step for one in mine for step in host.remove(one))
    steps = words(decide.vips_present(host, [], True, [one.ip for one in mine]))
    assert [step for step in removing if step not in steps] == []
    assert decide.vips_present(host, [], True) == []
    try:
        adding = words(decide.vips_present(host, [NEW], False))
    except LvsError:
        return
    both = words(decide.vips_present(host, [NEW], False, [one.ip for one in mine]))
    assert [step for step in (*removing, *adding) if step not in both] == []


def lvs(owners: record.Owners, name: str = "lvs", adopt: str = "") -> record.Lvs:
    return record.Lvs({"lvs_name": name, "lvs_adopt": adopt}, owners)


def kept(steps: list[Step]) -> record.Owners:
    """What the last of these steps leaves on record."""
    last = [step for step in steps if getattr(step, "path", "") == record.RECORD][-1]
    return record.read(Answers({}, {record.RECORD: last.text if isinstance(last, Write) else ""}))


def test_the_record_comes_first_and_goes_last() -> None:
    step: Step = Run("", ("true",))
    come = lvs({}).around([step], [NEW], [])
    assert words(come) == ["write /etc/lvs_vip_address", "true"]
    mine = {NEW: frozenset({"lvs"})}
    assert kept(come) == mine
    assert lvs(mine).around([step], [NEW], []) == [step]
    assert words(lvs(mine).around([step], [], [NEW])) == ["true", "rm /etc/lvs_vip_address"]
    both = lvs(mine).around([step], ["203.0.113.8"], [NEW])
    assert words(both) == ["write /etc/lvs_vip_address", "true", "write /etc/lvs_vip_address"]


def test_a_vip_is_on_record_for_all_that_need_it() -> None:
    web = kept(lvs({}, "web").around([], [NEW, "203.0.113.8"], []))
    both = kept(lvs(web, "mail").around([], [NEW], []))
    assert both == {NEW: {"web", "mail"}, "203.0.113.8": {"web"}}
    assert lvs(both, "web").mine == {NEW, "203.0.113.8"} == lvs(both, "mail").foreign
    assert lvs(both, "web").foreign == {NEW} == lvs(both, "mail").mine
    assert kept(lvs(both, "web").around([], [], [NEW, "203.0.113.8"])) == {NEW: {"mail"}}
    assert kept(lvs(both, "shop", "web").around([], [NEW], [])) == {NEW: {"shop", "mail"}, "203.0.113.8": {"shop"}}


def test_a_vip_without_a_name_is_from_before_there_were_names() -> None:
    before = record.read(Answers({}, {record.RECORD: f"# VIPs\n{NEW}\n203.0.113.8 web not:a:name\n"}))
    assert before == {NEW: set(), "203.0.113.8": {"web"}}
    assert lvs(before).mine == {NEW} == lvs(before, "web").foreign
    assert not lvs(before, "web", "lvs").foreign
    assert kept(lvs(before, "web").around([], [], ["203.0.113.8"])) == {NEW: set()}, "nobody knows better yet"
    assert kept(lvs(before, "web").around([], [NEW], [])) == {NEW: {"web"}, "203.0.113.8": {"web"}}
    assert kept(lvs(before).around([], [], [NEW])) == {"203.0.113.8": {"web"}}


@pytest.mark.parametrize("text", ["", "\x00", "nonsense\n", "# 203.0.113.9\n"])
def test_a_record_that_says_nothing_is_none(text: str) -> None:
    assert record.read(Answers({}, {record.RECORD: text})) == {}


# Files that others write, too, with a line or two as their owner would have them.
FOREIGN = {
    "/etc/hostname.lo0": (OpenBSD, ("inet 127.0.0.1 255.0.0.0", f"!route add 10.9/16 {NEW}", f"# {NEW} was the web")),
    "/etc/ifconfig.lo0": (NetBSD, ("inet 127.0.0.1", f"!route add 10.9/16 {NEW}", f"# {NEW} was the web")),
    "/etc/rc2.d/S99lvs_vip": (IRIX, ("#!/sbin/sh", f"route add 10.9 {NEW}", f"# {NEW} was the web")),
    "/etc/rc.config.d/netconf": (HPUX, ('INTERFACE_NAME[0]="lan0"', "IP_ADDRESS[0]=192.0.2.11", f"# {NEW}")),
    "/etc/sysctl.conf": (OpenBSD, ("net.inet.ip.forwarding=0 # no router", "kern.maxproc=9")),
    "/etc/mygate": (OpenBSD, ("# the way out", "2001:db8::1")),
    "/etc/defaultrouter": (Solaris10, ("# the way out",)),
    "/etc/config/static-route.options": (IRIX, ("# the way out", "$ROUTE $QUIET add net 10 192.0.2.3")),
}
# Whatever a text editor leaves behind; to the program that reads the file none of it ends a line.
odd_lines = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20).map("#".__add__)
unfinished = st.sampled_from(["#\\", "# 10.9.0.1 \\"])


@given(st.sampled_from(sorted(FOREIGN)), st.data())
def test_lines_of_others_survive_byte_for_byte_and_the_file_is_as_it_was(path: str, data: st.DataObject) -> None:
    backend, usual = FOREIGN[path]
    lines = data.draw(st.lists(st.sampled_from(usual) | odd_lines | unfinished, min_size=1, max_size=6))
    before = "\n".join(lines) + data.draw(st.sampled_from(["", "\n"]))
    commands = {**backend.imagine().answers.commands, ("netstat", "-rn", "-f", "inet"): Said(0, "")}

    def host(text: str) -> Unix:
        return backend(Answers(commands, {path: text}))

    def text_after(steps: t.Iterable[Step], text: str) -> str:
        written = [step.text for step in steps if isinstance(step, Write) and step.path == path]
        return written[-1] if written else text

    gateway_of = path in ("/etc/mygate", "/etc/defaultrouter", "/etc/config/static-route.options")
    with contextlib.suppress(LvsError):
        come = (
            host(before).save_gateway("192.0.2.1")
            if gateway_of
            else [
                *host(before).meet(),
                *decide.vips_present(host(before), [NEW], True),
            ]
        )
        between = text_after(come, before)
        foreign = [line for line in lines if line]
        # Lines of sysctl.conf that speak against ours are set aside, and come back.
        kept = [line.removeprefix("#lvs.arp_hide# ") for line in between.split("\n")]
        assert [line for line in kept if line in foreign] == foreign
        now = host(between)
        go = now.save_gateway(None) if gateway_of else [*now.release(), *decide.vips_present(now, [], True, [NEW])]
        # A last line that had no end gets one, for what reads these files may pass over it.
        assert text_after(go, between).rstrip("\n") == before.rstrip("\n")
