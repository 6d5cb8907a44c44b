# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of arp_hide: a host keeps silent about VIPs, now and at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import shlex
import typing as t
from dataclasses import dataclass, replace

from .._errors import LvsError, only_in_check_mode
from .._host import actions, boot
from .._host.addresses import parse_vips
from .._host.claims import Claims
from .._host.finish import make_result, refuse
from .._host.links import interfaces, neighbours
from .._host.records import tell
from .._model.claims import HIDDEN as HIDDEN_VIP
from .._model.claims import METHOD, Things, named, thing
from . import arptables, sysctl
from .arp import (
    ALL,
    ARPTABLES,
    HIDDEN,
    RECORD,
    SETTINGS,
    Hiding,
    answered_as_proxy,
    exposed,
    held_alone,
    needs,
    parse_notes,
    still_held,
)
from .decide import Wanted
from .hiding import PART, arptables_of, require_settings
from .kernel import Kernel
from .neighbours import out_of_reach

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .._host.job import Boot
    from .._host.links import Interface
    from .kernel import Work

_HARM = "this host would answer ARP for the VIPs"


@dataclass(frozen=True)
class State:
    """What is on the host: what we hide, its interfaces, all rules of its ARP tables, and our files for ours."""

    hiding: Hiding
    interfaces: list[Interface]
    rules: list[arptables.Rule]
    files: Mapping[str, str]
    program: str  # which arptables
    boot: Boot
    path: str  # of the job that adds the rules at boot


@dataclass(frozen=True)
class Change:
    """What to do: settings, rules, and what each of our files for the rules must say."""

    hiding: Hiding
    work: Work
    rules: arptables.Changes
    files: Mapping[str, str]

    def differs(self, state: State) -> bool:
        """Whether there is anything to do."""
        return bool(self.work.differs or self.rules.add or self.rules.remove) or self.files != state.files


def things_of(vips: Iterable[str], method: str, directors: Iterable[str] = ()) -> Things:
    """What is asked for when these VIPs of these directors are hidden by this method."""
    senders = " ".join(sorted(directors))
    hidden = {thing(HIDDEN_VIP, vip): senders for vip in vips if ":" not in vip}
    return {**hidden, METHOD: method} if hidden else {}


def claimed(params: Mapping[str, t.Any], claims: Claims) -> Things:
    """What this LVS asks for after the task."""
    vips = None if params["vips"] is None else parse_vips(params["vips"])
    if params["state"] == "present":
        added = things_of(vips or [], params["method"], params["directors"])
        return added if params["purge"] else {**claims.former, **added}
    left = set() if vips is None else set(named(HIDDEN_VIP, claims.former)).difference(vips)
    kept = {one: value for one, value in claims.former.items() if one in things_of(left, "")}
    return kept if left else {}


def read_state(module: AnsibleModule, host: Host, kernel: Kernel) -> State:
    hiding = parse_notes(kernel.record.notes)
    present = module.params["state"] == "present"
    uses_rules = ARPTABLES in (module.params["method"], hiding.method) if present else bool(hiding.rules)
    program = arptables_of(host) if uses_rules else arptables.COMMAND
    place = boot.at_boot(host)
    path = place.path(arptables.JOB)
    return State(
        hiding,
        interfaces(host.run),
        arptables.parse_rules(host.run(arptables.listing(program))) if uses_rules else [],
        {one: text for one in (path, arptables.FLAG) if (text := host.read(one)) is not None},
        program,
        place,
        path,
    )


def present(
    module: AnsibleModule, host: Host, kernel: Kernel, state: State, foreign: Things, persistent: bool
) -> Change:
    method, vips = module.params["method"], parse_vips(module.params["vips"])
    if vips and module.params["persistent"]:
        boot.require(host)
    if not vips:  # the way of those that are hidden for another LVS
        method = foreign.get(METHOD, method)
    if method == HIDDEN and not kernel.values([sysctl.conf(ALL, HIDDEN)]):
        raise LvsError("method", method, "is not what this kernel has, which is arp_ignore. Use sysctl.")
    refuse(module, out_of_reach(host, module.params["directors"], state.interfaces))
    # Only a rule hides an IPv4 address of an interface that speaks ARP itself.
    shown = [vip for vip in vips if method != ARPTABLES or ":" in vip]
    refuse(module, exposed(shown, state.interfaces, vips))
    refuse(module, answered_as_proxy(vips, [(one.ip, one.dev) for one in neighbours(host.run, "proxy")]))
    ipv4, shared = [vip for vip in vips if ":" not in vip], named(HIDDEN_VIP, foreign)
    hidden = {*ipv4, *shared} if module.params["purge"] else {*state.hiding.vips, *ipv4, *shared}
    change = decide(host, kernel, state, Hiding(tuple(sorted(hidden)), method), persistent)
    leaving = sorted(set(state.hiding.vips).difference(hidden))
    if module.params["purge"] and (leaving or (not hidden and change.differs(state))):
        refuse_held(module, kernel, state, change, leaving)
    return change


