# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One scene for every fault in the table, faults together, what was not seen, and the page that is written of it."""

from __future__ import annotations

import copy
import functools
import itertools
import re
from collections.abc import Callable

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import diagnose, questions
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.report import report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.doctor import RULES, SECTIONS, SYMPTOMS
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    CLIENT,
    DIRECTOR,
    FIXTURES,
    LO,
    RS1,
    RS2,
    SCENES,
    VEC0,
    VIP,
    Farm,
    Scene,
    both,
    check,
    full,
    weights,
)

FARMS = sorted(path.stem for path in FIXTURES.glob("*.json"))
_OF_A_PAIR = (
    *("vrrp-not-heard", "vrrp-stranger", "failover-unfit", "sync-behind", "director-drained", "keepalived-old-file"),
)
_OF_CHECKS = ("checks-stopped", "all-failed", "realserver-failed")
# The farms differ in nothing that matters to these, so any two of them can come together.
_ALONE = {"inventory-refused", "unexplained", "realserver-silent", *_OF_A_PAIR, *_OF_CHECKS}
_TOGETHER = [
    (one, other)
    for one, other in itertools.combinations(SCENES, 2)
    if not {one, other} & _ALONE and SCENES[one].farm == SCENES[other].farm == "dr"
    if not SCENES[one].symptom and not SCENES[other].symptom
]
# The first of a pair takes away what the second happens to.
_GONE = {
    ("ip-vs-missing", name)
    for name in ("scheduler-missing", "service-missing", "weights-all-zero", "forwarding-wrong", "port-remapped")
} | {
    ("ip-vs-missing", "table-drift"),
    ("scheduler-missing", "weights-all-zero"),
    ("scheduler-missing", "forwarding-wrong"),
    ("scheduler-missing", "port-remapped"),
    ("scheduler-missing", "table-drift"),
    ("scheduler-missing", "service-missing"),
    ("forwarding-wrong", "port-remapped"),
    ("weights-all-zero", "table-drift"),
    ("vip-mask-wide", "vip-missing-realserver"),
    ("gateway-is-director", "gateway-missing"),
    ("firewall-director-invalid", "firewall-director"),
    ("vip-missing-realserver", "arp-answered"),
    ("vip-missing-realserver", "arp-announced"),
    ("vip-missing-realserver", "gateway-is-director"),
    ("vip-missing-realserver", "gateway-missing"),
    ("service-down", "service-not-on-vip"),
    ("vip-on-no-director", "vip-on-two-hosts"),
    ("vip-in-vain", "vip-on-no-director"),
    ("vip-in-vain", "vip-on-two-hosts"),
    *itertools.product(
        ("nic-rp-filter",), ("vip-missing-realserver", "vip-mask-wide", "route-forbidden", "gateway-missing")
    ),
    ("route-forbidden", "vip-missing-realserver"),
    ("route-forbidden", "vip-mask-wide"),
    ("route-forbidden", "gateway-missing"),
    ("client-has-vip", "vip-at-wrong-mac"),
    *itertools.product(("rip-gone",), ("rip-on-two-hosts", "realserver-behind-router", "arp-announced")),
    *itertools.product(
        ("gateway-silent",),
        ("vip-missing-realserver", "gateway-is-director", "nic-rp-filter", "route-forbidden", "vip-mask-wide"),
    ),
    ("rip-gone", "answer-into-vpn"),
    ("gateway-silent", "answer-into-vpn"),
    *itertools.product(
        ("answer-into-vpn",),
        (
            "evidence-unreadable",
            "gateway-is-director",
            "gateway-missing",
            "route-forbidden",
            "vip-mask-wide",
            "vip-missing-realserver",
        ),
    ),
    *itertools.product(("service-overrun",), ("service-down", "service-not-on-vip")),
    ("pool-full", "port-remapped"),
    ("realserver-drained", "port-remapped"),
    ("realserver-drained", "table-drift"),
    ("hash-refuses", "table-drift"),
    *itertools.product(
        ("hash-refuses", "pool-full", "realserver-drained"), ("ip-vs-missing", "scheduler-missing", "weights-all-zero")
    ),
}


