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
      - Only O(forwarding=nat) and services of a O(fwmark) can use another port than the service's.
      - Default is the port of the service.
    type: str
  forwarding:
    description:
      - How packets reach the realserver.
      - V(nat) rewrites their address, V(dr) sends them unchanged to the realserver's Ethernet address, V(tun) wraps
        them.
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
      - How packets are wrapped with O(forwarding=tun). Given at all, it is taken as a whole.
      - Default is type V(ipip).
    type: dict
    suboptions:
      type:
        description:
          - What the packets are wrapped in. V(gue) needs a kernel of 5.2 or later, V(gre) one of 5.3 or later.
        type: str
        choices: [ipip, gue, gre]
        default: ipip
      port:
        description:
          - The UDP port at which the realserver unwraps V(gue). Required with it, and useless without.
        type: int
        default: 0
      checksum:
        description:
          - Whether V(gue) and V(gre) packets carry a checksum. V(remcsum) is remote checksum offload, for V(gue) alone.
        type: str
        choices: [none, csum, remcsum]
        default: none
  state:
    description:
      - Whether the realserver is in the service.
      - Removing a realserver ends its connections. Set its O(weight=0) before and wait until they are done.
    type: str
    choices: [present, absent]
    default: present
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

- name: Send it no new connections
  linuxvirtualserver.lvs.ipvs_dest:
    vip: 192.168.1.110
    port: http
    rip: 192.168.1.11
    weight: 0

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
    - When the module fails, those of what could not be undone.
  returned: success, or when the kernel refused a change
  type: list
  elements: str
  sample:
    - ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs_module import (
    Goal,
    converge,
    port_number,
    report,
    run,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs_options import (
    KEY_OPTIONS,
    KEY_RULES,
    REALSERVER_OPTIONS,
    REALSERVER_SPELLING,
    given,
    given_realserver,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import (
    RealserverKey,
    Service,
    ServiceKey,
    Table,
    parse_realserver,
    parse_realserver_key,
    parse_service_key,
    sort_realservers,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import Ipvs


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the one realserver what the task says."""
    data = given_realserver(module.params)
    service_key = parse_service_key(given(module.params, KEY_OPTIONS), lookup=port_number)
    key = parse_realserver_key(data, service_key, lookup=port_number, spelling=REALSERVER_SPELLING)
    absent = module.params["state"] == "absent"

    def read(kernel: Ipvs) -> Table:
        service = kernel.service(service_key)
        return () if service is None else (service,)

    def wish(have: Table) -> Goal:
        service = have[0] if have else None
        if service is None:
            if absent:
                return Goal((), ())
            service = _missing(module, service_key)
        pool = {realserver.key: realserver for realserver in service.realservers}
        if absent:
            pool.pop(key, None)
        else:
            pool[key] = parse_realserver(data, service_key, "", pool, port_number, REALSERVER_SPELLING)
        wanted = service._replace(realservers=sort_realservers(pool.values()))
        return Goal((wanted,), have or (service,))

    result = converge(kernel, read, wish, check_mode=module.check_mode)
    return report(module, result, _find(result.before, key), _find(result.after, key))


def _missing(module: AnsibleModule, key: ServiceKey) -> Service:
    """In check mode an earlier task would have added the service; for real it has to be there."""
    if module.check_mode:
        module.warn(f"service {key.label} is not there yet: an earlier task has to add it")
        return Service(key)
    raise LvsError("service", key.label, "is not there. Add it first, with ipvs_service or ipvs_table.")


def _find(table: Table, key: RealserverKey) -> dict[str, t.Any] | None:
    found = [realserver for service in table for realserver in service.realservers if realserver.key == key]
    return found[0].to_dict() if found else None


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **KEY_OPTIONS,
            **REALSERVER_OPTIONS,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
        **KEY_RULES,
    )
    run(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
