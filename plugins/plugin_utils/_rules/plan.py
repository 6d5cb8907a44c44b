# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plan finds in an inventory.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only text. docs/findings.md is written from this table.
"""

from __future__ import annotations

from ...module_utils._model import mistakes
from .rule import ERROR, HINT, WARNING, Rule

_SERVICES = "Write lvs_services as a list of mappings, each with vip, port and realservers, where all hosts see it."
_POOL = "Write the name of a group, or a list of hosts such as [web1, {{host: web2, weight: 2}}]."
_ADDRESS = "Write an address such as 192.168.1.9, 192.168.1.9/24 or 2001:db8::9/64."
_CHOICES = "Use {choices}."

RULES: dict[str, Rule] = {
    # What a service and a realserver may be, in the words of the modules, too
    **{name: Rule(ERROR, *text) for name, text in mistakes.TEXTS.items()},
    # The list of services
    "services-missing": Rule(ERROR, "is missing: nothing says which services the LVS has", _SERVICES),
    "services-empty": Rule(WARNING, "has no service, so the directors would serve nothing", "Add a service."),
    "errors-omitted": Rule(
        ERROR, "has more errors than the {most} that are listed", "Put these right; the next run says what is left."
    ),
    "services-unseen": Rule(
        ERROR,
        "is set for {where} but for no director, and the plan reads it as directors see it",
        "Write it once, where all hosts see it: under vars of the group all.",
    ),
    "services-differ": Rule(
        ERROR,
        "is not the same for {host} and {other}, and an LVS has one list of services",
        "Write one list, where all hosts see it: under vars of the group all. realservers: GROUP gives"
        " a service a pool of its own.",
    ),
    "port-by-yaml": Rule(
        WARNING,
        "is what YAML makes of {written}, and no well-known port",
        "Write port: {port} if that is meant; port: {meant} says that this number is.",
    ),
    "name-invalid": Rule(
        ERROR,
        "is not a name for a service",
        "Use up to 63 letters, digits, blanks and the characters . - _ : and begin with a letter or digit.",
    ),
    "name-twice": Rule(ERROR, "is the name of {first} already", "Rename one."),
    # What a service is reached by
    "vip-taken": Rule(
        ERROR, "is the {role} of {owner} too", "Give the service an address that no machine has as its own.", "3.14.1"
    ),
    "vip-off-networks": Rule(
        WARNING,
        "is on none of the networks that lvs_networks names for the director {director}",
        "Add its network to lvs_networks, or set vip_interface of the service, or director_vip_interface for all of"
        " them: else nothing says which interface gets the VIP.",
        "2.1.1",
    ),
    "vip-beside-dip": Rule(
        HINT,
        "is not on {network}, the network of {director} that the inventory names",
        "Set vip_interface of the service if the VIP is on no network of the director but routed to it, or name its"
        " network in lvs_networks.",
        "2.1.1",
    ),
    "vip-interface-invalid": Rule(ERROR, "is not the name of an interface", "Write a name such as eth1, lo or dummy0."),
    "vip-interfaces-differ": Rule(
        ERROR,
        "is another interface for VIP {vip} than {name}, which {first} has",
        "Give all services of a VIP the same vip_interface, or only one of them.",
    ),
    "ports-invalid": Rule(ERROR, "is not a list of ports", "Write a list such as [http, https]."),
    "ports-backwards": Rule(ERROR, "ends before it begins", "Write the lower port first, such as 1024-65535."),
    "ports-without-fwmark": Rule(
        ERROR,
        "needs a fwmark: IPVS has one port a service otherwise",
        "Set fwmark and vip, or write one service a port.",
        "1.2",
    ),
    "ports-without-vip": Rule(ERROR, "needs the VIP whose packets get the mark", "Set vip, or vips."),
    "vips-invalid": Rule(ERROR, "is not a list of VIPs", "Write a list such as [192.168.1.110, 192.168.1.111]."),
    "vips-without-fwmark": Rule(
        ERROR,
        "needs a fwmark: IPVS has one VIP a service otherwise",
        "Set fwmark, or write one service a VIP.",
        "1.2",
    ),
    "vips-beside-vip": Rule(ERROR, "is given beside vip", "Write all VIPs in vips, and remove vip."),
    "vips-mixed": Rule(
        ERROR,
        "is of another address family than {first}",
        "Write a service a family; both may have the same fwmark.",
    ),
    # How realservers are chosen
    "weights-ignored": Rule(
        WARNING,
        "ignores weights, and the realservers have different ones",
        "Use wrr, wlc or another weighted scheduler, or give all realservers the same weight.",
    ),
    "weights-zero": Rule(
        WARNING,
        "gives no realserver a weight above 0, so every connection is refused",
        "Give at least one realserver a weight.",
        "7.6",
    ),
    "rr-with-persistence": Rule(
        WARNING,
        "keeps each client on one realserver, so rr does not show that all of them work",
        "Remove persistence for tests; with it use wlc.",
        "2.3",
    ),
    "answers-by-another-network": Rule(
        HINT,
        "is on another network than the RIP: where reverse path filtering is strict, clients' packets are dropped",
        "Set net.ipv4.conf.NIC.rp_filter to 2 on the NIC of the RIP, or use a router on its network.",
        "3.11",
    ),
    "hash-without-fallback": Rule(
        WARNING,
        "refuses the clients of a realserver that has weight 0 or reached its upper_threshold: they are given no other",
        "Set scheduler_flags: [{scheduler}-fallback], or leave the realserver out.",
        "3.17",
    ),
    "one-packet-uncounted": Rule(
        WARNING,
        "chooses by the connections that there are, and with one_packet there are none: one realserver may get all",
        "Use a scheduler that counts nothing, such as rr or wrr.",
        "3.17",
    ),
    # Pools and their members
    "pool-invalid": Rule(ERROR, "is not a pool of realservers", _POOL),
    "pool-empty": Rule(
        ERROR,
        "is a pool without a realserver",
        f"{_POOL} To keep the service all the same, set allow_empty_pool: true.",
    ),
    "pool-is-a-host": Rule(ERROR, "is a host, not a group", "Write a list: realservers: [{name}]."),
    "pool-group-unknown": Rule(
        ERROR, "is not a group of the inventory", "Add the group to the inventory, or correct its name."
    ),
    "pool-group-empty": Rule(
        ERROR, "is a group without a host", "Put at least one realserver into it, or set allow_empty_pool: true."
    ),
    "realserver-invalid": Rule(ERROR, "is not a realserver", _POOL),
    "realserver-without-host": Rule(ERROR, "is missing: nothing says which host this realserver is", "Add host: NAME."),
    "realserver-unknown": Rule(
        ERROR, "is not a host of the inventory", "Add the host to the inventory, or correct its name."
    ),
    "realserver-is-a-group": Rule(
        ERROR, "is a group, not a host", "Write the group by itself, realservers: {name}, or list its hosts."
    ),
    # Forwarding
    "dr-off-network": Rule(
        ERROR,
        "is not on the network of the director {director} ({network}), as forwarding dr needs",
        "Put both on one network, or use forwarding tun.",
        "3.11",
    ),
    "nat-off-network": Rule(
        ERROR,
        "is not on the network of the director {director} ({network}), so the director cannot be its gateway",
        "Put both on one network, or use forwarding tun.",
        "3.11",
    ),
    "ftp-data": Rule(
        WARNING,
        "carries the commands of ftp alone, with forwarding {forwarding}: a client's passive data connections reach "
        "another realserver or none",
        "Use forwarding nat, for which ip_vs_ftp follows them, or a persistent service with port 0 or a fwmark.",
        "1.2",
    ),
    "marks-without-persistence": Rule(
        WARNING,
        "joins several ports, but without persistence a client's connections still go to different realservers",
        "Set persistence, for example persistence: 360.",
        "1.2",
    ),
    "tunnel-mtu": Rule(
        HINT,
        "adds {overhead} bytes to each packet of a client, which leaves {mtu} of 1500 bytes for it",
        "Set lvs_server_gateway, so that the realservers announce an MSS of {mss}, or let ICMP (fragmentation needed, "
        "packet too big) reach the clients: else connections begin well and large uploads hang.",
        "3.11",
    ),
    "name-lookup-delay": Rule(
        HINT,
        "is often served by a daemon that looks up the client's name (DNS) or asks its identd before it answers",
        "When connections begin with a delay, let the realservers reach a resolver that knows the clients, or turn "
        "the lookups off.",
        "7.8",
    ),
    # Groups and hosts
    "groups-invalid": Rule(ERROR, "is not a mapping of groups", "Pass Ansible's variable groups."),
    "directors-missing": Rule(
        ERROR, "is missing: the LVS has no director", "Put at least one host into the group directors."
    ),
    "directors-empty": Rule(ERROR, "is a group without a host", "Put at least one host into the group directors."),
    "directors-invalid": Rule(
        ERROR,
        "is not a set of directors",
        "Write the name of a group that has hosts, or a list of hosts such as [director1, director2].",
    ),
    "director-unknown": Rule(
        ERROR, "is not a host of the inventory", "Add the host to the inventory, or correct its name."
    ),
    "director-outside-group": Rule(
        ERROR,
        "is to have the service and is not in the group directors, so nothing would set it up",
        "Put the host, or the group it is in, under directors.",
    ),
    "director-idle": Rule(
        WARNING, "has a host that no service is for", "Name it in directors of a service, or take it out of the group."
    ),
    "directors-overlap": Rule(
        ERROR,
        "is a director of {first} as well, which has other directors beside it",
        "Give both services the same directors, or let no director serve in two sets.",
    ),
    "vip-two-sets": Rule(
        ERROR,
        "is the VIP of {first} as well, on other directors",
        "Give all services of one VIP the same directors.",
    ),
    # Failover: which director of several has the VIPs
    "failover-undecided": Rule(
        ERROR,
        "has several directors for the same VIPs, and nothing says which of them answers for them",
        "Set lvs_failover: {{by: vrrp, router_id: 51}} for them all, with a router_id of their own on their network; "
        "or {{by: other}} where something else moves the VIPs; or keep one director.",
        "2",
    ),
    "failover-invalid": Rule(
        ERROR, "is not a mapping", "Write lvs_failover: {{by: vrrp, router_id: 51}}, or leave it out."
    ),
    "failover-by-unknown": Rule(ERROR, "does not say what moves the VIPs from director to director", _CHOICES),
    "failover-disagreement": Rule(
        ERROR,
        "is not what {other} has, and both are directors of the same VIPs",
        "Set lvs_failover once for them all, in the variables of their group.",
    ),
    "failover-one-director": Rule(
        WARNING,
        "is set, and there is one director: no other takes over when it fails",
        "Add a second director, or leave lvs_failover out.",
    ),
    "failover-without-vip": Rule(
        ERROR, "has no VIP to move: no service of these directors has one", "Write the vip of the services."
    ),
    "failover-family": Rule(
        ERROR,
        "has no address of the family {family}, in which the directors of such VIPs hear each other",
        "Add the director's address of that family, on the network of the other directors.",
    ),
    "failover-off-network": Rule(
        ERROR,
        "is not on the network of the director {director} ({network}), and no advert passes a router",
        "Put the directors on one network, or correct lvs_dip.",
    ),
    "router-id-missing": Rule(
        ERROR,
        "is missing: nothing tells the adverts of these directors from those of others",
        "Set a number from 1 to 255 that nothing else on their network has.",
    ),
    "router-id-invalid": Rule(ERROR, "is not a VRRP router id", "Use a whole number from {low} to {high}."),
    "router-id-shared": Rule(
        WARNING,
        "is the router id of {other} as well, which may be on the same network",
        "Give each set of directors a router_id of its own.",
    ),
    "failover-interface-invalid": Rule(
        ERROR, "is not the name of an interface", "Name the NIC that gets the VIPs, or leave it out."
    ),
    "failover-first-unknown": Rule(ERROR, "is none of the directors of these VIPs", "Use {directors}."),
    "failover-interval-invalid": Rule(
        ERROR,
        "is not an interval between adverts",
        "Use 0.1 to 10 seconds, in hundredths of a second.",
    ),
    "failover-peers-unknown": Rule(ERROR, "is not a way for directors to hear each other", _CHOICES),
    "failover-sync-invalid": Rule(
        ERROR, "does not say how connections are synchronised", "Write sync: {{interface: eth1}}, or leave it out."
    ),
    "failover-sync-id-invalid": Rule(
        ERROR,
        "is not a sync ID for directors",
        "Use a whole number from {low} to {high}; 0 would accept the connections of every master.",
    ),
    "sync-interface-missing": Rule(
        ERROR,
        "is missing: nothing says between which NICs connections are synchronised",
        "Name the NIC that the directors have in common and no client reaches.",
    ),
    "sync-on-client-network": Rule(
        ERROR,
        "is the NIC of the VIPs, and whoever sends datagrams there can redirect connections",
        "Use a NIC that no client reaches, or set shared_network: true to accept it.",
    ),
    "failover-not-persistent": Rule(
        ERROR,
        "is false, and a director to which keepalived moves VIPs takes part again after a reboot",
        "Leave it out, or have something else move the VIPs: lvs_failover: {{by: other}}.",
    ),
    # What keeps the table
    "engine-keepalived": Rule(
        HINT,
        "has keepalived keep the virtual server table of {directors}, and not this collection",
        "Nothing is to be done. Realservers that fail leave the table, and come back.",
    ),
    "checks-not-persistent": Rule(
        ERROR,
        "is false, and a keepalived that checks realservers does so again after a reboot",
        "Leave it out, or leave check out of all services.",
    ),
    "engine-empty-pool": Rule(
        ERROR,
        "is empty, and keepalived, which keeps the table because something is checked, has no service like that",
        "Give it a realserver, remove the service, or leave check out of all services.",
    ),
    "engine-port-by-mark": Rule(
        ERROR,
        "is lost in keepalived, which keeps the table because something is checked: packets go by the firewall mark",
        "Remove it, use forwarding nat, or leave check out of all services.",
    ),
    "check-nobody": Rule(
        HINT,
        "has no check, so that a realserver of it that fails keeps its clients",
        "Give it a check, such as check: ping, or say check: none.",
    ),
    "failover-let-in": Rule(
        HINT,
        "needs its packet filter to let in what the other directors send: {what}",
        "Where there is a packet filter, let it pass, and from nobody else: docs/failover.md has the rules.",
    ),
    "two-boxes-by-vrrp": Rule(
        ERROR,
        "is for two boxes, and that keepalived moves their VIPs is not part of this release",
        "Keep directors and realservers apart, or have something else move the VIPs: lvs_failover: {{by: other}}.",
        "6.3",
    ),
    "client-inside": Rule(
        ERROR,
        "has a director or a realserver, and no machine of the LVS can be its client",
        "Take it out of the group clients; use a machine outside the LVS.",
        "2.2",
    ),
    "fact-overrides": Rule(
        ERROR,
        "is what the host says of itself, under the name of a variable that belongs to the inventory",
        "See which of its facts, or of the modules run on it, returns it. Set it in the inventory, or by set_fact "
        "without cacheable.",
    ),
    "variable-unknown": Rule(
        WARNING,
        "is no variable of this collection, so nothing reads it for {where}",
        "Correct its name; give a variable of your own another prefix than lvs_, director_ and realserver_.",
    ),
    "role-value-invalid": Rule(ERROR, "is not a value that the role {role} takes", "Use {values}."),
    "template-undefined": Rule(
        ERROR,
        "is a template of {names}, which is not defined",
        "Define it in the inventory, where this host sees it, or write the value itself.",
    ),
    "template-of-facts": Rule(
        ERROR,
        "is a template of {names}, which only the host itself can say, and the plan contacts no host",
        "Write the value itself, or set fact_caching in ansible.cfg and gather facts first: "
        "ansible all -m ansible.builtin.setup.",
    ),
    "host-name-invalid": Rule(
        ERROR,
        "has a host whose name no machine of an LVS can have",
        "Use letters, digits and the characters . - _ : only.",
    ),
    "realserver-outside-group": Rule(
        ERROR,
        "lacks a host that is in the pool of a service, so nothing would set it up",
        "Put the host, or the group it is in, under realservers.",
    ),
    "realserver-idle": Rule(
        WARNING, "has a host that is in the pool of no service", "Add it to a pool, or take it out of the group."
    ),
    "address-missing": Rule(
        ERROR,
        "is missing, and neither ansible_host nor the name of the host is an address of the {role}",
        "Set {variable} on the host, such as {variable}: 192.168.1.9/24.",
        "3.14.1",
    ),
    "address-invalid": Rule(ERROR, "is not an address", _ADDRESS),
    "address-unusable": Rule(ERROR, "is {reason}", "Set the address under which the other machines reach it."),
    "address-edge": Rule(
        ERROR,
        "is {what} of {network}, the network of {host}",
        "Use an address that one machine can have, or correct the prefix of that network.",
    ),
    "prefix-too-wide": Rule(
        ERROR,
        "has a prefix shorter than /{shortest}, and no machine is on so wide a network",
        "Write the prefix of the network, such as 192.168.1.9/24 or 2001:db8::9/64, or leave it out.",
    ),
    "address-second": Rule(
        ERROR,
        "is a second {family} address",
        "Keep one address of each family."
        " A machine with realservers in two networks is two hosts of the inventory, see docs/model.md.",
    ),
    "addresses-empty": Rule(ERROR, "has no address", _ADDRESS),
    "address-shared": Rule(
        ERROR,
        "has an address that is the {role} of {host} and the {other_role} of {other}",
        "Give each machine an address of its own.",
    ),
    "networks-invalid": Rule(
        ERROR, "is not a list of networks", "Write lvs_networks as a list such as ['192.168.1.0/24']."
    ),
    "network-invalid": Rule(ERROR, "is not a network", "Write lvs_networks as a list such as ['192.168.1.0/24']."),
    "network-unusable": Rule(
        ERROR,
        "cannot be the network of a machine: {address} is {reason}",
        "Write the networks on which the machines of the LVS reach each other, such as ['192.168.1.0/24'].",
    ),
    "network-by-facts": Rule(
        WARNING,
        "puts the host on a network without the {role} {peer} ({address}), though forwarding {forwarding} needs "
        "them on one",
        "Put both on one network, or use forwarding tun; gather the facts anew if they are old.",
        "3.11",
    ),
    "dip-of-family": Rule(
        ERROR,
        "has no address of the family {family}, to reach realservers by {forwarding}",
        "Add the director's address on their network.",
        "3.11",
    ),
    "network-unchecked": Rule(
        HINT,
        "has hosts that must be on one network with the director {director}, as forwarding dr and nat need, and "
        "nothing says whether they are",
        "Write the prefix, lvs_dip: {example} on {director} (or lvs_networks). Until then the run itself looks: a "
        "realserver of dr that runs Linux is refused before it is changed when it is on another network.",
        "3.11",
    ),
    # Gateways
    "server-gateway-is-itself": Rule(
        ERROR, "is the realserver's own address", "Name the router through which it answers clients.", "3.11"
    ),
    "server-gateway-is-director": Rule(
        ERROR,
        "is the director {director}, which drops the replies of forwarding dr and tun",
        "Name a router that is not the director.",
        "3.11",
    ),
    "server-gateway-off-network": Rule(
        ERROR,
        "is not on the network of the realserver, {network}",
        "Name a router that the realserver reaches directly.",
        "3.11",
    ),
    "server-gateway-with-nat": Rule(
        WARNING,
        "is not used: with forwarding nat the gateway of a realserver is the director, {dip}",
        "Remove lvs_server_gateway from realservers with forwarding nat alone.",
        "4.1",
    ),
    "nat-moving-dip-missing": Rule(
        ERROR,
        "is missing: with forwarding nat from several directors the gateway is gone with the director that fails",
        "Set lvs_server_gateway to an address that is no director's own, for it moves from one to the other.",
        "2",
    ),
    "nat-and-direct": Rule(
        WARNING,
        "is missing: with forwarding nat and {methods} the gateway is the director, which drops replies of {methods}",
        "Set lvs_server_gateway, for policy routing of what has the VIP as its source; or use other realservers.",
        "3.12",
    ),
    "director-gateway-is-inside": Rule(
        ERROR,
        "is the {role} of {owner}, and no machine of the LVS can be the director's way out",
        "Name the router between the director and the clients.",
        "3.14.1",
    ),
    "director-gateway-off-networks": Rule(
        ERROR,
        "is on none of the networks that lvs_networks names for the director",
        "Name a router that the director reaches directly, or complete lvs_networks.",
        "4.1",
    ),
    "director-gateway-unused": Rule(
        WARNING,
        "is not needed: with forwarding {methods} the director sends nothing to clients",
        "Remove lvs_director_gateway: a director without a default gateway can do less harm.",
        "4.1",
    ),
    "client-past-director": Rule(
        WARNING,
        "is on the network of the realservers, so with forwarding nat their replies bypass the director",
        "Use a client on another network, or have the director masquerade it (lvs_snat: [clients]), or "
        "route the realservers' way to this network through the director.",
        "2.1.2",
    ),
    "nat-one-network": Rule(
        WARNING,
        "is on the network of its realservers, whose replies to clients there bypass the director",
        "Serve clients on other networks only, or have the director masquerade them (lvs_snat: [clients]), or "
        "route the realservers' own network through the director.",
        "2.1.2",
    ),
    # The director's firewall
    "director-marks-invalid": Rule(ERROR, "is not a decision about firewall marks", _CHOICES, "1.2"),
    "marks-undecided": Rule(
        WARNING,
        "is a mark that nothing sets: {packets} must get it as they come in, and the firewall is left alone by default",
        "Set lvs_marks: managed on {director}, or have its firewall set the mark and say so with lvs_marks: ignored.",
        "1.2",
    ),
    "marks-without-vip": Rule(
        ERROR,
        "has no VIP, so lvs_marks: managed on {director} cannot tell which packets get the mark",
        "Write the vip of the service, and the ports if not all are meant, or set lvs_marks: ignored.",
        "1.2",
    ),
    "marks-overlap": Rule(
        ERROR,
        "marks packets to {vip} that {first} marks as well, and a packet has one mark",
        "Write other ports for one of them; without ports, a service has all packets to its VIP.",
        "1.2",
    ),
    "marks-by-mac": Rule(
        ERROR,
        "marks packets wherever they come from, and with {variable}: source_mac those from the other box must get none",
        "Set lvs_marks: ignored and the marks in your own firewall, by the source's MAC address.",
        "6.3",
    ),
    "director-snat-invalid": Rule(
        ERROR, "is not a list of what the director masquerades", "Write a list of {choices}."
    ),
    "director-snat-unused": Rule(WARNING, "has no effect: no realserver has forwarding nat", "Remove lvs_snat."),
    "snat-without-network": Rule(
        ERROR,
        "has no prefix, and with lvs_snat: [clients] the director must know which clients are near",
        "Write the address with its prefix, such as {example}.",
    ),
    "snat-without-vip": Rule(
        ERROR,
        "has no VIP, and with lvs_snat: [clients] the director must know it",
        "Write the vip of the service.",
    ),
    # Localnode and two boxes
    "localnode-undecided": Rule(
        ERROR,
        "is a director in the pool of its own service",
        "Take it out of the pool, or set lvs_localnode on the directors: single for one director that serves as well, "
        "or backup_only or source_mac to say how the two boxes keep connections from going in circles.",
        "6.3",
    ),
    "localnode-invalid": Rule(ERROR, "is not a decision about localnode", _CHOICES, "6.3"),
    "localnode-several-directors": Rule(
        ERROR,
        "is for one director, and there are several",
        "Use backup_only or source_mac, or keep one director.",
        "6.3",
    ),
    "localnode-disagreement": Rule(
        ERROR,
        "is not the decision of {other}, which is {decision}",
        "Set the same lvs_localnode on all directors.",
        "6.3",
    ),
    "localnode-needs-fwmark": Rule(
        ERROR,
        "has no fwmark, and lvs_localnode: {decision} goes by firewall marks",
        "Give the service a fwmark that is set only for packets which do not come from the other director.",
        "6.3",
    ),
    # Systems
    "system-unknown": Rule(ERROR, "is not a system that realservers are known to run", _CHOICES, "3.6"),
    "tun-no-decapsulation": Rule(
        ERROR,
        "cannot decapsulate, as forwarding tun needs",
        "Use forwarding dr or nat for {host}; only {systems} can have forwarding tun.",
        "3.6",
    ),
    "persistent-off": Rule(
        WARNING,
        "has this host's part of the LVS until its next reboot alone",
        "After a reboot run the playbook again; where the host runs systemd, OpenRC or sysvinit, leave lvs_persistent "
        "out.",
    ),
    "truth-invalid": Rule(ERROR, "is neither true nor false", "Write {variable}: false, or leave it out."),
    "lvs-name-invalid": Rule(
        ERROR,
        "is no name of an LVS",
        "Use one word of at most 32 letters, digits, - and _, such as web, or leave it out.",
    ),
    "lvs-name-differs": Rule(
        ERROR,
        "is another name than {name}, which {host} has, and an inventory is one LVS",
        "Set lvs_name for all hosts, in group_vars/all, or nowhere.",
    ),
    "vip-device-invalid": Rule(
        ERROR, "is not the name of an interface", "Write a name such as lo, lo:110, dummy0 or tunl0."
    ),
    "vip-device-answers-arp": Rule(
        ERROR,
        "would answer ARP for the VIP: {system} takes no notice of ifconfig's -arp",
        "Use {choices}.",
        "3.6",
    ),
}
