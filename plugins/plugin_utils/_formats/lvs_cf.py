# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lvs.cf of piranha (Red Hat's pulse and nanny): its virtual servers read into services; the rest is listed.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.

What is read means what it means to piranha 0.8 (lvsconfig.c): words with blanks between, the last of two lines counts,
numbers are those of C, and a realserver has the port that its virtual server has where it begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ...module_utils._model.address import canonical_address, dotted
from ...module_utils._model.words import did_you_mean, show_name
from .file import Draft, Old, OldFile, is_name, without_mark

FORMAT = "lvs_cf"

_LOOK = re.compile(r"^[ \t]*(?:virtual[ \t]+\S+[ \t]*\{|serial_no[ \t]*=)", re.MULTILINE)
_WORD = re.compile(r"""(["'])(.*?)\1|([^ \t]+)""")
_NUMBER = re.compile(r"[+-]?(?:0[xX]([0-9A-Fa-f]{1,8})|0([0-7]{0,11})|([1-9][0-9]{0,9}))\Z")
_METHODS = {"direct": "dr", "nat": "nat", "tunnel": "tun"}
_SCHEDULERS = ("dh", "lblc", "lblcr", "lc", "rr", "sh", "wlc", "wrr")
_PORT_DEFAULT = "80"
_CHECKS = "Health checks and failover are not the work of this inventory; nothing reads lvs.cf any more."
_GLOBAL = frozenset(
    (
        *("active_cmd", "backup", "backup_active", "backup_private", "backup_shared", "deadtime", "debug_level"),
        *("hard_shutdown", "heartbeat", "heartbeat_port", "inactive_cmd", "ipvsadm", "keepalive", "monitor_links"),
        *("primary", "primary_private", "primary_shared", "reservation_conflict_action", "rsh_command", "serial_no"),
        *("sync", "syncd_id", "syncd_iface", "syncdaemon", "tcp_timeout", "tcpfin_timeout", "udp_timeout"),
    )
)
# Named and not shown: there may be a password in a command, and in what a server is asked.
_COMMANDS = frozenset(
    ("active_cmd", "expect", "inactive_cmd", "rsh_command", "send", "send_program", "start_cmd", "stop_cmd")
)
_TAKEN = frozenset(("nat_nmask", "nat_router", "network", "service"))
_OF_VIRTUAL = frozenset(
    (
        *("client_monitor", "dirs", "expect", "load_monitor", "master", "quiesce_server", "reentry", "send"),
        *("send_program", "sorry_server", "start_cmd", "stop_cmd", "timeout", "use_regex", "vip_nmask"),
    )
)
_OF_SERVICE = frozenset(
    ("active", "address", "fwmark", "persistent", "pmask", "port", "protocol", "scheduler"),
)
_OF_SERVER = frozenset(("active", "address", "port", "weight"))
_BLOCKS = {"file": ("virtual", "failover"), "virtual": ("server",), "failover": ("server",)}


@dataclass
class _Block:
    """`virtual NAME {` or `server NAME {` with what is in it, in its order."""

    line: int
    kind: str
    name: str
    lines: list[tuple[int, list[str]]] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    port: tuple[str, int] = (_PORT_DEFAULT, 0)  # of the virtual server where this begins

    def last(self, name: str) -> tuple[int, str] | None:
        """The line and the value that count."""
        found = [(line, words[2]) for line, words in self.lines if words[0] == name]
        return found[-1] if found else None

    def listed(self) -> str:
        names = [f"{show_name(words[0])} (line {line})" for line, words in self.lines]
        names += [f"{block.kind} {show_name(block.name)} (line {block.line})" for block in self.blocks]
        return ", ".join(names)


def looks_like(text: str) -> bool:
    """Is there something that only lvs.cf has?"""
    return bool(_LOOK.search(without_mark(text)))


def read(source: OldFile) -> Old:
    """The services of the file."""
    file = _Parser(source).parse()
    method = _global(source, file)
    for block in file.blocks:
        if block.kind == "virtual":
            _Virtual(source, block, method).add()
        else:
            what = f"is a failover service and not taken over, with {block.listed() or 'nothing in it'}"
            source.warning(block.line, block.kind, block.name, what, _CHECKS)
    return source.finish()


