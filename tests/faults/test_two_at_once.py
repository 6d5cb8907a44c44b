# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people, or two timers, do the same at once. `pytest tests/faults/test_two_at_once.py`, about 2 minutes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.faults.conftest import VIP, Playbook, on
from lab import watch

SITE, TEARDOWN = ("site.yml",), ("playbooks/teardown.yml", "-e", "lvs_teardown=true")
HOSTS = ("director", "realserver1", "realserver2")
OTHER = "192.168.1.120"
RECORD = "/var/lib/lvs/arp_hide.json"


def snapshot() -> dict[str, Any]:
    """What the hosts are."""
    script = (Path(watch.__file__).parent / "snapshot.py").read_text()
    return {host: json.loads(on(host, f"python3 - <<'END'\n{script}\nEND")) for host in HOSTS}


@pytest.fixture
def virgin(playbook: Playbook) -> dict[str, Any]:
    playbook.succeed(*TEARDOWN)
    return snapshot()


def test_two_first_runs(playbook: Playbook, virgin: dict[str, Any]) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda words: playbook.succeed(*words), (SITE, SITE)))
    assert "changed=0" in playbook.succeed(*SITE, "--limit", "director").partition("PLAY RECAP")[2]
    playbook.succeed(*TEARDOWN)
    assert snapshot() == virgin


def test_two_of_arp_hide(playbook: Playbook, virgin: dict[str, Any]) -> None:
    def hide(arguments: dict[str, object]) -> str:
        return playbook.task("realserver1", "linuxvirtualserver.lvs.arp_hide", arguments)

    with ThreadPoolExecutor() as pool:
        for _round in range(5):
            list(pool.map(hide, ({"vips": [VIP]}, {"vips": [OTHER]})))
            assert json.loads(on("realserver1", f"cat {RECORD}"))["vips"] == [VIP, OTHER]
            list(pool.map(hide, ({"vips": [VIP], "state": "absent"}, {"vips": [OTHER], "state": "absent"})))
    assert snapshot() == virgin
