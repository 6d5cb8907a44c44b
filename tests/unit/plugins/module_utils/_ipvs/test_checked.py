# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived_table on a director in a directory, whose keepalived makes of the table what the model says."""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import checked, drained
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived import seen
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.daemon import DROP_IN
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.file import MAIN, RECORD
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_keeper import (
    DRAIN,
    FILE,
    ONE,
    RESTORED,
    THREE,
    TWO,
    Machine,
    checks,
    made,
    table,
    web,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._keepalived.fake_director import (
    changing,
    failing_once,
    found,
    until_killed,
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return made(tmp_path, monkeypatch)


def test_keepalived_keeps_the_table(machine: Machine) -> None:
    wanted = {"services": web(ONE, TWO), "checks": checks(ONE, TWO)}
    rehearsed = machine.keep(**wanted, check=True)
    assert (machine.text(FILE), machine.kernel.has, machine.active) == (None, (), False)
    result = machine.keep(**wanted)
    assert machine.kernel.has == table(ONE, TWO)
    assert machine.did == ["systemctl start keepalived.service"]
    assert (result["changed"], result["down"], result["unserved"]) == (True, [], {"vips": [], "fwmarks": []})
    assert [rehearsed[key] for key in ("changed", "after", "commands", "diff")] == [
        result[key] for key in ("changed", "after", "commands", "diff")
    ]
    assert "keepalived -t" in machine.ran
    assert machine.text(DRAIN) == "0\n"
    assert machine.keep(**wanted)["changed"] is False
    assert machine.did == []


def test_a_table_that_is_there_is_taken_over_and_what_differs_is_edited(machine: Machine) -> None:
    machine.kernel.has = table({**ONE, "weight": 7}, TWO, THREE, scheduler="rr")
    result = machine.keep(services=web(ONE, TWO), checks=checks(ONE, TWO))
    assert machine.kernel.has == table(ONE, TWO)
    assert [one.verb for one in machine.kernel.told] == ["edit", "edit", "remove"]
    assert result["after"]["table"][0] == "-A -t 192.168.1.110:80 -s wlc"


def test_who_fails_is_no_change_and_is_named(machine: Machine) -> None:
    wanted = {"services": web(ONE, TWO), "checks": checks(ONE, TWO)}
    machine.keep(**wanted)
    machine.kernel.has = table(ONE)
    result = machine.keep(**wanted)
    assert (result["changed"], result["down"]) == (False, ["192.168.1.12:80 of tcp 192.168.1.110:80"])
    assert machine.keep(services=web(ONE, TWO, THREE), checks=checks(ONE, TWO, THREE))["changed"]
    assert machine.kernel.has == table(ONE, THREE)


def test_who_has_no_check_is_put_back_into_the_table(machine: Machine) -> None:
    wanted = {"services": web(ONE, TWO), "checks": checks(ONE)}
    machine.keep(**wanted)
    machine.kernel.has = table(ONE)
    assert machine.keep(**wanted)["changed"]
    assert machine.kernel.has == table(ONE, TWO)


def test_what_a_reload_misses_is_done_after_it(machine: Machine) -> None:
    machine.keep(services=web(ONE), checks=checks(ONE))
    full = {**ONE, "upper_threshold": 9}
    result = machine.keep(services=web(full), checks=checks(ONE))
    assert machine.did == ["systemctl reload keepalived.service"]
    assert machine.kernel.has == table(full)
    assert "ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1 -x 9 -y 0" in result["commands"]


def test_who_leaves_gets_no_new_connections_before(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[t.Any] = []
    monkeypatch.setattr(checked, "let_finish", lambda *_args: seen.append(machine.kernel.has))
    machine.keep(services=web(ONE, TWO), checks=checks(ONE, TWO))
    machine.keep(services=web(ONE), checks=checks(ONE), drain_timeout=5)
    assert seen == [table(ONE, {**TWO, "weight": 0})]
    assert machine.kernel.has == table(ONE)


def test_who_is_drained_stays_so(machine: Machine) -> None:
    wanted = {"services": web(ONE, TWO), "checks": checks(ONE, TWO)}
    machine.keep(**wanted)
    machine.put(DRAIN, "1\n")
    machine.kernel.has = table({**ONE, "weight": 0}, TWO)
    assert machine.keep(**wanted)["changed"] is False
    assert machine.warnings == [f"a realserver stays drained: {DRAIN} holds a 1"]
    machine.keep(services=web({**ONE, "weight": 5}, TWO), checks=checks(ONE, TWO))
    assert machine.kernel.has == table({**ONE, "weight": 0}, TWO)


def test_who_is_drained_by_a_hash_has_its_clients_served_by_another_one(machine: Machine) -> None:
    machine.put(DRAIN, "1\n")
    machine.keep(services=web(ONE, TWO, scheduler="sh"), checks=checks(ONE, TWO))
    assert machine.kernel.has == table({**ONE, "weight": 0}, TWO, scheduler="sh", scheduler_flags=["sh-fallback"])


@pytest.mark.parametrize(("status", "said"), [(5, "would be refused by keepalived"), (143, "ended itself in the test")])
def test_what_keepalived_would_refuse_touches_nothing(machine: Machine, status: int, said: str) -> None:
    machine.keep(services=web(ONE), checks=checks(ONE))
    before, has = machine.text(FILE), machine.kernel.has
    machine.meddle = lambda argv: status if argv[:2] == ["keepalived", "-t"] else None
    for check in (True, False):
        with pytest.raises(LvsError, match=said):
            machine.keep(services=web(TWO), checks=checks(TWO), check=check)
    assert (machine.text(FILE), machine.kernel.has) == (before, has)


def test_a_service_may_have_no_weight_at_all(machine: Machine) -> None:
    """Of which keepalived 2.2.7 warns, with the exit status of a file that it would take in part."""
    said = (
        "Warning - quorum 1 for [192.168.1.110]:tcp:80 exceeds total weight of real servers 0, reducing quorum to 0\n"
        "Virtual server [192.168.1.110]:tcp:80: hysteresis 0 >= quorum 0; setting hysteresis to 4294967295\n"
    )
    machine.meddle = lambda argv: 5 if argv[:2] == ["keepalived", "-t"] else None
    machine.said = said
    machine.keep(services=web({**ONE, "weight": 0}))
    machine.said = said + "(/run/x: Line 9) Unknown keyword 'x'\n"
    with pytest.raises(LvsError, match="Unknown keyword"):
        machine.keep(services=web({**TWO, "weight": 0}))


def test_checks_come_from_an_address_of_this_host(machine: Machine) -> None:
    with pytest.raises(LvsError, match="is on no interface of this host"):
        machine.keep(services=web(ONE), checks=[{**checks(ONE)[0], "source": "192.168.1.77"}])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"type": "http", "path": '/" }'}, r"checks\[0\].path: is not a path"),
        ({"type": "htp"}, "Did you mean http"),
        ({"source": "x"}, r"checks\[0\].source: is not an address"),
    ],
)
def test_what_is_no_check_is_refused(machine: Machine, wrong: dict[str, t.Any], said: str) -> None:
    with pytest.raises(LvsError) as refused:
        machine.keep(services=web(ONE), checks=[{**checks(ONE)[0], **wrong}])
    assert re.search(said, str(refused.value))
    assert machine.text(FILE) is None


