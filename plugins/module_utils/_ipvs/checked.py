# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of keepalived_table: keepalived keeps the table, and takes out of it whoever fails its check.

Private: this file may change in any release; do not import it from outside the collection.

keepalived holds files against files, so what it does at a reload is known before (_keepalived/reload.py), and the rest
is done over netlink. The kernel must have become what that says, else all of it is undone, and keepalived reads its
last good file again. The record of ipvs_table goes on being kept: at boot the table is there before the network, and
keepalived takes it as it is.
"""

from __future__ import annotations

import functools
import time
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._errors import LvsError, LvsErrors
from .._host import boot, records
from .._host.actions import Action, Remove, Run, Write, apply, commands, file_diffs, prepare
from .._host.claims import Claims
from .._host.links import interfaces
from .._keepalived import daemon, gate
from .._keepalived.daemon import ENABLE, START
from .._keepalived.file import FOLDER, MAIN, OFF, ON, main_text, name_of, placed_in, switch_of
from .._keepalived.owner import KEEPALIVED
from .._keepalived.reload import after_reload, failing, repairs, unread
from .._keepalived.seen import is_on
from .._keepalived.servers import (
    Servers,
    drainable,
    drained,
    for_services,
    parse,
    path_of,
    render,
)
from .._keepalived.state import (
    KILL,
    NEWEST,
    UNITS,
    State,
    begin,
    carry_out,
    end,
    forget,
    leave,
    quiet,
    read_state,
    reading,
    refuse_foreign,
    sync_of_others,
    units,
    version_on,
    way_beside_others,
    way_of_the_last,
    writes,
)
from .._keepalived.unit import UNIT, is_masked
from .._model.address import canonical_address
from .._model.check import read_check
from .._model.claims import NAME, SERVICE, named, services
from .._model.diff import EDIT, REMOVE, Operation, diff, keep_as_is
from .._model.diff import apply as applied
from .._model.drains import DRAINS, drain_of
from .._model.fields import Fields
from .._model.ipvsadm import commands as ipvsadm
from .._model.ipvsadm import listing
from .._model.mistakes import Mistakes
from .._model.parse import parse_table
from .._model.port_names import port_number
from .._model.removal import parse_limit, refuse_too_much
from . import drained as memory_of
from . import memory, persist, restore
from .converge import put_back, write
from .drain import let_finish
from .drained import Memory, is_drained, read_memory, still_drained, with_fallback
from .owners import table_owners
from .refusals import refused
from .table import PART, kept_rips, services_in, unserved

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .._keepalived.servers import Checks
    from .._keepalived.state import Texts
    from .._model.table import Realserver, Service, Table
    from .client import Ipvs

_PAUSE = 0.1
_GRACE = 2  # seconds
_FAREWELL = 5  # seconds in which the addresses are gone


@dataclass(frozen=True)
class Plan:
    """What is to become of the host. Tables are of this LVS alone."""

    asked: Table
    want: Servers
    have: Table  # in the kernel
    expected: Table  # after the reload
    table: Table  # at the end
    on: set[str]  # files by which somebody is drained
    texts: Texts
    actions: list[Action]  # up to the reload
    spare: list[Action]  # after it
    remembered: Memory
    forgets: bool  # not all of that is to be remembered any more
    files: dict[str, bytes | None]  # that restore the table at boot
    things: dict[str, str]

    @property
    def operations(self) -> list[Operation]:
        """What is done over netlink once keepalived has read its file, as far as that can be told before."""
        return diff(self.table, self.expected)

    @property
    def leaving(self) -> list[tuple[Service, Realserver]]:
        """Whoever is to have no connections any more, in services that stay."""
        removed = [one for one in diff(self.table, self.have) if one.verb == REMOVE]
        return [(one.service, one.realserver) for one in removed if one.realserver is not None]


def manage(module: AnsibleModule, host: Host, kernel: Ipvs) -> dict[str, t.Any]:
    """Have keepalived keep the services, or keep them no more."""
    found = restore.read_record(restore.RECORD)
    recorded = services((one.key.label for one in found.value or ()), NAME)
    claims = Claims(host, module, PART, recorded, persistent=module.params["at_boot"])
    remembered = read_memory(memory_of.MEMORY)
    records.tell(module.warn, found, claims.found, remembered)
    state = read_state(module, host, claims.name, path_of)
    if module.params["state"] == "absent":
        return _take_away(module, host, state, remembered.value or {})
    refuse_foreign(module, state)
    _refuse_owners(host, adopts=module.params["adopt"])
    daemon.require_systemd(host, "leave check out of all services of this director")
    version = version_on(module, host)
    plan = _plan(module, host, kernel, claims, state, found.value or (), remembered, version)
    publishing = [*_publishing(host, plan), *claims.ending(plan.things)]
    changed = bool(plan.actions or plan.spare or plan.operations or publishing)
    if changed:
        prepare(host, [*plan.actions, *plan.spare, *publishing], check_mode=module.check_mode)
    down = failing(plan.want.table, plan.have) if state.active and state.former else []
    result = _result(module, state, plan, changed)
    if changed and not module.check_mode:
        claims.begin(plan.things)
        _carry_out(module, host, kernel, state, plan, version)
        apply(host, _publishing(host, plan))
        claims.end(plan.things)
    for path in sorted(plan.on):
        module.warn(f"a realserver stays drained: {path} holds a 1")
    return {**result, "down": down, "unserved": unserved(plan.asked, plan.want.table)}


# --- deciding ---


def _refuse_owners(host: Host, *, adopts: bool) -> None:
    """Two programs that write one table undo each other's work."""
    owners = [one for one in table_owners(host, ()) if not (one == KEEPALIVED and adopts)]
    if owners:
        cure = (
            f"cannot be kept while {', '.join(owners)} writes the table. Stop it, or leave check out of all services."
        )
        raise LvsError("the table", None, cure)


