# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of keepalived: this director's part in the failover is what a task says, now and at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import functools
import json
import re
import typing as t
from dataclasses import dataclass, replace

from .._errors import LvsError, LvsErrors, only_in_check_mode
from .._host import records, vip_record
from .._host.actions import Action, Remove, Run, Write, apply, commands, file_diffs, prepare
from .._host.addresses import Step, choose_interface, parse_vips
from .._host.claims import Claims
from .._host.finish import make_result
from .._host.links import Address, interfaces, routes
from .._model.address import full_prefix
from .._model.claims import moved
from .._model.shapes import fields, keyed, nullable, text, truth
from . import daemon, gate, vrrp
from .daemon import DISABLE, DROP_IN, ENABLE, READ_UNITS, START, SYNC_UNIT, SYNCHRONISER, drop_in, sync_unit
from .file import (
    FOLDER,
    HEAD,
    MAIN,
    OFF,
    ON,
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
    sync_of,
)
from .unit import UNIT, is_active, is_enabled, is_masked

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator, Sequence

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .._host.links import Interface, Route

    Texts = dict[str, t.Optional[str]]

PART = "keepalived"
RECORD = "/var/lib/lvs/keepalived.json"
STOP = Run(("systemctl", "stop", UNIT))
# All its processes at once: one that outlives the first, by however little, takes the addresses off, but not when it is
# stopped (seen). Without our drop-in nothing starts it again.
KILL = (
    Run(("systemctl", "kill", "--signal=SIGSTOP", UNIT)),
    Run(("systemctl", "kill", "--signal=SIGKILL", UNIT)),
    Run(("systemctl", "reset-failed", UNIT)),
)
_MODE = 0o640
_UNITS = (DROP_IN, SYNC_UNIT)
_INTERVAL = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?\Z")
_NEWEST = (99,)
_QUIET_SECONDS = 30
_SHAPE = fields(
    {"enabled": truth, "former": nullable(text), "good": nullable(keyed(nullable(text)))},
)
_LOST = "what keepalived was before the first run is not known any more, so it stays enabled when this is taken away."


@dataclass(frozen=True)
class State:
    """What there is. `record` has what was there before the first run, and the last good files while a run is at it."""

    texts: Texts
    former: str | None  # of this LVS, also under the name that it had before
    others: Texts  # files of other LVS
    switches: list[str]  # of this LVS, by all its names
    record: dict[str, t.Any] | None
    active: bool
    enabled: bool

    @property
    def mine(self) -> list[str]:
        """The files of this LVS."""
        return [path for path, text in self.texts.items() if text is not None and path.startswith(FOLDER)]


def run(module: AnsibleModule, host: Host, threads: daemon.Threads) -> dict[str, t.Any]:
    claims = Claims(host, module, PART)
    records.tell(module.warn, claims.found)
    state = _read_state(module, host, claims.name)
    if module.params["state"] == "absent":
        return _take_away(module, host, claims, state, threads)
    daemon.require_systemd(host)
    version = _version(module, host)
    one = _instance(module, host, claims.name, state)
    mine = moved((placed.ip for placed in one.addresses), one.router_id, one.sync, claims.name)
    claims.with_foreign(mine)
    files = {MAIN: main_text(version), path_of(one.lvs): instance_text(one)}
    wanted: Texts = {**files, **_units(one.sync or _sync_of_others(state))}
    wanted.update({path: None for path in state.texts if path not in wanted})
    _refuse_foreign(module, state)
    _judge(module, host, one, state, wanted, version)
    switch = switch_of(one.lvs)
    missing_switch = [] if switch in state.switches else [Write(switch, OFF, 0o644)]
    actions = [*missing_switch, *_quiet(host, state, one), *_actions(state, wanted, one)]
    missing = threads.missing(one.sync.interface, one.sync.id) if one.sync else []
    changed = bool(actions or missing or claims.differs(mine))
    if changed:
        prepare(host, [*actions, *claims.ending(mine)], check_mode=module.check_mode)
    if changed and not module.check_mode:
        claims.begin(mine)
        _carry_out(host, claims, one, state, actions, version, threads)
        claims.end(mine)
    return _result(module, host, state, wanted, actions, changed, one, missing)


def _units(sync: Sync | None) -> Texts:
    return {DROP_IN: drop_in(sync), SYNC_UNIT: sync_unit(sync)}


def _sync_of_others(state: State) -> Sync | None:
    """All LVS of a host have the same one, or none."""
    return next(filter(None, map(sync_of, state.others.values())), None)


