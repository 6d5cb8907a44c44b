# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import pathlib
import time
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import client, drain
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import dest as dest_work
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.drained import read_memory
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.refusals import Failure
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import drains
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import Operation
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_dest, ipvs_service, ipvs_table

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

WEB = {"vip": "192.168.1.110", "port": "80"}
ONE = {**WEB, "rip": "192.168.1.11"}
DEFAULTS = {
    "rip": "192.168.1.11",
    "port": 80,
    "forwarding": "dr",
    "weight": 1,
    "upper_threshold": 0,
    "lower_threshold": 0,
}


@pytest.fixture
def dest(run_module: RunModule, kernel: FakeKernel) -> Any:
    """Run ipvs_dest in check mode and for real, and see that both say the same; the result of the latter."""
    run_module(ipvs_service, WEB)

    def run(**args: Any) -> dict[str, Any]:
        table = repr(kernel.services)
        checked = run_module(ipvs_dest, args, check_mode=True, diff=True)
        assert repr(kernel.services) == table
        done = run_module(ipvs_dest, args, diff=True)
        assert checked == done
        return done

    return run


def test_life_of_a_realserver(dest: Any) -> None:
    made = dest(**ONE)
    assert (made["changed"], made["before"], made["after"]) == (True, None, DEFAULTS)
    assert made["commands"] == ["ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1"]
    again = dest(**ONE)
    assert (again["changed"], again["before"], again["after"], again["commands"]) == (False, DEFAULTS, DEFAULTS, [])
    edited = dest(**ONE, weight=0)
    assert (edited["after"], edited["before"]) == ({**DEFAULTS, "weight": 0}, DEFAULTS)
    assert edited["commands"] == ["ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 0"]
    assert not dest(**ONE)["changed"]
    gone = dest(**ONE, state="absent")
    assert (gone["changed"], gone["after"]) == (True, None)
    assert gone["commands"] == ["ipvsadm -d -t 192.168.1.110:80 -r 192.168.1.11:80"]
    assert not dest(**ONE, state="absent")["changed"]


