# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every verdict that verify can give other than success, by an id that stays the same.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only text. A word in braces is filled in where the verdict is given; docs/verify.md has the same ids.
"""

from __future__ import annotations

import typing as t

FAIL = "fail"
WARN = "warn"
SKIP = "skip"
OK = "ok"

# What is checked, in the order in which it is told.
CHECKS = ("seen", "answers", "path", "spread", "persistence", "payload", "first-byte", "counters", "arp")


class Rule(t.NamedTuple):
    """`howto` is a section of the LVS mini-HOWTO."""

    check: str
    severity: str
    meaning: str
    cure: str
    howto: str = ""


_DOCTOR = "ansible-playbook linuxvirtualserver.lvs.doctor looks on the hosts themselves."
_SITE = "Run site.yml."

RULES: dict[str, Rule] = {
    # Who looked
    "client-missing": Rule(
        "seen",
        FAIL,
        "no client looked at the LVS",
        "Make a machine outside the LVS a member of the group clients, or set verify_from=controller.",
        "2.2",
    ),
    "client-unseen": Rule(
        "seen", FAIL, "client {host} could not ask: {problem}", "Put that right, or take it out of the group clients."
    ),
    "director-unseen": Rule(
        "seen",
        FAIL,
        "director {host} could not be looked at: {problem}",
        "Put that right: without it nobody knows which realserver a connection went to.",
    ),
    "test-service-missing": Rule(
        "seen",
        FAIL,
        "the test service did not start on {host}: {problem}",
        "Put that right, or leave verify_test_service out and ask the real services.",
        "7.11",
    ),
    "not-asked": Rule(
        "answers", SKIP, "not asked: {why}", "Say it in the inventory, or look with the service's own client."
    ),
    # Answers
    "unanswered": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections failed ({outcome}); which realserver they went to is not known",
        f"See above why no director could be looked at. {_DOCTOR}",
        "7.5",
    ),
    "service-missing": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections went to no realserver: no director has {label} in its table",
        f"{_SITE} ipvsadm on the director shows the table.",
        "7.6",
    ),
    "weights-zero": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections failed: all realservers of {label} have weight 0",
        "Give a realserver its weight back, with site.yml, or with ipvs_dest when it was drained.",
        "7.6",
    ),
    "realservers-missing": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections failed: {label} has no realserver in the director's table",
        _SITE,
        "7.6",
    ),
    "vip-nowhere": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections failed: no director has the VIP {address}",
        f"{_SITE} With failover, look which director should have it.",
        "7.7",
    ),
    "not-forwarded": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections ({outcome}) are in no director's connection table",
        f"A packet filter, or routing between client and director. {_DOCTOR}",
        "7.11",
    ),
    "service-refused": Rule(
        "answers",
        FAIL,
        "{host} refused {failed} of {tried} connections",
        "Start the service on {host} so that it listens on {listen} (netstat -an), or stop the packet filter that"
        " rejects it.",
        "7.6",
    ),
    "realserver-silent": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections went to {host}, which said nothing",
        "{cure}",
        "7.7",
    ),
    "service-filtered": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections went to {host}, which said nothing on this port though it does on another",
        "A packet filter on {host} drops {listen}, or the service there hangs with a full queue.",
        "7.6",
    ),
    "answer-cut": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections were opened and then broken ({outcome}), by {host}",
        "Look at the service's own log on {host}.",
        "7.11",
    ),
    "udp-silent": Rule(
        "answers",
        WARN,
        "no answer to {failed} of {tried} datagrams, which proves nothing: not every service answers one",
        "Say with verify_ask how to ask it (dns or echo), or use verify_test_service=true.",
    ),
    "director-bypassed": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections were answered past the directors: they are in no connection table",
        "A realserver answers ARP for the VIP: run site.yml, which hides it, and forget the client's entry"
        " (ip neighbour flush {address}).",
        "7.10",
    ),
    "answered-by-another": Rule(
        "answers",
        FAIL,
        "{failed} of {tried} connections went to {host} but {other} answered",
        "Look for the RIP of {host} on two machines, and for a packet filter that changes addresses.",
        "7.10",
    ),
    # The way to each realserver
    "path-silent": Rule(
        "path", FAIL, "{host} said nothing on the way by {forwarding} with VIP {address}", "{cure}", "7.7"
    ),
    "path-silent-unused": Rule(
        "path",
        WARN,
        "{host}, which has weight 0, said nothing on the way by {forwarding} with VIP {address}",
        "Before it gets connections again: {cure}",
        "7.7",
    ),
    "path-not-forwarded": Rule(
        "path",
        FAIL,
        "the connection meant for {host} is in no director's connection table",
        f"The VIP {{address}} does not lead to a director. {_DOCTOR}",
        "7.11",
    ),
    # Spread
    "weight-differs": Rule(
        "spread",
        WARN,
        "{host} has weight {weight} in the director's table, the plan says {planned}",
        "It was drained, or somebody changed it by hand: restore it, or change the inventory.",
    ),
    "spread-uneven": Rule(
        "spread",
        FAIL,
        "{scheduler} gave {found}, expected {expected}",
        "Look at the weights with ipvsadm on the director.",
        "7.10",
    ),
    "spread-one": Rule(
        "spread",
        FAIL,
        "all {tried} connections went to {host}, though {scheduler} has {number} realservers to choose from",
        "For dr and tun, see whether {host} answers ARP for the VIP. Otherwise look at the weights with ipvsadm.",
        "7.10",
    ),
    "spread-zero": Rule(
        "spread",
        FAIL,
        "{host} got {number} connections though its weight is 0",
        "Look at the weights with ipvsadm on the director; site.yml puts them right.",
        "7.10",
    ),
    "spread-unjudged": Rule("spread", SKIP, "{found}; not judged: {why}", "Verify when nobody else connects."),
    # Persistence
    "persistence-broken": Rule(
        "persistence",
        FAIL,
        "one client was sent to {number} realservers: {found}; but {why}",
        "Look at persistence and scheduler with ipvsadm on the director; site.yml puts them right.",
        "3.13.5",
    ),
    # Payload
    "payload-stuck": Rule(
        "payload",
        FAIL,
        "{failed} of {tried} payloads of {size} bytes did not come back whole from {host} ({outcome})",
        "{cure}",
        "7.11",
    ),
    "payload-unsent": Rule(
        "payload",
        SKIP,
        "asked by {way}, which sends no payload",
        "Say with verify_ask that the service is an echo, or use verify_test_service=true.",
    ),
    # Time
    "first-byte-none": Rule(
        "first-byte",
        FAIL,
        "{host} took {failed} of {tried} connections and said nothing within {timeout} s",
        "The service there may wait for identd or DNS, which the realserver cannot reach; or it is not the service"
        " that verify takes it for: say with verify_ask how to ask it.",
        "7.8",
    ),
    "first-byte-slow": Rule(
        "first-byte",
        WARN,
        "connected at once, but the first byte from {host} took {seconds} s",
        "The service there may wait for identd or DNS: disconnect it from identd, or let the names be resolved.",
        "7.8",
    ),
    "connect-slow": Rule(
        "first-byte",
        WARN,
        "it took {seconds} s to connect to {host}",
        "Packets are lost, or routing has to be found out by ICMP: look at the routes of director and realserver.",
        "7.9",
    ),
    # Counters
    "counters-still": Rule(
        "counters",
        FAIL,
        "{answered} connections were answered, but the directors counted {counted}",
        "Packets go past the director: see whether a realserver answers ARP for the VIP.",
        "7.10",
    ),
    # ARP
    "arp-realserver": Rule(
        "arp",
        FAIL,
        "{host} answers ARP for the VIP {address} (MAC {mac}, seen by {client})",
        "Run site.yml, which hides the VIP on {host}, and forget the client's entry (ip neighbour flush {address}).",
        "3.9",
    ),
    "arp-stranger": Rule(
        "arp",
        FAIL,
        "a machine that is no director answers ARP for the VIP {address} (MAC {mac}, seen by {client})",
        "Find the machine with this MAC and take the VIP from it, or put it into the inventory.",
        "3.9",
    ),
    "arp-several": Rule(
        "arp",
        FAIL,
        "several directors answer ARP for the VIP {address}: {hosts}",
        "Take the VIP from all but one; with failover, look why the others think that they are alone.",
        "6.3",
    ),
    "arp-none": Rule(
        "arp",
        FAIL,
        "nobody answers ARP for the VIP {address}, asked by {client}",
        f"No director has the VIP. {_SITE}",
        "7.7",
    ),
    "arp-unseen": Rule(
        "arp",
        SKIP,
        "{client} does not see who has the VIP {address}: {why}",
        "To check it, put a machine of that network into the group clients.",
        "3.9",
    ),
}

# What lets a realserver say nothing, by forwarding method (HOWTO 7.7).
SILENT_CURES = {
    "nat": "Make the director the default gateway of {host} and leave it no other way to the client; see that no packet"
    " filter drops {listen}; on one network, see that ICMP redirects are off on the director.",
    "dr": "Put the VIP {address}/{prefix} on {host} (site.yml does), see that its default gateway is not the director"
    " and that no packet filter drops {listen}.",
    "tun": "Put the VIP {address}/{prefix} on {host}, bring its tunnel up, and see that rp_filter lets the unpacked"
    " packets in, that its default gateway is not the director and that no packet filter drops {listen}.",
}
STUCK_CURES = {
    "tun": "Packets as large as the network allows do not fit into the tunnel: let ICMP 'fragmentation needed' through,"
    " or make the MSS smaller.",
    "": "Look for a smaller MTU and for filtered ICMP on the way, and for LRO on the director's NIC (ethtool -k).",
}
