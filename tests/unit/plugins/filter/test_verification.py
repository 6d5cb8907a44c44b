# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of verify.yml: what they take, and what they say of anything else."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.filter.verification import FilterModule
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service

FILTERS: dict[str, t.Callable[..., t.Any]] = FilterModule().filters()
PLAN = plan(service())


def test_from_the_plan_to_the_verdict() -> None:
    work = FILTERS["verify_work"](PLAN, ["client"], connections=4, paths=False)
    assert FILTERS["verify_preview"](work) == ["http: 4 connections to tcp 192.168.1.110:80 (http)"]
    found = FILTERS["verdict"](work, {}, 2)
    assert [row["id"] for row in found["rows"]] == ["client-unseen", "director-unseen", "client-missing"]
    assert FILTERS["verdict_text"](found).startswith("The LVS does not do what the plan says. Checks: 3 failed.")
    assert 'failures="3"' in FILTERS["verdict_junit"](found)


@pytest.mark.parametrize(
    ("name", "arguments", "wishes", "message"),
    [
        ("verify_work", ({}, []), {}, "this is no plan. Pass the result of linuxvirtualserver.lvs.plan."),
        ("verify_work", (PLAN, "client"), {}, "clients is of type str. Pass a list of hosts."),
        ("verify_work", (PLAN, []), {"speed": 1}, "speed is not known. Use test_service, paths, connections,"),
        ("verify_work", (PLAN, []), {"ask": {"http": "nicely"}}, "verify_ask[http]: 'nicely' is no way to ask."),
        ("verify_preview", ([],), {}, "pass the result of linuxvirtualserver.lvs.verify_work."),
        ("verdict", ({"services": []}, None), {}, "hostvars is missing. Pass Ansible's own variable hostvars."),
        ("verdict", ({}, {}), {}, "pass the result of linuxvirtualserver.lvs.verify_work."),
        ("verdict_text", ("",), {}, "pass the result of linuxvirtualserver.lvs.verdict."),
        ("verdict_junit", ({},), {}, "pass the result of linuxvirtualserver.lvs.verdict."),
    ],
)
def test_refusals(name: str, arguments: tuple[t.Any, ...], wishes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        FILTERS[name](*arguments, **wishes)
    assert f"linuxvirtualserver.lvs.{name}: {message}" in str(refused.value)
