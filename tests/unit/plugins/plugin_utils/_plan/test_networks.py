# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that mean a whole network, gateways that are none, and whether director and realserver are neighbours."""

from __future__ import annotations

import ipaddress
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.addresses import (
    WIDEST,
    edges,
    parse_address,
    too_wide,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.facts import network_by_facts
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    HOSTVARS,
    found,
    groups,
    hostvars,
    plan,
    service,
)

VIP_PATH = "lvs_services[0].vip"
RS1 = "hostvars[realserver1]"
IPV6 = hostvars(
    director={"lvs_dip": "2001:db8::9/64"},
    realserver1={"lvs_rip": "2001:db8::11/64"},
    realserver2={"lvs_rip": "2001:db8::12/64"},
)
BARE: dict[str, dict[str, t.Any]] = {name: {"ansible_host": HOSTVARS[name]["ansible_host"]} for name in HOSTVARS}


def bare(**changes: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """The farm without a prefix, as the README's inventory has it."""
    return {name: {**BARE[name], **changes.get(name, {})} for name in BARE}


def narrow(prefix: int, dip: str, rip: str) -> dict[str, t.Any]:
    """A director and one realserver on a network of this length; by default nothing is wrong."""
    return {
        "groups": groups(realservers=["realserver1"], clients=[]),
        "hostvars": {"director": {"lvs_dip": f"{dip}/{prefix}"}, "realserver1": {"lvs_rip": f"{rip}/{prefix}"}},
    }


def messages(planned: dict[str, t.Any], rule: str) -> list[str]:
    return [finding["message"] for finding in planned["findings"] if finding["id"] == rule]


# The VIP and the inventory, and whether the VIP can be one.
VIPS: dict[str, tuple[str, dict[str, t.Any], bool]] = {
    "network address by prefixes": ("192.168.1.0", {}, False),
    "broadcast address by prefixes": ("192.168.1.255", {}, False),
    "broadcast address with its own /32": ("192.168.1.255/32", {}, False),
    "any other of the network": ("192.168.1.254", {"groups": groups(clients=[])}, True),
    "broadcast address by lvs_networks": (
        "192.168.7.255",
        {"hostvars": hostvars(director={"lvs_networks": ["192.168.7.0/24"]})},
        False,
    ),
    "broadcast address by lvs_networks of a realserver": (
        "192.168.7.255",
        {"hostvars": hostvars(realserver2={"lvs_networks": ["192.168.7.0/24"]})},
        False,
    ),
    "in the middle of the only known network": (
        "192.168.2.255",
        {"hostvars": hostvars(director={"lvs_networks": ["192.168.2.0/23"]})},
        True,
    ),
    "of no known network": ("192.0.2.255", {}, True),
    "nothing is known": ("192.168.1.255", {"hostvars": BARE}, True),
    "subnet-router anycast": ("2001:db8::", {"hostvars": IPV6}, False),
    "last of an IPv6 network": ("2001:db8::ffff:ffff:ffff:ffff", {"hostvars": IPV6}, True),
    "first of a /30": ("192.0.2.4", narrow(30, "192.0.2.5", "192.0.2.6"), False),
    "last of a /30": ("192.0.2.7", narrow(30, "192.0.2.5", "192.0.2.6"), False),
    "first of a /126": ("2001:db8::4", narrow(126, "2001:db8::5", "2001:db8::6"), False),
    "last of a /126": ("2001:db8::7", narrow(126, "2001:db8::5", "2001:db8::6"), True),
}


@pytest.mark.parametrize("case", VIPS)
def test_a_vip_is_no_address_of_a_whole_network(case: str) -> None:
    vip, inventory, fine = VIPS[case]
    planned = plan(service(vip=vip), **inventory)
    assert found(planned) == ([] if fine else [(VIP_PATH, vip.partition("/")[0])])
    assert bool(planned["hosts"]) is fine


@pytest.mark.parametrize(
    ("prefix", "dip", "rip", "vip"),
    [(31, "192.0.2.4", "192.0.2.5", "192.0.2.9"), (127, "2001:db8::4", "2001:db8::5", "2001:db8::9")],
)
def test_both_addresses_of_a_network_of_two_are_machines(prefix: int, dip: str, rip: str, vip: str) -> None:
    assert found(plan(service(vip=vip), **narrow(prefix, dip, rip))) == []


# Variables of realserver1 (nat: of the director), and the path at which they are refused, if they are.
GATEWAYS: dict[str, tuple[str, str, dict[str, t.Any], str]] = {
    "a router": ("dr", "realserver1", {"lvs_server_gateway": "192.168.1.253"}, ""),
    "its own RIP": ("dr", "realserver1", {"lvs_server_gateway": "192.168.1.11"}, "server-gateway-is-itself"),
    "its own RIP by tun": ("tun", "realserver1", {"lvs_server_gateway": "192.168.1.11"}, "server-gateway-is-itself"),
    "its own RIP by nat": ("nat", "realserver1", {"lvs_server_gateway": "192.168.1.11"}, "server-gateway-is-itself"),
    "the network": ("dr", "realserver1", {"lvs_server_gateway": "192.168.1.0"}, "address-edge"),
    "the broadcast address": ("dr", "realserver1", {"lvs_server_gateway": "192.168.1.255"}, "address-edge"),
    "the same by nat, where it is not used": (
        "nat",
        "realserver1",
        {"lvs_server_gateway": "192.168.1.255"},
        "address-edge",
    ),
    "another network": ("dr", "realserver1", {"lvs_server_gateway": "192.168.2.254"}, "server-gateway-off-network"),
    "another network of its own": (
        "dr",
        "realserver1",
        {"lvs_server_gateway": "192.168.2.254", "lvs_networks": ["192.168.2.0/24"]},
        "",
    ),
    "the broadcast address of another network of its own": (
        "dr",
        "realserver1",
        {"lvs_server_gateway": "192.168.2.255", "lvs_networks": ["192.168.2.0/24"]},
        "address-edge",
    ),
    "with a prefix of no network": ("dr", "realserver1", {"lvs_server_gateway": "192.168.1.253/0"}, "prefix-too-wide"),
    "a router of the director": ("nat", "director", {"lvs_director_gateway": "192.168.1.253"}, ""),
    "its own DIP": ("nat", "director", {"lvs_director_gateway": "192.168.1.9"}, "director-gateway-is-inside"),
    "the director's network": ("nat", "director", {"lvs_director_gateway": "192.168.1.0"}, "address-edge"),
    "the director's broadcast address": ("nat", "director", {"lvs_director_gateway": "192.168.1.255"}, "address-edge"),
    "on the network of the DIP": (
        "nat",
        "director",
        {"lvs_director_gateway": "192.168.1.253", "lvs_networks": ["192.168.2.0/24"]},
        "",
    ),
    "on the second network of the director": (
        "nat",
        "director",
        {"lvs_director_gateway": "192.168.2.253", "lvs_networks": ["192.168.2.0/24"]},
        "",
    ),
    "on no network of the director": (
        "nat",
        "director",
        {"lvs_director_gateway": "192.168.3.253", "lvs_networks": ["192.168.2.0/24"]},
        "director-gateway-off-networks",
    ),
}


@pytest.mark.parametrize("case", GATEWAYS)
def test_a_gateway_is_another_machine_that_is_near(case: str) -> None:
    forwarding, host, variables, rule = GATEWAYS[case]
    planned = plan(service(forwarding=forwarding), hostvars=hostvars(**{host: variables}))
    refused = [finding for finding in planned["findings"] if finding["severity"] == "error"]
    assert [finding["id"] for finding in refused] == [rule] * bool(rule), refused
    assert {finding["path"] for finding in refused} <= {f"hostvars[{host}].{next(iter(variables))}"}


def test_an_ipv6_gateway_is_no_anycast_address() -> None:
    variables = {**IPV6, "realserver1": {**IPV6["realserver1"], "lvs_server_gateway": "2001:db8::"}}
    planned = plan(service(vip="2001:db8::110"), hostvars=variables)
    assert found(planned) == [(f"{RS1}.lvs_server_gateway", "2001:db8::")]


def test_a_director_that_serves_as_well_may_be_the_gateway_of_the_others() -> None:
    box = hostvars(director={"lvs_localnode": "single", "lvs_server_gateway": "192.168.1.9"})
    pool = groups(realservers=["director", "realserver1"])
    assert found(plan(service(forwarding="nat"), groups=pool, hostvars=box)) == []


def test_its_bad_dip_is_named_once() -> None:
    box = hostvars(director={"lvs_localnode": "single", "lvs_dip": "192.168.1.255/24"})
    pool = groups(realservers=["director", "realserver1"])
    planned = plan(service(forwarding="nat"), groups=pool, hostvars=box)
    assert found(planned) == [("hostvars[director].lvs_dip", "192.168.1.255")]


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ("192.168.1.255", [("hostvars[client].ansible_host", "192.168.1.255")]),
        ("192.168.1.0", [("hostvars[client].ansible_host", "192.168.1.0")]),
        ("192.168.2.255", []),
        ("127.0.0.1", []),  # Ansible reaches it by a port of the controller
        ("client.example.com", []),
    ],
)
def test_a_client(address: str, errors: list[tuple[str, object]]) -> None:
    assert found(plan(service(), hostvars=hostvars(client={"ansible_host": address}))) == errors


