# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the doctor: what they pass on and what they refuse."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.filter import diagnose, diagnosis, questions
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    DIRECTOR,
    RS1,
    RS2,
    SCENES,
    VIP,
    Farm,
    both,
)

FARM = SCENES["vip-missing-realserver"].after()
FOUND = diagnose.FilterModule().filters()["diagnose"](FARM.plan, FARM.looked)
write = diagnosis.FilterModule().filters()["diagnosis"]


def texts(farm: Farm, symptom: str = "") -> list[str]:
    lines = write(farm.diagnose(symptom), "lines", farm.plan, farm.looked)
    assert isinstance(lines, list)
    return [line["text"] for line in lines]


def test_a_report_has_all_of_a_finding() -> None:
    assert texts(FARM) == [
        "1 fault was found: vip-missing-realserver on realserver1.",
        "Looked at client, director, realserver1, realserver2.",
        "",
        "1. vip-missing-realserver on realserver1",
        "   Symptom   The connections that this realserver gets hang.",
        "   Cause     The realserver realserver1 does not have the VIP 192.168.1.110, and drops what the",
        "             director forwards to it.",
        "   Evidence  lo: 127.0.0.1/8 ::1/128; vec0: 192.168.1.11/24 fe80::ff:fe00:200/64",
        "   Cure      Run: ansible-playbook linuxvirtualserver.lvs.site",
        "   See       section 5.2 of the LVS mini-HOWTO; vip-missing-realserver in docs/doctor.md",
    ]


def test_a_healthy_lvs_is_one_good_line() -> None:
    farm = Farm()
    lines = write(farm.diagnose(), "lines", farm.plan, farm.looked)
    assert isinstance(lines, list)
    assert lines[0] == {"text": "The LVS is healthy: nothing is wrong.", "style": "good"}
    assert len(lines) == 2


def test_the_headline_counts_and_says_what_was_not_seen() -> None:
    farm = Farm()
    both(SCENES["service-missing"].change, SCENES["arp-answered"].change)(farm)
    farm.lose(RS2)
    headline = write(farm.diagnose(), "headline", farm.plan, farm.looked)
    assert headline == (
        "2 faults were found, the most probable first: service-missing on director. "
        "Not everything was seen of realserver2."
    )
    assert "   realserver2: everything: No route to host" in texts(farm)


def test_a_symptom_is_answered_reason_by_reason() -> None:
    said = texts(SCENES["service-down"].after(), "refused")
    assert "   [x] the service is not running on the realserver: yes: service-down" in said
    assert "   [ ] a packet filter rule: not found" in said


def test_a_page_is_written() -> None:
    page = write(FOUND, "html", FARM.plan, FARM.looked, "today")
    assert isinstance(page, str)
    assert page.startswith("<!doctype html>")
    assert "vip-missing-realserver on realserver1" in page
    assert "<p>today</p>" in page


def test_what_is_asked() -> None:
    ask = questions.questions
    assert ask(FARM.plan, RS1)["ways"] == [{"to": "192.168.1.254", "source": VIP}]
    assert ask(FARM.plan, DIRECTOR)["kernel_modules"] == ["ip_vs", "ip_vs_rr"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: diagnose.diagnose([], {}), "this is no plan"),
        (lambda: diagnose.diagnose(FARM.plan, []), "a mapping of hosts"),
        (lambda: diagnose.diagnose(FARM.plan, {}, "slow"), "'slow' is not known. Use refused, hangs,"),
        (lambda: questions.questions({}, "x"), "this is no plan"),
        (lambda: questions.questions(FARM.plan, "x", "slow"), "'slow' is not known. Use refused, hangs,"),
        (lambda: diagnosis.diagnosis({}, "lines", {}, {}), "this is no diagnosis"),
        (lambda: diagnosis.diagnosis(FOUND, "pdf", FARM.plan, FARM.looked), "Use lines, headline or html."),
    ],
)
def test_what_is_refused(call: object, said: str) -> None:
    assert callable(call)
    with pytest.raises(AnsibleFilterError, match=said):
        call()
