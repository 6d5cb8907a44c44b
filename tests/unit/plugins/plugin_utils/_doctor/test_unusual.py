# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healthy but unusual farms, that must give no finding, and what looks like one of them and is a fault."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import questions
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.network import refusal
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.report import headline, report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.scene import Host
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    CLIENT,
    DIRECTOR,
    LO,
    NAT_CIP,
    RS1,
    RS2,
    SCENES,
    TUNL0,
    VEC0,
    VIP,
    Farm,
    both,
    drained,
    into_vpn,
    overrun,
    probe,
    unmarked,
)

_MANGLE = ["*mangle", ":PREROUTING ACCEPT [0:0]", ":lvs-marks - [0:0]"]
_JUMP = "[0:0] -A PREROUTING -j lvs-marks"
_MARK = f"[0:0] -A lvs-marks -d {VIP}/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark {{}}"
_NFT_NAMES = {"family": "ip", "table": "lvs"}
_HOOKED = {"type": "filter", "hook": "prerouting", "prio": -150, "policy": "accept"}


def legacy(*lines: str) -> Callable[[Farm], object]:
    return lambda farm: farm.seen(DIRECTOR).update(iptables={"iptables-legacy-save": [*_MANGLE, *lines, "COMMIT"]})


def nft(farm: Farm, key: str = "mark", value: object = 11) -> None:
    match = {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": VIP}}
    rule = {**_NFT_NAMES, "chain": "marks", "handle": 3}
    rule["expr"] = [match, {"mangle": {"key": {"meta": {"key": key}}, "value": value}}]
    chain = {**_NFT_NAMES, "name": "marks", **_HOOKED}
    farm.seen(DIRECTOR)["nft"] = json.dumps({"nftables": [{"chain": chain}, {"rule": rule}]})


def _arp_rule(chain: str, field: str, right: object, *more: dict[str, object]) -> dict[str, object]:
    """As arptables-nft 1.8.9 makes it and `nft -j list ruleset` of 1.0.6 shows it."""
    fields = {"htype": 1, "hlen": 6, "plen": 4, field: right}
    matches = [
        {"match": {"op": "==", "left": {"payload": {"protocol": "arp", "field": name}}, "right": value}}
        for name, value in fields.items()
    ]
    counter = {"counter": {"packets": 0, "bytes": 0}}
    own = {"family": "arp", "table": "filter", "chain": chain, "handle": 4}
    return {"rule": {**own, "expr": [*more, *matches, counter, {"drop": None}]}}


def _on(interface: str) -> dict[str, object]:
    return {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": interface}}


ASKED, NAMED = _arp_rule("INPUT", "daddr ip", VIP), _arp_rule("OUTPUT", "saddr ip", VIP)


def arp_of_nft(*rules: dict[str, object], **settings: int) -> Callable[[Farm], object]:
    """ARP is filtered in place of the settings, which are 0."""
    own = {"family": "arp", "table": "filter", "type": "filter", "prio": 0, "policy": "accept"}
    chains = [{"chain": {**own, "name": name, "hook": name.lower(), "handle": 1}} for name in ("INPUT", "OUTPUT")]
    table = {"family": "arp", "table": "filter", "name": "vips", "type": "ipv4_addr", "handle": 3, "elem": [VIP]}
    listing = json.dumps({"nftables": [*chains, {"set": table}, *rules]})
    return both(
        lambda farm: farm.set(RS1, **(settings or {"all_arp_ignore": 0, "all_arp_announce": 0})),
        lambda farm: farm.seen(RS1).update(nft=listing),
    )


def sctp(farm: Farm, *listening: int) -> None:
    role = farm.plan["hosts"][RS1]["realserver"]
    role["checks"].append({"address": VIP, "port": 3868, "protocol": "sctp"})
    farm.seen(RS1)["listeners"] += [{"protocol": "sctp", "address": "*", "port": port} for port in listening]


def output_policy(*rules: str) -> Callable[[Farm], object]:
    lines = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT DROP [0:0]", *rules, "COMMIT"]
    return lambda farm: farm.seen(DIRECTOR).update(iptables={"iptables-legacy-save": lines})


def thresholds(farm: Farm) -> None:
    SCENES["pool-full"].change(farm)
    for state in farm.seen(DIRECTOR)["ipvs"]["states"]:
        state["realservers"][0]["active"] = 0


def fallback(farm: Farm) -> None:
    SCENES["hash-refuses"].change(farm)
    for table in (farm.plan["hosts"][DIRECTOR]["director"], farm.seen(DIRECTOR)["ipvs"]):
        next(one for one in table["services"] if one["port"] == 80)["scheduler_flags"] = ["sh-fallback"]


def blackholes_elsewhere(farm: Farm) -> None:
    route = {"to": "10.0.0.0/8", "kind": "blackhole", "table": "main", "via": None, "interface": None, "source": None}
    farm.seen(RS1)["routes"].append({**route, "mss": None, "mtu": None})
    farm.seen(RS1)["rules"].append("100: from 10.9.0.0/16 prohibit")


def route(to: str, kind: str = "unicast", via: str | None = None, table: str = "main") -> dict[str, object]:
    entry = {"to": to, "kind": kind, "table": table, "via": via, "interface": VEC0, "source": None}
    return {**entry, "mss": None, "mtu": None}


# As docker writes them (moby/moby#49518), to sets and bridges that the doctor knows nothing of.
DOCKER = (
    "*raw",
    ":PREROUTING ACCEPT [0:0]",
    "-A PREROUTING -d 172.18.0.2/32 ! -i br-3cdb1cb92a36 -p tcp -m tcp --dport 1000 -j DROP",
    "COMMIT",
    "*filter",
    ":INPUT ACCEPT [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":DOCKER - [0:0]",
    ":DOCKER-FORWARD - [0:0]",
    "-A FORWARD -j DOCKER-FORWARD",
    "-A DOCKER ! -i docker0 -o docker0 -j DROP",
    "-A DOCKER-FORWARD -m set --match-set docker-ext-bridges-v4 dst -j DOCKER",
    "-A DOCKER-FORWARD -i docker0 -j ACCEPT",
    "COMMIT",
)


def docker(host: str, tool: str = "iptables-nft-save") -> Callable[[Farm], object]:
    return lambda farm: farm.seen(host).update(iptables={tool: list(DOCKER)})


def multipath(farm: Farm) -> None:
    """ECMP: `ip -j route` has no gateway of its own, and the kernel takes one of the next hops."""
    farm.seen(RS1)["routes"].append(route("default"))
    farm.way(RS1, "192.168.1.254", via="192.168.1.253")


def bonded(farm: Farm) -> None:
    """The director's NIC is a bond with a VLAN and a virtual MAC of its own (keepalived's use_vmac)."""
    nic = farm.interface(DIRECTOR, VEC0)
    vmac = {**nic, "name": "vrrp.51", "kind": "macvlan", "mac": "00:00:5e:00:01:33", "addresses": []}
    farm.seen(DIRECTOR)["interfaces"].append(vmac)
    farm.take(DIRECTOR, VEC0)
    farm.give(DIRECTOR, "vrrp.51")
    farm.neighbour(CLIENT, VIP, vmac["mac"])
    farm.seen(CLIENT)["probe"]["who_has"] = {VIP: [vmac["mac"]]}


def of_nft(host: str, where: str, name: str, *elements: str) -> Callable[[Farm], object]:
    """A table that drops what comes from, or for, the addresses of a set."""
    own = {"family": "ip", "table": "other"}
    chain = {**own, "name": "in", "type": "filter", "hook": "input", "prio": -1, "policy": "accept", "handle": 1}
    match = {"op": "==", "left": {"payload": {"protocol": "ip", "field": where}}, "right": f"@{name}"}
    rule = {**own, "chain": "in", "handle": 4, "expr": [{"match": match}, {"drop": None}]}
    listing = [{"set": {**own, "name": name, "type": "ipv4_addr", "handle": 2, "elem": [*elements]}}]
    return lambda farm: farm.seen(host).update(
        nft=json.dumps({"nftables": [{"chain": chain}, *listing, {"rule": rule}]})
    )


def nat_of(*rules: str, host: str = RS1, chains: str = "") -> Callable[[Farm], object]:
    """A table nat of iptables, beside nothing else."""
    lines = ["*nat", ":PREROUTING ACCEPT [0:0]", *(f":{one} - [0:0]" for one in chains.split()), *rules, "COMMIT"]
    return lambda farm: farm.seen(host).update(iptables={"iptables-nft-save": lines})


# As docker publishes port 80 of a container without a proxy of its own: nothing on the host listens.
PUBLISHED = nat_of(
    "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
    "-A DOCKER -i docker0 -j RETURN",
    "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80",
    chains="DOCKER",
)


def redirect_of_nft(farm: Farm) -> None:
    own = {"family": "ip", "table": "nat"}
    chain = {**own, "name": "pre", "type": "nat", "hook": "prerouting", "prio": -100, "policy": "accept", "handle": 1}
    local = {"match": {"op": "==", "left": {"fib": {"result": "type", "flags": ["daddr"]}}, "right": "local"}}
    port = {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 80}}
    rule = {**own, "chain": "pre", "handle": 2, "expr": [local, port, {"redirect": {"port": 8080}}]}
    farm.seen(RS1)["nft"] = json.dumps({"nftables": [{"chain": chain}, {"rule": rule}]})


def made_local(host: str, interface: str, to: str = "192.168.1.96/28") -> Callable[[Farm], object]:
    """`ip route add local NETWORK dev lo`: the host takes all of it for its own, and has no address of it."""
    entry = {**route(to, "local", table="local"), "interface": LO}
    return both(lambda farm: farm.take(host, interface), lambda farm: farm.seen(host)["routes"].append(entry))


def on_nic_behind_arptables(*rules: str) -> Callable[[Farm], object]:
    """Red Hat's way: the realserver has the VIP on its NIC."""
    return both(
        lambda farm: farm.take(RS1, LO),
        lambda farm: farm.give(RS1, VEC0),
        lambda farm: farm.set(RS1, all_arp_ignore=0, all_arp_announce=0),
        lambda farm: farm.seen(RS1).update(arptables=list(rules)),
    )


def wg_quick(farm: Farm) -> None:
    """A VPN for everything but the networks that the host is on."""
    farm.seen(RS1)["interfaces"].append({**farm.interface(RS1, LO), "name": "wg0", "kind": "wireguard"})
    farm.interface(RS1, "wg0")["addresses"] = []
    farm.seen(RS1)["routes"].append({**route("default", table="51820"), "interface": "wg0"})
    rules = ["32764: from all lookup main suppress_prefixlength 0", "32765: not from all fwmark 0xca6c lookup 51820"]
    farm.seen(RS1)["rules"] += rules


def of_kube_proxy(farm: Farm, port: int = 80) -> None:
    """A table of the realserver's own, in which the VIP is an external address of a service."""
    pod = {"rip": "10.244.1.7", "port": 8080, "forwarding": "nat", "weight": 1}
    pool = [{**pod, "upper_threshold": 0, "lower_threshold": 0}]
    service = {**farm.service(80), "port": port, "scheduler": "rr", "realservers": pool}
    farm.seen(RS1)["ipvs"] = {"services": [service], "daemons": []}


HEALTHY: dict[str, Callable[[Farm], object]] = {
    "a port that docker publishes without a proxy (moby/moby#24845)": both(
        lambda farm: farm.listen(RS1, 80), PUBLISHED
    ),
    "a port that nft gives to another": both(lambda farm: farm.listen(RS1, 80), redirect_of_nft),
    "a service of the VIP by TPROXY": both(
        lambda farm: farm.listen(RS1, 80),
        lambda farm: farm.seen(RS1).update(
            iptables={
                "iptables-save": [
                    *("*mangle", ":PREROUTING ACCEPT [0:0]"),
                    "-A PREROUTING -p tcp -m tcp --dport 80 -j TPROXY --on-port 3129 --on-ip 127.0.0.1",
                    "COMMIT",
                ]
            }
        ),
    ),
    "no VIP on a realserver that redirects what comes for it (loadbalancer.org)": both(
        lambda farm: farm.take(RS1, LO), nat_of(f"-A PREROUTING -d {VIP}/32 -p tcp -j REDIRECT")
    ),
    "a network that is the director's own without an address": made_local(DIRECTOR, VEC0),
    "a network that is a realserver's own without an address": made_local(RS1, LO),
    "everything is a realserver's own in a table of marked packets": made_local(RS1, LO, "default"),
    "the VIP on the NIC of a realserver, behind arptables": on_nic_behind_arptables(
        f"-A INPUT -j DROP -i any -o any -d {VIP}",
        f"-A OUTPUT -j mangle -i any -o any -s {VIP} --mangle-ip-s 192.168.1.11",
    ),
    "the VIP on the NIC of a realserver, behind a chain of arptables": on_nic_behind_arptables(
        "-A INPUT -j LVS", "-A OUTPUT -j LVS", f"-A LVS -d {VIP} -j DROP", f"-A LVS -s {VIP} -j DROP"
    ),
    "the VIP with the mask of the network on a NIC, behind arptables": both(
        on_nic_behind_arptables(f"-A INPUT -d {VIP} -j DROP", f"-A OUTPUT -s {VIP} -j DROP"),
        lambda farm: farm.take(RS1, VEC0),
        lambda farm: farm.give(RS1, VEC0, prefix=24),
    ),
    "a VIP of another network, and arp_announce 1": both(
        lambda farm: farm.set(RS1, all_arp_announce=1),
        lambda farm: farm.take(RS1, VEC0, "192.168.1.11"),
        lambda farm: farm.give(RS1, VEC0, "192.168.1.11", 28),
    ),
    "kube-proxy on a realserver sends the port on to pods (kubernetes/kubernetes#93175)": both(
        lambda farm: farm.listen(RS1, 80), of_kube_proxy
    ),
    "a target that lets pass": lambda farm: farm.filter(
        RS1, "-A INPUT -j SET --add-set seen src", "-A INPUT -p tcp -j ACCEPT", policy="DROP"
    ),
    "a list of hosts that are kept out (firewalld/firewalld#417)": of_nft(RS1, "saddr", "banned", "8.8.8.8"),
    "keepalived drops packets for another VIP (acassen/keepalived#437)": of_nft(
        DIRECTOR, "daddr", "vips", "192.168.1.11"
    ),
    "kube-proxy on a realserver": lambda farm: farm.filter(
        RS1, "-A INPUT -m mark --mark 0x8000/0x8000 -j DROP", "-A INPUT -m set --match-set KUBE-LOAD dst -j DROP"
    ),
    "two NICs, loosely filtered": lambda farm: farm.arriving(RS1, "192.168.1.254", "local"),
    "two NICs, and no VIP in use on the one that filters": both(
        lambda farm: farm.arriving(RS2, "192.168.1.254", "local"), lambda farm: farm.set(RS2, vec0_rp_filter=1)
    ),
    "two NICs, and a kernel that takes nothing from there for another reason": both(
        lambda farm: farm.way(RS1, "192.168.1.254", interface="outside"),
        lambda farm: farm.arriving(RS1, "192.168.1.254", "blackhole"),
    ),
    "marks by iptables": both(unmarked, legacy(_JUMP, _MARK.format("0xb/0xffffffff"))),
    "marks by iptables, of some bits": both(unmarked, legacy(_JUMP, _MARK.format("0xb/0xff"))),
    "marks that are restored": both(unmarked, legacy("[0:0] -A PREROUTING -j CONNMARK --restore-mark")),
    "docker on a director of dr (moby/moby#49518)": docker(DIRECTOR),
    "docker on a realserver": docker(RS1),
    "several next hops": multipath,
    "a virtual MAC of a director (keepalived)": bonded,
    "kube-ipvs0 with the VIP, without ARP and down (kubernetes/kubernetes#107662)": lambda farm: farm.seen(RS1)[
        "interfaces"
    ].append({**farm.interface(RS1, LO), "name": "kube-ipvs0", "kind": "dummy", "up": False}),
    "INVALID is dropped and nothing makes a client's packets so (firewalld/firewalld#1498)": both(
        lambda farm: farm.filter(DIRECTOR, "-A INPUT -m conntrack --ctstate INVALID -j DROP"),
        lambda farm: farm.setting(DIRECTOR, "net.netfilter.nf_conntrack_tcp_loose", 1),
    ),
    "marks by the MAC of the other director (acassen/keepalived#2450)": both(
        unmarked, legacy(_JUMP, _MARK.format("0xb/0xffffffff").replace("-j", "-m mac ! --mac-source 02:0:0:0:0:1 -j"))
    ),
    "marks by nft": both(unmarked, nft),
    "marks by a map of nft": both(unmarked, lambda farm: nft(farm, value={"map": {}})),
    "ARP hidden by nft": arp_of_nft(ASKED, NAMED),
    "ARP hidden by nft, by what goes out alone": arp_of_nft(NAMED),
    "ARP hidden by a set of nft": arp_of_nft(_arp_rule("OUTPUT", "saddr ip", "@vips")),
    "ARP hidden by nft on the one NIC": arp_of_nft(_arp_rule("INPUT", "daddr ip", VIP, _on(VEC0)), all_arp_ignore=0),
    "ARP rewritten by arptables": both(
        lambda farm: farm.set(RS1, all_arp_ignore=0, all_arp_announce=0),
        lambda farm: farm.seen(RS1).update(arptables=[f"-A OUTPUT -j mangle -s {VIP} --mangle-ip-s 192.168.1.11"]),
    ),
    "a script gives lo:0 the VIP, and a route to it (acassen/keepalived#2450)": lambda farm: farm.seen(RS1)[
        "routes"
    ].append({**route(f"{VIP}/32"), "interface": LO}),
    "a VPN for all packets, as wg-quick sets it up": wg_quick,
    "connections that wait, and room for more": lambda farm: overrun(farm, 511),
    "a port of another that has no room left": lambda farm: farm.seen(RS1)["listeners"].append(
        {"protocol": "tcp", "address": "*", "port": 25, "waiting": 9, "room": 5}
    ),
    "a port that is full on an address of no VIP": lambda farm: farm.seen(RS1)["listeners"].append(
        {"protocol": "tcp", "address": "127.0.0.1", "port": 80, "waiting": 9, "room": 5}
    ),
    "a client behind a VPN has a route of its own": lambda farm: into_vpn(farm, "192.168.1.254/32"),
    "a client of no network of the realserver is behind a VPN": both(
        into_vpn,
        lambda farm: farm.take(RS1, VEC0, "192.168.1.11"),
        lambda farm: farm.give(RS1, VEC0, "192.168.1.11", 28),
    ),
    "a client by another NIC that speaks ARP": both(
        into_vpn, lambda farm: farm.interface(RS1, "tailscale0").update(speaks_arp=True)
    ),
    "SCTP that listens": lambda farm: sctp(farm, 3868),
    "a threshold that is not reached by all": thresholds,
    "sh with its fallback": fallback,
    "blackhole routes and rules that are not on the way": blackholes_elsewhere,
    "OUTPUT that lets only what is the director's own and the LVS's": output_policy(
        f"-A OUTPUT -d {VIP}/32 -j ACCEPT", "-A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT"
    ),
    "OUTPUT by interface": output_policy(f"-A OUTPUT -o {VEC0} -j ACCEPT"),
    "rules for other interfaces": lambda farm: farm.filter(
        DIRECTOR, "-A INPUT -i docker0 -j DROP", "-A INPUT -i virbr0 -j REJECT", "-A FORWARD -o docker0 -j DROP"
    ),
    "the VIP of a director on lo, and a filter of its NIC": both(
        lambda farm: farm.take(DIRECTOR, VEC0),
        lambda farm: farm.give(DIRECTOR, LO),
        lambda farm: farm.filter(DIRECTOR, f"-A INPUT ! -i {VEC0} -d {VIP}/32 -j DROP"),
        lambda farm: farm.seen(DIRECTOR)["ways"].append(
            {**farm.seen(DIRECTOR)["ways"][0], "to": "192.168.1.254", "interface": VEC0}
        ),
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_oddity_gives_no_finding(name: str) -> None:
    farm = Farm()
    HEALTHY[name](farm)
    diagnosis = farm.diagnose()
    assert diagnosis["findings"] == []
    assert diagnosis["healthy"]


def passed_by(target: str) -> Callable[[Farm], object]:
    return lambda farm: farm.filter(RS1, f"-A INPUT -j {target}", "-A INPUT -p tcp -m tcp --dport 80 -j DROP")


SICK: dict[str, tuple[str, Callable[[Farm], object]]] = {
    "kube-proxy sends another port on": (
        "service-down",
        both(lambda farm: farm.listen(RS1, 80), lambda farm: of_kube_proxy(farm, 81)),
    ),
    "docker publishes another port": (
        "service-down",
        both(lambda farm: farm.listen(RS1, 23), PUBLISHED),
    ),
    "docker publishes a port of a VIP that is gone": (
        "vip-missing-realserver",
        both(lambda farm: farm.take(RS1, LO), PUBLISHED),
    ),
    "another VIP is redirected": (
        "vip-missing-realserver",
        both(lambda farm: farm.take(RS1, LO), nat_of("-A PREROUTING -d 192.168.1.11/32 -p tcp -j REDIRECT")),
    ),
    "another network is the director's own": ("vip-on-no-director", made_local(DIRECTOR, VEC0, "192.168.1.0/28")),
    "a network that is a realserver's own, and it answers ARP": (
        "arp-answered",
        both(made_local(RS1, LO), lambda farm: farm.set(RS1, all_arp_ignore=0)),
    ),
    "the VIP on the NIC of a realserver, and arptables for another": (
        "vip-on-two-hosts",
        on_nic_behind_arptables(f"-A INPUT -j DROP -d {VIP}0"),
    ),
    "nft drops what comes in the name of the VIP, and not questions about it": (
        "arp-answered",
        arp_of_nft(_arp_rule("INPUT", "saddr ip", VIP), all_arp_ignore=0),
    ),
    "a rule after one that counts in a set": ("firewall-realserver", passed_by("SET --add-set seen src")),
    "a rule after one that audits": ("firewall-realserver", passed_by("AUDIT --type drop")),
    "nft drops questions about the VIP, and the host asks in its name": ("arp-announced", arp_of_nft(ASKED)),
    "nft hides the VIP on another NIC": ("arp-answered", arp_of_nft(_arp_rule("INPUT", "daddr ip", VIP, _on("lan2")))),
    "nft hides another VIP": ("arp-answered", arp_of_nft(_arp_rule("INPUT", "daddr ip", "192.168.1.11"))),
    "arptables hides it on another NIC": (
        "arp-answered",
        both(
            lambda farm: farm.set(RS1, all_arp_ignore=0),
            lambda farm: farm.seen(RS1).update(arptables=[f"-A INPUT -j DROP -i lan2 -d {VIP}"]),
        ),
    ),
    "keepalived drops packets for the VIP, as vrrp_strict has it (acassen/keepalived#2319, #1373)": (
        "firewall-director",
        of_nft(DIRECTOR, "daddr", "vips", VIP),
    ),
    "a rule for another address that begins like the VIP": (
        "arp-answered",
        both(
            lambda farm: farm.set(RS1, all_arp_ignore=0),
            lambda farm: farm.seen(RS1).update(
                arptables=[f"-A INPUT -j DROP -d {VIP}0", "-A INPUT -j DROP -d 192.168.1.11", f"-A INPUT -d {VIP}"]
            ),
        ),
    ),
    "marks that lost the jump to them": ("mark-rule-missing", both(unmarked, legacy(_MARK.format("0xb/0xffffffff")))),
    "another mark": ("mark-rule-missing", both(unmarked, legacy(_JUMP, _MARK.format("0xbb/0xffffffff")))),
    "a mark of connections": ("mark-rule-missing", both(unmarked, lambda farm: nft(farm, key="priority"))),
    "the rules for tables are gone, as networkd took them (systemd/systemd#41350)": (
        "gateway-missing",
        lambda farm: farm.way(RS1, "192.168.1.254", kind="unreachable", interface=None),
    ),
    "SCTP that does not listen": ("service-down", lambda farm: sctp(farm, 3869)),
    "OUTPUT by state": (
        "firewall-director",
        output_policy("-A OUTPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT"),
    ),
}


@pytest.mark.parametrize("name", SICK)
def test_what_looks_like_it_and_is_a_fault(name: str) -> None:
    expected, change = SICK[name]
    farm = Farm()
    change(farm)
    assert farm.ids()[:1] == [expected]


def test_docker_on_a_director_of_nat_keeps_the_answers_back() -> None:
    """moby/moby#39439: FORWARD drops, and no rule that lets bridges pass lets these pass."""
    farm = Farm("nat")
    docker(DIRECTOR, "iptables-legacy-save")(farm)
    farm.seen(DIRECTOR)["ways"].append(
        {**farm.seen(DIRECTOR)["ways"][0], "to": NAT_CIP, "from": None, "interface": "vec1"}
    )
    assert {*farm.ids()} == {"firewall-director-forward"}


def test_an_accept_of_one_table_of_nft_does_not_save_from_the_policy_of_another() -> None:
    """canonical/lxd#8716: every table has its say."""
    farm = Farm("nat")
    chains = [
        {"family": "inet", "table": table, "name": "fwd", "type": "filter", "hook": "forward", "policy": policy}
        for table, policy in (("lxd", "accept"), ("docker", "drop"))
    ]
    accept = {"family": "inet", "table": "lxd", "chain": "fwd", "handle": 2, "expr": [{"accept": None}]}
    listing = [{"chain": {**chain, "prio": 0}} for chain in chains] + [{"rule": accept}]
    farm.seen(DIRECTOR)["nft"] = json.dumps({"nftables": listing})
    assert {*farm.ids()} == {"firewall-director-forward"}


def ufw(*user: str) -> Callable[[Farm], object]:
    """ufw 0.36 on a realserver (moby/moby#27016, k3s-io/k3s#2087), as far as a first packet of TCP goes through it."""
    names = "before-input not-local logging-deny user-input after-input skip-to-policy-input reject-input"
    rules = (
        "-A INPUT -j ufw-before-input",
        "-A INPUT -j ufw-after-input",
        "-A INPUT -j ufw-reject-input",
        "-A ufw-before-input -i lo -j ACCEPT",
        "-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny",
        "-A ufw-before-input -m conntrack --ctstate INVALID -j DROP",
        "-A ufw-before-input -p icmp -m icmp --icmp-type 3 -j ACCEPT",
        "-A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT",
        "-A ufw-before-input -j ufw-not-local",
        "-A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT",
        "-A ufw-before-input -j ufw-user-input",
        "-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN",
        "-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN",
        "-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny",
        "-A ufw-not-local -j DROP",
        '-A ufw-logging-deny -m limit --limit 3/min -j LOG --log-prefix "[UFW BLOCK] "',
        "-A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input",
        "-A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input",
        "-A ufw-skip-to-policy-input -j DROP",
        *(f"-A ufw-user-input -p tcp -m tcp --dport {port} -j ACCEPT" for port in user),
    )
    chains = (f":ufw-{name} - [0:0]" for name in names.split())
    return lambda farm: farm.seen(RS1).update(
        iptables={"iptables-nft-save": ["*filter", ":INPUT DROP [0:0]", *chains, *rules, "COMMIT"]}
    )


@pytest.mark.parametrize(
    ("user", "expected"),
    [(("22", "23", "80"), []), (("22",), ["firewall-realserver"]), (("22", "80:90"), ["firewall-realserver"])],
)
def test_ufw_lets_pass_what_it_was_told_to(user: tuple[str, ...], expected: list[str]) -> None:
    farm = Farm()
    ufw(*user)(farm)
    assert farm.ids() == expected


def test_ufw_is_judged_as_it_will_be_once_the_address_is_there() -> None:
    farm = Farm()
    ufw("22", "23", "80")(farm)
    farm.take(RS1, LO)
    assert farm.ids() == ["vip-missing-realserver"]


# --- a cure fits what was seen ---


def cure(farm: Farm) -> str:
    return str(farm.diagnose()["findings"][0]["cure"])


def test_a_route_past_the_director_is_taken_away() -> None:
    farm = Farm("nat")
    farm.way(RS1, NAT_CIP, via="192.168.1.1")
    assert cure(farm).startswith("Run: ")
    farm.seen(RS1)["routes"].append(route("192.168.2.0/24", via="192.168.1.1"))
    assert cure(farm).startswith(f"On {RS1} run: ip route del 192.168.2.0/24 via 192.168.1.1. Run: ")


def test_a_blackhole_is_taken_away_where_it_is() -> None:
    farm = Farm()
    farm.way(RS1, "192.168.1.254", kind="blackhole", interface=None)
    narrow = route("192.168.1.254/32", "blackhole", table="7")
    farm.seen(RS1)["routes"] += [narrow, route("192.168.0.0/16", "blackhole")]
    here, elsewhere = (f"On {RS1} run: ip route del blackhole {to}" for to in ("192.168.0.0/16", "192.168.1.254/32"))
    assert cure(farm) == here, "no rule leads to table 7"
    for rule in ("900: from 10.0.0.0/8 lookup 7", f"900: from all to {CLIENT_NET} lookup 8"):
        farm.seen(RS1)["rules"].append(rule)
        assert cure(farm) == here
    farm.seen(RS1)["rules"].append(f"901: from {VIP} lookup 7")
    assert cure(farm) == f"{elsewhere} table 7"
    farm.seen(RS1)["rules"] = None
    assert cure(farm) == f"{elsewhere} table 7", "the rules could not be seen"


CLIENT_NET = "192.168.1.0/24"


@pytest.mark.parametrize(
    "rule",
    [
        f"from {VIP} prohibit",
        f"from {VIP} prohibit proto static",  # of systemd-networkd
        f"from all to {CLIENT_NET} prohibit",
        "from 192.168.0.0/16 prohibit",
    ],
)
def test_a_rule_against_the_vip_is_taken_away(rule: str) -> None:
    farm = Farm()
    farm.way(RS1, "192.168.1.254", kind="prohibit", interface=None)
    farm.seen(RS1)["rules"].append(f"32765: {rule}")
    assert cure(farm) == f"On {RS1} run: ip rule del pref 32765"


@pytest.mark.parametrize(
    "rule",
    [
        "900: from all to 10.0.0.0/8 unreachable",
        "900: from 10.0.0.0/8 unreachable",
        "900: from all fwmark 0x7 unreachable",
        f"900: not from {VIP} unreachable",
        "900: from all iif docker0 unreachable",
        "900: from all prohibit",
        "1; reboot: from all unreachable",
        "unreachable",
    ],
)
def test_a_rule_that_is_not_in_the_way_is_left_alone(rule: str) -> None:
    """The same answer of the kernel, and no route at all."""
    farm = Farm()
    farm.way(RS1, "192.168.1.254", kind="unreachable", interface=None)
    farm.seen(RS1)["rules"].append(rule)
    farm.seen(RS1)["rules6"] = ["900: from all unreachable"]
    # As they are in the table of a VRF, so that what is not in it goes nowhere.
    farm.seen(RS1)["routes"] += [route("default", "unreachable", table="10"), route("default", "unreachable")]
    assert farm.ids() == ["gateway-missing"]


def test_a_rule_of_type_unreachable_is_told_from_no_route_at_all() -> None:
    farm = Farm()
    farm.way(RS1, "192.168.1.254", kind="unreachable", interface=None)
    farm.seen(RS1)["rules"].append(f"900: from {VIP} unreachable")
    assert farm.ids() == ["route-forbidden"]


def test_of_ipv6_a_rule_and_a_route_are_taken_away_as_such() -> None:
    farm = Farm()
    way = {**farm.seen(RS1)["ways"][0], "to": "2001:db8::1", "from": "2001:db8::110", "kind": "unreachable"}
    host = Host(RS1, farm.seen(RS1))
    farm.seen(RS1)["routes"].append(route("default", "unreachable"))
    assert refusal(host, way) == (None, "ip -6 route del unreachable default")
    farm.seen(RS1)["rules6"] = ["900: from 2001:db8::/32 unreachable"]
    assert refusal(host, way)[1] == "ip -6 rule del pref 900"


def test_a_realserver_of_nat_without_its_rip_has_no_forbidden_route() -> None:
    """The kernel says of a source that is not there that it is invalid, as it says of a blackhole."""
    farm = Farm("nat")
    farm.take(RS1, VEC0, "192.168.1.11")
    farm.way(RS1, NAT_CIP, kind="blackhole", via=None, interface=None)
    assert farm.ids() == ["rip-gone"]


def test_a_rip_that_a_router_translates_is_nothing_that_is_missing() -> None:
    farm = Farm("tun")
    farm.take(RS2, VEC0, "192.168.2.12")
    assert farm.ids() == []


def test_a_gateway_that_was_away_once_is_no_fault() -> None:
    farm = SCENES["gateway-silent"].after()
    probe(farm, "connected")
    assert farm.ids() == []


def test_a_neighbour_is_looked_for_on_the_interface_that_leads_there() -> None:
    """The same address was asked for in vain on another NIC."""
    farm = SCENES["gateway-silent"].after()
    (gone,) = (one for one in farm.seen(RS1)["neighbours"] if one["address"] == "192.168.1.253")
    gone["interface"] = "lan2"
    assert farm.ids() == ["unexplained"]
    farm = SCENES["realserver-silent"].after()
    (gone,) = (one for one in farm.seen(DIRECTOR)["neighbours"] if one["address"] == "192.168.1.11")
    here = {**gone, "mac": "02:00:00:00:02:00", "state": "reachable"}
    gone["interface"] = "lan2"
    farm.seen(DIRECTOR)["neighbours"].append(here)
    assert farm.ids() == []


# --- the outer packets of tunnels ---


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("-p ipencap -j ACCEPT", []),
        ("-p ipv4 -j ACCEPT", []),
        ("-p 4 -j ACCEPT", []),
        ("-s 192.168.1.9/32 -j ACCEPT", []),
        ("-p ipip -j ACCEPT", ["firewall-realserver"]),  # that is protocol 94
        ("-p gre -j ACCEPT", ["firewall-realserver"]),
        ("-s 192.168.1.99/32 -j ACCEPT", ["firewall-realserver"]),
    ],
)
def test_a_realserver_of_tun_lets_the_packets_of_its_tunnel_pass(rule: str, expected: list[str]) -> None:
    farm = Farm("tun")
    farm.filter(RS1, "-A INPUT -p tcp -j ACCEPT", f"-A INPUT {rule}", policy="DROP")
    assert farm.ids() == expected


@pytest.mark.parametrize(("protocol", "expected"), [("ipencap", ["firewall-director"]), ("gre", [])])
def test_a_director_of_tun_lets_the_packets_of_its_tunnels_leave(protocol: str, expected: list[str]) -> None:
    farm = Farm("tun")
    farm.filter(DIRECTOR, f"-A OUTPUT -p {protocol} -j DROP")
    assert farm.ids() == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["--icmp-type any -j ACCEPT", "-j DROP"], []),  # Red Hat's firewall of old
        (["--icmp-type 3/4 -j ACCEPT", "-j DROP"], []),
        (["--icmp-type 3 -j ACCEPT", "-j DROP"], []),
        (["--icmp-type 3/3 -j DROP"], []),
        (["--icmp-type 8 -j DROP"], []),
        (["--icmp-type 3/3 -j ACCEPT", "-j DROP"], ["tunnel-icmp-filtered"]),
        (["--icmp-type any -j DROP"], ["tunnel-icmp-filtered"]),
        (["--icmp-type 3/4 -j DROP"], ["tunnel-icmp-filtered"]),
    ],
)
def test_icmp_is_judged_by_its_type_and_its_code(rules: list[str], expected: list[str]) -> None:
    farm = Farm("tun")
    farm.filter(CLIENT, *(f"-A INPUT -p icmp -m icmp {rule}" for rule in rules))
    assert farm.ids() == expected


