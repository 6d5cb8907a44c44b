#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lvs_evidence
short_description: Internal, gathers what a host of an LVS shows about its health
version_added: 1.0.0
description:
  - Reads addresses, routes, neighbours, listening sockets, kernel settings, packet filters, kernel modules and, where
    C(ip_vs) is loaded, its table and daemons.
  - The playbook C(linuxvirtualserver.lvs.doctor) says what to ask which host, and draws the conclusions from the
    evidence of all.
  - Nothing is changed, and no kernel module of IPVS or of a packet filter is loaded by looking at it.
  - What could not be seen is V(null), and RV(evidence.unseen) says why.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._internal
options:
  vips:
    description:
      - The VIPs. Connections of the host itself to one of them are evidence, because no machine of an LVS can be its
        client.
    type: list
    elements: str
    default: []
  ways:
    description:
      - The addresses to which the host must find the way.
    type: list
    elements: dict
    default: []
    suboptions:
      to:
        description:
          - The address.
        type: str
        required: true
      source:
        description:
          - The source address of the packet. Without it the host chooses.
        type: str
      arrives:
        description:
          - The packet comes in, on the interface that has this address or on which it is reached. Without it the packet
            is one of the host itself.
        type: str
  kernel_modules:
    description:
      - The kernel modules of which to tell whether they are loaded or could be.
    type: list
    elements: str
    default: []
  kinds:
    description:
      - The kinds of evidence to gather, such as V(ways). Without any, all.
    type: list
    elements: str
    default: []
    choices: [interfaces, neighbours, routes, rules, rules6, ways, listeners, sockets, settings, boot, iptables, nft,
      arptables, conntrack, counters, kernel_modules, ipvs, memory, held, at_boot, changes, drained, placed,
      claims, owners, keepalived, adverts, init, units, nameservers]
  sample:
    description:
      - For how many seconds to watch the counters of IPVS, by a second look at them. Without it there is one look.
    type: float
    default: 0
  overhear:
    description:
      - For how many seconds to listen for the adverts of directors that share their VIPs. Without it nobody listens.
    type: float
    default: 0
  probe:
    description:
      - What to ask the network, as any host does that talks to an LVS. Without it not a packet is sent.
    type: dict
    suboptions:
      who_has:
        description:
          - The IPv4 addresses to ask for by ARP, on the network on which the host reaches them directly.
        type: list
        elements: str
        default: []
      connect:
        description:
          - The TCP services to connect to. Each connection is closed as soon as it is there.
        type: list
        elements: dict
        default: []
        suboptions:
          address:
            description:
              - The address.
            type: str
            required: true
          port:
            description:
              - The port.
            type: int
            required: true
      names_of:
        description:
          - The address whose name to look up at each name server of the host.
        type: str
seealso:
  - module: linuxvirtualserver.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Look at a host
  linuxvirtualserver.lvs.lvs_evidence:
    vips: [192.168.1.110]
    ways:
      - to: 192.168.1.254
        source: 192.168.1.110
  register: looked

- name: Look at the LVS as a client does
  linuxvirtualserver.lvs.lvs_evidence:
    vips: [192.168.1.110]
    probe:
      who_has: [192.168.1.110]
      connect:
        - address: 192.168.1.110
          port: 80
"""

RETURN = r"""
evidence:
  description: What was seen, by its kind.
  returned: success
  type: dict
  contains:
    interfaces:
      description: The interfaces with their addresses.
      type: list
      elements: dict
      sample:
        - name: lo
          up: true
          carrier: true
          speaks_arp: false
          kind: loopback
          mtu: 65536
          mac:
          addresses:
            - {address: 192.168.1.110, prefix: 32}
    ways:
      description: How the host would send to each of the addresses that were asked for.
      type: list
      elements: dict
      sample:
        - to: 192.168.1.254
          from: 192.168.1.110
          kind: unicast
          via:
          interface: eth0
          source: 192.168.1.110
          redirected: false
    listeners:
      description:
        - Where something listens. Of TCP, how many connections wait to be taken, and for how many there is room.
      type: list
      elements: dict
      sample:
        - {protocol: tcp, address: 0.0.0.0, port: 80, waiting: 0, room: 511}
    settings:
      description: The live kernel settings that an LVS depends on.
      type: dict
      sample: {net.ipv4.ip_forward: "0"}
    ipvs:
      description: The kernel's table, its daemons and figures. V(null) where C(ip_vs) is not loaded.
      type: dict
    keepalived:
      description:
        - This director's part in a failover. Whether the daemon runs, for each LVS that gives its VIPs up the switch
          that says so, and the files that the daemon has not read yet.
      type: dict
      sample: {active: true, switched: {}, unread: []}
    adverts:
      description: The adverts that arrived; only when it was asked.
      type: list
      elements: dict
      sample:
        - {source: 192.168.1.9, router_id: 51, priority: 254}
    later:
      description: The counters at the second look; only with O(sample).
      type: dict
    held:
      description: Since when, in seconds since 1970, the host holds each VIP.
      type: list
      elements: dict
      sample:
        - {vip: 192.168.1.110, interface: eth0, since: 1796000000}
    at_boot:
      description: The services and VIPs that a boot brings back, and those services that are otherwise now.
      type: dict
      sample: {services: ["tcp 192.168.1.110:80"], otherwise: [], vips: [192.168.1.110]}
    changes:
      description: Who changed the host last for each LVS.
      type: dict
      sample:
        lvs: {by: alice at controller from 192.168.1.254, at: 1796000000, module: ipvs_table}
    probe:
      description: What the network answered; only when it was asked.
      type: dict
      sample:
        who_has: {192.168.1.110: ["02:00:00:00:01:00"]}
        connect:
          - {address: 192.168.1.110, port: 80, outcome: connected, seconds: 0.002}
    unseen:
      description: What could not be seen, and why.
      type: list
      elements: dict
      sample: []
    seconds:
      description: How long it took.
      type: float
      sample: 0.21
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.host import KINDS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.lvs_evidence import look
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host

ARGUMENTS = {
    "vips": {"type": "list", "elements": "str", "default": []},
    "ways": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "to": {"type": "str", "required": True},
            "source": {"type": "str"},
            "arrives": {"type": "str"},
        },
    },
    "kernel_modules": {"type": "list", "elements": "str", "default": []},
    "kinds": {"type": "list", "elements": "str", "default": [], "choices": list(KINDS)},
    "sample": {"type": "float", "default": 0},
    "overhear": {"type": "float", "default": 0},
    "probe": {
        "type": "dict",
        "options": {
            "who_has": {"type": "list", "elements": "str", "default": []},
            "connect": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"address": {"type": "str", "required": True}, "port": {"type": "int", "required": True}},
            },
            "names_of": {"type": "str"},
        },
    },
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.exit_json(changed=False, evidence=look(module.params, Host()))


if __name__ == "__main__":
    main()
