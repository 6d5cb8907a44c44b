# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan says each host must be, for inventories that are right."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    HOSTVARS,
    found,
    groups,
    hostvars,
    plan,
    realserver,
    service,
)


def director(planned: dict[str, t.Any]) -> dict[str, t.Any]:
    assert found(planned) == []
    slice_: dict[str, t.Any] = planned["hosts"]["director"]["director"]
    return slice_


def table(planned: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    services: list[dict[str, t.Any]] = director(planned)["services"]
    return services


def destination(rip: str, port: int = 80, **changes: object) -> dict[str, t.Any]:
    plain = {"rip": rip, "port": port, "forwarding": "dr", "weight": 1, "upper_threshold": 0, "lower_threshold": 0}
    return {**plain, **changes}


def test_the_farm_of_the_howto() -> None:
    planned = make_plan([service(), service(name="telnet", port="telnet")], GROUPS, HOSTVARS)
    http = {
        "vip": "192.168.1.110",
        "fwmark": None,
        "family": "ipv4",
        "protocol": "tcp",
        "port": 80,
        "scheduler": "rr",
        "scheduler_flags": [],
        "persistence": 0,
        "persistence_netmask": None,
        "persistence_engine": None,
        "one_packet": False,
        "realservers": [destination("192.168.1.11"), destination("192.168.1.12")],
    }
    telnet = {
        **http,
        "port": 23,
        "realservers": [destination("192.168.1.11", 23), destination("192.168.1.12", 23)],
    }
    arriving = {"to": "192.168.1.110", "source": "192.168.1.254"}
    asked = {"vip 192.168.1.110": "lo", "hidden 192.168.1.110": "192.168.1.9"}
    serving = {
        "lvs_name": "lvs",
        "claims": asked,
        "system": "Linux",
        "managed": True,
        "persistent": True,
        "vips": ["192.168.1.110"],
        "addresses": [{"address": "192.168.1.110", "prefix": 32, "family": "ipv4", "interface": "lo"}],
        "arp_hide": True,
        "directors": ["192.168.1.9"],
        "forwarding": ["dr"],
        "tunnels": [],
        "kernel_modules": [],
        "sysctls": {},
        "checks": [
            {"address": "192.168.1.110", "port": 23, "protocol": "tcp"},
            {"address": "192.168.1.110", "port": 80, "protocol": "tcp"},
        ],
        "gateway": None,
        "gateways": [],
        "routes": [],
    }
    assert [finding["id"] for finding in planned.pop("findings")] == ["name-lookup-delay"]
    assert planned == {
        "lvs_name": "lvs",
        "hosts": {
            "director": {
                "director": {
                    "lvs_name": "lvs",
                    "claims": {
                        "module ip_vs": "",
                        "module ip_vs_rr": "",
                        "service tcp 192.168.1.110:23": "lvs",
                        "service tcp 192.168.1.110:80": "lvs",
                        "sysctl net.ipv4.vs.expire_nodest_conn": "1",
                        "vip 192.168.1.110": "",
                    },
                    "dips": ["192.168.1.9"],
                    "vips": ["192.168.1.110"],
                    "interfaces": {},
                    "addresses": [{"address": "192.168.1.110", "prefix": 32, "family": "ipv4", "role": "VIP"}],
                    "failover": None,
                    "neighbours": ["192.168.1.11", "192.168.1.12"],
                    "gateway": None,
                    "gateways": [],
                    "kernel_modules": ["ip_vs", "ip_vs_rr"],
                    "sysctls": {"net.ipv4.vs.expire_nodest_conn": "1"},
                    "localnode": None,
                    "persistent": True,
                    "marks": [],
                    "firewall": {},
                    "services": [telnet, http],
                    "engine": "ipvs",
                    "checks": [],
                    "probes": [],
                }
            },
            **{
                host: {"realserver": {"rips": [rip], "arrivals": [{**arriving, "arrives": rip}], **serving}}
                for host, rip in (("realserver1", "192.168.1.11"), ("realserver2", "192.168.1.12"))
            },
        },
        "order": [
            {"role": "realserver", "step": "arp", "hosts": ["realserver1", "realserver2"]},
            {"role": "realserver", "step": "vip", "hosts": ["realserver1", "realserver2"]},
            {"role": "realserver", "step": "check", "hosts": ["realserver1", "realserver2"]},
            {"role": "director", "step": "kernel", "hosts": ["director"]},
            {"role": "director", "step": "release", "hosts": ["director"]},
            {"role": "director", "step": "table", "hosts": ["director"]},
            {"role": "director", "step": "standby", "hosts": ["director"]},
            {"role": "director", "step": "vip", "hosts": ["director"]},
            {"role": "director", "step": "source", "hosts": ["director"]},
            {"role": "realserver", "step": "release", "hosts": ["realserver1", "realserver2"]},
        ],
        "aliases": {},
        "networks": [
            {
                "network": "192.168.1.0/24",
                "hosts": ["client", "director", "realserver1", "realserver2"],
                "vips": ["192.168.1.110"],
                "gateways": [],
            }
        ],
        "clients": {"client": "192.168.1.254"},
        "names": {"tcp 192.168.1.110:23": "telnet", "tcp 192.168.1.110:80": "http"},
    }


def test_defaults() -> None:
    (only,) = table(plan({"vip": "192.168.1.110", "port": 80}))
    assert only["scheduler"] == "wlc"
    assert only["protocol"] == "tcp"
    assert [one["rip"] for one in only["realservers"]] == ["192.168.1.11", "192.168.1.12"]
    assert {one["forwarding"] for one in only["realservers"]} == {"dr"}


def test_a_key_without_a_value_counts_as_left_out() -> None:
    explicit = dict.fromkeys(("scheduler", "protocol", "forwarding", "persistence", "realservers", "one_packet"))
    assert plan({**service(scheduler=None), **explicit}) == plan(service(scheduler=None))


def test_a_survey_gives_numbers_and_booleans_as_text() -> None:
    text = service(protocol="udp", port="53", persistence="360", one_packet="yes", persistence_netmask="24")
    real = service(protocol="udp", port=53, persistence=360, one_packet=True, persistence_netmask=24)
    assert plan(text) == plan(real)
    assert table(plan(text))[0]["persistence"] == 360


@pytest.mark.parametrize("written", ["true", "Yes", "on", "1", 1, True])
def test_true_as_people_write_it(written: object) -> None:
    assert table(plan(service(protocol="udp", one_packet=written)))[0]["one_packet"] is True


@pytest.mark.parametrize("written", ["false", "No", "off", "0", 0, False, None])
def test_false_as_people_write_it(written: object) -> None:
    assert table(plan({**service(protocol="udp"), "one_packet": written}))[0]["one_packet"] is False


@pytest.mark.parametrize(("lowest", "highest"), [(0, 65535), ("0", "65535")])
def test_numbers_up_to_their_limits(lowest: object, highest: object) -> None:
    pool = [{"host": "realserver1", "weight": lowest}, {"host": "realserver2", "weight": highest}]
    weights = [one["weight"] for one in table(plan(service(realservers=pool)))[0]["realservers"]]
    assert weights == [0, 65535]
    assert table(plan(service(port=highest)))[0]["port"] == 65535


def test_every_port_of_a_persistent_service() -> None:
    planned = plan(service(port=0, persistence=360))
    assert table(planned)[0]["port"] == 0
    assert realserver(planned)["vips"] == ["192.168.1.110"]
    assert realserver(planned)["checks"] == [], "there is no port at which to knock"


@pytest.mark.parametrize(("name", "port"), [("http", 80), ("www", 80), ("telnet", 23), ("dns", 53), ("https", 443)])
def test_well_known_names_need_no_lookup(name: str, port: int) -> None:
    assert table(plan(service(port=name)))[0]["port"] == port


def test_other_names_are_looked_up_by_protocol() -> None:
    asked: list[tuple[str, str]] = []

    def lookup(name: str, protocol: str) -> int | None:
        asked.append((name, protocol))
        return 2000

    assert table(plan(service(port="cisco-sccp", protocol="sctp"), lookup=lookup))[0]["port"] == 2000
    assert asked == [("cisco-sccp", "sctp")]


def test_the_pool_as_a_group() -> None:
    grouped = groups(web=["realserver2"])
    planned = plan(service(realservers="web"), groups=grouped)
    assert [one["rip"] for one in table(planned)[0]["realservers"]] == ["192.168.1.12"]
    assert list(planned["hosts"]) == ["director", "realserver2"]


def test_the_pool_as_a_list() -> None:
    pool = ["realserver2", {"host": "realserver1", "weight": 3, "upper_threshold": 100, "lower_threshold": 50}]
    assert table(plan(service(realservers=pool)))[0]["realservers"] == [
        destination("192.168.1.11", weight=3, upper_threshold=100, lower_threshold=50),
        destination("192.168.1.12"),
    ]


def test_each_realserver_may_have_its_own_forwarding_howto_3_12() -> None:
    pool = [{"host": "realserver1", "forwarding": "nat", "port": 8080}, "realserver2"]
    planned = plan(service(realservers=pool))
    assert table(planned)[0]["realservers"] == [
        destination("192.168.1.11", 8080, forwarding="nat"),
        destination("192.168.1.12"),
    ]
    assert realserver(planned, "realserver1")["forwarding"] == ["nat"]
    assert realserver(planned, "realserver2")["forwarding"] == ["dr"]


@pytest.mark.parametrize(("word", "method"), [("masquerading", "nat"), ("gatewaying", "dr"), ("ipip", "tun")])
def test_the_words_of_ipvsadm_are_welcome(word: str, method: str) -> None:
    assert plan(service(forwarding=word)) == plan(service(forwarding=method))


def test_nat_leaves_the_vip_off_the_realserver_and_makes_the_director_its_gateway() -> None:
    planned = plan(service(forwarding="nat"), hostvars=hostvars(realserver1={"lvs_server_gateway": "192.168.1.254"}))
    director_is_the_way = {
        "address": "192.168.1.9",
        "family": "ipv4",
        "why": "nat: replies must pass the director (HOWTO 3.11)",
    }
    assert realserver(planned) == {
        "lvs_name": "lvs",
        "claims": {"gateway ipv4": "192.168.1.9"},
        "system": "Linux",
        "managed": True,
        "persistent": True,
        "rips": ["192.168.1.11"],
        "vips": [],
        "addresses": [],
        "arp_hide": False,
        "directors": [],
        "forwarding": ["nat"],
        "tunnels": [],
        "kernel_modules": [],
        "sysctls": {},
        "checks": [{"address": "192.168.1.11", "port": 80, "protocol": "tcp"}],
        "arrivals": [],
        "gateway": "192.168.1.9",
        "gateways": [director_is_the_way],
        "routes": [],
    }
    assert director(planned)["sysctls"] == {
        "net.ipv4.conf.*.send_redirects": "0",
        "net.ipv4.conf.all.send_redirects": "0",
        "net.ipv4.conf.default.send_redirects": "0",
        "net.ipv4.ip_forward": "1",
        "net.ipv4.vs.expire_nodest_conn": "1",
    }


def test_nat_lets_one_realserver_serve_on_several_ports() -> None:
    pool = [{"host": "realserver1", "port": 8080}, {"host": "realserver1", "port": 8081}]
    ports = [one["port"] for one in table(plan(service(forwarding="nat", realservers=pool)))[0]["realservers"]]
    assert ports == [8080, 8081]


def test_dr_and_tun_never_turn_on_forwarding() -> None:
    assert director(plan(service(), service(port=81, name="x", forwarding="tun")))["sysctls"] == {
        "net.ipv4.vs.expire_nodest_conn": "1"
    }


def test_the_gateway_of_a_dr_realserver_is_its_router() -> None:
    routed = hostvars(realserver1={"lvs_server_gateway": "192.168.1.254"})
    planned = plan(service(), hostvars=routed)
    assert realserver(planned)["gateway"] == "192.168.1.254"
    assert realserver(planned, "realserver2")["gateway"] is None


def test_tunnels() -> None:
    pool = [
        "realserver1",
        {"host": "realserver2", "tunnel": {"type": "gue", "port": 6080, "checksum": "remcsum"}},
    ]
    (first, second) = table(plan(service(forwarding="tun", realservers=pool)))[0]["realservers"]
    assert first["tunnel"] == {"type": "ipip", "port": 0, "checksum": "none"}
    assert second["tunnel"] == {"type": "gue", "port": 6080, "checksum": "remcsum"}


def test_tun_crosses_families() -> None:
    six = service(vip="2001:db8::110", forwarding="tun")
    assert table(plan(six))[0]["realservers"][0]["rip"] == "192.168.1.11"


def test_one_inventory_for_both_families() -> None:
    both = hostvars(
        director={"lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"]},
        realserver1={"lvs_rip": ["192.168.1.11/24", "2001:db8::11/64"]},
        realserver2={"lvs_rip": ["192.168.1.12/24", "2001:DB8:0::12/64"]},
    )
    planned = plan(service(), service(name="http6", vip="2001:db8::110/128"), hostvars=both)
    four, six = table(planned)
    assert [one["rip"] for one in four["realservers"]] == ["192.168.1.11", "192.168.1.12"]
    assert [one["rip"] for one in six["realservers"]] == ["2001:db8::11", "2001:db8::12"]
    assert six["family"] == "ipv6"
    assert director(planned)["vips"] == ["192.168.1.110", "2001:db8::110"]
    assert director(planned)["dips"] == ["192.168.1.9", "2001:db8::9"]


