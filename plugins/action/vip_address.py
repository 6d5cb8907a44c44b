# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_address on a realserver that is not Linux; on Linux it is the module that runs."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, only_in_check_mode
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_options import SPECIFICATION
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import decide
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.action import Result, UnixAction

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import Step
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix


class ActionModule(UnixAction):
    """Put VIPs on the loopback of any Unix, or take them off."""

    module = "linuxvirtualserver.lvs.vip_address"
    specification = SPECIFICATION

    def run_on_unix(self, name: str, arguments: dict[str, t.Any]) -> Result:
        vips = parse_vips(arguments["vips"])
        decide.require_realserver(arguments["hidden"])
        host = self.look(name, vips)
        decide.require_fit(host, vips, arguments["interface"], arguments["backend"])
        steps = _steps(host, vips, arguments)
        if arguments["state"] == "present":
            self._require_served(host, vips)
        before = decide.view(host, vips)
        if self._task.check_mode:
            after = decide.foresee(host, vips, arguments["state"] == "present", arguments["persistent"])
            return self.finish(steps, before, after, host.answers.files)
        self.do(steps)
        now = self.look(name, vips) if steps else host
        _require_done(_steps(now, vips, arguments), now)
        return self.finish(steps, before, decide.view(now, vips), host.answers.files)

    def _require_served(self, host: Unix, vips: list[str]) -> None:
        """Refuse to add a VIP that this host would answer ARP for, or would not serve."""
        held = {one.ip for one in host.addresses()}
        missing = [vip for vip in vips if vip not in held]
        unmet = decide.unmet(host) if missing else []
        if not unmet:
            return
        problem = LvsError(
            "vips",
            missing,
            f"would not work on {host.title} now: {'; '.join(unmet)}. Run linuxvirtualserver.lvs.arp_hide for them "
            "first.",
        )
        if not self._task.check_mode:
            raise problem
        self.warn(only_in_check_mode(problem))


def _steps(host: Unix, vips: list[str], arguments: dict[str, t.Any]) -> list[Step]:
    if arguments["state"] == "absent":
        return decide.vips_absent(host, vips)
    return decide.vips_present(host, vips, arguments["persistent"])


def _require_done(left: list[Step], host: Unix) -> None:
    if left:
        raise LvsError(
            "vips",
            [step.why for step in left],
            f"is still to be done on this {host.title} host after it was done: something else there changes its "
            "addresses or its files.",
        )
