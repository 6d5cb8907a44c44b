# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Farms that look like an inventory: who is on which wire, which way out each has, and what the lab refuses."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from lab.errors import LabError
from lab.farm import Farm, Host, read_farm
from lab.guest import kernel_arguments
from lab.image import Image
from lab.kernel import Kernel
from lab.resembling import farm_like

KERNEL = Kernel(Path("/linux"), Path("/modules"), "7.2.7", "test")
IMAGE = Image(Path("/cache/base.img"), Path("/cache/id"), "ssh-ed25519 KEY", "bookworm", 1.0)

Hosts = dict[str, dict[str, Any]]
WEB = {"name": "web", "vip": "10.0.0.100", "port": 443, "realservers": "realservers"}
DIRECTOR: Hosts = {"lb": {"lvs_dip": "10.0.0.9/24"}}
REALSERVERS: Hosts = {
    "rs1": {"lvs_rip": "10.0.0.11/24", "lvs_server_gateway": "10.0.0.254"},
    "rs2": {"lvs_rip": "10.0.0.12/24", "lvs_server_gateway": "10.0.0.254"},
}


def seen(
    services: list[dict[str, Any]],
    directors: Hosts,
    realservers: Hosts,
    clients: Hosts | None = None,
    groups: tuple[str, ...] = (),
) -> dict[str, Any]:
    """What planned.yml writes."""
    members = {"directors": directors, "realservers": realservers, "clients": clients or {}}
    hostvars = {name: variables for hosts in members.values() for name, variables in hosts.items()}
    plan = make_plan(services, {"all": [*hostvars], **{group: [*members[group]] for group in members}}, hostvars)
    assert [finding for finding in plan["findings"] if finding["severity"] == "error"] == []
    idle = [name for name in realservers if name not in plan["hosts"] and name not in plan["aliases"]]
    return {
        "plan": plan,
        "names": [*hostvars, *members, *groups],
        "idle": {name: hostvars[name].get("lvs_rip", name) for name in idle},
        "vip_interfaces": {name: variables.get("director_vip_interface", "") for name, variables in directors.items()},
    }


def farm(*wanted: Any, **more: Any) -> Farm:
    """The farm, which must be one that can be booted and whose hosts the controller reaches without a router."""
    made = read_farm("odd", "my/inventory", farm_like(seen(*wanted, **more), "my/inventory"))
    for host in made.hosts:
        kernel_arguments(host, KERNEL, IMAGE, Path("/state"))
        near = [place for segment, place in made.controller if segment == host.nics[0].segment]
        assert any(host.nics[0].addresses[0].ip in place.network for place in near), host.name
    return made


def wires(made: Farm) -> dict[str, dict[str, list[str]]]:
    """By host and segment, its addresses."""
    return {host.name: {nic.segment: [str(one) for one in nic.addresses] for nic in host.nics} for host in made.hosts}


def ways(host: Host) -> dict[str, str]:
    """The routes of a host, the default as well."""
    routes = {route.to: str(route.via) for route in host.routes}
    return {**({"default": str(host.gateway)} if host.gateway else {}), **routes}


def refused(*wanted: Any, **more: Any) -> str:
    with pytest.raises(LabError) as caught:
        farm_like(seen(*wanted, **more), "my/inventory")
    return f"{caught.value.problem}\n{caught.value.cure}"


def test_dr_on_one_network_gets_a_router_and_a_client_behind_it() -> None:
    made = farm([WEB], DIRECTOR, REALSERVERS)
    assert wires(made) == {
        "lb": {"net1": ["10.0.0.9/24"]},
        "rs1": {"net1": ["10.0.0.11/24"]},
        "rs2": {"net1": ["10.0.0.12/24"]},
        "client": {"net2": ["198.51.100.1/24"]},
        "router": {"net1": ["10.0.0.254/24"], "net2": ["198.51.100.2/24"]},
    }
    assert [ways(host) for host in made.hosts[:4]] == [{"default": "10.0.0.254"}] * 3 + [{"default": "198.51.100.2"}]
    assert [host.name for host in made.hosts if host.forward] == ["router"]
    assert [host.serves for host in made.hosts] == [(), (("tcp", 443),), (("tcp", 443),), (), ()]
    assert [host.role for host in made.hosts] == ["director", "realserver", "realserver", "client", "router"]


