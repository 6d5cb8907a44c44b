# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healthy farms as the lab showed them, and each fault of the doctor as a change to what was seen of one."""

from __future__ import annotations

import copy
import functools
import json
import typing as t
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import diagnose

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures/doctor"
VIP = "192.168.1.110"
NAT_VIP, NAT_CIP = "192.168.2.110", "192.168.2.254"
DIRECTOR, CLIENT = "director", "client"
RS1, RS2 = "realserver1", "realserver2"
LO, VEC0, TUNL0 = "lo", "vec0", "tunl0"


@functools.cache
def _recorded(farm: str) -> str:
    return (FIXTURES / f"{farm}.json").read_text(encoding="utf-8")


class Farm:
    """What was seen of a healthy farm, to be changed."""

    def __init__(self, name: str = "dr") -> None:
        recorded = json.loads(_recorded(name))
        self.plan: dict[str, t.Any] = recorded["plan"]
        self.looked: dict[str, dict[str, t.Any]] = recorded["looked"]

    def copy(self) -> Farm:
        return copy.deepcopy(self)

    def seen(self, host: str) -> dict[str, t.Any]:
        evidence: dict[str, t.Any] = self.looked[host]["evidence"]
        return evidence

    def diagnose(self, symptom: str = "") -> dict[str, t.Any]:
        return diagnose(self.plan, self.looked, symptom)

    def ids(self, symptom: str = "") -> list[str]:
        """What was found, and under each what follows from it."""
        findings = self.diagnose(symptom)["findings"]
        return [one["id"] for finding in findings for one in (finding, *finding["consequences"])]

    def widen(self, number: int) -> None:
        """So many more services like the one of port 80, each with a VIP of its own."""
        vips = [f"10.9.{one // 250}.{one % 250 + 1}" for one in range(number)]
        for host, slices in self.plan["hosts"].items():
            for role in slices.values():
                _clone(role["addresses"], vips)
                _clone(role.get("services", []), vips, port=80)
                _clone(role.get("checks", []), vips, port=80)
                role["vips"] += vips
            seen = self.seen(host)
            for interface in seen["interfaces"]:
                _clone(interface["addresses"], vips)
            _clone(seen["ways"], vips)
        table, client = self.seen(DIRECTOR)["ipvs"], self.seen(CLIENT)
        _clone(table["services"], vips, port=80)
        _clone(table["states"], vips, service=f"tcp {VIP}:80")
        _clone(client["probe"]["connect"], vips, port=80)
        _clone(client["neighbours"], vips)
        _clone(client["ways"], vips)
        client["probe"]["who_has"].update(dict.fromkeys(vips, client["probe"]["who_has"][VIP]))

    # What happens to hosts

    def interface(self, host: str, name: str) -> dict[str, t.Any]:
        return next(one for one in self.seen(host)["interfaces"] if one["name"] == name)

    def take(self, host: str, name: str, address: str = VIP) -> None:
        interface = self.interface(host, name)
        interface["addresses"] = [one for one in interface["addresses"] if one["address"] != address]

    def give(self, host: str, name: str, address: str = VIP, prefix: int = 32) -> None:
        self.interface(host, name)["addresses"].append({"address": address, "prefix": prefix})

    def set(self, host: str, **settings: int) -> None:
        """conf settings: `all_arp_ignore=0` is net.ipv4.conf.all.arp_ignore."""
        for name, value in settings.items():
            interface, _line, setting = name.partition("_")
            self.seen(host)["settings"][f"net.ipv4.conf.{interface}.{setting}"] = str(value)

    def setting(self, host: str, name: str, value: int) -> None:
        self.seen(host)["settings"][name] = str(value)

    def unload(self, host: str, module: str, state: str) -> None:
        self.seen(host)["kernel_modules"][module] = state

    def service(self, port: int, host: str = DIRECTOR) -> dict[str, t.Any]:
        return next(one for one in self.seen(host)["ipvs"]["services"] if one["port"] == port)

    def drop_service(self, port: int) -> None:
        self.seen(DIRECTOR)["ipvs"]["services"].remove(self.service(port))

    def way(self, host: str, to: str, **changes: t.Any) -> None:
        for way in self.seen(host)["ways"]:
            if way["to"] == to:
                way.update(changes)

    def listen(self, host: str, port: int, *addresses: str) -> None:
        """Only there does anything listen on this port."""
        others = [one for one in self.seen(host)["listeners"] if one["port"] != port]
        mine = [{"protocol": "tcp", "address": address, "port": port} for address in addresses]
        self.seen(host)["listeners"] = others + mine

    def arriving(self, host: str, client: str, kind: str) -> None:
        """How the kernel takes a client's packet to the VIP that comes in on the interface of the RIP."""
        refused = {"via": None, "interface": None, "source": client, "redirected": False, "mss": None}
        way = {"to": VIP, "from": client, "kind": kind, **refused, "arrives": "192.168.1.11", "on": VEC0}
        self.seen(host)["ways"].append(way)

    def neighbour(self, host: str, address: str, mac: str | None, state: str = "reachable") -> None:
        entry = {"address": address, "interface": VEC0, "mac": mac, "state": state}
        others = [one for one in self.seen(host)["neighbours"] if one["address"] != address]
        self.seen(host)["neighbours"] = [*others, entry]

    def mac(self, host: str) -> str:
        return str(self.interface(host, VEC0)["mac"])

    def filter(self, host: str, *rules: str, policy: str = "ACCEPT") -> None:
        lines = ["*filter", f":INPUT {policy} [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"]
        self.seen(host)["iptables"] = {"iptables-legacy-save": [*lines, *(f"[0:0] {rule}" for rule in rules), "COMMIT"]}

    def talk(self, host: str, state: str, remote: str, port: int) -> None:
        self.seen(host)["sockets"].append({"state": state, "local": remote, "remote": remote, "port": port})

    def lose(self, host: str, why: str = "No route to host") -> None:
        self.looked[host] = {"unreachable": True, "msg": why}


