# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest
from hypothesis import given

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.actions import apply
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.lock import ASKED_BY
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import drained, memory
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.connections import Connections
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.drain import remaining
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs import ipvs_tables


def memory_of(table: Table) -> drained.Memory:
    return {(service.key, one.key): one for service in table for one in service.realservers}


def table(*weights: int) -> Table:
    pool = [{"rip": f"192.168.1.{number}", "weight": weight} for number, weight in enumerate(weights, 11)]
    return parse_table([{"vip": "192.168.1.110", "port": 80, "realservers": pool}])


@given(ipvs_tables.tables())
def test_the_memory_loses_nothing(table: Table) -> None:
    memory = memory_of(table)
    assert drained.parse_memory(drained.render_memory(memory), "memory").value == memory


@pytest.mark.parametrize("data", [b"", b"{}x", b"[{}]", b"[1]", b'[{"service": {}, "realserver": {}}]'])
def test_what_is_no_memory_is_told(data: bytes) -> None:
    found = drained.parse_memory(data, "memory")
    assert found.value is None
    assert "so it counts as absent: the weights in it are lost" in str(found.problem)


Write = Callable[[drained.Memory, str], None]


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Write:
    """As the modules do."""

    def _write(known: drained.Memory, path: str) -> None:
        monkeypatch.setattr(drained, "MEMORY", path)
        apply(Host(), memory.writing(known))

    return _write


def test_the_file_comes_and_goes(tmp_path: pathlib.Path, write: Write) -> None:
    path = tmp_path / "lvs" / "drained.json"
    assert drained.read_memory(str(path)).value is None
    known = memory_of(table(1, 2))
    write(known, str(path))
    assert drained.read_memory(str(path)).value == known
    assert [entry.name for entry in path.parent.iterdir()] == ["drained.json"]
    write({}, str(path))
    assert not path.parent.exists()
    write({}, str(path))


def test_who_drained_it_first_and_when_is_remembered(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    path = str(tmp_path / "drained.json")
    first, both = memory_of(table(1)), memory_of(table(1, 2))
    monkeypatch.setenv(ASKED_BY, "alice at controller")
    monkeypatch.setattr("time.time", lambda: 100.0)
    write(first, path)
    monkeypatch.setenv(ASKED_BY, "bob at controller")
    monkeypatch.setattr("time.time", lambda: 200.0)
    write(both, path)
    by = {name[1].rip: (one.by.partition(" ")[0], one.since) for name, one in drained.read_origins(path).items()}
    assert by == {"192.168.1.11": ("alice", 100), "192.168.1.12": ("bob", 200)}
    pathlib.Path(path).write_bytes(drained.render_memory(first))
    assert drained.read_origins(path) == {}, "a record of an older release"


def test_a_drained_realserver_stays_so_until_somebody_gives_it_a_weight() -> None:
    memory = memory_of(table(5))
    assert drained.keep_drained(table(3, 4), table(0, 1), memory) == table(0, 4)
    assert drained.keep_drained(table(3, 4), table(1, 1), memory) == table(3, 4)
    # At boot, and when it was removed by force, it is not there at all.
    assert drained.keep_drained(table(3, 4), (), memory) == table(0, 4)
    assert drained.undrained(table(0, 0), memory) == table(5, 0)


def test_what_is_back_or_gone_is_forgotten() -> None:
    memory = memory_of(table(5, 6))
    (service,) = table(0, 0)
    assert drained.still_drained(memory, table(0, 0), table(0, 7)) == memory_of(table(5))
    assert drained.still_drained(memory, table(0, 0), ()) == {}
    elsewhere = parse_table([{"vip": "192.168.1.111", "port": 80, "realservers": []}])
    assert drained.still_drained(memory, elsewhere, elsewhere) == memory
    assert set(memory) == {(service.key, one.key) for one in service.realservers}


def test_what_there_is_to_wait_for() -> None:
    found = Connections({"ESTABLISHED": 2, "UDP": 1, "SYN_RECV": 1000, "TIME_WAIT": 5}, 3)
    assert remaining(found, "none", templates_admit=True) == 0
    assert remaining(found, "established", templates_admit=True) == 6
    assert remaining(found, "established", templates_admit=False) == 3
    assert remaining(found, "all", templates_admit=False) == 1008
