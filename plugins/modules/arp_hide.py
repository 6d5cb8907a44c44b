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
    is 1 or 2, and the effective C(arp_announce) is 2. Of the kernel's settings nothing else hides, in particular not
    C(-arp) on C(lo), not C(arp_ignore) on C(lo) alone, not C(arp_announce=1) and not C(arp_ignore=3). O(method) has two
    other ways for hosts where these settings are taken or missing.
  - Sets C(net.ipv4.conf.all.*), and the setting of a single interface (or of C(default)) only where its own value
    defeats that of C(all).
  - Run it before the VIP is added (M(linuxvirtualserver.lvs.vip_address) insists on it) and undo it after the VIP is
    gone. It refuses both the other way round.
  - Touches C(/proc/sys/net/ipv4/conf), C(/etc/sysctl.d/99-lvs-arp-hide.conf), which is applied at boot before the first
    interface is up, and C(/var/lib/lvs/arp_hide.json), where it writes down what the settings were before its first
    change. With O(method=arptables) it touches the ARP tables, C(/etc/systemd/system/lvs-arp-hide.service), which adds
    the rules at boot before the first interface is up, and C(/run/lvs-arp-hide), which says that they are in place.
  - To undo it by hand, remove these files (the unit after C(systemctl disable)), set the values that the record names
    as C(before), and delete the C(rules) that it names.
  - IPv6 needs no setting and no rule, since Linux advertises an address only on the interface that has it, and
    M(linuxvirtualserver.lvs.vip_address) adds IPv6 VIPs in such a way that they are never the source of what the host
    begins itself. IPv6 VIPs are checked. None may be on an interface that advertises it or have a proxy entry.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
requirements:
  - Linux with iproute2 4.14 or newer.
  - The program C(arptables), of whichever kind, if O(method=arptables).
  - Root.
options:
  vips:
    description:
      - The virtual IPs to hide, such as V(192.168.1.110) or V(192.168.1.110/32).
      - Those of earlier tasks stay hidden until a task with O(state=absent) names them, or O(purge=true) leaves them
        out.
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
  directors:
    description:
      - The DIPs of the directors that forward to this host with C(dr). That works only from neighbours, so the module
        fails, before it changes anything, when one of them is on no network of this host and a router lies between.
      - Looked at on Linux alone, and only with O(state=present).
    type: list
    elements: str
    default: []
  purge:
    description:
      - Stop hiding VIPs of earlier tasks that are not listed, as O(state=absent) does. It fails when one of them is
        still on this host.
    type: bool
    default: false
  foreseen:
    description:
      - In check mode a task before this one has removed no VIP yet, so one that is still on this host is warned of.
        V(true) keeps this warning back, for a play in which such a task is known to come first. Outside check mode it
        has no effect.
    type: bool
    default: false
  method:
    description:
      - By what the VIPs are hidden. When it changes, the new way is in place before the old one goes.
      - V(sysctl) is C(arp_ignore) and C(arp_announce), which every kernel since 2.6.4 has.
      - V(arptables) drops what is asked about the VIPs, and has this host send ARP requests from its own address. It
        also hides a VIP that is on an interface which speaks ARP. On an interface that comes later the host cannot
        answer clients before the task has run again. Where C(arptables) writes the rules of nf_tables and the kernel
        has none for ARP, it is done by C(arptables-legacy), or refused, in check mode as well.
      - V(hidden) is the setting of that name, which kernels before that had from a patch. It is refused where the
        kernel has none.
    type: str
    choices: [sysctl, arptables, hidden]
    default: sysctl
  persistent:
    description:
      - Whether the VIPs are hidden after a reboot as well. V(false) removes the drop-in, or the unit.
      - Lines of other C(sysctl.d) files that would undo it at boot are overruled where they come before the drop-in.
        Where one comes after it, the module fails and names the line.
    type: bool
    default: true
  system:
    description:
      - The system that the host runs, as C(uname -s) and the fact C(system) name it, V(Win32NT) for Windows. Left out,
        it is what gathered facts say, and V(Linux) where none were gathered.
      - Realservers that do not run Linux need no Python. They are asked and told over the connection, as
        M(ansible.builtin.raw) does it. They answer no ARP for addresses of their loopback, but may drop the packets
        for them, so what is checked, set (now and at boot) and returned as C(conditions) is what makes each system
        take them. O(method) means nothing there.
      - Windows has nothing to hide either. M(linuxvirtualserver.lvs.vip_address) puts VIPs on an adapter that is on no
        wire. So it is checked that no other adapter has one, now or at boot, and nothing is changed.
    type: str
seealso:
  - module: linuxvirtualserver.lvs.vip_address
"""

EXAMPLES = r"""
- name: Hide the VIP on a realserver
  linuxvirtualserver.lvs.arp_hide:
    vips: [192.168.1.110]

- name: Hide it only where the director that forwards with dr is a neighbour
  linuxvirtualserver.lvs.arp_hide:
    vips: [192.168.1.110]
    directors: [192.168.1.9]

- name: Hide it where another program insists on arp_ignore
  linuxvirtualserver.lvs.arp_hide:
    vips: [192.168.1.110]
    method: arptables

- name: Put the VIP there, now that no ARP reveals it
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
  description:
    - What was hidden, by which method, whether at boot as well, the rules of ours and the settings of every interface.
  returned: success
  type: dict
  sample:
    vips: []
    method:
    persistent: false
    rules: []
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
    method: sysctl
    persistent: true
    rules: []
    sysctls:
      net.ipv4.conf.all.arp_announce: 2
      net.ipv4.conf.all.arp_ignore: 1
      net.ipv4.conf.eth0.arp_announce: 0
      net.ipv4.conf.eth0.arp_ignore: 0
commands:
  description: The C(sysctl) and C(arptables) commands that say the same as what was done to the running kernel.
  returned: success
  type: list
  elements: str
  sample:
    - sysctl -w net.ipv4.conf.all.arp_announce=2
    - sysctl -w net.ipv4.conf.all.arp_ignore=1
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp_hide import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp_options import SPECIFICATION


def main() -> None:
    module = AnsibleModule(**SPECIFICATION, supports_check_mode=True)
    finish(module, Host(), lambda host: run(module, host))


if __name__ == "__main__":
    main()
