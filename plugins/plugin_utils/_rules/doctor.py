# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor finds wrong with an LVS, the most probable first.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only text. docs/doctor.md is written from this table.
"""

from __future__ import annotations

import typing as t

from .rule import ERROR, HINT, WARNING, Rule

REFUSED, HANGS, SLOW, SAME = "refused", "hangs", "slow_at_first", "always_the_same_realserver"
SYMPTOMS = (REFUSED, HANGS, SLOW, SAME)


_SITE = "ansible-playbook linuxvirtualserver.lvs.site"
_PREFLIGHT = "ansible-playbook linuxvirtualserver.lvs.preflight"
_ALL_HANG = "Connections hang."
_ALL_REFUSED = "Connections are refused."
_ITS_HANG = "The connections that this realserver gets hang."
_ITS_REFUSED = "The connections that this realserver gets are refused."
_HIDE = (
    f"Run: {_SITE}. Hosts keep a stale ARP cache entry for a while. To forget it, {{where}} run: ip neigh flush {{vip}}"
)
_ONE_SERVES = "One realserver serves everybody past the director, and nothing balances the load."

RULES: dict[str, Rule] = {
    "inventory-refused": Rule(
        ERROR,
        "is refused: {what}",
        f"{{cure}} Then run: {_PREFLIGHT}",
        "3.13.1",
        symptom="The LVS that the inventory describes cannot work.",
        seen="the plan; no host was touched.",
        alike="a warning of the plan is legal: preflight shows it, and it is no finding.",
    ),
    # The director's kernel
    "ip-vs-missing": Rule(
        ERROR,
        "has no IPVS: the kernel module ip_vs is {state}",
        f"{{hint}} Then run: {_SITE}",
        "3.16",
        symptoms=(REFUSED,),
        symptom=_ALL_REFUSED,
        seen="`/proc/modules` and `modprobe -nv ip_vs` on the director.",
        alike="IPVS that is built into the kernel is no module, and is not missing.",
    ),
    "scheduler-missing": Rule(
        ERROR,
        "cannot have the service {service}: the kernel module {module} of its scheduler is {state}",
        f"{{hint}} Or choose another scheduler in lvs_services. Then run: {_SITE}",
        "3.17",
        symptoms=(REFUSED,),
        symptom="Connections to {service} are refused.",
        seen="`modprobe -nv` of the scheduler's module, and the service that is missing from `ipvsadm -L -n`.",
        alike="a service whose scheduler the kernel could load is service-missing.",
    ),
    "table-owner": Rule(
        ERROR,
        "has another program that writes the kernel's table, {owner}, which removes what it does not know",
        f"Keep one owner. To stop the other, on {{host}} run: systemctl disable --now {{owner:sh}}. Then run: {_SITE}",
        symptoms=(REFUSED, HANGS),
        symptom="Services and realservers come and go without anybody having changed the inventory.",
        seen="a running process of keepalived, ldirectord, kube-proxy or kube-router on the director.",
        alike="our own restore at boot runs once and is no owner; a program that only reads the table is not named.",
    ),
    "checks-stopped": Rule(
        ERROR,
        "has no keepalived running, which keeps the table and takes out of it whoever fails",
        f"See `journalctl -u keepalived` on {{host}}. Then run: {_SITE}",
        symptoms=(REFUSED, HANGS),
        symptom="Some connections fail, those that come to a realserver that is down.",
        seen="no running keepalived that has virtual servers.",
        alike="one that runs and has not read its files is `keepalived-old-file`; without a `check` nobody is to run.",
    ),
    "all-failed": Rule(
        ERROR,
        "has no realserver left for the service {service}: all of them failed their checks",
        "See that the service runs on them, and that it answers what `check` in lvs_services asks, from the DIP.",
        symptoms=(REFUSED,),
        symptom="Connections to {service} are refused.",
        seen="the table, where keepalived keeps it and nobody is left of those that are checked.",
        alike="a service that is drained has its realservers in the table, with weight 0: `weights-all-zero`.",
    ),
    # Several directors, of which one has the VIPs
    "vrrp-not-heard": Rule(
        ERROR,
        "does not hear {others}, so it takes the VIPs as well",
        "Let IP protocol 112 pass between the DIPs of the directors; `tcpdump -ni any proto 112` on {host} shows what "
        "arrives there.",
        symptoms=(HANGS, REFUSED, SAME),
        symptom="The director that answers ARP first gets the client.",
        seen="the adverts that arrive at the director while another one serves, on a raw socket like keepalived's.",
        alike="a director whose keepalived does not run is failover-unfit.",
    ),
    "vrrp-stranger": Rule(
        ERROR,
        "hears adverts with the router_id of this LVS, {router_id}, from {source}, which is none of its directors",
        "End keepalived there if it is a former director, or give this LVS another router_id, for which it is torn "
        "down first.",
        symptoms=(HANGS,),
        symptom="The director gives the VIPs up, or takes them, for no reason in this LVS.",
        seen="the adverts that arrive at the director.",
        alike="another pair's adverts have another router_id; those of a director of this LVS are known by their "
        "source, whether that director was seen or not.",
    ),
    # Who has the VIP
    "vip-in-vain": Rule(
        ERROR,
        "has the VIP {vip} on {interface}, but the kernel does not use it: another machine had it first (dadfailed), or"
        " it is still asking whether one has (tentative)",
        f"Take {{vip}} off the other machine if there is one, then run: {_SITE}",
        "5.2",
        symptoms=(HANGS, REFUSED),
        symptom="Connections hang, or reach the other machine.",
        seen="`ip -6 addr` shows the VIP with `dadfailed` or `tentative`, and not as `optimistic`.",
        alike="what was added a second ago without `nodad` is tentative for that long; an address that is missing is "
        "vip-on-no-director or vip-missing-realserver.",
    ),
    "vip-on-no-director": Rule(
        ERROR,
        "does not have the VIP {vip}, and no other director has it",
        f"Run: {_SITE}",
        "5.2",
        symptoms=(HANGS, REFUSED),
        symptom="Connections hang, or there is no route to the host.",
        seen="`ip addr` of every director. A director that was not seen may have it, so then nothing is said.",
        alike="with failover the director that has it may be one that was not seen: then nothing is said. A route of "
        "type local stands in for the address.",
        follows=("ip-vs-missing",),
    ),
    "vip-on-two-hosts": Rule(
        ERROR,
        "has the VIP {vip} on the network side, as have others ({hosts}), and each of them answers ARP for it",
        "Keep it on one of them. {cure}",
        "3.7",
        symptoms=(HANGS, REFUSED, SAME),
        symptom="The machine that answers ARP first gets the client.",
        seen="`ip addr` of every host: the VIP is on several interfaces that speak ARP.",
        alike="a VIP on lo, a dummy or a tunnel is on no network, however many realservers have it; on a NIC whose ARP "
        "arptables or nft keeps back it answers nobody.",
    ),
    # The table
    "service-missing": Rule(
        ERROR,
        "does not have the service {service} in its table",
        f"Run: {_SITE}",
        "7.6",
        symptoms=(REFUSED,),
        symptom="Connections to {service} are refused.",
        seen="`ipvsadm -L -n` on the director.",
        alike="a scheduler that the kernel lacks is scheduler-missing; a service of a mark that gets no packets "
        "is mark-rule-missing.",
        follows=("ip-vs-missing",),
    ),
    "weights-all-zero": Rule(
        ERROR,
        "has no realserver of {service} with a weight above 0, so no client gets a connection",
        f"{{hint}} Run: {_SITE}",
        "7.6",
        symptoms=(REFUSED,),
        symptom="Connections to {service} are refused.",
        seen="`ipvsadm -L -n` on the director.",
        alike="a drain of the last realserver looks the same, and is told by `/var/lib/lvs/drained.json`.",
    ),
    "hash-refuses": Rule(
        WARNING,
        "refuses the clients of {service} whom its scheduler {scheduler} gives to {realservers}, of weight 0",
        f"Set scheduler_flags: [{{scheduler}}-fallback] for it in lvs_services. Then run: {_SITE}",
        "3.17",
        symptoms=(REFUSED,),
        symptom="Some clients are refused, always the same ones.",
        seen="`ipvsadm -L -n` shows scheduler sh or mh, without its fallback, and weight 0 beside others.",
        alike="all weights 0 refuses everybody (weights-all-zero); a drain sets the fallback and refuses nobody.",
    ),
    "pool-full": Rule(
        WARNING,
        "has no realserver of {service} left that may take another connection: each has reached its upper_threshold",
        f"Raise upper_threshold or add a realserver in lvs_services, then run: {_SITE}. Or wait until some end.",
        "3.17",
        symptoms=(REFUSED,),
        symptom="New connections to {service} are refused while there are many.",
        seen="`ipvsadm -L -n` and `ipvsadm -L -n --thresholds`: active and inactive connections together.",
        alike="one realserver below its threshold is enough for the others to be no fault; the figures of the "
        "kernel, not those of `ss`, count. It opens a full one again below lower_threshold, or below three quarters of "
        "upper_threshold: in between, a client that is not served tells.",
    ),
    "mark-rule-missing": Rule(
        ERROR,
        "has no packet filter rule that gives fwmark {fwmark} to what comes for {where}, so IPVS does not take it",
        "{cure}",
        "3.13",
        symptoms=(HANGS, REFUSED, SAME),
        symptom="Clients reach what listens on the director itself, or nothing.",
        seen="the rules on the director, walked through with the first packet of a client. A mark that tc(8) sets is "
        "not seen.",
        alike="a rule that cannot be judged, such as one by MAC or by set, may give the mark, so nothing is "
        "said; rules in a chain that nothing jumps to give none.",
    ),
    "forwarding-wrong": Rule(
        ERROR,
        "forwards {service} to {realserver} with forwarding {found}, and the inventory says {wanted}",
        f"Run: {_SITE}",
        "3.11",
        symptoms=(HANGS, REFUSED),
        symptom=_ITS_HANG,
        seen="the column Forward of `ipvsadm -L -n` on the director, beside the plan.",
        alike="the kernel calls a realserver that is the director itself `local`, whatever it was given; a "
        "realserver that the inventory does not have is table-drift.",
    ),
    "port-remapped": Rule(
        ERROR,
        "gives {realserver} another port than that of {service}, and forwarding {forwarding} cannot change a port",
        f"Let the realserver listen on the port of the service, or use forwarding nat. Then run: {_SITE}",
        "3.11",
        symptoms=(REFUSED,),
        symptom=_ITS_REFUSED,
        seen="the ports in `ipvsadm -L -n` on the director. ipvsadm refuses to make such a table, others do not.",
        alike="a service of a mark, or of all ports, has no port of its own, and nat may change it.",
    ),
    # The realserver's VIP
    "vip-mask-wide": Rule(
        ERROR,
        "has the VIP as {address} on {interface}: it takes all of {network} for its own",
        f"Run: {_SITE}",
        "3.10",
        symptoms=(HANGS,),
        symptom="The connections that this realserver gets hang, and it loses machines of its own network.",
        seen="`ip addr` of the realserver.",
        alike="a /24 on a NIC beside the /32 on lo is the host's own network.",
    ),
    "vip-missing-realserver": Rule(
        ERROR,
        "does not have the VIP {vip}, and drops what the director forwards to it",
        f"Run: {_SITE}",
        "5.2",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip addr` of the realserver, or `ip route get VIP` there, which must say `local`.",
        alike="a realserver of nat needs no VIP, nor does one with a route of type local for it or with a packet "
        "filter that redirects what comes for it; a VIP in another network namespace is not seen.",
    ),
    # Tunnels
    "tunnel-down": Rule(
        ERROR,
        "cannot decapsulate: its device {interface} is {state}",
        f"Run: {_SITE}",
        "3.11",
        symptoms=(REFUSED, HANGS),
        symptom=_ITS_REFUSED,
        seen="`ip -d link` of the realserver.",
        alike="a tunnel of another kind or name is no matter of ours.",
    ),
    "vip-beside-tunnel": Rule(
        ERROR,
        "has the VIP {vip} on {interface}, not on {tunnel}, and reverse path filtering there drops its packets",
        f"On {{host}} run: {{command}}. Run: {_SITE}",
        "3.11",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip addr` and the larger of `rp_filter` of `all` and of the tunnel's device.",
        alike="with no filtering at all the VIP may be on lo.",
    ),
    "tunnel-taken": Rule(
        ERROR,
        "decapsulates by {tunnel} of another program instead of {instead}, and reverse path filtering there drops it",
        "On {host}, run: sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.{tunnel}.rp_filter=0",
        "3.11",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip -d link` for devices that are `external`, and the larger `rp_filter` of `all` and of such a device.",
        alike="a device that is down or of another kind takes nothing; loose filtering passes on one that has an "
        "address.",
    ),
    "tunnel-rp-filter": Rule(
        ERROR,
        "drops what comes out of the tunnel, by strict reverse path filtering on {tunnel}",
        f"Run: {_SITE}",
        "3.11",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="the larger `rp_filter` of `all` and the tunnel's device, and `nstat -az TcpExtIPReversePathFilter`.",
        alike="the larger of `all` and the device counts: 1 on `all` and 2 on the device passes.",
    ),
    "nic-rp-filter": Rule(
        ERROR,
        "drops what comes from {client} on {interface}, by strict reverse path filtering: its answers leave by {back}",
        "On {host} run: sysctl -w net.ipv4.conf.{interface}.rp_filter=2, and keep that in a file in /etc/sysctl.d. "
        "Or let the answers leave by {interface}.",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get VIP from CIP iif NIC` on the realserver: the kernel answers `Invalid cross-device link`.",
        alike="strict filtering with one NIC, or with answers by the NIC on which the packet came, drops "
        "nothing; no way back at all is gateway-missing; a rule or route that refuses is route-forbidden.",
    ),
    # The service on the realserver
    "service-down": Rule(
        ERROR,
        "has nothing that listens on {protocol} port {port}",
        "Start the daemon on {host} and see: ss {options} sport = :{port}",
        "7.6",
        symptoms=(REFUSED,),
        symptom=_ITS_REFUSED,
        seen="`ss -Hnltu` on the realserver.",
        alike="a packet filter or a table of its own that may give the port to another address, as docker's published "
        "ports and kube-proxy do, needs no daemon here; one in a network namespace of its own is not seen: the "
        "client's own connection tells.",
    ),
    "service-not-on-vip": Rule(
        ERROR,
        "has a service on {protocol} port {port} that listens on {found} alone, not on the VIP {address}",
        "Let the daemon on {host} listen on {address} or on all addresses, and start it again.",
        "7.6",
        symptoms=(REFUSED,),
        symptom=_ITS_REFUSED,
        seen="`ss -Hnltu` on the realserver.",
        alike="a socket on `*` or `::` takes IPv4 as well unless it says otherwise.",
    ),
    "service-overrun": Rule(
        ERROR,
        "has a daemon on tcp port {port} that does not take the connections that wait for it ({waiting}, and it has "
        "room for {room}), so new ones are dropped",
        "Find out why the daemon on {host} takes none, or give it more workers and a longer backlog, and see: "
        "ss -Hnlt sport = :{port}",
        "7.6",
        symptoms=(HANGS, SLOW),
        symptom="The connections that this realserver gets hang, or begin after seconds.",
        seen="`ss -Hnlt` on the realserver: Recv-Q is larger than Send-Q.",
        alike="fewer connections that wait are load; a pool that takes no more by its thresholds is pool-full.",
    ),
    "service-not-on-rip": Rule(
        ERROR,
        "has a service on {protocol} port {port} that listens on {found} alone, not on the RIP {address}",
        "Let the daemon on {host} listen on {address} or on all addresses, and start it again.",
        "7.6",
        symptoms=(REFUSED,),
        symptom=_ITS_REFUSED,
        seen="`ss -Hnltu` on the realserver.",
        alike="by dr and tun the packet is for the VIP, and a daemon that is not on it is service-not-on-vip.",
    ),
    # ARP
    "arp-answered": Rule(
        ERROR,
        "answers ARP for the VIP {vip}",
        _HIDE,
        "7.10",
        symptoms=(SAME, HANGS, REFUSED),
        symptom=_ONE_SERVES,
        seen="the larger `arp_ignore` of `all` and the NIC on the realserver, and where a third host finds the VIP.",
        alike="arp_ignore 2 hides as 1 does, arptables and nft in its place do, and lo or a dummy speaks no ARP.",
    ),
    "arp-announced": Rule(
        ERROR,
        "sends ARP requests with the VIP {vip} as their source, and hosts that hear them take its MAC for the VIP's",
        _HIDE,
        "7.10",
        symptoms=(SAME, HANGS, REFUSED),
        symptom=_ONE_SERVES,
        seen="the larger `arp_announce` of `all` and the NIC on the realserver, and where a third host finds the VIP.",
        alike="arp_announce 2 hides, and 1 a VIP that is on none of the NIC's networks; arptables that rewrites the "
        "sender does, too.",
    ),
    "vip-at-wrong-mac": Rule(
        ERROR,
        "finds the VIP {vip} at {mac}, {owner}, and not at a director",
        "Take the VIP off that machine or hide it there, then on {host} run: {forget}",
        "7.10",
        symptoms=(SAME, HANGS, REFUSED),
        symptom="What {host} sends to the VIP does not reach the director.",
        seen="`ip neigh show VIP` of a third host, and who answers its ARP requests.",
        alike="a director's other NIC, a bond and a virtual MAC of its own are the director's; a stale entry "
        "goes away, a permanent one must be deleted.",
    ),
    # The way there and back
    "realserver-silent": Rule(
        ERROR,
        "gets no answer from the realserver {realserver} ({rip}) on the network",
        f"See to its power, its cable and its switch. Until then give it weight 0 in lvs_services and run: {_SITE}",
        "7.6",
        symptoms=(HANGS, REFUSED),
        symptom=_ITS_HANG,
        seen="`ip neigh show RIP` on the director is FAILED, and the controller does not reach the realserver either.",
        alike="a realserver that only the controller does not reach is not seen; one that was seen is named by what "
        "is wrong on it.",
    ),
    "rip-gone": Rule(
        ERROR,
        "does not have its RIP {rip}, so what directors forward there reaches nobody",
        "Give {host} its address back with its system's own means, and see: ip addr. Or correct lvs_rip.",
        "7.6",
        symptoms=(HANGS, REFUSED),
        symptom=_ITS_HANG,
        seen="`ip addr` of the realserver, and `ip route get RIP` on a director that has it on its own network.",
        alike="a RIP behind a router may be translated, so nothing is said of it; one that the kernel does not use "
        "(dadfailed) is as good as none.",
    ),
    "realserver-behind-router": Rule(
        ERROR,
        "reaches the realserver {realserver} ({rip}) through {via}, and forwarding dr cannot cross a router",
        "{undo}Or put both on one network, or use forwarding tun in lvs_services.",
        "3.11",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get RIP` on the director has a `via`.",
        alike="the way of nat and tun may have a router.",
    ),
    "vip-is-source": Rule(
        ERROR,
        "talks to the realserver {realserver} from the VIP {source}, which the realserver has too and so never answers",
        "Let {host} use its DIP. On {host} run: {command}",
        "3.14.1",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get RIP` on the director has the VIP as `src`.",
        alike="a realserver of nat does not have the VIP, and answers it.",
    ),
    "gateway-is-director": Rule(
        ERROR,
        "answers clients through the director {via}, which drops packets that come from its own VIP",
        f"{{undo}}Set lvs_server_gateway to a router that is not the director. Then run: {_SITE}",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get CIP from VIP` on the realserver.",
        alike="with nat that is right.",
        follows=("vip-mask-wide",),
    ),
    "route-forbidden": Rule(
        ERROR,
        "has a route or rule of type {kind} for packets to {to}, so none of them leaves",
        "On {host} run: {undo}",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get` with the packet's own source and interface; `ip route show table all` and `ip rule`.",
        alike="blackholes for other networks, in tables to which no rule leads, and rules for other packets are not on "
        "the way: the kernel is asked with the packet's own addresses. That a host does not forward looks the same to "
        "`ip route get` and is director-does-not-forward.",
    ),
    "answer-into-tunnel": Rule(
        ERROR,
        "answers {client} through {tunnel}, which is the way in alone",
        f"On {{host}} run: {{undo}}. Then run: {_SITE}",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get CIP from VIP` on the realserver names a tunnel's device.",
        alike="a tunnel to the client itself, as of a VPN, is another device than the one that decapsulates.",
    ),
    "answer-into-vpn": Rule(
        ERROR,
        "answers {client} through {interface} by rule {rule} of policy routing, though {client} is on the network of "
        "{near}",
        "On {host} run: {command}, and keep that where its network is configured.",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get CIP from VIP`, `ip rule` and `ip addr` on the realserver.",
        alike="a client that is not on a network of the realserver may be reached by a VPN, and a client that is, by a "
        "route of its own or by another NIC that speaks ARP.",
    ),
    "gateway-missing": Rule(
        ERROR,
        "has no route to {client}, so its answers go nowhere",
        f"Set lvs_server_gateway. Then run: {_SITE}",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get CIP from VIP` on the realserver.",
        alike="a rule of type unreachable gives the same answer and is route-forbidden.",
        follows=("vip-mask-wide",),
    ),
    "gateway-silent": Rule(
        ERROR,
        "sends its answers to {client} by {via}, which does not answer on the network",
        f"See to the power, the cable and the address of {{via}}, or set lvs_server_gateway. Then run: {_SITE}",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get CIP from VIP` and `ip neigh show GATEWAY` on the realserver: FAILED or INCOMPLETE.",
        alike="a gateway that was away once is remembered as failed until it is needed: it is named only while a "
        "client is not served.",
    ),
    "director-does-not-forward": Rule(
        ERROR,
        "does not forward packets ({setting} is 0), as forwarding nat needs for the answers",
        f"Run: {_SITE}",
        "4.2",
        symptoms=(HANGS,),
        symptom=_ALL_HANG,
        seen="`sysctl net.ipv4.ip_forward` on the director.",
        alike="a director of dr and tun forwards without it; answers that a filter drops are "
        "firewall-director-forward.",
    ),
    "redirect-followed": Rule(
        ERROR,
        "was told of a shorter way to {client} by an ICMP redirect, and its answers now bypass the director",
        f"Run: {_SITE}. Then on {{host}} run: ip route flush cache",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get CIP` on the realserver is marked `redirected`.",
        alike="a route that somebody made is nat-gateway-wrong; with dr and tun a realserver may follow a redirect.",
    ),
    "redirects-sent": Rule(
        ERROR,
        "sends ICMP redirects on {interface}, through which it reaches both clients and realservers of forwarding nat",
        f"Run: {_SITE}",
        "7.7",
        symptoms=(HANGS,),
        symptom="Connections hang, after the first packets at the latest.",
        seen="the larger `send_redirects` of `all` and the NIC, and `ip route get` of RIP and CIP on the director.",
        alike="redirects between other interfaces are nobody's business.",
    ),
    "nat-gateway-wrong": Rule(
        ERROR,
        "answers {client} through {via}, not through the director, as forwarding nat needs",
        f"{{undo}}Run: {_SITE}",
        "7.7",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="`ip route get CIP from RIP` on the realserver.",
        alike="several default routes are no fault as long as the kernel takes the one to the director; a "
        "redirect is redirect-followed.",
        follows=("vip-mask-wide",),
    ),
    # Packet filters
    "firewall-director-invalid": Rule(
        ERROR,
        "has a packet filter that drops packets of state INVALID, as which it sees those of forwarding "
        "{forwarding} with {setting}: it does not see the answers",
        "Take the rule away, or let the VIP pass before it, or change that setting. On {host} run: {undo}",
        "2.4",
        symptoms=(HANGS,),
        symptom="Connections are made and then hang, or hang at once.",
        seen="the rules on the director, walked through with a packet of state INVALID, where "
        "`net.netfilter.nf_conntrack_tcp_loose` is 0 or `net.ipv4.vs.conntrack` is 1.",
        alike="with `net.netfilter.nf_conntrack_tcp_loose` 1 and `net.ipv4.vs.conntrack` 0 such a rule drops nothing "
        "that a client needs.",
    ),
    "firewall-director": Rule(
        ERROR,
        "has a packet filter that {drops} what comes for {service}",
        "Take the rule away, or let the service pass before it. On {host} run: {undo}",
        "2.4",
        symptoms=(HANGS, REFUSED),
        symptom="Connections to {service} {effect}.",
        seen="the rules on the director, walked through with the first packet of a client.",
        alike="FORWARD that drops, as docker sets it, is not on the way of dr and tun; OUTPUT is, for all "
        "methods; a rule for another interface is not.",
    ),
    "firewall-director-forward": Rule(
        ERROR,
        "has a packet filter that {drops} what {realserver} answers",
        "Take the rule away, or let the answers pass before it. On {host} run: {undo}",
        "2.4",
        symptoms=(HANGS,),
        symptom=_ITS_HANG,
        seen="the rules on the director, walked through with the answer of a realserver.",
        alike="rules for bridges of docker or libvirt name other interfaces than the two of the answer.",
    ),
    "firewall-realserver": Rule(
        ERROR,
        "has a packet filter that {drops} what comes for {service}",
        "Take the rule away, or let the service pass before it. On {host} run: {undo}",
        "2.4",
        symptoms=(HANGS, REFUSED),
        symptom="The connections that this realserver gets {effect}.",
        seen="the rules on the realserver, walked through with the first packet of a client.",
        alike="a rule of a source or state that is not a client's does not fit. By tun both the packet of the tunnel, "
        "from the director, and the client's in it must pass.",
    ),
    "tunnel-icmp-filtered": Rule(
        ERROR,
        "has a packet filter that {drops} the ICMP message that tells clients how little room a tunnel leaves",
        "Let ICMP 'fragmentation needed' pass, or have the realservers announce a smaller MSS. On {host} run: {undo}",
        "3.11",
        symptoms=(HANGS,),
        symptom="Connections begin well, and large uploads hang.",
        seen="the rules on the director and on hosts of the group clients, walked through with that ICMP message.",
        alike="where the realservers announce a segment that fits (advmss), or the director makes fragments "
        "(net.ipv4.vs.pmtu_disc 0), clients need not be told.",
    ),
    "conntrack-full": Rule(
        ERROR,
        "has a full connection tracking table: {count} of {max} entries",
        "On {host} run: sysctl -w net.netfilter.nf_conntrack_max={more}. Or let the VIP pass untracked.",
        "2.4",
        symptoms=(HANGS, SLOW),
        symptom="New connections hang at random, more of them under load.",
        seen="`sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max`: nine tenths or more.",
        alike="many entries below nine tenths of the limit are load.",
    ),
    "rip-on-two-hosts": Rule(
        ERROR,
        "has the RIP {rip}, which is that of {realserver}",
        "Give {host} an address of its own, and take this one away. On {host} run: {command}",
        "3.7",
        symptoms=(HANGS, REFUSED, SAME),
        symptom="Connections meant for one realserver reach the other, at random.",
        seen="`ip addr` of every host: the RIP is on two interfaces that speak ARP.",
        alike="one host under two names in the inventory has one MAC; a RIP on lo is on no network.",
    ),
    "client-has-vip": Rule(
        ERROR,
        "is a client and has the VIP {vip} itself, on {interface}: what it sends there never leaves it",
        "On {host} run: {command}",
        "2.2",
        symptoms=(HANGS, REFUSED, SAME),
        symptom="{host} reaches itself and no realserver.",
        seen="`ip addr` of a host in the group clients.",
        alike="a machine of the LVS that has the VIP by design is in another group; a client that is a "
        "realserver is client-is-realserver.",
    ),
    # Several directors
    "sync-mismatch": Rule(
        ERROR,
        "has a synchronisation daemon that does not fit the others: {what}",
        "Run the other role on the other director, with the same sync_id, group and port: {command}",
        symptoms=(HANGS,),
        symptom="Connections are lost when the VIP moves to the other director.",
        seen="`ipvsadm --list --daemon` on all directors.",
        alike="a director that was not seen may have the counterpart; threads that lvs_failover has are "
        "failover-unfit.",
    ),
    "failover-unfit": Rule(
        ERROR,
        "could not take over from another director: {what}",
        f"Run: {_SITE}. If that does not help, on {{host}} run: journalctl -u keepalived",
        symptoms=(HANGS,),
        symptom="Nobody, until the other director fails.",
        seen="`systemctl is-active keepalived` and `ipvsadm --list --daemon` on each director.",
        alike="a table that differs is service-missing or table-drift.",
    ),
    "sync-behind": Rule(
        WARNING,
        "knows {known} connections, and {serving}, which serves, has {established} established",
        "See that UDP to 224.0.0.81, port 8848, passes on the NIC of lvs_failover.sync. What was there before the "
        "synchronisation began is known when it is used again.",
        symptoms=(HANGS,),
        symptom="Nobody, until {serving} fails; then the others break.",
        seen="`ipvsadm -L -n` on both directors; fewer than twenty connections say nothing.",
        alike="one established connection in twenty may be missing, for they come and go while one looks.",
    ),
    "realserver-failed": Rule(
        WARNING,
        "has taken {realservers} out of the service {service}: the check failed",
        "See that the service runs there, and that it answers what `check` in lvs_services asks, from the DIP.",
        symptoms=(SAME,),
        symptom="Nobody, as long as the others can serve all clients.",
        seen="who is missing from the table of those that keepalived checks.",
        alike="one that was drained is in the table, with weight 0, and one without a check is `table-drift`.",
    ),
    "director-drained": Rule(
        WARNING,
        "takes no VIP, because {switch} says so",
        "If nobody works on it any more, on {host} run: echo 0 > {switch:sh}",
        symptom="Nobody, until the other director fails.",
        seen="the file by which a director gives the VIPs up.",
        alike="a director whose keepalived does not run is failover-unfit; a realserver that gets nothing is "
        "realserver-drained.",
    ),
    "keepalived-old-file": Rule(
        WARNING,
        "has a keepalived that has not read its files since they were changed",
        "On {host} run: systemctl reload keepalived",
        symptom="Nobody, until keepalived is started again.",
        seen="the times of the files, and of the last start or reload of the unit.",
        alike="a keepalived that does not run reads the file when it starts, and is failover-unfit.",
    ),
    # Not a fault of the LVS
    "client-is-director": Rule(
        HINT,
        "is a director and tries to be a client of {vip}, which no machine of the LVS can be",
        "Test from a machine outside the LVS, such as those in the group clients.",
        "2.2",
        symptoms=(HANGS,),
        symptom="A test from the director hangs.",
        seen="`ss -nt dst VIP` on the director.",
        alike="what IPVS forwards has no socket on the director.",
    ),
    "client-is-realserver": Rule(
        HINT,
        "is a realserver and its own client of {vip}: that connection never leaves it",
        "Test from a machine outside the LVS, such as those in the group clients.",
        "2.2",
        symptoms=(SAME,),
        symptom="A test from a realserver always reaches that realserver itself.",
        seen="`ss -nt dst VIP` on the realserver.",
        alike="what a realserver answers has the VIP as its own address, not as that of the other end.",
    ),
    "names-awaited": Rule(
        ERROR,
        "has a daemon that waits for {whom}, which does not answer",
        "Turn the lookup off in the daemon, or let {host} reach what it asks (/etc/resolv.conf, /etc/hosts).",
        "7.8",
        symptoms=(SLOW,),
        symptom="Connections begin with a delay of some seconds, and then everything is fine.",
        seen="connections to port 113 that get no answer; with `doctor_symptom=slow_at_first` also a question to each "
        "name server of the realserver.",
        alike="a lookup that is answered, if only by a refusal, delays nobody; a full connection tracking table is "
        "conntrack-full.",
    ),
    "persistence-keeps": Rule(
        HINT,
        "keeps a client of {service} on its realserver for {persistence} seconds after its last connection, which is "
        "persistence as the inventory asks for it and no fault",
        "Test from several clients, or without persistence in lvs_services for the time of the test.",
        "2.3",
        symptoms=(SAME,),
        symptom="One client always gets the same realserver.",
        seen="the table of the director; only said when asked with `doctor_symptom`.",
        alike="with the ARP problem, too, one realserver serves a client: that is a fault, and comes first.",
    ),
    "scheduler-keeps": Rule(
        HINT,
        "chooses the realserver of {service} by the addresses of the packet, as its scheduler {scheduler} does, which "
        "is no fault",
        "Test from several clients, or with the scheduler rr for the time of the test.",
        "2.3",
        symptoms=(SAME,),
        symptom="One client always gets the same realserver.",
        seen="the table of the director; only said when asked with `doctor_symptom`.",
        alike="with the ARP problem, too, one realserver serves a client: that is a fault, and comes first.",
    ),
    "one-realserver-left": Rule(
        WARNING,
        "has one realserver of {service} with a weight above 0: {realserver}",
        f"Give others a weight in lvs_services. Then run: {_SITE}",
        "7.10",
        symptoms=(SAME,),
        symptom="Every client gets the same realserver.",
        seen="the table of the director; only said when asked with `doctor_symptom`.",
        alike="weights that somebody changed are table-drift besides, and a drain is realserver-drained.",
    ),
    # What does not fit the inventory, though a client may not notice
    "table-drift": Rule(
        WARNING,
        "has a table that has drifted from the inventory",
        f"Run: {_SITE}. It would do: {{commands}}",
        "5.2",
        symptom="The LVS does not do what the inventory says.",
        seen="the table beside the plan. What was drained and services of other VIPs are left out.",
        alike="what a drain changed, and services of other VIPs, are left out.",
    ),
    "realserver-drained": Rule(
        HINT,
        "gives {realserver} no new connections of {service}: it was drained",
        "When it is to get connections again: {command}",
        "5.2",
        symptoms=(SAME,),
        symptom="The others get all connections.",
        seen="weight 0 in the table, and `/var/lib/lvs/drained.json`.",
        alike="weight 0 that is on no record is table-drift; weight 0 in the inventory is meant.",
    ),
    "vip-left-over": Rule(
        WARNING,
        "has the VIP {vip} on {interface}: an earlier run put it there, and it is no longer in the inventory",
        f"Run, without --limit: {_SITE}",
        symptom="Whoever still uses {vip} reaches machines that no longer serve it.",
        seen="`/var/lib/lvs/vip_address.json`, beside the plan.",
        alike="an address that somebody else put there is on no record of ours; one that another LVS of the host "
        "asks for is its own.",
    ),
    "setting-drift": Rule(
        WARNING,
        "has kernel settings that have drifted from the plan: {settings}",
        f"Run: {_SITE}",
        "4.2",
        symptom="The LVS does not do what the inventory says.",
        seen="`sysctl` beside the plan, for what no other fault names.",
        alike="settings of ARP, reverse path filtering and forwarding have findings of their own, and are named "
        "only where they do harm.",
    ),
    "unit-failed": Rule(
        WARNING,
        "has a unit that failed, {unit}",
        "See why: systemctl status {unit:sh}. Then on {host} run: systemctl restart {unit:sh}",
        symptom="Something of the LVS will be missing after a reboot.",
        seen="`systemctl list-units 'lvs-*'`.",
        alike="units of others are theirs; one that fails for want of a kernel module is a consequence of that.",
        follows=("ip-vs-missing", "scheduler-missing"),
    ),
    "service-failed": Rule(
        WARNING,
        "has a service that failed, or is not started at boot, {unit}",
        f"See why: on {{host}} run: /etc/init.d/{{unit:sh}} restart. Where it is not started at boot, run: {_SITE}",
        symptom="Something of the LVS will be missing after a reboot.",
        seen="`/run/lvs-….failed`, and the links in `/etc/runlevels` or `/etc/rcS.d`.",
        alike="a host with systemd has unit-failed in its place.",
        follows=("ip-vs-missing", "scheduler-missing"),
    ),
    "init-unknown": Rule(
        WARNING,
        "runs {init}, for which what starts at boot cannot be set up",
        "Set lvs_persistent to false for it, which sets the running host up until its next reboot, or use another "
        f"host. Then run: {_SITE}",
        symptom="A reboot of {host} loses its part of the LVS.",
        seen="process 1, and what only a running init makes in `/run`.",
        alike="a host that loses its part by decision is boot-lost.",
    ),
    "boot-lost": Rule(
        HINT,
        "has its part of the LVS until its next reboot alone, as the inventory has it (lvs_persistent: false)",
        f"After a reboot, run: {_SITE}",
        symptom="After a reboot, {host} has nothing of the LVS.",
        seen="the plan.",
        alike="a host whose init is not known is init-unknown.",
    ),
    "evidence-unreadable": Rule(
        WARNING,
        "gave an answer without the form that it must have ({kinds}), the unreadable part of which counts as not seen",
        "See what answers there in place of the module, or beside it; on the controller run: "
        "ansible {host} -b -m linuxvirtualserver.lvs.lvs_evidence",
        symptom="What {host} says of itself cannot be relied on.",
        seen="the result of `lvs_evidence`, each kind of which has one form; the evidence names what differs.",
        alike="what a host has no program for is listed as not seen, and is no finding.",
    ),
    "unexplained": Rule(
        ERROR,
        "gets {outcome} from {service}, and nothing that the doctor looked at explains it",
        "Next: 1. ansible-playbook linuxvirtualserver.lvs.verify says which realserver is silent. "
        "2. On the director: tcpdump -n -i any host {vip} and port {port}, while {host} connects: nothing comes, or "
        "nothing goes on, or all goes on. 3. The same on the realserver, and look at routers and filters between.",
        "7.11",
        symptoms=(REFUSED, HANGS),
        symptom="From {host}, {service} is {outcome}.",
        seen="one connection of a host in the group clients to each TCP service.",
        alike="everything above; the evidence lists what was ruled out.",
    ),
}


class Section(t.NamedTuple):
    """What the HOWTO says to a symptom, and which faults each of its reasons is."""

    number: str
    title: str
    says: str
    reasons: tuple[tuple[str, tuple[str, ...]], ...]


SECTIONS: dict[str, Section] = {
    REFUSED: Section(
        "7.6",
        'The client says "connection refused"',
        "The machine that receives the request packet is replying that it is not listening for that service.",
        (
            (
                "the director has not added the service to the forwarding table",
                (
                    "ip-vs-missing",
                    "scheduler-missing",
                    "service-missing",
                    "table-owner",
                    "checks-stopped",
                    "mark-rule-missing",
                ),
            ),
            (
                "the realserver does not have the service on the VIP (dr, tun) or the RIP (nat)",
                ("service-not-on-vip", "service-not-on-rip", "port-remapped", "forwarding-wrong"),
            ),
            ("a packet filter rule", ("firewall-director", "firewall-realserver")),
            (
                "service dest is unavailable",
                ("all-failed", "weights-all-zero", "hash-refuses", "pool-full", "tunnel-down"),
            ),
            ("the service is not running on the realserver", ("service-down",)),
            (
                "the address is another machine's",
                (
                    "vip-in-vain",
                    "vip-on-no-director",
                    "vrrp-not-heard",
                    "vip-on-two-hosts",
                    "vip-at-wrong-mac",
                    "rip-on-two-hosts",
                    "client-has-vip",
                    "arp-answered",
                    "arp-announced",
                ),
            ),
            ("network cable unplugged", ("realserver-silent", "rip-gone")),
        ),
    ),
    HANGS: Section(
        "7.7",
        "Connection hangs",
        "The usual mistake is to have the default gateway of the realservers set incorrectly.",
        (
            (
                "nat: the default gateway of the realservers must be the director",
                ("nat-gateway-wrong", "director-does-not-forward"),
            ),
            (
                "dr, tun: the default gateway cannot be the director",
                (
                    "gateway-is-director",
                    "route-forbidden",
                    "answer-into-tunnel",
                    "answer-into-vpn",
                    "gateway-missing",
                    "gateway-silent",
                ),
            ),
            ("nat on one network: the ICMP redirects must be handled", ("redirect-followed", "redirects-sent")),
            (
                "dr, tun: the realserver does not take the packets for the VIP",
                (
                    "vip-missing-realserver",
                    "vip-mask-wide",
                    "vip-beside-tunnel",
                    "tunnel-taken",
                    "tunnel-rp-filter",
                    "nic-rp-filter",
                    "tunnel-down",
                    "forwarding-wrong",
                ),
            ),
            (
                "the packets do not reach the director or the realserver",
                (
                    "vip-in-vain",
                    "vip-on-no-director",
                    "vrrp-not-heard",
                    "vip-on-two-hosts",
                    "vip-at-wrong-mac",
                    "rip-gone",
                    "rip-on-two-hosts",
                    "client-has-vip",
                    "mark-rule-missing",
                    "arp-answered",
                    "arp-announced",
                    "realserver-behind-router",
                    "realserver-silent",
                    "vip-is-source",
                    "table-owner",
                    "checks-stopped",
                ),
            ),
            (
                "a packet filter rule",
                (
                    "firewall-director-invalid",
                    "firewall-director",
                    "firewall-director-forward",
                    "firewall-realserver",
                    "tunnel-icmp-filtered",
                    "conntrack-full",
                ),
            ),
            ("the daemon takes no more connections", ("service-overrun",)),
            ("the client is a machine of the LVS (section 2.2)", ("client-is-director",)),
            ("the directors do not share the connections", ("sync-mismatch", "failover-unfit", "sync-behind")),
            ("another VRRP on the network moves the VIPs", ("vrrp-stranger",)),
        ),
    ),
    SLOW: Section(
        "7.8",
        "Initial connection is delayed, but once connected everything is fine",
        "Usually the daemon asks the client's identd, or a name server, and nobody answers. See also 7.9.",
        (
            ("the daemon waits for the client's identd or for a name server", ("names-awaited",)),
            ("connection tracking is at its limit", ("conntrack-full",)),
            ("the daemon takes no more connections", ("service-overrun",)),
        ),
    ),
    SAME: Section(
        "7.10",
        "My LVS doesn't loadbalance, the client always goes to the same realserver",
        "For dr and tun the most likely explanation is that the ARP problem is not solved.",
        (
            (
                "the ARP problem",
                (
                    "arp-answered",
                    "arp-announced",
                    "vrrp-not-heard",
                    "vip-on-two-hosts",
                    "vip-at-wrong-mac",
                    "rip-on-two-hosts",
                    "client-has-vip",
                ),
            ),
            ("the director does not take the packets", ("mark-rule-missing",)),
            ("persistence", ("persistence-keeps",)),
            ("a scheduler that goes by addresses", ("scheduler-keeps",)),
            (
                "only one realserver is to get connections",
                ("one-realserver-left", "realserver-drained", "realserver-failed"),
            ),
            ("the client is a realserver (section 2.2)", ("client-is-realserver",)),
        ),
    ),
}
