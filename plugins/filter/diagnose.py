# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter `linuxvirtualserver.lvs.diagnose`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: diagnose
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Says what is wrong with an LVS, from its plan and the evidence of its hosts
version_added: 1.0.0
description:
  - Compares what each host must be with what it is, and names each fault with its symptom, its cause, the evidence, the
    cure and the section of the LVS mini-HOWTO that explains it, the most probable cause first.
  - It touches no host. The same evidence gives the same diagnosis.
  - What could not be seen never proves a fault. It is listed, and an LVS of which something was not seen is not called
    healthy.
  - All ids are in L(docs/doctor.md, https://github.com/linuxvirtualserver/ansible-lvs/blob/main/docs/doctor.md).
positional: looked, symptom
options:
  _input:
    description:
      - A plan as P(linuxvirtualserver.lvs.plan#filter) returns it.
    type: dict
    required: true
  looked:
    description:
      - By host, the result of M(linuxvirtualserver.lvs.lvs_evidence), also of a host that failed or was unreachable.
    type: dict
    required: true
  symptom:
    description:
      - What a client notices, in the words of the HOWTO's sections 7.6 to 7.10. What explains it comes first, and the
        answer goes through the reasons that the HOWTO gives.
    type: str
    choices: ['', refused, hangs, slow_at_first, always_the_same_realserver]
    default: ''
seealso:
  - module: linuxvirtualserver.lvs.lvs_evidence
  - plugin: linuxvirtualserver.lvs.questions
    plugin_type: filter
  - plugin: linuxvirtualserver.lvs.diagnosis
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Say what is wrong
  ansible.builtin.set_fact:
    diagnosis: "{{ lvs_plan | linuxvirtualserver.lvs.diagnose(looked, symptom='hangs') }}"
"""

RETURN = r"""
_value:
  description:
    - The diagnosis.
  type: dict
  contains:
    healthy:
      description: Whether everything was seen and nothing is wrong.
      type: bool
    findings:
      description: What is wrong, the most probable cause first.
      type: list
      elements: dict
      contains:
        id:
          description: The name of this kind of fault, which stays the same from release to release.
          type: str
          sample: vip-missing-realserver
        rank:
          description: Its place, V(1) for the most probable.
          type: int
        host:
          description: The host at fault.
          type: str
        symptom:
          description: What a client notices.
          type: str
        cause:
          description: What is wrong.
          type: str
        evidence:
          description: What proves it.
          type: list
          elements: str
        cure:
          description: What to do, with the exact command where there is one.
          type: str
        howto:
          description: The section of the LVS mini-HOWTO that explains it, or an empty string.
          type: str
    unseen:
      description: What could not be seen, with C(host), C(what) and C(why).
      type: list
      elements: dict
    section:
      description: What the HOWTO says to the symptom, each of its reasons with the findings it is; V(null) without one.
      type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.words import one_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor import doctor
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.rules import SYMPTOMS

_NAME = "linuxvirtualserver.lvs.diagnose"


def diagnose(plan: object, looked: object, symptom: str = "") -> dict[str, t.Any]:
    """What is wrong with the LVS of this plan."""
    if not isinstance(plan, t.Mapping) or not {"hosts", "clients", "findings"} <= plan.keys():
        raise AnsibleFilterError(
            f"{_NAME}: this is no plan. Pass the result of the filter linuxvirtualserver.lvs.plan."
        )
    if not isinstance(looked, t.Mapping):
        raise AnsibleFilterError(f"{_NAME}: looked: a mapping of hosts to results of lvs_evidence is needed.")
    if symptom and symptom not in SYMPTOMS:
        raise AnsibleFilterError(f"{_NAME}: symptom: {symptom!r} is not known. Use {one_of(SYMPTOMS)}.")
    return doctor.diagnose(plan, looked, symptom)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return {"diagnose": diagnose}