def _read_state(module: AnsibleModule, host: Host, name: str) -> State:
    record = records.parse(host.read(RECORD), RECORD, _SHAPE, _LOST)
    records.tell(module.warn, record)
    files = host.glob(FOLDER, "*.conf")
    names = list(dict.fromkeys(filter(None, (name, module.params["lvs_adopt"]))))
    known = {path_of(one): host.read(path_of(one)) for one in names}
    mine = {path: text for path, text in known.items() if text is not None or path == path_of(name)}
    return State(
        {**mine, **{path: host.read(path) for path in (MAIN, DROP_IN, SYNC_UNIT)}},
        next(filter(None, mine.values()), None),
        {path: host.read(path) for path in files if path not in mine},
        [path for path in map(switch_of, names) if host.at(path).exists()],
        record.value,
        is_active(host),
        is_enabled(host),
    )


def _version(module: AnsibleModule, host: Host) -> tuple[int, ...]:
    if module.check_mode and host.which("keepalived") is None:
        module.warn(only_in_check_mode(LvsError("keepalived", None, "is not installed on this host.")))
        return _NEWEST
    return daemon.version_of(host)


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


def _refuse_foreign(module: AnsibleModule, state: State) -> None:
    main = state.texts[MAIN]
    if main and not main.startswith(HEAD) and not module.params["adopt"]:
        cure = (
            "is not of this collection, and what it configures would end. Take over what it says (the filter "
            "from_keepalived reads it) and set adopt: true, or remove the file."
        )
        raise LvsError(MAIN, main.partition("\n")[0][:80], cure)


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
    if version != _NEWEST and (state.texts[mine], state.texts[MAIN]) != (wanted[mine], wanted[MAIN]):
        gate.ask(host, one, str(wanted[mine]), state.others, version)
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
    timer = ("systemd-run", "--quiet", "--collect", f"--on-active={_QUIET_SECONDS}", "--timer-property=AccuracySec=1s")
    return [Run((*timer, "sh", "-c", 'echo 0 >"$0"', switch)), Write(switch, ON, 0o644)]


def _actions(state: State, wanted: Texts, one: Instance) -> list[Action]:
    differing = {path for path in {**wanted, **state.texts} if state.texts.get(path) != wanted.get(path)}
    on = [] if state.enabled else [ENABLE]
    unread = state.record is not None and state.record["good"] is not None
    stale = unread or not differing <= {*_UNITS}
    wake = [Run(START)] if not state.active else [Run(daemon.RELOAD)] if stale else []
    spare = [Remove(path) for path in state.switches if path != switch_of(one.lvs)]
    return [*_writes(state, wanted), *_reading(state, wanted), *on, *wake, *spare]


def _writes(state: State, wanted: Texts) -> Iterator[Action]:
    for path, content in wanted.items():
        if content is not None and state.texts.get(path) != content:
            yield Write(path, content, None if path in _UNITS else _MODE)
    for path, content in wanted.items():
        if content is None and state.texts.get(path) is not None:
            yield Remove(path)


def _reading(state: State, wanted: Texts) -> list[Action]:
    """systemd forgets a unit of which the file is gone when it has ended."""
    if all(state.texts[path] == wanted[path] for path in _UNITS):
        return []
    going = state.texts[SYNC_UNIT] and not wanted[SYNC_UNIT]
    return [*([Run(("systemctl", "stop", SYNCHRONISER))] if going else []), READ_UNITS]


def _carry_out(
    host: Host,
    claims: Claims,
    one: Instance,
    state: State,
    actions: list[Action],
    version: tuple[int, ...],
    threads: daemon.Threads,
) -> None:
    """A run that is killed leaves the last good files in the record; the next one finishes it."""
    serves = bool(_held(host, state, one)) if state.active and state.former else None
    record = state.record or _first_record(state)
    switch: Texts = {} if switch_of(one.lvs) in state.switches else {switch_of(one.lvs): None}
    good: Texts = {**state.texts, **switch, **(record["good"] or {})}
    _remember(host, {**record, "good": good})
    try:
        if one.sync:
            threads.have(one.sync.interface, one.sync.id)
        _apply(host, actions, version)
        if not one.sync and sync_of(state.former) and not _sync_of_others(state):
            threads.stop()
        wrong = daemon.settle(host, one, _moved_before(state, good) - {*one.addresses}, serves, threads)
        if wrong:
            raise LvsError(UNIT, None, f"did not do what its files say: {'; '.join(wrong)}. See journalctl -u {UNIT}.")
    except LvsError as error:
        _roll_back(host, state, good, version)
        _synchronise_again(one, sync_of(state.former) or _sync_of_others(state), threads)
        _remember(host, {**record, "good": None} if state.record else None)
        claims.revert()
        host.settle()  # the daemon has read these files by now
        raise LvsError(error.item, error.value, f"{error.text} The last good files are back.") from error
    _remember(host, {**record, "good": None})


