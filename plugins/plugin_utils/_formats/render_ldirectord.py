# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table as a ldirectord.cf.

Private: this file may change in any release; do not import it from outside the collection.
Pure. Reading it back gives the same table, but for what ldirectord cannot say, which is listed at the top of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...module_utils._model.address import IPV6, endpoint, family_of
from ...module_utils._model.table import Realserver, Service, Tunnel

_METHODS = {"nat": "masq", "dr": "gate", "tun": "ipip"}
_INDENT = "        "
_HEAD = (
    "# The virtual services of linuxvirtualserver.lvs for ldirectord.",
    "# A TCP service is checked by a connection, any other by ping: write a better checktype where you know one.",
    "checktimeout=3",
    "checkinterval=5",
    "autoreload=yes",
    "quiescent=no",
)


def render(table: Iterable[Service]) -> str:
    """The text of the file."""
    lines = list(_HEAD)
    for service in table:
        lost = list(_lost(service))
        lines += ["", *(f"# LEFT OUT: {service.key.label}: {text}" for text in lost)]
        if as_ldirectord_has_it(service):
            lines += _virtual(service)
    return "\n".join(lines) + "\n"


def as_ldirectord_has_it(service: Service) -> Service | None:
    """As much of a service as ldirectord can say; None when it cannot at all."""
    if service.key.protocol not in (None, "tcp", "udp"):
        return None
    return service._replace(
        persistence_engine=None,
        one_packet=service.one_packet and service.key.protocol == "udp",
        realservers=tuple(one for one in service.realservers if not _unsayable(one, service.key.family)),
    )


def _unsayable(one: Realserver, family: str) -> str:
    if family_of(one.rip) != family:
        return f"is not an {family} address"
    return "" if one.tunnel in (None, Tunnel()) else f"is reached by a {one.tunnel.type} tunnel"


def _lost(service: Service) -> Iterator[str]:
    if as_ldirectord_has_it(service) is None:
        yield f"the whole service, for ldirectord knows no {service.key.protocol}"
        return
    if service.persistence_engine:
        yield f"the persistence engine {service.persistence_engine}"
    if service.one_packet and service.key.protocol != "udp":
        yield "one packet scheduling, which ldirectord sets for protocol=udp alone"
    for one in service.realservers:
        reason = _unsayable(one, service.key.family)
        if reason:
            yield f"the realserver {one.key.label}, which {reason}"


def _virtual(service: Service) -> Iterator[str]:
    key, six = service.key, "6" if service.key.family == IPV6 else ""
    yield f"virtual{six}={key.fwmark if key.vip is None else endpoint(key.vip, key.port)}"
    for line in _settings(service, six):
        yield _INDENT + line


def _settings(service: Service, six: str) -> Iterator[str]:
    key = service.key
    for one in service.realservers:
        if not _unsayable(one, key.family):
            limits = f" l:{one.lower_threshold} u:{one.upper_threshold}" if one.upper_threshold else ""
            yield f"real{six}={endpoint(one.rip, one.port)} {_METHODS[one.forwarding]} {one.weight}{limits}"
    yield f"protocol={key.protocol or 'fwm'}"
    yield f"scheduler={service.scheduler}"
    if service.scheduler_flags:
        yield f"schedflags={','.join(service.scheduler_flags)}"
    if service.persistence:
        yield f"persistent={service.persistence}"
        if service.persistence_netmask is not None:
            yield f"netmask={service.persistence_netmask}"
    if service.one_packet and key.protocol == "udp":
        yield "ops=yes"
    yield f"checktype={'connect' if key.protocol == 'tcp' and key.port else 'ping'}"