def test_a_vip_beside_its_tunnel_is_taken_from_where_it_is() -> None:
    """vip_address takes no address away that somebody has put elsewhere."""
    farm = SCENES["vip-beside-tunnel"].after()
    assert cure(farm).startswith(f"On {RS1} run: ip addr del {VIP}/32 dev {LO}. Run: ")


def test_a_director_of_nat_that_must_not_send_to_clients_is_named() -> None:
    farm = Farm("nat")
    ways = farm.seen(DIRECTOR)["ways"]
    ways.append({**ways[0], "to": NAT_CIP, "from": "192.168.1.11", "kind": "blackhole", "arrives": "192.168.1.11"})
    assert farm.ids() == []  # for another reason
    farm.seen(DIRECTOR)["routes"].append(route(NAT_CIP, "blackhole"))
    assert farm.ids() == ["route-forbidden"]


def test_a_director_of_nat_that_does_not_forward_has_no_forbidden_route() -> None:
    """Then the kernel says of a packet that would pass that there is no route to its host."""
    farm = Farm("nat")
    farm.setting(DIRECTOR, "net.ipv4.ip_forward", 0)
    ways = farm.seen(DIRECTOR)["ways"]
    passing = {"to": NAT_CIP, "from": "192.168.1.11", "kind": "unreachable route", "arrives": "192.168.1.11"}
    ways.append({**ways[0], **passing})
    assert farm.ids() == ["director-does-not-forward"]


