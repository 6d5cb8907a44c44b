# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import table as model
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs import ipvs_tables

WEB = {"vip": "192.168.1.110", "port": 80}
MAIL = {"vip": "2001:db8::25", "port": 25}
MARK = {"fwmark": 5}


def lookup(name: str, protocol: str) -> int | None:
    return {("http", "tcp"): 80, ("domain", "udp"): 53}.get((name, protocol))


def one(data: dict[str, Any], have: model.Table = ()) -> model.Service:
    (service,) = model.parse_table([data], have=have, lookup=lookup)
    return service


def with_realserver(service: dict[str, Any], **realserver: Any) -> dict[str, Any]:
    return {**service, "realservers": [{"rip": "192.168.1.11", **realserver}]}


def realserver(service: dict[str, Any], **fields: Any) -> model.Realserver:
    return one(with_realserver(service, **fields)).realservers[0]


def test_defaults() -> None:
    assert one(with_realserver(WEB)).to_dict() == {
        "vip": "192.168.1.110",
        "fwmark": None,
        "family": "ipv4",
        "protocol": "tcp",
        "port": 80,
        "scheduler": "wlc",
        "scheduler_flags": [],
        "persistence": 0,
        "persistence_netmask": None,
        "persistence_engine": None,
        "one_packet": False,
        "realservers": [
            {
                "rip": "192.168.1.11",
                "port": 80,
                "forwarding": "dr",
                "weight": 1,
                "upper_threshold": 0,
                "lower_threshold": 0,
            }
        ],
    }


@given(ipvs_tables.tables())
def test_a_result_is_a_wish_for_the_same(table: model.Table) -> None:
    results = json.loads(json.dumps([service.to_dict() for service in table]))
    assert model.parse_table(results) == table
    assert tuple(map(model.Service.from_dict, results)) == table


@given(ipvs_tables.tables(), ipvs_tables.tables())
def test_what_is_left_out_stays(have: model.Table, other: model.Table) -> None:
    keys = [
        {
            name: value
            for name, value in service.key._asdict().items()
            if value is not None and (value or name != "port")
        }
        for service in have
    ]
    assert model.parse_table(keys, have=other + have) == have


@given(ipvs_tables.services())
def test_null_asks_for_the_default(have: model.Service) -> None:
    keys = {name: value for name, value in have.key._asdict().items() if name != "protocol" or value}
    options = ("scheduler", "scheduler_flags", "persistence", "persistence_netmask", "persistence_engine", "one_packet")
    wish = {**keys, **dict.fromkeys(options), "realservers": []}
    assert model.parse_service(wish, have={have.key: have}) == model.Service(have.key)


@given(ipvs_tables.ANY_ADDRESS)
def test_an_address_has_one_spelling(address: str) -> None:
    for spelling in ipvs_tables.other_spellings(address):
        assert one({**WEB, "vip": spelling}).key.vip == address


@pytest.mark.parametrize(
    "text", ["2001:db8::/64", "1.2.3", "1.2.3.4.5", "01.2.3.4", "a", "", "1.2.3.4\n", "::1%lo", "\0"]
)
def test_what_is_no_address(text: str) -> None:
    assert canonical_address(text) is None


@pytest.mark.parametrize(
    ("mask", "canonical"),
    [
        *((spelling, "255.255.255.0") for spelling in ("24", 24, "/24", "255.255.255.0")),
        *((spelling, None) for spelling in (32, "255.255.255.255", "", None)),
        (1, "128.0.0.0"),
    ],
)
def test_ipv4_netmasks(mask: object, canonical: str | None) -> None:
    assert one({**WEB, "persistence": 1, "persistence_netmask": mask}).persistence_netmask == canonical


@pytest.mark.parametrize(("mask", "canonical"), [(64, 64), ("64", 64), ("/64", 64), (128, None), (1, 1)])
def test_ipv6_netmasks(mask: object, canonical: int | None) -> None:
    assert one({**MAIL, "persistence": 1, "persistence_netmask": mask}).persistence_netmask == canonical


def test_flags_have_the_names_of_their_scheduler() -> None:
    assert one({**WEB, "scheduler": "sh", "scheduler_flags": ["port", "flag-1"]}).scheduler_flags == (
        "sh-fallback",
        "sh-port",
    )
    assert one({**WEB, "scheduler": "mh", "scheduler_flags": "mh-port,flag-3"}).scheduler_flags == ("mh-port", "flag-3")
    assert one({**WEB, "scheduler_flags": ["flag-2"]}).scheduler_flags == ("flag-2",)