def test_a_client_that_is_the_gateway_needs_no_router() -> None:
    made = farm([WEB], DIRECTOR, REALSERVERS, {"desk": {"ansible_host": "10.0.0.254"}})
    assert wires(made)["desk"] == {"net1": ["10.0.0.254/24"]}
    assert made.segments == ("net1",)
    assert ways(made.host("rs1")) == {"default": "10.0.0.254"}
    assert [host.role for host in made.hosts] == ["director", "realserver", "realserver", "client"]


NAT = {"name": "web", "vip": "203.0.113.10", "port": 80, "forwarding": "nat"}
NAT_DIRECTOR: Hosts = {
    "lb": {
        "lvs_dip": "10.0.0.9/24",
        "lvs_networks": ["203.0.113.0/24"],
        "lvs_director_gateway": "203.0.113.1",
    }
}
INSIDE: Hosts = {"rs1": {"lvs_rip": "10.0.0.11/24"}, "rs2": {"lvs_rip": "10.0.0.12/24"}}
TO_8080 = [{"host": "rs1", "port": 8080}, {"host": "rs2", "port": 8080}]


def test_nat_has_no_way_past_the_director() -> None:
    made = farm([{**NAT, "realservers": TO_8080}], NAT_DIRECTOR, INSIDE)
    assert wires(made) == {
        "lb": {"net1": ["10.0.0.9/24"], "net2": ["203.0.113.2/24"]},
        "rs1": {"net1": ["10.0.0.11/24"]},
        "rs2": {"net1": ["10.0.0.12/24"]},
        "client": {"net3": ["198.51.100.1/24"]},
        "router": {"net2": ["203.0.113.1/24"], "net3": ["198.51.100.2/24"]},
    }
    assert ways(made.host("lb")) == {"default": "203.0.113.1"}
    assert ways(made.host("rs1")) == {}, "that it becomes the director is the collection's work"
    assert made.host("rs1").serves == (("tcp", 8080),)


def test_nat_in_one_network_has_its_router_there() -> None:
    service = {"name": "web", "vip": "10.0.0.100", "port": 80, "forwarding": "nat", "realservers": "realservers"}
    made = farm([service], DIRECTOR, INSIDE)
    assert wires(made)["router"] == {"net1": ["10.0.0.1/24"], "net2": ["198.51.100.2/24"]}


def test_a_realserver_that_nobody_logs_in_to_has_the_director_as_its_gateway() -> None:
    inside = {**INSIDE, "rs2": {"lvs_rip": "10.0.0.12/24", "lvs_managed": False, "lvs_system": "FreeBSD"}}
    made = farm([{**NAT, "realservers": "realservers"}], NAT_DIRECTOR, inside)
    assert ways(made.host("rs2")) == {"default": "10.0.0.9"}
    assert ways(made.host("rs1")) == {}


def test_the_dip_that_moves_between_two_directors_is_nobodys() -> None:
    one = {**NAT_DIRECTOR["lb"], "lvs_failover": {"by": "other"}}
    directors = {"lb1": one, "lb2": {**one, "lvs_dip": "10.0.0.8/24"}}
    inside = {name: {**one, "lvs_server_gateway": "10.0.0.10"} for name, one in INSIDE.items()}
    made = farm([{**NAT, "realservers": "realservers"}], directors, inside)
    assert wires(made)["lb1"] == {"net1": ["10.0.0.9/24"], "net2": ["203.0.113.2/24"]}
    assert wires(made)["lb2"] == {"net1": ["10.0.0.8/24"], "net2": ["203.0.113.3/24"]}
    assert list(wires(made)["router"]) == ["net2", "net3"]
    assert "10.0.0.10/24" not in [str(one) for host in made.hosts for nic in host.nics for one in nic.addresses]


def test_directors_that_keepalived_switches_are_refused() -> None:
    one = {**DIRECTOR["lb"], "lvs_failover": {"by": "vrrp", "router_id": 51}}
    said = refused([WEB], {"lb1": one, "lb2": {**one, "lvs_dip": "10.0.0.8/24"}}, REALSERVERS)
    assert "lb1, lb2: keepalived's wires and its part in a farm are not made from an inventory. Fix: test with" in said