GUE = {"type": "gue", "port": 6080, "checksum": "remcsum"}
CHANGES = [
    ({"forwarding": "nat"}, {"forwarding": "nat"}),
    ({"forwarding": "masquerading"}, {"forwarding": "nat"}),
    ({"weight": 0}, {"weight": 0}),
    ({"weight": 10}, {"weight": 10}),
    ({"upper_threshold": 100}, {"upper_threshold": 100}),
    ({"upper_threshold": 9, "lower_threshold": 9}, {"upper_threshold": 9, "lower_threshold": 9}),
    ({"forwarding": "tun"}, {"forwarding": "tun", "tunnel": {"type": "ipip", "port": 0, "checksum": "none"}}),
    ({"forwarding": "tun", "tunnel": GUE}, {"forwarding": "tun", "tunnel": GUE}),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_a_change_of_one_option_changes_that_alone(dest: Any, change: dict[str, Any], expected: dict[str, Any]) -> None:
    dest(**ONE)
    edited = dest(**ONE, **change)
    assert edited["changed"]
    assert edited["after"] == {**DEFAULTS, **expected}
    assert not dest(**ONE)["changed"]


def test_another_port_with_nat_is_another_realserver(dest: Any, kernel: FakeKernel) -> None:
    dest(**ONE, forwarding="nat")
    dest(**ONE, forwarding="nat", rip_port="8080")
    ((_attributes, pool),) = kernel.services.values()
    assert len(pool) == 2


def test_a_realserver_of_the_other_family_through_a_tunnel(dest: Any) -> None:
    made = dest(**WEB, rip="2001:DB8::0001", forwarding="ipip")
    assert made["after"]["rip"] == "2001:db8::1"
    assert not dest(**WEB, rip="2001:db8::1")["changed"]


FAILURES = [
    (WEB, "missing required arguments: rip"),
    ({**ONE, "rip": "192.168.1.300"}, "rip: is not an address (got '192.168.1.300')."),
    ({**ONE, "rip_port": "8080"}, "rip_port: is not the port of the service, 80, and forwarding dr cannot"),
    ({**ONE, "rip": "2001:db8::1"}, "rip: cannot serve an ipv4 service: forwarding dr"),
    ({**ONE, "weight": -1}, "weight: is not a weight (got -1)."),
    ({**ONE, "lower_threshold": 1}, "lower_threshold: is above the upper threshold 0 (got 1)."),
    ({**ONE, "tunnel": {}}, "tunnel: has no effect with forwarding dr (got a mapping)."),
    (
        {**ONE, "forwarding": "tun", "tunnel": {"type": "gue"}},
        "tunnel.port: is missing: nothing says to which UDP port",
    ),
    ({**ONE, "port": "81"}, "service: is not there (got 'tcp 192.168.1.110:81'). Fix: Add it first"),
]


@pytest.mark.usefixtures("kernel")
def test_all_that_is_wrong_is_said_at_once(run_module: RunModule) -> None:
    run_module(ipvs_service, WEB)
    both = run_module(ipvs_dest, {**ONE, "vip": "x", "rip": "y", "weight": -1})["msg"].split("\n")
    assert [line.rpartition("[")[2] for line in both] == ["vip-invalid]", "rip-invalid]", "weight-invalid]"]
    both = run_module(ipvs_dest, {**ONE, "weight": -1, "lower_threshold": 1})["msg"].split("\n")
    assert [line.rpartition("[")[2] for line in both] == ["thresholds-crossed]", "weight-invalid]"]


def test_what_goes_may_be_anything_else(dest: Any) -> None:
    dest(**ONE)
    assert dest(**ONE, weight=-1, state="absent")["after"] is None


@pytest.mark.parametrize(("args", "message"), FAILURES)
def test_failures(run_module: RunModule, kernel: FakeKernel, args: dict[str, Any], message: str) -> None:
    run_module(ipvs_service, WEB)
    result = run_module(ipvs_dest, args)
    assert result["failed"]
    assert message in result["msg"]
    ((_attributes, pool),) = kernel.services.values()
    assert pool == {}


@pytest.mark.usefixtures("kernel")
def test_in_check_mode_the_service_may_yet_have_to_be_made(run_module: RunModule) -> None:
    result = run_module(ipvs_dest, ONE, check_mode=True)
    assert result["changed"]
    assert result["commands"] == ["ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1"]
    assert "service tcp 192.168.1.110:80 is not there yet" in str(result["warnings"])


@pytest.mark.usefixtures("kernel")
def test_absent_from_a_missing_service_is_fine(run_module: RunModule) -> None:
    assert not run_module(ipvs_dest, {**ONE, "state": "absent"})["changed"]


# --- draining ---

NO_CONNECTIONS = {"states": {}, "templates": 0}
SERVED = "TCP C0A801FE D448 C0A8016E 0050 C0A8010B 0050 ESTABLISHED     899"
FLOOD = "TCP C0A801FE {:04X} C0A8016E 0050 C0A8010B 0050 SYN_RECV         58"
TWO = {**WEB, "rip": "192.168.1.12"}


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """The file in which the kernel shows connections; and no waiting in real time."""
    monkeypatch.setattr(drain, "templates_admit", lambda: True)
    clock = iter(range(10**6))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    return tmp_path / "ip_vs_conn"


@pytest.fixture
def memory(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "memory" / "drained.json"


@pytest.fixture
def pool(dest: Any, connections: pathlib.Path) -> Any:
    """A service with two realservers, the first of weight 7."""
    assert connections.exists()
    dest(**ONE, weight=7, upper_threshold=9)
    dest(**TWO)
    return dest


def test_life_of_a_drained_realserver(pool: Any, memory: pathlib.Path) -> None:
    drained = pool(**ONE, state="drained")
    assert (drained["changed"], drained["drained"], drained["connections"]) == (True, True, NO_CONNECTIONS)
    assert (drained["before"]["weight"], drained["after"]["weight"]) == (7, 0)
    assert drained["commands"] == ["ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 0 -x 9 -y 0"]
    assert memory.exists()
    again = pool(**ONE, state="drained")
    assert (again["changed"], again["drained"], again["commands"]) == (False, True, [])
    back = pool(**ONE)
    assert (back["changed"], back["before"]["weight"], back["after"]["weight"]) == (True, 0, 7)
    assert not memory.exists()
    assert not pool(**ONE)["changed"]


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    """The file by which keepalived drains the first realserver, which it checks."""
    monkeypatch.setattr(drains, "DRAINS", str(tmp_path / "drain"))
    monkeypatch.setattr(dest_work, "is_checked", lambda _host, name: name[1].rip == ONE["rip"])
    file = tmp_path / "drain" / "tcp_192.168.1.110_80-192.168.1.11_80"
    file.parent.mkdir()
    file.write_text("0\n")
    return file


def test_where_keepalived_keeps_the_table_it_is_told(
    run_module: RunModule, pool: Any, memory: pathlib.Path, switch: pathlib.Path
) -> None:
    run_module(ipvs_dest, {**ONE, "state": "drained"}, check_mode=True)
    assert switch.read_text() == "0\n"
    assert pool(**ONE, state="drained")["changed"]
    assert (switch.read_text(), memory.exists()) == ("1\n", True)
    assert not pool(**ONE, state="drained")["changed"]
    switch.write_text("0\n")
    assert pool(**ONE, state="drained")["changed"], "it would get its weight at the next check"
    assert pool(**ONE)["after"]["weight"] == 7
    assert (switch.read_text(), memory.exists()) == ("0\n", False)


def test_a_drain_by_the_file_alone_is_ended_with_the_weight_that_keepalived_knows(
    pool: Any, switch: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool(**ONE, weight=0)
    switch.write_text("1\n")
    (service,) = parse_table([{**WEB, "realservers": [{"rip": ONE["rip"], "weight": 7, "upper_threshold": 9}]}])
    (one,) = service.realservers

    def by_file(_host: object) -> dict[Any, Any]:
        return {(service.key, one.key): one} if switch.read_text() == "1\n" else {}

    monkeypatch.setattr(dest_work, "drained_by_file", by_file)
    assert pool(**ONE)["after"]["weight"] == 7
    assert switch.read_text() == "0\n"
    assert not pool(**ONE)["changed"]


def test_who_fails_its_check_is_drained_and_comes_back_by_itself(pool: Any, switch: pathlib.Path) -> None:
    pool(**ONE, state="absent")
    drained = pool(**ONE, state="drained")
    assert (drained["changed"], drained["after"], switch.read_text()) == (True, None, "1\n")
    back = pool(**ONE)
    assert (back["changed"], back["after"], switch.read_text()) == (True, None, "0\n")
    assert not pool(**ONE)["changed"]


def test_who_was_taken_out_by_force_is_put_back(
    run_module: RunModule, pool: Any, connections: pathlib.Path, switch: pathlib.Path
) -> None:
    connections.write_text(f"header\n{SERVED}\n")
    forced = run_module(ipvs_dest, {**ONE, "state": "drained", "wait_timeout": 1, "on_timeout": "force"})
    assert (forced["after"], switch.read_text()) == (None, "1\n")
    assert pool(**ONE)["after"]["weight"] == 7


@pytest.mark.parametrize("state", ["drained", "present"])
def test_what_the_kernel_refuses_keepalived_is_not_left_with(
    run_module: RunModule,
    pool: Any,
    switch: pathlib.Path,
    memory: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    if state == "present":
        pool(**ONE, state="drained")
    before, remembered = switch.read_text(), memory.exists()
    real, refusals = client.Ipvs.execute, [errno.EINVAL]

    def refuse(kernel: client.Ipvs, operations: list[Operation]) -> list[Failure]:
        return [Failure(operations[0], refusals.pop())] if operations and refusals else real(kernel, operations)

    monkeypatch.setattr(client.Ipvs, "execute", refuse)
    assert "Everything this task did before that was undone" in run_module(ipvs_dest, {**ONE, "state": state})["msg"]
    assert (switch.read_text(), memory.exists()) == (before, remembered)


def test_an_explicit_weight_wins_over_the_remembered_one(pool: Any, memory: pathlib.Path) -> None:
    pool(**ONE, state="drained")
    assert pool(**ONE, weight=3)["after"]["weight"] == 3
    assert not memory.exists()


def test_a_weight_that_somebody_gave_meanwhile_wins_too(pool: Any, run_module: RunModule) -> None:
    pool(**ONE, state="drained")
    wish = {"vip": "192.168.1.110", "port": 80, "realservers": [{"rip": "192.168.1.11", "weight": 2}]}
    run_module(ipvs_table, {"services": [wish], "keep_drained": False})
    assert not pool(**ONE)["changed"]


def test_removing_forgets(pool: Any, memory: pathlib.Path) -> None:
    pool(**ONE, state="drained")
    pool(**ONE, state="absent")
    assert not memory.exists()


def test_removing_the_service_forgets_too(pool: Any, run_module: RunModule, memory: pathlib.Path) -> None:
    pool(**ONE, state="drained")
    run_module(ipvs_service, {**WEB, "scheduler": "rr"})
    assert memory.exists()
    run_module(ipvs_service, {**WEB, "state": "absent"}, check_mode=True)
    assert memory.exists()
    run_module(ipvs_service, {**WEB, "state": "absent"})
    assert not memory.exists()


def test_weight_zero_is_nothing_to_remember(pool: Any, memory: pathlib.Path) -> None:
    pool(**ONE, weight=0)
    assert not pool(**ONE, state="drained")["changed"]
    assert not memory.exists()
    assert not pool(**ONE)["changed"]


def test_the_last_realservers_are_not_drained(pool: Any) -> None:
    message = (
        "rip: is one of 2 realservers of tcp 192.168.1.110:80 with a weight above 0, and min_active keeps 2 besides it"
    )
    assert message in pool(**ONE, state="drained", min_active=2)["msg"]
    pool(**TWO, state="drained")
    assert "is the only realserver of tcp 192.168.1.110:80 with a weight above 0" in pool(**ONE, state="drained")["msg"]
    assert pool(**TWO, state="drained")["drained"]
    assert pool(**ONE, state="drained", min_active=0)["changed"]


def test_who_is_not_there(pool: Any, run_module: RunModule) -> None:
    stranger = {**WEB, "rip": "192.168.1.13", "state": "drained"}
    message = "is not there to be drained (got 'realserver 192.168.1.13:80 of service tcp 192.168.1.110:80')."
    assert message in run_module(ipvs_dest, stranger)["msg"]
    result = pool(**stranger, fail_on_not_found=False)
    assert (result["changed"], result["after"]) == (False, None)
    assert not pool(**{**stranger, "port": "81"}, fail_on_not_found=False)["changed"]


def test_a_weight_beside_drained_is_refused(pool: Any) -> None:
    assert "weight: cannot be set with state drained" in pool(**ONE, state="drained", weight=5)["msg"]


def test_a_client_that_is_served_is_waited_for(
    pool: Any, run_module: RunModule, connections: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pool
    connections.write_text(f"header\n{SERVED}\n")
    waits = iter(range(3))

    def sleep(_seconds: float) -> None:
        if next(waits) == 2:
            connections.write_text("header\n")

    monkeypatch.setattr(time, "sleep", sleep)
    result = run_module(ipvs_dest, {**ONE, "state": "drained"})
    assert (result["drained"], result["connections"]) == (True, NO_CONNECTIONS)
    assert next(waits, None) is None


def test_a_flood_of_half_open_connections_is_not_waited_for(
    pool: Any, run_module: RunModule, connections: pathlib.Path
) -> None:
    assert pool
    connections.write_text("header\n" + "".join(FLOOD.format(port) + "\n" for port in range(1000)))
    result = run_module(ipvs_dest, {**ONE, "state": "drained"})
    assert (result["drained"], result["connections"]) == (True, {"states": {"SYN_RECV": 1000}, "templates": 0})
    args = {**ONE, "state": "drained", "wait_for": "all", "wait_timeout": 5, "on_timeout": "leave"}
    assert not run_module(ipvs_dest, args)["drained"]


def test_who_is_not_done_in_time(
    pool: Any, run_module: RunModule, kernel: FakeKernel, connections: pathlib.Path, memory: pathlib.Path
) -> None:
    assert pool
    connections.write_text(f"header\n{SERVED}\n")
    wish = {**ONE, "state": "drained", "wait_timeout": 5}
    failed = run_module(ipvs_dest, wish)
    assert "have not ended after 5 seconds (got {'states': {'ESTABLISHED': 1}, 'templates': 0})" in failed["msg"]
    left = run_module(ipvs_dest, {**wish, "on_timeout": "leave"})
    assert (left["changed"], left["drained"], left["after"]["weight"]) == (False, False, 0)
    assert run_module(ipvs_dest, {**wish, "wait_for": "none"})["drained"]
    forced = run_module(ipvs_dest, {**wish, "on_timeout": "force"})
    assert (forced["changed"], forced["drained"], forced["after"]) == (True, False, None)
    assert forced["commands"] == ["ipvsadm -d -t 192.168.1.110:80 -r 192.168.1.11:80"]
    ((_attributes, destinations),) = kernel.services.values()
    assert len(destinations) == 1
    assert memory.exists()
    back = run_module(ipvs_dest, ONE)
    assert (back["after"]["weight"], back["after"]["upper_threshold"]) == (7, 9)


def test_two_drains_at_once_remember_both(pool: Any, run_module: RunModule, memory: pathlib.Path) -> None:
    pool(**{**WEB, "rip": "192.168.1.13"})
    run_module(ipvs_dest, {**ONE, "state": "drained"})
    run_module(ipvs_dest, {**TWO, "state": "drained"})
    assert len(read_memory(str(memory)).value or {}) == 2
    run_module(ipvs_dest, ONE)
    assert len(read_memory(str(memory)).value or {}) == 1


def test_a_whole_table_leaves_the_drained_alone(pool: Any, run_module: RunModule, memory: pathlib.Path) -> None:
    pool(**ONE, state="drained")
    services = [{**WEB, "realservers": [{"rip": "192.168.1.11", "weight": 5}, {"rip": "192.168.1.12", "weight": 7}]}]
    after = run_module(ipvs_table, {"services": services})["after"]
    assert after[1].startswith("-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 0")
    assert memory.exists()
    given = run_module(ipvs_table, {"services": services, "keep_drained": False})
    assert given["after"][1].startswith("-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 5")
    assert not memory.exists()


def test_all_who_leave_share_the_time(
    pool: Any, connections: pathlib.Path, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pool
    connections.write_text(f"head\n{SERVED}\n")
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    (service,) = client.Ipvs(kernel).table()
    drain.let_finish([(service, one.key) for one in service.realservers], 8)
    assert 1 < len(slept) < 8  # the clock of this test advances a second whenever it is asked
    connections.write_text("head\n")
    slept.clear()
    drain.let_finish([(service, one.key) for one in service.realservers], 8)
    assert slept == [1.0]


# --- a hash keeps those of weight 0, and refuses their clients ---


def hashing(run_module: RunModule, *flags: str) -> None:
    run_module(ipvs_service, {**WEB, "scheduler": "sh", "scheduler_flags": list(flags)})


def flags_of(kernel: FakeKernel) -> tuple[str, ...]:
    (service,) = client.Ipvs(kernel).table()
    return service.scheduler_flags


def test_a_drain_sets_the_fallback_of_a_hash_and_its_end_takes_it_away(
    pool: Any, run_module: RunModule, kernel: FakeKernel, memory: pathlib.Path
) -> None:
    hashing(run_module, "sh-port")
    drained = pool(**ONE, state="drained")
    assert drained["commands"][0] == "ipvsadm -E -t 192.168.1.110:80 -s sh -b sh-fallback,sh-port"
    assert flags_of(kernel) == ("sh-fallback", "sh-port")
    assert not pool(**ONE, state="drained")["changed"]
    pool(**TWO, state="drained", min_active=0)
    pool(**ONE)
    assert flags_of(kernel) == ("sh-fallback", "sh-port")
    pool(**TWO)
    assert flags_of(kernel) == ("sh-port",)
    assert not memory.exists()


@pytest.mark.parametrize("last", [{"state": "absent"}, {"weight": 3}])
def test_a_drain_ends_as_well_when_its_realserver_goes_or_gets_a_weight(
    pool: Any, run_module: RunModule, kernel: FakeKernel, last: dict[str, Any]
) -> None:
    hashing(run_module)
    pool(**ONE, state="drained")
    pool(**ONE, **last)
    assert flags_of(kernel) == ()


def test_a_fallback_that_was_there_before_stays(pool: Any, run_module: RunModule, kernel: FakeKernel) -> None:
    hashing(run_module, "sh-fallback")
    pool(**ONE, state="drained")
    pool(**ONE)
    assert flags_of(kernel) == ("sh-fallback",)


def test_a_whole_table_keeps_the_fallback_for_as_long_as_somebody_is_drained(
    pool: Any, run_module: RunModule, kernel: FakeKernel
) -> None:
    hashing(run_module)
    pool(**ONE, state="drained")
    members = [{"rip": "192.168.1.11", "weight": 7, "upper_threshold": 9}, {"rip": "192.168.1.12"}]
    services = [{**WEB, "scheduler": "sh", "scheduler_flags": [], "realservers": members}]
    assert not run_module(ipvs_table, {"services": services})["changed"]
    run_module(ipvs_table, {"services": services, "keep_drained": False})
    assert flags_of(kernel) == ()


def test_a_client_of_udp_that_is_silent_is_done(
    run_module: RunModule, connections: pathlib.Path, kernel: FakeKernel
) -> None:
    """The timeout of UDP is 300 seconds: with 271 left it spoke 29 seconds ago, with 270 half a minute."""
    name = {**WEB, "protocol": "udp", "port": "53"}
    run_module(ipvs_service, name)
    for rip in ("192.168.1.11", "192.168.1.12"):
        run_module(ipvs_dest, {**name, "rip": rip})
    line = "UDP C0A801FE DA38 C0A8016E 0035 C0A8010B 0035 UDP             {}"
    drain = {**name, "rip": "192.168.1.11", "state": "drained", "wait_timeout": 5}
    connections.write_text(f"header\n{line.format(270)}\n")
    done = run_module(ipvs_dest, drain)
    assert (done["drained"], done["connections"]["states"]) == (True, {"UDP_QUIET": 1})
    connections.write_text(f"header\n{line.format(271)}\n")
    failed = run_module(ipvs_dest, drain)
    assert "A client that goes on talking keeps its realserver however long you wait." in failed["msg"]
    assert kernel.services
