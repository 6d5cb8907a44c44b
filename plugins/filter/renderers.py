# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that write tables and plans in the formats of other programs."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import netmask_length, parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    render_keepalived,
    render_ldirectord,
    render_lvs_conf,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert

_COLLECTION = "linuxvirtualserver.lvs"


def to_ipvsadm(services: object) -> str:
    """The lines that `ipvsadm -R` takes, thresholds included."""
    return "".join(f"{line}\n" for line in listing(_table("to_ipvsadm", services)))


def to_keepalived(services: object) -> str:
    """The virtual servers of a keepalived.conf."""
    return render_keepalived.render(_table("to_keepalived", services))


def to_ldirectord(services: object) -> str:
    """The virtual services of a ldirectord.cf."""
    return render_ldirectord.render(_table("to_ldirectord", services))


def to_script(plan: object, host: str) -> str:
    """What the plan makes of a host, as a shell script to read."""
    checked = _plan("to_script", plan)
    if host not in checked["hosts"]:
        known = ", ".join(map(str, checked["hosts"])) or "none"
        raise _refused("to_script", LvsError("host", host, f"is not a host of this plan. Use one of these: {known}."))
    # Ansible reads all filters of a collection before it uses one, and this one alone speaks for ten Unixes.
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import render_script

    return _said("to_script", lambda: render_script.render(checked, host))


def to_lvs_conf(plan: object, device: str = "eth0", netmask: str = "255.255.255.0") -> str:
    """The plan as a file of the HOWTO's configure script."""
    length = netmask_length(netmask, "ipv4")
    if length is None:
        cure = "is not a netmask. Use one such as 255.255.255.0 or 24."
        raise _refused("to_lvs_conf", LvsError("netmask", netmask, cure))
    checked = _plan("to_lvs_conf", plan)
    return _said("to_lvs_conf", lambda: render_lvs_conf.render(checked, device, length))


def _table(name: str, services: object) -> Table:
    try:
        return parse_table(services)
    except LvsError as error:
        raise _refused(name, error) from error


def _plan(name: str, plan: object) -> t.Mapping[str, t.Any]:
    if not isinstance(plan, t.Mapping) or not isinstance(plan.get("hosts"), t.Mapping):
        cure = "is none. Pass the result of the filter: lvs_services | linuxvirtualserver.lvs.plan(groups, hostvars)."
        raise _refused(name, LvsError("the plan", None, cure))
    return plan


def _said(name: str, render: t.Callable[[], str]) -> str:
    try:
        return render()
    except LvsError as error:
        raise _refused(name, error) from error


def _refused(name: str, error: LvsError) -> AnsibleFilterError:
    return AnsibleFilterError(f"{_COLLECTION}.{name}: {error}")


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return inert(
            {
                "to_ipvsadm": to_ipvsadm,
                "to_keepalived": to_keepalived,
                "to_ldirectord": to_ldirectord,
                "to_lvs_conf": to_lvs_conf,
                "to_script": to_script,
            }
        )