def _clone(entries: list[dict[str, t.Any]], vips: Iterable[str], **which: object) -> None:
    """Those of the HOWTO's VIP once more for each of the others."""
    ours = [one for one in entries if VIP in map(str, one.values()) or one.get("service") == f"tcp {VIP}:80"]
    texts = [json.dumps(one) for one in ours if which.items() <= one.items()]
    entries += [json.loads(text.replace(VIP, vip)) for vip in vips for text in texts]


@dataclass(frozen=True)
class Scene:
    """A farm, what happens to it, and what the operator says."""

    change: Callable[[Farm], object]
    farm: str = "dr"
    symptom: str = ""

    def after(self) -> Farm:
        farm = Farm(self.farm)
        self.change(farm)
        return farm


def both(*changes: Callable[[Farm], object]) -> Callable[[Farm], object]:
    return lambda farm: [change(farm) for change in changes]


def refuse(farm: Farm) -> None:
    error = {"id": "vip-taken", "severity": "error", "path": "lvs_services[0].vip", "value": VIP}
    farm.plan["findings"].append({**error, "message": f"'{VIP}' is taken.", "cure": "Use another.", "howto": ""})


def weights(farm: Farm, *values: int) -> None:
    for number, weight in enumerate(values):
        farm.service(80)["realservers"][number]["weight"] = weight


def no_ip_vs(farm: Farm) -> None:
    farm.unload(DIRECTOR, "ip_vs", "missing")
    farm.seen(DIRECTOR)["ipvs"] = None


def no_scheduler(farm: Farm) -> None:
    farm.unload(DIRECTOR, "ip_vs_rr", "missing")
    farm.drop_service(80)


def moved_to_nic(farm: Farm) -> None:
    farm.take(RS2, LO)
    farm.give(RS2, VEC0)


def wide(farm: Farm) -> None:
    farm.take(RS1, LO)
    farm.give(RS1, LO, prefix=24)
    farm.way(RS1, "192.168.1.254", kind="local", interface=LO)


def probe(farm: Farm, outcome: str) -> None:
    farm.seen(CLIENT)["probe"]["connect"][0]["outcome"] = outcome


def silent(farm: Farm) -> None:
    farm.lose(RS1)
    farm.neighbour(DIRECTOR, "192.168.1.11", None, "failed")


def full(farm: Farm) -> None:
    farm.seen(DIRECTOR)["conntrack"] = {"count": 65536, "max": 65536}


