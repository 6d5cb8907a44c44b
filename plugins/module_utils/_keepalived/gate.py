# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether keepalived would take a file: what its own test lets through, and then its own test.

Private: this file may change in any release; do not import it from outside the collection.

A daemon that reads a bad file ends, and leaves the VIPs where they are, so nothing is put in its place unasked.
"""

from __future__ import annotations

import re
import signal
import typing as t

from .._errors import LvsError
from .._host.links import Interface
from .._model.lines import lines_in
from .file import OFF, Instance, main_text

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .._host.host import Host

FOLDER = "/run/lvs-keepalived"
OLDEST = (2, 0, 19)  # what we write, it knows
# keepalived 2.2.5 to 2.2.7 end themselves like this in a test of a file with a script of another user than root.
_ENDED_ITSELF = (128 + signal.SIGTERM, -signal.SIGTERM)
_THRESHOLD = "/proc/sys/net/ipv4/vs/sync_threshold"
_HAS_WARNINGS = 5
# A service of which no realserver has a weight is one that refuses its clients, to keepalived as well.
_WEIGHTLESS = re.compile(
    r"Warning - quorum 1 for \S+ exceeds total weight of real servers 0, reducing quorum to 0\Z"
    r"|Virtual server \S+ hysteresis 0 >= quorum 0; setting hysteresis to [0-9]+\Z"
)
_SAID = 2000
_SWITCH = re.compile(r'file "[^"]*"')


def problems(host: Host, one: Instance, interfaces: Sequence[Interface]) -> Iterator[LvsError]:
    """All that `keepalived -t` lets through."""
    own = {held.ip for interface in interfaces for held in interface.addresses}
    names = {interface.name: interface for interface in interfaces}
    for index, peer in enumerate(one.peers):
        if peer in own:
            yield LvsError(f"peers[{index}]", peer, "is this host's own address. Name the other directors.")
    for placed in one.addresses:
        nic = names.get(placed.interface)
        if nic is None:
            yield LvsError("interfaces", placed.interface, f"is not an interface of this host: {placed.ip} needs one.")
        elif nic.is_loopback:
            cure = f"is no NIC that clients reach, and {placed.ip} is for them. Name the NIC of their network."
            yield LvsError("interfaces", placed.interface, cure)
    if one.sync:
        yield from _sync_problems(host, one.sync.interface, names)


def _sync_problems(host: Host, nic: str, names: Mapping[str, Interface]) -> Iterator[LvsError]:
    if nic not in names:
        cure = f"is not an interface of this host. Use one of {', '.join(names)}."
        yield LvsError("sync.interface", nic, cure)
    threshold = (host.read(_THRESHOLD) or "").split()
    if threshold[:1] in (["0"], ["1"]):
        cure = "has no connection synchronised that lives on. Set net.ipv4.vs.sync_threshold to its default, 3 50."
        yield LvsError("net.ipv4.vs.sync_threshold", " ".join(threshold), cure)


def ask(host: Host, path: str, text: str, others: Iterable[str], version: tuple[int, ...]) -> None:
    """Have keepalived test all files as they would be; only this one is new.

    2.3.3 refuses a switch that is not there yet, so the draft has one of its own.
    """
    name = path.rpartition("/")[2]
    draft, switch, main = f"{FOLDER}/{name}", f"{FOLDER}/{name.rpartition('.')[0]}.switch", f"{FOLDER}/keepalived.conf"
    included = "".join(f"include {path}\n" for path in sorted({*others, draft}))
    try:
        host.write(switch, OFF, 0o600)
        host.write(draft, _SWITCH.sub(f'file "{switch}"', text), 0o600)
        host.write(main, main_text(version).partition("include ")[0] + included, 0o600)
        done = host.attempt(("keepalived", "-t", "-f", str(host.at(main))))
    finally:
        for path in (switch, draft, main):
            host.remove(path)
        host.remove_directory_if_empty(FOLDER)
    if done.rc == 0 or (done.rc == _HAS_WARNINGS and all(map(_WEIGHTLESS.match, lines_in(done.stderr)))):
        return
    if done.rc in _ENDED_ITSELF:
        cure = (
            "ended itself in the test, as 2.2.5 to 2.2.7 do where a script is run by another user than root. Nothing "
            "was changed. Take the script out of the other files, or let root run it."
        )
        raise LvsError("keepalived", ".".join(map(str, version)), cure)
    said = (done.stderr.strip() or done.stdout.strip())[-_SAID:].replace(draft, path)
    raise LvsError(
        path,
        None,
        f"would be refused by keepalived (exit status {done.rc}), so nothing was changed: {said}",
    )
