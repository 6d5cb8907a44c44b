# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of keepalived: this director's part in the failover is what a task says, now and at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import functools
import re
import typing as t

from .._errors import LvsError, LvsErrors, only_in_check_mode
from .._host import records, vip_record
from .._host.actions import Action, Remove, Run, Write, apply, commands, file_diffs, prepare
from .._host.addresses import Step, choose_interface, parse_vips
from .._host.claims import Claims
from .._host.finish import make_result
from .._host.links import Address, interfaces, routes
from .._model.address import full_prefix
from .._model.claims import moved
from . import daemon, gate, vrrp
from .daemon import DISABLE, ENABLE, START
from .file import (
    FOLDER,
    MAIN,
    OFF,
    Instance,
    Placed,
    Sync,
    instance_text,
    lead_of,
    main_text,
    path_of,
    peers_in,
    placed_in,
    router_id_in,
    source_in,
    switch_of,
)
from .state import (
    NEWEST,
    STOP,
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
from .unit import UNIT, is_masked

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator, Sequence

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .._host.links import Interface, Route
    from .state import Texts

PART = "keepalived"
_INTERVAL = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?\Z")


def run(module: AnsibleModule, host: Host, threads: daemon.Threads) -> dict[str, t.Any]:
    claims = Claims(host, module, PART)
    records.tell(module.warn, claims.found)
    state = read_state(module, host, claims.name, path_of, switch_of)
    if module.params["state"] == "absent":
        return _take_away(module, host, claims, state, threads)
    daemon.require_systemd(host, "by: other")
    version = version_on(module, host)
    one = _instance(module, host, claims.name, state)
    mine = moved((placed.ip for placed in one.addresses), one.router_id, one.sync, claims.name)
    claims.with_foreign(mine)
    files = {MAIN: main_text(version), path_of(one.lvs): instance_text(one)}
    wanted: Texts = {**files, **units(one.sync or sync_of_others(state))}
    wanted.update({path: None for path in state.texts if path not in wanted})
    refuse_foreign(module, state)
    _judge(module, host, one, state, wanted, version)
    switch = switch_of(one.lvs)
    missing_switch = [] if switch in state.switches else [Write(switch, OFF, 0o644)]
    hush = [*missing_switch, *_quiet(host, state, one)]
    actions = _actions(state, wanted, one)
    missing = threads.missing(one.sync.interface, one.sync.id) if one.sync else []
    changed = bool(hush or actions or missing or claims.differs(mine))
    if changed:
        prepare(host, [*hush, *actions, *claims.ending(mine)], check_mode=module.check_mode)
    if changed and not module.check_mode:
        claims.begin(mine)
        # Undone last: until then one that cannot hear who serves must take nothing.
        apply(host, hush)
        _carry_out(host, one, state, actions, version, threads)
        claims.end(mine)
    return _result(module, host, state, wanted, [*hush, *actions], changed, one, missing)


def _instance(module: AnsibleModule, host: Host, lvs: str, state: State) -> Instance:
    """The arguments, with what only this host knows: its NICs."""
    asked = module.params
    for option, highest in (("router_id", 255), ("priority", 254)):
        if not 1 <= asked[option] <= highest:
            raise LvsError(option, asked[option], f"is out of range. Use 1 to {highest}.")
    if not _INTERVAL.match(asked["interval"]) or not 0.1 <= float(asked["interval"]) <= 10:
        raise LvsError("interval", asked["interval"], "is not an interval. Use 0.1 to 10 seconds.")
    vips = parse_vips(asked["addresses"], "addresses")
    if not vips:
        raise LvsError("addresses", asked["addresses"], "has none to move. List the VIPs.")
    if asked["lead"] and asked["lead"] not in vips:
        cure = (
            "is in the adverts of the director that serves and not to be moved by this one, so this one would not hear "
            "it and take the others. Have both move the same VIPs: each needs a realserver in both tables."
        )
        raise LvsError("lead", asked["lead"], cure)
    (address,) = parse_vips([asked["address"]], "address")
    nics = interfaces(host.run)
    ways = [way for version in sorted({6 if ":" in vip else 4 for vip in vips}) for way in routes(host.run, version)]
    placed = [Placed(vip, _nic(asked, vip, index, ways)) for index, vip in enumerate(vips)]
    sync = asked["sync"]
    return Instance(
        lvs,
        _nic_of(address, nics),
        asked["router_id"],
        asked["priority"],
        asked["preempt"],
        f"{float(asked['interval']):g}",
        address,
        tuple(parse_vips(asked["peers"], "peers")),
        asked["multicast"],
        asked["track"],
        tuple(_lead_first(placed, asked["lead"] or lead_of(state.former))),
        Sync(sync["interface"], sync["id"]) if sync else None,
    )


def _nic(asked: dict[str, t.Any], vip: str, index: int, ways: list[Route]) -> str:
    named = {parse_vips([address], "interfaces")[0]: nic for address, nic in (asked["interfaces"] or {}).items()}
    return str(named.get(vip) or asked["interface"] or choose_interface(vip, f"addresses[{index}]", ways))


def _nic_of(address: str, nics: list[Interface]) -> str:
    """Adverts go out where they come from."""
    for nic in nics:
        if nic.holds(address):
            return nic.name
    raise LvsError("address", address, "is on no interface of this host. Correct it (lvs_dip in an inventory).")


def _lead_first(placed: list[Placed], lead: str | None) -> list[Placed]:
    """The address in the adverts stays the one that it was: directors that name different ones do not hear each other.

    It is of the family of the adverts, as is the first one.
    """
    return sorted(placed, key=lambda one: one.ip != lead)


def _judge(
    module: AnsibleModule, host: Host, one: Instance, state: State, wanted: Texts, version: tuple[int, ...]
) -> None:
    """Nothing that keepalived would not take, or that would break what works, gets past here."""
    mine = path_of(one.lvs)
    found = list(gate.problems(host, one, interfaces(host.run)))
    found += _left_behind(module, state.former)
    number = router_id_in(state.former)
    if one.peers and state.active and number not in (None, one.router_id):
        cure = f"was {number} so far. The directors would not hear each other for a while, and two have the VIPs. "
        found.append(LvsError("router_id", one.router_id, f"{cure}Tear the LVS down first, or keep the number."))
    if not state.enabled and is_masked(host):
        cure = f"keeps keepalived from starting, and that is an administrator's decision. Run: systemctl unmask {UNIT}"
        found.append(LvsError(UNIT, "masked", cure))
    if found:
        raise LvsErrors(found)
    if version != NEWEST and (state.texts[mine], state.texts[MAIN]) != (wanted[mine], wanted[MAIN]):
        gate.ask(host, mine, str(wanted[mine]), state.others, version)
    recorded = vip_record.read(host).value or frozenset()
    here = {placed.ip for placed in daemon.held(host, one.addresses)}
    static = sorted({placed.vip for placed in recorded} & here)
    if static and not (state.active and state.former):
        cure = (
            "is on this host already, put there by vip_address, and keepalived takes it away when it starts. Have "
            "another director serve, then give it up here (vip_address with state: absent)."
        )
        problem = LvsError("addresses", ", ".join(static), cure)
        if not module.check_mode:
            raise problem
        module.warn(only_in_check_mode(problem))


def _left_behind(module: AnsibleModule, former: str | None) -> Iterator[LvsError]:
    """Directors that took part so far. One that is told nothing still stands by, and takes the addresses one day."""
    known = {one for option in ("peers", "forget") for one in parse_vips(module.params[option], option)}
    for peer in sorted(peers_in(former) - known):
        if vrrp.may_take_part(peer):
            cure = (
                "took part so far, is left out now and may take the addresses all the same. Tear it down first, by an "
                "inventory that has it, or list it in forget (director_forget) when it never comes back."
            )
            yield LvsError("peers", peer, cure)


def _held(host: Host, state: State, one: Instance) -> frozenset[Placed]:
    """What this host has of all that it is to move, and did so far: one that serves may get other addresses alone."""
    return daemon.held(host, {*one.addresses, *placed_in(state.former)})


def _quiet(host: Host, state: State, one: Instance) -> list[Action]:
    """One that stands by and gets another address into its adverts does not hear the one that serves until that has it.

    Meanwhile it takes none, whatever becomes of this run.
    """
    former, switch = lead_of(state.former), switch_of(one.lvs)
    changes = state.active and one.peers and former not in (None, one.addresses[0].ip)
    if not changes or _held(host, state, one) or (host.read(switch) or OFF) != OFF:
        return []
    return quiet(switch)


def _actions(state: State, wanted: Texts, one: Instance) -> list[Action]:
    differing = {path for path in {**wanted, **state.texts} if state.texts.get(path) != wanted.get(path)}
    on = [] if state.enabled else [ENABLE]
    stale = state.is_unread or not differing <= {*UNITS}
    wake = [Run(START)] if not state.active else [Run(daemon.RELOAD)] if stale else []
    spare = [Remove(path) for path in state.switches if path != switch_of(one.lvs)]
    return [*writes(state, wanted), *reading(state, wanted), *on, *wake, *spare]


def _carry_out(
    host: Host,
    one: Instance,
    state: State,
    actions: list[Action],
    version: tuple[int, ...],
    threads: daemon.Threads,
) -> None:
    """Whoever undoes it has keepalived read the files that were there, and the threads run as they did."""
    serves = bool(_held(host, state, one)) if state.active and state.former else None
    _undo_threads(host, one.sync, state, threads)
    good = begin(host, state)
    if one.sync:
        threads.have(one.sync.interface, one.sync.id)
    carry_out(host, actions, version)
    if not one.sync and state.sync and not sync_of_others(state):
        threads.stop()
    wrong = daemon.settle(host, one, _moved_before(state, good) - {*one.addresses}, serves, threads)
    if wrong:
        raise LvsError(UNIT, None, f"did not do what its files say: {'; '.join(wrong)}. See journalctl -u {UNIT}.")
    end(host, state)


def _moved_before(state: State, good: Texts) -> frozenset[Placed]:
    """The addresses of this LVS as keepalived knows them still."""
    texts = [text for path, text in good.items() if path.startswith(FOLDER) and path not in state.others]
    return frozenset(placed for text in texts for placed in placed_in(text))


def _undo_threads(host: Host, wanted: Sync | None, state: State, threads: daemon.Threads) -> None:
    former = state.sync or sync_of_others(state)
    if former != wanted:
        host.undo_by("the threads of synchronisation", functools.partial(_synchronise_again, former, threads))


def _synchronise_again(former: Sync | None, threads: daemon.Threads) -> None:
    threads.stop()
    if former:
        threads.have(former.interface, former.id)


def _take_away(
    module: AnsibleModule, host: Host, claims: Claims, state: State, threads: daemon.Threads
) -> dict[str, t.Any]:
    changed = state.is_there or state.is_last or claims.differs({})
    if not state.is_there:
        if changed and not module.check_mode:
            if state.is_last:
                forget(host)
            claims.end({})
        return _result(module, host, state, state.texts, [], changed)
    # Without any to be kept, the others may go on.
    found = list(_left_behind(module, state.former)) if module.params["keep"] else []
    if found:
        raise LvsErrors(found)
    kept = [one for one in sorted(daemon.held(host, placed_in(state.former))) if one.ip in module.params["keep"]]
    stays = [Run(Step("add", Address(one.ip, full_prefix(one.ip)), one.interface).argv) for one in kept]
    beside = way_beside_others(state, [Run(daemon.RELOAD), *stays])
    after, actions = beside if state.others else way_of_the_last(state, silent=bool(kept))
    prepare(host, [*actions, *claims.ending({})], check_mode=module.check_mode)
    if not module.check_mode:
        claims.begin({})
        left = sync_of_others(state)
        _undo_threads(host, left, state, threads)
        leave(host, state, actions, threads.stop if state.sync and not left else lambda: None)
        claims.end({})
    return _result(module, host, state, after, actions, changed)


def _result(
    module: AnsibleModule,
    host: Host,
    state: State,
    after: Texts,
    actions: list[Action],
    changed: bool,
    one: Instance | None = None,
    missing: Sequence[str] = (),
) -> dict[str, t.Any]:
    before = {path: content for path, content in state.texts.items() if content is not None}
    running = {"active": state.active, "enabled": state.enabled}
    then = running if one is None else {"active": True, "enabled": True}
    if STOP in actions:
        then = {"active": False, "enabled": state.enabled and DISABLE not in actions}
    result = make_result(
        module,
        changed,
        {"files": sorted(before), **running},
        {"files": sorted(path for path, content in after.items() if content is not None), **then},
        [*missing, *commands(actions)],
        file_diffs(actions, before),
    )
    if one is not None:
        result["lead"] = one.addresses[0].ip
        result["switch"] = switch_of(one.lvs)
        result["holds"] = sorted(placed.ip for placed in _held(host, state, one))
        result["known"] = state.active and source_in(state.former) == one.address
        result["ready"] = bool(result["holds"]) or module.check_mode
    return result
