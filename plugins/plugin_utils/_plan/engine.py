# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps the virtual server table of a set of directors, and how it asks the realservers.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t

from ...module_utils._model.address import family_of
from ...module_utils._model.check import NONE, Check, default_check
from ...module_utils._model.table import RealserverKey
from ...module_utils._model.words import show_name
from .checks import Farm
from .inventory import PERSISTENT, host_path
from .services import NAT, Member, Service

Slice = dict[str, t.Any]
Directors = tuple[str, ...]

IPVS, KEEPALIVED = "ipvs", "keepalived"


def engine_of(farm: Farm, directors: Directors) -> str:
    """keepalived where anything is checked: else nothing but the table is needed, which no daemon keeps better."""
    return IPVS if _first_check(farm, directors) is None else KEEPALIVED


def _first_check(farm: Farm, directors: Directors) -> str | None:
    """The path of what asks for a check."""
    for service in farm.services_of(directors):
        if service.check is not None and service.check.type != NONE:
            return f"{service.path}.check"
        for member in service.members:
            if member.check is not None and member.check.type != NONE:
                return f"{member.path}.check"
    return None


def check_of(service: Service, member: Member) -> Check | None:
    """How keepalived asks a realserver of a service; None: it does not."""
    said = member.check or service.check
    check = default_check(service.protocol, _port(service, member)) if said is None else said
    return None if check is None or check.type == NONE else check


def _port(service: Service, member: Member) -> int:
    return (service.port or 0) if member.port is None else member.port


def checks_slice(farm: Farm, host: str) -> list[Slice]:
    """How this director asks each realserver, by the labels of the table: always from its own address."""
    directors = farm.set_of(host)
    if engine_of(farm, directors) != KEEPALIVED:
        return []
    dips = farm.inventory.dips(host)
    found = []
    for service in farm.services_of(directors):
        for member in service.members:
            rip, check = farm.rip(service, member), check_of(service, member)
            if rip is not None and check is not None and service.key is not None:
                dip = dips.get(family_of(rip.text))
                label = RealserverKey(rip.text, _port(service, member)).label
                asked = check._replace(source=dip.text if dip else "").to_dict()
                found.append({"service": service.key.label, "realserver": label, **asked})
    return sorted(found, key=lambda one: (one["service"], one["realserver"]))


def check_engines(farm: Farm) -> None:
    """Whether what keeps the table can have all that is planned."""
    for directors in farm.sets:
        reason = _first_check(farm, directors)
        if reason is None:
            continue
        findings, inventory = farm.findings, farm.inventory
        findings.add("engine-keepalived", reason, None, directors=" and ".join(map(show_name, directors)))
        for host in directors:
            if not inventory.is_persistent(host):
                findings.add("checks-not-persistent", host_path(host, PERSISTENT), False)
        for service in farm.services_of(directors):
            _check_service(farm, service)


def _check_service(farm: Farm, service: Service) -> None:
    findings = farm.findings
    if not service.members:
        findings.add("engine-empty-pool", f"{service.path}.realservers", [])
    for member in service.members:
        if service.fwmark is not None and member.port and member.forwarding != NAT:
            findings.add("engine-port-by-mark", f"{member.path}.port", member.port)
    said_nothing = service.check is None and all(member.check is None for member in service.members)
    if said_nothing and service.members and not any(check_of(service, member) for member in service.members):
        findings.add("check-nobody", service.path, None)