def test_a_keepalived_that_does_not_do_it_gets_its_last_good_file_back(machine: Machine) -> None:
    machine.keep(services=web(ONE), checks=checks(ONE))
    before, has = machine.text(FILE), machine.kernel.has
    machine.deaf = True
    with pytest.raises(LvsError, match="Everything this task did before that was undone"):
        machine.keep(services=[*web(ONE, TWO, scheduler="rr"), {**web(ONE)[0], "vip": "192.168.1.111"}])
    assert (machine.text(FILE), machine.kernel.has) == (before, has)


def test_a_smaller_inventory_takes_nothing_away(machine: Machine) -> None:
    machine.keep(services=web(ONE, TWO, THREE), checks=checks(ONE, TWO, THREE))
    with pytest.raises(LvsError, match="does not let so much go"):
        machine.keep(services=web(ONE), checks=checks(ONE), removal_limit="30%")


def test_who_is_not_ready_stays_as_it_is(machine: Machine) -> None:
    machine.keep(services=web(ONE), checks=checks(ONE))
    machine.keep(
        services=web({**ONE, "weight": 5}, TWO), checks=checks(ONE, TWO), keep=["192.168.1.11", "192.168.1.12"]
    )
    assert machine.kernel.has == table(ONE)
    result = machine.keep(services=[{**web(TWO)[0], "vip": "192.168.1.112"}], keep=["192.168.1.12"])
    assert result["unserved"]["vips"] == ["192.168.1.112"]


