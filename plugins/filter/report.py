# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter `linuxvirtualserver.lvs.report`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Writes the findings of a plan for people
version_added: 1.0.0
description:
  - Takes a plan and writes its findings, errors first, one block each, with the item, what is wrong with which value,
    the cure, the finding's id and the section of the LVS mini-HOWTO that explains it.
  - Findings of one kind are one block, which names the other items or, of many, the first of them. With C(-v) all of
    them are said.
  - All ids are in C(docs/findings.md) of the collection.
options:
  _input:
    description:
      - A plan as P(linuxvirtualserver.lvs.plan#filter) returns it.
    type: dict
    required: true
  hints:
    description:
      - Whether to write hints as well, which are worth knowing although nothing is wrong.
    type: bool
    default: false
seealso:
  - plugin: linuxvirtualserver.lvs.plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what the plan found
  ansible.builtin.debug:
    msg: "{{ lvs_plan | linuxvirtualserver.lvs.report | split('\n') }}"
"""

RETURN = r"""
_value:
  description:
    - The text, several lines.
  type: str
  sample: |-
    1 error in the inventory.

    ERROR lvs_services[0].scheduler: is not a scheduler (got 'wlcc').
      Fix: Use dh, fo, lblc, lblcr, lc, mh, nq, ovf, rr, sed, sh, twos, wlc or wrr. Did you mean wlc?
      [scheduler-unknown]
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.screen import is_whole
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules import report as rules_report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert

_NAME = "linuxvirtualserver.lvs.report"


def report(plan: object, hints: bool = False) -> str:
    """The findings of a plan as text."""
    findings = plan.get("findings") if isinstance(plan, t.Mapping) else None
    if not isinstance(findings, list):
        cure = "is none. Pass the result of the filter: lvs_services | linuxvirtualserver.lvs.plan(groups, hostvars)."
        raise AnsibleFilterError(f"{_NAME}: {LvsError('the plan', None, cure)}")
    return rules_report.report(findings, hints, is_whole())


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return inert({"report": report})
