# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One inventory for every finding in the table."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import with_value
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import Timeouts
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.options import parse_daemon, parse_timeouts
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.mistakes import MistakesError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.words import shown
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.plan import RULES
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    HOSTVARS,
    groups,
    hostvars,
    member,
    plan,
    service,
)

POOL = "lvs_services[0].realservers"


class Scene:
    """Services on a farm, and the path at which the finding must be."""

    def __init__(self, path: str, *services: object, **inventory: t.Any) -> None:
        self.path = path
        self.services = services
        self.inventory = inventory

    def findings(self) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = plan(*self.services, **self.inventory)["findings"]
        return found


class Refusal(Scene):
    """What only a module is told."""

    def __init__(self, path: str, body: t.Callable[[], object]) -> None:
        super().__init__(path)
        self.body = body

    def findings(self) -> list[dict[str, t.Any]]:
        with pytest.raises(MistakesError) as refused:
            self.body()
        return [
            {**RULES[one.id]._asdict(), **one._asdict(), "message": with_value(one.wrong, shown(one.value))}
            for one in refused.value.mistakes
        ]


def realservers(path: str, pool: object) -> Refusal:
    """A service for ipvs_table with this pool."""
    return Refusal(
        f"services[0].realservers{path}",
        lambda: parse_table([{"vip": "192.168.1.110", "port": 80, "realservers": pool}]),
    )


def timeout(**changes: object) -> Refusal:
    """The timeouts of connections with a change."""
    return Refusal(next(iter(changes)), lambda: parse_timeouts(changes, Timeouts(900, 120, 300)))


def daemon(**changes: object) -> Refusal:
    """A synchronisation daemon with a change."""
    return Refusal(next(iter(changes)), lambda: parse_daemon({"role": "master", "interface": "eth1", **changes}, None))


def host(name: str, *services: object, groups: t.Any = None, **variables: object) -> Scene:
    """A farm in which a host has other variables; the finding is at the last of them."""
    inventory: dict[str, t.Any] = {"hostvars": hostvars(**{name: variables})}
    if groups is not None:
        inventory["groups"] = groups
    return Scene(f"hostvars[{name}].{list(variables)[-1]}", *(services or (service(),)), **inventory)


NAT = service(forwarding="nat")
TUN = service(forwarding="tun")
PAIR = groups(directors=["director", "director2"])
BOX = groups(realservers=["director", "realserver1"])
DIP2 = {"lvs_dip": "192.168.1.10/24"}
BARE = {name: {"ansible_host": HOSTVARS[name]["ansible_host"]} for name in HOSTVARS}
MARKED = service(port=None, fwmark=5, ports=["http", "https"])

VRRP = {"by": "vrrp", "router_id": 51}


def pair(path: str, failover: object, *services: object) -> Scene:
    """Two directors that say this of their failover; the finding is at the first of them."""
    both = {"director": {"lvs_failover": failover}, "director2": {**DIP2, "lvs_failover": failover}}
    path = f"hostvars[director].lvs_failover{path}"
    return Scene(path, *(services or (service(),)), groups=PAIR, hostvars=hostvars(**both))


