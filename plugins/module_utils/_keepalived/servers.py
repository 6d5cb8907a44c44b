# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual servers of an LVS as a file of keepalived, and back.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same table and checks give the same text, in one order and one spelling, and ``parse(render(x)) == x``. Only
what we wrote is read here; a file of somebody else is for the importer of the plan.

A realserver is drained by a file of its own: 1 in it takes all of the weight away, without a reload. What fails is
removed from the table, never kept with weight 0, for then the clients that are persistent would still be sent to it.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._model.address import HOST_PREFIX, family_of
from .._model.check import DNS, HTTP, NONE, PING, SMTP, TCP, UDP, Check
from .._model.drains import Name, drain_of, tracked
from .._model.lines import lines_in
from .._model.table import Realserver, Service, ServiceKey, Table, Tunnel
from .file import FOLDER, HEAD, SERVERS

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable, Iterator, Mapping

_INDENT = "    "
_METHODS = {"nat": "NAT", "dr": "DR", "tun": "TUN"}
_FORWARDINGS = {word: name for name, word in _METHODS.items()}
_BLOCKS = {TCP: "TCP_CHECK", SMTP: "SMTP_CHECK", DNS: "DNS_CHECK", UDP: "UDP_CHECK", PING: "PING_CHECK"}
_TYPES = {**{word: name for name, word in _BLOCKS.items()}, "HTTP_GET": HTTP, "SSL_GET": HTTP}

Checks = dict[Name, Check]
Blocks = list[tuple[list[str], "Blocks"]]  # each line by its words, and what it has in braces


class Servers(t.NamedTuple):
    """What keepalived is to keep in the kernel, and how it asks each realserver."""

    table: Table
    checks: Checks

    @property
    def patience(self) -> int:
        """Seconds after which whoever fails is out of the table."""
        return max((check.noticed for check in self.checks.values()), default=0)


def path_of(lvs: str) -> str:
    """The file of an LVS, beside the one of its addresses."""
    return f"{FOLDER}/{lvs}{SERVERS}"


def drainable(servers: Servers) -> list[Name]:
    """Whoever has a weight to be taken away."""
    return [(service.key, one.key) for service in servers.table for one in service.realservers if one.weight]


# --- to text ---


def render(servers: Servers) -> str:
    """The file. What is tracked comes first: keepalived refuses a name that it does not know yet."""
    lines = [HEAD]
    for name in drainable(servers):
        lines += _block(f"track_file {tracked(name)}", [f'file "{drain_of(name)}"', "weight 0", "init_file 0"])
    for service in servers.table:
        lines += _virtual_server(service, servers.checks)
    return "".join(f"{line}\n" for line in lines)


def _virtual_server(service: Service, checks: Checks) -> list[str]:
    key = service.key
    inner = list(settings(service))
    for one in service.realservers:
        words = f"real_server {one.rip}{f' {one.port}' if one.port else ''}"
        inner += _block(words, _real_server(one, (key, one.key), checks.get((key, one.key))))
    return _block(f"virtual_server {f'fwmark {key.fwmark}' if key.vip is None else f'{key.vip} {key.port}'}", inner)


def settings(service: Service) -> Iterator[str]:
    """What keepalived calls the options of a service."""
    key = service.key
    if key.vip is None:
        yield f"ip_family {'inet6' if key.family == 'ipv6' else 'inet'}"
    else:
        yield f"protocol {str(key.protocol).upper()}"
    yield f"lvs_sched {service.scheduler}"
    yield from service.scheduler_flags
    if service.persistence:
        yield f"persistence_timeout {service.persistence}"
        if service.persistence_netmask not in (None, HOST_PREFIX[key.family]):
            yield f"persistence_granularity {service.persistence_netmask}"
        if service.persistence_engine is not None:
            yield f"persistence_engine {service.persistence_engine}"
    if service.one_packet:
        yield "ops"


def _real_server(one: Realserver, name: Name, check: Check | None) -> Iterator[str]:
    yield f"weight {one.weight}"
    yield method(one)
    yield from thresholds(one)
    if one.weight:
        yield from _block("FILE_CHECK", [f"track_file {tracked(name)}", f"weight -{one.weight}"])
    if check is not None and check.type != NONE:
        yield from _check(check)


def thresholds(one: Realserver) -> Iterator[str]:
    """How many connections a realserver may have."""
    if one.upper_threshold:
        yield f"uthreshold {one.upper_threshold}"
    if one.lower_threshold:
        yield f"lthreshold {one.lower_threshold}"


def method(one: Realserver) -> str:
    """How the director forwards to a realserver."""
    word = f"lvs_method {_METHODS[one.forwarding]}"
    tunnel = one.tunnel or Tunnel()
    if one.forwarding != "tun":
        return word
    port = f" port {tunnel.port}" if tunnel.port else ""
    checksum = "" if tunnel.type == "ipip" else f" {'nocsum' if tunnel.checksum == 'none' else tunnel.checksum}"
    return f"{word} type {tunnel.type}{port}{checksum}"


