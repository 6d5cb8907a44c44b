# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan says beyond the plain LVS-DR: tunnels, gateways, marks, localnode, systems, order."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.tunnels import Unpacking
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    found,
    groups,
    hostvars,
    plan,
    realserver,
    service,
)

SGW = {"lvs_server_gateway": "192.168.1.254"}
ROUTED = hostvars(realserver1=SGW, realserver2=SGW)
VRRP = {"lvs_failover": {"by": "vrrp", "router_id": 51}}
PAIR = groups(directors=["director", "director2"])
DIP2 = {"lvs_dip": "192.168.1.10/24"}
BOTH_FAMILIES = hostvars(
    director={"lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"]},
    realserver1={
        "lvs_rip": ["192.168.1.11/24", "2001:db8::11/64"],
        "lvs_server_gateway": ["2001:db8::fe", "192.168.1.254"],
    },
    realserver2={"lvs_rip": ["192.168.1.12/24", "2001:db8::12/64"]},
)


def director(planned: dict[str, t.Any], host: str = "director") -> dict[str, t.Any]:
    assert found(planned) == []
    slice_: dict[str, t.Any] = planned["hosts"][host]["director"]
    return slice_


def tun(**tunnel: object) -> dict[str, t.Any]:
    pool = [{"host": "realserver1", "tunnel": tunnel}, "realserver2"]
    return service(forwarding="tun", realservers=pool)


# The figures that were measured are in facts/ipvs.md: 1480 (ipip), 1468 (gue); gre 1476, with a checksum 1472.
@pytest.mark.parametrize(
    ("tunnel", "interface", "modules", "mtu"),
    [
        ({}, "tunl0", ["ipip"], 1480),
        ({"type": "gre"}, "gre0", ["ip_gre"], 1476),
        ({"type": "gre", "checksum": "csum"}, "gre0", ["ip_gre"], 1472),
        ({"type": "gue", "port": 6080}, "tunl0", ["fou", "ipip"], 1468),
        ({"type": "gue", "port": 6080, "checksum": "remcsum"}, "tunl0", ["fou", "ipip"], 1460),
    ],
)
def test_tunnels_and_the_room_they_leave(
    tunnel: dict[str, t.Any], interface: str, modules: list[str], mtu: int
) -> None:
    planned = realserver(plan(tun(**tunnel)))
    (only,) = [Unpacking(**one) for one in planned["tunnels"]]
    assert (only.interface, only.mtu, only.mss) == (interface, mtu, mtu - 40)
    assert planned["kernel_modules"] == only.kernel_modules == modules
    assert planned["addresses"][0]["interface"] == interface, "loose reverse path filtering needs an address there"
    assert planned["sysctls"] == {f"net.ipv4.conf.{interface}.rp_filter": "2"}


@pytest.mark.parametrize(
    ("vip", "rips", "interface", "mtu", "mss"),
    [
        ("2001:db8::110", "192.168.1.11", "sit0", 1480, 1420),
        ("192.168.1.110", "2001:db8::11", "ip6tnl0", 1460, 1420),
        ("2001:db8::110", "2001:db8::11", "ip6tnl0", 1460, 1400),
    ],
)
def test_tunnels_across_families(vip: str, rips: str, interface: str, mtu: int, mss: int) -> None:
    pool = ["realserver1"]
    vars_ = hostvars(realserver1={"lvs_rip": rips})
    planned = realserver(plan(service(vip=vip, forwarding="tun", realservers=pool), hostvars=vars_))
    (only,) = [Unpacking(**one) for one in planned["tunnels"]]
    assert (only.interface, only.mtu, only.mss) == (interface, mtu, mss)


def test_an_ipv6_vip_needs_no_sysctl_and_stays_on_the_loopback() -> None:
    planned = realserver(plan(service(vip="2001:db8::110", forwarding="tun")))
    assert (planned["addresses"][0]["interface"], planned["addresses"][0]["prefix"]) == ("lo", 128)
    assert planned["sysctls"] == {}


def test_a_vip_off_the_tunnel_device_needs_reverse_path_filtering_off() -> None:
    elsewhere = hostvars(realserver1={"lvs_server_vip_device": "dummy0"})
    planned = realserver(plan(service(forwarding="tun"), hostvars=elsewhere))
    assert planned["addresses"][0]["interface"] == "dummy0"
    assert planned["sysctls"]["net.ipv4.conf.tunl0.rp_filter"] == "0"
    assert planned["sysctls"]["net.ipv4.conf.all.rp_filter"] == "0"


