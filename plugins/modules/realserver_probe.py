#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: realserver_probe
short_description: Internal, asks from a director whether realservers answer and through it
version_added: 1.0.0
description:
  - For realservers of LVS-NAT that nobody logs in to, such as a printer (LVS-mini-HOWTO 3.6). It runs on the director.
  - Opens a connection to each from the director's own address, which shows that it is there and serves. Opens a second
    one from an address of the director on another network (a virtual IP), which it can answer only through its default
    gateway, so that an answer shows that this is the director.
  - Changes nothing.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._internal
options:
  realservers:
    description:
      - Whom to ask.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What to call it in messages.
        type: str
        required: true
      address:
        description: Its own address (RIP).
        type: str
        required: true
      port:
        description: The TCP port of its service.
        type: int
        required: true
      source:
        description:
          - An address of the director on another network than the realserver's.
          - Left out, or when this host does not have it, nothing can be said about the gateway.
        type: str
      gateway:
        description: The gateway that it must have, for messages.
        type: str
  timeout:
    description:
      - How many seconds each answer may take.
    type: int
    default: 5
seealso:
  - module: linuxvirtualserver.lvs.default_gateway
"""

EXAMPLES = r"""
- name: Look whether the printer answers through this director
  linuxvirtualserver.lvs.realserver_probe:
    realservers:
      - name: printer
        address: 10.1.1.9
        port: 9100
        source: 192.168.1.110
        gateway: 10.1.1.1
"""

RETURN = r"""
realservers:
  description:
    - Those that answered. C(gateway_is_right) is V(true) when the answer came through this director, and V(null) when
      that could not be told.
  returned: success
  type: list
  elements: dict
  sample:
    - name: printer
      address: 10.1.1.9
      port: 9100
      gateway_is_right: true
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.realserver import (
    Realserver,
    require_answer,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "realservers": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "required": True},
                    "source": {"type": "str"},
                    "gateway": {"type": "str"},
                },
            },
            "timeout": {"type": "int", "default": 5},
        },
        supports_check_mode=True,
    )
    found, problems = [], []
    for realserver in module.params["realservers"]:
        try:
            found.append(require_answer(Realserver(**realserver), module.params["timeout"]))
        except LvsError as error:
            problems.append(str(error))
    if problems:
        module.fail_json(msg="\n".join(problems))
    module.exit_json(changed=False, realservers=found)


if __name__ == "__main__":
    main()
