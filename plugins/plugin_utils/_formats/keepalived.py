# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""keepalived.conf: its virtual servers read into services; everything else in it is listed.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.

The grammar has its traps: `#` and `!` begin comments anywhere but in quotes, a `{` must end its line and a `}` must
stand alone, a line that begins with `@` is for some hosts only, `$NAME` and `~SEQ` are macros.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ...module_utils._model.address import canonical_address, family_of
from .file import Draft, Old, OldFile

FORMAT = "keepalived"

_LOOK = re.compile(r"^\s*(?:virtual_server|vrrp_instance|global_defs)\b", re.MULTILINE)
_TOKEN = re.compile(r'"([^"]*)"?|([^\s"#!]+)|([#!].*)')
_DEPTH = 20
_METHODS = {"NAT": "nat", "DR": "dr", "TUN": "tun"}
_FLAG_WORDS = ("sh-fallback", "sh-port", "mh-fallback", "mh-port", "flag-1", "flag-2", "flag-3")
_PERSISTENCE_DEFAULT = "360"
_MACHINERY = "Health checks and failover stay the work of keepalived; services and realservers are in the inventory."


@dataclass
class _Node:
    """One statement, with the block that it opens."""

    line: int
    words: list[str]
    block: list[_Node] = field(default_factory=list)

    @property
    def word(self) -> str:
        return self.words[0]

    def value(self, index: int = 1) -> str:
        return self.words[index] if len(self.words) > index else ""


_Handler = Callable[[_Node], None]


def looks_like(text: str) -> bool:
    """Is there a block that only keepalived knows?"""
    return bool(_LOOK.search(text))


def read(source: OldFile) -> Old:
    """The services of the file."""
    return _Reader(source, _Parser(source).parse()).read()


class _Parser:
    """Lines into nested statements."""

    def __init__(self, source: OldFile) -> None:
        self._source = source
        self._open: list[_Node] = [_Node(0, ["file"])]

    def parse(self) -> list[_Node]:
        for number, line in self._source.lines():
            words = self._words(line)
            if words:
                self._statement(number, words)
        for node in self._open[1:]:
            self._source.error(node.line, node.word, None, "closes this block", "Add a line with nothing but }.")
        return self._open[0].block

    def _words(self, line: str) -> list[str]:
        found = _TOKEN.finditer(line)
        # group 1: quoted, 2: plain, 3: a comment
        words = [match[2] if match[1] is None else match[1] for match in found if match[3] is None]
        last = words[-1] if words else ""
        if len(last) > 1 and last.endswith("{"):
            words[-1:] = [last[:-1], "{"]
        return words

    def _statement(self, number: int, words: list[str]) -> None:
        if words == ["}"]:
            self._close(number)
            return
        opens = words[-1] == "{"
        node = _Node(number, words[:-1] if opens else words)
        if not node.words or "{" in node.words or "}" in node.words:
            cure = "End the line after { and put } on a line of its own, as keepalived wants it."
            self._source.error(number, "", " ".join(words), "has a brace in the wrong place", cure)
            return
        if self._conditional(node):
            return
        self._open[-1].block.append(node)
        if opens and len(self._open) < _DEPTH:
            self._open.append(node)
        elif opens:
            self._source.error(number, node.word, None, f"holds a block more than {_DEPTH} deep", "Close the others.")

    def _conditional(self, node: _Node) -> bool:
        word = node.word
        if word.startswith(("@", "$")) or any(part.startswith(("$", "~SEQ")) for part in node.words):
            what = "depends on the host that reads it" if word.startswith("@") else "is a macro, which is not expanded"
            self._source.error(node.line, "", " ".join(node.words), what, "Write out what it stands for.")
            return True
        return False

    def _close(self, number: int) -> None:
        if len(self._open) == 1:
            self._source.error(number, "", "}", "closes no block", "Remove it.")
        else:
            self._open.pop()


