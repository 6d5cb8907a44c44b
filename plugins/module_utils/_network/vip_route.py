# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of vip_route: what has a VIP as its source leaves its own way, now and at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import shlex
import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host import actions as host_actions
from .._host import boot
from .._host.addresses import parse_vips
from .._host.claims import Claims
from .._host.finish import make_result
from .._host.links import PROTOCOL, Route, ask, interfaces, routes
from .._host.records import NOTHING_LOST, tell, text_of
from .._model.claims import ROUTE, Things, named, thing
from .backends import AUTO, choose, for_routes
from .gateway import choose_link, parse_gateway
from .reply import Policy, Way, file_actions, parse_entries, parse_rules, part, places, steps, want

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .backend import Backend

PART = "vip_route"
VERSIONS = (4, 6)
SMALLEST_MSS = 88  # what Linux takes at least, TCP_MIN_MSS
LARGEST_MSS = 65495


@dataclass(frozen=True)
class State:
    """What is on the host: our rules and routes, and our files with what keeps each."""

    policy: Policy
    texts: dict[str, tuple[Backend, str]]


def read_state(host: Host, backends: list[Backend]) -> State:
    rules = [rule for version in VERSIONS for rule in parse_rules(ask(host.run, f"-{version}", "rule"))]
    shown = ("route", "show", "table", "all", "proto", PROTOCOL)
    entries = [entry for version in VERSIONS for entry in parse_entries(ask(host.run, f"-{version}", *shown), version)]
    paths = [(backend, path) for backend in backends for version in VERSIONS for path in backend.paths(part(version))]
    texts = {path: (backend, host.read(path) or "") for backend, path in paths}
    return State(Policy(tuple(sorted(rules)), tuple(sorted(entries))), texts)


def things_of(params: Mapping[str, t.Any]) -> Things:
    """What the arguments ask for, checked: by what router replies of a VIP leave, and the largest TCP segment."""
    things = {}
    for index, route in enumerate(params["routes"] if params["state"] == "present" else []):
        vip = parse_source(f"routes[{index}].source", route["source"])
        gateway = parse_gateway(route["gateway"])
        check(f"routes[{index}]", route, 6 if ":" in vip else 4)
        things[thing(ROUTE, vip)] = f"{gateway} {route['mss']}"
    return things


def before_names(policy: Policy) -> Things:
    """The same, as the rules and routes that are there say it."""
    return {thing(ROUTE, vip): f"{way.gateway} {way.mss}" for vip, way in policy.ways.items()}


def ways_of(things: Mapping[str, str], main: list[Route], host: Host) -> dict[str, Way]:
    """What is asked for, by what this host is connected to."""
    wanted = named(ROUTE, things)
    known = interfaces(host.run) if wanted else []
    ways = {}
    for vip, value in wanted.items():
        gateway, _space, mss = value.partition(" ")
        dev = link(parse_gateway(gateway), main, known)
        ways[vip] = Way(6 if ":" in vip else 4, gateway, dev, int(mss) if mss.isdecimal() else 0)
    return ways


def parse_source(item: str, text: str) -> str:
    try:
        return parse_vips([text])[0]
    except LvsError as error:
        raise LvsError(item, error.value, error.text) from error


def link(gateway: str, main: list[Route], interfaces: list[t.Any]) -> str:
    version = 6 if ":" in gateway else 4
    return choose_link(gateway, None, [route for route in main if route.network.version == version], interfaces)


def check(item: str, route: dict[str, t.Any], version: int) -> None:
    if (":" in route["gateway"]) != (version == 6):
        cure = f"is not of the address family of {route['source']}. Use a router that is."
        raise LvsError(f"{item}.gateway", route["gateway"], cure)
    if route["mss"] and not SMALLEST_MSS <= route["mss"] <= LARGEST_MSS:
        cure = (
            f"is not the size of a TCP segment. Use {SMALLEST_MSS} to {LARGEST_MSS}, or 0 for what the interface has."
        )
        raise LvsError(f"{item}.mss", route["mss"], cure)


def put_back(host: Host, backends: list[Backend], policy: Policy) -> None:
    """The rules and routes are again these, however far the task came."""
    for argv in steps(read_state(host, backends).policy, policy):
        host.run(argv)


def view(policy: Policy, paths: Iterable[str]) -> dict[str, list[str]]:
    return {
        "rules": [str(rule) for rule in policy.rules],
        "routes": [str(entry) for entry in policy.entries],
        "persistent": sorted(paths),
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    backends = for_routes(host)
    state = read_state(host, backends)
    claims = Claims(host, module, PART, before_names(state.policy), persistent=module.params["persistent"])
    texts = {path: text for path, (_backend, text) in state.texts.items()}
    tell(module.warn, claims.found, *(text_of(text, path, NOTHING_LOST) for path, text in texts.items()))
    main = [route for version in VERSIONS for route in routes(host.run, version)]
    asked, present = things_of(module.params), module.params["state"] == "present"
    if asked and module.params["persistent"]:
        boot.require(host)
    keeps = present and not module.params["purge"]
    mine = {**claims.former, **asked} if keeps else asked
    ways = ways_of(claims.with_foreign(mine), main, host)
    kept = {vip: way for vip, way in state.policy.ways.items() if vip not in ways} if keeps else {}
    wanted = want({**kept, **ways}, main, state.policy)
    owners = {entry.dev: choose(AUTO, entry.dev, backends) for entry in wanted.entries}
    files = places(wanted, owners) if claims.lasts(mine) else {}
    live = steps(state.policy, wanted)
    actions = file_actions(files, state.texts, forget=any("del" in argv for argv in live))
    changed = bool(live or actions) or claims.differs(mine)
    if changed:
        host_actions.prepare(host, [*actions, *claims.ending(mine)], check_mode=module.check_mode)
    if changed and not module.check_mode:
        claims.begin(mine)
        host.undo_by("the routes of replies as they were", lambda: put_back(host, backends, state.policy))
        for argv in live:
            host.run(argv)
        host_actions.apply(host, actions)
        claims.end(mine)
    result = make_result(
        module,
        changed,
        view(state.policy, state.texts),
        view(wanted, files),
        [*map(shlex.join, live), *host_actions.commands(actions)],
        host_actions.file_diffs(actions, texts),
    )
    left = {*kept, *named(ROUTE, mine)} - named(ROUTE, asked).keys()
    return {**result, "left_over": sorted(left)} if present else result