def test_directors_with_services_of_their_own_each_face_their_own_vips() -> None:
    services = [
        {**WEB, "directors": ["lb1"], "realservers": ["rs1"]},
        {**NAT, "name": "other", "directors": ["lb2"], "realservers": ["rs2"]},
    ]
    directors = {"lb1": DIRECTOR["lb"], "lb2": {**NAT_DIRECTOR["lb"], "lvs_dip": "10.0.0.8/24"}}
    inside = {"rs1": REALSERVERS["rs1"], "rs2": INSIDE["rs2"]}
    made = farm(services, directors, inside)
    assert wires(made)["lb1"] == {"net1": ["10.0.0.9/24"]}
    assert wires(made)["lb2"] == {"net1": ["10.0.0.8/24"], "net2": ["203.0.113.2/24"]}
    assert [made.host(name).serves for name in ("rs1", "rs2")] == [(("tcp", 443),), (("tcp", 80),)]


def test_tun_reaches_realservers_on_networks_of_their_own() -> None:
    far = {
        "rs1": {"lvs_rip": "10.1.0.11/24", "lvs_server_gateway": "10.1.0.254"},
        "rs2": {"lvs_rip": "10.2.0.11/24"},
    }
    made = farm([{**WEB, "forwarding": "tun"}], DIRECTOR, far)
    assert wires(made)["router"] == {
        "net1": ["10.0.0.1/24"],
        "net2": ["10.1.0.254/24"],
        "net3": ["10.2.0.1/24"],
        "net4": ["198.51.100.2/24"],
    }
    assert [ways(made.host(name))["default"] for name in ("lb", "rs1", "rs2")] == [
        "10.0.0.1",
        "10.1.0.254",
        "10.2.0.1",
    ]


WEB6 = {"name": "web6", "vip": "2001:db8:1::100", "port": 443, "realservers": "realservers"}
BOTH: Hosts = {
    "lb": {"lvs_dip": ["10.0.0.9/24", "2001:db8:1::9/64"]},
    "rs1": {
        "lvs_rip": ["10.0.0.11/24", "2001:db8:1::11/64"],
        "lvs_server_gateway": ["10.0.0.254", "2001:db8:1::fe"],
    },
}


def test_ipv4_and_ipv6_of_the_same_hosts_are_one_wire() -> None:
    made = farm([WEB, WEB6], {"lb": BOTH["lb"]}, {"rs1": BOTH["rs1"]})
    assert wires(made) == {
        "lb": {"net1": ["10.0.0.9/24", "2001:db8:1::9/64"]},
        "rs1": {"net1": ["10.0.0.11/24", "2001:db8:1::11/64"]},
        "client": {"net2": ["198.51.100.1/24", "2001:db8:ffff::1/64"]},
        "router": {
            "net1": ["10.0.0.254/24", "2001:db8:1::fe/64"],
            "net2": ["198.51.100.2/24", "2001:db8:ffff::2/64"],
        },
    }
    assert ways(made.host("rs1")) == {"default": "10.0.0.254", "::/0": "2001:db8:1::fe"}
    assert ways(made.host("client")) == {"default": "198.51.100.2", "::/0": "2001:db8:ffff::2"}


def test_networks_of_different_hosts_are_different_wires() -> None:
    networks = ["203.0.113.0/24", "2001:db8:2::/64"]
    directors = {"lb": {"lvs_dip": ["10.0.0.9/24", "2001:db8:1::9/64"], "lvs_networks": networks}}
    outside = {**NAT, "realservers": "realservers"}
    outside6 = {**outside, "name": "web6", "vip": "2001:db8:2::10"}
    made = farm([outside, outside6], directors, {"rs1": {"lvs_rip": ["10.0.0.11/24", "2001:db8:1::11/64"]}})
    assert wires(made)["lb"] == {
        "net1": ["10.0.0.9/24", "2001:db8:1::9/64"],
        "net2": ["203.0.113.1/24", "2001:db8:2::1/64"],
    }
    assert wires(made)["rs1"] == {"net1": ["10.0.0.11/24", "2001:db8:1::11/64"]}
    assert list(wires(made)["router"]) == ["net2", "net3"]


def test_ipv6_alone() -> None:
    realserver = {"lvs_rip": "2001:db8:1::11/64", "lvs_server_gateway": "2001:db8:1::fe"}
    made = farm([WEB6], {"lb": {"lvs_dip": "2001:db8:1::9/64"}}, {"rs1": realserver})
    assert wires(made)["client"] == {"net2": ["2001:db8:ffff::1/64"]}
    assert [version for _segment, version in made.controller] == [
        ipaddress.ip_interface("2001:db8:1::1/64"),
        ipaddress.ip_interface("2001:db8:ffff::3/64"),
    ]


