# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter `linuxvirtualserver.lvs.plan`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: plan
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Works out what every director and realserver of an LVS must be
version_added: 1.0.0
description:
  - Reads the services and the inventory and answers with one plan for all hosts, so that directors and realservers
    cannot disagree.
  - It needs nothing but the inventory. No host is contacted. Of facts that were gathered or are cached it reads the
    system, where C(lvs_system) does not say it, and the prefixes of the host's own addresses, for warnings alone.
  - What is wrong is not raised but returned, all at once, in the key C(findings) of the result. As long as one of the
    findings is an error, C(hosts) is empty, so nothing can be done with a plan that was refused.
    The filter P(linuxvirtualserver.lvs.report#filter) writes the findings for people.
  - The same inventory gives the same plan, whatever the order of its groups and keys.
positional: groups, hostvars
options:
  _input:
    description:
      - The services of the LVS, a list of mappings. V(null) stands for an inventory that does not say.
      - O(linuxvirtualserver.lvs.director#role:inventory:lvs_services) explains the keys.
    type: list
    elements: dict
    required: true
  groups:
    description:
      - Ansible's own variable C(groups).
      - The groups C(directors), C(realservers) and C(clients) have a meaning; others can be pools.
    type: dict
    required: true
  hostvars:
    description:
      - Ansible's own variable C(hostvars).
      - Read are C(ansible_host), C(ansible_facts), and the variables that the entry points C(inventory) of the roles
        P(linuxvirtualserver.lvs.director#role) and P(linuxvirtualserver.lvs.realserver#role) describe. C(docs/model.md)
        of the collection explains them.
    type: dict
    required: true
  vaulted:
    description:
      - Whether the plan has the values that the inventory keeps in a vault.
      - Without it they are hidden, so that the plan can be shown. The roles need them, and so do filters that write a
        configuration, in a task with C(no_log).
    type: bool
    default: false
requirements:
  - netaddr (Python library on the controller)
seealso:
  - plugin: linuxvirtualserver.lvs.report
    plugin_type: filter
  - plugin: linuxvirtualserver.lvs.topology
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Work out the plan once for all hosts
  ansible.builtin.set_fact:
    lvs_plan: "{{ lvs_services | linuxvirtualserver.lvs.plan(groups, hostvars) }}"
  run_once: true

- name: Refuse a faulty inventory before any host is touched
  ansible.builtin.assert:
    that: lvs_plan.findings | selectattr('severity', 'eq', 'error') | length == 0
    fail_msg: "{{ lvs_plan | linuxvirtualserver.lvs.report }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - The plan.
  type: dict
  contains:
    findings:
      description:
        - Everything that is wrong with the inventory, errors first.
      type: list
      elements: dict
      contains:
        id:
          description: The name of this kind of finding, which stays the same from release to release.
          type: str
          sample: scheduler-unknown
        severity:
          description:
            - An V(error) refuses the inventory, a V(warning) is legal but probably not meant, a V(hint) is worth
              knowing.
          type: str
        path:
          description: Where it is.
          type: str
          sample: lvs_services[0].scheduler
        value:
          description: What was found there, or a picture of it.
          type: raw
          sample: wlcc
        message:
          description: What is wrong, in one sentence that contains the value.
          type: str
          sample: "'wlcc' is not a scheduler."
        cure:
          description: What to do about it.
          type: str
        howto:
          description: The section of the LVS mini-HOWTO that explains it, or an empty string.
          type: str
          sample: "3.11"
    hosts:
      description:
        - By host name, what the host must be. Empty when there is an error among the findings.
        - A host has the key C(director), with its C(dips), C(vips), the C(addresses) to add, its part in the
          C(failover) of several directors (V(null) for one director), the C(neighbours) that it talks to from a DIP,
          its C(gateways) and why, the C(kernel_modules), C(sysctls), the C(localnode) decision, the C(marks) that
          packets must get, the C(marks) and C(snat) that its C(firewall) is asked for, all in the form that
          M(linuxvirtualserver.lvs.firewall_rules) takes, the C(services) of its table in the form that
          M(linuxvirtualserver.lvs.ipvs_table) takes, and the C(probes) by which it looks at realservers that nobody
          logs in to, in the form that M(linuxvirtualserver.lvs.realserver_probe) takes.
        - A host has the key C(realserver), with its C(system), whether it is C(managed), its C(rips), C(vips), the
          C(addresses) to add and where, whether it must hide them from ARP (C(arp_hide)), the DIPs of the C(directors)
          that must be its neighbours because they forward to it by C(dr), the C(forwarding) methods,
          its C(tunnels) and the C(sysctls) for them, in the form that M(linuxvirtualserver.lvs.tunnel_decap) takes, and
          the C(kernel_modules) that they need, its C(gateways) and why, C(routes) for the replies of a VIP where they
          differ, in the form that M(linuxvirtualserver.lvs.vip_route) takes, and the C(checks) that its services must
          pass.
        - C(gateway) is the address of the first of the C(gateways), V(null) when the inventory says none.
      type: dict
    order:
      description:
        - The steps in their order, each with its role and hosts. A step is finished on all its hosts before the next
          begins.
      type: list
      elements: dict
      sample:
        - role: realserver
          step: arp
          hosts: [realserver1, realserver2]
    vaulted:
      description:
        - The texts that the inventory keeps in a vault, hidden themselves unless O(vaulted=true). No finding has them.
      type: list
      elements: str
      sample: []
    aliases:
      description:
        - Hosts without a part in this LVS whose address (C(ansible_host), or their name) is that of one of its
          machines, and the name of that machine. What was set up there is not theirs, so it is not taken away from
          them.
      type: dict
      sample:
        web1-console: realserver1
    networks:
      description:
        - The networks that the inventory names, and the hosts, VIPs and gateways on each as far as it says.
      type: list
      elements: dict
    clients:
      description:
        - The address of each host in the group C(clients), V(null) when the inventory does not say.
      type: dict
    names:
      description:
        - The names of the services that have one, by protocol, address and port or by fwmark.
      type: dict
      sample:
        tcp 192.168.1.110:80: http
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import port_number
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.addresses import HAS_NETADDR
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.vaulted import Vault

_NAME = "linuxvirtualserver.lvs.plan"


def plan(services: object, groups: object, hostvars: object, vaulted: bool = False) -> dict[str, t.Any]:
    """The plan for these services in this inventory; with what is in a vault only where that is asked for."""
    if not HAS_NETADDR:
        cure = "Install it for the Python that runs ansible-playbook, such as Debian's package python3-netaddr."
        missing = LvsError("netaddr", None, f"is missing on the controller. {cure}")
        raise AnsibleFilterError(f"{_NAME}: {missing}")
    for argument, value in (("groups", groups), ("hostvars", hostvars)):
        if not isinstance(value, t.Mapping):
            cure = f"Pass Ansible's own variable {argument}: lvs_services | {_NAME}(groups, hostvars)."
            wrong = LvsError(argument, None, f"is of type {type(value).__name__}. {cure}")
            raise AnsibleFilterError(f"{_NAME}: {wrong}")
    vault = Vault()
    planned = make_plan(services, groups, hostvars, port_number, plain=vault.plain)
    vault.plain(_services_of_a_host(hostvars))
    planned["vaulted"] = vault.texts
    return {**planned, "findings": vault.hide(planned["findings"])} if vaulted else vault.hide(planned)


def _services_of_a_host(hostvars: object) -> object:
    """Before ansible-core 2.19 services that came through a template have lost the marks of a vault; these have not."""
    variables = next(iter(hostvars.values()), None) if isinstance(hostvars, t.Mapping) else None
    return variables.get("lvs_services") if isinstance(variables, t.Mapping) else None


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return inert({"plan": plan})
