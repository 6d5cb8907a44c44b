# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of keepalived's files: the small one that includes all, and one for each LVS.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same wish gives the same text, in one order and one spelling, so that a difference of two is a review.
"""

from __future__ import annotations

import re
import typing as t

from .._model.address import full_prefix

MAIN = "/etc/keepalived/keepalived.conf"
FOLDER = "/etc/keepalived/lvs"
RECORD = "/var/lib/lvs/keepalived.json"
# Removed by keepalived when it has read its files (reload_file, from 2.2 on).
HANDSHAKE = "/run/lvs-keepalived.reload"
SERVERS = ".servers.conf"  # how the name of a file of virtual servers ends
HEAD = "# Written by linuxvirtualserver.lvs; what is changed here is lost."
ON, OFF = "1\n", "0\n"  # in a switch
SIGNALS_READING = (2, 2)  # the first version that knows reload_file

_REFRESH = 30  # seconds; a neighbour that learnt wrongly forgets it by then
_LEAD = re.compile(r"^ {4}virtual_ipaddress \{\n {8}(\S+)/[0-9]+ dev \S+$", re.MULTILINE)
_ADDRESS = re.compile(r"^ {8}(\S+)/[0-9]+ dev (\S+)$", re.MULTILINE)
_PEERS = re.compile(r"^ {4}unicast_peer \{\n((?: {8}\S+\n)+)|^# By multicast with: (.+)$", re.MULTILINE)
_ROUTER_ID = re.compile(r"^ {4}virtual_router_id ([0-9]+)$", re.MULTILINE)
_SOURCE = re.compile(r"^ {4}(?:uni|m)cast_src_ip (\S+)$", re.MULTILINE)
_SYNC = re.compile(r"^# Both threads of synchronisation: (\S+) id ([0-9]+)$", re.MULTILINE)


class Placed(t.NamedTuple):
    """An address that moves from director to director, and the NIC that gets it here."""

    ip: str
    interface: str

    def __str__(self) -> str:
        return f"{self.ip}/{full_prefix(self.ip)} dev {self.interface}"


class Sync(t.NamedTuple):
    """The synchronisation of connections: both threads run on each director.

    keepalived sees to that only where it has virtual servers (2.2.7), so its unit does.
    """

    interface: str
    id: int


class Instance(t.NamedTuple):
    """One VRRP instance: this director's part in the failover of one LVS."""

    lvs: str
    interface: str  # that of the adverts
    router_id: int
    priority: int
    preempt: bool
    interval: str  # seconds
    address: str  # where adverts come from
    peers: tuple[str, ...]
    multicast: bool  # to a group, or to each of the peers; the file names them all the same, for those that leave
    track: bool
    addresses: tuple[Placed, ...]  # the first one is in the adverts
    sync: Sync | None

    @property
    def name(self) -> str:
        """What keepalived calls it: no two can have this, and an LVS that gets another name serves on."""
        return f"{self.interface}_{self.router_id}"

    @property
    def interfaces(self) -> list[str]:
        """The NICs without whose carrier this director cannot serve."""
        return sorted({self.interface, *(one.interface for one in self.addresses)})


def path_of(name: str) -> str:
    """The file of an LVS."""
    return f"{FOLDER}/{name}.conf"


def name_of(path: str) -> str:
    """The LVS of a file."""
    return path.rpartition("/")[2].partition(".")[0]


def switch_of(name: str) -> str:
    """Where 1 has this director give the addresses of an LVS up, and 0 stand by."""
    return "/var/lib/lvs/director" if name == "lvs" else f"/var/lib/lvs/director-{name}"


def main_text(version: tuple[int, ...], folder: str = FOLDER) -> str:
    """The file that keepalived opens. All of an LVS is in its own, so that several share a host."""
    told = [f"    reload_file {HANDSHAKE}"] if version >= SIGNALS_READING else []
    return _lines(HEAD, *_block("global_defs", *told), f"include {folder}/*.conf")


def instance_text(one: Instance) -> str:
    """The file of one LVS."""
    sync = [f"# Both threads of synchronisation: {one.sync.interface} id {one.sync.id}"] if one.sync else []
    group = [f"# By multicast with: {' '.join(one.peers)}"] if one.multicast and one.peers else []
    switch = f"{one.name}_switch"
    return _lines(
        HEAD,
        *sync,
        *group,
        # Weight 0: another value than 0 is a fault, so the other director takes over at once, preempt or not.
        *_block("track_file " + switch, f'    file "{switch_of(one.lvs)}"', "    weight 0", "    init_file 0"),
        *_block("vrrp_instance " + one.name, *_indented(_settings(one, switch))),
    )


def _settings(one: Instance, switch: str) -> t.Iterator[str]:
    yield "state BACKUP"
    if not one.preempt:
        yield "nopreempt"
    yield "version 3"
    yield f"interface {one.interface}"
    if not one.track:
        yield "dont_track_primary"
    yield f"virtual_router_id {one.router_id}"
    yield f"priority {one.priority}"
    yield f"advert_int {one.interval}"
    unicast = one.peers and not one.multicast
    yield f"{'unicast_src_ip' if unicast else 'mcast_src_ip'} {one.address}"
    if unicast:
        yield from _block("unicast_peer", *_indented(one.peers))
    yield f"garp_master_refresh {_REFRESH}"
    # Both served, and one gives up: neighbours may have heard it last. It sends an advert first, for else the other one
    # need not know that it served.
    yield "higher_prio_send_advert true"
    yield "garp_lower_prio_delay 1"
    yield "garp_lower_prio_repeat 3"
    others = [name for name in one.interfaces if name != one.interface]
    if one.track and others:
        yield from _block("track_interface", *_indented(others))
    yield from _block("track_file", f"    {switch} weight 0")
    lead, *rest = map(str, one.addresses)
    yield from _block("virtual_ipaddress", f"    {lead}")
    # Not in the adverts, so two directors hear each other while one of them has an address more.
    if rest:
        yield from _block("virtual_ipaddress_excluded", *_indented(rest))


def lead_of(text: str | None) -> str | None:
    """The address in the adverts, by a file of ours."""
    found = _LEAD.search(text or "")
    return found[1] if found else None


def placed_in(text: str | None) -> frozenset[Placed]:
    """The addresses that a file of ours moves."""
    return frozenset(Placed(*found) for found in _ADDRESS.findall(text or ""))


def router_id_in(text: str | None) -> int | None:
    """What tells these directors' adverts from others', by a file of ours."""
    found = _ROUTER_ID.search(text or "")
    return int(found[1]) if found else None


def source_in(text: str | None) -> str | None:
    """Where this director's adverts come from, and others' go to, by a file of ours."""
    found = _SOURCE.search(text or "")
    return found[1] if found else None


def peers_in(text: str | None) -> frozenset[str]:
    """The other directors, by a file of ours."""
    found = _PEERS.search(text or "")
    return frozenset((found[1] or found[2]).split() if found else ())


def sync_of(text: str | None) -> Sync | None:
    """The synchronisation, by a file of ours."""
    found = _SYNC.search(text or "")
    return Sync(found[1], int(found[2])) if found else None


def _block(name: str, *lines: str) -> list[str]:
    return [f"{name} {{", *lines, "}"] if lines else []


def _indented(lines: t.Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)
