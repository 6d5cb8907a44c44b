#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_rules
short_description: The few firewall rules that a director may need
version_added: 1.0.0
description:
  - No forwarding method of LVS needs a firewall. Two things that go beyond forwarding do, and this module makes the
    rules for them and no others.
  - A service by firewall mark (C(fwmark)) takes the packets that a rule has marked, such as those to port 80 and to
    port 443 of one virtual IP (VIP), which then are one service (LVS-mini-HOWTO 1.2).
  - In LVS-NAT the realservers' way out is through the director. For connections that they begin themselves they need
    source NAT when the network outside does not know them, and clients on their own network need it, or the replies
    bypass the director.
  - What is listed becomes all that this module has set up on the host, live and at boot. What somebody else has set up
    is never touched.
  - It takes the firewall that the host really has. That is C(nft), in the tables C(ip lvs) and C(ip6 lvs), where that
    program is installed and the kernel accepts the rules. Otherwise it is C(iptables-legacy) and C(ip6tables-legacy),
    in the chains C(lvs-marks) of the table C(mangle) and C(lvs-snat) of the table C(nat). It fails where the host has
    neither. The variant of C(iptables) that writes nf_tables rules is not used.
  - C(/etc/systemd/system/lvs-firewall.service) makes the rules at boot, before the network is up, and again when a
    service is restarted or reloaded that removes everybody's rules (C(nftables), C(iptables), C(ip6tables),
    C(netfilter-persistent), C(firewalld), C(ufw)). C(firewall-cmd --reload) goes past systemd. It leaves the tables of
    C(nft) alone, but with some releases and settings of firewalld removes all rules of C(iptables); then run
    C(systemctl restart lvs-firewall). The playbook C(doctor.yml) names marks that are gone.
  - With C(iptables), C(/etc/modules-load.d/lvs-firewall-rules.conf) loads the kernel modules and
    C(/var/lib/lvs/firewall_rules.json) remembers which came with them. For C(nft) the kernel itself loads what it
    needs, and that stays loaded until the host is started again.
  - To undo it by hand, disable and remove the unit and these files, and run C(nft delete table ip lvs) and
    C(nft delete table ip6 lvs), or delete the chains and the rules that jump to them.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
  - linuxvirtualserver.lvs._persistent
requirements:
  - Linux, with nftables or iptables-legacy if anything is listed.
  - systemd, OpenRC or sysvinit, if O(persistent=true).
  - Root.
options:
  marks:
    description:
      - The packets that get a firewall mark as they come in. C(marks) of a director in the plan can be passed as they
        are.
    type: list
    elements: dict
    default: []
    suboptions:
      fwmark:
        description:
          - The mark.
        type: int
        required: true
      vip:
        description:
          - The virtual IP that the packets are sent to.
        type: str
        required: true
      ports:
        description:
          - The ports that they are sent to. All packets to the VIP get the mark when this is empty.
        type: list
        elements: dict
        default: []
        suboptions:
          protocol:
            description:
              - The protocol.
            type: str
            choices: [tcp, udp, sctp]
            required: true
          port:
            description:
              - The port, or the first one of a range.
            type: int
            required: true
          last:
            description:
              - The last port of a range.
              - Default is the port alone.
            type: int
  snat:
    description:
      - The connections that are masqueraded, which leave with the address of their interface. C(snat) of a director in
        the plan can be passed as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description:
          - From where the connections come, an address or a network.
        type: str
        required: true
      destination:
        description:
          - The realserver to which the connections go. Needs O(snat[].vip).
        type: str
      vip:
        description:
          - The virtual IP to which the client connected. Without it, connections that have nothing to do with LVS
            count, too.
          - Needs O(snat[].destination), and the sysctl C(net.ipv4.vs.conntrack) set to 1.
        type: str
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes all rules of ours away, and unloads the kernel modules that came with them, unless something
        else uses them by now. While there are tables of others, C(nf_tables) stays loaded, with a warning.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.ipvs_table
  - module: linuxvirtualserver.lvs.kernel_setup
"""

EXAMPLES = r"""
- name: Make http and https of one VIP one service
  linuxvirtualserver.lvs.firewall_rules:
    marks:
      - fwmark: 5
        vip: 192.168.1.110
        ports:
          - {protocol: tcp, port: 80}
          - {protocol: tcp, port: 443}

- name: Let a realserver of LVS-NAT begin connections to the outside
  linuxvirtualserver.lvs.firewall_rules:
    snat:
      - source: 10.1.1.2

- name: Serve clients on the realserver's own network with LVS-NAT
  linuxvirtualserver.lvs.firewall_rules:
    snat:
      - source: 192.168.1.0/24
        destination: 192.168.1.11
        vip: 192.168.1.110

- name: Leave the firewall alone again
  linuxvirtualserver.lvs.firewall_rules:
    state: absent
"""

RETURN = r"""
before:
  description: The rules of ours, the kernel modules that they need, and whether they are made at boot.
  returned: success
  type: dict
  sample:
    rules: []
    kernel_modules: []
    persistent: false
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    rules:
      - iptables -t mangle -A lvs-marks -d 192.168.1.110/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x5/0xffffffff
    kernel_modules: [iptable_mangle, xt_mark, xt_tcpudp]
    persistent: true
commands:
  description: The commands that were run, or in check mode would be. The files are in the diff.
  returned: success
  type: list
  elements: str
  sample:
    - nft 'add table ip lvs; delete table ip lvs; add table ip lvs; ...'
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall.firewall_rules import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "marks": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "fwmark": {"type": "int", "required": True},
                    "vip": {"type": "str", "required": True},
                    "ports": {
                        "type": "list",
                        "elements": "dict",
                        "default": [],
                        "options": {
                            "protocol": {"type": "str", "choices": ["tcp", "udp", "sctp"], "required": True},
                            "port": {"type": "int", "required": True},
                            "last": {"type": "int"},
                        },
                    },
                },
            },
            "snat": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "source": {"type": "str", "required": True},
                    "destination": {"type": "str"},
                    "vip": {"type": "str"},
                },
            },
            "persistent": {"type": "bool", "default": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, Host(), lambda host: run(module, host))


if __name__ == "__main__":
    main()
