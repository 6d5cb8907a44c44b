# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of an inventory by their names: those that nothing reads, and those of roles by their values.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import difflib
import functools
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._model.words import did_you_mean, one_of, show, show_name
from .._rules.findings import Findings
from . import role_options
from .checks import Farm
from .inventory import CLIENTS, DIRECTORS, HOST_VARIABLES, REALSERVERS, SERVICES, Inventory, host_path
from .services import MEMBER_KEYS, SERVICE_KEYS
from .templates import may_lack

ROLES = ("director", "realserver")

# What is given to playbooks, mostly with -e, and what they keep for themselves in a run.
OF_PLAYBOOKS = (
    *("lvs_to", "lvs_break_connections"),
    *("lvs_realservers", "lvs_services_only", "lvs_wait", "lvs_on_timeout", "lvs_min_active", "lvs_together"),
    *("lvs_ramp", "lvs_work", "lvs_undo", "lvs_batch", "lvs_settle", "lvs_tolerate"),
    *("lvs_adopt", "lvs_removal", "lvs_teardown", "lvs_topology_ask", "lvs_topology_file", "lvs_topology_style"),
    "lvs_preflight_fail_on_changes",
    *("lvs_survey_name", "lvs_survey_vip", "lvs_survey_ports", "lvs_survey_protocol", "lvs_survey_forwarding"),
    *("lvs_survey_scheduler", "lvs_survey_persistence", "lvs_survey_realservers"),
)
OF_A_RUN = (
    *("lvs_plan", "lvs_wanted_services", "lvs_survey_answers", "lvs_still_forwarding", "lvs_topology_plan"),
    *("lvs_topology_picture", "lvs_preflight_changes", "lvs_preflight_results"),
)

_MOST_HOSTS_NAMED = 3
_NEAR = 0.6
_BY_TYPE = {
    "bool": "true or false",
    "dict": "a mapping",
    "int": "a whole number",
    "list": "a list",
    "str": "a text",
}


def check_variables(farm: Farm) -> None:
    """What is of no use to the plan is probably a slip; what a role would refuse is refused before any host changes."""
    _check_names(farm)
    _check_templates(farm)
    _check_services(farm)
    _check_values(farm, "director", set(farm.directors))
    _check_values(farm, "realserver", {*farm.realservers, *farm.inventory.members(REALSERVERS)})


@functools.cache
def known_variables() -> frozenset[str]:
    """Every variable that an inventory or a command line can set."""
    specified = [read(role) for role in ROLES for read in (role_options.of_role, role_options.of_inventory)]
    return frozenset((*(name for options in specified for name in options), *HOST_VARIABLES, *OF_PLAYBOOKS))


def _check_names(farm: Farm) -> None:
    inventory = farm.inventory
    machines = {*farm.directors, *farm.realservers, *inventory.members(REALSERVERS), *inventory.members(CLIENTS)}
    for name in sorted(inventory.written.keys() - known_variables() - set(OF_A_RUN)):
        hosts = inventory.written[name].keys()
        if not machines.isdisjoint(hosts):
            path, where = _place(inventory, name, hosts)
            farm.findings.add("variable-unknown", path, None, _meant(name), where=where)


def _check_services(farm: Farm) -> None:
    """Ansible gives each host its own list where groups differ, and only one of them would be planned."""
    written = farm.inventory.written.get(SERVICES, {})
    seeing = sorted({*farm.directors, *farm.inventory.members(REALSERVERS)}.intersection(written))
    for host in seeing[1:]:
        if written[host] is not written[seeing[0]] and written[host] != written[seeing[0]]:
            words = {"host": show_name(seeing[0]), "other": show_name(host)}
            farm.findings.add("services-differ", SERVICES, None, **words)
            return


def check_seen(inventory: Inventory, given: object, findings: Findings) -> bool:
    """Whether the list of services is not one that only others than the directors have."""
    having = {host for host, listed in inventory.written.get(SERVICES, {}).items() if listed is not None}
    unseen = given is None and bool(having) and having.isdisjoint(inventory.members(DIRECTORS))
    if unseen:
        findings.add("services-unseen", SERVICES, None, where=_place(inventory, SERVICES, having)[1])
    return not unseen


def _check_templates(farm: Farm) -> None:
    """Also of hosts of which the plan reads nothing else, as there is no service yet that could be read."""
    machines = {*farm.directors, *farm.inventory.members(REALSERVERS)}
    for name in HOST_VARIABLES:
        for host, written in farm.inventory.written.get(name, {}).items():
            if host in machines and may_lack(written):
                farm.inventory.variable(host, name)


def _place(inventory: Inventory, name: str, hosts: t.Collection[str]) -> tuple[str, str]:
    """Where a variable stands: Ansible tells who has it, and a group that has it is one whose hosts all have it."""
    first = min(hosts)
    if len(hosts) == 1:
        return host_path(first, name), show_name(first)
    groups = sorted(group for group, members in inventory.groups.items() if hosts == set(members))
    if groups:
        group = "all" if "all" in groups else groups[0]
        where = "all hosts" if group == "all" else f"the group {show_name(group)}"
        return f"groups.{show_name(group)}.{name}", where
    named = [show_name(host) for host in sorted(hosts)]
    if len(named) > _MOST_HOSTS_NAMED:
        named[_MOST_HOSTS_NAMED - 1 :] = [f"{len(named) - _MOST_HOSTS_NAMED + 1} more"]
    return host_path(first, name), one_of(named).replace(" or ", " and ")


def _meant(name: str) -> str:
    """What comes nearest behind the prefix, for that is what people mix up as well."""
    prefix, _underscore, rest = name.partition("_")
    if rest in SERVICE_KEYS | MEMBER_KEYS:
        return f" Did you mean the key {rest} in lvs_services?"
    longer = sorted(known for known in known_variables() if known.startswith(prefix) and known.endswith(f"_{rest}"))
    if longer:
        return f" Did you mean {one_of(longer)}?"

    def likeness(known: str) -> tuple[float, bool, float]:
        own, _underscore, other = known.partition("_")
        close = difflib.SequenceMatcher(None, rest, other).ratio()
        return close, own == prefix, difflib.SequenceMatcher(None, name, known).ratio()

    best = max(sorted(known_variables()), key=likeness)
    return f" Did you mean {best}?" if likeness(best)[0] >= _NEAR else ""


def _check_values(farm: Farm, role: str, hosts: set[str]) -> None:
    inventory = farm.inventory
    for name, option in role_options.of_role(role).items():
        refused: dict[str, tuple[object, list[str]]] = {}
        for host in sorted(hosts.intersection(inventory.written.get(name, ()))):
            value = inventory.role_value(host, name)
            if value is not None and ArgumentSpecValidator({name: option}).validate({name: value}).error_messages:
                refused.setdefault(show(value), (value, []))[1].append(host)
        for value, having in refused.values():
            path, _where = _place(inventory, name, set(having))
            near = did_you_mean(value, option.get("choices", ()))
            farm.findings.add("role-value-invalid", path, value, near, role=role, values=_values(option))


def _values(option: dict[str, t.Any]) -> str:
    return one_of(option["choices"]) if "choices" in option else _BY_TYPE[option["type"]]
