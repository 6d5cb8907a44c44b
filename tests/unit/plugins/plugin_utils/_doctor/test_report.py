# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis for people: the report, its headline and the page; and what is asked."""

from __future__ import annotations

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import questions
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.page import page as page_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.report import headline, report
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


def texts(farm: Farm, symptom: str = "") -> list[str]:
    return [line["text"] for line in report(farm.diagnose(symptom), farm.looked)]


def test_a_report_has_all_of_a_finding() -> None:
    assert texts(FARM) == [
        "1 fault was found: vip-missing-realserver on realserver1.",
        "Looked at client, director, realserver1, realserver2.",
        "",
        "ERROR realserver1: does not have the VIP 192.168.1.110, and drops what the director forwards to it.",
        "  Symptom: The connections that this realserver gets hang.",
        "  Evidence: lo: 127.0.0.1/8 ::1/128; vec0: 192.168.1.11/24 fe80::ff:fe00:200/64",
        "  Fix: Run: ansible-playbook linuxvirtualserver.lvs.site",
        "  [vip-missing-realserver] See section 5.2 of the LVS mini-HOWTO.",
    ]


def test_a_healthy_lvs_is_one_good_line() -> None:
    farm = Farm()
    lines = report(farm.diagnose(), farm.looked)
    assert lines[0] == {"text": "The LVS is healthy: nothing is wrong.", "style": "good"}
    assert len(lines) == 2


def test_the_headline_counts_and_says_what_was_not_seen() -> None:
    farm = Farm()
    both(SCENES["service-missing"].change, SCENES["arp-answered"].change)(farm)
    farm.lose(RS2)
    assert headline(farm.diagnose()) == (
        "2 faults were found, the most probable first: service-missing on director. "
        "Not everything was seen of realserver2."
    )
    assert "   realserver2: everything: No route to host" in texts(farm)


def test_a_symptom_is_answered_reason_by_reason() -> None:
    said = texts(SCENES["service-down"].after(), "refused")
    assert "   [x] the service is not running on the realserver: yes: service-down" in said
    assert "   [ ] a packet filter rule: not found" in said


def test_a_page_is_written() -> None:
    page = page_of(FARM.diagnose(), FARM.plan, FARM.looked, "today")
    assert page.startswith("<!doctype html>")
    assert "<h3>realserver1: does not have the VIP 192.168.1.110" in page
    assert "<p>today</p>" in page


def test_what_is_asked() -> None:
    assert questions(FARM.plan, RS1)["ways"][0] == {"to": "192.168.1.254", "source": VIP}
    assert questions(FARM.plan, DIRECTOR)["kernel_modules"] == ["ip_vs", "ip_vs_rr"]