def _check(check: Check) -> list[str]:
    own: list[str] = []
    block = _BLOCKS.get(check.type, "SSL_GET" if check.tls else "HTTP_GET")
    if check.type == HTTP:
        url = [f"path {check.path}", *([f"virtualhost {check.host}"] if check.host else [])]
        own += _block("url", [*url, *([f"status_code {' '.join(map(str, check.status))}"] if check.status else [])])
        own += ["enable_sni"] if check.tls and check.host else []
    elif check.type == DNS:
        own += [f"type {check.query}", f"name {check.name}"]
    elif check.type == UDP:
        own += [f"payload {check.send}"] if check.send else []
        own += [f"require_reply {check.expect}"] if check.expect else []
    own += [f"connect_port {check.port}"] if check.port else []
    own += [f"bindto {check.source}"] if check.source else []
    times = [f"connect_timeout {check.timeout}", f"retry {check.retries}", f"delay_before_retry {check.delay}"]
    return _block(block, [*own, *times, f"delay_loop {check.every}"])


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head} {{", *(_INDENT + line for line in lines), "}"]


# --- back ---


def parse(text: str | None) -> Servers:
    """What a file of ours says. What is not as we write it was changed by somebody, and counts for nothing."""
    services, checks = list[Service](), Checks()
    for head, lines in _blocks(text or ""):
        with contextlib.suppress(KeyError, IndexError, ValueError):
            found: Checks = {}
            services += [_service(head, lines, found)] if head[0] == "virtual_server" else []
            checks.update(found)
    return Servers(tuple(services), checks)


def _blocks(text: str) -> Blocks:
    found: Blocks = []
    opened = [found]
    for line in lines_in(text):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words == ["}"] and opened[1:]:
            opened.pop()
        elif words[-1] == "{":
            opened[-1].append((words[:-1], []))
            opened.append(opened[-1][-1][1])
        else:
            opened[-1].append((words, []))
    return found


def _values(lines: Blocks) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words, _inner in lines}


def _service(head: list[str], lines: Blocks, checks: Checks) -> Service:
    said = _values(lines)
    if head[1] == "fwmark":
        key = ServiceKey("ipv6" if said["ip_family"] == ["inet6"] else "ipv4", None, None, 0, int(head[2]))
    else:
        key = ServiceKey(family_of(head[1]), said["protocol"][0].lower(), head[1], int(head[2]), None)
    mask = said.get("persistence_granularity", [None])[0]
    flags = tuple(word for word in said if word.startswith(("flag-", "sh-", "mh-")))
    pool = []
    for words, inner in lines:
        if words[0] == "real_server":
            pool.append(_realserver(words, inner))
            check = _check_in(inner)
            if check is not None:
                checks[key, pool[-1].key] = check
    return Service(
        key,
        said["lvs_sched"][0],
        flags,
        int(said.get("persistence_timeout", ["0"])[0]),
        int(mask) if mask is not None and key.family == "ipv6" else mask,
        said.get("persistence_engine", [None])[0],
        "ops" in said,
        tuple(pool),
    )


def _realserver(head: list[str], lines: Blocks) -> Realserver:
    said = _values(lines)
    forwarding, *tunnel = said["lvs_method"]
    return Realserver(
        head[1],
        int(head[2]) if len(head) > 2 else 0,
        _FORWARDINGS[forwarding],
        int(said["weight"][0]),
        int(said.get("uthreshold", ["0"])[0]),
        int(said.get("lthreshold", ["0"])[0]),
        _tunnel(tunnel) if forwarding == _METHODS["tun"] else None,
    )


def _tunnel(words: list[str]) -> Tunnel:
    said = dict(zip(words, words[1:]))
    checksum = said["type"] != "ipip" and words[-1] != "nocsum"
    return Tunnel(said["type"], int(said.get("port", "0")), words[-1] if checksum else "none")


def _check_in(lines: Blocks) -> Check | None:
    for (word, *_rest), inner in lines:
        if word in _TYPES:
            said = _values([*inner, *(one for words, url in inner if words == ["url"] for one in url)])
            found: dict[str, t.Any] = {name: int(said[key][0]) for name, key in _NUMBERS.items() if key in said}
            found.update({name: said[key][0] for name, key in _TEXTS.items() if key in said})
            found.update({"status": tuple(map(int, said.get("status_code", ()))), "tls": word == "SSL_GET"})
            return Check(_TYPES[word], **found)
    return None


_NUMBERS = {
    "every": "delay_loop",
    "timeout": "connect_timeout",
    "retries": "retry",
    "delay": "delay_before_retry",
    "port": "connect_port",
}
_TEXTS = {
    "path": "path",
    "host": "virtualhost",
    "name": "name",
    "query": "type",
    "send": "payload",
    "expect": "require_reply",
    "source": "bindto",
}


# --- who is drained ---


def drained(servers: Servers, on: Collection[str]) -> Table:
    """The table as it is in the kernel while these files hold a 1."""
    return tuple(
        service._replace(
            realservers=tuple(
                one._replace(weight=0) if drain_of((service.key, one.key)) in on else one for one in service.realservers
            )
        )
        for service in servers.table
    )


def for_services(checks: Mapping[Name, Check], table: Table) -> Servers:
    """A table with the checks of what is in it; what has no realserver is nothing that keepalived could keep."""
    kept = tuple(service for service in table if service.realservers)
    names = {(service.key, one.key) for service in kept for one in service.realservers}
    return Servers(kept, {name: check for name, check in checks.items() if name in names and check.type != NONE})
