#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vip_route
short_description: Send a realserver's replies in the name of a virtual IP their own way
version_added: 1.0.0
description:
  - A realserver that serves by C(nat) and by C(dr) or C(tun) has two masters (LVS-mini-HOWTO 3.12). Its default gateway
    is the director, which drops replies that have the virtual IP (VIP) as their source, so those must go to a router.
  - With C(tun) the packets of clients grow on their way from the director. A realserver that announces a smaller
    segment to its TCP clients gets packets that fit, also where a firewall keeps the director's ICMP messages from the
    clients.
  - Both are a matter of what has a VIP as its source. A rule for it leads to a routing table of ours, from 7600 on,
    with the host's own routes, the router as the default route, and the segment to announce. Nothing else on the host
    takes another way, least of all the controller's connection.
  - What is listed becomes all that this module has set up on the host.
  - The host's own routes are copied as they are when the task runs. Run it again when they change.
  - Keeps it over a reboot by what sets up the interface, in files of ours like those of
    M(linuxvirtualserver.lvs.default_gateway), whose names have C(lvs-replies) in them.
  - To undo it by hand, remove those files and the rules with a priority from 7600 on that C(ip rule) lists, and run
    C(ip route flush table 7600).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
requirements:
  - Linux with iproute2 4.14 or newer.
  - systemd.
  - Root.
options:
  routes:
    description:
      - The VIPs and their ways. None takes everything away, like O(state=absent).
      - C(routes) of a realserver in the plan can be passed as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description:
          - The VIP.
        type: str
        required: true
      gateway:
        description:
          - The router, on a network of this host.
        type: str
        required: true
      mss:
        description:
          - The TCP segment to announce, V(0) for what the interface has room for.
        type: int
        default: 0
      why:
        description:
          - Said by the plan, for people.
        type: str
  state:
    description:
      - V(present) makes it so.
      - V(absent) takes rules, routes and files of ours away.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: linuxvirtualserver.lvs.default_gateway
  - module: linuxvirtualserver.lvs.tunnel_decap
"""

EXAMPLES = r"""
- name: Answer what came by direct routing through the router, and all else through the director
  linuxvirtualserver.lvs.vip_route:
    routes:
      - source: 192.168.1.110
        gateway: 192.168.1.254

- name: Have clients send what fits an ipip tunnel
  linuxvirtualserver.lvs.vip_route:
    routes:
      - source: 192.168.1.110
        gateway: 192.168.1.254
        mss: 1440
"""

RETURN = r"""
before:
  description: The rules and routes of ours, and our files.
  returned: success
  type: dict
  sample:
    rules: []
    routes: []
    persistent: []
after:
  description: The same after the task, or in check mode what it would be.
  returned: success
  type: dict
  sample:
    rules: [from 192.168.1.110 lookup 7600]
    routes:
      - 0.0.0.0/0 via 192.168.1.254 dev eth0 table 7600 advmss 1440
      - 192.168.1.0/24 dev eth0 table 7600 advmss 1440
    persistent: [/etc/systemd/network/10-eth0.network.d/90-lvs-replies-ipv4.conf]
commands:
  description: The commands that were run, or in check mode would be. The files are in the diff.
  returned: success
  type: list
  elements: str
  sample:
    - ip route replace 0.0.0.0/0 via 192.168.1.254 dev eth0 table 7600 proto 76 advmss 1440
    - ip route replace 192.168.1.0/24 dev eth0 table 7600 proto 76 advmss 1440
    - ip -4 rule add from 192.168.1.110 lookup 7600 priority 7600
