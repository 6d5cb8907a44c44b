# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_sync: the daemon of one role is what a task says.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import socket
import typing as t

from .._errors import LvsError, only_in_check_mode
from .._model.address import family_of
from .daemon import SyncDaemon, agrees, start_command, stop_command
from .options import given, parse_daemon

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs


OPTIONS: dict[str, dict[str, t.Any]] = {
    "role": {"type": "str", "choices": ["master", "backup"], "required": True},
    "interface": {"type": "str"},
    "sync_id": {"type": "int"},
    "max_len": {"type": "int"},
    "group": {"type": "str"},
    "port": {"type": "int"},
    "ttl": {"type": "int"},
}


def running(kernel: Ipvs, role: str) -> SyncDaemon | None:
    found = [daemon for daemon in kernel.daemons() if daemon.role == role]
    return found[0] if found else None


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the daemon of the one role what the task says."""
    before = running(kernel, module.params["role"])
    after = None if module.params["state"] == "absent" else parse_daemon(given(module.params, OPTIONS), before, mtu)
    same = before is None if after is None else agrees(after, before)
    if same:
        after = before
    else:
        if after is not None:
            refuse_mixed_families(kernel)
        if not module.check_mode:
            exchange(kernel, before, after)
        elif after is not None and not is_interface(after.interface):
            module.warn(only_in_check_mode(refused(after, errno.ENODEV)))
    answer = {
        "changed": not same,
        "before": before and before._asdict(),
        "after": after and after._asdict(),
        "commands": [] if same else commands(before, after),
    }
    if module._diff:
        answer["diff"] = {"before": answer["before"] or {}, "after": answer["after"] or {}}
    return answer


def mtu(interface: str) -> int:
    """The largest packet of an interface; 0 when it is gone."""
    try:
        return int(pathlib.Path("/sys/class/net", interface, "mtu").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def is_interface(name: str) -> bool:
    try:
        return socket.if_nametoindex(name) > 0
    except OSError:
        return False


def refuse_mixed_families(kernel: Ipvs) -> None:
    """The messages between directors have room for one family in a connection."""
    for service in kernel.table():
        for one in service.realservers:
            if family_of(one.rip) != service.key.family:
                what = f"service {service.key.label}, realserver {one.key.label}"
                cure = "is of the other family than its service, which no daemon can synchronise. Remove it first."
                raise LvsError(what, None, cure)


def commands(before: SyncDaemon | None, after: SyncDaemon | None) -> list[str]:
    stop = [] if before is None else [stop_command(before)]
    return stop if after is None else [*stop, start_command(after)]


def exchange(kernel: Ipvs, before: SyncDaemon | None, after: SyncDaemon | None) -> None:
    """Stop the one, start the other, and go back when that fails."""
    try:
        if before is not None:
            kernel.stop_daemon(before)
        if after is not None:
            start(kernel, after)
    except OSError as error:
        go_back(kernel, before, after)
        raise refused(after or before, error.errno or 0) from error
    except LvsError:
        go_back(kernel, before, after)
        raise


def start(kernel: Ipvs, wanted: SyncDaemon) -> None:
    kernel.start_daemon(wanted)
    found = running(kernel, wanted.role)
    if not agrees(wanted, found):
        runs = found._asdict() if found else "none"
        cure = f"was accepted by the kernel, which then runs {runs}: it may be too old for this"
        raise LvsError("the daemon", wanted._asdict(), f"{cure}, or the interface's packets too short.")


def go_back(kernel: Ipvs, before: SyncDaemon | None, after: SyncDaemon | None) -> None:
    """As far as it goes: the reason of the failure is what the user has to know."""
    with contextlib.suppress(OSError):
        if after is not None and running(kernel, after.role) is not None:
            kernel.stop_daemon(after)
    with contextlib.suppress(OSError):
        if before is not None and running(kernel, before.role) is None:
            kernel.start_daemon(before)


def refused(daemon: SyncDaemon | None, number: int) -> LvsError:
    wish = daemon._asdict() if daemon else {}
    if number == errno.ENODEV:
        return LvsError("interface", wish.get("interface"), "is not an interface of this host. See `ip link`.")
    if number == errno.EINVAL:
        cure = "was refused by the kernel. While a daemon runs, give all realservers the family of their service."
        return LvsError("the daemon", wish, cure)
    return LvsError("the daemon", wish, f"was refused by the kernel: {os.strerror(number)}.")
