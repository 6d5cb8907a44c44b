# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else needs a sysctl as we have set it: what was before does not come back under somebody's feet.

Private: this file may change in any release; do not import it from outside the collection.

A program that finds a sysctl as it needs it writes nothing, so nothing remembers that it does. What tells is a line for
the next boot, and for forwarding the networks of containers, virtual machines and tunnels behind this host.
"""

from __future__ import annotations

import typing as t
from pathlib import PurePosixPath

from .._host.links import interfaces
from .._model.lines import lines_in
from . import sysctl

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Iterator

    from .._host.host import Host
    from .decide import Change

_FORWARDING = {"net.ipv4.ip_forward": ".", "net.ipv6.conf.all.forwarding": ":"}
_OWN_FILES = "99-lvs-"
_NICS = "/sys/class/net"

Claims = dict[str, list[str]]


def claims(host: Host, changes: Iterable[Change]) -> Claims:
    """Who needs what we have set, by the name of the sysctl."""
    listed = list(changes)
    if not listed:
        return {}
    lines = [line for line in sysctl.boot_lines(host) if not PurePosixPath(line.path).name.startswith(_OWN_FILES)]
    last = {line.name: line for line in lines}
    found: Claims = {}
    for change in listed:
        line = last.get(change.name)
        claimants = [line.place] if line and line.value == change.after else []
        if change.name in _FORWARDING and change.after == "1":
            claimants += _networks_behind(host, _FORWARDING[change.name])
        if claimants:
            found[change.name] = claimants
    return found


def _networks_behind(host: Host, sign: str) -> Iterator[str]:
    """The interfaces of this host behind which others live who get out only while it forwards."""
    for interface in interfaces(host.run):
        own = [one for one in interface.addresses if sign in one.ip and not one.ip.startswith("fe80:")]
        kind = lines_in(host.read(f"{_NICS}/{interface.name}/uevent") or "") if own else []
        if "DEVTYPE=wireguard" in kind or ("DEVTYPE=bridge" in kind and _is_inner(host, interface.name)):
            yield interface.name


def _is_inner(host: Host, bridge: str) -> bool:
    """Whether a bridge has no port to the outside, as docker's, libvirt's and lxc's have none."""
    ports = [PurePosixPath(path).name for path in host.glob(f"{_NICS}/{bridge}/brif", "*")]
    return not any(host.glob(f"{_NICS}/{port}", sign) for port in ports for sign in ("device", "lower_*"))
