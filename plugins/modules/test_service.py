#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: test_service
short_description: Internal, a tiny service to test an LVS with
version_added: 1.0.0
description:
  - Starts or stops a service of this collection's own on a realserver. It says which realserver it is and sends back
    what it gets.
  - With it an LVS is tested before its real services are up, as the HOWTO tests with telnet first.
  - It answers only clients that know O(token), and ends by itself after O(seconds).
  - While it runs, C(/run/lvs-test-service.json) says its process, or, of an LVS with a name,
    C(/run/lvs-test-service-NAME.json).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._internal
attributes:
  idempotent:
    support: partial
    details:
      - What was O(state=started) is started anew by the next task, which may have another O(token).
options:
  lvs_name:
    description:
      - The name of the LVS that it is for. Those of other LVS on this host are left alone.
    type: str
    default: lvs
  state:
    description:
      - Whether it runs.
    type: str
    choices: [started, stopped]
    default: started
  name:
    description:
      - What it calls itself. Required with O(state=started).
    type: str
  listen:
    description:
      - Where it listens. The addresses need not be there yet.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: The VIP with forwarding dr and tun, the RIP with nat.
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
  token:
    description:
      - What a client must know. Required with O(state=started).
    type: str
  seconds:
    description:
      - After how many seconds it ends by itself.
    type: int
    default: 120
requirements:
  - Linux
seealso:
  - module: linuxvirtualserver.lvs.client_probe
"""

EXAMPLES = r"""
- name: Test with a service of our own
  block:
    - name: Start it
      linuxvirtualserver.lvs.test_service:
        name: "{{ inventory_hostname }}"
        listen:
          - address: 192.168.1.110
            port: 61000
        token: "{{ lookup('ansible.builtin.password', '/dev/null', seed=ansible_play_name) }}"
  always:
    - name: Stop it
      linuxvirtualserver.lvs.test_service:
        state: stopped
"""

RETURN = r"""
before:
  description: Where it listened, empty when it did not run.
  returned: success
  type: list
  elements: str
  sample: []
after:
  description: Where it listens, or in check mode would.
  returned: success
  type: list
  elements: str
  sample: [tcp 192.168.1.110:61000]
commands:
  description: What was done, in words, for there is no command that does it.
  returned: success
  type: list
  elements: str
  sample: ["listen on tcp 192.168.1.110:61000 for 120 s"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.test_service import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.claims import NAME


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "lvs_name": {"type": "str", "default": NAME},
            "state": {"type": "str", "choices": ["started", "stopped"], "default": "started"},
            "name": {"type": "str"},
            "listen": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "required": True},
                    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
                },
            },
            "token": {"type": "str", "no_log": True},
            "seconds": {"type": "int", "default": 120},
        },
        required_if=[("state", "started", ("name", "token"))],
        supports_check_mode=True,
    )
    finish(module, Host(), lambda _host: run(module))


if __name__ == "__main__":
    main()
