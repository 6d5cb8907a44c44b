#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keepalived
short_description: Have keepalived move the VIPs of a director to another one when it fails
version_added: 1.0.0
description:
  - Of several directors one has the VIPs. This module has keepalived see to that on one of them, by VRRP version 3, now
    and at boot, and synchronise the connections between them. The virtual server table stays with
    M(linuxvirtualserver.lvs.ipvs_table).
  - What is to be written is first tested, by checks of its own for what C(keepalived -t) lets through and then by
    C(keepalived -t), in check mode as well. A running keepalived is reloaded, never restarted, and it is seen that it
    has read its files. Then the addresses and the synchronisation in the kernel must be as the files say within some
    seconds; else the last good files are put back.
  - Every director begins as one that stands by, and a director that returns stands by unless O(preempt=true).
  - Writes C(/etc/keepalived/keepalived.conf), which includes C(/etc/keepalived/lvs/NAME.conf) for each LVS, and
    C(/etc/systemd/system/keepalived.service.d/lvs.conf), by which the daemon is started again when it dies. No
    script is run by keepalived.
  - Where the first address of the adverts changes, one that stands by takes none for 30 seconds, in which the one that
    serves is to be changed as well, because until then it does not hear that one.
  - A C(1) in C(/var/lib/lvs/director) (C(/var/lib/lvs/director-NAME) where O(lvs_name) is not V(lvs)) has the director
    give the addresses up at once, a C(0) has it stand by.
  - Writes down in C(/var/lib/lvs/keepalived.json) what was there before the first run, and while it works the last good
    files, so that the next run finishes one that was killed.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
requirements:
  - Linux with systemd.
  - keepalived 2.0.19 or newer.
  - Root.
