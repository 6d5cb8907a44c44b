# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of others on a terminal and in XML, and in a sentence or a command of ours."""

from __future__ import annotations

import shlex
import string
import unicodedata
from xml.parsers.expat import ParserCreate
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import ADD, Operation
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import commands
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Service, ServiceKey
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.rules import RULES
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.shown import fill, showable, showable_lines
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    RS2,
    VEC0,
    VIP,
    Farm,
)

ANY_TEXT = st.text(st.characters() | st.sampled_from("\x1b\x9b\x07\x00\u202e\u2066\u2028\ufffe\uffff\ud800{}%$'"))
HOSTILE = "eth0'; touch x; {host.x} {} $(touch x)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \\ {text} ü 界 🙂", "plain \\ {text} ü 界 🙂"),
        ("\x1b]0;x\x07\x9b2J\x7f", "\\x1b]0;x\\x07\\x9b2J\\x7f"),
        ("a\nb\r\tc\x85", "a\\nb\\r\\tc\\x85"),
        ("\u202eright\u2069\u200b\ufeff\u2028", "\\u202eright\\u2069\\u200b\\ufeff\\u2028"),
        ("\ud800\ufffe\U0001ffff\U000e0041", "\\ud800\\ufffe\\U0001ffff\\U000e0041"),
        (7, "7"),
    ],
)
def test_what_does_something_is_shown_as_its_escape(text: object, shown: str) -> None:
    assert showable(text) == shown


def test_lines_stay_lines() -> None:
    assert showable_lines("a\n\x1bb\r\n") == "a\n\\x1bb\\r\n"


@given(ANY_TEXT)
def test_any_text_becomes_one_line_that_xml_takes(text: str) -> None:
    shown = showable(text)
    assert not [one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert showable(shown) == shown
    ParserCreate().Parse(f"<a>{escape(shown)}</a>".encode(), True)


@given(ANY_TEXT)
@example("--host=elsewhere")
def test_a_sentence_is_filled_once_and_a_word_in_a_command_is_one_word(text: str) -> None:
    assert fill("On {host}: {{x}}.", {"host": text}) == f"On {showable(text)}: {{x}}."
    words = ["systemctl", "restart", *(["--"] if text.startswith("-") else []), showable(text)]
    assert shlex.split(fill("systemctl restart {unit:sh}", {"unit": text})) == words


def test_every_sentence_of_ours_takes_words_with_braces() -> None:
    for sentence in (text for rule in RULES.values() for text in (rule.symptom, rule.wrong, rule.cure)):
        names = [name for _text, name, _how, _conversion in string.Formatter().parse(sentence) if name]
        filled = fill(sentence, dict.fromkeys(names, "{x} {0} {} {"))
        assert filled.count("{x} {0} {} {") == len(names)


def test_a_refused_inventory_with_braces_is_told_as_it_is() -> None:
    farm = Farm()
    cure = "Write [web1, {host: web2, weight: 2}] and {x} {} {0}."
    error = {
        "id": "pool-invalid",
        "severity": "error",
        "path": "x",
        "value": "{",
        "message": "is {} (got '{y}').",
        "howto": "",
    }
    farm.plan["findings"].append({**error, "cure": cure})
    (first, *_others) = farm.diagnose()["findings"]
    assert first["message"] == "is refused: x: is {} (got '{y}')."
    assert first["cure"].startswith(f"{cure} Then run: ")


def cures(farm: Farm) -> dict[str, str]:
    return {finding["id"]: finding["cure"] for finding in farm.diagnose()["findings"]}


def test_the_names_of_a_host_are_single_words_in_commands() -> None:
    farm = Farm()
    farm.interface(RS2, VEC0)["name"] = HOSTILE
    farm.give(RS2, HOSTILE)
    farm.seen(RS2)["units"] = [{"unit": HOSTILE, "loaded": "loaded", "state": "failed", "detail": ""}]
    farm.seen("director")["owners"] = [HOSTILE]
    farm.filter("director", f"-A INPUT -p tcp -m comment --comment {shlex.quote(HOSTILE)} -j DROP")
    way = {"via": HOSTILE, "source": "192.168.1.110", "interface": HOSTILE, "kind": "unicast"}
    farm.way("director", "192.168.1.11", **way)
    found = cures(farm)
    for rule in ("vip-on-two-hosts", "unit-failed", "table-owner", "vip-is-source", "firewall-director"):
        assert shlex.quote(HOSTILE) in found[rule], rule
        assert HOSTILE not in found[rule].replace(shlex.quote(HOSTILE), "")


def test_the_table_of_a_host_is_single_words_in_commands() -> None:
    key = ServiceKey("ipv4", "tcp", VIP, 80, None)
    strange = Service(key, scheduler=HOSTILE, persistence=60, persistence_engine=HOSTILE)
    (command,) = commands([Operation(ADD, strange)])
    assert shlex.split(command) == ["ipvsadm", "-A", "-t", f"{VIP}:80", "-s", HOSTILE, "-p", "60", "--pe", HOSTILE]