def test_the_aliases_of_the_howto_are_interfaces() -> None:
    planned = plan(service(), hostvars=hostvars(realserver1={"lvs_server_vip_device": "lo:110"}))
    assert realserver(planned)["addresses"][0]["interface"] == "lo"


def test_ftp_by_nat_has_its_helper() -> None:
    assert "ip_vs_ftp" in director(plan(service(port="ftp", forwarding="nat")))["kernel_modules"]
    assert "ip_vs_ftp" not in director(plan(service(port="ftp")))["kernel_modules"]
    assert "ip_vs_ftp" not in director(plan(service(forwarding="nat")))["kernel_modules"]


def test_a_persistent_service_of_every_port_follows_ftp() -> None:
    followed = plan(service(port="ftp"), service(name="all", port=0, persistence=360))
    assert "ftp-data" not in [finding["id"] for finding in followed["findings"]]


def test_a_fwmark_joins_http_and_https() -> None:
    planned = plan(service(name="shop", port=None, fwmark=5, ports=["https", "http", 80], persistence=360))
    assert [finding["id"] for finding in planned["findings"]] == ["marks-undecided", "rr-with-persistence"]
    assert "packets to 192.168.1.110 (tcp 80, tcp 443) must get it" in planned["findings"][0]["message"]
    assert director(planned)["marks"] == [
        {
            "fwmark": 5,
            "vip": "192.168.1.110",
            "ports": [{"protocol": "tcp", "port": 80}, {"protocol": "tcp", "port": 443}],
        }
    ]
    assert [check["port"] for check in realserver(planned)["checks"]] == [80, 443]
    assert director(planned)["vips"] == ["192.168.1.110"]


@pytest.mark.parametrize("decision", ["managed", "ignored"])
def test_who_sets_the_marks_can_be_decided(decision: str) -> None:
    marked = service(port=None, fwmark=5, ports=["https", "http"], persistence=360, scheduler="wlc")
    planned = plan(marked, hostvars=hostvars(director={"lvs_marks": decision}))
    assert planned["findings"] == []
    managed = decision == "managed"
    assert director(planned)["firewall"] == ({"marks": director(planned)["marks"]} if managed else {})
    # Before the table: whoever connects when it is there has a mark.
    steps = ["kernel", *(["firewall"] if managed else []), "release", "table", "standby", "vip", "source"]
    assert [step["step"] for step in planned["order"] if step["role"] == "director"] == steps


def test_two_marks_share_no_packet() -> None:
    first = service(port=None, fwmark=5, ports=["http"])
    for ports, errors in ((["https"], 0), (["http", 81], 1), (None, 1)):
        second = service(name="other", port=None, fwmark=6, ports=ports)
        assert [len(found(plan(*pair))) for pair in ((first, second), (second, first))] == [errors, errors]
    elsewhere = service(name="other", vip="192.168.1.111", port=None, fwmark=6, ports=["http"])
    assert found(plan(first, elsewhere)) == []


def test_nobody_gets_the_directors_address_unless_asked() -> None:
    planned = director(plan(service(forwarding="nat")))
    assert planned["firewall"] == {}
    assert "net.ipv4.vs.conntrack" not in planned["sysctls"]


def test_realservers_of_nat_may_begin_connections_by_the_directors_address() -> None:
    asked = hostvars(director={"lvs_snat": ["realservers"]})
    planned = director(plan(service(forwarding="nat"), hostvars=asked))
    assert planned["firewall"] == {"snat": [{"source": "192.168.1.11"}, {"source": "192.168.1.12"}]}
    assert "net.ipv4.vs.conntrack" not in planned["sysctls"]
    assert director(plan(service(), hostvars=asked))["firewall"] == {}


def test_clients_beside_the_realservers_may_be_served_by_the_directors_address() -> None:
    asked = hostvars(director={"lvs_snat": ["clients"]})
    before, after = plan(service(forwarding="nat")), plan(service(forwarding="nat"), hostvars=asked)
    near = {"client-past-director", "nat-one-network"}
    assert {finding["id"] for finding in before["findings"]} >= near
    assert not {finding["id"] for finding in after["findings"]} & near
    assert director(after)["firewall"]["snat"] == [
        {"source": "192.168.1.0/24", "destination": "192.168.1.11", "vip": "192.168.1.110"},
        {"source": "192.168.1.0/24", "destination": "192.168.1.12", "vip": "192.168.1.110"},
    ]
    assert director(after)["sysctls"]["net.ipv4.vs.conntrack"] == "1"


