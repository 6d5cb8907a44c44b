# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ipvs_trial on the kernel in memory: what it places it takes away, and nothing else."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import ipvs_trial as body
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import ledger
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.keeper import Keeper
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import connections, trial
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_info, ipvs_table, ipvs_trial

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

VIP = "192.168.1.110"
REAL = {"vip": VIP, "port": 80, "scheduler": "rr", "realservers": [{"rip": "192.168.1.11"}]}
TRIAL = {"vip": VIP, "port": 61000, "scheduler": "rr", "realservers": [{"rip": "192.168.1.12"}]}
OTHER = {**TRIAL, "port": 61001}
COMMANDS = [f"ipvsadm -A -t {VIP}:61000 -s rr", f"ipvsadm -a -t {VIP}:61000 -r 192.168.1.12:61000 -g -w 1"]


SAID: dict[tuple[str, ...], list[dict[str, object]]] = {
    ("ip", "-j", "addr"): [
        {"ifname": "lo", "link_type": "loopback", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]},
        {"ifname": "eth0", "link_type": "ether", "address": "02:00:00:00:00:09"},
    ],
    ("ip", "-j", "neigh", "show", "192.168.1.11"): [{"dst": "192.168.1.11", "lladdr": "02:00:00:00:00:11"}],
    ("ip", "-j", "neigh", "show", "192.168.1.12"): [{"dst": "192.168.1.12", "state": ["FAILED"]}],
}


def ip(argv: Sequence[str]) -> Completed:
    return Completed(tuple(argv), 0, json.dumps(SAID[tuple(argv)]), "")


@pytest.fixture(autouse=True)
def record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_module: RunModule, kernel: FakeKernel
) -> Iterator[Path]:
    assert kernel.loaded
    path = tmp_path / "trial.json"
    monkeypatch.setattr(trial, "RECORD", str(path))
    monkeypatch.setattr(trial, "_PATIENCE", 0.1)
    monkeypatch.setattr(body, "Host", lambda: Host(str(tmp_path), ip))
    run_module(ipvs_table, {"services": [REAL]})
    yield path
    kill(path)


def kill(record: Path) -> None:
    """What a power cut does to the process, and not to the record."""
    child = (Keeper(str(record), {}).read().value or {}).get("pid")
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def table(run_module: RunModule) -> Any:
    return parse_table(run_module(ipvs_info, {})["services"])


def test_two_lvs_have_their_own(run_module: RunModule, record: Path) -> None:
    """What one places or takes away, the other one keeps."""
    others = record.with_name("trial-mail.json")
    mail = {**TRIAL, "port": 62000}
    run_module(ipvs_trial, {"services": [TRIAL]})
    run_module(ipvs_trial, {"services": [mail], "lvs_name": "mail"})
    path = Host(str(record.parent)).at(ledger.LEDGER)
    path.parent.mkdir(parents=True)
    path.write_text(
        ledger.render({"web": ledger.Lvs("alice", 5, {"ipvs_table": {"service tcp 192.168.1.110:80": "web"}})})
    )
    assert run_module(ipvs_trial, {}, check_mode=True)["others"] == ["web (1 service)"]
    assert run_module(ipvs_trial, {"lvs_name": "web"}, check_mode=True)["others"] == []
    try:
        assert {one.key.port for one in table(run_module)} == {REAL["port"], TRIAL["port"], mail["port"]}
        run_module(ipvs_trial, {})
        assert {one.key.port for one in table(run_module)} == {REAL["port"], mail["port"]}
        assert (record.exists(), others.exists()) == (False, True)
        run_module(ipvs_trial, {"lvs_name": "mail"})
        assert not others.exists()
    finally:
        kill(others)


