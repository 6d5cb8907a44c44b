# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module is asked for by its own LVS and by the others of its host.

Private: this file may change in any release; do not import it from outside the collection.

A module makes the host what its own LVS asks for and all others do, so what two need is there until the last one
goes. Claimed before it comes, and until it has gone: each step can be the last one.

An engine such as keepalived has a file for each LVS, called by its name. Its module claims what no other LVS can have,
such as the number of adverts, with the name of the LVS as the value, as a service has it. What all of them share, such
as the daemon itself, goes with the last of these files.
"""

from __future__ import annotations

import time
import typing as t

from .._errors import LvsErrors
from .._model import claims as model
from .._model.claims import LOST, NAME, Things, parse_names
from . import init, ledger
from .actions import Action, Remove, Write, apply
from .ledger import Ledger, Lvs
from .lock import user

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .host import Host

OWN, ANY = "own", "any"  # whose things a task may remove
# Of every module that claims.
OPTIONS: dict[str, t.Any] = {"lvs_name": {"type": "str", "default": NAME}, "lvs_adopt": {"type": "str"}}


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
        self._text = self._found_text = host.read(ledger.LEDGER)
        self.found = ledger.parse(self._text, ledger.LEDGER)
        known = any(part in lvs.modules for lvs in (self.found.value or {}).values())
        self._ledger = ledger.with_former(self.found, part, {} if known else former or {})
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
        others = self.others.values() if init.is_known(self._host) else ()
        lasting = (lvs for lvs in others if self._part not in lvs.until_reboot)
        return model.together(*(lvs.modules.get(self._part, {}) for lvs in lasting))

    def lasts(self, mine: Mapping[str, str]) -> bool:
        """Whether what all of them share comes back at boot: as long as one wants that, and can have it."""
        return init.is_known(self._host) and bool(self.lasting or (mine and self._persistent))

    @property
    def _was_until_reboot(self) -> bool:
        return any(self._part in self._ledger[name].until_reboot for name in self._own)

    def with_foreign(self, mine: Mapping[str, str]) -> Things:
        """What the host must be: what this LVS asks for, which is refused where it cannot be had, and the others do."""
        self._ledger = {**self._ledger, **ledger.beside(mine, self.others)}
        problems = ledger.refusals(mine, self.others)
        if problems:
            raise LvsErrors(problems)
        return model.together(self.foreign, mine)

    def take(self, taken: Iterable[str]) -> None:
        """These are of no other LVS any more."""
        gone = set(taken)
        others = {name: ledger.without(lvs, gone) for name, lvs in self.others.items()}
        self._ledger = {**self._ledger, **others}

    def differs(self, mine: Mapping[str, str]) -> bool:
        """Whether the host remembers something else."""
        return self._text != (self._rendered(mine) or None)

    def ending(self, mine: Mapping[str, str]) -> list[Action]:
        """What end() will do, to be prepared with all else that the task does."""
        return self._writing(self._rendered(mine))

    def begin(self, mine: Mapping[str, str]) -> None:
        """Before the first change: this comes, and what is to go is still ours."""
        first, last = self._rendered(model.together(self.former, mine)), self._rendered(mine)
        self._write(first)
        if last not in (first, ""):
            self._host.prepare(ledger.LEDGER, last)

    def end(self, mine: Mapping[str, str]) -> None:
        """After the last change."""
        self._write(self._rendered(mine))

    def revert(self) -> None:
        """After a module has itself undone all that it changed."""
        self._write(self._found_text or "")

    def _writing(self, content: str) -> list[Action]:
        """What has the host remember this; nothing to remember, no file."""
        if self._text == (content or None):
            return []
        return [Write(ledger.LEDGER, content) if content else Remove(ledger.LEDGER, and_directory=True)]

    def _write(self, content: str) -> None:
        apply(self._host, self._writing(content))
        self._text = content or None

    def _rendered(self, mine: Mapping[str, str]) -> str:
        known = [self._ledger[name] for name in self._own]
        parts = {part for lvs in known for part in lvs.modules}
        modules = {part: model.together(*(lvs.modules.get(part, {}) for lvs in known)) for part in parts}
        modules = {part: things for part, things in {**modules, self._part: dict(mine)}.items() if things}
        left = {name: lvs for name, lvs in self.others.items() if lvs.modules}
        # That it was lost is to be known until somebody has taken over what nobody knows.
        if LOST in ledger.nobodys(self.others) and (left or modules):
            left[LOST] = self.others[LOST]
        if modules:
            dated = next((lvs for lvs in known if lvs.since), None)
            by, since = (dated.by, dated.since) if dated else self._begun
            fleeting = {part for lvs in known for part in lvs.until_reboot} - {self._part}
            fleeting |= set() if self._persistent else {self._part}
            left[self.name] = Lvs(by, since, modules, fleeting & modules.keys())
        return ledger.render(left)

    @property
    def _own(self) -> list[str]:
        """The names of this LVS in the record: the one that it takes over first, if there is one."""
        return sorted(self._names.intersection(self._ledger), key=lambda name: name == self.name)
