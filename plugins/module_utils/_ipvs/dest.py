# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_dest: one realserver of a service is added, edited, drained or removed.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._errors import LvsError, only_in_check_mode
from .._host.actions import Action, Write, apply, prepare
from .._host.host import Host
from .._host.records import Found, tell
from .._keepalived.file import OFF, ON
from .._keepalived.seen import drained_by_file, is_checked
from .._model.drains import drain_of
from .._model.ipvsadm import commands
from .._model.numbers import as_integer
from .._model.parse import parse_realserver
from .._model.port_names import port_number
from .._model.table import Realserver, RealserverKey, Service, ServiceKey, Table, sort_realservers
from . import drained, memory
from .converge import Goal, Result, converge, report
from .drain import check_enough, wait
from .drained import Memory, is_drained, read_flags, read_memory, with_fallback
from .options import KEY_OPTIONS, REALSERVER_SPELLING, given, given_realserver

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs


_LONGER = {
    "tcp": "Wait longer (there are no new ones), or see on_timeout.",
    "udp": "A client that goes on talking keeps its realserver however long you wait. With on_timeout: force its next "
    "packet goes to another one.",
}


class Task:
    """One realserver of one service, and what the task wants of it."""

    def __init__(self, module: AnsibleModule) -> None:
        params = module.params
        self.module = module
        self.host = Host()
        self.state: str = params["state"]
        self.data = given_realserver(params)
        if self.state == "absent":
            # Whatever else it is, that goes.
            self.data = {name: value for name, value in self.data.items() if name in RealserverKey._fields}
        self.service_key, realserver = self.parse(None)
        self.key = realserver.key
        self.name = (self.service_key, self.key)
        self.remembered: Found[Memory] = Found()
        self.switched = False  # a file by which keepalived drains it
        self.by_file: Memory = {}  # itself, as keepalived knows it, when such a file drains it
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
        self.by_file = self.by_file or {
            name: one for name, one in drained_by_file(self.host).items() if name == self.name
        }
        self.name_port_zero(have)
        if self.nothing_to_do(have):
            return Goal(have, have)
        service = have[0] if have else self.missing()
        pool = {realserver.key: realserver for realserver in service.realservers}
        if self.state == "absent":
            pool.pop(self.key, None)
        else:
            pool[self.key] = self.wanted(service, pool)
        changed = self.scheduled(service)._replace(realservers=sort_realservers(pool.values()))
        return Goal((changed,), have or (service,))

    def scheduled(self, service: Service) -> Service:
        """With a fallback for the clients of those that are drained, as long as there are any."""
        if self.state == "drained":
            return with_fallback(service)
        others = any(is_drained(service, one.key, self.memory) for one in service.realservers if one.key != self.key)
        if self.name not in self.memory or others:
            return service
        flags = read_flags(drained.MEMORY).get(service.key, service.scheduler_flags)
        return service._replace(scheduler_flags=flags)

    def name_port_zero(self, have: Table) -> None:
        """Port 0 is what others may have given the kernel; one of ours has the port of the service then.

        What is to go is the one with just that port, lest the same task takes the other one the next time.
        """
        zero = RealserverKey(self.key.rip, 0)
        there = any(one.key == zero for service in have for one in service.realservers)
        if as_integer(self.data.get("port")) == 0 and (there or self.state != "present"):
            self.key = zero
            self.name = (self.service_key, zero)

    def nothing_to_do(self, have: Table) -> bool:
        if any(one.key == self.key for service in have for one in service.realservers):
            return False
        if (self.state != "present" or self.name not in self.memory) and is_checked(self.host, self.name):
            # Its check keeps it out of the table, and it comes back when it passes. One that was drained may have been
            # taken out by force.
            return True
        if self.state == "drained" and self.module.params["fail_on_not_found"]:
            what = f"realserver {self.key.label} of service {self.service_key.label}"
            cure = "is not there to be drained. Add it first, or use fail_on_not_found: false."
            if not self.module.check_mode:
                raise LvsError("rip", what, cure)
            self.module.warn(only_in_check_mode(LvsError("rip", what, cure)))
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
        elif is_drained(service, self.key, {**self.by_file, **self.memory}):
            former = {**self.by_file, **self.memory}[self.name]
            pool[self.key] = pool.get(self.key, former)._replace(weight=former.weight)
        _service, one = self.parse(pool)
        return one._replace(weight=0) if self.state == "drained" else one

    def remembering(self, result: Result) -> list[Action]:
        """Before the weight is gone; the former one of a realserver that has none already is known or nobody's."""
        for service in result.before if self.state == "drained" else ():
            for one in service.realservers:
                if one.key == self.key and one.weight > 0:
                    former = {service.key: service.scheduler_flags} if with_fallback(service) != service else None
                    return memory.writing({**self.memory, self.name: one}, former)
        return memory.writing({}) if self.remembered.problem else []

    def switching(self) -> list[Action]:
        """Where keepalived keeps the table, it gives the realserver its weight whenever that has passed its check."""
        switch, word = drain_of(self.name), ON if self.state == "drained" else OFF
        return [Write(switch, word)] if self.host.read(switch) not in (None, word) else []

    def prepare(self, result: Result) -> None:
        """Whether all of it can be written is known before the kernel is touched."""
        before = [*self.remembering(result), *self.switching()]
        self.switched = self.switched or bool(self.switching())
        prepare(self.host, [*before, *self.forgetting()], check_mode=self.module.check_mode)
        if not self.module.check_mode:
            apply(self.host, before)

    def forgetting(self) -> list[Action]:
        """When it is back, or gone for good."""
        return memory.forgetting(lambda *name: name == self.name) if self.state != "drained" else []

    def complete(self, _result: Result) -> None:
        apply(self.host, self.forgetting())


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the one realserver what the task says."""
    task = Task(module)
    result = converge(
        kernel,
        task.read,
        task.wish,
        host=task.host,
        check_mode=module.check_mode,
        name="ipvs_dest",
        prepare=task.prepare,
        complete=task.complete,
    )
    tell(module.warn, task.remembered)
    before, after = (_find(table, task.key) for table in (result.before, result.after))
    healed = task.switched or task.remembered.problem is not None
    answer = report(module, result, before, after, healed=healed)
    if task.state == "drained" and answer["after"] is not None:
        answer.update(drain(module, kernel, task, result.after[0]))
    return answer


def drain(module: AnsibleModule, kernel: Ipvs, task: Task, service: Service) -> dict[str, t.Any]:
    """Wait as the task says, without the lock: others may go on meanwhile. What that adds to the results."""
    params = module.params
    timeout = 0 if module.check_mode else params["wait_timeout"]
    silence = kernel.timeouts().udp
    done, left = wait(service, task.key, params["wait_for"], timeout, silence)
    found = {"drained": done, "connections": left.to_dict()}
    if done or module.check_mode or params["on_timeout"] == "leave":
        return found
    if params["on_timeout"] == "fail":
        cure = (
            f"have not ended after {timeout} seconds. {_LONGER['udp' if task.service_key.protocol == 'udp' else 'tcp']}"
        )
        raise LvsError(f"the connections of realserver {task.key.label}", left.to_dict(), cure)
    task.state = "absent"
    removed = converge(kernel, task.read, task.wish, host=task.host, check_mode=False, name="ipvs_dest")
    return {**found, "changed": True, "after": None, "commands": commands(removed.operations)}


def _find(table: Table, key: RealserverKey) -> dict[str, t.Any] | None:
    found = [realserver for service in table for realserver in service.realservers if realserver.key == key]
    return found[0].to_dict() if found else None