def test_flags_go_with_their_scheduler() -> None:
    have = one({**WEB, "scheduler": "sh", "scheduler_flags": ["sh-port"]})
    assert one({**WEB, "scheduler": "sh"}, (have,)).scheduler_flags == ("sh-port",)
    assert one({**WEB, "scheduler": "rr"}, (have,)).scheduler_flags == ()


def test_turning_persistence_off_takes_what_hangs_on_it() -> None:
    have = one({**WEB, "protocol": "udp", "persistence": 9, "persistence_netmask": 8, "persistence_engine": "sip"})
    assert one({**WEB, "protocol": "udp", "persistence": 0}, (have,)) == model.Service(have.key)


def test_ports_have_names() -> None:
    assert one({"vip": "192.168.1.110", "port": "http"}).key.port == 80
    assert one({"vip": "192.168.1.110", "port": "domain", "protocol": "udp"}).key.port == 53


def test_text_numbers_and_truths_as_jinja_makes_them() -> None:
    service = one(
        with_realserver({**WEB, "port": "53", "protocol": "udp", "persistence": "9", "one_packet": "True"}, weight="0")
    )
    assert (service.key.port, service.persistence, service.one_packet) == (53, 9, True)
    assert service.realservers[0].weight == 0


def test_ipvsadm_words_for_forwarding() -> None:
    words = ["masquerading", "gatewaying", "ipip"]
    assert [realserver(WEB, forwarding=word).forwarding for word in words] == ["nat", "dr", "tun"]


def test_weight_zero_is_a_weight() -> None:
    assert realserver(WEB, weight=0).weight == 0


def test_port_zero_of_a_realserver_is_the_port_of_the_service() -> None:
    assert realserver(WEB, port=0, forwarding="nat").port == 80
    assert realserver(MARK).port == 0
    assert realserver(MARK, port=8080).port == 8080


def test_a_mark_takes_every_protocol_and_port() -> None:
    assert one({**MARK, "protocol": "tcp", "port": 0, "vip": None}).key == model.ServiceKey("ipv4", None, None, 0, 5)


def test_a_tunnel_is_one_value() -> None:
    have = one(with_realserver(WEB, forwarding="tun", tunnel={"type": "gue", "port": 6080, "checksum": "csum"}))
    kept = one(with_realserver(WEB), (have,)).realservers[0]
    assert kept.tunnel == model.Tunnel("gue", 6080, "csum")
    assert one(with_realserver(WEB, tunnel={"type": "gre"}), (have,)).realservers[0].tunnel == model.Tunnel("gre")
    assert one(with_realserver(WEB, forwarding="dr"), (have,)).realservers[0].tunnel is None


def test_what_the_kernel_has_is_not_refused_unless_wished_for() -> None:
    nonsense = model.Realserver("192.168.1.11", 80, forwarding="local", weight=2**31 - 1)
    have = model.Service(one(WEB).key, scheduler="own", realservers=(nonsense,))
    assert one(with_realserver(WEB), (have,)) == have
    with pytest.raises(LvsError, match="scheduler: 'own2'"):
        one({**WEB, "scheduler": "own2"}, (have,))


def test_services_are_sorted_by_number_and_not_by_text() -> None:
    table = model.parse_table(
        [{"fwmark": 10}, {"fwmark": 9}, {**MAIL}, {**WEB, "port": 443}, WEB, {**WEB, "vip": "9.0.0.1"}]
    )
    assert [service.key.label for service in table] == [
        "tcp 9.0.0.1:80",
        "tcp 192.168.1.110:80",
        "tcp 192.168.1.110:443",
        "tcp [2001:db8::25]:25",
        "fwmark 9 ipv4",
        "fwmark 10 ipv4",
    ]


