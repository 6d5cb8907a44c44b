# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sysvinit of Debian and its kin: a script of our own for a job, with an LSB header from which insserv makes the order.

Private: this file may change in any release; do not import it from outside the collection.

The order, and what update-rc.d makes of a script, were measured with sysv-rc 3.06 and insserv 1.24. It knows nothing of
what ran, so a script of ours leaves a file in /run.
"""

from __future__ import annotations

import functools
import typing as t

from .actions import Action, Run
from .init import UPDATE_RC
from .job import AFTER_NETWORK, BEFORE_NETWORK, INTERFACES, KERNEL, STAGES, TABLE
from .script import Scripts, name_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .job import Job

_AT_BOOT = "/etc/rcS.d"
_PARTS = ("kernel-setup", "arp-hide", "tunnel-decap", "firewall-rules")
# An LSB header has no word for "all of a stage". Who is not there is passed over.
_MEMBERS = {
    KERNEL: [f"{KERNEL}-{part}" for part in _PARTS],
    BEFORE_NETWORK: ["lvs-firewall", "lvs-arp-hide", "lvs-tunnel-decap", TABLE],
    INTERFACES: [f"{INTERFACES}-{part}" for part in _PARTS],
    AFTER_NETWORK: [],
}
_FIREWALLS = "netfilter-persistent nftables firewalld ufw"


class SysvScripts(Scripts):
    """sysvinit: jobs of ours as scripts of runlevel S, by their paths."""

    def render(self, job: Job) -> str:
        return _SCRIPT.format(title=job.title, order=_order(job.stage), **self._words(job))

    def is_active(self, path: str) -> bool:
        """Whether the script is run at boot, and did not fail when it was last run."""
        return self.is_added(path) and self._host.succeeds((path, "status"))

    def is_added(self, path: str) -> bool:
        return bool(self._host.glob(_AT_BOOT, f"S[0-9][0-9]{name_of(path)}"))

    def add(self, path: str) -> list[Action]:
        back = None if self.is_added(path) else self._doing(UPDATE_RC, "-f", name_of(path), "remove")
        return [Run((UPDATE_RC, name_of(path), "defaults"), changes=_AT_BOOT, makes=True, undo=back)]

    def take_out(self, path: str) -> list[Action]:
        back = self._doing(UPDATE_RC, name_of(path), "defaults")
        stop = Run((path, "stop"), undo=self._doing(path, "start"))
        return [stop, Run((UPDATE_RC, name_of(path), "remove"), changes=_AT_BOOT, undo=back)]

    def _doing(self, *argv: str) -> t.Callable[[], object]:
        return functools.partial(self._host.run, argv)

    def begin(self, path: str) -> list[Action]:
        """Run it where it has not."""
        return [Run((path, "start"), undo=self._doing(path, "stop"))]

    def start(self, path: str) -> list[Action]:
        """Run it, again if it has."""
        return [Run((path, "restart"), undo=self._doing(path, "stop"))]

    def again(self, path: str) -> tuple[str, ...]:
        return (f"{path} status && {path} restart",)


def _order(stage: str) -> str:
    """What comes before the jobs of a stage, and what after."""
    early = stage in (KERNEL, BEFORE_NETWORK)
    before = [name for one in STAGES[: STAGES.index(stage)] for name in _MEMBERS[one]]
    should = " ".join(["procps", "kmod", "udev", *([] if stage == KERNEL else [_FIREWALLS]), *before])
    lines = [
        f"Required-Start: {'$local_fs' if early else '$network'}",
        "Required-Stop:",
        f"Should-Start: {should}",
        *(["X-Start-Before: $network"] if early else []),
        "Default-Start: S",
        "Default-Stop:",
    ]
    return "\n".join(f"# {line}" for line in lines)


# Debian's runit-init has a further word for a script: only the first counts.
_SCRIPT = """\
#!/bin/sh
### BEGIN INIT INFO
# Provides: {name}
{order}
# Short-Description: {title}
### END INIT INFO
{header}

job() {{
{steps}
}}

run() {{
    rm -f "$ran" {failed}
    if job; then : >"$ran"; else : >{failed} && false; fi
}}

ran=/run/{name}.ran
case $1 in
start)
    [ -e "$ran" ] || run
    ;;
restart | force-reload)
    run
    ;;
stop)
    rm -f "$ran" {failed}
    ;;
status)
    [ -e "$ran" ] || exit 3
    ;;
*)
    echo "Usage: $0 start|restart|force-reload|stop|status" >&2
    exit 2
    ;;
esac
"""