def _apply(host: Host, actions: list[Action], version: tuple[int, ...]) -> None:
    for action in actions:
        if action == Run(daemon.RELOAD):
            daemon.reload(host, version)
        else:
            apply(host, [action])


def _first_record(state: State) -> dict[str, t.Any]:
    main = state.texts[MAIN]
    return {"enabled": state.enabled, "former": main if main and not main.startswith(HEAD) else None, "good": None}


def _roll_back(host: Host, state: State, good: Texts, version: tuple[int, ...]) -> None:
    apply(host, [Remove(path) if old is None else Write(path, old) for path, old in good.items()])
    host.run(READ_UNITS.argv)
    if state.active:
        daemon.reload(host, version)
        return
    host.run(STOP.argv)
    if not state.enabled:
        apply(host, [DISABLE])


def _moved_before(state: State, good: Texts) -> frozenset[Placed]:
    """The addresses of this LVS as keepalived knows them still."""
    texts = [text for path, text in good.items() if path.startswith(FOLDER) and path not in state.others]
    return frozenset(placed for text in texts for placed in placed_in(text))


def _synchronise_again(one: Instance, former: Sync | None, threads: daemon.Threads) -> None:
    if former == one.sync:
        return
    if one.sync:
        threads.stop()
    if former:
        threads.have(former.interface, former.id)


def _remember(host: Host, record: dict[str, t.Any] | None) -> None:
    if record is None:
        host.remove(RECORD)
        host.remove_directory_if_empty(RECORD.rpartition("/")[0])
    else:
        host.write(RECORD, json.dumps({"format": records.FORMAT, **record}, indent=2) + "\n", 0o600)


def _take_away(
    module: AnsibleModule, host: Host, claims: Claims, state: State, threads: daemon.Threads
) -> dict[str, t.Any]:
    changed = state.former is not None or claims.differs({})
    if state.former is None:
        if changed and not module.check_mode:
            claims.end({})
        return _result(module, host, state, state.texts, [], changed)
    # Without any to be kept, the others may go on.
    found = list(_left_behind(module, state.former)) if module.params["keep"] else []
    if found:
        raise LvsErrors(found)
    kept = [one for one in sorted(daemon.held(host, placed_in(state.former))) if one.ip in module.params["keep"]]
    after, actions = _way_beside_others(state, kept) if state.others else _way_of_the_last(host, state, kept)
    prepare(host, [*actions, *claims.ending({})], check_mode=module.check_mode)
    if not module.check_mode:
        claims.begin({})
        _apply(host, actions, daemon.version_of(host) if state.others else _NEWEST)
        if sync_of(state.former) and not _sync_of_others(state):
            threads.stop()
        if not state.others:
            _remember(host, None)
        claims.end({})
    return _result(module, host, state, after, actions, changed)


def _way_beside_others(state: State, kept: list[Placed]) -> tuple[Texts, list[Action]]:
    after: Texts = {**state.texts, **dict.fromkeys(state.mine), **_units(_sync_of_others(state))}
    stays = [Run(Step("add", Address(one.ip, full_prefix(one.ip)), one.interface).argv) for one in kept]
    files = [*_writes(state, after), *map(Remove, state.switches), *_reading(state, after)]
    return after, [*files, Run(daemon.RELOAD), *stays]


def _way_of_the_last(host: Host, state: State, kept: list[Placed]) -> tuple[Texts, list[Action]]:
    """It says farewell, which needs its files; or it ends without a word, and the addresses stay where they are."""
    record = state.record or {"enabled": True, "former": None}
    after: Texts = {**dict.fromkeys(state.texts), MAIN: record["former"]}
    former: Action = Remove(MAIN) if record["former"] is None else Write(MAIN, record["former"])
    off = [] if record["enabled"] else [replace(DISABLE, undo=functools.partial(host.run, ENABLE.argv))]
    stop = replace(STOP, undo=functools.partial(host.run, START)) if state.active else STOP
    sync: list[Action] = [Remove(SYNC_UNIT)] if state.texts[SYNC_UNIT] else []
    units = [Remove(DROP_IN, and_directory=True), *sync, *_reading(state, after)]
    end = [*units, *(KILL if kept else []), stop]
    gone = [Remove(path, and_directory=True) for path in state.mine]
    return after, [*end, *gone, *map(Remove, state.switches), former, *off]


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
