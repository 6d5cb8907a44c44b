#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_rules
short_description: The few firewall rules that a director may need
version_added: 1.0.0
description:
  - No forwarding method of LVS needs a firewall. Two things that go beyond forwarding do, and this module makes the
    rules for them and no others.
  - A service by firewall mark (C(fwmark)) takes the packets that a rule has marked, such as those to port 80 and to
    port 443 of one virtual IP (VIP), which then are one service (LVS-mini-HOWTO 1.2).
  - In LVS-NAT the realservers' way out is through the director. For connections that they begin themselves they need
    source NAT when the network outside does not know them, and clients on their own network need it, or the replies
    reach them past the director.
  - What is listed becomes all that this module has set up on the host, live and at boot. What somebody else has set up
    is never touched.
  - It takes the firewall that the host really has. That is C(nft), in the tables C(ip lvs) and C(ip6 lvs), where that
    program is installed and the kernel accepts the rules. Otherwise it is C(iptables-legacy) and C(ip6tables-legacy),
    in the chains C(lvs-marks) of the table C(mangle) and C(lvs-snat) of the table C(nat). It fails where the host has
    neither. The variant of C(iptables) that writes nf_tables rules is not used.
  - C(/etc/systemd/system/lvs-firewall.service) makes the rules at boot, before the network is up, and again when a
    service is restarted or reloaded that removes everybody's rules (C(nftables), C(iptables), C(ip6tables),
    C(netfilter-persistent)). With C(iptables), C(/etc/modules-load.d/lvs-firewall-rules.conf) loads the kernel modules
    and C(/var/lib/lvs/firewall_rules.json) remembers which came with them. For C(nft) the kernel itself loads what it
    needs, and that stays loaded until the host is started again.
  - To undo it by hand, disable and remove the unit and these files, and run C(nft delete table ip lvs) and
    C(nft delete table ip6 lvs), or delete the chains and the rules that jump to them.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
requirements:
  - Linux with systemd, and with nftables or iptables-legacy if anything is listed.
  - Root.
options:
  marks:
    description:
      - The packets that get a firewall mark as they come in. C(marks) of a director in the plan can be passed as they
        are.
    type: list
    elements: dict
    default: []
    suboptions:
      fwmark:
        description:
          - The mark.
        type: int
        required: true
      vip:
        description:
          - The virtual IP that the packets are sent to.
        type: str
        required: true
      ports:
        description:
          - The ports that they are sent to. All packets to the VIP get the mark when this is empty.
        type: list
        elements: dict
        default: []
        suboptions:
          protocol:
            description:
              - The protocol.
            type: str
            choices: [tcp, udp, sctp]
            required: true
          port:
            description:
              - The port.
            type: int
            required: true
      family:
        description:
          - Said by the plan. The VIP tells it.
        type: str
  snat:
    description:
      - The connections that leave in the name of the interface by which they leave. C(snat) of a director in the plan
        can be passed as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description:
          - From where the connections come, an address or a network.
        type: str
        required: true
      destination:
        description:
          - The realserver to which the connections go. Needs O(snat[].vip).
        type: str
      vip:
        description:
          - The virtual IP to which the client connected. Without it, connections count that are none of LVS's.
          - Needs O(snat[].destination), and the sysctl C(net.ipv4.vs.conntrack) set to 1.
        type: str
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes all rules of ours away, and unloads the kernel modules that came with them, unless something
        else uses them by now.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.ipvs_table
  - module: linuxvirtualserver.lvs.kernel_setup
"""

EXAMPLES = r"""
- name: Make http and https of one VIP one service
  linuxvirtualserver.lvs.firewall_rules:
    marks:
      - fwmark: 5
        vip: 192.168.1.110
        ports:
          - {protocol: tcp, port: 80}
          - {protocol: tcp, port: 443}

- name: Let a realserver of LVS-NAT begin connections to the outside
  linuxvirtualserver.lvs.firewall_rules:
    snat:
      - source: 10.1.1.2

- name: Serve clients on the realserver's own network by LVS-NAT
  linuxvirtualserver.lvs.firewall_rules:
    snat:
      - source: 192.168.1.0/24
        destination: 192.168.1.11
        vip: 192.168.1.110

- name: Leave the firewall alone again
  linuxvirtualserver.lvs.firewall_rules:
    state: absent
"""

RETURN = r"""
before:
  description: The rules of ours, the kernel modules that they need, and whether they are made at boot.
  returned: success
  type: dict
  sample:
    rules: []
    kernel_modules: []
    persistent: false
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    rules:
      - iptables -t mangle -A lvs-marks -d 192.168.1.110/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x5/0xffffffff
    kernel_modules: [iptable_mangle, xt_mark, xt_tcpudp]
    persistent: true
commands:
  description: The commands that were run, or in check mode would be. The files are in the diff.
  returned: success
  type: list
  elements: str
  sample:
    - nft 'add table ip lvs; delete table ip lvs; add table ip lvs; ...'
