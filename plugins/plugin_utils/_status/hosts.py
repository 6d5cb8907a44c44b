# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each host of an LVS: is it as planned, would a boot change that, who changed it last, and what does a director hold.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from a scene to entries. What is not as planned the doctor finds: there is one who knows.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterator, Mapping

from ...module_utils._kernel.arp import HIDING
from ...module_utils._model.table import Service
from .._doctor.scene import KEEPER, Host, Scene
from .._rules.fold import names
from .._rules.report import many
from .._rules.rule import HINT
from .._rules.shown import clipped
from .states import AS_PLANNED, DIFFERS, LEFT_OUT, NO_LOGIN, OF_HOSTS, PARTLY, UNSEEN

Entry = dict[str, t.Any]
Looked = Mapping[str, t.Any]

_EVERYTHING = "everything"
_MOST = 50  # of what could not be seen of a host


def all_hosts(scene: Scene, diagnosis: Looked, asked: Collection[str]) -> list[Entry]:
    """Those that most need eyes first, then by name. Those that were not asked are left out by --limit."""
    found = [_host(scene, diagnosis, name, name in asked) for name in scene.plan["hosts"]]
    return sorted(found, key=lambda one: (OF_HOSTS.index(one["state"]), not one["boot"], one["host"]))


def _host(scene: Scene, diagnosis: Looked, name: str, asked: bool) -> Entry:
    host = scene.hosts.get(name)
    faults = [one for one in diagnosis["findings"] if one["host"] == name and one["severity"] != HINT]
    state, why = _state(scene, diagnosis, name, asked)
    return {
        "host": name,
        "roles": sorted(scene.plan["hosts"][name]),
        "state": DIFFERS if faults and state in (AS_PLANNED, PARTLY) else state,
        "why": why,
        "differs": sum(one["count"] for one in faults),
        "findings": [one["id"] for one in faults],
        "boot": list(_boot(scene, host)) if host else [],
        "boot_seen": host is not None and host.seen.get("at_boot") is not None,
        "changed": _changed(scene, host) if host else None,
    }


def _state(scene: Scene, diagnosis: Looked, name: str, asked: bool) -> tuple[str, str]:
    if not scene.is_reachable(name):
        return NO_LOGIN, "nobody logs in to it"
    blind = scene.blind_spot(name)
    if blind:
        return NO_LOGIN, blind
    if not asked:
        return LEFT_OUT, "--limit leaves it out"
    unseen = [one for one in diagnosis["unseen"] if one["host"] == name]
    if name not in scene.hosts:
        return UNSEEN, next((one["why"] for one in unseen), "")
    if unseen:
        return PARTLY, names([f"{one['what']}: {one['why']}" for one in unseen[:_MOST]])
    return AS_PLANNED, ""


def _boot(scene: Scene, host: Host) -> Iterator[str]:
    """What is as planned now and would not be after a boot, a line each."""
    coming = host.seen.get("at_boot")
    slices = scene.plan["hosts"][host.name]
    if coming is None:
        return
    known = scene.plan["names"]
    labels = [Service.from_dict(one).key.label for one in slices.get("director", {}).get("services", ())]
    lost = set(labels).difference(coming["services"])
    yield from _line("service", [known.get(one, one) for one in labels if one in lost], "does not come back")
    other = set(coming["otherwise"]).intersection(labels).difference(lost)
    yield from _line("service", [known.get(one, one) for one in labels if one in other], "comes back otherwise")
    planned = dict.fromkeys(one["address"] for role in slices.values() for one in role["addresses"])
    held = [vip for vip in planned if host.holding(vip)]
    yield from _line("VIP", [vip for vip in held if vip not in coming["vips"]], "does not come back")
    yield from _line("setting", [*_forgotten(host, slices)], "does not come back")


def _line(noun: str, listed: list[str], verb: str) -> Iterator[str]:
    if listed:
        verb = verb if len(listed) == 1 else verb.replace("does", "do").replace("comes", "come")
        yield f"{many(len(listed), noun)} {verb}: {names(listed)}"


def _forgotten(host: Host, slices: Looked) -> Iterator[str]:
    """The settings of the plan that are live alone."""
    wanted = {name: {value} for role in slices.values() for name, value in role["sysctls"].items()}
    if slices.get("realserver", {}).get("arp_hide"):
        wanted.update({f"net.ipv4.conf.all.{name}": set(map(str, good)) for name, good in HIDING.items()})
    live, boot = host.seen.get("settings") or {}, host.seen.get("boot") or {}
    for name, good in sorted(wanted.items()):
        if live.get(name) in good and boot.get(name, {}).get("value") not in good:
            yield name


def _changed(scene: Scene, host: Host) -> Entry | None:
    """The last change for this LVS, or by a task for none by name."""
    changes = host.seen.get("changes") or {}
    mine = [changes[name] for name in (scene.lvs, "") if name in changes]
    latest = max(mine, key=lambda one: one["at"], default=None)
    return latest and {"by": clipped(latest["by"]), "at": latest["at"], "module": clipped(latest["module"])}


# --- directors ---


def all_directors(scene: Scene) -> list[Entry]:
    """What each director that was seen holds, and how full it is."""
    return [_director(scene, host, role) for host, role in scene.directors]


def _director(scene: Scene, host: Host, role: Looked) -> Entry:
    table = host.table or {}
    states = [row for one in table.get("states", ()) for row in one["realservers"]]
    since = {(one["vip"], one["interface"]): one["since"] for one in host.all("held")}
    return {
        "host": host.name,
        "holds": [
            {"vip": vip, "interface": clipped(on["name"]), "since": since.get((vip, on["name"]))}
            for vip in role["vips"]
            for on, _address in host.holding(vip)
        ],
        "vips": len(role["vips"]),
        "connections": sum(row["active"] + row["inactive"] for row in states),
        "table_size": table.get("connection_table_size"),
        "conntrack": host.seen.get("conntrack"),
        "memory": host.seen.get("memory"),
        "daemons": [
            {"role": clipped(one["role"]), "interface": clipped(one["interface"]), "sync_id": one["sync_id"]}
            for one in table.get("daemons", ())
        ],
        "owners": list(map(clipped, host.owners)),
        "checks": host.is_kept(scene.lvs) if role.get("engine") == KEEPER and not host.missed("owners") else None,
    }
