# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan and the modules accept the same services and realservers, and refuse the others by the same ids."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import parse
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.mistakes import MistakesError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import WELL_KNOWN
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan

Item = dict[t.Any, t.Any]

# Both have an address of each family, so that a plan has nothing against either but what a module has, too.
HOSTVARS = {
    "director": {"lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"]},
    "realserver1": {"lvs_rip": ["192.168.1.11/24", "2001:db8::b/64"]},
}
GROUPS = {"all": list(HOSTVARS), "directors": ["director"], "realservers": ["realserver1"]}
# What an inventory alone has to say: which machines there are, and where they stand to each other.
FARM_ALONE = {"vip-taken", "dr-off-network", "nat-off-network"}


def lookup(name: str, _protocol: str) -> int | None:
    return WELL_KNOWN.get(name)


def of_the_plan(service: Item, realserver: Item) -> set[str]:
    """What the plan refuses, by id and key."""
    listed = [{**service, "realservers": [{"host": "realserver1", **realserver}]}]
    findings = make_plan(listed, GROUPS, HOSTVARS)["findings"]
    return {
        f"{finding['id']} {finding['path'].partition('[0].')[2]}"
        for finding in findings
        if finding["severity"] == "error" and finding["id"] not in FARM_ALONE
    }


def of_the_modules(service: Item, realserver: Item) -> set[str]:
    """The same of ipvs_table, whose realservers have an address of the service's family."""
    six = service.get("family") == "ipv6" if service.get("vip") is None else ":" in str(service["vip"])
    rip = "2001:db8::b" if six else "192.168.1.11"
    try:
        parse.parse_table([{**service, "realservers": [{"rip": rip, **realserver}]}], lookup=lookup)
    except MistakesError as error:
        return {f"{one.id} {one.path.partition('[0].')[2]}" for one in error.mistakes}
    return set()


WEB = {"vip": "192.168.1.110", "port": 80}
SIX = {"vip": "2001:db8::110", "port": 80}
KEEP = {**WEB, "persistence": 60}
DNS = {"vip": "192.168.1.110", "port": 53, "protocol": "udp"}
SIP = {**DNS, "persistence": 60}
MARK = {"fwmark": 5}
TUN = {"forwarding": "tun"}
NAT = {"forwarding": "nat"}

