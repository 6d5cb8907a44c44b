# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_address on a realserver that is not Linux; on Linux it is the module that runs."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, only_in_check_mode
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.modules.vip_address import SPECIFICATION
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import decide, record
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.action import Result, UnixAction

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import Step
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix


class ActionModule(UnixAction):
    """Put VIPs on the loopback of any Unix, or take them off."""

    module = "linuxvirtualserver.lvs.vip_address"
    specification = SPECIFICATION

    def run_on_unix(self, name: str, arguments: dict[str, t.Any]) -> Result:
        vips = parse_vips(arguments["vips"] or [])
        decide.require_realserver(arguments["hidden"])
        host = self.look(name, vips)
        for interface in {arguments["interface"], *(arguments["interfaces"] or {}).values()}:
            decide.require_fit(host, vips, interface, arguments["backend"])
        present = arguments["state"] == "present"
        ours = record.read(host.answers)
        wish = Wish(vips if present else [], _find_going(arguments, vips, ours), arguments["persistent"])
        steps = _steps(host, wish)
        if present:
            self._require_served(host, vips)
        concerned = [*vips, *wish.go]
        before = decide.view(host, concerned)
        if self._task.check_mode:
            after = decide.foresee(host, concerned if not present else vips, present, arguments["persistent"])
        else:
            self.do(steps)
            now = self.look(name, vips) if steps else host
            _require_done(_steps(now, wish), now)
            after = decide.view(now, concerned)
        result = self.finish(steps, before, after, host.answers.files)
        left = [f"{vip} dev {host.loopback}" for vip in sorted(ours.difference(vips, wish.go))]
        return {**result, "left_over": left} if present else result

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


class Wish(t.NamedTuple):
    """VIPs to take, VIPs to give up, and whether at boot as well."""

    come: list[str]
    go: frozenset[str]
    persistent: bool


def _find_going(arguments: dict[str, t.Any], vips: list[str], ours: frozenset[str]) -> frozenset[str]:
    """The VIPs to give up: those that are named, or those of ours that are not."""
    if arguments["state"] == "absent" and arguments["vips"] is not None:
        return frozenset(vips)
    if arguments["state"] == "present" and not arguments["purge"]:
        return frozenset()
    return ours.difference(vips, parse_vips(arguments["keep"] or [], "keep"))


def _steps(host: Unix, wish: Wish) -> list[Step]:
    steps = decide.vips_present(host, wish.come, wish.persistent, wish.go)
    return record.around(steps, record.read(host.answers), wish.come, wish.go)


def _require_done(left: list[Step], host: Unix) -> None:
    if left:
        raise LvsError(
            "vips",
            [step.why for step in left],
            f"is still to be done on this {host.title} host after it was done: something else there changes its "
            "addresses or its files.",
        )
