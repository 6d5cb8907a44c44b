# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that stays behind for a while: it ends by itself, can be ended, and leftovers are recognised."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import keeper


@pytest.fixture
def record(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "record.json")
    yield path
    keeper.stop(path)


def until_gone(path: Path) -> None:
    deadline = time.monotonic() + 10
    while path.exists():
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.02)


def test_it_lives_until_it_is_stopped(record: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    keeper.start(record, {"what": "this"}, 60, keeper.wait, left.touch)
    assert keeper.read(record)["what"] == "this"
    stopped = keeper.stop(record)
    assert stopped["what"] == "this"
    assert Path(record).exists(), "the record is the caller's to forget, when all is cleaned up"
    assert not left.exists()
    keeper.forget(record)
    assert (keeper.stop(record), keeper.read(record)) == ({}, {})
    os.waitpid(stopped["pid"], 0)


def test_it_leaves_by_itself(record: str, tmp_path: Path) -> None:
    left = tmp_path / "left"
    keeper.start(record, {}, 1, keeper.wait, left.touch)
    child = keeper.read(record)["pid"]
    until_gone(Path(record))
    assert left.exists()
    os.waitpid(child, 0)


def test_a_record_whose_process_was_killed_is_a_leftover(record: str) -> None:
    keeper.start(record, {"what": "this"}, 60, keeper.wait, lambda: None)
    child = keeper.read(record)["pid"]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert keeper.stop(record)["what"] == "this"


def test_a_process_that_fails_keeps_its_record(record: str) -> None:
    """What it should have taken away is still there, so somebody has to know."""

    def fail() -> None:
        raise ValueError

    keeper.start(record, {"what": "this"}, 1, keeper.wait, fail)
    os.waitpid(keeper.read(record)["pid"], 0)
    assert keeper.read(record)["what"] == "this"


def test_what_is_no_record_is_nobody(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("[")
    assert keeper.stop(str(path)) == {}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(LvsError, match="keeps us from writing it"):
        keeper.start(str(tmp_path / "none" / "record"), {}, 1, keeper.wait, lambda: None)
