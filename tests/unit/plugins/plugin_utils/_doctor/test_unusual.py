# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healthy but unusual farms, that must give no finding, and what looks like one of them and is a fault."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import questions
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.report import headline, report
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


HEALTHY: dict[str, Callable[[Farm], object]] = {
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


SICK: dict[str, tuple[str, Callable[[Farm], object]]] = {
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
    assert cure(farm) == f"On {RS1} run: ip route del blackhole 192.168.1.254/32 table 7"


def test_a_rule_against_the_vip_is_taken_away() -> None:
    farm = Farm()
    farm.way(RS1, "192.168.1.254", kind="prohibit", interface=None)
    farm.seen(RS1)["rules"].append(f"32765: from {VIP} prohibit")
    assert cure(farm) == f"On {RS1} run: ip rule del pref 32765"


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
