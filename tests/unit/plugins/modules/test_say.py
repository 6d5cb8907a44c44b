# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.linuxvirtualserver.lvs.plugins.modules import say

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule


def test_the_module_takes_the_lines_and_does_nothing(run_module: RunModule) -> None:
    assert run_module(say, {"lines": ["x"]})["changed"] is False
    assert "blinking" in run_module(say, {"lines": ["x"], "style": "blinking"})["msg"]
