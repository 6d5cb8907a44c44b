# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor's page as text. tests/doctor/test_page.py looks at it in a browser."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.page import drawing_of, page
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    RS1,
    RS2,
    SCENES,
    Farm,
)

HOSTILE = "<script>{{ 7 * 7 }}</script>\x1b[31m\x00"


@pytest.fixture
def farm() -> Farm:
    """One fault, and one host that was not seen, whose words are not to be trusted."""
    farm = Farm()
    SCENES["arp-answered"].change(farm)
    farm.lose(RS2, HOSTILE)
    return farm


def test_it_has_the_findings_and_the_evidence(farm: Farm) -> None:
    text = page(farm.diagnose(""), farm.plan, farm.looked, "2026-11-29 16:00 UTC")
    for part in (f"<h3>{RS1}: answers ARP for", "<dt>Fix</dt>", "2026-11-29 16:00 UTC", f"<summary>{RS1}</summary>"):
        assert part in text
    assert "net.ipv4.conf.all.arp_ignore" in text


def test_the_drawing_has_a_text_in_its_place_and_the_howto_a_link(farm: Farm) -> None:
    text = page(farm.diagnose(""), farm.plan, farm.looked, drawing="<svg>drawn</svg>")
    assert 'aria-describedby="as-text"><svg>' in text
    assert '<pre id="as-text">client' in text
    assert '/LVS-HOWTO/mini-HOWTO/">section 7.10 of the LVS mini-HOWTO</a>' in text


def test_what_hosts_say_is_text(farm: Farm) -> None:
    text = page(farm.diagnose(""), farm.plan, farm.looked)
    assert "&lt;script&gt;{{ 7 * 7 }}&lt;/script&gt;" in text
    assert not {"\x1b", "\x00"} & set(text)
    assert "<script" not in text


def test_the_picture_is_text_unless_it_was_drawn(farm: Farm) -> None:
    diagnosis = farm.diagnose("")
    assert '<details open><summary>As text</summary><pre id="as-text">client' in page(diagnosis, farm.plan, farm.looked)
    drawn = page(diagnosis, farm.plan, farm.looked, drawing="<svg>drawn</svg>")
    assert "<svg>drawn</svg></figure>" in drawn
    assert "<details><summary>As text" in drawn


def test_other_lvs_are_named_below_the_picture(farm: Farm) -> None:
    farm.seen(RS1)["claims"] = {"mail": ["hidden <b>", "service tcp 192.168.1.120:25"]}
    below = page(farm.diagnose(""), farm.plan, farm.looked).partition("<h2>The LVS</h2>")[2]
    assert f"<p>Other LVS on {RS1}: mail (1 service).</p>" in below
    farm.seen(RS1)["claims"] = {"mail": ["hidden <b>"]}
    assert "<p>Other LVS on realserver1: mail (&lt;b&gt;).</p>" in page(farm.diagnose(""), farm.plan, farm.looked)


def test_the_drawing_marks_the_hosts_at_fault_and_the_unseen(farm: Farm) -> None:
    lines = drawing_of(farm.diagnose(""), farm.plan).splitlines()
    marked = {name: [line for line in lines if f'label="{name}' in line] for name in (RS1, RS2, "director")}
    assert 'color="#c62828" penwidth=3' in marked[RS1][0]
    assert "filled,dashed" in marked[RS2][0]
    assert not any(mark in marked["director"][0] for mark in ("c62828", "dashed"))


def test_the_others_and_what_follows_are_folded_in() -> None:
    farm = Farm()
    for name in ("vip-on-no-director", "service-missing"):
        SCENES[name].change(farm)
    farm.drop_service(80)
    text = page(farm.diagnose(""), farm.plan, farm.looked)
    assert text.count("<article") == 2
    assert "<summary>1 more of the same</summary>" in text
    assert "<li>does not have the service tcp 192.168.1.110:80 in its table.</li>" in text
    farm.unload("director", "ip_vs", "available")
    text = page(farm.diagnose(""), farm.plan, farm.looked)
    assert text.count("<article") == 1
    assert "<summary>What follows from it: 3</summary>" in text
