#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keepalived_table
short_description: Have keepalived keep the table of a Linux Virtual Server director, and check the realservers
version_added: 1.0.0
description:
  - Has keepalived make the listed services exactly what is listed, now and at boot, and take a realserver that fails
    its check out of the table until it passes again.
  - What is to be written is first tested by C(keepalived -t), in check mode as well. A running keepalived is reloaded,
    never restarted. What a reload makes of the kernel's table is known before and shown, what a reload misses is done
    after it, such as thresholds, and when the kernel's table is not as planned all of it is undone.
  - A table that is there already is taken over as it is, and no connection breaks.
  - Writes C(/etc/keepalived/lvs/NAME.servers.conf), besides what M(linuxvirtualserver.lvs.keepalived) writes for all
    LVS of the host. Keeps the record of M(linuxvirtualserver.lvs.ipvs_table), which restores the table at boot, before
    keepalived is there.
  - A C(1) in a file of C(/var/lib/lvs/drain), one for each realserver of a service, takes its weight away, and so does
    M(linuxvirtualserver.lvs.ipvs_dest) with O(linuxvirtualserver.lvs.ipvs_dest#module:state=drained). It stays drained
    until there is a C(0), whatever is reloaded or rebooted.
  - Is refused while another program writes the table. What other LVS have in it is left alone.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
requirements:
  - Linux with systemd.
  - keepalived 2.0.19 or newer; 2.1 for the checks C(udp) and C(ping).
  - Root.
options:
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes the services of the LVS out of keepalived, which removes them from the table. The record of
        M(linuxvirtualserver.lvs.ipvs_table) stays.
    type: str
    choices: [present, absent]
    default: present
  services:
    description:
      - The virtual services as O(linuxvirtualserver.lvs.ipvs_table#module:services) has them, a list or JSON text. What
        is left out has its default. A service without a realserver is left out, because keepalived has no such thing.
    type: raw
    default: []
  checks:
    description:
      - How realservers are checked, a list or JSON text. Each has the labels C(service) and C(realserver), as in
        messages, the C(type) of the check, and what the plan says of it besides. Who has none is always in the table.
    type: raw
    default: []
  purge:
    description:
      - Remove services of this LVS that are not listed.
    type: bool
    default: true
  keep:
    description:
      - Realservers, by their RIP, that stay as they are whatever O(services) lists for them, as
        O(linuxvirtualserver.lvs.ipvs_table#module:keep).
    type: list
    elements: str
    default: []
  drain_timeout:
    description:
      - Seconds in which realservers that leave a service get no new connections and may end those they have.
    type: int
    default: 0
  removal_limit:
    description:
      - How much one task may take out of the table, as O(linuxvirtualserver.lvs.ipvs_table#module:removal_limit) says.
    type: str
    default: 100%
  at_boot:
    description:
      - Whether the table is restored at boot.
    type: bool
    default: true
  adopt:
    description:
      - Replaces a C(keepalived.conf) that is not of this collection; without it such a file is refused.
    type: bool
    default: false
  keep_table:
    description:
      - With O(state=absent), leave the kernel's table as it is, so that M(linuxvirtualserver.lvs.ipvs_table) goes on
        with it. For that keepalived ends without a word. Where it moves VIPs that this director has, another director
        takes them first, and keepalived is started again.
    type: bool
    default: false
seealso:
  - module: linuxvirtualserver.lvs.ipvs_table
  - module: linuxvirtualserver.lvs.keepalived
"""

EXAMPLES = r"""
- name: Forward http to those of two realservers that answer
  linuxvirtualserver.lvs.keepalived_table:
    services:
      - vip: 192.168.1.110
        port: 80
        realservers:
          - rip: 192.168.1.11
          - rip: 192.168.1.12
    checks:
      - {service: "tcp 192.168.1.110:80", realserver: "192.168.1.11:80", type: tcp, source: 192.168.1.9}
      - {service: "tcp 192.168.1.110:80", realserver: "192.168.1.12:80", type: tcp, source: 192.168.1.9}

- name: Check no more, and leave the table as it is
  linuxvirtualserver.lvs.keepalived_table:
    state: absent
    keep_table: true
"""

RETURN = r"""
before:
  description: Which of the files were there, and what changes of the table as it was, each a line of C(ipvsadm -S).
  returned: success
  type: dict
  sample:
    files: [/etc/keepalived/keepalived.conf]
    table: []
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    files: [/etc/keepalived/keepalived.conf, /etc/keepalived/lvs/lvs.servers.conf]
    table: []
down:
  description: The realservers that their checks keep out of the table.
  returned: success, if O(state=present)
  type: list
  elements: str
  sample: ["192.168.1.12:80 of tcp 192.168.1.110:80"]
unserved:
  description:
    - The VIPs and firewall marks of which the director would refuse every client, because O(keep) has all of their
      realservers left out. Realservers that fail do not count.
  returned: success, if O(state=present)
  type: dict
  sample: {vips: [], fwmarks: []}
commands:
  description:
    - The commands that were run, or in check mode would be, those of C(ipvsadm) for what was done to the table besides.
  returned: success
  type: list
  elements: str
  sample: [systemctl reload keepalived.service]
"""

import contextlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish, undoing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.checked import manage
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.client import connect


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "services": {"type": "raw", "default": []},
            "checks": {"type": "raw", "default": []},
            "purge": {"type": "bool", "default": True},
            "keep": {"type": "list", "elements": "str", "default": []},
            "drain_timeout": {"type": "int", "default": 0},
            "removal_limit": {"type": "str", "default": "100%"},
            "at_boot": {"type": "bool", "default": True},
            "adopt": {"type": "bool", "default": False},
            "keep_table": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )

    def work(host: Host) -> dict[str, t.Any]:
        with contextlib.closing(connect()) as kernel, undoing(host):
            return manage(module, host, kernel)

    finish(module, Host(), work)


if __name__ == "__main__":
    main()