def _plan(
    module: AnsibleModule,
    host: Host,
    kernel: Ipvs,
    claims: Claims,
    state: State,
    record: Table,
    remembered: records.Found[Memory],
    version: tuple[int, ...],
) -> Plan:
    params = module.params
    former, found = parse(state.former), kernel.table()
    asked = parse_table(services_in(params["services"]), lookup=port_number)
    base = former.table or found
    table = keep_as_is(asked, base, kept_rips(params["keep"]))
    listed = {service.key for service in asked}
    if not params["purge"]:
        table = (*table, *(service for service in former.table if service.key not in listed))
    unlisted = {name: check for name, check in former.checks.items() if name[0] not in listed}
    want = for_services({**unlisted, **_checks(services_in(params["checks"]), table)}, table)
    wanted = {service.key for service in want.table}
    things = services((key.label for key in wanted), claims.name)
    claims.with_foreign(things)
    foreign = named(SERVICE, claims.foreign).keys()
    ours = {service.key for service in (*record, *former.table) if service.key.label not in foreign}
    have = tuple(service for service in found if service.key in wanted | ours)
    refuse_too_much(want.table, have, parse_limit(params["removal_limit"]))
    known = remembered.value or {}
    on, switches = _switches(host, want, have, known)
    want = want._replace(table=_falling_back(want, on))
    texts: Texts = {**units(sync_of_others(state)), MAIN: main_text(version), path_of(claims.name): render(want)}
    texts.update({path: None for path in state.texts if path not in texts})
    _judge(host, state, want, texts, path_of(claims.name), version)
    actions = _actions(state, texts)
    woken = Run(daemon.RELOAD) in actions or Run(START) in actions
    old = drained(former, on) if state.active and not state.is_unread else ()
    now = drained(want, on)
    expected = after_reload(old, now, have) if woken else have
    gone = [Operation(REMOVE, one) for one in expected if one.key not in wanted]
    rest = [*repairs(now, expected, want.checks), *gone]
    kept = tuple(one for one in record if one.key not in wanted | ours)
    lasting = restore_order((*kept, *want.table))
    files = persist.files(lasting, boot.at_boot(host), restored=claims.lasts(things))
    spare = _spare(host, _paths(want), state.others)
    steps, table = [*switches, *actions], applied(rest, expected)
    left = {name: one for name, one in known.items() if drain_of(name) in on}
    left.update(still_drained(known, have, table))
    forgets = left != known or remembered.problem is not None
    return Plan(asked, want, have, expected, table, on, texts, steps, spare, left, forgets, files, things)


def _publishing(host: Host, plan: Plan) -> list[Action]:
    """What is done to the other files when the kernel has the table."""
    remembering = memory.writing(plan.remembered) if plan.forgets else []
    return [*remembering, *persist.installing(host, plan.files)]


def restore_order(table: Iterable[Service]) -> Table:
    """A table as the record has it."""
    return tuple(sorted(table, key=lambda service: service.key.order()))


def _checks(listed: object, table: Table) -> Checks:
    """The checks as the plan has them: by the labels of the service and of the realserver."""
    names = {
        (service.key.label, one.key.label): (service.key, one.key) for service in table for one in service.realservers
    }
    mistakes, found = Mistakes(), {}
    for index, entry in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
        data = {**entry} if isinstance(entry, Mapping) else {}
        name = names.get((data.pop("service", ""), data.pop("realserver", "")))
        source = data.pop("source", None)
        if name is None:
            continue  # it is kept out of the table
        path = f"checks[{index}]"
        if source is not None and canonical_address(str(source)) != source:
            mistakes.add("rip-invalid", f"{path}.source", source)
        asked = Fields(mistakes, "", {path: data})
        check = read_check(asked, path, name[0].protocol, name[1].port, port_number)
        if check is not None:
            found[name] = check._replace(source=str(source or ""))
    mistakes.refuse()
    return found


