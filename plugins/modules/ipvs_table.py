#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_table
short_description: Manage the whole table of a Linux Virtual Server director in one task
version_added: 1.0.0
description:
  - Makes the listed services, with their realservers, exactly what is listed. Others are kept unless O(purge=true).
  - Everything is added and edited before anything is removed, so that neither a service nor an address family is ever
    left empty on the way and no connection breaks that need not. What exists is edited and never recreated.
  - When the kernel refuses anything, all that the task did before is undone.
  - It can keep a record of the table from which the director restores it at boot, before the network is up.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
  - linuxvirtualserver.lvs._ipvs
options:
  services:
    description:
      - The virtual services, each a dictionary with the options of M(linuxvirtualserver.lvs.ipvs_service) and the list
        C(realservers), whose items have the options of M(linuxvirtualserver.lvs.ipvs_dest) with C(port) in the place of
        C(rip_port). This is also the form in which M(linuxvirtualserver.lvs.ipvs_info) returns them.
      - An option that is left out of a service or realserver stays as it is in the kernel, and has its default on a new
        one. An option that is given as C(null) is set to its default.
      - The realservers of a service are exactly those in C(realservers). They stay as they are when C(realservers) is
        left out.
      - A list, or the same as JSON text. Ansible hands a text over whole and looks at every word of a list, so that a
        thousand services take half the time when they come as the text of a file.
    type: raw
    required: true
  purge:
    description:
      - Remove services that are not listed, within O(purge_scope).
    type: bool
    default: false
  purge_scope:
    description:
      - Which services O(purge=true) may remove.
      - V(all) for every service, V(recorded) for those that an earlier task with O(persistent=true) recorded, or the
        VIPs whose services are to be removed when they are not listed.
    type: list
    elements: str
    default: [all]
  force:
    description:
      - Remove services even while C(keepalived), C(ldirectord), C(kube-proxy) or C(kube-router) runs on the director,
        to which these services may belong.
    type: bool
    default: false
  sole_writer:
    description:
      - Fail while C(keepalived), C(ldirectord), C(kube-proxy) or C(kube-router) runs on the director, whatever it has
        in the table, because sooner or later it undoes what this module does.
    type: bool
    default: false
  keep_weights:
    description:
      - Leave the weights of realservers that are there already as they are, because something else moves them.
    type: bool
    default: false
  keep_drained:
    description:
      - Leave realservers that M(linuxvirtualserver.lvs.ipvs_dest) drained without new connections, whatever weight is
        listed for them, until it gives them connections again. A warning names each.
    type: bool
    default: true
  keep:
    description:
      - Realservers, by their RIP, that stay as they are whatever O(services) lists for them. In every listed service an
        entry that is there is neither edited nor removed, and one that is not there is not added. This is for
        realservers that are not ready, because they failed or could not be reached.
    type: list
    elements: str
    default: []
  drain_timeout:
    description:
      - Before realservers are removed from a service, give them no new connections and wait until they have none,
        for so many seconds at most. Without it the packets of their connections are dropped from one moment to the
        next.
      - V(0) waits for nothing. A service that is removed is not waited for either.
    type: int
    default: 0
  removal_limit:
    description:
      - How much one task may take out of the table. When more would go, it fails before it changes anything, also in
        check mode, and names what would go.
      - A number, or a percentage, which is rounded down but allows one at least. It holds for the realservers of each
        service, by their RIP, for the realservers of all services together, and for the services that O(purge=true)
        removes unless O(purge_scope) names their VIP. The last realserver of a service, and the last service of all,
        never go by it.
      - V(100%) is no limit. A list that is made from an inventory needs one, because AWX leaves hosts out of the
        inventory of a job slice, and those that are switched off.
    type: str
    default: 100%
  persistent:
    description:
      - Keep a record of the listed services in C(/etc/lvs/ipvs.json), and restore all of the record at boot, before the
        network is up, without C(ipvsadm), by the unit C(lvs-ipvs.service), for which the host must run systemd, OpenRC
        or sysvinit.
      - What is purged leaves the record too. When the record becomes empty, it and the unit are removed.
      - With V(false) an existing record is left alone.
    type: bool
    default: false
  at_boot:
    description:
      - Whether a record that O(persistent=true) keeps is restored at boot.
      - V(false) keeps the record, by which O(purge_scope=recorded) knows what may be removed, and removes the unit,
        unless another LVS of the host wants the record restored.
    type: bool
    default: true
  lvs_removal:
    description:
      - Whose services a purge may remove. With V(own) it fails, before it changes anything, when one of them is of
        another LVS of this host; V(any) ends that one's, too.
    type: str
    choices: [own, any]
    default: own