@pytest.mark.parametrize("name", FARMS)
def test_a_healthy_farm_has_no_finding(name: str) -> None:
    diagnosis = Farm(name).diagnose()
    assert diagnosis["findings"] == []
    assert diagnosis["unseen"] == []
    assert diagnosis["healthy"]


def test_a_realserver_answers_in_its_own_name_only_where_it_is_served_by_nat() -> None:
    """One that nat serves in the other family needs no way to clients for this RIP."""
    farm = Farm()
    role = farm.plan["hosts"][RS1]["realserver"]
    role["forwarding"] = ["dr", "nat"]
    (rip,) = role["rips"]
    ways = farm.seen(RS1)["ways"]
    ways.append({**ways[0], "from": rip, "kind": "unreachable", "via": None, "interface": None})
    assert farm.ids() == []


def test_the_way_of_nat_is_judged_also_while_the_director_cannot_be_seen() -> None:
    farm = Farm("nat")
    for way in farm.seen(RS1)["ways"]:
        way.update(kind="unreachable", via=None)
    farm.lose(DIRECTOR, "unreachable")
    assert farm.ids() == ["gateway-missing"]


@pytest.mark.parametrize(
    ("kept", "checked", "found"),
    [
        (["mail"], False, []),
        (["lvs"], False, ["table-owner"]),
        ([], False, ["table-owner"]),
        (["lvs", "mail"], True, []),
        (["mail"], True, ["checks-stopped"]),
        ([], True, ["table-owner", "checks-stopped"]),
    ],
)
def test_a_keepalived_of_ours_writes_the_services_of_its_lvs_alone(
    kept: list[str], checked: bool, found: list[str]
) -> None:
    farm = Scene(check).after()
    farm.seen(DIRECTOR)["keepalived"]["keeps"] = kept
    farm.plan["hosts"][DIRECTOR]["director"].update({} if checked else {"engine": "ipvs", "checks": []})
    assert [one["id"] for one in farm.diagnose()["findings"]] == found


@pytest.mark.parametrize("name", RULES)
def test_a_fault_is_found_alone(name: str) -> None:
    scene = SCENES[name]
    findings = scene.after().diagnose(scene.symptom)["findings"]
    consequences = {"table-drift"} if scene.symptom else set()
    assert {finding["id"] for finding in findings} - consequences == {name}
    assert findings[0]["id"] == name
    assert findings[0]["evidence"]
    for finding in findings:
        said = " ".join([finding["symptom"], finding["message"], finding["cure"], *finding["evidence"]])
        assert not re.search(r"\{[a-z_]+\}|None", said), "a word was not filled in"


def test_a_machine_under_another_name_has_nothing_left_over() -> None:
    """The plan says that it is one; what is on record there belongs to the other name."""
    farm = Farm()
    farm.looked["console"] = copy.deepcopy(farm.looked[RS1])
    farm.looked["console"]["evidence"]["placed"] = [{"vip": VIP, "interface": LO}]
    assert "vip-left-over" in farm.ids()
    farm.plan["aliases"] = {"console": RS1}
    assert "vip-left-over" not in farm.ids()


def test_what_another_lvs_has_on_a_host_is_nothing_left_over() -> None:
    farm = Farm()
    farm.seen(RS1)["placed"] = [{"vip": VIP, "interface": LO}, {"vip": "192.168.1.120", "interface": LO}]
    assert farm.ids() == ["vip-left-over"]
    farm.seen(RS1)["claims"] = {"mail": ["vip 192.168.1.120"], "lvs": [f"vip {VIP}"]}
    assert farm.ids() == []
    farm.seen(RS1)["claims"] = {"mail": ["vip 192.168.1.120"], "lvs": ["vip 192.168.1.120"]}
    assert farm.ids() == ["vip-left-over"]
    farm.seen(RS1)["claims"] = "torn"
    assert "vip-left-over" not in farm.ids()


