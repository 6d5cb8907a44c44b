# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A status as text: as it is in tests/unit/fixtures/status, and never longer than a screen."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.report import grouped, report
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._status.status_scenes import (
    DIRECTOR,
    RS1,
    RS2,
    VIP,
    Lvs,
    with_connections,
)

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures/status"
SCREEN = 24  # lines of the README's farm
MANY = 500
HOSTILE = "{{ 7 * 7 }}\x1b[2J\x9b31m\x00\u202e\n"


def sick() -> Lvs:
    """The README's farm with a realserver drained, one that cannot be reached, and a table that a boot would lose."""
    lvs = with_connections()
    lvs.drain(1)
    lvs.lose(RS1, "ssh: connect to host 192.168.1.11 port 22: No route to host")
    lvs.seen(DIRECTOR)["at_boot"]["services"].pop()
    return lvs


def wide() -> Lvs:
    """With 500 services more."""
    lvs = with_connections()
    lvs.widen(MANY)
    return lvs.settle()


def wide_and_sick() -> Lvs:
    """Of them a hundred lost a realserver, another one does not answer, and one is drained in one service."""
    lvs = wide()
    lvs.listen(RS1, 80)
    for service in lvs.seen(DIRECTOR)["ipvs"]["services"][MANY - 100 :]:
        service["realservers"].pop()
    lvs.drain(1, 23)
    return lvs


@pytest.mark.parametrize(
    ("make", "lines"), [(with_connections, 17), (sick, 18), (wide, SCREEN), (wide_and_sick, SCREEN)]
)
def test_what_is_said_of_two_services_and_of_five_hundred(make: Callable[[], Lvs], lines: int) -> None:
    text = make().text()
    assert text + "\n" == (FIXTURES / f"{make.__name__}.txt").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= lines <= SCREEN
    assert text == make().text(), "the same again"


def test_the_whole_has_every_service() -> None:
    lines = wide().text(whole=True).splitlines()
    assert len(lines) > 3 * MANY
    assert sum(line.startswith("tcp 10.9.") for line in lines) == MANY


def test_services_of_which_each_is_another_case_fill_no_more_than_a_screen() -> None:
    lvs = wide()
    for number, service in enumerate(lvs.seen(DIRECTOR)["ipvs"]["services"]):
        service["realservers"][0]["weight"] = number + 1
    text = lvs.text()
    assert len(text.splitlines()) <= 45
    assert "more groups of services, which -v shows" in text


def test_many_hosts_are_those_that_need_eyes_and_the_names_of_the_others() -> None:
    lvs = with_connections()
    for number in range(3, 99):
        name = f"realserver{number}"
        lvs.plan["hosts"][name] = lvs.plan["hosts"][RS2]
        lvs.looked[name] = lvs.looked[RS2]
    for number in (7, 8):
        lvs.lose(f"realserver{number}", f"no route {number}")
    text = lvs.text()
    assert len(text.splitlines()) <= SCREEN
    assert "realserver7: not seen: no route 7" in text
    assert "97 as planned: director, realserver1, realserver10, realserver11, realserver12 and 92 more" in text
    for number in range(20, 60):
        lvs.lose(f"realserver{number}")
    assert "42 not seen: realserver20, realserver21" in lvs.text()


def test_a_pool_of_many_shows_the_realservers_that_need_eyes() -> None:
    lvs = with_connections()
    for services in (lvs.plan["hosts"][DIRECTOR]["director"]["services"], lvs.seen(DIRECTOR)["ipvs"]["services"]):
        pool = services[1]["realservers"]
        pool += [{**pool[0], "rip": f"192.168.2.{number}"} for number in range(1, 60)]
    lvs.drain(40)
    lines = lvs.text().splitlines()
    assert len(lines) <= SCREEN
    at = next(number for number, line in enumerate(lines) if line.startswith("http"))
    assert "drained by" in lines[at + 1]
    assert any("56 more realservers, which -v shows" in line for line in lines)


def test_what_is_said_of_vips_that_are_nowhere_or_twice() -> None:
    lvs = with_connections()
    lvs.take(DIRECTOR, "vec0")
    assert f"\nOn no director: {VIP}\ndirector holds no VIP\n" in lvs.text()
    lvs = with_connections()
    lvs.plan["hosts"]["backup"] = lvs.plan["hosts"][DIRECTOR]
    lvs.looked["backup"] = {"evidence": {**lvs.seen(DIRECTOR)}}
    assert f"\nOn several directors: {VIP} (director, backup)\n" in lvs.text()


def test_the_way_of_counting_and_what_was_not_asked_for_are_told() -> None:
    from_two_looks = with_connections().text(seconds=5)
    assert "rates counted for 5 s" in from_two_looks


@pytest.mark.parametrize(
    ("owners", "said"),
    [(["keepalived"], "keepalived keeps the table and checks the realservers"), ([], "nobody checks the realservers")],
)
def test_who_checks_the_realservers_is_told(owners: list[str], said: str) -> None:
    lvs = with_connections()
    lvs.plan["hosts"][DIRECTOR]["director"]["engine"] = "keepalived"
    keeps = [lvs.plan["lvs_name"]]
    lvs.seen(DIRECTOR).update(owners=owners, keepalived={"active": True, "switched": {}, "unread": [], "keeps": keeps})
    assert said in lvs.text()
    assert "writes the table" not in lvs.text()


def spoil(lvs: Lvs) -> Lvs:
    """These words wherever a host may say what it likes."""
    seen = lvs.seen(DIRECTOR)
    seen["owners"] = [HOSTILE]
    seen["changes"] = {"lvs": {"by": HOSTILE, "at": 2**40, "module": HOSTILE}}
    seen["held"][0]["interface"] = HOSTILE
    seen["boot"] = {HOSTILE: {"value": HOSTILE, "file": HOSTILE}}
    seen["at_boot"]["services"] = [HOSTILE]
    seen["ipvs"]["daemons"] = [
        {"role": HOSTILE, "interface": HOSTILE, "sync_id": 7, "max_len": 1, "group": None, "port": 1, "ttl": 1}
    ]
    for interface in seen["interfaces"]:
        interface["name"] = HOSTILE
    lvs.drain(1)
    seen["drained"][0]["by"] = HOSTILE
    lvs.seen(RS1)["unseen"] = [{"what": HOSTILE, "why": HOSTILE}]
    lvs.lose(RS2, HOSTILE)
    return lvs


def test_what_hosts_say_is_text() -> None:
    status = spoil(with_connections()).status()
    for whole in (False, True):
        text = "\n".join(one["text"] for one in report(status, whole))
        assert "{{ 7 * 7 }}\\x1b[2J\\x9b31m\\x00\\u202e" in text
        assert all(ord(one) >= 32 for line in text.splitlines() for one in line)
        assert not {"\x9b", "\u202e"} & set(text)


def test_services_are_alike_when_the_same_hosts_do_the_same_in_them() -> None:
    services: list[dict[str, t.Any]] = wide().status()["services"]
    assert [len(group) for group in grouped(services)] == [MANY + 2]
    services[7]["realservers"][0]["weight"] = {"live": 9, "wanted": 9}
    assert sorted(len(group) for group in grouped(services)) == [1, MANY + 1]
    assert len(grouped(services, whole=True)) == MANY + 2