# The service and the id it is refused by; "" where it is accepted. Those with a mark of their own once had two answers:
# accepted here and refused there. Each says what decided.
SERVICES: list[tuple[Item, str]] = [
    (WEB, ""),
    (SIX, ""),
    (WEB | {"vip": "192.168.1.110/32"}, ""),  # two: the mask of one address says nothing new (HOWTO 3.10)
    (SIX | {"vip": "2001:db8::110/128"}, ""),  # two: the same
    (WEB | {"vip": "192.168.1.110/24"}, "vip-mask vip"),
    (WEB | {"vip": "192.168.1.110/33"}, "vip-invalid vip"),
    (WEB | {"vip": "192.168.1.110/"}, "vip-invalid vip"),
    (WEB | {"vip": "192.168.1.110\n"}, "vip-invalid vip"),
    (WEB | {"vip": "127.0.0.1"}, "vip-unusable vip"),  # two: the kernel takes it, and no client can reach it
    (WEB | {"vip": "::1"}, "vip-unusable vip"),  # two: the same
    (WEB | {"vip": "169.254.1.1"}, ""),  # two: the kernel takes it, and clients on the link can reach it
    (WEB | {"vip": "::ffff:192.0.2.1"}, "vip-unusable vip"),  # two: never on a wire, and no realserver to the kernel
    (SIX | {"vip": "[2001:db8::110]"}, ""),  # two: so ipvsadm writes it
    (WEB | {"vip": "[192.168.1.110]"}, "vip-invalid vip"),  # two: ipvsadm has brackets for IPv6 alone
    (WEB | {"vip": "fe80::1"}, "vip-unusable vip"),
    (WEB | {"vip": "0.0.0.7"}, "vip-unusable vip"),
    (WEB | {"vip": None}, "vip-missing vip"),
    (WEB | {"port": "http"}, ""),
    (WEB | {"port": "HTTP"}, "port-name-unknown port"),
    (WEB | {"port": "a\0b"}, "port-invalid port"),  # once a traceback in modules
    (WEB | {"port": "\u00b2"}, "port-invalid port"),
    (WEB | {"port": "\ud800"}, "port-invalid port"),
    (WEB | {"port": 65536}, "port-out-of-range port"),
    (WEB | {"port": 0}, "port-zero port"),
    (WEB | {"port": 0, "persistence": "0"}, "port-zero port"),  # two: is 0
    (KEEP | {"port": 0}, ""),
    (WEB | {"port": None}, "port-missing port"),
    (WEB | {"protocol": "TCP"}, "protocol-unknown protocol"),
    (WEB | {"family": "ipv6"}, "family-mismatch family"),
    (MARK | {"fwmark": "5", "family": "ipv6"}, ""),
    (MARK | {"fwmark": 0}, "fwmark-invalid fwmark"),
    (MARK | {"port": 0}, ""),  # two: ipvs_info says so of every mark
    (MARK | {"port": "0"}, ""),  # two: the same
    (MARK | {"port": 80}, "fwmark-key port"),
    (MARK | {"protocol": "udp"}, "fwmark-key protocol"),  # two: to the kernel a mark has none
    (WEB | {"scheduler": "RR"}, "scheduler-unknown scheduler"),
    (WEB | {"scheduler": "sh", "scheduler_flags": ["sh-port"]}, ""),
    (WEB | {"scheduler": "sh", "scheduler_flags": ["port", "flag-1"]}, ""),  # two: ipvsadm takes these words
    (WEB | {"scheduler": "sh", "scheduler_flags": "sh-port,flag-3"}, ""),  # two: so ipvsadm writes them
    (WEB | {"scheduler": "sh", "scheduler_flags": ["mh-port"]}, "scheduler-flag-unknown scheduler_flags"),
    (WEB | {"scheduler_flags": [["x"], None, 10**5000]}, "scheduler-flag-unknown scheduler_flags"),  # once a traceback
    (WEB | {"scheduler_flags": {"flag-1": True}}, "scheduler-flags-invalid scheduler_flags"),
    (WEB | {"persistence": True}, "persistence-invalid persistence"),
    (WEB | {"persistence": 2678401}, "persistence-invalid persistence"),
    (KEEP | {"persistence_netmask": "/24"}, ""),
    (KEEP | {"persistence_netmask": "//24"}, "netmask-invalid persistence_netmask"),
    (KEEP | {"persistence_netmask": ""}, ""),  # two: how a module is told to have none
    (KEEP | {"persistence_netmask": "ffff::"}, "netmask-invalid persistence_netmask"),  # once a traceback in both
    (KEEP | {"persistence_netmask": "[255.255.255.0]"}, "netmask-invalid persistence_netmask"),  # the same
    (KEEP | {"persistence_netmask": "255.0.255.0"}, "netmask-invalid persistence_netmask"),
    (SIX | {"persistence": 60, "persistence_netmask": 64}, ""),
    (SIX | {"persistence": 60, "persistence_netmask": "ffff::"}, "netmask-invalid persistence_netmask"),
    (WEB | {"persistence_netmask": 24}, "netmask-without-persistence persistence_netmask"),
    (WEB | {"persistence_netmask": 32}, ""),  # two: the kernel has it without persistence, too
    (SIP | {"persistence_engine": "sip"}, ""),
    (SIP | {"persistence_engine": ""}, ""),  # two: how a module is told to have none
    (SIP | {"persistence_engine": "other"}, "engine-unknown persistence_engine"),  # two: no kernel has another
    (SIP | {"persistence_engine": False}, "engine-unknown persistence_engine"),  # two: no name at all
    (DNS | {"persistence_engine": "sip"}, "engine-without-persistence persistence_engine"),
    (KEEP | {"persistence_engine": "sip"}, "engine-not-udp persistence_engine"),
    (DNS | {"one_packet": "yes"}, ""),
    (DNS | {"one_packet": 2}, "boolean-invalid one_packet"),
    (WEB | {"one_packet": True}, "one-packet-not-udp one_packet"),
    (WEB | {"prot": "tcp"}, "key-unknown prot"),
    (WEB | {7: "tcp"}, "key-unknown 7"),
]
REALSERVERS: list[tuple[Item, Item, str]] = [
    (WEB, {"forwarding": "masquerading", "port": 8080}, ""),
    (WEB, {"forwarding": "VS-DR"}, "forwarding-unknown forwarding"),
    (WEB, NAT | {"port": 0}, ""),  # two: to ipvsadm, too, it is the port of the service
    (WEB, {"port": "0"}, ""),  # two: the same
    (WEB, NAT | {"port": "x y"}, "port-invalid port"),
    (WEB, {"port": 8080}, "port-remap port"),
    (WEB, TUN | {"port": 8080}, "port-remap port"),
    (MARK, {"port": 8080}, ""),  # two: the kernel and keepalived take it, and it says where the service can be checked
    (MARK, NAT | {"port": "http"}, ""),  # two: a port's name is of TCP where nothing else is said
    (WEB, {"weight": "0"}, ""),
    (WEB, {"weight": 65536}, "weight-invalid weight"),
    (WEB, {"weight": 1.0}, "weight-invalid weight"),
    (WEB, {"upper_threshold": 5, "lower_threshold": 6}, "thresholds-crossed lower_threshold"),
    (WEB, {"upper_threshold": -1}, "threshold-invalid upper_threshold"),
    (WEB, TUN | {"tunnel": {"type": "gue", "port": "6080"}}, ""),
    (WEB, TUN | {"tunnel": {"type": "gue"}}, "tunnel-port-missing tunnel.port"),
    (WEB, TUN | {"tunnel": {"type": "gue", "port": 0}}, "tunnel-port-invalid tunnel.port"),
    (WEB, TUN | {"tunnel": {"type": "ipip", "port": "0", "checksum": "none"}}, ""),  # two: is 0
    (WEB, TUN | {"tunnel": {"port": False}}, "tunnel-port-unused tunnel.port"),  # two: no port at all
    (WEB, TUN | {"tunnel": {"checksum": "csum"}}, "tunnel-checksum-unknown tunnel.checksum"),
    (WEB, TUN | {"tunnel": {"type": "GUE"}}, "tunnel-type-unknown tunnel.type"),
    (WEB, TUN | {"tunnel": []}, "tunnel-invalid tunnel"),
    (WEB, TUN | {"tunnel": {"typ": "gue"}}, "key-unknown tunnel.typ"),
    (WEB, {"tunnel": {}}, "tunnel-without-tun tunnel"),
    (WEB, {"wieght": 1}, "key-unknown wieght"),
]
SPOTS: list[tuple[Item, Item, str]] = [(service, {}, rule) for service, rule in SERVICES] + [
    (service, one, rule.replace(" ", " realservers[0].")) for service, one, rule in REALSERVERS
]


