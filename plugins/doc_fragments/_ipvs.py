# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that talk to the kernel's IPVS share. Private: do not use it from outside."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - A Linux kernel with IPVS. The module C(ip_vs) is loaded by the first change, and neither by reading nor in
    check mode.
  - Root, or the capability C(CAP_NET_ADMIN).
notes:
  - The kernel is asked and told over generic netlink with the Python standard library alone. Neither C(ipvsadm) nor
    any Python package is needed on the director.
  - All that is wrong in the options is said at once, before anything is changed, a line each, with the ids that
    C(docs/findings.md) of the collection explains. The plan says the same of the same.
  - The tasks of this collection take turns on a host, by a lock on C(/run/lvs.lock). Other programs do not know
    it; let only one program own the table.
"""

    KEY = r"""
options:
  vip:
    description:
      - The virtual IP address of the service, IPv4 or IPv6.
      - Exactly one of O(vip) and O(fwmark) is required.
    type: str
  port:
    description:
      - The port of the service, a number or a name out of C(/etc/services) of the director.
      - V(0) stands for all ports and needs persistence.
      - Required with O(vip).
    type: str
  protocol:
    description:
      - The protocol of the service, V(tcp), V(udp) or V(sctp).
      - A service that another program made with another protocol has its number here.
      - Default is V(tcp).
    type: str
  fwmark:
    description:
      - The firewall mark of the service, which then takes the packets that a firewall rule has marked with this number,
        whatever their address, protocol and port.
    type: int
  family:
    description:
      - The address family of a O(fwmark) service. The same mark in the other family is another service.
      - Default is V(ipv4). With O(vip) the family is that of the address.
    type: str
    choices: [ipv4, ipv6]
"""
