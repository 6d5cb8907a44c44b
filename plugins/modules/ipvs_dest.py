#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_dest
short_description: Manage one realserver of a virtual service
version_added: 1.0.0
description:
  - Adds, edits or removes one realserver (destination) of a virtual service in the kernel's IPVS table.
  - A realserver that exists is edited and never recreated, so its connections live on.
  - Options that are left out stay as they are on a realserver that exists. On a new one they have the default named
    below, and giving that default explicitly resets an option.
  - Where M(linuxvirtualserver.lvs.keepalived_table) has keepalived keep the table, keepalived is told of a drain and of
    its end, and a realserver whose check fails is not put into the table.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._ipvs
  - linuxvirtualserver.lvs._ipvs.key
options:
  rip:
    description:
      - The address of the realserver.
      - It may be of the other family than the service's with O(forwarding=tun) alone.
    type: str
    required: true
  rip_port:
    description:
      - The port of the realserver, a number or a name out of C(/etc/services) of the director.
      - Only O(forwarding=nat) and services of a O(fwmark) can use another port than the service's. Another program may
        have given one to a realserver of another method, which can be edited, drained and removed all the same.
      - V(0) is a realserver that another program gave port 0, and else stands for the port of the service; with
        O(state=drained) and O(state=absent) it is the former alone.
      - Default is the port of the service.
    type: str
  forwarding:
    description:
      - How packets reach the realserver.
      - V(nat) rewrites their address, V(dr) sends them unchanged to the realserver's Ethernet address, V(tun)
        encapsulates them.
      - V(masquerading), V(gatewaying) and V(ipip) are what C(ipvsadm) calls these.
      - Default is V(dr).
    type: str
    choices: [nat, dr, tun, masquerading, gatewaying, ipip]
  weight:
    description:
      - The share of new connections, compared with the other realservers. From 0 to 65535.
      - V(0) sends no new connections and keeps the established ones.
      - Default is V(1).
    type: int
  upper_threshold:
    description:
      - At this many connections the realserver gets no new ones.
      - V(0) means no limit.
      - Default is V(0).
    type: int
  lower_threshold:
    description:
      - Below this many connections a realserver that reached O(upper_threshold) gets new ones again.
      - V(0) means three quarters of O(upper_threshold).
      - Default is V(0).
    type: int
  tunnel:
    description:
      - How packets are encapsulated with O(forwarding=tun). Given at all, it is taken as a whole.
      - Default is type V(ipip).
    type: dict
    suboptions:
      type:
        description:
          - How the packets are encapsulated. V(gue) needs a kernel of 5.2 or later, V(gre) one of 5.3 or later.
        type: str
        choices: [ipip, gue, gre]
        default: ipip
      port:
        description:
          - The UDP port at which the realserver decapsulates V(gue). Required with it, and useless without.
        type: int
      checksum:
        description:
          - Whether V(gue) and V(gre) packets carry a checksum. V(remcsum) is remote checksum offload, for V(gue) alone.
        type: str
        choices: [none, csum, remcsum]
        default: none
  state:
    description:
      - Whether the realserver is in the service.
      - V(drained) sends it no new connections, remembers its weight on the director, and waits until the connections it
        has are done. V(present) without O(weight) gives it the remembered weight back.
      - The schedulers V(sh) and V(mh) refuse the clients of a realserver of weight 0. So V(drained) sets their
        fallback, and V(present) or V(absent) takes it away again, unless another realserver of the service is drained.
      - V(absent) ends its connections. Drain it before.
    type: str
    choices: [present, absent, drained]
    default: present
  wait_for:
    description:
      - With O(state=drained), the connections to wait for.
      - V(established) for those in which a client is being served, so that the wait ends under a SYN flood too. V(all)
        for half-open and closing ones as well. V(none) to wait for nothing.
      - A client of UDP is served until it has said nothing for 30 seconds. One that goes on talking keeps its
        realserver; see O(on_timeout).
      - Clients that persistence sends back to the realserver are waited for too, unless the sysctl
        C(net.ipv4.vs.expire_quiescent_template) keeps them away.
    type: str
    choices: [none, established, all]
    default: established
  wait_timeout:
    description:
      - For how many seconds to wait at most.
    type: int
    default: 300
  on_timeout:
    description:
      - What to do when connections remain after O(wait_timeout).
      - V(fail) fails. V(leave) goes on. Both leave the realserver without new connections.
      - V(force) removes the realserver from the service, which ends its connections, and goes on. O(state=present) puts
        it back as it was.
    type: str
    choices: [fail, leave, force]
    default: fail
  min_active:
    description:
      - With O(state=drained), refuse to drain the realserver unless this many others of the service have a weight.
    type: int
    default: 1
  fail_on_not_found:
    description:
      - With O(state=drained), fail when there is no such service or realserver. Otherwise there is nothing to do.
    type: bool
    default: true
