# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ip -j` prints, whatever it was asked. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import ipaddress
import typing as t

from .._errors import LvsError
from .._model.shapes import (
    Misfit,
    Reader,
    address,
    fields,
    json_in,
    keyed,
    listed,
    number,
    raw,
    text,
    truth,
)

_NO_JSON = "is not JSON. Install iproute2 4.14 or newer on this host; busybox has an ip of its own that cannot do it."
_NOT_IP = "is not what ip of iproute2 prints ({}). See which ip this host has: command -v ip; ip -V."


def _network_or(everything: str) -> Reader[str]:
    """A network, an address, or the word for all of them."""

    def read(value: object, path: str) -> str:
        words = text(value, path)
        if words != everything:
            try:
                ipaddress.ip_network(words)
            except ValueError:
                raise Misfit(path, value, "an address or a network") from None
        return words

    return read


def _word_or_number(value: object, path: str) -> str | int:
    """What has a name on some hosts and on others none."""
    return number()(value, path) if isinstance(value, int) else text(value, path)


_ADDRESS = fields(
    {},
    {
        "local": address,
        "prefixlen": number(0, 128),
        "family": text,
        **dict.fromkeys(("secondary", "dynamic", "dadfailed", "tentative", "optimistic"), truth),
    },
)
# All that anybody here reads, whatever ip was asked.
_OBJECT = fields(
    {},
    {
        "addr_info": listed(_ADDRESS),
        "address": text,
        "cache": listed(text),
        "dev": text,
        "dst": _network_or("default"),
        "family": text,
        "flags": listed(text),
        "gateway": address,
        "gue": raw,
        "ifname": text,
        "link_type": text,
        "linkinfo": fields({}, {"info_kind": text, "info_data": keyed(raw)}),
        "lladdr": text,
        "metric": number(),
        "metrics": listed(fields({}, {"advmss": number(), "mtu": number()})),
        "mtu": number(),
        "nexthops": raw,
        "port": number(0, 65535),
        "prefsrc": address,
        "priority": number(),
        "protocol": _word_or_number,
        "src": _network_or("all"),
        "state": listed(text),
        "table": _word_or_number,
        "type": text,
        "via": fields({}, {"host": address}),
    },
)


def objects_in(printed: str, command: str, *needed: str) -> list[dict[str, t.Any]]:
    """The objects in the output of a command; some versions put empty ones between them.

    Each has what is needed of it, and everything in it is of the kind that it must be.
    """
    # It prints nothing at all when there is nothing to list.
    try:
        entries = json_in(printed, "the output") if printed.strip() else []
        found = listed(keyed(raw))(entries, "the output")
    except Misfit:
        raise LvsError(command, printed[:80], _NO_JSON) from None
    try:
        objects = [_OBJECT(entry, f"object {index}") for index, entry in enumerate(found) if entry]
    except Misfit as misfit:
        raise LvsError(command, printed[:80], _NOT_IP.format(misfit)) from None
    for index, entry in enumerate(objects):
        missing = [name for name in needed if name not in entry]
        if missing:
            raise LvsError(command, printed[:80], _NOT_IP.format(f"object {index} has no {missing[0]}"))
    return objects


def object_in(printed: str, command: str, *needed: str) -> dict[str, t.Any]:
    """The one object in the output of a command."""
    objects = objects_in(printed, command, *needed)
    if not objects:
        raise LvsError(command, printed[:80], _NOT_IP.format("there is no object"))
    return objects[0]