"""

import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall.iptables import Iptables
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall.nft import Nft
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall.rules import (
    UNIT_NAME,
    Rule,
    read_rules,
    render_unit,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import actions as host_actions
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import (
    NOTHING_LOST,
    Found,
    tell,
    text_of,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.unit import DIRECTORY, UnitFiles
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import setup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.kernel import Kernel, commands
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.kernel import State as KernelState

UNIT = f"{DIRECTORY}/{UNIT_NAME}"

Firewall = t.Union[Nft, Iptables]


@dataclass(frozen=True)
class State:
    """What is on the host."""

    found: Found[str]  # the unit
    kernel: KernelState
    live: list[tuple[Firewall, t.Any]]

    @property
    def unit(self) -> str:
        return self.found.value or ""

    @property
    def texts(self) -> list[str]:
        return [text for firewall, seen in self.live for text in firewall.texts(seen)]


@dataclass(frozen=True)
class Plan:
    """What to do, and what the host has afterwards."""

    wanted: setup.Wanted
    kernel: setup.Plan
    actions: list[host_actions.Action]
    texts: list[str]


def choose(firewalls: list[Firewall], rules: list[Rule]) -> Firewall:
    """The first that can make these rules on this host."""
    problems = {firewall.name: firewall.problem(rules) for firewall in firewalls}
    usable = [firewall for firewall in firewalls if not problems[firewall.name]]
    if not usable:
        why = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        cure = (
            f"cannot be made on this host. {why}. Install nftables, or iptables with iptables-legacy, whichever this "
            "kernel knows, or a kernel that knows one of them, or list nothing here and set the rules elsewhere."
        )
        raise LvsError("marks and snat", [str(rule) for rule in rules], cure)
    return usable[0]


def make_plan(host: Host, firewalls: list[Firewall], rules: list[Rule], state: State) -> Plan:
    firewall = choose(firewalls, rules) if rules else None
    live = [argv for one, seen in state.live for argv in one.steps(seen, rules if one is firewall else [])]
    runs = [host_actions.Run(argv) for argv in live]
    units = UnitFiles(host)
    if firewall is None:
        wanted, texts = setup.Wanted(), []
        actions = [*runs, *(units.drop(UNIT) if state.found != Found() else [])]
    else:
        wanted, texts = setup.Wanted(tuple(firewall.modules(rules))), firewall.wanted_texts(rules)
        actions = [*around(units, render_unit(firewall.start(rules)), state.unit, runs)]
    known = state.kernel
    return Plan(wanted, setup.make_plan(wanted, known.loaded, known.values, known.record), actions, texts)


def around(units: UnitFiles, text: str, before: str, runs: list[host_actions.Run]) -> list[host_actions.Action]:
    """The unit is known before the rules are there, so that none is ever left without what says whose it is.

    It is started, which does nothing where it runs already: to restart it would take the rules away for a moment.
    """
    active = units.is_active(UNIT)
    known = [] if active and text == before else units.enable(UNIT, text)
    return [*known, *runs, *([] if active else [host_actions.Run(("systemctl", "start", UNIT_NAME))])]


def read_state(host: Host, kernel: Kernel, firewalls: list[Firewall], rules: list[Rule]) -> State:
    found = text_of(host.read(UNIT), UNIT, NOTHING_LOST)
    # A host that never had a rule of ours and is to have none is not asked: that alone would load its firewall.
    concerned = bool(rules or found != Found() or host.read(kernel.record_file) is not None)
    wanted = setup.Wanted()
    live = [(firewall, firewall.read()) for firewall in firewalls] if concerned else []
    return State(found, kernel.read(wanted), live)


def differs(kernel: Kernel, plan: Plan, state: State) -> bool:
    return bool(plan.actions) or kernel.differs(plan.wanted, plan.kernel, state.kernel)


def apply(module: AnsibleModule, host: Host, kernel: Kernel, plan: Plan, state: State) -> None:
    """Modules come before the rules that need them, and go after them."""
    if not plan.wanted:
        host_actions.apply(host, plan.actions)
    for name in kernel.apply(plan.wanted, plan.kernel, state.kernel):
        module.warn(f"The kernel module {name} came with this collection and is in use, so it stays loaded.")
    if plan.wanted:
        host_actions.apply(host, plan.actions)


def view(plan: Plan, kernel_view: dict[str, t.Any], texts: list[str], unit: bool) -> dict[str, t.Any]:
    """The state as the result shows it; of the kernel modules, not those that others brought along."""
    loaded = kernel_view["kernel_modules"]
    needed = [name for name in loaded if name in plan.wanted.modules] if plan.wanted else loaded
    return {"rules": texts, "kernel_modules": needed, "persistent": unit}


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    present = module.params["state"] == "present"
    rules = read_rules(module.params["marks"], module.params["snat"]) if present else []
    kernel = Kernel(host, "firewall_rules")
    firewalls: list[Firewall] = [Nft(host), Iptables(host)]
    state = read_state(host, kernel, firewalls, rules)
    tell(module.warn, state.kernel.found, state.found)
    plan = make_plan(host, firewalls, rules, state)
    changed = differs(kernel, plan, state)
    if changed and not module.check_mode:
        apply(module, host, kernel, plan, state)
    before = view(plan, kernel.view(plan.wanted, plan.kernel, state.kernel), state.texts, bool(state.unit))
    after = view(plan, kernel.view_after(plan.wanted, plan.kernel, state.kernel), plan.texts, bool(rules))
    result = {
        "changed": changed,
        "before": before,
        "after": after,
        "commands": [*commands(plan.kernel), *host_actions.commands(plan.actions)],
    }
    if module._diff:
        files = [
            *kernel.file_diffs(plan.wanted, state.kernel),
            *host_actions.file_diffs(plan.actions, {UNIT: state.unit}),
        ]
        result["diff"] = [{"before": before, "after": after}, *files]
    return result


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "marks": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "fwmark": {"type": "int", "required": True},
                    "vip": {"type": "str", "required": True},
                    "ports": {
                        "type": "list",
                        "elements": "dict",
                        "default": [],
                        "options": {
                            "protocol": {"type": "str", "choices": ["tcp", "udp", "sctp"], "required": True},
                            "port": {"type": "int", "required": True},
                        },
                    },
                    "family": {"type": "str"},
                },
            },
            "snat": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "source": {"type": "str", "required": True},
                    "destination": {"type": "str"},
                    "vip": {"type": "str"},
                },
            },
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module, Host()))


if __name__ == "__main__":
    main()
