# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of keepalived on a host: what there is, how it changes, and the way back.

Private: this file may change in any release; do not import it from outside the collection.
One file of an LVS has its addresses, one its virtual servers, and each has a module; what they share is here.
"""

from __future__ import annotations

import functools
import json
import typing as t
from dataclasses import dataclass

from .._errors import LvsError, only_in_check_mode
from .._host import records
from .._host.actions import Action, Remove, Run, Write, apply
from .._model.shapes import fields, keyed, nullable, text, truth
from . import daemon
from .daemon import DISABLE, DROP_IN, ENABLE, READ_UNITS, START, SYNC_UNIT, SYNCHRONISER, drop_in, sync_unit
from .file import FOLDER, HEAD, MAIN, ON, RECORD, Sync, sync_of
from .owner import KEEPALIVED
from .unit import UNIT, is_active, is_enabled

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable, Iterator

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host

    Texts = dict[str, t.Optional[str]]

STOP = Run(("systemctl", "stop", UNIT))
RESET = Run(("systemctl", "reset-failed", UNIT))
# All its processes at once: one that outlives the first, by however little, takes the addresses off, but not when it is
# stopped (seen). Without our drop-in nothing starts it again.
KILL = (
    Run(("systemctl", "kill", "--signal=SIGSTOP", UNIT)),
    Run(("systemctl", "kill", "--signal=SIGKILL", UNIT)),
    RESET,
)
NEWEST = (99,)  # where it is not installed yet
UNITS = (DROP_IN, SYNC_UNIT)
_MODE = 0o640
_SECRET = 0o600  # of other programs there may be passwords in it
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
    others: Texts  # the other files that keepalived reads
    switches: list[str]  # of this LVS, by all its names
    record: dict[str, t.Any] | None
    active: bool
    enabled: bool
    installed: bool

    @property
    def mine(self) -> list[str]:
        """The files of this LVS."""
        return [path for path, text in self.texts.items() if text is not None and path.startswith(FOLDER)]

    @property
    def sync(self) -> Sync | None:
        """The synchronisation of this LVS, also that which it had when a run was killed that ends it."""
        good = (self.record or {}).get("good") or {}
        return next(filter(None, map(sync_of, (*self.texts.values(), *good.values()))), None)

    @property
    def is_unread(self) -> bool:
        """Whether a run was killed before keepalived had read its files."""
        return self.record is not None and self.record["good"] is not None

    @property
    def is_there(self) -> bool:
        """Whether there is something to take away: a file of this LVS, or what a run left that was killed at it."""
        left = self.is_unread if self.others else (self.texts[MAIN] or "").startswith(HEAD)
        return self.former is not None or left

    @property
    def is_last(self) -> bool:
        """Whether a record is there that no file needs any more."""
        return self.record is not None and not self.others


def units(sync: Sync | None) -> Texts:
    return {DROP_IN: drop_in(sync), SYNC_UNIT: sync_unit(sync)}


def sync_of_others(state: State) -> Sync | None:
    """All LVS of a host have the same one, or none."""
    return next(filter(None, map(sync_of, state.others.values())), None)


def read_state(
    module: AnsibleModule,
    host: Host,
    name: str,
    path_of: Callable[[str], str],
    switch_of: Callable[[str], str] | None = None,
) -> State:
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
        [path for path in map(switch_of, names) if host.at(path).exists()] if switch_of else [],
        record.value,
        is_active(host),
        is_enabled(host),
        host.which(KEEPALIVED) is not None,
    )


def version_on(module: AnsibleModule, host: Host) -> tuple[int, ...]:
    if module.check_mode and host.which("keepalived") is None:
        module.warn(only_in_check_mode(LvsError("keepalived", None, "is not installed on this host.")))
        return NEWEST
    return daemon.version_of(host)


def refuse_foreign(module: AnsibleModule, state: State) -> None:
    main = state.texts[MAIN]
    if main and not main.startswith(HEAD) and not module.params["adopt"]:
        cure = (
            "is not of this collection, and what it configures would end. Take over what it says (the filter "
            "from_keepalived reads it) and set adopt: true, or remove the file."
        )
        raise LvsError(MAIN, main.partition("\n")[0][:80], cure)


def writes(state: State, wanted: Texts) -> Iterator[Action]:
    for path, content in wanted.items():
        if content is not None and state.texts.get(path) != content:
            yield Write(path, content, None if path in UNITS else _MODE)
    for path, content in wanted.items():
        if content is None and state.texts.get(path) is not None:
            yield Remove(path)


def reading(state: State, wanted: Texts) -> list[Action]:
    """systemd forgets a unit of which the file is gone when it has ended."""
    if all(state.texts[path] == wanted[path] for path in UNITS):
        return []
    going = state.texts[SYNC_UNIT] and not wanted[SYNC_UNIT]
    return [*([Run(("systemctl", "stop", SYNCHRONISER))] if going else []), READ_UNITS]


def carry_out(host: Host, actions: list[Action], version: tuple[int, ...]) -> None:
    for action in actions:
        if action == Run(daemon.RELOAD):
            daemon.reload(host, version)
        else:
            apply(host, [action])


def _first_record(state: State) -> dict[str, t.Any]:
    main = state.texts[MAIN]
    return {"enabled": state.enabled, "former": main if main and not main.startswith(HEAD) else None, "good": None}


def begin(host: Host, state: State, *, silent: bool = False) -> Texts:
    """Before the first file changes: the last good ones, in the record until keepalived has read the new ones.

    A run that is killed leaves them there, and the next one has keepalived read its files in any case.
    """
    record = state.record or _first_record(state)
    good: Texts = {**state.texts, **(record["good"] or {})}
    _remember(host, {**record, "good": good})
    host.prepare(RECORD, _rendered({**record, "good": None}), _SECRET)
    undo_by_reading(host, state, good, silent=silent)
    return good


def end(host: Host, state: State) -> None:
    """keepalived has read its files, and the kernel is as they say."""
    _remember(host, {**(state.record or _first_record(state)), "good": None})


def forget(host: Host) -> None:
    """keepalived is what it was before the first run."""
    host.remove(RECORD)
    host.remove_directory_if_empty(RECORD.rpartition("/")[0])


def _remember(host: Host, record: dict[str, t.Any]) -> None:
    host.write(RECORD, _rendered(record), _SECRET)


def _rendered(record: dict[str, t.Any]) -> str:
    return json.dumps({"format": records.FORMAT, **record}, indent=2) + "\n"


def undo_by_reading(host: Host, state: State, good: Texts, *, silent: bool = False) -> None:
    """Whoever undoes what comes after this has the files back by then, and keepalived is to read them.

    One that did not run before ends: ``silent``, so that a table which was there before it is not touched.
    """
    host.undo_by(f"{UNIT} as it was", functools.partial(_go_back, host, state, good, silent=silent))


def _go_back(host: Host, state: State, good: Texts, *, silent: bool) -> None:
    for path, content in good.items():
        if host.read(path) != content:
            apply(host, [Remove(path) if content is None else Write(path, content, None if path in UNITS else _MODE)])
    host.run(READ_UNITS.argv)
    if is_enabled(host) != state.enabled:
        apply(host, [ENABLE if state.enabled else DISABLE])
    if not state.active:
        apply(host, KILL if silent and is_active(host) else ())
        # Also where it does not run: systemd may be about to start it once more.
        host.run(STOP.argv)
        if host.succeeds(("systemctl", "is-failed", "--quiet", UNIT)):
            host.run(RESET.argv)  # it would be listed as failed, and nobody asked for it before
    elif is_active(host):
        daemon.reload(host, daemon.version_of(host))
    else:
        host.run(START)


def quiet(switch: str) -> list[Action]:
    """It takes no address for a while, whatever becomes of this run."""
    timer = ("systemd-run", "--quiet", "--collect", f"--on-active={_QUIET_SECONDS}", "--timer-property=AccuracySec=1s")
    return [Run((*timer, "sh", "-c", 'echo 0 >"$0"', switch)), Write(switch, ON, 0o644)]


def leave(host: Host, state: State, actions: list[Action], stop: Callable[[], object] = lambda: None) -> None:
    """Go one of the two ways out, and ``stop`` what else there is when keepalived knows this LVS no more."""
    if state.others:
        begin(host, state)
        carry_out(host, actions, daemon.version_of(host) if state.active else NEWEST)
        stop()
        end(host, state)
    else:
        # Nothing has to be written for it: it is a way out of a full disk, too.
        undo_by_reading(host, state, state.texts)
        gone = len(actions) - len(state.mine)
        carry_out(host, actions[:gone], NEWEST)
        stop()
        carry_out(host, actions[gone:], NEWEST)
        forget(host)


def way_beside_others(state: State, wake: Iterable[Action]) -> tuple[Texts, list[Action]]:
    """Out of a keepalived that goes on, told of it by ``wake``. One that does not run has nothing to be told.

    Unless a run was killed, which may have ended it: the others need it.
    """
    after: Texts = {**state.texts, **dict.fromkeys(state.mine), **units(sync_of_others(state))}
    files = [*writes(state, after), *map(Remove, state.switches), *reading(state, after)]
    told = wake if state.active else [Run(START)] if state.is_unread and state.installed else []
    return after, [*files, *told]


def way_of_the_last(state: State, *, silent: bool) -> tuple[Texts, list[Action]]:
    """It takes away what it has, for which it needs its files; or it ends ``silent``, and all stays in the kernel.

    The file of the LVS goes last: as long as it is there, a run that comes after one that was killed begins anew.
    """
    record = state.record or {"enabled": True, "former": None}
    after: Texts = {**dict.fromkeys(state.texts), MAIN: record["former"]}
    former: Action = Remove(MAIN) if record["former"] is None else Write(MAIN, record["former"])
    sync: list[Action] = [Remove(SYNC_UNIT)] if state.texts[SYNC_UNIT] else []
    files = [Remove(DROP_IN, and_directory=True), *sync, *reading(state, after)]
    # Without its package there is no unit to be stopped.
    stop = [*(KILL if silent and state.active else []), STOP] if state.active or state.installed else []
    off = [] if record["enabled"] or not state.installed else [DISABLE]
    gone = [Remove(path, and_directory=True) for path in state.mine]
    return after, [*files, *stop, *map(Remove, state.switches), former, *off, *gone]
