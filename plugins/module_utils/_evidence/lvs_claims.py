# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other LVS have on this host, and whether they and this one can have it together: asked before all else.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .._host import vip_record
from .._host.ledger import Ledger, Lvs, beside, nobodys, read, refusals, with_former
from .._host.links import routes
from .._host.records import tell
from .._ipvs import restore
from .._keepalived.file import RECORD
from .._keepalived.servers import path_of
from .._kernel.hiding import hidden_vips
from .._model.address import family_of
from .._model.claims import (
    GATEWAY,
    HIDDEN,
    NAME,
    SERVICE,
    VIP,
    Things,
    named,
    parse_names,
    services,
    size,
    telling,
    thing,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host


def before_names(host: Host) -> Things:
    """What the records have of which no LVS is known: what was set up by a release without names."""
    ours = [route for version in (4, 6) for route in routes(host.run, version) if route.is_ours and not route.is_pin]
    table = restore.read_record(str(host.at(restore.RECORD))).value or ()
    placed = vip_record.read(host).value or frozenset()
    return {
        **services((service.key.label for service in table), NAME),
        **{thing(VIP, one.vip): one.interface for one in placed},
        **{thing(HIDDEN, vip): "" for vip in hidden_vips(host)},
        **{thing(GATEWAY, family_of(route.gateway)): route.gateway for route in ours if route.gateway},
    }


def known(host: Host, module: AnsibleModule) -> Ledger:
    """All LVS of this host, and what no known one of them has set up."""
    found = read(host)
    tell(module.warn, found)
    claimed = {one for lvs in (found.value or {}).values() for one in lvs.things}
    former = {one: value for one, value in before_names(host).items() if one not in claimed}
    return with_former(found, "before names", former)


def is_same(mine: Mapping[str, str], lvs: Lvs) -> bool:
    """Whether all that an LVS has here is what this inventory wants here."""
    theirs = telling(lvs.things)
    return bool(theirs) and theirs <= telling(mine)


def show(name: str, lvs: Lvs) -> dict[str, t.Any]:
    """Another LVS in a result."""
    things = lvs.things
    return {
        "name": name,
        "services": len(named(SERVICE, things)),
        "vips": sorted({*named(VIP, things), *named(HIDDEN, things)}),
        "text": f"{name} ({size(things)}; {lvs.origin})",
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    name, former = parse_names(module.params)
    mine = {str(one): str(value) for one, value in module.params["claims"].items()}
    ledger = known(host, module)
    adopted = former if module.params["lvs_adopt"] else _unnamed(name, mine, ledger)
    others = {other: lvs for other, lvs in ledger.items() if other not in (name, adopted)}
    problems = [str(one) for one in refusals(mine, beside(mine, others))]
    renamed = [str(one) for one in _renamed(name, mine, ledger)] if problems else []
    nobodys = [str(one) for one in _nobodys(mine, others)]
    return {
        "changed": False,
        "problems": [*renamed, *problems],
        "staying": [*renamed, *nobodys],
        "adopted": adopted if adopted in ledger and adopted != name else "",
        "services": {lvs: sorted(named(SERVICE, one.things)) for lvs, one in sorted(ledger.items())},
        "checked": any(_is_kept(host, path_of(one)) for one in filter(None, (name, former))),
        "others": [show(other, lvs) for other, lvs in sorted(others.items())],
    }


def _is_kept(host: Host, path: str) -> bool:
    """Whether keepalived has this file, or had it when a run was killed that takes it away."""
    return host.at(path).exists() or f'"{path}"' in (host.read(RECORD) or "")


def _unnamed(name: str, mine: Mapping[str, str], ledger: Ledger) -> str:
    """What no known LVS has set up belongs to the first one that plans all of it that no other has by now."""
    for nobody in nobodys(ledger):
        if nobody != name and not refusals(mine, beside(mine, {nobody: ledger[nobody]})):
            taken = {one for other, lvs in ledger.items() if other not in (nobody, name) for one in lvs.things}
            if telling(ledger[nobody].things) <= telling(mine) | taken:
                return nobody
    return ""


def _nobodys(mine: Mapping[str, str], others: Ledger) -> list[LvsError]:
    """What counts as of no LVS that is known may be another one's, too: it would stay when this one goes."""
    cure = (
        "is known here from before LVS had names, or from a lost record, and may be another LVS's, so it would stay. "
        "Run site.yml once with each inventory of this host, or, when it is this one's alone, add -e lvs_adopt={0}."
    )
    shared = {name: sorted(telling(others[name].things) & telling(mine)) for name in nobodys(others)}
    return [LvsError("lvs_name", both, cure.format(name)) for name, both in shared.items() if both]


def _renamed(name: str, mine: Mapping[str, str], ledger: Ledger) -> list[LvsError]:
    """The same LVS may have been known by another name."""
    if name in ledger:
        return []
    former = sorted(other for other, lvs in ledger.items() if is_same(mine, lvs))
    cure = "is new here, and this host knows what the inventory has on it as {0}. To go on, add -e lvs_adopt={0}."
    return [LvsError("lvs_name", name, cure.format(other)) for other in former]
