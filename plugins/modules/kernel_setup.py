#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: kernel_setup
short_description: Load the kernel modules and set the sysctls that a director needs, now and at boot
version_added: 1.0.0
description:
  - A director needs C(ip_vs) and the modules of its schedulers, and with forwarding C(nat) it must route and must not
    send redirects (LVS-mini-HOWTO 4.2). This module does both in one task.
  - What is listed becomes all that this module has set on the host. A sysctl that an earlier task listed and this one
    does not goes back to what it was, so that a director which no longer serves by C(nat) no longer routes.
  - Writes C(/etc/modules-load.d/lvs-kernel-setup.conf) and C(/etc/sysctl.d/99-lvs-kernel-setup.conf). At boot systemd
    loads modules before it sets sysctls, so C(net.ipv4.vs) is there in time.
  - Writes down in C(/var/lib/lvs/kernel_setup.json) which modules were loaded with them and what the sysctls were
    before its first change, also those that the kernel sets by itself when it becomes a router.
  - A module that is no longer listed stays loaded until O(state=absent), because it may still be in use.
  - To undo it by hand, remove the three files and set the values that the last one names as C(before).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
requirements:
  - Linux with systemd.
  - Root.
options:
  kernel_modules:
    description:
      - The kernel modules, such as V(ip_vs) and V(ip_vs_wlc).
    type: list
    elements: str
    default: []
  sysctls:
    description:
      - The sysctls and their values. A C(*) in the place of an interface is every interface, now and those to come.
      - Fails if another file of C(sysctl.d) would give one of them another value at the next boot, and names the line.
    type: dict
    default: {}
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes the files away, sets every sysctl that is still as the module set it to the value it had before,
        and unloads the modules that came with it, unless something else uses them by now.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.ipvs_table
  - module: linuxvirtualserver.lvs.arp_hide
"""

EXAMPLES = r"""
- name: Prepare the director of an LVS-DR
  linuxvirtualserver.lvs.kernel_setup:
    kernel_modules: [ip_vs, ip_vs_wlc]

- name: Prepare the director of an LVS-NAT
  linuxvirtualserver.lvs.kernel_setup:
    kernel_modules: [ip_vs, ip_vs_rr]
    sysctls:
      net.ipv4.conf.*.send_redirects: 0
      net.ipv4.conf.all.send_redirects: 0
      net.ipv4.conf.default.send_redirects: 0
      net.ipv4.ip_forward: 1

- name: Put everything back
  linuxvirtualserver.lvs.kernel_setup:
    state: absent
"""

RETURN = r"""
before:
  description: Which of the modules were loaded, what the sysctls were, and whether files of ours set them at boot.
  returned: success
  type: dict
  sample:
    kernel_modules: []
    sysctls:
      net.ipv4.ip_forward: "0"
    persistent: false
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    kernel_modules: [ip_vs, ip_vs_rr]
    sysctls:
      net.ipv4.ip_forward: "1"
    persistent: true
commands:
  description: The commands that say the same as what was done to the running kernel.
  returned: success
  type: list
  elements: str
  sample:
    - modprobe ip_vs
    - modprobe ip_vs_rr
    - sysctl -w net.ipv4.ip_forward=1
"""

import re
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import tell
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.kernel import Kernel, commands
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.setup import Wanted, make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.sysctl import join, split

_MODULE = re.compile(r"[a-z0-9_-]+\Z")
_SYSCTL = re.compile(r"[a-z][A-Za-z0-9_*?./-]*\Z")
_VALUE = re.compile(r"[A-Za-z0-9_. -]+\Z")


def read_wanted(params: dict[str, t.Any]) -> Wanted:
    """The arguments, checked: they go into files that root's daemons read."""
    if params["state"] == "absent":
        return Wanted()
    for index, name in enumerate(params["kernel_modules"]):
        if not _MODULE.match(name):
            raise LvsError(
                f"kernel_modules[{index}]", name, "is no name of a kernel module. Use one such as ip_vs_wlc."
            )
    for name, value in params["sysctls"].items():
        if not _SYSCTL.match(name) or ".." in name:
            raise LvsError("sysctls", name, "is no name of a sysctl. Use one such as net.ipv4.ip_forward.")
        if not _VALUE.match(str(value)):
            raise LvsError(f"sysctls.{name}", value, "is no value for a sysctl. Use one such as 1.")
    modules = tuple(dict.fromkeys(name.replace("-", "_") for name in params["kernel_modules"]))
    return Wanted(modules, {join(split(name)): str(value) for name, value in params["sysctls"].items()})


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    kernel = Kernel(host, "kernel_setup")
    wanted = read_wanted(module.params)
    state = kernel.read(wanted)
    tell(module.warn, state.found)
    plan = make_plan(wanted, state.loaded, state.values, state.record)
    problems = kernel.problems(wanted, plan)
    if problems:
        module.fail_json(msg="\n".join(map(str, problems)))
    changed = kernel.differs(wanted, plan, state)
    if changed and not module.check_mode:
        for name in kernel.apply(wanted, plan, state):
            module.warn(f"The kernel module {name} came with this collection and is in use, so it stays loaded.")
    before, after = kernel.view(wanted, plan, state), kernel.view_after(wanted, plan, state)
    result = {"changed": changed, "before": before, "after": after, "commands": commands(plan)}
    if module._diff:
        result["diff"] = [{"before": before, "after": after}, *kernel.file_diffs(wanted, state)]
    return result


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "kernel_modules": {"type": "list", "elements": "str", "default": []},
            "sysctls": {"type": "dict", "default": {}},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module, Host()))


if __name__ == "__main__":
    main()
