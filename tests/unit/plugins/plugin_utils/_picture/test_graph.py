# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The graph behind the pictures, and what the two languages make of hostile names."""

from __future__ import annotations

import re
import typing as t

import pydot
import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.graph import dot_picture, mermaid_picture
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.topology import PICTURES
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    groups,
    hostvars,
    plan,
    service,
)


def arrows(picture: str) -> set[tuple[str, str, str]]:
    """The arrows of a Mermaid picture between the first lines of its nodes."""
    names = dict(re.findall(r'^ +(n[0-9]+)[\[({][^"]*"([^"<]+)', picture, re.MULTILINE))
    found = re.findall(r'(n[0-9]+) (-->|==>|-\.->)(?:\|"[^"]*"\|)? (n[0-9]+)', picture)
    return {(names[start], arrow, names[end]) for start, arrow, end in found}


def test_marks_localnode_remapped_ports_and_many_services() -> None:
    box = {
        "groups": groups(realservers=["director", "realserver1"], clients=None),
        "hostvars": hostvars(director={"lvs_localnode": "single"}),
    }
    many = [service(name=None, port=port) for port in range(8000, 8010)]
    marked = {"fwmark": 5, "vips": ["192.168.1.111", "192.168.1.113"], "ports": ["http"]}
    remapped = service(port=9000, forwarding="nat", realservers=[{"host": "realserver1", "port": 9001}])
    picture = mermaid_picture(plan(*many, marked, {"fwmark": 6}, remapped, **box))
    assert "serves as well (localnode)" in picture
    assert "tcp 8000, tcp 8001, tcp 8002, tcp 8003 and 7 more" in picture
    assert '(["clients<br/>anybody outside the LVS"])' in picture
    assert "VIP<br/>192.168.1.111" in picture
    assert "VIP<br/>192.168.1.113" in picture
    assert "VIP<br/>any" in picture


def test_a_router_of_its_own_for_the_replies_of_a_vip() -> None:
    routed = hostvars(realserver1={"lvs_server_gateway": "192.168.1.1"})
    pool = ["realserver1"]
    services = (service(forwarding="nat", realservers=pool), service(name="b", port=81, realservers=pool))
    picture = mermaid_picture(plan(*services, hostvars=routed))
    assert ("realserver1", "-.->", "router") in arrows(picture)
    assert '"nat: http"' in picture
    assert '"dr: b"' in picture
    unrouted = arrows(mermaid_picture(plan(*services)))
    assert ("realserver1", "-.->", "client") in unrouted


@pytest.mark.parametrize("draw", [mermaid_picture, dot_picture])
def test_a_refused_plan_is_a_comment(draw: t.Callable[[t.Any], str]) -> None:
    assert draw(plan(service(port=70000))).startswith(("%% No director", "// No director"))


def farm_of(count: int) -> dict[str, t.Any]:
    """The plan of so many realservers in two pools."""
    names = [f"web{number}" for number in range(1, count + 1)]
    hosts = {name: {"lvs_rip": f"192.168.1.{120 + place}/24"} for place, name in enumerate(names)}
    pools = {"even": names[1::2], "odd": names[::2]}
    services = [service(name=pool, port=80 + place, realservers=pool) for place, pool in enumerate(pools)]
    return plan(*services, groups=groups(realservers=names, **pools), hostvars=hostvars(**hosts))


def test_many_realservers_are_one_node_for_those_that_are_served_alike() -> None:
    few = dot_picture(farm_of(12))
    assert "20 realservers" not in few
    assert few.count("web") == 12
    many = dot_picture(farm_of(40))
    assert re.findall(r'label="(\d+ realservers\\n[^"]*)"', many) == [
        r"20 realservers\nweb2 … web40\n192.168.1.121 … 192.168.1.159\ndr: even",
        r"20 realservers\nweb1 … web39\n192.168.1.120 … 192.168.1.158\ndr: odd",
    ]
    assert "20 realservers<br/>web2 … web40" in mermaid_picture(farm_of(40))


def test_who_is_at_fault_or_unseen_among_many_is_seen() -> None:
    picture = dot_picture(farm_of(40), sick={"web7"}, unseen={"web8"})
    assert re.search(r'label="web7\\n[^]]*color="#c62828"', picture)
    assert re.search(r'label="web8\\n[^]]*dashed', picture)
    assert picture.count("19 realservers") == 2
    assert "red frame: at fault" in picture


def test_hosts_stand_in_the_order_of_people_and_nothing_is_written_on_arrows() -> None:
    picture = dot_picture(farm_of(12))
    # Graphviz puts on top what is named last.
    assert re.findall(r'label="(web\d+)', picture) == [f"web{number}" for number in range(12, 0, -1)]
    assert [line for line in picture.splitlines() if "->" in line and "label" in line] == []


HOSTILE = 'x"]; end\n`$(reboot)`<script>\\'


def test_hostile_names_of_clients_stay_words() -> None:
    hostile = plan(service(), groups=groups(clients=[HOSTILE]))
    for draw in PICTURES.values():
        picture = draw(hostile)
        assert "\n`" not in picture
    assert "<script>" not in mermaid_picture(hostile)
    assert re.search(r'label="\'x\\"\]; end\\\\n', dot_picture(hostile))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pydot calls pyparsing by its old names
def test_a_parser_of_the_dot_language_reads_what_is_written() -> None:
    graphs = pydot.graph_from_dot_data(dot_picture(plan(service(), groups=groups(clients=[HOSTILE, "client"]))))
    assert graphs is not None
    assert [graph.get_name() for graph in graphs] == ["lvs"]
    assert graphs[0].get_edges()
