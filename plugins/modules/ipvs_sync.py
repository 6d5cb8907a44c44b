#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_sync
short_description: Manage the daemon that synchronises connections between directors
version_added: 1.0.0
description:
  - Starts or stops a synchronisation daemon in the kernel's IPVS. A director with O(role=master) announces
    its connections by multicast, one with O(role=backup) learns them, so that connections survive when it takes over.
    Both may run on one director.
  - A daemon that runs with other settings is stopped and started again, because the kernel cannot change it.
    Connections are not touched by this.
  - The messages are neither signed nor encrypted. Whoever can send to the O(interface) of a backup can redirect its
    connections. Use an interface that leads to the other director alone.
  - The kernel forgets the daemons when it restarts.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._ipvs
options:
  role:
    description:
      - Which of the two daemons.
    type: str
    choices: [master, backup]
    required: true
  interface:
    description:
      - The interface on which to send or listen. Required to start a daemon that does not run.
    type: str
  sync_id:
    description:
      - Directors of one pair use the same number from 0 to 255.
      - A backup with V(0) takes the messages of every master.
      - Default is V(0).
    type: int
  max_len:
    description:
      - The greatest length of a message in bytes, 1024 or more.
      - Default is what fits into a packet of 1500 bytes, whatever the MTU of O(interface), or with O(role=backup) into
        one of its MTU if that is more. 1472 with an IPv4 O(group), 1452 with an IPv6 one. Give what fits where the MTU
        is less than 1500.
    type: int
  group:
    description:
      - The multicast address, IPv4 or IPv6.
      - Default is V(224.0.0.81).
    type: str
  port:
    description:
      - The first UDP port.
      - Default is V(8848).
    type: int
  ttl:
    description:
      - The time to live of the messages.
      - Default is V(1), so that they stay in the network of O(interface).
    type: int
  state:
    description:
      - Whether the daemon runs.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Kernels before 4.3 do not know O(max_len), O(group), O(port) and O(ttl). There the module fails when one of these is
    given.
"""

EXAMPLES = r"""
- name: Tell the other director about connections
  linuxvirtualserver.lvs.ipvs_sync:
    role: master
    interface: eth1
    sync_id: 7

- name: Learn them from the other director
  linuxvirtualserver.lvs.ipvs_sync:
    role: backup
    interface: eth1
    sync_id: 7

- name: Stop the backup daemon
  linuxvirtualserver.lvs.ipvs_sync:
    role: backup
    state: absent
"""

RETURN = r"""
before:
  description: The daemon as it was; V(null) when it did not run.
  returned: success
  type: dict
  sample:
after:
  description:
    - The daemon as it is, or in check mode would be; V(null) when it does not run.
    - When it was started, V(0) and V(null) are what was left to the kernel.
  returned: success
  type: dict
  sample:
    role: master
    interface: eth1
    sync_id: 7
    max_len: 0
    group:
    port: 0
    ttl: 0
commands:
  description: The C(ipvsadm) commands that say the same as what was done.
  returned: success
  type: list
  elements: str
  sample: [ipvsadm --start-daemon master --mcast-interface eth1 --syncid 7]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.sync import OPTIONS, manage
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.write import alone, write


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    write(module, lambda kernel: alone(module, lambda: manage(module, kernel)))


if __name__ == "__main__":
    main()
