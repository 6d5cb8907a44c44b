# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timeouts of connections and the daemons that synchronise them between directors, as values.

Private: this file may change in any release; do not import it from outside the collection.

Pure, like _model/table.py.
"""

from __future__ import annotations

import typing as t


class Timeouts(t.NamedTuple):
    """For how many seconds an idle connection is remembered: TCP, TCP after a FIN, UDP."""

    tcp: int
    tcp_fin: int
    udp: int


# What IPVS begins with (net/netfilter/ipvs/ip_vs_proto_tcp.c and ip_vs_proto_udp.c).
INITIAL_TIMEOUTS = Timeouts(tcp=900, tcp_fin=120, udp=300)


# What the kernel begins with in net/netfilter/ipvs/ip_vs_sync.c.
_ETHERNET_MTU, _LONGEST_PACKET = 1500, 65535
_HEADERS_IPV4, _HEADERS_IPV6 = 20 + 8, 40 + 8


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


def agrees(wanted: SyncDaemon, found: SyncDaemon | None) -> bool:
    """Whether the daemon that runs is the wanted one, where the kernel chose what was left to it."""
    return (
        found is not None
        and all(wish in (0, None, got) for wish, got in zip(wanted[2:], found[2:]))
        and (wanted[:2] == found[:2] and wanted.sync_id == found.sync_id)
    )


def usual_length(daemon: SyncDaemon, mtu: int) -> int:
    """The length of messages that the kernel chooses: a backup's is that of its interface, if that is more."""
    room = min(max(mtu, _ETHERNET_MTU), _LONGEST_PACKET) if daemon.role == "backup" else _ETHERNET_MTU
    return room - (_HEADERS_IPV6 if ":" in (daemon.group or "") else _HEADERS_IPV4)


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
