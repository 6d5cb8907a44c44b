# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who changed this host last for each LVS, when and from where: for people, nothing depends on it.

Private: this file may change in any release; do not import it from outside the collection.

It is there as long as an LVS asks for something here, and goes with the last one.
"""

from __future__ import annotations

import json
import time
import typing as t

from .._errors import LvsError
from .._model.claims import is_name
from .._model.shapes import agreeing, fields, keyed, number, text
from . import ledger, records
from .host import Host
from .lock import hold, own_name, user

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .records import Found

RECORD = "/var/lib/lvs/changed.json"
NOBODYS = ""  # of a task that works for no LVS by name
# What verify puts there goes with it.
_PASSING = ("ipvs_trial", "test_service")
_LOST = "who changed this host last is not known any more."


class Change(t.NamedTuple):
    """A task that changed something."""

    by: str
    at: int
    module: str


Changes = dict[str, Change]

_LVS = agreeing(text, lambda name: name == NOBODYS or is_name(name), "the name of an LVS")
_SHAPE = fields({"lvs": keyed(fields({"by": text, "at": number(0, 2**40), "module": text}), _LVS)})


def read(host: Host) -> Found[Changes]:
    """The last change for each LVS."""
    return parse(host.read(RECORD), RECORD)


def parse(content: str | None, path: str) -> Found[Changes]:
    """The record in the content of a file."""
    return records.parse(content, path, _changes, _LOST)


def _changes(value: object, path: str) -> Changes:
    return {name: Change(**one) for name, one in _SHAPE(value, path)["lvs"].items()}


def note(module: AnsibleModule, result: Mapping[str, t.Any]) -> None:
    """Remember that a task of ours changed something. The change stands, also where that cannot be written down."""
    if module.check_mode or not result.get("changed") or own_name(module) in _PASSING:
        return
    change = Change(user(), max(0, int(time.time())), own_name(module))
    try:
        with hold(own_name(module)):
            remember(Host(), module.params.get("lvs_name") or NOBODYS, change)
    except LvsError as error:
        module.warn(str(error))


def remember(host: Host, lvs: str, change: Change) -> None:
    """The last change for an LVS; nothing of those that ask for nothing here any more."""
    known = ledger.read(host).value or {}
    latest = {**(read(host).value or {}), lvs: change}
    kept = {name: one for name, one in latest.items() if name in known or (known and name == NOBODYS)}
    text = render(kept)
    if host.read(RECORD) == (text or None):
        return
    if text:
        host.write(RECORD, text)
    else:
        host.remove(RECORD)
        host.remove_directory_if_empty(RECORD.rpartition("/")[0])


def render(latest: Changes) -> str:
    """The record as JSON; empty when there is nothing in it."""
    shown = {name: one._asdict() for name, one in latest.items()}
    return json.dumps({"format": records.FORMAT, "lvs": shown}, indent=1, sort_keys=True) + "\n" if shown else ""
