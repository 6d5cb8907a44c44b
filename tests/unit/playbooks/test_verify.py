# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify.yml: whom it refuses before any host is touched, what it says when nobody can look, and its documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks

VERIFY = ROOT / "playbooks/verify.yml"
PAGE = ROOT / "docs/verify.md"


def test_a_faulty_inventory_is_refused(site: Playbooks) -> None:
    refused = site.run(EXAMPLE, "-e", "lvs_survey_vip=192.168.1.9", playbook=VERIFY)
    assert "[vip-taken]" in refused.output
    assert (refused.rc != 0, refused.touched) == (True, False)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"groups": {}, "verify_from": "moon"}, "verify_from: names no client outside the LVS"),
        # Without the value: old ansible-core doubles its quotes.
        ({"verify_ask": {"http": "nicely"}}, "Fix: Use connect, echo, greeting, http or https."),
    ],
)
def test_wishes_that_make_no_sense(site: Playbooks, variables: dict[str, object], words: str) -> None:
    refused = site.run(EXAMPLE, "-e", json.dumps(variables), playbook=VERIFY)
    assert words in " ".join(refused.output.split())
    assert (refused.rc != 0, refused.touched) == (True, False)


def test_a_controller_that_is_a_director_is_refused(site: Playbooks, tmp_path: Path) -> None:
    more = tmp_path / "more.yml"
    director = {"hosts": {"localhost": {"lvs_dip": "192.168.1.8/24"}}, "vars": {"lvs_failover": {"by": "other"}}}
    more.write_text(json.dumps({"directors": director}), encoding="utf-8")
    refused = site.run(EXAMPLE, "-i", str(more), "-e", "verify_from=controller", playbook=VERIFY)
    said = " ".join(refused.output.split())
    assert "verify_from: names no client outside the LVS (localhost), and its own machines cannot use its" in said
    assert (refused.rc != 0, refused.touched) == (True, False)


def test_when_nobody_can_be_reached_it_says_so_and_fails(site: Playbooks, tmp_path: Path) -> None:
    report, junit = tmp_path / "verify.json", tmp_path / "verify.xml"
    ran = site.run(EXAMPLE, "-e", f"verify_json={report} verify_junit={junit}", playbook=VERIFY)
    assert "http: 8 connections to tcp 192.168.1.110:80 (http)" in ran.output
    found = json.loads(report.read_text(encoding="utf-8"))
    assert [row["id"] for row in found["rows"]] == ["client-unseen", "director-unseen", "client-missing"]
    assert 'failures="3"' in junit.read_text(encoding="utf-8")
    assert "The LVS does not do what the plan says: client-unseen, director-unseen, client-missing." in " ".join(
        ran.output.split()
    )
    assert (ran.rc != 0, ran.touched) == (True, True)


def test_every_variable_is_documented_where_it_is_looked_for() -> None:
    text = VERIFY.read_text(encoding="utf-8")
    header, _dashes, tasks = text.partition("\n---\n")
    used = set(re.findall(r"(?<![_\w.])verify_[a-z_]+(?= \||\b)", tasks)) - {"verify_work", "verify_preview"}
    listed = set(re.findall(r"^#   (verify_[a-z_]+)", header, re.MULTILINE))
    page = set(re.findall(r"^\| `(verify_[a-z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert used == listed == page
