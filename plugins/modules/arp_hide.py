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
requirements:
  - Linux with iproute2 4.14 or newer.
  - The program C(arptables), of whichever kind, if O(method=arptables).
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
  directors:
    description:
      - The DIPs of the directors that forward to this host by C(dr). That works only from neighbours, so the module
        fails, before it changes anything, when one of them is on no network of this host and a router lies between.
      - Looked at on Linux alone, and only with O(state=present).
    type: list
    elements: str
    default: []
  method:
    description:
      - By what the VIPs are hidden. When it changes, the new way is in place before the old one goes.
      - V(sysctl) is C(arp_ignore) and C(arp_announce), which every kernel since 2.6.4 has.
      - V(arptables) drops what is asked about the VIPs, and lets this host ask its neighbours in its own name. It also
        hides a VIP that is on an interface which speaks ARP. On an interface that comes later the host cannot answer
        clients before the task has run again.
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

- name: Hide it only where the director that forwards by dr is a neighbour
  linuxvirtualserver.lvs.arp_hide:
    vips: [192.168.1.110]
    directors: [192.168.1.9]

- name: Hide it where another program insists on arp_ignore
  linuxvirtualserver.lvs.arp_hide:
    vips: [192.168.1.110]
    method: arptables

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

import shlex
import typing as t
from dataclasses import dataclass, replace

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, only_in_check_mode
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import actions
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import (
    Interface,
    parse_interfaces,
    parse_proxies,
    parse_vips,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found, tell
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.unit import (
    DIRECTORY,
    RELOAD,
    disable,
    enable,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import arptables
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp import (
    ALL,
    ARPTABLES,
    HIDDEN,
    METHODS,
    SYSCTL,
    Plan,
    Record,
    Setting,
    answered_as_proxy,
    covering,
    exposed,
    held_alone,
    plan_absent,
    plan_present,
    render_boot,
    still_held,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arp_sysctl import (
    DROPIN,
    RECORD,
    boot_conflicts,
    read_record,
    read_values,
    render_record,
    require_writable,
    to_cover,
    write_value,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arptables import Changes, Rule
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway import parse_way

UNIT = f"{DIRECTORY}/{arptables.UNIT_NAME}"


@dataclass(frozen=True)
class State:
    """What is on the host."""

    values: dict[Setting, int]
    found: Found[Record]
    interfaces: list[Interface]
    rules: list[Rule]
    files: dict[str, str]

    @property
    def record(self) -> Record | None:
        return self.found.value

    @property
    def persistent(self) -> bool:
        return DROPIN in self.files or UNIT in self.files


@dataclass(frozen=True)
class Work:
    """What to do: settings, rules, and what each of our files must say."""

    plan: Plan
    rules: Changes
    files: dict[str, str]

    def differs(self, state: State) -> bool:
        """Whether there is anything to do."""
        return bool(
            self.plan.changes
            or self.rules.add
            or self.rules.remove
            or self.plan.record != state.record
            or state.found.problem
            or self.files != state.files
        )


def read_state(module: AnsibleModule, host: Host) -> State:
    found = read_record(host)
    record = found.value
    uses_rules = ARPTABLES in (module.params["method"], (record or Record()).method)
    if module.params["state"] == "absent":
        uses_rules = bool(record and record.rules)
    return State(
        read_values(host),
        found,
        parse_interfaces(host.run(("ip", "-j", "addr"))),
        arptables.parse_rules(host.run(arptables.LIST)) if uses_rules else [],
        {path: text for path in (DROPIN, UNIT, arptables.FLAG) if (text := host.read(path)) is not None},
    )


def make_work(module: AnsibleModule, host: Host, state: State) -> Work:
    """Decide, and refuse what would show a VIP to the network."""
    vips = None if module.params["vips"] is None else parse_vips(module.params["vips"])
    if module.params["state"] == "absent":
        return absent(module, host, state, vips)
    return present(module, host, state, vips or [])


def present(module: AnsibleModule, host: Host, state: State, vips: list[str]) -> Work:
    method = module.params["method"]
    if method == HIDDEN and Setting(ALL, HIDDEN) not in state.values:
        raise LvsError("method", method, "is no setting of this kernel, which has arp_ignore instead. Use sysctl.")
    refuse(module, out_of_reach(host, module.params["directors"], state.interfaces), even_in_check_mode=True)
    # Only a rule hides an IPv4 address of an interface that speaks ARP itself.
    shown = [vip for vip in vips if method != ARPTABLES or ":" in vip]
    refuse(module, exposed(shown, state.interfaces, vips), even_in_check_mode=True)
    proxies = parse_proxies(host.run(("ip", "-j", "neigh", "show", "proxy")))
    refuse(module, answered_as_proxy(vips, proxies), even_in_check_mode=True)
    ipv4 = [vip for vip in vips if ":" not in vip]
    quiet = [interface.name for interface in state.interfaces if not interface.speaks_arp]
    plan = plan_present(state.values, state.record, ipv4, module.params["persistent"], method, quiet)
    if plan.boot:
        refuse(module, boot_conflicts(host, plan.boot), even_in_check_mode=True)
        plan = replace(plan, boot={**plan.boot, **{line: covering(line) for line in to_cover(host, plan.boot)}})
    return complete(host, state, plan, module.params["persistent"])


def absent(module: AnsibleModule, host: Host, state: State, vips: list[str] | None) -> Work:
    plan = plan_absent(state.values, state.record, vips, persistent=state.persistent)
    work = complete(host, state, plan, state.persistent)
    leaving = vips if vips is not None else (state.record or Record()).vips
    if state.found.problem:  # any that looks like a VIP may be one of ours, and what hides it is about to go
        leaving = [*leaving, *held_alone(state.interfaces)]
    # In check mode the task that would have removed the VIP has not done it either.
    refuse(module, still_held(leaving, state.interfaces) if work.differs(state) else [], even_in_check_mode=False)
    return work


def out_of_reach(host: Host, directors: t.Sequence[str], interfaces: t.Sequence[Interface]) -> list[LvsError]:
    """The directors whose frames cannot come here; a network may be known by a route alone."""
    return [
        LvsError(
            f"directors[{index}]",
            director,
            "is on no network of this host, and forwarding dr cannot pass a router. Put both on one network, correct "
            f"lvs_dip, or use forwarding tun. See ip addr and ip route get {director}.",
        )
        for index, director in enumerate(map(parse_director, directors))
        if not any(interface.is_beside(director) for interface in interfaces) and not is_on_link(host, director)
    ]


def parse_director(text: str) -> str:
    address = canonical_address(text)
    if address is None:
        raise LvsError("directors", text, "is not an IP address. Use one such as 192.168.1.9.")
    return address


def is_on_link(host: Host, ip: str) -> bool:
    found = host.attempt(("ip", "-j", "route", "get", ip))
    return found.rc == 0 and parse_way(found.stdout).connected


def complete(host: Host, state: State, plan: Plan, persistent: bool) -> Work:
    """The rules that belong to the plan, and the files that belong to both."""
    record = plan.record or Record()
    wanted = arptables.wanted_rules(record.vips, state.interfaces) if record.method == ARPTABLES else []
    rules = arptables.plan_rules(wanted, (state.record or Record()).rules, state.rules)
    if plan.record:
        plan = replace(plan, record=replace(plan.record, rules=rules.ours))
    files = {}
    if plan.boot and record.method != ARPTABLES:
        files[DROPIN] = render_boot(plan.boot)
    if wanted:
        files[arptables.FLAG] = arptables.FLAG_TEXT
    if wanted and persistent:
        program = host.which(arptables.COMMAND) or arptables.COMMAND
        files[UNIT] = arptables.render_unit(wanted, program)
    return Work(plan, rules, files)


def refuse(module: AnsibleModule, problems: list[LvsError], even_in_check_mode: bool) -> None:
    """Stop with every problem at once."""
    if problems and module.check_mode and not even_in_check_mode:
        for problem in problems:
            module.warn(only_in_check_mode(problem))
    elif problems:
        module.fail_json(msg="\n".join(str(problem) for problem in problems))


def apply(host: Host, work: Work, state: State) -> None:
    """Hide at once and make it last afterwards; take the lasting part away first. Each step can be the last one.

    What hides comes before what no longer does.
    """
    plan = work.plan
    if plan.record and plan.record != state.record:
        host.write(RECORD, render_record(plan.record))
    if not plan.record:
        put_files(host, work, state)
    for command in work.rules.add:
        host.run(command)
    for change in plan.changes:
        write_value(host, change)
    for command in work.rules.remove:
        host.run(command)
    if plan.record:
        put_files(host, work, state)
    else:
        host.remove(RECORD)
        host.remove_directory_if_empty(RECORD.rpartition("/")[0])


def put_files(host: Host, work: Work, state: State) -> None:
    """Write what differs and remove what is no longer wanted; the unit is for the next boot alone and not started."""
    for path in (*state.files, *work.files):
        text = work.files.get(path)
        if text == state.files.get(path):
            continue
        if path == UNIT:
            actions.apply(host, unit_actions(text))
        elif text is None:
            host.remove(path)
        else:
            host.write(path, text)


def unit_actions(text: str | None) -> list[actions.Action]:
    if text is None:
        return [disable(arptables.UNIT_NAME), actions.Remove(UNIT), RELOAD]
    return [actions.Write(UNIT, text), RELOAD, enable(arptables.UNIT_NAME)]


def view(
    values: dict[Setting, int], record: Record | None, persistent: bool, rules: t.Iterable[Rule]
) -> dict[str, t.Any]:
    """The state as the result shows it."""
    return {
        "vips": list(record.vips) if record else [],
        "method": record.method if record else None,
        "persistent": persistent,
        "rules": [" ".join((rule.chain, *rule.words)) for rule in rules],
        "sysctls": {setting.sysctl: values[setting] for setting in sorted(values)},
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    state = read_state(module, host)
    tell(module.warn, state.found)
    work = make_work(module, host, state)
    require_writable(host, work.plan.changes)
    changed = work.differs(state)
    if changed and not module.check_mode:
        apply(host, work, state)
    plan = work.plan
    ours = (state.record or Record()).rules
    before = view(state.values, state.record, state.persistent, [rule for rule in ours if rule in state.rules])
    after_values = {**state.values, **{change.setting: change.after for change in plan.changes}}
    lasting = DROPIN in work.files or UNIT in work.files
    after = view(after_values, plan.record, lasting, work.rules.ours if plan.record else ())
    settings = [f"sysctl -w {change.setting.sysctl}={change.after}" for change in plan.changes]
    added, removed = (list(map(shlex.join, commands)) for commands in (work.rules.add, work.rules.remove))
    result = {"changed": changed, "before": before, "after": after, "commands": [*added, *settings, *removed]}
    if module._diff:
        result["diff"] = [{"before": before, "after": after}, *file_diffs(state.files, work.files)]
    return result


def file_diffs(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str]]:
    """How our files change, for Ansible to show."""
    return [
        {
            "before_header": path,
            "after_header": path,
            "before": before.get(path, ""),
            "after": after.get(path, ""),
        }
        for path in dict.fromkeys((*before, *after))
        if before.get(path) != after.get(path)
    ]


# The action plugin of the same name checks the arguments by it, too, on systems without Python.
SPECIFICATION: dict[str, t.Any] = {
    "argument_spec": {
        "vips": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "directors": {"type": "list", "elements": "str", "default": []},
        "method": {"type": "str", "choices": list(METHODS), "default": SYSCTL},
        "persistent": {"type": "bool", "default": True},
        "system": {"type": "str"},
    },
    "required_if": [("state", "present", ("vips",))],
}


def main() -> None:
    module = AnsibleModule(**SPECIFICATION, supports_check_mode=True)
    finish(module, lambda: run(module, Host()))


if __name__ == "__main__":
    main()
