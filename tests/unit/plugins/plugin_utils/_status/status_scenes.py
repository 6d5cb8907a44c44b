# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Farms as their hosts showed them, and what a status makes of them."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.report import report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.status import Wishes, make_status
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    CLIENT,
    DIRECTOR,
    RS1,
    RS2,
    VEC0,
    VIP,
    Farm,
)

Entry = dict[str, t.Any]
MADE = "2026-11-30 10:00:00 UTC"
SET_UP, DRAINED_AT = 1796000000, 1796000600
HTTP = f"tcp {VIP}:80"
BY = "alice at controller from 192.168.1.254"


class Lvs(Farm):
    """A farm that was set up by somebody, with connections, as a status sees it: clients are not asked."""

    def __init__(self, name: str = "dr") -> None:
        super().__init__(name)
        self.plan.setdefault("lvs_name", "lvs")

    def settle(self) -> Lvs:
        """Who set it up, what comes back at boot and since when it works: what the recorded farms do not say."""
        for host, slices in self.plan["hosts"].items():
            if host in self.looked:
                seen = self.seen(host)
                vips = [one["address"] for role in slices.values() for one in role["addresses"]]
                table = seen["ipvs"] or {"services": []}
                labels = [self.label(one) for one in table["services"]] if "director" in slices else []
                seen["at_boot"] = {"services": labels, "otherwise": [], "vips": vips}
                seen["changes"] = {"lvs": {"by": BY, "at": SET_UP, "module": "vip_address"}}
        director = self.seen(DIRECTOR)
        director["memory"] = {"total": 112 * 1024, "available": 71 * 1024}
        director["held"] = [{"vip": vip, "interface": VEC0, "since": SET_UP} for vip in director["at_boot"]["vips"]]
        return self

    @staticmethod
    def label(service: Entry) -> str:
        return f"{service['protocol']} {service['vip']}:{service['port']}"

    def state(self, service: str = HTTP) -> Entry:
        found: Entry = next(one for one in self.seen(DIRECTOR)["ipvs"]["states"] if one["service"] == service)
        return found

    def drain(self, number: int, service: int = 80) -> None:
        """The realserver of this number in the pool, of the service of this port."""
        one = self.service(service)["realservers"][number]
        one["weight"] = 0
        entry = {"service": f"tcp {VIP}:{service}", "realserver": f"{one['rip']}:{one['port']}"}
        self.seen(DIRECTOR).setdefault("drained", []).append({**entry, "by": BY, "since": DRAINED_AT})

    def status(self, seconds: float = 0, wishes: Wishes | None = None) -> Entry:
        looked = {host: result for host, result in self.looked.items() if host != CLIENT}
        return make_status(self.plan, looked, MADE, seconds, wishes)

    def text(self, *, whole: bool = False, **options: t.Any) -> str:
        return "\n".join(one["text"] for one in report(self.status(**options), whole))

    def rows(self, service: str = "http") -> dict[str, Entry]:
        (found,) = (one for one in self.status()["services"] if one["name"] == service)
        return {row["host"]: row for row in found["realservers"]}


def with_connections() -> Lvs:
    """The README's farm at work."""
    lvs = Lvs().settle()
    for number, row in enumerate(lvs.state()["realservers"]):
        row.update({"active": 3 - number, "inactive": 9, "persistent": 0})
        row["counters"] = {
            "connections": 30 + 30 * number,
            "connections_per_second": 2,
            "bytes_in_per_second": 1500,
            "bytes_out_per_second": 0,
        }
    lvs.state()["counters"] = {"connections": 90, "connections_per_second": 4, "bytes_in_per_second": 3000}
    return lvs


__all__ = ["BY", "DIRECTOR", "DRAINED_AT", "HTTP", "RS1", "RS2", "SET_UP", "VIP", "Lvs", "with_connections"]