def test_what_leaves_the_inventory_leaves_the_table_and_its_file(machine: Machine) -> None:
    machine.keep(services=web(ONE, TWO), checks=checks(ONE, TWO))
    machine.keep(services=web(TWO), checks=checks(TWO))
    assert (machine.kernel.has, machine.text(DRAIN)) == (table(TWO), None)
    machine.keep(services=[{**web(ONE)[0], "vip": "192.168.1.112"}])
    assert [one.key.vip for one in machine.kernel.has] == ["192.168.1.112"]


def test_the_last_one_ends_the_daemon_and_its_table(machine: Machine) -> None:
    machine.keep(services=web(ONE), checks=checks(ONE))
    result = machine.keep(state="absent")
    assert (result["changed"], machine.active, machine.kernel.has) == (True, False, ())
    assert [machine.text(path) for path in (FILE, DRAIN, RECORD, "/etc/keepalived/keepalived.conf")] == [None] * 4
    assert machine.keep(state="absent")["changed"] is False


def test_the_table_stays_for_somebody_else_to_write(machine: Machine) -> None:
    machine.keep(services=web(ONE), checks=checks(ONE))
    machine.keep(state="absent", keep_table=True)
    assert (machine.active, machine.kernel.has) == (False, table(ONE))


def test_a_director_that_serves_gives_its_vips_up_before_it_lets_go_of_the_table(machine: Machine) -> None:
    machine.run()
    machine.keep(services=web(ONE), checks=checks(ONE))
    assert machine.serves
    given_up: list[bool] = []

    def meddle(argv: list[str]) -> None:
        if "--signal=SIGSTOP" in argv:
            given_up.append((machine.root / "var/lib/lvs/director").read_text() == "1\n")

    machine.meddle = meddle
    machine.keep(state="absent", keep_table=True)
    assert given_up == [True]
    assert machine.text("/var/lib/lvs/director") == "0\n"
    assert (machine.active, machine.kernel.has, machine.text(FILE)) == (True, table(ONE), None)


def test_the_addresses_and_the_table_come_and_go_without_each_other(machine: Machine) -> None:
    machine.keep(services=web(ONE), checks=checks(ONE))
    machine.run()
    assert machine.kernel.has == table(ONE)
    machine.run(state="absent")
    assert (machine.active, machine.kernel.has) == (True, table(ONE))
    machine.keep(state="absent")
    assert (machine.active, machine.kernel.has) == (False, ())


# --- in trouble ---


def snapshot(machine: Machine) -> dict[str, t.Any]:
    """All that is to be as it was."""
    return {**found(machine), "table": machine.kernel.has}


FIRST: dict[str, t.Any] = {"services": web(ONE, TWO), "checks": checks(ONE, TWO)}
NEXT: dict[str, t.Any] = {"services": [*web(TWO, THREE), {**web(ONE)[0], "vip": "192.168.1.111"}]}
GOES: dict[str, t.Any] = {"state": "absent"}
STAYS: dict[str, t.Any] = {"state": "absent", "keep_table": True}

SERVES: dict[str, t.Any] = {**FIRST, "serves": True}
TASKS = {
    "begins": (None, FIRST),
    "goes on": (FIRST, NEXT),
    "goes": (FIRST, GOES),
    "lets go": (FIRST, STAYS),
    "goes beside addresses": (SERVES, GOES),
    "lets go beside addresses": (SERVES, STAYS),
}


def prepared(folder: Path, monkeypatch: pytest.MonkeyPatch, before: dict[str, t.Any] | None) -> Machine:
    machine = made(folder, monkeypatch)
    machine.enabled = False
    monkeypatch.setattr(checked, "_FAREWELL", 0)
    if before:
        if before is SERVES:
            machine.run()
        machine.keep(**{name: value for name, value in before.items() if name != "serves"})
    return machine


@pytest.mark.parametrize("name", TASKS)
def test_whichever_command_fails_all_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before, task = TASKS[name]
    healthy = prepared(tmp_path / "0", monkeypatch, before)
    healthy.keep(**task)
    for number, command in enumerate(changing(healthy), 1):
        machine = prepared(tmp_path / str(number), monkeypatch, before)
        was = snapshot(machine)
        machine.meddle = failing_once(command)
        with pytest.raises(LvsError, match="Everything this task did before that was undone") as said:
            machine.keep(**task)
        assert command in str(said.value)
        assert snapshot(machine) == was, command
        machine.keep(**task)
        assert snapshot(machine) == snapshot(healthy), command


