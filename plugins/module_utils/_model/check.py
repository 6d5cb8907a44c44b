# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a director asks a realserver whether it is alive: the value, and its one parser.

Private: this file may change in any release; do not import it from outside the collection.
Pure: what is wrong goes to the notes of ``fields``, all of it, as in _model/parse.py.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .fields import HIGHEST_PORT, Fields
from .numbers import as_integer
from .port_names import PortLookup
from .words import did_you_mean, one_of

TCP, HTTP, SMTP, DNS, UDP, PING, NONE = TYPES = ("tcp", "http", "smtp", "dns", "udp", "ping", "none")
QUERIES = ("A", "AAAA", "CNAME", "MX", "NS", "SOA", "TXT")

_EVERY, _TIMEOUT, _RETRIES, _DELAY = 5, 2, 2, 1
_TIMES = frozenset(("type", "every", "timeout", "retries", "delay"))
_KEYS = {
    TCP: _TIMES | {"port"},
    HTTP: _TIMES | {"port", "path", "host", "status", "tls"},
    SMTP: _TIMES | {"port"},
    DNS: _TIMES | {"port", "name", "query"},
    UDP: _TIMES | {"port", "send", "expect"},
    PING: _TIMES,
    NONE: frozenset(("type",)),
}
_TRANSPORTS = {TCP: "tcp", HTTP: "tcp", SMTP: "tcp", DNS: "udp", UDP: "udp"}
_LONGEST = 3600  # seconds
_MOST_RETRIES = 20
# What keepalived would take for anything but itself, such as quotes and what begins a comment, is in none of them.
_PATH = re.compile(r"/[A-Za-z0-9/._~%?&=+:@,;-]{0,500}\Z")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,62}\.)*[A-Za-z0-9_-]{0,62}\Z", re.ASCII)
_NAME = re.compile(r"([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?\Z|\.\Z")
_BYTES = re.compile(r"([0-9a-fA-F]{2}){1,256}\Z")


class Check(t.NamedTuple):
    """How a realserver is asked. ``port`` 0 is its own; ``source`` is the director's address for it."""

    type: str
    every: int = _EVERY
    timeout: int = _TIMEOUT
    retries: int = _RETRIES
    delay: int = _DELAY
    port: int = 0
    path: str = ""
    host: str = ""
    status: tuple[int, ...] = ()
    tls: bool = False
    name: str = ""
    query: str = ""
    send: str = ""
    expect: str = ""
    source: str = ""

    @property
    def noticed(self) -> int:
        """Seconds after which, at the latest, a realserver that fails is out of the table."""
        return self.every + (self.retries + 1) * (self.timeout + self.delay)

    def to_dict(self) -> dict[str, t.Any]:
        """What differs from the defaults, and the type."""
        default = Check(self.type)
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in self._asdict().items()
            if key == "type" or value != getattr(default, key)
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, t.Any]) -> Check:
        """The inverse of to_dict(), for what we wrote ourselves; nothing is checked."""
        return cls(**{**data, "status": tuple(data.get("status", ()))})


def read_check(fields: Fields, key: str, protocol: str | None, port: int | None, lookup: PortLookup) -> Check | None:
    """The check under a key of a service or realserver; None when it says nothing, or nothing usable.

    ``port`` is that of the realserver, None or 0 where packets of many ports come to it.
    """
    value = fields.get(key)
    if value is None:
        return None
    given = value if isinstance(value, Mapping) else {"type": value}
    if not isinstance(value, (str, Mapping)):
        fields.note("check-invalid", key, value)
        return None
    inner = Fields(fields.notes, fields.at(key), given)
    if isinstance(value, str) and value not in TYPES:
        fields.note("check-type-unknown", key, value, did_you_mean(value, TYPES), choices=one_of(TYPES))
        return None
    kind = inner.choice("type", TYPES, "", "", "check-type-unknown")
    if not kind:
        if not inner.wrong("type"):
            inner.note("check-type-unknown", "type", None, choices=one_of(TYPES))
        return None
    inner.only(_KEYS[kind])
    check = _read(inner, kind, lookup)
    if not inner.wrong("port"):
        _judge(inner, check, protocol, port)
    return check


def _read(fields: Fields, kind: str, lookup: PortLookup) -> Check:
    port = fields.get("port")
    transport = _TRANSPORTS.get(kind, "tcp")
    return Check(
        kind,
        fields.number("every", 1, _LONGEST, _EVERY, _EVERY, "check-number-invalid"),
        fields.number("timeout", 1, _LONGEST, _TIMEOUT, _TIMEOUT, "check-number-invalid"),
        fields.number("retries", 0, _MOST_RETRIES, _RETRIES, _RETRIES, "check-number-invalid"),
        fields.number("delay", 1, _LONGEST, _DELAY, _DELAY, "check-number-invalid"),
        0 if port is None else fields.port("port", port, 1, transport, lookup) or 0,
        _text(fields, "path", _PATH, "check-path-invalid", "/" if kind == HTTP else ""),
        _text(fields, "host", _HOST, "check-name-invalid"),
        _status(fields),
        fields.truth("tls", kept=False),
        _text(fields, "name", _NAME, "check-name-invalid", "." if kind == DNS else ""),
        fields.choice("query", QUERIES, *(("SOA",) * 2 if kind == DNS else ("", "")), "check-query-unknown"),
        _text(fields, "send", _BYTES, "check-bytes-invalid").lower(),
        _text(fields, "expect", _BYTES, "check-bytes-invalid").lower(),
    )


def _text(fields: Fields, key: str, form: re.Pattern[str], rule: str, default: str = "") -> str:
    value = fields.get(key)
    if value is None:
        return default
    if isinstance(value, str) and form.match(value):
        return str(value)
    fields.note(rule, key, value)
    return default


def _status(fields: Fields) -> tuple[int, ...]:
    value = fields.get("status")
    if value is None:
        return ()
    found = [as_integer(one) for one in (value if isinstance(value, (list, tuple)) else [value])]
    if not found or not all(one is not None and 100 <= one <= 599 for one in found):
        fields.note("check-status-invalid", "status", value)
        return ()
    return tuple(sorted({one for one in found if one is not None}))


def _judge(fields: Fields, check: Check, protocol: str | None, port: int | None) -> None:
    """Whether there is a port to ask, and one of the protocol that the check speaks."""
    transport = _TRANSPORTS.get(check.type)
    if transport is None or check.port:
        return
    if not port:
        fields.note("check-needs-port", "port", None, type=check.type)
    elif protocol not in (None, transport):
        fields.note("check-not-for-protocol", "type", check.type, protocol=protocol, transport=transport)


def default_check(protocol: str | None, port: int | None) -> Check | None:
    """What a service has that says nothing, where others are checked: what can be asked of any of its kind."""
    return Check(TCP) if protocol == "tcp" and port and port <= HIGHEST_PORT else None
