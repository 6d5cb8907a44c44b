# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.removal import (
    Limit,
    parse_limit,
    refuse_too_much,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table

CURE = (
    "Fix: See that the inventory is whole. A job slice of AWX, a host that is switched off there and a wrong -i make "
    "it smaller. If all this is to go, add -e lvs_removal=any."
)


def table(*pools: range, weight: int = 1, port: int | None = None) -> Table:
    """Services at ports from 80 on, each with the realservers of these numbers."""
    other = {} if port is None else {"port": port, "forwarding": "nat"}
    return parse_table(
        [
            {
                "vip": "192.168.1.110",
                "port": 80 + number,
                "realservers": [{"rip": f"192.168.1.{host}", "weight": weight, **other} for host in pool],
            }
            for number, pool in enumerate(pools)
        ]
    )


def refusal(want: Table, have: Table, limit: str = "30%") -> str:
    """What is said, or nothing."""
    try:
        refuse_too_much(want, have, parse_limit(limit))
    except LvsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("written", "allowed"),
    [
        ("30%", {1: 1, 3: 1, 4: 1, 6: 1, 7: 2, 10: 3, 100: 30}),
        ("50%", {2: 1, 3: 1, 4: 2}),
        ("0%", {1: 0, 100: 0}),
        ("0", {1: 0, 100: 0}),
        ("2", {1: 2, 100: 2}),
    ],
)
def test_a_part_is_rounded_down_and_one_at_least(written: str, allowed: dict[int, int]) -> None:
    limit = parse_limit(written)
    assert isinstance(limit, Limit)
    assert {there: limit.of(there) for there in allowed} == allowed


def test_all_is_no_limit() -> None:
    assert parse_limit("100%") is None
    assert refusal((), table(range(11, 15)), "100%") == ""


@pytest.mark.parametrize("written", ["", "any", "101%", "-1", "1.5", "30 %", "030%", "30%\n", "٣%"])
def test_what_is_no_limit_is_refused(written: str) -> None:
    with pytest.raises(LvsError) as refused:
        parse_limit(written)
    assert str(refused.value).startswith("removal_limit: is neither a number nor a percentage (got ")


def test_a_pool_that_loses_too_much_is_named_with_who_goes() -> None:
    assert refusal(table(range(11, 13)), table(range(11, 15))) == (
        "removal_limit: does not let so much go, and nothing is changed: 2 of 4 realservers of service "
        f"tcp 192.168.1.110:80 (192.168.1.13, 192.168.1.14) (got '30%'). {CURE}"
    )


@pytest.mark.parametrize(("kept", "refused"), [(11, False), (10, False), (9, False), (8, False), (7, True), (1, True)])
def test_the_limit_itself_may_go(kept: int, refused: bool) -> None:
    assert bool(refusal(table(range(11, 11 + kept)), table(range(11, 22)))) is refused


def test_one_of_two_may_leave_and_the_last_one_not() -> None:
    assert refusal(table(range(11, 12)), table(range(11, 13))) == ""
    assert "1 of 1 realservers" in refusal(table(range(0)), table(range(11, 12)))
    assert "1 of 1 realservers" in refusal(table(range(0)), table(range(11, 12)), "5")


def test_the_last_one_that_gets_connections_is_the_last_one() -> None:
    """The others that stay are drained."""
    serving, drained = table(range(11, 12))[0], table(range(12, 14), weight=0)[0]
    have = serving._replace(realservers=serving.realservers + drained.realservers)
    assert "1 of 3 realservers of service tcp 192.168.1.110:80 (192.168.1.11)" in refusal((drained,), (have,), "50%")
    assert refusal((serving,), (have,)) == ""


def test_a_realserver_that_takes_the_place_of_another_one() -> None:
    assert refusal(table(range(12, 13)), table(range(11, 12))) == ""
    assert "3 of 3" in refusal(table(range(14, 17)), table(range(11, 14)))


def test_another_port_of_a_realserver_takes_nothing_away() -> None:
    assert refusal(table(range(11, 15), port=8080), table(range(11, 15), port=80)) == ""


def test_who_gets_no_connections_is_not_missed() -> None:
    assert refusal(table(range(11, 12)), (*table(range(11, 15), weight=0),)) == ""


def test_many_pools_that_lose_one_each_lose_half_of_all() -> None:
    have = table(range(11, 13), range(21, 23), range(31, 33))
    said = refusal(table(range(11, 12), range(21, 22), range(31, 32)), have)
    assert "3 of 6 realservers of all services (192.168.1.12, 192.168.1.22, 192.168.1.32)" in said
    # To another pool, it is not gone.
    assert refusal(table(range(11, 12), range(12, 13)), table(range(11, 13), range(12, 14))) == ""


def test_services_that_go() -> None:
    have = table(*[range(11, 13)] * 4)
    assert refusal(have[:3], have) == ""
    said = refusal(have[:2], have)
    assert "2 of 4 services (tcp 192.168.1.110:82, tcp 192.168.1.110:83)" in said
    assert "1 of 1 services" in refusal((), have[:1])
    assert refusal(have[1:2], have[:1]) == ""


def test_the_pool_of_a_service_that_goes_goes_with_it() -> None:
    have = table(range(11, 13), range(21, 31))
    assert refusal(have[:1], have) == ""


def test_services_of_a_vip_that_was_named_do_not_count() -> None:
    have = table(range(11, 13), range(11, 13))
    refuse_too_much((), have, parse_limit("30%"), named=lambda key: key.vip == "192.168.1.110")


def test_a_long_list_is_cut() -> None:
    said = refusal(table(range(11, 21)), table(range(11, 101)))
    assert "80 of 90 realservers of service tcp 192.168.1.110:80 (192.168.1.21, " in said
    assert "192.168.1.30, 70 more)" in said