SCENES: dict[str, Scene] = {
    "services-missing": Scene("lvs_services"),
    "services-not-a-list": Scene("lvs_services"),
    "services-empty": Scene("lvs_services"),
    "errors-omitted": Scene("everything", *range(1001)),
    "service-not-a-mapping": Scene("lvs_services[0]", "http"),
    "service-twice": Scene("lvs_services[1]", service(), service(name="again")),
    "name-invalid": Scene("lvs_services[0].name", service(name="a\nb")),
    "name-twice": Scene("lvs_services[1].name", service(), service(port=81)),
    "key-unknown": Scene("lvs_services[0].vipp", service(vipp="x")),
    "boolean-invalid": Scene("lvs_services[0].one_packet", service(one_packet="maybe")),
    "vip-missing": Scene("lvs_services[0].vip", service(vip=None)),
    "vip-invalid": Scene("lvs_services[0].vip", service(vip="192.168.1.300")),
    "vip-mask": Scene("lvs_services[0].vip", service(vip="192.168.1.110/24")),
    "vip-unusable": Scene("lvs_services[0].vip", service(vip="127.0.0.1")),
    "vip-taken": Scene("lvs_services[0].vip", service(vip="192.168.1.9")),
    "vip-off-networks": Scene(
        "lvs_services[0].vip", service(), hostvars=hostvars(director={"lvs_networks": ["10.0.0.0/8"]})
    ),
    "vip-beside-dip": Scene("lvs_services[0].vip", service(vip="10.0.0.1")),
    "vip-interface-invalid": Scene("lvs_services[0].vip_interface", service(vip_interface="eth 1")),
    "vip-interfaces-differ": Scene(
        "lvs_services[1].vip_interface",
        service(vip_interface="lo"),
        service(name="https", port="https", vip_interface="eth1"),
    ),
    "family-unknown": Scene("lvs_services[0].family", service(family="ipv5")),
    "family-mismatch": Scene("lvs_services[0].family", service(family="ipv6")),
    "protocol-unknown": Scene("lvs_services[0].protocol", service(protocol="icmp")),
    "port-missing": Scene("lvs_services[0].port", service(port=None)),
    "port-invalid": Scene("lvs_services[0].port", service(port=True)),
    "port-out-of-range": Scene("lvs_services[0].port", service(port=65536)),
    "port-name-unknown": Scene("lvs_services[0].port", service(port="htpp")),
    "port-zero": Scene("lvs_services[0].port", service(port=0)),
    "fwmark-invalid": Scene("lvs_services[0].fwmark", service(port=None, fwmark=0)),
    "fwmark-key": Scene("lvs_services[0].port", service(fwmark=5)),
    "ports-invalid": Scene("lvs_services[0].ports", service(port=None, fwmark=5, ports="http")),
    "ports-backwards": Scene("lvs_services[0].ports[0]", service(port=None, fwmark=5, ports=["2000-1024"])),
    "ports-without-fwmark": Scene("lvs_services[0].ports", service(port=None, ports=["http"])),
    "ports-without-vip": Scene("lvs_services[0].ports", {"fwmark": 5, "ports": ["http"]}),
    "vips-invalid": Scene("lvs_services[0].vips", service(vip=None, port=None, fwmark=5, vips="192.168.1.110")),
    "vips-without-fwmark": Scene("lvs_services[0].vips", service(vip=None, vips=["192.168.1.110"])),
    "vips-beside-vip": Scene("lvs_services[0].vips", service(port=None, fwmark=5, vips=["192.168.1.111"])),
    "vips-mixed": Scene(
        "lvs_services[0].vips[1]", service(vip=None, port=None, fwmark=5, vips=["192.168.1.110", "2001:db8::1"])
    ),
    "scheduler-unknown": Scene("lvs_services[0].scheduler", service(scheduler="wlcc")),
    "scheduler-flags-invalid": Scene("lvs_services[0].scheduler_flags", service(scheduler_flags=8)),
    "scheduler-flag-unknown": Scene("lvs_services[0].scheduler_flags", service(scheduler_flags=["mh-port"])),
    "persistence-invalid": Scene("lvs_services[0].persistence", service(persistence=-1)),
    "netmask-invalid": Scene(
        "lvs_services[0].persistence_netmask", service(persistence=60, persistence_netmask="255.0.255.0")
    ),
    "netmask-without-persistence": Scene("lvs_services[0].persistence_netmask", service(persistence_netmask=24)),
    "engine-unknown": Scene(
        "lvs_services[0].persistence_engine", service(protocol="udp", persistence=60, persistence_engine="ssip")
    ),
    "engine-without-persistence": Scene(
        "lvs_services[0].persistence_engine", service(protocol="udp", persistence_engine="sip")
    ),
    "engine-not-udp": Scene("lvs_services[0].persistence_engine", service(persistence=60, persistence_engine="sip")),
    "one-packet-not-udp": Scene("lvs_services[0].one_packet", service(one_packet=True)),
    "weights-ignored": Scene("lvs_services[0].scheduler", member(weight=2)),
    "weights-zero": Scene(POOL, service(realservers=[{"host": "realserver1", "weight": 0}])),
    "rr-with-persistence": Scene("lvs_services[0].persistence", service(persistence=360)),
    "pool-invalid": Scene(POOL, service(realservers=True)),
    "pool-empty": Scene(POOL, service(realservers=[])),
    "pool-is-a-host": Scene(POOL, service(realservers="realserver1")),
    "pool-group-unknown": Scene(POOL, service(realservers="webs")),
    "pool-group-empty": Scene(POOL, service(realservers="web"), groups=groups(web=[])),
    "realserver-invalid": Scene(f"{POOL}[0]", service(realservers=[1])),
    "realserver-without-host": Scene(f"{POOL}[0].host", service(realservers=[{"weight": 1}])),
    "realserver-unknown": Scene(f"{POOL}[0]", service(realservers=["realserver3"])),
    "realserver-is-a-group": Scene(f"{POOL}[0]", service(realservers=["realservers"])),
    "realserver-twice": Scene(f"{POOL}[1]", service(realservers=["realserver1", "realserver1"])),
    "weight-invalid": Scene(f"{POOL}[1].weight", member(weight=65536)),
    "threshold-invalid": Scene(f"{POOL}[1].upper_threshold", member(upper_threshold=-1)),
    "thresholds-crossed": Scene(f"{POOL}[1].lower_threshold", member(upper_threshold=1, lower_threshold=2)),
    "forwarding-unknown": Scene("lvs_services[0].forwarding", service(forwarding="VS-DR")),
    "port-remap": Scene(f"{POOL}[1].port", member(port=8080)),
    "families-mixed": Scene(f"{POOL}[realserver1]", service(vip="2001:db8::110")),
    "dr-off-network": host("realserver1", lvs_rip="192.168.2.11/24"),
    "nat-off-network": host("realserver1", NAT, lvs_rip="192.168.2.11/24"),
    "ftp-data": Scene("lvs_services[0].port", service(port="ftp")),
    "hash-without-fallback": Scene(
        "lvs_services[0].scheduler_flags",
        service(scheduler="sh", realservers=["realserver1", {"host": "realserver2", "weight": 0}]),
    ),
    "one-packet-uncounted": Scene(
        "lvs_services[0].scheduler", service(port=37, protocol="udp", one_packet=True, scheduler="wlc")
    ),
    "marks-without-persistence": Scene("lvs_services[0].fwmark", MARKED),
    "tunnel-invalid": Scene(f"{POOL}[1].tunnel", member(forwarding="tun", tunnel="gue")),
    "tunnel-without-tun": Scene(f"{POOL}[1].tunnel", member(tunnel={})),
    "tunnel-type-unknown": Scene(f"{POOL}[1].tunnel.type", member(forwarding="tun", tunnel={"type": "vxlan"})),
    "tunnel-checksum-unknown": Scene(
        f"{POOL}[1].tunnel.checksum", member(forwarding="tun", tunnel={"type": "gre", "checksum": "remcsum"})
    ),
    "tunnel-port-missing": Scene(f"{POOL}[1].tunnel.port", member(forwarding="tun", tunnel={"type": "gue"})),
    "tunnel-port-invalid": Scene(
        f"{POOL}[1].tunnel.port", member(forwarding="tun", tunnel={"type": "gue", "port": 70000})
    ),
    "tunnel-port-unused": Scene(f"{POOL}[1].tunnel.port", member(forwarding="tun", tunnel={"port": 6080})),
    "tunnel-mtu": Scene("lvs_services[0].forwarding", TUN),
    "name-lookup-delay": Scene("lvs_services[0].port", service(port="telnet")),
    "groups-invalid": Scene("groups", service(), groups=None),
    "directors-missing": Scene("groups.directors", service(), groups=groups(directors=None)),
    "directors-empty": Scene("groups.directors", service(), groups=groups(directors=[])),
    "directors-invalid": Scene("lvs_services[0].directors", service(directors="edge")),
    "director-unknown": Scene("lvs_services[0].directors[1]", service(directors=["director", "director9"])),
    "director-outside-group": Scene("lvs_services[0].directors", service(directors=["director", "realserver2"])),
    "director-idle": Scene(
        "groups.directors", service(directors=["director"]), groups=PAIR, hostvars=hostvars(director2=DIP2)
    ),
    "directors-overlap": Scene(
        "lvs_services[1].directors",
        service(),
        service(name="b", vip="192.168.1.111", directors=["director2"]),
        groups=PAIR,
        hostvars=hostvars(director2=DIP2),
    ),
    "vip-two-sets": Scene(
        "lvs_services[1].vip",
        service(directors=["director"]),
        service(name="b", port=81, directors=["director2"]),
        groups=PAIR,
        hostvars=hostvars(director2=DIP2),
    ),
    "failover-undecided": Scene("groups.directors", service(), groups=PAIR, hostvars=hostvars(director2=DIP2)),
    "failover-invalid": pair("", "vrrp"),
    "failover-by-unknown": pair(".by", {"by": "vrpp"}),
    "failover-disagreement": Scene(
        "hostvars[director2].lvs_failover",
        service(),
        groups=PAIR,
        hostvars=hostvars(director={"lvs_failover": VRRP}, director2=DIP2),
    ),
    "failover-one-director": host("director", lvs_failover=VRRP),
    "failover-without-vip": pair("", VRRP, {"fwmark": 5}),
    "failover-family": Scene(
        "hostvars[director2].lvs_dip",
        TUN,
        groups=PAIR,
        hostvars=hostvars(
            director={"lvs_failover": VRRP}, director2={"lvs_dip": "2001:db8::10/64", "lvs_failover": VRRP}
        ),
    ),
    "failover-off-network": Scene(
        "hostvars[director2].lvs_dip",
        TUN,
        groups=PAIR,
        hostvars=hostvars(
            director={"lvs_failover": VRRP}, director2={"lvs_dip": "192.168.2.10/24", "lvs_failover": VRRP}
        ),
    ),
    "router-id-missing": pair(".router_id", {"by": "vrrp"}),
    "router-id-invalid": pair(".router_id", {**VRRP, "router_id": 0}),
    "router-id-shared": Scene(
        "hostvars[director2].lvs_failover.router_id",
        service(directors=["director"]),
        service(name="b", vip="192.168.1.111", directors=["director2"]),
        groups=PAIR,
        hostvars=hostvars(director={"lvs_failover": VRRP}, director2={**DIP2, "lvs_failover": VRRP}),
    ),
    "failover-interface-invalid": pair(".interface", {**VRRP, "interface": "eth0; id"}),
    "failover-first-unknown": pair(".first", {**VRRP, "first": "director3"}),
    "failover-interval-invalid": pair(".interval", {**VRRP, "interval": 0.05}),
    "failover-peers-unknown": pair(".peers", {**VRRP, "peers": "anycast"}),
    "failover-sync-invalid": pair(".sync", {**VRRP, "sync": True}),
    "failover-sync-id-invalid": pair(".sync.id", {**VRRP, "sync": {"interface": "eth1", "id": 0}}),
    "sync-interface-missing": pair(".sync.interface", {**VRRP, "sync": {}}),
    "sync-on-client-network": pair(
        ".sync.interface", {**VRRP, "interface": "eth0", "sync": {"interface": "eth0", "id": 9}}
    ),
    "failover-not-persistent": Scene(
        "hostvars[director].lvs_persistent",
        service(),
        groups=PAIR,
        hostvars=hostvars(
            director={"lvs_failover": VRRP, "lvs_persistent": False}, director2={**DIP2, "lvs_failover": VRRP}
        ),
    ),
    "check-invalid": Scene("lvs_services[0].check", service(check=7)),
    "check-type-unknown": Scene("lvs_services[0].check", service(check="htp")),
    "check-number-invalid": Scene("lvs_services[0].check.every", service(check={"type": "tcp", "every": 0})),
    "check-path-invalid": Scene("lvs_services[0].check.path", service(check={"type": "http", "path": "x"})),
    "check-name-invalid": Scene(f"{POOL}[1].check.host", member(check={"type": "http", "host": "a b"})),
    "check-status-invalid": Scene("lvs_services[0].check.status", service(check={"type": "http", "status": [1]})),
    "check-query-unknown": Scene(
        "lvs_services[0].check.query", service(protocol="udp", check={"type": "dns", "query": "X"})
    ),
    "check-bytes-invalid": Scene(
        "lvs_services[0].check.send", service(protocol="udp", check={"type": "udp", "send": "abc"})
    ),
    "check-needs-port": Scene("lvs_services[0].check.port", service(port=0, persistence=360, check="tcp")),
    "check-not-for-protocol": Scene("lvs_services[0].check.type", service(protocol="udp", check="tcp")),
    "engine-keepalived": Scene("lvs_services[0].check", service(check="tcp")),
    "checks-not-persistent": Scene(
        "hostvars[director].lvs_persistent",
        service(check="tcp"),
        hostvars=hostvars(director={"lvs_persistent": False}),
    ),
    "engine-empty-pool": Scene(
        "lvs_services[1].realservers",
        service(check="tcp"),
        service(port=81, realservers=[], allow_empty_pool=True),
    ),
    "engine-port-by-mark": Scene(
        f"{POOL}[1].port",
        {"fwmark": 5, "check": "ping", "realservers": ["realserver1", {"host": "realserver2", "port": 8080}]},
    ),
    "check-nobody": Scene("lvs_services[1]", service(check="tcp"), service(port=53, protocol="udp")),
    "failover-let-in": pair("", {**VRRP, "sync": {"interface": "eth1"}}),
    "two-boxes-by-vrrp": Scene(
        "hostvars[director].lvs_localnode",
        service(),
        groups=PAIR,
        hostvars=hostvars(
            director={"lvs_failover": VRRP, "lvs_localnode": "backup_only"},
            director2={**DIP2, "lvs_failover": VRRP, "lvs_localnode": "backup_only"},
        ),
    ),
    "client-inside": Scene("groups.clients", service(), groups=groups(clients=["client", "director"])),
    "fact-overrides": Scene(
        "hostvars[realserver1].ansible_facts.lvs_rip",
        service(),
        hostvars=hostvars(realserver1={"ansible_facts": {"lvs_rip": "192.168.1.66/24"}}),
    ),
    "variable-unknown": host("realserver1", lvs_gateway="192.168.1.254"),
    "role-value-invalid": host("director", director_purge="everything"),
    "template-undefined": host("realserver1", lvs_rip="{{ my_rip }}/24"),
    "template-of-facts": host("realserver1", lvs_rip="{{ ansible_facts.default_ipv4.address }}"),
    "services-unseen": Scene("lvs_services", hostvars=hostvars(realserver1={"lvs_services": [service()]})),
    "services-differ": Scene(
        "lvs_services",
        service(),
        hostvars=hostvars(realserver1={"lvs_services": [service()]}, realserver2={"lvs_services": []}),
    ),
    "port-by-yaml": Scene("lvs_services[0].port", service(port=1342)),
    "host-name-invalid": Scene("groups.all", service(), groups=groups(realservers=["realserver1", "a b"])),
    "realserver-outside-group": Scene(
        "groups.realservers",
        service(realservers="web"),
        groups=groups(web=["web1"]),
        hostvars=hostvars(web1={"lvs_rip": "192.168.1.13/24"}),
    ),
    "realserver-idle": Scene("groups.realservers", service(realservers=["realserver1"])),
    "address-missing": host("realserver1", ansible_host="web1.example.com", lvs_rip=None),
    "address-invalid": host("realserver1", lvs_rip="web1.example.com"),
    "address-unusable": host("realserver1", lvs_rip="127.0.0.1"),
    "address-edge": host("realserver1", lvs_rip="192.168.1.255/24"),
    "prefix-too-wide": host("realserver1", lvs_rip="192.168.1.11/0"),
    "address-second": host("realserver1", lvs_rip=["192.168.1.11", "192.168.1.12"]),
    "addresses-empty": host("realserver1", lvs_rip=[]),
    "address-shared": Scene(
        "hostvars[realserver2]", service(), hostvars=hostvars(realserver2={"lvs_rip": "192.168.1.11/24"})
    ),
    "networks-invalid": host("director", lvs_dip="192.168.1.9", lvs_networks="192.168.1.0/24"),
    "network-invalid": host("director", lvs_dip="192.168.1.9", lvs_networks=["192.168.1.0/33"]),
    "network-unusable": host("director", lvs_networks=["127.0.0.0/8"]),
    "network-by-facts": host(
        "realserver1", ansible_facts={"eth0": {"ipv4": {"address": "192.168.1.11", "prefix": "31"}}}
    ),
    "dip-of-family": host("director", lvs_dip="2001:db8::9/64"),
    "network-unchecked": Scene("groups.realservers", service(), hostvars=BARE),
    "server-gateway-is-itself": host("realserver1", lvs_server_gateway="192.168.1.11"),
    "server-gateway-is-director": host("realserver1", lvs_server_gateway="192.168.1.9"),
    "server-gateway-off-network": host("realserver1", lvs_server_gateway="10.0.0.1"),
    "answers-by-another-network": host("realserver1", service(), lvs_server_gateway="192.168.2.254"),
    "server-gateway-with-nat": host("realserver1", NAT, lvs_server_gateway="192.168.1.254"),
    "nat-moving-dip-missing": Scene(
        "hostvars[realserver1].lvs_server_gateway", NAT, groups=PAIR, hostvars=hostvars(director2=DIP2)
    ),
    "nat-and-direct": Scene("hostvars[realserver1].lvs_server_gateway", NAT, service(name="b", port=81)),
    "director-gateway-is-inside": host("director", NAT, lvs_director_gateway="192.168.1.11"),
    "director-gateway-off-networks": host(
        "director", NAT, lvs_networks=["192.168.1.0/24"], lvs_director_gateway="10.0.0.1"
    ),
    "director-gateway-unused": host("director", lvs_director_gateway="192.168.1.254"),
    "client-past-director": Scene("hostvars[client].ansible_host", NAT),
    "nat-one-network": Scene("lvs_services[0].vip", NAT),
    "director-marks-invalid": host("director", MARKED, lvs_marks="yes"),
    "marks-undecided": Scene("lvs_services[0].fwmark", MARKED),
    "marks-without-vip": Scene(
        "lvs_services[0].fwmark", {"fwmark": 5}, hostvars=hostvars(director={"lvs_marks": "managed"})
    ),
    "marks-overlap": Scene("lvs_services[1].fwmark", MARKED, service(name="all", port=None, fwmark=6)),
    "marks-by-mac": host("director", MARKED, lvs_localnode="source_mac", lvs_marks="managed"),
    "director-snat-invalid": host("director", NAT, lvs_snat=["client"]),
    "director-snat-unused": host("director", lvs_snat=["realservers"]),
    "snat-without-network": Scene(
        "hostvars[realserver1].lvs_rip",
        NAT,
        hostvars=hostvars(director={"lvs_snat": ["clients"]}, realserver1={"lvs_rip": "192.168.1.11"}),
    ),
    "snat-without-vip": Scene(
        "lvs_services[0].fwmark",
        {"fwmark": 5, "forwarding": "nat"},
        hostvars=hostvars(director={"lvs_snat": ["clients"]}),
    ),
    "localnode-undecided": Scene(f"{POOL}[director]", service(), groups=BOX),
    "localnode-invalid": host("director", groups=BOX, lvs_localnode="yes"),
    "localnode-several-directors": Scene(
        "hostvars[director].lvs_localnode",
        service(),
        groups=PAIR,
        hostvars=hostvars(director={"lvs_localnode": "single"}, director2=DIP2),
    ),
    "localnode-disagreement": Scene(
        "hostvars[director2].lvs_localnode",
        service(),
        groups=PAIR,
        hostvars=hostvars(director={"lvs_localnode": "backup_only"}, director2={**DIP2, "lvs_localnode": "source_mac"}),
    ),
    "localnode-needs-fwmark": Scene(
        "lvs_services[0]", service(), groups=BOX, hostvars=hostvars(director={"lvs_localnode": "source_mac"})
    ),
    "system-unknown": host("realserver1", lvs_system="linux"),
    "tun-no-decapsulation": host("realserver1", TUN, lvs_system="Win32NT"),
    "persistent-off": host("realserver1", lvs_persistent=False),
    "truth-invalid": host("realserver1", lvs_managed="perhaps"),
    "lvs-name-invalid": host("realserver1", lvs_name="two words"),
    "lvs-name-differs": host("realserver1", lvs_name="mail"),
    "realservers-not-a-list": realservers("", "web"),
    "realserver-not-a-mapping": realservers("[0]", ["web1"]),
    "rip-missing": realservers("[0].rip", [{"weight": 1}]),
    "rip-invalid": realservers("[0].rip", [{"rip": "192.168.1.11/24"}]),
    "rip-unusable": realservers("[0].rip", [{"rip": "224.0.0.1"}]),
    "timeout-invalid": timeout(tcp_fin=0),
    "sync-interface-invalid": daemon(interface="eth1; id"),
    "sync-id-invalid": daemon(sync_id=256),
    "sync-length-invalid": daemon(max_len=1000),
    "sync-group-invalid": daemon(group="192.168.1.1"),
    "sync-port-invalid": daemon(port=65536),
    "sync-ttl-invalid": daemon(ttl=256),
    "vip-device-invalid": host("realserver1", lvs_server_vip_device="lo; reboot"),
    "vip-device-answers-arp": host("realserver1", lvs_system="HP-UX", lvs_server_vip_device="lan0:1"),
}
GIVEN: dict[str, object] = {"services-missing": None, "services-unseen": None, "services-not-a-list": "http"}


def findings_of(name: str) -> list[dict[str, t.Any]]:
    if name not in GIVEN:
        return SCENES[name].findings()
    found: list[dict[str, t.Any]] = make_plan(GIVEN[name], GROUPS, SCENES[name].inventory.get("hostvars", HOSTVARS))[
        "findings"
    ]
    return found


def test_every_finding_has_a_scene() -> None:
    assert sorted(SCENES) == sorted(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_scene_gives_its_finding(name: str) -> None:
    found = [finding for finding in findings_of(name) if finding["id"] == name]
    assert SCENES[name].path in [finding["path"] for finding in found], findings_of(name)
    for finding in found:
        assert finding["severity"] == RULES[name].severity
        assert finding["howto"] == RULES[name].howto
        assert not re.search(r"\{[a-z_]+\}", finding["message"] + finding["cure"]), "a word was not filled in"


def test_the_farm_of_the_howto_gives_no_error_and_no_warning() -> None:
    assert [finding["id"] for finding in plan(service())["findings"]] == []
