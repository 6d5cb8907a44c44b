#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tunnel_decap
short_description: Let a realserver unpack the packets that forwarding tun wraps
version_added: 1.0.0
description:
  - With LVS-Tun the director wraps what clients send into packets for the realserver, which must unpack them before it
    finds the virtual IP (VIP) inside.
  - Loads the kernel modules, sets the device of each kind up (C(tunl0), C(sit0), C(ip6tnl0), C(gre0), C(ip6gre0)),
    opens the UDP ports of C(gue), and sees to it that reverse path filtering lets IPv4 packets from the device pass,
    live and at boot.
  - What is listed becomes all that this module has set up on the host.
  - Run it before the VIP is added to the device, and undo it after the VIP is gone.
  - Writes C(/etc/modules-load.d/lvs-tunnel-decap.conf), C(/etc/sysctl.d/99-lvs-tunnel-decap.conf), the unit
    C(/etc/systemd/system/lvs-tunnel-decap.service), which also says what the devices were before, and in
    C(/var/lib/lvs/tunnel_decap.json) what was loaded with it and what the sysctls were before.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
requirements:
  - Linux with systemd, iproute2 4.20 or newer.
  - Root.
options:
  tunnels:
    description:
      - The kinds of tunnels that end here. None takes everything away, like O(state=absent).
      - C(tunnels) of a realserver in the plan can be passed as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      type:
        description:
          - How the packets are wrapped.
        type: str
        choices: [ipip, gue, gre]
        default: ipip
      port:
        description:
          - The UDP port of V(gue).
        type: int
        default: 0
      checksum:
        description:
          - The checksum that the director puts into V(gre) and V(gue) packets. A C(gre) device takes the packets with
            one or those without.
        type: str
        choices: [none, csum, remcsum]
        default: none
      inner:
        description:
          - The family of the VIP.
        type: str
        choices: [ipv4, ipv6]
        default: ipv4
      outer:
        description:
          - The family of the realserver's own address.
        type: str
        choices: [ipv4, ipv6]
        default: ipv4
      interface:
        description:
          - Said by the plan. It follows from the other keys and is not read.
        type: str
      kernel_modules:
        description:
          - Said by the plan. It follows from the other keys and is not read.
        type: list
        elements: str
      mtu:
        description:
          - Said by the plan. It follows from the other keys and is not read.
        type: int
      mss:
        description:
          - Said by the plan. It follows from the other keys and is not read.
        type: int
  vips_elsewhere:
    description:
      - Whether the IPv4 VIPs are on another interface than the device that unpacks, such as C(lo).
      - With V(false), C(rp_filter) of the device becomes 2, which passes because the device has an address, whatever
        the value of C(all) is. With V(true), only 0 passes, on the device and for C(all).
    type: bool
    default: false
  state:
    description:
      - V(present) makes it so.
      - V(absent) ends it, sets every sysctl that is still as the module set it to the value it had before, makes the
        devices what they were, and unloads the kernel modules that came with it, unless something else uses them by
        now. A device that was up before, and a port that was open, stay so.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.vip_address
  - module: linuxvirtualserver.lvs.arp_hide
"""

EXAMPLES = r"""
- name: Unpack what the director wraps by ipip
  linuxvirtualserver.lvs.tunnel_decap:
    tunnels:
      - type: ipip

- name: Unpack GUE
  linuxvirtualserver.lvs.tunnel_decap:
    tunnels:
      - type: gue
        port: 6080

- name: Put everything back
  linuxvirtualserver.lvs.tunnel_decap:
    state: absent
"""

RETURN = r"""
before:
  description: >-
    Which of the kernel modules were loaded, what the sysctls were, which devices were up and which ports open, and
    whether files of ours do it at boot.
  returned: success
  type: dict
  sample:
    kernel_modules: []
    sysctls: {}
    devices: []
    ports: []
    persistent: false
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    kernel_modules: [ipip]
    sysctls:
      net.ipv4.conf.tunl0.rp_filter: "2"
    devices: [tunl0]
    ports: []
    persistent: true
commands:
  description: The commands that say the same as what was done.
  returned: success
  type: list
  elements: str
  sample:
    - modprobe ipip
    - sysctl -w net.ipv4.conf.tunl0.rp_filter=2
    - ip link set tunl0 up
    - systemctl daemon-reload
    - systemctl enable lvs-tunnel-decap.service
    - systemctl restart lvs-tunnel-decap.service
"""

import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import actions as host_actions
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found, tell, text_of
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.unit import DIRECTORY, WANTED_BY, UnitFiles
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import setup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.kernel import Kernel, commands
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.kernel import State as KernelState
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.tunnels import (
    Device,
    Links,
    Port,
    Record,
    changes,
    devices_of,
    parse_links,
    parse_ports,
    parse_unit,
    ports_of,
    render_unit,
    undoing,
    wanted_kernel,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.tunnels import Unpacking

_LOST = "what the devices were before us is not known any more, so state absent leaves them as they are."
UNIT = f"{DIRECTORY}/lvs-tunnel-decap.service"
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Wish:
    """What the arguments ask for."""

    kernel: setup.Wanted
    devices: list[Device]
    ports: list[Port]


@dataclass(frozen=True)
class State:
    """What is on the host."""

    kernel: KernelState
    links: Links
    ports: set[Port]
    found: Found[str]  # the unit

    @property
    def unit(self) -> str:
        return self.found.value or ""


@dataclass(frozen=True)
class Plan:
    """In the order in which it is done, for devices come with their kernel modules and go with them."""

    ending: list[host_actions.Action]
    kernel: setup.Plan
    beginning: list[host_actions.Action]

    @property
    def actions(self) -> list[host_actions.Action]:
        """All but the kernel's."""
        return [*self.ending, *self.beginning]


