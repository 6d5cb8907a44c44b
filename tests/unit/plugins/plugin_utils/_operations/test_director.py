# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done on one director, and what is read of its answers, whatever they are."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.director import ByTable, Change, Left

Data = dict[str, t.Any]
TARGET: dict[str, t.Any] = {
    "name": "http",
    "key": {"rip": "192.168.1.11", "vip": "192.168.1.110", "port": "80", "protocol": "tcp"},
}
SAID = {
    "before": {"weight": 2},
    "after": {"weight": 0},
    "drained": False,
    "connections": {"states": {"ESTABLISHED": 3, "TIME_WAIT": 9, "UDP": 1}, "templates": 2},
}


class Asked:
    """A director that says what it is told to, and writes down what it is asked."""

    def __init__(self, answer: Data) -> None:
        self.answer = answer
        self.asked: list[Data] = [{}]
        self.director = ByTable("director", self)

    def __call__(self, arguments: Data) -> Data:
        self.asked.append(arguments)
        return self.answer


def test_a_drain_waits_for_nobody() -> None:
    one = Asked(SAID)
    assert one.director.drain(TARGET, 2) == Change(2, 0, 4)
    want = {"state": "drained", "wait_for": "none", "min_active": 2, "fail_on_not_found": False}
    assert one.asked[-1] == {**TARGET["key"], **want}


def test_to_wait_is_to_fail_for_nobody() -> None:
    one = Asked(SAID)
    assert one.director.wait(TARGET, 7) == Left(False, 4, 2)
    assert (one.asked[-1]["wait_timeout"], one.asked[-1]["on_timeout"], one.asked[-1]["min_active"]) == (7, "leave", 0)


def test_an_end_is_by_force_and_at_once() -> None:
    one = Asked(SAID)
    one.director.end(TARGET)
    assert (one.asked[-1]["wait_timeout"], one.asked[-1]["on_timeout"]) == (0, "force")


def test_a_weight_is_the_former_one_unless_it_is_said() -> None:
    one = Asked({"before": {"weight": 0}, "after": {"weight": 5}})
    assert one.director.give(TARGET) == Change(0, 5, 0)
    assert "weight" not in one.asked[-1]
    one.director.give(TARGET, 1)
    assert one.asked[-1]["weight"] == 1
    assert one.asked[-1]["state"] == "present"


def test_whoever_is_not_in_the_table_serves_nobody() -> None:
    assert Asked({"before": None, "after": None}).director.drain(TARGET, 0) == Change(None, None, 0)
    assert Asked({"before": None, "after": None}).director.wait(TARGET, 9) == Left(True, 0, 0)


def test_why_it_failed_is_said_with_the_place() -> None:
    with pytest.raises(LvsError, match=r"^http on director: it burns \\x1b\[2J\.$"):
        Asked({"problem": "it burns \x1b[2J"}).director.drain(TARGET, 0)


@pytest.mark.parametrize("odd", ["{{ 1 }}", [], {}, {"weight": "{{ 1 }}"}, {"weight": None}, 7])
def test_an_odd_answer_is_no_weight(odd: object) -> None:
    found = Asked({"before": odd, "after": odd}).director.drain(TARGET, 0)
    assert found.before in (None, 0)
    assert found.after in (None, 0)


@pytest.mark.parametrize(
    "odd", [{"states": "x", "templates": "y"}, {"states": {"ESTABLISHED": "{{ 1 }}"}}, {"states": []}, {}]
)
def test_an_odd_answer_is_not_the_end_of_waiting(odd: Data) -> None:
    assert Asked({"drained": "yes", "connections": odd}).director.wait(TARGET, 1) == Left(False, 0, 0)
