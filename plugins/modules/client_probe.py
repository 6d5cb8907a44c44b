#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: client_probe
short_description: Internal, asks virtual services as a client does
version_added: 1.0.0
description:
  - Opens connections to virtual services from this host, talks to each, and notes what became of it, how fast, and
    whether what was sent came back whole.
  - The connections of one service are all open at the same time, as those of many users are, because schedulers look at
    the connections that there are.
  - Notes, too, which machine this host takes for a VIP, by its neighbour entry and, as root on Linux, by asking with
    ARP.
  - Made for C(playbooks/verify.yml), which puts it together with what the directors saw.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._internal
options:
  probes:
    description:
      - What to ask.
    type: list
    elements: dict
    required: true
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
        description:
          - How to talk to the service.
          - With V(connect) the connection is all. With V(greeting) the service speaks first, as telnet does.
          - With V(http) and V(https) the page C(/) is fetched. Nobody's certificate is checked.
          - With V(echo) the service sends back what it gets, perhaps after a greeting.
          - With V(dns) a name server is asked for the name servers of the root.
          - With V(datagram) one datagram is sent, which the service may answer or not.
          - With V(test) it is the service that M(linuxvirtualserver.lvs.test_service) starts.
        type: str
        choices: [connect, datagram, dns, echo, greeting, http, https, test]
        default: connect
      connections:
        description: How many connections to open.
        type: int
        default: 1
      payload:
        description: How many bytes to send with V(echo) and V(test); over UDP not more than fit into one packet.
        type: int
        default: 65536
  timeout:
    description:
      - How many seconds to wait for a connection, and then for each thing that the service says.
    type: float
    default: 5
  token:
    description:
      - What the test service was told to expect.
    type: str
    default: ''
  neighbours:
    description:
      - The VIPs of which to say which machine this host takes for them.
    type: list
    elements: str
    default: []
  inside:
    description:
      - By address, whose it is, of all machines that belong to the LVS.
      - When this host has one of these addresses it is no client, and the module fails. The director and the
        realservers cannot use the virtual services.
    type: dict
    default: {}
seealso:
  - module: linuxvirtualserver.lvs.ipvs_trial
  - module: linuxvirtualserver.lvs.test_service
"""

EXAMPLES = r"""
- name: Fetch a page eight times
  linuxvirtualserver.lvs.client_probe:
    probes:
      - address: 192.168.1.110
        port: 80
        way: http
        connections: 8
    neighbours: [192.168.1.110]
  register: asked
"""

RETURN = r"""
results:
  description: What became of each of the O(probes), in their order.
  returned: success and not in check mode
  type: list
  elements: dict
  contains:
    connections:
      description:
        - One for each connection, with its own address and port (C(client), C(client_port)) and its C(outcome).
        - The C(outcome) is V(answered), V(refused), V(timeout) when it did not open, V(silent) when it opened and
          nothing came, V(stuck) when it began and did not finish in time, V(cut), V(unreachable) or V(error), with the
          system's words in C(problem).
        - C(connected) and C(first_byte) are seconds since its beginning. C(answer) is the first line of the answer,
          C(bytes) counts what came, and C(whole) says whether it came back whole, if that can be said.
      type: list
      elements: dict
      sample:
        - client: 192.168.1.254
          client_port: 41714
          outcome: answered
          connected: 0.0006
          first_byte: 0.0011
          answer: realserver1
          bytes: 243
          whole: true
          problem: ''
addresses:
  description: The addresses of this host from which it asked.
  returned: success and not in check mode
  type: list
  elements: str
  sample: [192.168.1.254]
neighbours:
  description: Each of the O(neighbours), in their order.
  returned: success and not in check mode
  type: list
  elements: dict
  contains:
    address:
      description: The VIP.
      type: str
    mac:
      description: The MAC in the neighbour entry of this host, V(null) when it has none.
      type: str
      sample: 02:00:00:00:00:09
    answering:
      description: Every MAC that answers for it, V(null) when this host could not ask.
      type: list
      elements: str
      sample: [02:00:00:00:00:09]
    problem:
      description: Why nothing can be known of it, empty otherwise.
      type: str
      sample: it is behind the router 192.168.2.254
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.client_probe import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.talk import WAYS


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "probes": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "required": True},
                    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
                    "way": {"type": "str", "choices": list(WAYS), "default": "connect"},
                    "connections": {"type": "int", "default": 1},
                    "payload": {"type": "int", "default": 65536},
                },
            },
            "timeout": {"type": "float", "default": 5.0},
            "token": {"type": "str", "default": "", "no_log": True},
            "neighbours": {"type": "list", "elements": "str", "default": []},
            "inside": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except LvsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
