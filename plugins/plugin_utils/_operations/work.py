# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person names, and what it is in the tables: the realservers of each director's services.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from the plan and the wishes to targets.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Collection, Iterable, Mapping, Sequence

from ...module_utils._errors import LvsError, LvsErrors
from ...module_utils._model.table import Realserver, Service
from ...module_utils._model.words import did_you_mean, one_of, show, show_name

Data = dict[str, t.Any]
Plan = Mapping[str, t.Any]

_FEW_NAMES = 10
_SHARE = re.compile(r"([0-9]{1,5})(%?)")
_ALL = 100  # percent
_STEPS = 10


class Wishes(t.NamedTuple):
    """Whom, of which services, and how many others have to be left: empty is the default of each."""

    realservers: Sequence[str]
    services: Sequence[str] = ()
    min_active: str = ""


def make_work(plan: Plan, wishes: Wishes) -> Data:
    """The hosts, and by director what each is in its services. All that is wrong with the wishes is said at once."""
    rips = _rips(plan)
    names = _service_names(plan)
    refused = [*_strangers("lvs_realservers", wishes.realservers, rips.keys(), "realserver")]
    refused += _strangers("lvs_services_only", wishes.services, {*names.values()}, "service")
    if not wishes.realservers:
        cure = f"names no realserver. Use {_some(rips)}."
        refused.append(LvsError("lvs_realservers", "nothing", cure))
    if not is_share(wishes.min_active):
        refused.append(LvsError("lvs_min_active", wishes.min_active, "is no number of realservers. Use 1 or 50%."))
    if refused:
        raise LvsErrors(refused)
    directors = {host: _targets(one, wishes, rips, names) for host, one in _directors(plan).items()}
    found = {target["host"] for targets in directors.values() for target in targets}
    idle = [host for host in wishes.realservers if host not in found]
    if idle:
        cure = "is in no such service, so there is nothing to do. Name others."
        raise LvsErrors([LvsError("lvs_realservers", host, cure) for host in idle])
    return {
        "lvs_name": plan["lvs_name"],
        "hosts": list(wishes.realservers),
        "directors": {host: targets for host, targets in directors.items() if targets},
        "vips": {host: list(_directors(plan)[host]["vips"]) for host, targets in directors.items() if targets},
        "min_active": wishes.min_active,
    }


def _directors(plan: Plan) -> dict[str, Data]:
    return {host: slices["director"] for host, slices in plan["hosts"].items() if "director" in slices}


def _rips(plan: Plan) -> dict[str, list[str]]:
    """By host, the addresses under which it is a realserver."""
    slices = {host: one["realserver"] for host, one in plan["hosts"].items() if "realserver" in one}
    return {host: list(one["rips"]) for host, one in slices.items() if one["rips"]}


def _service_names(plan: Plan) -> dict[str, str]:
    """By label, how the inventory calls it."""
    labels = {_label(service) for one in _directors(plan).values() for service in one["services"]}
    return {label: plan["names"].get(label, label) for label in sorted(labels)}


def _label(service: Mapping[str, t.Any]) -> str:
    return Service.from_dict(service).key.label


def _strangers(item: str, wished: Iterable[str], known: Collection[str], what: str) -> list[LvsError]:
    return [
        LvsError(item, one, f"is no {what} of this LVS. Use {_some(known)}.{did_you_mean(one, known)}")
        for one in wished
        if one not in known
    ]


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = [f"{len(listed) - _FEW_NAMES} more"] if len(listed) > _FEW_NAMES else []
    return one_of([*map(show_name, listed[:_FEW_NAMES]), *more]) if listed else "an inventory that has one"


def _targets(
    director: Mapping[str, t.Any], wishes: Wishes, rips: Mapping[str, list[str]], names: Mapping[str, str]
) -> list[Data]:
    owners = {rip: host for host in wishes.realservers for rip in rips[host]}
    services = [Service.from_dict(one) for one in director["services"]]
    checked = {(one["service"], one["realserver"]) for one in director.get("checks", ())}
    return [
        {
            **_target(service, one, owners[one.rip], names[service.key.label]),
            "checked": (service.key.label, one.key.label) in checked,
        }
        for service in services
        if not wishes.services or names[service.key.label] in wishes.services
        for one in service.realservers
        if one.rip in owners
    ]


def _target(service: Service, one: Realserver, host: str, name: str) -> Data:
    """One realserver of one service, with what ipvs_dest needs to find it."""
    key: Data = {"rip": one.rip}
    if service.key.vip is None:
        key.update(fwmark=service.key.fwmark, family=service.key.family)
    else:
        key.update(vip=service.key.vip, port=str(service.key.port), protocol=service.key.protocol)
    if one.port != service.key.port:
        key.update(rip_port=str(one.port), forwarding=one.forwarding)
    return {
        "host": host,
        "name": name,
        "service": service.key.label,
        "realserver": one.key.label,
        "weight": one.weight,
        "key": key,
    }


def is_share(text: str) -> bool:
    """Whether it is a number of realservers, or a percentage of a pool."""
    found = _SHARE.fullmatch(text)
    return not text or bool(found and (not found[2] or int(found[1]) <= _ALL))


def share(text: str, pool: int) -> int:
    """How many of a pool have to be left: without a wish half of it. A part is rounded up, so one is left of one."""
    text = text or "50%"
    number, percent = text.removesuffix("%"), text.endswith("%")
    return -(-pool * int(number) // _ALL) if percent else int(number)


def ramp(weight: int) -> list[int]:
    """The weights on the way to this one, in at most ten even steps."""
    steps = min(weight, _STEPS)
    return [-(-weight * number // steps) for number in range(1, steps + 1)]


def shown(names: Iterable[str]) -> str:
    """Names in a sentence."""
    return " and ".join(map(show_name, names)) or show(None)
