#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_claims
short_description: Internal, says what other LVS have on a host, and what cannot be had beside it
version_added: 1.0.0
description:
  - Two LVS may share a host. Each module that sets something up writes down for which of them it does, see
    C(lvs_name) of M(linuxvirtualserver.lvs.ipvs_table). This one reads that before anything is touched.
  - Says what this LVS is to have and another one has otherwise, whose that is, who set it up and when.
  - Changes nothing.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._internal
  - linuxvirtualserver.lvs._lvs
options:
  claims:
    description:
      - What the plan says that this LVS will ask of the host.
    type: dict
    default: {}
seealso:
  - module: linuxvirtualserver.lvs.ipvs_table
"""

EXAMPLES = r"""
- name: Look what other LVS have on this host
  linuxvirtualserver.lvs.lvs_claims:
    lvs_name: web
    claims:
      service tcp 192.168.1.110:80: web
      vip 192.168.1.110: eth0
"""

RETURN = r"""
checked:
  description: Whether keepalived keeps the table of this LVS here.
  returned: success
  type: bool
  sample: false
others:
  description: The other LVS of this host, each in words as well.
  returned: success
  type: list
  elements: dict
  sample:
    - name: mail
      services: 2
      vips: [192.168.1.120]
      text: mail (2 services; set up by alice from 10.0.0.1 on 2026-11-24 09:30 UTC)
services:
  description: The virtual services of each LVS of this host, this one among them.
  returned: success
  type: dict
  sample:
    mail: [tcp 192.168.1.120:25]
problems:
  description: What cannot be had, all at once; a sentence each, with what to do.
  returned: success
  type: list
  elements: str
  sample: []
staying:
  description:
    - Why this LVS would leave here what it has when it went. Those of RV(problems) that say under which other name the
      host knows it, and what is known from before LVS had names.
  returned: success
  type: list
  elements: str
  sample: []
adopted:
  description:
    - The name under which the host knows this LVS and which it is to take over, as O(lvs_adopt) says.
    - Without O(lvs_adopt), V(lvs) where all that was set up before LVS had names is what this one wants.
    - Empty when there is nothing to take over.
  returned: success
  type: str
  sample: ""
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.lvs_claims import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "claims": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    finish(module, Host(), lambda host: run(module, host))


if __name__ == "__main__":
    main()