def test_it_comes_and_goes(run_module: RunModule, record: Path) -> None:
    checked = run_module(ipvs_trial, {"services": [TRIAL]}, check_mode=True)
    assert not record.exists()
    assert table(run_module) == parse_table([REAL])
    placed = run_module(ipvs_trial, {"services": [TRIAL]})
    assert placed["commands"] == checked["commands"] == COMMANDS
    assert (placed["changed"], placed["after"]) == (True, listing(parse_table([TRIAL])))
    assert table(run_module) == parse_table([REAL, TRIAL])
    kill(record)
    again = run_module(ipvs_trial, {"services": [TRIAL]})
    assert (again["changed"], again["before"]) == (False, placed["after"])
    kill(record)
    assert run_module(ipvs_trial, {}, check_mode=True)["commands"] == [f"ipvsadm -D -t {VIP}:61000"]
    gone = run_module(ipvs_trial, {})
    assert (gone["changed"], gone["after"]) == (True, [])
    assert table(run_module) == parse_table([REAL])
    assert not record.exists()
    assert not run_module(ipvs_trial, {})["changed"]


def test_what_a_killed_run_left_is_removed_by_the_next(run_module: RunModule, record: Path) -> None:
    run_module(ipvs_trial, {"services": [TRIAL]})
    kill(record)
    next_run = run_module(ipvs_trial, {"services": [OTHER]})
    assert next_run["before"] == listing(parse_table([TRIAL]))
    assert table(run_module) == parse_table([REAL, OTHER])
    assert [key["port"] for key in json.loads(record.read_text())["services"]] == [61001]


def test_its_keeper_removes_them_when_nobody_comes_back(run_module: RunModule, kernel: FakeKernel) -> None:
    """What the process does in the end, done here: its own copy of the kernel in memory would tell nobody."""
    run_module(ipvs_table, {"services": [TRIAL]})
    trial._expire({service.key for service in parse_table([TRIAL])})
    assert table(run_module) == parse_table([REAL])
    assert kernel.commands


def test_a_service_of_somebody_else_is_left_alone(run_module: RunModule, record: Path) -> None:
    refused = run_module(ipvs_trial, {"services": [{**REAL, "realservers": []}]})
    assert refused["msg"] == (
        "services: is a service of this director already (got 'tcp 192.168.1.110:80')."
        " Fix: Take another port for the temporary one."
    )
    assert table(run_module) == parse_table([REAL])
    assert not record.exists()


def test_what_the_director_saw(run_module: RunModule, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = tmp_path / "connections"
    lines.write_text("header\nTCP C0A801FE D448 C0A8016E 0050 C0A8010B 0050 ESTABLISHED     899\n")
    monkeypatch.setattr(connections, "PROC_FILE", str(lines))
    saw = run_module(
        ipvs_trial,
        {
            "clients": ["192.168.1.254"],
            "vips": ["127.0.0.1", VIP],
            "rips": ["192.168.1.11", "192.168.1.12"],
            "counted": {f"tcp {VIP}:80": 0},
        },
    )
    assert saw["connections"][0]["realserver"] == "192.168.1.11"
    assert (saw["held"], saw["macs"]) == (["127.0.0.1"], ["02:00:00:00:00:09"])
    assert saw["neighbours"] == {"192.168.1.11": "02:00:00:00:00:11"}
    assert saw["daemons"] == []
    (service,) = saw["states"]
    assert (service["service"], service["counters"]["connections"]) == (f"tcp {VIP}:80", 0)
    assert saw["states"] == run_module(ipvs_info, {})["states"]


def test_counters_that_do_not_come_are_not_waited_for_without_end(run_module: RunModule) -> None:
    saw = run_module(ipvs_trial, {"counted": {f"tcp {VIP}:80": 8}, "since": {f"tcp {VIP}:80": 1}})
    assert saw["states"][0]["counters"]["connections"] == 0


@pytest.mark.parametrize("option", ["counted", "since"])
def test_numbers_that_are_none(run_module: RunModule, option: str) -> None:
    refused = run_module(ipvs_trial, {option: {"tcp": "many"}})
    assert refused["msg"] == f"{option}[tcp]: is not a number of connections (got 'many'). Fix: Use 0 or more."
