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
        C(rip_port). This is also the form of the RV(after) of this module, and of M(linuxvirtualserver.lvs.ipvs_info).
      - An option that is left out of a service or realserver stays as it is in the kernel, and has its default on a new
        one. An option that is given as C(null) is set to its default.
      - The realservers of a service are exactly those in C(realservers). They stay as they are when C(realservers) is
        left out.
    type: list
    elements: dict
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
  keep_weights:
    description:
      - Leave the weights of realservers that are there already as they are, because something else moves them.
    type: bool
    default: false
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

- name: Serve nothing more at this VIP
  linuxvirtualserver.lvs.ipvs_table:
    services: []
    purge: true
    purge_scope: 192.168.1.110
"""

RETURN = r"""
before:
  description: The services that the task answers for, which are those listed and those it may purge, as they were.
  returned: success
  type: list
  elements: dict
  sample: []
after:
  description: The same services as they are, or in check mode would be.
  returned: success
  type: list
  elements: dict
  sample:
    - vip: 192.168.1.110
      fwmark:
      family: ipv4
      protocol: tcp
      port: 80
      scheduler: wlc
      scheduler_flags: []
      persistence: 0
      persistence_netmask:
      persistence_engine:
      one_packet: false
      realservers:
        - rip: 192.168.1.11
          port: 80
          forwarding: dr
          weight: 1
          upper_threshold: 0
          lower_threshold: 0
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

import typing as t
from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils import _ipvs_persist, _ipvs_restore
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._diff import (
    apply,
    diff,
    in_scope,
    keep_weights,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs_module import (
    Goal,
    Result,
    converge,
    port_number,
    report,
    run,
    table_owners,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import (
    ServiceKey,
    Table,
    canonical_address,
    parse_table,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import Ipvs


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
        cure = f"cannot be purged while {', '.join(owners)} runs here, to which they may belong. Stop it, or use force."
        raise LvsError("purge", unlisted, cure)


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the services what the task says, and then the record of them."""
    params = module.params
    record = (
        _ipvs_restore.read_record(_ipvs_restore.RECORD)
        if params["persistent"] or "recorded" in params["purge_scope"]
        else ()
    )
    may_purge = purgeable(params, record)

    def wish(have: Table) -> Goal:
        want = parse_table(params["services"], have=have, lookup=port_number)
        scope = in_scope(have, {service.key for service in want}, may_purge)
        if not params["force"]:
            refuse_foreign(scope, want)
        return Goal(keep_weights(want, scope) if params["keep_weights"] else want, scope)

    if params["persistent"]:
        _ipvs_persist.check()
    result = converge(kernel, lambda kernel: kernel.table(), wish, check_mode=module.check_mode)
    before, after = ([service.to_dict() for service in table] for table in (result.before, result.after))
    answer = report(module, result, before, after)
    if params["persistent"]:
        answer["files"] = persist(module, result, record, may_purge)
        answer["changed"] = answer["changed"] or bool(answer["files"])
    return answer


def persist(module: AnsibleModule, result: Result, record: Table, may_purge: Callable[[ServiceKey], bool]) -> list[str]:
    """Do to the record what was done to the kernel, which may hold services that are not ours to record."""
    want = result.after
    if module.params["keep_weights"]:
        # The weights of this moment are somebody else's; at boot there is nobody yet to move them.
        want = keep_weights(want, parse_table(module.params["services"], have=record, lookup=port_number))
    scope = in_scope(record, {service.key for service in want}, may_purge)
    wanted = _ipvs_persist.files(apply(diff(want, scope), record))
    changes = _ipvs_persist.differing(wanted)
    if not module.check_mode:
        _ipvs_persist.install(module, wanted)
    return changes


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "services": {"type": "list", "elements": "dict", "required": True},
            "purge": {"type": "bool", "default": False},
            "purge_scope": {"type": "list", "elements": "str", "default": ["all"]},
            "force": {"type": "bool", "default": False},
            "keep_weights": {"type": "bool", "default": False},
            "persistent": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run(module, lambda kernel: manage(module, kernel))


if __name__ == "__main__":
    main()
