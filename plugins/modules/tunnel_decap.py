#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tunnel_decap
short_description: Let a realserver decapsulate what forwarding tun sends it
version_added: 1.0.0
description:
  - With LVS-Tun the director encapsulates what clients send, and the realserver must decapsulate it before it
    finds the virtual IP (VIP) inside.
  - Loads the kernel modules, sets the device of each kind up (C(tunl0), C(sit0), C(ip6tnl0), C(gre0), C(ip6gre0)),
    opens the UDP ports of C(gue), and sets the sysctls with which reverse path filtering lets IPv4 packets from the
    device pass, live and at boot.
  - What is listed becomes all that this module has set up on the host.
  - Run it before the VIP is added to the device, and undo it after the VIP is gone.
  - Writes C(/etc/modules-load.d/lvs-tunnel-decap.conf), C(/etc/sysctl.d/99-lvs-tunnel-decap.conf), the unit
    C(/etc/systemd/system/lvs-tunnel-decap.service), which also says what the devices were before, and in
    C(/var/lib/lvs/tunnel_decap.json) what was loaded with it and what the sysctls were before.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
  - linuxvirtualserver.lvs._persistent
requirements:
  - Linux, iproute2 4.20 or newer.
  - systemd, OpenRC or sysvinit, if O(persistent=true).
  - Root.
options:
  tunnels:
    description:
      - The kinds of tunnels that end here. None takes everything away, like O(state=absent).
      - C(tunnels) of a realserver in the plan can be passed as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      type:
        description:
          - How the packets are encapsulated.
        type: str
        choices: [ipip, gue, gre]
        default: ipip
      port:
        description:
          - The UDP port of V(gue).
        type: int
        default: 0
      checksum:
        description:
          - The checksum that the director puts into V(gre) and V(gue) packets. A C(gre) device takes the packets with
            one or those without.
        type: str
        choices: [none, csum, remcsum]
        default: none
      inner:
        description:
          - The family of the VIP.
        type: str
        choices: [ipv4, ipv6]
        default: ipv4
      outer:
        description:
          - The family of the realserver's own address.
        type: str
        choices: [ipv4, ipv6]
        default: ipv4
  sysctls:
    description:
      - Sysctls and their values, live and at boot, as M(linuxvirtualserver.lvs.kernel_setup) takes them. They mean
        nothing without O(tunnels).
      - Reverse path filtering drops IPv4 packets out of a device unless the larger C(rp_filter), that of the device or
        that of C(all), lets them pass. V(2) lets them pass if the device has an address, such as the VIP. Where the VIP
        is elsewhere, only V(0) does, on the device and for C(all). IPv6 needs none.
      - C(sysctls) of a realserver in the plan can be passed as they are.
    type: dict
    default: {}
  state:
    description:
      - V(present) makes it so.
      - V(absent) ends it, sets every sysctl that is still as the module set it to the value it had before, makes the
        devices what they were, and unloads the kernel modules that came with it, unless something else uses them by
        now. A device that was up before, and a port that was open, stay so.
      - A module takes all devices of its kind along. It stays loaded, with a warning that names them, while there are
        others than the one that the kernel makes by itself, in any network namespace, or ports of fou that are not of
        this module.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.vip_address
  - module: linuxvirtualserver.lvs.arp_hide
"""

EXAMPLES = r"""
- name: Decapsulate ipip
  linuxvirtualserver.lvs.tunnel_decap:
    tunnels:
      - type: ipip
    sysctls:
      net.ipv4.conf.tunl0.rp_filter: 2

- name: Decapsulate GUE, and have the VIP on lo
  linuxvirtualserver.lvs.tunnel_decap:
    tunnels:
      - type: gue
        port: 6080
    sysctls:
      net.ipv4.conf.all.rp_filter: 0
      net.ipv4.conf.tunl0.rp_filter: 0

- name: Put everything back
  linuxvirtualserver.lvs.tunnel_decap:
    state: absent
"""

RETURN = r"""
before:
  description: >-
    Which of the kernel modules were loaded, what the sysctls were, which devices were up and which ports open, and
    whether files of ours do it at boot.
  returned: success
  type: dict
  sample:
    kernel_modules: []
    sysctls: {}
    devices: []
    ports: []
    persistent: false
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    kernel_modules: [ipip]
    sysctls:
      net.ipv4.conf.tunl0.rp_filter: "2"
    devices: [tunl0]
    ports: []
    persistent: true
commands:
  description: The commands that say the same as what was done.
  returned: success
  type: list
  elements: str
  sample:
    - modprobe ipip
    - sysctl -w net.ipv4.conf.tunl0.rp_filter=2
    - ip link set tunl0 up
    - systemctl daemon-reload
    - systemctl enable lvs-tunnel-decap.service
    - systemctl restart lvs-tunnel-decap.service
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.tunnel_decap import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "tunnels": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "type": {"type": "str", "choices": ["ipip", "gue", "gre"], "default": "ipip"},
                    "port": {"type": "int", "default": 0},
                    "checksum": {"type": "str", "choices": ["none", "csum", "remcsum"], "default": "none"},
                    "inner": {"type": "str", "choices": ["ipv4", "ipv6"], "default": "ipv4"},
                    "outer": {"type": "str", "choices": ["ipv4", "ipv6"], "default": "ipv4"},
                },
            },
            "sysctls": {"type": "dict", "default": {}},
            "persistent": {"type": "bool", "default": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, Host(), lambda host: run(module, host))


if __name__ == "__main__":
    main()
