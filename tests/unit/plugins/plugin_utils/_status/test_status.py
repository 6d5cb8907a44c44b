# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of hosts, which services are told of, and the figures that AWX gets."""

from __future__ import annotations

import json

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.status import Wishes, ask
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._status.status_scenes import (
    DIRECTOR,
    HTTP,
    RS1,
    RS2,
    Lvs,
    with_connections,
)


def test_every_host_is_asked_once_without_a_packet_and_directors_twice_for_their_counters() -> None:
    lvs = Lvs()
    assert (ask(lvs.plan, DIRECTOR, 5)["sample"], ask(lvs.plan, RS1, 5)["sample"]) == (5, 0)
    assert all("probe" not in ask(lvs.plan, host, 0) for host in lvs.plan["hosts"])
    lvs.plan["hosts"][RS1]["realserver"]["system"] = "Windows"
    assert ask(lvs.plan, RS1, 5) == {}


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        (Wishes(), ["http", "telnet"]),
        (Wishes(["http"]), ["http"]),
        (Wishes([HTTP]), ["http"]),
        (Wishes(["tel*", "nothing"]), ["telnet"]),
        (Wishes(states=["drained"]), ["http"]),
        (Wishes(states=["serves"]), ["http", "telnet"]),
        (Wishes(["telnet"], ["drained"]), []),
    ],
)
def test_services_are_told_of_by_name_and_state(wishes: Wishes, found: list[str]) -> None:
    lvs = Lvs().settle()
    lvs.drain(1)
    status = lvs.status(wishes=wishes)
    assert [one["name"] for one in status["services"]] == found
    assert status["hidden"] == 2 - len(found)
    assert status["summary"]["services"] == {"all": 2, "drained": 1, "serves": 1}, "all are counted"


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(["htpp"]), "status_service: is no service of this LVS (got 'htpp'). Fix: Use http or telnet."),
        (Wishes(states=["dead"]), "status_state: is no state (got 'dead'). Fix: Use unserved, down,"),
    ],
)
def test_a_slip_of_the_pen_is_told(wishes: Wishes, said: str) -> None:
    with pytest.raises(LvsError) as error:
        wishes.check(Lvs().plan)
    assert str(error.value).startswith(said)
    Wishes(["ht*", HTTP], ["down"]).check(Lvs().plan)


def test_the_figures_have_no_word_of_a_host() -> None:
    lvs = with_connections()
    word = "{{ 7 * 7 }}"
    lvs.seen(DIRECTOR)["owners"] = [word]
    lvs.seen(DIRECTOR)["changes"] = {"lvs": {"by": word, "at": 1, "module": word}}
    lvs.lose(RS2, word)
    status = lvs.status()
    assert word in json.dumps(status)
    assert word not in json.dumps(status["summary"])
    assert status["summary"]["hosts"] == {"all": 3, "not seen": 1, "as planned": 1, "differs": 1}
    assert status["summary"]["hosts_to_look_at"] == [RS2, DIRECTOR]
