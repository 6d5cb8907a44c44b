# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The teardown says beforehand what it will do, and does not do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

HOSTS = ["director", "realserver1", "realserver2"]


def test_check_changes_nothing(look: Callable[..., Any], play: Callable[..., dict[str, int]]) -> None:
    before = {host: look(host) for host in HOSTS}
    foreseen = play("playbooks/teardown.yml", "--check", "--diff")
    assert sorted(host for host, changes in foreseen.items() if changes) == HOSTS
    assert {host: look(host) for host in HOSTS} == before
