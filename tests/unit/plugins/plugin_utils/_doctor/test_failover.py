# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no fault of a pair, and what several of them together look like."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import questions
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    DIPS,
    DIRECTOR,
    LO,
    OTHER,
    VEC0,
    VIP,
    Farm,
    behind,
    hear,
    pair,
    thread,
)


@pytest.fixture
def farm() -> Farm:
    farm = Farm()
    pair(farm)
    return farm


def test_a_healthy_pair(farm: Farm) -> None:
    diagnosis = farm.diagnose()
    assert (diagnosis["findings"], diagnosis["unseen"]) == ([], [])
    farm.seen(OTHER)["ipvs"]["daemons"] = [thread("master")]
    assert farm.ids() == ["failover-unfit"]


def test_two_serve_and_one_of_them_is_deaf(farm: Farm) -> None:
    """The cause comes first, with its side; nobody is told to take away by hand what keepalived has put there."""
    farm.give(OTHER, VEC0)
    hear(farm, DIRECTOR, DIPS[OTHER])
    farm.seen(OTHER)["adverts"] = []
    first, second = farm.diagnose()["findings"]
    assert (first["id"], first["host"], first["evidence"]) == (
        "vrrp-not-heard",
        OTHER,
        ["adverts that arrive: nothing"],
    )
    assert second["id"] == "vip-on-two-hosts"
    assert second["cure"] == "Keep it on one of them. director2 does not hear director: see vrrp-not-heard."


def test_two_serve_although_they_hear_each_other(farm: Farm) -> None:
    farm.give(OTHER, VEC0)
    hear(farm, DIRECTOR, DIPS[OTHER])
    (found,) = farm.diagnose()["findings"]
    assert found["id"] == "vip-on-two-hosts"
    assert f"ip addr del {VIP}/32 dev {VEC0}" in found["cure"]


def test_nobody_is_called_deaf_unseen(farm: Farm) -> None:
    farm.seen(OTHER)["adverts"] = None
    assert farm.ids() == []
    farm.seen(OTHER)["adverts"] = []
    farm.seen(DIRECTOR)["keepalived"]["active"] = False  # so it sends none
    assert farm.ids() == ["failover-unfit"]


def test_a_vip_on_lo_is_not_served(farm: Farm) -> None:
    """As a realserver has it."""
    farm.give(OTHER, LO)
    assert farm.ids() == []


def test_who_serves_is_not_guessed(farm: Farm) -> None:
    farm.seen(DIRECTOR)["interfaces"] = "none"
    assert farm.ids() == ["evidence-unreadable"]


def test_an_advert_of_another_lvs_is_no_stranger(farm: Farm) -> None:
    farm.seen(OTHER)["adverts"].append({"source": "192.168.1.77", "router_id": 52, "priority": 100})
    assert farm.ids() == []


def test_few_connections_say_nothing(farm: Farm) -> None:
    behind(farm)
    farm.seen(DIRECTOR)["ipvs"]["states"][0]["realservers"][0]["active"] = 19
    assert "sync-behind" not in farm.ids()


def test_connections_of_another_lvs_are_no_matter(farm: Farm) -> None:
    """The other director serves it, so it has them, and would seem to know enough."""
    behind(farm)
    states = farm.seen(OTHER)["ipvs"]["states"]
    pool = [{**states[0]["realservers"][0], "active": 500, "inactive": 500}]
    states.append({**states[0], "service": "tcp 192.168.1.250:80", "realservers": pool})
    assert "sync-behind" in farm.ids()


def test_only_directors_that_share_their_vips_listen(farm: Farm) -> None:
    assert [questions(farm.plan, host).get("overhear") for host in (DIRECTOR, OTHER, "realserver1")] == [2.0, 2.0, None]
    farm.plan["hosts"][OTHER]["director"]["failover"] = {"by": "other", "directors": [DIRECTOR, OTHER]}
    assert "overhear" not in questions(farm.plan, OTHER)