def test_a_service_of_another_lvs_is_no_drift() -> None:
    farm = Farm()
    services = farm.seen(DIRECTOR)["ipvs"]["services"]
    services.append({**services[0], "port": 2525})
    assert farm.ids() == ["table-drift"]
    farm.seen(DIRECTOR)["claims"] = {"mail": [f"service tcp {services[0]['vip']}:2525"]}
    assert farm.ids() == []


def test_an_lvs_that_has_what_is_at_fault_is_named_as_its_cause() -> None:
    farm = Farm()
    label = f"tcp {VIP}:80"
    farm.service(80)["realservers"][0]["weight"] = 7
    (alone,) = farm.diagnose()["findings"]
    farm.seen(DIRECTOR)["claims"] = {"mail": [f"service {label}", "service tcp 192.168.1.120:25"], "lvs": []}
    (found,) = farm.diagnose()["findings"]
    line = f"the LVS 'mail' of this host asks for service {label}, which this one does not"
    assert (found["id"], found["evidence"]) == ("table-drift", [*alone["evidence"], line])
    farm.seen(DIRECTOR)["claims"]["lvs"] = [f"service {label}"]
    assert farm.diagnose()["findings"] == [alone]


def test_other_lvs_are_named_and_no_fault() -> None:
    farm = Farm()
    farm.seen(DIRECTOR)["claims"] = {"mail": ["service tcp 192.168.1.120:25", "service tcp 192.168.1.120:143"]}
    farm.seen(RS1)["claims"] = {"lvs": [f"vip {VIP}"], "mail": ["hidden 192.168.1.120"], "shop": ["module ip_vs"]}
    diagnosis = farm.diagnose()
    assert diagnosis["findings"] == []
    assert [f"{one['host']}: {one['lvs']}" for one in diagnosis["others"]] == [
        f"{DIRECTOR}: mail (2 services)",
        f"{RS1}: mail (192.168.1.120)",
        f"{RS1}: shop (no VIP)",
    ]
    said = [line["text"] for line in report(diagnosis, farm.looked)]
    assert f"Other LVS on {DIRECTOR}: mail (2 services)." in said


def test_a_host_cannot_name_an_lvs_as_it_likes() -> None:
    farm = Farm()
    farm.seen(DIRECTOR)["claims"] = {"\x1b[2J": ["service tcp 192.168.1.120:25"]}
    assert farm.ids() == ["evidence-unreadable"]
    farm.seen(DIRECTOR)["claims"] = {f"x{number}": ["vip 192.168.1.120"] for number in range(1000)}
    assert len(farm.diagnose()["others"]) == 20


def test_every_scene_is_of_a_fault() -> None:
    assert SCENES.keys() == RULES.keys()


@pytest.mark.parametrize(("one", "other"), _TOGETHER)
def test_two_faults_are_both_named(one: str, other: str) -> None:
    if (one, other) in _GONE:
        return
    farm = Farm()
    both(SCENES[one].change, SCENES[other].change)(farm)
    found = farm.ids()
    assert {one, other} <= set(found)
    causes = [finding["id"] for finding in farm.diagnose()["findings"]]
    assert causes == sorted(causes, key=list(RULES).index)


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_each_reason_of_the_howto_is_a_fault_that_shows_so(symptom: str) -> None:
    named = [rule for _reason, rules in SECTIONS[symptom].reasons for rule in rules]
    assert all(symptom in RULES[rule].symptoms for rule in named)
    assert {name for name, rule in RULES.items() if symptom in rule.symptoms} - set(named) <= {"unexplained"}


# --- what a finding says ---


