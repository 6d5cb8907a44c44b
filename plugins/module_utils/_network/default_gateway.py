# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of default_gateway: change the running host with a way back, confirm it, and only then keep it.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import shlex
import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host import boot
from .._host.actions import Action, apply, commands, file_diffs, prepare, require_possible
from .._host.claims import Claims
from .._host.finish import make_result
from .._host.links import Route, interfaces, routes
from .._host.records import NOTHING_LOST, tell, text_of
from .._model.address import IPV4, IPV6, family_of
from .._model.claims import GATEWAY, Things, named, thing, together
from .backends import choose, for_routes
from .gateway import (
    Peer,
    Step,
    after_steps,
    choose_link,
    effective,
    foreign,
    parse_gateway,
    parse_peer,
    require_way_back,
    steps,
    wanted_pins,
    wanted_routes,
)
from .gateway_files import Found, file_actions, find_files, places
from .gateway_host import find_way, require_answer
from .gateway_options import require_time
from .rollback import Pending, Rollback

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .backend import Backend


PART = "default_gateway"
FAMILIES = {4: IPV4, 6: IPV6}


@dataclass(frozen=True)
class State:
    """What is on the host, of the families that the task is about."""

    routes: dict[int, list[Route]]
    files: list[Found]

    @property
    def all_routes(self) -> list[Route]:
        return [route for version in sorted(self.routes) for route in self.routes[version]]

    @property
    def kept(self) -> list[Route]:
        """The routes of ours, live or in our files."""
        saved = [route for file in self.files for route in file.routes]
        return [*saved, *(route for route in self.all_routes if route.is_ours)]


@dataclass(frozen=True)
class Plan:
    """Routes of ours as they have to be, the steps that make them so now, and the files that do at boot."""

    wanted: list[Route]
    steps: list[Step]
    saved: dict[str, list[str]]
    actions: list[Action]


def thing_of(gateway: str) -> Things:
    """What is asked for by this gateway."""
    return {thing(GATEWAY, family_of(gateway)): gateway}


def read_claims(module: AnsibleModule, host: Host, backends: list[Backend]) -> Claims:
    """What is asked for; before LVS had names, what our routes lead to, live or at boot."""
    live = [route for version in FAMILIES for route in routes(host.run, version) if route.is_ours]
    saved = [route for file in find_files(host, backends, FAMILIES) for route in file.routes]
    former = together(*(thing_of(str(one.gateway)) for one in (*saved, *live) if one.gateway and not one.is_pin))
    return Claims(host, module, PART, former, persistent=module.params["persistent"])


def claimed(params: Mapping[str, t.Any], claims: Claims) -> Things:
    """What this LVS asks for after the task: of a family that it says nothing of, what it did before."""
    gateway = params["gateway"]
    if params["state"] == "present":
        return {**claims.former, **thing_of(gateway)}
    return {} if gateway is None else {one: via for one, via in claims.former.items() if one not in thing_of(gateway)}


def lasts(params: Mapping[str, t.Any], claims: Claims) -> bool:
    """Whether the gateway comes back at boot: as long as one of those who have it wants that."""
    return params["persistent"] or thing_of(params["gateway"]).keys() <= claims.lasting.keys()


def concerned(params: Mapping[str, t.Any], claims: Claims) -> list[int]:
    """The address families that the task is about: where another LVS needs a gateway, none is taken away."""
    gateway, shared = params["gateway"], named(GATEWAY, claims.foreign)
    versions = list(FAMILIES) if gateway is None else [6 if ":" in gateway else 4]
    return versions if params["state"] == "present" else [one for one in versions if FAMILIES[one] not in shared]


def read_state(host: Host, backends: list[Backend], versions: list[int]) -> State:
    return State({version: routes(host.run, version) for version in versions}, find_files(host, backends, versions))


def make_plan(
    module: AnsibleModule, host: Host, state: State, backends: list[Backend], peer: Peer | None, claims: Claims
) -> Plan:
    wanted = [] if module.params["state"] == "absent" else want(module, host, state, peer)
    if not wanted and peer is not None and any(route.is_ours for route in state.all_routes):
        require_way_back(peer, find_way(host, peer), state.all_routes)
    kept = wanted if wanted and lasts(module.params, claims) else []
    chosen = {str(route.dev): choose(module.params["backend"], str(route.dev), backends) for route in kept}
    groups = places(kept, chosen)
    saved = {path: sorted(map(str, routes)) for path, (_backend, routes) in groups.items()}
    return Plan(wanted, steps(state.all_routes, wanted), saved, file_actions(groups, state.files))


def want(module: AnsibleModule, host: Host, state: State, peer: Peer | None) -> list[Route]:
    """The routes of ours that must be there."""
    gateway = module.params["gateway"]
    known = state.all_routes
    dev = choose_link(gateway, module.params["interface"], known, interfaces(host.run))
    wanted = wanted_routes(gateway, dev, known)
    if not module.params["pin"]:
        return wanted
    way = None if peer is None else find_way(host, peer)
    return [*wanted_pins(peer, way, wanted, known, state.kept), *wanted]


def view(state: State, routes: list[Route], saved: dict[str, list[str]]) -> dict[str, t.Any]:
    """The state as the result shows it."""
    found = [effective(routes_of(routes, version), version) for version in sorted(state.routes)]
    return {
        "effective": [str(route) for route in found if route is not None],
        "others": [str(route) for route in foreign(routes) if route.network.prefixlen == 0],
        "routes": sorted(str(route) for route in routes if route.is_ours),
        "persistent": saved,
    }


