# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that stays behind for a while: it ends by itself, can be ended, and leftovers are recognised."""

from __future__ import annotations

import os
import signal
import threading
import time
import typing as t
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import keeper
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.keeper import Keeper
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.shapes import text

HELD: keeper.Fields = MappingProxyType({"what": text})


def read(path: str, needed: keeper.Fields = HELD) -> dict[str, t.Any]:
    return Keeper(path, needed).read().value or {}


@pytest.fixture
def record(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "record.json")
    yield path
    Keeper(path, {}).stop()


def until(condition: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_lives_until_it_is_stopped(record: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    Keeper(record, HELD).start({"what": "this"}, 60, keeper.wait, left.touch)
    assert read(record)["what"] == "this"
    stopped = Keeper(record, HELD).stop().value
    assert stopped
    assert stopped["what"] == "this"
    assert Path(record).exists(), "the record is the caller's to forget, when all is cleaned up"
    assert not left.exists()
    Keeper(record, HELD).forget()
    assert (Keeper(record, HELD).stop(), Keeper(record, HELD).read()) == (Found(), Found())
    os.waitpid(stopped["pid"], 0)


def test_it_leaves_by_itself(record: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    Keeper(record, HELD).start({}, 1, keeper.wait, left.touch)
    child = read(record, {})["pid"]
    until(lambda: not Path(record).exists())
    assert left.exists()
    os.waitpid(child, 0)


class Watched(Keeper):
    """One that says when it has called somebody off."""

    called = threading.Event()

    def _call_off(self, record: dict[str, t.Any] | None) -> None:
        super()._call_off(record)
        self.called.set()


def test_nothing_is_found_half_undone(record: str, tmp_path: Path) -> None:
    """Whoever comes too late to call it off waits until it is done."""
    begun, go_on, left = (tmp_path / name for name in ("begun", "go_on", "left"))
    os.mkfifo(go_on)

    def leave() -> None:
        begun.touch()
        go_on.read_bytes()
        left.touch()

    late = Watched(record, HELD)
    late.start({"what": "this"}, 1, keeper.wait, leave)
    until(begun.exists)
    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(late.stop)
        assert late.called.wait(10)
        go_on.write_text("")
        assert stopping.result(10).value
    assert left.exists()
    os.wait()


def test_a_record_whose_process_was_killed_is_a_leftover(record: str) -> None:
    Keeper(record, HELD).start({"what": "this"}, 60, keeper.wait, lambda: None)
    child = read(record, {})["pid"]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = Keeper(record, HELD).stop().value
    assert found
    assert found["what"] == "this"


def test_a_process_that_fails_keeps_its_record(record: str) -> None:
    """What it should have taken away is still there, so somebody has to know."""

    def fail() -> None:
        raise ValueError

    Keeper(record, HELD).start({"what": "this"}, 1, keeper.wait, fail)
    os.waitpid(read(record, {})["pid"], 0)
    assert read(record)["what"] == "this"


@pytest.mark.parametrize(
    "content", ["[", "", "7", "{}", '{"pid": -1, "what": "x"}', '{"pid": 1, "what": "x"}', '{"pid": 12345}']
)
def test_what_is_no_record_is_nobody(tmp_path: Path, content: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)
    for found in (Keeper(str(path), HELD).read(), Keeper(str(path), HELD).stop()):
        assert found.value is None
        assert str(path) in str(found.problem)


def test_the_process_of_a_record_that_lost_its_content_is_not_guessed(
    record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever number stands in a record, no process but the one that holds it locked is ever ended."""
    Keeper(record, HELD).start({"what": "this"}, 60, keeper.wait, lambda: None)
    content, child = Path(record).read_text(), read(record)["pid"]
    Path(record).write_text('{"pid": -1, "what": "this"}')
    monkeypatch.setattr(keeper, "_PATIENCE", 0.1)
    with pytest.raises(LvsError, match="is locked by a process that does not end"):
        Keeper(record, HELD).stop()
    Path(record).write_text(content)
    assert Keeper(record, HELD).stop().value
    os.waitpid(child, 0)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LvsError, match="could not be written: Not a directory"):
        Keeper(str(tmp_path / "file" / "record"), {}).start({}, 1, keeper.wait, lambda: None)