def test_gateways_one_a_family() -> None:
    services = (service(), service(name="six", vip="2001:db8::110"))
    gateways = realserver(plan(*services, hostvars=BOTH_FAMILIES))["gateways"]
    assert [gateway["address"] for gateway in gateways] == ["192.168.1.254", "2001:db8::fe"]
    assert {gateway["why"] for gateway in gateways} == {"dr: replies go to clients past the director (HOWTO 3.11)"}
    by_nat = plan(service(forwarding="nat"), {**services[1], "forwarding": "nat"}, hostvars=BOTH_FAMILIES)
    assert [gateway["address"] for gateway in realserver(by_nat)["gateways"]] == ["192.168.1.9", "2001:db8::9"]
    assert director(by_nat)["sysctls"]["net.ipv6.conf.all.forwarding"] == "1"


def test_a_family_by_nat_and_the_other_by_dr_each_have_their_way_out() -> None:
    services = (service(), {**service(name="six", vip="2001:db8::110"), "forwarding": "nat"})
    planned = realserver(plan(*services, hostvars=BOTH_FAMILIES))
    assert [gateway["address"] for gateway in planned["gateways"]] == ["192.168.1.254", "2001:db8::9"]
    assert [gateway["why"].split(":")[0] for gateway in planned["gateways"]] == ["dr", "nat"]
    assert planned["routes"] == [], "they do not meet"
    third = service(name="six-too", vip="2001:db8::111")
    (route,) = realserver(plan(*services, third, hostvars=BOTH_FAMILIES))["routes"]
    assert (route["source"], route["gateway"]) == ("2001:db8::111", "2001:db8::fe")


def test_the_director_has_a_gateway_only_by_nat() -> None:
    given = hostvars(director={"lvs_director_gateway": "192.168.1.254"})
    (gateway,) = director(plan(service(forwarding="nat"), hostvars=given))["gateways"]
    assert gateway["address"] == "192.168.1.254"
    assert "HOWTO 4.1" in gateway["why"]
    assert director(plan(service(), hostvars=given))["gateways"] == []


def test_two_methods_on_one_realserver_howto_3_12() -> None:
    planned = realserver(plan(service(forwarding="nat"), service(name="b", port=81), hostvars=ROUTED))
    assert planned["gateway"] == "192.168.1.9"
    (route,) = planned["routes"]
    assert (route["source"], route["gateway"]) == ("192.168.1.110", "192.168.1.254")
    assert planned["checks"] == [
        {"address": "192.168.1.11", "port": 80, "protocol": "tcp"},
        {"address": "192.168.1.110", "port": 81, "protocol": "tcp"},
    ]


def test_packets_of_clients_arrive_where_the_rip_is() -> None:
    """Of a client that is named, else of one behind the router; without both nobody knows whence they come."""
    named = {"groups": groups(clients=["client"]), "hostvars": {**ROUTED, "client": {"ansible_host": "192.168.3.7"}}}
    arriving = {"to": "192.168.1.110", "source": "192.168.3.7", "arrives": "192.168.1.11"}
    assert realserver(plan(service(), **named))["arrivals"] == [arriving]
    nobody = groups(clients=[])
    behind = realserver(plan(service(), groups=nobody, hostvars=ROUTED))["arrivals"]
    assert behind == [{**arriving, "source": "192.0.2.1"}]
    assert realserver(plan(service(), groups=nobody))["arrivals"] == []
    for forwarding in ("nat", "tun"):
        assert realserver(plan(service(forwarding=forwarding), **named))["arrivals"] == []
    only_six = realserver(plan(service(vip="2001:db8::110"), hostvars=BOTH_FAMILIES))
    assert only_six["arrivals"] == [], "IPv6 has no such filter"


def test_clients_of_a_tunnel_are_told_what_fits_where_the_router_is_known() -> None:
    planned = realserver(plan(tun(type="gue", port=6080), hostvars=ROUTED))
    (route,) = planned["routes"]
    assert route == {"source": "192.168.1.110", "gateway": "192.168.1.254", "mss": 1428}
    assert realserver(plan(tun(type="gue", port=6080)))["routes"] == [], "nobody knows the way"


