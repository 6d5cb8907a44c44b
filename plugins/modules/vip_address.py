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
requirements:
  - Linux with iproute2 4.14 or newer.
  - systemd, NetworkManager or ifupdown, if O(persistent=true).
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
        C(/etc/NetworkManager/conf.d/90-lvs-INTERFACE.conf).
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

import shlex
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, only_in_check_mode
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import vip_record
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.actions import (
    Action,
    apply,
    commands,
    file_diffs,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import (
    Interface,
    Step,
    parse_interfaces,
    parse_routes,
    parse_vips,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import NOTHING_LOST, tell, text_of
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.unit import DIRECTORY, TABLE
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.vip_record import Placed
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.hiding import (
    hidden_vips,
    hiding_method,
    why_shown,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.backend import Backend
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.backends import (
    AUTO,
    choose,
    for_vips,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip import (
    Place,
    State,
    actions,
    after_steps,
    files_present,
    left_over,
    live_absent,
    live_present,
    merge,
    named_within,
    place_vips,
    recorded_within,
    view,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_files import find_files
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_options import SPECIFICATION


@dataclass(frozen=True)
class Wish:
    """What the arguments ask for. No VIPs with state absent means all of ours, but for those to keep."""

    present: bool
    vips: list[str] | None
    interfaces: Mapping[str, str | None]
    interface: str | None
    keep: list[str]
    purge: bool

    @property
    def listed(self) -> list[str]:
        return self.vips or []


@dataclass(frozen=True)
class Plan:
    """Addresses to change now, then files to change and commands to run, and what is to be recorded.

    ``going`` is what leaves, ``left`` what is ours and asked for by nobody.
    """

    steps: list[Step]
    places: list[Place]
    actions: list[Action]
    going: frozenset[Placed]
    record: frozenset[Placed]
    left: frozenset[Placed] = field(default_factory=frozenset)


def read_wish(params: dict[str, t.Any]) -> Wish:
    """The arguments, checked."""
    vips = None if params["vips"] is None else parse_vips(params["vips"])
    named = {parse_vips([vip], "interfaces")[0]: str(name) for vip, name in (params["interfaces"] or {}).items()}
    stray = sorted(set(named).difference(vips or []))
    if stray:
        raise LvsError("interfaces", stray, "is not among vips. List it there, or leave it out here.")
    places = {vip: named.get(vip, params["interface"]) for vip in vips or []}
    present = params["state"] == "present"
    return Wish(present, vips, places, params["interface"], parse_vips(params["keep"] or [], "keep"), params["purge"])


def read_state(module: AnsibleModule, host: Host, wish: Wish, backends: list[Backend]) -> State:
    unplaced = [vip for vip, name in wish.interfaces.items() if name is None and wish.present]
    families = sorted({"-6" if ":" in vip else "-4" for vip in unplaced})
    routes = [route for family in families for route in parse_routes(host.run(("ip", family, "-j", "route")))]
    hidden_by = hiding_method(host) if module.params["hidden"] else None
    found = vip_record.read(host)
    tell(module.warn, found)
    return State(
        read_interfaces(module, host, wish),
        tuple(routes),
        tuple(find_files(host, backends)),
        hidden_by,
        host.at(f"{DIRECTORY}/{TABLE}").is_file(),
        found.value or frozenset(),
    )


def read_interfaces(module: AnsibleModule, host: Host, wish: Wish) -> tuple[Interface, ...]:
    """Those there are; in check mode also a tunnel or dummy that a task before this one would have made."""
    found = parse_interfaces(host.run(("ip", "-j", "addr")))
    if not (module.check_mode and wish.present):
        return tuple(found)
    known = {None, *(interface.name for interface in found)}
    for name in sorted({name for name in wish.interfaces.values() if name is not None and name not in known}):
        module.warn(only_in_check_mode(f"interface: {name!r} is not an interface of this host."))
        found.append(Interface(name, frozenset({"NOARP"})))
    return tuple(found)


def find_going(wish: Wish, state: State) -> frozenset[Placed]:
    """What has to leave."""
    if wish.present:
        return left_over(place_vips(wish.listed, wish.interfaces, state), state) if wish.purge else frozenset()
    if wish.vips is None:
        return recorded_within(wish.interface, wish.keep, state)
    return named_within(wish.vips, wish.interface, state)


def live_steps(wish: Wish, state: State) -> list[Step]:
    """A VIP that moves comes before it goes, so that it is never away."""
    places = place_vips(wish.listed, wish.interfaces, state) if wish.present else {}
    return [*live_present(places, state), *live_absent(find_going(wish, state), state, wish.listed)]


def make_plan(module: AnsibleModule, wish: Wish, backends: list[Backend], state: State) -> Plan:
    going = find_going(wish, state)
    steps = live_steps(wish, state)
    targets = place_vips(wish.listed, wish.interfaces, state) if wish.present else {}
    placed = frozenset(Placed(vip, interface.name) for vip, interface in targets.items())
    wanted = files_present(targets, choose_backends(module, targets, backends))
    places = merge(wanted, going if wanted else going | placed, state)
    left = left_over(targets, state) - going if wish.present else frozenset[Placed]()
    return Plan(
        steps,
        places,
        [action for place in places for action in actions(place, state)],
        going,
        (state.ours | placed) - going,
        left,
    )


def choose_backends(
    module: AnsibleModule, targets: dict[str, Interface], backends: list[Backend]
) -> dict[str, Backend]:
    """The backend of each interface; none when the VIPs are not to be kept."""
    if not module.params["persistent"]:
        return {}
    name = module.params["backend"]
    chosen = {}
    for interface in dict.fromkeys(targets.values()):
        backend = choose(name, interface.name, backends)
        chosen[interface.name] = backend
        if name == AUTO and interface.speaks_arp and not backend.owns(interface.name):
            module.warn(
                f"interface: {interface.name!r} is set up by something this module does not know. The VIP is there now "
                "and after a reboot, but may be dropped when that is restarted. Set backend to unit to accept this."
            )
    return chosen


def require_hidden(module: AnsibleModule, host: Host, steps: list[Step], state: State) -> None:
    """Refuse to add a VIP where this host would answer ARP for it on its other interfaces."""
    silent = {interface.name for interface in state.interfaces if not interface.speaks_arp}
    risky = [step for step in steps if step.verb == "add" and step.interface in silent and ":" not in step.address.ip]
    vips = [step.address.ip for step in risky]
    if state.hidden_by is None or not risky or not (reasons := why_shown(host, vips, state.interfaces)):
        return
    problem = LvsError(
        "vips",
        vips,
        f"would be answered for by this host in the director's place, because {', '.join(reasons)}. "
        "Run linuxvirtualserver.lvs.arp_hide for them first.",
    )
    if not module.check_mode:
        raise problem
    module.warn(only_in_check_mode(problem))


def require_done(module: AnsibleModule, host: Host, wish: Wish, state: State) -> None:
    """Look again: what runs the network may have had its own idea."""
    left = live_steps(wish, replace(state, interfaces=read_interfaces(module, host, wish)))
    if left:
        raise LvsError(
            "vips",
            sorted({step.address.ip for step in left}),
            "did not stay as they were made: something else on this host changes its addresses. "
            f"Still to do: {'; '.join(shlex.join(step.argv) for step in left)}.",
        )


def carry_out(module: AnsibleModule, host: Host, wish: Wish, plan: Plan, state: State) -> None:
    """Each step can be the last one: what is ours is recorded before it comes and until it has gone."""
    if not plan.record <= state.record:
        vip_record.write(host, state.record | plan.record)
    for step in plan.steps:
        host.run(step.argv)
    apply(host, plan.actions)
    if plan.steps or plan.actions:
        require_done(module, host, wish, state)
    if vip_record.differs(host, plan.record):
        vip_record.write(host, plan.record)


def still_hidden(host: Host, wish: Wish, hidden: bool) -> Iterable[str]:
    """What arp_hide hides beside the VIPs of the task."""
    return (f"{vip} hidden" for vip in (hidden_vips(host) if hidden else ()) if vip not in wish.listed)


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    wish = read_wish(module.params)
    backends = for_vips(host)
    state = read_state(module, host, wish, backends)
    tell(module.warn, *(text_of(file.text, file.path, NOTHING_LOST) for file in state.files))
    plan = make_plan(module, wish, backends, state)
    require_hidden(module, host, plan.steps, state)
    changed = bool(plan.steps or plan.actions or vip_record.differs(host, plan.record))
    if changed and not module.check_mode:
        carry_out(module, host, wish, plan, state)
    vips = [*wish.listed, *(one.vip for one in plan.going)]
    held = {file.path: file.vips for file in state.files}
    before = view(vips, state.interfaces, held)
    after_files = {**held, **{place.path: place.vips for place in plan.places}}
    after = view(vips, after_steps(state.interfaces, plan.steps), after_files)
    ran = [*(shlex.join(step.argv) for step in plan.steps), *commands(plan.actions)]
    result = {"changed": changed, "before": before, "after": after, "commands": ran}
    if wish.present:
        hidden = still_hidden(host, wish, module.params["hidden"])
        result["left_over"] = [*map(str, sorted(plan.left)), *hidden]
    if module._diff:
        texts = {file.path: file.text for file in state.files}
        result["diff"] = [{"before": before, "after": after}, *file_diffs(plan.actions, texts)]
    return result


def main() -> None:
    module = AnsibleModule(**SPECIFICATION, supports_check_mode=True)
    finish(module, lambda: run(module, Host()))


if __name__ == "__main__":
    main()
