# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of win_vip_address: read the host, decide, have it take the steps, and look again."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.action import WindowsAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.after import after
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.vip import (
    Want,
    parse_adapter,
    parse_rips,
    plan,
    spell,
    unsettled,
    view,
)

# Duplicate address detection ends within three seconds; a busy host may be late.
_SETTLE_SECONDS = 30
_PAUSE_SECONDS = 1


class ActionModule(WindowsAction):
    """Put VIPs on a Windows realserver, or take them off it."""

    specification: t.ClassVar[dict[str, t.Any]] = {
        "argument_spec": {
            "vips": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "adapter": {"type": "str", "default": "lvs"},
            "rips": {"type": "list", "elements": "str", "default": []},
        },
    }

    def decide(self, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        want = Want(
            tuple(parse_vips(arguments["vips"])),
            parse_adapter(arguments["adapter"]),
            parse_rips(arguments["rips"]),
            arguments["state"] == "present",
        )
        host = self.ask(spell)
        steps = plan(want, host)
        before = view(want, host)
        if not steps or self._task.check_mode:
            return self.result(before, view(want, after(host, steps)), steps, spell)
        host = self._settle(want, self.ask(spell, steps))
        left = plan(want, host)
        if left:
            raise LvsError(
                "vips",
                list(want.vips),
                "did not stay as they were made: something else on this host changes its network. "
                f"Still to do: {'; '.join(map(spell, left))}.",
            )
        return self.result(before, view(want, host), steps, spell)

    def _settle(self, want: Want, host: Host) -> Host:
        deadline = time.monotonic() + _SETTLE_SECONDS
        while unsettled(want, host) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            host = self.ask(spell)
        waiting = unsettled(want, host)
        if waiting:
            raise LvsError(
                "vips", waiting, f"is not in use {_SETTLE_SECONDS} seconds after it was added. Run it again."
            )
        return host
