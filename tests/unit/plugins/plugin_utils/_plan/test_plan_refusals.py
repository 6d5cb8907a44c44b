# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan refuses: each fault gives one finding that names the item, the value and the cure."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    HOSTVARS,
    found,
    groups,
    hostvars,
    member,
    plan,
    service,
)

POOL = "lvs_services[0].realservers"


def errors(planned: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return [finding for finding in planned["findings"] if finding["severity"] == "error"]


def the_finding(planned: dict[str, t.Any]) -> dict[str, t.Any]:
    (only,) = errors(planned)
    assert planned["hosts"] == {}, "a refused inventory must leave nothing to do"
    assert only["cure"].endswith((".", "?"))
    return only


FAULTY_SERVICES: dict[str, tuple[dict[str, t.Any], str, object, str]] = {
    # what: the service, path, value, a part of message or cure
    "unknown key": (service(vipp="x"), "lvs_services[0].vipp", "vipp", "Did you mean vip?"),
    "name with a newline": (service(name="a\nb"), "lvs_services[0].name", "'a\\nb'", "is not a name"),
    "name with braces": (service(name="{{ 7*7 }}"), "lvs_services[0].name", "{{ 7*7 }}", "is not a name"),
    "name with a command": (service(name="$(reboot)"), "lvs_services[0].name", "$(reboot)", "is not a name"),
    "name is a number": (service(name=80), "lvs_services[0].name", 80, "is not a name"),
    "no VIP": (service(vip=None), "lvs_services[0].vip", None, "says which virtual IP"),
    "malformed VIP": (service(vip="192.168.1.300"), "lvs_services[0].vip", "192.168.1.300", "is not an address"),
    "abbreviated VIP": (service(vip="192.168.110"), "lvs_services[0].vip", "192.168.110", "is not an address"),
    "VIP is a number": (service(vip=3232235886), "lvs_services[0].vip", 3232235886, "is not an address"),
    "VIP is a list": (service(vip=["192.168.1.110"]), "lvs_services[0].vip", "a list", "is not an address"),
    "VIP with a mask": (service(vip="192.168.1.110/24"), "lvs_services[0].vip", "192.168.1.110/24", "other than /32"),
    "IPv6 VIP with a mask": (
        service(vip="2001:db8::110/64", forwarding="tun"),
        "lvs_services[0].vip",
        "2001:db8::110/64",
        "other than /128",
    ),
    "multicast VIP": (service(vip="224.0.0.1"), "lvs_services[0].vip", "224.0.0.1", "is a multicast address"),
    "loopback VIP": (service(vip="127.0.0.1"), "lvs_services[0].vip", "127.0.0.1", "is a loopback address"),
    "VIP is the DIP": (service(vip="192.168.1.9"), "lvs_services[0].vip", "192.168.1.9", "is the DIP of director too"),
    "VIP is a RIP": (service(vip="192.168.1.12"), "lvs_services[0].vip", "192.168.1.12", "is the RIP of realserver2"),
    "VIP is a client": (service(vip="192.168.1.254"), "lvs_services[0].vip", "192.168.1.254", "address of client too"),
    "fwmark 0": (service(vip=None, port=None, fwmark=0), "lvs_services[0].fwmark", 0, "from 1 to 4294967295"),
    "fwmark with a port": (service(fwmark=5), "lvs_services[0].port", "http", "cannot be set with fwmark"),
    "fwmark with a protocol": (
        service(port=None, fwmark=5, protocol="udp"),
        "lvs_services[0].protocol",
        "udp",
        "cannot be set with fwmark",
    ),
    "family against the VIP": (service(family="ipv6"), "lvs_services[0].family", "ipv6", "192.168.1.110"),
    "unknown family": (service(family="ipv5"), "lvs_services[0].family", "ipv5", "Use ipv4 or ipv6."),
    "unknown protocol": (service(protocol="icmp"), "lvs_services[0].protocol", "icmp", "Use tcp, udp or sctp."),
    "no port": (service(port=None), "lvs_services[0].port", None, "says which port"),
    "port out of range": (service(port=65536), "lvs_services[0].port", 65536, "Use 0 to 65535"),
    "negative port": (service(port=-1), "lvs_services[0].port", -1, "out of the range"),
    "port out of range as text": (service(port="70000"), "lvs_services[0].port", "70000", "out of the range"),
    "port is a boolean": (service(port=True), "lvs_services[0].port", True, "is not a port"),
    "port is a fraction": (service(port=80.0), "lvs_services[0].port", "80.0", "is not a port"),
    "port is a command": (service(port="$(id)"), "lvs_services[0].port", "$(id)", "is not a port"),
    "unknown service name": (service(port="htpp"), "lvs_services[0].port", "htpp", "Did you mean http?"),
    "port 0 without persistence": (service(port=0), "lvs_services[0].port", 0, "Set persistence"),
    "unknown forwarding": (service(forwarding="VS-DR"), "lvs_services[0].forwarding", "VS-DR", "Use nat, dr or tun."),
    "unknown scheduler": (service(scheduler="wlcc"), "lvs_services[0].scheduler", "wlcc", "Did you mean wlc?"),
    "scheduler is a list": (service(scheduler=["rr"]), "lvs_services[0].scheduler", "a list", "is not a scheduler"),
    "flags are no list": (
        service(scheduler="sh", scheduler_flags=8),
        "lvs_services[0].scheduler_flags",
        8,
        "is not a list",
    ),
    "unknown flag": (
        service(scheduler="sh", scheduler_flags=["sh-portt"]),
        "lvs_services[0].scheduler_flags",
        "sh-portt",
        "Use sh-fallback, sh-port or flag-3.",
    ),
    "flag of another scheduler": (
        service(scheduler_flags=["mh-port"]),
        "lvs_services[0].scheduler_flags",
        "mh-port",
        "is not a flag of scheduler rr",
    ),
    "persistence is a boolean": (service(persistence=True), "lvs_services[0].persistence", True, "in seconds"),
    "persistence too long": (service(persistence=2678401), "lvs_services[0].persistence", 2678401, "to 2678400"),
    "netmask without persistence": (
        service(persistence_netmask=24),
        "lvs_services[0].persistence_netmask",
        24,
        "no effect",
    ),
    "bad netmask": (
        service(persistence=60, persistence_netmask="255.0.255.0"),
        "lvs_services[0].persistence_netmask",
        "255.0.255.0",
        "is not a netmask for ipv4",
    ),
    "engine without persistence": (
        service(protocol="udp", port=5060, persistence_engine="sip"),
        "lvs_services[0].persistence_engine",
        "sip",
        "no effect",
    ),
    "unknown engine": (
        service(protocol="udp", port=5060, persistence=60, persistence_engine="ssip"),
        "lvs_services[0].persistence_engine",
        "ssip",
        "Did you mean sip?",
    ),
    "engine on TCP": (
        service(persistence=60, persistence_engine="sip"),
        "lvs_services[0].persistence_engine",
        "sip",
        "UDP packets only",
    ),
    "one packet on TCP": (service(one_packet=True), "lvs_services[0].one_packet", True, "breaks tcp connections"),
    "one packet is a word": (
        service(protocol="udp", one_packet="maybe"),
        "lvs_services[0].one_packet",
        "maybe",
        "neither true nor false",
    ),
    "unknown group": (service(realservers="realserverz"), POOL, "realserverz", "Did you mean realservers?"),
    "a host as a pool": (service(realservers="realserver1"), POOL, "realserver1", "realservers: [realserver1]"),
    "pool is a mapping": (service(realservers={"host": "realserver1"}), POOL, "a mapping", "is not a pool"),
    "pool is a boolean": (service(realservers=True), POOL, True, "is not a pool"),
    "empty pool": (service(realservers=[]), POOL, "an empty list", "without a realserver"),
    "unknown host": (
        service(realservers=["realserver1", "realserver22"]),
        f"{POOL}[1]",
        "realserver22",
        "Did you mean realserver2?",
    ),
    "hostile host": (
        service(realservers=["realserver1", "web; $(reboot) {{ x }}"]),
        f"{POOL}[1]",
        "web; $(reboot) {{ x }}",
        "is not a host of the inventory",
    ),
    "a group in the list": (service(realservers=["realservers"]), f"{POOL}[0]", "realservers", "is a group"),
    "item is a number": (service(realservers=[1]), f"{POOL}[0]", 1, "is not a realserver"),
    "item without a host": (service(realservers=[{"weight": 1}]), f"{POOL}[0].host", None, "Add host: NAME."),
    "host of an item is a list": (
        service(realservers=[{"host": ["realserver1"]}]),
        f"{POOL}[0].host",
        "a list",
        "is not a host of the inventory",
    ),
    "unknown key of an item": (member(wieght=1), f"{POOL}[1].wieght", "wieght", "Did you mean weight?"),
    "weight too high": (member(weight=65536), f"{POOL}[1].weight", 65536, "from 0 to 65535"),
    "negative weight": (member(weight=-1), f"{POOL}[1].weight", -1, "from 0 to 65535"),
    "weight is a word": (member(weight="heavy"), f"{POOL}[1].weight", "heavy", "is not a weight"),
    "threshold too high": (member(upper_threshold=2**31), f"{POOL}[1].upper_threshold", 2**31, "to 2147483647"),
    "thresholds crossed": (
        member(upper_threshold=10, lower_threshold=20),
        f"{POOL}[1].lower_threshold",
        20,
        "above the upper threshold 10",
    ),
    "remap with dr": (member(port=8080), f"{POOL}[1].port", 8080, "cannot change a port"),
    "remap with tun": (member(port=8080, forwarding="tun"), f"{POOL}[1].port", 8080, "cannot change a port"),
    "tunnel with dr": (member(tunnel={}), f"{POOL}[1].tunnel", "a mapping", "no effect with forwarding dr"),
    "tunnel is a word": (member(forwarding="tun", tunnel="gue"), f"{POOL}[1].tunnel", "gue", "is not a mapping"),
    "unknown tunnel": (
        member(forwarding="tun", tunnel={"type": "vxlan"}),
        f"{POOL}[1].tunnel.type",
        "vxlan",
        "Use ipip, gue or gre.",
    ),
    "gue without a port": (
        member(forwarding="tun", tunnel={"type": "gue"}),
        f"{POOL}[1].tunnel.port",
        None,
        "Set port",
    ),
    "ipip with a port": (
        member(forwarding="tun", tunnel={"port": 6080}),
        f"{POOL}[1].tunnel.port",
        6080,
        "no effect in ipip tunnels",
    ),
    "checksum that gre has not": (
        member(forwarding="tun", tunnel={"type": "gre", "checksum": "remcsum"}),
        f"{POOL}[1].tunnel.checksum",
        "remcsum",
        "Use none or csum.",
    ),
    "realserver listed twice": (
        service(realservers=["realserver1", "realserver2", {"host": "realserver1", "weight": 2}]),
        f"{POOL}[2]",
        "realserver1",
        f"{POOL}[0] is the same realserver",
    ),
    "mixed families": (
        service(vip="2001:db8::110", realservers=["realserver1", {"host": "realserver2", "forwarding": "tun"}]),
        f"{POOL}[0]",
        "realserver1",
        "cannot cross families",
    ),
    "client in a pool": (
        service(realservers=["realserver1", "realserver2", "client"]),
        "groups.clients",
        "client",
        "outside the LVS",
    ),
}
# These faults bring a second one with them, because two things are wrong at once.
ALSO = {
    "fwmark with a protocol": 0,
    "client in a pool": 1,  # the client is not in the group realservers either
}


@pytest.mark.parametrize("fault", FAULTY_SERVICES)
def test_a_faulty_service(fault: str) -> None:
    faulty, path, value, words = FAULTY_SERVICES[fault]
    planned = plan(faulty)
    findings = [finding for finding in errors(planned) if finding["path"] == path]
    assert [finding["value"] for finding in findings] == [value]
    assert words in f"{findings[0]['message']} {findings[0]['cure']}"
    assert len(errors(planned)) == 1 + ALSO.get(fault, 0), planned["findings"]
    assert planned["hosts"] == {}


def test_the_finding_of_the_howto_says_where_to_read() -> None:
    assert the_finding(plan(service(vip="192.168.1.110/24")))["howto"] == "3.10"
    assert the_finding(plan(service(vip="192.168.1.9")))["howto"] == "3.14.1"
    assert the_finding(plan(member(port=8080)))["howto"] == "3.11"


def test_a_number_too_long_for_python_to_write() -> None:
    huge = service(port=10**5000, persistence=10**5000)
    assert {value for _path, value in found(plan(huge))} == {"a number of 16610 bits"}


@pytest.mark.parametrize("services", [None, "http", {"vip": "192.168.1.110"}, 80, True])
def test_services_that_are_no_list(services: object) -> None:
    assert found(make_plan(services, GROUPS, HOSTVARS))[0][0] == "lvs_services"


@pytest.mark.parametrize("item", [None, "http", ["http"], 80])
def test_a_service_that_is_no_mapping(item: object) -> None:
    assert the_finding(plan(item))["path"] == "lvs_services[0]"


def test_the_same_service_twice() -> None:
    finding = the_finding(plan(service(), service(name="again", port=80)))
    assert (finding["path"], finding["value"]) == ("lvs_services[1]", "tcp 192.168.1.110:80")
    assert "lvs_services[0]" in finding["message"]


def test_the_same_fwmark_twice_but_for_the_family() -> None:
    assert found(plan({"fwmark": 5}, {"fwmark": 5, "family": "ipv6", "forwarding": "tun"})) == []
    assert found(plan({"fwmark": 5}, {"fwmark": "5"})) == [("lvs_services[1]", "fwmark 5 ipv4")]


def test_the_same_name_twice() -> None:
    assert found(plan(service(), service(port=81))) == [("lvs_services[1].name", "http")]


@pytest.mark.parametrize(
    ("directors", "message"),
    [(None, "is missing: the LVS has no director."), ([], "is a group without a host (got an empty list).")],
)
def test_no_director(directors: list[str] | None, message: str) -> None:
    finding = the_finding(plan(service(), groups=groups(directors=directors)))
    assert (finding["path"], finding["message"]) == ("groups.directors", message)


def test_an_empty_group_as_a_pool() -> None:
    finding = the_finding(plan(service(realservers="web"), groups=groups(web=[])))
    assert (finding["path"], finding["value"]) == ("lvs_services[0].realservers", "web")


def test_no_group_of_realservers() -> None:
    finding = the_finding(plan(service(), groups=groups(realservers=None)))
    assert (finding["path"], finding["value"]) == ("lvs_services[0].realservers", "realservers")


def test_a_pool_outside_the_group_that_is_set_up() -> None:
    grouped = groups(web=["realserver1", "web1"])
    described = hostvars(web1={"lvs_rip": "192.168.1.13/24"})
    finding = the_finding(plan(service(realservers="web"), groups=grouped, hostvars=described))
    assert (finding["path"], finding["value"]) == ("groups.realservers", "web1")


def test_a_client_that_is_a_director() -> None:
    finding = the_finding(plan(service(), groups=groups(clients=["client", "director"])))
    assert (finding["path"], finding["value"], finding["howto"]) == ("groups.clients", "director", "2.2")


def test_a_director_in_its_own_pool() -> None:
    grouped = groups(realservers=["director", "realserver1"])
    finding = the_finding(plan(service(), groups=grouped))
    assert (finding["path"], finding["value"]) == ("lvs_services[0].realservers[director]", "director")
    assert "localnode" in finding["cure"]


def test_a_dr_realserver_on_another_network() -> None:
    finding = the_finding(plan(service(), hostvars=hostvars(realserver2={"lvs_rip": "192.168.2.12/24"})))
    assert (finding["path"], finding["value"]) == ("hostvars[realserver2].lvs_rip", "192.168.2.12")
    assert "192.168.1.0/24" in finding["message"]


def test_one_known_prefix_is_enough_to_see_it() -> None:
    finding = the_finding(plan(service(), hostvars=hostvars(realserver2={"lvs_rip": "192.168.2.12"})))
    assert finding["path"] == "hostvars[realserver2].lvs_rip"


def test_a_nat_realserver_that_cannot_have_the_director_as_its_gateway() -> None:
    apart = hostvars(realserver2={"lvs_rip": "192.168.2.12/24"})
    assert "cannot be its gateway" in the_finding(plan(service(forwarding="nat"), hostvars=apart))["message"]
    assert found(plan(service(forwarding="tun"), hostvars=apart)) == []


@pytest.mark.parametrize("forwarding", ["dr", "nat"])
def test_a_director_without_an_address_of_the_family(forwarding: str) -> None:
    """It would be set up, and refused by its own last step: it reaches realservers from what is no DIP."""
    planned = plan(service(forwarding=forwarding), hostvars=hostvars(director={"lvs_dip": "2001:db8::9/64"}))
    finding = the_finding(planned)
    assert (finding["path"], finding["value"]) == ("hostvars[director].lvs_dip", "2001:db8::9")
    assert finding["message"].startswith(f"has no address of the family ipv4, to reach realservers by {forwarding} (")


def test_the_director_as_the_gateway_of_dr() -> None:
    looped = hostvars(realserver1={"lvs_server_gateway": "192.168.1.9"})
    finding = the_finding(plan(service(), hostvars=looped))
    assert (finding["path"], finding["value"]) == ("hostvars[realserver1].lvs_server_gateway", "192.168.1.9")
    assert found(plan(service(forwarding="nat"), hostvars=looped)) == []


def test_a_gateway_out_of_reach() -> None:
    far = hostvars(realserver1={"lvs_server_gateway": "10.0.0.1"})
    assert the_finding(plan(service(), hostvars=far))["path"] == "hostvars[realserver1].lvs_server_gateway"


def test_the_vip_as_a_gateway() -> None:
    confused = hostvars(realserver1={"lvs_server_gateway": "192.168.1.110"})
    finding = the_finding(plan(service(), hostvars=confused))
    assert (finding["path"], "server gateway of realserver1" in finding["message"]) == ("lvs_services[0].vip", True)


BAD_ADDRESSES: dict[str, tuple[object, object, str]] = {
    "malformed": ("192.168.1.11.1", "192.168.1.11.1", "is not an address"),
    "bad prefix": ("192.168.1.11/33", "192.168.1.11/33", "is not an address"),
    "empty prefix": ("192.168.1.11/", "192.168.1.11/", "is not an address"),
    "host name": ("realserver1.example.com", "realserver1.example.com", "is not an address"),
    "newline": ("192.168.1.11\n", "'192.168.1.11\\n'", "is not an address"),
    "NUL": ("192.168.1.11\0", "'192.168.1.11\\x00'", "is not an address"),
    "template": ("{{ evil }}", None, "is a template of evil, which is not defined"),
    "number": (11, 11, "is not an address"),
    "boolean": (True, True, "is not an address"),
    "empty list": ([], "an empty list", "has no address"),
    "list with a mapping": ([{}], "a mapping", "is not an address"),
    "network address": ("192.168.1.0/24", "192.168.1.0", "is the network address of 192.168.1.0/24"),
    "broadcast address": ("192.168.1.255/24", "192.168.1.255", "is the broadcast address of 192.168.1.0/24"),
    "broadcast address by another's prefix": ("192.168.1.255", "192.168.1.255", "the network of director"),
    "prefix 0": ("192.168.1.11/0", "192.168.1.11/0", "a prefix shorter than /8"),
    "prefix 7": ("192.168.1.11/7", "192.168.1.11/7", "a prefix shorter than /8"),
    "IPv6 prefix 0": ("2001:db8::11/0", "2001:db8::11/0", "a prefix shorter than /16"),
    "IPv6 prefix 15": ("2001:db8::11/15", "2001:db8::11/15", "a prefix shorter than /16"),
    "unspecified": ("::", "::", "the unspecified address"),
    "reserved": ("255.255.255.255", "255.255.255.255", "a reserved address"),
    "link-local": ("fe80::11/64", "fe80::11/64", "a link-local address"),
    "mapped": ("::ffff:192.168.1.11", "::ffff:192.168.1.11", "an IPv4-mapped address"),
    "two of a family": (["192.168.1.11/24", "192.168.1.21/24"], "192.168.1.21/24", "is a second ipv4 address"),
}


@pytest.mark.parametrize("fault", BAD_ADDRESSES)
def test_a_bad_rip(fault: str) -> None:
    written, value, words = BAD_ADDRESSES[fault]
    finding = the_finding(plan(service(), hostvars=hostvars(realserver1={"lvs_rip": written})))
    assert (finding["path"], finding["value"]) == ("hostvars[realserver1].lvs_rip", value)
    assert words in finding["message"]


def test_a_bad_dip_and_a_bad_gateway() -> None:
    bad = hostvars(director={"lvs_dip": "192.168.1.900"}, realserver2={"lvs_server_gateway": "router"})
    assert found(plan(service(), hostvars=bad)) == [
        ("hostvars[director].lvs_dip", "192.168.1.900"),
        ("hostvars[realserver2].lvs_server_gateway", "router"),
    ]


def test_no_address_at_all() -> None:
    nameless = hostvars(realserver1={"lvs_rip": None, "ansible_host": "web1.example.com"})
    finding = the_finding(plan(service(), hostvars=nameless))
    assert (finding["path"], finding["value"]) == ("hostvars[realserver1].lvs_rip", None)
    assert "Set lvs_rip" in finding["cure"]


def test_an_ansible_host_that_is_the_controller_itself() -> None:
    tunnelled = hostvars(realserver1={"lvs_rip": None, "ansible_host": "127.0.0.1"})
    assert "is a loopback address" in the_finding(plan(service(), hostvars=tunnelled))["message"]


def test_two_machines_with_one_address() -> None:
    finding = the_finding(plan(service(), hostvars=hostvars(realserver2={"lvs_rip": "192.168.1.11/24"})))
    assert finding["path"] == "hostvars[realserver2]"
    assert "RIP of realserver1" in finding["message"]


@pytest.mark.parametrize(
    ("networks", "value"),
    [("192.168.1.0/24", "192.168.1.0/24"), (["192.168.1.0/33"], "192.168.1.0/33"), ([24], 24), ({}, "a mapping")],
)
def test_bad_networks(networks: object, value: object) -> None:
    bare = hostvars(director={"lvs_dip": "192.168.1.9", "lvs_networks": networks})
    finding = the_finding(plan(service(), hostvars=bare))
    assert (finding["path"], finding["value"]) == ("hostvars[director].lvs_networks", value)


def test_a_host_whose_name_is_no_name() -> None:
    grouped = groups(realservers=["realserver1", "a {{ b }}"])
    described = hostvars(**{"a {{ b }}": {"lvs_rip": "192.168.1.13/24"}})
    finding = the_finding(plan(service(), groups=grouped, hostvars=described))
    assert (finding["path"], finding["value"]) == ("groups.all", "a {{ b }}")


def test_all_faults_at_once() -> None:
    """Ten faults in one inventory are ten findings, not the first of them."""
    faulty = [
        service(vip="192.168.1.9", scheduler="wlcc"),
        service(name="b", vip="192.168.1.11", port=70000),
        service(name="c", vip="192.168.1.300", port=81),
        service(name="d", port=82, realservers="webs"),
        service(name="e", port=83, realservers=["realserver1", "realserver3", {"host": "realserver2", "port": 8080}]),
    ]
    planned = plan(*faulty, groups=groups(directors=["director", "client"]))
    assert found(planned) == [
        ("groups.clients", "client"),
        ("groups.directors", "client, director"),
        ("lvs_services[0].scheduler", "wlcc"),
        ("lvs_services[0].vip", "192.168.1.9"),
        ("lvs_services[1].port", 70000),
        ("lvs_services[1].vip", "192.168.1.11"),
        ("lvs_services[2].vip", "192.168.1.300"),
        ("lvs_services[3].realservers", "webs"),
        ("lvs_services[4].realservers[1]", "realserver3"),
        ("lvs_services[4].realservers[2].port", 8080),
        # the client, taken for a director, is on no known network and needs none
    ]


def test_one_fault_of_a_host_is_one_finding_however_many_services_use_it() -> None:
    many = [service(name=f"s{port}", port=port) for port in range(1000, 1020)]
    the_finding(plan(*many, hostvars=hostvars(realserver2={"lvs_rip": "192.168.2.12/24"})))


@pytest.mark.parametrize("nothing", [None, "x", [], 5])
def test_groups_that_are_no_mapping(nothing: object) -> None:
    assert found(plan(service(), groups=nothing))[0][0] == "groups"


def test_hostvars_that_are_no_mapping() -> None:
    paths = [path for path, _value in found(plan(service(), hostvars=None))]
    assert paths == [
        "hostvars[director].lvs_dip",
        "hostvars[realserver1].lvs_rip",
        "hostvars[realserver2].lvs_rip",
    ]


def test_members_of_a_group_that_are_no_names() -> None:
    odd: dict[t.Any, t.Any] = {
        **GROUPS,
        "web": "realserver1",
        5: ["realserver1"],
        "realservers": [None, "realserver1", ["x"]],
    }
    assert found(plan(service(), groups=odd)) == []
    assert found(plan(service(realservers="web"), groups=odd)) == [("lvs_services[0].realservers", "web")]
