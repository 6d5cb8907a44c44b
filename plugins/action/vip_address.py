# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_address on a realserver that is not Linux; on Linux it is the module that runs."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, only_in_check_mode
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.modules.vip_address import SPECIFICATION
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.system import Result, SystemAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import decide
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.branch import UnixBranch
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows import vip as windows_vip
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.branch import VipBranch, require_fit

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import Step
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import Host

# Duplicate address detection of Windows ends within three seconds; a busy host may be late.
_SETTLE_SECONDS = 30
_PAUSE_SECONDS = 1


class OnUnix(UnixBranch):
    """Put VIPs on the loopback of any Unix, or take them off."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        vips = parse_vips(arguments["vips"])
        decide.require_realserver(arguments["hidden"])
        host = self.look(vips)
        decide.require_fit(host, vips, arguments["interface"], arguments["backend"])
        steps = _steps(host, vips, arguments)
        if arguments["state"] == "present":
            self._require_served(host, vips)
        before = decide.view(host, vips)
        if self.action.check_mode:
            after = decide.foresee(host, vips, arguments["state"] == "present", arguments["persistent"])
            return self.finish(steps, before, after, host.answers.files)
        self.do(steps)
        now = self.look(vips) if steps else host
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
        if not self.action.check_mode:
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


class OnWindows(VipBranch):
    """Put VIPs on a loopback adapter of their own, or take them off it."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        want = windows_vip.Want(
            tuple(parse_vips(arguments["vips"])),
            windows_vip.parse_adapter(arguments["interface"]),
            windows_vip.parse_rips(arguments["rips"]),
            arguments["state"] == "present",
        )
        decide.require_realserver(arguments["hidden"])
        require_fit(arguments)
        host = self.ask()
        steps = windows_vip.plan(want, host)
        before = windows_vip.view(want, host)
        if not steps or self.action.check_mode:
            return self.finish(steps, before, windows_vip.view_after(want, host, steps))
        host = self._settle(want, self.ask(steps))
        left = windows_vip.plan(want, host)
        if left:
            raise LvsError(
                "vips",
                list(want.vips),
                "did not stay as they were made: something else on this host changes its network. "
                f"Still to do: {'; '.join(map(self.spell, left))}.",
            )
        return self.finish(steps, before, windows_vip.view(want, host))

    def _settle(self, want: windows_vip.Want, host: Host) -> Host:
        deadline = time.monotonic() + _SETTLE_SECONDS
        while windows_vip.unsettled(want, host) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            host = self.ask()
        waiting = windows_vip.unsettled(want, host)
        if waiting:
            raise LvsError(
                "vips", waiting, f"is not in use {_SETTLE_SECONDS} seconds after it was added. Run it again."
            )
        return host


class ActionModule(SystemAction):
    """Put VIPs on any realserver, or take them off."""

    module = "linuxvirtualserver.lvs.vip_address"
    specification = SPECIFICATION
    branches = (OnUnix, OnWindows)
