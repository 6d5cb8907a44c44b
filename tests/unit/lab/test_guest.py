# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest says on its way down and up."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from lab import guest
from lab.errors import LabError
from lab.farm import Host, read_farm

FARM: dict[str, t.Any] = {
    "description": "one host",
    "segments": ["wire"],
    "controller": {"nics": [{"segment": "wire", "address": "10.77.0.1/24"}]},
    "hosts": {"one": {"role": "director", "nics": [{"segment": "wire", "address": "10.77.0.11/24"}]}},
}


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host whose kernel runs, and somebody in a hurry."""
    monkeypatch.setattr(guest, "BOOT_SECONDS", 0.4)
    monkeypatch.setattr(guest, "HANG_SECONDS", 0.1)
    (tmp_path / "uml/one").mkdir(parents=True)
    (tmp_path / "uml/one/pid").write_text("1\n")
    return read_farm("one", "one.yml", FARM).host("one")


def say(folder: Path, words: str) -> None:
    (folder / "one.console").write_text(f"systemd-shutdown[1]: Rebooting.\n{words}\n")


def test_a_kernel_that_starts_anew(one: Host, tmp_path: Path) -> None:
    before = guest.boot_mark(tmp_path, one)
    os.utime(tmp_path / "uml/one/pid", (1, 1))
    assert guest.restarts(tmp_path, one, before)


def test_a_kernel_that_hangs_when_all_is_on_its_disk(one: Host, tmp_path: Path) -> None:
    say(tmp_path, guest.LAST_WORDS)
    assert not guest.restarts(tmp_path, one, guest.boot_mark(tmp_path, one))


def test_a_host_that_does_not_go_down(one: Host, tmp_path: Path) -> None:
    say(tmp_path, "A stop job is running")
    with pytest.raises(LabError, match="one did not restart within 0 s") as caught:
        guest.restarts(tmp_path, one, guest.boot_mark(tmp_path, one))
    assert "A stop job is running" in caught.value.detail
    assert caught.value.cure == "Cut its power: lab reboot --power one"