def test_a_finding_says_all_that_an_operator_needs() -> None:
    (finding,) = SCENES["vip-missing-realserver"].after().diagnose()["findings"]
    assert finding == {
        "id": "vip-missing-realserver",
        "rank": 1,
        "host": RS1,
        "severity": "error",
        "symptom": "The connections that this realserver gets hang.",
        "message": f"does not have the VIP {VIP}, and drops what the director forwards to it.",
        "evidence": ["lo: 127.0.0.1/8 ::1/128; vec0: 192.168.1.11/24 fe80::ff:fe00:200/64"],
        "cure": "Run: ansible-playbook linuxvirtualserver.lvs.site",
        "howto": "5.2",
        "count": 1,
        "others": [],
        "consequences": [],
    }


def test_drift_names_exactly_what_differs() -> None:
    farm = Farm()
    weights(farm, 1, 7)
    farm.service(23)["realservers"].pop()
    farm.seen(DIRECTOR)["ipvs"]["services"].append({**farm.service(80), "port": 81})
    (finding,) = farm.diagnose()["findings"]
    assert finding["evidence"] == [
        "service tcp 192.168.1.110:23, realserver 192.168.1.12:23 is missing",
        "service tcp 192.168.1.110:80, realserver 192.168.1.12:80 is different",
        "service tcp 192.168.1.110:81 is not in the inventory",
    ]
    assert "ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.12:80 -g -w 1" in finding["cure"]


def test_a_drained_realserver_is_no_drift() -> None:
    farm = Farm()
    weights(farm, 1, 0)
    assert farm.ids() == ["table-drift"]
    farm.seen(DIRECTOR)["drained"] = [{"service": f"tcp {VIP}:80", "realserver": "192.168.1.12:80"}]
    assert farm.ids() == ["realserver-drained"]
    assert farm.diagnose()["healthy"]


def test_services_of_somebody_else_are_no_drift() -> None:
    farm = Farm()
    farm.seen(DIRECTOR)["ipvs"]["services"].append({**farm.service(80), "vip": "10.0.0.1"})
    assert farm.ids() == []


def test_arp_ignore_on_lo_is_told_to_have_no_effect() -> None:
    farm = Farm()
    farm.set(RS1, all_arp_ignore=0, lo_arp_ignore=1)
    farm.neighbour(CLIENT, VIP, farm.mac(RS1))
    (finding,) = farm.diagnose()["findings"]
    assert finding["id"] == "arp-answered"
    assert "net.ipv4.conf.lo.arp_ignore has no effect: there is no ARP on lo" in finding["evidence"]
    assert f"{CLIENT} finds {VIP} at {farm.mac(RS1)}, {RS1}" in finding["evidence"]


@pytest.mark.parametrize(("value", "found"), [(0, True), (1, False), (2, False), (3, True), (8, True)])
def test_arp_ignore_counts_as_the_kernel_counts_it(value: int, found: bool) -> None:
    farm = Farm()
    farm.set(RS1, all_arp_ignore=0, vec0_arp_ignore=value)
    assert (farm.ids() == ["arp-answered"]) == found


def test_arptables_hides_as_well() -> None:
    farm = Farm()
    farm.set(RS1, all_arp_ignore=0, all_arp_announce=0)
    farm.seen(RS1)["arptables"] = ["*filter", f"-A INPUT -j DROP -d {VIP}", "COMMIT"]
    assert farm.ids() == ["arp-announced"]
    farm.seen(RS1)["arptables"].append(f"-A OUTPUT -j mangle -s {VIP} --mangle-ip-s 192.168.1.11")
    assert farm.ids() == []


def test_a_stale_neighbour_of_a_third_host_is_told() -> None:
    farm = Farm()
    farm.neighbour(CLIENT, VIP, farm.mac(RS1))
    (finding,) = farm.diagnose()["findings"]
    assert finding["id"] == "vip-at-wrong-mac"
    assert f"at {farm.mac(RS1)}, {RS1}, and not at a director" in finding["message"]


def test_a_wildcard_takes_only_its_family_and_a_star_takes_both() -> None:
    farm = Farm()
    farm.listen(RS1, 80, "::")
    assert farm.ids() == ["service-not-on-vip"]
    farm.listen(RS1, 80, "*")
    assert farm.ids() == []


