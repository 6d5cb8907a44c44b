# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations and tables as the ipvsadm commands that say the same, for results, diffs and people.

Private: this file may change in any release; do not import it from outside the collection.

Pure, and only for reading: the kernel is never driven through ipvsadm. The order of arguments is that of
``ipvsadm -S -n``; the thresholds, which it loses, come after the weight. What others gave the kernel over netlink can
be more than ipvsadm has options for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from .address import endpoint
from .diff import ADD, EDIT, REMOVE, Operation
from .table import (
    FORWARDINGS,
    PERSISTENCE_LIMIT,
    PROTOCOLS,
    TUNNEL_CHECKSUMS,
    Realserver,
    Service,
    ServiceKey,
    Tunnel,
)

_PLAIN_WORD = re.compile(r"[A-Za-z0-9@%+=:,./_\[\]-]+\Z")
_SERVICE_VERBS = {ADD: "-A", EDIT: "-E", REMOVE: "-D"}
_REALSERVER_VERBS = {ADD: "-a", EDIT: "-e", REMOVE: "-d"}
_PROTOCOL_OPTIONS = {"tcp": "-t", "udp": "-u", "sctp": "--sctp-service"}
_FORWARDING_OPTIONS = {"nat": "-m", "dr": "-g", "tun": "-i"}
_NOT_TAKEN = "# not to be had of ipvsadm:"


def commands(operations: Iterable[Operation]) -> list[str]:
    """One ipvsadm command for each operation; where it has none that says the same, a shell's comment."""
    return [f"{'ipvsadm' if _is_takable(operation) else _NOT_TAKEN} {_spelled(operation)}" for operation in operations]


def _is_takable(operation: Operation) -> bool:
    """Whether ipvsadm 1.31 does to the kernel what this does."""
    verb, (key, *_options), one = operation
    if key.vip is not None and key.protocol not in PROTOCOLS:
        return False
    if one is None:
        return verb == REMOVE or _is_takable_service(operation.service)
    return verb == REMOVE or _is_takable_realserver(key, one)


def _is_takable_service(service: Service) -> bool:
    key = service.key
    marked = key.vip is None
    return (
        service.persistence <= PERSISTENCE_LIMIT
        and (marked or key.port > 0 or service.persistence > 0)
        and (marked or key.protocol == "udp" or not service.one_packet)
    )


def _is_takable_realserver(key: ServiceKey, one: Realserver) -> bool:
    return (
        one.forwarding in FORWARDINGS
        # It makes the port of the service of any other.
        and (one.forwarding == "nat" or one.port == key.port or key.vip is None)
        and (one.tunnel is None or one.tunnel.checksum in TUNNEL_CHECKSUMS.get(one.tunnel.type, ()))
    )


def listing(table: Iterable[Service]) -> list[str]:
    """The table as the lines that would make it, like ``ipvsadm -S -n`` but complete."""
    lines = []
    for service in table:
        lines.append(_spelled(Operation(ADD, service)))
        lines += [_spelled(Operation(ADD, service, one)) for one in service.realservers]
    return lines


def _spelled(operation: Operation) -> str:
    """For a shell, whatever a host's own table has for a name; the brackets of IPv6 mean nothing to it there."""
    words = map(str, _arguments(operation))
    return " ".join(word if _PLAIN_WORD.match(word) else shlex.quote(word) for word in words)


def _arguments(operation: Operation) -> Iterator[object]:
    verb, service, realserver = operation
    yield (_SERVICE_VERBS if realserver is None else _REALSERVER_VERBS)[verb]
    yield from _key(service.key)
    if realserver is None:
        if verb != REMOVE:
            yield from _service(service)
        return
    yield "-r"
    yield endpoint(realserver.rip, realserver.port)
    if verb != REMOVE:
        yield from _realserver(realserver)


def _key(key: ServiceKey) -> Iterator[object]:
    if key.vip is None:
        yield from ("-f", key.fwmark)
        if key.family == "ipv6":
            yield "-6"
        return
    # A protocol that no option stands for was set by someone past ipvsadm, which has nothing to say it with.
    yield _PROTOCOL_OPTIONS.get(key.protocol or "", f"--protocol-{key.protocol}")
    yield endpoint(key.vip, key.port)


def _service(service: Service) -> Iterator[object]:
    yield from ("-s", service.scheduler)
    if service.persistence:
        yield from ("-p", service.persistence)
        if service.persistence_netmask is not None:
            yield from ("-M", service.persistence_netmask)
    if service.persistence_engine is not None:
        yield from ("--pe", service.persistence_engine)
    if service.one_packet:
        yield "-o"
    if service.scheduler_flags:
        yield from ("-b", ",".join(service.scheduler_flags))


def _realserver(realserver: Realserver) -> Iterator[object]:
    yield _FORWARDING_OPTIONS.get(realserver.forwarding, f"--forwarding-{realserver.forwarding}")
    yield from ("-w", realserver.weight)
    if realserver.upper_threshold or realserver.lower_threshold:
        yield from ("-x", realserver.upper_threshold, "-y", realserver.lower_threshold)
    if realserver.tunnel is not None:
        yield from _tunnel(realserver.tunnel)


def _tunnel(tunnel: Tunnel) -> Iterator[object]:
    yield from ("--tun-type", tunnel.type)
    if tunnel.port:
        yield from ("--tun-port", tunnel.port)
    if tunnel.type != "ipip":
        yield f"--tun-{'nocsum' if tunnel.checksum == 'none' else tunnel.checksum}"
