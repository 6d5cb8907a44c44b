# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures, held against files that people have looked at, and the page that shows them."""

from __future__ import annotations

import re
import shutil
import subprocess
import typing as t

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan import EVERYTHING, make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._topology import PICTURES
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._topology_graph import dot_picture, mermaid_picture
from ansible_collections.linuxvirtualserver.lvs.tests.tools import topology_page
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils.farm import (
    groups,
    hostvars,
    plan,
    service,
)

CASES = [(name, style) for name in topology_page.TITLES for style in topology_page.STYLES]


def planned(name: str) -> dict[str, t.Any]:
    """The plan of an inventory in docs/topology, read by Ansible itself."""
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=[str(topology_page.INVENTORIES / f"{name}.yml")])
    variables = VariableManager(loader, inventory)
    by_host = {host.name: variables.get_vars(host=host) for host in inventory.get_hosts()}
    services = by_host["director"]["lvs_services"]
    return make_plan(services, inventory.get_groups_dict(), by_host, methods=EVERYTHING)


@pytest.mark.parametrize(("name", "style"), CASES)
def test_the_golden_files(name: str, style: str) -> None:
    golden = (topology_page.GOLDEN / f"{name}.{topology_page.STYLES[style]}").read_text(encoding="utf-8")
    assert PICTURES[style](planned(name)) == golden


@pytest.mark.parametrize("name", topology_page.TITLES)
def test_the_rendered_pictures_are_those_of_today(name: str) -> None:
    dot = (topology_page.GOLDEN / f"{name}.dot").read_text(encoding="utf-8")
    svg = (topology_page.INVENTORIES / f"{name}.svg").read_text(encoding="utf-8")
    assert topology_page.signature(dot) in svg, topology_page.__doc__
    assert set(re.findall(r'label="([A-Za-z0-9]+)\\n', dot)) <= set(re.findall(r">([^<]+)</text>", svg))


def test_the_page_shows_them() -> None:
    assert topology_page.PAGE.read_text(encoding="utf-8") == topology_page.page(), topology_page.__doc__


def arrows(picture: str) -> set[tuple[str, str, str]]:
    """The arrows of a Mermaid picture between the first lines of its nodes."""
    names = dict(re.findall(r'^ +(n[0-9]+)[\[({][^"]*"([^"<]+)', picture, re.MULTILINE))
    found = re.findall(r'(n[0-9]+) (-->|==>|-\.->)(?:\|"[^"]*"\|)? (n[0-9]+)', picture)
    return {(names[start], arrow, names[end]) for start, arrow, end in found}


def test_the_way_back_is_what_tells_the_methods_apart() -> None:
    ways = {
        method: {(one, other) for one, arrow, other in arrows(mermaid_picture(planned(method))) if arrow == "-.->"}
        for method in ("nat", "dr", "tun")
    }
    both = ("realserver1", "realserver2")
    assert ways["nat"] == {("director", "client"), *((name, "director") for name in both)}
    assert ways["dr"] == {(name, "client") for name in both}
    assert ways["tun"] == {("router", "client"), *((name, "router") for name in both)}


def test_a_director_between_two_networks_stands_in_neither() -> None:
    picture = mermaid_picture(planned("nat"))
    assert re.search(r'^  n[0-9]+\["director', picture, re.MULTILINE)
    assert re.search(r'^    n[0-9]+\["director', mermaid_picture(planned("dr")), re.MULTILINE)


def test_marks_localnode_remapped_ports_and_many_services() -> None:
    box = {
        "groups": groups(realservers=["director", "realserver1"], clients=None),
        "hostvars": hostvars(director={"lvs_localnode": "single"}),
    }
    many = [service(name=None, port=port) for port in range(8000, 8010)]
    marked = {"fwmark": 5, "vip": "192.168.1.111", "ports": ["http"]}
    remapped = service(port=9000, forwarding="nat", realservers=[{"host": "realserver1", "port": 9001}])
    picture = mermaid_picture(plan(*many, marked, {"fwmark": 6}, remapped, **box))
    assert "serves as well (localnode)" in picture
    assert "tcp 8000, tcp 8001, tcp 8002, tcp 8003 and 7 more" in picture
    assert '(["clients<br/>anybody outside the LVS"])' in picture
    assert "VIP<br/>192.168.1.111" in picture
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


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is for making the pictures of the documentation")
def test_graphviz_reads_what_is_written() -> None:
    dot = dot_picture(plan(service(), groups=groups(clients=[HOSTILE, "client"])))
    assert subprocess.run(["dot", "-Tplain"], input=dot, capture_output=True, text=True, check=False).stderr == ""