class _Reader:
    """Statements into services."""

    def __init__(self, source: OldFile, nodes: list[_Node]) -> None:
        self._source = source
        self._nodes = nodes
        self._groups: dict[str, _Node] = {}
        self._vips: list[tuple[int, str]] = []

    def read(self) -> Old:
        for node in self._nodes:
            if node.word == "virtual_server_group":
                self._groups.setdefault(node.value(), node)
        for node in self._nodes:
            if node.word == "virtual_server":
                _VirtualServer(self._source, node, self._groups).add()
            elif node.word == "vrrp_instance":
                self._vrrp(node)
            elif node.word.startswith("include"):
                cure = "Import that file as well."
                self._source.error(node.line, node.word, node.value(), "is another file, which is not read", cure)
            elif node.word != "virtual_server_group":
                self._listed(node)
        self._unused_vips()
        return self._source.finish()

    def _listed(self, node: _Node) -> None:
        inner = ", ".join(sorted({child.word for child in node.block}))
        shown = " ".join(node.words) + (f" {{{inner}}}" if inner else "")
        self._source.not_taken(node.line, node.word, shown, _MACHINERY)

    def _vrrp(self, node: _Node) -> None:
        """The VIPs are read, VRRP itself is not."""
        rest = []
        for child in node.block:
            if child.word in ("virtual_ipaddress", "virtual_ipaddress_excluded"):
                self._vips += [(entry.line, entry.word) for entry in child.block]
            elif child.word in ("unicast_src_ip", "mcast_src_ip") and canonical_address(child.value()):
                self._source.old.dip = canonical_address(child.value())
            else:
                rest.append(child)
        self._listed(_Node(node.line, node.words, rest))

    def _unused_vips(self) -> None:
        used = {service.key.vip for service in self._source.old.services}
        for line, text in self._vips:
            address = canonical_address(text.partition("/")[0])
            if address not in used:
                cure = "Set it up otherwise, or write it as the vip of the service that a fwmark selects."
                self._source.warning(line, "virtual_ipaddress", text, "is the VIP of no service in this file", cure)


