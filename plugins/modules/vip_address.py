#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vip_address
short_description: Put virtual IPs on a director or realserver, now and at boot
version_added: 1.0.0
description:
  - On a director the virtual IP (VIP) is a further address of the interface that faces the clients. On an LVS-DR or
    LVS-Tun realserver it is an address of C(lo), hidden from ARP by M(linuxvirtualserver.lvs.arp_hide) beforehand.
  - The VIP is added to the running host first and then kept over reboots by the backend that owns the interface, in one
    file of our own. No other file is changed, and the host's other addresses are left alone.
  - The mask is always C(/32), for IPv6 C(/128). With a wider one on C(lo) a realserver takes the whole network for its
    own (LVS-mini-HOWTO 3.10). A wider mask that is found on a VIP of ours, or on C(lo), is repaired without the address
    being away for a moment.
  - Refuses to add a VIP to C(lo) while this host would answer ARP for it, unless O(hidden=false). The service that adds
    it at boot refuses likewise.
  - On a director whose table M(linuxvirtualserver.lvs.ipvs_table) keeps over reboots, the VIP is not added at boot if
    the table could not be restored, for a director without a table refuses every client.
  - Refuses a VIP that somebody else put on another interface of this host, and any change to an address that may be
    the host's own, such as one from DHCP.
  - Remembers which VIPs it put on which interface, on Linux in C(/var/lib/lvs/vip_address.json), elsewhere in
    C(/etc/lvs_vip_address), so that O(purge) and O(state=absent) take away what is ours and nothing else.
  - To undo it by hand, run C(ip addr del VIP/32 dev INTERFACE), remove the file that RV(after) named (a unit
    after C(systemctl disable --now)) and run what makes it count, C(systemctl daemon-reload) and C(networkctl reload).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._lvs
requirements:
  - Linux with iproute2 4.14 or newer.
  - systemd, OpenRC or sysvinit, if O(persistent=true).
  - Root.
  - Or Windows Server 2016 or newer, 64-bit, Server Core included, and a connection by WinRM, PSRP or SSH as an
    administrator. The C(sudo) of a play is left out there.
options:
  vips:
    description:
      - The virtual IPs, such as V(192.168.1.110) or V(192.168.1.110/32). Another mask than C(/32) or C(/128) is an
        error.
      - IPv6 VIPs are added without duplicate address detection and as deprecated, so that they serve those who ask for
        them and are never chosen as the source of this host's own connections.
      - VIPs that are not listed stay as they are, unless O(purge=true).
      - Required if O(state=present). With O(state=absent) it means every VIP of ours when left out.
    type: list
    elements: str
  interface:
    description:
      - The interface that holds the VIPs, V(lo) on a realserver.
      - Left out, each VIP belongs on the interface whose connected network holds it, as on a director, and
        O(state=absent) removes the VIPs from every interface.
      - A C(dummy0), C(dummy1) and so on that is not there is made, now and at boot, with the name of this collection as
        its alias, and taken away when it has no address any more.
    type: str
  interfaces:
    description:
      - The interface of each VIP that has one of its own, by VIP. Others belong where they do without O(interface).
    type: dict
  purge:
    description:
      - Remove VIPs of ours that are not listed, whatever interface they are on, now and at boot. A listed VIP also
        leaves the interfaces that an earlier task put it on, after it has come to its new one.
      - V(false) keeps them and returns them as RV(left_over).
    type: bool
    default: false
  keep:
    description:
      - With O(state=absent) and without O(vips), the VIPs that stay where they are. All others of ours go.
    type: list
    elements: str
  state:
    description:
      - Whether the VIPs are there.
      - V(absent) removes them from the running host and from our files, and removes a file of ours that is then empty.
    type: str
    choices: [present, absent]
    default: present
  hidden:
    description:
      - Whether VIPs on C(lo), a dummy or a tunnel must be hidden from ARP, as on a realserver.
      - V(false) on a director, which shall answer for them. Nobody answers for an IPv6 VIP there, so it must be routed
        to the director.
    type: bool
    default: true
  foreseen:
    description:
      - In check mode a task before this one has hidden nothing yet, so a VIP that is not hidden is warned of. V(true)
        keeps this warning back, for a play in which such a task is known to come first. Outside check mode it has no
        effect.
    type: bool
    default: false
  persistent:
    description:
      - Whether the VIPs are there after a reboot as well. V(false) with O(state=present) takes them out of our files.
    type: bool
    default: true
  backend:
    description:
      - What keeps the VIPs over a reboot, and over a restart of itself.
      - V(auto) is what sets up the interface. For C(lo), a dummy or a tunnel that is V(unit), unless NetworkManager has
        a connection on it; for an interface that nothing known sets up it is V(unit), too, with a warning, since the
        owner of that interface may drop the VIP when it is restarted.
      - V(unit) is a systemd unit of our own, C(/etc/systemd/system/lvs-vip-INTERFACE.service). On C(lo) it runs after
        the sysctl settings are applied and before the first network interface is set up, on a tunnel after
        that of M(linuxvirtualserver.lvs.tunnel_decap). On an interface of RHEL's network-scripts it is restarted with
        C(network.service); C(ifdown) and C(ifup) by hand drop the VIP until C(systemctl restart) of the unit. A tunnel
        loses its addresses whenever NetworkManager starts, so NetworkManager is told to leave it alone, in
        C(/etc/NetworkManager/conf.d/90-lvs-INTERFACE.conf). C(nmcli device connect lo) drops the addresses of others,
        so where NetworkManager runs, a script of ours, C(/etc/NetworkManager/dispatcher.d/90-lvs-lo), then runs the
        unit again.
      - V(networkd) is a drop-in for the C(.network) file that systemd-networkd uses for the interface, its own or one
        from netplan. A unit, C(/etc/systemd/system/lvs-networkd-vip-INTERFACE.service), puts it into
        C(/run/systemd/network/FILE.network.d/90-lvs-vip.conf) before the network is set up. The file must be that
        interface's alone. A running systemd-networkd is not told of a new VIP, since a reload would take the
        interface's other addresses away for some milliseconds; it reads the drop-in when it is next started or
        reloaded, and until then C(networkctl reconfigure) would drop the VIP. It is reloaded when a VIP is removed.
      - V(networkmanager) is a script that NetworkManager runs when it has brought up or reapplied the interface,
        C(/etc/NetworkManager/dispatcher.d/lvs-vip-INTERFACE), since a connection profile is the user's own file and has
        no drop-ins. C(nmcli connection up) drops the VIP for some milliseconds, a restart of NetworkManager does not.
      - V(ifupdown) is a script that C(ifup) runs when it has brought up the interface,
        C(/etc/network/if-up.d/lvs-vip-INTERFACE). C(ifdown) takes the VIP away with the interface's other addresses.
    type: str
    choices: [auto, ifupdown, networkd, networkmanager, unit]
    default: auto
  system:
    description:
      - The system that the host runs, as C(uname -s) and the fact C(system) name it, V(Win32NT) for Windows. Left out,
        it is what gathered facts say, and V(Linux) where none were gathered.
      - Realservers that do not run Linux need no Python. They are asked and told over the connection, as
        M(ansible.builtin.raw) does it, with the same results. The VIPs go onto the loopback, and O(backend) has no
        choice there. IPv6 VIPs are refused on AIX, HP-UX, IRIX and Solaris 10 or older.
      - On Windows the VIPs go onto a KM-TEST loopback adapter of their own, which is on no wire. It is made with the
        first VIP and goes with the last one. It is ours by its name, O(interface), V(lvs) when left out. The VIPs are
        never the source of the host's own connections and never registered in DNS. Nothing but IP is bound to the
        adapter, and it has no DHCP and the last metric. O(backend) has no choice there, and O(persistent=false) is
        refused. It was never run on a real Windows.
    type: str
  rips:
    description:
      - The realserver's own addresses (RIPs), such as V(192.168.1.11) or V(192.168.1.11/24). They matter on Windows
        alone, which drops what comes in on one adapter for an address of another. The adapters that have the RIPs are
        told to receive for the VIPs (weak host receive), and are set back when the last VIP goes.
      - Left out, all adapters with an address are.
    type: list
    elements: str
    default: []
  lvs_removal:
    description:
      - Whose VIPs O(purge), or O(state=absent) without O(vips), may remove. V(own) keeps what another LVS of this host
        asks for; V(any) ends that, too. On Linux alone.
    type: str
    choices: [own, any]
    default: own
