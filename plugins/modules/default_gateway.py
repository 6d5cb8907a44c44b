#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: default_gateway
short_description: Set the default gateway that LVS needs, without locking the controller out
version_added: 1.0.0
description:
  - With LVS-NAT the realservers answer through the director, with LVS-DR and LVS-Tun through a router that is not the
    director. A wrong gateway is the first thing to go wrong with an LVS (LVS-mini-HOWTO).
  - Changes no route of others. If the host's own default route leads to O(gateway), nothing is done. If it leads
    elsewhere, two routes of ours that are more specific (C(0.0.0.0/1) and C(128.0.0.0/1), for IPv6 C(::/1) and
    C(8000::/1)) are laid above all default routes, whatever their metrics. If there is none, ours is C(default).
  - Whatever sets the host's own default route again therefore has no effect on the gateway, such as the renewal of a
    DHCP lease, a router advertisement or the restart of a network manager. C(ip route show default) still shows it;
    C(ip route get) tells the way that packets take. The routes of ours have C(proto 76).
  - A controller (or jump host) that would be reached another way than before gets a route of its own along the old
    way, which stays as long as ours do. None is needed for a controller on one of the host's own networks.
  - Arms a rollback on the host, changes the running host alone, and comes back over a new connection to confirm. Only
    then is anything written to disk. Without the confirmation the host takes the change back by itself after
    O(timeout) seconds, or when its power is cut, and the task fails.
  - Refuses, before any change, a gateway that is not on a network of the host or that does not answer there, and a
    change after which there would be no way to the controller.
  - Touches files of ours only, one to an interface and family as O(backend) says, and
    C(/run/lvs-gateway-rollback.json) and C(.undo) while a change waits for its confirmation.
  - To undo it by hand, run C(ip route flush proto 76) and C(ip -6 route flush proto 76) and remove these files.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
requirements:
  - Linux with iproute2 4.14 or newer.
  - systemd, OpenRC or sysvinit, if O(persistent=true).
  - Root.
  - Or Windows Server 2016 or newer, Server Core included, and a connection by WinRM, PSRP or SSH as an
    administrator. The C(sudo) of a play is left out there.
