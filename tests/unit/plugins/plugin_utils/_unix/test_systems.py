# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every system that is not Linux, by the table in its folder of fixtures: what is understood, and what is said."""

from __future__ import annotations

import ipaddress
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.systems import LINUX, SYSTEMS, WINDOWS
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import (
    decide,
    gateway,
    record,
    shell,
    systems,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.openbsd import OpenBSD
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import (
    Answers,
    Command,
    Run,
    Said,
    Step,
    Write,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.text import addresses_in, parse_ifconfig

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures/os"
NEW = "203.0.113.9"
TABLES: dict[str, dict[str, t.Any]] = {
    path.parent.name: yaml.safe_load(path.read_text()) for path in sorted(FIXTURES.glob("*/cases.yml"))
}
PARSED = [(folder, file, wanted) for folder, table in TABLES.items() for file, wanted in table["parsed"].items()]
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
        change = gateway.plan(host, "present", rest, True)
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
    mine = [one for one in held if not ipaddress.ip_address(one.ip).is_loopback]
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


def test_the_record_comes_first_and_goes_last() -> None:
    step: Step = Run("", ("true",))
    come = record.around([step], frozenset(), [NEW], [])
    assert words(come) == ["write /etc/lvs_vip_address", "true"]
    text = come[0].text if isinstance(come[0], Write) else ""
    answers = Answers({}, {record.RECORD: text})
    assert record.read(answers) == {NEW}
    assert record.around([step], record.read(answers), [NEW], []) == [step]
    assert words(record.around([step], frozenset({NEW}), [], [NEW])) == ["true", "rm /etc/lvs_vip_address"]
    both = record.around([step], frozenset({NEW}), ["203.0.113.8"], [NEW])
    assert words(both) == ["write /etc/lvs_vip_address", "true", "write /etc/lvs_vip_address"]


@pytest.mark.parametrize("text", ["", "\x00", "nonsense\n", "# 203.0.113.9\n"])
def test_a_record_that_says_nothing_is_none(text: str) -> None:
    assert record.read(Answers({}, {record.RECORD: text})) == frozenset()


def test_a_name_may_stand_behind_a_vip() -> None:
    assert record.read(Answers({}, {record.RECORD: "203.0.113.9 web\n2001:DB8::9\n"})) == {NEW, "2001:db8::9"}
