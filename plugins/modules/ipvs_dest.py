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
      - V(absent) ends its connections. Drain it before.
    type: str
    choices: [present, absent, drained]
    default: present
  wait_for:
    description:
      - With O(state=drained), the connections to wait for.
      - V(established) for those in which a client is being served, so that the wait ends under a SYN flood too. V(all)
        for half-open and closing ones as well. V(none) to wait for nothing.
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

import typing as t
from collections.abc import Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found, tell
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import drained
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.converge import (
    Goal,
    Result,
    converge,
    report,
    run,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.drain import check_enough, wait
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.drained import (
    Memory,
    forget,
    is_drained,
    read_memory,
    write_memory,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.options import (
    KEY_OPTIONS,
    KEY_RULES,
    REALSERVER_OPTIONS,
    REALSERVER_SPELLING,
    given,
    given_realserver,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import commands
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_realserver
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import port_number
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    RealserverKey,
    Service,
    ServiceKey,
    Table,
    sort_realservers,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.client import Ipvs


class Task:
    """One realserver of one service, and what the task wants of it."""

    def __init__(self, module: AnsibleModule) -> None:
        params = module.params
        self.module = module
        self.state: str = params["state"]
        self.data = given_realserver(params)
        if self.state == "absent":
            # Whatever else it is, that goes.
            self.data = {name: value for name, value in self.data.items() if name in RealserverKey._fields}
        self.service_key, realserver = self.parse(None)
        self.key = realserver.key
        self.name = (self.service_key, self.key)
        self.remembered: Found[Memory] = Found()
        if self.state == "drained" and "weight" in self.data:
            raise LvsError(
                "weight",
                self.data["weight"],
                "cannot be set with state drained, which is weight 0. Leave it out.",
            )

    @property
    def memory(self) -> Memory:
        return self.remembered.value or {}

    def parse(self, pool: Mapping[RealserverKey, Realserver] | None) -> tuple[ServiceKey, Realserver]:
        """What the task says, completed from the realservers there are."""
        service = given(self.module.params, KEY_OPTIONS)
        return parse_realserver(self.data, service, pool, port_number, REALSERVER_SPELLING)

    def read(self, kernel: Ipvs) -> Table:
        service = kernel.service(self.service_key)
        return () if service is None else (service,)

    def wish(self, have: Table) -> Goal:
        """The service with the one realserver as it is wanted."""
        # Here, because for real this is where we have the lock.
        self.remembered = read_memory(drained.MEMORY)
        if self.nothing_to_do(have):
            return Goal(have, have)
        service = have[0] if have else self.missing()
        pool = {realserver.key: realserver for realserver in service.realservers}
        if self.state == "absent":
            pool.pop(self.key, None)
        else:
            pool[self.key] = self.wanted(service, pool)
        return Goal((service._replace(realservers=sort_realservers(pool.values())),), have or (service,))

    def nothing_to_do(self, have: Table) -> bool:
        if any(one.key == self.key for service in have for one in service.realservers):
            return False
        if self.state == "drained" and self.module.params["fail_on_not_found"] and not self.module.check_mode:
            what = f"realserver {self.key.label} of service {self.service_key.label}"
            raise LvsError("rip", what, "is not there to be drained. Add it first, or use fail_on_not_found: false.")
        return self.state != "present"

    def missing(self) -> Service:
        """In check mode an earlier task would have added the service; for real it has to be there."""
        label = self.service_key.label
        if self.module.check_mode:
            self.module.warn(f"service {label} is not there yet: an earlier task has to add it")
            return Service(self.service_key)
        raise LvsError("service", label, "is not there. Add it first, with ipvs_service or ipvs_table.")

    def wanted(self, service: Service, pool: dict[RealserverKey, Realserver]) -> Realserver:
        if self.state == "drained":
            check_enough(service, self.key, self.module.params["min_active"])
        elif is_drained(service, self.key, self.memory):
            former = self.memory[self.name]
            pool[self.key] = pool.get(self.key, former)._replace(weight=former.weight)
        _service, one = self.parse(pool)
        return one._replace(weight=0) if self.state == "drained" else one

    def remember(self, result: Result) -> None:
        """Before the weight is gone; the former one of a realserver that has none already is known or nobody's."""
        if self.remembered.problem:
            write_memory({}, drained.MEMORY)
        for service in result.before:
            for one in service.realservers:
                if self.state == "drained" and one.key == self.key and one.weight > 0:
                    write_memory({**self.memory, self.name: one}, drained.MEMORY)

    def forget(self, _result: Result) -> None:
        """After it is back, or gone for good."""
        if self.state != "drained":
            forget(lambda *name: name == self.name, drained.MEMORY)


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the one realserver what the task says."""
    task = Task(module)
    result = converge(
        kernel,
        task.read,
        task.wish,
        check_mode=module.check_mode,
        name="ipvs_dest",
        prepare=task.remember,
        complete=task.forget,
    )
    tell(module.warn, task.remembered)
    answer = report(module, result, _find(result.before, task.key), _find(result.after, task.key))
    answer["changed"] = answer["changed"] or task.remembered.problem is not None
    if task.state == "drained" and answer["after"] is not None:
        answer.update(drain(module, kernel, task, result.after[0]))
    return answer


def drain(module: AnsibleModule, kernel: Ipvs, task: Task, service: Service) -> dict[str, t.Any]:
    """Wait as the task says, without the lock: others may go on meanwhile. What that adds to the results."""
    params = module.params
    timeout = 0 if module.check_mode else params["wait_timeout"]
    done, left = wait(service, task.key, params["wait_for"], timeout)
    found = {"drained": done, "connections": left.to_dict()}
    if done or module.check_mode or params["on_timeout"] == "leave":
        return found
    if params["on_timeout"] == "fail":
        cure = f"have not ended after {timeout} seconds. Wait longer (there are no new ones), or see on_timeout."
        raise LvsError(f"the connections of realserver {task.key.label}", left.to_dict(), cure)
    task.state = "absent"
    removed = converge(kernel, task.read, task.wish, check_mode=False, name="ipvs_dest")
    return {**found, "changed": True, "after": None, "commands": commands(removed.operations)}


def _find(table: Table, key: RealserverKey) -> dict[str, t.Any] | None:
    found = [realserver for service in table for realserver in service.realservers if realserver.key == key]
    return found[0].to_dict() if found else None


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
    run(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
