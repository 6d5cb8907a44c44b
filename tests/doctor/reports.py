# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems and healthy oddities of others' issue trackers, and what the doctor makes of them."""

from __future__ import annotations

import typing as t

# How it was shown: on a farm of the lab (a row of FAULTS or ODDITIES), or with the evidence of one (unit tests).
LAB, EVIDENCE = "lab", "evidence"


class Report(t.NamedTuple):
    """One report: where it is, what happened, what the doctor says of it (empty: nothing, for it is healthy)."""

    source: str
    what: str
    finding: str
    shown: str


REPORTS = (
    Report("kubernetes/kubernetes#92019, #108319", "weight 0 is left by who set it", "table-drift", LAB),
    Report("firewalld/firewalld#863, #742, #779", "a reload takes the rules of others", "mark-rule-missing", LAB),
    Report("cloudnativelabs/kube-router#511", "packets are martians to a reverse path filter", "nic-rp-filter", LAB),
    Report("cloudnativelabs/kube-router#512", "the tunnel's device is not up yet", "tunnel-down", LAB),
    Report("kube-vip/kube-vip#523, ClusterLabs/resource-agents#180", "dadfailed", "vip-in-vain", EVIDENCE),
    Report("metallb/metallb#153, kubernetes/kubernetes#59976", "every host answers ARP", "arp-answered", LAB),
    Report("acassen/keepalived#2213", "a test from the director hangs", "client-is-director", LAB),
    Report("kubernetes/kubernetes#71261", "the table of connection tracking is full", "conntrack-full", LAB),
    Report("canonical/netplan#408", "the addresses of lo are flushed", "vip-missing-realserver", LAB),
    Report("systemd/systemd#41350", "the rules for the usual tables are gone", "gateway-missing", EVIDENCE),
    Report("moby/moby#39439", "FORWARD drops on a director of nat", "firewall-director-forward", EVIDENCE),
    Report("canonical/lxd#8716", "one table accepts, another drops", "firewall-director-forward", EVIDENCE),
    Report(
        "acassen/keepalived#2319, #1373, #2046",
        "vrrp_strict drops what comes for the VIP, by a set of nft (the rules of keepalived 2.2.7)",
        "firewall-director",
        EVIDENCE,
    ),
    Report("acassen/keepalived#602", "iptables drop what comes for the VIP", "firewall-director", LAB),
    Report("acassen/keepalived#1827", "strict filtering on the NIC of the director's network", "nic-rp-filter", LAB),
    Report("acassen/keepalived#1781", "connections stay with a realserver that is gone", "setting-drift", LAB),
    Report("acassen/keepalived#187", "weight 0 stays after a reload", "table-drift", LAB),
    Report("moby/moby#38723", "forwarding is off where IPVS masquerades", "director-does-not-forward", LAB),
    Report("cloudnativelabs/kube-router#630, #1664", "clients are not told what fits", "tunnel-icmp-filtered", LAB),
    Report("acassen/keepalived#2564, #972", "the VIP is gone after the NIC was down", "vip-on-no-director", LAB),
    Report("tailscale/tailscale#10940, #1551", "an exit node takes what the host answers", "answer-into-vpn", LAB),
    Report("apache/dubbo#5168", "more connections wait than a daemon has room for", "service-overrun", LAB),
    Report("moby/moby#39439", "FORWARD drops on a director of dr", "", LAB),
    Report("moby/moby#49518", "rules of docker for its bridges and sets", "", EVIDENCE),
    Report("kubernetes/kubernetes#107662", "kube-ipvs0 has addresses, no ARP, and is down", "", EVIDENCE),
    Report("firewalld/firewalld#1498", "INVALID is dropped on a director of dr", "", EVIDENCE),
    Report("acassen/keepalived#2450", "marks are given by the MAC of the other director", "", EVIDENCE),
    Report("kubernetes/kubernetes#107662", "a dummy with addresses on a realserver", "", LAB),
    Report("systemd/systemd#19106", "rules of policy routing for other networks", "", LAB),
    Report("acassen/keepalived#2450", "a script gives lo:0 the VIP, and a route to it", "", LAB),
    Report("WireGuard, wg-quick", "a VPN for all packets but those of the host's own networks", "", EVIDENCE),
    Report("projectcalico/felix#1248", "loose filtering, and answers by another NIC", "", LAB),
    Report("kube-vip/kube-vip#173", "systemd-networkd starts again", "", LAB),
    Report("systemd/systemd#22077, #19106", "networkd starts again, beside rules of policy routing", "", LAB),
    Report("deckhouse/deckhouse#5709", "the table of local addresses is looked up later (cilium)", "", LAB),
    Report("seapath/ansible#909", "the RIP is on a bridge, beside virtual machines", "", LAB),
    Report("acassen/keepalived#2164, #2564", "a VLAN and a bond beside the NIC", "", LAB),
    Report("firewalld/firewalld#417", "a set of nft keeps hosts out", "", EVIDENCE),
    Report("acassen/keepalived#437", "keepalived drops what comes for another VIP", "", EVIDENCE),
    Report("kube-proxy, fail2ban", "rules by mark and by source on a realserver", "", LAB),
    Report(
        "containerd/nerdctl#4000, moby/moby#24845", "a port of a container, and no daemon of the host", "", EVIDENCE
    ),
    Report("kubernetes/kubernetes#93175", "kube-proxy sends an external address on to pods", "", EVIDENCE),
    Report("moby/moby#27016, k3s-io/k3s#2087", "ufw asks whether an address is the host's own", "", EVIDENCE),
    Report("acassen/keepalived, use_vmac", "the director's VIP has a MAC of its own", "", EVIDENCE),
)


def page() -> str:
    """The list as a table."""
    rows = [f"| {one.source} | {one.what} | {one.finding or 'healthy'} | {one.shown} |" for one in REPORTS]
    return "\n".join([HEAD, *rows]) + "\n"


HEAD = """
## Reports of others

Each was made again on a farm of the lab, or with the evidence that such a host gives; half of them are faults, and half
are healthy and must give no finding.

| Report | What happens | Named | Shown by |
| --- | --- | --- | --- |"""