def test_a_client_gets_the_family_that_its_neighbours_have() -> None:
    hosts = ({"lb": BOTH["lb"]}, {"rs1": BOTH["rs1"]})
    made = farm([WEB, WEB6], *hosts, {"desk": {"ansible_host": "10.0.0.254"}})
    assert wires(made)["desk"] == {"net1": ["10.0.0.254/24", "2001:db8:1::1/64"]}


def test_a_director_that_serves_as_well() -> None:
    directors = {"lb": {**DIRECTOR["lb"], "lvs_localnode": "single"}}
    made = farm([WEB], directors, {**REALSERVERS, **directors})
    assert [(host.name, host.role) for host in made.hosts][:3] == [
        ("lb", "director"),
        ("rs1", "realserver"),
        ("rs2", "realserver"),
    ]
    assert made.host("lb").serves == (("tcp", 443),)


def test_udp_is_served_and_a_mark_is_not() -> None:
    names = {"name": "names", "vip": "10.0.0.100", "port": 53, "protocol": "udp", "realservers": "realservers"}
    marked = {"name": "all", "vip": "10.0.0.101", "port": 0, "persistence": 60, "realservers": "realservers"}
    assert farm([names, marked], DIRECTOR, REALSERVERS).host("rs1").serves == (("udp", 53),)


def test_clients_are_where_the_inventory_says() -> None:
    clients: Hosts = {
        "desk": {"ansible_host": "10.77.1.5"},
        "phone": {"ansible_host": "phone.example.com"},
        "near": {"ansible_host": "10.0.0.77"},
    }
    made = farm([WEB], DIRECTOR, REALSERVERS, clients)
    assert {name: on for name, on in wires(made).items() if name in clients} == {
        "desk": {"net2": ["10.77.1.5/24"]},
        "phone": {"net3": ["198.51.100.1/24"]},
        "near": {"net1": ["10.0.0.77/24"]},
    }
    assert ways(made.host("near")) == {"default": "10.0.0.254"}
    assert list(wires(made)["router"]) == ["net1", "net2", "net3"]


def test_a_client_beside_a_network_is_not_on_it() -> None:
    directors = {"lb": {**DIRECTOR["lb"], "lvs_networks": ["10.77.1.0/26"]}}
    made = farm([WEB], directors, REALSERVERS, {"desk": {"ansible_host": "10.77.1.200"}})
    assert wires(made)["desk"] == {"net2": ["10.77.1.200/25"]}


def test_a_client_that_is_the_gateway_forwards_to_the_router_when_there_is_one() -> None:
    clients: Hosts = {"desk": {"ansible_host": "10.0.0.254"}, "phone": {"ansible_host": "phone.example.com"}}
    made = farm([WEB], DIRECTOR, REALSERVERS, clients)
    assert [host.name for host in made.hosts if host.forward] == ["desk", "router"]
    assert ways(made.host("desk")) == {"default": "10.0.0.1"}
    assert ways(made.host("rs1")) == {"default": "10.0.0.254"}


def test_the_smallest_network_is_the_one_that_counts() -> None:
    """The lab takes no address of a network within the one where it needs some."""
    directors = {"lb": {**DIRECTOR["lb"], "lvs_networks": ["10.0.0.0/8", "10.0.0.0/16"]}}
    one = {**WEB, "realservers": ["rs1", "rs2"]}
    made = farm([one], directors, {**REALSERVERS, "spare": {"lvs_rip": "10.9.0.11"}})
    assert wires(made)["lb"] == {"net2": ["10.0.0.9/24"]}
    assert wires(made)["spare"] == {"net1": ["10.9.0.11/8"]}
    assert wires(made)["router"]["net1"] == ["10.1.0.0/8"]


def test_a_director_answers_by_the_network_of_its_vips() -> None:
    directors = {"lb": {**DIRECTOR["lb"], "lvs_networks": ["203.0.113.0/24"]}}
    made = farm([{**WEB, "vip": "203.0.113.10"}], directors, REALSERVERS)
    assert wires(made)["router"] == {
        "net1": ["10.0.0.254/24"],
        "net2": ["203.0.113.2/24"],
        "net3": ["198.51.100.2/24"],
    }
    assert ways(made.host("lb")) == {"default": "203.0.113.2"}


