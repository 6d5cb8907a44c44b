# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the LVS does now: the plan beside what its hosts showed, as one value. Text, JSON and the page are made of it.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same evidence gives the same status.
"""

from __future__ import annotations

import fnmatch
import typing as t
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from ...module_utils._errors import LvsError
from ...module_utils._model.words import one_of
from .._doctor.doctor import diagnose, questions
from .._doctor.evidence import read_answer
from .._doctor.scene import Scene
from .holders import Holders, holders
from .hosts import all_directors, all_hosts
from .services import Services
from .states import AS_PLANNED, LEFT_OUT, NO_LOGIN, OF_SERVICES, WELL

Entry = dict[str, t.Any]


class Wishes(t.NamedTuple):
    """Which services to tell of: by name or label with * and ?, and by state. All of them where nothing is said."""

    services: Sequence[str] = ()
    states: Sequence[str] = ()

    def check(self, plan: Mapping[str, t.Any]) -> None:
        """Refuse what would show nothing for a slip of the pen."""
        stray = [one for one in self.states if one not in OF_SERVICES]
        if stray:
            raise LvsError("status_state", ", ".join(stray), f"is no state. Use {one_of(OF_SERVICES)}.")
        known = {*plan["names"], *plan["names"].values()}
        strange = [one for one in self.services if not fnmatch.filter(known, one)]
        if known and strange:
            cure = f"is no service of this LVS. Use {one_of(sorted(set(plan['names'].values()))[:_FEW_NAMES])}."
            raise LvsError("status_service", ", ".join(strange), cure)

    def want(self, service: Mapping[str, t.Any]) -> bool:
        """Whether a service is one to tell of: its own state counts, and that of each of its realservers."""
        called = (service["name"], service["service"])
        states = {service["state"], *(one["state"] for one in service["realservers"])}
        named = not self.services or any(fnmatch.fnmatchcase(one, like) for one in called for like in self.services)
        return named and (not self.states or not states.isdisjoint(self.states))


_FEW_NAMES = 10


def ask(plan: Mapping[str, t.Any], host: str, seconds: float) -> Entry:
    """What to ask a host: as the doctor does, without a packet; nothing where it cannot be asked."""
    asked = questions(plan, host, probe=False)
    watched = seconds if "director" in plan["hosts"].get(host, {}) else 0
    return {**asked, "sample": watched} if asked else {}


def make_status(
    plan: Mapping[str, t.Any], looked: Mapping[str, object], made: str, seconds: float = 0, wishes: Wishes | None = None
) -> Entry:
    """The status. `looked` is the result of lvs_evidence of each host that was asked, whatever that is."""
    scene = Scene(plan, {host: read_answer(result) for host, result in looked.items()})
    diagnosis = diagnose(plan, looked)
    everything = Services(scene).all()
    wishes = wishes or Wishes()
    hosts = all_hosts(scene, diagnosis, looked.keys())
    vips = _vips(holders(scene), scene)
    return {
        "lvs_name": plan["lvs_name"],
        "made": made,
        "seconds": seconds,
        "summary": summary(everything, hosts, vips),
        "vips": vips,
        "directors": all_directors(scene),
        "hosts": hosts,
        "services": [one for one in everything if wishes.want(one)],
        "hidden": sum(not wishes.want(one) for one in everything),
    }


def _vips(held: Holders, scene: Scene) -> Entry:
    """The VIPs with which something is wrong; that nobody has one is known only when every director was seen."""
    alone = scene.all_directors_seen
    return {
        "on_nobody": [vip for vip, on in held.items() if not on and alone],
        "on_several": {vip: on for vip, on in held.items() if len(on) > 1},
    }


def summary(services: Sequence[Entry], hosts: Sequence[Entry], vips: Entry) -> Entry:
    """How many are how: numbers and names of the inventory, no word of a host. This is what AWX is told."""
    odd = {state: number for state, number in _count(services).items() if state not in WELL}
    unwell = [one["host"] for one in hosts if one["state"] not in (AS_PLANNED, NO_LOGIN, LEFT_OUT) or one["boot"]]
    return {
        "well": not (odd or unwell or vips["on_nobody"] or vips["on_several"]),
        "services": {"all": len(services), **_count(services)},
        "realservers": dict(Counter(row["state"] for one in services for row in one["realservers"])),
        "hosts": {"all": len(hosts), **Counter(one["state"] for one in hosts)},
        "hosts_to_look_at": unwell,
        "vips_on_nobody": len(vips["on_nobody"]),
        "vips_on_several": len(vips["on_several"]),
    }


def _count(services: Collection[Entry]) -> dict[str, int]:
    return dict(Counter(one["state"] for one in services))