def test_packets_that_are_not_tracked_are_not_invalid() -> None:
    farm = SCENES["firewall-director-invalid"].after()
    assert farm.ids() == ["firewall-director-invalid"]
    raw = ["*raw", ":PREROUTING ACCEPT [0:0]", f"-A PREROUTING -d {VIP}/32 -j CT --notrack", "COMMIT"]
    farm.seen(DIRECTOR)["iptables"]["iptables-legacy-save"] += raw
    assert farm.ids() == []


@pytest.mark.parametrize("loose", [1, None])
def test_no_packet_is_invalid_while_tracking_is_loose(loose: int | None) -> None:
    """Measured on kernel 6.1: IPVS takes the first packet away before it is tracked, so each is a first one."""
    farm = SCENES["firewall-director-invalid"].after()
    settings = farm.seen(DIRECTOR)["settings"]
    del settings["net.netfilter.nf_conntrack_tcp_loose"]
    settings.update({} if loose is None else {"net.netfilter.nf_conntrack_tcp_loose": str(loose)})
    assert farm.ids() == []
    settings["net.ipv4.vs.conntrack"] = "1"
    (finding,) = (one for one in farm.diagnose()["findings"] if one["id"] == "firewall-director-invalid")
    assert "net.ipv4.vs.conntrack = 1" in finding["evidence"]


def test_who_was_told_of_small_segments_needs_no_icmp() -> None:
    farm = SCENES["tunnel-icmp-filtered"].after()
    assert farm.ids() == ["tunnel-icmp-filtered"]
    for host in (RS1, RS2):
        for way in farm.seen(host)["ways"]:
            way["mss"] = 1440
    assert farm.ids() == []
    farm.seen(RS2)["ways"][0]["mss"] = None
    assert farm.ids() == ["tunnel-icmp-filtered"]


# --- what was not seen ---


def test_a_host_that_was_not_seen_is_told_and_not_called_healthy() -> None:
    farm = Farm()
    farm.lose(RS2, "Connection timed out")
    diagnosis = farm.diagnose()
    assert diagnosis["findings"] == []
    assert not diagnosis["healthy"]
    assert diagnosis["unseen"] == [{"host": RS2, "what": "everything", "why": "Connection timed out"}]


@pytest.mark.parametrize("kind", sorted(Farm().seen(DIRECTOR)))
def test_evidence_that_is_missing_never_proves_a_fault(kind: str) -> None:
    farm = Farm()
    for host in farm.looked:
        farm.seen(host)[kind] = None
        farm.seen(host)["unseen"] = [{"what": kind, "why": "it was not there"}]
    assert farm.ids() == []


def test_what_the_doctor_cannot_look_at_is_not_asked_and_told() -> None:
    farm = Farm()
    farm.plan["hosts"][RS1]["realserver"]["system"] = "Win32NT"
    farm.looked[RS1] = {"skipped": True}
    assert questions(farm.plan, RS1) == {}
    assert farm.diagnose()["unseen"] == [
        {"host": RS1, "what": "everything", "why": "the doctor cannot look at Win32NT"}
    ]


def test_a_realserver_that_nobody_manages_is_left_alone() -> None:
    farm = Farm()
    farm.plan["hosts"][RS2]["realserver"]["managed"] = False
    farm.looked[RS2] = {"skipped": True}
    assert questions(farm.plan, RS2) == {}
    assert farm.diagnose()["healthy"]


def test_nobody_at_all_was_seen() -> None:
    farm = Farm()
    for host in farm.looked:
        farm.lose(host)
    assert farm.ids() == []
    assert len(farm.diagnose()["unseen"]) == 4


def test_the_vip_may_be_on_the_director_that_was_not_seen() -> None:
    farm = SCENES["vip-on-no-director"].after()
    farm.plan["hosts"]["director2"] = farm.plan["hosts"][DIRECTOR]
    assert farm.ids() == []