class _VirtualServer:
    """One virtual_server, which is several services when it names a group."""

    def __init__(self, source: OldFile, node: _Node, groups: dict[str, _Node]) -> None:
        self._source = source
        self._node = node
        self._groups = groups
        self._service = Draft(node.line)
        self._defaults = Draft(node.line)
        self._realservers: list[Draft] = []
        self._flags: list[str] = []

    def add(self) -> None:
        for child in self._node.block:
            self._handler(child.word)(child)
        if self._flags:
            self._service.set("scheduler_flags", self._flags, self._node.line)
        if "persistence" not in self._service.values:
            self._drop_what_needs_persistence()
        for draft in self._realservers:
            self._complete(draft)
        for keys in self._keys():
            self._add_one(keys)

    def _add_one(self, keys: Draft) -> None:
        service = Draft(keys.line)
        for part in (self._service, keys):
            for name, value in part.values.items():
                service.set(name, value, part.line_of(name))
        if "fwmark" in keys.values:
            service.values.pop("protocol", None)
        else:
            family = service.values.pop("family", None)
            vip = str(service.values.get("vip"))
            if family and family_of(vip) != family:
                line = self._service.line_of("family")
                self._source.error(line, "ip_family", family, f"is not the family of {vip}", "Remove it.")
        copies = []
        for draft in self._realservers:
            copy = Draft(draft.line)
            copy.values, copy.lines = dict(draft.values), dict(draft.lines)
            if "fwmark" in keys.values and copy.values.get("forwarding") != "nat" and "port" in copy.values:
                what = "is not used: keepalived clears the port where a fwmark leads by dr or tun"
                line = copy.line_of("port")
                self._source.warning(line, "port", copy.values.pop("port"), what, "Leave it out.")
            copies.append(copy)
        self._source.add(service, copies)

    def _drop_what_needs_persistence(self) -> None:
        """keepalived passes on neither without persistence_timeout."""
        for field_name in ("persistence_netmask", "persistence_engine"):
            if field_name in self._service.values:
                line = self._service.line_of(field_name)
                value = self._service.values.pop(field_name)
                cure = "Set persistence_timeout, or remove it."
                self._source.warning(line, field_name, value, "has no effect without persistence_timeout", cure)

    def _complete(self, draft: Draft) -> None:
        """What the virtual server says for every realserver that does not say it itself."""
        for name in ("forwarding", "weight"):
            if name not in draft.values and name in self._defaults.values:
                draft.set(name, self._defaults.values[name], self._defaults.line_of(name))
        if "forwarding" not in draft.values:
            cure = "Write lvs_method NAT, DR or TUN."
            self._source.error(draft.line, "lvs_method", None, "is missing: nothing says how packets get to it", cure)
        elif (
            draft.values["forwarding"] == "tun" and "tunnel" not in draft.values and self._defaults.values.get("tunnel")
        ):
            draft.set("tunnel", self._defaults.values["tunnel"], self._defaults.line_of("tunnel"))

    # Which services

    def _keys(self) -> list[Draft]:
        words = self._node.words[1:]
        if words[:1] == ["group"]:
            group = self._groups.get(self._node.value(2))
            if group is None:
                what = "is no virtual_server_group of this file"
                self._source.error(self._node.line, "virtual_server", self._node.value(2), what, "Add it.")
                return []
            return [keys for entry in group.block for keys in self._entry(entry.line, entry.words)]
        return self._entry(self._node.line, words)

    def _entry(self, line: int, words: list[str]) -> list[Draft]:
        if words[:1] == ["fwmark"]:
            return [Draft(line, fwmark=words[1] if len(words) > 1 else None)]
        port = words[1] if len(words) > 1 else "0"
        return [Draft(line, vip=vip, port=port) for vip in self._range(line, words[0] if words else "")]

    def _range(self, line: int, text: str) -> list[str]:
        """192.168.1.110-115 is six addresses; IPv6 counts in hexadecimal."""
        first, dash, last = text.partition("-")
        address = canonical_address(first)
        if not dash or address is None:
            return [self._source.machine(text)]
        colon = ":" in address
        head, mark, start = address.rpartition(":" if colon else ".")
        base = 16 if colon else 10
        try:
            numbers = range(int(start or "0", base), int(last, base) + 1)
        except ValueError:
            numbers = range(0)
        if not 1 <= len(numbers) <= 256 or numbers[-1] > (0xFFFF if colon else 255):
            self._source.error(line, "", text, "is not a range of at most 256 addresses", "Write each address.")
            return []
        return [canonical_address(f"{head}{mark}{number:{'x' if colon else 'd'}}") or text for number in numbers]

    # What is said of them

    def _handler(self, word: str) -> _Handler:
        if word in _FLAG_WORDS:
            return lambda node: self._flags.append(node.word)
        return {
            "lvs_sched": self._value("scheduler"),
            "lb_algo": self._value("scheduler"),
            "lvs_method": self._method(self._defaults),
            "lb_kind": self._method(self._defaults),
            "protocol": lambda node: self._service.set("protocol", node.value().lower(), node.line),
            "ip_family": self._family,
            "persistence_timeout": lambda node: self._service.set(
                "persistence", node.value() or _PERSISTENCE_DEFAULT, node.line
            ),
            "persistence_granularity": self._value("persistence_netmask"),
            "persistence_engine": self._value("persistence_engine"),
            "ops": lambda node: self._service.set("one_packet", True, node.line),
            "weight": lambda node: self._defaults.set("weight", node.value(), node.line),
            "real_server": self._realserver,
        }.get(word, self._listed)

    def _value(self, name: str) -> _Handler:
        return lambda node: self._service.set(name, node.value(), node.line)

    def _family(self, node: _Node) -> None:
        words = {"inet": "ipv4", "inet6": "ipv6"}
        self._service.set("family", words.get(node.value(), node.value()), node.line)

    def _listed(self, node: _Node) -> None:
        self._source.not_taken(node.line, node.word, " ".join(node.words), _MACHINERY)

    def _method(self, draft: Draft) -> _Handler:
        def handle(node: _Node) -> None:
            method = node.value()
            draft.set("forwarding", _METHODS.get(method.upper(), method), node.line)
            if node.words[2:]:
                draft.set("tunnel", self._tunnel(node), node.line)

        return handle

    def _tunnel(self, node: _Node) -> dict[str, object]:
        """TUN type gue port 6080 csum, in any order."""
        tunnel: dict[str, object] = {}
        words = node.words[2:]
        while words:
            word = words.pop(0)
            if word in ("type", "port") and words:
                tunnel[word] = words.pop(0)
            elif word in ("nocsum", "csum", "remcsum"):
                tunnel["checksum"] = "none" if word == "nocsum" else word
            else:
                self._source.error(node.line, node.word, word, "is not an option of a tunnel", "Remove or correct it.")
        return tunnel

    def _realserver(self, node: _Node) -> None:
        draft = Draft(node.line, rip=self._source.machine(node.value()))
        if node.value(2):
            draft.set("port", node.value(2), node.line)
        fields = {"weight": "weight", "uthreshold": "upper_threshold", "lthreshold": "lower_threshold"}
        for child in node.block:
            if child.word in fields:
                draft.set(fields[child.word], child.value(), child.line)
            elif child.word in ("lvs_method", "lb_kind"):
                self._method(draft)(child)
            else:
                self._listed(child)
        self._realservers.append(draft)
