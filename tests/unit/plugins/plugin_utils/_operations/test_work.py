# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom an operation is about: names, percentages, and what is refused before any host is touched."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.work import (
    Wishes,
    is_share,
    make_work,
    ramp,
    share,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    DIRECTOR,
    OTHER,
    RIPS,
    RS1,
    RS2,
    VIP,
    Pair,
)


def test_each_director_has_a_target_for_each_service() -> None:
    work = make_work(Pair().plan, Wishes([RS2]))
    assert list(work["directors"]) == [DIRECTOR, OTHER]
    assert work["directors"][DIRECTOR] == work["directors"][OTHER]
    assert [(one["host"], one["name"], one["realserver"]) for one in work["directors"][DIRECTOR]] == [
        (RS2, "telnet", f"{RIPS[RS2]}:23"),
        (RS2, "http", f"{RIPS[RS2]}:80"),
    ]
    assert work["directors"][OTHER][1]["key"] == {"rip": RIPS[RS2], "vip": VIP, "port": "80", "protocol": "tcp"}
    assert work["vips"] == {DIRECTOR: [VIP], OTHER: [VIP]}


def test_one_service_alone() -> None:
    work = make_work(Pair().plan, Wishes([RS1, RS2], ["http"]))
    assert [(one["host"], one["name"]) for one in work["directors"][OTHER]] == [(RS1, "http"), (RS2, "http")]


def test_a_director_without_such_a_service_takes_no_part() -> None:
    lvs = Pair()
    lvs.plan["hosts"][OTHER]["director"]["services"].pop()
    assert list(make_work(lvs.plan, Wishes([RS1], ["http"]))["directors"]) == [DIRECTOR]


def test_another_port_and_a_mark() -> None:
    lvs = Pair()
    telnet, http = lvs.plan["hosts"][DIRECTOR]["director"]["services"]
    http["realservers"][0].update(forwarding="nat", port=8080)
    telnet.update(vip=None, protocol=None, port=0, fwmark=7)
    keys = [one["key"] for one in make_work(lvs.plan, Wishes([RS1]))["directors"][DIRECTOR]]
    assert keys[0] == {"rip": RIPS[RS1], "fwmark": 7, "family": "ipv4", "rip_port": "23", "forwarding": "dr"}
    assert keys[1]["rip_port"] == "8080"
    assert keys[1]["forwarding"] == "nat"


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes([]), "lvs_realservers: names no realserver (got 'nothing'). Fix: Use realserver1, realserver2 or"),
        (Wishes(["relserver2"]), "is no realserver of this LVS (got 'relserver2'). Fix: Use"),
        (Wishes(["relserver2"]), "Did you mean realserver2?"),
        (Wishes([DIRECTOR]), "lvs_realservers: is no realserver of this LVS (got 'director')"),
        (Wishes([RIPS[RS1]]), "is no realserver of this LVS (got '192.168.1.11')"),
        (
            Wishes([RS1], ["htpp"]),
            "lvs_services_only: is no service of this LVS (got 'htpp'). Fix: Use http or telnet. Did",
        ),
        (Wishes([RS1], [], "half"), "lvs_min_active: is no number of realservers (got 'half'). Fix: Use 1 or 50%."),
        (Wishes(["{{ lookup('pipe', 'id') }}"]), "(got \"{{ lookup('pipe', 'id') }}\")"),
        (Wishes(["$(reboot)\x1b[2J\n"]), "(got '$(reboot)\\x1b[2J\\n')"),
    ],
)
def test_what_is_refused(wishes: Wishes, said: str) -> None:
    with pytest.raises(LvsError) as refused:
        make_work(Pair().plan, wishes)
    assert said in str(refused.value)


def test_all_mistakes_are_said_at_once() -> None:
    with pytest.raises(LvsError) as refused:
        make_work(Pair().plan, Wishes(["a", "b"], ["c"], "-1"))
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "lvs_realservers",
        "lvs_realservers",
        "lvs_services_only",
        "lvs_min_active",
    ]


def test_a_realserver_that_is_in_no_such_service_is_no_success() -> None:
    lvs = Pair()
    for director in (DIRECTOR, OTHER):
        lvs.plan["hosts"][director]["director"]["services"][1]["realservers"].pop(0)
    with pytest.raises(LvsError, match=r"is in no such service, so there is nothing to do \(got 'realserver1'\)"):
        make_work(lvs.plan, Wishes([RS1], ["http"]))


@pytest.mark.parametrize(
    ("wish", "pool", "left"),
    [
        ("", 1, 1),
        ("", 2, 1),
        ("", 3, 2),
        ("", 4, 2),
        ("", 5, 3),
        ("0", 1, 0),
        ("3", 4, 3),
        ("50%", 3, 2),
        ("0%", 9, 0),
        ("1%", 9, 1),
        ("34%", 3, 2),
        ("33%", 3, 1),
        ("100%", 3, 3),
        ("99%", 200, 198),
    ],
)
def test_how_many_have_to_be_left(wish: str, pool: int, left: int) -> None:
    assert share(wish, pool) == left


@pytest.mark.parametrize("wish", ["101%", "-1", "1.5", "50 %", "%", "1e3", "0x1", "٣", "1\n", "999999"])
def test_what_is_no_share(wish: str) -> None:
    assert not is_share(wish)


@pytest.mark.parametrize("wish", ["", "0", "1", "65535", "0%", "100%"])
def test_what_is_a_share(wish: str) -> None:
    assert is_share(wish)


@pytest.mark.parametrize("weight", [1, 2, 3, 9, 10, 11, 100, 65535])
def test_a_ramp_rises_to_the_weight(weight: int) -> None:
    steps = ramp(weight)
    assert steps == sorted(set(steps))
    assert (1 <= steps[0] <= -(-weight // 10), steps[-1], len(steps)) == (True, weight, min(weight, 10))
