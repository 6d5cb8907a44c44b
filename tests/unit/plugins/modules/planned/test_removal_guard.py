# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory that became smaller without a word: from what AWX builds, through the plan, to the director's table.

AWX 24.6 (`get_script_data` in awx/main/models/inventory.py) gives a job the hosts that are switched on, one of n slices
every n-th of them, and the groups without the others. No variable says that any are missing.
"""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import converge
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import ipvs_table
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

Groups = dict[str, list[str]]
SERVICES = [
    {"name": "http", "vip": "192.168.1.110", "port": 80, "realservers": "web"},
    {"name": "smtp", "vip": "192.168.1.110", "port": 25, "realservers": "mail"},
]
WEB, MAIL = [f"web{number}" for number in range(1, 7)], ["mail1", "mail2"]
GROUPS = {"directors": ["director"], "realservers": [*WEB, *MAIL], "web": WEB, "mail": MAIL}
HOSTVARS = {
    "director": {"ansible_host": "192.168.1.9", "lvs_dip": "192.168.1.9/24"},
    **{host: {"lvs_rip": f"192.168.1.{number}/24"} for number, host in enumerate([*WEB, *MAIL], start=11)},
}
LIMIT = {"removal_limit": "30%"}  # of the role


def built(*, off: t.Collection[str] = (), part: int = 1, parts: int = 1) -> Groups:
    """The groups of a job."""
    hosts = [host for host in sorted(HOSTVARS) if host not in off][part - 1 :: parts]
    groups = {name: [host for host in members if host in hosts] for name, members in GROUPS.items()}
    return {"all": hosts, "ungrouped": [], **groups}


class Director:
    """A director that serves the whole of it, and what a run with a part of the inventory says."""

    def __init__(self, run_module: RunModule, kernel: FakeKernel) -> None:
        self._run, self._kernel = run_module, kernel
        self.run(built())
        self.serves = repr(kernel.services)

    def run(self, groups: Groups, services: object = SERVICES, **args: object) -> dict[str, t.Any]:
        """As the role does it, once in check mode, which says the same."""
        plan = make_plan(services, groups, {host: HOSTVARS[host] for host in groups["all"]})
        errors = [one for one in plan["findings"] if one["severity"] == "error"]
        if errors:
            return {"refused by the plan": [one["id"] for one in errors]}
        given = {"services": plan["hosts"]["director"]["director"]["services"], "purge": True, **LIMIT, **args}
        checked = self._run(ipvs_table, given, check_mode=True)
        done = self._run(ipvs_table, given)
        assert (checked.get("msg"), checked.get("changed")) == (done.get("msg"), done.get("changed"))
        return done

    def is_as_before(self) -> bool:
        return repr(self._kernel.services) == self.serves


@pytest.fixture
def director(run_module: RunModule, kernel: FakeKernel) -> Director:
    return Director(run_module, kernel)


def test_a_slice_of_a_job_changes_nothing(director: Director) -> None:
    said = director.run(built(parts=2))["msg"]
    assert "3 of 6 realservers of service tcp 192.168.1.110:80 (192.168.1.11, 192.168.1.13, 192.168.1.15)" in said
    assert "A job slice of AWX" in said
    assert director.is_as_before()


@pytest.mark.parametrize("parts", range(2, 10))
def test_no_slice_of_any_number_changes_anything(director: Director, parts: int) -> None:
    """That which has no director is refused by the plan."""
    for part in range(1, parts + 1):
        result = director.run(built(part=part, parts=parts))
        assert "refused by the plan" in result or "removal_limit" in result["msg"], (part, result)
    assert director.is_as_before()


def test_hosts_that_are_switched_off(director: Director) -> None:
    said = director.run(built(off=WEB[1:4]))["msg"]
    assert "3 of 6 realservers of service tcp 192.168.1.110:80 (192.168.1.12, 192.168.1.13, 192.168.1.14)" in said
    assert director.is_as_before()


def test_one_host_that_is_switched_off_leaves_its_pool(director: Director) -> None:
    assert director.run(built(off=["web2"]))["changed"]


def test_an_empty_group_is_refused_by_the_plan(director: Director) -> None:
    assert director.run(built(off=MAIL)) == {"refused by the plan": ["pool-group-empty"]}


def test_an_empty_group_that_may_be_empty(director: Director) -> None:
    services = [SERVICES[0], {**SERVICES[1], "allow_empty_pool": True}]
    said = director.run(built(off=MAIL), services)["msg"]
    assert "2 of 2 realservers of service tcp 192.168.1.110:25 (192.168.1.17, 192.168.1.18)" in said
    assert director.is_as_before()


def test_another_inventory(director: Director) -> None:
    other = [{"name": "other", "vip": "192.168.1.120", "port": 443, "realservers": "web"}]
    said = director.run(built(), other)["msg"]
    assert "2 of 2 services (tcp 192.168.1.110:25, tcp 192.168.1.110:80)" in said
    assert director.is_as_before()


def test_a_part_of_the_hosts_is_no_smaller_inventory(director: Director) -> None:
    """With --limit the plan is made of all hosts, and who takes no part is kept as it is."""
    kept = [HOSTVARS[host]["lvs_rip"].partition("/")[0] for host in [*WEB, *MAIL]]
    result = director.run(built(), keep=kept)
    assert not result["changed"]
    assert director.is_as_before()


def test_who_means_it_gets_it(director: Director) -> None:
    assert director.run(built(parts=2), removal_limit="100%")["changed"]
    assert not director.is_as_before()


def test_what_was_allowed_is_not_asked_again_while_connections_end(
    director: Director, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever adds realservers meanwhile leaves it half done: without connections, and still in the table."""
    more = [{"rip": f"192.168.1.{number}"} for number in range(11, 31)]

    def others_come(*_args: object) -> None:
        run_module(ipvs_table, {"services": [{"vip": "192.168.1.110", "port": 80, "realservers": more}]})

    monkeypatch.setattr(converge, "let_finish", others_come)
    assert director.run(built(off=["web2"]), drain_timeout=1)["changed"]
    assert not director.run(built(off=["web2"]))["changed"]
