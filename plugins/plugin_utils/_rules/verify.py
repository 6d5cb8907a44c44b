# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What verify finds wrong with an LVS.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only text. The end of docs/verify.md is written from this table.
"""

from __future__ import annotations

from .rule import ERROR, SKIP, WARNING, Rule

# What is checked, in the order in which it is told.
CHECKS = ("seen", "answers", "path", "spread", "persistence", "payload", "first-byte", "counters", "arp", "failover")


_DOCTOR = "ansible-playbook linuxvirtualserver.lvs.doctor looks on the hosts themselves."
_SITE = "Run: ansible-playbook linuxvirtualserver.lvs.site"

RULES: dict[str, Rule] = {
    # Who looked
    "client-missing": Rule(
        ERROR,
        "no client looked at the LVS",
        "Make a machine outside the LVS a member of the group clients, or set verify_from=controller.",
        "2.2",
        check="seen",
    ),
    "client-unseen": Rule(
        ERROR,
        "client {host} could not ask: {problem}",
        "Put that right, or take it out of the group clients.",
        check="seen",
    ),
    "director-unseen": Rule(
        ERROR,
        "director {host} could not be looked at: {problem}",
        "Put that right: without it nothing says which realserver a connection went to.",
        check="seen",
    ),
    "test-service-missing": Rule(
        ERROR,
        "the test service did not start on {host}: {problem}",
        "Put that right, or leave verify_test_service out and ask the real services.",
        "7.11",
        check="seen",
    ),
    "not-asked": Rule(
        SKIP,
        "not asked: {why}",
        "Say it in the inventory, or look with the service's own client.",
        check="answers",
    ),
    # Answers
    "unanswered": Rule(
        ERROR,
        "{failed} of {tried} connections failed ({outcome}); which realserver they went to is not known",
        "{cure}",
        "7.5",
        check="answers",
    ),
    "table-lacks-service": Rule(
        ERROR,
        "{failed} of {tried} connections went to no realserver: no director has {label} in its table",
        f"{_SITE} (ipvsadm on the director shows the table).",
        "7.6",
        check="answers",
    ),
    "table-lacks-weight": Rule(
        ERROR,
        "{failed} of {tried} connections failed: all realservers of {label} have weight 0",
        "Give a realserver its weight back, with site.yml, or with ipvs_dest when it was drained.",
        "7.6",
        check="answers",
    ),
    "realservers-full": Rule(
        WARNING,
        "{failed} of {tried} connections failed: each realserver of {label} has as many as its upper_threshold allows",
        f"Verify when fewer clients are there, or raise upper_threshold in lvs_services. {_SITE}",
        "3.17",
        check="answers",
    ),
    "answer-astray": Rule(
        ERROR,
        "{failed} of {tried} datagrams were answered from {source} and not from {address}, so no client takes them",
        "Let the daemon answer from the address that it was asked at: let it listen on {listen} alone, not on all"
        " addresses.",
        "3.11",
        check="answers",
    ),
    "table-lacks-realservers": Rule(
        ERROR,
        "{failed} of {tried} connections failed: {label} has no realserver in the director's table",
        f"{_SITE} Where lvs_services has a check, all of them failed it: see that they answer what it asks.",
        "7.6",
        check="answers",
    ),
    "vip-nowhere": Rule(
        ERROR,
        "{failed} of {tried} connections failed: no director has the VIP {address}",
        f"{_SITE} With failover, look which director should have it.",
        "7.7",
        check="answers",
    ),
    "not-forwarded": Rule(
        ERROR,
        "{failed} of {tried} connections ({outcome}) are in no director's connection table",
        f"A packet filter, or routing between client and director. {_DOCTOR}",
        "7.11",
        check="answers",
    ),
    "service-refused": Rule(
        ERROR,
        "{host} refused {failed} of {tried} connections",
        "Start the service on {host} so that it listens on {listen} (netstat -an), or stop the packet filter that"
        " rejects it.",
        "7.6",
        check="answers",
    ),
    "answer-missing": Rule(
        ERROR,
        "{failed} of {tried} connections went to {host}, which sent nothing",
        "{cure}",
        "7.7",
        check="answers",
    ),
    "service-filtered": Rule(
        ERROR,
        "{failed} of {tried} connections went to {host}, which sent nothing on this port though it does on another",
        "A packet filter on {host} drops {listen}, or the service there hangs with a full queue.",
        "7.6",
        check="answers",
    ),
    "answer-cut": Rule(
        ERROR,
        "{failed} of {tried} connections were opened and then broken ({outcome}), by {host}",
        "Look at the service's own log on {host}.",
        "7.11",
        check="answers",
    ),
    "udp-silent": Rule(
        WARNING,
        "no answer to {failed} of {tried} datagrams, which proves nothing: not every service answers one",
        "Say with verify_ask how to ask it (dns or echo), or use verify_test_service=true.",
        check="answers",
    ),
    "director-bypassed": Rule(
        ERROR,
        "{failed} of {tried} connections bypassed the directors: they are in no connection table",
        "A realserver answers ARP for the VIP: run site.yml, which hides it, and forget the client's entry"
        " (ip neighbour flush {address}).",
        "7.10",
        check="answers",
    ),
    "answered-by-another": Rule(
        ERROR,
        "{failed} of {tried} connections went to {host} but {other} answered",
        "Look for the RIP of {host} on two machines, and for a packet filter that changes addresses.",
        "7.10",
        check="answers",
    ),
    # The way to each realserver
    "path-silent": Rule(
        ERROR,
        "{host} sent nothing on the way with forwarding {forwarding} and VIP {address}",
        "{cure}",
        "7.7",
        check="path",
    ),
    "path-silent-unused": Rule(
        WARNING,
        "{host}, which has weight 0, sent nothing on the way with forwarding {forwarding} and VIP {address}",
        "Before it gets connections again: {cure}",
        "7.7",
        check="path",
    ),
    "path-not-forwarded": Rule(
        ERROR,
        "the connection meant for {host} is in no director's connection table",
        f"The VIP {{address}} does not lead to a director. {_DOCTOR}",
        "7.11",
        check="path",
    ),
    # Spread
    "realserver-out": Rule(
        WARNING,
        "{host} is not in the director's table",
        f"Where lvs_services has a check, it failed: see that {{host}} answers what it asks. Otherwise: {_SITE}",
        check="spread",
    ),
    "weight-differs": Rule(
        WARNING,
        "{host} has weight {weight} in the director's table, the plan says {planned}",
        "It was drained, or somebody changed it by hand: restore it, or change the inventory.",
        check="spread",
    ),
    "spread-uneven": Rule(
        ERROR,
        "{scheduler} gave {found}, expected {expected}",
        "Look at the weights with ipvsadm on the director.",
        "7.10",
        check="spread",
    ),
    "spread-one": Rule(
        ERROR,
        "all {tried} connections went to {host}, though {scheduler} has {number} realservers to choose from",
        "For dr and tun, see whether {host} answers ARP for the VIP. Otherwise look at the weights with ipvsadm.",
        "7.10",
        check="spread",
    ),
    "spread-zero": Rule(
        ERROR,
        "{host} got {number} connections though its weight is 0",
        "Look at the weights with ipvsadm on the director; site.yml puts them right.",
        "7.10",
        check="spread",
    ),
    "spread-unjudged": Rule(
        SKIP,
        "{found}; not judged: {why}",
        "Verify when nobody else connects.",
        check="spread",
    ),
    # Persistence
    "persistence-broken": Rule(
        ERROR,
        "one client was sent to {number} realservers: {found}; but {why}",
        "Look at persistence and scheduler with ipvsadm on the director; site.yml puts them right.",
        "3.13.5",
        check="persistence",
    ),
    # Payload
    "payload-stuck": Rule(
        ERROR,
        "{failed} of {tried} payloads of {size} bytes did not come back whole from {host} ({outcome})",
        "{cure}",
        "7.11",
        check="payload",
    ),
    "payload-unsent": Rule(
        SKIP,
        "asked by {way}, which sends no payload",
        "Say with verify_ask that the service is an echo, or use verify_test_service=true.",
        check="payload",
    ),
    # Time
    "first-byte-none": Rule(
        ERROR,
        "{host} took {failed} of {tried} connections and said nothing within {timeout} s",
        "The service there may wait for identd or DNS, which the realserver cannot reach; or it is not the service"
        " that verify takes it for: say with verify_ask how to ask it.",
        "7.8",
        check="first-byte",
    ),
    "first-byte-slow": Rule(
        WARNING,
        "connected at once, but the first byte from {host} took {seconds} s",
        "The service there may wait for identd or DNS: disconnect it from identd, or let the names be resolved.",
        "7.8",
        check="first-byte",
    ),
    "connect-slow": Rule(
        WARNING,
        "it took {seconds} s to connect to {host}",
        "Packets are lost, or routing has to be found out by ICMP: look at the routes of director and realserver.",
        "7.9",
        check="first-byte",
    ),
    # Counters
    "counters-still": Rule(
        ERROR,
        "{answered} connections were answered, but the directors counted {counted}",
        "Packets bypass the director: see whether a realserver answers ARP for the VIP.",
        "7.10",
        check="counters",
    ),
    # ARP
    "arp-realserver": Rule(
        ERROR,
        "{host} answers ARP for the VIP {address} (MAC {mac}, seen by {client})",
        "Run site.yml, which hides the VIP on {host}, and forget the client's entry (ip neighbour flush {address}).",
        "3.9",
        check="arp",
    ),
    "arp-stranger": Rule(
        ERROR,
        "a machine that is not a director answers ARP for the VIP {address} (MAC {mac}, seen by {client})",
        "Find the machine with this MAC and take the VIP from it, or put it into the inventory.",
        "3.9",
        check="arp",
    ),
    "arp-several": Rule(
        ERROR,
        "several directors answer ARP for the VIP {address}: {hosts}",
        "Take the VIP from all but one; with failover, look why the others think that they are alone.",
        "6.3",
        check="arp",
    ),
    "arp-none": Rule(
        ERROR,
        "nobody answers ARP for the VIP {address}, asked by {client}",
        f"No director has the VIP. {_SITE}",
        "7.7",
        check="arp",
    ),
    "arp-unseen": Rule(
        SKIP,
        "{client} does not see who has the VIP {address}: {why}",
        "To check it, put a machine of that network into the group clients.",
        "3.9",
        check="arp",
    ),
    # Several directors
    "vip-held-twice": Rule(
        ERROR,
        "several directors have the VIP {address}: {hosts}",
        f"Keep it on one of them; with keepalived, they do not hear each other's adverts. {_DOCTOR}",
        check="failover",
    ),
    "standby-differs": Rule(
        ERROR,
        "{host} has other realservers or weights for {label} than {serving}, which serves",
        f"{_SITE}",
        check="failover",
    ),
    "sync-differs": Rule(
        ERROR,
        "{host} does not synchronise connections as planned: {found}, not {planned}",
        f"{_SITE}",
        check="failover",
    ),
}

# What lets a realserver say nothing, by forwarding method (HOWTO 7.7).
SILENT_CURES = {
    "nat": "Make the director the default gateway of {host} and leave it no other way to the client; see that no packet"
    " filter drops {listen}; on one network, see that ICMP redirects are off on the director.",
    "dr": "Put the VIP {address}/{prefix} on {host} (site.yml does), see that its default gateway is not the director,"
    " that no packet filter drops {listen}, and that strict rp_filter does not: answers may leave by another NIC.",
    "tun": "Put the VIP {address}/{prefix} on {host}, bring its tunnel up, and see that rp_filter lets the"
    " decapsulated packets in, that its default gateway is not the director and that no packet filter drops {listen}.",
}
# Why nobody knows which realserver a connection went to.
UNKNOWN_CURES = {
    "unseen": f"See above why no director could be looked at. {_DOCTOR}",
    "one-packet": "A one-packet service leaves no entry in the connection table: see on each realserver whether its"
    f" daemon listens. {_DOCTOR}",
    "translated": "The directors know these connections by another address than the client: something translates it on"
    f" the way. {_DOCTOR}",
}
STUCK_CURES = {
    "tun": "Packets as large as the network allows do not fit into the tunnel: let ICMP 'fragmentation needed' through,"
    " or make the MSS smaller.",
    "": "Look for a smaller MTU and for filtered ICMP on the way, and for LRO on the director's NIC (ethtool -k).",
}
