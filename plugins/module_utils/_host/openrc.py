# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenRC: a service of our own for a job, one script, in a runlevel, started, and gone again without a trace.

Private: this file may change in any release; do not import it from outside the collection.

Exit statuses and the order of services were measured with OpenRC 0.45.2, and read in its scripts and those of Alpine.
"""

from __future__ import annotations

import fnmatch
import functools
import shlex
import typing as t

from .actions import Action, Run
from .job import AFTER_NETWORK, INTERFACES, STAGES
from .script import Scripts, name_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .job import Job

_RUNLEVELS = "/etc/runlevels"
_USUAL = "boot"
# In the order of a boot. In which of them a distribution sets up its network differs.
_LEVELS = ("sysinit", "boot", "default")
# What does: ifupdown's, netifrc's, OpenRC's own, and daemons.
_NETWORK = ("networking", "network", "net.*", "NetworkManager", "dhcpcd", "connman", "wicd", "iwd")
_LOOPBACK = ("net.lo", "net.lo0")


class OpenRcServices(Scripts):
    """OpenRC: jobs of ours as services, by the paths of their scripts."""

    def render(self, job: Job) -> str:
        return _SCRIPT.format(title=shlex.quote(job.title), order=_order(job), **self._words(job))

    def is_active(self, path: str) -> bool:
        """Whether the service is in its runlevel, and did not fail when it was last started."""
        return self.is_added(path) and self._host.succeeds(("rc-service", name_of(path), "status"))

    def is_added(self, path: str) -> bool:
        return self._added(path) == [self._level]

    def add(self, path: str) -> list[Action]:
        elsewhere = [level for level in self._added(path) if level != self._level]
        there = [] if len(elsewhere) < len(self._added(path)) else [self._update("add", path, self._level)]
        return [*there, *(self._update("del", path, level) for level in elsewhere)]

    def take_out(self, path: str) -> list[Action]:
        # Stopped as well, or OpenRC goes on listing what ran at boot.
        return [
            self._service(path, "stop", "start"),
            *(self._update("del", path, level) for level in self._added(path)),
        ]

    def begin(self, path: str) -> list[Action]:
        """Start the service, which does nothing where it runs."""
        return [self._service(path, "start", "stop")]

    def start(self, path: str) -> list[Action]:
        """Start the service, again if it runs."""
        return [self._service(path, "restart", "stop")]

    def again(self, path: str) -> tuple[str, ...]:
        return (f"rc-service --ifstarted {name_of(path)} restart",)

    @property
    def _level(self) -> str:
        """The runlevel in which the network is set up: only there can a service come before it."""
        return next(filter(self._sets_up_network, _LEVELS), _USUAL)

    def _sets_up_network(self, level: str) -> bool:
        names = {name_of(path) for path in self._host.glob(f"{_RUNLEVELS}/{level}", "*")}.difference(_LOOPBACK)
        return any(fnmatch.fnmatchcase(name, one) for name in names for one in _NETWORK)

    def _added(self, path: str) -> list[str]:
        """The runlevels that the service is in."""
        return [level for level in _LEVELS if self._host.at(f"{_RUNLEVELS}/{level}/{name_of(path)}").is_symlink()]

    def _service(self, path: str, verb: str, back: str) -> Run:
        undo = functools.partial(self._host.run, ("rc-service", name_of(path), back))
        return Run(("rc-service", name_of(path), verb), undo=undo)

    def _update(self, verb: str, path: str, level: str) -> Run:
        back = ("rc-update", "del" if verb == "add" else "add", name_of(path), level)
        undo = functools.partial(self._host.run, back)
        argv = ("rc-update", verb, name_of(path), level)
        return Run(argv, changes=f"{_RUNLEVELS}/{level}", makes=verb == "add", undo=undo)


def _order(job: Job) -> str:
    """What comes before the job, and what after: names of what is not there are harmless.

    Never "need net": whoever restarts any of the network would start the job again.
    """
    stage = job.stage
    earlier = " ".join(STAGES[: STAGES.index(stage)])
    lines = [f"provide {stage}", f"after localmount modules sysctl bootmisc hwdrivers udev loopback {earlier}".rstrip()]
    around = "after" if stage in (INTERFACES, AFTER_NETWORK) else "before"
    lines += ["after firewall iptables ip6tables nftables"] if stage != STAGES[0] else []
    lines += [f"{around} net networking network net.lo", *(f"need {name}" for name in job.follows)]
    return "\n".join(f"    {line}" for line in lines)


_SCRIPT = """\
#!/sbin/openrc-run
{header}
description={title}

depend() {{
{order}
}}

job() {{
{steps}
}}

start() {{
    ebegin "$description"
    if job; then rm -f {failed}; else : >{failed} && false; fi
    eend $?
}}

stop() {{
    rm -f {failed}
}}
"""
