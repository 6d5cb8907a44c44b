# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The default gateway of a realserver that is not Linux: what must change, and how the host itself takes it back. Pure.

Private: this file may change in any release; do not import it from outside the collection.

The rollback is a shell that sleeps on the host and undoes the change if a file is still there when it wakes. To confirm
is to take the file away over a new connection; a rename is atomic, so it is one or the other. Nothing is written that
counts at boot before, so a power cut is a rollback, too.
"""

from __future__ import annotations

import ipaddress
import shlex
import typing as t

from ...module_utils._errors import LvsError
from ...module_utils._model.claims import NAME, parse_names
from ...module_utils._model.lines import lines_in
from ...module_utils._network.gateway import parse_gateway, require_agreed
from . import shell
from .steps import (
    INET,
    Files,
    Question,
    Remove,
    Run,
    Step,
    Write,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Gateways, Held
    from .unix import Unix

RECORD = "/etc/lvs_gateway"
_PENDING = f"{RECORD}.pending"
_NONE, _LVS = "none", "lvs"

# /etc is the one folder for root alone that all of these systems have.
QUESTIONS: tuple[Question, ...] = (Files(RECORD), Files(f"{_PENDING}.*"))


class Former(t.NamedTuple):
    """The default gateway before our first change, in the running system and at boot."""

    live: str | None
    boot: str | None


class Change(t.NamedTuple):
    """What to do now, what undoes that, and what makes it last; `gateway` is the one there will be.

    `claim` writes down whose it is where nothing else is to be done, and so is no change of the host.
    """

    gateway: str | None
    live: list[Run]
    undo: list[Run]
    save: list[Step]
    claim: tuple[Step, ...] = ()

    @property
    def expected(self) -> tuple[str, ...]:
        """The default gateways there must be afterwards."""
        return () if self.gateway is None else (self.gateway,)


def parse_owners(text: str) -> dict[str, str]:
    """The LVS that the gateway is there for, and which one each asked for; before they had names nobody said."""
    named = (line.split() for line in lines_in(text))
    found = {words[1]: parse_gateway(words[2]) for words in named if len(words) == 3 and words[0] == _LVS}
    return found or ({NAME: ""} if text else {})


def parse_record(text: str) -> Former | None:
    """What RECORD says of the time before; None when it says nothing, for no LVS had to change it."""
    lines = [line.split() for line in lines_in(text)]
    words = dict(line for line in lines if len(line) == 2)
    if not words and all(line[:1] == [_LVS] for line in lines):
        return None
    if set(words) != {"live", "boot"}:
        raise LvsError(
            RECORD,
            text[:80],
            "does not say what the gateway was before. Remove it; then state absent leaves the gateway as it is.",
        )
    return Former(*(None if words[name] == _NONE else parse_gateway(words[name]) for name in ("live", "boot")))


def render_record(former: Former | None, owners: t.Mapping[str, str]) -> str:
    words = [(name, value or _NONE) for name, value in (former._asdict() if former else {}).items()]
    words += [(f"{_LVS} {name}", asked) for name, asked in sorted(owners.items()) if asked]
    return "".join(f"{name} {value}\n" for name, value in words)


def plan(system: Unix, arguments: t.Mapping[str, t.Any]) -> Change:
    """What the task makes necessary. The gateway goes with the last LVS that asked for it."""
    require_idle(system)
    text = system.answers.file(RECORD)
    former, others = parse_record(text), _others(text, arguments)
    if arguments["state"] == "absent":
        return _plan_shared(system, former, others, text) if others else _plan_absent(system, former, text)
    wanted = parse_gateway(str(arguments["gateway"]))
    _require_agreed(wanted, others)
    change = _plan_present(system, former, wanted, arguments["persistent"])
    changes = bool(change.live or change.save)
    record = render_record(_known(system, former) if changes else former, {**others, arguments["lvs_name"]: wanted})
    if record == text:
        return change
    write = Write("Remember the gateway from before, and whose this one is", RECORD, record, "644")
    return change._replace(save=[write, *change.save]) if changes else change._replace(claim=(write,))


def _others(text: str, arguments: t.Mapping[str, t.Any]) -> dict[str, str]:
    mine = parse_names(arguments).both
    return {other: asked for other, asked in parse_owners(text).items() if other not in mine}


def _require_agreed(wanted: str, others: t.Mapping[str, str]) -> None:
    for name, asked in sorted(others.items()):
        require_agreed(wanted, name, asked)


def _plan_shared(system: Unix, former: Former | None, others: dict[str, str], text: str) -> Change:
    """It stays for the others."""
    record = render_record(former, others)
    claim = (Write("It is there for others alone", RECORD, record, "644"),) if record != text else ()
    return _as_it_is(system)._replace(claim=claim)


def _plan_absent(system: Unix, former: Former | None, text: str) -> Change:
    forget = Remove("The gateway is as it was before", RECORD)
    if former is None:
        return _as_it_is(system)._replace(claim=(forget,) if text else ())
    _require_clear(system.gateways())
    save = [*system.save_gateway(former.boot), forget]
    return Change(former.live, _reroutes(system, former.live), _restores(system, former.live), save)


def _as_it_is(system: Unix) -> Change:
    live = system.gateways().live
    return Change(live[0] if live else None, [], [], [])


def _plan_present(system: Unix, former: Former | None, gateway: str, persistent: bool) -> Change:
    _require_reachable(system, gateway)
    have = system.gateways()
    if have.owner is not None:
        _require_right_already(have, gateway)
        return Change(gateway, [], [], [])
    _require_clear(have)
    live = _reroutes(system, gateway)
    save = system.save_gateway(gateway if persistent else _known(system, former).boot)
    return Change(gateway, live, _restores(system, gateway) if live else [], save)


def _known(system: Unix, former: Former | None) -> Former:
    """The gateway before our first change."""
    have = system.gateways()
    return former or Former(have.live[0] if have.live else None, have.boot)


def _require_clear(have: Gateways) -> None:
    """Refuse to change what could not be put back."""
    if have.unclear is not None:
        raise have.unclear


def _require_right_already(have: Gateways, gateway: str) -> None:
    """Refuse to change what its owner would change back."""
    if have.live != (gateway,):
        raise LvsError(
            "gateway",
            gateway,
            f"would not last: {have.owner} sets the default route of this host. Have it say {gateway} there, or give "
            "the host a fixed address.",
        )


def pending(system: Unix) -> list[str]:
    """The files of changes that wait for their confirmation."""
    return [path for path in system.answers.files if path.startswith(f"{_PENDING}.")]


def require_idle(system: Unix) -> None:
    """Refuse while another change waits for its confirmation."""
    for path in pending(system):
        raise LvsError(
            path,
            None,
            "is of a change of the gateway that waits for its confirmation, or did when the host was restarted. "
            "Run the task again in some minutes; if the file is still there, remove it.",
        )


def _require_reachable(system: Unix, gateway: str) -> None:
    """Refuse a gateway that is this host itself, or on none of its networks."""
    if ":" in gateway:
        raise LvsError("gateway", gateway, f"is an IPv6 address, which this release does not set on {system.title}.")
    held = [one for one in system.addresses() if one.family == INET]
    for one in held:
        if one.ip == gateway:
            raise LvsError("gateway", gateway, f"is this host's own address, on {one.handle}. Name a router.")
    near = [one for one in held if one.interface != system.loopback]
    if not any(ipaddress.IPv4Address(gateway) in _network(one) for one in near):
        known = ", ".join(f"{_network(one)} on {one.handle}" for one in near) or "none"
        raise LvsError(
            "gateway",
            gateway,
            f"is on no network of this host ({known}), so it could not be reached. Use the address that the router "
            "has there.",
        )


def _network(held: Held) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network((held.ip, 32 if held.prefix is None else held.prefix), strict=False)


def _reroutes(system: Unix, gateway: str | None) -> list[Run]:
    """What makes this the only default gateway now."""
    live = system.gateways().live
    if live == (() if gateway is None else (gateway,)):
        return []
    return system.reroute([one for one in live if one != gateway], None if gateway in live else gateway)


def _restores(system: Unix, gateway: str | None) -> list[Run]:
    """What takes that change back."""
    live = system.gateways().live
    ours = [] if gateway is None or gateway in live else [gateway]
    before: list[str | None] = [*(one for one in live if one != gateway)] or [None]
    first = system.reroute(ours, before[0])
    return [*first, *(step for one in before[1:] for step in system.reroute([], one))]


def attempt(token: str, seconds: int, change: Change) -> str:
    """Shell by which the host makes the change, and takes it back: at once if it fails, and later unless called off.

    All in one session, for a step may cut the connection. What hangs up then must not end the shell or its sleeper:
    they ignore it from the start (a nohup would come too late), and nothing is printed before all is done.
    """
    pending, undone = f"{_PENDING}.{token}", f"{RECORD}.undone.{token}"
    undo = "; ".join(shell.spell(step) for step in change.undo)
    restore = f"if mv {pending} {undone} 2>/dev/null; then {undo}; rm -f {undone}; fi"
    sleeper = f"sleep {seconds}; {restore}"
    steps = " && ".join(shell.spell(step) for step in change.live)
    return shell.send(
        "trap '' 1; umask 077",
        f"echo armed >{pending} || exit",
        f"{{ sh -c {shlex.quote(sleeper)} >/dev/null 2>&1 </dev/null & }}",
        f"lvs=`{{ {steps}; }} 2>&1`",
        "lvs_rc=$?",
        f"test $lvs_rc = 0 || {{ {restore}; }} >/dev/null 2>&1",
        'echo "$lvs"; exit $lvs_rc',
    )


def take_back(change: Change) -> str:
    """Shell that takes a change back which was confirmed and is not what it should be."""
    return shell.send("trap '' 1", f"{{ {'; '.join(shell.spell(step) for step in change.undo)}; }} >/dev/null 2>&1")


def confirm(token: str) -> str:
    """Shell that calls the rollback off; it fails when the host has taken the change back."""
    confirmed = f"{RECORD}.confirmed.{token}"
    return shell.send(f"mv {_PENDING}.{token} {confirmed} 2>/dev/null && rm -f {confirmed}")


def view(system: Unix) -> dict[str, t.Any]:
    """The default gateways as the result shows them."""
    have = system.gateways()
    return _view(list(have.live), have.boot)


def foresee(system: Unix, change: Change, persistent: bool) -> dict[str, t.Any]:
    """The same when the change is made."""
    saved = bool(change.save) and persistent
    return _view(list(change.expected), change.gateway if saved else system.gateways().boot)


def _view(live: list[str], boot: str | None) -> dict[str, t.Any]:
    return {
        "effective": [f"default via {gateway}" for gateway in live],
        "persistent": {"boot": [f"default via {boot}"] if boot else []},
    }
