# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each LVS asks of this host: the one record of whose everything is.

Private: this file may change in any release; do not import it from outside the collection.

The records of the modules say what of a host is this collection's, and what was before it; whose it is stands here
alone.
"""

from __future__ import annotations

import json
import time
import typing as t
from dataclasses import dataclass, field, replace

from .._errors import LvsError
from .._model import claims as model
from .._model.claims import LOST, NAME, Things
from .._model.shapes import agreeing, fields, keyed, listed, number, text
from . import records

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Mapping

    from .host import Host
    from .records import Found

LEDGER = "/var/lib/lvs/claims.json"
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
    return {**ledger, **{name: without(ledger[name], planned) for name in nobodys(ledger)}}


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


def without(lvs: Lvs, gone: set[str]) -> Lvs:
    """The same without these things."""
    modules = {}
    for part, things in lvs.modules.items():
        left = {one: value for one, value in things.items() if one not in gone}
        modules.update({part: left} if left else {})
    return replace(lvs, modules=modules)