def test_two_clients_that_are_reached_through_the_controller() -> None:
    farm = groups(clients=["client", "client2"])
    local = {"ansible_host": "127.0.0.1"}
    planned = plan(service(), groups=farm, hostvars=hostvars(client=local, client2=local))
    assert found(planned) == []
    assert planned["clients"] == {"client": None, "client2": None}


NETWORKS = {
    "192.168.1.0/24": "",
    "10.0.0.0/8": "",
    "2002::/16": "",
    "0.0.0.0/0": "prefix-too-wide",
    "8.0.0.0/7": "prefix-too-wide",
    "::/0": "prefix-too-wide",
    "2001::/15": "prefix-too-wide",
    "192.168.1.9/32": "network-invalid",
    "192.168.1.9": "network-invalid",
    "127.0.0.0/8": "network-unusable",
    "224.0.0.0/8": "network-unusable",
    "240.0.0.0/8": "network-unusable",
    "fe80::/64": "network-unusable",
    "::ffff:0:0/96": "network-unusable",
}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_is_one_that_machines_are_on(network: str) -> None:
    planned = plan(service(), hostvars=hostvars(client={}, director={"lvs_networks": [network, "192.168.1.0/24"]}))
    refused = [finding for finding in planned["findings"] if finding["severity"] == "error"]
    assert [finding["id"] for finding in refused] == [NETWORKS[network]] * bool(NETWORKS[network])