def test_a_fwmark_decides_alone() -> None:
    (only,) = table(plan({"fwmark": 5, "family": "ipv6", "forwarding": "tun"}))
    assert (only["vip"], only["fwmark"], only["family"], only["protocol"], only["port"]) == (None, 5, "ipv6", None, 0)


def test_a_fwmark_with_a_vip_gives_the_machines_the_vip() -> None:
    planned = plan({"fwmark": 5, "vip": "192.168.1.110"})
    assert table(planned)[0]["vip"] is None
    assert director(planned)["vips"] == ["192.168.1.110"]
    assert realserver(planned)["vips"] == ["192.168.1.110"]
    assert realserver(planned)["checks"] == []


@pytest.mark.parametrize(
    ("written", "canonical"),
    [(24, "255.255.255.0"), ("24", "255.255.255.0"), ("255.255.255.0", "255.255.255.0"), (32, None), (None, None)],
)
def test_persistence_netmasks(written: object, canonical: object) -> None:
    (only,) = table(plan(service(persistence=360, persistence_netmask=written)))
    assert (only["persistence"], only["persistence_netmask"]) == (360, canonical)


def test_kernel_modules_are_those_in_use() -> None:
    sip = service(name="sip", protocol="udp", port=5060, scheduler="sh", persistence=60, persistence_engine="sip")
    assert director(plan(sip, service()))["kernel_modules"] == ["ip_vs", "ip_vs_pe_sip", "ip_vs_rr", "ip_vs_sh"]


