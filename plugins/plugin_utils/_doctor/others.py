# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other LVS on the hosts of this one: named, and where one of them asks for what is at fault, as its possible cause.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...module_utils._model.address import IPV4, IPV6
from ...module_utils._model.claims import GATEWAY, SERVICE, SYSCTL, VIP, size, thing
from .._rules.shown import clipped
from .scene import Found, Scene

_GATEWAYS = ("gateway-is-director", "gateway-missing", "nat-gateway-wrong")
_GATEWAY_THINGS = {thing(GATEWAY, family) for family in (IPV4, IPV6)}
_MOST = 20  # of one host, which may make up thousands


def others(scene: Scene) -> list[dict[str, str]]:
    """Which host has which other LVS, in words."""
    return [
        {"host": host.name, "lvs": clipped(f"{name} ({size(dict.fromkeys(things, ''))})")}
        for host in scene.hosts.values()
        for name, things in [*host.claims.items()][:_MOST]
        if name != scene.lvs
    ]


def with_cause(scene: Scene, found: Iterable[Found]) -> list[Found]:
    """The faults, and beside the evidence of each what another LVS asks for there that this one does not."""
    asked = {host.name: host.others(scene.lvs) for host in scene.hosts.values()}
    return [one._replace(evidence=(*one.evidence, *_causes(one, asked.get(one.host, {})))) for one in found]


def _causes(one: Found, others_of_host: Mapping[str, set[str]]) -> list[str]:
    said = _things_in(" ".join(map(str, [*one.words.values(), *one.evidence]))) if others_of_host else set()
    lines = []
    for name, things in others_of_host.items():
        asked = sorted(said & things)
        asked += ["a gateway"] if one.id in _GATEWAYS and not things.isdisjoint(_GATEWAY_THINGS) else []
        lines += [f"the LVS {name!r} of this host asks for {it}, which this one does not" for it in asked]
    return lines[:_MOST]


def _things_in(text: str) -> set[str]:
    """All that may be meant by one, two or three words in a row; the longest name is that of a mark's service."""
    words = [word.strip("',.;()") for word in text.split()]
    rows = (" ".join(words[at : at + count]) for count in (1, 2, 3) for at in range(len(words)))
    return {thing(kind, row) for row in rows for kind in (SERVICE, VIP, SYSCTL)}
