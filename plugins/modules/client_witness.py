#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: client_witness
short_description: Internal, a client that goes on asking and counts what became of it
version_added: 1.0.0
description:
  - Asks virtual services from this host, one after the other, many times a second, while something is done to the LVS.
  - It runs in the background until it is stopped, or until O(seconds) are over. Meanwhile C(/run/lvs-witness.json) says
    its process and C(/run/lvs-witness-counts.json) what it counted; of an LVS with a name these are
    C(/run/lvs-witness-NAME.json) and C(/run/lvs-witness-counts-NAME.json).
  - Made for C(playbooks/rolling.yml).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._internal
attributes:
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - What was O(state=started) is started anew by the next task, and counts from the beginning.
options:
  lvs_name:
    description:
      - The name of the LVS that it is for. Those of other LVS on this host are left alone.
    type: str
    default: lvs
  state:
    description:
      - Whether to start it, to read what it counted so far, or to read that and stop it.
    type: str
    choices: [started, read, stopped]
    required: true
  probes:
    description:
      - What to ask, in the form that M(linuxvirtualserver.lvs.client_probe) takes. Needed with O(state=started).
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: The VIP.
        type: str
        required: true
      port:
        description: The port.
        type: int
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp]
        default: tcp
      way:
        description: How to talk to the service.
        type: str
        choices: [connect, datagram, dns, echo, greeting, http, https, test]
        default: connect
      connections:
        description: Not used; each request is one connection.
        type: int
        default: 1
      payload:
        description: How many bytes to send with V(echo).
        type: int
        default: 1024
  rate:
    description:
      - How many requests to make in a second, of all O(probes) together.
    type: int
    default: 20
  timeout:
    description:
      - How many seconds to wait for a connection, and then for each thing that the service says.
    type: float
    default: 3
  seconds:
    description:
      - After how many seconds it ends by itself.
    type: int
    default: 86400
requirements:
  - Linux
seealso:
  - module: linuxvirtualserver.lvs.client_probe
"""

EXAMPLES = r"""
- name: Fetch a page twenty times a second from now on
  linuxvirtualserver.lvs.client_witness:
    state: started
    probes:
      - address: 192.168.1.110
        port: 80
        way: http

- name: See what became of it
  linuxvirtualserver.lvs.client_witness:
    state: stopped
  register: witness
"""

RETURN = r"""
before:
  description: What it asked for, empty when it did not run.
  returned: success
  type: list
  elements: str
  sample: [tcp 192.168.1.110:80]
after:
  description: What it asks for, or in check mode would.
  returned: success
  type: list
  elements: str
  sample: []
commands:
  description: What was done, in words, for there is no command that does it.
  returned: success
  type: list
  elements: str
  sample: [ask for tcp 192.168.1.110:80 no more]
asked:
  description: How many requests it had made.
  returned: success
  type: int
  sample: 1204
outcomes:
  description: How many of them had which outcome, in the words of M(linuxvirtualserver.lvs.client_probe).
  returned: success
  type: dict
  sample: {answered: 1203, refused: 1}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.client_witness import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.talk import WAYS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.claims import NAME


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "lvs_name": {"type": "str", "default": NAME},
            "state": {"type": "str", "choices": ["started", "read", "stopped"], "required": True},
            "probes": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "required": True},
                    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
                    "way": {"type": "str", "choices": list(WAYS), "default": "connect"},
                    "connections": {"type": "int", "default": 1},
                    "payload": {"type": "int", "default": 1024},
                },
            },
            "rate": {"type": "int", "default": 20},
            "timeout": {"type": "float", "default": 3.0},
            "seconds": {"type": "int", "default": 86400},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except LvsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