def test_a_director_gets_its_dip_as_source_by_the_route_that_it_uses() -> None:
    farm = Farm()
    for rip in ("192.168.1.11", "192.168.1.12"):
        farm.way(DIRECTOR, rip, source=VIP)
    command = f"ip route replace 192.168.1.0/24 dev {VEC0} src 192.168.1.9"
    (finding,) = farm.diagnose()["findings"]
    assert finding["cure"].endswith(f"On {DIRECTOR} run: {command}")
    assert [one["cure"] for one in finding["others"]] == [""], "one route leads to both"
    farm.seen(DIRECTOR)["routes"] = []
    assert f"run: {command.replace('192.168.1.0/24', '192.168.1.11')}" in cure(farm)


def test_answers_are_led_past_a_vpn_before_its_own_rule() -> None:
    farm = Farm()
    into_vpn(farm, before=700)
    farm.seen(RS1)["rules"].append("690: from 10.0.0.0/8 lookup 52")
    assert cure(farm).startswith(f"On {RS1} run: ip rule add from {VIP} lookup main pref 699, and keep that ")
    farm.seen(RS1)["rules"][-2:] = ["0: from all lookup 52"]
    assert "answer-into-vpn" not in farm.ids(), "nothing comes before it"


def test_the_tunnel_of_the_lvs_is_no_vpn() -> None:
    farm = Farm("tun")
    farm.seen(RS1)["routes"].append({**route("default", table="7600"), "interface": TUNL0})
    farm.seen(RS1)["rules"].append(f"700: from {VIP} lookup 7600")
    farm.way(RS1, "192.168.1.253", interface=TUNL0)
    assert farm.ids() == ["answer-into-tunnel"]


