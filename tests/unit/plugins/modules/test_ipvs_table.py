# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import json
import os
import pathlib
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import files as host_files
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import init, ledger
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.lock import hold
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import (
    client,
    converge,
    netlink,
    refusals,
    restore,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import owners as owners_work
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import table as work
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.owners import table_owners
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.restore import parse_record
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import diff
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_dest, ipvs_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

WEB: dict[str, Any] = {
    "vip": "192.168.1.110",
    "port": 80,
    "realservers": [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12", "weight": 2}],
}
MAIL = {"vip": "192.168.1.110", "port": 25, "scheduler": "rr", "realservers": []}
OTHER = {"vip": "192.168.1.120", "port": 80, "realservers": [{"rip": "192.168.1.13"}]}


def now(kernel: FakeKernel) -> Table:
    return client.Ipvs(kernel).table()


@pytest.fixture
def table(run_module: RunModule, kernel: FakeKernel) -> Any:
    """Run ipvs_table in check mode and for real, and see that both say the same; the result of the latter."""

    def run(*services: dict[str, Any], **args: Any) -> dict[str, Any]:
        before = repr(kernel.services)
        checked = run_module(ipvs_table, {"services": list(services), **args}, check_mode=True, diff=True)
        assert repr(kernel.services) == before
        done = run_module(ipvs_table, {"services": list(services), **args}, diff=True)
        assert checked == done
        return done

    return run


def test_life_of_a_table(table: Any, kernel: FakeKernel) -> None:
    made = table(WEB, MAIL)
    assert made["changed"]
    assert made["before"] == []
    assert made["after"] == listing(parse_table([WEB, MAIL])) == listing(now(kernel))
    assert made["commands"] == [
        "ipvsadm -A -t 192.168.1.110:25 -s rr",
        "ipvsadm -A -t 192.168.1.110:80 -s wlc",
        "ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1",
        "ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.12:80 -g -w 2",
    ]
    again = table(MAIL, WEB)
    assert (again["changed"], again["commands"]) == (False, [])
    assert again["before"] == again["after"] == []
    gone = table(purge=True)
    assert (gone["before"], gone["after"]) == (made["after"], [])
    assert kernel.services == {}
    assert not table(purge=True)["changed"]


def test_a_changed_weight_sends_one_message(table: Any, kernel: FakeKernel, run_module: RunModule) -> None:
    table(WEB, MAIL)
    kernel.commands.clear()
    pool = [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12", "weight": 0}]
    run_module(ipvs_table, {"services": [{**WEB, "realservers": pool}, MAIL]})
    assert [command for command in kernel.commands if command not in (4, 8)] == [6]


def test_the_result_is_about_what_changes(table: Any) -> None:
    table(WEB, MAIL)
    pool = [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12", "weight": 0}]
    result = table({**WEB, "realservers": pool}, MAIL)
    unchanged = ["-A -t 192.168.1.110:80 -s wlc", "-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1"]
    assert result["before"] == [*unchanged, "-a -t 192.168.1.110:80 -r 192.168.1.12:80 -g -w 2"]
    assert result["after"] == [*unchanged, "-a -t 192.168.1.110:80 -r 192.168.1.12:80 -g -w 0"]
    assert ":25" not in str(result["diff"])
    assert "services" not in result["invocation"]["module_args"]


def test_services_may_come_as_json_text(table: Any, run_module: RunModule) -> None:
    made = run_module(ipvs_table, {"services": json.dumps([WEB, MAIL])})
    assert made["after"] == listing(parse_table([WEB, MAIL]))
    assert not table(WEB, MAIL)["changed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{", "services: is neither a list of services nor JSON text of one (got '[{')."),
        ('{"vip": 1}', "services: is not a list of services (got a mapping)."),
    ],
)
def test_other_texts_are_refused(run_module: RunModule, kernel: FakeKernel, text: str, message: str) -> None:
    assert run_module(ipvs_table, {"services": text})["msg"].startswith(message)
    assert kernel.services == {}


def test_a_time_that_cannot_be_waited_is_refused(run_module: RunModule, kernel: FakeKernel) -> None:
    refused = run_module(ipvs_table, {"services": [WEB], "drain_timeout": -1})
    assert refused["msg"] == "drain_timeout: is not a time to wait (got -1). Fix: Use 0 or more."
    assert kernel.services == {}


def test_what_is_not_listed_stays_unless_purged(table: Any, kernel: FakeKernel) -> None:
    table(WEB, MAIL, OTHER)
    kept = table(WEB)
    assert not kept["changed"]
    assert kept["after"] == []
    assert table(WEB, purge=True)["changed"]
    assert now(kernel) == parse_table([WEB])


def test_the_listed_realservers_are_all(table: Any, kernel: FakeKernel) -> None:
    table(WEB)
    table({**WEB, "realservers": [{"rip": "192.168.1.12"}]})
    assert now(kernel) == parse_table([{**WEB, "realservers": [{"rip": "192.168.1.12", "weight": 2}]}])
    left_out = {name: value for name, value in WEB.items() if name != "realservers"}
    assert not table(left_out)["changed"]
    table({**WEB, "realservers": []})
    assert now(kernel)[0].realservers == ()


def test_purging_within_a_vip(table: Any, kernel: FakeKernel) -> None:
    table(WEB, MAIL, OTHER, {"fwmark": 5})
    table(MAIL, purge=True, purge_scope="192.168.1.110")
    assert now(kernel) == parse_table([MAIL, OTHER, {"fwmark": 5, "realservers": []}])


def test_the_scope_must_be_one(table: Any) -> None:
    result = table(purge=True, purge_scope=["192.168.1.110", "web"])
    assert result["msg"] == "purge_scope[1]: is not a scope (got 'web'). Fix: Use all, recorded, or a VIP."


def test_purging_is_refused_while_another_program_owns_the_table(
    table: Any, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(WEB, OTHER)
    monkeypatch.setattr(work, "table_owners", lambda **_lvs: ["keepalived"])
    assert not table(WEB)["changed"]
    refused = table(WEB, purge=True)
    assert "purge: cannot be done while keepalived runs here" in refused["msg"]
    assert len(now(kernel)) == 2
    assert table(WEB, purge=True, force=True)["changed"]
    assert now(kernel) == parse_table([WEB])


def test_another_program_that_writes_the_table_is_not_put_up_with(
    table: Any, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert table(WEB, sole_writer=True)["changed"]
    monkeypatch.setattr(work, "table_owners", lambda **_lvs: ["keepalived"])
    refused = table(WEB, OTHER, sole_writer=True)
    assert refused["msg"].startswith("sole_writer: cannot be had while keepalived writes the table.")
    assert now(kernel) == parse_table([WEB])


def test_weights_may_be_left_to_others(table: Any, kernel: FakeKernel) -> None:
    table(WEB)
    drained = [{"rip": "192.168.1.11", "weight": 0}, {"rip": "192.168.1.12", "weight": 7}]
    table({**WEB, "realservers": drained})
    assert not table(WEB, keep_weights=True)["changed"]
    table({**WEB, "realservers": [*WEB["realservers"], {"rip": "192.168.1.13", "weight": 4}]}, keep_weights=True)
    assert [one.weight for one in now(kernel)[0].realservers] == [0, 7, 4]


def test_a_refusal_is_undone(run_module: RunModule, kernel: FakeKernel) -> None:
    run_module(ipvs_table, {"services": [WEB, OTHER]})
    before = now(kernel)
    bad = {**MAIL, "scheduler": "twos", "realservers": WEB["realservers"]}
    wish = [{**WEB, "scheduler": "rr", "realservers": []}, bad, {**MAIL, "port": 26}]
    result = run_module(ipvs_table, {"services": wish, "purge": True})
    assert result["failed"]
    assert "service tcp 192.168.1.110:25: scheduler: is not a scheduler" in result["msg"]
    assert result["msg"].endswith("Everything this task did before that was undone.")
    assert "realserver" not in result["msg"]
    assert (result["changed"], result["commands"]) == (False, [])
    assert now(kernel) == before


def test_what_cannot_be_undone_is_reported(
    run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel refuses a realserver, and then every removal."""
    kernel.refused_addresses = {bytes([192, 168, 1, 12]) + bytes(12)}
    execute = client.Ipvs.execute

    def stubborn(self: client.Ipvs, operations: Any) -> Any:
        removals = [refusals.Failure(one, 12) for one in operations if one.verb == "remove"]
        return removals or execute(self, operations)

    monkeypatch.setattr(client.Ipvs, "execute", stubborn)
    result = run_module(ipvs_table, {"services": [WEB]})
    assert "realserver 192.168.1.12:80: was refused by the kernel: Invalid argument" in result["msg"]
    assert result["changed"]
    assert result["commands"] == [
        "ipvsadm -A -t 192.168.1.110:80 -s wlc",
        "ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1",
    ]
    assert "This could not be undone: ipvsadm -A -t 192.168.1.110:80" in result["msg"]


def test_another_writer_between_reading_and_writing(run_module: RunModule, kernel: FakeKernel) -> None:
    """Somebody adds the very service that we are about to add, and with another scheduler."""

    def somebody() -> None:
        kernel.before_write = lambda: None
        other = client.Ipvs(kernel)
        waiting, kernel._answers = kernel._answers, []
        other.execute(diff(parse_table([{**WEB, "scheduler": "rr"}]), ()))
        kernel._answers = waiting

    kernel.before_write = somebody
    result = run_module(ipvs_table, {"services": [{**WEB, "scheduler": "wlc"}]})
    assert result["changed"]
    assert now(kernel) == parse_table([WEB])


def test_answers_that_were_lost_are_not_operations_that_were_lost(
    run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many answers at once: the kernel has done everything, and says ENOBUFS."""
    tell = netlink.Family.tell

    def overflow(self: netlink.Family, requests: Any) -> Any:
        tell(self, requests)
        raise OSError(errno.ENOBUFS, "No buffer space available")

    monkeypatch.setattr(netlink.Family, "tell", overflow)
    result = run_module(ipvs_table, {"services": [WEB, MAIL]})
    assert result["changed"]
    assert now(kernel) == parse_table([WEB, MAIL])


def test_programs_that_own_the_table_are_found(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "keepalived"
    shutil.copy(shutil.which("sleep") or "", program)
    assert "keepalived" not in table_owners()
    with subprocess.Popen([str(program), "60"]) as running:
        try:
            # The kernel gives a process its new name a moment after Popen sees it started.
            deadline = time.monotonic() + 10
            while not table_owners() and time.monotonic() < deadline:
                time.sleep(0.01)
            assert table_owners() == ["keepalived"]
        finally:
            running.kill()


@pytest.mark.parametrize(
    ("lvs", "owners"), [(None, ["keepalived"]), (["web"], []), ({"mail"}, ["keepalived"]), ((), [])]
)
def test_a_keepalived_of_ours_leaves_the_services_of_other_lvs_alone(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, lvs: Any, owners: list[str]
) -> None:
    program = tmp_path / "keepalived"
    shutil.copy(shutil.which("sleep") or "", program)
    monkeypatch.setattr(owners_work, "kept_by", lambda _host, _commands: frozenset({"mail"}))
    with subprocess.Popen([str(program), "60"]) as running:
        try:
            deadline = time.monotonic() + 10
            while not table_owners() and time.monotonic() < deadline:
                time.sleep(0.01)
            assert table_owners(lvs=lvs) == owners
        finally:
            running.kill()


def test_a_kernel_that_keeps_less_than_it_accepts_is_told_and_undone(run_module: RunModule, kernel: FakeKernel) -> None:
    kernel.tunnels = False
    pool = [{"rip": "192.168.1.11", "forwarding": "tun", "tunnel": {"type": "gue", "port": 6080}}]
    result = run_module(ipvs_table, {"services": [{**WEB, "realservers": pool}]})
    assert "was accepted by the kernel but not kept" in result["msg"]
    assert kernel.services == {}


def test_a_table_with_a_mistake_is_refused_before_anything(table: Any, kernel: FakeKernel) -> None:
    result = table(WEB, {**MAIL, "realservers": [{"rip": "192.168.1.11", "weight": "x"}]})
    assert result["msg"].startswith("services[1].realservers[0].weight: is not a weight (got 'x').")
    assert set(kernel.commands) <= {4, 8}


# --- the record ---


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> list[list[str]]:
    """A host with systemd; the calls of systemctl."""
    wants, unit = tmp_path / "wants", tmp_path / "system/lvs-ipvs.service"
    calls: list[list[str]] = []

    def execute(argv: Sequence[str]) -> Completed:
        command = list(argv)
        calls.append(command)
        link = wants / unit.name
        if command[1] == "enable":
            link.parent.mkdir(parents=True)
            link.symlink_to(unit)
        elif command[1] == "disable":
            link.unlink()
        return Completed(tuple(argv), 0, "", "")

    monkeypatch.setattr(init, "running", lambda _host: init.SYSTEMD)
    monkeypatch.setattr(work, "Host", lambda: Host("/", execute))
    return calls


def test_life_of_a_record(table: Any, systemd: list[list[str]], tmp_path: pathlib.Path) -> None:
    made = table(WEB, persistent=True)
    files = [str(tmp_path / name) for name in ("lvs/ipvs.json", "lib/ipvs-restore.pyz", "system/lvs-ipvs.service")]
    assert (made["changed"], made["files"]) == (True, files)
    assert [(one["after_header"], one["before"]) for one in made["diff"][1:]] == [(path, "") for path in files]
    assert systemd == [["systemctl", "daemon-reload"], ["systemctl", "enable", "lvs-ipvs.service"]]
    assert [pathlib.Path(path).stat().st_mode & 0o777 for path in files] == [0o644] * 3
    again = table(WEB, persistent=True)
    assert (again["changed"], again["files"]) == (False, [])
    changed = table({**WEB, "scheduler": "rr"}, persistent=True)
    assert changed["files"] == files[:1]
    pathlib.Path(files[1]).write_bytes(b"of an older release")
    mended = table({**WEB, "scheduler": "rr"}, persistent=True)
    assert (mended["changed"], mended["commands"], mended["files"]) == (True, [], files[1:2])
    assert mended["diff"][1]["before"] != mended["diff"][1]["after"]
    assert all(mended["diff"][1][when].startswith("sha256 ") for when in ("before", "after"))
    systemd.clear()
    gone = table(purge=True, purge_scope="recorded", persistent=True)
    assert sorted(gone["files"]) == sorted(files)
    assert systemd == [["systemctl", "disable", "--now", "lvs-ipvs.service"], ["systemctl", "daemon-reload"]]
    assert not any(pathlib.Path(path).parent.exists() for path in files[:2])
    assert not table(purge=True, purge_scope="recorded", persistent=True)["changed"]


@pytest.mark.usefixtures("systemd")
def test_a_full_disk_is_met_before_the_kernel_is_touched(
    table: Any, run_module: RunModule, kernel: FakeKernel, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(WEB, persistent=True)
    before, files = now(kernel), sorted(tmp_path.rglob("*"))

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused = run_module(ipvs_table, {"services": [MAIL], "purge": True, "persistent": True})
    assert refused["msg"] == (
        f"{tmp_path}/lvs/ipvs.json: could not be written: No space left on device; what was there is "
        "untouched. Fix: Free some space on its file system."
    )
    assert (now(kernel), sorted(tmp_path.rglob("*"))) == (before, files)


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.usefixtures("systemd")
def test_a_protected_record_is_met_before_the_kernel_is_touched(
    table: Any,
    run_module: RunModule,
    kernel: FakeKernel,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    check_mode: bool,
) -> None:
    table(WEB, persistent=True)
    before, files = now(kernel), sorted(tmp_path.rglob("*"))
    record = f"{tmp_path}/lvs/ipvs.json"
    monkeypatch.setattr(host_files, "_flags", lambda path: 0x10 if str(path) == record else 0)
    words = {"services": [MAIL], "purge": True, "persistent": True}
    refused = run_module(ipvs_table, words, check_mode=check_mode)
    assert refused["msg"].startswith(f"{record}: is protected by an attribute of the file system, see lsattr(1)")
    assert refused["msg"].endswith(f"Fix: Run: chattr -i {record}")
    assert (now(kernel), sorted(tmp_path.rglob("*"))) == (before, files)


def test_files_that_cannot_be_put_in_their_place_leave_the_kernel_as_it_was(
    table: Any, run_module: RunModule, kernel: FakeKernel, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unit cannot be enabled: by then the table is changed, and the record with it."""
    table(WEB)
    before, files = now(kernel), sorted(tmp_path.rglob("*"))
    ran = []

    def execute(argv: Sequence[str]) -> Completed:
        ran.append((argv[1], now(kernel) == before))
        return Completed(tuple(argv), int(argv[1] == "enable"), "", "no")

    monkeypatch.setattr(init, "running", lambda _host: init.SYSTEMD)
    monkeypatch.setattr(work, "Host", lambda: Host("/", execute))
    refused = run_module(ipvs_table, {"services": [MAIL], "purge": True, "persistent": True})
    assert [verb for verb, untouched in ran if not untouched] == [
        *("daemon-reload", "enable", "disable", "is-failed", "reset-failed", "daemon-reload")
    ]
    assert refused["msg"].endswith("Everything this task did before that was undone.")
    assert not refused["changed"]
    assert (now(kernel), sorted(tmp_path.rglob("*"))) == (before, files)


@pytest.mark.usefixtures("systemd")
def test_a_kernel_that_refuses_leaves_the_files_as_they_were(
    table: Any, run_module: RunModule, kernel: FakeKernel, tmp_path: pathlib.Path
) -> None:
    table(WEB, persistent=True)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kernel.schedulers = (b"wlc",)
    assert "scheduler" in run_module(ipvs_table, {"services": [MAIL], "persistent": True})["msg"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


@pytest.mark.usefixtures("systemd")
def test_services_of_others_are_neither_recorded_nor_purged_with_the_record(table: Any, kernel: FakeKernel) -> None:
    table(OTHER)
    table(WEB, MAIL, persistent=True)
    table(WEB, purge=True, purge_scope=["recorded"], persistent=True)
    assert now(kernel) == parse_table([WEB, OTHER])
    table(purge=True, purge_scope=["recorded"], persistent=True)
    assert now(kernel) == parse_table([OTHER])


@pytest.mark.usefixtures("systemd")
def test_two_tasks_share_the_record(table: Any, tmp_path: pathlib.Path) -> None:
    table(WEB, persistent=True)
    table(MAIL, persistent=True)
    record = (tmp_path / "lvs" / "ipvs.json").read_bytes()
    assert parse_record(record, "record").value == parse_table([WEB, MAIL])


@pytest.mark.usefixtures("systemd")
def test_kept_weights_are_not_recorded(table: Any, tmp_path: pathlib.Path) -> None:
    table({**WEB, "realservers": [{"rip": "192.168.1.11", "weight": 0}, {"rip": "192.168.1.12", "weight": 0}]})
    table(WEB, keep_weights=True, persistent=True)
    record = (tmp_path / "lvs" / "ipvs.json").read_bytes()
    assert parse_record(record, "record").value == parse_table([WEB])


@pytest.fixture
def runit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with another init, on which there are no commands."""
    monkeypatch.setattr(init, "running", lambda _host: "runit")
    monkeypatch.setattr(work, "Host", lambda: Host("/", lambda argv: pytest.fail(f"{argv} is run")))


@pytest.mark.usefixtures("runit")
def test_an_init_that_nobody_knows_is_named_before_anything_is_touched(
    kernel: FakeKernel, tmp_path: pathlib.Path, run_module: RunModule
) -> None:
    before = sorted(tmp_path.rglob("*"))
    for check_mode in (True, False):
        refused = run_module(ipvs_table, {"services": [WEB], "persistent": True}, check_mode=check_mode)
        assert refused["msg"].startswith("persistent: cannot be had on this host, which runs runit: ")
    assert (kernel.services, sorted(tmp_path.rglob("*"))) == ({}, before)


@pytest.mark.usefixtures("runit")
def test_there_a_record_can_be_kept_that_nobody_restores(
    table: Any, kernel: FakeKernel, tmp_path: pathlib.Path
) -> None:
    kept = {"purge": True, "purge_scope": ["recorded"], "persistent": True, "at_boot": False}
    assert table(WEB, MAIL, **kept)["files"] == [str(tmp_path / "lvs/ipvs.json")]
    table(WEB, **kept)
    assert now(kernel) == parse_table([WEB])
    assert not table(WEB, **kept)["changed"]
    assert table(**kept)["files"] == [str(tmp_path / "lvs/ipvs.json")]
    assert now(kernel) == ()


@pytest.mark.usefixtures("systemd")
def test_a_record_that_is_to_be_restored_no_more(table: Any, tmp_path: pathlib.Path) -> None:
    table(WEB, persistent=True)
    left = table(WEB, persistent=True, at_boot=False)["files"]
    assert sorted(left) == [str(tmp_path / name) for name in ("lib/ipvs-restore.pyz", "system/lvs-ipvs.service")]
    assert not (tmp_path / "wants/lvs-ipvs.service").is_symlink()
    assert (tmp_path / "lvs/ipvs.json").is_file()


def test_what_was_left_for_systemd_goes_without_it(
    table: Any, systemd: list[list[str]], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(WEB, persistent=True)
    systemd.clear()
    monkeypatch.setattr(init, "running", lambda _host: "runit")
    table(purge=True, purge_scope=["recorded"], persistent=True)
    assert systemd == []
    assert [path for path in tmp_path.rglob("*") if "lvs-ipvs" in path.name] == []


@pytest.mark.usefixtures("systemd")
def test_weights_of_the_drained_are_recorded_as_they_were(
    table: Any, run_module: RunModule, tmp_path: pathlib.Path
) -> None:
    table(WEB, persistent=True)
    run_module(
        ipvs_dest, {"vip": "192.168.1.110", "port": 80, "rip": "192.168.1.12", "state": "drained", "wait_for": "none"}
    )
    assert not table(WEB, persistent=True)["changed"]
    record = (tmp_path / "lvs" / "ipvs.json").read_bytes()
    assert parse_record(record, "record").value == parse_table([WEB])


@pytest.mark.parametrize(
    ("asked", "options", "warned"), [(WEB, {}, True), (MAIL, {}, False), (WEB, {"keep_drained": False}, False)]
)
def test_who_stays_drained_is_named(
    table: Any, run_module: RunModule, asked: dict[str, Any], options: dict[str, Any], warned: bool
) -> None:
    """Of services that are not listed nothing is said, nor of who gets connections again."""
    table(WEB)
    run_module(
        ipvs_dest, {"vip": "192.168.1.110", "port": 80, "rip": "192.168.1.12", "state": "drained", "wait_for": "none"}
    )
    said = str(table(asked, **options).get("warnings", ""))
    assert ("192.168.1.12:80 of tcp 192.168.1.110:80 stays drained" in said) is warned
    assert bool(said) is warned


def test_who_is_kept_stays_as_it_is(table: Any, kernel: FakeKernel) -> None:
    """Realserver 11 is there and stays, whatever is listed; 13 is not there and does not come; 12 is as listed."""
    table(WEB)
    pool = [{"rip": "192.168.1.11", "weight": 9}, {"rip": "192.168.1.12", "weight": 7}, {"rip": "192.168.1.13"}]
    changed = table({**WEB, "scheduler": "rr", "realservers": pool}, keep=["192.168.1.11", "192.168.1.13"])
    assert changed["commands"] == [
        "ipvsadm -E -t 192.168.1.110:80 -s rr",
        "ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.12:80 -g -w 7",
    ]
    removed = table({**WEB, "realservers": []}, keep=["192.168.1.11"])
    assert removed["commands"] == ["ipvsadm -d -t 192.168.1.110:80 -r 192.168.1.12:80"]
    assert [one.rip for one in now(kernel)[0].realservers] == ["192.168.1.11"]
    assert not table({**WEB, "realservers": pool[:1]}, keep=["192.168.1.11"])["changed"]


def test_a_service_that_nobody_serves_yet_is_named(table: Any) -> None:
    marked = {**WEB, "vip": None, "port": None, "fwmark": 5, "family": "ipv4"}
    both = ["192.168.1.11", "192.168.1.12"]
    assert table(WEB, MAIL, OTHER, keep=both)["unserved"] == {"vips": ["192.168.1.110"], "fwmarks": []}
    assert table(marked, OTHER, keep=both)["unserved"] == {"vips": [], "fwmarks": [5]}
    # One of its services is served, so the VIP is of use.
    assert table(WEB, {**OTHER, "vip": WEB["vip"], "port": 443}, keep=both)["unserved"] == {"vips": [], "fwmarks": []}
    assert table(WEB, keep=both[:1])["unserved"] == {"vips": [], "fwmarks": []}
    assert table(WEB, keep=both)["unserved"] == {"vips": [], "fwmarks": []}


def test_who_is_kept_is_named_by_an_address(table: Any, kernel: FakeKernel) -> None:
    assert (
        table(WEB, keep=["192.168.1.11", "web1"])["msg"]
        == "keep[1]: is not an address (got 'web1'). Fix: Use the RIP of a realserver."
    )
    assert kernel.services == {}


@pytest.mark.usefixtures("systemd")
def test_who_is_kept_stays_in_the_record_as_it_was(table: Any, tmp_path: pathlib.Path) -> None:
    table(WEB, persistent=True)
    pool = [{"rip": "192.168.1.11", "weight": 9}, {"rip": "192.168.1.12", "weight": 7}, {"rip": "192.168.1.13"}]
    table({**WEB, "realservers": pool}, keep=["192.168.1.11", "192.168.1.13"], persistent=True)
    record = (tmp_path / "lvs" / "ipvs.json").read_bytes()
    kept = [{"rip": "192.168.1.11", "weight": 1}, {"rip": "192.168.1.12", "weight": 7}]
    assert parse_record(record, "record").value == parse_table([{**WEB, "realservers": kept}])


def test_who_leaves_gets_nothing_new_and_may_finish(
    table: Any, run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(WEB)
    meanwhile: list[list[str]] = []
    monkeypatch.setattr(converge, "let_finish", lambda *_who: meanwhile.append(listing(now(kernel))))
    shrunk = {**WEB, "realservers": [{"rip": "192.168.1.13"}, {"rip": "192.168.1.12", "weight": 2}]}
    done = run_module(ipvs_table, {"services": [shrunk], "drain_timeout": 10})
    rules = "-A -t 192.168.1.110:80 -s wlc", "-a -t 192.168.1.110:80 -r 192.168.1.{}:80 -g -w {}"
    assert meanwhile == [[rules[0], rules[1].format(11, 0), rules[1].format(12, 2), rules[1].format(13, 1)]]
    assert listing(now(kernel)) == [rules[0], rules[1].format(12, 2), rules[1].format(13, 1)]
    assert done["commands"][-1] == "ipvsadm -d -t 192.168.1.110:80 -r 192.168.1.11:80"
    table({**WEB, "realservers": []}, drain_timeout=0)
    assert len(meanwhile) == 1


def test_a_hash_refuses_nobody_while_one_leaves(
    table: Any, run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = {**WEB, "scheduler": "mh"}
    table(hashed)
    meanwhile: list[str] = []
    monkeypatch.setattr(converge, "let_finish", lambda *_who: meanwhile.append(listing(now(kernel))[0]))
    shrunk = {**hashed, "realservers": [{"rip": "192.168.1.12", "weight": 2}]}
    run_module(ipvs_table, {"services": [shrunk], "drain_timeout": 10})
    assert meanwhile == ["-A -t 192.168.1.110:80 -s mh -b mh-fallback"]
    assert listing(now(kernel))[0] == "-A -t 192.168.1.110:80 -s mh"


def test_others_may_go_on_while_the_leaving_finish(
    table: Any, run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they do meanwhile to other services stays; the lock is theirs to have."""

    def another(*_who: object) -> None:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with hold("another", patience=1):
                    code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        table(OTHER)

    table(WEB)
    monkeypatch.setattr(converge, "let_finish", another)
    shrunk = {**WEB, "realservers": [{"rip": "192.168.1.12", "weight": 2}]}
    done = run_module(ipvs_table, {"services": [shrunk], "drain_timeout": 10})
    assert now(kernel) == parse_table([shrunk, OTHER])
    assert done["commands"] == ["ipvsadm -d -t 192.168.1.110:80 -r 192.168.1.11:80"]


RECORDED: dict[str, Any] = {"purge": True, "purge_scope": "recorded", "persistent": True}


def recorded() -> list[str]:
    """What comes back at boot."""
    path = pathlib.Path(restore.RECORD)
    return listing(parse_record(path.read_bytes(), str(path)).value or ()) if path.exists() else []


@pytest.mark.usefixtures("systemd")
@pytest.mark.parametrize(("goes", "stays"), [("web", "mail"), ("mail", "web")])
def test_two_lvs_share_a_table_and_neither_takes_what_is_the_others(
    table: Any, kernel: FakeKernel, tmp_path: pathlib.Path, goes: str, stays: str
) -> None:
    services = {"web": [WEB], "mail": [MAIL, OTHER]}
    table(WEB, **RECORDED, lvs_name="web")
    assert table(*services["mail"], **RECORDED, lvs_name="mail")["changed"]
    for name in ("web", "mail", "web"):
        assert not table(*services[name], **RECORDED, lvs_name=name)["changed"]
    assert listing(now(kernel)) == recorded() == listing(parse_table([WEB, MAIL, OTHER]))
    table(**RECORDED, lvs_name=goes)
    assert listing(now(kernel)) == recorded() == listing(parse_table(services[stays]))
    assert not table(*services[stays], **RECORDED, lvs_name=stays)["changed"]
    table(**RECORDED, lvs_name=stays)
    assert now(kernel) == ()
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "ip_vs_conn"] == []


@pytest.mark.usefixtures("systemd")
def test_the_table_is_restored_as_long_as_one_lvs_wants_that(table: Any, tmp_path: pathlib.Path) -> None:
    """One is until the next reboot, whoever comes first and goes last."""
    unit, fleeting = tmp_path / "system/lvs-ipvs.service", {**RECORDED, "at_boot": False}
    table(MAIL, **fleeting, lvs_name="mail")
    assert not unit.exists()
    table(WEB, **RECORDED, lvs_name="web")
    assert unit.exists()
    assert not table(MAIL, **fleeting, lvs_name="mail")["changed"]
    table(**RECORDED, lvs_name="web")
    assert not unit.exists()
    assert recorded() == listing(parse_table([MAIL]))
    assert not table(MAIL, **fleeting, lvs_name="mail")["changed"]


@pytest.mark.usefixtures("systemd")
def test_the_service_of_another_lvs_is_refused_and_so_is_a_purge_that_would_take_it(
    table: Any, run_module: RunModule, kernel: FakeKernel
) -> None:
    table(WEB, **RECORDED, lvs_name="web")
    before = listing(now(kernel))
    for check_mode in (True, False):
        args: dict[str, Any] = {"services": [{**WEB, "scheduler": "rr"}], "lvs_name": "mail"}
        refused = run_module(ipvs_table, args, check_mode=check_mode)["msg"]
        assert refused.startswith("service tcp 192.168.1.110:80: belongs to the LVS 'web', set up by ")
        for scope in ("all", "192.168.1.110"):
            args = {"services": [MAIL], "purge": True, "purge_scope": scope, "persistent": True, "lvs_name": "mail"}
            refused = run_module(ipvs_table, args, check_mode=check_mode)["msg"]
            assert "purge: would be taken from another LVS" in refused
            assert "tcp 192.168.1.110:80 of the LVS 'web' (set up by " in refused
            assert "-e lvs_removal=any" in refused
    assert listing(now(kernel)) == recorded() == before
    taken = table(MAIL, purge=True, persistent=True, lvs_name="mail", lvs_removal="any")
    assert "ipvsadm -D -t 192.168.1.110:80" in taken["commands"]
    assert listing(now(kernel)) == recorded() == listing(parse_table([MAIL]))
    assert not table(MAIL, **RECORDED, lvs_name="mail")["changed"]
    assert table(WEB, lvs_name="third")["changed"], "nobody has it any more"


@pytest.mark.usefixtures("systemd")
def test_a_record_of_before_names_is_of_the_lvs_without_one(
    table: Any, run_module: RunModule, kernel: FakeKernel
) -> None:
    table(WEB, **RECORDED)
    pathlib.Path(ledger.LEDGER).unlink()
    table(MAIL, **RECORDED, lvs_name="mail")
    assert listing(now(kernel)) == listing(parse_table([WEB, MAIL]))
    table(WEB, OTHER, **RECORDED, lvs_name="lvs")
    refused = run_module(ipvs_table, {"services": [WEB], "lvs_name": "mail"})["msg"]
    assert "belongs to the LVS 'lvs', set up by " in refused
    table(WEB, **RECORDED, lvs_name="web", lvs_adopt="lvs")
    assert not table(WEB, **RECORDED, lvs_name="web")["changed"]
    table(**RECORDED, lvs_name="web")
    assert listing(now(kernel)) == listing(parse_table([MAIL]))


@pytest.mark.usefixtures("systemd")
@pytest.mark.parametrize(
    ("record", "first"),
    [(None, "web"), ("", "lvs"), ('{"lvs": {"web"', "lvs"), ('{"lvs": {"web": {}}}', "web")],
)
def test_a_service_of_which_no_lvs_is_known_is_theirs_who_plan_it(
    table: Any, kernel: FakeKernel, record: str | None, first: str
) -> None:
    """As before LVS had names, or after the record of whose everything is was lost: nobody's goes meanwhile."""
    services = {first: [WEB], "mail": [MAIL, OTHER]}
    for name, of_it in services.items():
        table(*of_it, **RECORDED, lvs_name=name)
    known, path = listing(now(kernel)), pathlib.Path(ledger.LEDGER)
    path.unlink() if record is None else path.write_text(record)
    for name in (first, "mail", first):
        table(*services[name], **RECORDED, lvs_name=name)
        assert listing(now(kernel)) == recorded() == known
    lost = set() if record is None else {"unknown"}
    assert (ledger.parse(path.read_text(), "it").value or {}).keys() == {"mail", first, *lost}
    table(**RECORDED, lvs_name=first)
    assert listing(now(kernel)) == recorded() == listing(parse_table([MAIL, OTHER]))


@pytest.mark.usefixtures("systemd")
def test_an_lvs_that_waits_for_connections_to_end_keeps_the_other_one_from_nothing(
    table: Any, run_module: RunModule, kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the other one sets up and takes back what is its own, and what the first one adds is not for it."""
    table(WEB, **RECORDED, lvs_name="web")
    shrunk = {**WEB, "realservers": [{"rip": "192.168.1.12", "weight": 2}]}
    refused: list[str] = []

    def meanwhile(*_who: object) -> None:
        table(MAIL, **RECORDED, lvs_name="mail")
        refused.append(run_module(ipvs_table, {"services": [MAIL, OTHER], **RECORDED, "lvs_name": "mail"})["msg"])

    monkeypatch.setattr(converge, "let_finish", meanwhile)
    done = {"services": [shrunk, OTHER], **RECORDED, "lvs_name": "web", "drain_timeout": 10}
    assert run_module(ipvs_table, done)["changed"]
    assert [text.partition(", ")[0] for text in refused] == [
        f"service {parse_table([OTHER])[0].key.label}: belongs to the LVS 'web'"
    ]
    assert listing(now(kernel)) == recorded() == listing(parse_table([shrunk, MAIL, OTHER]))
    table(**RECORDED, lvs_name="mail")
    assert listing(now(kernel)) == recorded() == listing(parse_table([shrunk, OTHER]))


@pytest.mark.usefixtures("systemd")
def test_who_was_drained_in_one_lvs_stays_so_whatever_the_other_one_does(
    table: Any, run_module: RunModule, kernel: FakeKernel
) -> None:
    table(WEB, **RECORDED, lvs_name="web")
    one = {"vip": "192.168.1.110", "port": 80, "rip": "192.168.1.12", "wait_for": "none"}
    assert run_module(ipvs_dest, {**one, "state": "drained"})["drained"]
    table(MAIL, **RECORDED, lvs_name="mail")
    table(**RECORDED, lvs_name="mail")
    assert not table(WEB, **RECORDED, lvs_name="web")["changed"]
    assert "-r 192.168.1.12:80 -g -w 0" in "\n".join(listing(now(kernel)))
    run_module(ipvs_dest, one)
    assert listing(now(kernel)) == listing(parse_table([WEB]))