"""

import shlex
import typing as t
from dataclasses import dataclass

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import actions as host_actions
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_interfaces, parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ip_json import objects_in
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import NOTHING_LOST, tell, text_of
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.backend import Backend
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.backends import AUTO, choose, for_routes
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway import (
    PROTOCOL,
    Route,
    choose_link,
    parse_gateway,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.gateway_host import read_routes
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.reply import (
    Policy,
    Way,
    file_actions,
    parse_entries,
    parse_rules,
    part,
    places,
    steps,
    want,
)

VERSIONS = (4, 6)
SMALLEST_MSS = 88  # what Linux takes at least, TCP_MIN_MSS
LARGEST_MSS = 65495


@dataclass(frozen=True)
class State:
    """What is on the host: our rules and routes, and our files with what keeps each."""

    policy: Policy
    texts: dict[str, tuple[Backend, str]]


def read_state(host: Host, backends: list[Backend]) -> State:
    rules = [rule for version in VERSIONS for rule in parse_rules(ask(host, f"-{version}", "rule"))]
    shown = ("route", "show", "table", "all", "proto", PROTOCOL)
    entries = [entry for version in VERSIONS for entry in parse_entries(ask(host, f"-{version}", *shown), version)]
    paths = [(backend, path) for backend in backends for version in VERSIONS for path in backend.paths(part(version))]
    texts = {path: (backend, host.read(path) or "") for backend, path in paths}
    return State(Policy(tuple(sorted(rules)), tuple(sorted(entries))), texts)


def ask(host: Host, *words: str) -> list[dict[str, t.Any]]:
    """What ip says in JSON."""
    argv = ("ip", words[0], "-j", *words[1:])
    return objects_in(host.run(argv), shlex.join(argv))


def read_wanted(module: AnsibleModule, host: Host) -> Policy:
    """The arguments, checked, as rules and routes on this host."""
    given = module.params["routes"] if module.params["state"] == "present" else []
    if not given:
        return Policy()
    main = [route for version in VERSIONS for route in read_routes(host, version)]
    interfaces = parse_interfaces(host.run(("ip", "-j", "addr")))
    ways = {}
    for index, route in enumerate(given):
        vip = parse_source(f"routes[{index}].source", route["source"])
        gateway = parse_gateway(route["gateway"])
        version = 6 if ":" in vip else 4
        check(f"routes[{index}]", route, version)
        ways[vip] = Way(version, gateway, link(gateway, main, interfaces), route["mss"])
    return want(ways, main)


def parse_source(item: str, text: str) -> str:
    try:
        return parse_vips([text])[0]
    except LvsError as error:
        raise LvsError(item, error.value, error.cure) from error


def link(gateway: str, main: list[Route], interfaces: list[t.Any]) -> str:
    version = 6 if ":" in gateway else 4
    return choose_link(gateway, None, [route for route in main if route.network.version == version], interfaces)


def check(item: str, route: dict[str, t.Any], version: int) -> None:
    if (":" in route["gateway"]) != (version == 6):
        cure = f"is not of the address family of {route['source']}. Use a router that is."
        raise LvsError(f"{item}.gateway", route["gateway"], cure)
    if route["mss"] and not SMALLEST_MSS <= route["mss"] <= LARGEST_MSS:
        cure = f"is no TCP segment. Use {SMALLEST_MSS} to {LARGEST_MSS}, or 0 for what the interface has room for."
        raise LvsError(f"{item}.mss", route["mss"], cure)


def view(policy: Policy, paths: t.Iterable[str]) -> dict[str, list[str]]:
    return {
        "rules": [str(rule) for rule in policy.rules],
        "routes": [str(entry) for entry in policy.entries],
        "persistent": sorted(paths),
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    backends = for_routes(host)
    state = read_state(host, backends)
    tell(module.warn, *(text_of(text, path, NOTHING_LOST) for path, (_backend, text) in state.texts.items()))
    wanted = read_wanted(module, host)
    files = places(wanted, {entry.dev: choose(AUTO, entry.dev, backends) for entry in wanted.entries})
    live = steps(state.policy, wanted)
    actions = file_actions(files, state.texts, forget=any("del" in argv for argv in live))
    changed = bool(live or actions)
    if changed and not module.check_mode:
        for argv in live:
            host.run(argv)
        host_actions.apply(host, actions)
    before, after = view(state.policy, state.texts), view(wanted, files)
    result = {
        "changed": changed,
        "before": before,
        "after": after,
        "commands": [*map(shlex.join, live), *host_actions.commands(actions)],
    }
    if module._diff:
        texts = {path: text for path, (_backend, text) in state.texts.items()}
        result["diff"] = [{"before": before, "after": after}, *host_actions.file_diffs(actions, texts)]
    return result


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "routes": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "source": {"type": "str", "required": True},
                    "gateway": {"type": "str", "required": True},
                    "mss": {"type": "int", "default": 0},
                    "why": {"type": "str"},
                },
            },
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module, Host()))


if __name__ == "__main__":
    main()