seealso:
  - module: linuxvirtualserver.lvs.ipvs_service
  - module: linuxvirtualserver.lvs.ipvs_table
"""

EXAMPLES = r"""
- name: Add a realserver to the service
  linuxvirtualserver.lvs.ipvs_dest:
    vip: 192.168.1.110
    port: http
    rip: 192.168.1.11
    forwarding: dr
    weight: 1

- name: Send it no new connections, and wait until its clients are served
  linuxvirtualserver.lvs.ipvs_dest:
    vip: 192.168.1.110
    port: http
    rip: 192.168.1.11
    state: drained
    wait_timeout: 600

- name: Give it connections again, with the weight it had
  linuxvirtualserver.lvs.ipvs_dest:
    vip: 192.168.1.110
    port: http
    rip: 192.168.1.11

- name: Reach a realserver in another network through a tunnel
  linuxvirtualserver.lvs.ipvs_dest:
    vip: 192.168.1.110
    port: http
    rip: 192.168.7.12
    forwarding: tun
    tunnel:
      type: gue
      port: 6080

- name: Remove a realserver
  linuxvirtualserver.lvs.ipvs_dest:
    vip: 192.168.1.110
    port: http
    rip: 192.168.1.11
    state: absent
"""

RETURN = r"""
before:
  description: The realserver as it was; V(null) when it was not there.
  returned: success
  type: dict
  sample:
after:
  description: The realserver as it is, or in check mode would be; V(null) when it is not there.
  returned: success
  type: dict
  sample:
    rip: 192.168.1.11
    port: 80
    forwarding: dr
    weight: 1
    upper_threshold: 0
    lower_threshold: 0
commands:
  description:
    - The C(ipvsadm) commands that say the same as what was done.
    - A line that begins with C(#) is something for which C(ipvsadm) has no option.
    - When the module fails, those of what could not be undone.
  returned: success, or when the kernel refused a change
  type: list
  elements: str
  sample:
    - ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1
drained:
  description: Whether no connection is left of those to wait for. Other connections may be left.
  returned: success and O(state=drained), when the realserver was found
  type: bool
  sample: true
connections:
  description: The connections of the realserver at the end.
  returned: success and O(state=drained), when the realserver was found
  type: dict
  contains:
    states:
      description: The number of connections in each state.
      type: dict
      sample: {TIME_WAIT: 2}
    templates:
      description: The number of clients that persistence would send back to this realserver.
      type: int
      sample: 0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.dest import manage
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.options import (
    KEY_OPTIONS,
    KEY_RULES,
    REALSERVER_OPTIONS,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.write import write


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **KEY_OPTIONS,
            **REALSERVER_OPTIONS,
            "wait_for": {"type": "str", "choices": ["none", "established", "all"], "default": "established"},
            "wait_timeout": {"type": "int", "default": 300},
            "on_timeout": {"type": "str", "choices": ["fail", "leave", "force"], "default": "fail"},
            "min_active": {"type": "int", "default": 1},
            "fail_on_not_found": {"type": "bool", "default": True},
            "state": {"type": "str", "choices": ["present", "absent", "drained"], "default": "present"},
        },
        supports_check_mode=True,
        **KEY_RULES,
    )
    write(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