def test_scheduler_flags_come_out_in_the_order_of_the_table() -> None:
    (only,) = table(plan(service(scheduler="sh", scheduler_flags=["sh-port", "sh-fallback", "sh-port"])))
    assert only["scheduler_flags"] == ["sh-fallback", "sh-port"]


def test_every_director_of_a_set_gets_the_same_table() -> None:
    by_hand = {"lvs_failover": {"by": "other"}}
    pair = {
        "groups": groups(directors=["director", "director2"]),
        "hostvars": hostvars(director=by_hand, director2={"lvs_dip": "192.168.1.10/24", **by_hand}),
    }
    planned = plan(service(), **pair)
    assert planned["hosts"]["director2"]["director"]["services"] == table(planned)
    assert planned["hosts"]["director2"]["director"]["dips"] == ["192.168.1.10"]


def test_addresses_come_from_lvs_rip_then_ansible_host_then_the_name() -> None:
    named = groups(realservers=["realserver1", "realserver2", "192.168.1.13"])
    described = hostvars(realserver2={"lvs_rip": None, "ansible_host": "192.168.1.22"})
    planned = plan(service(), groups=named, hostvars=described)
    assert [one["rip"] for one in table(planned)[0]["realservers"]] == ["192.168.1.11", "192.168.1.13", "192.168.1.22"]


