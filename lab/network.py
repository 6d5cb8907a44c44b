# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ethernet: one bridge a segment, one tap a NIC, and cuts in between."""

from __future__ import annotations

import json
from collections.abc import Iterable

from lab.farm import Farm, Host, Nic
from lab.sandbox import Sandbox

# A bridge that stays down: what is sent there is gone.
NOWHERE = "nowhere"
# States of a bridge's port: BR_STATE_* of linux/if_bridge.h
DISABLED, FORWARDING = "0", "3"


def build(sandbox: Sandbox, farm: Farm) -> None:
    """Make the segments, plug the hosts in and give the controller its places."""
    lines = ["link set lo up", f"link add {NOWHERE} type bridge"]
    for segment in farm.segments:
        lines += [f"link add {segment} type bridge stp_state 0 mcast_snooping 0", f"link set {segment} up"]
    for nic in (nic for host in farm.hosts for nic in host.nics):
        lines += [
            f"tuntap add dev {nic.tap} mode tap",
            # UML drops frames larger than the MTU, and the kernel would send GSO frames into the tap.
            f"link set dev {nic.tap} gso_max_segs 1",
            f"link set dev {nic.tap} master {nic.segment}",
            f"link set dev {nic.tap} up",
        ]
    lines += [f"address add {interface.with_prefixlen} dev {segment}" for segment, interface in farm.controller]
    lines += [f"route add {route.to} via {route.via}" for route in farm.controller_routes]
    sandbox.run("ip", "-batch", "-", input_text="\n".join(lines) + "\n")
    for segment in farm.segments:
        sandbox.run("ethtool", "-K", segment, "tso", "off", "gso", "off", "gro", "off", "tx", "off")


def plug(sandbox: Sandbox, nic: Nic, *, connected: bool) -> None:
    """Pull or put back one cable.

    The bridge's port, not the tap: UML's NIC never sends again once it has met a tap that is down.
    """
    sandbox.run("bridge", "link", "set", "dev", nic.tap, "state", FORWARDING if connected else DISABLED)


def is_plugged(sandbox: Sandbox, nic: Nic) -> bool:
    """Whether the cable is in."""
    (port,) = json.loads(sandbox.run("bridge", "-json", "link", "show", "dev", nic.tap))
    return str(port["state"]) != "disabled"


def part(sandbox: Sandbox, one: Host, other: Host) -> None:
    """Let no frame pass between two hosts, in either direction; all others still reach both."""
    for sender, receiver in ((one, other), (other, one)):
        for nic in receiver.nics:
            sandbox.run("tc", "qdisc", "replace", "dev", nic.tap, "clsact")
            for source in sender.nics:
                sandbox.run(*_drop(nic.tap, source.mac))


def _drop(tap: str, mac: str) -> list[str]:
    """Frames that leave through the tap with this source address go nowhere.

    u32 and mirred are in every kernel that has traffic control; the source address stands 8 bytes before the payload.
    """
    digits = mac.replace(":", "")
    match = ["match", "u32", f"0x{digits[:8]}", "0xffffffff", "at", "-8"]
    match += ["match", "u16", f"0x{digits[8:]}", "0xffff", "at", "-4"]
    action = ["action", "mirred", "egress", "redirect", "dev", NOWHERE]
    return ["tc", "filter", "add", "dev", tap, "egress", "protocol", "all", "u32", *match, *action]


def join(sandbox: Sandbox, hosts: Iterable[Host]) -> None:
    """Undo every cut between pairs that these hosts are in."""
    for nic in (nic for host in hosts for nic in host.nics):
        if "clsact" in sandbox.run("tc", "qdisc", "show", "dev", nic.tap):
            sandbox.run("tc", "qdisc", "del", "dev", nic.tap, "clsact")
