# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of vip_address: the VIPs are on their interfaces, now and at boot, or gone from both.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import functools
import shlex
import typing as t
from dataclasses import dataclass, field, replace

from .._errors import LvsError, only_in_check_mode
from .._host import boot, ip_batch, vip_record
from .._host.actions import Action, apply, commands, file_diffs, prepare
from .._host.addresses import Step, parse_vips
from .._host.claims import ANY, Claims
from .._host.finish import make_result
from .._host.job import TABLE
from .._host.links import Interface, interfaces, routes
from .._host.records import NOTHING_LOST, tell, text_of
from .._host.vip_record import Placed
from .._kernel.hiding import hidden_vips, hiding_method, why_shown
from .._model.claims import HIDDEN, VIP, Things, named, thing
from . import dummy
from .backends import AUTO, choose, for_vips
from .vip import (
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
from .vip_found import find_files

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping, Set

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .backend import Backend


PART = "vip_address"


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

    ``making`` are dummy devices that are to be there before, ``spare`` those that nothing is on afterwards. ``going``
    is what leaves, ``left`` what is ours and asked for by nobody.
    """

    making: list[str]
    spare: list[str]
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
    versions = sorted({6 if ":" in vip else 4 for vip in unplaced})
    hidden_by = hiding_method(host) if module.params["hidden"] else None
    recorded = vip_record.read(host)
    tell(module.warn, recorded)
    return State(
        read_interfaces(module, host, wish),
        tuple(route for version in versions for route in routes(host.run, version)),
        tuple(find_files(host, backends)),
        hidden_by,
        boot.lasts(host, TABLE),
        recorded.value or frozenset(),
    )


def read_interfaces(module: AnsibleModule, host: Host, wish: Wish) -> tuple[Interface, ...]:
    """Those there are and dummies to be made; in check mode also a tunnel that a task before would have made."""
    found = [_with_alias(host, interface) for interface in interfaces(host.run)]
    known = {None, *(interface.name for interface in found)}
    unknown = sorted({name for name in wish.interfaces.values() if name is not None and name not in known})
    for name in unknown if wish.present else []:
        if dummy.is_dummy(name):
            found.append(dummy.to_be_made(name))
            continue
        if not module.check_mode:
            continue
        module.warn(only_in_check_mode(LvsError("interface", name, "is not an interface of this host.")))
        found.append(Interface(name, frozenset({"NOARP"})))
    return tuple(found)


def _with_alias(host: Host, interface: Interface) -> Interface:
    """By its alias a dummy is ours. ip says it only among the details, of which old releases make no JSON."""
    if not dummy.is_dummy(interface.name):
        return interface
    return replace(interface, alias=(host.read(f"/sys/class/net/{interface.name}/ifalias") or "").strip())


def things_of(placed: Iterable[Placed]) -> Things:
    """What is asked for when these VIPs are there."""
    return {thing(VIP, one.vip): one.interface for one in placed}


def placed_in(things: Mapping[str, str]) -> frozenset[Placed]:
    """The VIPs among what is asked for."""
    return frozenset(Placed(vip, interface) for vip, interface in named(VIP, things).items())


def claimed(claims: Claims, wish: Wish, wanted: Set[Placed], going: Set[Placed], state: State) -> Things:
    """What this LVS asks for after the task; what stays for others alone, it does not."""
    if wish.present and wish.purge:
        return things_of(wanted)
    former = placed_in(claims.former)
    if wish.present:
        return things_of({*(one for one in former if one.vip not in wish.listed), *wanted})
    there = {one for one in former if wish.interface in (None, one.interface)}
    ended = {one for one in there if (one.vip not in wish.keep if wish.vips is None else one.vip in wish.vips)}
    return things_of(((state.ours - state.foreign) | former) - going - ended)


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
    # In no file of ours: what goes, and what nobody wants back at boot any more.
    ending = (going | state.foreign | (frozenset() if wanted else placed)) - state.lasting
    places = merge(wanted, ending, state)
    left = left_over(targets, state) - going if wish.present else frozenset[Placed]()
    used = {interface.name for interface in targets.values()}
    return Plan(
        dummy.missing(targets.values()),
        dummy.spare(after_steps(state.interfaces, steps), used),
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
    # By its name: an interface as a key is all of its addresses, looked at once more for each VIP.
    for interface in {one.name: one for one in targets.values()}.values():
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
        f"would be answered for by this host instead of the director, because {', '.join(reasons)}. "
        "Run linuxvirtualserver.lvs.arp_hide for them first.",
    )
    if not module.check_mode:
        raise problem
    if not module.params["foreseen"]:
        module.warn(only_in_check_mode(problem))


def require_done(module: AnsibleModule, host: Host, wish: Wish, state: State) -> None:
    """Look again: what runs the network may have had its own idea."""
    left = live_steps(wish, replace(state, interfaces=read_interfaces(module, host, wish)))
    if left:
        raise LvsError(
            "vips",
            sorted({step.address.ip for step in left}),
            "did not stay as they were made: something else on this host changes its addresses. "
            f"Find out what, and run the task again; missing: {'; '.join(shlex.join(step.argv) for step in left)}.",
        )


def put_back(module: AnsibleModule, host: Host, wish: Wish, plan: Plan) -> None:
    """The addresses are again where they were before these steps, however many of them were done."""
    there = {(held, place.name) for place in read_interfaces(module, host, wish) for held in place.addresses}
    undone = [step for step in plan.steps if ((step.address, step.interface) in there) == (step.verb == "add")]
    back = [replace(step, verb="del" if step.verb == "add" else "add") for step in reversed(undone)]
    ip_batch.run(host, [step.argv[1:] for step in back])


def make_dummy(host: Host, name: str) -> None:
    host.attempt(("ip", *dummy.adding(name)))
    for words in dummy.raising(name):
        host.run(("ip", *words))


def carry_out(module: AnsibleModule, host: Host, wish: Wish, plan: Plan, state: State) -> None:
    """Each step can be the last one: what is ours is recorded before it comes and until it has gone."""
    if not plan.record <= state.record:
        vip_record.write(host, state.record | plan.record)
    for name in plan.making:
        host.undo_by(f"{name} as it was", functools.partial(host.attempt, ("ip", *dummy.removing(name))))
        make_dummy(host, name)
    addresses = ", ".join(sorted({f"{step.address} dev {step.interface}" for step in plan.steps}))
    host.undo_by(f"{addresses} as before", lambda: put_back(module, host, wish, plan))
    ip_batch.run(host, [step.argv[1:] for step in plan.steps])
    apply(host, plan.actions)
    for name in plan.spare:
        host.run(("ip", *dummy.removing(name)))
        host.undo_by(f"{name} as it was", functools.partial(make_dummy, host, name))
    if plan.steps or plan.actions:
        require_done(module, host, wish, state)
    vip_record.write(host, plan.record)


def still_hidden(host: Host, wish: Wish, claims: Claims) -> Iterable[str]:
    """What arp_hide hides beside the VIPs of the task, but for another LVS alone."""
    mine, others = (named(HIDDEN, one) for one in (claims.former_everywhere, claims.foreign_everywhere))
    asked = {*wish.listed, *(others.keys() - mine)}
    return (f"{vip} hidden" for vip in hidden_vips(host) if vip not in asked)


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    wish = read_wish(module.params)
    if wish.present and wish.listed and module.params["persistent"]:
        boot.require(host)
    backends = for_vips(host)
    state = read_state(module, host, wish, backends)
    claims = Claims(host, module, PART, things_of(state.ours), persistent=module.params["persistent"])
    if module.params["lvs_removal"] == ANY and (wish.purge if wish.present else wish.vips is None):
        claims.take(claims.foreign)
    state = replace(state, foreign=placed_in(claims.foreign), lasting=placed_in(claims.lasting))
    tell(module.warn, claims.found, *(text_of(file.text, file.path, NOTHING_LOST) for file in state.files))
    targets = place_vips(wish.listed, wish.interfaces, state) if wish.present else {}
    wanted = {Placed(vip, interface.name) for vip, interface in targets.items()}
    claims.with_foreign(things_of(wanted))
    plan = make_plan(module, wish, backends, state)
    mine = claimed(claims, wish, wanted, plan.going, state)
    require_hidden(module, host, plan.steps, state)
    changed = bool(plan.making or plan.spare or plan.steps or plan.actions or vip_record.differs(host, plan.record))
    changed = changed or claims.differs(mine)
    if changed:
        ending = [*vip_record.ending(host, plan.record), *claims.ending(mine)]
        prepare(host, [*plan.actions, *ending], check_mode=module.check_mode)
    if changed and not module.check_mode:
        claims.begin(mine)
        carry_out(module, host, wish, plan, state)
        claims.end(mine)
    vips = [*wish.listed, *(one.vip for one in plan.going)]
    held = {file.path: file.vips for file in state.files}
    before = view(vips, state.interfaces, held)
    after_files = {**held, **{place.path: place.vips for place in plan.places}}
    after = view(vips, after_steps(state.interfaces, plan.steps), after_files)
    made = [words for name in plan.making for words in (dummy.adding(name), *dummy.raising(name))]
    ran = [
        *(shlex.join(("ip", *words)) for words in made),
        *(shlex.join(step.argv) for step in plan.steps),
        *commands(plan.actions),
        *(shlex.join(("ip", *dummy.removing(name))) for name in plan.spare),
    ]
    diffs = file_diffs(plan.actions, {file.path: file.text for file in state.files})
    result = make_result(module, changed, before, after, ran, diffs)
    if wish.present:
        hidden = still_hidden(host, wish, claims) if module.params["hidden"] else ()
        # Also what will stay for another LVS is this one's until then.
        left = plan.left | placed_in(mine) - wanted
        result["left_over"] = [*map(str, sorted(left)), *hidden]
    return result
