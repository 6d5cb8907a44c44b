# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter `linuxvirtualserver.lvs.services_from_survey`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: services_from_survey
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Adds the service that a survey asked for to the services of an LVS
version_added: 1.0.0
description:
  - A survey of AWX, or C(--extra-vars key=value), gives words and numbers, but C(lvs_services) is a list of mappings.
    This filter makes services of the answers and adds them to those of the inventory.
  - Values are not judged here. The filter P(linuxvirtualserver.lvs.plan#filter) says what is wrong with them.
  - The playbook C(linuxvirtualserver.lvs.site) uses it with the variables C(lvs_survey_vip), C(lvs_survey_ports),
    C(lvs_survey_protocol), C(lvs_survey_forwarding), C(lvs_survey_scheduler), C(lvs_survey_persistence),
    C(lvs_survey_realservers) and C(lvs_survey_name). The filter is internal to the playbooks of this collection and
    may change in any release; these variables do not.
positional: answers, groups
options:
  _input:
    description:
      - The services of the inventory, or V(null).
    type: list
    elements: dict
    required: true
  answers:
    description:
      - The answers by their questions. An empty answer counts as none. Without an answer to C(vip) nothing is added.
      - C(vip), C(protocol), C(forwarding), C(scheduler) and C(persistence) are as in C(lvs_services).
      - C(ports) are one or several ports, with blanks, commas or line breaks between them, V(http) by default. Each is
        a service.
      - C(realservers) is one group, or hosts with blanks or line breaks between them, each as V(web1), V(web1:8080) or
        V(web1:8080,2) with a weight, which is the spelling of the SERVICE lines in the LVS mini-HOWTO.
      - C(name) is followed by the port when there are several.
    type: dict
    required: true
  groups:
    description:
      - Ansible's own variable C(groups), which tells a group from a host.
    type: dict
    required: true
seealso:
  - plugin: linuxvirtualserver.lvs.plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Plan the services of the inventory and the one that was asked for
  ansible.builtin.set_fact:
    lvs_plan: >-
      {{ lvs_services | default(none)
         | linuxvirtualserver.lvs.services_from_survey({'vip': '192.168.1.110', 'ports': 'http, https'}, groups)
         | linuxvirtualserver.lvs.plan(groups, hostvars) }}
"""

RETURN = r"""
_value:
  description:
    - The services. Without answers they are what went in, V(null) included.
  type: list
  elements: dict
  sample:
    - vip: 192.168.1.110
      port: http
    - vip: 192.168.1.110
      port: https
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.survey import services_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert

_NAME = "linuxvirtualserver.lvs.services_from_survey"


def services_from_survey(services: object, answers: object, groups: object) -> object:
    """The services with those of the survey after them."""
    for argument, value in (("answers", answers), ("groups", groups)):
        if not isinstance(value, t.Mapping):
            cure = f"Pass a mapping: lvs_services | {_NAME}({{'vip': lvs_survey_vip}}, groups)."
            wrong = LvsError(argument, None, f"is of type {type(value).__name__}. {cure}")
            raise AnsibleFilterError(f"{_NAME}: {wrong}")
    try:
        added = services_of(t.cast("t.Mapping[str, object]", answers), t.cast("t.Mapping[str, object]", groups))
    except LvsError as error:
        raise AnsibleFilterError(f"{_NAME}: {error}") from error
    if not added:
        return services
    # What is no list stays what it is, for the plan to refuse.
    return [*(services or ()), *added] if services is None or isinstance(services, (list, tuple)) else services


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return inert({"services_from_survey": services_from_survey})
