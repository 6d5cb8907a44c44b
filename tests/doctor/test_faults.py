# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault is made, found, healed and gone: `make doctor`."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.doctor import faults
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.conftest import BY_HAND, HEALED, Patient
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.faults import FAULTS, ODDITIES, SITES
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.matrix import NOT_RUN, Examined, Odd, verdict

_SICK = [pytest.param(fault.site, name, id=f"{fault.site}-{name}") for name, fault in FAULTS.items()]
_ODD = [pytest.param(odd.site, name, id=f"{odd.site}-{name}") for name, odd in ODDITIES.items()]
_FIRST = [next(one for one in _SICK if one.values[0] == site) for site in SITES]


def today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())


@pytest.mark.parametrize("site", SITES)
def test_a_healthy_lvs_has_no_finding(patient: Patient) -> None:
    diagnosis = patient.doctor()["diagnosis"]
    assert diagnosis["findings"] == []
    assert diagnosis["healthy"]


@pytest.mark.parametrize(("site", "name"), _SICK)
def test_a_fault_is_named_first_and_gone_when_healed(
    patient: Patient,
    site: str,
    name: str,
    record_property: Callable[[str, object], None],
    pytestconfig: pytest.Config,
) -> None:
    fault = FAULTS[name]
    patient.do(fault.inject)
    cured: str | None = None
    try:
        found = patient.examine(fault.symptom)
        verify = patient.verify(*fault.verify) if pytestconfig.getoption("--verify") else None
        if pytestconfig.getoption("--cures"):
            cured = patient.cure(found, fault.symptom)
    finally:
        # What the cure healed cannot be healed once more, which the examination after it shows.
        patient.do(fault.heal, must=cured != HEALED)
    left = patient.examine()
    examined = Examined(
        name,
        site,
        fault.finding,
        [finding["id"] for finding in found["findings"]],
        len(left["findings"]),
        cured or NOT_RUN,
        verdict(verify),
        today(),
    )
    record_property("examined", examined._asdict())
    assert examined.found[:1] == [fault.finding], found
    assert set(examined.found) <= {fault.finding, *fault.also}, found
    assert left["healthy"], left
    assert cured in (None, HEALED, BY_HAND), cured
    assert None in (verify, fault.harms) or bool(verify) is fault.harms, verify


@pytest.mark.parametrize(("site", "name"), _ODD)
def test_a_healthy_oddity_gives_no_finding(
    patient: Patient, name: str, record_property: Callable[[str, object], None], pytestconfig: pytest.Config
) -> None:
    oddity = ODDITIES[name]
    patient.do(oddity.make)
    try:
        found = patient.examine(oddity.symptom)
        verify = patient.verify() if pytestconfig.getoption("--verify") else None
    finally:
        patient.do(oddity.undo)
    named = [finding["id"] for finding in found["findings"]]
    odd = Odd(name, oddity.site, oddity.source or "-", named, verdict(verify), today())
    record_property("odd", odd._asdict())
    assert set(odd.found) == oddity.hints, found
    assert found["healthy"], found
    assert not verify


@pytest.mark.parametrize(("site", "name"), _FIRST)
def test_the_playbook_finds_what_the_evidence_says(patient: Patient, name: str) -> None:
    """The first fault of each farm also through playbooks/doctor.yml whole, in check mode and with its page."""
    fault = FAULTS[name]
    patient.do(fault.inject)
    page = patient.scratch / "doctor.html"
    try:
        options = ["-e", f"doctor_symptom={fault.symptom}"] if fault.symptom else []
        found = patient.doctor("--check", "-e", f"doctor_html={page}", *options)["diagnosis"]
    finally:
        patient.do(fault.heal)
    assert found["findings"][0]["id"] == fault.finding
    assert f"{fault.finding} on " in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("site", ["dr"])
def test_a_host_that_is_cut_off_is_told_and_the_others_are_examined(patient: Patient) -> None:
    fault = FAULTS["service not running"]
    patient.do(fault.inject)
    patient.lab("cut", "realserver2")
    try:
        found = patient.doctor()["diagnosis"]
    finally:
        patient.lab("heal", "realserver2")
        patient.do(fault.heal)
    assert "service-down" in [finding["id"] for finding in found["findings"]]
    assert [(one["host"], one["what"]) for one in found["unseen"]] == [("realserver2", "everything")]


@pytest.mark.parametrize("site", ["filter"])
@pytest.mark.parametrize("playbook", ["playbooks/preflight.yml", "site.yml"])
def test_site_and_preflight_refuse_a_realserver_that_drops_packets_of_clients(patient: Patient, playbook: str) -> None:
    """The kernel says so, and the same host with its answers on the right NIC is taken."""
    fault = FAULTS["strict reverse path filtering, and answers by another NIC"]
    patient.do(fault.inject)
    try:
        status, said = patient.play(playbook)
    finally:
        patient.do(fault.heal)
    assert status != 0
    dropped = "realserver1: drops what comes from 192.168.1.254 for 192.168.1.110 on vec0"
    assert dropped in " ".join(said.split()), said
    healthy = ODDITIES["two NICs, strictly filtered, and answers by the first"]
    patient.do(healthy.make)
    try:
        status, said = patient.play(playbook)
    finally:
        patient.do(healthy.undo)
    assert status == 0, said


@pytest.mark.parametrize("site", ["filter"])
def test_what_cannot_be_explained_comes_with_what_was_ruled_out(patient: Patient) -> None:
    fault = FAULTS["a rule on the director that cannot be judged"]
    patient.do(fault.inject)
    try:
        (finding,) = patient.examine()["findings"]
    finally:
        patient.do(fault.heal)
    said = "\n".join(finding["evidence"])
    ruled_out = (
        "ARP",
        "the table",
        "the VIP of realserver",
        "the daemon of realserver",
        "the packet filter of realserver",
    )
    assert all(f"\nnot {one}" in said for one in (*ruled_out, "the routes of")), said
    assert "perhaps the packet filter of director, for this rule cannot be judged: " in said, said
    assert "--length 0:65535 -j DROP" in said, said


@pytest.mark.parametrize("site", ["odd"])
def test_a_daemon_of_udp_that_answers_from_its_rip(patient: Patient) -> None:
    """The doctor sees sockets and says what nobody tried; verify gets the answers, and names where they come from."""
    anywhere = faults.echo("''")
    patient.ssh("realserver1", f"systemctl stop echo; {anywhere}")
    try:
        found = patient.examine()
        _status, said = patient.play("playbooks/verify.yml")
    finally:
        patient.ssh("realserver1", f"systemctl stop echo; {faults.echo(faults.VIP)}")
    assert found["findings"] == []
    assert {f"udp {faults.VIP}:7", f"udp {faults.VIP}:9"} <= {*found["untried"]}
    assert "datagrams were answered from 192.168.1.11 and not from" in " ".join(said.split()), said


@pytest.mark.parametrize("site", ["dr"])
def test_two_faults_at_once_are_both_named(patient: Patient) -> None:
    faults = [FAULTS["VIP missing on a realserver"], FAULTS["director's service missing"]]
    for fault in faults:
        patient.do(fault.inject)
    try:
        found = patient.examine()
    finally:
        for fault in faults:
            patient.do(fault.heal)
    assert sorted(one["id"] for one in found["findings"]) == sorted(fault.finding for fault in faults)
    assert patient.examine()["healthy"]