def test_several_directors_share_the_address_that_nat_goes_back_to() -> None:
    moving = hostvars(
        director=VRRP,
        director2={**DIP2, **VRRP},
        realserver1={"lvs_server_gateway": "192.168.1.8"},
        realserver2={"lvs_server_gateway": "192.168.1.8"},
    )
    planned = plan(service(forwarding="nat"), groups=PAIR, hostvars=moving)
    assert realserver(planned)["gateway"] == "192.168.1.8"
    for host in ("director", "director2"):
        assert director(planned, host)["failover"]["addresses"] == ["192.168.1.110", "192.168.1.8"]


def test_a_director_keeps_its_own_dip_when_that_is_the_way_back() -> None:
    fixed = hostvars(director=VRRP, director2={**DIP2, **VRRP}, realserver1={"lvs_server_gateway": "192.168.1.10"})
    planned = plan(service(forwarding="nat", realservers=["realserver1"]), groups=PAIR, hostvars=fixed)
    assert realserver(planned)["gateway"] == "192.168.1.10"
    assert director(planned, "director2")["failover"]["addresses"] == ["192.168.1.110"]


def test_the_address_that_moves_must_be_within_reach() -> None:
    far = hostvars(director=VRRP, director2={**DIP2, **VRRP}, realserver1={"lvs_server_gateway": "10.0.0.8"})
    refused = plan(service(forwarding="nat", realservers=["realserver1"]), groups=PAIR, hostvars=far)
    assert found(refused) == [("hostvars[realserver1].lvs_server_gateway", "10.0.0.8")]


def test_a_director_that_serves_need_not_be_in_the_group_of_realservers() -> None:
    decided = hostvars(director={"lvs_localnode": "single"})
    assert found(plan(service(realservers=["director", "realserver1", "realserver2"]), hostvars=decided)) == []


def test_localnode_the_director_serves_as_well() -> None:
    box = groups(realservers=["director", "realserver1"])
    planned = plan(service(), groups=box, hostvars=hostvars(director={"lvs_localnode": "single"}))
    assert [one["rip"] for one in director(planned)["services"][0]["realservers"]] == ["192.168.1.9", "192.168.1.11"]
    served = realserver(planned, "director")
    assert (served["vips"], served["arp_hide"], served["gateways"], served["checks"]) == ([], False, [], [])
    assert director(planned)["localnode"] == "single"


def test_two_boxes_with_synchronised_connections() -> None:
    decided = {"lvs_localnode": "backup_only", "lvs_failover": {"by": "other"}}
    boxes = groups(directors=["director", "director2"], realservers=["director", "director2"])
    planned = plan(service(), groups=boxes, hostvars=hostvars(director=decided, director2={**DIP2, **decided}))
    assert director(planned)["sysctls"]["net.ipv4.vs.backup_only"] == "1"
    assert director(planned, "director2")["services"] == director(planned)["services"]


def test_two_boxes_by_marks() -> None:
    decided = {"lvs_localnode": "source_mac", "lvs_failover": {"by": "other"}}
    boxes = groups(directors=["director", "director2"], realservers=["director", "director2"])
    by_mark = service(port=None, fwmark=5, ports=["http"])
    planned = plan(by_mark, groups=boxes, hostvars=hostvars(director=decided, director2={**DIP2, **decided}))
    assert director(planned)["localnode"] == "source_mac"


@pytest.mark.parametrize("system", ["FreeBSD", "SunOS", "Darwin", "HP-UX"])
def test_other_systems_have_another_loopback(system: str) -> None:
    planned = realserver(plan(service(), hostvars=hostvars(realserver1={"lvs_system": system})))
    assert (planned["system"], planned["addresses"][0]["interface"], planned["sysctls"]) == (system, "lo0", {})


def test_known_facts_say_the_system_where_the_inventory_does_not() -> None:
    facts = {"ansible_facts": {"system": "FreeBSD"}}
    assert realserver(plan(service(), hostvars=hostvars(realserver1=facts)))["system"] == "FreeBSD"
    both = {**facts, "lvs_system": "Linux"}
    assert realserver(plan(service(), hostvars=hostvars(realserver1=both)))["system"] == "Linux"
    unknown = plan(service(), hostvars=hostvars(realserver1={"ansible_facts": {"system": "Java"}}))
    assert found(unknown) == [("hostvars[realserver1].ansible_facts.system", "Java")]
    assert realserver(plan(service(), hostvars=hostvars(realserver1={"ansible_facts": {}})))["system"] == "Linux"


