# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of a running director, as the module ipvs_info returns it, read into services.

Private: this file may change in any release; do not import it from outside the collection.
Pure. A service has its number in the table in the place of a line.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Mapping

from ...module_utils._model.address import FAMILIES, family_of
from .file import Draft, Old, OldFile

# The kernel calls a realserver so that has an address of the director itself; it is reached without any method.
_LOCAL = "local"
# The kernel's own.
_TIMEOUTS = {"tcp": 900, "tcp_fin": 120, "udp": 300}


def read(source: OldFile, services: t.Sequence[object]) -> Old:
    """The services of the table."""
    for number, service in enumerate(services, start=1):
        if isinstance(service, Mapping):
            _service(source, number, service)
        else:
            source.error(number, "", service, "is not a service", "Pass the services that ipvs_info returns.")
    return source.finish()


def _service(source: OldFile, number: int, service: Mapping[str, t.Any]) -> None:
    given = {name: value for name, value in service.items() if value is not None and name != "realservers"}
    if "fwmark" in given:
        # Results write the port of such a service as 0.
        given.pop("port", None)
    pool = []
    for realserver in service.get("realservers") or ():
        values = dict(realserver) if isinstance(realserver, Mapping) else {}
        if values.get("forwarding") == _LOCAL:
            values["forwarding"] = "dr"
        pool.append(Draft(number, **values))
    source.add(Draft(number, **given), pool)


def list_the_rest(source: OldFile, timeouts: Mapping[str, object], daemons: t.Sequence[object]) -> None:
    """What belongs to no service, and to no inventory."""
    at = source.at(1).rpartition(":")[0]
    if {name: timeouts[name] for name in sorted(timeouts)} not in ({}, _TIMEOUTS):
        words = ", ".join(f"{name} {timeouts[name]}" for name in sorted(timeouts))
        cure = "Use the module linuxvirtualserver.lvs.ipvs_timeout."
        source.findings.warning(f"{at} timeouts", words, "are not taken over", cure)
    for one in daemons:
        words = " ".join(str(one.get(name)) for name in ("role", "interface")) if isinstance(one, Mapping) else str(one)
        cure = "Use the module linuxvirtualserver.lvs.ipvs_sync."
        source.findings.warning(f"{at} daemons", words, "is not taken over", cure)


def dips(old: Old, addresses: t.Sequence[str]) -> list[str]:
    """Of the director's own addresses (192.168.1.9/24), the first of each family that is on a realserver's network."""
    rips = {ipaddress.ip_address(one.rip) for service in old.services for one in service.realservers}
    vips = {service.key.vip for service in old.services}
    found: dict[str, str] = {}
    for text in addresses:
        own = ipaddress.ip_interface(text)
        if str(own.ip) not in vips and any(rip in own.network and rip != own.ip for rip in rips):
            found.setdefault(family_of(str(own.ip)), text)
    return [found[family] for family in FAMILIES if family in found]
