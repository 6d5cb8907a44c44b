# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pair of directors with three realservers, as their hosts showed them, and operations on them."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.guard import Directors
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.work import Wishes, make_work
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._status.status_scenes import (
    BY,
    DIRECTOR,
    DRAINED_AT,
    HTTP,
    RS1,
    RS2,
    VIP,
    Lvs,
)

Entry = dict[str, t.Any]
OTHER, RS3 = "director2", "realserver3"
RIPS = {RS1: "192.168.1.11", RS2: "192.168.1.12", RS3: "192.168.1.13"}


class Pair(Lvs):
    """The README's farm with a third realserver and a second director, which stands by."""

    def __init__(self) -> None:
        super().__init__()
        self.settle()
        hosts = self.plan["hosts"]
        hosts[RS3] = copy.deepcopy(hosts[RS2])
        hosts[RS3]["realserver"]["rips"] = [RIPS[RS3]]
        for table in (hosts[DIRECTOR]["director"]["services"], self.seen(DIRECTOR)["ipvs"]["services"]):
            for service in table:
                service["realservers"].append({**service["realservers"][1], "rip": RIPS[RS3]})
        hosts[OTHER] = copy.deepcopy(hosts[DIRECTOR])
        self.looked[OTHER] = copy.deepcopy(self.looked[DIRECTOR])
        for interface in self.seen(OTHER)["interfaces"]:
            interface["addresses"] = [one for one in interface["addresses"] if one["address"] != VIP]

    def live(self, director: str, host: str, port: int = 80) -> Entry:
        """A realserver in the kernel of a director."""
        services = self.seen(director)["ipvs"]["services"]
        (service,) = (one for one in services if one["port"] == port)
        found: Entry = next(one for one in service["realservers"] if one["rip"] == RIPS[host])
        return found

    def drained(self, director: str, host: str, port: int = 80, **more: t.Any) -> None:
        self.live(director, host, port)["weight"] = 0
        entry = {"service": f"tcp {VIP}:{port}", "realserver": f"{RIPS[host]}:{port}", "weight": 3}
        self.seen(director).setdefault("drained", []).append({**entry, "by": BY, "since": DRAINED_AT, **more})

    def gone(self, director: str, host: str, port: int = 80) -> None:
        """Out of the table."""
        one = self.live(director, host, port)
        for service in self.seen(director)["ipvs"]["services"]:
            service["realservers"] = [have for have in service["realservers"] if have is not one]

    def directors(self, *hosts: str, services: tuple[str, ...] = (), min_active: str = "") -> Directors:
        work = make_work(self.plan, Wishes(hosts, services, min_active))
        return Directors(self.plan, work, self.looked)


__all__ = ["BY", "DIRECTOR", "DRAINED_AT", "HTTP", "OTHER", "RIPS", "RS1", "RS2", "RS3", "VIP", "Pair"]