options:
  gateway:
    description:
      - The address of the router, IPv4 or IPv6. Each family has a gateway of its own.
      - Required if O(state=present). With O(state=absent) it only tells the family, both when left out.
    type: str
  interface:
    description:
      - The interface that leads to it. Left out, it is the one whose connected network holds O(gateway).
    type: str
  state:
    description:
      - V(present) makes it the way to all places that have no particular route.
      - V(absent) takes our routes away, those to controllers among them, so that the host's own default route counts
        again.
      - To only look, run V(present) in check mode.
    type: str
    choices: [present, absent]
    default: present
  persistent:
    description:
      - Whether the routes of ours are there after a reboot as well. V(false) takes them out of our files.
      - A default route that leads to O(gateway) already is left to whatever set it.
    type: bool
    default: true
  backend:
    description:
      - What keeps the routes over a reboot, and over a restart of itself.
      - V(auto) is what sets up the interface, and V(unit) where that is nothing known.
      - V(networkd) is a drop-in for the C(.network) file that systemd-networkd uses for the interface, its own or one
        from netplan, C(/etc/systemd/network/FILE.network.d/90-lvs-gateway-ipv4.conf). A running systemd-networkd is not
        told of new routes, since a reload would take the interface's own network away for some milliseconds; it reads
        the drop-in when it is next started or reloaded, and until then C(networkctl reconfigure) or a pulled cable
        would drop them. It is reloaded when routes are removed or changed.
      - V(networkmanager) is a script that NetworkManager runs when it has brought up or reapplied the interface,
        C(/etc/NetworkManager/dispatcher.d/lvs-gateway-ipv4-INTERFACE).
      - V(ifupdown) is a script that C(ifup) runs when it has brought up the interface,
        C(/etc/network/if-up.d/lvs-gateway-ipv4-INTERFACE).
      - V(unit) is a systemd unit of our own, C(/etc/systemd/system/lvs-gateway-ipv4-INTERFACE.service), which runs when
        the network is online. On an interface of RHEL's network-scripts it is restarted with C(network.service).
      - Netplan is none of them, for it cannot mark a route as ours.
    type: str
    choices: [auto, ifupdown, networkd, networkmanager, unit]
    default: auto
  pin:
    description:
      - Whether the controller keeps its old way by a route of its own. With V(false) it moves to the new gateway like
        all others, guarded by the rollback alone.
    type: bool
    default: true
  timeout:
    description:
      - After how many seconds without confirmation the host takes the change back, 10 at least.
    type: int
    default: 60
  connection:
    description:
      - The connection that Ansible comes by, in the form of C(SSH_CONNECTION), empty for none. It is found out; there
        is no need to set it.
    type: str
    default: ""
  run_id:
    description:
      - A word by which the change of this run is known, so that no other run confirms it. It is made up; there is no
        need to set it.
    type: str
    default: ""
  confirm:
    description:
      - Confirm the change that was made with the same O(run_id). It is for the module's own second run, over another
        O(connection).
    type: bool
    default: false
  system:
    description:
      - The system that the host runs, as C(uname -s) and the fact C(system) name it, V(Win32NT) for Windows. Left out,
        it is what gathered facts say, and V(Linux) where none were gathered.
      - Realservers that do not run Linux need no Python. They are asked and told over the connection, as
        M(ansible.builtin.raw) does it. There the default route itself is changed, with the same rollback and
        confirmation. The controller moves with it, whatever O(pin) says, unless the host has a particular route to
        it. O(state=absent) brings back the gateway from before, which C(/etc/lvs_gateway) remembers.
      - On Windows routes of ours are laid as on Linux, told by their metric, 76, and controllers on the ports 22, 5985
        and 5986 and on C(ansible_port) are seen. A scheduled task of the host takes the change back, so a clock that is
        set back meanwhile delays it. Windows keeps a route only by making it anew, so each is away for a moment once
        the change is confirmed; O(pin) leads controllers meanwhile. O(backend) has no choice there, and
        O(persistent=false) is refused. To undo it by hand, run
        C(Get-NetRoute | Where-Object RouteMetric -eq 76 | Remove-NetRoute). It was never run on a real Windows.
    type: str
seealso:
  - module: linuxvirtualserver.lvs.vip_address
"""

EXAMPLES = r"""
- name: Let a NAT realserver answer through the director
  linuxvirtualserver.lvs.default_gateway:
    gateway: 192.168.1.9

- name: Only look whether a DR realserver answers through the router
  linuxvirtualserver.lvs.default_gateway:
    gateway: 192.168.1.254
  check_mode: true
  register: gateway
  failed_when: gateway is failed or gateway is changed

- name: Give the host's own default route back
  linuxvirtualserver.lvs.default_gateway:
    state: absent
"""

RETURN = r"""
before:
  description: >-
    Which route leads to where no particular one does, the default routes of others, the routes of ours, and which
    files of ours bring which of them back at boot.
  returned: success
  type: dict
  sample:
    effective: [default via 192.168.1.254 dev eth0]
    others: [default via 192.168.1.254 dev eth0]
    routes: []
    persistent: {}
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    effective: [0.0.0.0/1 via 192.168.1.9 dev eth0]
    others: [default via 192.168.1.254 dev eth0]
    routes: [0.0.0.0/1 via 192.168.1.9 dev eth0, 128.0.0.0/1 via 192.168.1.9 dev eth0]
    persistent:
      /etc/systemd/system/lvs-gateway-ipv4-eth0.service:
        - 0.0.0.0/1 via 192.168.1.9 dev eth0
        - 128.0.0.0/1 via 192.168.1.9 dev eth0
commands:
  description: The commands that were run, or in check mode would be. The files are in the diff.
  returned: success
  type: list
  elements: str
  sample:
    - ip route replace 0.0.0.0/1 via 192.168.1.9 dev eth0 proto 76
    - ip route replace 128.0.0.0/1 via 192.168.1.9 dev eth0 proto 76
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.default_gateway import is_busy, run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway_options import SPECIFICATION


def main() -> None:
    module = AnsibleModule(**SPECIFICATION, supports_check_mode=True)
    finish(module, Host(), lambda host: run(module, host), lambda host: is_busy(module, host))


if __name__ == "__main__":
    main()