seealso:
  - module: linuxvirtualserver.lvs.ipvs_service
  - module: linuxvirtualserver.lvs.ipvs_dest
  - module: linuxvirtualserver.lvs.ipvs_info
"""

EXAMPLES = r"""
- name: Serve http and https, also after a reboot
  linuxvirtualserver.lvs.ipvs_table:
    services:
      - vip: 192.168.1.110
        port: http
        scheduler: wlc
        realservers: &pool
          - rip: 192.168.1.11
          - rip: 192.168.1.12
            weight: 2
      - vip: 192.168.1.110
        port: https
        persistence: 360
        realservers: *pool
    persistent: true

- name: Serve this and, of what this task served before, nothing else
  linuxvirtualserver.lvs.ipvs_table:
    services: "{{ my_services }}"
    purge: true
    purge_scope: recorded
    persistent: true

- name: Serve a thousand services that a file of JSON lists
  linuxvirtualserver.lvs.ipvs_table:
    services: "{{ lookup('ansible.builtin.file', 'services.json') }}"

- name: Serve nothing more at this VIP
  linuxvirtualserver.lvs.ipvs_table:
    services: []
    purge: true
    purge_scope: 192.168.1.110
"""

RETURN = r"""
before:
  description:
    - The services that change, as they were, with all their realservers, in the lines that C(ipvsadm -R) takes. Unlike
      C(ipvsadm -S) they keep thresholds.
    - Structured, tens of thousands of realservers would make the result slower than the change itself.
      P(linuxvirtualserver.lvs.from_ipvsadm#filter) reads the lines; M(linuxvirtualserver.lvs.ipvs_info) shows
      everything.
  returned: success
  type: list
  elements: str
  sample: []
after:
  description: The same services as they are, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample:
    - -A -t 192.168.1.110:80 -s wlc
    - -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1
unserved:
  description:
    - Which C(vips) and C(fwmarks) of the listed services have no realserver in the table, because O(keep) keeps all of
      theirs out of it. A director with such a VIP refuses every client.
  returned: success
  type: dict
  sample: {vips: [], fwmarks: []}
commands:
  description:
    - The C(ipvsadm) commands that say the same as what was done, in the order in which it was done.
    - A line that begins with C(#) is something for which C(ipvsadm) has no option.
    - When the module fails, those of what could not be undone.
  returned: success, or when the kernel refused a change
  type: list
  elements: str
  sample:
    - ipvsadm -A -t 192.168.1.110:80 -s wlc
    - ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1
files:
  description: The files that were written or removed for the restoration at boot.
  returned: success and O(persistent=true)
  type: list
  elements: str
  sample:
    - /etc/lvs/ipvs.json
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import ANY, OPTIONS, OWN
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.table import manage
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.write import write


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "services": {"type": "raw", "required": True},
            "purge": {"type": "bool", "default": False},
            "purge_scope": {"type": "list", "elements": "str", "default": ["all"]},
            "force": {"type": "bool", "default": False},
            "sole_writer": {"type": "bool", "default": False},
            "keep_weights": {"type": "bool", "default": False},
            "keep_drained": {"type": "bool", "default": True},
            "keep": {"type": "list", "elements": "str", "default": []},
            "drain_timeout": {"type": "int", "default": 0},
            "removal_limit": {"type": "str", "default": "100%"},
            "persistent": {"type": "bool", "default": False},
            "at_boot": {"type": "bool", "default": True},
            "lvs_removal": {"type": "str", "choices": [OWN, ANY], "default": OWN},
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    write(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
