# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter `linuxvirtualserver.lvs.questions`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: questions
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Says what to ask a host of an LVS about its health
version_added: 1.0.0
description:
  - Answers with the arguments of M(linuxvirtualserver.lvs.lvs_evidence) for one host of a plan.
positional: host, symptom, probe
options:
  _input:
    description:
      - A plan as P(linuxvirtualserver.lvs.plan#filter) returns it.
    type: dict
    required: true
  host:
    description:
      - The name of the host.
    type: str
    required: true
  symptom:
    description:
      - As for P(linuxvirtualserver.lvs.diagnose#filter).
    type: str
    choices: ['', refused, hangs, slow_at_first, always_the_same_realserver]
    default: ''
  probe:
    description:
      - Whether hosts may ask the network. Clients then ask by ARP who has each VIP and make one connection to each TCP
        service, and for V(slow_at_first) realservers ask their name servers for the name of a client.
    type: bool
    default: true
seealso:
  - plugin: linuxvirtualserver.lvs.diagnose
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Look at each host
  linuxvirtualserver.lvs.lvs_evidence: "{{ lvs_plan | linuxvirtualserver.lvs.questions(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description:
    - The arguments.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.words import one_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor import doctor
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.rules import SYMPTOMS

_NAME = "linuxvirtualserver.lvs.questions"


def questions(plan: object, host: str, symptom: str = "", probe: bool = True) -> dict[str, t.Any]:
    """What to ask a host of this plan."""
    if not isinstance(plan, t.Mapping) or not {"hosts", "clients"} <= plan.keys():
        raise AnsibleFilterError(
            f"{_NAME}: this is no plan. Pass the result of the filter linuxvirtualserver.lvs.plan."
        )
    if symptom and symptom not in SYMPTOMS:
        raise AnsibleFilterError(f"{_NAME}: symptom: {symptom!r} is not known. Use {one_of(SYMPTOMS)}.")
    return doctor.questions(plan, host, symptom, probe)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return {"questions": questions}