seealso:
  - module: linuxvirtualserver.lvs.arp_hide
"""

EXAMPLES = r"""
- name: Put the VIP on a director
  linuxvirtualserver.lvs.vip_address:
    vips: [192.168.1.110]

- name: Put two VIPs on a realserver, after arp_hide
  linuxvirtualserver.lvs.vip_address:
    vips: [192.168.1.110, "2001:db8::110"]
    interface: lo

- name: Put one on a realserver that runs Windows
  linuxvirtualserver.lvs.vip_address:
    vips: [192.168.1.110]
    rips: [192.168.1.11]
    system: Win32NT

- name: Have these VIPs alone, one of them on the device of a tunnel
  linuxvirtualserver.lvs.vip_address:
    vips: [192.168.1.110, 192.168.1.120]
    interfaces: {192.168.1.110: tunl0, 192.168.1.120: lo}
    purge: true

- name: Remove a VIP, before arp_hide with state absent
  linuxvirtualserver.lvs.vip_address:
    vips: [192.168.1.110]
    state: absent

- name: Remove all that were ever put there but one
  linuxvirtualserver.lvs.vip_address:
    state: absent
    keep: [192.168.1.110]
"""

RETURN = r"""
before:
  description:
    - With which addresses the host had the VIPs that the task puts there or removes, and which files of ours bring
      which of them back at boot.
    - On Windows also how their adapter was set, and which other adapters received for them. A metric of V(null) is one
      that Windows chooses; the notes say, by their GUIDs, what was set on adapters of others.
  returned: success
  type: dict
  sample:
    addresses: []
    persistent: {}
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    addresses:
      - 192.168.1.110/32 dev lo
    persistent:
      /etc/systemd/system/lvs-vip-lo.service:
        - 192.168.1.110
left_over:
  description: What earlier tasks left on this host that this one does not ask for, VIPs on interfaces and, if
    O(hidden=true), VIPs that M(linuxvirtualserver.lvs.arp_hide) hides on Linux. O(purge=true) removes the former.
  returned: success, if O(state=present)
  type: list
  elements: str
  sample: [192.168.1.120 dev lo, 192.168.1.120 hidden]
commands:
  description: The commands that were run, or in check mode would be. The files are in the diff.
  returned: success
  type: list
  elements: str
  sample:
    - ip addr add 192.168.1.110/32 dev lo
    - systemctl daemon-reload
    - systemctl enable lvs-vip-lo.service
    - systemctl restart lvs-vip-lo.service
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_address import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_options import SPECIFICATION


def main() -> None:
    module = AnsibleModule(**SPECIFICATION, supports_check_mode=True)
    finish(module, Host(), lambda host: run(module, host))


if __name__ == "__main__":
    main()