def test_lvs_networks_say_what_a_bare_address_does_not() -> None:
    split = {"lvs_networks": ["192.168.0.0/16", "192.168.1.0/24", "192.168.2.0/24"]}
    apart = hostvars(director={"lvs_dip": "192.168.1.9", **split}, realserver1={"lvs_rip": "192.168.2.11", **split})
    assert found(plan(service(), hostvars=apart)) == [("hostvars[realserver1].lvs_rip", "192.168.2.11")]


def test_nothing_is_refused_as_long_as_no_network_is_known() -> None:
    bare = hostvars(director={"lvs_dip": "192.168.1.9"}, realserver1={"lvs_rip": "192.168.2.11"})
    bare["realserver2"]["lvs_rip"] = "10.0.0.1"
    assert found(plan(service(), hostvars=bare)) == []


def test_the_plan_of_a_realserver_in_no_pool_is_empty_and_said_so() -> None:
    planned = plan(service(realservers=["realserver1"]))
    assert found(planned, "warning") == [("groups.realservers", "realserver2")]
    assert list(planned["hosts"]) == ["director", "realserver1"]


def test_no_service_at_all_empties_the_directors() -> None:
    planned = plan()
    assert ("lvs_services", "an empty list") in found(planned, "warning")
    assert table(planned) == []


def test_what_the_plan_writes_is_what_ipvs_table_reads() -> None:
    pool = [{"host": "realserver1", "tunnel": {"type": "gre", "checksum": "csum"}, "weight": 0}, "realserver2"]
    written = table(
        plan(
            service(persistence=360, persistence_netmask="255.255.255.0"),
            service(name="tun", port=81, forwarding="tun", realservers=pool),
            service(name="sh", port=82, scheduler="sh", scheduler_flags=["sh-port"], forwarding="nat"),
            {"fwmark": 7},
        )
    )
    assert [one.to_dict() for one in parse_table(written)] == written