GUE = {"type": "gue", "port": 6080}
REFUSED = [
    # what, path, value, a word of the cure
    ({"port": 80}, "vip", None, "exactly one of vip and fwmark"),
    ({**WEB, **MARK}, "vip", "192.168.1.110", "exactly one of vip and fwmark"),
    ({**WEB, "vip": "192.168.1.110/32"}, "vip", "192.168.1.110/32", "without a prefix length"),
    ({**WEB, "vip": 5}, "vip", 5, "not an IP address"),
    ({**WEB, "vip": "0.0.0.7"}, "vip", "0.0.0.7", "unspecified"),
    ({**WEB, "vip": "224.0.0.1"}, "vip", "224.0.0.1", "multicast"),
    ({**WEB, "vip": "255.255.255.255"}, "vip", "255.255.255.255", "broadcast"),
    ({**WEB, "vip": "::"}, "vip", "::", "unspecified"),
    ({**WEB, "vip": "ff02::1"}, "vip", "ff02::1", "multicast"),
    ({**WEB, "vip": "fe80::1"}, "vip", "fe80::1", "link-local"),
    ({**WEB, "family": "ipv6"}, "family", "ipv6", "Leave family out"),
    ({**WEB, "protocol": "icmp"}, "protocol", "icmp", "tcp, udp, sctp"),
    ({**WEB, "protocol": 47}, "protocol", 47, "tcp, udp, sctp"),
    ({"vip": "192.168.1.110"}, "port", None, "missing"),
    ({**WEB, "port": 65536}, "port", 65536, "not a port"),
    ({**WEB, "port": -1}, "port", -1, "not a port"),
    ({**WEB, "port": "gopher2"}, "port", "gopher2", "not a port"),
    ({**WEB, "port": True}, "port", True, "not a port"),
    ({**WEB, "port": 0}, "port", 0, "needs persistence"),
    ({"fwmark": 0}, "fwmark", 0, "marks nothing"),
    ({"fwmark": 2**32}, "fwmark", 2**32, "not a firewall mark"),
    ({"fwmark": -16}, "fwmark", -16, "not a firewall mark"),
    ({**MARK, "port": 80}, "port", 80, "Leave port out"),
    ({**WEB, "scheduler": "wlcc"}, "scheduler", "wlcc", "wlc"),
    ({**WEB, "scheduler": ""}, "scheduler", "", "wlc"),
    ({**WEB, "scheduler_flags": ["sh-port"]}, "scheduler_flags", "sh-port", "flag-1"),
    ({**WEB, "scheduler": "sh", "scheduler_flags": ["mh-port"]}, "scheduler_flags", "mh-port", "sh-port"),
    ({**WEB, "scheduler_flags": 8}, "scheduler_flags", 8, "not a list"),
    ({**WEB, "persistence": -1}, "persistence", -1, "whole number"),
    ({**WEB, "persistence": 2**32 - 1}, "persistence", 2**32 - 1, "2678400"),
    ({**WEB, "persistence": 1.5}, "persistence", 1.5, "whole number"),
    ({**WEB, "persistence": 1, "persistence_netmask": "255.0.255.0"}, "persistence_netmask", "255.0.255.0", "24"),
    ({**WEB, "persistence": 1, "persistence_netmask": 33}, "persistence_netmask", 33, "24"),
    ({**WEB, "persistence": 1, "persistence_netmask": 0}, "persistence_netmask", 0, "at least one bit"),
    ({**MAIL, "persistence": 1, "persistence_netmask": 129}, "persistence_netmask", 129, "64"),
    ({**MAIL, "persistence": 1, "persistence_netmask": "255.0.0.0"}, "persistence_netmask", "255.0.0.0", "64"),
    ({**WEB, "persistence_netmask": 24}, "persistence_netmask", 24, "Set persistence"),
    ({**WEB, "protocol": "udp", "persistence_engine": "sip"}, "persistence_engine", "sip", "Set persistence"),
    ({**WEB, "persistence": 1, "persistence_engine": "sip"}, "persistence_engine", "sip", "udp"),
    ({**WEB, "persistence": 1, "persistence_engine": "a b"}, "persistence_engine", "a b", "sip"),
    ({**WEB, "one_packet": True}, "one_packet", True, "udp"),
    ({**WEB, "one_packet": "maybe"}, "one_packet", "maybe", "neither true nor false"),
    ({**WEB, "one_packet": 2}, "one_packet", 2, "neither true nor false"),
    ({**WEB, "persistence": "9" * 5000}, "persistence", "9" * 5000, "whole number"),
    ({**WEB, "realservers": None}, "realservers", None, "Leave it out"),
    ({**WEB, "realservers": {}}, "realservers", {}, "not a list"),
    (with_realserver(WEB, rip="192.168.1.0/24"), "realservers[0].rip", "192.168.1.0/24", "prefix length"),
    (with_realserver(WEB, rip="fe80::1"), "realservers[0].rip", "fe80::1", "link-local"),
    (with_realserver(WEB, rip="2001:db8::1"), "realservers[0].rip", "2001:db8::1", "forwarding tun"),
    (with_realserver(WEB, port=8080), "realservers[0].port", 8080, "cannot change ports"),
    (with_realserver(WEB, port=8080, forwarding="tun"), "realservers[0].port", 8080, "cannot change ports"),
    (with_realserver(WEB, forwarding="drr"), "realservers[0].forwarding", "drr", "nat, dr, tun"),
    (with_realserver(WEB, weight=-1), "realservers[0].weight", -1, "0 to 65535"),
    (with_realserver(WEB, weight=65536), "realservers[0].weight", 65536, "0 to 65535"),
    (with_realserver(WEB, weight="heavy"), "realservers[0].weight", "heavy", "not a weight"),
    (with_realserver(WEB, lower_threshold=5), "realservers[0].lower_threshold", 5, "upper_threshold"),
    (with_realserver(WEB, upper_threshold=2**31), "realservers[0].upper_threshold", 2**31, "not a threshold"),
    (with_realserver(WEB, tunnel=GUE), "realservers[0].tunnel", GUE, "forwarding tun"),
    (with_realserver(WEB, forwarding="tun", tunnel={"type": "gue"}), "realservers[0].tunnel.port", 0, "decapsulate"),
    (with_realserver(WEB, forwarding="tun", tunnel={"port": 9}), "realservers[0].tunnel.port", 9, "no ports"),
    (
        with_realserver(WEB, forwarding="tun", tunnel={"checksum": "csum"}),
        "realservers[0].tunnel.checksum",
        "csum",
        "ipip",
    ),
    (
        with_realserver(WEB, forwarding="tun", tunnel={"type": "gre", "checksum": "remcsum"}),
        "realservers[0].tunnel.checksum",
        "remcsum",
        "gue alone",
    ),
    (with_realserver(WEB, forwarding="tun", tunnel={"type": "vxlan"}), "realservers[0].tunnel.type", "vxlan", "gue"),
    (with_realserver(WEB, forwarding="tun", tunnel="gue"), "realservers[0].tunnel", "gue", "not a mapping"),
    ({**WEB, "schedular": "rr"}, "", ["schedular"], "scheduler"),
    (with_realserver(WEB, wait=1), "realservers[0]", ["wait"], "weight"),
]


