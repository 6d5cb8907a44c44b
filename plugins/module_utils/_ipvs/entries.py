# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections of some clients in /proc/net/ip_vs_conn, one by one: which went to which realserver.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import socket
import typing as t
from collections.abc import Iterable, Iterator

from .._errors import LvsError
from . import connections

_NO_PORT = "0000"


class Entry(t.NamedTuple):
    """One connection as the director remembers it."""

    protocol: str
    client: str
    client_port: int
    address: str
    port: int
    realserver: str
    realserver_port: int
    state: str


def of_clients(lines: Iterable[str], clients: Iterable[str]) -> Iterator[Entry]:
    """The connections of these clients. Templates, which have no port of the client, are none."""
    wanted = set(clients)
    for line in lines:
        columns = line.split()
        if len(columns) < 8 or columns[2] == _NO_PORT:
            continue
        client = _address(columns[1])
        if client in wanted:
            yield _entry(client, columns)


def _entry(client: str, columns: list[str]) -> Entry:
    return Entry(
        columns[0].lower(),
        client,
        int(columns[2], 16),
        _address(columns[3]),
        int(columns[4], 16),
        _address(columns[5]),
        int(columns[6], 16),
        columns[7],
    )


def _address(text: str) -> str:
    """What the kernel prints there: IPv4 in one hexadecimal number, IPv6 in full."""
    if ":" in text:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))
    return socket.inet_ntoa(bytes.fromhex(text))


def read(clients: Iterable[str]) -> list[Entry]:
    """The same out of the running kernel."""
    try:
        return list(of_clients(connections.lines(), clients))
    except (ValueError, OSError) as error:
        cure = f"cannot be read as the connections of IPVS: {error}. Please report it with `uname -r`."
        raise LvsError(connections.PROC_FILE, None, cure) from error
