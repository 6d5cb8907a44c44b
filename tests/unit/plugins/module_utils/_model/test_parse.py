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
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import parse
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import table as model
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.mistakes import MistakesError
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs import ipvs_tables

WEB = {"vip": "192.168.1.110", "port": 80}
MAIL = {"vip": "2001:db8::25", "port": 25}
MARK = {"fwmark": 5}


def lookup(name: str, protocol: str) -> int | None:
    return {("http", "tcp"): 80, ("domain", "udp"): 53}.get((name, protocol))


def one(data: dict[str, Any], have: model.Table = ()) -> model.Service:
    (service,) = parse.parse_table([data], have=have, lookup=lookup)
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
    assert parse.parse_table(results) == table


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
    assert parse.parse_table(keys, have=other + have) == have


@given(ipvs_tables.foreign_tables())
def test_what_others_made_is_never_wrong_as_it_is(have: model.Table) -> None:
    results = json.loads(json.dumps([service.to_dict() for service in have]))
    assert parse.parse_table(results, have=have) == have
    keys = [{**service.key._asdict()} for service in have]
    assert parse.parse_table(keys, have=have) == have
    edited = [{**key, "scheduler": "wrr", "scheduler_flags": []} for key in keys]
    assert parse.parse_table(edited, have=have) == tuple(service._replace(scheduler="wrr") for service in have)


@given(ipvs_tables.foreign_services())
def test_a_realserver_that_others_made_can_be_edited(have: model.Service) -> None:
    for one in have.realservers:
        pool = {other.key: other for other in have.realservers}
        wish = {"rip": one.rip, "port": one.port, "weight": 7}
        assert parse.parse_realserver(wish, have.key._asdict(), pool) == (have.key, one._replace(weight=7))


FOREIGN = model.Service(
    model.ServiceKey("ipv4", "tcp", "192.168.1.110", 0, None),
    persistence_engine="sip",
    one_packet=True,
    realservers=(model.Realserver("192.168.1.11", 8080),),
)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"persistence_engine": "own"}, "engine-without-persistence"),
        ({"persistence": 9_000_000}, "persistence-invalid"),
        ({"realservers": [{"rip": "192.168.1.11", "port": 8081}]}, "port-remap"),
        ({"realservers": [{"rip": "192.168.1.11", "port": 8080, "forwarding": "tun"}]}, "port-remap"),
        ({"realservers": [{"rip": "127.0.0.1", "port": 0, "weight": 70_000}]}, "weight-invalid"),
    ],
)
def test_what_others_made_may_not_be_made_worse(change: dict[str, Any], rule: str) -> None:
    with pytest.raises(MistakesError) as caught:
        parse.parse_table([{"vip": "192.168.1.110", "port": 0, **change}], have=(FOREIGN,))
    assert rule in [mistake.id for mistake in caught.value.mistakes]


def test_without_persistence_an_engine_of_others_goes() -> None:
    have = FOREIGN._replace(persistence=360, persistence_netmask="255.0.255.0", key=FOREIGN.key._replace(port=80))
    (wish,) = parse.parse_table([{"vip": "192.168.1.110", "port": 80, "persistence": 0}], have=(have,))
    assert (wish.persistence_engine, wish.persistence_netmask) == (None, None)


@given(ipvs_tables.services())
def test_null_asks_for_the_default(have: model.Service) -> None:
    keys = {name: value for name, value in have.key._asdict().items() if name != "protocol" or value}
    options = ("scheduler", "scheduler_flags", "persistence", "persistence_netmask", "persistence_engine", "one_packet")
    wish = {**keys, **dict.fromkeys(options), "realservers": []}
    assert parse.parse_service(wish, have={have.key: have}) == model.Service(have.key)


@given(ipvs_tables.ANY_ADDRESS)
def test_an_address_has_one_spelling(address: str) -> None:
    for spelling in ipvs_tables.other_spellings(address):
        assert one({**WEB, "vip": spelling}).key.vip == address


