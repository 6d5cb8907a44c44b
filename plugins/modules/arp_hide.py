#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: arp_hide
short_description: Keep a realserver silent about the virtual IPs it holds
version_added: 1.0.0
description:
  - In LVS-DR and LVS-Tun the realservers hold the virtual IP (VIP) that the director answers for. A Linux host answers
    ARP for each address it has, on every interface, so without this the clients find a realserver instead of the
    director.
  - Sees to it that on every interface the effective C(arp_ignore), the larger of C(conf/all) and C(conf/INTERFACE),
    is 1 or 2, and the effective C(arp_announce) is 2. Nothing else hides, in particular not C(-arp) on C(lo), not
    C(arp_ignore) on C(lo) alone, not C(arp_announce=1) and not C(arp_ignore=3).
  - Sets C(net.ipv4.conf.all.*), and the setting of a single interface (or of C(default)) only where its own value
    defeats that of C(all).
  - Run it before the VIP is added (M(linuxvirtualserver.lvs.vip_address) insists on it) and undo it after the VIP is
    gone. It refuses both the other way round.
  - Touches C(/proc/sys/net/ipv4/conf), C(/etc/sysctl.d/99-lvs-arp-hide.conf), which is applied at boot before the first
    interface is up, and C(/var/lib/lvs/arp_hide.json), where it writes down what the settings were before its first
    change.
  - To undo it by hand, remove the two files and set the values that the second one names as C(before).
  - IPv6 needs no setting, since Linux answers neighbour solicitations only for addresses of the interface they arrive
    on. IPv6 VIPs are only checked for the interface they are on.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
requirements:
  - Linux with iproute2 4.14 or newer.
  - Root.
options:
  vips:
    description:
      - The virtual IPs to hide, such as V(192.168.1.110) or V(192.168.1.110/32).
      - Those of earlier tasks stay hidden until a task with O(state=absent) names them.
      - Required if O(state=present). With O(state=absent) it means all of them when left out.
    type: list
    elements: str
  state:
    description:
      - V(present) hides the VIPs. It fails when one of them is on an interface that speaks ARP itself.
      - V(absent) stops hiding them, and when no hidden VIP is left, sets every setting that is still as the module
        set it to the value it had before. It fails when one of the VIPs is still on this host.
    type: str
    choices: [present, absent]
    default: present
  persistent:
    description:
      - Whether the VIPs are hidden after a reboot as well. V(false) removes the drop-in.
      - When V(true), the module fails if another C(sysctl.d) file would undo the drop-in at boot, and names the line.
    type: bool
    default: true
  system:
    description:
      - The system that the host runs, as C(uname -s) and the fact C(system) name it. Left out, it is what gathered
        facts say, and V(Linux) where none were gathered.
      - Realservers that do not run Linux need no Python. They are asked and told over the connection, as
        M(ansible.builtin.raw) does it. They answer no ARP for addresses of their loopback, but may drop the packets
        for them, so what is checked, set (now and at boot) and returned as C(conditions) is what makes each system
        take them.
    type: str
seealso:
  - module: linuxvirtualserver.lvs.vip_address
"""

EXAMPLES = r"""
- name: Hide the VIP on a realserver
  linuxvirtualserver.lvs.arp_hide:
    vips: [192.168.1.110]

- name: Put the VIP there, now that nobody hears of it
  linuxvirtualserver.lvs.vip_address:
    vips: [192.168.1.110]
    interface: lo

- name: Stop hiding it, after vip_address has removed it
  linuxvirtualserver.lvs.arp_hide:
    vips: [192.168.1.110]
    state: absent

- name: Leave nothing behind
  linuxvirtualserver.lvs.arp_hide:
    state: absent
"""

RETURN = r"""
before:
  description: What was hidden, whether at boot as well, and the settings of every interface.
  returned: success
  type: dict
  sample:
    vips: []
    persistent: false
    sysctls:
      net.ipv4.conf.all.arp_announce: 0
      net.ipv4.conf.all.arp_ignore: 0
      net.ipv4.conf.eth0.arp_announce: 0
      net.ipv4.conf.eth0.arp_ignore: 0
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    vips: [192.168.1.110]
    persistent: true
    sysctls:
      net.ipv4.conf.all.arp_announce: 2
      net.ipv4.conf.all.arp_ignore: 1
      net.ipv4.conf.eth0.arp_announce: 0
      net.ipv4.conf.eth0.arp_ignore: 0
commands:
  description: The C(sysctl) commands that say the same as what was done to the running kernel.
  returned: success
  type: list
  elements: str
  sample:
    - sysctl -w net.ipv4.conf.all.arp_announce=2
    - sysctl -w net.ipv4.conf.all.arp_ignore=1