def fail(farm: Farm, name: str) -> None:
    seen = farm.seen(RS1)
    seen["units"] = [*seen["units"], {"unit": name, "loaded": "loaded", "state": "failed", "detail": "failed"}]


def failed_unit(farm: Farm) -> None:
    fail(farm, "lvs-vip-lo.service")


def failed_service(farm: Farm) -> None:
    fail(farm, "lvs-vip-lo")


def unanswered(farm: Farm) -> None:
    farm.seen(RS1)["probe"] = {"who_has": {}, "connect": [], "names": [{"nameserver": "10.0.0.53", "seconds": None}]}


def persistent(farm: Farm) -> None:
    farm.service(80)["persistence"] = 360


def nat_vip_on_lo(farm: Farm) -> None:
    farm.give(RS1, LO, NAT_VIP)
    farm.listen(RS1, 80, NAT_VIP)


def redirecting(farm: Farm) -> None:
    """The clients are reached on the interface of the realservers, as with one network."""
    farm.way(DIRECTOR, NAT_CIP, interface=VEC0)
    farm.set(DIRECTOR, all_send_redirects=1)
    # What the plan says of redirects is another rule's.
    for name in [name for name in farm.plan["hosts"][DIRECTOR]["director"]["sysctls"] if "send_redirects" in name]:
        del farm.plan["hosts"][DIRECTOR]["director"]["sysctls"][name]


def forward_dropped(farm: Farm) -> None:
    farm.filter(DIRECTOR, "-A FORWARD -s 192.168.1.11/32 -j DROP")


def icmp_dropped(farm: Farm) -> None:
    farm.filter(CLIENT, "-A INPUT -p icmp -m icmp --icmp-type 3 -j DROP")


def two_masters(farm: Farm) -> None:
    """A second director beside the first, like it in all but the VIP, and each a master."""
    master = {"role": "master", "interface": VEC0, "sync_id": 7, "group": "224.0.0.81", "port": 8848}
    master.update(max_len=1460, ttl=1)
    farm.seen(DIRECTOR)["ipvs"]["daemons"] = [master]
    farm.plan["hosts"]["director2"] = farm.plan["hosts"][DIRECTOR]
    farm.looked["director2"] = copy.deepcopy(farm.looked[DIRECTOR])
    farm.take("director2", VEC0)


OTHER = "director2"
DIPS = {DIRECTOR: "192.168.1.9", OTHER: "192.168.1.8"}
SYNC = {"interface": "vec1", "id": 51}


def pair(farm: Farm) -> None:
    """A second director, which stands by and hears the first one."""
    slices = farm.plan["hosts"]
    slices[OTHER], farm.looked[OTHER] = copy.deepcopy((slices[DIRECTOR], farm.looked[DIRECTOR]))
    slices[OTHER]["director"]["dips"] = [DIPS[OTHER]]
    farm.take(OTHER, VEC0)
    farm.take(OTHER, VEC0, DIPS[DIRECTOR])
    farm.give(OTHER, VEC0, DIPS[OTHER], 24)
    farm.interface(OTHER, VEC0)["mac"] = "02:00:00:00:00:08"
    for host, peer in ((DIRECTOR, OTHER), (OTHER, DIRECTOR)):
        vrrp = {"by": "vrrp", "directors": [DIRECTOR, OTHER], "router_id": 51, "interval": "1", "addresses": [VIP]}
        vrrp.update(address=DIPS[host], peers=[DIPS[peer]], sync=SYNC)
        slices[host]["director"].update(failover=vrrp, addresses=[])
        farm.seen(host).update(keepalived={"active": True, "switched": {}, "unread": []}, adverts=[])
        farm.seen(host)["ipvs"]["daemons"] = [thread(role) for role in ("master", "backup")]
    hear(farm, OTHER, DIPS[DIRECTOR])


def thread(role: str) -> dict[str, t.Any]:
    wire = {"group": "224.0.0.81", "port": 8848, "max_len": 1460, "ttl": 1}
    return {"role": role, "interface": SYNC["interface"], "sync_id": SYNC["id"], **wire}


def hear(farm: Farm, host: str, source: str) -> None:
    farm.seen(host)["adverts"].append({"source": source, "router_id": 51, "priority": 254})


