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
from .._rules.findings import Findings
from . import inventory, ipvsadm, keepalived, ldirectord, lvs_cf, lvs_conf, running
from .file import AddressLookup, Included, Old, OldFile, nothing_beside, without_mark

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
KEEPALIVED = keepalived.FORMAT
RUNNING = "running"


def recognise(text: str) -> str | None:
    """The format of a text, None when it is none of ours."""
    text = without_mark(text)
    return next((name for name, looks_like in _RECOGNISERS.items() if looks_like(text)), None)


def read(
    text: str,
    name: str,
    kind: str,
    ports: PortLookup,
    addresses: AddressLookup,
    dips: t.Sequence[str] = (),
    included: Included = nothing_beside,
) -> Result:
    """The inventory that a text of this format describes, and all that was found on the way."""
    source = OldFile(text, name, ports, addresses, included=included)
    if kind == lvs_conf.FORMAT:
        conf = lvs_conf.read(source)
        return _result(kind, {} if conf is None else lvs_conf.inventory(conf), source.findings)
    old = _READERS[kind](source)
    if not old.services and not source.findings.refused:
        what = f"is missing: the file has no virtual service of {kind}"
        found = recognise(text)
        cure = f"It looks like {found}: import it as that." if found not in (None, kind) else "Look into the file."
        source.error(1, kind, None, what, cure)
    return _result(kind, inventory.inventory(old, dips), source.findings)


def unknown(name: str) -> Result:
    """The same of a text that is none of ours."""
    source = OldFile("", name)
    what = f"has the content of none of {', '.join(FORMATS)}"
    source.error(1, "", None, what, "Say which it is with import_format, or kind of the filter; or give another file.")
    return _result(None, {}, source.findings)


def read_services(
    services: t.Sequence[object],
    name: str,
    dips: t.Sequence[str] = (),
    addresses: t.Sequence[str] = (),
    timeouts: t.Mapping[str, object] | None = None,
    daemons: t.Sequence[object] = (),
) -> Result:
    """The same of the services of a running director, as ipvs_info returns them, and its own addresses."""
    source = OldFile("", name)
    old = running.read(source, services)
    running.list_the_rest(source, timeouts or {}, daemons)
    if not services:
        source.error(
            1, "services", None, "is missing: the table of this director is empty", "Is it the right one, and at work?"
        )
    return _result(RUNNING, inventory.inventory(old, dips or running.dips(old, addresses)), source.findings)


def _result(kind: str | None, made: Result, findings: Findings) -> Result:
    return {
        "format": kind,
        "inventory": {} if findings.refused else made,
        "findings": findings.sorted(),
    }
