# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter `linuxvirtualserver.lvs.topology`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: topology
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Draws the LVS that a plan describes
version_added: 1.0.0
description:
  - Takes a plan and draws who connects to which VIP, which director forwards where, by which method, and which way the
    replies take.
  - The same plan gives the same picture.
options:
  _input:
    description:
      - A plan as P(linuxvirtualserver.lvs.plan#filter) returns it.
    type: dict
    required: true
  style:
    description:
      - How to draw.
      - V(ascii) is a tree for a terminal, V(mermaid) is for GitHub and other pages that draw Mermaid, V(dot) is for
        Graphviz (C(dot -Tsvg)).
    type: str
    choices: [ascii, mermaid, dot]
    default: ascii
seealso:
  - plugin: linuxvirtualserver.lvs.plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the LVS
  ansible.builtin.debug:
    msg: "{{ lvs_plan | linuxvirtualserver.lvs.topology | split('\n') }}"

- name: Write the LVS for Graphviz
  ansible.builtin.copy:
    content: "{{ lvs_plan | linuxvirtualserver.lvs.topology(style='dot') }}"
    dest: lvs.dot
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description:
    - The picture, several lines.
  type: str
  sample: |-
    client    client (192.168.1.254)
      |
      |       CIP -> VIP 192.168.1.110
      v
    director  director (192.168.1.9)
      |
      |  telnet  tcp 192.168.1.110:23  rr
      |  http    tcp 192.168.1.110:80  rr
      |
      +--dr-->  realserver1  192.168.1.11  weight 1  --> 192.168.1.254 --> client
      +--dr-->  realserver2  192.168.1.12  weight 1  --> 192.168.1.254 --> client

    network  192.168.1.0/24  client, director, realserver1, realserver2, VIP 192.168.1.110
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.words import one_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.topology import PICTURES
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.vaulted import Vault

_NAME = "linuxvirtualserver.lvs.topology"


def topology(plan: object, style: str = "ascii") -> str:
    """The picture of a plan."""
    if not isinstance(plan, t.Mapping) or not {"hosts", "networks", "clients", "names"} <= plan.keys():
        cure = "is none. Pass the result of the filter: lvs_services | linuxvirtualserver.lvs.plan(groups, hostvars)."
        raise AnsibleFilterError(f"{_NAME}: {LvsError('the plan', None, cure)}")
    if style not in PICTURES:
        raise AnsibleFilterError(f"{_NAME}: {LvsError('style', style, f'is not known. Use {one_of(PICTURES)}.')}")
    picture: str = Vault(plan.get("vaulted", ())).hide(PICTURES[style](plan))
    return picture


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return inert({"topology": topology})
