# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While realservers come, go and change their weights, no call of a client fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab import watch
from lab.calls import RATE, calling
from lab.running import Running

Play = Callable[..., dict[str, int]]

VIP, HTTP = "192.168.1.110", 80
SERVICE = {"name": "http", "vip": VIP, "port": "http", "scheduler": "wrr"}
BOTH = ["realserver1", "realserver2"]
# One after the other, from what converge left.
CHANGES: dict[str, list[Any]] = {
    "another service goes, another scheduler": BOTH,
    "weights change": [{"host": "realserver1", "weight": 1}, {"host": "realserver2", "weight": 5}],
    "a realserver goes": ["realserver2"],
    "a realserver comes": BOTH,
}


def test_clients_notice_nothing(farm: Running, play: Play) -> None:
    for change, realservers in CHANGES.items():
        with calling(farm, VIP, HTTP) as calls:
            play("site.yml", lvs_services=[{**SERVICE, "realservers": realservers}])
        assert calls.failed == [], change
        assert calls.requests > RATE, change
    assert watch.claimants(farm) == {VIP: ["director"]}
