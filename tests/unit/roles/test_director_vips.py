# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A director's VIPs are no hidden ones, whatever is done to them."""

from __future__ import annotations

from pathlib import Path

import yaml

TASKS = Path(__file__).resolve().parents[3] / "roles/director/tasks"
MODULE = "linuxvirtualserver.lvs.vip_address"


def test_what_takes_vips_away_leaves_the_other_ones_those_of_a_director() -> None:
    """A file that keeps the VIPs of another LVS would lose what waits for the table at boot."""
    files = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in TASKS.glob("*.yml")}
    found = {name: task[MODULE].get("hidden") for name, tasks in files.items() for task in tasks if MODULE in task}
    assert found == {"vip.yml": False, "release.yml": False, "teardown.yml": False}