def routes_of(routes: list[Route], version: int) -> list[Route]:
    return [route for route in routes if route.network.version == version]


def foresee(module: AnsibleModule, state: State, plan: Plan) -> dict[str, t.Any]:
    """What the task will return."""
    return make_result(
        module,
        bool(plan.steps or plan.actions),
        view(state, state.all_routes, {file.path: sorted(map(str, file.routes)) for file in state.files}),
        view(state, after_steps(state.all_routes, plan.steps), plan.saved),
        [*(shlex.join(step.argv) for step in plan.steps), *commands(plan.actions)],
        file_diffs(plan.actions, {file.path: file.text for file in state.files}),
    )


def change_live(module: AnsibleModule, host: Host, plan: Plan, peer: Peer | None, result: dict[str, t.Any]) -> None:
    """Arm the rollback and change what runs. Each step can be the last one: the host then undoes it by itself."""
    rollback = Rollback(host)
    way = None if peer is None else find_way(host, peer)
    pending = Pending(module.params["run_id"], module.params["connection"], result)
    rollback.arm(pending, module.params["timeout"], plan.steps)
    try:
        for step in plan.steps:
            host.run(step.argv)
        if peer is not None and module.params["pin"] and module.params["state"] == "present":
            require_same_way(peer, way, find_way(host, peer))
    except LvsError:
        rollback.disarm()
        rollback.fire()
        raise


def require_same_way(peer: Peer, before: Route | None, after: Route) -> None:
    if before is not None and before.way != after.way:
        raise LvsError(
            "connection",
            peer.ip,
            f"is where the controller is, which was reached by {before} and would be by {after}, so the change was "
            "taken back. See the policy rules of this host (ip rule), or set pin to false to let the controller move.",
        )


def confirm(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    """Over a new connection: call the rollback off, look whether that was in time, and only now write to disk."""
    rollback = Rollback(host)
    found = rollback.pending()
    tell(module.warn, found)
    pending = found.value
    if pending is None:
        rollback.forget()
    # That of another run is not ours to confirm, even if it came by the same connection.
    if pending is None or pending.run_id != module.params["run_id"]:
        raise taken_back(module)
    made_by = pending.connection
    if made_by and module.params["connection"] == made_by:
        cure = "is the connection by which the change was made, which proves nothing. Confirm over a new one."
        raise LvsError("connection", made_by, cure)
    rollback.disarm()
    backends = for_routes(host)
    claims = read_claims(module, host, backends)
    state = read_state(host, backends, concerned(module.params, claims))
    # The controller that the change was made for, should it have come by another address this time.
    plan = make_plan(module, host, state, backends, parse_peer(made_by), claims)
    if plan.steps:
        rollback.fire()
        raise taken_back(module)
    try:
        prepare(host, plan.actions)
        apply(host, plan.actions)
    except LvsError:
        rollback.fire()
        raise
    claims.end(claimed(module.params, claims))
    rollback.forget()
    return pending.result


def taken_back(module: AnsibleModule) -> LvsError:
    return LvsError(
        "gateway",
        module.params["gateway"],
        f"was taken back by this host itself: the change was not confirmed over a new connection within "
        f"{module.params['timeout']} s; the routes are as they were before, now and at boot. See whether the gateway "
        "leads to the controller and to its jump host; pin true keeps their old way.",
    )


def is_busy(module: AnsibleModule, host: Host) -> bool:
    """Whether a change of another run waits to be confirmed or taken back."""
    return not module.params["confirm"] and Rollback(host).is_waiting()


def require_idle(module: AnsibleModule, host: Host) -> None:
    found = Rollback(host).pending()
    tell(module.warn, found)
    pending = found.value
    if pending is not None:
        raise LvsError(
            "gateway",
            pending.result["after"]["effective"],
            "waits for the confirmation of another run, or for being taken back. Run the task again in a few minutes.",
        )


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    if module.params["gateway"] is not None:
        module.params["gateway"] = parse_gateway(module.params["gateway"])
    if module.params["confirm"]:
        return confirm(module, host)
    require_time(module.params["timeout"])
    if module.params["state"] == "present" and module.params["persistent"]:
        boot.require(host)
    require_idle(module, host)
    peer = parse_peer(module.params["connection"])
    backends = for_routes(host)
    claims = read_claims(module, host, backends)
    mine = claimed(module.params, claims)
    claims.with_foreign(mine)
    state = read_state(host, backends, concerned(module.params, claims))
    tell(module.warn, claims.found, *(text_of(file.text, file.path, NOTHING_LOST) for file in state.files))
    plan = make_plan(module, host, state, backends, peer, claims)
    result = foresee(module, state, plan)
    for route in [route for route in plan.wanted if not route.is_pin][:1] if plan.steps else []:
        require_answer(host, str(route.gateway), str(route.dev))
    require_possible(host, [*plan.actions, *claims.ending(mine)])
    if module.check_mode:
        return result
    # No change of its own: whoever only looks whether the gateway is right claims nothing.
    claims.begin(mine)
    if plan.steps:
        change_live(module, host, plan, peer, result)
        return {**result, "unconfirmed": True}
    prepare(host, plan.actions)
    apply(host, plan.actions)
    claims.end(mine)
    return result