options:
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes the LVS out of keepalived. With the last LVS of the host the daemon is stopped, all files are
        taken away and the unit is as it was before.
    type: str
    choices: [present, absent]
    default: present
  addresses:
    description:
      - The VIPs, and the other addresses that go with them such as the gateway of the realservers. Each is a host
        address without a mask. Required with O(state=present).
    type: list
    elements: str
    default: []
  lead:
    description:
      - The one of O(addresses) that is in the adverts. Directors that name different ones do not hear each other, so
        one that is none of O(addresses) is refused.
      - Default is the one that is there already, else the first.
    type: str
  interface:
    description:
      - The NIC of O(addresses). Default is for each the one whose network holds it.
    type: str
  interfaces:
    description:
      - The NICs of single O(addresses).
    type: dict
    default: {}
  address:
    description:
      - This director's own address (DIP), from which adverts come. Required with O(state=present).
    type: str
  peers:
    description:
      - The addresses of the other directors, to which adverts go. Without any, they go to a multicast group.
    type: list
    elements: str
    default: []
  multicast:
    description:
      - Whether adverts go to a multicast group instead. O(peers) are named all the same, so that one that leaves is
        noticed.
    type: bool
    default: false
  forget:
    description:
      - Addresses of former O(peers) that need not be asked, because they are gone for good or are seen to otherwise.
      - Any other former peer is asked whether it may still take part, for that one would take the addresses one day,
        and then the task is refused. The kernel of a host that was torn down says that nothing there takes VRRP.
        Nothing is known of a host that does not answer.
      - With O(state=absent) only where O(keep) lists addresses.
    type: list
    elements: str
    default: []
  router_id:
    description:
      - What tells the adverts of these directors from those of others, 1 to 255. Required with O(state=present).
    type: int
  priority:
    description:
      - The higher one serves where two would, 1 to 254. Best are V(254), V(252) and so on, by which the other director
        waits the shortest time. Required with O(state=present).
    type: int
  preempt:
    description:
      - Whether this director takes the addresses from one with a lower O(priority) that serves.
    type: bool
    default: false
  interval:
    description:
      - Seconds between two adverts, 0.1 to 10 in hundredths.
    type: str
    default: "1"
  track:
    description:
      - Whether the director gives the addresses up while one of its NICs for them has no carrier.
    type: bool
    default: true
  sync:
    description:
      - The synchronisation of connections. Left out, nothing is done about it.
      - Without virtual servers keepalived starts no two threads. The module does, and at boot the unit
        C(lvs-sync.service), by what M(linuxvirtualserver.lvs.ipvs_table) lays down with
        O(linuxvirtualserver.lvs.ipvs_table#module:persistent=true).
      - Each connection is told to the other directors at once, by a message of its own.
      - Several LVS on one host have the same one; it ends with the last of them.
    type: dict
    suboptions:
      interface:
        description:
          - The NIC between the directors.
        type: str
        required: true
      id:
        description:
          - What tells these directors from others, 1 to 255.
        type: int
        required: true
  adopt:
    description:
      - Replaces a C(keepalived.conf) that is not of this collection; O(state=absent) puts it back. Without it such a
        file is refused.
    type: bool
    default: false
  keep:
    description:
      - With O(state=absent), the addresses that stay on this host when it has them.
    type: list
    elements: str
    default: []
seealso:
  - module: linuxvirtualserver.lvs.ipvs_sync
  - module: linuxvirtualserver.lvs.vip_address
"""

EXAMPLES = r"""
- name: Have one of two directors answer for a VIP
  linuxvirtualserver.lvs.keepalived:
    addresses: [192.168.1.110]
    address: 192.168.1.8
    peers: [192.168.1.9]
    router_id: 51
    priority: 254
    sync:
      interface: eth1
      id: 51

- name: Leave the failover, and keep the VIP if this director has it
  linuxvirtualserver.lvs.keepalived:
    state: absent
    keep: [192.168.1.110]
"""

RETURN = r"""
before:
  description: Which of the files were there, and whether the unit was active and enabled.
  returned: success
  type: dict
  sample:
    files: []
    active: false
    enabled: true
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    files:
      - /etc/keepalived/keepalived.conf
      - /etc/keepalived/lvs/lvs.conf
      - /etc/systemd/system/keepalived.service.d/lvs.conf
    active: true
    enabled: true
lead:
  description: The address in the adverts.
  returned: success, if O(state=present)
  type: str
  sample: 192.168.1.110
switch:
  description: The file in which V(1) has this director give the addresses up.
  returned: success, if O(state=present)
  type: str
  sample: /var/lib/lvs/director
holds:
  description: Which of the addresses this host has, also of those that it moved so far; none when it stands by.
  returned: success, if O(state=present)
  type: list
  elements: str
  sample: [192.168.1.110]
known:
  description:
    - Whether this host took part already, and from O(address). The others do not send adverts to one that did not until
      they are told of it.
  returned: success, if O(state=present)
  type: bool
  sample: true
ready:
  description: Whether this host has addresses of them; in check mode it is taken for granted that it would.
  returned: success, if O(state=present)
  type: bool
  sample: true
commands:
  description: The commands that were run, or in check mode would be. The files are in the diff.
  returned: success
  type: list
  elements: str
  sample: [systemctl daemon-reload, systemctl start keepalived.service]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.threads import KernelThreads
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.keepalived import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "addresses": {"type": "list", "elements": "str", "default": []},
            "lead": {"type": "str"},
            "interface": {"type": "str"},
            "interfaces": {"type": "dict", "default": {}},
            "address": {"type": "str"},
            "peers": {"type": "list", "elements": "str", "default": []},
            "multicast": {"type": "bool", "default": False},
            "forget": {"type": "list", "elements": "str", "default": []},
            "router_id": {"type": "int"},
            "priority": {"type": "int"},
            "preempt": {"type": "bool", "default": False},
            "interval": {"type": "str", "default": "1"},
            "track": {"type": "bool", "default": True},
            "sync": {
                "type": "dict",
                "options": {
                    "interface": {"type": "str", "required": True},
                    "id": {"type": "int", "required": True},
                },
            },
            "adopt": {"type": "bool", "default": False},
            "keep": {"type": "list", "elements": "str", "default": []},
        },
        required_if=[("state", "present", ("addresses", "address", "router_id", "priority"))],
        supports_check_mode=True,
    )
    finish(module, Host(), lambda host: run(module, host, KernelThreads()))


if __name__ == "__main__":
    main()
