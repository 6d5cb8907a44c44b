# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is built once and kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lab.paths import one_builder


def test_the_second_builder_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LVS_LAB_CACHE", str(tmp_path / "cache"))
    built: list[str] = []

    def second() -> None:
        with one_builder():
            built.append("second")

    with one_builder():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        built.append("first")
    thread.join()
    assert built == ["first", "second"]
