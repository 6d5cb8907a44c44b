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
    does not goes back to what it was, so that a director which no longer serves with C(nat) no longer routes.
  - Writes C(/etc/modules-load.d/lvs-kernel-setup.conf) and C(/etc/sysctl.d/99-lvs-kernel-setup.conf). At boot systemd
    loads modules before it sets sysctls, so C(net.ipv4.vs) is there in time.
  - Writes down in C(/var/lib/lvs/kernel_setup.json) which modules were loaded with them and what the sysctls were
    before its first change, also those that the kernel sets by itself when it becomes a router.
  - A module that is no longer listed stays loaded until O(state=absent), because it may still be in use.
  - To undo it by hand, remove these files and set the values that the last one names as C(before).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
  - linuxvirtualserver.lvs._persistent
requirements:
  - Linux.
  - systemd, OpenRC or sysvinit, if O(persistent=true).
  - Root.
options:
  kernel_modules:
    description:
      - The kernel modules, such as V(ip_vs) and V(ip_vs_wlc).
    type: list
    elements: str
    default: []
  module_options:
    description:
      - The options of kernel modules, a mapping for each module. They are written to C(/etc/modprobe.d) and count when
        the module is loaded; one that was loaded without them is named in a warning.
    type: dict
    default: {}
  sysctls:
    description:
      - The sysctls and their values. A C(*) in the place of an interface is every interface, now and those to come.
      - Lines of other C(sysctl.d) files that would give one of them another value at boot are overruled where they come
        before the file of this module. Where one comes after it, the module fails and names the line.
    type: dict
    default: {}
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes the files away, sets every sysctl that is still as the module set it to the value it had before,
        and unloads the modules that came with it, unless something else uses them by now.
      - What others need by now stays, with a warning that names them. That is a sysctl for which a file of theirs has
        the same value; forwarding, while there is a bridge without a port to the outside, such as those of docker and
        libvirt, or a WireGuard device; and a module of which another network namespace or another program has a device.
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

- name: Prepare the director of an LVS-DR with many connections
  linuxvirtualserver.lvs.kernel_setup:
    kernel_modules: [ip_vs, ip_vs_wlc]
    module_options:
      ip_vs: {conn_tab_bits: 20}

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

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import OPTIONS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.kernel_setup import run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **OPTIONS,
            "kernel_modules": {"type": "list", "elements": "str", "default": []},
            "module_options": {"type": "dict", "default": {}},
            "sysctls": {"type": "dict", "default": {}},
            "persistent": {"type": "bool", "default": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, Host(), lambda host: run(module, host))


if __name__ == "__main__":
    main()
