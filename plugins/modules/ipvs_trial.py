#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_trial
short_description: Internal, temporary services of a director and what it saw of a test
version_added: 1.0.0
description:
  - Makes the temporary services of this director exactly those that are listed, and says what the director knows of
    the connections of a client.
  - A temporary service is removed by the next task that does not list it, and after O(seconds) in any case, also when
    that task never comes. Until then it is recorded in C(/run/lvs-trial.json), or, of an LVS
    with a name, in C(/run/lvs-trial-NAME.json).
  - The other services of the table are only read.
  - Made for C(playbooks/verify.yml), which reaches each realserver through a service with that one alone.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._ipvs
  - linuxvirtualserver.lvs._internal
options:
  lvs_name:
    description:
      - The name of the LVS that it is for. Those of other LVS on this host are left alone.
    type: str
    default: lvs
  services:
    description:
      - The temporary services, in the form that M(linuxvirtualserver.lvs.ipvs_table) takes.
      - None of them may be a service of the director already.
    type: list
    elements: dict
    default: []
  seconds:
    description:
      - After how many seconds the temporary services are removed by themselves.
    type: int
    default: 120
  clients:
    description:
      - The addresses of which to say the connections.
    type: list
    elements: str
    default: []
  counted:
    description:
      - By service, such as V(tcp 192.168.1.110:80), how many connections the kernel is to have counted more than
        O(since) before the counters are read. The kernel adds them up every two seconds. After six seconds they are
        read as they are.
    type: dict
    default: {}
  since:
    description:
      - By service, how many connections the kernel had counted before.
    type: dict
    default: {}
  vips:
    description:
      - The addresses of which to say whether this host has them.
    type: list
    elements: str
    default: []
  rips:
    description:
      - The addresses of which to say the MACs.
    type: list
    elements: str
    default: []
seealso:
  - module: linuxvirtualserver.lvs.client_probe
  - module: linuxvirtualserver.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Lead port 61000 to one realserver alone for a minute
  linuxvirtualserver.lvs.ipvs_trial:
    services:
      - vip: 192.168.1.110
        port: 61000
        scheduler: rr
        realservers: [{rip: 192.168.1.11}]
    seconds: 60

- name: See where a client's connections went, and remove the service
  linuxvirtualserver.lvs.ipvs_trial:
    clients: [192.168.1.254]
  register: saw
"""

RETURN = r"""
before:
  description: The temporary services as they were, in the lines that C(ipvsadm -R) takes.
  returned: success
  type: list
  elements: str
  sample: []
after:
  description: The temporary services as they are, or in check mode would be, in the same form.
  returned: success
  type: list
  elements: str
  sample:
    - -A -t 192.168.1.110:61000 -s rr
    - -a -t 192.168.1.110:61000 -r 192.168.1.11:61000 -g -w 1
commands:
  description: The C(ipvsadm) commands that say the same as what was done.
  returned: success
  type: list
  elements: str
  sample:
    - ipvsadm -A -t 192.168.1.110:61000 -s rr
    - ipvsadm -a -t 192.168.1.110:61000 -r 192.168.1.11:61000 -g -w 1
states:
  description:
    - The state of every service of the director as the task found it, in the form in which
      M(linuxvirtualserver.lvs.ipvs_info) returns it.
  returned: success
  type: list
  elements: dict
  sample:
    - service: tcp 192.168.1.110:80
      counters: &counters
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
        - realserver: 192.168.1.11:80
          weight: 1
          active: 0
          inactive: 5
          persistent: 0
          counters: *counters
daemons:
  description:
    - The synchronisation daemons that run, in the form of M(linuxvirtualserver.lvs.ipvs_sync).
  returned: success
  type: list
  elements: dict
  sample:
    - {role: master, interface: eth1, sync_id: 7, max_len: 1472, group: 224.0.0.81, port: 8848, ttl: 1}
connections:
  description: The connections of O(clients) that the director remembers.
  returned: success
  type: list
  elements: dict
  sample:
    - protocol: tcp
      client: 192.168.1.254
      client_port: 41714
      address: 192.168.1.110
      port: 80
      realserver: 192.168.1.11
      realserver_port: 80
      state: ESTABLISHED
others:
  description: The other LVS of this host, in words.
  returned: success
  type: list
  elements: str
  sample: [mail (2 services)]
held:
  description: Those of O(vips) that this host has.
  returned: success
  type: list
  elements: str
  sample: [192.168.1.110]
macs:
  description: The MACs of this host.
  returned: success
  type: list
  elements: str
  sample: [02:00:00:00:00:09]
neighbours:
  description: By address, the MACs of those of O(rips) that this host knows.
  returned: success
  type: dict
  sample: {192.168.1.11: 02:00:00:00:00:11}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.ipvs_trial import manage
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.write import write
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.claims import NAME


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "lvs_name": {"type": "str", "default": NAME},
            "services": {"type": "list", "elements": "dict", "default": []},
            "seconds": {"type": "int", "default": 120},
            "clients": {"type": "list", "elements": "str", "default": []},
            "counted": {"type": "dict", "default": {}},
            "since": {"type": "dict", "default": {}},
            "vips": {"type": "list", "elements": "str", "default": []},
            "rips": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    write(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