def test_a_permanent_neighbour_is_deleted_and_another_is_flushed() -> None:
    farm = Farm()
    farm.neighbour(CLIENT, VIP, farm.mac(RS1), "permanent")
    assert cure(farm).endswith(f"ip neigh del {VIP} dev {VEC0}")
    farm.neighbour(CLIENT, VIP, farm.mac(RS1), "stale")
    assert cure(farm).endswith(f"ip neigh flush {VIP}")


def test_the_end_of_a_drain_is_a_command_for_the_controller() -> None:
    farm = Farm()
    drained(farm)
    assert cure(farm).endswith(
        "ansible director -b -m linuxvirtualserver.lvs.ipvs_dest -a "
        f"'state=present vip={VIP} port=80 protocol=tcp rip=192.168.1.12 rip_port=80'"
    )


def test_the_fallback_of_a_drain_is_no_drift() -> None:
    farm = Farm()
    drained(farm)
    next(one for one in farm.plan["hosts"][DIRECTOR]["director"]["services"] if one["port"] == 80)["scheduler"] = "sh"
    farm.service(80).update(scheduler="sh", scheduler_flags=["sh-fallback"])
    assert farm.ids() == ["realserver-drained"]


# --- what is said, and what is not ---


def test_a_hint_is_no_fault() -> None:
    scene = SCENES["persistence-keeps"]
    farm = scene.after()
    next(one for one in farm.plan["hosts"][DIRECTOR]["director"]["services"] if one["port"] == 80)["persistence"] = 360
    diagnosis = farm.diagnose(scene.symptom)
    assert [one["id"] for one in diagnosis["findings"]] == ["persistence-keeps"]
    assert diagnosis["healthy"]
    assert headline(diagnosis) == "The LVS is healthy: nothing is wrong. Worth knowing: 1, see below."


