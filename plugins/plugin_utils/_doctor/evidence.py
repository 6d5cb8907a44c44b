# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence of a host as the doctor takes it: read once, by its shape, before any rule looks at it.

Private: this file may change in any release; do not import it from outside the collection.

Pure. A host may be broken or hostile and answer anything. A kind of evidence that does not have its shape was not seen:
half of it could prove a fault that is none, because what would explain it was in the other half.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ...module_utils._model.claims import is_name
from ...module_utils._model.shapes import (
    Misfit,
    Reader,
    address,
    agreeing,
    fields,
    keyed,
    listed,
    nullable,
    number,
    readable,
    seconds,
    text,
    truth,
)
from ...module_utils._model.table_shapes import SERVICE
from .firewall_rules import iptables_chains, nft_chains

Entry = Mapping[str, t.Any]

_PORT = number(0, 65535)
_LINES = listed(text)
_COUNT = number()
_NOT_LOOKED_AT = "it was not looked at"


class Answer(t.NamedTuple):
    """What a host showed, and what of its answer could not be read. `seen` is None when it showed nothing at all."""

    seen: dict[str, t.Any] | None
    unreadable: dict[str, Misfit]  # by kind
    why: str = ""  # nothing was seen


def read_answer(result: object) -> Answer:
    """A host's result of lvs_evidence, whatever it is."""
    if not isinstance(result, Mapping) or "evidence" not in result:
        return Answer(None, {}, _said(result) if isinstance(result, Mapping) else _NOT_LOOKED_AT)
    given = result["evidence"]
    if not isinstance(given, Mapping):
        return Answer({}, {"evidence": Misfit("evidence", given, "a mapping")})
    seen: dict[str, t.Any] = {}
    unreadable = {}
    for kind, read in _KINDS.items():
        try:
            seen[kind] = read(given.get(kind), kind)
        except Misfit as misfit:
            seen[kind], unreadable[kind] = None, misfit
    return Answer(seen, unreadable)


def _said(result: Entry) -> str:
    """Why a task failed on a host, in its own words, which may hold bytes that are no text."""
    words = result.get("msg")
    return words.encode("utf-8", "backslashreplace").decode().strip() if isinstance(words, str) else _NOT_LOOKED_AT


def _socket_address(value: object, path: str) -> str:
    """Where a socket listens; on all addresses of both families, it is a star."""
    return "*" if value == "*" else address(value, path)


def _all_iptables(outputs: Mapping[str, list[str]]) -> None:
    for command, lines in outputs.items():
        iptables_chains(command, lines)


_INTERFACE = fields(
    {
        "name": text,
        "up": truth,
        "carrier": truth,
        "speaks_arp": truth,
        "kind": text,
        "mtu": _COUNT,
        "mac": nullable(text),
        "addresses": listed(fields({"address": address, "prefix": number(0, 128)}, {"usable": truth})),
    },
    {"external": truth},
)
_WAY = fields(
    {
        "to": text,
        "from": nullable(text),
        "kind": text,
        "via": nullable(text),
        "interface": nullable(text),
        "source": nullable(text),
        "redirected": truth,
        "mss": nullable(_COUNT),
    },
    {"arrives": nullable(text), "on": nullable(text)},
)
_ROUTE = fields(
    {
        "to": text,
        "via": nullable(text),
        "interface": nullable(text),
        "source": nullable(text),
        "mss": nullable(_COUNT),
        "mtu": nullable(_COUNT),
    },
    {"kind": text, "table": text},
)
_NEIGHBOUR = fields({"address": text, "interface": text, "mac": nullable(text), "state": text})
_SOCKET = fields({"state": text, "local": text, "remote": text, "port": _PORT})
_DAEMON = fields(
    {
        "role": text,
        "interface": text,
        "sync_id": _COUNT,
        "max_len": _COUNT,
        "group": nullable(text),
        "port": _COUNT,
        "ttl": _COUNT,
    }
)
_STATE = fields(
    {
        "service": text,
        "counters": keyed(_COUNT),
        "realservers": listed(
            fields(
                {
                    "realserver": text,
                    **dict.fromkeys(("weight", "active", "inactive", "persistent"), _COUNT),
                    "counters": keyed(_COUNT),
                }
            )
        ),
    }
)
_TABLE = fields(
    {"services": listed(SERVICE), "daemons": listed(_DAEMON)},
    {
        "states": listed(_STATE),
        "timeouts": keyed(_COUNT),
        "version": nullable(text),
        "connection_table_size": nullable(_COUNT),
        "taken": seconds,
    },
)
_WHEN = number(0, 2**40)
_PROBE = fields(
    {
        "who_has": keyed(_LINES),
        "connect": listed(fields({"address": text, "port": _PORT, "outcome": text, "seconds": nullable(seconds)})),
        "names": listed(fields({"nameserver": text, "seconds": nullable(seconds)})),
    }
)
# Every kind may be missing: that is evidence which could not be seen.
_SHAPES: dict[str, Reader[t.Any]] = {
    "system": text,
    "kernel": text,
    "interfaces": listed(_INTERFACE),
    "neighbours": listed(_NEIGHBOUR),
    "routes": listed(_ROUTE),
    "rules": _LINES,
    "rules6": _LINES,
    "ways": listed(_WAY),
    "listeners": listed(
        fields({"protocol": text, "address": _socket_address, "port": _PORT}, {"waiting": _COUNT, "room": _COUNT})
    ),
    "sockets": listed(_SOCKET),
    "settings": keyed(text),
    "boot": keyed(fields({"value": text, "file": text})),
    "iptables": readable(_all_iptables, keyed(_LINES), "the output of iptables-save"),
    "nft": readable(nft_chains, text, "the output of nft -j list ruleset"),
    "arptables": _LINES,
    "conntrack": fields({}, {"count": _COUNT, "max": _COUNT}),
    "counters": keyed(_COUNT),
    "kernel_modules": keyed(text),
    "ipvs": _TABLE,
    "later": fields({"taken": seconds, "states": listed(_STATE)}),
    "memory": fields({}, {"total": _COUNT, "available": _COUNT}),
    "held": listed(fields({"vip": address, "interface": text, "since": _WHEN})),
    "at_boot": fields({"services": _LINES, "otherwise": _LINES, "vips": _LINES}),
    "changes": keyed(fields({"by": text, "at": _WHEN, "module": text})),
    "drained": listed(fields({"service": text, "realserver": text}, {"by": text, "since": _WHEN, "weight": _COUNT})),
    "placed": listed(fields({"vip": text, "interface": text})),
    "claims": keyed(_LINES, agreeing(text, is_name, "the name of an LVS")),
    "owners": _LINES,
    "keepalived": fields({"active": truth, "switched": keyed(text), "unread": _LINES}, {"keeps": _LINES}),
    "adverts": listed(fields({"source": address, "router_id": number(0, 255), "priority": number(0, 255)})),
    "units": listed(fields({"unit": text, "loaded": text, "state": text, "detail": text})),
    "init": fields({"name": text, "known": truth}),
    "nameservers": _LINES,
    "probe": _PROBE,
    "unseen": listed(fields({"what": text, "why": text})),
    "seconds": seconds,
}
_KINDS = {kind: nullable(shape) for kind, shape in _SHAPES.items()}