class _Parser:
    """Lines into blocks."""

    def __init__(self, source: OldFile) -> None:
        self._source = source
        self._open = [_Block(0, "file", "")]

    def parse(self) -> _Block:
        for number, line in self._source.lines():
            bare = line.strip(" \t")
            if bare and not bare.startswith("#"):
                words = [match[3] if match[1] is None else match[2] for match in _WORD.finditer(bare)]
                self._line(number, words)
        for unclosed in self._open[1:]:
            cure = "Add a line with nothing but }."
            self._source.error(unclosed.line, unclosed.kind, unclosed.name, "has no closing brace", cure)
        return self._open[0]

    def _line(self, number: int, words: list[str]) -> None:
        block = self._open[-1]
        if words == ["}"]:
            if len(self._open) == 1:
                self._source.error(number, "", "}", "closes no block", "Remove it.")
            else:
                self._open.pop()
        elif len(words) == 3 and words[2] == "{":
            self._begin(number, block, words)
        elif len(words) >= 3 and words[1] == "=":
            block.lines.append((number, words))
        else:
            cure = "Write NAME = VALUE, virtual NAME { or server NAME {, one a line, with blanks between the words."
            self._source.error(number, "", words[0].partition("=")[0], "is not how a line of lvs.cf is written", cure)

    def _begin(self, number: int, block: _Block, words: list[str]) -> None:
        if words[0] not in _BLOCKS.get(block.kind, ()):
            near = did_you_mean(words[0], _BLOCKS.get(block.kind, ()))
            self._source.error(number, "", words[0], "is no block of lvs.cf in this place", f"Remove it.{near}")
        line, port = block.last("port") or (number, _PORT_DEFAULT)
        block.blocks.append(_Block(number, words[0], words[1], port=(port, line)))
        self._open.append(block.blocks[-1])


def _known(source: OldFile, block: _Block, taken: frozenset[str], listed: frozenset[str]) -> None:
    """Every line that is not taken over, and every one that piranha does not know."""
    for line, words in block.lines:
        if words[0] in listed:
            source.not_taken(line, words[0], None if words[0] in _COMMANDS else " ".join(words[2:]), _CHECKS)
        elif words[0] not in taken:
            near = did_you_mean(words[0], taken | listed)
            source.error(line, "", words[0], "is no directive of lvs.cf in this place", f"Correct or remove it.{near}")
        elif words[3:] and words[0] not in ("address", "nat_router"):
            what = "stands behind the value, where piranha wants nothing"
            source.error(line, words[0], " ".join(words[3:]), what, "Remove it.")


def _global(source: OldFile, file: _Block) -> str:
    """The method of all services; nat_router is the director's address for realservers with nat."""
    _known(source, file, _TAKEN, _GLOBAL)
    line, word = file.last("network") or (1, "nat")
    if word not in _METHODS:
        source.error(line, "network", word, "is not a forwarding method", "Write direct, nat or tunnel.", "3.11")
    service = file.last("service")
    if service and service[1] != "lvs" and any(block.kind == "virtual" for block in file.blocks):
        what = "makes pulse set up failover services alone, and none of the virtual servers"
        source.error(service[0], "service", service[1], what, "Write service = lvs.")
    method = _METHODS.get(word, "nat")
    _router(source, file, method)
    return method


def _router(source: OldFile, file: _Block, method: str) -> None:
    """nat_router is the gateway of the realservers: the director, on their network."""
    router, mask = file.last("nat_router"), file.last("nat_nmask")
    address = canonical_address(router[1]) if router else None
    if method == "nat" and address:
        source.old.dips.append(address)
    elif router:
        source.not_taken(router[0], "nat_router", router[1], "Set lvs_dip of the director if this is its address.")
    if mask:
        source.not_taken(mask[0], "nat_nmask", mask[1], "Write the prefix of lvs_dip, such as 192.168.1.9/24.")