"""

import traceback
import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._addresses import parse_interfaces, parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._arp import (
    Plan,
    Record,
    Setting,
    exposed,
    plan_absent,
    plan_present,
    render_boot,
    still_held,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._runner import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._sysctl import (
    DROPIN,
    RECORD,
    boot_conflicts,
    read_record,
    read_values,
    render_record,
    require_writable,
    write_value,
)


@dataclass(frozen=True)
class State:
    """What is on the host."""

    values: dict[Setting, int]
    record: Record | None
    dropin: str | None


def read_state(host: Host) -> State:
    return State(read_values(host), read_record(host), host.read(DROPIN))


def make_plan(module: AnsibleModule, host: Host, state: State) -> Plan:
    """Decide, and refuse what would show a VIP to the network."""
    vips = None if module.params["vips"] is None else parse_vips(module.params["vips"])
    interfaces = parse_interfaces(host.run(("ip", "-j", "addr")))
    if module.params["state"] == "absent":
        plan = plan_absent(state.values, state.record, vips, persistent=state.dropin is not None)
        leaving = vips if vips is not None else (state.record or Record()).vips
        # In check mode the task that would have removed the VIP has not done it either.
        refuse(module, still_held(leaving, interfaces) if differs(plan, state) else [], even_in_check_mode=False)
        return plan
    wanted = vips or []
    refuse(module, exposed(wanted, interfaces), even_in_check_mode=True)
    ipv4 = [vip for vip in wanted if ":" not in vip]
    plan = plan_present(state.values, state.record, ipv4, module.params["persistent"])
    refuse(module, boot_conflicts(host, plan.boot) if plan.boot else [], even_in_check_mode=True)
    return plan


def refuse(module: AnsibleModule, problems: list[LvsError], even_in_check_mode: bool) -> None:
    """Stop with every problem at once."""
    if problems and module.check_mode and not even_in_check_mode:
        for problem in problems:
            module.warn(f"Unless a task before this one has seen to it, this fails outside check mode: {problem}")
    elif problems:
        module.fail_json(msg="\n".join(str(problem) for problem in problems))


def wanted_dropin(plan: Plan) -> str | None:
    return render_boot(plan.boot) if plan.boot else None


def differs(plan: Plan, state: State) -> bool:
    """Whether there is anything to do."""
    return bool(plan.changes) or plan.record != state.record or wanted_dropin(plan) != state.dropin


def apply(host: Host, plan: Plan, state: State) -> None:
    """Hide at once and make it last afterwards; take the lasting part away first. Each step can be the last one."""
    if plan.record and plan.record != state.record:
        host.write(RECORD, render_record(plan.record))
    if plan.record:
        for change in plan.changes:
            write_value(host, change)
        put_dropin(host, plan, state)
    else:
        put_dropin(host, plan, state)
        for change in plan.changes:
            write_value(host, change)
        host.remove(RECORD)
        host.remove_directory_if_empty(RECORD.rpartition("/")[0])


def put_dropin(host: Host, plan: Plan, state: State) -> None:
    text = wanted_dropin(plan)
    if text is None:
        host.remove(DROPIN)
    elif text != state.dropin:
        host.write(DROPIN, text)


def view(values: dict[Setting, int], record: Record | None, dropin: str | None) -> dict[str, t.Any]:
    """The state as the result shows it."""
    return {
        "vips": list(record.vips) if record else [],
        "persistent": dropin is not None,
        "sysctls": {setting.sysctl: values[setting] for setting in sorted(values)},
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    state = read_state(host)
    plan = make_plan(module, host, state)
    require_writable(host, plan.changes)
    changed = differs(plan, state)
    if changed and not module.check_mode:
        apply(host, plan, state)
    before = view(state.values, state.record, state.dropin)
    after_values = {**state.values, **{change.setting: change.after for change in plan.changes}}
    after = view(after_values, plan.record, wanted_dropin(plan))
    result = {
        "changed": changed,
        "before": before,
        "after": after,
        "commands": [f"sysctl -w {change.setting.sysctl}={change.after}" for change in plan.changes],
    }
    if module._diff:
        result["diff"] = [
            {"before": before, "after": after},
            {
                "before_header": DROPIN,
                "after_header": DROPIN,
                "before": state.dropin or "",
                "after": wanted_dropin(plan) or "",
            },
        ]
    return result


# The action plugin of the same name checks the arguments by it, too, on systems without Python.
SPECIFICATION: dict[str, t.Any] = {
    "argument_spec": {
        "vips": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "persistent": {"type": "bool", "default": True},
        "system": {"type": "str"},
    },
    "required_if": [("state", "present", ("vips",))],
}


def main() -> None:
    module = AnsibleModule(**SPECIFICATION, supports_check_mode=True)
    try:
        module.exit_json(**run(module, Host()))
    except LvsError as error:
        module.fail_json(msg=str(error), exception=traceback.format_exc())


if __name__ == "__main__":
    main()
