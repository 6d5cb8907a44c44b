# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs.cf of piranha (Red Hat's pulse and nanny): its virtual servers read into services; the rest is listed.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...module_utils._model.address import canonical_address
from .file import Draft, Old, OldFile, is_name

FORMAT = "lvs_cf"

_LOOK = re.compile(r"^\s*(?:virtual\s+\S+\s*\{|serial_no\s*=)", re.MULTILINE)
_BLOCK = re.compile(r"\s*(\S+)\s+(.*?)\s*\{\s*\Z")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_]+)\s*=\s*(.*?)\s*\Z")
_METHODS = {"direct": "dr", "nat": "nat", "tunnel": "tun"}
_SERVICE_FIELDS = {
    "port": "port",
    "protocol": "protocol",
    "scheduler": "scheduler",
    "persistent": "persistence",
    "pmask": "persistence_netmask",
    "fwmark": "fwmark",
    "address": "vip",
}
_SERVER_FIELDS = {"address": "rip", "weight": "weight", "port": "port"}
_OFF = ("0", "no", "off", "false")
_CHECKS = "Health checks and failover are not the work of this inventory; nothing reads lvs.cf any more."


@dataclass
class _Block:
    """`virtual NAME {` or `server NAME {` with what is in it, by its name."""

    line: int
    kind: str
    name: str
    values: dict[str, tuple[int, str]] = field(default_factory=dict)
    blocks: list[_Block] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, (self.line, default))[1]


def looks_like(text: str) -> bool:
    """Is there something that only lvs.cf has?"""
    return bool(_LOOK.search(text))


def read(source: OldFile) -> Old:
    """The services of the file."""
    file = _parse(source)
    method = _method(source, file)
    _machines(source, file)
    for name, (line, value) in file.values.items():
        if name not in ("network", "primary", "primary_private"):
            source.not_taken(line, name, value, _CHECKS)
    for block in file.blocks:
        if block.kind == "virtual":
            _virtual(source, block, method)
        else:
            source.not_taken(block.line, block.kind, block.name, _CHECKS)
    return source.finish()


def _parse(source: OldFile) -> _Block:
    stack = [_Block(0, "file", "")]
    for number, line in source.lines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        block, assignment = _BLOCK.match(line), _ASSIGNMENT.match(line)
        if line.strip() == "}":
            if len(stack) == 1:
                source.error(number, "", "}", "closes no block", "Remove it.")
            else:
                stack.pop()
        elif block and len(stack) < 3:
            stack[-1].blocks.append(_Block(number, block[1], block[2]))
            stack.append(stack[-1].blocks[-1])
        elif assignment:
            _assign(source, stack[-1], number, assignment[1], assignment[2])
        else:
            cure = "Write NAME = VALUE, virtual NAME { or server NAME {, one a line."
            source.error(number, "", line.strip(), "is not a line of lvs.cf", cure)
    for unclosed in stack[1:]:
        source.error(
            unclosed.line, unclosed.kind, unclosed.name, "has no closing brace", "Add a line with nothing but }."
        )
    return stack[0]


def _assign(source: OldFile, block: _Block, number: int, name: str, value: str) -> None:
    first = block.values.setdefault(name, (number, value))[0]
    if first != number:
        source.error(number, name, value, f"is set in line {first} already", "Keep one of the two.")


def _method(source: OldFile, file: _Block) -> str:
    line, word = file.values.get("network", (1, ""))
    if word not in _METHODS:
        value = word or None
        what = "is not a forwarding method" if word else "is missing: nothing says by which method packets get to them"
        source.error(line, "network", value, what, "Write network = direct, nat or tunnel.", "3.11")
    return _METHODS.get(word, "dr")


def _machines(source: OldFile, file: _Block) -> None:
    """The address of the director on the network of the realservers, as far as the file knows it."""
    for name in ("primary_private", "primary"):
        line, value = file.values.get(name, (1, ""))
        address = canonical_address(value)
        if address is not None and source.old.dip is None:
            source.old.dip = address
        elif value:
            source.not_taken(line, name, value, "Correct lvs_dip of the director when this is its address.")


def _virtual(source: OldFile, block: _Block, method: str) -> None:
    if block.text("active", "0") in _OFF:
        source.warning(block.line, "virtual", block.name, "is not active and left out", "Set active = 1 to import it.")
        return
    draft = _fields(source, block, _SERVICE_FIELDS, ("active", "vip_nmask"))
    vip = str(draft.values.get("vip", ""))
    if "fwmark" in draft.values:
        for name in ("vip", "port", "protocol"):
            draft.values.pop(name, None)
    servers = [_server(source, server, method) for server in block.blocks if _is_server(source, server)]
    pool = [server for server in servers if server is not None]
    source.add(draft, pool, block.name, vip)


def _is_server(source: OldFile, block: _Block) -> bool:
    if block.kind != "server":
        source.not_taken(block.line, block.kind, block.name, _CHECKS)
    return block.kind == "server"


def _server(source: OldFile, block: _Block, method: str) -> Draft | None:
    if block.text("active", "0") in _OFF:
        source.warning(block.line, "server", block.name, "is not active and left out", "Set active = 1 to import it.")
        return None
    draft = _fields(source, block, _SERVER_FIELDS, ("active",))
    draft.set("forwarding", method, block.line)
    if is_name(block.name) and "rip" in draft.values:
        source.old.hosts.setdefault(str(draft.values["rip"]), block.name)
    return draft


def _fields(source: OldFile, block: _Block, fields: dict[str, str], known: tuple[str, ...]) -> Draft:
    draft = Draft(block.line)
    for name, (line, value) in block.values.items():
        if name in fields:
            draft.set(fields[name], _value(source, line, name, value), line)
        elif name not in known:
            source.not_taken(line, name, value, _CHECKS)
    return draft


def _value(source: OldFile, line: int, name: str, value: str) -> str:
    """A VIP stands with the interface that gets it, which Ansible finds by itself."""
    words = value.split()
    if name == "address" and words:
        if len(words) > 1:
            cure = "Set director_vip_interface when the VIP is on none of the director's networks."
            source.not_taken(line, name, " ".join(words[1:]), cure)
        return source.machine(words[0])
    return value
