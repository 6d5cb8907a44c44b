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
  exclusive:
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
        listed for them, until it gives them connections again.
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
      - Before realservers are removed from a service, give them no new connections and wait until they serve nobody,
        for so many seconds at most. Without it the packets of their connections are dropped from one moment to the
        next.
      - V(0) waits for nothing. A service that is removed is not waited for either.
    type: int
    default: 0
  persistent:
    description:
      - Keep a record of the listed services in C(/etc/lvs/ipvs.json), and restore all of the record at boot, before the
        network is up, without C(ipvsadm), by the unit C(lvs-ipvs.service). Needs systemd.
      - What is purged leaves the record too. When the record becomes empty, it and the unit are removed.
      - With V(false) an existing record is left alone.
    type: bool
    default: false
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
commands:
  description:
    - The C(ipvsadm) commands that say the same as what was done, in the order in which it was done.
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

import json
import typing as t
from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.files import Draft
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found, tell
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import drained, persist, restore
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.client import Ipvs
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.converge import (
    Goal,
    Result,
    converge,
    report,
    run,
    table_owners,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.drained import (
    Memory,
    keep_drained,
    read_memory,
    still_drained,
    undrained,
    write_memory,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import (
    apply,
    diff,
    in_scope,
    keep_as_is,
    keep_weights,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import port_number
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import ServiceKey, Table


def purgeable(params: dict[str, t.Any], record: Table) -> Callable[[ServiceKey], bool]:
    """Which services may be removed when they are not listed."""
    vips = set()
    for index, word in enumerate(params["purge_scope"]):
        vip = canonical_address(word)
        if word not in ("all", "recorded") and vip is None:
            raise LvsError(f"purge_scope[{index}]", word, "is no scope. Use all, recorded, or a VIP.")
        vips.add(vip)
    if not params["purge"]:
        return lambda _key: False
    if "all" in params["purge_scope"]:
        return lambda _key: True
    recorded = {service.key for service in record} if "recorded" in params["purge_scope"] else set()
    return lambda key: key in recorded or (key.vip is not None and key.vip in vips)


def refuse_foreign(have: Table, want: Table) -> None:
    """Another program that owns the table would not know, or would put back, what we remove."""
    listed = {service.key for service in want}
    unlisted = [service.key.label for service in have if service.key not in listed]
    owners = table_owners() if unlisted else []
    if owners:
        cure = f"cannot be done while {', '.join(owners)} runs here, which may own them. Stop it, or use force."
        raise LvsError("purge", unlisted, cure)


def refuse_owners() -> None:
    """Two programs that write one table undo each other's work."""
    owners = table_owners()
    if owners:
        cure = (
            f"cannot be had while {', '.join(owners)} writes the table. Stop and disable it, or leave the table to it."
        )
        raise LvsError("exclusive", None, cure)


def kept_rips(words: list[str]) -> set[str]:
    """The RIPs that stay as they are, in the spelling of the table."""
    rips = set()
    for index, word in enumerate(words):
        rip = canonical_address(word)
        if rip is None:
            raise LvsError(f"keep[{index}]", word, "is no address. Use the RIP of a realserver.")
        rips.add(rip)
    return rips


def services_in(given: object) -> object:
    """The services, also where they come as JSON text."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise LvsError("services", given[:80], "is neither a list of services nor JSON text of one.") from None


class Task:
    """A list of services, and what the task wants of those that are not in it."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.services = services_in(self.params["services"])
        self.found: Found[Table] = Found()
        self.remembered: Found[Memory] = Found()
        self.files: list[str] = []
        self.differences: list[dict[str, str]] = []
        self.wanted: dict[str, bytes | None] = {}
        self.drafts: list[Draft] = []
        if self.params["drain_timeout"] < 0:
            raise LvsError("drain_timeout", self.params["drain_timeout"], "is no time to wait. Use 0 or more seconds.")
        if self.params["persistent"]:
            persist.check()

    @property
    def record(self) -> Table:
        return self.found.value or ()

    @property
    def memory(self) -> Memory:
        return self.remembered.value or {}

    def wish(self, have: Table) -> Goal:
        """The services as they are wanted. For real this is called with the lock held: so the files are read here."""
        params = self.params
        if params["exclusive"]:
            refuse_owners()
        self.found = restore.read_record(restore.RECORD) if self.needs_record() else Found()
        self.remembered = read_memory(drained.MEMORY)
        want = self.listed(have)
        scope = in_scope(have, {service.key for service in want}, purgeable(params, self.record))
        if not params["force"]:
            refuse_foreign(scope, want)
        if params["keep_weights"]:
            want = keep_weights(want, scope)
        return Goal(keep_drained(want, scope, self.memory) if params["keep_drained"] else want, scope)

    def listed(self, have: Table) -> Table:
        """The services as they are listed; what is left out of them, and who is kept, as it is."""
        services = parse_table(self.services, have=have, lookup=port_number)
        return keep_as_is(services, have, kept_rips(self.params["keep"]))

    def needs_record(self) -> bool:
        return self.params["persistent"] or "recorded" in self.params["purge_scope"]

    def prepare(self, result: Result) -> None:
        """Write the files beside those that are there: what can fail for want of space fails before the kernel."""
        if self.params["persistent"]:
            self.wanted = self.wanted_files(result)
            self.drafts = persist.prepare(self.wanted)

    def complete(self, result: Result) -> None:
        """Do to the files what was done to the kernel."""
        rest = still_drained(self.memory, result.before, result.after)
        if rest != self.memory or self.remembered.problem:
            write_memory(rest, drained.MEMORY)
        if self.params["persistent"]:
            persist.install(Host(), self.wanted, self.drafts)

    def wanted_files(self, result: Result) -> dict[str, bytes | None]:
        """The files that restore our services, and not those that others have in the kernel."""
        # Weights that somebody else moves are for this moment alone; at boot there is nobody yet to move them.
        usual = self.record if self.params["keep_weights"] else undrained(result.after, self.memory)
        want = keep_weights(result.after, self.listed(usual))
        scope = in_scope(self.record, {service.key for service in want}, purgeable(self.params, self.record))
        wanted = persist.files(apply(diff(want, scope), self.record))
        self.files = persist.differing(wanted)
        if self.module._diff:
            self.differences = persist.differences(wanted, self.files)
        return wanted


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the services what the task says, and then the record of them."""
    task = Task(module)
    try:
        result = converge(
            kernel,
            Ipvs.table,
            task.wish,
            check_mode=module.check_mode,
            name="ipvs_table",
            prepare=task.prepare,
            complete=task.complete,
            drain_timeout=module.params["drain_timeout"],
        )
    finally:
        persist.discard(task.drafts)
    tell(module.warn, task.found, task.remembered)
    # Ansible looks through each word of a result for secrets, here and on the controller: so lines, and not the
    # services as they came, which it would send back.
    before, after = map(listing, result.changes())
    answer = report(module, result, before, after)
    answer["changed"] = answer["changed"] or task.remembered.problem is not None
    answer["invocation"] = {"module_args": {name: value for name, value in module.params.items() if name != "services"}}
    if module.params["persistent"]:
        if module.check_mode:
            task.wanted_files(result)
        answer["files"] = task.files
        answer["changed"] = answer["changed"] or bool(task.files)
        if module._diff:
            answer["diff"] = [answer["diff"], *task.differences]
    return answer


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "services": {"type": "raw", "required": True},
            "purge": {"type": "bool", "default": False},
            "purge_scope": {"type": "list", "elements": "str", "default": ["all"]},
            "force": {"type": "bool", "default": False},
            "exclusive": {"type": "bool", "default": False},
            "keep_weights": {"type": "bool", "default": False},
            "keep_drained": {"type": "bool", "default": True},
            "keep": {"type": "list", "elements": "str", "default": []},
            "drain_timeout": {"type": "int", "default": 0},
            "persistent": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