ADDRESSES = st.tuples(st.ip_addresses(v=4).map(str), st.integers(0, 32)) | st.tuples(
    st.ip_addresses(v=6).map(str), st.integers(0, 128)
)


@given(ADDRESSES)
def test_a_prefix_and_the_edges_are_what_the_standard_library_says(pair: tuple[str, int]) -> None:
    text, prefix = pair
    address = parse_address(f"{text}/{prefix}")
    assert address is not None
    assert too_wide(address) == (prefix < WIDEST[address.family])
    network = ipaddress.ip_network(f"{text}/{prefix}", strict=False)
    ends = {network[0]} if network.version == 6 else {network.network_address, network.broadcast_address}
    expected = {str(end) for end in ends} if network.num_addresses > 2 else set()
    assert {str(ipaddress.ip_address(edge)) for edge in edges(str(network))} == expected


# Whether they are neighbours, when the inventory names no network.


def test_nothing_known_is_said_once_and_how_to_have_it_checked() -> None:
    planned = plan(service(), hostvars=BARE)
    (hint,) = [finding for finding in planned["findings"] if finding["id"] == "network-unchecked"]
    assert (hint["severity"], hint["path"], hint["value"]) == ("hint", "groups.realservers", "realserver1, realserver2")
    assert "lvs_dip: 192.168.1.9/24" in hint["cure"]
    assert planned["hosts"]["realserver1"]["realserver"]["directors"] == ["192.168.1.9"]


