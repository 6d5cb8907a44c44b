# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_address on a realserver that is not Linux; on Linux it is the module that runs."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, only_in_check_mode
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.claims import parse_names
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_options import SPECIFICATION
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.system import Result, SystemAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import decide, record
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.branch import UnixBranch
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows import vip as windows_vip
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.branch import VipBranch, require_fit

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import Step
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import Host
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import Step as HostStep

# Duplicate address detection of Windows ends within three seconds; a busy host may be late.
_SETTLE_SECONDS = 30
_PAUSE_SECONDS = 1


class OnUnix(UnixBranch):
    """Put VIPs on the loopback of any Unix, or take them off."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        vips = parse_vips(arguments["vips"] or [])
        decide.require_realserver(arguments["hidden"])
        host = self.look(vips)
        for interface in {arguments["interface"], *(arguments["interfaces"] or {}).values()}:
            decide.require_fit(host, vips, interface, arguments["backend"])
        present = arguments["state"] == "present"
        lvs = record.Lvs(arguments, record.read(host.answers))
        wish = Wish(vips if present else [], _find_going(arguments, vips, lvs.mine), arguments)
        steps = _steps(host, wish)
        if present:
            self._require_served(host, vips, arguments["foreseen"])
        concerned = [*vips, *wish.go.difference(lvs.foreign)]
        before = decide.view(host, concerned)
        if self.action.check_mode:
            after = decide.foresee(host, concerned if not present else vips, present, arguments["persistent"])
        else:
            self.do(steps)
            now = self.look(vips) if steps else host
            _require_done(_steps(now, wish), now)
            after = decide.view(now, concerned)
        result = self.finish(steps, before, after, host.answers.files)
        left = [f"{vip} dev {host.loopback}" for vip in sorted(lvs.mine.difference(vips, wish.go))]
        return {**result, "left_over": left} if present else result

    def _require_served(self, host: Unix, vips: list[str], foreseen: bool) -> None:
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
        if not foreseen:
            self.warn(only_in_check_mode(problem))


class Wish(t.NamedTuple):
    """VIPs to take, VIPs to give up, and what else the task says."""

    come: list[str]
    go: frozenset[str]
    arguments: dict[str, t.Any]


def _find_going(arguments: dict[str, t.Any], vips: list[str], ours: frozenset[str]) -> frozenset[str]:
    """The VIPs to give up: those that are named, or those of ours that are not."""
    if arguments["state"] == "absent" and arguments["vips"] is not None:
        return frozenset(vips)
    if arguments["state"] == "present" and not arguments["purge"]:
        return frozenset()
    return ours.difference(vips, parse_vips(arguments["keep"] or [], "keep"))


def _steps(host: Unix, wish: Wish) -> list[Step]:
    lvs = record.Lvs(wish.arguments, record.read(host.answers))
    steps = decide.vips_present(host, wish.come, wish.arguments["persistent"], wish.go.difference(lvs.foreign))
    return lvs.around(steps, wish.come, wish.go)


def _require_done(left: list[Step], host: Unix) -> None:
    if left:
        raise LvsError(
            "vips",
            [step.why for step in left],
            f"did not stay as they were made on this {host.title} host: something else there changes its "
            "addresses or its files. Find out what, and run the task again.",
        )


def _parse_wish(arguments: dict[str, t.Any]) -> windows_vip.Want:
    """What the task asks of Windows, where all VIPs are on one adapter, and those on it are ours."""
    names = sorted({*(arguments["interfaces"] or {}).values()} or {arguments["interface"]}, key=str)
    if len(names) > 1:
        raise LvsError("interfaces", names, "name several adapters, and Windows has one for all VIPs")
    return windows_vip.Want(
        tuple(parse_vips(arguments["vips"] or [])),
        windows_vip.parse_adapter(names[0]),
        windows_vip.parse_rips(arguments["rips"]),
        arguments["state"] == "present",
        arguments["purge"],
        parse_names(arguments),
    )


class OnWindows(VipBranch):
    """Put VIPs on a loopback adapter of their own, or take them off it."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        decide.require_realserver(arguments["hidden"])
        require_fit(arguments)
        want = _parse_wish(arguments)
        host = self.ask()
        if arguments["vips"] is None:
            kept = parse_vips(arguments["keep"] or [], "keep")
            ours = windows_vip.claimed(want, host)
            want = dataclasses.replace(want, vips=tuple(vip for vip in ours if vip not in kept))
        steps = windows_vip.plan(want, host)
        before = windows_vip.view(want, host)
        if not steps or self.action.check_mode:
            return self._finish(want, host, steps, before, windows_vip.view_after(want, host, steps))
        host = self._settle(want, self.ask(steps))
        left = windows_vip.plan(want, host)
        if left:
            raise LvsError(
                "vips",
                list(want.vips),
                "did not stay as they were made: something else on this host changes its network. "
                f"Find out what, and run the task again; missing: {'; '.join(map(self.spell, left))}.",
            )
        return self._finish(want, host, steps, before, windows_vip.view(want, host))

    def _finish(
        self, want: windows_vip.Want, host: Host, steps: list[HostStep], before: Result, after: Result
    ) -> Result:
        result = self.finish(steps, before, after)
        if not want.present:
            return result
        left = [] if want.purge else windows_vip.left_over(want, host)
        return {**result, "left_over": [f"{vip} dev {want.adapter}" for vip in left]}

    def _settle(self, want: windows_vip.Want, host: Host) -> Host:
        deadline = time.monotonic() + _SETTLE_SECONDS
        while windows_vip.unsettled(want, host) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            host = self.ask()
        waiting = windows_vip.unsettled(want, host)
        if waiting:
            raise LvsError(
                "vips", waiting, f"is not in use {_SETTLE_SECONDS} seconds after it was added. Run the task again."
            )
        return host


class ActionModule(SystemAction):
    """Put VIPs on any realserver, or take them off."""

    module = "linuxvirtualserver.lvs.vip_address"
    specification = SPECIFICATION
    branches = (OnUnix, OnWindows)