@pytest.mark.parametrize("name", TASKS)
def test_wherever_a_run_is_killed_the_next_one_finishes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before, task = TASKS[name]
    healthy = prepared(tmp_path / "0", monkeypatch, before)
    steps = until_killed(lambda: healthy.keep(**task), 10**6, (healthy.kernel, "execute"))
    for number in range(1, steps + 1):
        machine = prepared(tmp_path / str(number), monkeypatch, before)
        until_killed(functools.partial(machine.keep, **task), number, (machine.kernel, "execute"))
        machine.wait()
        machine.keep(**task)
        assert snapshot(machine) == snapshot(healthy), number
        assert not machine.keep(**task)["changed"], number


def test_a_record_that_cannot_be_written_undoes_the_table(machine: Machine) -> None:
    machine.keep(**FIRST)
    was = snapshot(machine)
    machine.meddle = lambda argv: 1 if "disable" in argv and argv[-1] == RESTORED else None
    with pytest.raises(LvsError, match="was undone"):
        machine.keep(**{**FIRST, "at_boot": False})
    assert snapshot(machine) == was


def test_another_init_has_no_keepalived_that_checks(machine: Machine) -> None:
    (machine.root / "run/systemd/system").rmdir()
    assert not machine.keep(state="absent")["changed"]
    for check in (True, False):
        with pytest.raises(LvsError, match=r"Use systemd .* or leave check out"):
            machine.keep(**FIRST, check=check)
    assert not any(one.startswith("systemctl") for one in machine.ran)


@pytest.mark.parametrize("task", [GOES, STAYS])
def test_it_can_be_taken_away_when_its_package_is_gone(machine: Machine, task: dict[str, t.Any]) -> None:
    machine.keep(**FIRST)
    (machine.root / "usr/sbin/keepalived").unlink()
    machine.active, has = False, machine.kernel.has
    machine.meddle = lambda argv: 5 if argv[-1] == "keepalived.service" and argv[1] not in _ASKING else None
    foretold = machine.keep(**task, check=True)
    assert machine.keep(**task)["commands"] == foretold["commands"]
    assert [machine.text(path) for path in (FILE, DRAIN, RECORD)] == [None] * 3
    assert machine.kernel.has == has


_ASKING = ("is-active", "is-enabled")


def test_one_that_died_beside_others_needs_no_reload(machine: Machine) -> None:
    machine.run()
    machine.keep(**FIRST)
    machine.active = False
    machine.meddle = lambda argv: 1 if argv[1:2] == ["reload"] else None
    machine.keep(state="absent")
    assert machine.text(FILE) is None


def test_a_rehearsal_without_the_package(machine: Machine) -> None:
    (machine.root / "usr/sbin/keepalived").unlink()
    machine.meddle = lambda argv: 127 if argv[0] == "keepalived" else None
    assert machine.keep(**FIRST, check=True)["changed"]
    assert "is not installed" in machine.warnings[0]


def test_of_two_lvs_each_has_its_own_services(machine: Machine) -> None:
    mail = [{**web(THREE)[0], "vip": "192.168.1.120"}]
    machine.keep(**FIRST)
    machine.keep(lvs_name="mail", services=mail)
    both = machine.kernel.has
    assert {one.key.vip for one in both} == {"192.168.1.110", "192.168.1.120"}
    assert not machine.keep(**FIRST)["changed"]
    with pytest.raises(LvsError, match="belongs to the LVS 'lvs'"):
        machine.keep(lvs_name="mail", services=[*mail, *web(THREE)])
    machine.keep(state="absent", lvs_name="mail")
    assert (machine.active, machine.kernel.has) == (True, table(ONE, TWO))
    assert machine.text(DRAIN) == "0\n"


def test_another_program_that_writes_the_table_is_not_put_up_with(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked, "table_owners", lambda _host, _lvs: ["ldirectord"])
    with pytest.raises(LvsError, match="cannot be kept while ldirectord writes the table"):
        machine.keep(**FIRST)
    monkeypatch.setattr(checked, "table_owners", lambda _host, _lvs: ["keepalived"])
    with pytest.raises(LvsError, match="cannot be kept while keepalived writes the table"):
        machine.keep(**FIRST)
    machine.keep(**FIRST, adopt=True)


