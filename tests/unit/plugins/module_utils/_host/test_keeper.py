# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that stays behind for a while: it ends by itself, can be ended, and leftovers are recognised."""

from __future__ import annotations

import os
import signal
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import keeper
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.shapes import text

HELD = {"what": text}


def read(path: str, needed: keeper.Fields = HELD) -> dict[str, t.Any]:
    return keeper.read(path, needed).value or {}


@pytest.fixture
def record(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "record.json")
    yield path
    keeper.stop(path, {})


def until_gone(path: Path) -> None:
    deadline = time.monotonic() + 10
    while path.exists():
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.02)


def test_it_lives_until_it_is_stopped(record: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    keeper.start(record, {"what": "this"}, 60, keeper.wait, left.touch)
    assert read(record)["what"] == "this"
    stopped = keeper.stop(record, HELD).value
    assert stopped
    assert stopped["what"] == "this"
    assert Path(record).exists(), "the record is the caller's to forget, when all is cleaned up"
    assert not left.exists()
    keeper.forget(record)
    assert (keeper.stop(record, HELD), keeper.read(record, HELD)) == (Found(), Found())
    os.waitpid(stopped["pid"], 0)


def test_it_leaves_by_itself(record: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    keeper.start(record, {}, 1, keeper.wait, left.touch)
    child = read(record, {})["pid"]
    until_gone(Path(record))
    assert left.exists()
    os.waitpid(child, 0)


def test_a_record_whose_process_was_killed_is_a_leftover(record: str) -> None:
    keeper.start(record, {"what": "this"}, 60, keeper.wait, lambda: None)
    child = read(record, {})["pid"]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = keeper.stop(record, HELD).value
    assert found
    assert found["what"] == "this"


def test_a_process_that_fails_keeps_its_record(record: str) -> None:
    """What it should have taken away is still there, so somebody has to know."""

    def fail() -> None:
        raise ValueError

    keeper.start(record, {"what": "this"}, 1, keeper.wait, fail)
    os.waitpid(read(record, {})["pid"], 0)
    assert read(record)["what"] == "this"


@pytest.mark.parametrize(
    "content", ["[", "", "7", "{}", '{"pid": -1, "what": "x"}', '{"pid": 1, "what": "x"}', '{"pid": 12345}']
)
def test_what_is_no_record_is_nobody(tmp_path: Path, content: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)
    for found in (keeper.read(str(path), HELD), keeper.stop(str(path), HELD)):
        assert found.value is None
        assert str(path) in str(found.problem)


def test_the_process_of_a_record_that_lost_its_content_is_not_guessed(
    record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever number stands in a record, no process but the one that holds it locked is ever ended."""
    keeper.start(record, {"what": "this"}, 60, keeper.wait, lambda: None)
    content, child = Path(record).read_text(), read(record)["pid"]
    Path(record).write_text('{"pid": -1, "what": "this"}')
    monkeypatch.setattr(keeper, "_PATIENCE", 0.1)
    with pytest.raises(LvsError, match="is locked by a process that does not end"):
        keeper.stop(record, HELD)
    Path(record).write_text(content)
    assert keeper.stop(record, HELD).value
    os.waitpid(child, 0)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LvsError, match="could not be written: Not a directory"):
        keeper.start(str(tmp_path / "file" / "record"), {}, 1, keeper.wait, lambda: None)
