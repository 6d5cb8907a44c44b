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
