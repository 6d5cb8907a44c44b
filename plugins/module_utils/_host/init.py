# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which init runs this host, and so what starts at boot. Found here alone.

Private: this file may change in any release; do not import it from outside the collection.

Ansible's fact `service_mgr` is no proof: where process 1 is a shell or is called init, a file that is merely installed
decides (/sbin/openrc, /etc/init.d).
"""

from __future__ import annotations

import typing as t
from pathlib import PurePosixPath

if t.TYPE_CHECKING:  # pragma: no cover
    from .host import Host

SYSTEMD, OPENRC, SYSVINIT = "systemd", "OpenRC", "sysvinit"
KNOWN = (SYSTEMD, OPENRC, SYSVINIT)  # boot.py has what starts jobs of ours by each of these

# What only a running one makes. OpenRC, runit and others may be started by any process 1, so they come before its name.
_SIGNS = {
    SYSTEMD: ("/run/systemd/system",),
    OPENRC: ("/run/openrc/softlevel",),
    "runit": ("/run/runit.stopit", "/run/runit/stopit", "/run/runit/service"),
}
# By the name of process 1.
_NAMES = {"runit": "runit", "s6-svscan": "s6", "dinit": "dinit", "finit": "finit"}
_INIT = "/proc/1"
UPDATE_RC = "/usr/sbin/update-rc.d"
_INITTAB, _RUNS_SCRIPTS = "/etc/inittab", "/etc/init.d/rcS"


def running(host: Host) -> str:
    """The init that runs, in words."""
    name = (host.read(f"{_INIT}/comm") or "").strip()
    signs = (init for init, paths in _SIGNS.items() if any(host.at(path).exists() for path in paths))
    found = next(signs, _NAMES.get(name) or (_called_init(host) if name == "init" else ""))
    return found or f"no init that is known here (process 1 is {name or 'not to be seen'})"


def is_known(host: Host) -> bool:
    """Whether jobs of ours can be started at boot on this host."""
    return running(host) in KNOWN


def _called_init(host: Host) -> str:
    """Several programs go by this name."""
    try:
        program = PurePosixPath(host.at(f"{_INIT}/exe").readlink()).name
    except OSError:
        program = ""
    if program.startswith("busybox"):
        return "BusyBox init"
    if _RUNS_SCRIPTS not in (host.read(_INITTAB) or ""):
        return ""
    return SYSVINIT if host.at(UPDATE_RC).is_file() else f"{SYSVINIT} without {UPDATE_RC}"


def is_systemd(host: Host) -> bool:
    return running(host) == SYSTEMD
