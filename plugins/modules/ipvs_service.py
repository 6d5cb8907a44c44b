#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_service
short_description: Manage one virtual service of a Linux Virtual Server director
version_added: 1.0.0
description:
  - Adds, edits or removes one virtual service in the kernel's IPVS table.
  - A service that exists is edited and never recreated, so its connections live on.
  - Options that are left out stay as they are on a service that exists. On a new one they have the default named below,
    and giving that default explicitly resets an option.
  - The realservers of the service are not touched. See M(linuxvirtualserver.lvs.ipvs_dest) for one of them and
    M(linuxvirtualserver.lvs.ipvs_table) for everything at once.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._ipvs
  - linuxvirtualserver.lvs._ipvs.key
options:
  scheduler:
    description:
      - How the realserver for a new connection is chosen.
      - One of V(dh), V(fo), V(lblc), V(lblcr), V(lc), V(mh), V(nq), V(ovf), V(rr), V(sed), V(sh), V(twos), V(wlc),
        V(wrr), as far as the kernel has it. The kernel loads the module of the scheduler by itself.
      - Default is V(wlc).
    type: str
  scheduler_flags:
    description:
      - Flags of the scheduler. V(sh-fallback) and V(sh-port) for V(sh), V(mh-fallback) and V(mh-port) for V(mh),
        V(flag-1), V(flag-2) and V(flag-3) for others. V(fallback) and V(port) are short for the former.
      - Flags that are left out when the scheduler changes are reset.
      - Default is V([]).
    type: list
    elements: str
  persistence:
    description:
      - For how many seconds after its last connection a client is sent to the same realserver again.
      - V(0) turns persistence off. At most 31 days.
      - Default is V(0).
    type: int
  persistence_netmask:
    description:
      - Clients within one such network are persistent together. A netmask or prefix length for IPv4, a prefix length
        for IPv6.
      - V(32) or V(128), or an empty string, means each client by itself.
      - Default is each client by itself.
    type: str
  persistence_engine:
    description:
      - What else persistence looks at. V(sip) tells calls of the Session Initiation Protocol apart and needs
        O(protocol=udp).
      - An empty string means no engine.
      - Default is no engine.
    type: str
  one_packet:
    description:
      - Schedule each UDP packet by itself instead of making connections of them.
      - Default is V(false).
    type: bool
  state:
    description:
      - Whether the service is there.
      - Removing a service removes its realservers and ends its connections.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.ipvs_dest
  - module: linuxvirtualserver.lvs.ipvs_table
  - module: linuxvirtualserver.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Serve http on the VIP
  linuxvirtualserver.lvs.ipvs_service:
    vip: 192.168.1.110
    port: http
    scheduler: wlc

- name: Keep each client at its realserver for six minutes
  linuxvirtualserver.lvs.ipvs_service:
    vip: 192.168.1.110
    port: 443
    persistence: 360

- name: Serve what the firewall marked with 5, over IPv6
  linuxvirtualserver.lvs.ipvs_service:
    fwmark: 5
    family: ipv6
    scheduler: mh
    scheduler_flags: [mh-port]

- name: Remove the service http
  linuxvirtualserver.lvs.ipvs_service:
    vip: 192.168.1.110
    port: http
    state: absent
"""

RETURN = r"""
before:
  description: The service as it was, with its realservers; V(null) when it was not there.
  returned: success
  type: dict
  sample:
after:
  description: The service as it is, or in check mode would be, with its realservers; V(null) when it is not there.
  returned: success
  type: dict
  sample:
    vip: 192.168.1.110
    fwmark:
    family: ipv4
    protocol: tcp
    port: 80
    scheduler: wlc
    scheduler_flags: []
    persistence: 0
    persistence_netmask:
    persistence_engine:
    one_packet: false
    realservers: []
commands:
  description:
    - The C(ipvsadm) commands that say the same as what was done.
    - A line that begins with C(#) is something for which C(ipvsadm) has no option.
    - When the module fails, those of what could not be undone.
  returned: success, or when the kernel refused a change
  type: list
  elements: str
  sample:
    - ipvsadm -A -t 192.168.1.110:80 -s wlc
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.options import (
    KEY_OPTIONS,
    KEY_RULES,
    SERVICE_OPTIONS,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.service import manage
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.write import write


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **KEY_OPTIONS,
            **SERVICE_OPTIONS,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
        **KEY_RULES,
    )
    write(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