def of_pair(change: Callable[[Farm], object]) -> Scene:
    return Scene(both(pair, change))


def behind(farm: Farm) -> None:
    for state in farm.seen(DIRECTOR)["ipvs"]["states"][:1]:
        state["realservers"][0].update(active=40)
    for state in farm.seen(OTHER)["ipvs"]["states"]:
        for one in state["realservers"]:
            one.update(active=0, inactive=0)


def left_over(farm: Farm) -> None:
    """What belongs there is on record as well."""
    places = [{"vip": VIP, "interface": LO}, {"vip": "192.168.1.120", "interface": LO}]
    farm.seen(RS1)["placed"] = places
    farm.seen(DIRECTOR)["placed"] = [{"vip": VIP, "interface": VEC0}]


def taken(farm: Farm) -> None:
    """Katran's and others' way to decapsulate, beside ours."""
    theirs = {**farm.interface(RS1, TUNL0), "name": "ipip0", "external": True, "addresses": []}
    farm.seen(RS1)["interfaces"].append(theirs)
    farm.set(RS1, ipip0_rp_filter=1)


def in_vain(farm: Farm) -> None:
    """As `ip -j addr` has it: "dadfailed": true."""
    next(one for one in farm.interface(DIRECTOR, VEC0)["addresses"] if one["address"] == VIP)["usable"] = False


def hashed(farm: Farm) -> None:
    for table in (farm.plan["hosts"][DIRECTOR]["director"], farm.seen(DIRECTOR)["ipvs"]):
        service = next(one for one in table["services"] if one["port"] == 80)
        service["scheduler"] = "sh"
        service["realservers"][1]["weight"] = 0


def crowded(farm: Farm) -> None:
    """upper_threshold 2 on both, and two connections each."""
    for table in (farm.plan["hosts"][DIRECTOR]["director"], farm.seen(DIRECTOR)["ipvs"]):
        service = next(one for one in table["services"] if one["port"] == 80)
        for one in service["realservers"]:
            one["upper_threshold"] = 2
    for state in farm.seen(DIRECTOR)["ipvs"]["states"]:
        for one in state["realservers"]:
            one.update(active=1, inactive=1)


def unmarked(farm: Farm) -> None:
    ports = [{"protocol": "tcp", "port": 80}]
    farm.plan["hosts"][DIRECTOR]["director"]["marks"] = [{"fwmark": 11, "vip": VIP, "ports": ports}]


def filtered(farm: Farm) -> None:
    """`ip route get VIP from CIP iif lan`: Invalid cross-device link; the answers leave by another NIC."""
    farm.way(RS1, "192.168.1.254", interface="outside")
    farm.arriving(RS1, "192.168.1.254", "filtered")


def drained(farm: Farm) -> None:
    farm.service(80)["realservers"][1]["weight"] = 0
    farm.seen(DIRECTOR)["drained"] = [{"service": f"tcp {VIP}:80", "realserver": "192.168.1.12:80"}]


def into_tunnel(farm: Farm) -> None:
    farm.way(RS1, "192.168.1.253", interface=TUNL0)


def into_vpn(farm: Farm, to: str = "default", before: int = 5270) -> None:
    """An exit node of a VPN: all packets go there by a table that is looked up before main (tailscale#10940)."""
    device = {**farm.interface(RS1, VEC0), "name": "tailscale0", "kind": "tun", "speaks_arp": False, "addresses": []}
    farm.seen(RS1)["interfaces"].append(device)
    route = {"to": to, "kind": "unicast", "table": "52", "via": None, "interface": "tailscale0", "source": None}
    farm.seen(RS1)["routes"].append({**route, "mss": None, "mtu": None})
    farm.seen(RS1)["rules"] += ["5210: from all fwmark 0x80000/0xff0000 lookup main", f"{before}: from all lookup 52"]
    farm.way(RS1, "192.168.1.254", interface="tailscale0")


def overrun(farm: Farm, waiting: int = 512) -> None:
    """As `ss -Hnlt` has it: Recv-Q 512, Send-Q 511."""
    for one in farm.seen(RS1)["listeners"]:
        if one["port"] == 80:
            one.update(waiting=waiting, room=511)


