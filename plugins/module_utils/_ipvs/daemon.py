# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timeouts of connections and the daemons that synchronise them between directors, as values.

Private: this file may change in any release; do not import it from outside the collection.

Pure, like _model/table.py.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from collections.abc import Mapping

from .._model.address import canonical_address
from .._model.table import PERSISTENCE_LIMIT, Item

_LENGTH_FLOOR, _LENGTH_LIMIT = 1024, 65507
_INTERFACE = re.compile(r"[A-Za-z0-9_.:@-]{1,15}")


class Timeouts(t.NamedTuple):
    """For how many seconds an idle connection is remembered: TCP, TCP after a FIN, UDP."""

    tcp: int
    tcp_fin: int
    udp: int


# What IPVS begins with (net/netfilter/ipvs/ip_vs_proto_tcp.c and ip_vs_proto_udp.c).
INITIAL_TIMEOUTS = Timeouts(tcp=900, tcp_fin=120, udp=300)


class SyncDaemon(t.NamedTuple):
    """One synchronisation daemon; at most one of each role runs in a network namespace.

    0 and None stand for the kernel's own choice and are never read back.
    """

    role: str
    interface: str
    sync_id: int = 0
    max_len: int = 0
    group: str | None = None
    port: int = 0
    ttl: int = 0


def parse_timeouts(data: Mapping[str, t.Any], have: Timeouts) -> Timeouts:
    """What the user wrote, completed from what there is. To the kernel, 0 means to leave a timeout as it is."""
    item = Item(data, "", frozenset(Timeouts._fields))
    found = {}
    for field, kept in have._asdict().items():
        found[field] = item.number(field, kept, kept, PERSISTENCE_LIMIT, "a time in seconds")
        if found[field] == 0:
            item.refuse(field, 0, "would forget each connection at once. Use 1 second or more.")
    return Timeouts(**found)


def parse_daemon(data: Mapping[str, t.Any], have: SyncDaemon | None) -> SyncDaemon:
    """What the user wrote, completed from the daemon of that role that runs, and else from the kernel's defaults."""
    item = Item(data, "", frozenset(SyncDaemon._fields))
    old = have or SyncDaemon(data["role"], "")
    interface = item.given("interface", old.interface, "")
    if not (isinstance(interface, str) and _INTERFACE.fullmatch(interface)):
        item.refuse("interface", interface, "is not the name of an interface. Give the one between the directors.")
    max_len = item.number("max_len", old.max_len, 0, _LENGTH_LIMIT, "the length of a datagram")
    if 0 < max_len < _LENGTH_FLOOR:
        item.refuse("max_len", max_len, f"is less than the kernel goes down to. Use {_LENGTH_FLOOR} or more.")
    return SyncDaemon(
        role=old.role,
        interface=interface,
        sync_id=item.number("sync_id", old.sync_id, 0, 255, "a sync ID"),
        max_len=max_len,
        group=_group(item, old),
        port=item.number("port", old.port, 0, 65535, "a port"),
        ttl=item.number("ttl", old.ttl, 0, 255, "a time to live"),
    )


def _group(item: Item, old: SyncDaemon) -> str | None:
    value = item.given("group", old.group, None)
    if value is None:
        return None
    address = canonical_address(value) if isinstance(value, str) else None
    if address is None or not ipaddress.ip_address(address).is_multicast:
        item.refuse("group", value, "is not a multicast address. Use one like 224.0.0.81.")
    return address


def agrees(wanted: SyncDaemon, found: SyncDaemon | None) -> bool:
    """Whether the daemon that runs is the wanted one, where the kernel chose what was left to it."""
    return (
        found is not None
        and all(wish in (0, None, got) for wish, got in zip(wanted[2:], found[2:]))
        and (wanted[:2] == found[:2] and wanted.sync_id == found.sync_id)
    )


def timeout_command(timeouts: Timeouts) -> str:
    """The ipvsadm command that sets the timeouts."""
    return f"ipvsadm --set {timeouts.tcp} {timeouts.tcp_fin} {timeouts.udp}"


def start_command(daemon: SyncDaemon) -> str:
    """The ipvsadm command that starts the daemon."""
    words = [f"ipvsadm --start-daemon {daemon.role} --mcast-interface {daemon.interface} --syncid {daemon.sync_id}"]
    if daemon.max_len:
        words.append(f"--sync-maxlen {daemon.max_len}")
    if daemon.group is not None:
        words.append(f"--mcast-group {daemon.group}")
    if daemon.port:
        words.append(f"--mcast-port {daemon.port}")
    if daemon.ttl:
        words.append(f"--mcast-ttl {daemon.ttl}")
    return " ".join(words)


def stop_command(daemon: SyncDaemon) -> str:
    """The ipvsadm command that stops the daemon."""
    return f"ipvsadm --stop-daemon {daemon.role}"
