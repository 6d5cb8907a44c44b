# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict for people and as JUnit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.text import junit, lines
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import service
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._verify.verify_world import World


def report(verdict: Mapping[str, Any]) -> str:
    return "\n".join(one["text"] for one in lines(verdict))


BROKEN = World(
    [service(), service(name="telnet", port="telnet")], does={"realserver2": "timeout"}, seen={"whole": None}
)


def test_a_person_reads_a_table_and_then_what_is_wrong() -> None:
    text = report(BROKEN.verdict())
    said = text.splitlines()
    assert said[0] == (
        "The LVS does not do what the plan says. Seen by client. Checks: 3 failed, 9 passed, 1 not judged."
    )
    assert said[2:7] == [
        "service                    realserver   weight  connections  answered  first byte  path",
        "telnet                     realserver1       1            4         4        2 ms  ok",
        "  tcp 192.168.1.110:23 rr  realserver2       1            4         0           -  no answer",
        "http                       realserver1       1            4         4        2 ms  ok",
        "  tcp 192.168.1.110:80 rr  realserver2       1            4         0           -  no answer",
    ]
    assert "skip  telnet payload: asked by greeting, which sends no payload." in said
    start = said.index("ERROR telnet answers: 4 of 8 connections went to realserver2, which sent nothing.")
    assert said[start + 1].startswith("  Fix: Put the VIP 192.168.1.110/32 on realserver2")
    assert said[start + 2] == "  Also: http answers: 4 of 8 connections went to realserver2, which sent nothing."
    assert said[start + 3].startswith("    Fix: Put the VIP 192.168.1.110/32 on realserver2")
    assert said[start + 4] == "  [answer-missing] See section 7.7 of the LVS mini-HOWTO."


MANY = [service(name=f"web{number}", vip=f"192.168.1.{number + 111}") for number in range(100)]


def test_many_services_are_a_screen_with_what_is_wrong_first() -> None:
    world = World(MANY, does={("realserver2", "web77"): "timeout"}, seen={"whole": None})
    found = world.verdict()
    said = report(found).splitlines()
    assert len(said) < 50
    assert said[3].startswith("web77 ")
    assert "90 more services, which -v shows" in said
    assert any(line.startswith("ok    web0 answers: ") for line in said)
    assert any(line.startswith("      The same of 98 others, all of which -v shows: web1, web2, ") for line in said)
    whole = "\n".join(one["text"] for one in lines(found, whole=True))
    assert "ok    web99 answers: 8 of 8 connections answered." in whole.splitlines()
    assert "more services" not in whole


def test_a_healthy_lvs_is_said_in_one_line() -> None:
    assert report(World().verdict()).startswith("The LVS does what the plan says. Seen by client. Checks: 9 passed.\n")


def test_what_was_not_asked_is_said_first() -> None:
    found = World([service(), service(name="diameter", port=3868, protocol="sctp")]).verdict()
    assert found["passed"]
    assert report(found).startswith("What was asked does what the plan says; not asked: diameter. Seen by client.")


def test_an_lvs_without_services_has_no_table() -> None:
    assert report(World([]).verdict()) == (
        "The LVS does what the plan says. Seen by client. Checks: 2 passed.\n\n"
        "ok    seen: seen by client, and on director.\n"
        "ok    arp: client takes director (02:00:00:00:00:09) for the VIP 192.168.1.110."
    )


def elements(text: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of an XML text with their attributes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append((name, attributes))
    parser.Parse(text, True)
    return found


def test_junit_has_a_case_for_each_check() -> None:
    found = BROKEN.verdict()
    (suite, counts), *cases = elements(junit(found))
    assert (suite, counts["tests"], counts["failures"], counts["skipped"]) == ("testsuite", "13", "3", "1")
    assert [name for name, _attributes in cases].count("testcase") == len(found["rows"])
    failed = [cases[number - 1][1] for number, (name, _attributes) in enumerate(cases) if name == "failure"]
    assert [(case["classname"], case["name"]) for case in failed] == [
        ("telnet", "answers realserver2"),
        ("http", "answers realserver2"),
        ("telnet, http", "path realserver2"),
    ]
    reasons = [attributes["type"] for name, attributes in cases if name == "failure"]
    assert reasons == ["answer-missing", "answer-missing", "path-silent"]
