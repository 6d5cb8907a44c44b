# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ldirectord.cf: its virtual services read into services; health checks and the rest are listed.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...module_utils._model.address import canonical_address
from .file import Draft, Old, OldFile, endpoint

FORMAT = "ldirectord"

_LOOK = re.compile(r"^virtual6?\s*=", re.MULTILINE)
_ASSIGNMENT = re.compile(r"(\s*)([A-Za-z0-9_]+)\s*=\s*(.*?)\s*\Z")
_FIELDS = {
    "scheduler": "scheduler",
    "persistent": "persistence",
    "netmask": "persistence_netmask",
    "protocol": "protocol",
}
_METHODS = {"masq": "nat", "gate": "dr", "ipip": "tun"}
_SCHEDULER_DEFAULT = "wrr"
_LARGEST_RANGE = 256
_CHECKS = "Health checks stay the work of ldirectord; services and realservers are in the inventory."


@dataclass
class _Virtual:
    draft: Draft
    realservers: list[Draft] = field(default_factory=list)


def looks_like(text: str) -> bool:
    """Is there a line that begins a virtual service?"""
    return bool(_LOOK.search(text))


def read(source: OldFile) -> Old:
    """The services of the file."""
    virtual: _Virtual | None = None
    for number, line in source.lines():
        bare = line.split("#", 1)[0].rstrip() if line.lstrip().startswith("#") else line.rstrip()
        if not bare:
            continue
        match = _ASSIGNMENT.match(bare)
        if match is None:
            source.error(number, "", bare, "is not of the form NAME = VALUE", "Correct or remove the line.")
        elif not match[1]:
            _add(source, virtual)
            virtual = _global(source, number, match[2].lower(), match[3])
        elif virtual is None:
            source.error(
                number, match[2], match[3], "is indented, yet no virtual service stands above", "Add virtual=."
            )
        else:
            _inside(source, virtual, number, match[2].lower(), match[3])
    _add(source, virtual)
    return source.finish()


def _global(source: OldFile, number: int, name: str, value: str) -> _Virtual | None:
    if name not in ("virtual", "virtual6"):
        source.not_taken(number, name, value, _CHECKS)
        return None
    draft = Draft(number)
    if value.isdigit():
        draft.set("fwmark", value, number)
        draft.set("family", "ipv6" if name == "virtual6" else "ipv4", number)
    else:
        host, port = endpoint(value)
        draft.set("vip", source.machine(host), number)
        draft.set("port", port, number)
    return _Virtual(draft)


def _inside(source: OldFile, virtual: _Virtual, number: int, name: str, value: str) -> None:
    if name in ("real", "real6"):
        virtual.realservers += _realservers(source, number, name, value)
    elif name == "protocol" and value in ("fwm", "tcp", "udp"):
        _protocol(source, virtual, number, value)
    elif name in _FIELDS:
        virtual.draft.set(_FIELDS[name], value, number)
    else:
        source.not_taken(number, name, value, _CHECKS)


def _protocol(source: OldFile, virtual: _Virtual, number: int, value: str) -> None:
    by_mark = "fwmark" in virtual.draft.values
    if by_mark != (value == "fwm"):
        what = "is not the protocol of a service by fwmark" if by_mark else "is the protocol of a fwmark only"
        source.error(number, "protocol", value, what, "Write virtual=MARK with fwm, virtual=IP:PORT with tcp or udp.")
    elif not by_mark:
        virtual.draft.set("protocol", value, number)


def _add(source: OldFile, virtual: _Virtual | None) -> None:
    if virtual is None:
        return
    if "scheduler" not in virtual.draft.values:
        virtual.draft.set("scheduler", _SCHEDULER_DEFAULT, virtual.draft.line)
    source.add(virtual.draft, virtual.realservers)


def _realservers(source: OldFile, number: int, name: str, value: str) -> list[Draft]:
    """IP[->IP][:PORT] gate|masq|ipip [WEIGHT] ["REQUEST", "RECEIVE"]"""
    target, _blank, rest = value.partition(" ")
    words = rest.split('"', 1)[0].split()
    check = rest[len(rest.split('"', 1)[0]) :]
    first, arrow, last = target.partition("->")
    host, port = endpoint(last if arrow else first)
    method = words.pop(0) if words else None
    weight = words.pop(0) if words and words[0].isdigit() else None
    if check or words:
        source.not_taken(number, name, " ".join([*words, check]).strip(), _CHECKS)
    drafts = []
    for rip in _range(source, number, endpoint(first)[0], host) if arrow else [source.machine(host)]:
        draft = Draft(number, rip=rip, forwarding=_METHODS.get(str(method), method))
        for field_name, given in (("port", port), ("weight", weight)):
            if given:
                draft.set(field_name, given, number)
        drafts.append(draft)
    if method not in _METHODS:
        cure = "Write gate, masq or ipip after the address."
        source.error(number, name, method, "is missing: nothing says by which method packets get to it", cure)
        return []
    return drafts


def _range(source: OldFile, number: int, first: str, last: str) -> list[str]:
    """192.168.6.2->192.168.6.8 is seven realservers."""
    ends = [canonical_address(first), canonical_address(last)]
    if None not in ends:
        heads, tails = zip(*(str(end).rpartition("." if "." in str(end) else ":")[::2] for end in ends), strict=True)
        base = 10 if "." in str(ends[0]) else 16
        low, high = (int(tail or "0", base) for tail in tails)
        if heads[0] == heads[1] and low <= high < low + _LARGEST_RANGE:
            mark = "." if base == 10 else ":"
            return [f"{heads[0]}{mark}{tail:{'d' if base == 10 else 'x'}}" for tail in range(low, high + 1)]
    cure = f"Write each address, or a range of at most {_LARGEST_RANGE} that differ in the last number."
    source.error(number, "real", f"{first}->{last}", "is not a range of addresses", cure)
    return []
