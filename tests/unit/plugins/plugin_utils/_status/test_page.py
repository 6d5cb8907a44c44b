# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a status."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture import html as html_module
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.page import drawing_of, page
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._status.status_scenes import (
    BY,
    DIRECTOR,
    RS1,
    RS2,
    VIP,
    Lvs,
    with_connections,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._status.test_report import spoil, wide

HOSTILE = "<script>{{ 7 * 7 }}</script>"


def html(lvs: Lvs, drawing: str = "") -> str:
    return page(lvs.status(), lvs.plan, drawing)


def test_it_has_all_of_it_in_the_style_of_the_doctors() -> None:
    text = html(with_connections())
    for part in (
        "<title>LVS lvs: all is well with 2 services on 3 hosts.</title>",
        "<td>as planned, also at boot</td>",
        f"{VIP} on vec0 since 2026-11-30 00:53 UTC",
        f"2026-11-30 00:53 UTC by {BY}",
        "<td>33 %</td><td>50 %</td>",
        "prefers-color-scheme: dark",
        "@media print",
        'name="viewport"',
    ):
        assert part in text
    assert "<h2>Services that need eyes</h2>" not in text


def test_a_service_has_the_connections_of_its_realservers_together() -> None:
    lvs = with_connections()
    row = re.search(r'<th scope="rowgroup">http</th>(.*?)</tr>', html(lvs), re.DOTALL)
    assert row
    rows = next(one for one in lvs.status()["services"] if one["name"] == "http")["realservers"]
    active, inactive, persistent = (sum(each[of] for each in rows) for of in ("active", "inactive", "persistent"))
    assert inactive > max(each["inactive"] for each in rows)
    assert f"<td>{active}</td><td>{inactive}</td><td>{persistent}</td>" in row[1]


def test_it_needs_no_other_file_and_no_script() -> None:
    text = html(with_connections(), "<svg>drawn</svg>")
    assert "<svg>drawn</svg></figure>" in text
    assert not re.search(r"<script|<link|<img|@import|url\(|(src|href)=", text)


def test_what_needs_eyes_stands_first() -> None:
    lvs = with_connections()
    lvs.drain(1)
    text = html(lvs)
    assert text.index("<h2>Services that need eyes</h2>") < text.index("<h2>Directors</h2>")
    assert text.index("drained by") < text.index("<h2>Directors</h2>") < text.index("<h2>Services that are well</h2>")


def test_many_services_are_all_there_and_folded_in() -> None:
    text = html(wide())
    assert text.count('<th scope="rowgroup">') == 502
    assert "<details><summary>502</summary>" in text


def test_the_drawing_marks_whom_to_look_at_and_whom_nobody_saw() -> None:
    lvs = with_connections()
    lvs.lose(RS2)
    lvs.seen(RS1)["at_boot"]["vips"] = []
    lines = drawing_of(lvs.status(), lvs.plan).splitlines()
    marked = {name: [line for line in lines if f'label="{name}' in line] for name in (RS1, RS2, DIRECTOR)}
    assert 'color="#c62828" penwidth=3' in marked[RS1][0]
    assert "filled,dashed" in marked[RS2][0]
    assert not any(mark in marked[DIRECTOR][0] for mark in ("c62828", "dashed"))


def test_what_hosts_say_is_text() -> None:
    lvs = spoil(with_connections())
    lvs.lose(RS1, HOSTILE)
    text = html(lvs)
    assert "&lt;script&gt;{{ 7 * 7 }}&lt;/script&gt;" in text
    assert "<script" not in text
    assert not {"\x1b", "\x00", "\x9b", "\u202e"} & set(text)


def test_the_style_is_that_of_the_doctors_page() -> None:
    source = (Path(html_module.__file__).parent / "style.css.j2").read_text(encoding="utf-8")
    style = source.rpartition("-#}")[2].strip()
    assert style
    assert style in html(with_connections())
