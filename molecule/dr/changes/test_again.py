# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml applied again costs little, and no call of a client fails meanwhile."""

from __future__ import annotations

from pathlib import Path

from benchmarks.site_vs_ping import SITE, run, tasks_by_host, tasks_in
from lab.calls import RATE, calling
from lab.running import Running

VIP, HTTP = "192.168.1.110", 80
# One of them takes a director out of a pair, should it have been in one.
MOST_TASKS = 11


def test_a_second_run(farm: Running, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    with calling(farm, VIP, HTTP) as calls:
        run(SITE, notes)
    assert calls.failed == []
    assert calls.requests > RATE
    counted = tasks_by_host(tasks_in(notes))
    assert set(counted) == {"director", "realserver1", "realserver2"}
    assert max(counted.values()) <= MOST_TASKS
