# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans that somebody edited, in the filters that take one, as Ansible calls them."""

from __future__ import annotations

import contextlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.filter import renderers, report, topology
from ansible_collections.linuxvirtualserver.lvs.plugins.filter.plan import plan
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import mutated, python_value
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.test_plan import GROUPS, HOSTVARS, SERVICES

CALLS: dict[str, tuple[t.Any, tuple[str, ...]]] = {
    "report": (report, ()),
    "topology": (topology, ("ascii",)),
    "mermaid": (topology, ("mermaid",)),
    "dot": (topology, ("dot",)),
    "to_script": (renderers, ("rs1",)),
    "to_lvs_conf": (renderers, ()),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_edited_plan_is_drawn_or_refused(name: str, inputs: Inputs) -> None:
    module, more = CALLS[name]
    filters = module.FilterModule().filters()
    body = filters.get(name, filters.get("topology"))
    made = plan(SERVICES, GROUPS, HOSTVARS)
    context = types.SimpleNamespace(unsafe=False)
    assert isinstance(body(context, made, *more), str)
    for random in inputs(100):
        with contextlib.suppress(AnsibleFilterError):
            assert isinstance(body(context, mutated(made, random, python_value), *more), str)