def test_a_network_of_documentation_that_is_taken_is_left_alone() -> None:
    directors = {"lb": {**DIRECTOR["lb"], "lvs_networks": ["198.51.100.64/26"], "director_vip_interface": "lo"}}
    assert wires(farm([WEB], directors, REALSERVERS))["client"] == {"net2": ["203.0.113.1/24"]}
    routed = {**WEB, "name": "routed", "vip": "203.0.113.9"}
    assert wires(farm([WEB, routed], directors, REALSERVERS))["client"] == {"net2": ["192.0.2.1/24"]}


def test_a_realserver_in_no_pool_is_there_all_the_same() -> None:
    one = {**WEB, "realservers": ["rs1"]}
    made = farm([one], DIRECTOR, {**REALSERVERS, "spare": {"lvs_rip": "10.5.0.11/24"}})
    assert wires(made)["rs2"] == {"net1": ["10.0.0.12/24"]}
    assert wires(made)["spare"] == {"net2": ["10.5.0.11/24"]}
    assert made.host("rs2").serves == ()
    said = refused([one], DIRECTOR, {**REALSERVERS, "spare": {}})
    assert "spare: it is in no pool, and nothing says its address. Fix: give it lvs_rip" in said


def test_two_names_of_one_machine_are_one_machine() -> None:
    services = [{**WEB, "realservers": ["rs1", "rs2"]}]
    made = farm(services, DIRECTOR, {**REALSERVERS, "rs1-again": {"ansible_host": "10.0.0.11"}})
    assert made.host("rs1").inventory_names == ("rs1", "rs1-again")
    assert made.host("rs1-again") is made.host("rs1")


def test_a_vip_that_is_routed_to_the_director() -> None:
    routed = {**WEB, "vip": "172.16.5.5"}
    made = farm([routed], {"lb": {**DIRECTOR["lb"], "director_vip_interface": "lo"}}, REALSERVERS)
    assert wires(made)["lb"] == {"net1": ["10.0.0.9/24"]}
    assert ways(made.host("router")) == {"172.16.5.5/32": "10.0.0.9"}
    near: Hosts = {"desk": {"ansible_host": "10.0.0.77"}}
    inside = {name: {"lvs_rip": one["lvs_rip"]} for name, one in REALSERVERS.items()}
    made = farm([routed], {"lb": {**DIRECTOR["lb"], "director_vip_interface": "lo"}}, inside, near)
    assert wires(made)["router"] == {"net1": ["10.0.0.1/24"]}
    assert ways(made.host("desk")) == {"default": "10.0.0.1"}
    said = refused([routed, {**routed, "name": "too", "port": 80}], DIRECTOR, REALSERVERS)
    assert "172.16.5.5: nothing says which network the VIP is on. Fix: name it in the directors' lvs_networks" in said


def test_the_interface_of_a_vip_has_the_name_that_the_inventory_gives_it() -> None:
    directors = {"lb": {**NAT_DIRECTOR["lb"], "director_vip_interface": "ens18:1"}}
    made = farm([{**NAT, "realservers": "realservers"}], directors, INSIDE)
    assert [nic.name for nic in made.host("lb").nics] == ["vec0", "ens18"]
    assert "lab.name1=ens18" in kernel_arguments(made.host("lb"), KERNEL, IMAGE, Path("/state"))
    own = {**NAT, "realservers": "realservers", "vip_interface": "eth7"}
    more = {**NAT, "name": "more", "vip": "203.0.113.11", "realservers": "realservers"}
    assert [nic.name for nic in farm([own], directors, INSIDE).host("lb").nics] == ["vec0", "eth7"]
    assert "VIPs of 203.0.113.0/24 are on several interfaces" in refused([own, more], directors, INSIDE)


def test_names_become_those_that_a_host_can_have_and_stay_apart() -> None:
    names = (
        "Web_1.Example.com",
        "web-1",
        "web-1.example.net",
        "10.0.0.14",
        "x" * 40,
        "_",
        "web-2-",
        "localhost.example.com",
    )
    realservers: Hosts = {name: {"lvs_rip": f"10.0.0.{11 + number}/24"} for number, name in enumerate(names)}
    made = farm([WEB], DIRECTOR, realservers)
    found = {host.inventory_names[0]: host.name for host in made.hosts if host.role == "realserver"}
    assert found == {
        "Web_1.Example.com": "web-1-example-com",
        "web-1": "web-1",
        "web-1.example.net": "web-1-example-net",
        "10.0.0.14": "h10-0-0-14",
        "x" * 40: "x" * 26,
        "_": "h",
        "web-2-": "web-2-",
        "localhost.example.com": "localhost-example-com",
    }
    assert made.host("Web_1.Example.com") is made.host("web-1-example-com")


