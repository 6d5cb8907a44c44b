# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each LVS asks of this host: the one record of whose everything is.

Private: this file may change in any release; do not import it from outside the collection.

The records of the modules say what of a host is this collection's, and what was before it; whose it is stands here
alone. A module makes the host what its own LVS asks for and all others do, so what two need is there until the last one
goes. Claimed before it comes, and until it has gone: each step can be the last one.

An engine such as keepalived has a file for each LVS, called by its name. Its module claims what no other LVS can have,
such as the number of adverts, with the name of the LVS as the value, as a service has it. What all of them share, such
as the daemon itself, goes with the last of these files.
"""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import dataclass, field, replace

from .._errors import LvsError, LvsErrors
from .._model import claims as model
from .._model.claims import LOST, NAME, Things, parse_names
from .._model.shapes import agreeing, fields, keyed, listed, number, text
from . import boot, records
from .lock import user

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable, Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .host import Host
    from .records import Found

LEDGER = "/var/lib/lvs/claims.json"
OWN, ANY = "own", "any"  # whose things a task may remove
# Of every module that claims.
OPTIONS: dict[str, t.Any] = {"lvs_name": {"type": "str", "default": NAME}, "lvs_adopt": {"type": "str"}}
_LOST = (
    "which LVS things belong to is not known any more. Run site.yml with each inventory; until then they stay, and "
    f"count as those of the LVS {LOST!r}."
)


@dataclass(frozen=True)
class Lvs:
    """What an LVS asks for, by the module that does it; who set it up, and when; which of it no boot brings back."""

    by: str = ""
    since: int = 0
    modules: Mapping[str, Things] = field(default_factory=dict)
    until_reboot: Collection[str] = ()  # modules

    @property
    def things(self) -> Things:
        """All of it."""
        return model.together(*self.modules.values())

    @property
    def origin(self) -> str:
        """Who set it up and when, in words."""
        if not self.since:
            return "the record of whose it is was lost" if self.by else "set up before LVS had names"
        return f"set up by {self.by} on {time.strftime('%Y-%m-%d %H:%M', time.gmtime(self.since))} UTC"


Ledger = dict[str, Lvs]

_NAMED = agreeing(text, model.is_name, "the name of an LVS")
_THINGS = agreeing(
    keyed(text), lambda things: all(map(model.is_thing, things, things.values())), "what an LVS asks for"
)
_LVS = fields(
    {"by": text, "since": number(0, 2**40), "modules": keyed(_THINGS)}, optional={"until_reboot": listed(text)}
)
_SHAPE = fields({"lvs": keyed(_LVS, _NAMED)})


def _ledger(value: object, path: str) -> Ledger:
    return {name: Lvs(**one) for name, one in _SHAPE(value, path)["lvs"].items()}


def parse(content: str | None, path: str) -> Found[Ledger]:
    """The record in the content of a file."""
    return records.parse(content, path, _ledger, _LOST)


def read(host: Host) -> Found[Ledger]:
    """What every LVS asks of this host."""
    return parse(host.read(LEDGER), LEDGER)


def render(ledger: Ledger) -> str:
    """The record as JSON; empty when there is nothing in it."""
    shown = {name: _shown(one) for name, one in ledger.items()}
    return json.dumps({"format": records.FORMAT, "lvs": shown}, indent=1, sort_keys=True) + "\n" if shown else ""


def _shown(lvs: Lvs) -> dict[str, t.Any]:
    shown = {"by": lvs.by, "since": lvs.since, "modules": lvs.modules}
    return {**shown, "until_reboot": sorted(lvs.until_reboot)} if lvs.until_reboot else shown


def nobodys(ledger: Ledger) -> list[str]:
    """The names under which counts what no known LVS has set up."""
    return [name for name in (LOST, NAME) if name in ledger and not ledger[name].since]


def with_former(found: Found[Ledger], part: str, former: Mapping[str, str]) -> Ledger:
    """What every LVS asks for, and whoever set it up what there is besides.

    As long as the record was lost that is nobody's; the LVS without a name has what there was before LVS had names.
    """
    ledger = found.value or {}
    if found.problem:
        ledger = {**ledger, LOST: Lvs(LOST)}
    if not former:
        return ledger
    name = LOST if LOST in nobodys(ledger) else NAME
    lvs = ledger.get(name, Lvs())
    return {**ledger, name: replace(lvs, modules={**lvs.modules, part: dict(former)})}


def beside(mine: Mapping[str, str], ledger: Ledger) -> Ledger:
    """The others, once a service of nobody that is known is theirs who plan it."""
    planned = {one for one in mine if one.startswith(model.SERVICE)}
    return {**ledger, **{name: _without(ledger[name], planned) for name in nobodys(ledger)}}


def refusals(mine: Mapping[str, str], others: Ledger) -> list[LvsError]:
    """Why what is asked for cannot be had beside what the others ask for."""
    return [
        _refusal(clash, name, lvs) for name, lvs in sorted(others.items()) for clash in model.clashes(mine, lvs.things)
    ]


def _refusal(clash: tuple[str, str, str], name: str, lvs: Lvs) -> LvsError:
    thing, value, theirs = clash
    is_owned = thing.startswith(model.SERVICE) or theirs == name
    what = f"belongs to the LVS {name!r}" if is_owned else f"is {theirs} for the LVS {name!r}"
    cure = f"Change one of the two, or, when this LVS was called {name} before, take it over with -e lvs_adopt={name}."
    return LvsError(thing, None if is_owned else value or None, f"{what}, {lvs.origin}. {cure}")


class Claims:
    """What one module is asked for, by its own LVS and by the others of this host.

    ``former`` is what there is from before LVS had names. It belongs to the LVS that has none. ``persistent`` says
    whether this LVS wants it back at every boot.
    """

    def __init__(
        self,
        host: Host,
        module: AnsibleModule,
        part: str,
        former: Mapping[str, str] | None = None,
        *,
        persistent: bool = True,
    ) -> None:
        self._host, self._part = host, part
        names = parse_names(module.params)
        self.name, self._names = names.name, names.both
        # A clock that was never set must not say that it was before LVS had names.
        self._begun = user(), max(1, int(time.time()))
        self._text = self._found_text = host.read(LEDGER)
        self.found = parse(self._text, LEDGER)
        known = any(part in lvs.modules for lvs in (self.found.value or {}).values())
        self._ledger = with_former(self.found, part, {} if known else former or {})
        # What is left when something goes lasts as it did before.
        keeps = module.params.get("state") == "absent" and self.former
        self._persistent = not self._was_until_reboot if keeps else persistent

    @property
    def others(self) -> Ledger:
        """The other LVS of this host."""
        return {name: lvs for name, lvs in self._ledger.items() if name not in self._names}

    @property
    def former(self) -> Things:
        """What this LVS asked the module for before."""
        return model.together(*(self._ledger[name].modules.get(self._part, {}) for name in self._own))

    @property
    def former_everywhere(self) -> Things:
        """What this LVS asked any module for before."""
        return model.together(*(self._ledger[name].things for name in self._own))

    @property
    def foreign(self) -> Things:
        """What the other LVS ask the module for."""
        return model.together(*(lvs.modules.get(self._part, {}) for lvs in self.others.values()))

    @property
    def foreign_everywhere(self) -> Things:
        """What the other LVS ask any module for."""
        return model.together(*(lvs.things for lvs in self.others.values()))

    @property
    def lasting(self) -> Things:
        """What the other LVS ask the module for at every boot, where they can have it."""
        others = self.others.values() if boot.is_known(self._host) else ()
        lasting = (lvs for lvs in others if self._part not in lvs.until_reboot)
        return model.together(*(lvs.modules.get(self._part, {}) for lvs in lasting))

    def lasts(self, mine: Mapping[str, str]) -> bool:
        """Whether what all of them share comes back at boot: as long as one wants that, and can have it."""
        return boot.is_known(self._host) and bool(self.lasting or (mine and self._persistent))

    @property
    def _was_until_reboot(self) -> bool:
        return any(self._part in self._ledger[name].until_reboot for name in self._own)

    def with_foreign(self, mine: Mapping[str, str]) -> Things:
        """What the host must be: what this LVS asks for, which is refused where it cannot be had, and the others do."""
        self._ledger = {**self._ledger, **beside(mine, self.others)}
        problems = refusals(mine, self.others)
        if problems:
            raise LvsErrors(problems)
        return model.together(self.foreign, mine)

    def take(self, taken: Iterable[str]) -> None:
        """These are of no other LVS any more."""
        gone = set(taken)
        self._ledger = {name: lvs if name in self._names else _without(lvs, gone) for name, lvs in self._ledger.items()}

    def differs(self, mine: Mapping[str, str]) -> bool:
        """Whether the host remembers something else."""
        return self._text != (self._rendered(mine) or None)

    def begin(self, mine: Mapping[str, str]) -> None:
        """Before the first change: this comes, and what is to go is still ours."""
        self._write(self._rendered(model.together(self.former, mine)))

    def end(self, mine: Mapping[str, str]) -> None:
        """After the last change."""
        self._write(self._rendered(mine))

    def revert(self) -> None:
        """After all that was changed was undone."""
        self._write(self._found_text or "")

    def _write(self, content: str) -> None:
        if self._text == (content or None):
            return
        if content:
            self._host.write(LEDGER, content)
        else:
            self._host.remove(LEDGER)
            self._host.remove_directory_if_empty(LEDGER.rpartition("/")[0])
        self._text = content or None

    def _rendered(self, mine: Mapping[str, str]) -> str:
        known = [self._ledger[name] for name in self._own]
        parts = {part for lvs in known for part in lvs.modules}
        modules = {part: model.together(*(lvs.modules.get(part, {}) for lvs in known)) for part in parts}
        modules = {part: things for part, things in {**modules, self._part: dict(mine)}.items() if things}
        ledger = {name: lvs for name, lvs in self.others.items() if lvs.modules}
        # That it was lost is to be known until somebody has taken over what nobody knows.
        if LOST in nobodys(self.others) and (ledger or modules):
            ledger[LOST] = self.others[LOST]
        if modules:
            dated = next((lvs for lvs in known if lvs.since), None)
            by, since = (dated.by, dated.since) if dated else self._begun
            fleeting = {part for lvs in known for part in lvs.until_reboot} - {self._part}
            fleeting |= set() if self._persistent else {self._part}
            ledger[self.name] = Lvs(by, since, modules, fleeting & modules.keys())
        return render(ledger)

    @property
    def _own(self) -> list[str]:
        """The names of this LVS in the record: the one that it takes over first, if there is one."""
        return sorted(self._names.intersection(self._ledger), key=lambda name: name == self.name)


def _without(lvs: Lvs, gone: set[str]) -> Lvs:
    modules = {}
    for part, things in lvs.modules.items():
        left = {one: value for one, value in things.items() if one not in gone}
        modules.update({part: left} if left else {})
    return replace(lvs, modules=modules)
