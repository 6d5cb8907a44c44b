# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coming back to a host whose gateway was changed: how often it is asked, and until when."""

from __future__ import annotations

import types
import typing as t
from unittest import mock

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action import way_back
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.way_back import WayBack, when_idle


class Clock:
    """Moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(way_back, "time", types.SimpleNamespace(monotonic=clock.monotonic, sleep=clock.sleep))
    return clock


def answering(*answers: str | Exception) -> t.Callable[[], str]:
    question = mock.Mock(side_effect=answers)
    return lambda: str(question())


def test_every_question_has_a_connection_of_its_own(clock: Clock) -> None:
    connection = mock.Mock()
    lost = AnsibleConnectionFailure("no route to host")
    assert WayBack(connection, "192.168.1.9", 60).ask(answering(lost, lost, "confirmed")) == "confirmed"
    assert connection.reset.call_count == 3
    assert clock.now == 1002


def test_a_connection_that_cannot_be_reset_is_one_that_fails(clock: Clock) -> None:
    connection = mock.Mock()
    connection.reset.side_effect = [AnsibleConnectionFailure("timed out"), None]
    assert WayBack(connection, "192.168.1.9", 60).ask(answering("confirmed")) == "confirmed"
    assert clock.now == 1001


def test_the_host_has_time_to_take_the_change_back_and_to_say_so(clock: Clock) -> None:
    def stays_away() -> str:
        raise AnsibleConnectionFailure("no route to host")

    with pytest.raises(LvsError) as failed:
        WayBack(mock.Mock(), "192.168.1.9", 20).ask(stays_away)
    assert clock.now == 1050
    assert "gateway: could not be confirmed" in str(failed.value)
    assert "taken the change back (no route to host) (got " in str(failed.value)
    assert "Fix: Look at it from its console" in str(failed.value)


def test_after_a_late_answer_there_is_still_time_to_ask(clock: Clock) -> None:
    way_back = WayBack(mock.Mock(), "192.168.1.9", 10)
    clock.now += 200
    assert way_back.ask(answering(AnsibleConnectionFailure("timed out"), "taken back")) == "taken back"


def test_what_is_no_lost_connection_ends_it(clock: Clock) -> None:
    connection = mock.Mock()
    with pytest.raises(AnsibleActionFail, match="is still the same"):
        WayBack(connection, "192.168.1.9", 60).ask(answering(AnsibleActionFail("is still the same"), "confirmed"))
    connection.reset.assert_called_once_with()
    assert clock.now == 1000


def test_a_change_of_another_run_is_waited_for(clock: Clock) -> None:
    looks = iter(["waits", "waits", "idle"])
    assert when_idle(lambda: next(looks), "waits".__eq__) == "idle"
    assert clock.now == 1002


def test_one_that_never_ends_is_the_callers_to_refuse(clock: Clock) -> None:
    assert when_idle(lambda: "waits", "waits".__eq__) == "waits"
    assert 1060 < clock.now <= 1100
