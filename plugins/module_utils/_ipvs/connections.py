# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections in /proc/net/ip_vs_conn, counted by realserver and state.

Private: this file may change in any release; do not import it from outside the collection.

The two counters that the kernel keeps for a destination are not enough to tell when one is drained: "active" counts
half-open connections too, so that it never reaches 0 under a SYN flood.
"""

from __future__ import annotations

import contextlib
import pathlib
import socket
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from .._model.table import RealserverKey, Service, ServiceKey

PROC_FILE = "/proc/net/ip_vs_conn"
# The states in which a client is being served. UDP has only this one.
SERVED = frozenset(("ESTABLISHED", "UDP"))
# Of UDP, a client that has said nothing for a while.
QUIET = "UDP_QUIET"


class Connections(t.NamedTuple):
    """The connections of one realserver of one service."""

    states: Mapping[str, int]
    # Entries that send the next connections of a client to the same realserver, also one of weight 0.
    templates: int

    def to_dict(self) -> dict[str, t.Any]:
        return {"states": dict(sorted(self.states.items())), "templates": self.templates}


NONE = Connections({}, 0)
Owner = tuple[ServiceKey, RealserverKey]


def _hexadecimal(address: str) -> str:
    """An address as the kernel prints it there: IPv4 in one number, IPv6 in full."""
    if ":" not in address:
        return socket.inet_aton(address).hex().upper()
    digits = socket.inet_pton(socket.AF_INET6, address).hex()
    return ":".join(digits[i : i + 4] for i in range(0, 32, 4))


class _Pattern(t.NamedTuple):
    """What the columns of a line must say for it to be about one realserver of one service; None for anything."""

    protocol: str | None
    vip: str | None
    vip_port: str | None
    rip: str
    rip_port: str | None


def _pattern(key: ServiceKey, realserver: RealserverKey) -> _Pattern:
    rip_port = f"{realserver.port:04X}" if realserver.port else None
    if key.vip is None:
        return _Pattern(None, None, None, _hexadecimal(realserver.rip), rip_port)
    port = f"{key.port:04X}" if key.port else None
    return _Pattern((key.protocol or "").upper(), _hexadecimal(key.vip), port, _hexadecimal(realserver.rip), rip_port)


def count(lines: Iterable[str], services: Iterable[Service], quiet: int = 0) -> dict[Owner, Connections]:
    """The connections of each realserver of the services; of UDP, those that end within `quiet` seconds are quiet.

    A connection belongs to the service that names its address and port, else to the one of all ports, else to a
    firewall mark: the file does not say by which mark a connection came, only to which realserver it goes.
    """
    owners: dict[_Pattern, Owner] = {}
    for service in services:
        for realserver in service.realservers:
            pattern, whose = _pattern(service.key, realserver.key), (service.key, realserver.key)
            owners.setdefault(pattern, whose)
            if service.key.vip is None:  # whose templates have no port, whichever the realserver has
                owners.setdefault(pattern._replace(rip_port="0000"), whose)
    states: dict[Owner, dict[str, int]] = {owner: {} for owner in owners.values()}
    templates = dict.fromkeys(states, 0)
    rips = {pattern.rip for pattern in owners}
    for line in lines:
        columns = line.split()
        if len(columns) < 8 or columns[5] not in rips:
            continue
        owner = _owner(columns, owners)
        if owner is None:
            continue
        if _is_template(columns):
            templates[owner] += 1
        else:
            state = QUIET if _is_quiet(columns, quiet) else columns[7]
            states[owner][state] = states[owner].get(state, 0) + 1
    return {owner: Connections(states[owner], templates[owner]) for owner in states}


def _owner(columns: list[str], owners: Mapping[_Pattern, Owner]) -> Owner | None:
    protocol, vip, vip_port, rip, rip_port = columns[0], *columns[3:7]
    for pattern in (
        _Pattern(protocol, vip, vip_port, rip, rip_port),
        _Pattern(protocol, vip, None, rip, rip_port),
        _Pattern(protocol, vip, None, rip, None),
        _Pattern(None, None, None, rip, rip_port),
        _Pattern(None, None, None, rip, None),
    ):
        if pattern in owners:
            return owners[pattern]
    return None


def _is_quiet(columns: list[str], quiet: int) -> bool:
    return columns[7] == "UDP" and len(columns) > 8 and columns[8].isdigit() and int(columns[8]) <= quiet


def _is_template(columns: list[str]) -> bool:
    """A template has no port of the client; since 5.0 it says whether it was confirmed, before that nothing."""
    return columns[2] == "0000" and columns[7] in ("NONE", "ASSURED")


def lines() -> Iterator[str]:
    """Those of the running kernel, one by one: there may be millions. None where IPVS is not loaded."""
    with (
        contextlib.suppress(FileNotFoundError),
        pathlib.Path(PROC_FILE).open(encoding="ascii", errors="replace") as found,
    ):
        next(found, None)
        yield from found


def read(services: Iterable[Service], quiet: int = 0) -> dict[Owner, Connections]:
    """The same out of the running kernel."""
    return count(lines(), services, quiet)