# --- symptoms ---


def test_what_explains_the_symptom_comes_first() -> None:
    farm = Farm()
    both(SCENES["service-missing"].change, SCENES["arp-answered"].change)(farm)
    assert farm.ids() == ["service-missing", "arp-answered"]
    assert farm.ids("always_the_same_realserver") == ["arp-answered", "service-missing"]


def test_the_answer_goes_through_the_reasons_of_the_howto() -> None:
    section = SCENES["service-down"].after().diagnose("refused")["section"]
    assert (section["number"], section["title"]) == ("7.6", 'The client says "connection refused"')
    states = {one["reason"]: one["findings"] for one in section["reasons"]}
    assert states["the service is not running on the realserver"] == ["service-down"]
    assert states["a packet filter rule"] == []


# --- what is asked ---


def test_each_host_is_asked_what_its_role_needs() -> None:
    plan = Farm().plan
    assert questions(plan, DIRECTOR) == {
        "vips": [VIP],
        "ways": [{"to": "192.168.1.11"}, {"to": "192.168.1.12"}, {"to": "192.168.1.254"}],
        "kernel_modules": ["ip_vs", "ip_vs_rr"],
    }
    assert questions(plan, RS1) == {
        "vips": [VIP],
        "ways": [
            {"to": "192.168.1.254", "source": VIP},
            {"to": VIP, "source": "192.168.1.254", "arrives": "192.168.1.11"},
        ],
        "kernel_modules": [],
    }
    assert questions(plan, CLIENT)["probe"] == {
        "who_has": [VIP],
        "connect": [{"address": VIP, "port": 23}, {"address": VIP, "port": 80}],
    }


def test_no_packet_is_sent_without_leave() -> None:
    plan = Farm().plan
    assert all("probe" not in questions(plan, host, "slow_at_first", probe=False) for host in (DIRECTOR, RS1, CLIENT))
    assert questions(plan, RS1, "slow_at_first")["probe"]["names_of"] == "192.168.1.254"


def test_an_lvs_without_known_clients_is_asked_about_one_elsewhere() -> None:
    farm = Farm()
    farm.plan["clients"] = {}
    assert questions(farm.plan, RS1)["ways"][0] == {"to": "192.0.2.1", "source": VIP}


def test_a_scene_changes_only_its_own_copy() -> None:
    Scene(lambda farm: farm.take(RS1, LO)).after()
    Scene(lambda farm: farm.take(DIRECTOR, VEC0)).after()
    assert Farm().ids() == []


def test_a_host_that_says_millions_hides_nobody_elses_fault() -> None:
    farm = Farm("dr")
    farm.take(RS2, "lo")
    liar = farm.seen(RS1)
    liar["units"] = [
        {"unit": f"lvs-{number}.service", "loaded": "loaded", "state": "failed", "detail": "x" * 9000}
        for number in range(2000)
    ]
    liar["unseen"] = [{"what": f"{number}", "why": "x" * 9000} for number in range(2000)]
    diagnosis = diagnose(farm.plan, farm.looked)
    assert ("vip-missing-realserver", RS2) in {(one["id"], one["host"]) for one in diagnosis["findings"]}
    (units,) = (one for one in diagnosis["findings"] if one["host"] == RS1)
    assert (units["count"], len(units["others"])) == (2000, 1000)
    assert sum(len(line["text"]) for line in report(diagnosis, farm.looked)) < 1_000_000


# Many services


MANY = 500


@functools.cache
def _many() -> Farm:
    farm = Farm()
    farm.widen(MANY)
    return farm


def _empty(farm: Farm) -> None:
    farm.seen(DIRECTOR)["ipvs"].update(services=[], states=[])


def _bare(host: str, interface: str, keep: int) -> Callable[[Farm], object]:
    """Only the first addresses are left, which are the host's own."""

    def change(farm: Farm) -> None:
        del farm.interface(host, interface)["addresses"][keep:]

    return change