@pytest.mark.parametrize(
    ("upper", "lower", "count", "outcome", "full"),
    [
        (20, 0, 20, "connected", True),  # a connection of before
        (20, 0, 15, "connected", False),
        (20, 0, 15, "refused", True),
        (20, 0, 14, "refused", False),
        (20, 5, 5, "refused", True),
        (20, 5, 4, "refused", False),
        (0, 0, 99, "refused", False),
    ],
)
def test_a_pool_that_was_full_is_full_until_it_is_opened_again(
    upper: int, lower: int, count: int, outcome: str, full: bool
) -> None:
    farm = Farm()
    for table in (farm.plan["hosts"][DIRECTOR]["director"], farm.seen(DIRECTOR)["ipvs"]):
        for one in next(one for one in table["services"] if one["port"] == 80)["realservers"]:
            one.update(upper_threshold=upper, lower_threshold=lower)
    for state in farm.seen(DIRECTOR)["ipvs"]["states"]:
        for one in state["realservers"]:
            one.update(active=0, inactive=count)
    next(one for one in farm.seen(CLIENT)["probe"]["connect"] if one["port"] == 80)["outcome"] = outcome
    assert farm.ids() == (["pool-full"] if full else ["unexplained"] if outcome == "refused" else [])


def test_what_no_client_tried_is_said() -> None:
    farm = Farm()
    farm.plan["hosts"][DIRECTOR]["director"]["services"][0]["protocol"] = "udp"
    farm.seen(DIRECTOR)["ipvs"]["services"][0]["protocol"] = "udp"
    diagnosis = farm.diagnose()
    assert diagnosis["untried"] == [f"udp {VIP}:23"]
    assert f"no client connected: udp {VIP}:23." in report(diagnosis, farm.looked)[-1]["text"]