def no_gateway(farm: Farm) -> None:
    """The clients are behind a router, which is gone."""
    farm.way(RS1, "192.168.1.254", via="192.168.1.253")
    farm.neighbour(RS1, "192.168.1.253", None, "failed")
    probe(farm, "silent")


def check(farm: Farm, *down: str) -> None:
    """keepalived keeps the table, and these failed their checks."""
    role = farm.plan["hosts"][DIRECTOR]["director"]
    role["engine"] = "keepalived"
    role["checks"] = [
        {"service": f"tcp {VIP}:{one['port']}", "realserver": f"{rs['rip']}:{rs['port']}", "type": "tcp"}
        for one in role["services"]
        for rs in one["realservers"]
    ]
    farm.seen(DIRECTOR)["owners"] = ["keepalived"]
    farm.seen(DIRECTOR)["keepalived"] = {"active": True, "switched": {}, "unread": [], "keeps": ["lvs"]}
    pool = farm.service(80)["realservers"]
    pool[:] = [one for one in pool if one["rip"] not in down]


def unchecked(farm: Farm) -> None:
    check(farm)
    farm.seen(DIRECTOR)["owners"] = []


SCENES: dict[str, Scene] = {
    "checks-stopped": Scene(unchecked),
    "all-failed": Scene(lambda farm: check(farm, "192.168.1.11", "192.168.1.12")),
    "realserver-failed": Scene(lambda farm: check(farm, "192.168.1.12")),
    "rip-gone": Scene(lambda farm: farm.take(RS1, VEC0, "192.168.1.11")),
    "gateway-silent": Scene(no_gateway),
    "nat-gateway-wrong": Scene(lambda farm: farm.way(RS1, NAT_CIP, via="192.168.1.254"), farm="nat"),
    "redirect-followed": Scene(lambda farm: farm.way(RS1, NAT_CIP, via=None, redirected=True), farm="nat"),
    "redirects-sent": Scene(redirecting, farm="nat"),
    "director-does-not-forward": Scene(lambda farm: farm.setting(DIRECTOR, "net.ipv4.ip_forward", 0), farm="nat"),
    "firewall-director-forward": Scene(forward_dropped, farm="nat"),
    "service-not-on-rip": Scene(nat_vip_on_lo, farm="nat"),
    "setting-drift": Scene(lambda farm: farm.set(DIRECTOR, vec1_send_redirects=1), farm="nat"),
    "tunnel-down": Scene(lambda farm: farm.interface(RS1, TUNL0).update(up=False), farm="tun"),
    "tunnel-taken": Scene(taken, farm="tun"),
    "tunnel-rp-filter": Scene(lambda farm: farm.set(RS1, tunl0_rp_filter=1), farm="tun"),
    "vip-beside-tunnel": Scene(both(lambda farm: farm.take(RS1, TUNL0), lambda farm: farm.give(RS1, LO)), farm="tun"),
    "tunnel-icmp-filtered": Scene(icmp_dropped, farm="tun"),
    "sync-mismatch": Scene(two_masters),
    "vrrp-not-heard": of_pair(lambda farm: farm.seen(OTHER)["adverts"].clear()),
    "vrrp-stranger": of_pair(lambda farm: hear(farm, OTHER, "192.168.1.77")),
    "failover-unfit": of_pair(lambda farm: farm.seen(OTHER)["ipvs"]["daemons"].pop()),
    "sync-behind": of_pair(behind),
    "director-drained": of_pair(lambda farm: farm.seen(OTHER)["keepalived"]["switched"].update(lvs="/var/lib/x")),
    "keepalived-old-file": of_pair(lambda farm: farm.seen(OTHER)["keepalived"]["unread"].append("/etc/keepalived/x")),
    "inventory-refused": Scene(refuse),
    "vip-in-vain": Scene(in_vain),
    "hash-refuses": Scene(hashed),
    "pool-full": Scene(crowded),
    "mark-rule-missing": Scene(unmarked),
    "nic-rp-filter": Scene(filtered),
    "realserver-drained": Scene(drained),
    "answer-into-tunnel": Scene(into_tunnel, farm="tun"),
    "answer-into-vpn": Scene(into_vpn),
    "service-overrun": Scene(overrun),
    "route-forbidden": Scene(lambda farm: farm.way(RS1, "192.168.1.254", kind="blackhole", interface=None)),
    "rip-on-two-hosts": Scene(lambda farm: farm.give(RS2, VEC0, "192.168.1.11", 24)),
    "client-has-vip": Scene(lambda farm: farm.give(CLIENT, LO)),
    "ip-vs-missing": Scene(no_ip_vs),
    "scheduler-missing": Scene(no_scheduler),
    "table-owner": Scene(lambda farm: farm.seen(DIRECTOR).update(owners=["keepalived"])),
    "vip-on-no-director": Scene(lambda farm: farm.take(DIRECTOR, VEC0)),
    "vip-on-two-hosts": Scene(moved_to_nic),
    "service-missing": Scene(lambda farm: farm.drop_service(23)),
    "weights-all-zero": Scene(lambda farm: weights(farm, 0, 0)),
    "forwarding-wrong": Scene(lambda farm: farm.service(80)["realservers"][1].update(forwarding="nat")),
    "port-remapped": Scene(lambda farm: farm.service(80)["realservers"][1].update(port=8080)),
    "vip-mask-wide": Scene(wide),
    "vip-left-over": Scene(left_over),
    "vip-missing-realserver": Scene(lambda farm: farm.take(RS1, LO)),
    "service-down": Scene(lambda farm: farm.listen(RS1, 80)),
    "service-not-on-vip": Scene(lambda farm: farm.listen(RS1, 80, "192.168.1.11", "::")),
    "arp-answered": Scene(lambda farm: farm.set(RS1, all_arp_ignore=0)),
    "arp-announced": Scene(lambda farm: farm.set(RS1, all_arp_announce=1)),
    "vip-at-wrong-mac": Scene(lambda farm: farm.neighbour(CLIENT, VIP, "02:00:00:00:00:99")),
    "realserver-silent": Scene(silent),
    "realserver-behind-router": Scene(lambda farm: farm.way(DIRECTOR, "192.168.1.11", via="192.168.1.254")),
    "vip-is-source": Scene(lambda farm: farm.way(DIRECTOR, "192.168.1.11", source=VIP)),
    "gateway-is-director": Scene(lambda farm: farm.way(RS1, "192.168.1.254", via="192.168.1.9")),
    "gateway-missing": Scene(lambda farm: farm.way(RS1, "192.168.1.254", kind="unreachable")),
    "firewall-director-invalid": Scene(
        both(
            lambda farm: farm.filter(DIRECTOR, "-A INPUT -m conntrack --ctstate INVALID -j DROP"),
            lambda farm: farm.setting(DIRECTOR, "net.netfilter.nf_conntrack_tcp_loose", 0),
        )
    ),
    "firewall-director": Scene(lambda farm: farm.filter(DIRECTOR, "-A INPUT -p tcp -m tcp --dport 80 -j DROP")),
    "firewall-realserver": Scene(lambda farm: farm.filter(RS1, f"-A INPUT -d {VIP}/32 -j REJECT")),
    "conntrack-full": Scene(full),
    "client-is-director": Scene(lambda farm: farm.talk(DIRECTOR, "syn-sent", VIP, 80)),
    "client-is-realserver": Scene(lambda farm: farm.talk(RS1, "estab", VIP, 80)),
    "names-awaited": Scene(unanswered, symptom="slow_at_first"),
    "persistence-keeps": Scene(persistent, symptom="always_the_same_realserver"),
    "scheduler-keeps": Scene(
        lambda farm: farm.service(80).update(scheduler="sh"), symptom="always_the_same_realserver"
    ),
    "one-realserver-left": Scene(lambda farm: weights(farm, 1, 0), symptom="always_the_same_realserver"),
    "table-drift": Scene(lambda farm: weights(farm, 1, 7)),
    "unit-failed": Scene(failed_unit),
    "service-failed": Scene(failed_service),
    "init-unknown": Scene(lambda farm: farm.seen(RS1).update(init={"name": "runit", "known": False})),
    "boot-lost": Scene(lambda farm: farm.plan["hosts"][RS2]["realserver"].update(persistent=False)),
    "evidence-unreadable": Scene(lambda farm: farm.seen(RS1).update(routes="none")),
    "unexplained": Scene(lambda farm: probe(farm, "silent")),
}