def absent(
    module: AnsibleModule, host: Host, kernel: Kernel, state: State, foreign: Things, persistent: bool
) -> Change:
    """Only when no VIP is left, of any LVS, does anything go back to what it was."""
    shared = named(HIDDEN_VIP, foreign)
    hidden = {*state.hiding.vips, *shared}
    asked = sorted(hidden) if module.params["vips"] is None else parse_vips(module.params["vips"])
    leaving = [vip for vip in asked if vip not in shared]
    left = tuple(sorted(hidden.difference(leaving)))
    change = decide(host, kernel, state, Hiding(left, state.hiding.method), persistent)
    ends = hidden.intersection(leaving) or (not left and change.differs(state))
    if ends:
        refuse_held(module, kernel, state, change, leaving)
    return change


def refuse_held(module: AnsibleModule, kernel: Kernel, state: State, change: Change, leaving: Iterable[str]) -> None:
    """Refuse to end the hiding of a VIP that is still here."""
    # Without a record any that looks like a VIP may be one of ours, and what hides it is about to go.
    if kernel.found.problem and not change.hiding.vips:
        leaving = [*leaving, *held_alone(state.interfaces)]
    held = still_held(leaving, state.interfaces)
    # In check mode the task that would have removed the VIP has not done it either.
    if not module.check_mode:
        refuse(module, held)
    for problem in () if module.params["foreseen"] else held:
        module.warn(only_in_check_mode(problem))


def decide(host: Host, kernel: Kernel, state: State, hiding: Hiding, persistent: bool) -> Change:
    """The settings, rules and files by which these VIPs are hidden and nothing else is."""
    by_rules = hiding.method == ARPTABLES
    wanted = arptables.wanted_rules(hiding.vips, state.interfaces) if by_rules else []
    rules = arptables.plan_rules(wanted, state.hiding.rules, state.rules)
    hiding = replace(hiding, rules=rules.ours)
    files = {}
    if wanted:
        files[arptables.FLAG] = arptables.FLAG_TEXT
    if wanted and persistent:
        files[state.path] = state.boot.render(arptables.job(wanted, host.which(state.program) or state.program))
    settings = Wanted((), needs(hiding.method, state.interfaces), hiding.notes, persistent)
    return Change(hiding, kernel.decide(settings if hiding.vips else Wanted(), SETTINGS), rules, files)


def begin(change: Change, state: State) -> list[actions.Action]:
    """What hides by rules, which comes before any setting goes. The unit is for the next boot alone and not started."""
    found: list[actions.Action] = [actions.Run(rule.added(state.program)) for rule in change.rules.add]
    for path, text in change.files.items():
        if text != state.files.get(path):
            found += state.boot.enable(path, text) if path == state.path else [actions.Write(path, text)]
    return found


def end(change: Change, state: State) -> list[actions.Action]:
    """What hides by rules no more, after every setting is there; first what would bring it back at boot."""
    found: list[actions.Action] = []
    for path in state.files:
        if path not in change.files:
            found += state.boot.drop(path) if path == state.path else [actions.Remove(path)]
    return [*found, *(actions.Run(rule.removed(state.program)) for rule in change.rules.remove)]


def view(
    values: Mapping[str, str], hiding: Hiding, persistent: bool, rules: Iterable[arptables.Rule]
) -> dict[str, t.Any]:
    """The state as the result shows it."""
    return {
        "vips": list(hiding.vips),
        "method": hiding.method if hiding.vips else None,
        "persistent": persistent,
        "rules": [" ".join((rule.chain, *rule.words)) for rule in rules],
        "sysctls": {name: sysctl.number(name, values[name]) for name in sorted(values)},
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    require_settings(host)
    kernel = Kernel(host, PART, _HARM, RECORD)
    tell(module.warn, kernel.found)
    state = read_state(module, host, kernel)
    former = things_of(state.hiding.vips, state.hiding.method)
    claims = Claims(host, module, PART, former, persistent=module.params["persistent"])
    tell(module.warn, claims.found)
    mine = claimed(module.params, claims)
    claims.with_foreign(mine)
    decided = absent if module.params["state"] == "absent" else present
    change = decided(module, host, kernel, state, claims.foreign, claims.lasts(mine))
    mine = mine if change.hiding.vips else {}
    work = change.work
    refuse(module, work.problems())
    for warning in work.kept():
        module.warn(warning)
    changed = change.differs(state) or claims.differs(mine)
    first, last = begin(change, state), end(change, state)
    ours = [rule for rule in state.hiding.rules if rule in state.rules]
    before = view(work.values, state.hiding, kernel.persistent or state.path in state.files, ours)
    persistent = any(work.texts.values()) or state.path in change.files
    after = view(work.values_after, change.hiding, persistent, change.rules.ours)
    if changed and not module.check_mode:
        claims.begin(mine)
        work.apply(first, last)
        claims.end(mine)
    added = [shlex.join(rule.added(state.program)) for rule in change.rules.add]
    removed = [shlex.join(rule.removed(state.program)) for rule in change.rules.remove]
    return make_result(
        module,
        changed,
        before,
        after,
        [*added, *work.commands(), *removed],
        [*work.file_diffs(), *actions.file_diffs([*first, *last], state.files)],
    )
