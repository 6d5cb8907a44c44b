# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest
from hypothesis import given

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import files
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.unit import UnitFiles
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import (
    client,
    drained,
    persist,
    restore,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import SyncDaemon
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.threads import KernelThreads
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.daemon import Thread
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs import ipvs_tables
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

WEB = {"vip": "192.168.1.110", "port": 80, "realservers": [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12"}]}
MAIL = {"vip": "192.168.1.110", "port": 25, "scheduler": "rr"}
UNITS = UnitFiles(Host("/nonexistent"))


@given(ipvs_tables.tables())
def test_the_record_loses_nothing(table: Table) -> None:
    assert restore.parse_record(restore.render_record(table), "record").value == table


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"format": 1, "services": [{}]}', b"\xff", b'"format"'])
def test_what_is_no_record_is_told(data: bytes) -> None:
    found = restore.parse_record(data, "/etc/lvs/ipvs.json")
    assert found.value is None
    assert "so it counts as absent: the services in it are not restored" in str(found.problem)
    assert str(found.problem).startswith("/etc/lvs/ipvs.json: ")


def test_who_is_drained_by_a_file_gets_no_new_connections_at_boot(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "var/lib/lvs/drain"
    folder.mkdir(parents=True)
    for number, word in ((11, "1\n"), (12, "0\n")):
        (folder / f"tcp_192.168.1.110_80-192.168.1.{number}_80").write_text(word)
    table = restore.without_new_connections(parse_table([WEB, MAIL]), str(tmp_path))
    assert [[one.weight for one in service.realservers] for service in table] == [[], [0, 1]]


def test_a_record_of_another_release_is_told() -> None:
    with pytest.raises(LvsError, match="has the format of a newer release"):
        restore.parse_record(b'{"format": 2}', "record")


def test_no_record_is_an_empty_table(tmp_path: pathlib.Path) -> None:
    assert restore.read_record(str(tmp_path / "none")) == Found()


def test_restoring_leaves_the_services_of_others_alone() -> None:
    kernel = client.Ipvs(FakeKernel())
    foreign, ours = parse_table([MAIL]), parse_table([WEB])
    assert restore.restore(kernel, foreign) == []
    assert restore.restore(kernel, ours) == []
    assert kernel.table() == foreign + ours


def test_what_the_kernel_refuses_is_left_out_and_told() -> None:
    kernel = client.Ipvs(FakeKernel())
    table = parse_table([{**WEB, "scheduler": "twos"}, MAIL])
    (error,) = restore.restore(kernel, table)
    assert error.value == "twos"
    assert kernel.table() == parse_table([MAIL])


def test_a_realserver_that_is_refused_does_not_take_its_service_along() -> None:
    fake = FakeKernel()
    fake.refused_addresses = {bytes([192, 168, 1, 12]) + bytes(12)}
    kernel = client.Ipvs(fake)
    (error,) = restore.restore(kernel, parse_table([WEB, MAIL]))
    assert error.value == "192.168.1.12"
    assert kernel.table() == parse_table([{**WEB, "realservers": [{"rip": "192.168.1.11"}]}, MAIL])


@pytest.fixture
def record(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    path = tmp_path / "ipvs.json"
    path.write_bytes(restore.render_record(parse_table([WEB])))
    monkeypatch.setattr(restore, "RECORD", str(path))
    monkeypatch.setattr(drained, "MEMORY", str(tmp_path / "drained.json"))
    return path


@pytest.mark.usefixtures("record")
def test_the_unit_restores_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeKernel()
    monkeypatch.setattr(client, "open_socket", lambda: fake)
    assert restore.main() == 0
    assert client.Ipvs(fake).table() == parse_table([WEB])


@pytest.mark.usefixtures("record")
def test_who_was_drained_stays_drained_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeKernel()
    monkeypatch.setattr(client, "open_socket", lambda: fake)
    (web,) = parse_table([WEB])
    memory = {(web.key, web.realservers[0].key): web.realservers[0]}
    files.write(pathlib.Path(drained.MEMORY), drained.remembering(memory, drained.MEMORY) or b"")
    assert restore.main() == 0
    assert [one.weight for one in client.Ipvs(fake).table()[0].realservers] == [0, 1]


@pytest.mark.parametrize("content", [b"", b"\0" * 40, b"[{", b'[{"service": 7}]', None])
@pytest.mark.usefixtures("record")
def test_a_side_file_that_cannot_be_read_does_not_keep_the_table_away(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeKernel()
    monkeypatch.setattr(client, "open_socket", lambda: fake)
    memory = pathlib.Path(drained.MEMORY)
    if content is None:
        memory.mkdir()
    else:
        memory.write_bytes(content)
    assert restore.main() == 0
    assert client.Ipvs(fake).table() == parse_table([WEB])
    assert str(memory) in capsys.readouterr().err


def test_the_unit_fails_with_the_reason(
    record: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeKernel()
    fake.schedulers = (b"rr",)
    monkeypatch.setattr(client, "open_socket", lambda: fake)
    assert restore.main() == 1
    assert "scheduler: is not a scheduler this kernel can load" in capsys.readouterr().err
    record.write_text("spoiled")
    assert restore.main() == 1
    assert "so it counts as absent: the services in it" in capsys.readouterr().err


# --- the files that a director gets ---


def test_the_archive_is_the_same_each_time_and_holds_the_client_alone() -> None:
    assert persist.archive() == persist.archive()
    with zipfile.ZipFile(io.BytesIO(persist.archive())) as bundle:
        names = (name.rpartition("/module_utils/")[2] for name in bundle.namelist())
        sources = {name for name in names if not name.endswith(("__init__.py", "__main__.py"))}
    assert sources == {
        "_model/address.py",
        "_model/diff.py",
        "_model/drains.py",
        "_model/shapes.py",
        "_errors.py",
        "_host/files.py",
        "_host/lock.py",
        "_host/records.py",
        "_ipvs/attributes.py",
        "_ipvs/client.py",
        "_ipvs/codec.py",
        "_ipvs/daemon.py",
        "_ipvs/drained.py",
        "_ipvs/netlink.py",
        "_ipvs/refusals.py",
        "_ipvs/restore.py",
        "_ipvs/synchronise.py",
        "_model/table.py",
        "_model/table_shapes.py",
    }


def test_the_archive_runs_without_ansible(tmp_path: pathlib.Path) -> None:
    """Isolated, in an empty folder: it finds nothing of this tree, and gets as far as the kernel or the record."""
    archive = tmp_path / "restore.pyz"
    archive.write_bytes(persist.archive())
    done = subprocess.run(
        [sys.executable, "-I", str(archive)], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert done.returncode == 0 or done.stderr.rstrip().endswith(".")


def test_an_empty_table_needs_no_files() -> None:
    assert set(persist.files((), UNITS).values()) == {None}
    assert None not in persist.files(parse_table([WEB]), UNITS).values()


def test_the_unit_comes_before_the_network_and_after_nothing_that_needs_it() -> None:
    unit = persist.files(parse_table([WEB]), UNITS)["/etc/systemd/system/lvs-ipvs.service"]
    assert unit is not None
    lines = unit.decode().splitlines()
    assert "DefaultDependencies=no" in lines
    assert "Before=network-pre.target shutdown.target" in lines
    assert f"ExecStart={sys.executable} -I /usr/local/lib/lvs/ipvs-restore.pyz" in lines


def test_only_what_differs_is_named(tmp_path: pathlib.Path) -> None:
    same, other, gone, absent = (str(tmp_path / name) for name in ("same", "other", "gone", "absent"))
    for path in (same, other, gone):
        pathlib.Path(path).write_bytes(b"old")
    wanted = {same: b"old", other: b"new", gone: None, absent: None, os.devnull + "x": b"new"}
    assert persist.differing(wanted) == [other, gone, os.devnull + "x"]


def test_both_threads_of_synchronisation(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What a unit runs at boot. A message for each connection: none is younger than what the other director knows."""
    fake = FakeKernel()
    monkeypatch.setattr(client, "open_socket", lambda: fake)
    kernel = client.Ipvs(fake)
    kernel.start_daemon(SyncDaemon("backup", "eth1", 7))
    for number in ("51", "51", "52"):
        assert restore.main(("eth1", number)) == 0
        found = sorted((one.role, one.interface, one.sync_id, one.max_len) for one in kernel.daemons())
        assert found == [("backup", "eth1", int(number), 1472), ("master", "eth1", int(number), 1)]
    assert restore.main(("eth9", "51")) == 1
    assert "synchronisation on eth9: " in capsys.readouterr().err


def test_threads_for_keepalived(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeKernel()
    monkeypatch.setattr(client, "open_socket", lambda: fake)
    threads = KernelThreads()
    client.Ipvs(fake).start_daemon(SyncDaemon("backup", "eth1", 7))
    assert threads.missing("eth1", 51) == [
        "ipvsadm --start-daemon master --mcast-interface eth1 --syncid 51 --sync-maxlen 1",
        "ipvsadm --stop-daemon backup",
        "ipvsadm --start-daemon backup --mcast-interface eth1 --syncid 51",
    ]
    threads.have("eth1", 51)
    assert threads.missing("eth1", 51) == []
    assert sorted(threads.running()) == [Thread("backup", "eth1", 51), Thread("master", "eth1", 51)]
    threads.stop()
    assert threads.running() == []
