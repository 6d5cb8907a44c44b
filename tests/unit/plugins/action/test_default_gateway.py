# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side of default_gateway: what it tells the host, and when it comes back."""

from __future__ import annotations

import types
import typing as t
from unittest import mock

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.linuxvirtualserver.lvs.plugins.action import default_gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action import way_back

FIRST, SECOND = "10.0.0.1 50000 192.168.1.11 22", "10.0.0.1 50001 192.168.1.11 22"
LOST = AnsibleConnectionFailure("no route to host")


class Farm:
    """A host that says what it is told to say, and a clock that moves when somebody waits."""

    def __init__(self, answers: list[dict[str, t.Any] | Exception], connections: list[str], transport: str) -> None:
        self.answers, self.connections = answers, connections
        self.connection = mock.Mock(transport=transport)
        self.asked: list[dict[str, t.Any]] = []
        self.now = 0.0
        self.slow = 0.0  # what each answer takes

    def find(self, command: str, sudoable: bool) -> dict[str, t.Any]:
        assert (command, sudoable) == ("printenv SSH_CONNECTION", False)
        return {"stdout": f"{self.connections.pop(0) if len(self.connections) > 1 else self.connections[0]}\n"}

    def execute(self, **call: t.Any) -> dict[str, t.Any]:
        self.now += self.slow
        self.asked.append(call["module_args"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., tuple[Farm, t.Callable[[], dict[str, t.Any]]]]:
    def make(
        answers: list[dict[str, t.Any] | Exception],
        connections: t.Sequence[str] = (FIRST, SECOND),
        transport: str = "ssh",
        **args: t.Any,
    ) -> tuple[Farm, t.Callable[[], dict[str, t.Any]]]:
        farm = Farm(answers, list(connections), transport)
        action = object.__new__(default_gateway.ActionModule)
        action._task = mock.Mock(args={"gateway": "192.168.1.9", **args})
        action._connection = farm.connection
        monkeypatch.setattr(action, "_low_level_execute_command", farm.find)
        monkeypatch.setattr(action, "_execute_module", farm.execute)
        monkeypatch.setattr(ActionBase, "run", lambda *_args: {})
        monkeypatch.setattr(way_back, "time", types.SimpleNamespace(monotonic=lambda: farm.now, sleep=farm.sleep))
        return farm, action.run

    return make


Act = t.Callable[..., "tuple[Farm, t.Callable[[], dict[str, t.Any]]]"]


def test_nothing_changed_needs_no_confirmation(act: Act) -> None:
    farm, run = act([{"changed": False}])
    assert run() == {"changed": False}
    assert [one["connection"] for one in farm.asked] == [FIRST]
    farm.connection.reset.assert_not_called()


def test_a_change_is_confirmed_over_a_new_connection(act: Act) -> None:
    farm, run = act([{"changed": True, "unconfirmed": True}, {"changed": True, "commands": ["x"]}])
    assert run() == {"changed": True, "commands": ["x"]}
    first, second = farm.asked
    assert first == {"gateway": "192.168.1.9", "connection": FIRST, "confirm": False, "run_id": first["run_id"]}
    assert second == {**first, "connection": SECOND, "confirm": True}
    farm.connection.reset.assert_called_once_with()


def test_it_comes_back_until_the_host_answers(act: Act) -> None:
    farm, run = act([{"unconfirmed": True}, LOST, LOST, {"changed": True}])
    assert run() == {"changed": True}
    assert farm.connection.reset.call_count == 3


def test_the_answer_to_the_change_may_be_lost(act: Act) -> None:
    farm, run = act([LOST, {"failed": True, "msg": "was taken back"}])
    assert run()["msg"] == "was taken back"
    assert farm.asked[1]["confirm"]


def test_a_refusal_is_the_end(act: Act) -> None:
    farm, run = act([{"failed": True, "msg": "no"}])
    assert run()["failed"]
    assert len(farm.asked) == 1


def test_a_host_that_stays_away(act: Act) -> None:
    farm, run = act([{"unconfirmed": True}, LOST], timeout=20)
    assert "could not be confirmed, and the host cannot be reached" in run()["msg"]
    assert 20 < farm.now <= 60


def test_an_answer_that_the_rollback_let_through_still_leaves_time_to_ask(act: Act) -> None:
    farm, run = act([{"unconfirmed": True}, {"failed": True, "msg": "was taken back"}], timeout=10)
    farm.slow = 200.0
    assert run()["msg"] == "was taken back"


def test_a_network_connection_that_does_not_say_where_from(act: Act) -> None:
    farm, run = act([{}], connections=[""])
    assert "needs SSH_CONNECTION" in run()["msg"]
    assert farm.asked == []


def test_a_local_connection_needs_none(act: Act) -> None:
    farm, run = act([{"unconfirmed": True}, {"changed": True}], connections=[""], transport="local")
    assert run() == {"changed": True}
    assert (farm.asked[1]["connection"], farm.asked[1]["confirm"]) == ("", True)


def test_no_run_is_called_as_another(act: Act) -> None:
    called = []
    for _number in range(2):
        farm, run = act([{"changed": False}])
        run()
        called += [one["run_id"] for one in farm.asked]
    assert len(set(called)) == len(called)
