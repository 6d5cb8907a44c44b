# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a plan."""

from __future__ import annotations

import re

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.graph import dot_picture, mermaid_picture
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.topology import ascii_picture
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    groups,
    hostvars,
    plan,
    service,
)

ROUTED = hostvars(
    realserver1={"lvs_server_gateway": "192.168.1.254"}, realserver2={"lvs_server_gateway": "192.168.1.254"}
)


def test_the_farm_of_the_howto() -> None:
    planned = plan(service(), service(name="telnet", port="telnet"), hostvars=ROUTED)
    assert ascii_picture(planned) == (
        "client    client (192.168.1.254)\n"
        "  |\n"
        "  |       CIP -> VIP 192.168.1.110\n"
        "  v\n"
        "director  director (192.168.1.9)\n"
        "  |\n"
        "  |  telnet  tcp 192.168.1.110:23  rr\n"
        "  |  http    tcp 192.168.1.110:80  rr\n"
        "  |\n"
        "  +--dr-->  realserver1  192.168.1.11  weight 1  --> 192.168.1.254 --> client\n"
        "  +--dr-->  realserver2  192.168.1.12  weight 1  --> 192.168.1.254 --> client\n"
        "\n"
        "network  192.168.1.0/24  client, director, realserver1, realserver2, VIP 192.168.1.110\n"
    )


def test_replies_of_nat_go_back_through_the_director_and_others_do_not() -> None:
    pool = [{"host": "realserver1", "forwarding": "nat", "port": 8080}, {"host": "realserver2", "forwarding": "tun"}]
    lines = ascii_picture(plan(service(realservers=pool))).splitlines()
    assert lines[-4:-2] == [
        "  +--nat-->  realserver1  192.168.1.11:8080  weight 1  --> director --> client",
        "  +--tun-->  realserver2  192.168.1.12       weight 1  --> its own router --> client",
    ]


def test_services_with_other_realservers_get_a_branch_of_their_own() -> None:
    picture = ascii_picture(plan(service(), service(name=None, port=81, realservers=["realserver2"])))
    branches = [line.split()[:3] for line in picture.splitlines() if "-->  " in line]
    assert [branch[1] for branch in branches] == ["realserver1", "realserver2", "realserver2"]
    assert "  |  -  tcp 192.168.1.110:81  rr" in picture


def test_fwmarks_and_no_client() -> None:
    picture = ascii_picture(plan({"name": "all", "fwmark": 5, "forwarding": "tun"}, groups=groups(clients=None)))
    assert "client    anybody outside the LVS" in picture
    assert "CIP -> VIP by fwmark" in picture
    assert "  |  all  fwmark 5 ipv4  wlc" in picture


def test_one_tree_a_director() -> None:
    moved = {"lvs_failover": {"by": "other"}}
    pair = {
        "groups": groups(directors=["director", "192.168.1.10"]),
        "hostvars": hostvars(director=moved, **{"192.168.1.10": moved}),
    }
    picture = ascii_picture(plan(service(), **pair))
    assert [line for line in picture.splitlines() if line.startswith("director")] == [
        "director  192.168.1.10  shares the VIPs with director",
        "director  director (192.168.1.9)  shares the VIPs with 192.168.1.10",
    ]


def test_who_may_have_the_vips() -> None:
    moved = {"lvs_failover": {"by": "vrrp", "router_id": 51}}
    known = hostvars(director=moved, director2={"lvs_dip": "192.168.1.10/24", **moved})
    planned = plan(service(), groups=groups(directors=["director", "director2"]), hostvars=known)
    assert "director  director2 (192.168.1.10)  shares the VIPs with director by vrrp\n" in ascii_picture(planned)
    assert "shares the VIPs with director2 by vrrp" in mermaid_picture(planned)


def test_a_refused_plan_has_no_picture() -> None:
    assert ascii_picture(plan(service(port=70000))).startswith("No director, no picture")


def test_each_family_has_its_own_router() -> None:
    both = hostvars(
        director={"lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"]},
        realserver1={
            "lvs_rip": ["192.168.1.11/24", "2001:db8::11/64"],
            "lvs_server_gateway": ["192.168.1.1", "2001:db8::1"],
        },
    )
    pool = ["realserver1"]
    six = service(name="six", vip="2001:db8::110", realservers=pool)
    planned = plan(service(realservers=pool), six, hostvars=both)
    ways = [line.split("weight 1  ")[1] for line in ascii_picture(planned).splitlines() if "weight 1" in line]
    assert ways == ["--> 192.168.1.1 --> client", "--> 2001:db8::1 --> client"]
    routers = re.findall(r'router<br/?>([^"<]+)', mermaid_picture(planned))
    assert sorted(routers) == ["192.168.1.1", "2001:db8::1"]


def test_500_services_are_a_screen_in_each_style() -> None:
    many = [service(name=f"web{number}", vip=f"10.9.{number // 250}.{number % 250 + 1}") for number in range(500)]
    planned = plan(*many, hostvars=ROUTED)
    drawn = ascii_picture(planned)
    assert len(drawn.splitlines()) < 25
    assert "CIP -> VIP 10.9.0.1, 10.9.0.2, 10.9.0.3, 10.9.0.4, 10.9.0.5 and 495 more\n" in drawn
    assert "  |  and 495 more services\n" in drawn
    assert drawn.count("--dr-->") == 2
    for picture in (mermaid_picture, dot_picture):
        text = picture(planned)
        assert len(text.splitlines()) < 30
        assert "500 VIPs" in text
        assert "10.9.0.1 to 10.9.1.250" in text


def test_vips_of_other_realservers_are_a_node_of_their_own() -> None:
    many = [service(name=f"web{number}", vip=f"10.9.0.{number + 1}") for number in range(20)]
    alone = service(name="mail", vip="10.9.0.200", port=25, realservers=["realserver1"])
    text = mermaid_picture(plan(*many, alone, hostvars=ROUTED))
    assert "20 VIPs<br/>10.9.0.1 to 10.9.0.20" in text
    assert "VIP<br/>10.9.0.200" in text
