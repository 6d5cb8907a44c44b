# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter topology."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.filter.topology import FilterModule
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils.farm import plan, service

topology = FilterModule().filters()["topology"]


def test_a_picture() -> None:
    picture = str(topology(plan(service())))
    assert picture.startswith("client    client (192.168.1.254)\n")
    assert picture == topology(plan(service()), style="ascii")


def test_an_unknown_style() -> None:
    with pytest.raises(AnsibleFilterError, match=r"style: 'png' is not known\. Use ascii, mermaid or dot\."):
        topology(plan(service()), style="png")


@pytest.mark.parametrize("no_plan", [None, "plan", [], {"hosts": {}}, {"hosts": {}, "clients": {}, "names": {}}])
def test_what_is_no_plan(no_plan: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^linuxvirtualserver\.lvs\.topology: this is no plan"):
        topology(no_plan)