@pytest.mark.parametrize(
    "text", ["2001:db8::/64", "1.2.3", "1.2.3.4.5", "01.2.3.4", "a", "", "1.2.3.4\n", "::1%lo", "\0"]
)
def test_what_is_no_address(text: str) -> None:
    assert canonical_address(text) is None


EVERYBODY = ".".join("0000")


@pytest.mark.parametrize(
    ("mask", "canonical"),
    [
        *((spelling, "255.255.255.0") for spelling in ("24", 24, "/24", "255.255.255.0")),
        *((spelling, None) for spelling in (32, "255.255.255.255", "", None)),
        (1, "128.0.0.0"),
        (EVERYBODY, EVERYBODY),
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


def test_the_vip_may_be_written_with_the_mask_of_one_host() -> None:
    assert one({**WEB, "vip": "192.168.1.110/32"}).key.vip == "192.168.1.110"
    assert one({**WEB, "vip": "[2001:db8::25]/128"}).key.vip == "2001:db8::25"


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
    assert realserver(MARK, port="http").port == 80


def test_a_mark_takes_every_protocol_and_port() -> None:
    assert one({**MARK, "protocol": None, "port": 0, "vip": None}).key == model.ServiceKey("ipv4", None, None, 0, 5)


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
    assert one({**WEB, "scheduler": "own"}, (have,)) == have
    assert mistakes([{**WEB, "scheduler": "own2"}], (have,)) == [("scheduler-unknown", "services[0].scheduler", "own2")]


GUE = {"type": "gue", "port": 6080}
REFUSED = [
    # what, path, value, id
    ({"port": 80}, "vip", None, "vip-missing"),
    ({**MARK, "vip": "192.168.1.110"}, "vip", "192.168.1.110", "fwmark-key"),
    ({**WEB, "vip": "192.168.1.110/24"}, "vip", "192.168.1.110/24", "vip-mask"),
    ({**WEB, "vip": 5}, "vip", 5, "vip-invalid"),
    ({**WEB, "vip": "0.0.0.7"}, "vip", "0.0.0.7", "vip-unusable"),
    ({**WEB, "vip": "224.0.0.1"}, "vip", "224.0.0.1", "vip-unusable"),
    ({**WEB, "vip": "255.255.255.255"}, "vip", "255.255.255.255", "vip-unusable"),
    ({**WEB, "vip": "::"}, "vip", "::", "vip-unusable"),
    ({**WEB, "vip": "ff02::1"}, "vip", "ff02::1", "vip-unusable"),
    ({**WEB, "vip": "fe80::1"}, "vip", "fe80::1", "vip-unusable"),
    ({**WEB, "family": "ipv6"}, "family", "ipv6", "family-mismatch"),
    ({**WEB, "protocol": "icmp"}, "protocol", "icmp", "protocol-unknown"),
    ({**WEB, "protocol": 47}, "protocol", 47, "protocol-unknown"),
    ({"vip": "192.168.1.110"}, "port", None, "port-missing"),
    ({**WEB, "port": 65536}, "port", 65536, "port-out-of-range"),
    ({**WEB, "port": -1}, "port", -1, "port-out-of-range"),
    ({**WEB, "port": "gopher2"}, "port", "gopher2", "port-name-unknown"),
    ({**WEB, "port": True}, "port", True, "port-invalid"),
    ({**WEB, "port": 0}, "port", 0, "port-zero"),
    ({"fwmark": 0}, "fwmark", 0, "fwmark-invalid"),
    ({"fwmark": 2**32}, "fwmark", 2**32, "fwmark-invalid"),
    ({"fwmark": -16}, "fwmark", -16, "fwmark-invalid"),
    ({**MARK, "port": 80}, "port", 80, "fwmark-key"),
    ({**WEB, "scheduler": "wlcc"}, "scheduler", "wlcc", "scheduler-unknown"),
    ({**WEB, "scheduler": ""}, "scheduler", "", "scheduler-unknown"),
    ({**WEB, "scheduler_flags": ["sh-port"]}, "scheduler_flags", "sh-port", "scheduler-flag-unknown"),
    (
        {**WEB, "scheduler": "sh", "scheduler_flags": ["mh-port"]},
        "scheduler_flags",
        "mh-port",
        "scheduler-flag-unknown",
    ),
    ({**WEB, "scheduler_flags": 8}, "scheduler_flags", 8, "scheduler-flags-invalid"),
    ({**WEB, "persistence": -1}, "persistence", -1, "persistence-invalid"),
    ({**WEB, "persistence": 2**32 - 1}, "persistence", 2**32 - 1, "persistence-invalid"),
    ({**WEB, "persistence": 1.5}, "persistence", 1.5, "persistence-invalid"),
    (
        {**WEB, "persistence": 1, "persistence_netmask": "255.0.255.0"},
        "persistence_netmask",
        "255.0.255.0",
        "netmask-invalid",
    ),
    ({**WEB, "persistence": 1, "persistence_netmask": 33}, "persistence_netmask", 33, "netmask-invalid"),
    ({**WEB, "persistence": 1, "persistence_netmask": 0}, "persistence_netmask", 0, "netmask-invalid"),
    ({**MAIL, "persistence": 1, "persistence_netmask": 129}, "persistence_netmask", 129, "netmask-invalid"),
    (
        {**MAIL, "persistence": 1, "persistence_netmask": "255.0.0.0"},
        "persistence_netmask",
        "255.0.0.0",
        "netmask-invalid",
    ),
    ({**WEB, "persistence_netmask": 24}, "persistence_netmask", 24, "netmask-without-persistence"),
    (
        {**WEB, "protocol": "udp", "persistence_engine": "sip"},
        "persistence_engine",
        "sip",
        "engine-without-persistence",
    ),
    ({**WEB, "persistence": 1, "persistence_engine": "sip"}, "persistence_engine", "sip", "engine-not-udp"),
    ({**MARK, "persistence": 1, "persistence_engine": "a b"}, "persistence_engine", "a b", "engine-unknown"),
    ({**WEB, "one_packet": True}, "one_packet", True, "one-packet-not-udp"),
    ({**WEB, "one_packet": "maybe"}, "one_packet", "maybe", "boolean-invalid"),
    ({**WEB, "one_packet": 2}, "one_packet", 2, "boolean-invalid"),
    ({**WEB, "persistence": "9" * 5000}, "persistence", "9" * 5000, "persistence-invalid"),
    ({**WEB, "realservers": None}, "realservers", None, "realservers-not-a-list"),
    ({**WEB, "realservers": {}}, "realservers", {}, "realservers-not-a-list"),
    (with_realserver(WEB, rip="192.168.1.0/24"), "realservers[0].rip", "192.168.1.0/24", "rip-invalid"),
    (with_realserver(WEB, rip="fe80::1"), "realservers[0].rip", "fe80::1", "rip-unusable"),
    (with_realserver(WEB, rip="2001:db8::1"), "realservers[0].rip", "2001:db8::1", "families-mixed"),
    (with_realserver(WEB, port=8080), "realservers[0].port", 8080, "port-remap"),
    (with_realserver(WEB, port=8080, forwarding="tun"), "realservers[0].port", 8080, "port-remap"),
    (with_realserver(WEB, forwarding="drr"), "realservers[0].forwarding", "drr", "forwarding-unknown"),
    (with_realserver(WEB, weight=-1), "realservers[0].weight", -1, "weight-invalid"),
    (with_realserver(WEB, weight=65536), "realservers[0].weight", 65536, "weight-invalid"),
    (with_realserver(WEB, weight="heavy"), "realservers[0].weight", "heavy", "weight-invalid"),
    (with_realserver(WEB, lower_threshold=5), "realservers[0].lower_threshold", 5, "thresholds-crossed"),
    (with_realserver(WEB, upper_threshold=2**31), "realservers[0].upper_threshold", 2**31, "threshold-invalid"),
    (with_realserver(WEB, tunnel=GUE), "realservers[0].tunnel", GUE, "tunnel-without-tun"),
    (
        with_realserver(WEB, forwarding="tun", tunnel={"type": "gue"}),
        "realservers[0].tunnel.port",
        None,
        "tunnel-port-missing",
    ),
    (with_realserver(WEB, forwarding="tun", tunnel={"port": 9}), "realservers[0].tunnel.port", 9, "tunnel-port-unused"),
    (
        with_realserver(WEB, forwarding="tun", tunnel={"checksum": "csum"}),
        "realservers[0].tunnel.checksum",
        "csum",
        "tunnel-checksum-unknown",
    ),
    (
        with_realserver(WEB, forwarding="tun", tunnel={"type": "gre", "checksum": "remcsum"}),
        "realservers[0].tunnel.checksum",
        "remcsum",
        "tunnel-checksum-unknown",
    ),
    (
        with_realserver(WEB, forwarding="tun", tunnel={"type": "vxlan"}),
        "realservers[0].tunnel.type",
        "vxlan",
        "tunnel-type-unknown",
    ),
    (with_realserver(WEB, forwarding="tun", tunnel="gue"), "realservers[0].tunnel", "gue", "tunnel-invalid"),
    ({**WEB, "schedular": "rr"}, "schedular", "schedular", "key-unknown"),
    (with_realserver(WEB, wait=1), "realservers[0].wait", "wait", "key-unknown"),
]


def mistakes(listed: object, have: model.Table = ()) -> list[tuple[str, str, object]]:
    """All that is wrong with a list of services: id, path and value."""
    with pytest.raises(MistakesError) as refusal:
        parse.parse_table(listed, have=have, lookup=lookup)
    return [(one.id, one.path, one.value) for one in refusal.value.mistakes]


@pytest.mark.parametrize(("data", "path", "value", "rule"), REFUSED)
def test_a_mistake_is_named_with_its_place(data: dict[str, Any], path: str, value: object, rule: str) -> None:
    assert mistakes([WEB | {"port": 9}, data]) == [(rule, f"services[1].{path}", value)]


def test_all_mistakes_are_named_at_once() -> None:
    pool = [{"rip": "192.168.1.11", "weight": -1, "wieght": 1}, {"forwarding": "VS-DR", "tunnel": {"typ": "gue"}}]
    assert mistakes([{"vip": "x", "port": "htpp", "scheduler": "wlcc", "realservers": pool}, 5, MARK, MARK]) == [
        ("vip-invalid", "services[0].vip", "x"),
        ("port-name-unknown", "services[0].port", "htpp"),
        ("scheduler-unknown", "services[0].scheduler", "wlcc"),
        ("key-unknown", "services[0].realservers[0].wieght", "wieght"),
        ("weight-invalid", "services[0].realservers[0].weight", -1),
        ("rip-missing", "services[0].realservers[1].rip", None),
        ("forwarding-unknown", "services[0].realservers[1].forwarding", "VS-DR"),
        ("key-unknown", "services[0].realservers[1].tunnel.typ", "typ"),
        ("service-not-a-mapping", "services[1]", 5),
        ("service-twice", "services[3]", "fwmark 5 ipv4"),
    ]


def test_a_refusal_has_a_line_for_each_mistake() -> None:
    with pytest.raises(LvsError) as refusal:
        parse.parse_table([{**WEB, "scheduler": "wlcc", "family": "{{ x }}"}], "wanted")
    assert str(refusal.value).split("\n") == [
        "wanted[0].family: is not an address family (got '{{ x }}'). Fix: Use ipv4 or ipv6. [family-unknown]",
        "wanted[0].scheduler: is not a scheduler (got 'wlcc'). Fix: Use dh, fo, lblc, lblcr, lc, mh, nq, ovf, rr, "
        "sed, sh, twos, "
        "wlc or wrr. Did you mean wlc? [scheduler-unknown]",
    ]
    assert (refusal.value.item, refusal.value.value) == ("wanted[0].family", "{{ x }}")


def test_what_follows_from_a_mistake_is_none() -> None:
    """A flag of an unknown scheduler, a port of an unknown tunnel, a method that the service does not say, ..."""
    tunnelled = with_realserver(WEB, forwarding="tunn", tunnel={"type": "guue", "port": 6080})
    assert [rule for rule, _path, _value in mistakes([tunnelled])] == ["forwarding-unknown", "tunnel-type-unknown"]
    flagged = {
        **WEB,
        "port": 0,
        "persistence": -1,
        "persistence_netmask": 24,
        "scheduler": "mhh",
        "scheduler_flags": ["mh-port"],
    }
    assert [rule for rule, _path, _value in mistakes([flagged])] == ["persistence-invalid", "scheduler-unknown"]
    assert [rule for rule, _path, _value in mistakes([{**WEB, "protocol": "upd", "one_packet": True}])] == [
        "protocol-unknown"
    ]


def test_what_is_left_out_is_never_wrong_while_it_is_not_known() -> None:
    """ipvs_service and ipvs_dest say what is wrong before they have seen what there is."""
    service = {**WEB, "port": 0, "persistence_netmask": 24, "scheduler_flags": ["sh-port"]}
    assert parse.parse_service_key(service).port == 0
    half = {"rip": "192.168.1.11", "lower_threshold": 5, "tunnel": {"type": "gre"}, "port": 8080}
    assert parse.parse_realserver(half, WEB, None)[1].port == 8080
    known: list[tuple[parse.Realservers | None, list[str]]] = [
        (None, ["vip-invalid"]),
        ({}, ["vip-invalid", "port-remap", "thresholds-crossed", "tunnel-without-tun"]),
    ]
    for have, rules in known:
        with pytest.raises(MistakesError) as refusal:
            parse.parse_realserver(half, {**WEB, "vip": "x"}, have)
        assert [one.id for one in refusal.value.mistakes] == rules
    # The same in a table: of a service that nobody can tell, nobody knows what it has.
    assert mistakes([{**service, "vip": "x"}], (one(MAIL),)) == [("vip-invalid", "services[0].vip", "x")]


@pytest.mark.parametrize("listed", [None, "192.168.1.110", {}, 5])
def test_a_table_is_a_list(listed: object) -> None:
    assert mistakes(listed) == [("services-not-a-list", "services", listed)]


@pytest.mark.parametrize("item", [None, "web", 5, [WEB]])
def test_a_service_is_a_mapping(item: object) -> None:
    assert mistakes([item]) == [("service-not-a-mapping", "services[0]", item)]


def test_twice_the_same_is_refused() -> None:
    twice = mistakes([MAIL, {**MAIL, "vip": "2001:0db8:0::25"}])
    assert twice == [("service-twice", "services[1]", "tcp [2001:db8::25]:25")]
    pool = [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12"}, {"rip": "192.168.1.11", "port": "80"}]
    twice = mistakes([{**WEB, "realservers": pool}])
    assert twice == [("realserver-twice", "services[0].realservers[2]", "192.168.1.11:80")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ANYTHING = st.dictionaries(st.sampled_from(sorted(parse._SERVICE_KEYS)), JSON)


@given(ANYTHING, ANYTHING)
def test_hostile_input_is_refused_cleanly(service: dict[str, Any], pool: dict[str, Any]) -> None:
    try:
        table = parse.parse_table([{**WEB, **service, "realservers": [{"rip": "192.168.1.11", **pool}]}])
    except LvsError:
        return
    assert parse.parse_table([one.to_dict() for one in table]) == table