def test_a_unix_that_honours_noarp_may_have_the_vip_on_its_nic() -> None:
    solaris = hostvars(realserver1={"lvs_system": "SunOS", "lvs_server_vip_device": "net0:1"})
    assert realserver(plan(service(), hostvars=solaris))["addresses"][0]["interface"] == "net0"


def test_nat_asks_nothing_of_the_system() -> None:
    printer = hostvars(realserver1={"lvs_system": "HP-UX", "lvs_server_vip_device": "lan0"})
    assert realserver(plan(service(forwarding="nat"), hostvars=printer))["addresses"] == []


def test_the_order_on_the_wire() -> None:
    services = (service(forwarding="tun"), service(name="b", port=81, forwarding="nat", realservers=["realserver2"]))
    steps = plan(*services, hostvars=ROUTED)["order"]
    assert [(step["role"], step["step"]) for step in steps] == [
        ("realserver", "arp"),
        ("realserver", "tunnels"),
        ("realserver", "vip"),
        ("realserver", "replies"),
        ("realserver", "gateway"),
        ("realserver", "check"),
        ("director", "kernel"),
        ("director", "release"),
        ("director", "table"),
        ("director", "standby"),
        ("director", "vip"),
        ("director", "source"),
        ("realserver", "release"),
    ]
    assert steps[0]["hosts"] == ["realserver1", "realserver2"]


@pytest.mark.parametrize(
    ("address", "machine"), [("192.168.1.12", "realserver2"), ("192.168.1.9", "director"), ("192.168.1.13", None)]
)
def test_a_machine_of_the_lvs_under_another_name(address: str, machine: str | None) -> None:
    """Nothing is to be taken away from it as a host that is in no pool: the other name needs it."""
    renamed = groups(realservers=["realserver1", "realserver2", "console"])
    pool = service(realservers=["realserver1", "realserver2"])
    planned = plan(pool, groups=renamed, hostvars=hostvars(console={"ansible_host": address}))
    assert planned["aliases"] == ({"console": machine} if machine else {})


def test_networks_and_who_is_on_them() -> None:
    two = hostvars(
        director={"lvs_networks": ["192.168.1.0/24", "10.0.0.0/8"]},
        client={"ansible_host": "10.9.9.9"},
        realserver1=SGW,
    )
    planned = plan(service(vip="10.0.0.110", forwarding="nat"), hostvars=two)
    assert planned["networks"] == [
        {"network": "10.0.0.0/8", "hosts": ["client"], "vips": ["10.0.0.110"], "gateways": []},
        {
            "network": "192.168.1.0/24",
            "hosts": ["director", "realserver1", "realserver2"],
            "vips": [],
            "gateways": ["192.168.1.9"],
        },
    ]


def test_a_plan_is_refused_whole() -> None:
    refused = plan(service(port=70000))
    assert [refused[key] for key in ("hosts", "order", "aliases", "networks", "names")] == [{}, [], {}, [], {}]


def test_a_vip_is_on_the_interface_that_a_service_of_it_names() -> None:
    routed = service(name="routed", vip="10.0.0.1", vip_interface="lo")
    made = plan(service(), routed, service(name="other", vip="10.0.0.1", port=81))
    assert made["findings"] == []
    assert made["hosts"]["director"]["director"]["interfaces"] == {"10.0.0.1": "lo"}


@pytest.mark.parametrize("pool", [[], "nobody"])
def test_a_pool_may_be_empty_when_that_is_said(pool: object) -> None:
    kept = service(name="off", port=81, realservers=pool, allow_empty_pool=True)
    made = plan(service(), kept, groups=groups(nobody=[]))
    assert made["findings"] == []
    assert [one["realservers"] for one in made["hosts"]["director"]["director"]["services"]][1] == []
    assert made["hosts"]["director"]["director"]["vips"] == ["192.168.1.110"]


