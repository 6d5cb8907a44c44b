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

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils import (
    _lvs_conf,
    _old_inventory,
    _old_ipvsadm,
    _old_keepalived,
    _old_ldirectord,
    _old_lvs_cf,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import PortLookup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._old_file import AddressLookup, Old, OldFile

Result = dict[str, t.Any]
_Reader = Callable[[OldFile], Old]

_READERS: dict[str, _Reader] = {
    _old_keepalived.FORMAT: _old_keepalived.read,
    _old_ldirectord.FORMAT: _old_ldirectord.read,
    _old_lvs_cf.FORMAT: _old_lvs_cf.read,
    _old_ipvsadm.FORMAT: _old_ipvsadm.read,
}
# In this order: the first that recognises the text has it.
_RECOGNISERS: dict[str, Callable[[str], bool]] = {
    _lvs_conf.FORMAT: _lvs_conf.looks_like,
    _old_keepalived.FORMAT: _old_keepalived.looks_like,
    _old_ldirectord.FORMAT: _old_ldirectord.looks_like,
    _old_lvs_cf.FORMAT: _old_lvs_cf.looks_like,
    _old_ipvsadm.FORMAT: _old_ipvsadm.looks_like,
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
    if kind == _lvs_conf.FORMAT:
        conf = _lvs_conf.read(source)
        made = {} if conf is None else _lvs_conf.inventory(conf)
    else:
        made = _old_inventory.inventory(_READERS[kind](source), dip)
    findings = source.findings
    return {
        "format": kind,
        "inventory": {} if findings.refused else made,
        "findings": [finding.as_dict() for finding in findings.sorted()],
    }
