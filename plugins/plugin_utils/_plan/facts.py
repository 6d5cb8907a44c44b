# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network of an address by what the host itself said, when its facts were gathered or are cached.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.

A host may say anything. What it says is good for a warning that names it, never for a part of the plan: the plan is the
same with and without these facts, and no host can have the inventory refused by them.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._model.address import IPV4, IPV6
from ...module_utils._model.parse import netmask_length
from .addresses import Address, edges, parse_address, too_wide

# An interface has one main IPv4 address and others beside it; the BSDs have a list. IPv6 is a list everywhere.
_KEYS = {IPV4: ("ipv4", "ipv4_secondaries"), IPV6: ("ipv6",)}
_DOTTED = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}\Z")
_DIGITS = re.compile(r"[0-9]{1,3}\Z")


def network_by_facts(facts: object, address: Address) -> str | None:
    """The network that a host's facts name for one of its addresses; None when they name none that can be."""
    for entry in _entries(facts, _KEYS[address.family]) if isinstance(facts, t.Mapping) else ():
        said = entry.get("address")
        prefix = _prefix(entry) if isinstance(said, str) and said.lower() == address.text else None
        parsed = None if prefix is None else parse_address(f"{address.text}/{prefix}")
        if parsed is not None and parsed.network and not too_wide(parsed) and parsed.text not in edges(parsed.network):
            return parsed.network
    return None


def _entries(facts: t.Mapping[t.Any, object], keys: t.Sequence[str]) -> t.Iterator[t.Mapping[t.Any, object]]:
    """Every address of every interface: the facts that are mappings with these keys."""
    for interface in facts.values():
        if not isinstance(interface, t.Mapping):
            continue
        for listed in map(interface.get, keys):
            entries = listed if isinstance(listed, (list, tuple)) else (listed,)
            yield from (entry for entry in entries if isinstance(entry, t.Mapping))


def _prefix(entry: t.Mapping[t.Any, object]) -> int | None:
    """Linux says both, the BSDs a netmask for IPv4."""
    prefix, netmask = entry.get("prefix"), entry.get("netmask")
    if isinstance(prefix, str) and _DIGITS.match(prefix):
        return int(prefix)
    if isinstance(netmask, str) and _DOTTED.match(netmask):
        return netmask_length(str(netmask), IPV4)
    return None