def _spare(host: Host, needed: Collection[str], others: Texts) -> list[Action]:
    """The files by which nobody is drained any more, those of a run that was killed among them."""
    theirs = set().union(*(_paths(parse(text)) for path, text in others.items() if path.startswith(FOLDER)))
    spare = sorted({*host.glob(DRAINS, "[!.]*")} - {*needed} - theirs)
    return [Remove(path, and_directory=True) for path in spare]


def _paths(servers: Servers) -> set[str]:
    return set(map(drain_of, drainable(servers)))


def _switches(host: Host, want: Servers, have: Table, remembered: Memory) -> tuple[set[str], list[Action]]:
    """The files by which somebody is drained, and those that are to be written: keepalived wants them to be there."""
    pools = {service.key: service for service in have}
    on, actions = set(), []
    for service, one in drainable(want):
        path = drain_of((service, one))
        text = host.read(path)
        known = service in pools and is_drained(pools[service], one, remembered)
        if known or is_on(host, path):
            on.add(path)
        wanted = ON if known and text != ON else OFF if text is None else None
        actions += [Write(path, wanted, 0o644)] if wanted else []
    return on, t.cast("list[Action]", actions)


def _falling_back(want: Servers, on: Collection[str]) -> Table:
    """A hash has another realserver for the clients of one that is drained."""
    return tuple(
        with_fallback(service)
        if any(one.weight and drain_of((service.key, one.key)) in on for one in service.realservers)
        else service
        for service in want.table
    )


def _judge(
    host: Host,
    state: State,
    want: Servers,
    texts: Texts,
    path: str,
    version: tuple[int, ...],
) -> None:
    """Nothing that keepalived would not take, or that it would take and never do, gets past here."""
    own = {held.ip for interface in interfaces(host.run) for held in interface.addresses}
    sources = sorted({check.source for check in want.checks.values() if check.source} - own)
    cure = "is on no interface of this host, and checks are to come from it. Correct it (lvs_dip in an inventory)."
    found = [LvsError("checks", source, cure) for source in sources]
    if not state.enabled and is_masked(host):
        cure = f"keeps keepalived from starting, and that is an administrator's decision. Run: systemctl unmask {UNIT}"
        found.append(LvsError(UNIT, "masked", cure))
    if found:
        raise LvsErrors(found)
    if version != NEWEST and any(state.texts.get(one) != texts[one] for one in (path, MAIN)):
        gate.ask(host, path, str(texts[path]), state.others, version)


def _actions(state: State, texts: Texts) -> list[Action]:
    differing = {path for path in texts if state.texts.get(path) != texts[path]}
    on = [] if state.enabled else [ENABLE]
    stale = state.is_unread or not differing <= {*UNITS}
    wake = [Run(START)] if not state.active else [Run(daemon.RELOAD)] if stale else []
    return [*writes(state, texts), *reading(state, texts), *on, *wake]


# --- doing ---


def _carry_out(
    module: AnsibleModule, host: Host, kernel: Ipvs, state: State, plan: Plan, version: tuple[int, ...]
) -> None:
    """Whoever undoes it has keepalived read the files that were there, and then puts back what that leaves undone."""
    host.undo_by("the table", lambda: put_back(kernel, functools.partial(_mine, kernel, plan), plan.have))
    begin(host, state, silent=not any(map(placed_in, state.others.values())))
    _let_leave(kernel, plan, module.params["drain_timeout"])
    carry_out(host, plan.actions, version)
    _settle(kernel, plan)
    apply(host, plan.spare)
    end(host, state)


def _let_leave(kernel: Ipvs, plan: Plan, seconds: int) -> None:
    """keepalived deletes at once, so whoever leaves gets no new connections before, and may end those it has."""
    leaving = plan.leaving if seconds else []
    if not leaving:
        return
    falling = {service.key: with_fallback(service) for service, _one in leaving}
    fallbacks = [Operation(EDIT, falling[one.key]) for one in plan.have if one.key in falling]
    _execute(kernel, [*fallbacks, *(Operation(EDIT, service, one._replace(weight=0)) for service, one in leaving)])
    pools = [(service._replace(realservers=(one,)), one.key) for service, one in leaving]
    let_finish(pools, seconds, kernel.timeouts().udp)