@pytest.mark.parametrize(
    "known",
    [
        {"director": {"lvs_dip": "192.168.1.9/24"}},
        {"director": {"lvs_networks": ["192.168.1.0/24"]}},
        {"realserver1": {"lvs_rip": "192.168.1.11/24"}, "realserver2": {"lvs_networks": ["192.168.1.0/24"]}},
    ],
)
def test_a_hint_goes_when_the_inventory_says_enough(known: dict[str, dict[str, t.Any]]) -> None:
    assert messages(plan(service(), hostvars=bare(**known)), "network-unchecked") == []


def test_two_hundred_unchecked_realservers_are_one_hint() -> None:
    names = [f"realserver{number}" for number in range(200)]
    described = {name: {"ansible_host": f"10.0.1.{number}"} for number, name in enumerate(names)}
    planned = plan(
        service(vip="10.0.2.1"),
        groups={"all": ["director", *names], "directors": ["director"], "realservers": names},
        hostvars={"director": {"ansible_host": "10.0.0.1"}, **described},
    )
    (message,) = messages(planned, "network-unchecked")
    assert len(message) < 250


def test_tun_needs_no_network() -> None:
    planned = plan(service(forwarding="tun"), hostvars=BARE)
    assert messages(planned, "network-unchecked") == []
    assert planned["hosts"]["realserver1"]["realserver"]["directors"] == []


def test_only_the_family_that_is_forwarded_by_dr_counts() -> None:
    both = {
        name: {variable: [HOSTVARS[name]["ansible_host"], f"2001:db8::{number}"]}
        for number, (name, variable) in enumerate(
            [("director", "lvs_dip"), ("realserver1", "lvs_rip"), ("realserver2", "lvs_rip")], start=1
        )
    }
    planned = plan(service(), service(name="six", vip="2001:db8::110", forwarding="tun"), hostvars={**BARE, **both})
    assert planned["hosts"]["realserver1"]["realserver"]["directors"] == ["192.168.1.9"]


def eth0(address: str, prefix: object = None, **more: object) -> dict[str, t.Any]:
    """Facts as Linux gives them."""
    return {"system": "Linux", "eth0": {"ipv4": {"address": address, "prefix": prefix, **more}}}


SAID: dict[str, tuple[object, str | None]] = {
    # facts of 192.168.1.11, and the network that they name
    "Linux": (eth0("192.168.1.11", "24"), "192.168.1.0/24"),
    "a secondary address": (
        {"eth0": {"ipv4_secondaries": [{"address": "192.168.1.11", "prefix": "25"}]}},
        "192.168.1.0/25",
    ),
    "a BSD": ({"em0": {"ipv4": [{"address": "192.168.1.11", "netmask": "255.255.255.0"}]}}, "192.168.1.0/24"),
    "another address": (eth0("192.168.1.12", "24"), None),
    "point to point": (eth0("192.168.1.11", "32"), None),
    "the other family": ({"eth0": {"ipv6": [{"address": "192.168.1.11", "prefix": "24"}]}}, None),
    "no facts": (None, None),
    "an empty interface": ({"eth0": {}, "lo": None}, None),
    "everybody is a neighbour": (eth0("192.168.1.11", "0"), None),
    "a prefix of no network": (eth0("192.168.1.11", "7"), None),
    "it is the broadcast address": ({"eth0": {"ipv4": {"address": "192.168.1.11", "prefix": "30"}}}, None),
    "a netmask with holes": (eth0("192.168.1.11", None, netmask="255.0.255.0"), None),
    "a netmask that is none": (eth0("192.168.1.11", None, netmask="999.0.0.0"), None),
    "a prefix that is none": (eth0("192.168.1.11", "999"), None),
    "a prefix in other digits": (eth0("192.168.1.11", "\u0662\u0664"), None),
    "a template": (eth0("192.168.1.11", "{{ evil }}"), None),
    "a number": (eth0("192.168.1.11", 24), None),
    "lists all the way": ({"eth0": {"ipv4": [[["192.168.1.11"]]], "ipv4_secondaries": "192.168.1.11/24"}}, None),
    "a list": (["192.168.1.11/24"], None),
}


