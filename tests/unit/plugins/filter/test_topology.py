# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter topology; its pictures, held against files that people have looked at; and the page that shows them."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.linuxvirtualserver.lvs.plugins.filter.topology import topology
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.graph import mermaid_picture
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.topology import PICTURES
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.tests.tools import topology_page
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._picture.test_graph import arrows
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service


def test_a_picture() -> None:
    picture = str(topology(plan(service())))
    assert picture.startswith("client    client (192.168.1.254)\n")
    assert picture == topology(plan(service()), style="ascii")


def test_an_unknown_style() -> None:
    with pytest.raises(
        AnsibleFilterError, match=r"style: is not known \(got 'png'\)\. Fix: Use ascii, mermaid or dot\."
    ):
        topology(plan(service()), style="png")


@pytest.mark.parametrize("no_plan", [None, "plan", [], {"hosts": {}}, {"hosts": {}, "clients": {}, "names": {}}])
def test_what_is_no_plan(no_plan: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^linuxvirtualserver\.lvs\.topology: the plan: is none"):
        topology(no_plan)


CASES = [(name, style) for name in topology_page.TITLES for style in topology_page.STYLES]


def planned(name: str) -> dict[str, t.Any]:
    """The plan of an inventory in docs/topology, read by Ansible itself."""
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=[str(topology_page.INVENTORIES / f"{name}.yml")])
    variables = VariableManager(loader, inventory)
    by_host = {host.name: variables.get_vars(host=host) for host in inventory.get_hosts()}
    services = by_host["director"]["lvs_services"]
    return make_plan(services, inventory.get_groups_dict(), by_host)


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