def test_the_labs_own_machines_take_no_name_of_the_inventory() -> None:
    made = farm([WEB], {"client": DIRECTOR["lb"]}, REALSERVERS, groups=("router", "lab-client"))
    assert [host.name for host in made.hosts] == ["client", "rs1", "rs2", "lab-client-2", "lab-router"]
    assert [host.inventory_names for host in made.hosts[3:]] == [(), ()]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    directors = {"lb": {"lvs_dip": "10.0.0.9"}}
    realservers: Hosts = {
        **{f"rs{number}": {"lvs_rip": f"10.0.0.{number + 10}"} for number in range(1, 9)},
        "bsd": {"lvs_rip": "10.0.0.20", "lvs_system": "FreeBSD"},
        "nt": {"lvs_rip": "10.0.0.21", "lvs_system": "Win32NT"},
    }
    systems = refused([WEB], directors, realservers)
    assert "bsd (FreeBSD), nt (Win32NT): the lab's machines are all Linux. Fix: leave it out in a copy" in systems
    del realservers["bsd"], realservers["nt"]
    said = refused([WEB], directors, realservers).splitlines()
    assert said == [
        "The lab cannot make a farm that looks like my/inventory.",
        "lb (10.0.0.9): nothing says which network the address is on. Fix: write lvs_dip with its prefix, such as "
        "192.168.1.9/24, or name the network in lvs_networks.",
        "rs1 (10.0.0.11), rs2 (10.0.0.12), rs3 (10.0.0.13), rs4 (10.0.0.14), rs5 (10.0.0.15) and 3 more: nothing says "
        "which network the address is on. Fix: write lvs_rip with its prefix, such as 192.168.1.9/24, or name the "
        "network in lvs_networks.",
        "10.0.0.100: nothing says which network the VIP is on. Fix: name it in the directors' lvs_networks; a VIP that "
        "is routed to them has director_vip_interface: lo.",
    ]


def test_one_prefix_says_it_for_all() -> None:
    realservers: Hosts = {"rs1": {"lvs_rip": "10.0.0.11"}, "rs2": {"ansible_host": "10.0.0.12"}}
    assert wires(farm([WEB], DIRECTOR, realservers))["rs2"] == {"net1": ["10.0.0.12/24"]}


def test_a_gateway_on_an_unknown_network_is_refused() -> None:
    directors = {"lb": {**NAT_DIRECTOR["lb"], "lvs_networks": [], "director_vip_interface": "lo"}}
    said = refused([{**NAT, "realservers": "realservers"}], directors, INSIDE)
    assert "203.0.113.1 of lb: the gateway is on no network that is known. Fix: name its network" in said


def test_a_network_without_a_free_address_is_refused() -> None:
    directors = {"lb": {"lvs_dip": "10.0.0.9/29"}}
    realservers = {f"rs{number}": {"lvs_rip": f"10.0.0.{number}/29"} for number in range(10, 15)}
    with pytest.raises(LabError, match=r"10\.0\.0\.8/29 has no address left for the lab"):
        farm_like(seen([{**WEB, "vip": "10.0.0.14"}], directors, dict(list(realservers.items())[:4])), "my/inventory")


def test_the_controller_is_no_machine_of_a_farm() -> None:
    said = refused([WEB], DIRECTOR, REALSERVERS, {"localhost": {"ansible_connection": "local"}})
    assert "localhost: the controller is no machine of a farm. Fix: leave it out" in said


@pytest.mark.parametrize("name", ["desk\nhosts: {}", "$(reboot)", "{{ lookup('pipe', 'id') }}", "a b", "[a:z]", ""])
def test_hostile_names_are_refused(name: str) -> None:
    """The plan refuses them for directors and realservers; of clients it reads the address alone."""
    data = farm_like(seen([WEB], DIRECTOR, REALSERVERS, {name: {"ansible_host": "10.0.0.77"}}), "my/inventory")
    with pytest.raises(LabError, match="inventory_names"):
        read_farm("odd", "my/inventory", data)