@pytest.mark.parametrize(("service", "realserver", "rule"), SPOTS)
def test_a_spot_has_one_answer(service: Item, realserver: Item, rule: str) -> None:
    expected = {rule} - {""}
    assert of_the_plan(service, realserver) == expected
    assert of_the_modules(service, realserver) == expected


def test_a_vip_beside_a_mark_is_for_an_inventory_alone() -> None:
    """There it says to whom the packets are that get the mark; the table has no place for it."""
    assert of_the_plan(MARK | {"vip": "192.168.1.110"}, {}) == set()
    assert of_the_modules(MARK | {"vip": "192.168.1.110"}, {}) == {"fwmark-key vip"}


# Near misses find more than noise: each key has values that it takes, or nearly, and some of other keys.
_NUMBERS = st.sampled_from([0, 1, 24, 32, 64, 80, 128, 65535, 65536, -1, 2**31, "0", "24", "80", "/24", True, 1.5])
_ODD = st.sampled_from(
    ["", " ", "x", "{{ x }}", "a\0b", "\u0661", [], [None], {}, {"x": 1}, 10**4000, "9" * 5000, b"x"]
)
_ANY = st.none() | _NUMBERS | _ODD | st.text(max_size=5)


def _of(*values: object) -> st.SearchStrategy[t.Any]:
    return st.sampled_from(values) | st.sampled_from(values) | _ANY


_TUNNELS = st.fixed_dictionaries(
    {}, optional={"type": _of("ipip", "gue", "gre"), "port": _of(6080), "checksum": _of("none", "csum", "remcsum")}
)
_REALSERVERS = st.fixed_dictionaries(
    {},
    optional={
        "port": _of(80, "http", 53),
        "forwarding": _of("nat", "dr", "tun", "ipip"),
        "weight": _of(1),
        "upper_threshold": _of(10),
        "lower_threshold": _of(5),
        "tunnel": _TUNNELS | _ANY,
        "x": _ANY,
    },
)
_VIPS = ("192.168.1.110", "192.168.1.110/32", "192.168.1.110/24", "2001:db8::110", "[2001:db8::110]", "127.0.0.1")
_OPTIONS: Item = {
    "family": _of("ipv4", "ipv6"),
    "scheduler": _of("rr", "sh", "mh", "wlc"),
    "scheduler_flags": _of(["sh-port"], ["flag-2"], "mh-port,port"),
    "persistence": _of(60),
    "persistence_netmask": _of("255.255.255.0", 64, "ffff::", "[255.0.0.0]"),
    "persistence_engine": _of("sip"),
    "one_packet": _of(True, "no"),
    "x": _ANY,
}
_SERVICES = st.one_of(
    st.fixed_dictionaries(
        {"vip": _of(*_VIPS), "port": _of(80, "http", 0)}, optional={"protocol": _of("tcp", "udp"), **_OPTIONS}
    ),
    st.fixed_dictionaries({"fwmark": _of(5)}, optional={"port": _ANY, "protocol": _of("tcp"), **_OPTIONS}),
)


@settings(max_examples=500)
@given(_SERVICES, _REALSERVERS)
def test_plan_and_modules_refuse_the_same(service: Item, realserver: Item) -> None:
    assert of_the_plan(service, realserver) == of_the_modules(service, realserver)


@given(_SERVICES, _REALSERVERS)
def test_what_is_accepted_gives_the_same_table(service: Item, realserver: Item) -> None:
    planned = make_plan([{**service, "realservers": [{"host": "realserver1", **realserver}]}], GROUPS, HOSTVARS)
    if not planned["hosts"]:
        return
    (listed,) = planned["hosts"]["director"]["director"]["services"]
    rip = listed["realservers"][0]["rip"]
    (made,) = parse.parse_table([{**service, "realservers": [{"rip": rip, **realserver}]}], lookup=lookup)
    assert made.to_dict() == listed
