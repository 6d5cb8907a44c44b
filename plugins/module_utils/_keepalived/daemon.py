# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daemon: which version it is, its unit, a reload that is known to be read, and what came of it in the kernel.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import sys
import time
import typing as t

from .._errors import LvsError
from .._host.actions import Run
from .._host.init import is_systemd, running
from .._host.job import RESTORER, TABLE
from .._host.links import interfaces
from .._host.unit import DIRECTORY, WANTS
from .file import HANDSHAKE, HEAD, SIGNALS_READING, Instance, Placed, Sync
from .gate import OLDEST
from .unit import UNIT, is_active

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable

    from .._host.host import Host

DROP_IN = f"{DIRECTORY}/{UNIT}.d/lvs.conf"
SYNCHRONISER = "lvs-sync.service"
SYNC_UNIT = f"{DIRECTORY}/{SYNCHRONISER}"
RELOAD = ("systemctl", "reload", UNIT)
START = ("systemctl", "start", UNIT)
READ_UNITS = Run(("systemctl", "daemon-reload"))
ENABLE = Run(("systemctl", "enable", UNIT), changes=WANTS)
DISABLE = Run(("systemctl", "disable", UNIT), changes=WANTS)


class Thread(t.NamedTuple):
    """A thread of the kernel that synchronises connections."""

    role: str
    interface: str
    id: int


class Threads(t.Protocol):
    """Those of the kernel."""

    def running(self) -> list[Thread]:
        """Which run."""

    def missing(self, interface: str, number: int) -> list[str]:
        """The commands after which both run so; none when they do."""

    def have(self, interface: str, number: int) -> None:
        """Both run so."""

    def stop(self) -> None:
        """None runs."""


_VERSION = re.compile(r"^Keepalived v([0-9]+(?:\.[0-9]+)*)", re.MULTILINE)
_PAUSE = 0.05
_READING = 10.0  # seconds in which a reload begins and ends
_MISSED = 4  # intervals after which whoever hears nobody serves
_GRACE = 2.0


def drop_in(sync: Sync | None) -> str:
    """What we add to the unit. Debian's is not started again when it dies, and then nothing serves.

    What is left of the dead one needs a moment to end (seen: 0.15 s), and until then a new one would not begin. The
    table is there first, and what keepalived does not see to: both threads of synchronisation.
    """
    after = f"After=systemd-modules-load.service {TABLE}.service"
    unit = [f"{after} {SYNCHRONISER}", f"Wants={SYNCHRONISER}"] if sync else [after]
    service = ["[Service]", "Restart=on-failure", "RestartSec=300ms", ""]
    return "\n".join([HEAD, "[Unit]", *unit, "StartLimitIntervalSec=0", "", *service])


def sync_unit(sync: Sync | None) -> str | None:
    """Both threads at boot, by a unit of their own: keepalived that is started again does not wait for them."""
    if sync is None:
        return None
    unit = ["[Unit]", "Description=Synchronisation of IPVS connections", "After=network-online.target", ""]
    run = f"ExecStart={sys.executable} -I {RESTORER} {sync.interface} {sync.id}"
    return "\n".join([HEAD, *unit, "[Service]", "Type=oneshot", "RemainAfterExit=yes", run, ""])


def version_of(host: Host) -> tuple[int, ...]:
    """The version of the program that is there, which a list of distributions would not know."""
    done = host.attempt(("keepalived", "-v"))
    found = _VERSION.search(done.stderr) or _VERSION.search(done.stdout)
    if found is None:
        said = (done.stderr.strip() or done.stdout.strip())[:200]
        raise LvsError("keepalived -v", said, "does not say which version it is. Install the distribution's package.")
    version = tuple(map(int, found[1].split(".")))
    if version < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise LvsError("keepalived", found[1], f"is too old. Install {wanted} or newer.")
    return version


def require_systemd(host: Host, instead: str) -> None:
    """It alone starts again what died, and has what keepalived needs ready before it at boot."""
    if not is_systemd(host):
        cure = f"starts nothing again that died. Use systemd on directors that keepalived runs on, or {instead}."
        raise LvsError("init", running(host), cure)


def reload(host: Host, version: tuple[int, ...]) -> None:
    """Have it read its files, and wait until it did."""
    if version < SIGNALS_READING:
        host.run(RELOAD)
        time.sleep(_GRACE)  # nothing tells when it has read them
        return
    # With something in it: it is emptied when reading begins, and removed when it ends.
    host.write(HANDSHAKE, "lvs\n", 0o600)
    host.run(RELOAD)
    if not _until(lambda: not host.at(HANDSHAKE).exists(), _READING):
        host.remove(HANDSHAKE)
        cure = f"did not read its files within {_READING:.0f} s of a reload. See journalctl -u {UNIT}."
        raise LvsError(UNIT, None, cure)


def held(host: Host, wanted: Iterable[Placed]) -> frozenset[Placed]:
    """Which of these addresses are on this host now."""
    have = {Placed(address.ip, nic.name) for nic in interfaces(host.run) for address in nic.addresses}
    return frozenset(wanted) & have


def settle(host: Host, one: Instance, gone: frozenset[Placed], serves: bool | None, threads: Threads) -> list[str]:
    """Wait until the kernel is as the file says, and say what is not.

    ``gone`` must have left. ``serves`` None: it has just been started, and may serve or stand by.
    """
    patience = _MISSED * float(one.interval) + _GRACE
    differences: list[str] = []

    def looked() -> bool:
        nonlocal differences
        differences = _differences(host, one, gone, serves, threads)
        return not differences

    if serves is None:
        # Who stands by is known only when it was time to serve.
        _until(lambda: held(host, one.addresses) == {*one.addresses}, patience)
    _until(looked, patience)
    return differences


def _differences(
    host: Host, one: Instance, gone: frozenset[Placed], serves: bool | None, threads: Threads
) -> list[str]:
    if not is_active(host):
        return [f"{UNIT} is not active"]
    here = held(host, one.addresses)
    found = [f"{placed} is still there" for placed in sorted(held(host, gone))]
    if here and serves is not False:
        found += [f"{placed} is not there" for placed in sorted({*one.addresses} - here)]
    if not here and serves:
        found.append("this director gave its addresses up")
    if here and serves is False:
        found += [f"{placed} was taken" for placed in sorted(here)]
    return found + _thread_differences(one, threads)


def _thread_differences(one: Instance, threads: Threads) -> list[str]:
    """Threads of no LVS of ours are not ours to judge."""
    if one.sync is None:
        return []
    found = {thread.role: (thread.interface, thread.id) for thread in threads.running()}
    wanted = (one.sync.interface, one.sync.id)
    return [
        f"the {role} thread of synchronisation runs with {found.get(role)}, not {wanted}"
        for role in ("master", "backup")
        if found.get(role) != wanted
    ]


def _until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True
