#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_info
short_description: Read the table of a Linux Virtual Server director
version_added: 1.0.0
description:
  - Reads services, realservers, their connections and counters, and figures of the kernel's IPVS itself.
  - The services come in the form that M(linuxvirtualserver.lvs.ipvs_table) takes, with the state of each beside it.
  - The kernel adds up the counters every two seconds, and not before some seconds after a service was made.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._ipvs
options:
  vip:
    description:
      - Read only the services of this address.
    type: str
  port:
    description:
      - Read only the services of this port, a number or a name out of C(/etc/services) of the director.
    type: str
  protocol:
    description:
      - Read only the services of this protocol, V(tcp), V(udp) or V(sctp), or the number of another one.
    type: str
  fwmark:
    description:
      - Read only the services of this firewall mark.
    type: int
  family:
    description:
      - Read only the services of this address family.
    type: str
    choices: [ipv4, ipv6]
  connections:
    description:
      - Count the connections of each realserver by their state too. This reads every connection of the director, of
        which there may be millions.
    type: bool
    default: false
seealso:
  - module: linuxvirtualserver.lvs.ipvs_table
"""

EXAMPLES = r"""
- name: Read the whole table
  linuxvirtualserver.lvs.ipvs_info:
  register: table

- name: Read one service
  linuxvirtualserver.lvs.ipvs_info:
    vip: 192.168.1.110
    port: http
  register: web
"""

RETURN = r"""
services:
  description: The services, in the form that M(linuxvirtualserver.lvs.ipvs_table) takes, sorted.
  returned: success
  type: list
  elements: dict
  sample:
    - vip: 192.168.1.110
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
      realservers:
        - rip: 192.168.1.11
          port: 80
          forwarding: dr
          weight: 1
          upper_threshold: 0
          lower_threshold: 0
states:
  description: The state of each of RV(services), in the same order.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: The service, as V(tcp 192.168.1.110:80) or V(fwmark 5 ipv6).
      type: str
      sample: tcp 192.168.1.110:80
    counters:
      description: What the service did since it was made, and its rates.
      type: dict
      sample: &counters
        connections: 10
        packets_in: 60
        packets_out: 0
        bytes_in: 4060
        bytes_out: 0
        connections_per_second: 0
        packets_in_per_second: 0
        packets_out_per_second: 0
        bytes_in_per_second: 0
        bytes_out_per_second: 0
    realservers:
      description: The state of each realserver, in the order of the service.
      type: list
      elements: dict
      sample:
        - realserver: 192.168.1.11:80
          weight: 1
          active: 0
          inactive: 5
          persistent: 0
          counters: *counters
          connections:
            states: {ESTABLISHED: 3, TIME_WAIT: 2}
            templates: 0
timeouts:
  description: For how many seconds idle connections are remembered, or will be once C(ip_vs) is loaded.
  returned: success
  type: dict
  sample: {tcp: 900, tcp_fin: 120, udp: 300}
daemons:
  description: The synchronisation daemons that run, in the form of M(linuxvirtualserver.lvs.ipvs_sync).
  returned: success
  type: list
  elements: dict
  sample:
    - {role: master, interface: eth1, sync_id: 7, max_len: 1472, group: 224.0.0.81, port: 8848, ttl: 1}
kernel_modules:
  description: The modules of IPVS that are loaded. What is built into the kernel is not among them.
  returned: success
  type: list
  elements: str
  sample: [ip_vs, ip_vs_wlc]
version:
  description: The version of the kernel's IPVS. V(null) where C(ip_vs) is not loaded.
  returned: success
  type: str
  sample: 1.2.1
connection_table_size:
  description: The number of buckets of the connection table. V(null) where C(ip_vs) is not loaded.
  returned: success
  type: int
  sample: 4096
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.info import read
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.options import KEY_OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.run import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={**KEY_OPTIONS, "connections": {"type": "bool", "default": False}}, supports_check_mode=True
    )
    run(module, lambda kernel: read(module, kernel))


if __name__ == "__main__":
    main()