@pytest.mark.parametrize("case", SAID)
def test_what_facts_name(case: str) -> None:
    facts, network = SAID[case]
    address = parse_address("192.168.1.11")
    assert address is not None
    assert network_by_facts(facts, address) == network


def test_what_facts_name_in_ipv6() -> None:
    address = parse_address("2001:db8::11")
    assert address is not None
    assert (
        network_by_facts({"eth0": {"ipv6": [{"address": "2001:DB8::11", "prefix": "64"}]}}, address) == "2001:db8::/64"
    )


def test_facts_that_agree_leave_nothing_to_say() -> None:
    knows = {"realserver1": {"ansible_facts": eth0("192.168.1.11", "24")}}
    planned = plan(service(realservers=["realserver1"]), hostvars=bare(**knows))
    assert messages(planned, "network-unchecked") == messages(planned, "network-by-facts") == []
    both = bare(director={"ansible_facts": eth0("192.168.1.9", "24")})
    assert messages(plan(service(), hostvars=both), "network-unchecked") == []


def test_a_realserver_whose_facts_say_another_network_is_warned_of_and_nothing_is_refused() -> None:
    apart = bare(realserver1={"lvs_rip": "192.168.2.11", "ansible_facts": eth0("192.168.2.11", "24")})
    planned = plan(service(), hostvars=apart)
    assert found(planned) == []
    assert (f"{RS1}.ansible_facts", "192.168.2.0/24") in found(planned, "warning")
    assert "director director (192.168.1.9)" in messages(planned, "network-by-facts")[0]


def test_a_director_whose_facts_leave_all_out_is_one_warning() -> None:
    lies = hostvars(director={"ansible_facts": eth0("192.168.1.9", "31")})
    (message,) = messages(plan(service(), hostvars=lies), "network-by-facts")
    assert "realserver realserver1 (192.168.1.11)" in message


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["192.168.1.11", "24"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ipv4", "ipv6", "ipv4_secondaries", "address", "prefix", "netmask"]), inner)
    ),
    max_leaves=8,
)
ENTRIES = st.fixed_dictionaries(
    {"address": st.sampled_from(["192.168.1.11", "192.168.1.12", "192.168.1.9"])},
    optional={
        "prefix": st.integers(-1, 200).map(str) | ANY,
        "netmask": st.sampled_from(["255.255.255.0", "ffff::"]) | ANY,
    },
)
FACTS = st.dictionaries(
    st.sampled_from(["eth0", "lo", "default_ipv4", "all_ipv4_addresses", "ansible_lvs_dip"]),
    ANY
    | st.fixed_dictionaries(
        {"ipv4": ENTRIES | ANY}, optional={"ipv4_secondaries": st.lists(ENTRIES | ANY, max_size=2)}
    ),
)


@given(st.sampled_from(["dr", "nat"]), st.dictionaries(st.sampled_from(sorted(HOSTVARS)), FACTS | ANY), st.booleans())
def test_no_facts_change_what_is_planned(forwarding: str, said: dict[str, t.Any], known: bool) -> None:
    """Whatever hosts say of their addresses: the same plan for everybody, and no inventory refused."""
    farm: dict[str, dict[str, t.Any]] = HOSTVARS if known else BARE
    services = [service(forwarding=forwarding)]
    silent = make_plan(services, GROUPS, farm)
    facts = {host: {**farm[host], "ansible_facts": said[host]} for host in said}
    told = make_plan(services, GROUPS, {**farm, **facts})
    assert found(told) == []
    assert {**told, "findings": []} == {**silent, "findings": []}
    warned = [path for path, _value in found(told, "warning") if path.endswith(".ansible_facts")]
    assert len(warned) == len(set(warned))
    assert {path.partition("]")[0] for path in warned} <= {f"hostvars[{host}" for host in said}