def read_wish(params: dict[str, t.Any]) -> Wish:
    """The arguments, checked."""
    given = params["tunnels"] if params["state"] == "present" else []
    for index, tunnel in enumerate(given):
        if (tunnel["type"] == "gue") != (0 < tunnel["port"] <= HIGHEST_PORT):
            cure = f"is not the port of a {tunnel['type']} tunnel. Set one from 1 to 65535 for gue, and only for gue."
            raise LvsError(f"tunnels[{index}].port", tunnel["port"], cure)
    tunnels = sorted({Unpacking(*(tunnel[key] for key in Unpacking._fields)) for tunnel in given})
    return Wish(wanted_kernel(tunnels, params["vips_elsewhere"]), devices_of(tunnels), ports_of(tunnels))


def read_state(host: Host, kernel: Kernel, wish: Wish) -> State:
    found = text_of(host.read(UNIT), UNIT, _LOST)
    seen = kernel.read(wish.kernel)
    # Without its module the kernel does not know the question.
    ports = parse_ports(host.run(("ip", "-j", "fou", "show"))) if "fou" in seen.loaded else set()
    return State(seen, parse_links(host.run(("ip", "-j", "-d", "link"))), ports, found)


def make_plan(host: Host, wish: Wish, state: State) -> Plan:
    record = parse_unit(state.unit)
    names = {device.name for device in wish.devices}
    gone = {name: was for name, was in record.former.items() if name not in names}
    ports = sorted(record.ports.difference(wish.ports))
    known = state.kernel
    return Plan(
        [host_actions.Run(argv) for argv in undoing(gone, ports, state.links, state.ports)],
        setup.make_plan(wish.kernel, known.loaded, known.values, known.record),
        plan_beginning(host, wish, state, record),
    )


def plan_beginning(host: Host, wish: Wish, state: State, record: Record) -> list[host_actions.Action]:
    """The unit has the record of what was before, so it is written before anything is set, and removed last."""
    units = UnitFiles(host)
    if not wish.devices:
        return units.drop(UNIT) if state.found != Found() else []
    record = record.extended(wish.devices, wish.ports, state.links, state.ports)
    text = render_unit(wish.devices, wish.ports, record, host.which("ip") or "ip", WANTED_BY)
    live = [host_actions.Run(argv) for argv in changes(wish.devices, wish.ports, state.links, state.ports)]
    if text == state.unit and units.is_active(UNIT):
        return [*live]
    return [*units.enable(UNIT, text), *live, units.start(UNIT)]


def apply(module: AnsibleModule, host: Host, kernel: Kernel, wish: Wish, plan: Plan, state: State) -> None:
    host_actions.apply(host, plan.ending)
    for name in kernel.apply(wish.kernel, plan.kernel, state.kernel):
        module.warn(f"The kernel module {name} came with this collection and is in use, so it stays loaded.")
    host_actions.apply(host, plan.beginning)


def view(state: State, wish: Wish) -> dict[str, t.Any]:
    """The devices and ports that concern us."""
    record = parse_unit(state.unit)
    names = {*record.former, *(device.name for device in wish.devices)}
    return {
        "devices": sorted(name for name in names if name in state.links and state.links[name].up),
        "ports": sorted(one.number for one in state.ports & {*record.ports, *wish.ports}),
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    kernel = Kernel(host, "tunnel_decap")
    wish = read_wish(module.params)
    state = read_state(host, kernel, wish)
    tell(module.warn, state.kernel.found, state.found)
    plan = make_plan(host, wish, state)
    problems = kernel.problems(wish.kernel, plan.kernel)
    if problems:
        module.fail_json(msg="\n".join(map(str, problems)))
    changed = kernel.differs(wish.kernel, plan.kernel, state.kernel) or bool(plan.actions)
    if changed and not module.check_mode:
        apply(module, host, kernel, wish, plan, state)
    before = {**kernel.view(wish.kernel, plan.kernel, state.kernel), **view(state, wish)}
    after = {
        **kernel.view_after(wish.kernel, plan.kernel, state.kernel),
        "devices": [device.name for device in wish.devices],
        "ports": [port.number for port in wish.ports],
    }
    result = {
        "changed": changed,
        "before": before,
        "after": after,
        "commands": [
            *host_actions.commands(plan.ending),
            *commands(plan.kernel),
            *host_actions.commands(plan.beginning),
        ],
    }
    if module._diff:
        files = [
            *kernel.file_diffs(wish.kernel, state.kernel),
            *host_actions.file_diffs(plan.actions, {UNIT: state.unit}),
        ]
        result["diff"] = [{"before": before, "after": after}, *files]
    return result


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "tunnels": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "type": {"type": "str", "choices": ["ipip", "gue", "gre"], "default": "ipip"},
                    "port": {"type": "int", "default": 0},
                    "checksum": {"type": "str", "choices": ["none", "csum", "remcsum"], "default": "none"},
                    "inner": {"type": "str", "choices": ["ipv4", "ipv6"], "default": "ipv4"},
                    "outer": {"type": "str", "choices": ["ipv4", "ipv6"], "default": "ipv4"},
                    "interface": {"type": "str"},
                    "kernel_modules": {"type": "list", "elements": "str"},
                    "mtu": {"type": "int"},
                    "mss": {"type": "int"},
                },
            },
            "vips_elsewhere": {"type": "bool", "default": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module, Host()))


if __name__ == "__main__":
    main()