def test_what_is_unexplained_lists_what_was_ruled_out_and_what_to_do_next() -> None:
    farm = Farm()
    probe(farm, "silent")
    (finding,) = farm.diagnose()["findings"]
    said = "\n".join(finding["evidence"])
    for kind in ("ARP", "the table", "the packet filter of", "the routes of", "the VIP of", "the daemon of"):
        assert f"\nnot {kind}" in said
    assert all(f"{number}. " in finding["cure"] for number in (1, 2, 3))


def test_an_answer_that_leaves_by_another_interface_is_not_ruled_out() -> None:
    """The client is on no network of the realserver, so a VPN may be the way to it."""
    farm = Farm()
    HEALTHY["a client of no network of the realserver is behind a VPN"](farm)
    probe(farm, "silent")
    (finding,) = farm.diagnose()["findings"]
    routes = [line for line in finding["evidence"] if f" the routes of {RS1}: the way to 192.168.1.254" in line]
    assert [line.split()[0] for line in routes] == ["perhaps"]
    assert f"not the routes of {RS2}: the way to 192.168.1.254" in "\n".join(finding["evidence"])


def test_a_rule_that_cannot_be_judged_is_looked_at_next() -> None:
    farm = Farm()
    probe(farm, "silent")
    rule = "-A INPUT -p tcp -m tcp --dport 23 -m string --algo bm --string GET -j DROP"
    farm.filter(RS1, "-A INPUT -m length --length 1500 -p udp -j DROP", "-A INPUT -s 10.0.0.0/8 -m ttl -j DROP", rule)
    (finding,) = farm.diagnose()["findings"]
    (said,) = [line for line in finding["evidence"] if line.startswith("perhaps")]
    assert said == f"perhaps the packet filter of {RS1}, for this rule cannot be judged: [0:0] {rule}"


def test_a_vip_in_vain_on_a_realserver_is_not_missing_as_well() -> None:
    farm = Farm("tun")
    held = next(one for one in farm.interface(RS1, TUNL0)["addresses"] if one["address"] == VIP)
    held["usable"] = False
    assert farm.ids() == ["vip-in-vain"]


def test_a_service_that_few_connections_would_fill_is_not_tried() -> None:
    farm = Farm()
    service = next(one for one in farm.plan["hosts"][DIRECTOR]["director"]["services"] if one["port"] == 80)
    service["realservers"][1]["upper_threshold"] = 10
    assert questions(farm.plan, CLIENT)["probe"]["connect"] == [{"address": VIP, "port": 23}]
    service["realservers"][1]["upper_threshold"] = 11
    assert {"address": VIP, "port": 80} in questions(farm.plan, CLIENT)["probe"]["connect"]