def test_a_mark_may_be_for_a_range_of_ports() -> None:
    ftp = {"vip": "192.168.1.110", "fwmark": 5, "persistence": 360, "ports": ["ftp", 20, "1024-65535", "80-80"]}
    made = plan(ftp, hostvars=hostvars(director={"lvs_marks": "managed"}))
    (mark,) = made["hosts"]["director"]["director"]["firewall"]["marks"]
    singles = [{"protocol": "tcp", "port": port} for port in (20, 21, 80)]
    assert mark["ports"] == [*singles, {"protocol": "tcp", "port": 1024, "last": 65535}]
    checked = made["hosts"]["realserver1"]["realserver"]["checks"]
    assert [check["port"] for check in checked] == [20, 21, 80]


@pytest.mark.parametrize(("ports", "overlaps"), [(["2000"], True), (["1000-1024"], True), (["20-1023"], False)])
def test_ranges_that_meet_are_refused(ports: list[str], overlaps: bool) -> None:
    ranged = {"vip": "192.168.1.110", "fwmark": 5, "persistence": 360, "ports": ["1024-65535"]}
    made = plan(ranged, {**ranged, "fwmark": 6, "ports": ports}, hostvars=hostvars(director={"lvs_marks": "managed"}))
    assert [one["id"] for one in made["findings"] if one["severity"] == "error"] == ["marks-overlap"] * overlaps


def test_a_machine_in_two_networks_is_two_hosts() -> None:
    """As docs/model.md says it."""
    inner = {"ansible_host": "192.168.1.11", "lvs_rip": "192.168.2.11/24", "lvs_managed": False}
    made = plan(
        service(forwarding="nat", realservers=["realserver1", "second"]),
        groups=groups(realservers=["realserver1", "realserver2", "second"]),
        hostvars=hostvars(
            director={"lvs_dip": "192.168.1.9/24", "lvs_networks": ["192.168.1.0/24", "192.168.2.0/24"]},
            second=inner,
        ),
    )
    assert [one["id"] for one in made["findings"] if one["severity"] == "error"] == []


TWO_VIPS = service(vip=None, vips=["192.168.1.111", "192.168.1.110/32", "192.168.1.110"], port=None, fwmark=5)


def test_a_fwmark_joins_several_vips() -> None:
    marked = {**TWO_VIPS, "ports": ["http", "https"], "persistence": 360, "scheduler": "wlc", "vip_interface": "lo"}
    made = plan(marked, hostvars=hostvars(director={"lvs_marks": "managed"}))
    assert made["findings"] == []
    first = director(made)
    ports = [{"protocol": "tcp", "port": port} for port in (80, 443)]
    wanted = [{"fwmark": 5, "vip": vip, "ports": ports} for vip in ("192.168.1.111", "192.168.1.110")]
    assert first["marks"] == first["firewall"]["marks"] == wanted
    assert first["vips"] == realserver(made)["vips"] == ["192.168.1.110", "192.168.1.111"]
    assert first["interfaces"] == dict.fromkeys(first["vips"], "lo")
    assert len(first["services"]) == 1
    answers = [(check["address"], check["port"]) for check in realserver(made)["checks"]]
    assert answers == [(vip, port) for vip in first["vips"] for port in (80, 443)]


def test_each_of_several_vips_is_held_to_the_rules() -> None:
    wrong = plan({**TWO_VIPS, "vips": ["192.168.1.110", "192.168.1.9", "web", "127.0.0.1", "192.168.1.11/24"]})
    assert found(wrong) == [
        ("lvs_services[0].vips[1]", "192.168.1.9"),
        ("lvs_services[0].vips[2]", "web"),
        ("lvs_services[0].vips[3]", "127.0.0.1"),
        ("lvs_services[0].vips[4]", "192.168.1.11/24"),
    ]
    same = {**service(name="other", vip="192.168.1.110", port=None, fwmark=6)}
    assert found(plan(TWO_VIPS, same)) == [("lvs_services[1].fwmark", 6)]
    six = {**TWO_VIPS, "vips": ["2001:db8::110", "2001:db8::111"], "forwarding": "tun"}
    assert director(plan(six))["services"][0]["family"] == "ipv6"


def test_every_vip_of_a_fwmark_comes_through_its_tunnel() -> None:
    placed = realserver(plan({**TWO_VIPS, "forwarding": "tun"}))["addresses"]
    assert [(one["address"], one["interface"]) for one in placed] == [
        ("192.168.1.110", "tunl0"),
        ("192.168.1.111", "tunl0"),
    ]
