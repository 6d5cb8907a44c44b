# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole life of an LVS with one ansible-core; tests/tools/controllers.sh has the oldest and the newest live it."""

from __future__ import annotations

from ansible_collections.linuxvirtualserver.lvs.tests.habits.conftest import (
    HTTP,
    OTHER_VIP,
    VIP,
    Controller,
    changed,
    table,
)


def test_a_whole_life(controller: Controller) -> None:
    assert "director" in changed(controller.succeed("site.yml", "--check", "--diff"))
    assert table() == []
    controller.succeed("site.yml")
    assert [line for line in table() if VIP in line] == table() != []
    assert changed(controller.succeed("site.yml")) == []
    controller.succeed("playbooks/preflight.yml", "-e", "lvs_preflight_fail_on_changes=true")
    controller.succeed("playbooks/verify.yml")
    controller.succeed("playbooks/doctor.yml")
    assert "all is well" in controller.succeed("playbooks/status.yml", "-e", "status_seconds=2")
    controller.serve(
        {**HTTP, "realservers": [{"host": "realserver1", "weight": 2}]}, {**HTTP, "name": "other", "vip": OTHER_VIP}
    )
    assert changed(controller.succeed("site.yml")) == ["director", "realserver1", "realserver2"]
    assert [line.split()[2] for line in table() if line.startswith("-A")] == [f"{VIP}:80", f"{OTHER_VIP}:80"]
    assert changed(controller.succeed("site.yml")) == []
    controller.succeed("playbooks/teardown.yml", "-e", "lvs_teardown=true")
    assert table() == []
