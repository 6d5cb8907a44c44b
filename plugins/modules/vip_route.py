#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vip_route
short_description: Policy routing for what a realserver sends from a virtual IP
version_added: 1.0.0
description:
  - A realserver that serves with C(nat) and with C(dr) or C(tun) has two masters (LVS-mini-HOWTO 3.12). Its default
    gateway is the director, which drops replies that have the virtual IP (VIP) as their source, so those must go to a
    router.
  - With C(tun) the packets of clients grow on their way from the director. A realserver that announces a smaller
    segment to its TCP clients gets packets that fit, also where a firewall keeps the director's ICMP messages from the
    clients.
  - Both are a matter of what has a VIP as its source. A rule for it leads to a routing table of ours, from 7600 on,
    with the host's own routes, the router as the default route, and the segment to announce. Nothing else on the host
    takes another way, least of all the controller's connection.
  - A way keeps its table, so that no other way is touched when one comes or goes.
  - The host's own routes are copied as they are when the task runs. Run it again when they change.
  - Keeps it over a reboot by what sets up the interface, in files of ours like those of
    M(linuxvirtualserver.lvs.default_gateway), whose names have C(lvs-replies) in them.
  - To undo it by hand, remove those files and the rules with a priority from 7600 on that C(ip rule) lists, and run
    C(ip route flush table 7600).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
  - linuxvirtualserver.lvs._persistent
requirements:
  - Linux with iproute2 4.14 or newer.
  - systemd, OpenRC or sysvinit, if O(persistent=true).
  - Root.
options:
  routes:
    description:
      - The VIPs and their ways. VIPs that are not listed keep theirs, unless O(purge=true).
      - C(routes) of a realserver in the plan can be passed as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description:
          - The VIP.
        type: str
        required: true
      gateway:
        description:
          - The router, on a network of this host.
        type: str
        required: true
      mss:
        description:
          - The TCP segment to announce, V(0) for what the interface has room for.
        type: int
        default: 0
  purge:
    description:
      - Remove the ways of VIPs that are not listed, now and at boot.
      - V(false) keeps them and returns them as RV(left_over).
    type: bool
    default: false
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes rules, routes and files of ours away.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.default_gateway
  - module: linuxvirtualserver.lvs.tunnel_decap
"""

EXAMPLES = r"""
- name: Send replies of direct routing through the router, and all else through the director
  linuxvirtualserver.lvs.vip_route:
    routes:
      - source: 192.168.1.110
        gateway: 192.168.1.254

- name: Have clients send what fits an ipip tunnel
  linuxvirtualserver.lvs.vip_route:
    routes:
      - source: 192.168.1.110
        gateway: 192.168.1.254
        mss: 1440
"""

RETURN = r"""
before:
  description: The rules and routes of ours, and our files.
  returned: success
  type: dict
  sample:
    rules: []
    routes: []
    persistent: []
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    rules: [from 192.168.1.110 lookup 7600]
    routes:
      - 0.0.0.0/0 via 192.168.1.254 dev eth0 table 7600 advmss 1440
      - 192.168.1.0/24 dev eth0 table 7600 advmss 1440
    persistent: [/etc/systemd/network/10-eth0.network.d/90-lvs-replies-ipv4.conf]
left_over:
  description: The VIPs with a way of ours that this task does not ask for.
  returned: success, if O(state=present)
  type: list
  elements: str
  sample: []
commands:
  description: The commands that were run, or in check mode would be. The files are in the diff.
  returned: success
  type: list
  elements: str
  sample:
    - ip route replace 0.0.0.0/0 via 192.168.1.254 dev eth0 table 7600 proto 76 advmss 1440
    - ip route replace 192.168.1.0/24 dev eth0 table 7600 proto 76 advmss 1440
    - ip -4 rule add from 192.168.1.110 lookup 7600 priority 7600
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_route import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "routes": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "source": {"type": "str", "required": True},
                    "gateway": {"type": "str", "required": True},
                    "mss": {"type": "int", "default": 0},
                },
            },
            "purge": {"type": "bool", "default": False},
            "persistent": {"type": "bool", "default": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, Host(), lambda host: run(module, host))


if __name__ == "__main__":
    main()
