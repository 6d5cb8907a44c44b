# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings: shown inert, sorted by people's order, written as blocks."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.words import (
    did_you_mean,
    one_of,
    show,
    show_name,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.findings import Findings
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        (True, "true"),
        (80, "80"),
        pytest.param(10**5000, "a number of 16610 bits", id="more digits than Python writes"),
        (1.5, "1.5"),
        ("wlcc", "'wlcc'"),
        ("a\nb\x1b[31m", "'a\\nb\\x1b[31m'"),
        ("{{ x }}{% y %}{# z #}", "'{{ x }}{% y %}{# z #}'"),
        ("\u202eright to left", "'\\u202eright to left'"),
        ("x" * 100, "'" + "x" * 60 + "...'"),
        ([], "an empty list"),
        (["{{ x }}"], "a list"),
        ({"{{ x }}": 1}, "a mapping"),
        (b"x", "a value of type bytes"),
    ],
)
def test_any_value_is_shown_short_and_inert(value: object, shown: str) -> None:
    assert show(value) == shown


def test_names_in_paths() -> None:
    assert show_name("web-1.example.com") == "web-1.example.com"
    assert show_name("web 1") == "'web 1'"
    assert show_name(1) == "1"


def test_suggestions_are_made_only_when_near() -> None:
    assert did_you_mean("wlcc", ["rr", "wlc"]) == " Did you mean wlc?"
    assert did_you_mean("HTTP", ["http"]) == " Did you mean http?"
    assert did_you_mean("zzz", ["rr", "wlc"]) == ""
    assert did_you_mean(5, ["5"]) == ""


def test_lists_of_words() -> None:
    assert one_of(["a"]) == "a"
    assert one_of(["a", "b", "c"]) == "a, b or c"


def test_errors_first_and_numbers_in_number_order() -> None:
    findings = Findings()
    findings.warning("a", 1, "is odd", "Even it.")
    for path in ("s[10].x", "s[2].x", "s[2]", "t"):
        findings.error(path, 1, "is wrong", "Right it.")
    assert [finding["path"] for finding in findings.sorted()] == ["s[2]", "s[2].x", "s[10].x", "t", "a"]


def test_the_same_fault_is_one_finding() -> None:
    findings = Findings()
    for _turn in range(2):
        findings.error("a", "b", "is wrong", "Right it.")
    assert len(findings.sorted()) == 1


def test_warnings_do_not_refuse() -> None:
    findings = Findings()
    findings.warning("a", 1, "is odd", "Even it.")
    assert not findings.refused
    findings.error("a", 1, "is wrong", "Right it.")
    assert findings.refused


def test_the_report_is_for_people() -> None:
    findings = Findings()
    findings.error("lvs_services[0].vip", "192.168.1.9", "is the DIP of director too", "Take another.", "3.14.1")
    findings.error("lvs_services[0].port", 70000, "is out of the range of ports", "Use 0 to 65535.")
    findings.warning("groups.realservers", "web9", "has a host that is in the pool of no service", "Add it.")
    assert report(findings.sorted()) == (
        "2 errors and 1 warning in the inventory.\n"
        "\n"
        "ERROR lvs_services[0].port: is out of the range of ports (got 70000).\n"
        "  Fix: Use 0 to 65535.\n"
        "\n"
        "ERROR lvs_services[0].vip: is the DIP of director too (got '192.168.1.9').\n"
        "  Fix: Take another.\n"
        "  See section 3.14.1 of the LVS mini-HOWTO.\n"
        "\n"
        "WARNING groups.realservers: has a host that is in the pool of no service (got 'web9').\n"
        "  Fix: Add it."
    )
    assert report([]) == "Nothing wrong in the inventory."