def _settle(kernel: Ipvs, plan: Plan) -> None:
    """Wait until keepalived did what it does by itself, do the rest, and accept nothing else."""
    deadline = time.monotonic() + _GRACE + 1
    wrong = unread(plan.expected, _mine(kernel, plan))
    while wrong and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        wrong = unread(plan.expected, _mine(kernel, plan))
    if not wrong:
        wanted = {service.key for service in plan.want.table}
        now, want = _mine(kernel, plan), drained(plan.want, plan.on)
        gone = [Operation(REMOVE, one) for one in now if one.key not in wanted]
        _execute(kernel, [*repairs(want, now, plan.want.checks), *gone])
        left = repairs(want, _mine(kernel, plan), plan.want.checks)
        wrong = [f"{one.label} is not as planned" for one in left]
    if wrong:
        raise LvsError(UNIT, None, f"did not do what its file says: {'; '.join(wrong)}. See journalctl -u {UNIT}.")


def _mine(kernel: Ipvs, plan: Plan) -> Table:
    keys = {service.key for service in (*plan.have, *plan.want.table)}
    return tuple(service for service in kernel.table() if service.key in keys)


def _execute(kernel: Ipvs, operations: list[Operation]) -> None:
    failures = write(kernel, operations)
    if failures:
        raise refused(failures[0])


# --- no more ---


def _take_away(module: AnsibleModule, host: Host, state: State, remembered: Memory) -> dict[str, t.Any]:
    """Out of keepalived. With ``keep_table`` the kernel's table stays as it is, for somebody else to write."""
    stays, former = module.params["keep_table"], parse(state.former)
    remembering = _remembering(host, former, remembered, stays=stays)
    drains = _spare(host, (), state.others)
    changed = state.is_there or state.is_last or bool(remembering or drains)
    after, actions = state.texts, list[Action]()
    if state.is_there:
        wake = [*KILL, Run(START)] if stays else [Run(daemon.RELOAD)]
        after, actions = way_beside_others(state, wake) if state.others else way_of_the_last(state, silent=stays)
    prepare(host, [*remembering, *actions, *drains], check_mode=module.check_mode)
    if not module.check_mode:
        apply(host, remembering)
        if state.is_there:
            given_up = _give_up(host, state) if stays and state.active else []
            leave(host, state, actions)
            apply(host, [Write(switch, OFF) for switch in given_up])
        elif state.is_last:
            forget(host)
        apply(host, drains)
    return _outcome(module, state, after, [*remembering, *actions, *drains], changed)


def _remembering(host: Host, former: Servers, remembered: Memory, *, stays: bool) -> list[Action]:
    """Who is drained by a file stays so in a table that stays, and is known by nobody when it goes."""
    if stays:
        pools = {(service.key, one.key): one for service in former.table for one in service.realservers}
        known = {name: one for name, one in pools.items() if one.weight and is_on(host, drain_of(name))}
        return memory.writing({**known, **remembered} if known.keys() - remembered.keys() else None)
    keys = {service.key for service in former.table}
    return memory.forgetting(lambda service, _one: service in keys)


def _give_up(host: Host, state: State) -> list[str]:
    """Another director takes the VIPs first: a keepalived that starts takes them off. The switches for that."""
    files = {path: text or "" for path, text in state.others.items() if path.startswith(FOLDER)}
    serving = {switch_of(name_of(path)): placed_in(text) for path, text in files.items()}
    serving = {switch: placed for switch, placed in serving.items() if daemon.held(host, placed)}
    for switch in serving:
        apply(host, quiet(switch))
    deadline = time.monotonic() + _FAREWELL
    while any(daemon.held(host, placed) for placed in serving.values()) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return list(serving)


# --- the result ---


def _result(module: AnsibleModule, state: State, plan: Plan, changed: bool) -> dict[str, t.Any]:
    result = _outcome(module, state, plan.texts, [*plan.actions, *plan.spare], changed)
    result["commands"] += ipvsadm(plan.operations)
    keys = {one.service.key for one in diff(plan.table, plan.have)}
    before, after = ([one for one in table if one.key in keys] for table in (plan.have, plan.table))
    result["before"]["table"], result["after"]["table"] = list(listing(before)), list(listing(after))
    if module._diff:
        texts = ("".join(f"{line}\n" for line in result[when]["table"]) for when in ("before", "after"))
        result["diff"].insert(0, dict(zip(("before", "after"), texts)))
        result["diff"] += persist.differences(plan.files, persist.differing(plan.files))
    return result


def _outcome(
    module: AnsibleModule, state: State, after: Texts, actions: list[Action], changed: bool
) -> dict[str, t.Any]:
    before = {path: content for path, content in state.texts.items() if content is not None}
    result: dict[str, t.Any] = {
        "changed": changed,
        "before": {"files": sorted(before)},
        "after": {"files": sorted(path for path, content in after.items() if content is not None)},
        "commands": commands(actions),
    }
    # Not the services as they came: Ansible looks through each word of a result.
    hidden = ("services", "checks")
    shown = {name: value for name, value in module.params.items() if name not in hidden}
    result["invocation"] = {"module_args": shown}
    if module._diff:
        result["diff"] = file_diffs(actions, before)
    return result