@pytest.mark.parametrize(("data", "path", "value", "cure"), REFUSED)
def test_refusals_name_item_value_and_cure(data: dict[str, Any], path: str, value: object, cure: str) -> None:
    with pytest.raises(LvsError) as refusal:
        model.parse_table([WEB | {"port": 9}, data], lookup=lookup)
    assert refusal.value.item == (f"services[1].{path}" if path else "services[1]")
    assert refusal.value.value == value
    assert cure in refusal.value.cure
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("listed", [None, "192.168.1.110", {}, 5])
def test_a_table_is_a_list(listed: object) -> None:
    with pytest.raises(LvsError, match="is not a list of services"):
        model.parse_table(listed)


@pytest.mark.parametrize("item", [None, "web", 5, [WEB]])
def test_a_service_is_a_mapping(item: object) -> None:
    with pytest.raises(LvsError, match=r"services\[0\]: .* is not a mapping"):
        model.parse_table([item])


def test_twice_the_same_is_refused() -> None:
    with pytest.raises(LvsError, match=r"services\[1\]: 'tcp \[2001:db8::25\]:25' is listed twice"):
        model.parse_table([MAIL, {**MAIL, "vip": "2001:0db8:0::25"}])
    pool = [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12"}, {"rip": "192.168.1.11", "port": "80"}]
    with pytest.raises(LvsError, match=r"services\[0\].realservers\[2\]: '192.168.1.11:80' is listed twice"):
        model.parse_table([{**WEB, "realservers": pool}])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ANYTHING = st.dictionaries(st.sampled_from(sorted(model._SERVICE_FIELDS)), JSON)


@given(ANYTHING, ANYTHING)
def test_hostile_input_is_refused_cleanly(service: dict[str, Any], pool: dict[str, Any]) -> None:
    try:
        table = model.parse_table([{**WEB, **service, "realservers": [{"rip": "192.168.1.11", **pool}]}])
    except LvsError:
        return
    assert model.parse_table([one.to_dict() for one in table]) == table
