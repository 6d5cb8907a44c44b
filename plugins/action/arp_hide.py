# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""arp_hide on a realserver that is not Linux; on Linux it is the module that runs."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, only_in_check_mode
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp_options import SPECIFICATION
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.system import Result, SystemAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import decide, record
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.branch import UnixBranch
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows import vip as windows_vip
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.branch import VipBranch

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix


class OnUnix(UnixBranch):
    """Make true what keeps a Unix silent about the VIPs on its loopback and lets it serve them."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        vips = None if arguments["vips"] is None else parse_vips(arguments["vips"])
        present = arguments["state"] == "present"
        if arguments["purge"] and not vips:
            present, vips = False, None
        host = self.look(vips)
        decide.require_fit(host, vips or [])
        lvs = record.Lvs(arguments, record.read(host.answers))
        steps = decide.hide(host, vips or []) if present else decide.show(host, vips, lvs.foreign)
        if steps and not present:
            self._require_gone(host, lvs.mine if vips is None else vips, arguments["foreseen"])
        for warning in host.warnings() if present else []:
            self.warn(warning)
        before = decide.view_conditions(host)
        if self.action.check_mode:
            after = decide.foresee_conditions(host, present) if steps else before
            return self.finish(steps, before, after, host.answers.files)
        self.do(steps)
        now = self.look(vips) if steps else host
        left = decide.unmet(now) if present else []
        if left:
            raise LvsError("vips", vips, f"cannot be served: after it was set, {'; '.join(left)}.")
        return self.finish(steps, before, decide.view_conditions(now), host.answers.files)

    def _require_gone(self, host: Unix, vips: t.Iterable[str], foreseen: bool) -> None:
        """The conditions outlive the VIPs."""
        held = decide.still_held(host, vips)
        if not held:
            return
        problem = LvsError("vips", held, f"is still on {host.loopback}. Remove it first (vip_address, state absent).")
        if not self.action.check_mode:
            raise problem
        if not foreseen:
            self.warn(only_in_check_mode(problem))


class OnWindows(VipBranch):
    """Look that no VIP is where Windows would answer for it: on its adapter, which is on no wire, it never does."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        vips = [] if arguments["vips"] is None else parse_vips(arguments["vips"])
        if arguments["state"] == "present":
            windows_vip.require_hidden(vips, self.ask())
        # What keeps silent is the hardware: there is nothing to set, and nothing to undo.
        state: Result = {"conditions": {}, "persistent": {}}
        return self.finish([], state, state)


class ActionModule(SystemAction):
    """Keep the VIPs of any realserver from being answered for."""

    module = "linuxvirtualserver.lvs.arp_hide"
    specification = SPECIFICATION
    branches = (OnUnix, OnWindows)
