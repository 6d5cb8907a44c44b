# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every old format by its name: how to recognise it, and from its text to an inventory.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ...module_utils._model.port_names import PortLookup
from . import inventory, ipvsadm, keepalived, ldirectord, lvs_cf, lvs_conf
from .file import AddressLookup, Old, OldFile

Result = dict[str, t.Any]
_Reader = Callable[[OldFile], Old]

_READERS: dict[str, _Reader] = {
    keepalived.FORMAT: keepalived.read,
    ldirectord.FORMAT: ldirectord.read,
    lvs_cf.FORMAT: lvs_cf.read,
    ipvsadm.FORMAT: ipvsadm.read,
}
# In this order: the first that recognises the text has it.
_RECOGNISERS: dict[str, Callable[[str], bool]] = {
    lvs_conf.FORMAT: lvs_conf.looks_like,
    keepalived.FORMAT: keepalived.looks_like,
    ldirectord.FORMAT: ldirectord.looks_like,
    lvs_cf.FORMAT: lvs_cf.looks_like,
    ipvsadm.FORMAT: ipvsadm.looks_like,
}
FORMATS = tuple(_RECOGNISERS)
AUTO = "auto"


def recognise(text: str) -> str | None:
    """The format of a text, None when it is none of ours."""
    return next((name for name, looks_like in _RECOGNISERS.items() if looks_like(text)), None)


def read(
    text: str, name: str, kind: str, ports: PortLookup, addresses: AddressLookup, dip: str | None = None
) -> Result:
    """The inventory that a text of this format describes, and all that was found on the way."""
    source = OldFile(text, name, ports, addresses)
    if kind == lvs_conf.FORMAT:
        conf = lvs_conf.read(source)
        made = {} if conf is None else lvs_conf.inventory(conf)
    else:
        made = inventory.inventory(_READERS[kind](source), dip)
    findings = source.findings
    return {
        "format": kind,
        "inventory": {} if findings.refused else made,
        "findings": findings.sorted(),
    }