class _Virtual:
    """One virtual server."""

    def __init__(self, source: OldFile, block: _Block, method: str) -> None:
        self._source = source
        self._block = block
        self._method = method

    def add(self) -> None:
        source, block = self._source, self._block
        _known(source, block, _OF_SERVICE, _OF_VIRTUAL)
        if not self._is_active(block):
            return
        draft = Draft(block.line, scheduler="wlc")
        self._take(draft, block, "scheduler", "scheduler", self._scheduler)
        vip = self._identity(draft)
        self._persistence(draft)
        pool = [server for one in block.blocks if one.kind == "server" for server in self._server(one)]
        source.add(draft, pool, block.name, vip)

    def _is_active(self, block: _Block) -> bool:
        line, word = block.last("active") or (block.line, "0")
        number = _number(word)
        if number not in (0, 1):
            self._source.error(line, "active", word, "is neither 0 nor 1", "Write active = 1.")
        elif not number:
            what = f"is not active and left out, with {block.listed() or 'nothing in it'}"
            self._source.warning(block.line, block.kind, block.name, what, "Set active = 1 to import it.")
        return number == 1

    def _take(
        self, draft: Draft, block: _Block, name: str, our_name: str, read: Callable[[int, str, str], object]
    ) -> None:
        found = block.last(name)
        if found:
            draft.set(our_name, read(found[0], name, found[1]), found[0])

    def _identity(self, draft: Draft) -> str:
        """A mark, or an address with its port; the address of a mark is its VIP nevertheless."""
        line, word = self._block.last("address") or (self._block.line, "")
        vip = self._source.machine(word)
        for number, words in self._block.lines:
            if words[0] == "address" and words[3:]:
                cure = "Set director_vip_interface when the VIP is on none of the director's networks."
                self._source.not_taken(number, "address", " ".join(words[3:]), cure)
        if self._block.last("fwmark"):
            self._take(draft, self._block, "fwmark", "fwmark", self._whole)
            if draft.values["fwmark"] != 0:
                return vip
            draft.values.pop("fwmark")
        draft.set("vip", vip or None, line)
        line, word = self._block.last("port") or (self._block.line, _PORT_DEFAULT)
        draft.set("port", self._port(line, word), line)
        self._take(draft, self._block, "protocol", "protocol", lambda _line, _name, value: value)
        if draft.values.get("protocol") == "sctp":
            self._source.error(draft.line_of("protocol"), "protocol", "sctp", "is not known to piranha", "Write tcp.")
        return ""

    def _persistence(self, draft: Draft) -> None:
        self._take(draft, self._block, "persistent", "persistence", self._whole)
        found = self._block.last("pmask")
        if not found or found[1] in (dotted(0), dotted(32)):
            return
        line, mask = found
        address = canonical_address(mask)
        if address is None or ":" in address:
            what = "is no IPv4 netmask, and piranha goes on without it"
            self._source.warning(line, "pmask", mask, what, "Write one such as 255.255.255.0, or remove it.")
        elif draft.values.get("persistence"):
            draft.set("persistence_netmask", mask, line)
        else:
            what = "means nothing to piranha without persistent"
            self._source.warning(line, "pmask", mask, what, "Set persistent, or remove it.")

    def _server(self, block: _Block) -> list[Draft]:
        _known(self._source, block, _OF_SERVER, frozenset())
        if not self._is_active(block):
            return []
        line, word = block.last("address") or (block.line, "")
        draft = Draft(block.line, forwarding=self._method)
        draft.set("rip", self._source.machine(word), line)
        self._take(draft, block, "weight", "weight", self._whole)
        port, port_line = block.port
        draft.set("port", self._port(port_line, port), block.line)
        self._take(draft, block, "port", "port", self._whole)
        if self._block.last("fwmark") and not block.last("port") and self._method != "nat":
            # With dr and tun it means nothing, and nobody wrote it here.
            draft.values.pop("port")
        if is_name(block.name):
            self._source.old.hosts.setdefault(str(draft.values["rip"]), block.name)
        return [draft]

    def _scheduler(self, line: int, name: str, word: str) -> object:
        if word not in _SCHEDULERS:
            self._source.error(line, name, word, "is no scheduler of piranha", f"Write {', '.join(_SCHEDULERS)}.")
            return "wlc"
        return word

    def _whole(self, line: int, name: str, word: str) -> object:
        """A number as C writes it: 010 is 8."""
        number = _number(word)
        if number is None:
            self._source.error(line, name, word, "is not a number", "Write one.")
            return None
        return number

    def _port(self, line: int, word: str) -> object:
        """A number, or the name of a TCP port."""
        number = _number(word)
        if number is None:
            number = self._source.port(word, "tcp")
        if number is None:
            self._source.error(line, "port", word, "is not the name of a TCP port that is known", "Use the number.")
        return number


def _number(word: str) -> int | None:
    match = _NUMBER.match(word)
    if match is None:
        return None
    number = int(match[1], 16) if match[1] else int(match[3]) if match[3] else int(match[2] or "0", 8)
    return -number if word.startswith("-") else number
