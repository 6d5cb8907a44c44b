# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""There is no LVS, and nothing is left of one."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOSTS = ["director", "realserver1", "realserver2"]


@pytest.mark.parametrize("host", HOSTS)
def test_host_is_as_it_was(snapshot: Callable[..., dict[str, Any]], host: str) -> None:
    before = json.loads(Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], f"{host}.before.json").read_text())
    assert before["files"], "the host was looked at"
    # Of two thousand lines, those that differ.
    changed = "\n".join(difflib.unified_diff(lines(before), lines(snapshot(host)), lineterm="", n=0))
    assert not changed, changed


def lines(seen: dict[str, Any]) -> list[str]:
    return json.dumps(seen, indent=1, sort_keys=True).splitlines()


def test_again_changes_nothing(play: Callable[..., dict[str, int]]) -> None:
    assert play("playbooks/teardown.yml", lvs_teardown=True) == dict.fromkeys(HOSTS, 0)