def drain_one(machine: Machine) -> None:
    """As ipvs_dest does it."""
    machine.keep(**FIRST)
    (service,) = table(ONE, TWO)
    memory = {(service.key, one.key): one for one in service.realservers if one.rip == ONE["rip"]}
    machine.put(drained.MEMORY, drained.render_memory(memory).decode())
    machine.put(DRAIN, "1\n")
    machine.kernel.has = machine.has_read = table({**ONE, "weight": 0}, TWO)


def test_who_is_drained_and_fails_is_remembered(machine: Machine) -> None:
    drain_one(machine)
    machine.kernel.has = table(TWO)
    assert not machine.keep(**FIRST)["changed"]
    assert machine.text(drained.MEMORY)


def test_who_is_drained_is_forgotten_with_the_lvs(machine: Machine) -> None:
    drain_one(machine)
    machine.keep(state="absent")
    assert [machine.text(path) for path in (DRAIN, drained.MEMORY)] == [None, None]


def test_who_is_drained_by_a_file_alone_stays_so_in_the_table_of_ipvs_table(machine: Machine) -> None:
    machine.keep(**FIRST)
    machine.put(DRAIN, "1\n")
    machine.kernel.has = machine.has_read = table({**ONE, "weight": 0}, TWO)
    machine.keep(state="absent", keep_table=True)
    assert machine.kernel.has == table({**ONE, "weight": 0}, TWO)
    found = drained.parse_memory((machine.text(drained.MEMORY) or "").encode(), "x").value or {}
    assert [(one.rip, one.weight) for one in found.values()] == [("192.168.1.11", 1)]
    assert machine.text(DRAIN) is None


@pytest.mark.parametrize("command", ["systemctl reload keepalived.service", "systemctl daemon-reload"])
def test_who_was_to_leave_is_sent_clients_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(checked, "let_finish", lambda *_args: None)
    machine.keep(**FIRST)
    machine.put(DROP_IN, "# somebody changed it")
    machine.meddle = failing_once(command)
    with pytest.raises(LvsError, match="Everything this task did before that was undone"):
        machine.keep(services=web(TWO, scheduler="sh"), checks=checks(TWO), drain_timeout=5)
    assert machine.kernel.has == table(ONE, TWO)


def test_a_table_that_was_there_is_not_touched_by_a_keepalived_that_fails(machine: Machine) -> None:
    machine.kernel.has = table(ONE, TWO)
    machine.meddle = failing_once(f"systemctl enable {RESTORED}")
    with pytest.raises(LvsError, match="was undone"):
        machine.keep(**FIRST)
    killed = machine.did.index("systemctl kill --signal=SIGKILL keepalived.service")
    assert "systemctl stop keepalived.service" not in machine.did[:killed], "it would take its services with it"
    assert (machine.active, machine.kernel.has) == (False, table(ONE, TWO))


@pytest.mark.parametrize("name", TASKS)
def test_a_rehearsal_says_what_the_run_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before, task = TASKS[name]
    machine = prepared(tmp_path, monkeypatch, before)
    machine.put(DRAIN, "1\n")
    was = snapshot(machine)
    foretold = machine.keep(**task, check=True)
    assert (snapshot(machine), changing(machine)) == (was, [])
    done = machine.keep(**task)
    assert foretold == done
    ran = [one for one in done["commands"] if one.startswith("systemctl")]
    # What restores the table at boot is a file's change, as with ipvs_table.
    assert ran == [one for one in changing(machine) if RESTORED not in one][: len(ran)]
    files = {path for path in (MAIN, FILE) if machine.text(path)}
    assert files == {MAIN, FILE}.intersection(done["after"]["files"])
    table_after = done["after"].get("table", [])
    assert [line for line in listing(machine.kernel.has) if line in table_after] == table_after


def test_what_a_host_shows_of_it(machine: Machine) -> None:
    machine.keep(services=web({**ONE, "weight": 7}, TWO), checks=checks(ONE))
    (service,) = table(ONE, TWO)
    one, two = ((service.key, realserver.key) for realserver in service.realservers)
    host = machine.host
    assert [seen.is_checked(host, name) for name in (one, two)] == [True, False]
    assert (seen.look(host)["keeps"], seen.drained_by_file(host)) == (["lvs"], {})
    machine.put(DRAIN, "1\n")
    assert {name: realserver.weight for name, realserver in seen.drained_by_file(host).items()} == {one: 7}
    machine.active = False
    assert not seen.is_checked(host, one), "nobody puts it back"