def _never_restored(farm: Farm) -> None:
    """The kernel module is not loaded, so at boot neither the table nor a VIP came back."""
    farm.unload(DIRECTOR, "ip_vs", "available")
    _empty(farm)
    _bare(DIRECTOR, VEC0, 1)(farm)


def _every(farm: Farm, **changes: object) -> None:
    for service in farm.seen(DIRECTOR)["ipvs"]["services"]:
        service["realservers"][1].update(changes)


WIDE: dict[str, Callable[[Farm], object]] = {
    "ip-vs-missing": _never_restored,
    "vip-on-no-director": _bare(DIRECTOR, VEC0, 1),
    "service-missing": _empty,
    "vip-missing-realserver": _bare(RS1, LO, 2),
    "service-down": lambda farm: farm.listen(RS1, 80),
    "service-not-on-vip": lambda farm: farm.listen(RS1, 80, "192.168.1.11", "::"),
    "arp-answered": lambda farm: farm.set(RS1, all_arp_ignore=0),
    "forwarding-wrong": lambda farm: _every(farm, forwarding="nat"),
    "port-remapped": lambda farm: _every(farm, port=8080),
    "table-drift": lambda farm: _every(farm, weight=7),
    "gateway-missing": lambda farm: farm.way(RS1, "192.168.1.254", kind="unreachable"),
    "firewall-realserver": lambda farm: farm.filter(RS1, "-A INPUT -p tcp -m tcp --dport 80 -j REJECT"),
    "firewall-director": lambda farm: farm.filter(DIRECTOR, "-A INPUT -p tcp -m tcp --dport 80 -j DROP"),
    "conntrack-full": full,
}


@pytest.mark.parametrize("name", WIDE)
def test_one_cause_is_one_finding_with_500_services(name: str) -> None:
    farm = _many().copy()
    WIDE[name](farm)
    diagnosis = farm.diagnose()
    assert [finding["id"] for finding in diagnosis["findings"]] == [name]
    assert len(report(diagnosis, farm.looked)) <= 60


def test_with_500_services_a_healthy_farm_is_healthy() -> None:
    assert _many().diagnose()["healthy"]


def test_consequences_stand_under_their_cause() -> None:
    farm = _many().copy()
    _never_restored(farm)
    diagnosis = farm.diagnose()
    (cause,) = diagnosis["findings"]
    counts = {one["id"]: one["count"] for one in cause["consequences"]}
    assert counts == {"service-missing": MANY + 2, "vip-on-no-director": MANY + 1}
    said = [line["text"] for line in report(diagnosis, farm.looked)]
    assert "  And what follows from it, which -v shows: 1,003 (vip-on-no-director 501, service-missing 502)" in said
    whole = [line["text"] for line in report(diagnosis, farm.looked, whole=True)]
    assert "  It follows: does not have the service tcp 10.9.0.1:80 in its table. [service-missing]" not in whole
    assert "  Also: does not have the service tcp 10.9.0.1:80 in its table." in whole
    assert len(whole) > 2 * MANY


def test_of_many_the_first_are_named() -> None:
    farm = _many().copy()
    _bare(RS1, LO, 3)(farm)
    said = [line["text"] for line in report(farm.diagnose(), farm.looked)]
    assert said[3].startswith("ERROR realserver1: does not have the VIP 10.9.0.1, and drops")
    shown = "10.9.0.2, 10.9.0.3, 10.9.0.4, 10.9.0.5, 10.9.0.6 and 494 more"
    assert f"  The same of 499 others, all of which -v shows: {shown}" in said


def test_a_consequence_on_another_host_has_another_cause() -> None:
    farm = Farm()
    both(SCENES["vip-mask-wide"].change)(farm)
    farm.way(RS2, "192.168.1.254", kind="unreachable")
    assert [(one["id"], one["host"]) for one in farm.diagnose()["findings"]] == [
        ("vip-mask-wide", RS1),
        ("gateway-missing", RS2),
    ]
